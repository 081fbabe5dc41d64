"""The vector index of a large corpus: FAISS inverted lists of 8-bit codes, searched in part, ordered by exact scores.

The base (lists, codes) is written once and never changed: it is mapped from its file and linked from generation to
generation. What comes after stands in a small exact index beside it, what leaves is a tombstone; both are folded in by
building anew when they have grown. The lists only propose: scores are inner products with the store's own vectors, so
that nothing but a missed candidate can differ from exact search, and how many are missed is measured when it is built.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np

from rag.index.encoder import Vectors as Array
from rag.index.vectors import Rows, VectorHit, Vectors

Read = Callable[[Rows], Array]
"""Vectors of the store, (n, dim) float32, in the order of their rows."""

LISTS, IDS, ABOUT = "vectors.faiss", "vectors.ids.npy", "vectors.json"
_BASE = (LISTS, IDS, ABOUT)
_DELTA, _GONE = "delta.faiss", "gone.npy"
_SEED = 20261121
_PER_LIST = 40
"""Vectors of the training sample for each list; FAISS asks for 39."""
_ROUNDS = 8
"""Of k-means; more change the recall by less than another list searched."""
_BATCH = 20_000
_HELD_OUT = 256
"""Vectors of the index itself, none of them trained on, whose neighbours tell the recall."""
_TOP = 10
_PROPOSED = 100
"""Candidates that are scored exactly, at least."""
_LEAST = 16
"""Lists searched where there are so many: questions are not drawn from the corpus, and a list more costs little."""
_FEW = 4000
"""Rows of a filter up to which all are scored; to read one takes some 5 microseconds."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a base was built of, and how well it finds."""

    vectors: int
    lists: int
    probes: int
    """Lists searched for a question."""
    recall: float
    """Share of the ten nearest by exact search that are found, over the held-out vectors."""
    trained_on: int
    """Vectors that there were when the lists were laid out."""


def base_of(folder: Path) -> Base | None:
    """What the base in a generation's folder says of itself; None where vectors are searched exactly."""
    about = folder / ABOUT
    return Base(**json.loads(about.read_text())) if about.exists() else None


