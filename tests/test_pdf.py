"""PDF labels: what a person reads on the page, in that order, with its pages and headings, without its margins."""

import re
import zlib
from pathlib import Path

import pytest

from ingest import codes, files, sync
from rag.evidence.quotes import sentences_at
from rag.index.index import Index
from rag.records import BlockKind, Document, Kind
from rag.settings import Settings, SourceSettings
from tests.toys import HashEncoder, assert_sound, items
from tests.toys_pdf import Sheet, label


def read(data: bytes, settings: SourceSettings | None = None) -> Document:
    """The one document of a PDF all of whose pages can be read."""
    [found] = items(data, "toy.pdf", settings)
    assert isinstance(found, Document), found
    assert_sound(found)
    return found


def reason(data: bytes, settings: SourceSettings | None = None) -> str:
    [found] = items(data, "toy.pdf", settings)
    assert isinstance(found, files.Broken), found
    return found.reason


def section(document: Document, heading: str) -> str:
    """The text of the section with this heading."""
    [found] = [one for one in document.sections if one.heading == heading]
    return document.text[found.start : found.end]


LEFT = (
    "Toyazole is for adults who play with toys all",
    "day long and cannot stop. It is taken by mouth",
    "once daily with food. Adults who have eaten no",
    "food should wait until they have, because the",
    "level in blood is lower on an empty stomach and",
    "the effect may not last until the next morning.",
    "Children under 12 years of age have never been",
    "studied and should not be given this medicine",
)
RIGHT = (
    "Avoid toyazole with ketoconazole, which raises",
    "its level in blood to five times what it was.",
    "Where that cannot be avoided, halve the dose",
    "and look at the patient each day for bleeding.",
    "Rifampin lowers the level of toyazole in blood",
    "to a tenth; the two should not be given at the",
    "same time. Wait two weeks after rifampin has",
    "been stopped before toyazole is begun again.",
)


# The text


def test_a_label_is_read_with_its_sections_codes_and_words() -> None:
    found = read(label())
    assert [(one.code, one.number, one.heading) for one in found.sections][1:] == [
        (codes.BOXED_WARNING, None, "WARNING: BLEEDING"),
        (codes.DOSAGE, "2", "DOSAGE AND ADMINISTRATION"),
        (codes.DOSAGE, "2.1", "Adults"),
        (codes.INTERACTIONS, "7", "DRUG INTERACTIONS"),
        (codes.INTERACTIONS, "7.1", "Strong CYP3A4 Inhibitors"),
    ]
    assert "The dose of toyazole is 5 mg once daily with food and water." in section(found, "Adults")
    assert "Avoid toyazole with ketoconazole" in section(found, "Strong CYP3A4 Inhibitors")
    assert section(found, "WARNING: BLEEDING").endswith("Stop it at once.")


def test_a_label_says_which_drug_it_is_of_by_whom_and_since_when() -> None:
    found = read(label())
    assert (found.kind, found.source, found.effective) == (Kind.LABEL, "pdf", "2026-01-01")
    assert found.title == "TOYAZOLE tablet, film coated"
    assert (found.drugs, found.manufacturer) == (("toyazole",), "Toy Laboratories")


def test_two_columns_are_read_one_after_the_other() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("7 DRUG INTERACTIONS").columns(LEFT, RIGHT)
    text = read(sheet.bytes()).text
    assert " ".join(LEFT) in text.replace("\n", " ")
    assert "its level in blood to five times what it was. Where that cannot be avoided, halve the dose" in text
    assert text.index("medicine") < text.index("Avoid toyazole")


def test_columns_that_end_at_a_rule_are_read_above_it_before_below_it() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("7 DRUG INTERACTIONS").columns(LEFT, RIGHT)
    sheet.canvas.line(40, sheet.y + 2, 580, sheet.y + 2)
    sheet.y -= 12
    sheet.columns([line.replace("oy", "ower") for line in LEFT], [line.replace("oy", "ower") for line in RIGHT])
    text = read(sheet.bytes()).text
    assert text.index("Avoid toyazole") < text.index("Towerazole is for adults") < text.index("Avoid towerazole")


