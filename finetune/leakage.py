"""What training and held-out rows share, counted on the rows as they are written: nothing here is taken on trust."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from finetune import overlap
from finetune.rows import Row, Split
from finetune.splits import parts


@dataclass(frozen=True, slots=True)
class Leakage:
    """Counts and shares (0 to 1) of what is on both sides."""

    shared_ingredients: tuple[str, ...]
    """Ingredients asked about in more than one split; salts and esters are one ingredient."""
    shared_documents: int
    """Labels of which sentences are offered in more than one split."""
    shared_templates: int
    """Templates of test rows that a training or validation row has."""
    near_questions: float
    """Held-out rows whose question is a near copy of a training row's."""
    near_gold: float
    """Held-out rows with a gold sentence that is a near copy of a training row's."""
    long_runs: float
    """Held-out rows with a gold sentence that shares a run of 13 words with a training row's."""
    evaluation_questions: float
    """Rows whose question is a near copy of an evaluation question, or shares a run of eight words with one."""
    evaluation_gold: float
    """Rows with a gold sentence that is a near copy of one of an evaluation set."""


def leakage(rows: Sequence[Row], kept: overlap.Kept) -> Leakage:
    """What ``rows`` share between splits and with the sets that must be kept clear of."""
    by_split = {split: [row for row in rows if row.split is split] for split in Split}
    train = by_split[Split.TRAIN]
    held_out = [*by_split[Split.VALID], *by_split[Split.TEST]]
    named = {split: _ingredients(own) for split, own in by_split.items()}
    offered = {split: {one.document for row in own for one in row.sentences} for split, own in by_split.items()}
    templates = {split: {row.template for row in own} for split, own in by_split.items()}
    questions = overlap.Copies(row.question for row in train)
    gold = overlap.Copies(quote for row in train for quote in row.gold.quotes)
    long = {run for row in train for quote in row.gold.quotes for run in _long(quote)}
    return Leakage(
        tuple(sorted(_in_two(list(named.values())))),
        len(_in_two(list(offered.values()))),
        len(templates[Split.TEST] & (templates[Split.TRAIN] | templates[Split.VALID])),
        _share(held_out, lambda row: questions.holds(row.question)),
        _share(held_out, lambda row: any(gold.holds(quote) for quote in row.gold.quotes)),
        _share(held_out, lambda row: any(not long.isdisjoint(_long(quote)) for quote in row.gold.quotes)),
        _share(rows, lambda row: kept.holds_question(row.question)),
        _share(rows, lambda row: any(kept.holds_answer(quote) for quote in row.gold.quotes)),
    )


def _ingredients(rows: Sequence[Row]) -> set[str]:
    names = frozenset(name for row in rows for name in row.ingredient.split(" + "))
    return {part for name in names for part in parts(name, names)}


def _long(text: str) -> frozenset[str]:
    """Runs of 13 words; none of a shorter text, which would be a whole and no run."""
    return frozenset(run for run in overlap.runs(text, overlap.LONG_RUN) if run.count(" ") == overlap.LONG_RUN - 1)


def _in_two(sets: Sequence[set[str]]) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for one in sets:
        twice |= seen & one
        seen |= one
    return twice


def _share(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float:
    return sum(map(holds, rows)) / len(rows) if rows else 0.0
