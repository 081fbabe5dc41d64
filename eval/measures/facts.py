"""Gold facts stated, contradicted or missing in what a reply tells (K-QA, Manes et al., BioNLP 2024).

- *Completeness* (Comp): facts that must be there and are stated / all that must be there.
- *Hallucination* (Hall), as a share: facts that must or may be there and are contradicted, and statements that must
  not be there and are made, / all of these. K-QA counts; a share can be compared between questions.

A reply is read sentence by sentence, each with what it cites as its context; of search, the snippets. A fact is stated
where a sentence bears it out, or all together do. It is contradicted where none states it and a sentence that speaks
of most of what it says (``SAME``) contradicts it. A wrong statement is made where a sentence bears it out and
none denies it. What a drug does at an enzyme or transporter is read as roles before any judge is asked: "has little
effect on CYP3A4" must not pass for "inhibits CYP3A4". Not covered: a fact that only sentences of several topics give.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from eval import readings
from eval.judge import Ground, Judge, Judgement, Relation
from eval.measures.score import Measure, Score, share, unscored
from rag import sentences
from rag.roles.roles import roles_in
from rag.support.wording import tokens
from rag.text import words

if TYPE_CHECKING:
    from eval.case import Case

SAME = 0.6
"""Share of a fact that a sentence must speak of before its "no" counts as one to the fact, and not to another thing."""
_NEIGHBOURS = 3
"""Sentences of one source that are read together at most."""
_ROLE = re.compile(r"cyp\d|pglycoprotein|inhibitor|inducer|substrate|affect|littl|metaboli|enzym|transport")
"""Stems of which a fact is made that says nothing but roles; how strong they are is more."""
_WORDS = 4
"""Words of the longest drug name that is looked up."""


class Fate(StrEnum):
    """What became of a fact."""

    STATED = "stated"
    CONTRADICTED = "contradicted"
    MISSING = "missing"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Marked:
    """A fact, what became of it, and by which sentence of the reply (its place, from 0)."""

    fact: str
    fate: Fate
    by: int | None = None


def mark(fact: str, said: Sequence[Ground], judge: Judge, names: Mapping[str, str] | None = None) -> Marked:
    """What became of ``fact`` in what was said; ``names`` lead from names of drugs to the drugs."""
    return _mark(fact, said, judge, names or {}, is_wrong=False)


def mark_wrong(fact: str, said: Sequence[Ground], judge: Judge, names: Mapping[str, str] | None = None) -> Marked:
    """What became of a statement that must not be made."""
    return _mark(fact, said, judge, names or {}, is_wrong=True)


def _mark(fact: str, said: Sequence[Ground], judge: Judge, names: Mapping[str, str], *, is_wrong: bool) -> Marked:
    lines = [replace(one, text=span.of(one.text)) for one in said for span in sentences.split(one.text)]
    if not lines:
        return Marked(fact, Fate.MISSING)
    fates = [_fate(fact, line, judge, names) for line in lines]
    stated = [at for at, fate in enumerate(fates) if fate is Fate.STATED]
    against = [at for at, fate in enumerate(fates) if fate is Fate.CONTRADICTED]
    if stated and not (is_wrong and against):
        return Marked(fact, Fate.STATED, stated[0])
    if not is_wrong and _in_parts(fact, lines, judge, names):
        return Marked(fact, Fate.STATED)
    if not is_wrong and not against and _together(fact, lines, judge, names):
        return Marked(fact, Fate.STATED)
    if Fate.UNJUDGED in fates:
        return Marked(fact, Fate.UNJUDGED)
    return Marked(fact, Fate.CONTRADICTED, against[0]) if against else Marked(fact, Fate.MISSING)


def _in_parts(fact: str, lines: Sequence[Ground], judge: Judge, names: Mapping[str, str]) -> bool:
    """True where a fact says several things, and each is stated by a sentence."""
    several = readings.parts(fact)
    several = several if len(several) > 1 else readings.members(fact, names)
    return len(several) > 1 and all(
        any(_fate(one, line, judge, names) is Fate.STATED for line in lines) or _in_parts(one, lines, judge, names)
        for one in several
    )


def _together(fact: str, lines: Sequence[Ground], judge: Judge, names: Mapping[str, str]) -> bool:
    """True where sentences state a fact together: of roles each stands in one, else neighbours of one source do."""
    if _is_of_roles(fact, names):
        given = {role: negated for line in lines for role, negated in _roles(line.text, names).items()}
        return all(given.get(role) == negated for role, negated in _roles(fact, names).items())
    for size in range(2, _NEIGHBOURS + 1):
        for at in range(len(lines) - size + 1):
            group = lines[at : at + size]
            if len({(one.drugs, one.context.partition("\n")[0]) for one in group}) == 1:
                found = judge.judge(fact, group)
                if found is not None and found.supports:
                    return True
    return False


def _fate(fact: str, line: Ground, judge: Judge, names: Mapping[str, str]) -> Fate:
    if (by_roles := _by_roles(fact, line, names)) is not None:
        return by_roles
    found = judge.judge(fact, [line])
    if found is None:
        return Fate.UNJUDGED
    if found.supports:
        return Fate.STATED
    return Fate.CONTRADICTED if _is_same(found) else Fate.MISSING


def _is_same(found: Judgement) -> bool:
    return found.relation is Relation.CONTRADICTS and found.speaks_of >= SAME


def _by_roles(fact: str, line: Ground, names: Mapping[str, str]) -> Fate | None:
    """What the roles of a sentence make of a fact that is one; None where fact or sentence gives no drug a role.

    A fact that says more than roles is contradicted by them, but not stated.
    """
    wanted = _roles(fact, names)
    spelled = _spelled(line.text, names)
    if not wanted or not {drug for drug, _, _ in wanted} <= spelled.keys():
        return None
    given = _roles(line.text, names)
    if any(role in given and given[role] != negated for role, negated in wanted.items()):
        return Fate.CONTRADICTED
    if not _is_of_roles(fact, names):
        return None
    return Fate.STATED if all(given.get(role) == negated for role, negated in wanted.items()) else Fate.MISSING


def _is_of_roles(fact: str, names: Mapping[str, str]) -> bool:
    """True for a fact that gives drugs roles and says nothing more."""
    plain = (token for token in tokens(fact, names) if token.kind != "drug" and not token.is_soft)
    return bool(_roles(fact, names)) and all(_ROLE.match(token.form) for token in plain)


_Role = tuple[str, str, str]


def _roles(text: str, names: Mapping[str, str]) -> dict[_Role, bool]:
    """Drug, target and part to whether it is denied, of each role that ``text`` gives to a drug that it names."""
    return {
        (drug, role.target, role.part.value): role.negated
        for drug, spellings in _spelled(text, names).items()
        for role in roles_in(text, spellings)
    }


def _spelled(text: str, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Each drug that ``text`` names, with how it spells it."""
    said = words(text)
    runs = {" ".join(said[at : at + n]) for n in range(1, _WORDS + 1) for at in range(len(said) - n + 1)}
    found: dict[str, list[str]] = {}
    for run in sorted(runs & names.keys()):
        found.setdefault(names[run], []).append(run)
    return found


