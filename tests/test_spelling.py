"""Names with a typing error: read where one name alone can be meant, offered and never guessed where not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.records import Document
from rag.search.spelling import Speller, nearest
from tests.corpus import Desk, desk_of, label, section

DOSE = "DOSAGE AND ADMINISTRATION"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    def dose(drug: str, *more: str, brand: str | None = None) -> Document:
        return label(drug, section(DOSE, f"The dose of {drug} is 5 mg once daily.", *more), brand=brand)

    documents = [
        dose("verapamil", brand="Calan"),
        dose("hydralazine", "Patients who take hydroxyzine need care.", "The word verapamyl stands in this label."),
        dose("prednisone"),
        dose("prednisolone"),
        dose("nifedipine"),
        dose("fluoxetine"),
        dose("enalapril"),
        dose("amlodipine", brand="Exforge HCT"),
        dose("torsemide", "Torsemide with lithium raises lithium levels. Do not use with statins."),
    ]
    with desk_of(tmp_path_factory.mktemp("spelling"), *documents) as opened:
        yield opened


@pytest.mark.parametrize("said", ["verpamil", "verapammil", "verabamil", "verpaamil", "evrapamil", "verapami"])
def test_one_error_of_each_kind_is_read_as_the_name_that_was_meant(desk: Desk, said: str) -> None:
    [drug] = desk.understand(f"What is the dose of {said}?").query.drugs
    assert (drug.name, drug.matched, drug.documents) == (said, "verapamil", 1)


def test_two_errors_are_read_in_a_long_name_only() -> None:
    assert nearest("verapmyl", ["verapamil"]) == ("verapamil",)  # nine letters
    assert nearest("warferim", ["warfarin"]) == ()  # eight


def test_the_answer_shows_what_was_typed_and_what_it_was_read_as(desk: Desk) -> None:
    [subject] = desk.understand("dose of verpamil").subjects
    assert subject.said == "verpamil (read as verapamil)"
    assert all(hit.passage.drugs == ("verapamil",) for hit in desk.search("dose of verpamil"))


def test_a_mistyped_brand_finds_its_own_label(desk: Desk) -> None:
    [drug] = desk.understand("What is the dose of Calann?").query.drugs
    assert (drug.name, drug.matched) == ("calann", "verapamil")


def test_neighbours_tell_what_a_short_word_of_a_longer_name_was(desk: Desk) -> None:
    [subject] = desk.understand("dose of Exforge HCCT").subjects
    assert (subject.match.name, subject.read_as) == ("exforge hcct", "exforge hct")


def test_the_second_drug_of_a_pair_may_be_mistyped(desk: Desk) -> None:
    understood = desk.understand("Does torsemide interact with verapmil?")
    assert understood.query.is_pair
    assert [drug.matched for drug in understood.query.drugs] == ["torsemide", "verapamil"]


def test_a_mistyped_medicine_without_a_label_is_looked_for_in_other_labels(desk: Desk) -> None:
    understood = desk.understand("Does torsemide interact with lithum?")
    assert [subject.said for subject in understood.subjects] == ["torsemide", "lithum (read as lithium)"]
    [first, *_] = desk.search("Does torsemide interact with lithum?")
    assert "lithium levels" in first.passage.text


def test_a_mistyped_class_is_read_too(desk: Desk) -> None:
    [_, statins] = desk.understand("Does torsemide interact with statinz?").subjects
    assert (statins.match.name, statins.read_as) == ("statinz", "statins")


def test_a_look_alike_that_the_corpus_writes_of_is_never_another_medicine(desk: Desk) -> None:
    understood = desk.understand("What is the dose of hydroxyzine?")
    assert "hydralazine" not in [drug.matched for drug in understood.query.drugs]


@pytest.mark.parametrize("said", ["nimodipine", "duloxetine", "enalaprilat"])
def test_a_real_medicine_near_a_name_is_taken_as_it_is_written(desk: Desk, said: str) -> None:
    # two edits from nifedipine, from fluoxetine, and enalapril with two letters more; none of the three is here
    assert not any(drug.documents for drug in desk.understand(f"What is the dose of {said}?").query.drugs)


def test_a_name_as_near_to_two_medicines_is_offered_and_not_guessed(desk: Desk) -> None:
    understood = desk.understand("What is the dose of prednisolne?")  # one letter from the one, one from the other
    assert not understood.subjects
    assert understood.notices == (
        '"prednisolne" was not read as another name: did you mean prednisolone or prednisone?',
    )
    assert not desk.search("What is the dose of prednisolne?")


def test_a_word_that_the_corpus_itself_writes_is_left_alone_and_the_name_near_it_is_offered(desk: Desk) -> None:
    understood = desk.understand("What is the dose of verapamyl?")
    assert not any(drug.documents for drug in understood.query.drugs)
    assert understood.notices == ('"verapamyl" was taken as it is written, not as verapamil, which looks alike.',)


def test_plain_words_of_a_question_are_no_names(tmp_path: Path) -> None:
    with desk_of(tmp_path, label("lasix", section(DOSE, "Take 20 mg."))) as opened:
        assert not opened.understand("How long does a relax last at home?").subjects


def test_names_of_the_corpus_are_compared_word_by_word() -> None:
    speller = Speller(["losartan potassium", "losartan"])
    reading = speller.read(["losartan", "potasium"], 1)
    assert reading is not None and reading.is_sure and reading.nearest == ("potassium",)


def test_a_drug_given_beside_the_question_may_be_mistyped(desk: Desk) -> None:
    [drug] = desk.understand("What is the dose?", "verpamil").query.drugs
    assert (drug.name, drug.matched) == ("verpamil", "verapamil")
