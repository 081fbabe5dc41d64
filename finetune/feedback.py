"""Rows for training from what users said of answers: thumbs to KTO, edits and rivals to DPO, edits to SFT.

The file is JSON Lines, to which lines are only ever added; a deletion is a line too, so that a copy of the file tells
what was taken back. A line:

    {"fb_id": "f1", "ts": "2026-11-21T20:00:00Z", "model_sha": "...", "adapter_sha": null, "corpus_snapshot": "...",
     "prompt_messages": [{"role": "user", "content": "..."}], "passages": [{"pid": "...", "sha256": "..."}],
     "completion": "[3] ...", "label": false, "reasons": ["wrong_citation"], "edited": "[2] ...", "pair_id": null,
     "rater_role": "pharmacist", "scrubbed": true, "retention_until": "2027-11-21"}
    {"fb_id": "f1", "deleted": true}

``label`` is true, false or null; ``edited`` is the answer as the user would have it, or absent; lines of one prompt
with the same ``pair_id`` are rivals. Read are lines that are scrubbed and not past their day; whoever writes the file
scrubs (``finetune.scrub``) before it does. An adapter that was trained on a line since deleted has to be trained
again: its id stands in the row's ``feedback``.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from finetune.rows import Turn
from rag.errors import SourceError, UsageError

Json = dict[str, Any]


class Reason(StrEnum):
    """What a user found wrong."""

    WRONG_CITATION = "wrong_citation"
    WRONG_NUMBER = "wrong_number"
    UNSAFE = "unsafe"
    UNHELPFUL = "unhelpful"
    SHOULD_ABSTAIN = "should_abstain"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one user said of one answer."""

    id: str
    prompt: tuple[Turn, ...]
    completion: str
    label: bool | None
    reasons: tuple[Reason, ...]
    edited: str | None
    pair: str | None
    scrubbed: bool
    until: datetime.date
    """The last day on which it may be kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The feedback that may be trained on, and why the rest may not."""

    feedback: tuple[Feedback, ...]
    left_out: Counter[str] = field(default_factory=Counter)


def read(path: Path, today: datetime.date) -> Kept:
    """What may be trained on: scrubbed, not deleted, not past its day; of two lines with one id the later counts.

    Raises:
        SourceError: no such file, or a line is no feedback.
    """
    found: dict[str, Feedback] = {}
    left_out: Counter[str] = Counter()
    for number, body in _lines(path):
        id = body.get("fb_id")
        if not isinstance(id, str) or not id:
            raise SourceError(f'{path}, line {number}: feedback needs "fb_id"')
        if body.get("deleted") is True:
            left_out["deleted"] += found.pop(id, None) is not None
            continue
        try:
            found[id] = _feedback(body)
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(f"{path}, line {number}, is no feedback: {error!r}") from error
    kept: list[Feedback] = []
    for one in found.values():
        reason = "not scrubbed" if not one.scrubbed else "past its day" if one.until < today else ""
        if reason:
            left_out[reason] += 1
        else:
            kept.append(one)
    return Kept(tuple(kept), left_out)


def delete(path: Path, id: str) -> None:
    """Takes a feedback back: its words leave the file, and a line without any says that they did.

    Raises:
        UsageError: the file holds no such feedback.
        SourceError: it cannot be read or written.
    """
    bodies = [body for _, body in _lines(path)]
    others = [body for body in bodies if body.get("fb_id") != id]
    if not any(body.get("fb_id") == id and not body.get("deleted") for body in bodies):
        raise UsageError(f"{path} holds no feedback {id}; it may have been deleted before")
    part = path.with_name(f"{path.name}.part")
    lines = [json.dumps(body, ensure_ascii=False) + "\n" for body in (*others, {"fb_id": id, "deleted": True})]
    try:
        part.touch(mode=0o600)
        part.write_text("".join(lines), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error}") from error


def kto(feedback: Iterable[Feedback]) -> Iterator[Json]:
    """Single answers, good or bad; those without a thumb give none."""
    for one in feedback:
        if one.label is not None:
            yield {
                "id": f"{one.id}-kto",
                "split": "train",
                "prompt": _turns(one.prompt),
                "completion": _said(one.completion),
                "label": one.label,
                "fault": str(one.reasons[0]) if one.reasons else "thumb",
                "feedback": [one.id],
            }


def dpo(feedback: Sequence[Feedback]) -> Iterator[Json]:
    """Pairs: an edited answer against the one it was made of, and the liked of two rivals against the other."""
    for one in feedback:
        if one.edited and one.edited != one.completion:
            yield _pair(one.id, one.prompt, one.edited, one.completion, one.reasons, [one.id])
    rivals: dict[tuple[str, tuple[Turn, ...]], list[Feedback]] = {}
    for one in feedback:
        if one.pair:
            rivals.setdefault((one.pair, one.prompt), []).append(one)
    for (pair, prompt), both in rivals.items():
        for good in both:
            for bad in both:
                if good.label is True and bad.label is False and good.completion != bad.completion:
                    id = f"{pair}-{good.id}-{bad.id}"
                    yield _pair(id, prompt, good.completion, bad.completion, bad.reasons, [good.id, bad.id])


def sft(feedback: Iterable[Feedback]) -> Iterator[Json]:
    """Right answers: those that a user wrote. A thumb alone makes no gold answer."""
    for one in feedback:
        if one.edited:
            yield {
                "id": f"{one.id}-sft",
                "split": "train",
                "task": "feedback",
                "prompt": _turns(one.prompt),
                "completion": _said(one.edited),
                "feedback": [one.id],
            }


VIEWS: Mapping[str, Any] = {"kto": kto, "dpo": dpo, "sft": sft}
"""What a stage of training reads."""


def _pair(
    id: str, prompt: Sequence[Turn], chosen: str, rejected: str, reasons: Sequence[Reason], of: list[str]
) -> Json:
    return {
        "id": f"{id}-dpo",
        "split": "train",
        "prompt": _turns(prompt),
        "chosen": _said(chosen),
        "rejected": _said(rejected),
        "fault": str(reasons[0]) if reasons else "edited",
        "feedback": of,
    }


def _lines(path: Path) -> Iterator[tuple[int, Json]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"feedback cannot be read from {path}: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}, line {number}, is no JSON: {error}") from error
        if not isinstance(body, dict):
            raise SourceError(f"{path}, line {number}, is no JSON object")
        yield number, body


def _feedback(body: Json) -> Feedback:
    label, edited = body["label"], body.get("edited")
    if label not in (True, False, None) or isinstance(label, int) and not isinstance(label, bool):
        raise ValueError(f'"label" must be true, false or null, not {label!r}')
    if not isinstance(body["completion"], str) or not (edited is None or isinstance(edited, str)):
        raise ValueError('"completion" and "edited" must be texts')
    if not body["prompt_messages"]:
        raise ValueError('"prompt_messages" is empty')
    return Feedback(
        id=body["fb_id"],
        prompt=tuple(Turn(str(turn["role"]), str(turn["content"])) for turn in body["prompt_messages"]),
        completion=body["completion"],
        label=label,
        reasons=tuple(Reason(one) for one in body.get("reasons") or ()),
        edited=edited,
        pair=body.get("pair_id"),
        scrubbed=body.get("scrubbed") is True,
        until=datetime.date.fromisoformat(body["retention_until"]),
    )


def _turns(turns: Sequence[Turn]) -> list[Json]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def _said(text: str) -> list[Json]:
    return [{"role": "assistant", "content": text}]
