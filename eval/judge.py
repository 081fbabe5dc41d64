"""Who decides whether words bear out a statement: a seam, and the judge that is always there.

A judge's name goes with every figure that it had a part in. What a judge cannot decide is None, and stays unscored.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from eval import products, readings
from rag import sentences
from rag.records import Support
from rag.support.support import PARTLY, PEOPLE, Checked, check
from rag.support.support import Ground as Ground
from rag.support.vocabulary import stem
from rag.support.wording import tokens
from rag.text import words

if TYPE_CHECKING:
    from rag.support import judge as belief

_LIKELY = 0.5
_ENOUGH = 0.5
"""Share of a statement that words must hold before their readings are tried."""
_ELSEWHERE = ("the words speak of another product",)
_ACTS = re.compile(
    r"\b(?:rais|lower|increas|decreas|reduc|inhibit|induc|displac|doubl|halv|potentiat|enhanc|block|affect|chang|slow|"
    r"strengthen|weaken|prolong|lengthen|shorten|act|metaboli[sz])",
    re.IGNORECASE,
)
"""Where one drug does something to another, their order matters; "is avoided with" has none."""
_DOSE = re.compile(
    r"\b(?:dos(?:e|es|age) (?:\w+ )?(?:is|are|was|may|must|should|can|by)|(?:lower|reduce|halve|raise|increase)\w* the "
    r"dose|dose (?:reduction|increase))\b",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby\b", re.IGNORECASE)
_FAMILY = 5
"""Letters that words of one family share at least."""
_MIXED = ("what it says is not said in one place",)
LIGHT = frozenset(
    map(
        stem,
        "taken need needed list listed name named rate rated go call called count add added together concomitant "
        "review reviewer author".split(),
    )
)
"""Words, as stems, that a fact may hold and a source need not: "is listed as", "is rated as", "needs monitoring"."""


class Relation(StrEnum):
    """What words are to a statement."""

    SUPPORTS = "supports"
    PARTLY = "partly"
    """Counts as not supported wherever a measure knows only yes and no."""
    CONTRADICTS = "contradicts"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge found, and why."""

    relation: Relation
    score: float
    """0 to 1, higher where the words bear the statement out better."""
    reasons: tuple[str, ...] = ()
    speaks_of: float = 1.0
    """Of a contradiction, how much of the statement the words speak of at all, 0 to 1; low where they are about
    something else that happens to differ, 0 where they hold all its numbers and drugs in other places."""

    @property
    def supports(self) -> bool:
        """True for full support."""
        return self.relation is Relation.SUPPORTS


class Judge(Protocol):
    """Anything that can compare a statement with words."""

    @property
    def name(self) -> str:
        """As it stands beside each figure."""

    def judge(self, statement: str, grounds: Sequence[Ground]) -> Judgement | None:
        """What ``grounds`` together are to ``statement``; None where the judge cannot say."""


_RELATIONS = {
    Support.SUPPORTED: Relation.SUPPORTS,
    Support.PARTLY: Relation.PARTLY,
    Support.CONTRADICTED: Relation.CONTRADICTS,
    Support.UNVERIFIED: Relation.NEITHER,
}


