"""Files, folders and archives as documents: the kind is told from the content, never from the name alone."""

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest import jats, json_records, markdown, openfda, pdf, pubmed, spl, webpage, xml
from ingest.archives import Broken as Broken
from ingest.archives import Source as Source
from ingest.archives import members as members
from ingest.archives import said as said
from ingest.spl import ClassTable
from rag.errors import ForeignLanguage, SourceError
from rag.records import Document
from rag.settings import SourceSettings

READERS = "7"
"""Raised with every change of a reader that changes what it makes: known files are then read again."""

_CHUNK = 1 << 18
_EXPECTED = "an SPL label, openFDA JSON, a PubMed set, a JATS article, a label page, a PDF or a text with front matter"


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under some paths."""

    files: tuple[Path, ...]
    """Each once, in a stable order; hidden ones are left out."""
    refused: tuple[Broken, ...]
    """What is no plain file: links out of a folder, pipes, devices, folders that cannot be listed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose content is known by its hash, ready to be read once."""

    sha256: str
    source: Source


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Records of a file that are sound and left out, and why: a note to the maintainer, and no failure."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Documents that their publisher takes back: they leave service."""

    name: str
    ids: tuple[str, ...]


Content = Document | ClassTable | Broken | LeftOut | TakenBack
"""What a file may hold."""
_NAMED = 20
"""Records left out that are named; a baseline file of PubMed holds thousands in other languages."""


def find(paths: list[Path]) -> Found:
    """All files under ``paths``, and what is left out with the reason.

    Raises:
        SourceError: a path that does not exist.
    """
    found: dict[Path, None] = {}
    refused: dict[str, Broken] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise SourceError(
                f"{path} does not exist; give a file or folder with labels (.xml, .json, .zip, .pdf) or articles"
                " (.xml, .gz)"
            )
        root = path.resolve()
        for file, reason in [(root, _no_file(root))] if not root.is_dir() else _under(root):
            if reason:
                refused[str(file)] = Broken(said(str(file)), reason)
            else:
                found[file.resolve()] = None
    return Found(tuple(found), tuple(refused.values()))


def _under(root: Path) -> Iterator[tuple[Path, str | None]]:
    """Files of a folder and its folders, sorted, with the reason where one cannot be read."""
    listed: list[tuple[Path, str | None]] = []

    def unlisted(error: OSError) -> None:
        listed.append((Path(error.filename), f"the folder cannot be listed: {error.strerror}; check its rights"))

    for folder, folders, names in os.walk(root, onerror=unlisted):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*names, *(name for name in folders if (Path(folder) / name).is_symlink())):
            file = Path(folder, name)
            if not name.startswith("."):
                listed.append((file, _no_file(file, root)))
    yield from sorted(listed)


