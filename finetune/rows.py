"""A training row, and its JSON Lines: ``prompt`` and ``completion`` are what TRL reads.

The prompt is what rxcite asks a writer when it serves, and the completion what it reads from one, so that an adapter
trained on rows serves with no other code.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rag.errors import SourceError


class Split(StrEnum):
    """What a row is for."""

    TRAIN = "train"
    VALID = "valid"
    TEST = "test"


class Task(StrEnum):
    """What a row teaches."""

    CITE = "cite"
    ABSTAIN = "abstain"
    CONFLICT = "conflict"
    SUMMARY = "summary"
    CANDIDATE = "candidate"


class Negative(StrEnum):
    """Why a row has no answer."""

    REMOVED = "oracle removed"
    WRONG_DRUG = "wrong drug"
    ABSENT_DRUG = "absent drug"
    OUT_OF_SCOPE = "out of scope"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A sentence of the prompt, and where its document has it: ``document.text[start:end] == text``."""

    number: int
    document: str
    version: str | None
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """The right reply."""

    numbers: tuple[int, ...]
    quotes: tuple[str, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A question with sentences and the right reply."""

    id: str
    split: Split
    task: Task
    ingredient: str
    """Ingredients of the label asked about; splits share none."""
    set_id: str
    version: str | None
    loinc: str
    template: str
    register: str
    named: str
    """How the question calls the drug: generic, brand, misspelt."""
    negative: Negative | None
    question: str
    sentences: tuple[Offered, ...]
    prompt: tuple[Turn, ...]
    completion: tuple[Turn, ...]
    gold: Gold
    searched: bool
    """True where sentences of the prompt come from rxcite's own search for the question."""
    licence: str
    builder: str
    """Hash of the source that made it."""


def save(rows: Iterable[Row], path: Path) -> int:
    """Writes rows, one a line; gives their number."""
    number = 0
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            number += 1
    return number


def read(path: Path) -> Iterator[Row]:
    """The rows of a file.

    Raises:
        SourceError: it cannot be read, or a line is no row.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    yield _of_json(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise SourceError(f"{path}, line {number}, is no training row: {error!r}") from error
    except OSError as error:
        raise SourceError(f"training rows cannot be read from {path}: {error}") from error


def _of_json(body: dict[str, Any]) -> Row:
    gold = body["gold"]
    return Row(
        **{
            **body,
            "split": Split(body["split"]),
            "task": Task(body["task"]),
            "negative": Negative(body["negative"]) if body["negative"] else None,
            "sentences": tuple(Offered(**one) for one in body["sentences"]),
            "prompt": tuple(Turn(**turn) for turn in body["prompt"]),
            "completion": tuple(Turn(**turn) for turn in body["completion"]),
            "gold": Gold(tuple(gold["numbers"]), tuple(gold["quotes"]), gold["answerable"]),
        }
    )