def completeness(must: Sequence[Marked]) -> Score:
    """Share of the facts that must be there and are."""
    if not must:
        return unscored("no facts to state")
    return share([_is(one, Fate.STATED) for one in must], "facts are stated")


def hallucination(known: Sequence[Marked], wrong: Sequence[Marked]) -> Score:
    """Share of known facts that are contradicted and of wrong statements that are made."""
    turned = [_is(one, Fate.CONTRADICTED) for one in known] + [_is(one, Fate.STATED) for one in wrong]
    return share(turned, "facts are contradicted or wrong statements made") if turned else unscored("no facts known")


def _is(marked: Marked, fate: Fate) -> bool | None:
    return None if marked.fate is Fate.UNJUDGED else marked.fate is fate


def marks(case: "Case", facts: Sequence[str]) -> list[Marked]:
    """What became of each of ``facts`` in a reply."""
    return [mark(fact, case.said, case.judge, case.names) for fact in facts]


def wrong_marks(case: "Case") -> list[Marked]:
    """What became of each statement that a reply must not make."""
    return [mark_wrong(fact, case.said, case.judge, case.names) for fact in case.question.wrong]


def _complete(case: "Case") -> Score:
    return completeness(marks(case, case.question.facts))


def _hallucinated(case: "Case") -> Score:
    known = (*case.question.facts, *case.question.extra)
    return hallucination(marks(case, known), wrong_marks(case))


MEASURES = (
    Measure("facts_stated", "Gold facts stated", "K-QA, Comp (Manes et al. 2024)", _complete, judged=True),
    Measure(
        "facts_contradicted",
        "Gold facts contradicted or wrong statements made",
        "K-QA, Hall (Manes et al. 2024), as a share",
        _hallucinated,
        judged=True,
        lower_is_better=True,
    ),
)
