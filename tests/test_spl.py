"""SPL labels as documents: sections and their codes, highlights, the joining of words, products and class files."""

from pathlib import Path

import pytest

from ingest import codes, files
from ingest.spl import ClassTable
from rag.records import BlockKind, Document, Ingredient, Section
from tests.toys import (
    TOY,
    assert_sound,
    bold,
    class_file,
    ingredient,
    items,
    lines,
    p,
    product,
    read,
    read_section,
    section,
    spl,
    table,
)

DATA = Path(__file__).parent / "data"


def at(document: Document, *path: str) -> Section:
    """The section with this path of headings."""
    [found] = [s for s in document.sections if s.path == path]
    return found


def words(document: Document, part: Section) -> str:
    return document.text[part.start : part.end]


def related(how: str, set_id: str) -> str:
    """A document that this one replaces (RPLC) or is made from (XFRM)."""
    root = f' root="{set_id}"' if set_id else ""
    return f'<relatedDocument typeCode="{how}"><relatedDocument><setId{root}/></relatedDocument></relatedDocument>'


def reason(data: bytes) -> str:
    [found] = items(data)
    assert isinstance(found, files.Broken)
    return found.reason


# Sections and their codes


def test_a_label_in_the_layout_of_2006_is_read_from_its_file() -> None:
    label = read((DATA / "plr_label.xml").read_bytes())
    assert (label.id, label.version, label.effective, label.revision) == (
        "toy-plr",
        "4",
        "2024-05-06",
        "toy-plr-revision-4",
    )
    assert (label.manufacturer, label.application) == ("Toy Laboratories, Inc.", "NDA000001")
    assert label.text == (
        "WARNING: TOY TOXICITY\nDeaths of toys have been seen. Stop toyazole at the first sign.\n"
        "7 DRUG INTERACTIONS\n7.1 Strong Inhibitors of CYP3A4\nWith ketoconazole the exposure to toyazole doubles 1.\n"
        "Halve the dose.\nWatch the pulse.\nRitonavir\nDo not use both.\nNo study was done with digoxin."
    )
    assert [(s.code, s.number, s.path) for s in label.sections] == [
        (codes.BOXED_WARNING, None, ("WARNING: TOY TOXICITY",)),
        (codes.INTERACTIONS, "7", ("DRUG INTERACTIONS",)),
        (codes.INTERACTIONS, "7.1", ("DRUG INTERACTIONS", "Strong Inhibitors of CYP3A4")),
        (codes.INTERACTIONS, None, ("DRUG INTERACTIONS", "Strong Inhibitors of CYP3A4", "Ritonavir")),
        (codes.INTERACTIONS, None, ("DRUG INTERACTIONS", "")),
    ]
    assert lines(label, BlockKind.ITEM) == ["Halve the dose.", "Watch the pulse."]


def test_a_label_in_the_old_layout_is_read_from_its_file() -> None:
    label = read((DATA / "old_label.xml").read_bytes())
    assert (label.id, label.version, label.effective) == ("toy-old", "2", "2011-02-03")
    assert [(s.code, s.path[-1]) for s in label.sections] == [
        (codes.WARNINGS, "WARNINGS"),
        (codes.PRECAUTIONS, "PRECAUTIONS"),
        (codes.PRECAUTIONS, "General"),
        (codes.INTERACTIONS, "Drug Interactions:"),
    ]
    assert lines(label, BlockKind.TITLE)[-2:] == ["Drug Interactions:", "Digoxin"]
    assert label.title == "Oldatol capsule"
    assert label.products[0].ingredients == (Ingredient("oldatol", "OLDATOL MALEATE", None),)


@pytest.mark.parametrize("own", [None, "42229-5"], ids=["missing", "unclassified"])
def test_a_section_without_a_code_of_its_own_takes_its_parents_at_any_depth(own: str | None) -> None:
    leaf = section("Digoxin", p("Its level rises."), code=own)
    for depth in range(5):
        leaf = section(f"Level {depth}", code=own, inner=[leaf])
    label = read(spl(section("7 DRUG INTERACTIONS", code="34073-7", inner=[leaf])))
    assert {s.code for s in label.sections} == {codes.INTERACTIONS}
    assert len(label.sections[-1].path) == 7


def test_a_parent_without_text_of_its_own_spans_its_children() -> None:
    label = read(spl(section(None, code="34073-7", inner=[section("A", p("One.")), section(None, p("Two."))])))
    parent, *children = label.sections
    assert words(label, parent) == "A\nOne.\nTwo."
    assert [words(label, child) for child in children] == ["A\nOne.", "Two."]


