"""What changed between two versions of a label, in words; figures, boxed warnings and contraindications first."""

from rag.changes import Difference, Kind, compare
from rag.records import Document
from tests.corpus import label, section, table

BOXED = section("BOXED WARNING", "Alphadone has caused bleeding.", "Stop before surgery.")
FORBIDDEN = section("4 CONTRAINDICATIONS", "Patients with anuria.", "Use with betanol.")
DOSE = section(
    "2 DOSAGE AND ADMINISTRATION",
    "Take 5 mg once a day. Do not crush the tablets.",
    inner=[section("2.1 Children", "Take 1 mg.")],
)
STORED = section("16 STORAGE AND HANDLING", "Keep in a dry place.")


def version(number: str, *sections: str, **about: str) -> Document:
    return label("alphadone", *sections, version=number, **about)


def said(difference: Difference) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
    """Heading -> what became of its lines, before and after."""
    return [
        (
            one.section.heading,
            [(c.kind.value, c.before and c.before.text, c.after and c.after.text) for c in one.changes],
        )
        for one in difference.sections
    ]


def test_the_same_words_are_no_change() -> None:
    again = section(
        "2 DOSAGE AND ADMINISTRATION",
        "Take 5 mg  once a day.  Do not crush the tablets.",
        inner=[section("2.1 Children", "Take 1 mg.")],
    )
    found = compare(version("1", BOXED, DOSE), version("2", BOXED, again))
    assert found.sections == () and found.about == ()


def test_a_changed_dose_is_one_changed_sentence_with_both_numbers() -> None:
    new = DOSE.replace("Take 5 mg once", "Take 2.5 mg once")
    [one] = compare(version("1", DOSE), version("2", new)).sections
    assert (one.kind, one.section.heading, one.leads) == (Kind.CHANGED, "DOSAGE AND ADMINISTRATION", False)
    [change] = one.changes
    assert change.before and change.after
    assert (change.before.text, change.after.text) == ("Take 5 mg once a day.", "Take 2.5 mg once a day.")
    assert (change.gone, change.new) == (("5 mg",), ("2.5 mg",))


def test_lines_are_the_documents_own_characters() -> None:
    old, new = version("1", DOSE, STORED), version("2", DOSE.replace("5 mg", "7 mg"), STORED.replace("dry", "cool"))
    for part in compare(old, new).sections:
        for change in part.changes:
            assert change.before and change.before.text == change.before.span.of(old.text)
            assert change.after and change.after.text == change.after.span.of(new.text)


def test_added_and_removed_sentences_are_told_apart_from_changed_ones() -> None:
    new = section("16 STORAGE AND HANDLING", "Protect from light.")
    assert said(compare(version("1", STORED), version("2", new))) == [
        ("STORAGE AND HANDLING", [("added", None, "Protect from light."), ("removed", "Keep in a dry place.", None)])
    ]


def test_boxed_warning_leads_then_contraindications_then_figures_then_the_rest() -> None:
    old = version("1", STORED, DOSE, FORBIDDEN, BOXED)
    new = version(
        "2",
        STORED.replace("dry", "cool"),
        DOSE.replace("Take 1 mg", "Take 2 mg"),
        FORBIDDEN.replace("anuria", "oliguria"),
        BOXED.replace("bleeding", "heavy bleeding"),
    )
    found = compare(old, new)
    assert [one.section.heading for one in found.sections] == [
        "BOXED WARNING",
        "CONTRAINDICATIONS",
        "Children",
        "STORAGE AND HANDLING",
    ]
    assert [one.leads for one in found.sections] == [True, True, False, False]


def test_within_a_section_changed_numbers_come_first() -> None:
    old = section("2 DOSAGE AND ADMINISTRATION", "Swallow the tablets whole.", "Take 5 mg once a day.")
    new = section("2 DOSAGE AND ADMINISTRATION", "Swallow all tablets whole.", "Take 6 mg once a day.")
    [one] = compare(version("1", old), version("2", new)).sections
    assert [change.new for change in one.changes] == [("6 mg",), ()]


