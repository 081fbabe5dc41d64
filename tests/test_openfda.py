"""openFDA records as documents: flattened highlights and subsections, table twins in their place, names and classes."""

from typing import Any

import pytest

from ingest import codes, files, openfda
from rag.errors import SourceError
from rag.records import BlockKind, ClassMembership, Document, Ingredient
from rag.settings import SourceSettings
from tests.toys import assert_sound, block, bold, items, lines, p, record, row, rows, squeezed, table
from tests.toys import openfda as written


def read(**fields: Any) -> Document:
    found = openfda.read(record(**fields), SourceSettings())
    assert_sound(found)
    return found


def interactions(text: str, *tables: str) -> Document:
    return read(drug_interactions=[text], drug_interactions_table=list(tables))


# Sections


def test_fields_become_sections_in_the_order_of_a_label_with_their_codes() -> None:
    found = read(
        overdosage=["10 OVERDOSAGE Call for help."],
        boxed_warning=["WARNING: STOP AT ONCE Deaths were seen."],
        drug_interactions=["7 DRUG INTERACTIONS Avoid ketoconazole."],
        spl_product_data_elements=["Toyazole TOYAZOLE"],
    )
    assert [(s.code, s.number, s.heading) for s in found.sections] == [
        (codes.BOXED_WARNING, None, "Boxed warning"),
        (codes.INTERACTIONS, "7", "Drug interactions"),
        (codes.OVERDOSE, "10", "Overdosage"),
    ]
    assert "Toyazole TOYAZOLE" not in found.text


def test_subsections_are_found_again_in_flat_text() -> None:
    found = interactions(
        "7 DRUG INTERACTIONS 7.1 Strong CYP3A4 Inhibitors Avoid ketoconazole [see Warnings (5.2)]. "
        "7.2 Digoxin Levels of digoxin rise. Doses are in 2.1 and 7.3 of this label."
    )
    assert [(s.number, s.path) for s in found.sections] == [
        ("7", ("Drug interactions",)),
        ("7.1", ("Drug interactions", "Strong CYP3A4 Inhibitors")),
        ("7.2", ("Drug interactions", "Digoxin")),
    ]
    assert {s.code for s in found.sections} == {codes.INTERACTIONS}
    assert "7.1 Strong CYP3A4 Inhibitors" in lines(found, BlockKind.TITLE)
    assert "Avoid ketoconazole [see Warnings (5.2)]." in lines(found, BlockKind.PARAGRAPH)


@pytest.mark.parametrize(
    "text",
    [
        "7 DRUG INTERACTIONS Avoid both (7.1 Strong inhibitors) and others.",
        "7 DRUG INTERACTIONS Avoid both, see 7.1 Strong inhibitors there.",
        "7 DRUG INTERACTIONS Avoid both as in sections 7.2 Digoxin.",
        "7 DRUG INTERACTIONS The ratio was 7.1 in men.",
        "7 DRUG INTERACTIONS The ratio was high. 7.3 Times it doubled.",
    ],
)
def test_a_reference_to_a_subsection_opens_none(text: str) -> None:
    assert [s.number for s in interactions(text).sections] == ["7"]


def test_flattened_highlights_are_kept_and_never_quoted() -> None:
    found = interactions(
        "7 DRUG INTERACTIONS Strong CYP3A4 inhibitors: halve the dose. (7.1) Digoxin: watch levels. (7.2) "
        "7.1 Strong CYP3A4 Inhibitors Halve the dose with ketoconazole. 7.2 Digoxin Watch the level of digoxin."
    )
    quotable = lines(found, BlockKind.PARAGRAPH)
    assert quotable == ["Halve the dose with ketoconazole.", "Watch the level of digoxin."]
    assert "halve the dose. (7.1)" in found.text


def test_a_section_that_refers_to_itself_and_has_nothing_more_is_no_highlights() -> None:
    found = interactions("7 DRUG INTERACTIONS Halve the dose with ketoconazole. (7)")
    assert lines(found, BlockKind.PARAGRAPH) == ["7 DRUG INTERACTIONS Halve the dose with ketoconazole. (7)"]