def test_a_code_that_nobody_knows_stays_as_the_source_gives_it() -> None:
    label = read_section(p("Text."), title="Something new", code="99999-9")
    assert label.sections[0].code == "99999-9"


def test_a_code_counts_and_its_display_name_does_not() -> None:
    shouted = section("X", p("Stop."), code='34066-1" displayName="Some other section')
    assert read(spl(shouted)).sections[0].code == codes.BOXED_WARNING


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("DRUG INTERACTIONS", codes.INTERACTIONS),
        ("Drug Interactions:", codes.INTERACTIONS),
        ("8.1 Pregnancy", codes.PREGNANCY),
        ("Contraindications", codes.CONTRAINDICATIONS),
    ],
)
def test_a_heading_stands_for_the_code_where_the_source_says_unclassified(title: str, code: str) -> None:
    assert read_section(p("Text."), title=title, code="42229-5").sections[0].code == code


def test_an_unclassified_section_at_the_top_stays_unclassified() -> None:
    assert read_section(p("Text."), title="Some notes", code="42229-5").sections[0].code == codes.UNCLASSIFIED
    assert read_section(p("Text."), title="Some notes", code=None).sections[0].code is None


def test_a_code_that_a_child_repeats_makes_two_sections_with_paths_of_their_own() -> None:
    label = read(spl(section("7 X", p("A."), code="34073-7", inner=[section("7.1 Y", p("B."), code="34073-7")])))
    assert [(s.code, s.number, s.path) for s in label.sections] == [
        (codes.INTERACTIONS, "7", ("X",)),
        (codes.INTERACTIONS, "7.1", ("X", "Y")),
    ]


@pytest.mark.parametrize("title", [None, ""], ids=["absent", "empty"])
def test_a_section_without_a_title_keeps_its_text_and_is_named_by_its_code(title: str | None) -> None:
    label = read_section(p("Text."), title=title)
    assert label.text == "Text."
    assert label.sections[0].path == ("Drug interactions",)


def test_highlights_are_not_indexed_a_second_time() -> None:
    summary = p("Halve the dose (7)") + table("<tr><td>a</td></tr>")
    excerpt = f"<excerpt><highlight><text>{summary}</text></highlight></excerpt>"
    label = read(
        spl(section("7 DRUG INTERACTIONS", p("Halve the dose with ketoconazole."), code="34073-7", more=excerpt))
    )
    assert label.text == "7 DRUG INTERACTIONS\nHalve the dose with ketoconazole."


def test_product_data_is_no_text() -> None:
    data = section("PRODUCT", p("Not for reading."), code="48780-1", more=product("Second", ingredient("OTHER")))
    label = read(spl(data, section("X", p("Text."))))
    assert "Not for reading." not in label.text
    assert [product.brand for product in label.products] == ["Toyazole", "Second"]


# Headings that the source does not call so


def test_a_paragraph_that_is_only_emphasised_is_a_heading() -> None:
    marks = [
        bold("Bold"),
        '<content styleCode="underline">Under</content>',
        '<content styleCode="italics bold">Both</content>',
    ]
    label = read_section(*map(p, marks), p(bold("Run in."), " Then text."), p("Plain."))
    assert lines(label, BlockKind.TITLE)[1:] == ["Bold", "Under", "Both"]
    assert lines(label, BlockKind.PARAGRAPH) == ["Run in. Then text.", "Plain."]


def test_a_long_emphasised_paragraph_is_a_statement() -> None:
    statement = "Do not give it with strong inhibitors of CYP3A4 " * 3
    assert lines(read_section(p(bold(statement))), BlockKind.PARAGRAPH) == [statement.strip()]


def test_a_short_emphasised_sentence_is_a_statement_too() -> None:
    # "When pregnancy is detected, discontinue ... as soon as possible." of a real boxed warning is bold all through.
    label = read_section(p(bold("When pregnancy is detected, stop toyazole.")), title="WARNING", code="34066-1")
    assert lines(label, BlockKind.PARAGRAPH) == ["When pregnancy is detected, stop toyazole."]


