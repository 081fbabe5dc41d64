"""Facts of a label: a topic, what is asked about it, and the sentences that answer, by rule and by no model.

A rule says which sentences surely answer (``says``) and, much wider, which may answer (``near``). What may answer is
never offered beside the oracle, so that a sentence that is not cited does not answer either; more than three that
surely answer make no fact. Not covered: answers that only two sentences together give.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from finetune.labels import Label, Unit
from finetune.terms import Term
from finetune.topics import BOX, CONTRA, DOSE, INTERACTION, WARNING, Topic
from rag.evidence.evidence import CONCOMITANT, CUE

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
_LIST = re.compile(r"[:;,]\s*$|\b(?:following|listed|below|above)\b[^.]{0,40}$")
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

    def may_answer(self, unit: Unit) -> bool:
        """True for a sentence of the asked drug that may answer, the oracle's own too."""
        if self.other:
            return bool(self.others & unit.named) or bool(_GENERAL.search(unit.readable))
        return unit.code in self.codes or bool(self.near.search(unit.readable) or self.near.search(unit.heading))


_GENERAL = re.compile(
    r"\bcyp|p-?gp\b|p-glycoprotein|inhibitor|inducer|substrate|drugs? (?:that|which|known|with)|(?:agents|medications|medicines|"
    r"products) (?:that|which)|other (?:drugs|agents|medic)|drug interactions?|protein[- ]bound"
)
"""Words of a sentence on many drugs at once, which may be on the one that is asked about."""


def stands_alone(unit: Unit) -> bool:
    """True for a sentence that can be read by itself."""
    text = unit.text
    if not _SHORTEST <= len(text) <= _LONGEST or _BACKWARD.search(unit.low) or _LIST.search(text):
        return False
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) > 0.5 * len(letters):
        return False
    first = text.lstrip("•*-–·◦ ")[:1]
    return (text.rstrip(" )]")[-1:] in ".°" or text.lstrip()[:1] in "•◦") and (first.isupper() or first.isdigit())


def facts(label: Label, kinds: Sequence[Topic], classes: dict[str, frozenset[str]]) -> Iterator[Fact]:
    """What ``label`` answers, by topic; ``classes`` gives for a name all under which it can be spoken of."""
    alone = [unit for unit in label.units if stands_alone(unit)]
    for topic in kinds:
        says, unless = re.compile(topic.says), re.compile(topic.unless)
        found = [
            unit
            for unit in alone
            if (not topic.codes or unit.code in topic.codes)
            and says.search(unit.low)
            and not unless.search(unit.low)
            and (not topic.own or label.is_named_in(unit) or _TREATED.search(unit.low))
        ]
        if topic.terms:
            for term in topic.terms:
                yield from _of_term(label, topic, term, found)
        elif oracle := _distinct(found):
            near = re.compile(f"{topic.near}|{topic.says}")
            codes = frozenset(topic.codes if topic.wide else ())
            yield Fact(topic.name, label, oracle, near=near, codes=codes)
    yield from _interactions(label, alone, classes)


def _of_term(label: Label, topic: Topic, term: Term, found: Iterable[Unit]) -> Iterator[Fact]:
    causes = topic.name in ("effect", "effect rate", "boxed warning")
    told = [unit for unit in found if term.says.search(unit.low) and not (causes and _is_given(term, unit))]
    if topic.name in ("indication", "dose"):
        beside = re.compile(rf"{_BESIDE}(?:{term.says.pattern})")
        told = [unit for unit in told if not beside.search(unit.low)]
    if topic.own:
        told = [unit for unit in told if label.is_named_in(unit)] or told
    if oracle := _distinct(told):
        near = re.compile(f"{term.near.pattern}|{topic.near}") if topic.near else term.near
        yield Fact(topic.name, label, oracle, term, near=near)


_BESIDE = (
    r"\b(?:associated with|caused by|due to|secondary to|resulting from|history of|without|accompanied by|other than)"
    r"(?: [a-z,]+){0,4} "
)


def _is_given(term: Term, unit: Unit) -> bool:
    """True where the effect was there before, or is what is treated."""
    before = (
        r"(?:(?:patients?|persons|individuals|those|subjects|adults|women|people|children|anyone)(?: [a-z]+){0,3} with"
        r"|histor(?:y|ies) of|treatment of|prevention of|management of|pre-?existing|underlying|predispos[a-z]+ to|known"
        r"|prior|risk factors for|used to treat|indicated for|reduce the risk of|signs and symptoms of)(?: [a-z,]+){0,6} "
    )
    return bool(re.search(f"{before}(?:{term.says.pattern})", unit.low))


def _interactions(label: Label, alone: Sequence[Unit], classes: dict[str, frozenset[str]]) -> Iterator[Fact]:
    by_other: dict[str, list[Unit]] = {}
    for unit in alone:
        if unit.code == INTERACTION:
            is_told = bool(CUE.search(unit.low))
        else:
            is_told = unit.code in (CONTRA, BOX, *WARNING, DOSE) and bool(
                CUE.search(unit.low) and _WITH.search(unit.low)
            )
        if is_told and CONCOMITANT.search(unit.low):
            for name in unit.named - label.names:
                by_other.setdefault(name, []).append(unit)
    for other, told in sorted(by_other.items()):
        if other in classes and (oracle := _distinct(told)):
            yield Fact("interaction", label, oracle, other=other, others=classes[other])


_WITH = re.compile(
    r"\b(?:concomitant|concurrent|co-?administ|combin|together|simultaneous|interact|receiving|taking|added to)[a-z]*"
)


def _distinct(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The sentences, each wording once; none where they are more than may answer one question."""
    kept = {unit.low: unit for unit in reversed(units)}
    return tuple(reversed(kept.values())) if len(kept) <= MOST else ()
