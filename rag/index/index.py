"""The index as a whole: one generation of the store with its vectors and words, pinned for as long as it is open."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from filelock import FileLock, Timeout

from rag.errors import IndexMismatch, IndexUnusable
from rag.index import codec, derived, encoder
from rag.index.store import LIVE, Store, open_store
from rag.records import ClassMembership, Document, IndexState, Kind, Passage, Section
from rag.settings import Settings

DATABASE = "index.sqlite"
DERIVED = "derived"
LOCK = "writer.lock"
_KEPT_DOCUMENTS = 512


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document of the index, without its text."""

    row: int
    id: str
    kind: Kind
    title: str
    version: str | None
    effective: str | None
    manufacturer: str | None
    drugs: tuple[str, ...]
    source: str
    demonstration: bool
    passages: int
    reference: bool
    """True for a reference product (NDA or BLA) of its original packager."""
    original: bool
    """True where nothing says that the product was packed again by another firm."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a document, served or in history."""

    version: str | None
    effective: str | None
    current: bool
    since: str
    retired: str | None
    """Why it left service; None while it is served."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read."""

    path: str
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much an index holds."""

    documents: int
    versions: int
    passages: int
    distinct_texts: int
    class_members: int
    bytes: int
    generation: int


@dataclass(frozen=True, slots=True)
class Name:
    """A drug name of the corpus, and what it stands for."""

    norm: str
    kind: str
    """ingredient, generic, brand, substance or component (one ingredient of a combination)."""
    drug: str
    """Ingredients of the product, sorted, joined by " + "."""
    document: int


class Index:
    """A generation, open for reading."""

    def __init__(self, settings: Settings, store: Store, files: derived.Derived) -> None:
        """Use ``Index.open``."""
        self.settings = settings
        self.store = store
        self.generation = files.generation
        self._files = files
        self._documents: OrderedDict[int, Document] = OrderedDict()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The newest generation whose derived files are whole; lagging ones are caught up where no writer is at work.

        Raises:
            IndexUnusable: no such index, or nothing in it yet.
            IndexMismatch: built with another encoder or schema.
        """
        folder = settings.folder
        store = open_store(folder / DATABASE, create=False)
        try:
            check_encoder(store, settings)
            files = derived.latest(folder / DERIVED, store.generation)
            if files and files.generation < int(store.meta("rebuilt") or 0):
                files = None  # vectors of the encoder before
            if files is None or files.generation < store.generation:
                files = _caught_up(store, folder) or files
            if files is None:
                raise IndexUnusable(
                    f'index "{settings.index}" is being built for the first time; ask again when "rxcite'
                    f' ingest" has ended'
                )
            return cls(settings, store, files)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Closes the store."""
        self.store.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the store."""
        self.close()

    @cached_property
    def words(self):  # type: ignore[no-untyped-def]  # its module loads tantivy, which opening a database does not need
        """The word index."""
        from rag.index.words import Words

        self._still_there(self._files.words)
        return Words(self._files.words)

    @cached_property
    def vectors(self):  # type: ignore[no-untyped-def]  # its module loads faiss
        """The vector index."""
        from rag.index.vectors import Vectors

        self._still_there(self._files.vectors)
        return Vectors(0, self._files.vectors)

    def _still_there(self, path: Path) -> None:
        if not path.exists():
            raise IndexUnusable(
                f'index "{self.settings.index}" has gone on since it was opened (generation {self.generation}'
                " is no longer kept); open it again"
            )

    @cached_property
    def query_encoder(self) -> encoder.Encoder:
        """The encoder for questions, checked once against the fingerprint that the index keeps."""
        found = encoder.for_queries(self.settings.encoder)
        kept = np.frombuffer(bytes.fromhex(self.store.meta("fingerprint") or ""), dtype=np.float32)
        vector = found.encode([encoder.PROBE])[0]
        if kept.shape != vector.shape or float(kept @ vector) < 0.9999:
            raise IndexMismatch(
                f"the encoder {self.settings.encoder!r} no longer gives the vectors that index"
                f' "{self.settings.index}" was built with; '
                'run "rxcite ingest --rebuild" with the encoder you want'
            )
        return found

    @cached_property
    def state(self) -> IndexState:
        """Which index this is."""
        sizes = self.store.one(
            f"select count(*) as documents, coalesce(sum((select count(*) from passage where document ="
            f" d.row)), 0) as passages from document d where {LIVE}",
            {"g": self.generation},
        )
        assert sizes is not None
        return IndexState(
            self.settings.index, self.generation, sizes["documents"], sizes["passages"], self.settings.encoder
        )

    @cached_property
    def has_demonstration(self) -> bool:
        """True where a document in service is one of the demonstration."""
        sql = f"select 1 from document where demonstration and {LIVE} limit 1"
        return self.store.one(sql, {"g": self.generation}) is not None

    def sizes(self) -> Sizes:
        """How much the index holds."""
        row = self.store.one(
            "select (select count(*) from document) as versions,"
            f" (select count(distinct w.vector) from window w join passage p on p.row = w.passage join"
            f" document d on d.row = p.document where {LIVE}) as texts,"
            " (select count(*) from (select distinct substance, name, kind from class)) as members",
            {"g": self.generation},
        )
        assert row is not None
        size = sum(file.stat().st_size for file in self.settings.folder.rglob("*") if file.is_file())
        return Sizes(
            self.state.documents,
            row["versions"],
            self.state.passages,
            row["texts"],
            row["members"],
            size,
            self.generation,
        )

    def documents(self) -> list[DocumentRow]:
        """All documents in service, by id."""
        rows = self.store.all(
            f"select d.*, (select count(*) from passage where document = d.row) as passages from document d"
            f" where {LIVE} order by id",
            {"g": self.generation},
        )
        return [_document_row(row) for row in rows]

    def rows(self, rows: Sequence[int]) -> dict[int, DocumentRow]:
        """Documents by row number, whatever of them is in service."""
        found = self.store.among(
            f"select d.*, 0 as passages from document d where row in {{}} and"
            f" {LIVE.replace(':g', str(self.generation))}",
            list(rows),
        )
        return {row["row"]: _document_row(row) for row in found}

    def document(self, id: str, version: str | None = None) -> Document | None:
        """The document in service under ``id``, or the version asked for, history included."""
        if version is None:
            row = self.store.one(
                f"select row from document where id = :id and {LIVE}", {"id": id, "g": self.generation}
            )
        else:
            row = self.store.one(
                "select row from document where id = ? and version = ? order by row desc", (id, version)
            )
        return self.document_at(row["row"]) if row else None

    def document_at(self, row: int) -> Document:
        """The document of a row; the last few hundred are kept in memory."""
        if row in self._documents:
            self._documents.move_to_end(row)
            return self._documents[row]
        found = self.store.one("select * from document where row = ?", (row,))
        assert found is not None, row
        self._documents[row] = document = load_document(found)
        if len(self._documents) > _KEPT_DOCUMENTS:
            self._documents.popitem(last=False)
        return document

    def versions(self, id: str) -> list[VersionRow]:
        """All versions of a document, newest first."""
        rows = self.store.all(
            "select * from document where id = ? and added <= ? order by row desc", (id, self.generation)
        )
        return [
            VersionRow(
                r["version"],
                r["effective"],
                r["retired"] is None or r["retired"] > self.generation,
                r["since"],
                r["reason"],
            )
            for r in rows
        ]

    def failures(self) -> list[Failure]:
        """Files that could not be read, by path."""
        return [
            Failure(r["path"], r["sha256"], r["reason"]) for r in self.store.all("select * from failure order by path")
        ]

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[int, Passage]]:
        """Row -> (row of its document, passage), of documents in service."""
        found = self.store.among(
            "select p.*, d.id as document_id, d.version, d.drugs from passage p join document d on d.row = p.document"
            f" where p.row in {{}} and {LIVE.replace(':g', str(self.generation))}",
            list(rows),
        )
        return {r["row"]: (r["document"], _passage(r)) for r in found}

    def passage_rows(self, documents: Sequence[int]) -> list[int]:
        """Rows of all passages of documents, in their order."""
        return [
            r["row"]
            for r in self.store.among("select row from passage where document in {} order by row", list(documents))
        ]

    def windows(self, documents: Sequence[int]) -> dict[int, list[int]]:
        """Vector row -> rows of the passages of ``documents`` that it stands for."""
        found = self.store.among(
            "select w.vector, w.passage from passage p join window w on w.passage = p.row where p.document in {}",
            list(documents),
        )
        by_vector: dict[int, list[int]] = {}
        for row in found:
            by_vector.setdefault(row["vector"], []).append(row["passage"])
        return by_vector

    def passages_of_vectors(self, vectors: Sequence[int]) -> dict[int, list[int]]:
        """Vector row -> rows of the passages in service that it stands for."""
        found = self.store.among(
            "select w.vector, w.passage from window w join passage p on p.row = w.passage join document d on"
            " d.row = p.document"
            f" where w.vector in {{}} and {LIVE.replace(':g', str(self.generation))}",
            list(vectors),
        )
        by_vector: dict[int, list[int]] = {}
        for row in found:
            by_vector.setdefault(row["vector"], []).append(row["passage"])
        return by_vector

    def names(self, norms: Sequence[str]) -> list[Name]:
        """What drug names stand for, of documents in service."""
        found = self.store.among(
            f"select n.* from name n join document d on d.row = n.document where n.norm in {{}} and"
            f" {LIVE.replace(':g', str(self.generation))}",
            list(norms),
        )
        return [Name(r["norm"], r["kind"], r["drug"], r["document"]) for r in found]

    @cached_property
    def all_names(self) -> frozenset[str]:
        """Every drug name of the documents in service; read once, because a generation does not change."""
        found = self.store.all(
            f"select distinct n.norm from name n join document d on d.row = n.document where {LIVE}",
            {"g": self.generation},
        )
        return frozenset(row["norm"] for row in found)

    def names_of_drug(self, drug: str) -> list[Name]:
        """All names under which a drug's labels go."""
        found = self.store.all(
            f"select n.* from name n join document d on d.row = n.document where n.drug = :drug and {LIVE}",
            {"drug": drug, "g": self.generation},
        )
        return [Name(r["norm"], r["kind"], r["drug"], r["document"]) for r in found]

    def classes_of(self, substances: Sequence[str]) -> list[ClassMembership]:
        """The classes of substances, as named sources give them."""
        found = self.store.among(
            "select distinct substance, unii, name, kind, source from class where substance in {} and (document is null"
            f" or document in (select row from document where {LIVE.replace(':g', str(self.generation))}))"
            " order by kind, name",
            list(substances),
        )
        return [ClassMembership(r["substance"], r["unii"], r["name"], r["kind"], r["source"]) for r in found]

    def same_text(self, rows: Sequence[int]) -> dict[int, int]:
        """Passage row -> number of documents in service, of the same drugs, that hold its very text."""
        found = self.store.all(
            "select p.row, count(distinct q.document) as n from passage p join document d on d.row = p.document"
            " join passage q on q.content = p.content join document e on e.row = q.document and e.drugs = d.drugs"
            " where p.row in (select value from json_each(:rows)) and e.added <= :g and (e.retired is null or"
            " e.retired > :g) group by p.row",
            {"rows": json.dumps(list(rows)), "g": self.generation},
        )
        return {r["row"]: r["n"] for r in found}