def test_running_heads_feet_and_page_numbers_are_dropped_and_text_at_the_margin_is_kept() -> None:
    found = read(label())
    assert "Toy print" not in found.text and "toys.example" not in found.text
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS")
    for number in range(4):
        sheet.text(f"Statement {number} of this page is about toyazole.").margins("", f"Only here: {'abcd'[number]}")
        sheet.canvas.drawString(300, 25, str(number + 1))
        sheet.turn()
    text = read(sheet.bytes()).text
    assert not re.search(r"^\d$", text, re.MULTILINE)
    assert all(f"Only here: {letter}" in text for letter in "abcd")


def test_a_raised_sign_stands_where_it_is_read_and_is_not_glued_to_the_number() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS")
    sheet.raised("Do not use below 30 mL/minute/1.73 m", "2", "of body surface.").text("Never with 10 toys.")
    assert "30 mL/minute/1.73 m 2 of body surface." in read(sheet.bytes()).text


def test_a_word_parted_at_the_end_of_a_line_is_found_whole_and_a_real_hyphen_stays() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS")
    sheet.text("The treatment of patients who were given toyazole has no known treat-")
    sheet.text("ment that could take its place, and this is so for every film-")
    sheet.text("coated tablet, and all film-coated ones, of this and of all other firms.")
    text = read(sheet.bytes()).text
    assert "no known treat\u00adment that" in text and "every film-coated tablet" in text
    from rag.text import words

    assert "treatment" in words("treat\u00adment")


def test_the_highlights_and_the_contents_are_no_passages_where_the_full_text_follows() -> None:
    sheet = Sheet().bold("HIGHLIGHTS OF PRESCRIBING INFORMATION").text("Short: never with ketoconazole. (7)")
    sheet.bold("FULL PRESCRIBING INFORMATION: CONTENTS*").text("7 DRUG INTERACTIONS").turn()
    sheet.bold("FULL PRESCRIBING INFORMATION").bold("7 DRUG INTERACTIONS").text("In full: never with ketoconazole.")
    sheet.text("Set id: 11111111-2222-3333-4444-555555555555")
    found = read(sheet.bytes())
    quoted = [found.text[b.start : b.end] for b in found.blocks if b.kind is BlockKind.PARAGRAPH]
    assert quoted and all("Short" not in text for text in quoted) and "Short: never" in found.text
    assert [one.number for one in found.sections].count("7") == 1
    assert found.id == found.set_id == "11111111-2222-3333-4444-555555555555"


def test_a_reference_or_a_dose_at_the_start_of_a_line_opens_no_section() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("7 DRUG INTERACTIONS").bold("7.1 Inhibitors")
    sheet.text("See the dose with inhibitors of CYP3A4 in the table of section 7.3 and in that of section")
    sheet.text("2.3 Dose Adjustments. Give 2.5 tablets or").text("12 Tablets in a day at most.")
    assert [one.number for one in read(sheet.bytes()).sections] == [None, "7", "7.1"]


def test_a_boxed_warning_whose_end_is_not_seen_does_not_swallow_the_label() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("WARNING: BLEEDING")
    for page in range(5):
        for line in range(45):
            sheet.text(f"Statement {page}.{line} says that toyazole tablets are to be kept away from all children.")
        sheet.turn()
    found = read(sheet.bytes())
    [box] = [one for one in found.sections if one.code == codes.BOXED_WARNING]
    assert box.end - box.start < 9_000


# Tables


def test_the_rows_of_a_ruled_table_are_quoted_with_caption_and_heads() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("2 DOSAGE AND ADMINISTRATION")
    sheet.bold("Table 1: Doses by age").table(
        ("Age", "Dose", "Most in a day"),
        ("Adults and\nchildren over 12", "5 mg", "10 mg"),
        ("Children 6 to 12", "2.5 mg", "5 mg"),
    )
    found = read(sheet.bytes())
    rows = [block for block in found.blocks if block.kind is BlockKind.ROW]
    assert [found.text[row.start : row.end] for row in rows] == [
        "Adults and children over 12 | 5 mg | 10 mg",
        "Children 6 to 12 | 2.5 mg | 5 mg",
    ]
    assert rows[1].context and rows[1].context.columns == ("Age", "Dose", "Most in a day")


def test_a_frame_around_text_is_no_table() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("WARNING: BLEEDING")
    sheet.canvas.rect(40, sheet.y - 60, 500, 75)
    sheet.canvas.rect(43, sheet.y - 57, 494, 69)
    sheet.text("Toyazole can cause bleeding.", "Stop it at once.")
    assert all(not block.cells for block in read(sheet.bytes()).blocks)


