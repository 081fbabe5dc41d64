"""Whether quotes bear a claim out: hard facts first, then how much of its wording they cover. No models.

A number, unit, bound, frequency, drug, "not", direction, population or role that differs where the rest agrees is a
contradiction. What the quotes do not hold at all leaves the claim partly supported or unverified. Not covered: hedges
("may" said as "does"), "and" for "or", what only a chain of thought would show; a judge (``judge``) may be asked of
what differs in plain words only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.records import Quote, Support
from rag.roles.roles import Role, mentions_target, roles_in
from rag.search.naming import pattern_of
from rag.support.places import BORDER, Places, denied, places
from rag.support.vocabulary import is_rival, stem
from rag.support.wording import Token, tokens
from rag.text import searchable

PARTLY = 0.6
"""Share of a claim's words that quotes must cover before it may be called partly supported."""
_OVERLAP = 0.5
"""Share from which on a turned fact is a contradiction and not just another subject."""
_NEAR = 1.0
"""Likeness of two places from which on a different word in them was put in place of the other."""
_LIKE = 0.75
"""Likeness of two places from which on a "not" in only one of them counts against the claim."""
_MARGIN = 0.25
"""By how much another place must be more like the claim's before the claim is held to speak of that one."""
_FACTORS = {
    "mcg": ("mass", 0.001),
    "mg": ("mass", 1.0),
    "g": ("mass", 1000.0),
    "min": ("time", 1.0),
    "h": ("time", 60.0),
}
_FACTORS |= {"d": ("time", 1440.0), "wk": ("time", 10080.0), "mo": ("months", 1.0), "y": ("months", 12.0)}
_FACTORS |= {"ml": ("volume", 1.0), "dl": ("volume", 100.0), "l": ("volume", 1000.0), "kg": ("mass", 1e6)}
_EXCEPTION = re.compile(r"\b(?:except|unless|other than|with the exception)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|solely|exclusively)\b", re.IGNORECASE)
_DENIAL = re.compile(
    r"n't\b|\b(?:(?<!must )(?:not|no)(?! (?:more|less|fewer|greater|to exceed|exceed))|cannot|none|neither|nor|never|"
    r"without|fail(?:s|ed)?|lacks?|absence|unlikely|little|unable|independent|unaffected|unchanged|ineffective|"
    r"contraindicat\w+|avoid\w*)\b",
    re.IGNORECASE,
)
_LENIENCE = 0.5
"""Power of the coverage in the score: below 1, so that what a quote denies weighs more than how it words it."""
PEOPLE = frozenset("renal hepatic pregnant lactation pediatric geriatric infant neonate adolescent".split())
"""Words, as stems, for groups of patients to whom labels limit what they say."""
_ADVICE = frozenset(map(stem, "contraindicated recommended avoid".split()))
_FORBIDDEN = frozenset(map(stem, "contraindicated avoid".split()))
_DRUG = "thedrug"
_BY = re.compile(r"\b(?:be|is|are|was|were|been) \w+(?:ed|t) by\b", re.IGNORECASE)
_PASSIVE = re.compile(
    r"^(?P<target>.+?) (?:(?P<may>may|can|could) be|is|are|was|were) (?P<verb>\w+(?:ed|t)) by (?P<actor>[\w -]+?)"
    r"(?P<rest>,? (?:in|at|with|during|when|if) .+)?\.?$"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a claim rests on: the words of a quote, and what stands around them."""

    text: str
    context: str = ""
    """Caption and heads of its table, headings of its section."""
    drugs: tuple[str, ...] = ()
    """Drugs of its document, if it is a label: the quote speaks of them without naming them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found."""

    support: Support
    score: float
    """0 to 1: share of the claim that is covered, lowered by each fact that differs."""
    reasons: tuple[str, ...]
    """What differs or is missing, in words; empty where the claim is supported."""
    lacking: tuple[str, ...] = ()
    """Plain words of the claim, as stems, that the quotes do not hold, where these are all that is wrong."""
    is_moved: bool = False
    """True where all that differs is which of the claim's drugs stands where in the quotes."""
    agreement: float = 1.0
    """1, halved for each fact that differs and where only one of claim and quotes denies: what no wording makes up for.
    Times the cosine of claim and quote it tells supported claims from others best (``eval/bench/support_check``)."""

    @property
    def is_open(self) -> bool:
        """True where only plain words are not covered: no fact differs, and a judge may decide."""
        return bool(self.lacking)


def is_verbatim(quote: Quote) -> bool:
    """True where the quote's words stand at its offsets in its document."""
    return bool(quote.text) and quote.text == quote.document.text[quote.start : quote.end]


def grounds_of(quotes: Sequence[Quote]) -> tuple[Ground, ...]:
    """What quotes say where they stand; a quote whose words are not at its offsets is no ground."""
    return tuple(
        Ground(
            quote.text,
            "\n".join(filter(None, (*quote.section.path, quote.context.text if quote.context else ""))),
            quote.document.drugs,
        )
        for quote in quotes
        if is_verbatim(quote)
    )


def check(claim: str, grounds: Sequence[Ground], names: Mapping[str, str]) -> Checked:
    """What ``grounds`` make of ``claim``.

    Args:
        claim: one sentence.
        grounds: the quotes with their context; none at all leaves a claim unverified.
        names: names of drugs in lower case, words joined by single spaces, to the drug that each stands for.
    """
    checked = _check(claim, grounds, names)
    passive = _PASSIVE.match(claim.strip())
    texts = [ground.text for ground in grounds]
    if not passive or any(_BY.search(text) for text in texts) or _denies(claim) != _denies(*texts):
        return checked
    said = f"{passive['actor']} {passive['may'] or ''} {passive['verb']} {passive['target']}{passive['rest'] or ''}"
    active = _check(said, grounds, names)
    decides = Support.CONTRADICTED if checked.support is Support.SUPPORTED else Support.SUPPORTED
    return active if active.support is decides else checked


def _check(claim: str, grounds: Sequence[Ground], names: Mapping[str, str]) -> Checked:
    said = places(tokens(claim, names))
    if not said.tokens or not grounds:
        return Checked(Support.UNVERIFIED, 0.0, ("nothing to check" if grounds else "no quote",))
    quoted = places(tuple(token for ground in grounds for token in (*tokens(ground.text, names), BORDER)))
    around = {token.form for ground in grounds for token in tokens(ground.context, names)}
    around |= {part for ground in grounds for drug in ground.drugs for part in _drugs(names.get(drug, drug)) | {drug}}
    turned: list[str] = []
    missing: list[str] = []
    weight = covered = 0.0
    uncovered: list[str] = []
    moved = 0
    for at, token in enumerate(said.tokens):
        share = _weight(token)
        weight += share
        finding = _find(at, said, quoted, around)
        covered += share * finding.covered
        turned += [finding.turned] if finding.turned else []
        moved += bool(finding.turned and finding.covered and token.kind == "drug")
        missing += [finding.missing] if finding.missing else []
        uncovered += [token.form] if finding.missing and not finding.covered and token.kind == "word" else []
    coverage = covered / weight if weight else 0.0
    if (
        _EXCEPTION.search(" ".join(ground.text for ground in grounds))
        and not _EXCEPTION.search(claim)
        and coverage > 0.9
    ):
        missing.append("the quote makes an exception")
    if _denies(claim) and not _denies(*(f"{ground.context} {ground.text}" for ground in grounds)):
        missing.append("the claim denies something, the quote nothing")
    if _ONLY.search(claim) and not _ONLY.search(" ".join(f"{ground.context} {ground.text}" for ground in grounds)):
        missing.append("the claim limits something, the quote does not")
    if omitted := _omitted(said, quoted):
        missing.append(f"the quote speaks of {omitted} patients only")
    turned += _other_roles(claim, grounds, said, names)
    reasons = tuple(dict.fromkeys((*turned, *missing)))
    agreement = 0.5 ** (min(len(turned), 3) + bool(reasons and _points_elsewhere(claim, said, grounds, quoted)))
    score = coverage**_LENIENCE * agreement
    foreign = any(reason.startswith("drug") for reason in missing)
    if turned and coverage >= _OVERLAP:
        is_moved = moved == len(turned) == len(reasons)
        return Checked(Support.CONTRADICTED, score, reasons, is_moved=is_moved, agreement=agreement)
    if not reasons:
        return Checked(Support.SUPPORTED, score, (), agreement=agreement)
    support = Support.PARTLY if coverage >= PARTLY and not foreign and not turned else Support.UNVERIFIED
    is_open = not turned and len(uncovered) == len(missing)
    return Checked(support, score, reasons, tuple(uncovered) if is_open else (), agreement=agreement)


def _other_roles(claim: str, grounds: Sequence[Ground], said: Places, names: Mapping[str, str]) -> list[str]:
    """Roles that the claim gives a drug and the quotes do not: "inhibits CYP3A4" of "has little effect on CYP3A4"."""
    if not mentions_target(claim):
        return []
    differ: list[str] = []
    for drug in dict.fromkeys(part for token in said.tokens if token.kind == "drug" for part in _drugs(token.form)):
        theirs = {_bare(role) for ground in grounds for role in roles_of(drug, ground.text, names)}
        own = {_bare(role) for role in roles_of(drug, claim, names)} if theirs else set()
        differ += [f"{drug} as {_said_role(role)} is not what the quote has" for role in own - theirs]
    return sorted(differ)


def roles_of(drug: str, text: str, names: Mapping[str, str]) -> list[Role]:
    """The roles that ``text`` gives a drug under any of its names."""
    spelled = tuple(sorted({drug, *(name for name, of in names.items() if drug in _drugs(of))}))
    # one stand-in for all names: templates for each name would have to be compiled anew, which takes .1 s
    return roles_in(pattern_of(spelled).sub(_DRUG, searchable(text)), (_DRUG,))


def _bare(role: Role) -> Role:
    return replace(role, strength=None)


def _said_role(role: Role) -> str:
    return f"{'no ' if role.negated else ''}{role.part.value} of {role.target}"


def _omitted(said: Places, quoted: Places) -> str:
    """People to whom the quotes limit an advice and the claim does not; "" for none."""
    forms, theirs = ({token.form for token in places.tokens} for places in (said, quoted))
    is_advice = forms & _ADVICE or any(token.unit.startswith(("mg", "mcg")) for token in said.tokens)
    limits = theirs & PEOPLE
    return min(limits) if is_advice and limits and not forms & PEOPLE else ""


def _points_elsewhere(claim: str, said: Places, grounds: Sequence[Ground], quoted: Places) -> bool:
    """True where one of claim and quotes denies, or one says up and the other down; both at once say the same."""
    up_or_down = [{token.form for token in places.tokens} & {"up", "down"} for places in (said, quoted)]
    opposed = all(up_or_down) and not up_or_down[0] & up_or_down[1]
    return (_denies(claim) != _denies(*(ground.text for ground in grounds))) != opposed


def _denies(*texts: str) -> bool:
    return any(_DENIAL.search(text) for text in texts)


@dataclass(frozen=True, slots=True)
class _Finding:
    covered: float
    turned: str = ""
    missing: str = ""


def _find(at: int, said: Places, quoted: Places, around: set[str]) -> _Finding:
    """What the quotes have for one token of the claim."""
    token = said.tokens[at]
    own = [j for j, other in enumerate(quoted.tokens) if _is_same(token, other)]
    rivals = [j for j, other in enumerate(quoted.tokens) if _is_other(token, other)]
    own_best = max(((said.likeness(at, quoted, j), j) for j in own), default=(-1.0, -1))
    rival_best = max(((said.likeness(at, quoted, j), j) for j in rivals), default=(-1.0, -1))
    if not own and token.kind == "number" and not token.unit:
        bare = [j for j in rivals if quoted.tokens[j].value == token.value]
        if bare:
            return _Finding(1.0, missing=f"{_said(token)} where the quote has {_said(quoted.tokens[bare[0]])}")
    if own:
        other = quoted.tokens[own_best[1]]
        if rivals and rival_best[0] > own_best[0] + _MARGIN:
            return _Finding(1.0, f"{_said(token)} where the quote has {_said(quoted.tokens[rival_best[1]])}")
        if token.bound != other.bound:
            if {token.bound, other.bound} in ({"<", ">"}, {"≤", "≥"}, {"<", "≥"}, {">", "≤"}):
                return _Finding(1.0, f"{_said(token)} where the quote has {_said(other)}")
            return _Finding(1.0, missing=f"{_said(token)} where the quote has {_said(other)}")
        differs = token.negated != other.negated and denied(said, at) != denied(quoted, own_best[1])
        if differs and _forbids(said) == _forbids(quoted):
            reason = f'"{token.form}" is denied in only one of claim and quote'
            is_there = own_best[0] >= min(_LIKE, len(said.tokens) / 4)
            return _Finding(1.0, reason) if is_there else _Finding(1.0, missing=reason)
        return _Finding(1.0)
    if token.kind == "drug":
        if _drugs(token.form) <= around or token.form in around:
            return _Finding(1.0)
        return _Finding(0.0, missing=f"drug {token.form} is not named in the quote")
    if rivals and rival_best[0] >= _NEAR:
        return _Finding(0.0, f"{_said(token)} where the quote has {_said(quoted.tokens[rival_best[1]])}")
    if token.form in around and not token.negated:  # a heading names a subject and denies nothing
        return _Finding(1.0)
    return _Finding(0.0, missing="" if token.is_soft else f'"{_said(token)}" is not in the quote')


def _is_same(token: Token, other: Token) -> bool:
    if token.kind != other.kind:
        return False
    if token.kind == "drug":
        return bool(_drugs(token.form) & _drugs(other.form))
    if token.kind != "number" or token.form == other.form:
        return token.form == other.form
    a, b = _FACTORS.get(token.unit), _FACTORS.get(other.unit)
    return bool(a and b and a[0] == b[0] and abs(token.value * a[1] - other.value * b[1]) < 1e-9)


def _is_other(token: Token, other: Token) -> bool:
    """True where ``other`` stands for something else that could stand in the token's place."""
    if token.kind != other.kind or _is_same(token, other):
        return False
    if token.kind == "number":
        return token.unit == other.unit or token.value == other.value
    return token.kind != "word" or is_rival(token.form, other.form)


def _forbids(places: Places) -> bool:
    """True where a word forbids: "is contraindicated" says without "not" what "should not be given" says with it."""
    return any(token.form in _FORBIDDEN for token in places.tokens)


def _drugs(form: str) -> set[str]:
    return set(form.split(" + "))


def _weight(token: Token) -> float:
    if token.kind != "word":
        return 2.0
    return 0.3 if token.is_soft else 1.0


def _said(token: Token) -> str:
    return f"{token.bound} {token.form}".strip()
