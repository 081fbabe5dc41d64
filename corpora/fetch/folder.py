"""A folder of fetched files: whole ones only, each in the manifest with where it came from, when, under which licence.

The manifest (``.manifest.jsonl``) and drafts are hidden files, which ``rxcite ingest`` leaves out.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from rag.errors import SourceError, UsageError

MANIFEST = ".manifest.jsonl"
_DRAFT, _PART = ".draft-", ".part-"
_SPARE = 1000
"""Lines that later ones made void, above which the manifest is written anew."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of a file."""

    name: str
    url: str
    """Where it came from; keys never stand in addresses."""
    time: str
    """When it came, UTC."""
    sha256: str
    bytes: int
    licence: str
    version: str | None
    """As the source counts; None where it does not."""


class Folder:
    """The folder, while one run writes to it. Use it as a context."""

    def __init__(self, path: Path, *, dry_run: bool = False) -> None:
        """Nothing is made before the context is entered; nothing at all in a dry run."""
        self.path = path
        self._is_dry = dry_run
        self._entries: dict[str, Entry] = {}
        self._marks: dict[str, str] = {}
        self._lock = FileLock(path / ".lock")

    def __enter__(self) -> Self:
        """Takes the lock, reads the manifest, sweeps drafts that a kill has left.

        Raises:
            UsageError: the path is a file.
            SourceError: another fetch writes here, or the manifest is damaged.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path} is a file; give a folder to --out")
        if self._is_dry:
            self._read()
            return self
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise SourceError(f"another fetch is writing to {self.path}; wait for it, or give another --out") from error
        try:
            self._read()
            for draft in self.path.glob(f"{_DRAFT}*"):
                draft.unlink()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the lock back, where it was taken."""
        self._lock.release()

    def entry(self, name: str) -> Entry | None:
        """What is known of a file that is there just as it came; None for one that is absent or was altered."""
        entry, path = self._entries.get(name), self.path / name
        if entry is None or not path.is_file() or path.stat().st_size != entry.bytes or sha256(path) != entry.sha256:
            return None
        return entry

    def entries(self) -> tuple[Entry, ...]:
        """All that the manifest lists, the files being there or not."""
        return tuple(self._entries.values())

    def draft(self, name: str, resumable: str = "") -> Path:
        """Where a file grows until it is whole; one that names its ``resumable`` version is kept through runs."""
        _plain(name)
        if not resumable:
            return self.path / f"{_DRAFT}{name}"
        draft = self.path / f"{_PART}{hashlib.sha256(resumable.encode()).hexdigest()[:16]}-{name}"
        for other in self.path.glob(f"{_PART}*-{name}"):
            if other != draft:
                other.unlink()
        return draft

    def keep(self, draft: Path, name: str, *, url: str, licence: str, version: str | None) -> Entry:
        """Puts a whole draft in its place, at once, and writes it down."""
        _plain(name)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        entry = Entry(name, url, _now(), sha256(draft), draft.stat().st_size, licence, version)
        os.replace(draft, self.path / name)
        _sync(self.path)
        self._entries[name] = entry
        self._append(asdict(entry))
        return entry

    def confirm(self, name: str) -> None:
        """Writes down that a file came again and was the same."""
        self._entries[name] = entry = replace(self._entries[name], time=_now())
        self._append(asdict(entry))

    def mark(self, key: str) -> str:
        """What was remembered under a key; "" for nothing."""
        return self._marks.get(key, "")

    def set_mark(self, key: str, value: str) -> None:
        """Remembers a value under a key, in the manifest."""
        if self.mark(key) != value:
            self._marks[key] = value
            self._append({"mark": key, "value": value})

    def _read(self) -> None:
        path = self.path / MANIFEST
        lines = path.read_bytes().split(b"\n") if path.is_file() else []
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line) if line.strip() else None
                if row and "mark" in row:
                    self._marks[row["mark"]] = row["value"]
                elif row:
                    self._entries[row["name"]] = Entry(**row)
            except (ValueError, TypeError, KeyError) as error:
                if number == len(lines):  # a kill cut the last line; its file is fetched again
                    continue
                raise SourceError(
                    f"{path}, line {number}: no line of a manifest ({error}); mend or remove that line, "
                    "its file is then fetched again"
                ) from error
        if not self._is_dry and len(lines) > _SPARE + 2 * (len(self._entries) + len(self._marks)):
            self._compact()

    def _compact(self) -> None:
        rows = [asdict(entry) for entry in self._entries.values()]
        rows += [{"mark": key, "value": value} for key, value in self._marks.items()]
        draft = self.path / f"{_DRAFT}manifest"
        with draft.open("wb") as file:
            file.writelines(_line(row) for row in rows)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self.path / MANIFEST)

    def _append(self, row: dict[str, object]) -> None:
        with (self.path / MANIFEST).open("ab+") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":  # the cut line of a killed run
                    file.truncate(_last_whole(self.path / MANIFEST))
            file.write(_line(row))
            file.flush()
            os.fsync(file.fileno())


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(name: str) -> None:
    # Names are made from ids that were checked already; what comes from a server never becomes a path.
    if not _PLAIN.fullmatch(name):
        raise SourceError(f"{name[:160]!r} cannot be the name of a file: letters, digits, '.', '_' and '-' only")


def _line(row: dict[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _last_whole(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