# Pages


def test_each_word_is_on_the_page_on_which_it_is_printed() -> None:
    found = read(label())
    assert found.page_of(found.text.index("The dose")) == 1
    assert found.page_of(found.text.index("DRUG INTERACTIONS")) == 2
    assert found.page_of(found.text.index("Avoid")) == found.page_of(len(found.text) - 1) == 2


def test_a_sentence_that_goes_on_over_the_page_is_one_and_both_pages_are_known() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS")
    sheet.text("Toyazole must never be given to patients who have taken one of these in the last two weeks,").turn()
    sheet.text("because bleeding may follow.")
    found = read(sheet.bytes())
    assert "in the last two weeks, because bleeding" in found.text
    assert [found.page_of(found.text.index(word)) for word in ("Toyazole must", "because bleeding")] == [1, 2]


def test_a_scanned_page_is_named_and_the_others_are_read() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS").text("Never with ketoconazole.")
    sheet.turn().scan().turn().text("Page three says that grapefruit is to be avoided.")
    document, silent = items(sheet.bytes(), "toy.pdf")
    assert isinstance(document, Document) and isinstance(silent, files.Broken)
    assert silent.name == "toy.pdf (page 2)" and "picture without a text layer" in silent.reason
    assert document.page_of(document.text.index("Page three")) == 3


def test_a_scanned_label_is_refused_and_never_indexed_as_empty() -> None:
    assert "without a text layer on any of its 2 pages" in reason(Sheet().scan().turn().scan().bytes())


def test_an_empty_page_is_passed_over() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS").turn().turn().text("Never with it.")
    found = read(sheet.bytes())
    assert len(found.pages) == 3 and found.page_of(found.text.index("Never")) == 3


def test_a_quote_from_a_pdf_names_the_page(tmp_path: Path) -> None:
    (tmp_path / "toy.pdf").write_bytes(label())
    settings = Settings(home=tmp_path / "home")
    report = sync.ingest([tmp_path / "toy.pdf"], settings, embedder=HashEncoder())
    assert (report.added, report.failed) == (1, ())
    with Index.open(settings) as index:
        rows = [hit.row for hit in index.words.naming(["toyazole"], limit=10)]
        quotes = [sentence.quote() for sentence in sentences_at(rows, index)]
    pages = {quote.text: quote.page for quote in quotes}
    assert pages["Avoid toyazole with ketoconazole, which raises its level in blood."] == 2
    assert pages["Toyazole can cause bleeding."] == 1


# Identity


def test_a_newer_edition_has_the_same_id_and_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old, new = read(label("1/2025", "5 mg")), read(label("1/2026", "10 mg"))
    assert old.id == new.id and old.effective != new.effective
    assert read(label(maker="Other Firm")).id != new.id and read(label(name="TOYMAX")).id != new.id
    settings = Settings(home=tmp_path / "home")
    for name, data in (("b.pdf", label("1/2026", "10 mg")), ("a.pdf", label("1/2025", "5 mg"))):
        (tmp_path / name).write_bytes(data)
        sync.ingest([tmp_path / name], settings, embedder=HashEncoder())
    with Index.open(settings) as index:
        served = index.document(new.id)
        assert served is not None and "is 10 mg once" in served.text and len(list(index.versions(new.id))) == 2


def test_a_pdf_that_does_not_say_whose_it_is_is_known_by_its_text() -> None:
    one, same, other = (
        Sheet().bold("TOYAZOLE - toyazole tablet").bold("4 CONTRAINDICATIONS").text(words).bytes()
        for words in ("Never with it.", "Never with it.", "Always with it.")
    )
    assert read(one).id == read(same).id != read(other).id


def test_an_article_is_known_by_its_doi() -> None:
    sheet = Sheet().bold("A study of toys in forty adults").text("doi:10.1234/toys.2026.7").text("Toys did no harm.")
    found = read(sheet.bytes())
    assert (found.kind, found.id, found.url) == (
        Kind.ARTICLE,
        "10.1234/toys.2026.7",
        "https://doi.org/10.1234/toys.2026.7",
    )


def test_a_pdf_that_is_neither_label_nor_article_is_refused() -> None:
    assert "expected a drug label or an article" in reason(Sheet().text("Dear Sir,", "thank you for the toys.").bytes())


