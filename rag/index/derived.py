"""The derived files of an index (vectors, words), one folder a generation, caught up with the store or made anew.

A folder counts only once its mark is written, so a kill while it grows leaves the one before in service. The last two
are kept: a reader that opened the older one can finish.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.index.store import Store
from rag.index.vectors import Vectors
from rag.index.words import PassageWords, Words

_MARK = "complete"
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Derived:
    """A complete folder of one generation."""

    generation: int
    folder: Path

    @property
    def vectors(self) -> Path:
        """The FAISS file."""
        return self.folder / "vectors.faiss"

    @property
    def words(self) -> Path:
        """The tantivy folder."""
        return self.folder / "words"


def latest(root: Path, at_most: int) -> Derived | None:
    """The newest complete folder up to a generation."""
    found = [
        Derived(int(folder.name), folder)
        for folder in (root.iterdir() if root.is_dir() else ())
        if folder.name.isdigit() and (folder / _MARK).is_file() and int(folder.name) <= at_most
    ]
    return max(found, key=lambda derived: derived.generation, default=None)


def catch_up(store: Store, root: Path, dim: int) -> Derived:
    """Brings the derived files to the store's generation; only the holder of the writer's lock may call this."""
    target = store.generation
    base = latest(root, target)
    if base and base.generation < int(store.meta("rebuilt") or 0):
        base = None  # made with another encoder or passage size
    if base and base.generation == target:
        return base
    growing = root / f"growing-{target:08d}"
    shutil.rmtree(growing, ignore_errors=True)
    growing.mkdir(parents=True)
    made = Derived(target, growing)
    if base:
        _copy_words(base.words, made.words)
    since = base.generation if base else 0
    retired, added = _changes(store, since, target)
    _words(store, made, retired, added)
    _vectors(store, base, made, target, retired, added, dim)
    (growing / _MARK).write_text(str(target))
    final = root / f"{target:08d}"
    shutil.rmtree(final, ignore_errors=True)
    os.replace(growing, final)
    _forget(root, target)
    return Derived(target, final)


def _changes(store: Store, since: int, target: int) -> tuple[list[int], list[int]]:
    values = {"since": since, "target": target}
    retired = store.all(
        "select row from document where added <= :since and retired > :since and retired <= :target", values
    )
    added = store.all(
        "select row from document where added > :since and added <= :target and (retired is null or retired > :target)",
        values,
    )
    return [row["row"] for row in retired], [row["row"] for row in added]


def _words(store: Store, made: Derived, retired: list[int], added: list[int]) -> None:
    words = Words(made.words)
    if not retired and not added:
        return
    step = 200
    for at in range(0, max(len(added), 1), step):
        documents = added[at : at + step]
        rows = store.among(
            "select p.row, p.document, p.section, p.text, p.context from passage p where p.document in {}"
            " order by p.row",
            documents,
        )
        wholes = store.among("select row, title, text from document where row in {}", documents)
        words.change(
            retired if at == 0 else (),
            [PassageWords(r["row"], r["document"], heading(r["section"]), r["text"], r["context"] or "") for r in rows],
            [(r["row"], f"{r['title']}\n{r['text']}") for r in wholes],
        )


def heading(section: str) -> str:
    """The headings of a stored section, from the top down."""
    return " ".join(json.loads(section)[3])


def _vectors(
    store: Store, base: Derived | None, made: Derived, target: int, retired: list[int], added: list[int], dim: int
) -> None:
    vectors = Vectors(dim, base.vectors) if base and base.vectors.exists() else Vectors(dim)
    if not len(vectors):
        vectors = Vectors(dim)  # made before the first text told how many dimensions there are
    kept = vectors.ids()
    sql = "select distinct w.vector from window w join passage p on p.row = w.passage where p.document in {}"
    gone = {row["vector"] for row in store.among(sql, retired)} & kept
    if gone:
        still = store.all(
            "select distinct w.vector from window w join passage p on p.row = w.passage join document d on"
            " d.row = p.document"
            " where w.vector in (select value from json_each(:gone)) and d.added <= :g and (d.retired is null"
            " or d.retired > :g)",
            {"gone": str(sorted(gone)), "g": target},
        )
        gone -= {row["vector"] for row in still}
    vectors.remove(sorted(gone))
    new = sorted({row["vector"] for row in store.among(sql, added)} - (kept - gone))
    for at in range(0, len(new), _BATCH):
        rows = store.among("select row, data from vector where row in {} order by row", new[at : at + _BATCH])
        vectors.add(
            [row["row"] for row in rows], np.stack([np.frombuffer(row["data"], dtype=np.float32) for row in rows])
        )
    vectors.save(made.vectors)


def _copy_words(source: Path, target: Path) -> None:
    """Segments never change, so they are linked; tantivy's own lists and locks are copied or left."""
    target.mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix == ".lock":
            continue
        if file.name.startswith(".") or file.suffix == ".json":
            shutil.copy2(file, target / file.name)
            continue
        try:
            os.link(file, target / file.name)
        except OSError:  # a file system without links
            shutil.copy2(file, target / file.name)


def _forget(root: Path, target: int) -> None:
    complete = sorted(int(f.name) for f in root.iterdir() if f.name.isdigit())
    for generation in complete[:-2]:
        shutil.rmtree(root / f"{generation:08d}", ignore_errors=True)
    for leftover in root.glob("growing-*"):
        shutil.rmtree(leftover, ignore_errors=True)
