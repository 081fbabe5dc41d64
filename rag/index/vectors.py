"""The vector index (FAISS): rows of the store's vector table by their inner product with a question.

Derived from the store and never the truth. Ids are the store's own row numbers, which are never used twice; that is
what LlamaIndex's FAISS map store gets wrong (it counts anew after a delete and returns the wrong text).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from rag.index.encoder import Vectors as Array

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VectorHit:
    """A vector row and its inner product with the question, -1 to 1."""

    row: int
    score: float


class Nearest(Protocol):
    """Vectors that can be searched: exact ones, or ``rag.index.inverted`` where there are many."""

    def __len__(self) -> int:
        """How many vectors there are."""

    def ids(self) -> set[int]:
        """All ids."""

    def search(self, vector: Array, limit: int, among: Sequence[int] | None = None) -> list[VectorHit]:
        """The ``limit`` nearest, best first; only of ``among`` where given."""


class Vectors:
    """An exact index with stable ids and real deletes."""

    def __init__(self, dim: int, path: Path | None = None) -> None:
        """Reads the file at ``path``, or makes an empty index of ``dim`` dimensions."""
        self._index = faiss.read_index(str(path)) if path else faiss.IndexIDMap2(faiss.IndexFlatIP(dim))

    def __len__(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    def save(self, path: Path) -> None:
        """Writes the whole index."""
        faiss.write_index(self._index, str(path))

    def rows(self) -> Rows:
        """All ids, in no order."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64)

    def ids(self) -> set[int]:
        """All ids."""
        return set(self.rows().tolist())

    def remove(self, rows: Sequence[int] | Rows) -> None:
        """Takes vectors out; before anything is added, so that an id is never there twice."""
        if len(rows):
            self._index.remove_ids(np.asarray(rows, dtype=np.int64))

    def add(self, rows: Sequence[int] | Rows, vectors: Array) -> None:
        """Puts ``vectors`` (n, dim), unit length, in under their rows."""
        if len(rows):
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(rows, dtype=np.int64))

    def search(self, vector: Array, limit: int, among: Sequence[int] | None = None) -> list[VectorHit]:
        """The ``limit`` nearest, best first; only of ``among`` where given."""
        if among is not None and not len(among):
            return []
        count = min(limit, len(self) if among is None else len(among))
        if not count:
            return []
        parameters = (
            faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64)))
            if among is not None
            else None
        )
        scores, ids = self._index.search(vector.reshape(1, -1), count, params=parameters)
        return [VectorHit(int(row), float(score)) for row, score in zip(ids[0], scores[0], strict=True) if row >= 0]
