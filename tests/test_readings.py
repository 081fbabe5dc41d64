"""Sentences as the plainer statements that they make, and facts held against those."""

import pytest

from eval import products, readings
from eval.judge import Ground, LexicalJudge, Relation

NAMES = {
    name: name for name in ("propafenone", "digoxin", "lithium", "colchicine", "diltiazem", "verapamil", "warfarin")
}
ROW = "Diltiazem, verapamil | 0.6 mg twice a day 0.6 mg once a day | 0.3 mg twice a day 0.3 mg once a day | 40.1"
HEADS = "Table 1 > [Drug | Original dose | Adjusted dose | % change of colchicine: Cmax]"


def texts(text: str, wanted: str = "", context: str = "") -> list[str]:
    made = readings.readings(Ground(text, context), NAMES, frozenset(wanted.split()))
    return [one.text for one in made]


def relation(fact: str, text: str, context: str = "", drugs: tuple[str, ...] = ()) -> Relation:
    found = LexicalJudge(NAMES).judge(fact, [Ground(text, context, drugs)])
    assert found is not None
    return found.relation


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (
            "Propafenone raised digoxin by 60% and lowered its clearance by 31%.",
            "Propafenone lowered its clearance by 31%.",
        ),
        (
            "Lithium starts at 10 mg daily, or at 5 mg daily on a diuretic.",
            "Lithium starts at 5 mg daily on a diuretic.",
        ),
        (
            "In mania lithium is titrated to 1.2 mEq/L, and in maintenance to 1 mEq/L.",
            "lithium is titrated in maintenance to 1 mEq/L.",
        ),
        ("The dose is lowered in severe, and in moderate disease.", "The dose is lowered in moderate disease."),
        ("Digoxin rises; halve it.", "halve it."),
        ("Verapamil is stopped, because it raises digoxin.", "Verapamil raises digoxin."),
    ],
)
def test_a_sentence_of_several_statements_makes_each_of_them(text: str, reading: str) -> None:
    assert reading in texts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lithium is not started or increased in dehydration.",
        "Colchicine is a substrate of P-gp.",
        "Digoxin is halved (and then stopped).",
    ],
)
def test_a_sentence_of_one_statement_or_under_one_not_is_left_whole(text: str) -> None:
    assert texts(text) == []


def test_of_a_list_the_items_are_kept_that_are_wanted_unless_they_are_taken_together() -> None:
    assert (
        readings.narrowed("Diltiazem, verapamil and digoxin need care.", frozenset({"digoxin"})) == "digoxin need care."
    )
    both = "Drugs that inhibit both CYP3A4 and P-gp are avoided."
    assert readings.narrowed(both, frozenset({"cyp3a4"})) == both


def test_a_row_says_what_each_cell_says_under_its_head() -> None:
    found = texts(ROW, "diltiazem", HEADS)
    assert "Drug: Diltiazem: Adjusted dose: 0.6 mg once a day becomes 0.3 mg once a day" in found
    assert "Drug: Diltiazem:  colchicine: Cmax: increase of 40.1%" in found
    assert texts(ROW, "diltiazem", "[Drug | Dose]") == []  # heads that do not fit pair nothing


def test_a_fact_that_joins_several_is_taken_apart() -> None:
    assert readings.parts("Lithium is stopped, and digoxin is halved.") == ["Lithium is stopped", "digoxin is halved."]
    assert readings.members("Lithium or digoxin is halved.", NAMES) == ["Lithium is halved.", "digoxin is halved."]
    for one in ("Neither lithium nor digoxin is halved.", "The pair lithium and digoxin is halved."):
        assert readings.members(one, NAMES) == [one]


SENTENCE = "Propafenone raised digoxin exposure by 60% in patients and lowered digoxin clearance by 31%."


@pytest.mark.parametrize(
    ("fact", "text", "found"),
    [
        ("Propafenone lowered digoxin clearance by 31%.", SENTENCE, Relation.SUPPORTS),
        ("Digoxin lowered propafenone clearance by 31%.", SENTENCE, Relation.CONTRADICTS),
        ("Propafenone lowered digoxin clearance by 60%.", SENTENCE, Relation.CONTRADICTS),
        ("Diltiazem with digoxin needs monitoring.", "Digoxin with diltiazem needs monitoring.", Relation.SUPPORTS),
        (
            "Lithium starts at 10 mg daily on a diuretic.",
            "Lithium starts at 10 mg daily, or at 5 mg daily on a diuretic.",
            Relation.PARTLY,
        ),
        ("Diltiazem is rated as low risk.", "Diltiazem is low risk.", Relation.SUPPORTS),
        ("Digoxin toxicity needs dialysis.", "Digoxin toxicity needs monitoring.", Relation.PARTLY),
        (
            "Lithium toxicity occurs only at raised levels.",
            "Lithium toxicity occurs at raised levels.",
            Relation.PARTLY,
        ),
    ],
)
def test_a_fact_is_borne_out_by_one_of_the_statements_and_not_by_words_of_several(
    fact: str, text: str, found: Relation
) -> None:
    assert relation(fact, text) is found


def test_words_on_another_product_neither_bear_out_nor_contradict() -> None:
    text = "Colchicine is contraindicated only with drugs that inhibit both."
    fact = "Colchicine tablets are contraindicated with all inhibitors."
    found = LexicalJudge(NAMES).judge(fact, [Ground(text, "Colchicine oral solution", ("colchicine",))])
    assert found is not None and found.relation is Relation.NEITHER and found.speaks_of == 0
    assert (
        relation("Colchicine tablets are for gout.", "Colchicine is for gout.", "Colchicine tablets")
        is Relation.SUPPORTS
    )
    assert products.agree("An extended-release tablet.", Ground("A sustained-release tablet."))
    assert not products.agree("An extended-release tablet.", Ground("An immediate-release tablet."))


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("The lithium dose is 600 mg.", "In renal impairment the lithium dose is 300 mg."),
        ("Lithium raises digoxin by 20%.", "Verapamil raises digoxin by 70% on lithium."),
    ],
)
def test_a_no_to_other_patients_or_another_drug_is_no_contradiction(fact: str, text: str) -> None:
    found = LexicalJudge(NAMES).judge(fact, [Ground(text)])
    assert found is not None and not (found.relation is Relation.CONTRADICTS and found.speaks_of >= 0.6)