def test_a_section_whose_title_is_all_it_says_can_be_quoted() -> None:
    # Two real labels of atorvastatin give their contraindications as the titles of empty subsections.
    liver = section("4.1 Active liver disease", code="42229-5")
    label = read(spl(section("4 CONTRAINDICATIONS", code="34070-3", inner=[liver])))
    assert lines(label, BlockKind.PARAGRAPH) == ["4.1 Active liver disease"]
    assert lines(label, BlockKind.TITLE) == ["4 CONTRAINDICATIONS"]


# Joining words


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("avoid<br/>both", "avoid both"),
        ("P-gp<br/>inhibitors<br/><br/>raise it", "P-gp inhibitors raise it"),
        (f"un{bold('do')}ne", "undone"),
        ("10<sup>9</sup>/L", "10 9/L"),
        ("CO<sub>2</sub>", "CO2"),
        ("2\u00a0mg\u2003daily\n\t now", "2 mg daily now"),
        ("level<footnote>Mean of ten.</footnote>rose", "level Mean of ten. rose"),
        ('before<renderMultiMedia referencedObject="M1"/>after', "before after"),
        ("a<!-- comment -->b", "ab"),
        ("5 &lt; 6 &amp; ≥ 4 ± 1 µg ↑", "5 < 6 & ≥ 4 ± 1 µg ↑"),
        ('<linkHtml href="#x">see 7.1</linkHtml> there', "see 7.1 there"),
    ],
)
def test_inline_marks_join_words_as_they_are_read(markup: str, text: str) -> None:
    assert lines(read_section(p(markup)), BlockKind.PARAGRAPH) == [text]


def test_block_elements_without_white_space_between_them_do_not_glue_words() -> None:
    label = read_section(
        "loose<paragraph>one</paragraph><list><item>two</item><item>three</item></list>four", title=None
    )
    assert label.text == "loose\none\ntwo\nthree\nfour"


def test_a_break_parts_a_paragraph_where_it_ends_something() -> None:
    label = read_section(p("Avoid:<br/>• ketoconazole<br/>• ritonavir<br/>and the<br/>like"), title=None)
    assert label.text == "Avoid:\n• ketoconazole\n• ritonavir and the like"


def test_lists_within_items_and_paragraphs_keep_their_order() -> None:
    nested = "<list><item>A<list><item>B</item></list>C</item></list>"
    label = read_section(p(f"First{nested}last"), title=None)
    assert lines(label) == ["First", "A", "B", "C", "last"]
    assert lines(label, BlockKind.ITEM) == ["A", "B", "C"]


def test_a_list_keeps_its_caption_and_the_numbers_of_its_items() -> None:
    label = read_section("<list><caption>Steps</caption><item><caption>1.</caption>Open</item></list>", title=None)
    assert label.text == "Steps\n1. Open"


def test_words_beside_the_picture_and_below_it_are_kept() -> None:
    figure = "<renderMultiMedia referencedObject='M1'><caption>Figure 1: levels</caption></renderMultiMedia>"
    assert read_section(p("See below."), figure, title=None).text == "See below.\nFigure 1: levels"


def test_a_title_with_markup_and_breaks_is_one_line() -> None:
    label = read_section(p("T."), title=f"7.2<br/>{bold('Digoxin')} and<br/>others")
    assert (label.sections[0].number, label.sections[0].heading) == ("7.2", "Digoxin and others")
    assert lines(label)[0] == "7.2 Digoxin and others"


def test_invisible_characters_stay_as_the_source_has_them() -> None:
    label = read_section(p("\ufeffdiclo\u00adfenac\u200b 5"), title=None)
    assert label.text == "\ufeffdiclo\u00adfenac\u200b 5"


def test_offsets_count_code_points() -> None:
    label = read_section(p("💊💊 pill"), p("𝛽-blockers"), p("after"), title=None)
    last = label.blocks[-1]
    assert (last.start, last.end, label.text[last.start : last.end]) == (19, 24, "after")


# Products


def test_names_come_from_product_data_and_not_from_the_title() -> None:
    label = read(spl(section("X", p("T.")), title="These highlights do not include all the information"))
    assert label.title == "Toyazole tablet"
    assert label.drugs == ("toyazole",)


def test_without_product_data_the_title_is_all_there_is() -> None:
    body = section("X", p("T."))
    assert read(spl(body, products=[], title="Toyazole<br/>cream")).title == "Toyazole cream"
    assert read(spl(body, products=[], title=None)).title == "Label without a product name"


