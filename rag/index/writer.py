"""The one writer of an index: documents in, documents retired, all in transactions, derived files at the end."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from filelock import FileLock, Timeout

from rag.errors import IndexMismatch, IndexUnusable
from rag.index import codec, derived, encoder
from rag.index.index import DATABASE, DERIVED, LOCK, check_encoder
from rag.index.rows import Failure, load_document
from rag.index.store import Store, open_store
from rag.records import ClassMembership, Document, Passage
from rag.settings import Settings

_WAIT = 3.0
"""Seconds that a writer waits for another: a reader that catches up after a crash is soon done."""
CLASS_FILE = "class:"
"""Stands before the set id of a class file where files are noted with what they hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage and the keys of the vectors that stand for it."""

    passage: Passage
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DrugName:
    """A name to be known under which a document's drug goes."""

    norm: str
    kind: str
    drug: str


@dataclass(frozen=True, slots=True)
class Current:
    """What is in service under a document id."""

    row: int
    version: str | None
    effective: str | None
    revision: str | None
    content: bytes


def content_of(document: Document) -> bytes:
    """Hash of all that a reader made of a document: equal content is the same document."""
    body = codec.dump(document)
    about = [
        document.id,
        document.version,
        document.effective,
        document.title,
        document.manufacturer,
        document.revision,
    ]
    return hashlib.sha256(json.dumps([about, document.text, body]).encode()).digest()


def sizes_of(settings: Settings) -> str:
    """The sizes of passages, as an index and the version of a reader remember them."""
    return f"{settings.passages.target_tokens}/{settings.passages.max_tokens}"


