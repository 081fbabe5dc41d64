"""The derived files of an index (vectors, words), one folder a generation, caught up with the store or made anew.

A folder counts only once its mark is written, so a kill while it grows leaves the one before in service; and only while
the mark holds the token that the store gave the generation, because a restored backup counts the same numbers again.
The last two are kept, and any that a reader holds.
"""

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from rag.errors import IndexUnusable
from rag.index import vector_files
from rag.index.inverted import linked
from rag.index.store import Store
from rag.index.words import PassageWords, Words
from rag.settings import VectorSettings

try:
    import fcntl
except ImportError:  # Windows: there a file that is open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

_MARK = "complete"


@dataclass(frozen=True, slots=True)
class Derived:
    """A complete folder of one generation."""

    generation: int
    folder: Path
    hold: IO[str] | None = None
    """While this is open, the folder stays."""

    @property
    def vectors(self) -> Path:
        """The FAISS file."""
        return self.folder / vector_files.FILE

    @property
    def words(self) -> Path:
        """The tantivy folder."""
        return self.folder / "words"

    def release(self) -> None:
        """Lets the folder go."""
        if self.hold:
            self.hold.close()


def latest(root: Path, store: Store) -> Derived | None:
    """The newest complete folder of a generation that the store knows."""
    tokens = store.tokens()
    found = [
        Derived(int(folder.name), folder)
        for folder in (root.iterdir() if root.is_dir() else ())
        if folder.name.isdigit() and _mark_of(folder) == tokens.get(int(folder.name), "")
    ]
    return max(found, key=lambda derived: derived.generation, default=None)


def held(root: Path, store: Store) -> Derived | None:
    """The same, kept from being swept away until it is released or the process ends."""
    while found := latest(root, store):
        try:
            hold = (found.folder / _MARK).open()
        except FileNotFoundError:
            continue  # swept away in between
        if fcntl:
            fcntl.flock(hold, fcntl.LOCK_SH)
        if (found.folder / _MARK).exists():
            return replace(found, hold=hold)
        hold.close()
    return None


def _mark_of(folder: Path) -> str | None:
    try:
        return (folder / _MARK).read_text()
    except OSError:
        return None


def catch_up(store: Store, root: Path, dim: int, settings: VectorSettings | None = None) -> Derived:
    """Brings the derived files to the store's generation; only the holder of the writer's lock may call this.

    Raises:
        IndexUnusable: they cannot be written; the store and the files before are as they were.
    """
    target = store.generation
    base = latest(root, store)
    if base and base.generation < int(store.meta("rebuilt") or 0):
        base = None  # made with another encoder
    if base and base.generation == target:
        return base
    growing = root / f"growing-{target:08d}"
    final = root / f"{target:08d}"
    try:
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir(parents=True)
        made = Derived(target, growing)
        if base:
            _copy_words(base.words, made.words)
        retired, added = _changes(store, base.generation if base else 0, target)
        _words(store, made, retired, added)
        before = base.folder if base else None
        vector_files.carry(store, before, growing, target, retired, added, dim, settings or VectorSettings())
        (growing / _MARK).write_text(store.tokens()[target])
        shutil.rmtree(final, ignore_errors=True)
        os.replace(growing, final)
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # faiss and tantivy have no errors of their own for a full disk
        shutil.rmtree(growing, ignore_errors=True)
        raise IndexUnusable(
            f"the search files in {root} cannot be written: {error}; documents are stored, and the index answers as"
            ' before: make room, then run "rxcite ingest" or "rxcite sync" again'
        ) from error
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


def _copy_words(source: Path, target: Path) -> None:
    """Segments never change, so they are linked; tantivy's own lists and locks are copied or left."""
    target.mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix == ".lock":
            continue
        if file.name.startswith(".") or file.suffix == ".json":
            shutil.copy2(file, target / file.name)
            continue
        linked(file, target / file.name)


def _forget(root: Path, target: int) -> None:
    """Sweeps away all but the last two and those that readers hold."""
    folders = {int(folder.name): folder for folder in root.iterdir() if folder.name.isdigit()}
    kept = sorted(number for number in folders if number <= target)[-2:]
    for number in folders.keys() - set(kept):
        _sweep(folders[number])
    for leftover in root.glob("growing-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _sweep(folder: Path) -> None:
    try:
        with (folder / _MARK).open() as mark:
            if fcntl:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (folder / _MARK).unlink()  # before the rest: without it nobody takes the folder for complete
    except BlockingIOError:
        return  # a reader's
    except FileNotFoundError:
        pass  # never was complete
    shutil.rmtree(folder, ignore_errors=True)
