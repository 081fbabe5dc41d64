"""A trial from names: held-out rows drawn, the base loaded once in a precision that changes no choice, arms run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune import bases
from finetune.export import opened as open_model
from finetune.rows import Row, Split, read
from finetune.trial import Arm, Progress, Said, Sizes, alike, trial
from rag.errors import UsageError
from rag.writing import adapters
from rag.writing.adapters import Adapter
from rag.writing.local import LocalWriter, Way


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is tried."""

    model: str
    adapter: str | None
    arms: tuple[Arm, ...]
    limit: int | None = None
    precision: str = "auto"
    batch: int = 16
    tokens: int = 64
    threads: int = 0


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows, the replies to them, and what must be said beside the figures."""

    rows: tuple[Row, ...]
    said: tuple[Said, ...]
    notes: tuple[str, ...]


def hold_out(file: Path, wanted: Wanted, folder: Path, home: Path, progress: Progress | None = None) -> HeldOut:
    """Tries a model on the rows of ``file``; replies that ``folder`` holds are not made again.

    Raises:
        UsageError: rows for training, or none.
        ModelMissing: model or adapter are not here, or the adapter is not allowed.
    """
    rows = drawn(file, wanted.limit)
    base = bases.find(wanted.model.removeprefix("hf:"), home)
    adapter = adapters.allowed(wanted.adapter, home) if wanted.adapter else None
    import torch

    if wanted.threads:
        torch.set_num_threads(wanted.threads)

    def opened(precision: str) -> LocalWriter:
        writer = open_model(base.name, base.folder, base.sha256, precision)
        return writer.adapted(adapter) if adapter else writer

    precision = wanted.precision
    notes = [f"Base: {base.name}, sha256 {base.sha256}."]
    if adapter:
        over = "rounded to 4 bits (NF4), as it was tuned" if adapter.rounded else "whole"
        notes.append(f"Adapter: {adapter.name}, sha256 {adapter.sha256}; over the base {over}.")
    if precision == "auto":
        same = alike(rows, opened)
        precision = "bfloat16" if same else "float32"
        found = "as float32" if same else "otherwise than float32"
        notes.append(f"Worked out in {precision}: on the first 8 rows bfloat16 chose {found}.")
    else:
        notes.append(f"Worked out in {precision}.")
    sizes = Sizes(wanted.tokens, wanted.batch, precision)
    writers = _writers(open_model(base.name, base.folder, base.sha256, precision), adapter, wanted.arms)
    said = trial(rows, writers, folder, sizes, progress)
    if other := sum(row.split is not Split.TEST for row in rows):
        notes.append(f"{other} of {len(rows)} rows are of the validation split: they have steered training.")
    return HeldOut(rows, tuple(said), tuple(notes))


def drawn(file: Path, limit: int | None) -> tuple[Row, ...]:
    """Rows by the hash of their ids: a larger draw holds a smaller one.

    Raises:
        UsageError: a row is for training, or there is none.
    """
    path = file / "test.jsonl" if file.is_dir() else file
    rows = sorted(read(path), key=lambda row: hashlib.sha256(row.id.encode()).digest())[:limit]
    if not rows or any(row.split is Split.TRAIN for row in rows):
        raise UsageError(f"{path} holds {'rows for training' if rows else 'no rows'}; give the test rows")
    return tuple(rows)


def _writers(base: LocalWriter, adapter: Adapter | None, arms: Sequence[Arm]) -> Mapping[Arm, LocalWriter]:
    adapted = base.adapted(adapter) if adapter else base
    found = {arm: adapted if arm.is_adapted else base for arm in arms}
    return {arm: writer if arm.is_held else writer.chosen_by(Way.FREE) for arm, writer in found.items()}
