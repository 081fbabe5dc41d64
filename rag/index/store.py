"""SQLite, the truth of an index: documents of all versions, passages, vectors by content, names, classes, files.

Every row that can be served carries the generation that added it and the one that retired it, so that a reader sees
one generation whole while a writer makes the next. A commit is one transaction; nothing is ever half there.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import IndexMismatch, IndexUnusable
from rag.index import disk
from rag.index.schema import MIGRATIONS, SCHEMA, TABLES, statements

LIVE = "added <= :g and (retired is null or retired > :g)"
"""Condition for rows of ``document`` that generation :g serves."""


class Store:
    """One database file."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Wraps an open connection; use ``open_store``."""
        self._db = connection
        self._path = path

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commits at the end, rolls back on any error."""
        self.run("begin immediate")
        try:
            yield
            self.run("commit")
        except BaseException:
            if self._db.in_transaction:  # SQLite itself rolls back where the disk is full
                self._db.execute("rollback")
            raise

    def all(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with told(self._path):
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """The first row of a query."""
        with told(self._path):
            row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return row

    def run(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Executes a change and returns the new row's number."""
        with told(self._path):
            return self._db.execute(sql, values).lastrowid or 0

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Executes a change for each of ``rows``."""
        with told(self._path):
            self._db.executemany(sql, rows)

    def size(self) -> int:
        """Bytes of the file."""
        return self._path.stat().st_size

    def among(self, sql: str, values: Iterable[Any], **named: Any) -> list[sqlite3.Row]:
        """Rows of a query whose ``{}`` stands for a list of any length, and ``:name`` for a named value.

        The list travels as one JSON value, because SQLite bounds how many values a query may have.
        """
        listed = json.dumps(list(values))
        return self.all(sql.format("(select value from json_each(:listed))"), {"listed": listed, **named})

    def meta(self, key: str) -> str | None:
        """A value of the meta table."""
        row = self.one("select value from meta where key = ?", (key,))
        return str(row["value"]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Sets a value of the meta table."""
        self.run("insert into meta values (?, ?) on conflict (key) do update set value = excluded.value", (key, value))

    @property
    def generation(self) -> int:
        """The last generation that was committed; 0 for an empty index."""
        return int(self.meta("generation") or 0)

    def tokens(self) -> dict[int, str]:
        """Generation -> what tells it from one of the same number in another life of the index (a restored backup)."""
        return {row["number"]: row["token"] for row in self.all("select number, token from generation")}


_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what can befall a database into an error that says what to do; a mistake in SQL stays what it is.

    Raises:
        IndexUnusable: locked, damaged, on a full disk, or not to be read or written.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            raise IndexUnusable(f"{path} is locked by another program; try again when it has ended") from error
        if code == sqlite3.SQLITE_FULL:
            raise IndexUnusable(
                f"the disk under {path} is full; the index is as it was at its last commit: make room and run the"
                " same command again"
            ) from error
        if code in _DISK:
            raise IndexUnusable(
                f"{path} cannot be read or written: {error}; the index is as it was at its last commit: check the"
                " rights and the room on the disk"
            ) from error
        if code in _DAMAGED:
            raise IndexUnusable(
                f"{path} cannot be read as an index: {error}; restore a backup, or delete the folder and ingest again"
            ) from error
        raise


def open_store(path: Path, *, create: bool) -> Store:
    """Opens the database at ``path``; one of an older schema gets the tables that are new.

    A reader takes no lock here: it must open while a writer is at work.

    Raises:
        IndexUnusable: absent (and not to be created), no database, locked, or on a network file system.
        IndexMismatch: written by a newer version of the schema.
    """
    if not path.exists() and not create:
        raise IndexUnusable(
            f'no index "{path.parent.name}" in {path.parent.parent}; run "rxcite ingest PATH --index'
            f' {path.parent.name}" to build it'
        )
    disk.refuse_network(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    with told(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        store = Store(connection, path)
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
            store.run(f"pragma {pragma}")
        if create and not _is_made(store):
            _make(store)
        if not _is_made(store):
            raise IndexUnusable(f'{path} holds no index; run "rxcite ingest PATH" to build one')
        _migrate(store, path)
        return store
    except BaseException:
        connection.close()
        raise


def _is_made(store: Store) -> bool:
    return store.one("select name from sqlite_master where name = 'meta'") is not None


def _make(store: Store) -> None:
    with store.transaction():
        if not _is_made(store):  # another process may have come first
            for statement in statements(TABLES):
                store.run(statement)
            store.set_meta("schema", str(SCHEMA))


def _migrate(store: Store, path: Path) -> None:
    found = int(store.meta("schema") or 0)
    if found != SCHEMA and found not in MIGRATIONS:
        raise IndexMismatch(
            f"index at {path.parent} has schema {found}, this rxcite needs {SCHEMA}; use the rxcite that wrote it, or"
            ' run "rxcite ingest" into a new --index'
        )
    while found < SCHEMA:
        with store.transaction():
            found = int(store.meta("schema") or 0)  # another process may have come first
            for statement in statements(MIGRATIONS.get(found, "")):
                store.run(statement)
            found = min(found + 1, SCHEMA)
            store.set_meta("schema", str(found))
