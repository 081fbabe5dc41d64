"""The figures of a run: each arm by each measure, arms compared, faults named."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from eval import replies
from eval.arms import NotRun
from eval.calibration import Calibration
from eval.case import Case
from eval.corpus import Corpus
from eval.diagnosis import Finding, diagnose
from eval.judge import Judge, Remembering
from eval.measures import selective
from eval.measures.cost import Cost, cost
from eval.measures.disparity import Disparity, disparity
from eval.measures.diversity import distinct
from eval.measures.score import Score
from eval.questions import Question
from eval.rating.reviewed import NOT_REVIEWED
from eval.run import Failed, Outcome, Progress
from eval.scoring import Figure, figures, score, values
from eval.statistics.difference import Difference, difference
from eval.statistics.holm import holm
from eval.statistics.power import design_effect, questions_needed

COMPARED = (
    "sound", "correct", "facts_stated", "gold_quoted_any", "citation_recall", "citation_precision", "quote_validity",
    "right_drug", "false_refusal", "correct_abstention", "choice_accuracy", "RR", "nDCG@10",
)  # fmt: skip
"""Measures by which arms are compared; each adds to what Holm's correction has to make up for."""
_GROUPED = ("sound", "correct", "gold_quoted_any", "citation_recall", "false_refusal")
_MOST_GROUPS = 20
"""Groups above which a grouping is a name for each label and no group."""
DELTA = 0.05
_DIFFERING = 5
"""Questions that must differ before their spread is one to plan with."""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """An arm's figures, and what they are made of."""

    name: str
    model: str | None
    notices: tuple[str, ...]
    """What every answer of its model must say."""
    cases: Mapping[str, Case]
    scores: Mapping[str, Mapping[str, Score]]
    """Id of the question -> measure -> score."""
    figures: tuple[Figure, ...]
    cost: Cost
    curve: tuple[selective.Point, ...]
    """Accuracy by coverage: of graded questions, the surest first."""
    faults: tuple[Finding, ...]
    distinct: Score
    """Distinct 2-grams of all that is stated / all 2-grams."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms by a measure."""

    measure: str
    a: str
    b: str
    difference: Difference
    adjusted: float
    """p by Holm, over all comparisons of the evaluation."""
    needed: int | None
    """Questions that a true difference of 5 points would need, at this spread, for a chance of 80 % to be seen; None
    where too few questions differ to tell the spread."""


@dataclass(frozen=True, slots=True)
class Unevenness:
    """How differently an arm serves groups of questions, by a measure."""

    arm: str
    measure: str
    by: str
    """What the questions are grouped by: "route", "type", "kind" ..."""
    disparity: Disparity
    adjusted: float | None
    """p by Holm, over all groupings of the evaluation."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a run."""

    title: str
    questions: tuple[Question, ...]
    arms: tuple[ArmResult, ...]
    not_run: tuple[NotRun, ...]
    failed: tuple[Failed, ...]
    comparisons: tuple[Comparison, ...]
    unevenness: tuple[Unevenness, ...]
    judge: str
    calibration: Calibration | None
    """None where no judged claims were at hand."""
    index: Mapping[str, object]
    reviewed: str = NOT_REVIEWED
    """What people have seen of it: ``eval.rating.review``."""

    @property
    def models(self) -> tuple[str, ...]:
        """The models that wrote, each once."""
        return tuple(dict.fromkeys(arm.model for arm in self.arms if arm.model))


