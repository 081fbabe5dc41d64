"""Training by name of what is tuned beside the writer: the encoder of search, its re-ranker, the judge of support."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from finetune import cross_encoder, pairs, retriever
from finetune.cross_encoder import CrossSettings
from finetune.retriever import RetrieverSettings
from rag.errors import UsageError
from rag.index import encoder

_PROBED = 300
"""Validation questions that are asked on the way."""


class Target(StrEnum):
    """What is tuned."""

    ENCODER = "encoder"
    RERANKER = "reranker"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned model and what it came to."""

    target: Target
    folder: Path
    steps: int
    seconds: float
    scores: Mapping[str, float]
    setting: str
    """How rxcite is told to use it."""


def train(target: Target, rows: Path, out: Path, given: Mapping[str, Any], *, resume: bool = False) -> Tuned:
    """Trains on a file that ``rxcite finetune pairs`` made, and writes model and card to ``out``.

    Raises:
        UsageError: rows of another kind, a setting that does not exist, or nothing to train on.
    """
    made = (_encoder if target is Target.ENCODER else _cross)(target, rows, out, given, resume)
    (out / "README.md").write_text(_card(made, rows, given))
    return made


def _encoder(target: Target, rows: Path, out: Path, given: Mapping[str, Any], resume: bool) -> Tuned:
    chosen = _settings(RetrieverSettings, given)
    everything = _read(pairs.read, rows, target)
    valid = [pair for pair in everything if pair.split == "valid"][:_PROBED]
    probes = [retriever.probe_of(valid)] if valid else []
    found = retriever.train_encoder(everything, out, chosen, probes, resume=resume)
    scores = {f"{when} {name}": score for when, some in _ends(found.measured) for name, score in some.items()}
    return Tuned(target, out, found.steps, found.seconds, scores, f'encoder = "{encoder.DEFAULT}+{out}"')


def _ends(measured: Sequence[dict[str, float]]) -> list[tuple[str, dict[str, float]]]:
    """The first and the last measurement, named; the last alone for a run that went on."""
    return (
        [("before:", measured[0]), ("after:", measured[-1])] if len(measured) > 1 else [("after:", m) for m in measured]
    )


def _cross(target: Target, rows: Path, out: Path, given: Mapping[str, Any], resume: bool) -> Tuned:
    from finetune import judging, reranking

    chosen = _settings(CrossSettings, given)
    if target is Target.JUDGE:
        found = judging.train_judge(_read(cross_encoder.read, rows, target), out, chosen, resume=resume)
    else:
        found = reranking.train_reranker(_read(pairs.read, rows, target), out, chosen, resume=resume)
    setting = f'judge = "hf:{out}"' if target is Target.JUDGE else f'[search] reranker = "hf:{out}"'
    return Tuned(target, out, found.steps, found.seconds, {"right on validation": found.valid}, setting)


def _read(reader: Any, rows: Path, target: Target) -> Any:
    try:
        return reader(rows)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f'{rows} does not hold rows for a {target}; make them with "rxcite finetune pairs --target {target}"'
        ) from error


def _settings(kind: Any, given: Mapping[str, Any]) -> Any:
    known = {field.name for field in fields(kind)} - {"labels"}
    if odd := sorted(set(given) - known):
        raise UsageError(f"no setting {', '.join(odd)} here; known: {', '.join(sorted(known))}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


def _card(made: Tuned, rows: Path, given: Mapping[str, Any]) -> str:
    """What was tuned on what, and how to use it."""
    scores = "\n".join(f"| {name} | {score:.4f} |" for name, score in made.scores.items())
    return f"""# {made.target} tuned by rxcite

Base: {given.get("base", encoder.DEFAULT)}. Rows: {rows.name}. Steps: {made.steps} in {made.seconds:.0f} s.
Settings beside the defaults: {json.dumps(dict(given), default=str)}

| on ingredients kept for validation | |
|---|---|
{scores}

Use: `{made.setting}` in `rxcite.toml`. It supports clinical judgement and does not replace it.
"""


def plain(made: Tuned) -> dict[str, Any]:
    """What came out, ready for JSON."""
    return asdict(made) | {"folder": str(made.folder), "target": made.target.value}
