"""Sentences beside the oracle: rxcite's own search, the same drug elsewhere, other drugs in the same section.

None of them may answer: of the asked drug none that ``Fact.may_answer`` lets through or that leans on the sentence
before, of another drug none that names the asked one or a class of it. All come from labels of one split, so that a
training prompt shows no sentence of a held-out drug.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from finetune.labels import Label, Unit
from finetune.oracle import Fact, stands_alone
from rag.records import Hit

_LONGEST = 260
"""Characters of a distractor: rows are short, and several short sentences make a harder choice than one long."""
_ALIKE = 3
"""Look-alike drugs from which sentences are taken."""
_TAKEN = 8
"""Candidates of each kind."""
_SAME_QUESTION = 0.5
"""Rows that show what answers the same question for another drug."""

MayAnswer = Callable[[Unit], bool]


class Pool:
    """The labels of one split."""

    def __init__(self, labels: Sequence[Label], facts: Sequence[Fact]) -> None:
        """Sorts the sentences by section and by passage, and the facts by what is asked."""
        self.labels = labels
        self.facts = facts
        self._of_subject: dict[tuple[str, str], list[Fact]] = {}
        for fact in facts:
            self._of_subject.setdefault(fact.subject, []).append(fact)
        self._label_of = {label.row: label for label in labels}
        self._by_code: dict[str, list[tuple[Label, Unit]]] = {}
        self._by_passage: dict[str, list[Unit]] = {}
        self._alike: dict[str, tuple[Label, ...]] = {}
        for label in labels:
            for unit in label.units:
                self._by_passage.setdefault(unit.sentence.passage.id, []).append(unit)
                if len(unit.text) <= _LONGEST:
                    self._by_code.setdefault(unit.code, []).append((label, unit))

    def beside(
        self,
        asked: Label,
        fact: Fact,
        may_answer: MayAnswer,
        hits: Iterable[Hit],
        taken: Sequence[Unit],
        draw: random.Random,
    ) -> Iterator[Unit]:
        """Distractors for the question of ``fact`` on ``asked``, the kinds in turn, each sentence once."""
        found = [unit for hit in hits for unit in self._by_passage.get(hit.passage.id, ())]
        code = fact.units[0].code
        kinds: list[Iterable[Unit]] = [
            self._of_search(asked, found, may_answer, draw),
            self._of_label(asked, code, may_answer, draw),
            self._of_section(asked, code, may_answer, draw),
            self._of_search(asked, found, may_answer, draw),
            self._of_alike(asked, code, may_answer, draw),
        ]
        if draw.random() < _SAME_QUESTION:
            kinds.insert(0, islice(self._of_others(asked, fact, may_answer, draw), 1))
        seen = {unit.text for unit in taken}
        for unit in filter(None, chain.from_iterable(zip_longest(*kinds))):
            if unit.text not in seen:
                seen.add(unit.text)
                yield unit

    def may_stand(self, asked: Label, label: Label, unit: Unit, may_answer: MayAnswer) -> bool:
        """True where the sentence does not answer."""
        if not asked.names.isdisjoint(label.drugs) or not set(asked.drugs).isdisjoint(label.drugs):
            return stands_alone(unit) and not may_answer(unit)
        is_named = not asked.names.isdisjoint(unit.named) or bool(asked.brand and asked.brand.lower() in unit.low)
        return not is_named and not any(drug in unit.low for drug in asked.drugs)

    def _of_search(
        self, asked: Label, found: Sequence[Unit], may_answer: MayAnswer, draw: random.Random
    ) -> Iterator[Unit]:
        """In the order of search, a few passed over by chance so that rows of one fact differ."""
        for unit in found:
            label = self._label_of[unit.sentence.document_row]
            if len(unit.text) <= _LONGEST and draw.random() < 0.6 and self.may_stand(asked, label, unit, may_answer):
                yield unit

    def _of_label(self, asked: Label, code: str, may_answer: MayAnswer, draw: random.Random) -> Iterator[Unit]:
        units = [unit for unit in draw.sample(asked.units, min(40, len(asked.units))) if len(unit.text) <= _LONGEST]
        units.sort(key=lambda unit: unit.code == code)
        yield from islice((unit for unit in units if self.may_stand(asked, asked, unit, may_answer)), _TAKEN)

    def _of_section(self, asked: Label, code: str, may_answer: MayAnswer, draw: random.Random) -> Iterator[Unit]:
        there = self._by_code.get(code, ())
        for label, unit in draw.sample(there, min(_TAKEN * 3, len(there))):
            if label is not asked and stands_alone(unit) and self.may_stand(asked, label, unit, may_answer):
                yield unit

    def _of_alike(self, asked: Label, code: str, may_answer: MayAnswer, draw: random.Random) -> Iterator[Unit]:
        for label in self.alike(asked):
            units = [unit for unit in label.units if unit.code == code and len(unit.text) <= _LONGEST]
            for unit in draw.sample(units, min(3, len(units))):
                if stands_alone(unit) and self.may_stand(asked, label, unit, may_answer):
                    yield unit

    def _of_others(self, asked: Label, fact: Fact, may_answer: MayAnswer, draw: random.Random) -> Iterator[Unit]:
        """What answers the very question for another drug: the hardest to tell apart, and the most dangerous."""
        there = self._of_subject.get(fact.subject, ())
        for other in draw.sample(there, min(_TAKEN, len(there))):
            unit = draw.choice(other.units)
            is_own = not set(asked.drugs).isdisjoint(other.label.drugs)
            if not is_own and len(unit.text) <= _LONGEST and self.may_stand(asked, other.label, unit, may_answer):
                yield unit

    def alike(self, asked: Label) -> tuple[Label, ...]:
        """The labels of other drugs whose names look most like this one's."""
        from rapidfuzz import process
        from rapidfuzz.distance import JaroWinkler

        if asked.id not in self._alike:
            others = {label.id: label.generic for label in self.labels if set(label.drugs).isdisjoint(asked.drugs)}
            nearest = process.extract(asked.generic, others, scorer=JaroWinkler.similarity, limit=_ALIKE)
            by_id = {label.id: label for label in self.labels}
            self._alike[asked.id] = tuple(by_id[id] for _, _, id in nearest)
        return self._alike[asked.id]
