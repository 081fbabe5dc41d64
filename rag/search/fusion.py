"""Scores of words and of meaning made one: on a common scale, then a weighted mean. Plain values in and out.

Ranks forget by how much one passage is better than the next; scores do not, and with a floor that is known beforehand
(0 for BM25, 0 for a cosine of unrelated texts) they need no more than the best score to be put on one scale. Bruch, Gai
and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 2023.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def scaled(scores: Mapping[Key, float]) -> dict[Key, float]:
    """Scores over the best of them: 1 for the best, 0 for what is not above the floor of 0."""
    best = max(scores.values(), default=0.0)
    return {key: max(score, 0.0) / best if best > 0 else 0.0 for key, score in scores.items()}


def blended(words: Mapping[Key, float], vectors: Mapping[Key, float], share: float) -> dict[Key, float]:
    """``share`` of the scaled word score and the rest of the scaled vector score, 0 to 1; what one lacks counts 0."""
    by_words, by_vectors = scaled(words), scaled(vectors)
    return {
        key: share * by_words.get(key, 0.0) + (1 - share) * by_vectors.get(key, 0.0)
        for key in dict.fromkeys((*by_words, *by_vectors))
    }


def covered(by_term: Sequence[Mapping[int, float]], unit_of: Mapping[int, Key]) -> dict[Key, float]:
    """Word score of each unit (an article): every term counts once, by the passage of the unit that holds it best.

    ``by_term`` has for each term the passages that hold it with their scores; ``unit_of`` the unit of each passage,
    and a passage without one counts nowhere. A unit that speaks of all that was asked, one thing here and another
    there, comes before one that repeats a part of it.
    """
    total: dict[Key, float] = {}
    for scores in by_term:
        best: dict[Key, float] = {}
        for row, score in scores.items():
            unit = unit_of.get(row)
            if unit is not None and score > best.get(unit, 0.0):
                best[unit] = score
        for unit, score in best.items():
            total[unit] = total.get(unit, 0.0) + score
    return total