def test_a_new_contraindication_is_named() -> None:
    new = section("4 CONTRAINDICATIONS", "Patients with anuria.", "Use with betanol.", "Pregnancy.")
    assert said(compare(version("1", FORBIDDEN), version("2", new))) == [
        ("CONTRAINDICATIONS", [("added", None, "Pregnancy.")])
    ]


def test_a_contraindication_that_became_a_warning_is_a_move_and_leads() -> None:
    warnings = section("5 WARNINGS AND PRECAUTIONS", "Watch the pulse.")
    old = version("1", FORBIDDEN, warnings)
    new = version(
        "2",
        section("4 CONTRAINDICATIONS", "Patients with anuria."),
        section("5 WARNINGS AND PRECAUTIONS", "Watch the pulse.", "Use with betanol."),
    )
    [one] = compare(old, new).sections
    assert one.section.heading == "WARNINGS AND PRECAUTIONS" and one.leads
    [change] = one.changes
    assert (change.kind, change.origin) == (Kind.MOVED, ("CONTRAINDICATIONS",))


def test_another_order_within_a_section_is_no_change() -> None:
    turned = section("4 CONTRAINDICATIONS", "Use with betanol.", "Patients with anuria.")
    assert compare(version("1", FORBIDDEN), version("2", turned)).sections == ()


def test_a_renumbered_section_is_the_same_and_a_renamed_one_with_its_words_too() -> None:
    old = version("1", DOSE, STORED)
    new = version(
        "2", DOSE.replace("2.1 Children", "2.2 Pediatric patients"), STORED.replace("16 STORAGE", "17 STORAGE")
    )
    assert compare(old, new).sections == ()


def test_a_section_that_came_or_went_is_told_as_that() -> None:
    found = compare(version("1", DOSE, STORED), version("2", DOSE, BOXED))
    assert [(one.section.heading, one.kind) for one in found.sections] == [
        ("BOXED WARNING", Kind.ADDED),
        ("STORAGE AND HANDLING", Kind.REMOVED),
    ]


def test_a_table_row_is_compared_whole() -> None:
    def doses(adjusted: str) -> str:
        return section(
            "2 DOSAGE AND ADMINISTRATION",
            table("Table 1. Doses", ("Drug", "Adjusted dose"), ("gammazole", adjusted), ("deltamab", "none")),
        )

    [one] = compare(version("1", doses("5 mg a day")), version("2", doses("2 mg a day"))).sections
    [change] = one.changes
    assert change.before and change.after
    assert (change.before.text, change.after.text) == ("gammazole | 5 mg a day", "gammazole | 2 mg a day")
    assert change.after.context and "Adjusted dose" in change.after.context


def test_a_row_that_went_to_another_table_of_its_section_is_a_move() -> None:
    def tables(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> str:
        heads = ("Drug", "Dose")
        return section(
            "2 DOSAGE AND ADMINISTRATION",
            table("Table 1. Adults", heads, *first),
            table("Table 2. Children", heads, *second),
        )

    row, other = ("gammazole", "5 mg"), ("deltamab", "7 mg")
    old, new = tables([row, other], [("zetaprost", "1 mg")]), tables([other], [("zetaprost", "1 mg"), row])
    [one] = compare(version("1", old), version("2", new)).sections
    assert [(c.kind, c.after and c.after.context and "Children" in c.after.context) for c in one.changes] == [
        (Kind.MOVED, True)
    ]


def test_numbers_of_references_and_of_enzymes_are_no_figures() -> None:
    old = section("7 DRUG INTERACTIONS", "Avoid with CYP3A4 inhibitors [see Warnings (5.1)].")
    new = section("7 DRUG INTERACTIONS", "Avoid with CYP2D6 inhibitors [see Warnings (5.2)].")
    [one] = compare(version("1", old), version("2", new)).sections
    [change] = one.changes
    assert (change.gone, change.new) == ((), ())


def test_what_is_said_of_the_label_itself_is_compared() -> None:
    found = compare(
        version("1", DOSE, effective="20250101"), version("2", DOSE, effective="20260101", maker="Other Laboratories")
    )
    assert [(f.name, f.before, f.after) for f in found.about] == [
        ("effective", "2025-01-01", "2026-01-01"),
        ("manufacturer", "Toy Laboratories", "Other Laboratories"),
    ]
