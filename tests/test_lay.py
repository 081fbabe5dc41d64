"""Classes of medicines, as labels, clinicians and patients call them."""

from collections.abc import Iterator

import pytest

from rag.search import classes, lay
from rag.text import words
from tests.corpus import Desk, desk_of, label, section

INTERACTIONS = "DRUG INTERACTIONS"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    documents = [
        label(
            "ibuprofen",
            section(INTERACTIONS, "Anticoagulants: bleeding may increase.", "Diuretics may lose their effect."),
        ),
        label("lisinopril", section(INTERACTIONS, "Non-steroidal anti-inflammatory agents may impair renal function.")),
        label("colchicine", section(INTERACTIONS, "Muscle injury was reported with HMG-CoA reductase inhibitors.")),
        label("fluconazole", section(INTERACTIONS, "Statins: fluconazole raises their levels.")),
        label("omeprazole", section("DOSAGE AND ADMINISTRATION", "Take 20 mg once daily before a meal.")),
    ]
    with desk_of(tmp_path_factory.mktemp("lay"), *documents) as opened:
        yield opened


def test_a_class_goes_by_all_its_names(desk: Desk) -> None:
    understood = desk.understand("Does colchicine interact with statins?")
    [_, statins] = understood.query.drugs
    assert understood.query.is_pair
    assert (statins.name, statins.matched, statins.documents) == ("statins", "HMG-CoA reductase inhibitors", 0)
    [first, *_] = desk.search("Does colchicine interact with statins?")
    assert "HMG-CoA reductase inhibitors" in first.passage.text


def test_a_label_that_uses_the_very_name_asked_for_is_searched_with_it(desk: Desk) -> None:
    [_, statins] = desk.understand("Does fluconazole interact with statins?").subjects
    assert statins.names == ("statins", "statin")


@pytest.mark.parametrize("said", ["NSAIDs", "an NSAID", "nonsteroidal anti-inflammatory drugs"])
def test_long_and_short_names_of_a_class_find_the_same_sentence(desk: Desk, said: str) -> None:
    [first, *_] = desk.search(f"Does lisinopril interact with {said}?")
    assert "Non-steroidal anti-inflammatory agents" in first.passage.text


def test_a_class_is_no_name_for_a_class_that_it_is_part_of() -> None:
    named = classes.called("benzodiazepines")
    assert named is not None and named.forms == ("benzodiazepines", "benzodiazepine")
    assert classes.called("beta blockers") == classes.called("beta adrenergic blocking agent")


def test_words_around_a_class_make_it_another_thing() -> None:
    assert classes.called("statins metabolized by cyp3a4") is None


def test_a_patients_words_stand_for_the_class(desk: Desk) -> None:
    understood = desk.understand("Can I take a blood thinner with ibuprofen?")
    [thinner] = [drug for drug in understood.query.drugs if drug.documents == 0]
    assert understood.query.is_pair
    assert (thinner.name, thinner.matched) == ("blood thinner", "anticoagulants or antiplatelet agents")
    [first, *_] = desk.search("Can I take a blood thinner with ibuprofen?")
    assert "Anticoagulants: bleeding may increase." in first.passage.text


def test_a_class_alone_is_what_the_question_is_about(desk: Desk) -> None:
    [subject] = desk.understand("What should I know about water pills?").subjects
    assert subject.match.matched == "diuretics"
    assert {hit.passage.drugs for hit in desk.search("What should I know about water pills?")} <= {("ibuprofen",)}


def test_a_class_beside_its_own_drug_makes_no_pair(desk: Desk) -> None:
    understood = desk.understand("What is the dose of the proton pump inhibitor omeprazole?")
    assert [drug.matched for drug in understood.query.drugs] == ["omeprazole"]
    assert not understood.query.is_pair


def test_every_lay_phrase_stands_for_classes_that_are_known() -> None:
    for phrase in lay.phrases():
        assert phrase == " ".join(words(phrase))
        assert classes.called(phrase) is not None, phrase
        assert phrase in classes.called(phrase).forms, phrase  # type: ignore[union-attr]


def test_a_class_asked_about_is_not_called_a_medicine_without_a_label(desk: Desk) -> None:
    given = desk.ask("Can I take a blood thinner with ibuprofen?")
    assert not any("no label of blood thinner" in missing.text for missing in given.missing)
