"""Perplexity (Jelinek et al. 1977): how surprised a model is by a gold answer, from the log-probabilities it gives.

The model is asked without sources; the gold answer is the reference, else the gold facts, one after the other. Arms
without a model, with one that gives no probabilities (a server), or with sources in the prompt are not scored.

exp(-mean of natural log-probabilities of the answer's tokens, given what stands before them). At least 1. Figures of
models with different tokens do not compare; those per character do (``per_character``).
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.measures.score import Measure, Score, unscored

if TYPE_CHECKING:
    from eval.case import Case
    from eval.questions import Question


def gold_answer(question: "Question") -> str:
    """What a model is held against; "" where no answer is known, or none is right."""
    return "" if question.should_decline else question.answer or " ".join(question.facts)


def perplexity(log_probabilities: Sequence[float]) -> Score:
    """Perplexity of a text from the natural log-probability of each of its tokens.

    Raises:
        ValueError: a log-probability above 0.
    """
    if any(one > 1e-9 for one in log_probabilities):
        raise ValueError(f"a log-probability is at most 0, got {max(log_probabilities)}")
    if not log_probabilities:
        return unscored("no tokens")
    mean = math.fsum(log_probabilities) / len(log_probabilities)
    return Score(math.exp(min(-mean, 700.0)), f"over {len(log_probabilities)} tokens")


def per_character(log_probabilities: Sequence[float], text: str) -> Score:
    """Bits per character of ``text``; compares models whatever their tokens."""
    if not text or not log_probabilities:
        return unscored("no text")
    return Score(-math.fsum(log_probabilities) / math.log(2) / len(text), f"over {len(text)} characters")


def _of(case: "Case") -> Score:
    return perplexity(case.log_probabilities) if case.log_probabilities else unscored("no probabilities were given")


def _per_character(case: "Case") -> Score:
    if not case.log_probabilities:
        return unscored("no probabilities were given")
    return per_character(case.log_probabilities, gold_answer(case.question))


MEASURES = (
    Measure("perplexity", "Perplexity on gold answers", "Jelinek et al. 1977", _of, lower_is_better=True),
    Measure(
        "bits_per_character", "Bits per character of gold answers", "the same, for models of other tokens",
        _per_character, lower_is_better=True,
    ),
)  # fmt: skip