class Inverted:
    """A base with what came and went since."""

    def __init__(self, folder: Path, read: Read) -> None:
        """Maps the files of ``folder``; ``read`` gives vectors of the store."""
        self.folder = folder
        base = base_of(folder)
        assert base is not None, folder
        self.base = base
        self._read = read
        self._lists = faiss.read_index(str(folder / LISTS), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        # it would start 32 threads for each question
        faiss.downcast_InvertedLists(self._lists.invlists).prefetch_nthread = 0
        self._ids: Rows = np.load(folder / IDS, mmap_mode="r")
        fresh = not (folder / _GONE).exists()
        self._gone: Rows = np.empty(0, dtype=np.int64) if fresh else np.load(folder / _GONE)
        self._delta = Vectors(self._lists.d) if fresh else Vectors(0, folder / _DELTA)

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._ids) - len(self._gone) + len(self._delta)

    @property
    def dim(self) -> int:
        """Dimensions of a vector."""
        return int(self._lists.d)

    @property
    def unfolded(self) -> int:
        """Vectors that came or went since the base was built."""
        return len(self._gone) + len(self._delta)

    def rows(self) -> Rows:
        """All ids, in no order."""
        return np.concatenate([np.setdiff1d(self._ids, self._gone, assume_unique=True), self._delta.rows()])

    def ids(self) -> set[int]:
        """All ids."""
        return set(self.rows().tolist())

    def change(self, gone: Rows, new: Rows) -> None:
        """Takes ``gone`` out, then puts ``new`` in; one of the base that comes back only loses its tombstone."""
        self._delta.remove(gone)
        self._gone = np.union1d(self._gone, gone[_within(gone, self._ids)])
        back = _within(new, self._ids)
        self._gone = np.setdiff1d(self._gone, new[back], assume_unique=True)
        for rows in _batches(new[~back]):
            self._delta.add(rows, self._read(rows))

    def save(self, folder: Path) -> None:
        """Writes what changed into ``folder``, and links the base there."""
        for name in _BASE:
            linked(self.folder / name, folder / name)
        self._delta.save(folder / _DELTA)
        np.save(folder / _GONE, self._gone)

    def search(self, vector: Array, limit: int, among: Sequence[int] | None = None) -> list[VectorHit]:
        """The ``limit`` nearest, best first; only of ``among`` where given, exactly so where it is a few thousand."""
        rows = None if among is None else self._present(np.asarray(among, dtype=np.int64))
        if rows is not None and len(rows) <= max(_FEW, limit):
            return self._scored(rows, vector, limit)
        hits = self._scored(self._proposed(vector, max(limit, _PROPOSED), rows), vector, limit)
        hits += self._delta.search(vector, limit, among)
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))[:limit]

    def _proposed(self, vector: Array, count: int, among: Rows | None) -> Rows:
        """Rows of the base that may be near; of a filter that leaves a part, as many more lists are searched."""
        probes, kept = self.base.probes, {}
        if among is not None:
            probes = min(self.base.lists, -(-probes * len(self._ids) // len(among)))
            kept = {"sel": faiss.IDSelectorBatch(among)}
        elif len(self._gone):
            kept = {"sel": faiss.IDSelectorNot(faiss.IDSelectorBatch(self._gone))}
        parameters = faiss.SearchParametersIVF(nprobe=probes, **kept)
        _, found = self._lists.search(vector.reshape(1, -1), min(count, len(self._ids)), params=parameters)
        return np.asarray(found[0][found[0] >= 0], dtype=np.int64)

    def _present(self, rows: Rows) -> Rows:
        here = _within(rows, self._ids) & ~_within(rows, self._gone)
        return rows[here | _within(rows, np.sort(self._delta.rows()))]

    def _scored(self, rows: Rows, vector: Array, limit: int) -> list[VectorHit]:
        if not len(rows):
            return []
        scores = self._read(rows) @ vector
        order = np.lexsort((rows, -scores))[:limit]
        return [VectorHit(int(rows[at]), float(scores[at])) for at in order]


def build(folder: Path, rows: Rows, read: Read, dim: int, recall: float, before: Inverted | None = None) -> None:
    """Writes a base of ``rows`` into ``folder``: as few lists searched as find ``recall`` of the ten nearest.

    The lists of ``before`` are kept while there are not twice as many vectors, or half, as they were laid out for.
    """
    rows = np.unique(rows)
    chance = np.random.default_rng(_SEED)
    held_out = np.sort(chance.choice(rows, min(_HELD_OUT, len(rows) // 4), replace=False))
    if before and not len(rows) / 2 < before.base.trained_on < len(rows) * 2:
        before = None
    lists = before.base.lists if before else _lists_for(len(rows))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim), dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter, index.cp.seed, index.cp.min_points_per_centroid = _ROUNDS, _SEED, 1
    others = np.setdiff1d(rows, held_out, assume_unique=True)
    sample = np.sort(chance.choice(others, min(_PER_LIST * lists, len(others)), replace=False))
    index.cp.max_points_per_centroid = -(-len(sample) // lists)
    if before:
        index.quantizer.add(before._lists.quantizer.reconstruct_n(0, lists))
    index.train(read(sample))
    questions = read(held_out)
    near: list[tuple[Array, Rows]] = []
    for some in _batches(rows):
        vectors = read(some)
        index.add_with_ids(vectors, some)
        scores, at = faiss.knn(questions, vectors, min(_TOP + 1, len(some)), metric=faiss.METRIC_INNER_PRODUCT)
        near.append((scores, some[at]))
    probes, found = _probes(index, questions, _nearest(near, held_out), held_out, recall)
    faiss.write_index(index, str(folder / LISTS))
    np.save(folder / IDS, rows)
    trained_on = before.base.trained_on if before else len(rows)
    (folder / ABOUT).write_text(json.dumps(asdict(Base(len(rows), lists, probes, round(found, 4), trained_on))))


def linked(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _lists_for(vectors: int) -> int:
    """About twice the square root, as a power of two: to lay out, to fill and to search cost alike then."""
    return int(2 ** round(np.log2(2 * np.sqrt(vectors))))


def _nearest(near: Sequence[tuple[Array, Rows]], held_out: Rows) -> list[set[int]]:
    """The ten nearest of each held-out vector, itself left out."""
    scores, rows = (np.concatenate(part, axis=1) for part in zip(*near, strict=True))
    order = np.argsort(-scores, axis=1, kind="stable")
    return [
        set([row for row in rows[i, order[i]].tolist() if row != own][:_TOP]) for i, own in enumerate(held_out.tolist())
    ]


def _probes(
    index: faiss.IndexIVF, questions: Array, nearest: Sequence[set[int]], held_out: Rows, recall: float
) -> tuple[int, float]:
    """Lists to search, and the recall that is measured with them."""
    probes = min(_LEAST, index.nlist)
    while True:
        _, found = index.search(questions, _PROPOSED + 1, params=faiss.SearchParametersIVF(nprobe=probes))
        shares = [
            len(wanted & (set(some) - {own})) / len(wanted)
            for some, wanted, own in zip(found.tolist(), nearest, held_out.tolist(), strict=True)
        ]
        if (reached := float(np.mean(shares))) >= recall or probes >= index.nlist:
            return probes, reached
        probes = min(probes * 2, index.nlist)


def _within(rows: Rows, ordered: Rows) -> "np.typing.NDArray[np.bool_]":
    """Which of ``rows`` stand in ``ordered``; a binary search, so that a mapped file is not read whole."""
    if not len(ordered):
        return np.zeros(len(rows), dtype=bool)
    at = np.minimum(np.searchsorted(ordered, rows), len(ordered) - 1)
    return np.asarray(ordered[at] == rows)


def _batches(rows: Rows) -> Iterator[Rows]:
    for at in range(0, len(rows), _BATCH):
        yield rows[at : at + _BATCH]
