"""Rows that sum a section up: of its sentences those that say what to do, the strictest first, each quoted.

Advice is read by rule: an order ("Do not start", "Monitor"), or words such as "should" and "contraindicated". A section
is taken where two or three sentences advise and others do not, so that there is something to choose. It is a summary by
quotes: nothing is put in other words. Splits are those of the cited rows: by ingredient, the last wording in the test
alone. Left out: sections with a sentence that may advise and that no rule reads.
"""

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finetune import gates
from finetune.build import builder_hash
from finetune.labels import Label, Names, Unit, labels
from finetune.rows import Gold, Offered, Row, Split, Task, Turn
from finetune.splits import splits
from finetune.tokens import Counter
from rag.records import Document
from rag.search.intents import CONTRAINDICATIONS
from rag.writing import prompts
from rag.writing.grammar import line_of
from rag.writing.writer import Form

if TYPE_CHECKING:
    from rag.index.index import Index

ITEMS = 3
"""Sentences of a summary at most."""
_FEWEST, _MOST = 4, 12
"""Sentences of a section that is summed up."""
_OPENS = r"(?:^|[:;•] ?|, |\b(?:and|then|or) |^[\w ,/-]{2,60}? (?=[A-Z]))"
"""Where an order can begin; a heading may stand before it."""


def _orders(verbs: str) -> str:
    return rf"{_OPENS}(?i:immediately |permanently |temporarily |promptly )*(?:{verbs})\b"


_ADVICE = tuple(
    re.compile(words)
    for words in (
        r"(?i:contraindicated|must not|must never)|"
        + _orders("Do not|do not|Never|Discontinue|discontinue|Stop|stop|Permanently")
        + r"|(?i:should (?:be )?(?:immediately )?(?:stop\w*|discontinu\w+|not))",
        r"(?i:not (?:be )?recommended|should be avoided|advisable to avoid)|" + _orders("Avoid|avoid"),
        _orders(
            "Withhold|withhold|Interrupt|interrupt|Reduce|reduce|Decrease|decrease|Adjust|adjust|Delay|Limit|Titrate"
            "|Lower|Hold|Modify|Increase"
        )
        + r"|(?i:should be (?:reduced|lowered|withheld|interrupted|adjusted|decreased|limited|titrated)"
        r"|(?:dos\w+ (?:reduction|adjustment)s?|reduction of the \w+ dose) (?:is|are) recommended)",
        _orders(
            "Monitor|monitor|Assess|assess|Evaluate|evaluate|Test|Obtain|Measure|Check|Perform|Verify|Screen|Correct"
            "|Optimi[sz]e|Advise|advise|Instruct|Educate|Counsel|Inform|Warn|Consider|consider|Administer|administer|Use"
            "|Give|Initiate|initiate|Treat|Ensure|Observe|Provide|Ask|Tell|Exercise|Prescribe|Manage"
        )
        + r"|(?i:\bshould\b|\bmust\b|\b(?:is|are) (?:recommended|advised)|advisable|(?:ask|consult|call|tell)"
        r" (?:a|your) (?:doctor|health))",
    )
)
"""What advises, the strictest first: forbids or stops, advises against, changes the dose, watches or does."""
_ANY = re.compile(
    r"(?i:\b(?:caution|careful|advis|recommend|avoid|discontinu|withh|contraindicat|monitor|stop|seek|consult|adjust)\w*"
    r"|\bnot (?:to )?(?:be )?(?:used?|given|taken)|\bdo not\b|\bshould\b|\bmust\b|\bneed(?:s|ed)?\b|\brequire)"
)
"""Words by which a sentence may advise; one with them that no rule reads leaves its section in doubt."""
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
    """Headings of a label with their sentences, each wording once, in the order of the label.

    Contraindications are left out: their items forbid without a word that says so.
    """
    found: dict[tuple[str, ...], dict[str, Unit]] = {}
    for unit in label.units:
        section = unit.sentence.passage.section
        if section.code and section.code != CONTRAINDICATIONS and section.path:
            found.setdefault(section.path, {}).setdefault(unit.text, unit)
    for path, units in found.items():
        yield " ".join(path[-1].split()), list(units.values())


def _rank(text: str) -> int | None:
    """How strict the advice of a sentence is, 0 for the strictest; None for none."""
    return next((rank for rank, advice in enumerate(_ADVICE) if advice.search(text)), None)


def _row(label: Label, split: Split, section: str, units: Sequence[Unit], seed: int, builder: str) -> Row | None:
    ranks = {unit.text: _rank(unit.text) for unit in units}
    says = [unit for unit in units if ranks[unit.text] is not None]
    if not _FEWEST <= len(units) <= _MOST or not 2 <= len(says) <= ITEMS or len(says) == len(units):
        return None
    if any(ranks[unit.text] is None and _ANY.search(unit.text) for unit in units):
        return None
    says.sort(key=lambda unit: ranks[unit.text] or 0)  # stable: the label's order within a rank
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
