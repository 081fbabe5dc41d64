"""How many questions it takes to see a difference of so much between two arms on the same questions.

n = (z(1 - alpha/2) + z(power))^2 s^2 d / delta^2, normal approximation (Lachin 1981): s is the standard deviation
of the differences question by question, d the design effect of clusters, 1 + (m - 1) rho (Kish 1965). Good from some 30
clusters on.
"""

import math
from collections.abc import Sequence

import numpy as np

from eval.statistics.interval import standard_error, totals


def questions_needed(
    deviation: float, *, delta: float = 0.05, alpha: float = 0.05, power: float = 0.8, design_effect: float = 1.0
) -> int:
    """Questions from which a true difference ``delta`` is found with chance ``power``, two-sided at ``alpha``."""
    if not (delta > 0 and 0 < alpha < 1 and 0 < power < 1 and deviation >= 0 and design_effect > 0):
        raise ValueError("delta, deviation and design effect must be above 0, alpha and power between 0 and 1")
    from scipy.stats import norm

    z = norm.ppf(1 - alpha / 2) + norm.ppf(power)
    return max(math.ceil(float(z) ** 2 * deviation**2 * design_effect / delta**2), 1)


def design_effect(differences: Sequence[float], clusters: Sequence[str]) -> float:
    """How much clusters widen the interval, as variance with them / variance without; 1 where it cannot be told."""
    sums, sizes = totals(differences, clusters)
    plain = float(np.var(differences, ddof=1)) / len(differences) if len(differences) > 1 else 0.0
    return standard_error(sums, sizes) ** 2 / plain if plain > 0 and len(sums) > 1 else 1.0
