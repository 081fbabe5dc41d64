"""ROUGE (Lin, ACL workshop 2004): words that an answer and a reference have in common.

ROUGE-N: n-grams in common, each counted as often as both have it. ROUGE-L: the longest common subsequence of words of
the two texts as a whole. Words are runs of letters and digits in lower case, not stemmed. It rewards wording: an answer
with one wrong number can score high.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

from eval.measures.score import Measure, Score, unscored
from rag.text import words

if TYPE_CHECKING:
    from eval.case import Case


@dataclass(frozen=True, slots=True)
class Rouge:
    """The three figures of one ROUGE."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def rouge_n(answer: str, reference: str, n: int) -> Rouge:
    """ROUGE-N of two texts."""
    said, wanted = (Counter(zip(*(text[at:] for at in range(n)), strict=False)) for text in _words(answer, reference))
    return _rouge((said & wanted).total(), said.total(), wanted.total())


def rouge_l(answer: str, reference: str) -> Rouge:
    """ROUGE-L of two texts."""
    said, wanted = _words(answer, reference)
    return _rouge(LCSseq.similarity(said, wanted), len(said), len(wanted))


def _words(*texts: str) -> list[list[str]]:
    return [words(text) for text in texts]


def _rouge(common: int, said: int, wanted: int) -> Rouge:
    return Rouge(common / said if said else 0.0, common / wanted if wanted else 0.0)


def _of(case: "Case", rouge: Callable[[str, str], Rouge]) -> Score:
    if not case.question.answer:
        return unscored("no reference answer")
    if not case.reply.attempted:
        return unscored("nothing was answered")
    found = rouge(case.reply.text, case.question.answer)
    return Score(found.f1, f"precision {found.precision:.2f}, recall {found.recall:.2f}")


MEASURES = (
    Measure("rouge_1", "ROUGE-1, F1", "Lin 2004", partial(_of, rouge=partial(rouge_n, n=1))),
    Measure("rouge_2", "ROUGE-2, F1", "Lin 2004", partial(_of, rouge=partial(rouge_n, n=2))),
    Measure("rouge_l", "ROUGE-L, F1", "Lin 2004", partial(_of, rouge=rouge_l)),
)
