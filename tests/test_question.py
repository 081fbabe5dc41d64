"""A question understood: its drugs under any of their names, what is asked of them, and whether two are asked about."""

from collections.abc import Iterator

import pytest

from rag.records import Intent
from rag.search.intents import expansion, intents_of, is_about
from rag.search.question import understand
from tests.corpus import Desk, article, desk_of, label, section

SAYS = section("1 INDICATIONS AND USAGE", "It is used for toys.")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    labels = [
        label("warfarin", SAYS, brand="Coumadin", generic="warfarin sodium", substance="WARFARIN SODIUM"),
        label("metoprolol", SAYS, id="tartrate", brand="Lopressor", substance="METOPROLOL TARTRATE"),
        label("metoprolol", SAYS, id="succinate", brand="Toprol-XL", substance="METOPROLOL SUCCINATE"),
        label("amlodipine", SAYS, brand="Norvasc", generic="amlodipine besylate", substance="AMLODIPINE BESYLATE"),
        label(["amlodipine", "olmesartan medoxomil"], SAYS, id="both", brand="Azor"),
        label("diltiazem", SAYS, brand="Cardizem CD", generic="diltiazem hydrochloride"),
        label("potassium chloride", SAYS, brand="K-Tab"),
        label("valproic acid", SAYS, brand="Depakene"),
        label("colchicine", SAYS, brand="Colcrys"),
        label("insulin glargine", SAYS, brand="Lantus"),
        label("insulin", SAYS, brand="Humulin R"),
        label("toyzepam", SAYS, brand="Safe"),
        label("levotoyne", SAYS, brand="Take Action"),
        article(
            "toy-paper", "Grapefruit juice", "Grapefruit juice and agents that affect cardiac conduction were read."
        ),
    ]
    with desk_of(tmp_path_factory.mktemp("clinic"), *labels) as desk:
        yield desk


def drugs(desk: Desk, question: str) -> list[tuple[str, str]]:
    return [(drug.name, drug.matched) for drug in desk.understand(question).query.drugs]


# One drug.


@pytest.mark.parametrize(
    ("question", "name", "matched"),
    [
        ("What is warfarin for?", "warfarin", "warfarin"),
        ("What is WARFARIN for?", "warfarin", "warfarin"),
        ("What is Coumadin for?", "coumadin", "warfarin"),
        ("What is Coumadin® for?", "coumadin", "warfarin"),
        ("What is warfarin sodium for?", "warfarin sodium", "warfarin"),
        ("Side effects of metoprolol tartrate", "metoprolol tartrate", "metoprolol"),
        ("Side effects of metoprolol succinate", "metoprolol succinate", "metoprolol"),
        ("Side effects of Toprol-XL", "toprol xl", "metoprolol"),
        ("Side effects of toprol xl", "toprol xl", "metoprolol"),
        ("Side effects of Toprol", "toprol", "metoprolol"),
        ("Cardizem dose?", "cardizem", "diltiazem"),
        ("Cardizem CD dose?", "cardizem cd", "diltiazem"),
        ("diltiazem hydrochloride dose?", "diltiazem hydrochloride", "diltiazem"),
        ("Azor dose?", "azor", "amlodipine + olmesartan"),
        ("potassium chloride dose?", "potassium chloride", "potassium chloride"),
        ("valproic acid dose?", "valproic acid", "valproic acid"),
        ("Norvasc’s dose?", "norvasc", "amlodipine"),
    ],
)
def test_a_drug_is_known_under_any_of_its_names(clinic: Desk, question: str, name: str, matched: str) -> None:
    assert drugs(clinic, question) == [(name, matched)]


def test_the_longest_name_wins(clinic: Desk) -> None:
    assert drugs(clinic, "insulin glargine dose") == [("insulin glargine", "insulin glargine")]
    assert drugs(clinic, "insulin dose") == [("insulin", "insulin")]
    assert drugs(clinic, "amlodipine and olmesartan medoxomil dose") == [
        ("amlodipine and olmesartan medoxomil", "amlodipine + olmesartan")
    ]


def test_a_brand_asks_for_its_own_label_first_and_a_generic_for_all(clinic: Desk) -> None:
    def ids(question: str) -> list[str]:
        [subject] = clinic.understand(question).subjects
        rows = clinic.index.rows(subject.documents)
        return [rows[row].id for row in subject.asked]

    assert ids("Toprol-XL dose") == ["succinate"] and ids("Lopressor dose") == ["tartrate"]
    assert sorted(ids("metoprolol dose")) == ["succinate", "tartrate"]
    [brand] = clinic.understand("Toprol-XL dose").subjects
    assert len(brand.documents) == 2 and brand.documents[0] == brand.asked[0]


def test_an_ingredient_of_a_combination_is_not_the_combination(clinic: Desk) -> None:
    [alone] = clinic.understand("amlodipine dose").subjects
    assert alone.match.matched == "amlodipine" and alone.match.documents == 1
    assert "azor" not in alone.names and "olmesartan" not in alone.names
    [part] = clinic.understand("olmesartan dose").subjects  # only the combination has it
    assert part.match.documents == 1 and not {"azor", "amlodipine"} & set(part.names)
    [both] = clinic.understand("Azor dose").subjects
    assert "amlodipine" not in both.names and "olmesartan medoxomil" not in both.names