def test_stray_tags_part_lines_and_leave_no_trace() -> None:
    found = interactions('7 DRUG INTERACTIONS <item>Avoid ketoconazole.</item><item ID="a">Avoid < 5 mg.</item>')
    assert lines(found) == ["7 DRUG INTERACTIONS", "Avoid ketoconazole.", "Avoid < 5 mg."]


def test_bullets_of_flat_text_are_items() -> None:
    found = interactions("Avoid: • ketoconazole • ritonavir")
    assert lines(found, BlockKind.ITEM) == ["• ketoconazole", "• ritonavir"]


def test_several_texts_of_a_field_are_one_section() -> None:
    found = read(warnings=["One.", " ", "Two."])
    assert len(found.sections) == 1 and lines(found) == ["One.", "Two."]


# Tables and their flat copies

TABLE = table(
    row("ketoconazole", "0.6 mg twice a day", "0.3 mg once a day"),
    row("ritonavir", "0.6 mg once a day", "0.3 mg every other day"),
    caption="Table 1. Doses",
    head=[row("Drug", "Original", "Adjusted")],
)
FLAT = (
    "Table 1. Doses Drug Original Adjusted ketoconazole 0.6 mg twice a day 0.3 mg once a day "
    "ritonavir 0.6 mg once a day 0.3 mg every other day"
)
LINES = [
    "Table 1. Doses",
    "Drug | Original | Adjusted",
    "ketoconazole | 0.6 mg twice a day | 0.3 mg once a day",
    "ritonavir | 0.6 mg once a day | 0.3 mg every other day",
]


def test_a_table_takes_the_place_of_its_flat_copy() -> None:
    found = interactions(f"Before it. {FLAT} After it.", TABLE)
    assert lines(found) == ["Before it.", *LINES, "After it."]
    context = block(found, "ritonavir |").context
    assert context and context.text == "Table 1. Doses > [Drug | Original | Adjusted]"


def test_white_space_in_the_flat_copy_does_not_matter() -> None:
    found = interactions(f"Before it. {FLAT.replace(' ', '  ').replace('mg', chr(160) + 'mg')} After it.", TABLE)
    assert lines(found) == ["Before it.", *LINES, "After it."]


def test_a_jumbled_copy_is_found_by_its_ends() -> None:
    jumbled = FLAT.replace("ketoconazole 0.6 mg twice a day", "0.6 mg twice ketoconazole a day")
    assert lines(interactions(f"Before it. {jumbled} After it.", TABLE)) == ["Before it.", *LINES, "After it."]


def test_a_copy_much_longer_than_its_table_is_not_trusted() -> None:
    stretched = FLAT.replace("ritonavir", "and much else that is no part of the table at all " * 5 + "ritonavir")
    found = interactions(f"Before it. {stretched} After it.", TABLE)
    assert lines(found)[0] == f"Before it. {squeezed(stretched)} After it."
    assert lines(found)[1:] == LINES


def test_a_table_without_a_copy_comes_last_in_its_section() -> None:
    found = interactions("Avoid both.", TABLE)
    assert lines(found) == ["Avoid both.", *LINES]
    assert {s.code for s in found.sections} == {codes.INTERACTIONS}


def test_two_tables_stand_each_in_its_place() -> None:
    second = table(row("digoxin", "watch the level of digoxin"), row("warfarin", "watch the INR often"))
    found = interactions(
        f"{FLAT} Then: digoxin watch the level of digoxin warfarin watch the INR often End.", TABLE, second
    )
    assert lines(found) == [
        *LINES,
        "Then:",
        "digoxin | watch the level of digoxin",
        "warfarin | watch the INR often",
        "End.",
    ]


def test_a_table_within_a_subsection_stays_in_it() -> None:
    found = interactions(f"7 DRUG INTERACTIONS 7.1 Inhibitors Avoid them. {FLAT} 7.2 Digoxin Watch it.", TABLE)
    inhibitors = next(s for s in found.sections if s.number == "7.1")
    assert all(inhibitors.start <= one.start and one.end <= inhibitors.end for one in rows(found))
    assert len(rows(found)) == 2


