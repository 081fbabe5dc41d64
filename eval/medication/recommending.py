"""Who recommends: the seam for any system, and two that learn nothing but counts, as a floor.

A recommender sees a visit without its drugs, and the patient's visits before it with theirs.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eval.medication.patients import Patient, Visit


@dataclass(frozen=True, slots=True)
class Recommended:
    """Drugs for a visit."""

    drugs: frozenset[str]
    scores: Mapping[str, float] | None = None


class Recommender(Protocol):
    """Anything that recommends drugs."""

    @property
    def name(self) -> str:
        """As in reports."""

    def recommend(self, visit: Visit, before: Sequence[Visit]) -> Recommended:
        """Drugs for a visit whose own are hidden."""


def beside(name: str, testing: Sequence[Patient], fitting: Sequence[Patient] = ()) -> dict[str, tuple[Patient, ...]]:
    """The patients with what the floor recommends, by name; by condition only where there are others to learn from."""
    floor: list[Recommender] = [Repeated()]
    if fitting:
        floor.append(ByCondition(fitting))
    return {f"{name}: {one.name}": with_recommendations(testing, one) for one in floor}


def with_recommendations(patients: Sequence[Patient], recommender: Recommender) -> tuple[Patient, ...]:
    """The patients with what ``recommender`` says to each visit, in place of what stood there."""
    return tuple(replace(one, visits=tuple(_visits(one, recommender))) for one in patients)


def _visits(patient: Patient, recommender: Recommender) -> list[Visit]:
    made = []
    for at, visit in enumerate(patient.visits):
        hidden = replace(visit, drugs=frozenset(), predicted=None, scores=None)
        said = recommender.recommend(hidden, patient.visits[:at])
        made.append(replace(visit, predicted=said.drugs, scores=said.scores))
    return made


class Repeated:
    """Recommends what was given at the visit before, and nothing at the first ("Nearest" in the GAMENet paper)."""

    name = "as last time"

    def recommend(self, visit: Visit, before: Sequence[Visit]) -> Recommended:
        """The drugs of the last visit."""
        return Recommended(before[-1].drugs if before else frozenset())


class ByCondition:
    """Recommends what most visits with one of the conditions were given; scored by the largest such share."""

    name = "by condition"

    def __init__(self, fitting: Sequence[Patient], share: float = 0.5) -> None:
        self._share = share
        self._seen: Counter[str] = Counter()
        self._given: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for visit in (visit for one in fitting for visit in one.visits):
            for condition in visit.conditions:
                self._seen[condition] += 1
                self._given[condition].update(visit.drugs)

    def recommend(self, visit: Visit, before: Sequence[Visit]) -> Recommended:
        """The drugs above the share; an unknown condition brings none."""
        scores: dict[str, float] = {}
        for condition in visit.conditions:
            for drug, count in self._given[condition].items() if condition in self._seen else ():
                scores[drug] = max(scores.get(drug, 0.0), count / self._seen[condition])
        return Recommended(frozenset(drug for drug, share in scores.items() if share > self._share), scores)