# Bad PDFs


def test_a_locked_pdf_is_named() -> None:
    assert "locked with a password" in reason(Sheet(password="secret").text("Stop.").bytes())


@pytest.mark.parametrize("keep", [20, 200, 900])
def test_a_truncated_pdf_is_named(keep: int) -> None:
    assert re.search("damaged PDF|without a text layer|no heading of a label", reason(label()[:keep]))


def test_a_pdf_over_the_bounds_is_refused() -> None:
    assert "more than 500 bytes" in reason(label(), SourceSettings(max_pdf_bytes=500))
    assert "more pages or text than allowed" in reason(label(), SourceSettings(max_pdf_pages=1))


def test_a_pdf_that_swells_takes_its_own_process_down_and_no_other() -> None:
    bomb = zlib.compress(b"BT /F1 1 Tf (x) Tj ET " * 30_000_000, 9)
    data = label().replace(b"%%EOF", b"")
    stream = b"1 0 obj<</Length %d/Filter/FlateDecode>>stream\n" % len(bomb) + bomb + b"\nendstream endobj\n"
    page = b"2 0 obj<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]/Contents 1 0 R>>endobj\n"
    tree = b"3 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n4 0 obj<</Type/Catalog/Pages 3 0 R>>endobj\n"
    data = b"%PDF-1.4\n" + stream + page + tree + b"trailer<</Root 4 0 R>>\n%%EOF"
    why = reason(data, SourceSettings(max_pdf_seconds=3, max_pdf_memory=1_000_000_000))
    assert re.search("brings its parser down|more than", why)


def test_a_pdf_is_told_by_its_content_wherever_its_mark_stands() -> None:
    for data in (label(), b"\n\n" + label(), b"junk from a mail gateway\n" + label()):
        [found] = items(data, "label.xml")
        assert isinstance(found, Document)


def test_a_pdf_that_takes_too_long_or_too_much_is_refused() -> None:
    sheet = Sheet().bold("TOYAZOLE - toyazole tablet")
    for _ in range(60):
        for line in range(50):
            sheet.text(f"{line} toys and the dose of toyazole that goes with them, which is five to ten mg.")
        sheet.turn()
    data = sheet.bytes()
    assert "more than 1 seconds" in reason(data, SourceSettings(max_pdf_seconds=1))
    assert re.search("brings its parser down|bytes of memory", reason(data, SourceSettings(max_pdf_memory=20_000_000)))


# Real files


@pytest.mark.real
@pytest.mark.slow
def test_the_real_labels_are_read_with_their_drugs_and_pages(shared: Path) -> None:
    drugs = {}
    for path in sorted((shared / "data" / "pdf").glob("*.pdf")):
        found = read(path.read_bytes())
        drugs[path.stem] = (found.drugs, len(found.pages))
    assert drugs == {
        "PDF Oct 2020 Remdesivir": (("remdesivir",), 30),
        "fda_acetaminophen_highlights_2025": (("acetaminophen",), 5),
        "fda_ciprofloxacin_extended_release_2025": (("ciprofloxacin",), 33),
        "fda_ciprofloxacin_highlights_2025": (("ciprofloxacin",), 46),
        "fda_ibuprofen_label_2024": (("ibuprofen",), 3),
        "fda_metformin_highlights_2026": (("metformin",), 26),
        "fda_warfarin_highlights_2022": (("warfarin",), 45),
        "fda_warfarin_label_2025": (("warfarin",), 44),
    }


@pytest.mark.real
def test_the_chapters_of_a_real_label_are_found_with_their_codes(shared: Path) -> None:
    found = read((shared / "data/pdf/PDF Oct 2020 Remdesivir.pdf").read_bytes())
    chapters = {one.number: one.code for one in found.sections if one.number and "." not in one.number}
    assert list(chapters) == "1 2 3 4 5 6 7 8 10 11 12 13 14 16 17".split()
    assert (chapters["4"], chapters["7"], chapters["14"]) == (
        codes.CONTRAINDICATIONS,
        codes.INTERACTIONS,
        codes.STUDIES,
    )
    assert "chloroquine phosphate or hydroxychloroquine" in section(found, "DRUG INTERACTIONS")
    assert found.page_of(next(one.start for one in found.sections if one.number == "7")) == 12
