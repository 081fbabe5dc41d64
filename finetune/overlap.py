"""What training must keep clear of: the words of questions that judge, and sentences that read nearly the same.

Questions and their answers by fingerprints (``eval.fingerprints``: a run of eight words in common); near copies by
MinHash over runs of five words (Broder 1997; datasketch), each find checked with the exact Jaccard similarity. Not
covered: the same thing said in other words.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from eval import sets
from eval.fingerprints import Fingerprints, fingerprints
from eval.questions import Question
from rag.errors import ModelMissing
from rag.text import words

_RUN = 5
LONG_RUN = 13
"""Words of a run that no two texts share by chance (Brown et al. 2020, appendix C)."""
NEAR = 0.8
"""Jaccard similarity from which on two texts are near copies."""
_PERMUTATIONS = 64


@lru_cache(maxsize=200_000)
def runs(text: str, length: int = _RUN) -> frozenset[str]:
    """The runs of ``length`` words of a text; the whole of a shorter one."""
    said = words(text)
    return (
        frozenset(" ".join(said[at : at + length]) for at in range(max(len(said) - length + 1, 1)))
        if said
        else frozenset()
    )


class Copies:
    """Texts among which near copies are looked for."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Hashes each text once.

        Raises:
            ModelMissing: datasketch is not installed.
        """
        try:
            from datasketch import MinHashLSH
        except ImportError as error:
            raise ModelMissing(
                "near copies are found by datasketch, which is not installed; run: pip install 'rxcite[finetune]'"
            ) from error
        self._found = MinHashLSH(threshold=NEAR - 0.1, num_perm=_PERMUTATIONS)
        self._texts = [text for text in dict.fromkeys(texts) if runs(text)]
        for place, text in enumerate(self._texts):
            self._found.insert(place, _hashed(text))

    def holds(self, text: str) -> bool:
        """True where one of the texts is a near copy of ``text``."""
        own = runs(text)
        if not own or not self._texts:
            return False
        for place in self._found.query(_hashed(text)):
            other = runs(self._texts[place])
            if len(own & other) >= NEAR * len(own | other):
                return True
        return False


@cache
def _empty() -> Any:
    from datasketch import MinHash

    return MinHash(num_perm=_PERMUTATIONS, seed=1)


def _hashed(text: str) -> Any:
    made = _empty().copy()  # drawing the permutations anew takes most of the time
    made.update_batch([run.encode() for run in runs(text)])
    return made


class Kept:
    """The question sets that training must not touch."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Reads the sets that ship with rxcite, and ``files``."""
        paths = [*(sets.path_of(name) for name in sets.shipped()), *files]
        self.questions: tuple[Question, ...] = tuple(q for path in paths for q in sets.read(path).questions)
        self._prints: Fingerprints = fingerprints(self.questions)
        self._asked = Copies(question.question for question in self.questions)
        gold = (one.text for question in self.questions for one in question.gold if one.text)
        told = (text for question in self.questions for text in (question.answer or "", *question.facts))
        self._answers = Copies(text for text in (*gold, *told) if len(words(text)) >= _RUN)

    def holds_question(self, text: str) -> bool:
        """True where a question of the sets, or a near copy, is asked."""
        return self._prints.holds(text) or self._asked.holds(text)

    def holds_answer(self, text: str) -> bool:
        """True where a gold sentence or an answer of the sets, or a near copy, is the target."""
        return self._answers.holds(text)
