"""A question understood: which drugs, what about them, and whether two are asked about together."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.index.index import DocumentRow, Index, Name
from rag.records import DrugMatch, Kind, Query
from rag.search.intents import intents_of, is_intent_word
from rag.text import searchable, words

_LONGEST = 7
"""Words of the longest drug name looked up ("amlodipine besylate and olmesartan medoxomil" has six)."""

STOP = frozenset(
    """a about after all also am an and any are as at be because been before being between both but by can could did do
    does drug drugs during each effect effects for from get give given had has have having he her his how i if in
    into is it its just kind know label labels long many may me medication medicine medicines might more most much
    must my need no not of on one only or other our out over patient patients people please pill pills prescribe
    prescribed safe safely say says she should since so some such take taken takes taking tell than that the their
    them then there these they thing this those through to too under up use used user using very was we were what
    when where which while who whom why will with without would you your dose doses dosage tablet tablets tab
    capsule capsules mg interact interacts interaction interactions between together combination avoid okay ok""".split()
)
"""Words of a question that name no drug and point to nothing."""

_FILLERS = frozenset(
    """agent agents containing contain contains substance substances product products preparation preparations formulation
    formulations compound compounds known certain type types group route class classes therapy treatment system like""".split()
)
"""Words of a description that say nothing of what is described."""

_PAIR = (
    r"interactions? (?:between|of|for) (?P<a>.+?) (?:and|with|&|plus) (?P<b>.+)",
    r"(?:do|does|can|could|will|would|might|may) (?P<a>.+?) (?:interact|be"
    r" (?:taken|used|given|combined|mixed|co-?administered|prescribed)|"
    r"combine|go) (?:together )?(?:with|and|alongside) (?P<b>.+)",
    r"(?:do|does|can|will|would) (?P<a>.+?) and (?P<b>.+?) (?:interact|be (?:taken|used|given|combined)|go"
    r" together|mix).*",
    r"(?:is|are) (?:it )?(?:safe|ok|okay|possible|dangerous|advisable) (?:to"
    r" (?:take|use|give|combine|prescribe|mix) )?(?P<a>.+?) (?:with|and|together with) (?P<b>.+)",
    r"(?:can|may|should) (?:i|one|we|you|patients?|a patient|someone) (?:take|use|give|have|combine)"
    r" (?P<a>.+?) (?:with|and|together with|while (?:taking|on)) (?P<b>.+)",
    r"(?P<a>.+?) (?:and|with|\+|plus|vs\.?|versus) (?P<b>.+?) (?:drug )?interactions?",
    r"(?:take|taking|combine|combining|use|using|give|giving|mix|mixing) (?P<a>.+?) (?:with|and|together with)"
    r" (?P<b>.+)",
)
_PAIRS = tuple(re.compile(rf"(?:^|.*?\b){pattern}$", re.IGNORECASE) for pattern in _PAIR)
_TRAILING = re.compile(
    r"\s+(?:together|safely|at the same time|in combination|concomitantly|interact|interactions?)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A drug (or another thing) that the question asks about."""

    match: DrugMatch
    names: tuple[str, ...]
    """Under which it may stand in a text, in the form of ``rag.text.words`` joined by spaces."""
    documents: tuple[int, ...]
    """Rows of its labels, those that speak first in front; empty where the corpus has none."""
    asked: tuple[int, ...]
    """Of these, the labels that bear the very name of the question (a brand); all of them for a generic name."""
    description: tuple[str, ...] = ()
    """Words of a thing that has no name in the corpus; empty for a name."""

    @property
    def said(self) -> str:
        """The words of the question."""
        return self.match.name

    @property
    def is_known(self) -> bool:
        """True where the corpus has a label of it."""
        return bool(self.documents)


@dataclass(frozen=True, slots=True)
class Understood:
    """The query, with what search needs beside it."""

    query: Query
    subjects: tuple[Subject, ...]
    terms: tuple[str, ...]
    """Words to search for, drug names and stop words left out."""
    unknown: tuple[str, ...]
    """Words that stand where a drug stands and that no document of the corpus holds."""


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    last: int
    names: tuple[Name, ...]


def understand(question: str, index: Index, drugs: Sequence[str] = ()) -> Understood:
    """Resolves drugs, intents and pairs of ``question`` against the names of the corpus.

    ``drugs`` (from the user, ``--drug``) come first and are looked up even where the question does not name them.
    """
    said = [" ".join(words(drug)) for drug in drugs]
    tokens = words(question)
    matches = _lookup(tokens, index)
    subjects = [_subject(drug, index.names([drug]), index) for drug in said if drug]
    for match in matches:
        name = " ".join(tokens[match.first : match.last])
        subject = _subject(name, match.names, index)
        if not any(subject.match.matched == other.match.matched and subject.match.matched for other in subjects):
            subjects.append(subject)
    intents = intents_of(question)
    is_pair = False
    if len(subjects) < 2 and (sides := _sides(question)):
        subjects, is_pair = _with_sides(subjects, sides, index)
    elif len(subjects) >= 2:
        is_pair = True
    covered = {position for match in matches for position in range(match.first, match.last)}
    other = {word for subject in subjects for word in subject.match.name.split()}
    left = [token for position, token in enumerate(tokens) if position not in covered and token not in STOP]
    unknown = () if subjects else tuple(word for word in _strangers(left, index))
    terms = [word for word in left if word not in other or not subjects]
    query = Query(question, tuple(subject.match for subject in subjects), intents, is_pair)
    return Understood(query, tuple(subjects), tuple(dict.fromkeys(terms)), unknown)


