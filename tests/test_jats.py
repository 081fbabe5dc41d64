"""JATS full text as documents: sections, tables as rows, what is left out, and what was said of an article since.

TOY DATA, not for clinical use, but for the worked example, which says in our own words what a published table says.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingest import files
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind, Mark, Verdict
from rag.settings import SourceSettings
from tests.corpus import Asks, asking, label, section
from tests.toys import assert_sound, cells, items, lines, read, rows, squeezed
from ui import show

IDS = '<article-id pub-id-type="pmc">77</article-id><article-id pub-id-type="doi">10.1000/toy</article-id>'
LITERATURE = Path(__file__).resolve().parents[2] / "shared" / "data" / "literature"


def jats(
    body: str = "<sec><title>Results</title><p>Nothing was found.</p></sec>",
    title: str = "A toy study",
    ids: str = IDS,
    about: str = "",
    abstract: str = "<abstract><p>Toys were given.</p></abstract>",
    kind: str = "research-article",
    attributes: str = "",
    after: str = "",
) -> bytes:
    """An article; ``about`` is markup in its <article-meta>, ``after`` what follows the body."""
    return (
        f'<article article-type="{kind}" {attributes} xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:mml="http://www.w3.org/1998/Math/MathML"><front><journal-meta><journal-title-group><journal-title>'
        f"Journal of Toys</journal-title></journal-title-group></journal-meta><article-meta>{ids}<title-group>"
        f"<article-title>{title}</article-title></title-group>{about}{abstract}</article-meta></front>"
        f"<body>{body}</body>{after}</article>"
    ).encode()


def text_of(body: str) -> list[str]:
    """The lines that a body becomes, its title and abstract left out."""
    return lines(read(jats(f"<sec><title>Results</title>{body}</sec>")))[3:]


def wrap(*rows: str, head: str = "", caption: str = "Levels of toys", foot: str = "", more: str = "") -> str:
    return (
        f'<table-wrap id="t1"><label>Table 1</label><caption><p>{caption}</p></caption>'
        f"<alternatives><graphic/><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{more}"
        f"</alternatives><table-wrap-foot>{foot}</table-wrap-foot></table-wrap>"
    )


def reason(data: bytes) -> str:
    [found] = items(data)
    assert isinstance(found, files.Broken)
    return found.reason


# What an article is


def test_an_article_is_title_abstract_and_body_in_their_sections() -> None:
    abstract = (
        "<abstract><sec><title>Aims</title><p>To see.</p></sec>"
        "<sec><title>Results:</title><p>Seen.</p></sec></abstract>"
        '<abstract abstract-type="graphical"><p>A picture.</p></abstract>'
    )
    body = (
        "<sec><label>1.</label><title>Methods</title><p>Ten toys.</p><sec><title>1.1 Doses</title><p>5 mg.</p></sec>"
        "</sec>"
    )
    found = read(jats(body, abstract=abstract))
    assert [(s.number, s.path) for s in found.sections] == [
        (None, ("Title",)),
        (None, ("Abstract",)),
        (None, ("Abstract", "Aims")),
        (None, ("Abstract", "Results:")),
        ("1", ("Methods",)),
        ("1.1", ("Methods", "Doses")),
    ]
    assert lines(found) == [
        "A toy study", "Aims", "To see.", "Results:", "Seen.", "1. Methods", "Ten toys.", "1.1 Doses", "5 mg.",
    ]  # fmt: skip
    assert (found.id, found.kind, found.journal, found.url, found.publication_type) == (
        "PMC77", Kind.ARTICLE, "Journal of Toys", "https://doi.org/10.1000/toy", "Research article",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ids", "id", "url"),
    [
        ('<article-id pub-id-type="pmcid">PMC77</article-id>', "PMC77", "https://pmc.ncbi.nlm.nih.gov/articles/PMC77/"),
        ('<article-id pub-id-type="pmid">5</article-id>' + IDS, "PMC77", "https://doi.org/10.1000/toy"),
        ('<article-id pub-id-type="doi">10.1000/toy</article-id>', "10.1000/toy", "https://doi.org/10.1000/toy"),
        ('<article-id pub-id-type="pmid">5</article-id>', "5", None),
    ],
)
def test_an_article_is_known_by_pmcid_then_doi_then_pmid(ids: str, id: str, url: str | None) -> None:
    found = read(jats(ids=ids))
    assert (found.id, found.url) == (id, url)


@pytest.mark.parametrize(
    ("dates", "effective"),
    [
        (
            '<pub-date pub-type="collection"><year>2013</year></pub-date>'
            '<pub-date pub-type="epub"><day>2</day><month>11</month><year>2012</year></pub-date>',
            "2012-11-02",
        ),
        (
            '<pub-date date-type="pub" publication-format="print"><month>3</month><year>2021</year></pub-date>',
            "2021-03-01",
        ),
        ('<pub-date pub-type="pmc-release"><day>1</day><month>1</month><year>2020</year></pub-date>', None),
        ("<pub-date><year>20l3</year></pub-date>", None),
        ("", None),
    ],
)
def test_the_day_online_goes_before_the_issue_and_a_release_is_no_publication(
    dates: str, effective: str | None
) -> None:
    assert read(jats(about=dates)).effective == effective


@pytest.mark.parametrize(
    ("rights", "licence"),
    [
        ('<license xlink:href="http://creativecommons.org/licenses/by/2.0"><p>Open.</p></license>', "CC BY 2.0"),
        ("<license><p>See https://creativecommons.org/licenses/by-nc-nd/4.0/.</p></license>", "CC BY-NC-ND 4.0"),
        (
            '<ali:license_ref xmlns:ali="http://www.niso.org/schemas/ali/1.0/">'
            "https://creativecommons.org/publicdomain/zero/1.0/</ali:license_ref>",
            "CC0 1.0",
        ),
        (
            "<license><p>under the Creative Commons Attribution License, which</p></license>",
            "Creative Commons Attribution License",
        ),
        ("<copyright-statement>(c) Toys</copyright-statement>", "(c) Toys"),
        ("", "rights stay with the publisher"),
    ],
)
def test_the_licence_of_an_article_goes_with_it(rights: str, licence: str) -> None:
    assert read(jats(about=f"<permissions>{rights}</permissions>")).licence == licence


# Tables


def test_a_table_is_rows_with_label_caption_and_heads_as_context_and_its_foot_as_notes() -> None:
    found = read(
        jats(
            wrap(
                '<tr><td rowspan="2">Toyazole</td><td>adults</td><td>39.1<xref rid="n1">2</xref></td></tr>',
                "<tr><td>children</td><td>10<sup>3</sup><break/>(5%)</td></tr>",
                head='<tr><th>Drug</th><th colspan="2">Who and <italic>AUC</italic></th></tr>',
                foot='<fn id="n1"><label>2</label><p>Mean of ten.</p></fn><p>NS, not significant.</p>',
            )
        )
    )
    first, second = rows(found)
    assert found.text[first.start : first.end] == "Toyazole | adults | 39.1 2"
    assert first.context and first.context.text == "Table 1 Levels of toys > [Drug | Who and AUC | Who and AUC]"
    assert cells(found, second) == [(1, "children"), (2, "10 3 (5%)")]
    assert second.context and second.context.text.startswith("Table 1 Levels of toys > Toyazole > [")
    assert lines(found, BlockKind.NOTE) == ["2 Mean of ten.", "NS, not significant."]
    assert lines(found, BlockKind.CAPTION) == ["Table 1 Levels of toys"]


def test_panels_of_one_table_are_one_table_and_each_has_its_own_heads() -> None:
    head = "<tr><th>Drug</th><th>AUC</th></tr>"
    panel = (
        f"<table><thead>{head.replace('Drug', 'Food')}</thead><tbody><tr><td>bread</td><td>2</td></tr></tbody></table>"
    )
    found = read(jats(wrap("<tr><td>a</td><td>1</td></tr>", head=head, more=panel)))
    assert [one.context.text for one in rows(found) if one.context] == [
        "Table 1 Levels of toys > [Drug | AUC]",
        "Table 1 Levels of toys > [Food | AUC]",
    ]


def test_a_table_of_oasis_has_its_spans() -> None:
    table = (
        '<table-wrap><caption><p>Levels</p></caption><oasis:table xmlns:oasis="urn:oasis"><oasis:tgroup>'
        '<oasis:colspec colname="a"/><oasis:colspec colname="b"/><oasis:colspec colname="c"/><oasis:thead><oasis:row>'
        '<oasis:entry>Drug</oasis:entry><oasis:entry namest="b" nameend="c">AUC</oasis:entry></oasis:row></oasis:thead>'
        '<oasis:tbody><oasis:row><oasis:entry morerows="1">x</oasis:entry><oasis:entry>1</oasis:entry><oasis:entry>2'
        "</oasis:entry></oasis:row><oasis:row><oasis:entry>3</oasis:entry><oasis:entry>4</oasis:entry></oasis:row>"
        "</oasis:tbody></oasis:tgroup></oasis:table></table-wrap>"
    )
    first, second = rows(read(jats(table)))
    assert first.context and first.context.text == "Levels > [Drug | AUC | AUC]"
    assert second.context and second.context.text == "Levels > x > [AUC | AUC]"


def test_a_table_within_a_paragraph_parts_it_and_one_at_the_end_of_the_article_is_read_too() -> None:
    inner = wrap("<tr><td>a</td><td>1</td></tr>")
    assert text_of(f"<p>Before {inner} after.</p>") == ["Before", "Table 1 Levels of toys", "a | 1", "after."]
    floats = f"<floats-group>{inner}<fig><label>Figure 1</label><caption><p>A toy.</p></caption></fig></floats-group>"
    found = read(jats(after=floats))
    assert found.sections[-1].path == ("Figures and tables",)
    assert lines(found)[-3:] == ["Table 1 Levels of toys", "a | 1", "Figure 1 A toy."]


def test_a_table_that_is_only_a_picture_is_its_caption() -> None:
    picture = "<table-wrap><label>Table 2</label><caption><p>Seen only.</p></caption><graphic/></table-wrap>"
    assert text_of(picture) == ["Table 2 Seen only."]


# What goes into a line


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>9</sup> and T<sub>4</sub>", "10 9 and T4"),
        ("raised 2-fold<xref>12</xref>.", "raised 2-fold 12."),
        ("by 5 mg.<xref>12</xref><xref>13</xref> It (<xref>14</xref>)", "by 5 mg. 12 13 It (14)"),
        ("raised<sup><xref>1</xref>,<xref>2</xref></sup> it", "raised 1,2 it"),
        ("as before [<xref>3</xref>,<xref>4</xref>]", "as before [3,4]"),
        ("<bold>B</bold>old and <italic>it</italic>alic", "Bold and italic"),
        ("one<break/>two", "one two"),
        ("a<fn><p>A note.</p></fn> b", "a A note. b"),
        ("<mml:math><mml:msup><mml:mn>10</mml:mn><mml:mn>9</mml:mn></mml:msup></mml:math> cells", "10 9 cells"),
        ("<alternatives><tex-math>x^2</tex-math><mml:math><mml:mi>x</mml:mi></mml:math></alternatives> mg", "x mg"),
        ("<named-content>named</named-content> <ext-link>link</ext-link>", "named link"),
    ],
)
def test_no_word_or_number_is_glued_to_the_next(markup: str, text: str) -> None:
    assert text_of(f"<p>{markup}</p>") == [text]


def test_lists_boxes_quotes_and_definitions_are_lines() -> None:
    assert text_of(
        "<p>Do:<list><list-item><label>1.</label><p>Stop.</p></list-item><list-item><p>Call.</p></list-item></list></p>"
        "<disp-quote><p>Said.</p></disp-quote>"
        "<def-list><def-item><term>AUC</term><def><p>area</p></def></def-item></def-list>"
    ) == ["Do:", "1. Stop.", "Call.", "Said.", "AUC area"]
    found = read(jats("<boxed-text><caption><title>Key points</title></caption><p>Watch.</p></boxed-text>"))
    assert found.sections[-1].path == ("Key points",) and lines(found)[-1] == "Watch."


def test_what_is_no_text_of_the_article_is_left_out() -> None:
    found = read(
        jats(
            "<sec><title>Results</title><p>Seen.</p><disp-formula><label>(1)</label><graphic/></disp-formula>"
            "<fig><caption><p>A toy.</p></caption><alt-text>alternative</alt-text><graphic/></fig>"
            "<supplementary-material><caption><p>file</p></caption></supplementary-material></sec>",
            after="<back><ack><p>Thanks.</p></ack><ref-list><ref><mixed-citation>A reference.</mixed-citation></ref>"
            "</ref-list><fn-group><fn><p>No conflict.</p></fn></fn-group><sec><title>Funding</title><p>None.</p></sec>"
            "<app-group><app><title>Appendix</title><p>More.</p></app></app-group></back>"
            "<sub-article><body><p>En français.</p></body></sub-article>",
        )
    )
    assert lines(found)[3:] == ["Seen.", "A toy.", "Funding", "None.", "Appendix", "More."]


def test_marks_within_labels_notes_and_pictures_do_no_harm() -> None:
    assert text_of(
        "<list><list-item><label>1<xref>2</xref></label>, then <p>Stop.</p></list-item></list>"
        "<disp-formula><label><xref>3</xref></label><graphic/></disp-formula>"
        "<sec><title>A<fn><p>See <xref>4</xref></p></fn></title><p>End.</p></sec>"
    ) == ["1 2 , then Stop.", "A", "End."]


def test_entities_that_only_the_dtd_of_jats_declares_become_characters() -> None:
    doctype = b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.0//EN" "JATS-archivearticle1.dtd">'
    found = read(doctype + jats("<p>5 &mu;g <bold>&ge;</bold> 3&nbsp;mg</p>"))
    assert lines(found)[-1] == "5 μg ≥ 3 mg"
    assert "&toyent; is not known" in reason(doctype + jats("<p>&toyent;</p>"))


# What was said of it since


def since(kind: str) -> str:
    return f'<related-article related-article-type="{kind}"/>'


@pytest.mark.parametrize(
    ("data", "marks", "title"),
    [
        (jats(about=since("retraction-forward")), (Mark.RETRACTED,), "RETRACTED: A toy study"),
        (jats(kind="retracted-article"), (Mark.RETRACTED,), "RETRACTED: A toy study"),
        (jats(title="Retracted: A toy study"), (Mark.RETRACTED,), "Retracted: A toy study"),
        (jats(about=since("expression-of-concern")), (Mark.CONCERN,), "EXPRESSION OF CONCERN: A toy study"),
        (jats(about=since("correction-forward")), (Mark.CORRECTED,), "A toy study"),
        (
            jats(about=since("correction-forward") + since("retraction-forward")),
            (Mark.RETRACTED, Mark.CORRECTED),
            "RETRACTED: A toy study",
        ),
        (jats(about=since("retracted-article"), kind="retraction", title="Retraction: A toy"), (), "Retraction: A toy"),
        (jats(about=since("corrected-article"), kind="correction"), (), "A toy study"),
        (jats(title="Withdrawn drugs: a review"), (), "Withdrawn drugs: a review"),
    ],
    ids="retracted;its kind;its title;concern;corrected;both;a retraction;an erratum;of drugs".split(";"),
)
def test_what_was_said_of_an_article_since_is_marked(data: bytes, marks: tuple[Mark, ...], title: str) -> None:
    found = read(data)
    assert (found.marks, found.title) == (marks, title)
    assert "RETRACTED" not in found.text, "the text is the article's own"


# Files of several, and what cannot be read


def test_sets_and_answers_of_services_hold_many_and_a_bad_one_does_not_stop_the_others() -> None:
    one, other = jats().decode(), jats(ids=IDS.replace("77", "78")).decode()
    foreign = jats(ids=IDS.replace("77", "79"), attributes='xml:lang="fr"').decode()
    found = items(f"<pmc-articleset>{one}{foreign}{other}</pmc-articleset>".encode())
    assert [item.id for item in found if isinstance(item, Document)] == ["PMC77", "PMC78"]
    assert files.LeftOut("toy", "1 left out, only English is read: PMC79 (fr)") in found and len(found) == 3
    broken = items(f"<pmc-articleset>{one.replace('pmc', 'x').replace('doi', 'y')}{other}</pmc-articleset>".encode())
    assert [type(item) for item in broken] == [files.Broken, Document]
    space = 'xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/"'
    inner = one.replace("<article ", f"<article {space} ", 1)
    answer = f"<OAI-PMH><GetRecord><record><metadata>{inner}</metadata></record></GetRecord></OAI-PMH>"
    assert read(answer.encode()).id == "PMC77"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (jats(ids=""), "without PMCID, DOI or PMID"),
        (jats("", abstract=""), "neither abstract nor text"),
        (b"<article><body><p>x</p></body></article>", "without <article-meta>"),
        (b"<pmc-articleset><Reply error='No such id 5'>not found</Reply></pmc-articleset>", "it says: not found"),
        (b"<OAI-PMH/>", "without an <article>"),
        (jats()[:-40], "not well-formed"),
        (jats().replace(b"Nothing", b"N\x00thing"), "not well-formed"),
        (jats("<p>" + "<bold>" * 230 + "deep" + "</bold>" * 230 + "</p>"), "nested deeper than 200"),
        (b"<!DOCTYPE article [<!ENTITY a 'ha'>]>" + jats("<p>&a;</p>"), "entities of its own"),
        (jats("<p>µ</p>").replace("µ".encode(), b"\xb5"), "not well-formed"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(data: bytes, why: str) -> None:
    assert why in reason(data)


def test_the_deepest_article_allowed_is_read() -> None:
    read(jats("<sec>" * 180 + "<p>deep</p>" + "</sec>" * 180))


# The worked example: what decides it stands in a table only


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asks]:
    with asking(tmp_path_factory.mktemp("jats")) as opened:
        yield opened


def review(about: str = "") -> Document:
    """A review of colchicine interactions, told in our own words, as a publisher would set it."""
    table = (
        '<table-wrap id="t3"><label>Table 3</label><caption><p>Antiarrhythmic drugs with colchicine: effect and advice'
        "</p></caption><table><thead><tr><th>Drug</th><th>What was seen</th><th>ORCA class</th><th>Advice</th></tr>"
        "</thead><tbody><tr><td>Amiodarone</td><td>Inhibits CYP3A4 and P-gp; case reports</td><td>2</td><td>Avoid if"
        " possible</td></tr><tr><td>Propafenone</td><td>Inhibits P-gp with little effect on CYP3A4. In healthy subjects"
        " 450 mg/day for 5 days did not change the pharmacokinetics of colchicine.</td><td>4</td><td>Low risk; need"
        " not be avoided. Normal monitoring for toxicity.</td></tr></tbody></table></table-wrap>"
    )
    return read(
        jats(
            f"<sec><title>Results</title><p>The drugs were graded.</p>{table}</sec>",
            title="Which drugs interact with colchicine",
            ids='<article-id pub-id-type="publisher-id">demo-jats-hansten</article-id>',
            about='<pub-date pub-type="epub"><year>2023</year></pub-date>' + about,
            abstract="<abstract><p>Many sources are wrong about interactions.</p></abstract>",
            kind="review-article",
        )
    )


COLCHICINE = label("colchicine", section("7 DRUG INTERACTIONS", "Colchicine is a substrate of CYP3A4 and P-gp."))
PROPAFENONE = label("propafenone", section("7 DRUG INTERACTIONS", "Propafenone raises digoxin levels."))
PAIR = "What are the interactions between propafenone and colchicine?"


def test_what_stands_only_in_a_table_row_is_stated_of_the_pair_and_cited_with_its_heads(asks: Asks) -> None:
    given_ = asks(COLCHICINE, PROPAFENONE, review()).ask(PAIR)
    [stated] = [claim for claim in given_.claims if claim.basis == "stated" and "450 mg" in claim.text]
    [quote] = stated.quotes
    assert quote.document.id == "demo-jats-hansten" and quote.text == quote.document.text[quote.start : quote.end]
    assert quote.context and quote.context.text.startswith("Table 3 Antiarrhythmic drugs with colchicine")
    assert "Advice" in quote.context.columns
    assert given_.verdict is not Verdict.DECLINED and "pair_not_named" not in [m.reason for m in given_.missing]


def test_an_answer_that_quotes_a_retracted_article_says_so(asks: Asks) -> None:
    retracted = review(since("retraction-forward"))
    assert show.origin(retracted) == ("Review article", "Journal of Toys", "retracted", "2023-01-01")
    given_ = asks(COLCHICINE, PROPAFENONE, retracted).ask(PAIR)
    [notice] = [notice for notice in given_.notices if "retracted" in notice]
    assert "RETRACTED: Which drugs interact with colchicine" in notice
    assert not any("retracted" in n for n in asks(COLCHICINE, PROPAFENONE, review()).ask(PAIR).notices)


# Real articles, and anything at all


@pytest.mark.real
@pytest.mark.skipif(not LITERATURE.is_dir(), reason="../shared/data/literature is not here")
@pytest.mark.parametrize("path", sorted(LITERATURE.glob("*.nxml")), ids=lambda path: path.stem)
def test_a_real_article_is_read_with_all_words_of_its_body(path: Path) -> None:
    found = read(path.read_bytes())
    body = etree.fromstring(path.read_bytes()).find("body")
    assert body is not None
    tight = "".join(found.text.replace(" | ", "").split())
    outside = ("supplementary-material", "disp-formula")
    kept = [p for p in body.iter("p") if not any(a.tag in outside for a in p.iterancestors())]
    said = ["".join("".join(map(str, p.itertext())).split()) for p in kept if not p.findall(".//graphic")]
    assert len(said) > 3 and [text for text in said if text not in tight] == []


_TEXT = st.text(st.sampled_from("abZ09.,;µ≥ \u00a0\n"), max_size=10)
_INLINE = st.recursive(
    _TEXT,
    lambda inner: st.tuples(
        st.sampled_from("bold italic sup sub xref fn break mml:math inline-formula ext-link named-content x".split()),
        inner,
    ).map(lambda pair: f"{pair[1]}<{pair[0]}>{pair[1]}</{pair[0]}>"),
    max_leaves=6,
)
_BLOCK = st.recursive(
    _INLINE,
    lambda inner: st.tuples(
        st.sampled_from(
            """p sec title label list list-item def-list def-item term def fig caption table-wrap table thead tbody tr
            td th table-wrap-foot fn boxed-text disp-quote disp-formula alternatives graphic mml:math tex-math statement
            supplementary-material fn-group app body abstract""".split()
        ),
        st.lists(inner, max_size=3),
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
    max_leaves=12,
)


@settings(max_examples=int(os.environ.get("RXCITE_FUZZ", "80")), deadline=None)
@given(st.lists(_BLOCK, max_size=4), _INLINE, st.integers(0, 10_000), st.binary(max_size=3))
def test_any_nesting_of_jats_is_read_soundly_or_refused(parts: list[str], title: str, at: int, noise: bytes) -> None:
    data = jats("".join(parts), title=title, after=f"<floats-group>{''.join(parts[:1])}</floats-group>")
    found = items(data)
    for item in found:
        if isinstance(item, Document):
            assert_sound(item)
            assert squeezed(item.text) or not item.text
    torn = data[:at] + noise + data[at + len(noise) :]
    try:
        for item in files.read(files.Source("toy", torn), SourceSettings()):
            if isinstance(item, Document):
                assert_sound(item)
    except SourceError:
        pass
