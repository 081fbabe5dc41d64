"""The vector files of a generation, made from those before: exact up to a size, inverted lists beyond it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.index import inverted
from rag.index.encoder import Vectors as Array
from rag.index.inverted import Inverted
from rag.index.store import Store
from rag.index.vectors import Nearest, Rows, Vectors
from rag.settings import VectorSettings

FILE = inverted.LISTS
_BATCH = 20_000
_DOCUMENTS = 500
"""Whose vectors are asked for at once."""
_OF = "select distinct w.vector from window w join passage p on p.row = w.passage where p.document in {}"
_BACK_AT = 0.75
"""Share of the size up to which vectors are exact, below which they are again: one label more or less changes none."""


def opened(folder: Path, store: Store) -> Nearest:
    """The vectors of a generation's folder, to be searched."""
    return _opened(folder, store)


def _opened(folder: Path, store: Store) -> Vectors | Inverted:
    if (folder / inverted.ABOUT).exists():
        return Inverted(folder, lambda rows: read(store, rows))
    return Vectors(0, folder / FILE)


def read(store: Store, rows: Rows) -> Array:
    """Vectors of the store, (n, dim), in the order of their rows."""
    found = store.among("select row, data from vector where row in {} order by row", rows.tolist())
    vectors = np.frombuffer(b"".join(row["data"] for row in found), dtype=np.float32).reshape(len(found), -1)
    known = np.fromiter((row["row"] for row in found), dtype=np.int64, count=len(found))
    return vectors if np.array_equal(known, rows) else vectors[np.searchsorted(known, rows)]


def carry(
    store: Store,
    before: Path | None,
    after: Path,
    target: int,
    retired: Sequence[int],
    added: Sequence[int],
    dim: int,
    settings: VectorSettings,
) -> None:
    """Writes the vectors of generation ``target`` into ``after``.

    Args:
        store: Where the vectors stand.
        before: Folder of the generation before; None for the first.
        after: Folder to write into.
        target: The generation.
        retired: Rows of the documents that left service since.
        added: Rows of the documents that came.
        dim: Dimensions of a vector.
        settings: Sizes at which the kind of index changes.
    """
    vectors = _opened(before, store) if before and (before / FILE).exists() else Vectors(dim)
    if not len(vectors):
        vectors = Vectors(dim)  # made before the first text told how many dimensions there are
    there = np.sort(vectors.rows())
    gone = _leaving(store, np.intersect1d(_of(store, retired), there, assume_unique=True), target)
    stay = np.setdiff1d(there, gone, assume_unique=True)
    new = np.setdiff1d(_of(store, added), stay, assume_unique=True)
    count = len(stay) + len(new)
    is_large = count > settings.exact_up_to * (_BACK_AT if isinstance(vectors, Inverted) else 1)
    if isinstance(vectors, Inverted):
        if not is_large:
            _exact(store, Vectors(dim), np.union1d(stay, new), after)
        elif vectors.unfolded + len(gone) + len(new) > settings.fold_at * vectors.base.vectors:
            inverted.build(
                after, np.union1d(stay, new), lambda rows: read(store, rows), dim, settings.recall, before=vectors
            )
        else:
            vectors.change(gone, new)
            vectors.save(after)
    elif is_large:
        inverted.build(after, np.union1d(stay, new), lambda rows: read(store, rows), dim, settings.recall)
    else:
        vectors.remove(gone)
        _exact(store, vectors, new, after)


def _exact(store: Store, vectors: Vectors, new: Rows, after: Path) -> None:
    for at in range(0, len(new), _BATCH):
        rows = new[at : at + _BATCH]
        vectors.add(rows, read(store, rows))
    vectors.save(after / FILE)


def _of(store: Store, documents: Sequence[int]) -> Rows:
    """Rows of the vectors that stand for passages of ``documents``, each once, sorted."""
    found = [np.empty(0, dtype=np.int64)]
    for at in range(0, len(documents), _DOCUMENTS):
        rows = store.among(_OF, documents[at : at + _DOCUMENTS])
        found.append(np.fromiter((row["vector"] for row in rows), dtype=np.int64, count=len(rows)))
    return np.unique(np.concatenate(found))


def _leaving(store: Store, rows: Rows, target: int) -> Rows:
    """Those of ``rows`` that stand for no passage in service any more."""
    if not len(rows):
        return rows
    still = store.among(
        "select distinct w.vector from window w join passage p on p.row = w.passage join document d on"
        " d.row = p.document where w.vector in {} and d.added <= :g and (d.retired is null or d.retired > :g)",
        rows.tolist(),
        g=target,
    )
    return np.setdiff1d(rows, np.fromiter((row["vector"] for row in still), dtype=np.int64, count=len(still)))