def test_the_generic_name_and_the_form_stand_in_the_title_once() -> None:
    body = section("X", p("T."))
    brand = product("Zolix", ingredient("TOYAZOLE HYDROCHLORIDE"), generic="toyazole hydrochloride")
    assert read(spl(body, products=[brand])).title == "Zolix (toyazole hydrochloride) tablet"
    generic = product("Toyazole Tablets", ingredient("TOYAZOLE"), generic="Toyazole", form="TABLET")
    assert read(spl(body, products=[generic])).title == "Toyazole Tablets"


def test_the_moiety_names_the_drug_and_its_unii_goes_with_it() -> None:
    salt = ingredient("TOYAZOLE MALEATE", ("TOYAZOLE", "BASE000001"), unii="SALT000001")
    label = read(spl(section("X", p("T.")), products=[product("Zolix", salt)]))
    assert label.products[0].ingredients == (Ingredient("toyazole", "TOYAZOLE MALEATE", "BASE000001"),)


def test_without_a_moiety_the_salt_word_is_dropped_and_the_substance_gives_the_unii() -> None:
    label = read(
        spl(section("X", p("T.")), products=[product("Zolix", ingredient("TOYAZOLE SODIUM", unii="SALT000001"))])
    )
    assert label.products[0].ingredients == (Ingredient("toyazole", "TOYAZOLE SODIUM", "SALT000001"),)


def test_a_substance_of_two_moieties_keeps_its_own_name_and_unii() -> None:
    pair = ingredient("TOYAZOLE OLDATOL", ("TOYAZOLE", "BASE000001"), ("OLDATOL", "BASE000002"), unii="BOTH000001")
    label = read(spl(section("X", p("T.")), products=[product("Zolix", pair)]))
    assert label.products[0].ingredients == (Ingredient("toyazole oldatol", "TOYAZOLE OLDATOL", "BOTH000001"),)


def test_inactive_ingredients_are_no_drugs() -> None:
    both = product("Zolix", ingredient("TOYAZOLE"), ingredient("LACTOSE", kind="IACT"))
    assert read(spl(section("X", p("T.")), products=[both])).drugs == ("toyazole",)


def test_several_products_are_all_known_and_equal_ones_once() -> None:
    capsule = product("Zolix", ingredient("TOYAZOLE"), form="CAPSULE", routes=["ORAL", "SUBLINGUAL", "ORAL"])
    label = read(spl(section("X", p("T.")), products=[TOY, capsule, TOY]))
    assert [(one.brand, one.form, one.routes) for one in label.products] == [
        ("Toyazole", "tablet", ("oral",)),
        ("Zolix", "capsule", ("oral", "sublingual")),
    ]
    assert label.title == "Toyazole tablet; Zolix (toyazole) capsule"
    assert label.drugs == ("toyazole",)


def test_the_parts_of_a_kit_are_products_with_their_own_ingredients_and_routes() -> None:
    def part(name: str, substance: str, route: str) -> str:
        return (
            f"<part><partProduct><name>{name}</name><formCode displayName='TABLET'/>{ingredient(substance)}"
            "</partProduct><consumedIn><substanceAdministration>"
            f"<routeCode displayName='{route}'/></substanceAdministration></consumedIn></part>"
        )

    kit = product(
        "Zolpac", form="KIT", routes=[], more=part("Zolix", "TOYAZOLE", "ORAL") + part("Oldcream", "OLDATOL", "TOPICAL")
    )
    label = read(spl(section("X", p("T.")), products=[kit]))
    assert [(one.brand, one.form) for one in label.products] == [
        ("Zolpac", "kit"),
        ("Zolix", "tablet"),
        ("Oldcream", "tablet"),
    ]
    assert [one.routes for one in label.products][1:] == [("oral",), ("topical",)]
    assert label.drugs == ("toyazole", "oldatol")


def test_two_ingredients_of_one_product_are_two_drugs_in_their_order() -> None:
    both = product("Duo", ingredient("TOYAZOLE MALEATE"), ingredient("OLDATOL"), generic="toyazole and oldatol")
    assert read(spl(section("X", p("T.")), products=[both])).drugs == ("toyazole", "oldatol")


@pytest.mark.parametrize("form", ["", " ", ",", ", COATED", "TABLET, FILM COATED"])
def test_a_form_that_says_little_breaks_nothing(form: str) -> None:
    label = read(spl(section("X", p("T.")), products=[product("Zolix", ingredient("TOYAZOLE"), form=form)]))
    assert label.title.startswith("Zolix (toyazole)")


# What a label is, and where it came from


