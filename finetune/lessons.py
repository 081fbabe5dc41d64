"""The rows of a run: read, weighted by task, drawn, and refused where a trainer would cut them.

Which split a row belongs to is the row's own to say; rows of the test split never get here.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.recipe import Recipe, Stage
from rag.errors import SourceError, UsageError

Row = dict[str, Any]
_FIELDS: dict[Stage, tuple[tuple[str, ...], ...]] = {
    Stage.SFT: (("prompt", "completion"),),
    Stage.DPO: (("prompt", "chosen", "rejected"),),
    Stage.KTO: (("prompt", "completion", "label"), ("prompt", "chosen", "rejected")),
    Stage.REWARD: (("prompt", "chosen", "rejected"),),
    Stage.GRPO: (("prompt", "sentences", "gold"),),
}


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a run learns from, and what it is held against."""

    train: tuple[Row, ...]
    valid: tuple[Row, ...]
    """For the validation loss."""
    checks: tuple[Row, ...]
    """For citation F1: answer rows."""
    sha256: str
    """Of the rows, in their order."""

    @property
    def parts(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """What trainers read, by name."""
        return ("train", self.train), ("valid", self.valid)

    @property
    def counts(self) -> dict[str, int]:
        """Rows of training by task, or of pairs by fault."""
        return dict(sorted(Counter(map(_task, self.train)).items()))


def read(recipe: Recipe) -> Lessons:
    """The rows of ``recipe.rows``, those of ``recipe.checks`` for citation F1.

    Raises:
        UsageError: no rows of this stage, or no folder is given.
        SourceError: a file that is no JSON Lines.
    """
    if not recipe.rows:
        raise UsageError("train needs rows; give --rows FOLDER, as rxcite finetune data writes it")
    found = _split(Path(recipe.rows).expanduser())
    train = _drawn(_weighted(found["train"], recipe.weights), recipe.seed)
    if recipe.limit:
        train = train[: recipe.limit]
    valid = _drawn(found["valid"], recipe.seed)[: recipe.valid]
    names = _columns(recipe.stage, [*train, *valid], recipe.rows)
    checked = _split(Path(recipe.checks).expanduser())["valid"] if recipe.checks else found["valid"]
    checks = [row for row in _drawn(checked, recipe.seed) if "gold" in row and "sentences" in row][: recipe.cited]
    digest = hashlib.sha256()
    for row in (*train, *valid, *checks):
        digest.update(json.dumps(row, sort_keys=True).encode())
    return Lessons(
        tuple({name: row[name] for name in (*names, *_kept(row))} for row in train),
        tuple({name: row[name] for name in (*names, *_kept(row))} for row in valid),
        tuple(checks),
        digest.hexdigest(),
    )


def refuse_cut(rows: Sequence[Row], recipe: Recipe, tokenizer: Any) -> None:
    """Refuses to train on rows that are longer than ``recipe.longest`` tokens: what is cut off is the answer.

    Raises:
        UsageError: which rows, and how many.
    """
    long: list[tuple[str, int]] = []
    for at, row in enumerate(rows):
        tokens = max(len(_tokens(turns, tokenizer)) for turns in _conversations(row))
        tokens += recipe.completion if recipe.stage is Stage.GRPO else 0
        if tokens > recipe.longest:
            long.append((str(row.get("id", f"row {at + 1}")), tokens))
    if long:
        named = ", ".join(f"{id} ({tokens})" for id, tokens in long[:5])
        raise UsageError(
            f"{len(long)} of {len(rows)} rows are longer than {recipe.longest} tokens and would be cut: {named}"
            f"{' ...' if len(long) > 5 else ''}; give --longest {max(tokens for _, tokens in long)}, or make shorter"
            " rows (rxcite finetune data --longest); nothing was trained"
        )


def _split(path: Path) -> dict[str, list[Row]]:
    """Rows by split; of a folder those of train.jsonl and valid.jsonl."""
    files = [path / "train.jsonl", path / "valid.jsonl"] if path.is_dir() else [path]
    rows: dict[str, list[Row]] = {"train": [], "valid": []}
    for file in files:
        for number, line in enumerate(_lines(file), 1):
            try:
                row = json.loads(line)
                split = row.get("split", file.stem)
            except (ValueError, AttributeError) as error:
                raise SourceError(f"{file}, line {number}: no JSON object ({error}); write the rows again") from error
            rows.setdefault(split, []).append(row)
    return rows


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8") as stream:
            yield from (line for line in stream if line.strip())
    except OSError as error:
        raise UsageError(
            f"--rows {file}: {error.strerror}; give a folder that rxcite finetune data has written"
        ) from error


def _columns(stage: Stage, rows: Sequence[Row], where: str) -> tuple[str, ...]:
    """The fields that the trainer of a stage reads; all rows must have the same."""
    if not rows:
        raise UsageError(f"--rows {where}: no row to train on; give a folder with train.jsonl")
    for names in _FIELDS[stage]:
        if all(name in row for row in rows for name in names):
            return names
    wanted = " or ".join(", ".join(names) for names in _FIELDS[stage])
    raise UsageError(f"--rows {where}: stage {stage} needs rows with {wanted}; these have {', '.join(sorted(rows[0]))}")


def _kept(row: Row) -> Iterator[str]:
    yield from (name for name in ("id", "task", "fault") if name in row)


def _task(row: Row) -> str:
    return str(row.get("task") or row.get("fault") or "other")


def _weighted(rows: Sequence[Row], weights: Mapping[str, float]) -> list[Row]:
    """Each row as often as its task weighs; of the fraction those whose hash is low."""
    known = sorted({_task(row) for row in rows})
    if unknown := sorted(set(weights) - set(known)):
        raise UsageError(f"weights name {', '.join(unknown)}; the rows have {', '.join(known)}")
    shown: list[Row] = []
    for row in rows:
        weight = weights.get(_task(row), 1.0)
        shown += [row] * (int(weight) + (_chance(row, "weight") < weight % 1))
    return shown


def _drawn(rows: Sequence[Row], seed: int) -> list[Row]:
    """In an order that ``seed`` and the rows' ids make, and not their place in the file; copies stand apart."""
    copies: Counter[int] = Counter()
    placed: list[tuple[float, int]] = []
    for at, row in enumerate(rows):
        copies[id(row)] += 1
        placed.append((_chance(row, f"{seed}/{copies[id(row)]}"), at))
    return [rows[at] for _, at in sorted(placed)]


def _chance(row: Row, salt: str) -> float:
    """A number from 0 to 1 that is the row's own."""
    named = str(row.get("id") or json.dumps(row, sort_keys=True))
    return int.from_bytes(hashlib.sha256(f"{salt}\0{named}".encode()).digest()[:8]) / 2**64


def _conversations(row: Row) -> Iterator[Any]:
    prompt = row["prompt"]
    ends = [row[name] for name in ("completion", "chosen", "rejected") if name in row]
    yield from (prompt + end for end in ends) if ends else (prompt,)


def _tokens(turns: Any, tokenizer: Any) -> list[int]:
    if isinstance(turns, str):
        return list(tokenizer(turns)["input_ids"])
    ends = turns[-1]["role"] != "assistant"
    return list(tokenizer.apply_chat_template(turns, add_generation_prompt=ends, return_dict=True)["input_ids"])