class Writer:
    """Changes an index; use ``writing``. Nothing is seen by readers before ``commit``."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Wraps a store whose lock is held."""
        self.settings = settings
        self.store = store

    def prepare(self, dim: int, fingerprint: encoder.Vectors) -> None:
        """Remembers the encoder that the index is built with."""
        if self.store.meta("encoder") is None:
            assert dim == len(fingerprint)
            with self.store.transaction():
                self._set_made_with(fingerprint)

    @contextmanager
    def commit(self) -> Iterator[int]:
        """One transaction, one generation; gives the generation's number."""
        with self.store.transaction():
            generation = self.store.generation + 1
            yield generation
            self.store.run("insert or replace into generation values (?, ?)", (generation, uuid4().hex))
            self.store.set_meta("generation", str(generation))

    @contextmanager
    def noting(self) -> Iterator[int]:
        """One transaction that changes nothing that is served; gives the last generation's number."""
        with self.store.transaction():
            yield self.store.generation

    def finish(self) -> None:
        """Brings the derived files to the last commit."""
        if self.store.generation:
            dim = int(self.store.meta("dim") or 0)
            derived.catch_up(self.store, self.settings.folder / DERIVED, dim, self.settings.vectors)

    def current(self, id: str) -> Current | None:
        """What is in service under ``id``."""
        row = self.store.one("select * from document where id = ? and retired is null", (id,))
        return Current(row["row"], row["version"], row["effective"], row["revision"], row["content"]) if row else None

    def knows(self, content: bytes) -> bool:
        """True where this very document is there already, in service or in history."""
        return self.store.one("select 1 from document where content = ?", (content,)) is not None

    def missing(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those keys for which there is no vector yet."""
        known: set[bytes] = set()
        for at in range(0, len(keys), 500):
            some = keys[at : at + 500]
            rows = self.store.all(f"select key from vector where key in ({','.join('?' * len(some))})", some)
            known.update(row["key"] for row in rows)
        return set(keys) - known

    def add_vectors(self, keys: Sequence[bytes], vectors: encoder.Vectors) -> None:
        """Stores vectors by the hash of what they stand for; a vector that is there already stays."""
        self.store.many(
            "insert or ignore into vector (key, data) values (?, ?)",
            ((key, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True)),
        )

    def retire(self, row: int, generation: int, reason: str) -> None:
        """Takes a document out of service; it stays in history."""
        self.store.run("update document set retired = ?, reason = ? where row = ?", (generation, reason, row))

    def add(
        self,
        document: Document,
        entries: Sequence[Entry],
        names: Sequence[DrugName],
        generation: int,
        *,
        history: str | None = None,
    ) -> None:
        """Puts a document in; with ``history`` (the reason) straight into history."""
        row = self.store.run(
            "insert into document (id, version, revision, kind, source, title, effective, manufacturer,"
            " application, original,"
            " publication, url, licence, demonstration, set_id, text, body, drugs, content, added, retired, reason,"
            " ended)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.id, document.version, document.revision, document.kind.value, document.source, document.title,
                document.effective, document.manufacturer, document.application, document.original_packager,
                document.publication_type, document.url, document.licence, document.demonstration, document.set_id,
                document.text,
                codec.dump(document),
                json.dumps(document.drugs, ensure_ascii=False), content_of(document), generation,
                generation if history else None, history, document.ended,
            ),
        )  # fmt: skip
        if history:
            return
        for entry in entries:
            passage, section = entry.passage, entry.passage.section
            stored = json.dumps(
                [section.code, section.number, section.heading, section.path, section.start, section.end],
                ensure_ascii=False,
            )
            at = self.store.run(
                "insert into passage (id, document, section, start, end, text, context, content) values (?,"
                " ?, ?, ?, ?, ?, ?, ?)",
                (
                    passage.id,
                    row,
                    stored,
                    passage.start,
                    passage.end,
                    passage.text,
                    passage.context,
                    hashlib.sha256(passage.text.encode()).digest(),
                ),
            )
            self.store.many(
                "insert or ignore into window select ?, row from vector where key = ?",
                ((at, key) for key in entry.keys),
            )
        self.store.many("insert into name values (?, ?, ?, ?)", ((n.norm, n.kind, n.drug, row) for n in names))
        self._classes(document.classes, generation, document=row)

    def add_class_table(self, set_id: str, members: Sequence[ClassMembership]) -> None:
        """Puts the memberships of a class file in, in place of what the file of this set id said before."""
        generation = self.store.generation + 1
        self.store.run("update class set retired = ? where file = ? and retired is null", (generation, set_id))
        self._classes(members, generation, file=set_id)

    def _classes(
        self,
        members: Sequence[ClassMembership],
        generation: int,
        document: int | None = None,
        file: str | None = None,
    ) -> None:
        self.store.many(
            "insert into class values (?, ?, ?, ?, ?, ?, ?, ?, null)",
            ((m.substance, m.unii, m.name, m.kind, m.source, document, file, generation) for m in members),
        )

    def remove(self, ids: Sequence[str]) -> int:
        """Takes documents out of service; returns how many there were."""
        with self.commit() as generation:
            return sum(self.take_out(id, generation, "removed") for id in ids)

    def take_out(self, id: str, generation: int, reason: str) -> bool:
        """Takes a document out of service within a commit; a file that held it will be read again."""
        self.store.run("delete from file where sha256 in (select sha256 from holding where document = ?)", (id,))
        if id.startswith(CLASS_FILE):
            sql = "update class set retired = ? where file = ? and retired is null"
            self.store.run(sql, (generation, id.removeprefix(CLASS_FILE)))
            return True
        current = self.current(id)
        if current:
            self.retire(current.row, generation, reason)
        return current is not None

    def has_file(self, sha256: str, reader: str, path: str) -> bool:
        """True where this content was read whole by this reader, and at this path last of all.

        Content that comes back, or comes elsewhere, is read again: something else may have taken its place meanwhile.
        """
        sql = "select 1 from file where sha256 = ? and reader = ? and failed is null"
        return (
            self.store.one(sql, (sha256, reader)) is not None
            and self.store.one("select 1 from place where path = ? and sha256 = ?", (path, sha256)) is not None
        )

    def held(self, sha256: str) -> int:
        """How many documents the file of this content held."""
        rows = self.store.all("select document from holding where sha256 = ?", (sha256,))
        return sum(not row["document"].startswith(CLASS_FILE) for row in rows)

    def note_file(self, sha256: str, reader: str, path: str, failed: str | None, documents: Sequence[str]) -> None:
        """Remembers that a file was read, what it held, and whether any of it failed.

        A file that was read whole stands for what it holds now; one that failed stands for what it held before as well.
        """
        self.store.run(
            "insert into file (sha256, reader, path, failed) values (?, ?, ?, ?) on conflict do update set"
            " failed = excluded.failed, path = excluded.path",
            (sha256, reader, path, failed),
        )
        if failed is None:
            self.store.run("delete from holding where sha256 = ?", (sha256,))  # an older reader may have seen others
        self.store.many("insert or ignore into holding values (?, ?)", ((sha256, id) for id in documents))
        if failed is None:
            self.store.run("delete from place where path = ?", (path,))
        self.store.run("insert or ignore into place values (?, ?)", (path, sha256))

    def places(self, folder: str) -> dict[str, set[str]]:
        """Path -> contents that were read there, of the files below a folder."""
        below = folder.rstrip("/") + "/"
        found: dict[str, set[str]] = {}
        # "0" comes after "/": the range is what begins with the folder's path, and the index on it serves
        for row in self.store.all("select * from place where path > ? and path < ?", (below, below[:-1] + "0")):
            found.setdefault(row["path"], set()).add(row["sha256"])
        return found

    def readings(self, contents: Iterable[str], reader: str) -> dict[str, bool]:
        """Content -> whether this reader could read all of it; absent where it never tried."""
        sql = "select sha256, failed is null as whole from file where sha256 in {} and reader = :reader"
        return {row["sha256"]: bool(row["whole"]) for row in self.store.among(sql, contents, reader=reader)}

    def failures_at(self, paths: Iterable[str]) -> list[Failure]:
        """What is remembered of files that failed, and of members and records in them."""
        rows = self.store.among("select * from failure where file in {} order by path", paths)
        return [Failure(row["path"], row["sha256"], row["reason"]) for row in rows]

    def held_at(self, paths: Iterable[str]) -> set[str]:
        """Ids of the documents that the files at these paths stand for."""
        sql = "select distinct h.document from place p join holding h on h.sha256 = p.sha256 where p.path in {}"
        return {row["document"] for row in self.store.among(sql, paths)}

    def held_beside(self, paths: Iterable[str], ids: Iterable[str]) -> set[str]:
        """Those of ``ids`` that a file at any other path stands for."""
        rows = self.store.all(
            "select distinct h.document from holding h join place p on p.sha256 = h.sha256"
            " where h.document in (select value from json_each(:ids))"
            " and p.path not in (select value from json_each(:paths))",
            {"ids": json.dumps(sorted(ids)), "paths": json.dumps(sorted(paths))},
        )
        return {row["document"] for row in rows}

    def places_of(self, contents: Iterable[str]) -> list[str]:
        """Paths at which these contents were read."""
        return [row["path"] for row in self.store.among("select path from place where sha256 in {}", contents)]

    def forget(self, paths: Sequence[str]) -> None:
        """Forgets where files stood; what they held is not touched."""
        with self.noting():
            self.store.many("delete from place where path = ?", ((path,) for path in paths))

    def serves(self, id: str) -> bool:
        """True where a document, or a class file with ``CLASS_FILE`` in front of its id, is in service."""
        if id.startswith(CLASS_FILE):
            sql = "select 1 from class where file = ? and retired is null"
            return self.store.one(sql, (id.removeprefix(CLASS_FILE),)) is not None
        return self.current(id) is not None

    def settle(self, gone: Sequence[str], missing: Sequence[str]) -> None:
        """Ends a sync: takes ``missing`` documents out of service, forgets files that are gone.

        A file that is gone is remembered as long as a document that stood in it, and nowhere else, is in service.
        """
        with self.commit() if missing else self.noting() as generation:
            for id in missing:
                self.take_out(id, generation, "gone from its folder")
            for path in gone:
                held = {id for id in self.held_at([path]) if self.serves(id)}
                if held <= self.held_beside([path], held):
                    self.store.run("delete from place where path = ?", (path,))
                self.store.run("delete from failure where file = ?", (path,))

    def note_failures(self, file: str, sha256: str, failures: Sequence[tuple[str, str]]) -> None:
        """Replaces the failures of one file, its members and records."""
        self.store.run("delete from failure where file = ?", (file,))
        self.store.many(
            "insert or replace into failure values (?, ?, ?, ?)",
            ((path, sha256, reason, file) for path, reason in failures),
        )

    def note_unreadable(self, paths: Sequence[str], failures: Sequence[Failure]) -> None:
        """Remembers which of the files at ``paths`` could not even be opened, and that the others can."""
        with self.noting():
            self.store.run(
                "delete from failure where sha256 = '' and file in (select value from json_each(?))",
                (json.dumps(paths),),
            )
            self.store.many(
                "insert or ignore into failure values (?, '', ?, ?)", ((f.path, f.reason, f.path) for f in failures)
            )

    def rows_in_service(self) -> list[int]:
        """Rows of the documents in service, in the order in which they came."""
        return [row["row"] for row in self.store.all("select row from document where retired is null order by row")]

    def set_built_with(self, probe: encoder.Vectors, generation: int) -> None:
        """Remembers, within a commit, with which encoder and sizes all that is in service was made anew."""
        if self.store.meta("encoder") != self.settings.encoder:
            self.store.set_meta("rebuilt", str(generation))  # files of the generations before are of no use now
        self._set_made_with(probe)

    def _set_made_with(self, probe: encoder.Vectors) -> None:
        self.store.set_meta("encoder", self.settings.encoder)
        self.store.set_meta("dim", str(len(probe)))
        self.store.set_meta("fingerprint", probe.astype("float32").tobytes().hex())
        self.store.set_meta("passages", sizes_of(self.settings))

    def in_service(self) -> tuple[int, int]:
        """How many documents and passages are in service."""
        row = self.store.one(
            "select count(*) as documents, coalesce(sum((select count(*) from passage where document = d.row)), 0)"
            " as passages from document d where retired is null"
        )
        assert row is not None
        return row["documents"], row["passages"]

    def document_at(self, row: int) -> Document:
        """A stored document."""
        found = self.store.one("select * from document where row = ?", (row,))
        assert found is not None, row
        return load_document(found)


@contextmanager
def writing(settings: Settings, *, create: bool = True, rebuild: bool = False) -> Iterator[Writer]:
    """The writer of an index; one at a time.

    Raises:
        IndexUnusable: another process is writing, or there is no such index (with ``create`` off).
    """
    if create:
        settings.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.folder / LOCK, timeout=_WAIT)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexUnusable(
            f'another rxcite is writing to index "{settings.index}" in {settings.home}; wait until it has ended'
        ) from error
    except OSError as error:
        raise IndexUnusable(
            f'no index "{settings.index}" in {settings.home}, or it cannot be written: {error}'
        ) from error
    store: Store | None = None
    try:
        store = open_store(settings.folder / DATABASE, create=create)
        if not rebuild:
            check_encoder(store, settings)
            _check_sizes(store, settings)
        yield Writer(settings, store)
    finally:
        if store is not None:
            store.close()
        lock.release()


def _check_sizes(store: Store, settings: Settings) -> None:
    built, asked = store.meta("passages"), sizes_of(settings)
    if built is not None and built != asked:
        raise IndexMismatch(
            f'index "{settings.index}" was built with passages of {built} tokens (target/most), settings ask for'
            f' {asked}; set them back in rxcite.toml ([passages]) or run "rxcite ingest --rebuild"'
        )