def test_broken_table_markup_leaves_the_flat_text_as_it_is() -> None:
    assert lines(interactions(f"{FLAT}.", "<table><tr><td>ketoconazole")) == [f"{FLAT}."]


def test_marks_within_a_table_are_read_as_in_spl() -> None:
    found = interactions("X.", table(row(bold("Drug"), bold("Level")), row("digoxin", "10<sup>9</sup><br/>or so")))
    assert lines(found, BlockKind.ROW) == ["digoxin | 10 9 or so"]


# Silence and damage


def test_a_label_whose_sections_are_empty_is_known_by_name_and_silent() -> None:
    found = read(drug_interactions=[""], warnings=[" "])
    assert (found.text, found.blocks, found.sections) == ("", (), ())
    assert found.drugs == ("toyazole",)


@pytest.mark.parametrize("set_id", [None, "", "  ", 7, ["a"]])
def test_a_record_without_a_set_id_is_refused(set_id: Any) -> None:
    with pytest.raises(SourceError, match="without set_id"):
        openfda.read({"set_id": set_id, "warnings": ["Stop."]}, SourceSettings())


def test_a_record_without_any_section_field_is_refused() -> None:
    with pytest.raises(SourceError, match="no field that is a label section"):
        read(description=["Made of toys."])


@pytest.mark.parametrize("about", [None, [], ["a"], "text", 5, {"brand_name": 3, "unii": {"a": 1}, "route": [None, 1]}])
def test_a_record_that_says_nothing_sensible_of_its_product_is_read_all_the_same(about: Any) -> None:
    found = openfda.read({"set_id": "toy-1", "openfda": about, "warnings": ["Stop."]}, SourceSettings())
    assert (found.text, found.title, found.drugs) == ("Stop.", "Label toy-1", ())


@pytest.mark.parametrize("value", [3, {"a": "b"}, [None, 5], True])
def test_a_field_that_is_no_text_is_left_out(value: Any) -> None:
    assert read(warnings=["Stop."], drug_interactions=value).text == "Stop."


def test_a_bad_record_does_not_stop_the_others() -> None:
    found = items(written(record("a", warnings=["Stop."]), "no record", record(""), record("b", warnings=["Go."])))
    assert [item.name if isinstance(item, files.Broken) else getattr(item, "id", "") for item in found] == [
        "a", "toy (record 2)", "toy (record 3)", "b",
    ]  # fmt: skip


def test_json_that_breaks_off_keeps_what_came_before() -> None:
    found = items(written(record("a", warnings=["Stop."]), record("b", warnings=["Go."]))[:-40])
    assert isinstance(found[0], Document) and found[0].id == "a"
    assert isinstance(found[-1], files.Broken) and "not valid JSON" in found[-1].reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"meta": {}}', 'without records under "results"'),
        (b'{"results": []}', 'without records under "results"'),
        (b"[1, 2]", 'without records under "results"'),
        (b'{"results": [{"set_id": ', "not valid JSON"),
        (b'{"results": [{"set_id": "\xff"}]}', "not valid JSON"),
    ],
)
def test_other_json_is_refused_with_what_was_expected(data: bytes, reason: str) -> None:
    [found] = items(data)
    assert isinstance(found, files.Broken) and reason in found.reason


def test_a_byte_order_mark_before_json_is_no_damage() -> None:
    [found] = items(b"\xef\xbb\xbf" + written(record(warnings=["Stop."])))
    assert isinstance(found, Document)


def test_a_number_of_thousands_of_digits_is_an_error_and_no_crash() -> None:
    # The C parser behind ijson 3.6.0 dies of a segmentation fault on it where integers are asked for.
    [found] = items(b'{"results": [{"set_id": "a", "version": ' + b"9" * 5000 + b"}]}")
    assert isinstance(found, files.Broken) and "hundreds of digits" in found.reason


def test_a_lone_surrogate_does_not_spoil_the_text() -> None:
    found = items(b'{"results": [{"set_id": "a", "warnings": ["\\ud83d Stop. \\ud83d\\udc8a"]}]}')[0]
    assert isinstance(found, Document)
    assert found.text.encode().endswith("Stop. 💊".encode())