@pytest.mark.parametrize(
    "question",
    ["Is it safe?", "Can I take action now?", "What should I take?", "Is this drug safe for me?", "How long?"],
)
def test_common_words_are_no_drugs(clinic: Desk, question: str) -> None:
    found = drugs(clinic, question)
    assert ("safe", "toyzepam") not in found
    assert [name for name, _ in found if name != "take action"] == []


def test_a_drug_that_the_user_names_comes_first(clinic: Desk) -> None:
    understood = clinic.understand("Is it taken with food?", "Coumadin")
    assert [drug.matched for drug in understood.query.drugs] == ["warfarin"]
    understood = clinic.understand("With colchicine?", "WARFARIN")
    assert [drug.matched for drug in understood.query.drugs] == ["warfarin", "colchicine"] and understood.query.is_pair
    understood = clinic.understand("What is it for?", "unheard-of")
    assert [(drug.name, drug.documents) for drug in understood.query.drugs] == [("unheard of", 0)]


def test_one_drug_under_two_names_is_one(clinic: Desk) -> None:
    understood = clinic.understand("Is Coumadin the same as warfarin?")
    assert len(understood.subjects) == 1 and not understood.query.is_pair


# Two drugs.

FORMS = [
    "Does {a} interact with {b}?",
    "does {a} interact with {b}",
    "Do {a} and {b} interact?",
    "Interactions between {a} and {b}",
    "What are the interactions between {a} and {b}?",
    "interaction of {a} with {b}",
    "{a} and {b} interaction",
    "{a} + {b} interactions",
    "{a} with {b} interaction",
    "Can I take {a} with {b}?",
    "Can I take {a} and {b} together?",
    "Can a patient take {a} while taking {b}?",
    "Can {a} be taken with {b}?",
    "Can {a} be combined with {b}?",
    "Should I use {a} with {b}?",
    "Is it safe to take {a} with {b}?",
    "Is it safe to combine {a} and {b}?",
    "Is taking {a} with {b} dangerous?",
    "Taking {a} together with {b}",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_pair_is_seen_in_every_form_of_the_question(clinic: Desk, form: str) -> None:
    understood = clinic.understand(form.format(a="Coumadin", b="colchicine"))
    assert [drug.matched for drug in understood.query.drugs] == ["warfarin", "colchicine"]
    assert understood.query.is_pair


@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith("Is taking")])
@pytest.mark.parametrize(("a", "b"), [("warfarin", "zanubrutinib"), ("zanubrutinib", "warfarin")])
def test_a_side_that_the_corpus_does_not_know_is_kept_as_it_was_said(clinic: Desk, form: str, a: str, b: str) -> None:
    understood = clinic.understand(form.format(a=a, b=b))
    assert understood.query.is_pair
    assert {drug.name: drug.documents for drug in understood.query.drugs} == {"warfarin": 1, "zanubrutinib": 0}


def test_a_side_of_several_words_is_one_thing(clinic: Desk) -> None:
    understood = clinic.understand("Does warfarin interact with St. John's wort?")
    assert [drug.name for drug in understood.query.drugs] == ["warfarin", "st john s wort"]
    understood = clinic.understand("Can I take grapefruit juice with colchicine?")
    assert [drug.name for drug in understood.query.drugs] == ["grapefruit juice", "colchicine"]


def test_both_sides_may_be_unknown(clinic: Desk) -> None:
    understood = clinic.understand("Does zanubrutinib interact with fostamatinib?")
    assert understood.query.is_pair
    assert [(drug.name, drug.documents) for drug in understood.query.drugs] == [
        ("zanubrutinib", 0),
        ("fostamatinib", 0),
    ]


def test_plain_words_are_no_other_side(clinic: Desk) -> None:
    for question in ("What does warfarin interact with?", "Can I take warfarin with other drugs?"):
        understood = clinic.understand(question)
        assert [drug.matched for drug in understood.query.drugs] == ["warfarin"] and not understood.query.is_pair


def test_a_thing_that_is_described_is_known_by_its_telling_words(clinic: Desk) -> None:
    _, other = clinic.understand("Does warfarin interact with agents known to affect cardiac conduction?").subjects
    assert other.description == ("affect", "cardiac", "conduction")
    _, named = clinic.understand("Does warfarin interact with zanubrutinib?").subjects
    assert named.description == ()


def test_two_drugs_with_another_question_are_still_two(clinic: Desk) -> None:
    understood = clinic.understand("Colchicine prophylaxis dose with diltiazem?")
    assert [drug.matched for drug in understood.query.drugs] == ["colchicine", "diltiazem"]
    assert understood.query.is_pair and Intent.DOSE in understood.query.intents


# What no document holds.


def test_a_word_that_no_document_holds_is_unknown(clinic: Desk) -> None:
    assert clinic.understand("What is florbexa for?").unknown == ("florbexa",)
    assert clinic.understand("Side effects of florbexa in children?").unknown == ("florbexa",)


