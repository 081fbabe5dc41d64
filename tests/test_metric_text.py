"""Text measures, agreement, cost and disparity: values worked out by hand."""

import math

import pytest

from eval.measures.agreement import alpha, kappa
from eval.measures.cohesion import connectives, overlap
from eval.measures.cost import cost
from eval.measures.disparity import disparity
from eval.measures.diversity import distinct
from eval.measures.perplexity import per_character, perplexity
from eval.measures.readability import ease, grade, syllables
from eval.measures.rouge import MEASURES, rouge_l, rouge_n
from eval.questions import Question
from tests.eval_toys import case, claim, record, shelf


def test_rouge_of_lins_own_example() -> None:
    # Lin 2004, section 3.1: reference "police killed the gunman"; "police kill the gunman", "the gunman kill police"
    reference = "police killed the gunman"
    assert rouge_l("police kill the gunman", reference).f1 == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", reference).f1 == pytest.approx(2 / 4)
    assert rouge_n("police kill the gunman", reference, 2).recall == pytest.approx(1 / 3)
    assert rouge_n("the gunman kill police", reference, 2).recall == pytest.approx(1 / 3)


def test_rouge_counts_a_word_as_often_as_both_have_it_and_nothing_in_empty_texts() -> None:
    found = rouge_n("dose dose dose", "the dose, a dose", 1)
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), 0.5)
    assert rouge_l("", "dose").f1 == rouge_n("dose", "", 1).f1 == 0.0


def test_rouge_measures_hold_an_answer_against_the_reference() -> None:
    # "take 5 mg daily" of "take 5 mg once daily": words 4/4, 4/5; pairs 2/3, 2/4; the longest common run of words 4
    asked = Question("q", "How much?", answer="Take 5 mg once daily.")
    told = case(asked, record(verdict="answered", claims=[claim("Take 5 mg daily.")]), shelf())
    found = {measure.name: measure.of(told).value for measure in MEASURES}
    assert found == {
        "rouge_1": pytest.approx(8 / 9), "rouge_2": pytest.approx(4 / 7), "rouge_l": pytest.approx(8 / 9)
    }  # fmt: skip


def test_distinct_n_of_a_worked_example_does_not_reach_over_texts() -> None:
    texts = ["take one tablet", "take one capsule"]
    assert distinct(texts, 1).value == pytest.approx(4 / 6)
    assert distinct(texts, 2).value == pytest.approx(3 / 4)
    assert not distinct(["take"], 2).is_scored


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("dose", 1), ("tablet", 2), ("table", 2), ("daily", 2), ("patients", 2), ("renal", 2), ("avoid", 2),
     ("reduced", 2), ("treated", 2), ("increase", 2), ("doses", 2), ("tablets", 2), ("mg", 1), ("hepatic", 3)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_readability_of_a_worked_example() -> None:
    # 2 sentences, 8 words; take one tablet daily (1+1+2+2), avoid it with food (2+1+1+1): 11 syllables
    text = "Take one tablet daily. Avoid it with food."
    assert grade(text).value == pytest.approx(0.39 * 8 / 2 + 11.8 * 11 / 8 - 15.59)
    assert ease(text).value == pytest.approx(206.835 - 1.015 * 8 / 2 - 84.6 * 11 / 8)
    assert not grade("12.").is_scored


def test_cohesion_of_a_worked_example() -> None:
    # {colchicine, dose, reduced} and {dose, colchicine, lower}: 2 in common of 4; then nothing in common
    text = "The colchicine dose is reduced. A dose of colchicine must be lower. However, avoid juice."
    assert overlap(text).value == pytest.approx((2 / 5 + 0) / 2)
    assert connectives(text).value == pytest.approx(1000 * 1 / 15)
    assert not overlap("One sentence.").is_scored and not connectives("").is_scored


def test_perplexity_of_a_fair_die_is_its_sides() -> None:
    assert perplexity([math.log(1 / 6)] * 5).value == pytest.approx(6.0)
    assert perplexity([math.log(0.5), math.log(0.125)]).value == pytest.approx(4.0)  # geometric mean of 2 and 8
    assert per_character([math.log(0.5), math.log(0.125)], "abcd").value == pytest.approx(1.0)
    assert not perplexity([]).is_scored
    with pytest.raises(ValueError, match="at most 0"):
        perplexity([0.5])


def test_kappa_of_cohens_table() -> None:
    # 50 items: both yes 20, both no 15, A alone 5, B alone 10: observed .7, by chance .5, kappa .4
    a = ["yes"] * 25 + ["no"] * 25
    b = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(a, b).value == pytest.approx(0.4)
    assert not kappa(["yes"], ["yes"]).is_scored


def test_alpha_of_krippendorffs_own_example() -> None:
    # Krippendorff 2011, example C: four raters, twelve items, nominal; alpha .743
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    assert alpha(rows, "nominal").value == pytest.approx(0.743, abs=5e-4)
    assert alpha(rows, "interval").value == pytest.approx(0.849, abs=5e-4)
    assert not alpha([[1, None], [None, 2]]).is_scored


def test_cost_of_a_worked_example() -> None:
    found = cost([0.1, 0.2, 0.3, 0.4, 1.0], [10, None, 5])
    assert (found.p50, found.p95, found.tokens) == (pytest.approx(0.3), pytest.approx(0.88), 15)
    assert cost([]).p50 is None and cost([1.0]).tokens is None


def test_disparity_of_a_worked_example_leaves_small_groups_out() -> None:
    values = [1.0] * 9 + [0.0] + [1.0] * 5 + [0.0] * 5 + [0.0]
    names = ["oral"] * 10 + ["topical"] * 10 + ["rectal"]
    found = disparity(values, names, [str(at) for at in range(21)])
    assert (found.gap, found.ratio) == (pytest.approx(0.4), pytest.approx(0.5 / 0.9))
    assert [group.name for group in found.groups] == ["topical", "oral"] and found.small == ("rectal",)
    # exact, by hand: 14 of 20 right; a group of ten has 5 or 9 of them with chance .1409 (hypergeometric, both sides)
    expected = sum(math.comb(14, k) * math.comb(6, 10 - k) for k in range(4, 11) if abs(2 * k - 14) >= 4)
    assert found.p == pytest.approx(expected / math.comb(20, 10), abs=0.02)


def test_groups_that_are_clusters_of_one_question_repeated_are_no_disparity() -> None:
    values = [1.0] * 10 + [0.0] * 10
    found = disparity(values, ["a"] * 10 + ["b"] * 10, ["x"] * 10 + ["y"] * 10)
    assert found.gap == 1.0 and found.p is not None and found.p > 0.4
