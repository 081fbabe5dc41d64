"""Markdown and plain text with a front matter; without one they are refused. TOY DATA, not for clinical use."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import codes, files
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind, Mark
from rag.settings import SourceSettings
from tests.corpus import desk_of
from tests.toys import assert_sound, block, items, lines, read

ARTICLE = "id: house-toys\ntitle: Toys, a house guideline\nkind: article"
LABEL = "id: house-toyazole\ntitle: Toyazole, house text\nkind: label\ndrugs: [toyazole sodium]"


def text(body: str = "# Doses\n\nOnce a day.", front: str = ARTICLE, more: str = "") -> bytes:
    return f"---\n{front}\n{more}\n---\n{body}".encode()


def reason(data: bytes) -> str:
    [found] = items(data)
    assert isinstance(found, files.Broken)
    return found.reason


# What the front matter says


def test_all_that_the_front_matter_says_is_on_the_document() -> None:
    more = (
        "date: 2026-05-13\nversion: 1.10\nurl: https://example.org/toys\nlicence: CC BY 4.0\n"
        "manufacturer: Toy Hospital\njournal: House Journal\ntype: Guideline"
    )
    found = read(text(more=more))
    assert (found.id, found.kind, found.title, found.source) == (
        "house-toys", Kind.ARTICLE, "Toys, a house guideline", "text",
    )  # fmt: skip
    assert (found.effective, found.version, found.url, found.licence) == (
        "2026-05-13", "1.10", "https://example.org/toys", "CC BY 4.0",
    )  # fmt: skip
    assert (found.manufacturer, found.journal, found.publication_type) == ("Toy Hospital", "House Journal", "Guideline")
    assert found.drugs == () and not found.demonstration
    assert read(text(front=ARTICLE.replace("house-toys", "demo-toys"))).demonstration
    assert read(text(front=ARTICLE.replace("Toys,", "Retracted. Toys,"))).marks == (Mark.RETRACTED,)


@pytest.mark.parametrize(
    "drugs",
    ["drugs: [toyazole sodium, betanol]", "drugs: toyazole sodium, betanol", "drugs:\n- toyazole sodium\n- betanol"],
)
def test_a_label_names_its_drugs_and_its_headings_have_codes(drugs: str) -> None:
    front = f"id: house-toyazole\ntitle: Toyazole\nkind: label\nbrand: Toybrand\n{drugs}"
    found = read(text("# 7 DRUG INTERACTIONS\nNone.\n## 7.1 Strong inhibitors\nHalve it.\n# Notes\nOf ours.", front))
    assert (found.drugs, found.products[0].brand) == (("toyazole", "betanol"), "Toybrand")
    assert [(s.code, s.number, s.path) for s in found.sections] == [
        (codes.INTERACTIONS, "7", ("DRUG INTERACTIONS",)),
        (codes.INTERACTIONS, "7.1", ("DRUG INTERACTIONS", "Strong inhibitors")),
        (None, None, ("Notes",)),
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"---\nid: a\n", "a README is no medicine: begin the file with a line ---"),
        (b"--- a rule of a letter ---\nDear Sir", "a README is no medicine"),
        (text(front="title: x\nkind: article"), "without id; needed are id, title, kind"),
        (text(front="layout: post"), "unknown front matter field 'layout'; known: brand"),
        (text(front=ARTICLE.replace("article", "poem")), "kind must be label or article, got 'poem'"),
        (text(front=ARTICLE.replace("article", "label")), "label without drugs"),
        (text(more="drugs: [toyazole]"), "article with drugs"),
        (text(more="date: soon"), "date 'soon' cannot be understood"),
        (text(more="url: javascript:alert(1)"), "is no web address"),
        (text(more="format: word"), "format must be markdown or text, got 'word'"),
        (text(more="version: [1, 2]"), "version must be one text, got a list"),
        (text(more="licence: {a: b}"), "licence must be a text"),
        (text(front=ARTICLE.replace("house-toys", "a b")), "id 'a b' must be"),
        (text(front="- a\n- b"), "no list of fields"),
        (text(front="id: [a"), "no YAML"),
        (text(front="a: &a [x, x]\nb: &b [*a, *a]\nid: *b"), "unknown front matter field 'a'"),
        (text(front="id: &a [x]\ntitle: [*a, *a]"), "id must be one text, got a list"),
        (text(front="id: " + "[" * 5_000), "no YAML"),
        (text(front="!!python/object/apply:os.system ['true']"), "no list of fields"),
        (text(more="title: " + "a" * 20_000), "over the bound of 16,384"),
        (text(""), "nothing but front matter"),
        (text("Of \x00 toys."), "control character '\\x00'"),
        (text("5 µg").replace("µ".encode(), b"\xb5"), "not UTF-8: invalid start byte at byte"),
        (b"# Toys\n\nA README.", "neither XML nor JSON"),
    ],
)  # fmt: skip
def test_what_is_no_front_matter_or_cannot_be_right_is_refused_with_the_way_out(data: bytes, why: str) -> None:
    assert why in reason(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_read_with_any_mark_of_order_and_any_line_ends(encoding: str) -> None:
    found = read(text("# Doses\n\n5 µg.").decode().replace("\n", "\r\n").encode(encoding))
    assert lines(found) == ["Doses", "5 µg."]


# Markdown


def test_markdown_is_sections_lists_and_tables_as_rows() -> None:
    body = (
        "Before all.\n\n# Doses\n\n*Once* a **day**,\nnot `twice` <b>x</b> [link](http://x).\n\n- one\n- two\n\n"
        "Renal\n-----\n\n| Drug | Dose |\n|---|---|\n| toyazole | 5 mg |\n\n> Quoted.\n\n![picture](x.png)\n"
    )
    found = read(text(body))
    assert [s.path for s in found.sections] == [("Text",), ("Doses",), ("Doses", "Renal")]
    assert lines(found) == [
        "Before all.", "Doses", "Once a day, not twice <b>x</b> link.", "one", "two", "Renal", "Drug | Dose",
        "toyazole | 5 mg", "Quoted.",
    ]  # fmt: skip
    context = block(found, "toyazole | 5 mg").context
    assert context and context.columns == ("Drug", "Dose")


def test_stars_within_names_of_alleles_are_no_emphasis() -> None:
    assert lines(read(text("CYP2D6*4 and CYP2D6*10 are *poor*; 2*3*4."))) == ["CYP2D6*4 and CYP2D6*10 are poor; 2*3*4."]


# Plain text


def test_plain_text_has_sections_where_a_line_can_be_nothing_else_than_a_heading() -> None:
    body = (
        "7 DRUG INTERACTIONS\nInhibitors *raise* it\nand CYP2D6*4 does.\n\n7.1 Strong inhibitors\n• ketoconazole\n"
        "• ritonavir\n\n0.6 mg twice a day\n2.4 mg once\n\nContraindications\n\nNone.\nA SHOUT.\n"
    )
    found = read(text(body, LABEL, "format: text"))
    assert [(s.number, s.path, s.code) for s in found.sections] == [
        ("7", ("DRUG INTERACTIONS",), codes.INTERACTIONS),
        ("7.1", ("DRUG INTERACTIONS", "Strong inhibitors"), codes.INTERACTIONS),
        (None, ("Contraindications",), codes.CONTRAINDICATIONS),
    ]
    assert lines(found, BlockKind.PARAGRAPH) == [
        "Inhibitors *raise* it and CYP2D6*4 does.", "• ketoconazole", "• ritonavir", "0.6 mg twice a day 2.4 mg once",
        "None. A SHOUT.",
    ]  # fmt: skip


# Asked


def test_a_house_text_is_asked_and_cited_as_any_label(tmp_path: Path) -> None:
    table = "| Drug | Dose of toyazole |\n|---|---|\n| ketoconazole | halve the dose to 5 mg |"
    house = read(text(f"# 7 DRUG INTERACTIONS\n\n{table}", LABEL, "url: https://example.org/house"))
    with desk_of(tmp_path, house) as desk:
        given_ = desk.json("Does toyazole interact with ketoconazole?")
    [citation] = given_["citations"]
    assert citation["quote"] == "ketoconazole | halve the dose to 5 mg" and "Dose of toyazole" in citation["context"]
    assert citation["document"]["id"] == "house-toyazole"
    assert citation["document"]["url"] == "https://example.org/house"
    assert [claim["basis"] for claim in given_["claims"]] == ["stated"]


# Anything at all

_FRONT = st.one_of(
    st.sampled_from([ARTICLE, LABEL, f"{LABEL}\nformat: text", f"{ARTICLE}\nformat: text"]),
    st.text(st.sampled_from("abid: titlekn-[]{}&*!|>\"'#\n\t "), max_size=60),
)
_BODY = st.text(st.sampled_from("abZ 07.1#*_-+|`~<>[]()!&;\\\n\t:µ\u00a0•="), max_size=200)


@settings(max_examples=int(os.environ.get("RXCITE_FUZZ", "100")), deadline=None)
@given(_FRONT, _BODY, st.integers(0, 300), st.binary(max_size=3))
def test_any_text_is_read_soundly_or_refused(front: str, body: str, at: int, noise: bytes) -> None:
    data = text(body, front)
    for given_ in (data, data[:at] + noise + data[at + len(noise) :]):
        try:
            for item in files.read(files.Source("toy", given_), SourceSettings()):
                assert isinstance(item, Document | files.Broken)
                if isinstance(item, Document):
                    assert_sound(item)
        except SourceError:
            pass


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("abZ 07.,*µ≥<&"), max_size=30), max_size=6))
def test_plain_text_differs_from_its_source_in_white_space_only(paragraphs: list[str]) -> None:
    body = "Begin.\n\n" + "\n\n".join(paragraphs)
    assert " ".join(read(text(body, ARTICLE, "format: text")).text.split()) == " ".join(body.split())