@dataclass(frozen=True, slots=True)
class LexicalJudge:
    """The support check of answers as a judge: facts and wording, no model. It passes over hedges and reasoning.

    Words that do not bear a statement out as a whole may do so by one of their readings (``eval.readings``); what
    speaks of another product never does.
    """

    names: Mapping[str, str]
    """Names of drugs, lower case, to the drug that each stands for."""
    name: str = "lexical (rxcite support check)"

    def judge(self, statement: str, grounds: Sequence[Ground]) -> Judgement | None:
        """What the check says."""
        checked = check(statement, grounds, self.names)
        covered = _coverage(checked)
        own = [ground for ground in grounds if products.agree(statement, ground)]
        if len(own) < len(grounds):
            return self.judge(statement, own) if own else Judgement(Relation.NEITHER, checked.score, _ELSEWHERE, 0.0)
        if _is_plain(statement, checked, grounds) and not self._mixes(statement, grounds):
            return Judgement(Relation.SUPPORTS, checked.score)
        if covered >= _ENOUGH and (found := self._read(statement, grounds)):
            return Judgement(Relation.SUPPORTS, found.score)
        if _is_plain(statement, checked, grounds):
            return Judgement(Relation.PARTLY, checked.score, _MIXED)
        if checked.support is not Support.CONTRADICTED:
            return Judgement(_RELATIONS[checked.support], checked.score, checked.reasons)
        # a contradiction counts as far as the words speak of the statement
        is_turned = self._is_same_subject(statement, grounds) and self._turns(statement, grounds)
        if is_turned and len(grounds) == 1 and readings.is_row(grounds[0].text):
            covered = self._denied_by_a_cell(statement, grounds[0])
        covered = covered if is_turned else 0.0
        return Judgement(Relation.CONTRADICTS, checked.score, checked.reasons, covered)

    def _mixes(self, statement: str, grounds: Sequence[Ground]) -> bool:
        """True where a plain statement takes words from several things that one sentence says, and one denies it."""
        if len(grounds) > 1 or len(sentences.split(grounds[0].text)) > 1:
            return False
        wanted = frozenset(words(statement))
        if readings.readings(Ground(statement), self.names, wanted):
            return False
        found = [
            check(statement, [reading], self.names) for reading in readings.readings(grounds[0], self.names, wanted)
        ]
        return any(
            one.support is Support.CONTRADICTED and not one.is_moved and _coverage(one) >= PARTLY for one in found
        )

    def _denied_by_a_cell(self, statement: str, row: Ground) -> float:
        """How much of a statement the cell speaks of that contradicts it most; 0 where none does."""
        made = readings.readings(row, self.names, frozenset(words(statement)))
        found = [check(statement, [one], self.names) for one in made]
        return max(
            (_coverage(one) for one in found if one.support is Support.CONTRADICTED and not one.is_moved), default=0.0
        )

    def _read(self, statement: str, grounds: Sequence[Ground]) -> Checked | None:
        """The check by a reading that bears the statement out; None where none does."""
        wanted = frozenset(words(statement))
        for ground in grounds:
            for span in sentences.split(ground.text):
                line = replace(ground, text=span.of(ground.text))
                made = readings.readings(line, self.names, wanted)
                for reading in made if len(made) > 1 else (line, *made):
                    checked = check(statement, [reading], self.names)
                    is_moved = checked.is_moved and self._is_same_order(statement, reading.text)
                    is_borne_out = _is_plain(statement, checked, [reading]) or is_moved
                    if (
                        is_borne_out
                        and not _is_of_dose(statement, reading)
                        and self._says_most(statement, reading, line)
                    ):
                        return checked
        return None

    def _says_most(self, statement: str, reading: Ground, line: Ground) -> bool:
        """True where a reading speaks of the statement without what it takes over from the sentence around it."""
        if reading.context == line.context:
            return True
        alone = check(statement, [replace(reading, context=line.context)], self.names)
        return _coverage(alone) >= PARTLY

    def _is_same_order(self, statement: str, text: str) -> bool:
        """True where a text names the statement's drugs and no others, and in its order if one acts on another."""
        own, theirs = self._drugs(statement), self._drugs(text)
        if not set(theirs) <= set(own):
            return False
        is_turned = bool(_BY.search(statement)) != bool(_BY.search(text))
        return not _ACTS.search(statement) or (not is_turned and theirs == [drug for drug in own if drug in theirs])

    def _drugs(self, text: str) -> list[str]:
        return list(dict.fromkeys(token.form for token in tokens(text, self.names) if token.kind == "drug"))

    def _is_same_subject(self, statement: str, grounds: Sequence[Ground]) -> bool:
        """True where words are first of all on a drug that the statement names, and on the same groups of patients."""
        asked = self._people(statement)
        for ground in grounds:
            subject = self._drugs(readings.subject(ground.text))
            told = self._people(ground.text)
            is_same_drug = not subject or bool(set(subject) & set(self._drugs(statement)))
            is_same_people = asked <= told | self._people(ground.context) and bool(not told or told & asked)
            if is_same_drug and is_same_people:
                return True
        return False

    def _people(self, text: str) -> set[str]:
        return {token.form for token in tokens(text, self.names)} & PEOPLE

    def _turns(self, statement: str, grounds: Sequence[Ground]) -> bool:
        """True where a number or drug of the statement is not in the words, a "not" or "up" is in only one of them.

        Where all of them are there, only places differ: of a list or a sentence on two things that tells little.
        """
        said = tokens(statement, self.names)
        quoted = [token for ground in grounds for token in tokens(f"{ground.context}\n{ground.text}", self.names)]
        there = {part for token in quoted for part in (token.form, *token.form.split(" + "))}
        there |= {drug for ground in grounds for drug in ground.drugs}
        if any(not {token.form, *token.form.split(" + ")} & there for token in said if token.kind != "word"):
            return True
        if any(token.negated for token in said) != any(token.negated for token in quoted):
            return True
        ways = [{token.form for token in side} & {"up", "down"} for side in (said, quoted)]
        return bool(ways[0] - ways[1] and ways[1])


