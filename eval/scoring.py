"""All measures of a reply, and of an arm: each figure with its interval, how many were scored, and who judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.case import Case
from eval.judge import Remembering
from eval.measures import (
    abstention,
    alce,
    choice,
    cohesion,
    drugs,
    existence,
    facts,
    gold,
    grade,
    medaesqa,
    perplexity,
    premise,
    quotes,
    readability,
    references,
    retrieval,
    rouge,
    sound,
    sourcecheckup,
)
from eval.measures.score import Measure, Score
from eval.questions import Question
from eval.statistics.interval import Interval, interval
from rag.errors import UsageError

MEASURES: tuple[Measure, ...] = tuple(
    measure
    for topic in (
        sound, grade, facts, gold, choice, alce, sourcecheckup, medaesqa, existence, quotes, references, drugs,
        abstention, premise, retrieval, rouge, perplexity, readability, cohesion,
    )
    for measure in topic.MEASURES
)  # fmt: skip
"""In the order of reports."""

UNBOUNDED = frozenset({"reading_grade", "connectives", "perplexity", "bits_per_character"})
"""Measures whose values are not from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of an arm."""

    measure: Measure
    interval: Interval | None
    """None where no question was scored."""
    scored: int
    unscored: int
    """Questions that the measure says nothing of, or that could not be judged; they are no zeros."""
    judge: str | None
    """Who judged; None where nobody had to."""


def measure_named(name: str) -> Measure:
    """The measure of a name.

    Raises:
        UsageError: there is none of that name.
    """
    found = [measure for measure in MEASURES if measure.name == name]
    if not found:
        raise UsageError(f"no measure {name!r}; there are {', '.join(measure.name for measure in MEASURES)}")
    return found[0]


def score(case: Case, measures: Iterable[Measure] = MEASURES) -> dict[str, Score]:
    """The scores of a reply by name of the measure; the judge is asked the same thing once."""
    case = replace(case, judge=Remembering(case.judge))
    return {measure.name: measure.of(case) for measure in measures}


def figures(
    scores: Mapping[str, Mapping[str, Score]],
    questions: Sequence[Question],
    judge: str,
    measures: Iterable[Measure] = MEASURES,
) -> tuple[Figure, ...]:
    """The figures of an arm from ``scores``: id of the question -> measure -> score."""
    clusters = {question.id: question.cluster for question in questions}
    return tuple(_figure(measure, scores, clusters, judge) for measure in measures)


def _figure(
    measure: Measure, scores: Mapping[str, Mapping[str, Score]], clusters: Mapping[str, str], judge: str
) -> Figure:
    found = values(scores, measure.name)
    bounds = None if measure.name in UNBOUNDED else (0.0, 1.0)
    made = interval(list(found.values()), [clusters[id] for id in found], bounds=bounds) if found else None
    return Figure(measure, made, len(found), len(scores) - len(found), judge if measure.judged else None)


def values(scores: Mapping[str, Mapping[str, Score]], name: str) -> dict[str, float]:
    """Question id to the value of a measure, of the questions that it scored."""
    found = {id: of[name].value for id, of in scores.items() if name in of}
    return {id: value for id, value in found.items() if value is not None}
