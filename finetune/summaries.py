"""Rows that sum a section up: of its sentences those that say what to do, the strictest first, each quoted.

What a sentence says to do is read by rule (``rag.evidence.evidence.level_of``: contraindicated, avoid, adjust,
monitor). A section is taken where two or three sentences say something to do and others do not, so that there is
something to choose. It is a summary by quotes: nothing is put in other words, and what no rule reads as advice is left
out. Splits are those of the cited rows: by ingredient, the last wording in the test alone.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finetune import gates
from finetune.build import builder_hash
from finetune.labels import Label, Names, Unit, labels
from finetune.rows import Gold, Offered, Row, Split, Task, Turn
from finetune.splits import splits
from finetune.tokens import Counter
from rag.evidence.evidence import level_of
from rag.records import Document, Level
from rag.writing import prompts
from rag.writing.grammar import line_of
from rag.writing.writer import Form

if TYPE_CHECKING:
    from rag.index.index import Index

ITEMS = 3
"""Sentences of a summary at most."""
_FEWEST, _MOST = 4, 12
"""Sentences of a section that is summed up."""
_ORDER = tuple(Level)
_WORDINGS = (
    "Sum up what to do from the section {section} on {drug}, the strictest advice first.",
    "Which sentences on {drug} under {section} tell a prescriber what to do? The strictest first.",
    "{drug}, {section}: the advice in short, the most serious on top.",
    "In a few sentences: what must I mind with {drug} according to {section}?",
)
"""The last one is asked in the test split only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows are to be made."""

    longest: int = 768
    """Tokens of prompt and completion together."""
    answer: int = 256
    """Tokens of the completion."""
    seed: int = 1
    without: tuple[str, ...] = ()
    """Labels are left out that hold one of these in their id, or in the path of their file."""


def summaries(index: "Index", wanted: Wanted, counter: Counter) -> Iterator[Row]:
    """A row for each section of each label that has something to choose; those that fail a gate are left out."""
    every = tuple(labels(index, Names(index), wanted.without))
    split_of = splits(label.drugs for label in every)
    builder = builder_hash()
    for label in every:
        for section, units in _sections(label):
            row = _row(label, split_of[label.drugs[0]], section, units, wanted.seed, builder)
            if row is None:
                continue
            documents: dict[tuple[str, str | None], Document] = {
                (unit.sentence.document.id, unit.sentence.document.version): unit.sentence.document for unit in units
            }
            if not gates.fault(row, documents, ITEMS, wanted.longest, wanted.answer, counter.count):
                yield row


def _sections(label: Label) -> Iterator[tuple[str, list[Unit]]]:
    """Headings of a label with their sentences, each wording once, in the order of the label."""
    found: dict[tuple[str, ...], dict[str, Unit]] = {}
    for unit in label.units:
        section = unit.sentence.passage.section
        if section.code and section.path:
            found.setdefault(section.path, {}).setdefault(unit.text, unit)
    for path, units in found.items():
        yield " ".join(path[-1].split()), list(units.values())


def _row(label: Label, split: Split, section: str, units: Sequence[Unit], seed: int, builder: str) -> Row | None:
    levels = {unit.text: level_of(unit.sentence.text, unit.sentence.evidence) for unit in units}
    says = [unit for unit in units if levels[unit.text] is not Level.NONE_STATED]
    if not _FEWEST <= len(units) <= _MOST or not 2 <= len(says) <= ITEMS or len(says) == len(units):
        return None
    says.sort(key=lambda unit: _ORDER.index(levels[unit.text]))  # stable: the label's order within a level
    draw = random.Random(f"{seed}/{label.id}/{section}")
    at = len(_WORDINGS) - 1 if split is Split.TEST else draw.randrange(len(_WORDINGS) - 1)
    question = _WORDINGS[at].format(drug=label.generic, section=f'"{prompts.plain(section)[:80]}"')
    prompt = prompts.choose(question, [unit.sentence for unit in units], Form.WORDS, ITEMS)
    number_of = {text: number for number, text in prompt.choices.items()}
    numbers = tuple(number_of[unit.text] for unit in says)
    said = "".join(line_of(number, prompt.choices[number]) for number in numbers)
    turns = tuple(Turn(message.role, message.content) for message in prompt.messages)
    body = "\0".join((split, question, *(turn.content for turn in turns), said))
    return Row(
        id=hashlib.sha256(body.encode()).hexdigest()[:16],
        split=split,
        task=Task.SUMMARY,
        ingredient=label.ingredient,
        set_id=label.id,
        version=label.version,
        loinc=units[0].code,
        template=f"summary/{at + 1}",
        register="clinician",
        named="generic",
        negative=None,
        question=question,
        sentences=tuple(
            Offered(number, one.document.id, one.document.version, one.span.start, one.span.end, one.text)
            for number, one in prompt.sentences.items()
        ),
        prompt=turns,
        completion=(Turn("assistant", said),),
        gold=Gold(numbers, tuple(prompt.sentences[number].text for number in numbers), True),
        searched=False,
        licence=label.licence,
        builder=builder,
    )
