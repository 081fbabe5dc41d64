"""Drugs, classes and other things that label text names: a vocabulary read off the labels themselves.

Beside the names and classes that an index knows, labels name what has no label here ("grapefruit juice", "strong
CYP3A4 inhibitors", "drugs that prolong the QT interval"): headings, rows and lists of their interaction sections.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from rag.search import classes
from rag.search.stop import STOP
from rag.text import searchable, stem, words

_LONGEST = 8
"""Words of a phrase."""
_LIST = re.compile(r"(?:such as|including|e\.g\.,?|for example,?|\blike)\s+([^.;:()\[\]\n|]{3,240})")
_AND = re.compile(r",?\s+(?:and|or)\s+|\s*[,/]\s*")
_ENZYME = r"(?:cyp ?[\w-]+|cytochrome p-?450(?: [\w-]+)?|p-?gp|p-glycoprotein|oatp[\w/-]*|bcrp|ugt[\w-]*|mao(?:-[ab])?)"
_AGENTS = (
    re.compile(
        rf"(?:(?:strong|moderate|weak|potent|dual)\s+)?{_ENZYME}(?:(?: and |/| or ){_ENZYME})?\s+(?:enzyme\s+)?"
        r"(?:inhibitors?|inducers?|substrates?)"
    ),
    re.compile(rf"(?:strong |moderate |potent )?(?:inhibitors?|inducers?|substrates?) of (?:the )?{_ENZYME}"),
    re.compile(
        r"(?:drugs|agents|medications|medicines|products) (?:that|which|known to|containing|metabolized by)"
        r" [a-z][\w\s-]{4,60}?(?=[,.;:()\[\]]|$)"
    ),
    re.compile(
        r"(?:[a-z][\w-]+ ){0,2}(?:inhibitors|inducers|blockers|antagonists|agonists|diuretics|anesthetics|antibiotics|"
        r"antacids|supplements|contraceptives|vaccines|steroids|depressants|relaxants|salts|hormones|resins|agents)"
    ),
)
_PRINTED = re.compile(r"^[\s\d.()*•-]+|[\s.:*†‡§]+$")
_NO_NAMES = frozenset(
    """patients patient use effects effect therapy treatment drugs drug agents agent medication medications medicine
    medicines other others same these those such table clinical adverse reactions reaction concomitant interaction
    interactions increased decreased dose doses dosage general information water product products warnings precautions
    risk section studies tablets tablet capsules oral injection solution women men children adults elderly label disease
    following certain both some many several inhibitors inducers substrates inhibitor inducer substrate two three
    all any each avoided absorption intervention impact examples blockers antagonists agonists transporters binding
    protein management clinical avoid hiv etc usp food blood pain fever death patients' conditions symptoms monitoring
    overview""".split()
)
"""Words that alone are no name."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that a text holds."""

    phrase: str
    """Words joined by spaces, as ``rag.text.words`` has them."""
    said: str
    """As the text writes it, in lower case."""
    start: int
    """In the searchable text."""
    end: int


class Vocabulary:
    """Phrases that name something."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Keeps those of at most eight words that say more than that there are drugs."""
        self._phrases = frozenset(phrase for phrase in phrases if is_name(phrase))

    def __len__(self) -> int:
        """How many phrases there are."""
        return len(self._phrases)

    def mentions(self, text: str) -> Iterator[Mention]:
        """The phrases in ``text``, the longest of those that overlap."""
        plain = searchable(text)
        found = list(re.finditer(r"[^\W_]+", plain))
        at = 0
        while at < len(found):
            for size in range(min(_LONGEST, len(found) - at), 0, -1):
                phrase = " ".join(match.group() for match in found[at : at + size])
                if phrase in self._phrases:
                    start, end = found[at].start(), found[at + size - 1].end()
                    if end - start <= len(phrase) + 6:  # nothing but marks between its words
                        yield Mention(phrase, plain[start:end], start, end)
                        at += size - 1
                        break
            at += 1


def is_name(phrase: str) -> bool:
    """True for a phrase that may name a drug, a class or another thing."""
    parts = phrase.split()
    telling = [part for part in parts if part not in _NO_NAMES and part not in STOP and len(part) > 2]
    return bool(telling) and len(parts) <= _LONGEST and not parts[0].isdigit() and parts[0] not in STOP


def phrases(text: str) -> Iterator[str]:
    """Phrases of an interaction section that its wording marks as names."""
    plain = searchable(text)
    for found in _LIST.finditer(plain):
        for part in _AND.split(found.group(1)):
            if 1 <= len(said := words(part)) <= 3 and not any(word in STOP for word in said):
                yield " ".join(said)
    for pattern in _AGENTS:
        for found in pattern.finditer(plain):
            yield " ".join(words(found.group()))


def heading(text: str) -> str:
    """The phrase of a heading or of a row's first cell: "7.3 Digoxin" -> "digoxin"; "" where it is no name."""
    said = words(_PRINTED.sub("", text))
    return " ".join(said) if 1 <= len(said) <= 5 and not any(word in STOP for word in said) else ""


@cache
def forms(phrase: str) -> tuple[str, ...]:
    """A phrase and the other names of its class."""
    named = classes.called(phrase)
    return tuple(dict.fromkeys((phrase, *(named.forms if named else ()))))


@cache
def stems(phrase: str) -> frozenset[str]:
    """The telling words of a phrase, without their endings."""
    return frozenset(stem(word) for word in phrase.split() if word not in STOP)
