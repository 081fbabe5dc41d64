"""The words of a question read: the drug names among them, the classes, and the typing errors set right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.index.index import Index
from rag.index.rows import Name
from rag.search import classes, spelling, synonyms
from rag.search.intents import is_intent_word
from rag.search.plain_words import is_plain
from rag.search.sides import ends_as_medicine
from rag.search.stop import FILLERS, STOP

_LONGEST = 7
"""Words of the longest drug name looked up ("amlodipine besylate and olmesartan medoxomil" has six)."""

_CLASS_LETTERS = 6
"""Letters of the shortest class name of one word that is looked for behind a typing error ("statin")."""

_RARE_LETTERS = 7
"""Letters from which on a word that the corpus holds and that is near to a name is worth a notice."""


@dataclass(frozen=True, slots=True)
class Match:
    """Words of a question, from ``first`` to before ``last``, that are a drug's name."""

    first: int
    last: int
    names: tuple[Name, ...]

    def of(self, tokens: Sequence[str]) -> str:
        """Its words."""
        return " ".join(tokens[self.first : self.last])


@dataclass(frozen=True, slots=True)
class Spelled:
    """The words of a question with their typing errors set right, where one name alone can be meant."""

    said: tuple[str, ...]
    """The words of the question."""
    tokens: tuple[str, ...]
    """The same without the errors."""
    matches: tuple[Match, ...]
    alone: tuple[int, ...]
    """Positions of words that are a medicine, or were read as one, of which the corpus has no name."""
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassSpan:
    """Words of a question, from ``first`` to before ``last``, that are the name of a class."""

    first: int
    last: int
    phrase: str


def spelled_out(tokens: Sequence[str], index: Index) -> Spelled:
    """The words of a question, its drug names found, with or without typing errors."""
    matches = _lookup(tokens, index)
    strange = _strange(tokens, matches)
    alone = [at for at in strange if is_medicine(tokens[at])]
    if not strange:
        return Spelled(tuple(tokens), tuple(tokens), tuple(matches), (), ())
    speller = _speller(index.all_names)
    readings = [reading for position in strange if (reading := speller.read(tokens, position))]
    mended, notices = list(tokens), list[str]()
    for reading in readings:
        if index.words.naming([reading.said], limit=1):
            # the corpus itself writes so: a medicine or a plain word, and never another medicine
            if len(reading.said) < _RARE_LETTERS:
                continue
            reading = replace(reading, nearest=tuple(dict.fromkeys((reading.said, *reading.nearest))), is_sure=False)
        if reading.is_sure:
            mended[reading.position] = reading.nearest[0]
        else:
            notices.append(reading.offer)
    again = _lookup(mended, index)
    held = {position for match in again for position in range(match.first, match.last)}
    held |= {position for span in class_spans(mended) for position in range(span.first, span.last)}
    alone = [position for position in alone if position not in held]
    for position, word in enumerate(tokens):
        if mended[position] == word or position in held:
            continue
        if mended[position] in spelling.MEDICINES:
            alone.append(position)
        else:  # a word of a longer name, which is not here
            mended[position] = word
    return Spelled(tuple(tokens), tuple(mended), tuple(again), tuple(sorted(alone)), tuple(dict.fromkeys(notices)))


def is_medicine(word: str) -> bool:
    """True for a word that names a medicine or ends as their names do, whether the corpus has it or not."""
    return word in spelling.MEDICINES or synonyms.is_substance(word) or (ends_as_medicine(word) and not is_plain(word))


def class_spans(tokens: Sequence[str]) -> list[ClassSpan]:
    """The longest names of classes in the question, none overlapping another."""
    found: list[ClassSpan] = []
    first = 0
    while first < len(tokens):
        for last in range(min(first + _LONGEST, len(tokens)), first, -1):
            phrase = " ".join(tokens[first:last])
            if phrase in classes.phrases():
                found.append(ClassSpan(first, last, phrase))
                first = last - 1
                break
        first += 1
    return found


def _strange(tokens: Sequence[str], matches: Sequence[Match]) -> list[int]:
    """Positions of the words that are no name, no class, and nothing that a question is made of."""
    taken = {position for match in matches for position in range(match.first, match.last)}
    taken |= {position for found in class_spans(tokens) for position in range(found.first, found.last)}
    return [
        position
        for position, word in enumerate(tokens)
        if position not in taken
        and len(word) > 1
        and not word.isdigit()
        and word not in STOP
        and word not in FILLERS
        and not is_intent_word(word)
    ]


@lru_cache(maxsize=4)
def _speller(names: frozenset[str]) -> spelling.Speller:
    listed = {phrase for phrase in classes.phrases() if phrase.endswith("s")}  # the singular would only tie with it
    return spelling.Speller({*names, *(phrase for phrase in listed if " " in phrase or len(phrase) >= _CLASS_LETTERS)})


def _lookup(tokens: Sequence[str], index: Index) -> list[Match]:
    """The longest drug names in the question, none overlapping another."""
    grams: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(tokens)):
        for last in range(first + 1, min(first + _LONGEST, len(tokens)) + 1):
            if last - first == 1 and (tokens[first] in STOP or len(tokens[first]) < 3):
                continue
            grams.setdefault(" ".join(tokens[first:last]), []).append((first, last))
    same = {other: gram for gram in grams for other in synonyms.same_as(gram)}
    by_norm: dict[str, list[Name]] = {}
    for name in index.names([*grams, *same]):
        by_norm.setdefault(name.norm if name.norm in grams else same[name.norm], []).append(name)
    spans = sorted(
        ((last - first, first, last, norm) for norm in by_norm for first, last in grams[norm]),
        key=lambda s: (-s[0], s[1]),
    )
    taken: set[int] = set()
    found: list[Match] = []
    for _, first, last, norm in spans:
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            found.append(Match(first, last, tuple(by_norm[norm])))
    return sorted(found, key=lambda match: match.first)