def test_plain_english_is_no_unknown_medicine_unless_a_capital_makes_a_name_of_it(clinic: Desk) -> None:
    assert clinic.understand("How do prescribers rank what is demanded?").unknown == ()
    assert clinic.understand("What is Sprint for?").unknown == ("sprint",)


@pytest.mark.parametrize("name", ["furosemide", "zanubrutinib"])
def test_a_medicine_without_a_label_is_a_subject_by_its_name_or_its_ending(clinic: Desk, name: str) -> None:
    assert drugs(clinic, f"What is {name} for?") == [(name, name)]
    beside = clinic.understand(f"My patient on warfarin was given {name}.").query
    assert beside.is_pair and [drug.name for drug in beside.drugs] == ["warfarin", name]


def test_a_substance_is_found_under_its_other_name(clinic: Desk) -> None:
    assert drugs(clinic, "What is valproate for?") == [("valproate", "valproic acid")]
    aspirin = clinic.understand("Aspirin with warfarin?").subjects
    assert "acetylsalicylic acid" in next(s for s in aspirin if s.match.name == "aspirin").names


def test_a_drink_is_looked_for_by_what_is_in_it_and_is_no_medicine(clinic: Desk) -> None:
    found = clinic.understand("Is coffee relevant for warfarin?")
    assert found.query.is_pair and "caffeine" in found.subjects[1].names and not found.subjects[1].is_known


def test_words_that_say_what_is_asked_are_not_unknown(clinic: Desk) -> None:
    assert clinic.understand("What is warfarin for?").unknown == ()
    assert clinic.understand("maximum pediatric overdosage refrigerated?").unknown == ()


# What is asked.


@pytest.mark.parametrize(
    ("question", "intents"),
    [
        ("Does warfarin interact with aspirin?", {Intent.INTERACTION}),
        ("What is the maximum dose of metformin?", {Intent.DOSE}),
        ("Max dose of metformin in kidney failure?", {Intent.DOSE, Intent.RENAL}),
        ("Why is warfarin safe in pregnancy?", {Intent.CONTRAINDICATION, Intent.PREGNANCY}),
        ("Can it be used while breastfeeding?", {Intent.LACTATION}),
        ("Is it contraindicated in liver cirrhosis?", {Intent.CONTRAINDICATION, Intent.HEPATIC}),
        ("What is the boxed warning of amiodarone?", {Intent.BOXED_WARNING, Intent.WARNING}),
        ("black box of amiodarone", {Intent.BOXED_WARNING}),
        ("dose for children", {Intent.DOSE, Intent.PEDIATRIC}),
        ("in the elderly", {Intent.GERIATRIC}),
        ("What is digoxin used for?", {Intent.INDICATION}),
        ("side effects of lisinopril", {Intent.ADVERSE}),
        ("overdose of ibuprofen", {Intent.OVERDOSE}),
        ("How is it metabolized by CYP3A4?", {Intent.PHARMACOLOGY}),
        ("How is insulin stored?", {Intent.STORAGE}),
        ("Which tablet strengths are there?", {Intent.FORMS}),
        ("warfarin", set()),
    ],
)
def test_what_is_asked_is_seen_in_the_words(question: str, intents: set[Intent]) -> None:
    assert set(intents_of(question)) == intents


@pytest.mark.parametrize("question", ["promg", "interstate", "undosed", "recreatinine", "ageless", "household"])
def test_a_part_of_a_word_asks_nothing(question: str) -> None:
    assert intents_of(question) == ()


def test_words_of_the_question_are_put_into_the_words_of_labels() -> None:
    assert {"renal", "impairment"} <= set(expansion((Intent.RENAL,)))
    assert expansion(()) == ()


def test_sections_are_known_by_code_and_by_heading() -> None:
    kidneys = label(
        "toy", section("2 DOSAGE AND ADMINISTRATION", inner=[section("2.3 Renal Impairment", "Half of it.")])
    )
    dosage, renal = kidneys.sections
    assert is_about(dosage, Intent.DOSE) and not is_about(dosage, Intent.RENAL)
    assert is_about(renal, Intent.DOSE) and is_about(renal, Intent.RENAL)  # by the code of its parent, and its heading
    assert not is_about(renal, Intent.PREGNANCY)


def test_search_terms_hold_neither_names_nor_common_words(clinic: Desk) -> None:
    assert clinic.understand("Is Coumadin stopped before dental surgery?").terms == (
        "stopped",
        "dental",
        "surgery",
    )


def test_two_names_and_nothing_else_are_a_pair_where_the_strange_one_ends_as_drugs_do(clinic: Desk) -> None:
    for question, names in (
        ("warfarin and toyoxetine", ["warfarin", "toyoxetine"]),
        ("Toyoxetine + warfarin?", ["toyoxetine", "warfarin"]),
        ("warfarin and pregnancy", ["warfarin"]),
        ("warfarin with grapefruit", ["warfarin"]),
    ):
        found = understand(question, clinic.index)
        assert [drug.name for drug in found.query.drugs] == names and found.query.is_pair is (len(names) == 2), question
