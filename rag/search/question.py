"""A question understood: which drugs, what about them, and whether two are asked about together.

A drug is looked up under its name as the corpus has it, then as a name with a typing error (``spelling``); what is no
drug can be a class (``classes``), also in the words of a patient (``lay``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.index.index import Index
from rag.records import Kind, Query
from rag.search.intents import intents_of, is_intent_word
from rag.search.plain_words import is_plain
from rag.search.reading import Spelled, class_spans, spelled_out
from rag.search.sides import bare_sides, sides_of
from rag.search.stop import STOP
from rag.search.subjects import Subject, narrowed, subject_of
from rag.text import words

__all__ = ["Subject", "Understood", "understand"]

_JOINING = frozenset("with and plus alongside while on or to".split())
"""Words that join a drug and a class: one of them stands between the two."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The query, with what search needs beside it."""

    query: Query
    subjects: tuple[Subject, ...]
    terms: tuple[str, ...]
    """Words to search for, drug names and stop words left out."""
    unknown: tuple[str, ...]
    """Words that stand where a drug stands and that no document of the corpus holds."""
    notices: tuple[str, ...] = ()
    """What a word could be that was not read as another name, for the person who asked."""

    @property
    def telling(self) -> tuple[str, ...]:
        """The terms that do more than say what kind of thing is asked."""
        return tuple(term for term in self.terms if len(term) > 3 and not is_intent_word(term))


def understand(question: str, index: Index, drugs: Sequence[str] = ()) -> Understood:
    """Resolves drugs, intents and pairs of ``question`` against the names of the corpus.

    ``drugs`` (from the user, ``--drug``) come first and are looked up even where the question does not name them.
    """
    tokens = words(question)
    spelled = spelled_out(tokens, index)
    subjects: list[Subject] = []
    notices = list(spelled.notices)
    for drug in drugs:
        own = words(drug)
        read = spelled_out(own, index)
        notices += read.notices
        if own:
            names = index.names([" ".join(own)]) or index.names([" ".join(read.tokens)])
            subjects.append(subject_of(" ".join(own), names, index, " ".join(read.tokens)))
    for match in spelled.matches:
        subject = subject_of(match.of(tokens), match.names, index, match.of(spelled.tokens))
        if not any(subject.match.matched == other.match.matched and subject.match.matched for other in subjects):
            subjects.append(subject)
    intents = intents_of(question)
    is_pair = False
    if len(subjects) < 2 and (sides := sides_of(question)):
        subjects, is_pair = _with_sides(subjects, sides, spelled, index)
    elif len(subjects) == 1 and (sides := bare_sides(question, subjects[0].match.name)):
        subjects, is_pair = _with_sides(subjects, sides, spelled, index)
    elif len(subjects) >= 2:
        is_pair = True
    if len(subjects) < 2:
        subjects, is_pair = _with_others(subjects, spelled, is_pair, index)
    covered = {position for match in spelled.matches for position in range(match.first, match.last)}
    other = {word for subject in subjects for word in subject.match.name.split()}
    left = [token for position, token in enumerate(tokens) if position not in covered and token not in STOP]
    unknown = () if subjects else tuple(_strangers(left, question, index))
    terms = [word for word in left if word not in other or not subjects]
    terms += [word for subject in subjects for word in subject.read_as.split()]
    query = Query(question, tuple(subject.match for subject in subjects), intents, is_pair)
    return Understood(query, tuple(subjects), tuple(dict.fromkeys(terms)), unknown, tuple(dict.fromkeys(notices)))


def _with_others(subjects: list[Subject], spelled: Spelled, is_pair: bool, index: Index) -> tuple[list[Subject], bool]:
    """What the question is about beside the drugs of the corpus: a medicine without a label, a class.

    Beside a drug a class counts only where a word joins the two; "the ACE inhibitor lisinopril" is one drug. Alone it
    counts where a label speaks of it.
    """
    found = list(subjects)
    for at in spelled.alone:
        if not any(spelled.said[at] in subject.match.name.split() for subject in found):
            found.append(subject_of(spelled.said[at], (), index, spelled.tokens[at]))
    if len(found) >= 2:
        return found[:2], True
    taken = [(match.first, match.last) for match in spelled.matches] + [(at, at + 1) for at in spelled.alone]
    spans = [
        span
        for span in class_spans(spelled.tokens)
        if not any(first < span.last and span.first < last for first, last in taken)
    ]
    of_spans = [
        subject_of(" ".join(spelled.said[s.first : s.last]), (), index, " ".join(spelled.tokens[s.first : s.last]))
        for s in spans
    ]
    if found:
        for span, subject in zip(spans, of_spans, strict=True):
            if any(_joined(spelled.tokens, (span.first, span.last), other) for other in taken):
                return [*found, subject], True
    elif len(spans) == 1 and _has_label_on(of_spans[0], index):
        return of_spans, is_pair
    elif len(spans) == 2 and _joined(spelled.tokens, (spans[0].first, spans[0].last), (spans[1].first, spans[1].last)):
        return of_spans, True
    return found, is_pair


def _joined(tokens: Sequence[str], one: tuple[int, int], other: tuple[int, int]) -> bool:
    (_, end), (start, _) = sorted((one, other))
    return not _JOINING.isdisjoint(tokens[end:start])


def _has_label_on(subject: Subject, index: Index) -> bool:
    rows = index.rows(index.words.documents_naming(subject.names))
    return any(row.kind is Kind.LABEL for row in rows.values())


def _with_sides(
    subjects: list[Subject], sides: tuple[str, str], spelled: Spelled, index: Index
) -> tuple[list[Subject], bool]:
    """Both sides of a pair, the unresolved one as its bare words."""
    filled: list[Subject] = []
    for side in sides:
        resolved = next((s for s in subjects if s.match.name in side or side in s.match.name), None)
        if resolved is None:
            if all(word in STOP for word in side.split()):
                return subjects, False
            read = _read_side(side, spelled)
            resolved = subject_of(side, index.names([read]), index, read)
        if resolved not in filled:
            filled.append(resolved)
    filled = [narrowed(subject, filled, index) for subject in filled]
    if len(filled) < 2 or not any(subject.is_known for subject in filled) and not subjects:
        return (filled if len(filled) == 2 else subjects), len(filled) == 2
    return filled, True


def _read_side(side: str, spelled: Spelled) -> str:
    """A side of a pair without its typing errors."""
    read = dict(zip(spelled.said, spelled.tokens, strict=True))
    return " ".join(read.get(word, word) for word in side.split())


def _strangers(left: Sequence[str], question: str, index: Index) -> list[str]:
    """Words that no document holds and that can be names: no plain English, unless a capital makes a name of it."""
    return [
        word
        for word in left
        if len(word) > 3
        and not is_intent_word(word)
        and (not is_plain(word) or re.search(rf"[a-z,] {re.escape(word.capitalize())}\b", question))
        and not index.words.naming([word], limit=1)
    ]