def check_encoder(store: Store, settings: Settings) -> None:
    """Refuses an index that was built with another encoder.

    Raises:
        IndexMismatch: with both names and the way out.
    """
    built = store.meta("encoder")
    if built is not None and built != settings.encoder:
        raise IndexMismatch(
            f"index {settings.index!r} was built with encoder {built!r} (dim {store.meta('dim')}), settings"
            f" ask for {settings.encoder!r}; "
            f'ask with --encoder {built} or run "rxcite ingest --rebuild"'
        )


def _caught_up(store: Store, folder: Path) -> derived.Derived | None:
    if not store.generation:
        return None
    try:
        with FileLock(folder / LOCK, timeout=0):
            return derived.catch_up(store, folder / DERIVED, int(store.meta("dim") or 0))
    except Timeout:
        return None


def load_document(row: Any) -> Document:
    """A stored document as the record it was."""
    body = json.loads(row["body"])
    return Document(
        id=row["id"],
        kind=Kind(row["kind"]),
        source=row["source"],
        title=row["title"],
        version=row["version"],
        effective=row["effective"],
        text=row["text"],
        sections=codec.sections(body),
        blocks=codec.blocks(body),
        products=codec.products(body),
        classes=codec.classes(body),
        set_id=row["set_id"],
        revision=row["revision"],
        manufacturer=row["manufacturer"],
        application=row["application"],
        original_packager=None if row["original"] is None else bool(row["original"]),
        publication_type=row["publication"],
        url=row["url"],
        licence=row["licence"],
        demonstration=bool(row["demonstration"]),
    )


def _document_row(row: Any) -> DocumentRow:
    original = row["original"] is None or bool(row["original"])
    application = (row["application"] or "").upper()
    return DocumentRow(
        row=row["row"],
        id=row["id"],
        kind=Kind(row["kind"]),
        title=row["title"],
        version=row["version"],
        effective=row["effective"],
        manufacturer=row["manufacturer"],
        drugs=tuple(json.loads(row["drugs"])),
        source=row["source"],
        demonstration=bool(row["demonstration"]),
        passages=row["passages"],
        reference=original and application.startswith(("NDA", "BLA")),
        original=original,
    )


def _passage(row: Any) -> Passage:
    code, number, heading, path, start, end = json.loads(row["section"])
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        version=row["version"],
        section=Section(code, number, heading, tuple(path), start, end),
        start=row["start"],
        end=row["end"],
        text=row["text"],
        context=row["context"],
        drugs=tuple(json.loads(row["drugs"])),
    )
