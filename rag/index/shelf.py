"""The indexes of a home: listed, copied, backed up, deleted; whole, whatever is written or read meanwhile."""

import os
import shutil
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from rag.errors import IndexUnusable, UsageError
from rag.index import derived, disk
from rag.index.index import DATABASE, DERIVED, LOCK
from rag.index.schema import SCHEMA
from rag.index.store import open_store, told
from rag.settings import Settings

_DELETED = ".deleted-"
"""Stands before the name of a folder that is being removed: no index can have such a name."""
_DERIVED_SHARE = 0.5
"""Bytes of the search files for a byte of the database; .3 was measured on 717 real labels."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """An index of the home."""

    name: str
    documents: int
    generation: int
    encoder: str
    bytes: int
    trouble: str
    """Why it cannot be used by this rxcite; "" where it can."""


def listed(settings: Settings) -> list[Shelved]:
    """All indexes of the home, by name; a damaged one is listed with its trouble."""
    folders = sorted(settings.home.iterdir()) if settings.home.is_dir() else []
    return [_shelved(folder) for folder in folders if (folder / DATABASE).is_file() and folder.name[0] != "."]


def _shelved(folder: Path) -> Shelved:
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    try:
        with told(folder / DATABASE):
            about = _about(folder / DATABASE)
    except IndexUnusable as error:
        return Shelved(folder.name, 0, 0, "", size, str(error))
    schema = int(about.get("schema", 0))
    trouble = f"schema {schema}; this rxcite needs {SCHEMA}" if not 0 < schema <= SCHEMA else ""
    documents, generation = int(about["documents"]), int(about.get("generation", 0))
    return Shelved(folder.name, documents, generation, about.get("encoder", ""), size, trouble)


def _about(path: Path) -> dict[str, str]:
    """What a database says of itself; nothing is changed in it.

    Raises:
        sqlite3.Error: it is no database.
        IndexUnusable: it is no index.
    """
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        if connection.execute("select 1 from sqlite_master where name = 'meta'").fetchone() is None:
            raise IndexUnusable(f"{path} holds no index of rxcite; give the name of an index or the file of a backup")
        about = dict(connection.execute("select key, value from meta where length(value) < 200").fetchall())
        [count] = connection.execute("select count(*) from document where retired is null").fetchone()
        return about | {"documents": str(count)}
    finally:
        connection.close()


def copy(source: str, name: str, settings: Settings) -> Shelved:
    """Makes an index of another one, or of the file of a backup.

    Raises:
        UsageError: the target exists.
        IndexUnusable: no such index or file, no room, or a disk that cannot be written.
    """
    target = replace(settings, index=name).folder
    if target.exists():
        raise UsageError(f'there is an index "{name}" already; choose another name or delete that one first')
    path = _database(source, settings)
    disk.refuse_network(settings.home)
    disk.need(settings.home, int(path.stat().st_size * (1 + _DERIVED_SHARE)))
    growing = settings.home / f"{_DELETED}{name}-{uuid4().hex}"  # nobody's until it is whole
    try:
        growing.mkdir(parents=True)
        _copied(path, growing / DATABASE)
        store = open_store(growing / DATABASE, create=False)
        try:
            if store.generation:
                derived.catch_up(store, growing / DERIVED, int(store.meta("dim") or 0), settings.vectors)
        finally:
            store.close()
        if target.exists():
            raise UsageError(f'there is an index "{name}" by now; nothing was copied')
        os.replace(growing, target)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return _shelved(target)


def backup(name: str, file: Path, settings: Settings) -> int:
    """Writes an index as one file, whole and checked, also while it is written to; returns its bytes.

    Raises:
        UsageError: the file exists.
        IndexUnusable: no such index, no room, or a disk that cannot be written.
    """
    if file.exists():
        raise UsageError(f"{file} exists; choose another name or remove it first")
    path = _database(name, settings)
    disk.need(file.parent, path.stat().st_size)
    growing = file.with_name(f"{file.name}.{uuid4().hex}.part")
    try:
        _copied(path, growing)
        os.replace(growing, file)
    except OSError as error:
        raise IndexUnusable(f"{file} cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        growing.unlink(missing_ok=True)
    return file.stat().st_size


def delete(name: str, settings: Settings) -> None:
    """Removes an index; readers that have it open go on to their end.

    Raises:
        IndexUnusable: no such index, or one that is being written to.
    """
    folder = _database(name, settings, is_name=True).parent
    try:
        with FileLock(folder / LOCK, timeout=0):
            # at once and as a whole: a log left beside a new database of this name would be taken for its own
            away = settings.home / f"{_DELETED}{name}-{uuid4().hex}"
            os.replace(folder, away)
    except Timeout as error:
        raise IndexUnusable(f'another rxcite is writing to index "{name}"; wait until it has ended') from error
    for leftover in settings.home.glob(f"{_DELETED}{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _database(source: str, settings: Settings, *, is_name: bool = False) -> Path:
    """The database of a named index, or a backup's file."""
    if not is_name and Path(source).is_file():
        return Path(source)
    path = replace(settings, index=source).folder / DATABASE
    if not path.is_file():
        known = ", ".join(index.name for index in listed(settings)) or "none"
        raise IndexUnusable(f'no index "{source}" in {settings.home}; there are: {known}')
    return path


def _copied(source: Path, target: Path) -> None:
    """Copies a database by SQLite's own backup, checks it, and sees it on the disk."""
    with told(source):
        _about(source)
        one = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    other: sqlite3.Connection | None = None
    try:
        with told(target):
            other = sqlite3.connect(target)
            one.backup(other)
            other.execute("pragma journal_mode = delete")  # one file, readable from a disk that cannot be written
            [found] = other.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise IndexUnusable(f"the copy of {source} is damaged: {found}; is the disk failing?")
    finally:
        one.close()
        if other:
            other.close()
    with target.open("rb+") as written:
        os.fsync(written.fileno())
