"""What an adapter is worth: arms on held-out rows, figures with intervals, and a verdict that chance cannot give.

Figures are means over rows; intervals and tests draw ingredients, not rows (``eval.statistics``). "Better" is said only
where the interval of the difference in citation F1 lies above 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from eval.measures.disparity import Disparity, disparity
from eval.measures.rouge import rouge_l
from eval.statistics.difference import Difference, difference
from eval.statistics.holm import holm
from eval.statistics.interval import Interval, interval
from finetune.rewards import Mark, mark
from finetune.rows import Row
from finetune.trial import Arm, Said, choices
from rag.settings import Budget
from rag.writing import prompts
from rag.writing.writer import Form

_ITEMS = Budget().items
PAIRS = ((Arm.ADAPTER, Arm.BASE), (Arm.ADAPTER_HELD, Arm.BASE_HELD), (Arm.ADAPTER_HELD, Arm.ADAPTER))
"""What is held against what."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply, read and marked."""

    row: Row
    said: Said
    mark: Mark
    babble: bool
    """True where it neither cites nor abstains."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a reply; None where it says nothing of it."""

    name: str
    title: str
    of: Callable[[Reading], float | None]
    lower_is_better: bool = False
    bounded: bool = True
    """From 0 to 1."""


def _cited(name: str) -> Callable[[Reading], float | None]:
    def of(one: Reading) -> float | None:
        found: float = getattr(one.mark, name)
        return found if one.mark.answerable else None

    return of


def _correct(one: Reading) -> float:
    return float(one.mark.recall == one.mark.precision == 1)


def _rouge(one: Reading) -> float | None:
    return rouge_l(one.said.text, one.row.completion[-1].content).f1 if one.mark.answerable else None


