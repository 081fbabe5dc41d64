"""Fusion of scores and the gain of a ranking, each against values worked out by hand."""

from collections.abc import Iterator
from math import log2
from pathlib import Path

import pytest

from eval.bench.scifact_search import interval, ndcg
from rag.errors import UsageError
from rag.records import Verdict
from rag.search.fusion import blended, covered, scaled
from rag.settings import SearchSettings
from tests.corpus import Asks, article, asking


def test_the_best_score_is_one_and_what_is_below_the_floor_is_nothing() -> None:
    assert scaled({1: 8.0, 2: 2.0, 3: -1.0}) == {1: 1.0, 2: 0.25, 3: 0.0}


def test_no_score_above_the_floor_scales_to_nothing() -> None:
    assert scaled({1: 0.0, 2: -0.5}) == {1: 0.0, 2: 0.0}
    assert scaled({}) == {}


def test_a_blend_is_the_weighted_mean_and_what_one_side_lacks_counts_nothing() -> None:
    # words 1, .5, -; vectors .5, -, 1
    found = blended({"a": 10.0, "b": 5.0}, {"a": 0.3, "c": 0.6}, 0.25)
    assert found == pytest.approx({"a": 0.25 * 1 + 0.75 * 0.5, "b": 0.25 * 0.5, "c": 0.75})


def test_a_blend_keeps_how_far_apart_scores_are_which_ranks_forget() -> None:
    # by ranks a and b tie: each is first once and second once
    found = blended({"a": 10.0, "b": 1.0}, {"a": 0.5, "b": 0.6}, 0.5)
    assert found["a"] > found["b"]


def test_a_term_counts_once_in_an_article_by_its_best_passage() -> None:
    # passages 1 and 2 are of article 7, passage 3 of article 8, passage 4 of none
    by_term = [{1: 2.0, 2: 3.0, 3: 1.0}, {2: 0.5, 3: 4.0, 4: 9.0}]
    assert covered(by_term, {1: 7, 2: 7, 3: 8}) == {7: 3.0 + 0.5, 8: 1.0 + 4.0}


def test_ndcg_of_two_relevant_documents_at_ranks_one_and_three() -> None:
    gained, ideal = 1 / log2(2) + 1 / log2(4), 1 / log2(2) + 1 / log2(3)
    assert gained == 1.5
    assert ndcg(["a", "x", "b"], {"a": 1, "b": 1}) == pytest.approx(1.5 / ideal)
    assert 1.5 / ideal == pytest.approx(0.91972, abs=1e-5)


def test_ndcg_is_one_for_the_ideal_order_and_nothing_beyond_the_depth() -> None:
    assert ndcg(["a"], {"a": 1}) == 1.0
    assert ndcg(["x", "a"], {"a": 1}, depth=1) == 0.0
    assert ndcg([], {"a": 1}) == 0.0


def test_ndcg_gives_a_greater_gain_the_earlier_place() -> None:
    # (1 + 2 / log2(3)) / (2 + 1 / log2(3))
    assert ndcg(["low", "high"], {"high": 2, "low": 1}) == pytest.approx(0.85972, abs=1e-5)


def test_the_interval_of_equal_values_has_no_width() -> None:
    assert interval([0.5] * 20) == (0.5, 0.5)


def test_the_interval_of_half_ones_lies_around_the_mean() -> None:
    # the standard error of 100 fair coins is .05; twice that to each side
    low, high = interval([0.0, 1.0] * 50)
    assert low == pytest.approx(0.40, abs=0.02) and high == pytest.approx(0.60, abs=0.02)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="words_share"):
        SearchSettings(words_share=share)


# Search where no drug is asked for.

BONES = article("toy-bones", "Bones of runners", "Long walks and hard floors wear the bones of runners thin.")
HEARTS = article("toy-hearts", "Hearts of swimmers", "Cold water slows the hearts of swimmers.", "Warm water does not.")
STATED = "Zanubrutinol makes the bones of runners thin on hard floors."


@pytest.fixture
def asks(tmp_path: Path) -> Iterator[Asks]:
    with asking(tmp_path) as opened:
        yield opened


def test_a_claim_finds_the_article_that_speaks_of_it(asks: Asks) -> None:
    hits = asks(BONES, HEARTS).search("Swimmers have slow hearts in cold water.")
    assert hits[0].passage.document_id == "toy-hearts"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_a_word_unknown_to_the_corpus_does_not_silence_a_statement(asks: Asks) -> None:
    hits = asks(BONES, HEARTS).search(STATED)
    assert hits[0].passage.document_id == "toy-bones"


@pytest.mark.parametrize(
    "asked", ["Does zanubrutinol make the bones of runners thin?", "zanubrutinol", "zanubrutinol bones"]
)
def test_a_word_unknown_to_the_corpus_silences_a_question_about_it(asks: Asks, asked: str) -> None:
    assert asks(BONES, HEARTS).search(asked) == ()


def test_an_answer_still_declines_what_it_does_not_know(asks: Asks) -> None:
    assert asks(BONES, HEARTS).ask(STATED).verdict is Verdict.DECLINED