def _coverage(checked: Checked) -> float:
    """Share of a statement that words hold: the score without what differs."""
    return min((checked.score / checked.agreement) ** 2, 1.0)


def _is_plain(statement: str, checked: Checked, grounds: Sequence[Ground]) -> bool:
    """True for full support, and where no word is lacking but such that say next to nothing, or stand in other form."""
    if checked.support is Support.SUPPORTED:
        return True
    texts = [ground.text for ground in grounds]
    is_told = not any(readings.DENIES.search(text) for text in (statement, *texts))
    there = {word for text in texts for word in words(text)} if is_told else set()
    return bool(checked.lacking) and all(
        form in LIGHT or any(_is_family(form, word) for word in there) for form in checked.lacking
    )


def _is_of_dose(statement: str, reading: Ground) -> bool:
    """True where what goes up or down is a dose in the words, and something else in the statement."""
    return bool(_ACTS.search(statement) and _DOSE.search(reading.text)) and not _DOSE.search(statement)


def _is_family(form: str, word: str) -> bool:
    """Two words of one family: "transplantation", "transplant"; short ones must be equal."""
    if min(len(form), len(word)) < _FAMILY:
        return form == word
    shared = max(_FAMILY, min(len(form), len(word)) - 2)
    return form[:shared] == word[:shared]


class Remembering:
    """A judge that is asked the same thing once only."""

    def __init__(self, judge: Judge) -> None:
        """Asks ``judge``."""
        self._judge = judge
        self._known: dict[tuple[str, tuple[Ground, ...]], Judgement | None] = {}

    @property
    def name(self) -> str:
        """Of the judge behind it."""
        return self._judge.name

    def judge(self, statement: str, grounds: Sequence[Ground]) -> Judgement | None:
        """What the judge says, or said before."""
        key = (statement, tuple(grounds))
        if key not in self._known:
            self._known[key] = self._judge.judge(*key)
        return self._known[key]


class BeliefJudge:
    """A model for natural language inference, or a writer asked as one (``rag.support.judge``), as a judge."""

    def __init__(self, judge: "belief.Judge") -> None:
        """Believes what it holds for likelier than not."""
        self._judge = judge
        self.name = f"model ({judge.name})"

    def judge(self, statement: str, grounds: Sequence[Ground]) -> Judgement | None:
        """What the model believes; None where it gave nothing that can be read."""
        found = self._judge.judge(statement, grounds)
        if found is None:
            return None
        if found.contradicted >= _LIKELY:
            return Judgement(Relation.CONTRADICTS, found.entailed)
        return Judgement(Relation.SUPPORTS if found.entailed >= _LIKELY else Relation.NEITHER, found.entailed)
