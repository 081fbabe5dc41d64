"""Points on which labels of one medicine differ: right rather than broad."""

from pathlib import Path

import pytest

from rag.answer.disagreements import Comparison, disagreements
from rag.index.index import Index
from rag.records import Document, Evidence
from tests.corpus import build, label, section


def forbids(id: str, *items: str, drug: str = "alphadone", more: tuple[str, ...] = (), **about: str) -> Document:
    lead = f"{drug.capitalize()} tablets are contraindicated in patients with:"
    return label(drug, section("4 CONTRAINDICATIONS", lead, *items), *more, id=id, **about)


def compared(home: Path, *documents: Document, drug: str = "alphadone") -> Comparison:
    with Index.open(build(home, *documents)) as index:
        found = disagreements(drug, index)
    assert found is not None
    return found


def told(found: Comparison) -> list[tuple[str, list[str], list[str]]]:
    """Point, ids of the labels that make it, ids of those that do not."""
    return [(one.point, [said.label.id for said in one.said], [row.id for row in one.silent]) for one in found.found]


def test_a_contraindication_in_one_label_and_absent_in_another_is_found_with_its_quote(tmp_path: Path) -> None:
    documents = forbids("old", "Anuria.", "Pregnancy."), forbids("new", "Anuria.")
    found = compared(tmp_path, *documents)
    assert told(found) == [("Pregnancy", ["old"], ["new"])]
    [one] = found.found
    [said] = one.said
    assert (one.kind, said.text) == (Evidence.CONTRAINDICATION, "Pregnancy.")
    assert said.text == said.span.of(documents[0].text) and said.section.heading == "CONTRAINDICATIONS"


def test_labels_that_say_the_same_in_other_words_agree(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        forbids("a", "Known hypersensitivity to alphadone [see Warnings (5.1)].", "Severe renal impairment (eGFR 30)."),
        forbids("b", "Patients who are hypersensitive to any component of this product.", "Renal disease."),
    )  # fmt: skip
    assert found.found == () and len(found.labels) == 2


def test_an_abbreviation_that_the_labels_spell_out_is_the_same(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        forbids("a", "Monoamine oxidase inhibitors (MAOIs) within 14 days."),
        forbids("b", "Use with MAOIs."),
    )
    assert found.found == ()


def test_lists_within_a_sentence_are_points_each(tmp_path: Path) -> None:
    one = "Alphadone is contraindicated in severe bradycardia, cardiogenic shock, and (3) patients with asthma."
    other = "Alphadone is contraindicated in bradycardia and in cardiogenic shock."
    documents = [
        label("alphadone", section("4 CONTRAINDICATIONS", words), id=id) for id, words in (("a", one), ("b", other))
    ]
    assert told(compared(tmp_path, *documents)) == [("patients with asthma", ["a"], ["b"])]


def test_reasons_and_asides_are_no_points(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        forbids(
            "a", "Hypersensitivity (reactions included rash and fever). Angioedema, anaphylaxis and hives were seen."
        ),
        forbids("b", "Hypersensitivity."),
    )
    assert found.found == ()


def test_a_label_that_names_it_elsewhere_is_told_from_one_that_never_does(tmp_path: Path) -> None:
    warns = section("5 WARNINGS AND PRECAUTIONS", "In pregnancy the foetus can be harmed.")
    found = compared(
        tmp_path,
        forbids("a", "Anuria.", "Pregnancy."),
        forbids("b", "Anuria.", more=(warns,)),
        forbids("c", "Anuria."),
    )
    [one] = found.found
    assert [row.id for row in one.silent] == ["b", "c"] and [row.id for row in one.elsewhere] == ["b"]


def test_a_boxed_warning_that_some_labels_lack_is_found(tmp_path: Path) -> None:
    box = section("BOXED WARNING", "Alphadone has caused bleeding.")
    found = compared(tmp_path, forbids("a", "Anuria.", more=(box,)), forbids("b", "Anuria."))
    assert [(one.kind, [s.label.id for s in one.said], [r.id for r in one.silent]) for one in found.found] == [
        (Evidence.BOXED_WARNING, ["a"], ["b"])
    ]


def test_labels_without_contraindications_and_of_other_drugs_are_not_compared(tmp_path: Path) -> None:
    excerpt = label("alphadone", section("7 DRUG INTERACTIONS", "Avoid betanol."), id="excerpt")
    found = compared(
        tmp_path, forbids("a", "Pregnancy."), excerpt, forbids("x", "Anuria.", drug="betanol"),
        label(["alphadone", "betanol"], section("4 CONTRAINDICATIONS", "Gout."), id="both"),
    )  # fmt: skip
    assert ([row.id for row in found.labels], found.left_out, found.found) == (["a"], 1, ())


def test_the_reference_product_speaks_first(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        forbids("copy", "Pregnancy.", effective="20260101"),
        forbids("reference", "Pregnancy.", effective="20240101", application="NDA000001"),
        forbids("other", "Anuria."),
    )
    assert found.labels[0].id == "reference"
    assert told(found)[0] == ("Pregnancy", ["reference", "copy"], ["other"])


@pytest.mark.parametrize("drug", ["betanol", "", "alpha done"])
def test_a_drug_without_a_label_is_said_to_have_none(tmp_path: Path, drug: str) -> None:
    with Index.open(build(tmp_path, forbids("a", "Anuria."))) as index:
        assert disagreements(drug, index) is None