def test_a_product_that_another_firm_made_shows_who_packed_it_again() -> None:
    same = (
        '<subjectOf><definingMaterialKind><code code="C64637" displayName="Same"/></definingMaterialKind></subjectOf>'
    )
    label = section("X", p("T."))
    assert read(spl(label)).original_packager is True
    assert (
        read(spl(label, products=[TOY, product("Zolix", ingredient("TOYAZOLE"), more=same)])).original_packager is False
    )


def test_a_demonstration_links_to_the_label_that_its_facts_come_from() -> None:
    label = read(spl(section("X", p("T.")), set_id="demo-toy", more=related("XFRM", "11111111-2222")))
    assert label.url == "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=11111111-2222"
    assert label.demonstration and label.id == label.set_id == "demo-toy"


@pytest.mark.parametrize("other", ["", related("RPLC", "9")], ids=["alone", "after another"])
def test_a_label_links_to_itself(other: str) -> None:
    label = read(spl(section("X", p("T.")), set_id="aaaa-bbbb", more=other))
    assert label.url == "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=aaaa-bbbb"
    assert not label.demonstration


def test_a_source_that_is_named_without_its_id_breaks_nothing() -> None:
    empty = related("XFRM", "")
    assert (read(spl(section("X", p("T.")), set_id="demo-toy", more=empty)).url or "").endswith("=demo-toy")


def test_a_label_without_version_and_date_is_read_all_the_same() -> None:
    label = read(spl(section("X", p("T.")), version=None, effective=None))
    assert (label.version, label.effective) == (None, None)


# What is refused, and class files


def test_a_label_without_a_set_id_is_refused() -> None:
    assert "without <setId>" in reason(spl(section("X", p("T."))).replace(b'<setId root="toy-1"/>', b""))


def test_a_label_without_a_body_is_refused() -> None:
    assert "without <structuredBody>" in reason(b'<document xmlns="urn:hl7-org:v3"><setId root="a"/></document>')


def test_a_label_without_any_text_is_refused() -> None:
    assert "no section has text" in reason(spl(section(None, " ", code="34073-7")))


def test_a_class_file_becomes_a_class_table_and_never_a_document() -> None:
    [found] = items(
        class_file("TOYAZOLE", "Toy Inhibitor [EPC]", "Toy Blocking [MoA]", "Toys [Chemical/Ingredient]", "Slower [PE]")
    )
    assert isinstance(found, ClassTable)
    assert {(m.substance, m.unii, m.source) for m in found.members} == {
        ("toyazole", "TOY0000001", "toy-classes version 1")
    }
    assert [(m.name, m.kind) for m in found.members] == [
        ("Toy Inhibitor", "EPC"),
        ("Toy Blocking", "MOA"),
        ("Toys", "CS"),
        ("Slower", "PE"),
    ]


def test_a_class_file_without_classes_is_refused() -> None:
    assert "names no substance with a class" in reason(class_file("TOYAZOLE", "of no known kind"))


def test_class_names_without_a_kind_are_left_out() -> None:
    [found] = items(class_file("TOYAZOLE", "Toy Inhibitor [EPC]", "Plain words", "Odd [XYZ]"))
    assert isinstance(found, ClassTable) and [m.name for m in found.members] == ["Toy Inhibitor"]


@pytest.mark.real
def test_every_real_label_and_record_is_read_and_sound(shared: Path) -> None:
    documents: list[Document] = []
    tables, failures = [], []
    folders = [shared / "data" / name for name in ("spl", "broken", "openfda", "nlmcv")]
    for path in files.find(folders).files:
        for item in items(path.read_bytes(), path.name):
            if isinstance(item, Document):
                documents.append(item)
            else:
                (tables if isinstance(item, ClassTable) else failures).append(item)
    for document in documents:
        assert_sound(document)
    assert len({document.id for document in documents}) == 717
    assert (len(documents), len(tables)) == (720, 2)
    assert sorted(broken.name for broken in failures) == [
        *(f"{n}_otc-bars.xml" for n in range(1, 7)),
        "unii-codelist.xml",
    ]
    assert all(
        document.products and document.drugs for document in documents if document.source == "openfda" and document.text
    )

    [colchicine] = [document for document in documents if document.drugs == ("colchicine",)]
    found = [b for b in colchicine.blocks if b.kind is BlockKind.ROW]
    assert len(found) > 30
    assert all(b.context and len(b.context.columns) == len(b.cells) and all(b.context.columns) for b in found)
