"""Follow-up questions made whole with the drugs of the question before."""

from collections.abc import Iterator

import pytest

from rag.search.conversation import rewrite
from tests.corpus import Desk, desk_of, label, section

DOSE = "DOSAGE AND ADMINISTRATION"
ONE = "What is the dose of colchicine?"
PAIR = "Does propafenone interact with colchicine?"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    drugs = ("colchicine", "propafenone", "digoxin", "allopurinol")
    documents = [label(drug, section(DOSE, f"Take {drug} once daily.")) for drug in drugs]
    with desk_of(tmp_path_factory.mktemp("conversation"), *documents) as opened:
        yield opened


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        (ONE, "and in pregnancy?", "colchicine: in pregnancy?"),
        (ONE, "What about the side effects?", "colchicine: the side effects?"),
        (ONE, "What is the maximum dose in children?", "colchicine: What is the maximum dose in children?"),
        (ONE, "And with digoxin?", "Interaction between colchicine and digoxin?"),
        (ONE, "and digoxin?", "Interaction between colchicine and digoxin?"),
        (ONE, "and with a blood thinner?", "Interaction between colchicine and blood thinner?"),
        (ONE, "what about allopurinol?", "What is the dose of allopurinol?"),
        (ONE, "Is it safe in renal impairment?", "Is colchicine safe in renal impairment?"),
        (ONE, "Can it be taken with digoxin?", "Can colchicine be taken with digoxin?"),
        (PAIR, "and in renal impairment?", "In renal impairment: interaction between propafenone and colchicine?"),
        (PAIR, "and with digoxin?", "Interaction between propafenone and digoxin?"),
        (PAIR, "what about digoxin?", "Does propafenone interact with digoxin?"),
        (PAIR, "Can I take them together?", "Can I take propafenone and colchicine together?"),
    ],
)  # fmt: skip
def test_a_follow_up_takes_the_drugs_of_the_question_before(desk: Desk, before: str, question: str, whole: str) -> None:
    assert rewrite(question, [before], desk.index) == whole


@pytest.mark.parametrize(
    "question",
    [
        "What is the dose of allopurinol?",
        "Does allopurinol interact with digoxin?",
        "How is allopurinol stored, and is it kept cold?",
        "Is it true that allopurinol causes a rash?",
        "Which drugs prolong the QT interval?",
        "thanks",
    ],
)
def test_a_question_that_stands_on_its_own_is_left_as_it_is(desk: Desk, question: str) -> None:
    assert rewrite(question, [ONE], desk.index) == question


@pytest.mark.parametrize("history", [[], [""], ["hello"]])
def test_without_a_drug_before_nothing_is_put_in(desk: Desk, history: list[str]) -> None:
    assert rewrite("and in pregnancy?", history, desk.index) == "and in pregnancy?"


def test_a_follow_up_to_a_follow_up_keeps_the_drug(desk: Desk) -> None:
    history = [ONE, "and in pregnancy?"]
    assert rewrite("and with digoxin?", history, desk.index) == "Interaction between colchicine and digoxin?"


def test_the_last_drug_counts_and_not_the_first(desk: Desk) -> None:
    history = [ONE, "What is the dose of allopurinol?"]
    assert rewrite("and in pregnancy?", history, desk.index) == "allopurinol: in pregnancy?"


def test_a_drug_that_nobody_here_knows_is_kept_and_no_other_put_in_its_place(desk: Desk) -> None:
    assert rewrite("and frobozol?", [ONE], desk.index) == "Interaction between colchicine and frobozol?"


def test_a_rewritten_pair_is_understood_as_one(desk: Desk) -> None:
    understood = desk.understand(rewrite("and in renal impairment?", [PAIR], desk.index))
    assert understood.query.is_pair
    assert [drug.matched for drug in understood.query.drugs] == ["propafenone", "colchicine"]


def test_a_mistyped_name_is_carried_on_as_it_was_read(desk: Desk) -> None:
    assert rewrite("and in pregnancy?", ["dose of colchcine"], desk.index) == "colchicine: in pregnancy?"
