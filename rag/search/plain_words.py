"""Which words are plain English, so that nobody takes them for the name of a medicine that the corpus lacks.

The list is the vocabulary of the default encoder's tokenizer (BERT, uncased: 30,522 pieces, most of them the commonest
English words); names of medicines are too rare to be in it as a whole, but for a few (insulin, lithium, cocaine).
"""

from functools import cache

from rag.index.encoder import DEFAULT, folder_of
from rag.search.spelling import MEDICINES

_ENDINGS = (("rs", "d"), ("r", "d"), ("s", ""), ("ing", "ed"), ("ing", ""), ("ly", ""))
"""What a word ends with, and how a plain form of it ends instead: "prescribers", "prescribed"."""


def is_plain(word: str) -> bool:
    """True for a common English word, in lower case, or a form of one; False for every medicine known here."""
    if word in MEDICINES:
        return False
    forms = (word, *(word.removesuffix(end) + other for end, other in _ENDINGS if word.endswith(end)))
    return any(form in _vocabulary() for form in forms)


@cache
def _vocabulary() -> frozenset[str]:
    """Whole words of the tokenizer; the package is always installed, whichever encoder an index uses."""
    lines = (folder_of(DEFAULT) / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line.isalpha() and len(line) > 2)
