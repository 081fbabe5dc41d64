"""Facts of a label: a topic, what is asked about it, and the sentences that answer, by rule and by no model.

A rule says which sentences surely answer (``says``) and, much wider, which may answer (``near``). What may answer is
never offered beside the oracle, so that a sentence that is not cited does not answer either; more than three that
surely answer make no fact. Not covered: answers that only two sentences together give.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from finetune.labels import Label, Unit
from finetune.terms import Term
from finetune.topics import BOX, CONTRA, DOSE, INTERACTION, WARNING, Topic
from rag.evidence.evidence import CONCOMITANT, CUE
from rag.evidence.quotes import Sentence
from rag.search.classes import called
from rag.text import words

MOST = 3
"""Sentences that may answer a question for a row to be made of it."""

_BACKWARD = re.compile(
    r"^\W*(?:\d+(?:\.\d+)* )?(?:these|this|such|it|its|they|their|those|he|she|however|therefore|thus|in addition|additionally|also|both"
    r"|furthermore|moreover|similarly|likewise|consequently|as a result|otherwise|in these|in this|in such|for this|for these"
    r"|of these|if (?:this|these|such|it|they|so)|when (?:this|these|it|they)|in both|in either|another|other than|the (?:above|following|same|latter|former)"
    r"|conversely|nevertheless|again|see|refer|some of|most of|none of|all of|one of|table|figure|and|or|but)\b"
)
"""Beginnings of a sentence that leans on the one before."""
_TREATED = re.compile(
    r"patients? (?:[a-z]+ )?(?:treated|receiving|taking|on|given)|\btherapy\b|\btreatment\b|\bthe drug\b|\buse of\b"
)
_LIST = re.compile(
    r"[:;,]\s*$|\b(?:described|shown|listed|provided|presented|given|included|summarized|outlined) in (?:the )?(?:table|section|figure)|\b(?:following|listed|below|above)\b[^.]{0,40}$"
)
_SHORTEST, _LONGEST = 35, 330


@dataclass(frozen=True, slots=True)
class Fact:
    """What a label answers, and where."""

    topic: str
    label: Label
    units: tuple[Unit, ...]
    """The oracle: at least one sentence, at most three."""
    term: Term | None = None
    other: str = ""
    """The second drug, or the class, of an interaction; "" for none."""
    others: frozenset[str] = frozenset()
    """All under which a text can speak of ``other``: its names, its classes, its members."""
    near: re.Pattern[str] = field(default=re.compile(r"(?!)"))
    codes: frozenset[str] = frozenset()
    """Sections whose every sentence may answer."""

    @property
    def subject(self) -> tuple[str, str]:
        """What is asked, whichever the drug: the topic, and its term or the other drug."""
        return self.topic, self.term.name if self.term else self.other

    def may_answer(self, unit: Unit) -> bool:
        """True for a sentence of the asked drug that may answer, the oracle's own too."""
        if self.other:
            is_here = unit.sentence.passage.id in {one.sentence.passage.id for one in self.units}
            is_silent = not unit.named - self.label.names and (is_here or bool(_WITH.search(unit.low)))
            return is_silent or bool(self.others & unit.named) or bool(_GENERAL.search(unit.readable))
        if any(_are_neighbours(unit.sentence, one.sentence) for one in self.units):
            return True
        return unit.code in self.codes or bool(self.near.search(unit.readable) or self.near.search(unit.heading))


def _are_neighbours(one: Sentence, other: Sentence) -> bool:
    """True for sentences that follow each other: the second can go on with what the first says."""
    return one.passage.id == other.passage.id and abs(one.order - other.order) <= 1


_GENERAL = re.compile(
    r"\bcyp|p-?gp\b|p-glycoprotein|inhibitor|inducer|substrate|drugs? (?:that|which|known|with)|(?:agents|medications|medicines|"
    r"products) (?:that|which)|other (?:drugs|agents|medic)|therap(?:y|ies)\b.*\b(?:with|other)|drug interactions?|protein[- ]bound"
)
"""Words of a sentence on many drugs at once, which may be on the one that is asked about."""


def stands_alone(unit: Unit) -> bool:
    """True for a sentence that can be read by itself."""
    text = unit.text
    if not _SHORTEST <= len(text) <= _LONGEST or _BACKWARD.search(unit.low) or _LIST.search(text.lower()):
        return False
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) > 0.5 * len(letters):
        return False
    first = text.lstrip("•*-–·◦ ")[:1]
    return (text.rstrip(" )]")[-1:] in ".°" or text.lstrip()[:1] in "•◦") and (first.isupper() or first.isdigit())


def facts(label: Label, kinds: Sequence[Topic], related: dict[str, frozenset[str]]) -> Iterator[Fact]:
    """What ``label`` answers, by topic; ``related`` gives for a name all under which a text can speak of it."""
    alone = [unit for unit in label.units if stands_alone(unit)]
    for topic in kinds:
        unless = re.compile(topic.unless)
        found = [
            unit
            for unit in alone
            if (not topic.codes or unit.code in topic.codes)
            and not unless.search(unit.low)
            and (label.is_named_in(unit) or not (topic.own or _is_of_another(unit)) or _is_of_treated(topic, unit))
        ]
        if topic.terms:
            yield from _of_terms(label, topic, found)
            continue
        says = re.compile(topic.says.replace("DRUG", "|".join(map(re.escape, label.spoken))))
        if oracle := _distinct([unit for unit in found if says.search(unit.low)]):
            near = re.compile(f"{topic.near}|{topic.says}")
            yield Fact(topic.name, label, oracle, near=near, codes=frozenset(topic.codes if topic.wide else ()))
    yield from _interactions(label, alone, related)