MEASURES = (
    Measure("citation_f1", "Citation F1, rows with an answer", _cited("f1")),
    Measure("citation_recall", "Citation recall", _cited("recall")),
    Measure("citation_precision", "Citation precision, what is made up counted", _cited("precision")),
    Measure("exact", "Lines that are a sentence word for word", _cited("exact")),
    Measure("abstained", "Abstains where no sentence answers",
            lambda one: None if one.mark.answerable else float(one.mark.abstained)),
    Measure("refused", "Refuses where one does",
            lambda one: float(one.mark.abstained) if one.mark.answerable else None, lower_is_better=True),
    Measure("correct", "Right in all: every gold sentence and no other, or abstains", _correct),
    Measure("babble", "Neither cites nor abstains", lambda one: float(one.babble), lower_is_better=True),
    Measure("rouge_l", "ROUGE-L of the right answer, rows with one", _rouge),
    Measure("surprise", "Surprise at the right answer, nats a token (perplexity: e to it)",
            lambda one: one.said.surprise, lower_is_better=True, bounded=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of an arm."""

    measure: Measure
    interval: Interval | None
    """None where no row was scored."""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """An arm's figures."""

    arm: Arm
    figures: tuple[Figure, ...]
    seconds: float
    """A row, on the mean."""
    tokens: float

    def mean(self, name: str) -> float | None:
        """The mean of a measure."""
        found = next(figure.interval for figure in self.figures if figure.measure.name == name)
        return found.mean if found else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure of two arms on the same rows."""

    measure: Measure
    a: Arm
    b: Arm
    difference: Difference
    adjusted: float
    """p by Holm, over all comparisons."""


@dataclass(frozen=True, slots=True)
class Unevenness:
    """How citation F1 differs between groups of rows."""

    arm: Arm
    by: str
    disparity: Disparity


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of it."""

    rows: int
    clusters: int
    """Ingredients."""
    arms: tuple[ArmResult, ...]
    comparisons: tuple[Comparison, ...]
    unevenness: tuple[Unevenness, ...]
    notes: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[str, ...]:
        """A sentence for each pair of arms: better, worse, or not told apart."""
        return tuple(_verdict(one) for one in self.comparisons if one.measure.name == "citation_f1")

    def gain(self, a: Arm, b: Arm) -> Difference | None:
        """The difference in citation F1 of two arms; None where they were not both tried."""
        found = (
            one.difference for one in self.comparisons if (one.measure.name, one.a, one.b) == ("citation_f1", a, b)
        )
        return next(found, None)


def evaluate(
    rows: Sequence[Row], said: Sequence[Said], *, classes: Mapping[str, str] | None = None, notes: Sequence[str] = ()
) -> Evaluation:
    """The figures of the replies ``said`` to ``rows``; ``classes`` gives the drug class of an ingredient."""
    known = {row.id: row for row in rows}
    found: dict[Arm, list[Reading]] = {}
    for one in said:
        found.setdefault(one.arm, []).append(_reading(known[one.row], one))
    arms = {arm: found[arm] for arm in Arm if arm in found}
    return Evaluation(
        len(rows),
        len({row.ingredient for row in rows}),
        tuple(_result(arm, readings) for arm, readings in arms.items()),
        _comparisons(arms),
        tuple(
            Unevenness(arm, by, uneven)
            for arm, readings in arms.items()
            for by, group in _groups(classes or {}).items()
            if (uneven := _uneven(readings, group)).groups
        ),
        tuple(notes),
    )


def _reading(row: Row, said: Said) -> Reading:
    offered = choices(row)
    marked = mark(
        said.text,
        {
            "sentences": [{"number": number, "text": text} for number, text in offered.items()],
            "gold": {"numbers": row.gold.numbers, "answerable": row.gold.answerable},
        },
    )
    return Reading(row, said, marked, prompts.read(said.text, offered, Form.WORDS, _ITEMS).is_babble)


def _values(measure: Measure, readings: Sequence[Reading]) -> dict[str, float]:
    return {one.row.id: value for one in readings if (value := measure.of(one)) is not None}


def _result(arm: Arm, readings: Sequence[Reading]) -> ArmResult:
    clusters = {one.row.id: one.row.ingredient for one in readings}
    figures = []
    for measure in MEASURES:
        values = _values(measure, readings)
        bounds = (0.0, 1.0) if measure.bounded else None
        found = interval([*values.values()], [clusters[id] for id in values], bounds=bounds) if values else None
        figures.append(Figure(measure, found))
    count = len(readings)
    seconds, tokens = (sum(getattr(one.said, name) for one in readings) / count for name in ("seconds", "tokens"))
    return ArmResult(arm, tuple(figures), seconds, tokens)


def _comparisons(arms: Mapping[Arm, Sequence[Reading]]) -> tuple[Comparison, ...]:
    found: list[tuple[Measure, Arm, Arm, Difference]] = []
    for a, b in PAIRS:
        if a not in arms or b not in arms:
            continue
        clusters = {one.row.id: one.row.ingredient for one in arms[a]}
        for measure in MEASURES:
            made = difference(_values(measure, arms[a]), _values(measure, arms[b]), clusters)
            if made:
                found.append((measure, a, b, made))
    adjusted = holm([made.p for *_, made in found])
    return tuple(Comparison(*one, p) for one, p in zip(found, adjusted, strict=True))


def _groups(classes: Mapping[str, str]) -> dict[str, Callable[[Row], str]]:
    named: dict[str, Callable[[Row], str]] = {
        "register": lambda row: row.register,
        "name used": lambda row: row.named,
        "section": lambda row: row.loinc,
    }
    return named | ({"drug class": partial(_class_of, classes)} if classes else {})


def _class_of(classes: Mapping[str, str], row: Row) -> str:
    return classes.get(row.ingredient, "none known")


def _uneven(readings: Sequence[Reading], group: Callable[[Row], str]) -> Disparity:
    asked = [one for one in readings if one.mark.answerable]
    return disparity(
        [one.mark.f1 for one in asked], [group(one.row) for one in asked], [one.row.ingredient for one in asked]
    )


def _verdict(one: Comparison) -> str:
    made = one.difference
    said = "cites better than" if made.interval.low > 0 else "cites worse than" if made.interval.high < 0 else ""
    figures = (
        f"citation F1 {made.interval.mean:+.3f} [{made.interval.low:+.3f}, {made.interval.high:+.3f}], p {made.p:.4f}"
    )
    if said:
        return f"{one.a} {said} {one.b}: {figures}."
    return f"{one.a} is not shown to differ from {one.b}: {figures}; the interval includes 0."