def _lookup(tokens: Sequence[str], index: Index) -> list[_Match]:
    """The longest drug names in the question, none overlapping another."""
    grams: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(tokens)):
        for last in range(first + 1, min(first + _LONGEST, len(tokens)) + 1):
            if last - first == 1 and (tokens[first] in STOP or len(tokens[first]) < 3):
                continue
            grams.setdefault(" ".join(tokens[first:last]), []).append((first, last))
    by_norm: dict[str, list[Name]] = {}
    for name in index.names(list(grams)):
        by_norm.setdefault(name.norm, []).append(name)
    spans = sorted(
        ((last - first, first, last, norm) for norm in by_norm for first, last in grams[norm]),
        key=lambda s: (-s[0], s[1]),
    )
    taken: set[int] = set()
    found: list[_Match] = []
    for _, first, last, norm in spans:
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            found.append(_Match(first, last, tuple(by_norm[norm])))
    return sorted(found, key=lambda match: match.first)


def _subject(name: str, names: Sequence[Name], index: Index) -> Subject:
    """A drug from the names that it was found under; a brand asks for its own label first, a component for any."""
    whole = [n for n in names if n.kind != "component"]
    found = whole or list(names)
    if not found:
        telling = tuple(word for word in name.split() if word not in _FILLERS and word not in STOP)
        if len(telling) == 1:
            return Subject(DrugMatch(name, name, 0), (*_variants(name), *_variants(telling[0])), (), ())
        return Subject(DrugMatch(name, name, 0), _variants(name), (), (), telling)
    drug = Counter(n.drug for n in found).most_common(1)[0][0] if whole else name
    rows = {n.document for n in found if not whole or n.drug == drug}
    family = {n.document for n in index.names_of_drug(drug)} if whole else set()
    known = index.rows(sorted(rows | family))
    order = sorted(
        (row for row in known.values() if row.kind is Kind.LABEL),
        key=lambda row: (row.row not in rows, *speaks_first(row)),
    )
    # a component names its combination no more than "aspirin" names every product with aspirin in it
    terms = {n.norm for n in index.names_of_drug(drug) if n.kind != "component"} if whole else {name}
    terms = {term for term in terms if len(term) > 2} | set(_variants(name))
    documents = tuple(row.row for row in order)
    return Subject(
        DrugMatch(name, drug, len(documents)), tuple(sorted(terms)), documents, tuple(r for r in documents if r in rows)
    )


def speaks_first(row: DocumentRow) -> tuple[bool, bool, str]:
    """Sort key: the reference product, then original packagers, then the newest (copies can be old in text)."""
    return (not row.reference, not row.original, "".join(chr(255 - ord(c)) for c in row.effective or ""))


def _variants(name: str) -> tuple[str, ...]:
    """A name with and without the plural: "diuretic", "diuretics"."""
    forms = [name]
    if len(name) > 4:
        forms.append(name[:-1] if name.endswith("s") and not name.endswith("ss") else f"{name}s")
        if name.endswith("ies"):
            forms.append(f"{name[:-3]}y")
    return tuple(forms)


def _sides(question: str) -> tuple[str, str] | None:
    """The two sides of a question of the form "does A interact with B?"."""
    plain = " ".join(searchable(question).strip(" ?!.").split())
    for pattern in _PAIRS:
        if match := pattern.match(plain):
            a, b = (_trimmed(match.group(side)) for side in ("a", "b"))
            if a and b:
                return a, b
    return None


def _trimmed(side: str) -> str:
    side = _TRAILING.sub("", side)
    side = re.sub(r"^(?:the|a|an|my|taking|use of|drug|drugs like|patients? on)\s+", "", side.strip())
    found = words(side)
    return " ".join(found) if 0 < len(found) <= 8 else ""


def _with_sides(subjects: list[Subject], sides: tuple[str, str], index: Index) -> tuple[list[Subject], bool]:
    """Both sides of a pair, the unresolved one as its bare words."""
    filled: list[Subject] = []
    for side in sides:
        resolved = next((s for s in subjects if s.match.name in side or side in s.match.name), None)
        if resolved is None:
            if all(word in STOP for word in side.split()):
                return subjects, False
            resolved = _subject(side, index.names([side]), index)
        if resolved not in filled:
            filled.append(resolved)
    if len(filled) < 2 or not any(subject.is_known for subject in filled) and not subjects:
        return (filled if len(filled) == 2 else subjects), len(filled) == 2
    return filled, True


def _strangers(left: Sequence[str], index: Index) -> list[str]:
    return [
        word for word in left if len(word) > 3 and not is_intent_word(word) and not index.words.naming([word], limit=1)
    ]