def _is_of_another(unit: Unit) -> bool:
    """True for a sentence that names a drug; asked of one that does not name the label's own."""
    return any(not called(" ".join(words(name))) for name in unit.named)


def _is_of_treated(topic: Topic, unit: Unit) -> bool:
    return topic.name == "effect" and not _is_of_another(unit) and bool(_TREATED.search(unit.low))


def _of_terms(label: Label, topic: Topic, found: Sequence[Unit]) -> Iterator[Fact]:
    of_any = "TERM" not in topic.says
    told_all = [unit for unit in found if re.search(topic.says, unit.low)] if of_any else found
    for term in topic.terms:
        told = [unit for unit in told_all if term.says.search(unit.low)]
        if told and not of_any:
            of_term = re.compile(topic.says.replace("TERM", term.says.pattern))
            told = [unit for unit in told if of_term.search(unit.low)]
        if topic.name in _CAUSED:
            told = [unit for unit in told if not _is_given(term, unit)]
        elif topic.name in _FOR:
            beside = re.compile(rf"{_BESIDE}(?:{term.says.pattern})")
            told = [unit for unit in told if not beside.search(unit.low)]
        if topic.own:
            told = [unit for unit in told if label.is_named_in(unit)] or told
        if oracle := _distinct(told):
            near = re.compile(f"{term.near.pattern}|{topic.near}") if topic.near else term.near
            yield Fact(topic.name, label, oracle, term, near=near)


_CAUSED = frozenset({"effect", "effect rate", "effect action", "monitoring", "boxed warning"})
"""Topics in which the medicine brings the term about."""
_FOR = frozenset({"indication", "dose"})
"""Topics in which the medicine is given for the term."""
_BESIDE = (
    r"\b(?:associated with|caused by|due to|secondary to|resulting from|history of|without|accompanied by|other than)"
    r"(?: [a-z,]+){0,4} "
)


def _is_given(term: Term, unit: Unit) -> bool:
    """True where the effect was there before, or is what is treated."""
    before = (
        r"(?:(?:patients?|persons|individuals|those|subjects|adults|women|people|children|anyone)(?: [a-z]+){0,3} with"
        r"|histor(?:y|ies) of|treatment of|prevention of|management of|pre-?existing|underlying|predispos[a-z]+ to|known"
        r"|treated (?:only )?for|as a result of|due to|because of|caused by|secondary to|resulting from|in the presence of|complicated by"
        r"|prior|risk factors for|used to treat|indicated for|reduce the risk of|signs and symptoms of)(?: [a-z,/-]+){0,8} "
    )
    return bool(re.search(f"{before}(?:{term.says.pattern})", unit.low))


def _interactions(label: Label, alone: Sequence[Unit], related: dict[str, frozenset[str]]) -> Iterator[Fact]:
    """Facts on a second drug. A class counts where the sentence names the drug, or nothing else: "MAOIs and phenothiazines" may both be others."""
    by_other: dict[str, list[Unit]] = {}
    for unit in alone:
        if not (CUE.search(unit.low) and CONCOMITANT.search(unit.low)) or _REMEDY.search(unit.low):
            continue
        if unit.code == INTERACTION or (
            unit.code in (CONTRA, BOX, *WARNING, DOSE)
            and _WITH.search(unit.low)
            and (unit.code != DOSE or _CHANGES.search(unit.low))
        ):
            for name in unit.named - label.names:
                by_other.setdefault(name, []).append(unit)
    for other, told in sorted(by_other.items()):
        if called(" ".join(words(other))):
            told = [unit for unit in told if label.is_named_in(unit) or unit.named - label.names == {other}]
        if other in related and (oracle := _distinct(told)):
            yield Fact("interaction", label, oracle, other=other, others=related[other])


_WITH = re.compile(
    r"\b(?:concomitant|concurrent|co-?administ|together|simultaneous|interact|receiving|taking|added to)[a-z]*|combin"
)
_CHANGES = re.compile(r"reduc|avoid|adjust|increas|decreas|lower|contraindicat|caution|not exceed|monitor|interact")
"""Words of a dose that another medicine changes; without them a regimen of two medicines is described."""
_REMEDY = re.compile(
    r"(?:treat|manag|controll|revers|reliev|counteract|antagoni)[a-z]* (?:[a-z]+ ){0,4}(?:by|with)\b|indicated (?:for|in)"
    r"|\bantidote|\bpremedicat|stud(?:y|ies)\b[^.;]*\bwere (?:each )?(?:performed|conducted)"
)
"""Words of a sentence in which the other medicine is the remedy."""


def _distinct(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The sentences, each wording once; none where they are more than may answer one question."""
    kept = {unit.low: unit for unit in reversed(units)}
    return tuple(reversed(kept.values())) if len(kept) <= MOST else ()


_FIGURES = frozenset({"maximum dose", "starting dose", "dose", "dose in patients", "effect rate", "half-life"})
"""Topics whose answers are figures, so that two labels can be seen to differ."""
_FIGURE = re.compile(r"\d[\d.,]*(?= ?(?:mg|mcg|g|ml|units?|meq|%|percent|hours?|days?|years?)\b)")


def conflicts(facts: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Pairs of facts in which two labels of one drug, of the same make, answer one question with other figures."""
    by_question: dict[tuple[str, tuple[str, str]], list[Fact]] = {}
    for fact in facts:
        if fact.topic in _FIGURES and len(fact.units) == 1:
            by_question.setdefault((fact.label.ingredient, fact.subject), []).append(fact)
    for same in by_question.values():
        for one, other in combinations(same, 2):
            if one.label.make.may_be(other.label.make) and other.label.make.may_be(one.label.make):
                figures, others = (set(_FIGURE.findall(fact.units[0].low)) for fact in (one, other))
                if figures and others and not (figures <= others or others <= figures):
                    yield one, other
