"""The index as a whole: one generation of the store with its vectors and words, pinned for as long as it is open."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from rag.errors import IndexMismatch, IndexUnusable
from rag.index import derived, encoder
from rag.index.rows import (
    DocumentRow,
    Failure,
    Name,
    Owner,
    Sizes,
    VersionRow,
    load_document,
    load_document_row,
    load_name,
    load_passage,
)
from rag.index.store import LIVE, Store, open_store
from rag.records import ClassMembership, Document, IndexState, Kind, Passage
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.index.inverted import Base

DATABASE = "index.sqlite"
DERIVED = "derived"
LOCK = "writer.lock"
_KEPT_DOCUMENTS = 512
_SERVED = f"(document is null or document in (select row from document where {LIVE}))"
"""Condition for rows of ``class``, beside their own generations."""
_PASSAGES = "select p.*, d.id as document_id, d.version, d.drugs from passage p join document d on d.row = p.document"


@dataclass(frozen=True, slots=True)
class _Owned:
    """The documents by the rows of their passages."""

    firsts: npt.NDArray[np.int64]
    lasts: npt.NDArray[np.int64]
    owners: list[Owner]


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
        store = open_store(settings.folder / DATABASE, create=False)
        try:
            check_encoder(store, settings)
            files = _files(store, settings)
            if files.generation < int(store.meta("rebuilt") or 0):
                files.release()
                raise IndexUnusable(
                    f'index "{settings.index}" is being rebuilt with another encoder; ask again when that has ended'
                )
            return cls(settings, store, files)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Closes the store, and lets the files of its generation go."""
        self.store.close()
        self._files.release()

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
        from rag.index import vector_files

        self._still_there(self._files.vectors)
        return vector_files.opened(self._files.folder, self.store)

    @cached_property
    def vector_base(self) -> "Base | None":
        """How the inverted lists were built and how well they find; None where every vector is compared."""
        from rag.index.inverted import base_of

        return base_of(self._files.folder)

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
            f" (select count(*) from (select distinct substance, name, kind from class where {LIVE})) as members",
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
        return [load_document_row(row) for row in rows]

    def rows(self, rows: Sequence[int]) -> dict[int, DocumentRow]:
        """Documents by row number, whatever of them is in service."""
        sql = f"select d.*, 0 as passages from document d where row in {{}} and {LIVE}"
        return {row["row"]: load_document_row(row) for row in self.store.among(sql, rows, g=self.generation)}

    def document(self, id: str, version: str | None = None) -> Document | None:
        """The document in service under ``id``, or the version asked for (by number or date), history included."""
        if version is None:
            row = self.store.one(
                f"select row from document where id = :id and {LIVE}", {"id": id, "g": self.generation}
            )
        else:
            row = self.store.one(
                "select row from document where id = :id and added <= :g and :version in (version, effective)"
                " order by version is not :version, row desc",
                {"id": id, "version": version, "g": self.generation},
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
                r["row"],
            )
            for r in rows
        ]

    def failures(self) -> list[Failure]:
        """Files that could not be read, by path."""
        return [
            Failure(r["path"], r["sha256"], r["reason"]) for r in self.store.all("select * from failure order by path")
        ]

    def contents(self) -> str:
        """Hash of the documents and class memberships in service: equal where two indexes can say the same."""
        digest = hashlib.sha256()
        sql = f"select id, version, content from document d where {LIVE} order by id, row"
        for row in self.store.all(sql, {"g": self.generation}):
            digest.update(f"{row['id']}\0{row['version']}\0".encode() + row["content"])
        sql = f"select distinct substance, name, kind, source from class where {LIVE} and {_SERVED} order by 1, 2, 3, 4"
        for row in self.store.all(sql, {"g": self.generation}):
            digest.update("\0".join(map(str, row)).encode() + b"\n")
        return digest.hexdigest()

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[int, Passage]]:
        """Row -> (row of its document, passage), of documents in service."""
        sql = f"{_PASSAGES} where p.row in {{}} and {LIVE}"
        return {r["row"]: (r["document"], load_passage(r)) for r in self.store.among(sql, rows, g=self.generation)}

    def passages_of_section(self, document: int, code: str) -> list[Passage]:
        """The passages of a document that stand in sections of a LOINC code, in their order.

        A subsection can have a code of its own ("Pregnancy" among the contraindications) and belongs to the section
        that it stands in all the same.
        """
        wanted = [section for section in self.document_at(document).sections if section.code == code]
        if not wanted:
            return []
        sql = f"{_PASSAGES} where p.document = :document and {LIVE} order by p.row"
        rows = self.store.all(sql, {"document": document, "g": self.generation})
        passages = map(load_passage, rows)
        return [p for p in passages if any(one.start <= p.start and p.end <= one.end for one in wanted)]

    def rows_of(self, ids: Iterable[str]) -> dict[str, int]:
        """Passage id -> its row, of documents in service, in the order of ``ids``."""
        sql = f"select p.id, p.row from passage p join document d on d.row = p.document where p.id in {{}} and {LIVE}"
        wanted = list(ids)
        found = {r["id"]: r["row"] for r in self.store.among(sql, wanted, g=self.generation)}
        return {id: found[id] for id in wanted if id in found}

    def owners(self, rows: Iterable[int]) -> dict[int, Owner]:
        """Passage row -> its document; quicker than ``passages`` for thousands of rows."""
        spans = self._owned
        wanted = np.fromiter(rows, dtype=np.int64)
        at = np.searchsorted(spans.firsts, wanted, side="right") - 1
        is_there = (at >= 0) & (wanted <= spans.lasts[at]) if len(spans.owners) else np.zeros(len(wanted), dtype=bool)
        return {
            row: spans.owners[place]
            for row, place in zip(wanted[is_there].tolist(), at[is_there].tolist(), strict=True)
        }

    @cached_property
    def _owned(self) -> "_Owned":
        # the passages of a document are written in one go, so their rows follow each other; read once, as a million
        # look-ups of single rows take far longer than one pass over the index of passages by document
        found = self.store.all(
            "select document, min(row) as first, max(row) as last, (select kind from document where row = p.document)"
            " as kind from passage p group by document order by first"
        )
        return _Owned(
            np.array([r["first"] for r in found], dtype=np.int64),
            np.array([r["last"] for r in found], dtype=np.int64),
            [Owner(r["document"], Kind(r["kind"])) for r in found],
        )

    def windows(self, documents: Sequence[int]) -> dict[int, list[int]]:
        """Vector row -> rows of the passages of ``documents`` that it stands for."""
        return self._windows("p.document in {}", documents)

    def windows_of(self, rows: Iterable[int]) -> dict[int, list[int]]:
        """Vector row -> rows of those of the passages ``rows`` that it stands for."""
        return self._windows("w.passage in {}", rows)

    def passages_of_vectors(self, vectors: Sequence[int]) -> dict[int, list[int]]:
        """Vector row -> rows of the passages in service that it stands for."""
        return self._windows("w.vector in {}", vectors)

    def _windows(self, condition: str, values: Iterable[int]) -> dict[int, list[int]]:
        found = self.store.among(
            "select w.vector, w.passage from passage p join window w on w.passage = p.row join document d on"
            f" d.row = p.document where {condition} and {LIVE}",
            values,
            g=self.generation,
        )
        by_vector: dict[int, list[int]] = {}
        for row in found:
            by_vector.setdefault(row["vector"], []).append(row["passage"])
        return by_vector

    def names(self, norms: Sequence[str]) -> list[Name]:
        """What drug names stand for, of documents in service."""
        sql = f"select n.* from name n join document d on d.row = n.document where n.norm in {{}} and {LIVE}"
        return [load_name(row) for row in self.store.among(sql, norms, g=self.generation)]

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
        sql = f"select n.* from name n join document d on d.row = n.document where n.drug = :drug and {LIVE}"
        return [load_name(row) for row in self.store.all(sql, {"drug": drug, "g": self.generation})]

    def classes_of(self, substances: Sequence[str]) -> list[ClassMembership]:
        """The classes of substances, as named sources give them."""
        found = self.store.among(
            f"select distinct substance, unii, name, kind, source from class where substance in {{}} and {LIVE}"
            f" and {_SERVED} order by kind, name",
            substances,
            g=self.generation,
        )
        return [ClassMembership(r["substance"], r["unii"], r["name"], r["kind"], r["source"]) for r in found]

    def same_text(self, rows: Iterable[int]) -> dict[int, int]:
        """Passage row -> number of documents in service, of the same drugs, that hold its very text."""
        found = self.store.among(
            "select p.row, count(distinct q.document) as n from passage p join document d on d.row = p.document"
            " join passage q on q.content = p.content join document e on e.row = q.document and e.drugs = d.drugs"
            " where p.row in {} and e.added <= :g and (e.retired is null or e.retired > :g) group by p.row",
            rows,
            g=self.generation,
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


def _files(store: Store, settings: Settings) -> derived.Derived:
    """The derived files to read, held; those of the last generation where nobody is at work on them already."""
    root = settings.folder / DERIVED
    files = derived.held(root, store)
    if store.generation and (files is None or files.generation < store.generation):
        try:
            with FileLock(settings.folder / LOCK, timeout=0):
                derived.catch_up(store, root, int(store.meta("dim") or 0), settings.vectors)
        except Timeout:  # a writer is at work, and the generation before is whole
            pass
        except (IndexUnusable, OSError):
            if files is None:
                raise
        else:
            if files:
                files.release()
            files = derived.held(root, store)
    if files is None:
        raise IndexUnusable(
            f'index "{settings.index}" is being built for the first time; ask again when "rxcite ingest" has ended'
        )
    return files