def _no_file(path: Path, root: Path | None = None) -> str | None:
    """Why ``path`` is not read; None for a plain file, under ``root`` where one is given."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a link to nothing; remove or mend it"
    if root is not None and not target.is_relative_to(root):
        return "a link out of the folder, which is never followed; name what it leads to as a path of its own"
    if target.is_dir():
        return "a link to a folder of this folder, whose files are read where they stand"
    if not target.is_file():
        return "neither a file nor a folder (a pipe, a socket or a device); only files are read"
    return None


@contextmanager
def opened(path: Path, settings: SourceSettings) -> Iterator[Opened]:
    """The content of a file: its hash, and a source to read it from. A large file is never read whole.

    Raises:
        SourceError: it cannot be read, or has changed by the time that all of it was read.
    """
    with _stream(path) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise SourceError("no plain file any more; only files are read")
        if before.st_size > settings.max_file_bytes:
            raise SourceError(
                f"{before.st_size:,} bytes are over the bound of {settings.max_file_bytes:,}; refused; raise"
                " max_file_bytes under [sources] in rxcite.toml if the file is to be trusted"
            )
        try:
            # small files are held: what is hashed is then what is read, whatever happens to the file meanwhile
            data = stream.read() if before.st_size <= settings.max_xml_bytes else stream
            sha256 = (
                hashlib.sha256(data) if isinstance(data, bytes) else hashlib.file_digest(stream, "sha256")
            ).hexdigest()
            stream.seek(0)
        except OSError as error:
            raise SourceError(_unreadable(error)) from error
        if isinstance(data, bytes):
            _unchanged(stream, before)
        yield Opened(sha256, Source(said(str(path)), data))
        if not isinstance(data, bytes):
            _unchanged(stream, before)


def _stream(path: Path) -> io.BufferedReader:
    try:
        # never wait for a pipe that took the place of a file since it was listed
        return open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise SourceError(_unreadable(error)) from error


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}; check that it is there, and its rights"


def _unchanged(stream: io.BufferedReader, before: os.stat_result) -> None:
    after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceError("changed while it was read; ingest it again when it is complete")


def contents(source: Source, settings: SourceSettings) -> Iterator[Content]:
    """All that a file holds, archives opened; what cannot be read is named where it stands, and the rest goes on."""
    for member in members(source, settings):
        if isinstance(member, Broken):
            yield member
            continue
        try:
            yield from read(member, settings)
        except SourceError as error:
            yield Broken(member.name, str(error))
        except OSError as error:
            yield Broken(member.name, _unreadable(error))


def read(source: Source, settings: SourceSettings) -> Iterator[Content]:
    """What one unpacked file holds; a record that fails is named and the others go on.

    Raises:
        SourceError: the file as a whole is nothing that can be read.
    """
    stream = source.stream()
    start = stream.peek(4096)[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if start[:1] in (b"{", b"["):
        yield from _records(source.name, stream, settings)
    elif webpage.is_page(start):
        yield webpage.read(_whole(stream, settings.max_xml_bytes), settings)
    elif start.replace(b"\0", b"").startswith(markdown.BEGIN):
        yield markdown.read(_whole(stream, settings.max_xml_bytes), settings)
    elif b"%PDF-" in start[:1024] and start[:1] != b"<":  # mail gateways set words before it
        yield from _sheets(source.name, _whole(stream, settings.max_pdf_bytes), settings)
    elif pubmed.is_set(start):
        yield from _articles(source.name, pubmed.articles(stream, settings), pubmed.read)
    elif start[:1] == b"<":
        yield from _elements(source.name, _whole(stream, settings.max_xml_bytes), settings)
    elif not start and not _whole(stream, settings.max_xml_bytes).strip():
        raise SourceError(f"the file is empty; expected {_EXPECTED}")
    else:
        raise SourceError(f"neither XML nor JSON; expected {_EXPECTED}")


def _whole(stream: io.BufferedReader, bound: int) -> bytes:
    """All that is left of a stream; more than ``bound`` bytes of it where there are more, and no need to read on."""
    parts: list[bytes] = []
    size = 0
    while size <= bound and (data := stream.read(_CHUNK)):  # asked for all at once, room for the bound would be made
        parts.append(data)
        size += len(data)
    return b"".join(parts)


def _sheets(name: str, data: bytes, settings: SourceSettings) -> Iterator[Document | Broken]:
    for item in pdf.read(data, settings):
        yield Broken(f"{name} (page {item.page})", item.reason) if isinstance(item, pdf.Silent) else item


def _records(name: str, stream: io.BufferedReader, settings: SourceSettings) -> Iterator[Document | Broken]:
    for number, record in enumerate(json_records.records(stream, settings), 1):
        try:
            if not isinstance(record, dict):
                raise SourceError("the record is no JSON object")
            yield openfda.read(record, settings)
        except SourceError as error:
            yield Broken(f"{name} (record {number})", str(error))


def _elements(name: str, data: bytes, settings: SourceSettings) -> Iterator[Content]:
    root = xml.parse(data, settings)
    kind = xml.local(root)
    if kind == "document" and root.tag == f"{{{spl.NAMESPACE}}}document":
        yield spl.read(root)
    elif kind in jats.ROOTS:
        yield from _articles(name, jats.articles(root), jats.read)
    else:
        raise SourceError(
            f"XML with the root <{kind}>; expected <document> of SPL ({spl.NAMESPACE}), <PubmedArticleSet> or <article>"
            " of JATS"
        )


def _articles(name: str, articles: Iterator[xml.Element], read: Callable[[xml.Element], Document]) -> Iterator[Content]:
    foreign: list[str] = []
    deleted: list[str] = []
    for number, article in enumerate(articles, 1):
        try:
            if taken_back := pubmed.deleted(article):
                deleted.extend(taken_back)
            else:
                yield read(article)
        except ForeignLanguage as error:
            foreign.append(str(error))
        except SourceError as error:
            yield Broken(f"{name} (article {number})", str(error))
    if foreign:
        yield LeftOut(name, f"{len(foreign)} left out, only English is read: {_some(foreign)}")
    if deleted:
        yield TakenBack(name, tuple(deleted))


def _some(said: list[str]) -> str:
    return ", ".join(said[:_NAMED]) + (f" and {len(said) - _NAMED} more" if len(said) > _NAMED else "")
