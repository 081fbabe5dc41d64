"""Intervals, differences, corrections and power: what they say of cases that can be worked out."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from eval.statistics.difference import difference, flip_test
from eval.statistics.holm import holm
from eval.statistics.interval import interval, standard_error, totals
from eval.statistics.power import design_effect, questions_needed


def names(count: int) -> list[str]:
    return [f"label {at}" for at in range(count)]


def test_the_standard_error_is_the_textbook_one_where_each_question_is_its_own_cluster() -> None:
    values = [0.2, 0.9, 0.4, 0.7, 1.0]
    error = standard_error(*totals(values, names(5)))
    assert error == pytest.approx(np.std(values, ddof=1) / math.sqrt(5))


def test_the_standard_error_of_a_worked_example_with_clusters() -> None:
    # clusters (1, 1), (0, 0), (1): mean 3/5; residuals 2 - 1.2, 0 - 1.2, 1 - .6
    sums, sizes = totals([1, 1, 0, 0, 1], ["a", "a", "b", "b", "c"])
    assert standard_error(sums, sizes) == pytest.approx(math.sqrt(3 / 2 * (0.8**2 + 1.2**2 + 0.4**2)) / 5)


def test_the_interval_holds_the_mean_over_questions_and_counts_both() -> None:
    found = interval([1, 1, 0, 0, 1, 0.5], ["a", "a", "b", "b", "c", "d"])
    assert found.mean == pytest.approx(3.5 / 6)
    assert 0 <= found.low < found.mean < found.high <= 1
    assert (found.questions, found.clusters) == (6, 4)


def test_questions_that_rise_and_fall_together_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    values = np.repeat(rng.integers(0, 2, size=60), 10).tolist()
    together = interval(values, np.repeat(names(60), 10).tolist())
    apart = interval(values, names(600))
    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def test_the_same_numbers_give_the_same_interval() -> None:
    values = np.random.default_rng(1).random(50).tolist()
    assert interval(values, names(50)) == interval(values, names(50))


def test_all_right_is_no_certainty_the_lower_end_is_clopper_and_pearsons() -> None:
    found = interval([1.0] * 30, names(30))
    exact = stats.beta.ppf(0.025, 30, 1)  # Clopper and Pearson for 30 of 30
    assert (found.low, found.high) == (pytest.approx(exact), 1.0)
    one_cluster = interval([1.0] * 30, ["a"] * 30)
    assert (one_cluster.low, one_cluster.high) == (0.0, 1.0), "one label says nothing of others"


def test_one_wrong_answer_among_many_does_not_pin_the_lower_end_to_the_mean() -> None:
    found = interval([1.0] * 59 + [0.0], names(60))
    exact = stats.binomtest(59, 60).proportion_ci(method="exact")
    assert (found.low, found.high) == (pytest.approx(exact.low, abs=1e-3), pytest.approx(exact.high, abs=1e-3))


def test_arms_that_agree_on_all_but_one_question_may_still_differ_either_way() -> None:
    found = interval([0.0] * 59 + [1.0], names(60), bounds=(-1.0, 1.0))
    assert -0.08 < found.low < 0 < found.mean < found.high < 0.11
    same = interval([0.0] * 60, names(60), bounds=(-1.0, 1.0))
    assert same.low == pytest.approx(-same.high) and same.high == pytest.approx(1 - 0.0125 ** (1 / 60))


def test_values_without_bounds_that_are_all_the_same_bound_nothing() -> None:
    found = interval([7.0] * 5, names(5), bounds=None)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_the_interval_is_near_students_where_values_are_normal() -> None:
    values = np.random.default_rng(2).normal(5, 2, size=400).tolist()
    found = interval(values, names(400), bounds=None)
    low, high = stats.t.interval(0.95, 399, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == (pytest.approx(low, abs=0.03), pytest.approx(high, abs=0.03))


def test_no_values_and_wrong_clusters_are_refused() -> None:
    with pytest.raises(ValueError, match="0 values"):
        interval([], [])
    with pytest.raises(ValueError, match="2 values in 1 clusters"):
        interval([1.0, 0.0], ["a"])


# Differences.


def test_the_flip_test_counts_all_flips_of_a_small_example() -> None:
    differences = [0.5, 0.25, -0.125, 1.0]
    seen = abs(sum(differences))
    by_hand = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) >= seen - 1e-12
               for signs in product((1, -1), repeat=4)]  # fmt: skip
    assert flip_test(differences, names(4)) == (sum(by_hand) / 16, True)


def test_the_flip_test_equals_the_sign_test_where_all_differences_are_one() -> None:
    # 9 of 10 for the one arm: two-sided sign test, exact McNemar
    p, exact = flip_test([1.0] * 9 + [-1.0], names(10))
    assert exact and p == pytest.approx(stats.binomtest(9, 10).pvalue)


def test_clusters_and_not_questions_are_flipped() -> None:
    assert flip_test([1.0] * 40, ["a"] * 20 + ["b"] * 20) == (0.5, True)  # two labels: no more than a coin each


def test_many_clusters_are_drawn_and_p_is_never_0() -> None:
    p, exact = flip_test([1.0] * 200, names(200))
    assert not exact and p == pytest.approx(1 / 20001)
    drawn, _ = flip_test([1.0] * 12 + [-1.0] * 8, names(20))
    assert drawn == pytest.approx(stats.binomtest(12, 20).pvalue, abs=0.02)


def test_no_difference_at_all_is_p_1() -> None:
    assert flip_test([0.0, 0.0], names(2)) == (1.0, True)


def test_a_difference_is_over_the_questions_that_both_arms_have_scored() -> None:
    a, b = {"1": 1.0, "2": 1.0, "3": 0.0}, {"2": 0.0, "3": 0.0, "4": 1.0}
    found = difference(a, b, {"2": "x", "3": "y"})
    assert found is not None and found.interval.mean == 0.5 and found.interval.questions == 2
    assert difference({"1": 1.0}, {"2": 1.0}, {}) is None


def test_a_clear_difference_excludes_zero_and_none_does_not() -> None:
    ids = [str(at) for at in range(60)]
    clusters = {id: f"label {int(id) // 3}" for id in ids}
    rng = np.random.default_rng(4)
    b = {id: float(rng.random() < 0.5) for id in ids}
    better = {id: 1.0 for id in ids}
    clear = difference(better, b, clusters)
    assert clear is not None and clear.excludes_zero and clear.p < 0.001
    other = {id: float(rng.random() < 0.5) for id in ids}
    none = difference(other, b, clusters)
    assert none is not None and not none.excludes_zero and none.p > 0.05


# Corrections and power.


def test_holm_of_a_worked_example_keeps_the_order_given() -> None:
    # sorted .01, .02, .03, .04 times 4, 3, 2, 1: .04, .06, .06, .04 -> never falling .06
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx((0.06, 0.04, 0.06, 0.06))
    assert holm([0.5, 0.9]) == (1.0, 1.0) and holm([]) == ()


def test_power_of_a_worked_example() -> None:
    # (1.959964 + .841621)^2 = 7.8489; arms that disagree on 20 % of questions: variance .2 - .05^2 = .1975
    assert questions_needed(math.sqrt(0.1975)) == math.ceil(7.8489 * 0.1975 / 0.0025)
    assert questions_needed(math.sqrt(0.1975), design_effect=2.0) == math.ceil(2 * 7.8489 * 0.1975 / 0.0025)


def test_so_many_questions_find_the_difference_about_as_often_as_said() -> None:
    rng = np.random.default_rng(8)
    count = questions_needed(math.sqrt(0.1975))
    drawn = rng.choice([1.0, -1.0, 0.0], p=[0.125, 0.075, 0.8], size=(2000, count))
    z = drawn.mean(axis=1) / (drawn.std(axis=1, ddof=1) / math.sqrt(count))
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_the_design_effect_is_1_for_single_questions_and_the_size_of_clusters_that_are_copies() -> None:
    values = np.random.default_rng(3).random(400).tolist()
    assert design_effect(values, names(400)) == pytest.approx(1.0)
    assert design_effect(np.repeat(values, 5).tolist(), np.repeat(names(400), 5).tolist()) == pytest.approx(5, rel=0.01)
