"""Archives as streams: a member at a time, its bytes bounded while they unpack, nothing written where a name says."""

import gzip
import io
import lzma
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from rag.errors import SourceError
from rag.settings import SourceSettings

_DAMAGED = (
    zipfile.BadZipFile,
    lzma.LZMAError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What zipfile and gzip raise for an archive that is damaged, locked or of a kind that they cannot read."""
_PICTURES = (b"\xff\xd8", b"\x89PNG\r\n", b"GIF8", b"II*\x00", b"MM\x00*")
"""How the pictures begin that a DailyMed zip holds beside its label."""
_BUFFER = 1 << 16
_IN_MEMORY = 8_000_000
"""Bytes of an archive within an archive that stay in memory; larger ones are unpacked to a temporary file."""
_ENTRY = 184
"""Bytes of an entry in the directory of a zip; 46 and the name, which DailyMed makes 62 long."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one member of an archive, before it is read."""

    name: str
    """Path; members as "release.zip/label.zip/label.xml"."""
    data: bytes | io.BufferedReader
    """All its bytes, or a stream of them, which is read once and, in an archive, ends with the next member."""

    def stream(self) -> io.BufferedReader:
        """Its bytes as a stream that can be looked into before it is read."""
        return io.BufferedReader(io.BytesIO(self.data), _BUFFER) if isinstance(self.data, bytes) else self.data


@dataclass(frozen=True, slots=True)
class Broken:
    """A file or member that cannot be read, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class _Budget:
    """Bytes that all of one file may still unpack to, archives within it counted."""

    left: int


class _Unpacking(io.RawIOBase):
    """The bytes of a member as they unpack: damage, and more of them than allowed, are a ``SourceError``."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, what: str, bound: int, budget: _Budget) -> None:
        self._stream, self._what, self._bound, self._left, self._budget = stream, what, bound, bound, budget
        self._failed: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = b"" if self._failed else self._next(len(buffer))
        if self._failed:  # asked again, a damaged stream would pass for one that has ended
            raise SourceError(self._failed)
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except _DAMAGED as error:
            self._failed = _why(self._what, error)
            return b""
        self._left -= len(data)
        self._budget.left -= len(data)
        if self._left < 0:
            self._failed = f"unpacks to more than the bound of {self._bound:,} bytes; refused"
        elif self._budget.left < 0:
            self._failed = "the file unpacks to more than any real one would from its size; the rest is refused"
        return data


def members(source: Source, settings: SourceSettings) -> Iterator[Source | Broken]:
    """The files within a zip or gzip, at any depth allowed, in order; the source itself where it is no archive.

    The stream of a member ends when the next one is asked for. Names are never followed, links are never opened.
    """
    stream = source.stream()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    budget = _Budget(max(size * settings.max_ratio, settings.max_xml_bytes))
    yield from _members(Source(source.name, stream), settings, budget, 0)


def _members(source: Source, settings: SourceSettings, budget: _Budget, depth: int) -> Iterator[Source | Broken]:
    stream = source.stream()
    try:
        start = stream.peek(16)[:16]
    except SourceError as error:
        yield Broken(source.name, str(error))
        return
    is_zip = start[:4] in (b"PK\x03\x04", b"PK\x05\x06")
    if not is_zip and start[:2] != b"\x1f\x8b":
        yield Source(source.name, stream)
    elif depth >= settings.max_archive_depth:
        yield Broken(source.name, f"archive within archives deeper than {settings.max_archive_depth}; refused")
    elif is_zip:
        yield from _unzipped(Source(source.name, stream), settings, budget, depth)
    else:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            raw = _Unpacking(unpacked, "gzip", settings.max_json_bytes, budget)
            yield from _members(Source(source.name, io.BufferedReader(raw, _BUFFER)), settings, budget, depth + 1)


def _unzipped(source: Source, settings: SourceSettings, budget: _Budget, depth: int) -> Iterator[Source | Broken]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        try:
            archive = zipfile.ZipFile(_directory_checked(_seekable(source, spool), settings))
        except SourceError as error:
            yield Broken(source.name, str(error))
            return
        except _DAMAGED as error:
            yield Broken(source.name, _why("zip", error))
            return
        with archive:
            empty = True
            seen: set[str] = set()
            for info in archive.infolist():
                name = f"{source.name}/{said(info.filename)}"
                if info.is_dir():
                    continue
                empty = False
                if reason := _refused(info, info.filename in seen, settings):
                    yield Broken(name, reason)
                    continue
                seen.add(info.filename)
                try:
                    member = archive.open(info)
                except _DAMAGED as error:
                    yield Broken(name, _why("zip member", error))
                    continue
                with member:
                    raw = _Unpacking(member, "zip member", settings.max_json_bytes, budget)
                    inner = Source(name, io.BufferedReader(raw, _BUFFER))
                    if not _is_picture(inner):
                        yield from _members(inner, settings, budget, depth + 1)
                if budget.left < 0:
                    return
            if empty:
                yield Broken(source.name, "the archive holds no file; expected labels or articles in it")


def _why(what: str, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return f"the {what} cannot be unpacked: {error.strerror}"  # a full disk, and no fault of the archive
    return f"damaged {what}: {error or type(error).__name__}; fetch it again"


def _refused(info: zipfile.ZipInfo, again: bool, settings: SourceSettings) -> str | None:
    """Why a member is not opened; None for one that may be."""
    if again:
        return "a second member of this name, and only one can be meant; the first was read, this one is refused"
    if info.flag_bits & 1:
        return "locked with a password; unpack it with the password and ingest what it holds"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link to another file and no file; links in archives are never followed"
    if info.file_size > settings.max_json_bytes or info.file_size > settings.max_ratio * max(info.compress_size, 1):
        return f"unpacks to {info.file_size:,} bytes from {info.compress_size:,}: over the bounds; refused"
    return None


def _is_picture(member: Source) -> bool:
    try:
        return member.stream().peek(8).startswith(_PICTURES)
    except SourceError:
        return False  # reading it says what is wrong


def _seekable(source: Source, spool: IO[bytes]) -> IO[bytes]:
    """The archive as a file that can be read in any order; one that stands in another is unpacked to ``spool``."""
    stream = source.stream()
    if stream.seekable():
        return stream
    while data := stream.read(_BUFFER):
        spool.write(data)
    return spool


def _directory_checked(archive: IO[bytes], settings: SourceSettings) -> IO[bytes]:
    """``archive``, whose directory is not larger than can be held in memory.

    Raises:
        SourceError: the directory has room for more members than allowed.
    """
    size = archive.seek(0, io.SEEK_END)
    archive.seek(max(size - _BUFFER - 22, 0))
    tail = archive.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) - at >= 22:
        directory = int.from_bytes(tail[at + 12 : at + 16], "little")
        if directory == 0xFFFFFFFF:  # zip64: the size stands in a record of its own before this one
            long = tail.rfind(b"PK\x06\x06", 0, at)
            directory = int.from_bytes(tail[long + 40 : long + 48], "little") if long >= 0 else size
        if directory > settings.max_members * _ENTRY:
            raise SourceError(
                f"the directory of the zip has {directory:,} bytes, room for more than the {settings.max_members:,} "
                "members allowed; raise max_members under [sources] in rxcite.toml if the file is to be trusted"
            )
    archive.seek(0)
    return archive


def said(name: str) -> str:
    """A name as text that can be shown: what is no text or no printable character is written out."""
    text = name.encode(errors="backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