# What a record says of its product


def test_names_routes_and_packager_come_from_the_openfda_block() -> None:
    about = {
        "brand_name": ["Zolix", "Zolix XR"],
        "generic_name": ["TOYAZOLE HYDROCHLORIDE"],
        "substance_name": ["TOYAZOLE HYDROCHLORIDE"],
        "unii": ["SALT000001"],
        "route": ["ORAL"],
        "manufacturer_name": ["Toy Laboratories"],
        "application_number": ["NDA000001"],
        "is_original_packager": [True],
    }
    found = read(about=about, id="rev-9", version="12", effective_time="20240131", warnings=["Stop."])
    assert found.title == "Zolix (TOYAZOLE HYDROCHLORIDE); Zolix XR (TOYAZOLE HYDROCHLORIDE), oral"
    assert found.products[0].ingredients == (Ingredient("toyazole", "TOYAZOLE HYDROCHLORIDE", "SALT000001"),)
    assert [one.routes for one in found.products] == [("oral",), ("oral",)]
    assert (found.manufacturer, found.application, found.original_packager) == ("Toy Laboratories", "NDA000001", True)
    assert (found.version, found.effective, found.revision) == ("12", "2024-01-31", "rev-9")
    assert found.url == "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=toy-1"


def test_a_repackagers_copy_is_recognised_and_silence_is_no_claim() -> None:
    copied = {"brand_name": ["Zolix"], "original_packager_product_ndc": ["0001-0001"]}
    assert read(about=copied, warnings=["Stop."]).original_packager is False
    assert read(warnings=["Stop."]).original_packager is None


@pytest.mark.parametrize("date", ["2024", "soon", None, 20240131])
def test_a_date_that_is_none_is_left_out(date: Any) -> None:
    assert read(effective_time=date, warnings=["Stop."]).effective is None


def test_class_fields_become_memberships_of_the_one_ingredient() -> None:
    about = {
        "substance_name": ["TOYAZOLE MALEATE"],
        "unii": ["SALT000001"],
        "pharm_class_epc": ["Toy Inhibitor [EPC]"],
        "pharm_class_moa": ["Toy Blocking [MoA]"],
        "pharm_class_cs": ["Toys [CS]"],
        "pharm_class_pe": ["Slower Toys [PE]"],
    }
    assert read(about=about, warnings=["Stop."]).classes == tuple(
        ClassMembership("toyazole", "SALT000001", name, kind, "openFDA")
        for name, kind in (("Toy Inhibitor", "EPC"), ("Toy Blocking", "MOA"), ("Toys", "CS"), ("Slower Toys", "PE"))
    )


def test_a_combination_is_all_its_drugs_and_gives_none_of_them_a_class() -> None:
    about = {
        "generic_name": ["TOYAZOLE AND OLDATOL MALEATE"],
        "substance_name": ["TOYAZOLE", "OLDATOL MALEATE"],
        "unii": ["BASE000001", "SALT000002"],
        "pharm_class_epc": ["Toy Inhibitor [EPC]", "Old Inhibitor [EPC]"],
    }
    found = read(about=about, warnings=["Stop."])
    assert found.drugs == ("toyazole", "oldatol")
    assert [i.unii for i in found.products[0].ingredients] == ["BASE000001", "SALT000002"]
    assert found.classes == ()


def test_without_substances_the_generic_name_gives_the_ingredients() -> None:
    found = read(about={"generic_name": ["Toyazole and Oldatol Maleate"]}, warnings=["Stop."])
    assert found.drugs == ("toyazole", "oldatol")


def test_uniis_that_do_not_match_the_substances_are_left_out() -> None:
    about = {"substance_name": ["TOYAZOLE"], "unii": ["A", "B"]}
    assert read(about=about, warnings=["Stop."]).products[0].ingredients[0].unii is None


def test_a_paragraph_element_in_a_table_field_is_no_table() -> None:
    assert lines(interactions("Avoid both.", p("not a table"))) == ["Avoid both."]
