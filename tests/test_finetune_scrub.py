"""Identifiers leave a text, each by its kind; names of medicines, ages and doses stay."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.bench.scrub_check import FORMS, is_found, notes
from finetune.scrub import Kind, find, scrub
from ui.cli import app

pytest.importorskip("names")
pytest.importorskip("phonenumbers")
pytest.importorskip("usaddress")


def test_a_note_loses_each_identifier_and_keeps_what_was_done() -> None:
    note = (
        "Patient: Vermeulen, Anika  DOB 3/12/61 MRN: 00482913. Lives at 1244 Elm Street Apt. 4, Springfield, IL 62704."
        " Call (217) 555-0142 or anika.v@example.org. Takes Warfarin 5 mg at 62 years."
    )
    found = scrub(note)
    assert found.text == (
        "Patient: [NAME]  DOB [DATE] MRN: [RECORD]. Lives at [ADDRESS]. Call [PHONE] or [E-MAIL]."
        " Takes Warfarin 5 mg at 62 years."
    )
    assert found.counts == {kind.value: 1 for kind in Kind}


@pytest.mark.parametrize(
    "said",
    [
        "Store at 20° to 25°C (68° to 77°F); NDC 0093-7198-56.",
        "Camila (norethindrone) tablets [see Warnings (5.1)].",
        "Discontinue Synthroid 25 mcg. Hodgkin Lymphoma was reported.",
        "Avoid St. John's Wort and grapefruit juice.",
        "Also contains FD&C Yellow No. 6 Aluminum Lake.",
        "4 CONTRAINDICATIONS Methotrexate is contraindicated in pregnancy.",
        "Manufactured for Dr. Reddy's Laboratories Limited.",
        "Doses of 1,000 to 2,500 mg were given for 12 to 24 weeks in 1,234 patients.",
    ],
)
def test_label_text_stays_as_it_is(said: str) -> None:
    assert scrub(said).text == said


def test_a_name_that_was_told_once_is_found_again_without_a_title() -> None:
    found = scrub("Seen by Dr. Rajesh Thakkar today. Plan as Thakkar wrote; Thakkar will call.")
    assert "Thakkar" not in found.text
    assert found.counts["name"] == 3


def test_a_medicine_that_is_called_like_a_person_stays_where_it_is_known() -> None:
    said = "Ms. Errin tablets were refilled."
    assert "Errin" not in scrub(said).text
    assert scrub(said, known={"errin"}.__contains__).text == said


def test_findings_stand_in_order_and_apart() -> None:
    note = next(notes(1, "tune"))
    found = find(note.text)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert all(one.start < one.end for one in found)


def test_notes_are_made_alike_each_time_and_hold_every_kind() -> None:
    once, again = list(notes(3, "tune")), list(notes(3, "tune"))
    assert once == again
    assert all({one.kind for one in note.planted} == set(Kind) for note in once)
    assert all(note.text[one.start : one.end].strip() for note in once for one in note.planted)


def test_sentence_forms_that_were_looked_at_are_not_those_that_judge() -> None:
    seen = {form for kinds in FORMS["tune"].values() for form in kinds.strip().splitlines()}
    judged = {form for kinds in FORMS["report"].values() for form in kinds.strip().splitlines()}
    assert not seen & judged


def test_nearly_all_planted_identifiers_of_forms_that_were_not_looked_at_are_found() -> None:
    told = [is_found(note.text, one, find(note.text)) for note in notes(60, "report") for one in note.planted]
    assert sum(told) >= 0.95 * len(told)


def test_the_command_prints_the_text_without_identifiers(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("Mrs. Okafor (MRN 4481920) takes lithium.\n")
    ran = CliRunner().invoke(app, ["finetune", "scrub", str(file)])
    assert ran.exit_code == 0, ran.output
    assert ran.stdout == "Mrs. [NAME] (MRN [RECORD]) takes lithium.\n"