def evaluate(
    title: str,
    questions: Sequence[Question],
    outcome: Outcome,
    corpus: Corpus,
    judge: Judge,
    names: Mapping[str, str],
    *,
    calibration: Calibration | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Scores all answers of a run; ``names`` are those of drugs (``eval.corpus.names_of``)."""
    remembering = Remembering(judge)
    results: list[ArmResult] = []
    index: Mapping[str, object] = {}
    for name, given in outcome.answers.items():
        asked = [question for question in questions if question.id in given]
        if progress:
            progress.start(f"scoring {name}", len(asked))
        cases: dict[str, Case] = {}
        scores: dict[str, dict[str, Score]] = {}
        for question in asked:
            answer = given[question.id].answer
            case = Case(
                question, replies.read(answer), corpus, remembering, names, given[question.id].log_probabilities
            )
            cases[question.id] = case
            scores[question.id] = score(case)
            index = answer.get("index") or index
            if progress:
                progress.advance()
        if progress:
            progress.finish()
        found = figures(scores, asked, judge.name)
        models = dict.fromkeys(case.reply.model for case in cases.values() if case.reply.model)
        results.append(
            ArmResult(
                name=name,
                model=", ".join(models) or None,
                notices=_common([given[one.id].answer.get("notices", []) for one in asked]) if models else (),
                cases=cases,
                scores=scores,
                figures=found,
                cost=cost([one.seconds for one in given.values()], [one.tokens for one in given.values()]),
                curve=_curve(cases, scores),
                faults=diagnose(found),
                distinct=distinct([case.reply.text for case in cases.values()], 2),
            )
        )
    return Evaluation(
        title=title,
        questions=tuple(questions),
        arms=tuple(results),
        not_run=outcome.not_run,
        failed=outcome.failed,
        comparisons=compare(results, questions),
        unevenness=uneven(results, questions),
        judge=judge.name,
        calibration=calibration,
        index=index,
    )


def compare(arms: Sequence[ArmResult], questions: Sequence[Question]) -> tuple[Comparison, ...]:
    """Each two arms by each measure that both have scored, p-values corrected for all of them."""
    clusters = {question.id: question.cluster for question in questions}
    found: list[tuple[str, str, str, Difference, int | None]] = []
    for first, second in combinations(arms, 2):
        for measure in COMPARED:
            a, b = values(first.scores, measure), values(second.scores, measure)
            made = difference(a, b, clusters)
            if made is not None:
                found.append((measure, first.name, second.name, made, _needed(a, b, clusters)))
    adjusted = holm([made.p for _, _, _, made, _ in found])
    return tuple(
        Comparison(measure, a, b, made, p, needed)
        for (measure, a, b, made, needed), p in zip(found, adjusted, strict=True)
    )


def uneven(arms: Sequence[ArmResult], questions: Sequence[Question]) -> tuple[Unevenness, ...]:
    """Each arm by each measure and each grouping of the questions that makes at least two groups to compare."""
    by_id = {question.id: question for question in questions}
    found: list[tuple[str, str, str, Disparity]] = []
    for arm in arms:
        for measure in _GROUPED:
            scored = values(arm.scores, measure)
            groups = {id: {"kind": by_id[id].kind.value, **by_id[id].groups} for id in scored}
            for by in sorted({name for of in groups.values() for name in of}):
                ids = [id for id in scored if by in groups[id]]
                made = disparity(
                    [scored[id] for id in ids], [groups[id][by] for id in ids], [by_id[id].cluster for id in ids]
                )
                if made.p is not None and len(made.groups) <= _MOST_GROUPS:
                    found.append((arm.name, measure, by, made))
    adjusted = holm([made.p for *_, made in found if made.p is not None])
    return tuple(Unevenness(*one, p) for one, p in zip(found, adjusted, strict=True))


def _needed(a: Mapping[str, float], b: Mapping[str, float], clusters: Mapping[str, str]) -> int | None:
    ids = sorted(a.keys() & b.keys())
    apart = [a[id] - b[id] for id in ids]
    if sum(one != 0 for one in apart) < _DIFFERING:
        return None
    deviation = statistics.stdev(apart)
    effect = max(design_effect(apart, [clusters[id] for id in ids]), 1.0)
    return questions_needed(deviation, delta=DELTA, design_effect=effect)


def _curve(cases: Mapping[str, Case], scores: Mapping[str, Mapping[str, Score]]) -> tuple[selective.Point, ...]:
    """By grade where there is one, else by a gold sentence quoted; of questions that have an answer."""
    right = values(scores, "gold_quoted_any") | values(scores, "correct")
    ids = [id for id in right if not cases[id].question.should_decline]
    sure = [selective.confidence(cases[id].reply) for id in ids]
    return selective.curve(sure, [right[id] == 1.0 for id in ids])


def _common(notices: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Notices that stand on every answer."""
    return tuple(one for one in notices[0] if all(one in other for other in notices)) if notices else ()
