"""Label pages in HTML: DailyMed's layout and plain pages, told from pages that are no label. TOY DATA."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import codes, files, spl, xml
from ingest.xml import Element, local
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind
from rag.settings import SourceSettings
from tests.toys import assert_sound, block, items, lines, read, rows

SET_ID = "01234567-89ab-cdef-0123-456789abcdef"
LABELS = Path(__file__).resolve().parents[2] / "shared" / "data" / "spl"
ACTIVE = "<td><strong>TOYAZOLE SODIUM</strong> (UNII: AAAAAAAAAA) (TOYAZOLE - UNII:BBBBBBBBBB) </td>"


def part(title: str, *content: str, code: str = "42229-5", level: int = 1) -> str:
    """A section as DailyMed sets it."""
    return (
        f'<div class="Section" data-sectioncode="{code}"><a name="s"></a><p></p><h{level}>{title}</h{level}>'
        f"{''.join(content)}</div>"
    )


def dailymed(*parts: str, title: str = "TOYBRAND- toyazole sodium tablet, film coated", product: str = ACTIVE) -> bytes:
    listed = "".join(
        f'<li><a class="nav-button" href="#">Open</a>{one}<p class="preview-text">Preview.</p>'
        '<p class="hide-link"><a href="#">Close</a></p></li>'
        for one in parts
    )
    return (
        f"<!DOCTYPE html><html><head><title>DailyMed - {title}</title><style>p {{}}</style></head><body>"
        "<nav><ul><li>Menu</li></ul></nav><script>document.write('<h1>9 SCRIPT</h1>');</script>"
        f'<h1 id="drug-label">{title}</h1><ul class="drug-information"><li><b>Packager:</b> Toy Labs</li></ul>'
        f'<p class="date">Updated May 13, 2024</p><a href="/dailymed/getFile.cfm?setid={SET_ID}&type=zip">zip</a>'
        '<div id="Highlights" class="Highlights"><p>Highlights repeat the text.</p></div>'
        f'<div class="drug-label-sections"><ul>{listed}<li><div class="Section" data-sectioncode="48780-1">'
        f"<table><tr>{product}<td>LACTOSE (UNII: CCCCCCCCCC)</td><td>Route of Administration</td><td>ORAL</td></tr>"
        "</table></div></li></ul></div><footer>About</footer></body></html>"
    ).encode()


def plain(*content: str, title: str = "Toybrand (toyazole) tablets", head: str = "") -> bytes:
    return (
        f"<html><head><title>{title} | Toys</title>{head}</head><body><nav>Menu</nav><main><h1>{title}</h1>"
        f"<p>Buy now.</p>{''.join(content)}<h2>Related pages</h2><p>More to buy.</p></main></body></html>"
    ).encode()


THREE = (
    "<h2>1 INDICATIONS AND USAGE</h2><p>For toys.</p>",
    "<h2>4 CONTRAINDICATIONS</h2><p>No toy.</p>",
    "<h2>7 DRUG INTERACTIONS</h2><p>Of toys.</p><h3>7.1 Strong inhibitors</h3><p>Halve it.</p>",
)


def reason(data: bytes) -> str:
    [found] = items(data)
    assert isinstance(found, files.Broken)
    return found.reason


# DailyMed's pages


def test_a_page_of_dailymed_is_the_label_with_its_codes_and_product_data() -> None:
    inner = part("7.1 Strong inhibitors", "<p>Halve it.</p>", level=2)
    found = read(
        dailymed(
            part("WARNING: TOYS", "<p>Stop.</p>", code="34066-1"), part("7 DRUG INTERACTIONS", inner, code="34073-7")
        )
    )
    assert [(s.code, s.number, s.path) for s in found.sections] == [
        (codes.BOXED_WARNING, None, ("WARNING: TOYS",)),
        (codes.INTERACTIONS, "7", ("DRUG INTERACTIONS",)),
        (codes.INTERACTIONS, "7.1", ("DRUG INTERACTIONS", "Strong inhibitors")),
    ]
    assert lines(found) == ["WARNING: TOYS", "Stop.", "7 DRUG INTERACTIONS", "7.1 Strong inhibitors", "Halve it."]
    assert (found.id, found.kind, found.set_id, found.effective) == (SET_ID, Kind.LABEL, SET_ID, "2024-05-13")
    assert (found.manufacturer, found.drugs, found.products[0].brand) == ("Toy Labs", ("toyazole",), "TOYBRAND")
    assert found.products[0].ingredients[0].unii == "BBBBBBBBBB" and found.products[0].routes == ("oral",)
    assert found.title == "TOYBRAND- toyazole sodium tablet, film coated"
    assert found.url == f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SET_ID}"


def test_tables_lists_marks_and_notes_of_a_page_read_as_those_of_spl() -> None:
    table = (
        '<table><caption><span class="Bold">Table 1</span> Doses</caption><thead><tr><th>Drug</th><th>Dose</th></tr>'
        '</thead><tfoot><tr><td colspan="2"><dl class="Footnote"><dt>*</dt><dd>Of ten.</dd></dl></td></tr></tfoot>'
        '<tbody><tr><td rowspan="2">a<br>b</td><td>10<sup>3</sup> mg</td></tr><tr><td>2 <span class="Sup">4</span>'
        "</td></tr></tbody></table>"
    )
    found = read(
        dailymed(
            part(
                "2 DOSAGE AND ADMINISTRATION",
                '<p><span class="Bold">Adults</span></p>',
                '<ul class="Disc"><li>Once.<ul><li>Or twice.</li></ul></li></ul>',
                table,
                "<div>T<sub>4</sub> &ge; 5&nbsp;&micro;g<p>End</p>.</div>",
                code="34068-7",
            )
        )
    )
    assert lines(found, BlockKind.TITLE) == ["2 DOSAGE AND ADMINISTRATION", "Adults"]
    assert lines(found, BlockKind.ITEM) == ["Once.", "Or twice."]
    assert lines(found, BlockKind.ROW) == ["a b | 10 3 mg", "2 4"]
    assert lines(found, BlockKind.NOTE) == ["* Of ten."]
    assert lines(found, BlockKind.PARAGRAPH) == ["T4 ≥ 5 µg", "End", "."]
    context = block(found, "2 4").context
    assert context and context.text == "Table 1 Doses > a b > [Dose]"


def test_a_table_that_only_places_what_is_in_it_is_no_table() -> None:
    head = "<tr><th>Drug</th><th>Dose</th></tr>"
    inner = f"<table>{head}<tr><td>a</td><td>5 mg</td></tr><tr><td>b</td><td>6</td></tr></table>"
    found = read(
        dailymed(part("2 DOSAGE", f"<table><tr><td>Left {inner}</td><td>Right</td></tr></table>", code="34068-7"))
    )
    assert lines(found)[1:] == ["Left", "Drug | Dose", "a | 5 mg", "b | 6", "Right"]
    assert len(rows(found)) == 2


def test_what_the_stylesheet_of_fda_makes_of_a_label_reads_the_same() -> None:
    parts = (
        part("1 INDICATIONS AND USAGE", "<p>For toys.</p>", code="34067-9"),
        part("4 CONTRAINDICATIONS", "<p>No toy.</p>", code="34070-3"),
        part("7 DRUG INTERACTIONS", part("7.1 Strong inhibitors", "<p>Halve it.</p>", level=2), code="34073-7"),
    )
    sheet = (
        "<html><head><title>TOYBRAND- toyazole sodium tablet</title></head><body><p class='DocumentTitle'>These"
        f" highlights</p><table><tr><td>Highlights</td></tr></table>{''.join(parts)}<div class='DataElementsTables'>"
        f"<table><tr>{ACTIVE}</tr></table></div><p>Revised: 5/2024 Set id: {SET_ID}</p></body></html>"
    )
    found = read(sheet.encode())
    assert found.sections == read(dailymed(*parts)).sections and found.text == read(dailymed(*parts)).text
    assert (found.id, found.drugs, found.effective) == (SET_ID, ("toyazole",), "2024-05-01")


# Plain pages


def test_a_plain_page_keeps_what_stands_under_the_headings_of_a_label() -> None:
    found = read(plain(*THREE))
    assert [(s.code, s.number, s.path) for s in found.sections] == [
        (codes.INDICATIONS, "1", ("INDICATIONS AND USAGE",)),
        (codes.CONTRAINDICATIONS, "4", ("CONTRAINDICATIONS",)),
        (codes.INTERACTIONS, "7", ("DRUG INTERACTIONS",)),
        (codes.INTERACTIONS, "7.1", ("DRUG INTERACTIONS", "Strong inhibitors")),
    ]
    assert "buy" not in found.text.lower() and "Menu" not in found.text
    assert (found.drugs, found.products[0].brand, found.licence) == (
        ("toyazole",), "Toybrand", "rights stay with the publisher",
    )  # fmt: skip


def test_a_boxed_warning_is_known_by_its_heading_and_sections_of_one_level_by_their_numbers() -> None:
    found = read(plain("<h2>WARNING: LIFE-THREATENING TOYS</h2><p>Stop.</p>", *(t.replace("h3", "h2") for t in THREE)))
    assert found.sections[0].code == codes.BOXED_WARNING
    assert found.sections[-1].path == ("DRUG INTERACTIONS", "Strong inhibitors")


@pytest.mark.parametrize(
    ("title", "drugs", "brand"),
    [
        ("Toybrand (toyazole sodium) tablets", ("toyazole",), "Toybrand"),
        ("TOYBRAND- toyazole and betanol capsule", ("toyazole", "betanol"), "TOYBRAND"),
        ("Toyazole Tablets, USP", ("toyazole",), None),
        ("Toyazole Extended-Release Chewable Tablets", ("toyazole",), None),
        ("Ben &amp; Co (toyazole) oral solution", ("toyazole",), "Ben & Co"),
    ],
)
def test_the_drug_is_told_from_the_title(title: str, drugs: tuple[str, ...], brand: str | None) -> None:
    found = read(plain(*THREE, title=title))
    assert (found.drugs, found.products[0].brand) == (drugs, brand)


def test_a_page_is_known_by_its_set_id_its_own_address_or_its_text() -> None:
    own = '<link rel="canonical" href="https://example.org/toy">'
    assert read(plain(*THREE, head=own)).id == read(plain(*THREE, head=own)).url == "https://example.org/toy"
    assert read(plain(*THREE, f"<p>Set id: {SET_ID}</p>")).id == SET_ID
    elsewhere = f'<a href="https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SET_ID}">Another drug</a>'
    assert read(plain(*THREE, elsewhere)).set_id is None
    one, same, other = (read(plain(*THREE, f"<p>{words}</p>")).id for words in ("a", "a", "b"))
    assert one == same != other and one.startswith("html-")


# The kind, and what is refused


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + plain(*THREE),
        plain(*THREE).decode().encode("utf-16"),
        b'<?xml version="1.0"?>\n<!-- saved --><!DOCTYPE html PUBLIC "x" "y">\n' + plain(*THREE),
        plain(*THREE, head='<meta charset="windows-1252">', title="Toy\N{EM DASH}brand (toyazole) tablets")
        .decode()
        .encode("cp1252"),
        plain(*THREE, title="Toy\N{EM DASH}brand (toyazole) tablets").decode().encode("cp1252"),
        plain(*THREE).replace(b"<html", b"<HTML").replace(b"</html>", b"</HTML>"),
    ],
    ids=["utf-8 mark", "utf-16", "xhtml", "windows-1252 declared", "windows-1252", "capitals"],
)
def test_a_page_is_told_by_its_content_in_whatever_encoding(data: bytes) -> None:
    [found] = items(data, "label.xml")
    assert isinstance(found, Document) and found.drugs == ("toyazole",)
    assert found.title in ("Toybrand (toyazole) tablets", "Toy\N{EM DASH}brand (toyazole) tablets")
    assert_sound(found)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            plain("<h2>Warnings</h2><p>Wet paint.</p>", title="News"),
            "no drug label (News); expected a label page of DailyMed",
        ),
        (b"<html><body></body></html>", "no drug label (without a title)"),
        (plain(*THREE, title="Welcome"), 'drug of this label page cannot be told from its title "Welcome"'),
        (plain(*THREE, title="Toyazole: uses (and side effects)"), "cannot be told from its title"),
        (dailymed(), "no drug label"),
        (plain(*THREE)[:-30], "cut off before its end"),
        (plain(*THREE).replace(b"toys", b"to\x00ys"), "NUL characters"),
        (plain(*THREE, "<div>" * 210 + "deep" + "</div>" * 210), "nested deeper than 200"),
        (plain(*THREE, "<div>" * 5000 + "deep" + "</div>" * 5000), "nested deeper than 200"),
        (plain(*THREE, head='<meta charset="utf-8">').replace(b"Of toys", b"\xb5g"), "neither UTF-8 nor utf-8"),
        (plain(*THREE, head='<meta charset="x-toy">').replace(b"Of toys", b"\xb5g"), "neither UTF-8 nor x-toy"),
        (b"<!DOCTYPE html>", "no HTML that can be read"),
    ],
)
def test_a_page_that_cannot_be_read_is_named_with_its_reason(data: bytes, why: str) -> None:
    assert why in reason(data)


def test_characters_that_nobody_sees_are_white_space() -> None:
    assert "Of a b c toys." in lines(read(plain(*THREE).replace(b"Of toys", b"Of a\x01b&#2;c<i>\x0b\x0c</i> toys")))


@pytest.mark.parametrize("mark", ["<!---->", "<?xml?>", "<!-- x -->\n"])
def test_what_a_file_is_is_told_at_once_whatever_stands_before_it(mark: str) -> None:
    begun = time.process_time()
    why = reason(mark.encode() * 300 + b"<codeList/>")
    assert "root <codeList>" in why or "not well-formed" in why
    assert time.process_time() - begun < 2
    if mark != "<?xml?>":
        assert read(mark.encode() * 20 + plain(*THREE)).drugs == ("toyazole",)


def test_a_page_over_the_bound_is_refused() -> None:
    [found] = items(plain(*THREE), settings=SourceSettings(max_xml_bytes=300))
    assert isinstance(found, files.Broken) and "over the bound of 300" in found.reason


# A real label, set as a page, reads as its SPL does

_TAGS = {"paragraph": "p", "list": "ul", "item": "li"} | {
    name: name for name in "sub sup br table caption thead tbody tfoot tr td th".split()
}


def as_page(element: Element) -> str:
    """SPL narrative as DailyMed sets it."""
    name = local(element)
    inner = "".join([_escaped(element.text), *(as_page(child) + _escaped(child.tail) for child in element)])
    if name in ("col", "colgroup"):
        return ""
    if name == "content":
        styles = [
            s.capitalize() for s in (element.get("styleCode") or "").split() if s in ("bold", "italics", "underline")
        ]
        return f'<span class="{" ".join(styles)}">{inner}</span>'
    spans = "".join(f' {k}="{element.get(k)}"' for k in ("colspan", "rowspan") if element.get(k))
    tag = _TAGS.get(name, "span")
    return "<br>" if name == "br" else f"<{tag}{spans}>{inner}</{tag}>"


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;")


def section_as_page(section: Element, level: int = 1) -> str:
    by_name = {local(child): child for child in section}
    content = []
    if "text" in by_name:
        content.append(as_page(by_name["text"]).removeprefix("<span>").removesuffix("</span>"))
    for component in section:
        content += [
            section_as_page(inner, min(level + 1, 6))
            for inner in component
            if local(component) == "component" and local(inner) == "section"
        ]
    code = by_name["code"].get("code") if "code" in by_name else ""
    title = as_page(by_name["title"]) if "title" in by_name else ""
    return part(title, *content, code=code or codes.UNCLASSIFIED, level=level)


@pytest.mark.real
@pytest.mark.skipif(not LABELS.is_dir(), reason="../shared/data/spl is not here")
@pytest.mark.parametrize("name", ["warfarin", "paroxetine", "metformin", "apixaban", "omeprazole", "ciprofloxacin"])
def test_a_real_label_set_as_a_page_reads_as_its_spl(name: str) -> None:
    root = xml.parse((LABELS / f"{name}.xml").read_bytes(), SourceSettings())
    label = spl.read(root)
    assert isinstance(label, Document)
    body = next(element for element in root.iter() if local(element) == "structuredBody")
    page = read(dailymed(*(section_as_page(s) for c in body for s in c if local(s) == "section")))
    assert page.text == label.text and page.blocks == label.blocks
    assert [(s.code, s.number, s.path) for s in page.sections] == [(s.code, s.number, s.path) for s in label.sections]


# Anything at all

_WORDS = st.text(st.sampled_from("abZ09.,;µ≥<&> \u00a0\n"), max_size=10)
_MARKUP = st.recursive(
    _WORDS,
    lambda inner: st.tuples(
        st.sampled_from(
            """div p span b sup br h1 h2 h3 ul ol li dl dt dd table thead tfoot tr td th caption a form center pre math
            script style svg select nav o:p font article img""".split()
        ),
        st.sampled_from(["", ' class="Bold"', ' class="Section" data-sectioncode="34073-7"', ' colspan="2"', " x='"]),
        st.lists(inner, max_size=3),
        st.booleans(),
    ).map(lambda made: f"<{made[0]}{made[1]}>{''.join(made[2])}" + (f"</{made[0]}>" if made[3] else "")),
    max_leaves=15,
)


@settings(max_examples=int(os.environ.get("RXCITE_FUZZ", "80")), deadline=None)
@given(st.lists(_MARKUP, max_size=4), st.booleans(), st.integers(0, 3_000), st.binary(max_size=3))
def test_any_soup_of_tags_is_read_soundly_or_refused(parts: list[str], is_plain: bool, at: int, noise: bytes) -> None:
    data = plain(*THREE, *parts) if is_plain else dailymed(part("7 DRUG INTERACTIONS", *parts, code="34073-7"))
    for given_ in (data, data[:at] + noise + data[at + len(noise) :]):
        try:
            for item in files.read(files.Source("toy", given_), SourceSettings()):
                if isinstance(item, Document):
                    assert_sound(item)
        except SourceError:
            pass
