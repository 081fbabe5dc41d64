"""PubMed articles as documents: abstracts in parts, dates that leave something open, links and versions."""

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingest import files, pubmed
from ingest.plan import plan
from ingest.sync import ingest
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind, Mark
from rag.settings import Settings, SourceSettings
from tests.toys import HashEncoder, article, article_set, assert_sound, gzipped, items, lines, read


def reasons(*articles: str) -> list[str]:
    return [item.reason for item in items(article_set(*articles)) if isinstance(item, files.Broken)]


def test_a_labelled_abstract_becomes_sections_under_its_labels() -> None:
    abstract = (
        '<AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Toys were given.</AbstractText>'
        '<AbstractText Label="MAIN RESULTS">Levels rose by 10<sup>3</sup>; <i>n</i> = 12.</AbstractText>'
        "<AbstractText>No label here.</AbstractText>"
    )
    found = read(article_set(article(title="Toys and <i>levels</i>: a study.", abstract=abstract)))
    assert [s.path for s in found.sections] == [("Title",), ("Background",), ("Main results",), ("Abstract",)]
    assert lines(found, BlockKind.PARAGRAPH) == [
        "Toys and levels: a study.",
        "Toys were given.",
        "Levels rose by 10 3; n = 12.",
        "No label here.",
    ]
    assert (found.id, found.kind, found.title) == ("1001", Kind.ARTICLE, "Toys and levels: a study.")


@pytest.mark.parametrize(
    ("date", "effective"),
    [
        ("<Year>2024</Year><Month>Mar</Month><Day>5</Day>", "2024-03-05"),
        ("<Year>2024</Year><Month>11</Month>", "2024-11-01"),
        ("<Year>2024</Year>", "2024-01-01"),
        ("<Year>2024</Year><Season>Winter</Season>", "2024-01-01"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-01-01"),
        ("<MedlineDate>Winter</MedlineDate>", None),
        ("<Year>20l4</Year>", None),
        ("<Year>²²²²</Year><Month>²</Month><Day>²</Day>", None),
        ("<Year>2024</Year><Month>²</Month><Day>99</Day>", "2024-01-01"),
        ("<Year>2024</Year><Month>13</Month><Day>0</Day>", "2024-01-01"),
        ("", None),
    ],
)
def test_a_date_is_as_exact_as_the_source(date: str, effective: str | None) -> None:
    assert read(article_set(article(date=date))).effective == effective


def test_the_day_it_came_out_online_goes_before_the_issue() -> None:
    online = '<ArticleDate DateType="Electronic"><Year>2023</Year><Month>12</Month><Day>20</Day></ArticleDate>'
    assert read(article_set(article(within=online))).effective == "2023-12-20"


def test_the_date_of_indexing_is_the_last_resort() -> None:
    completed = "<DateCompleted><Year>1999</Year><Month>02</Month><Day>03</Day></DateCompleted>"
    assert (
        read(article_set(article(date="<MedlineDate>Winter</MedlineDate>", completed=completed))).effective
        == "1999-02-03"
    )


def test_version_and_kind_of_publication_come_from_the_record() -> None:
    types = "".join(f"<PublicationType>{kind}</PublicationType>" for kind in ("Review", "Journal Article"))
    found = read(article_set(article(version="2", within=types)))
    assert (found.version, found.publication_type) == ("2", "Review; Journal Article")


def test_an_article_links_to_pubmed_and_a_demonstration_to_its_source() -> None:
    doi = '<ArticleId IdType="doi">10.1000/toy</ArticleId>'
    assert read(article_set(article(ids=doi))).url == "https://pubmed.ncbi.nlm.nih.gov/1001/"
    shown = read(article_set(article("demo-toy", ids=doi)))
    assert (shown.url, shown.demonstration) == ("https://doi.org/10.1000/toy", True)
    source = '<ArticleId IdType="source">https://example.org/toy</ArticleId>'
    assert read(article_set(article("demo-toy", ids=doi + source))).url == "https://example.org/toy"
    location = '<ELocationID EIdType="doi">10.1000/other</ELocationID>'
    assert read(article_set(article("demo-toy", within=location))).url == "https://doi.org/10.1000/other"


def test_an_article_without_an_abstract_is_its_title() -> None:
    assert read(article_set(article(abstract=""))).text == "A toy study"


def test_a_bad_article_does_not_stop_the_others() -> None:
    found = items(article_set(article("1"), article(""), article("2", title="", abstract=""), article("3")))
    assert [item.id for item in found if isinstance(item, Document)] == ["1", "3"]
    assert [item.name for item in found if isinstance(item, files.Broken)] == ["toy (article 2)", "toy (article 3)"]


def test_what_is_missing_is_named() -> None:
    assert "without a PMID" in reasons(article(""))[0]
    assert "1001 has neither title nor abstract" in reasons(article(title="", abstract=""))[0]
    assert "without an article" in reasons()[0]
    assert "without a PMID" in reasons("<PubmedBookArticle/>")[0]


def test_a_gzipped_set_with_a_doctype_is_read() -> None:
    doctype = (
        b'<?xml version="1.0"?>\n<!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.nlm.nih.gov/ncbi/pubmed/out/x.dtd">\n'
    )
    [found] = items(gzipped(doctype + article_set(article())), "toy.xml.gz")
    assert isinstance(found, Document)
    assert_sound(found)


# What was said of it since


def said(*kinds: str) -> str:
    listed = "".join(f'<CommentsCorrections RefType="{kind}"><PMID>9</PMID></CommentsCorrections>' for kind in kinds)
    return f"<CommentsCorrectionsList>{listed}</CommentsCorrectionsList>"


@pytest.mark.parametrize(
    ("kinds", "types", "marks", "title"),
    [
        (("RetractionIn",), (), (Mark.RETRACTED,), "RETRACTED: A toy study"),
        ((), ("Retracted Publication",), (Mark.RETRACTED,), "RETRACTED: A toy study"),
        (("ExpressionOfConcernIn",), (), (Mark.CONCERN,), "EXPRESSION OF CONCERN: A toy study"),
        (("ErratumIn",), (), (Mark.CORRECTED,), "A toy study"),
        (("ErratumIn", "RetractionIn"), (), (Mark.RETRACTED, Mark.CORRECTED), "RETRACTED: A toy study"),
        (("RetractionOf", "ErratumFor", "CommentIn", "Cites"), ("Retraction of Publication",), (), "A toy study"),
    ],
)
def test_what_was_said_of_an_article_since_is_marked_and_heads_its_title(
    kinds: tuple[str, ...], types: tuple[str, ...], marks: tuple[Mark, ...], title: str
) -> None:
    listed = "".join(f"<PublicationType>{name}</PublicationType>" for name in types)
    found = read(article_set(article(within=listed).replace("</Article>", f"</Article>{said(*kinds)}")))
    assert (found.marks, found.title) == (marks, title)
    assert found.text.startswith("A toy study")


# The other sets


def medline(*articles: str, more: str = "") -> bytes:
    bare = (re.sub("</?PubmedArticle>|<PubmedData>.*</PubmedData>", "", one) for one in articles)
    return f"<MedlineCitationSet>{''.join(bare)}{more}</MedlineCitationSet>".encode()


def test_a_set_of_medline_reads_as_one_of_pubmed() -> None:
    journal = "<Title>Journal of Toys</Title>"
    one = article(completed="<DateCompleted><Year>1999</Year></DateCompleted>").replace(
        "<Journal>", f"<Journal>{journal}"
    )
    [found] = items(medline(one))
    assert found == read(article_set(one)) and isinstance(found, Document) and found.journal == "Journal of Toys"


def test_a_chapter_of_a_book_is_read_and_a_book_by_its_own_title() -> None:
    chapter = (
        '<PubmedBookArticle><BookDocument><PMID Version="1">7</PMID><Book><BookTitle>Toys and milk</BookTitle></Book>'
        "<ArticleTitle>Toyazole</ArticleTitle><Language>eng</Language><Abstract><AbstractText>Little passes."
        "</AbstractText></Abstract><ContributionDate><Year>2024</Year><Month>May</Month></ContributionDate>"
        "</BookDocument>"
        "</PubmedBookArticle>"
    )
    found = read(article_set(chapter))
    assert (found.id, found.title, found.journal, found.effective) == ("7", "Toyazole", "Toys and milk", "2024-05-01")
    assert lines(found) == ["Toyazole", "Little passes."]
    assert read(article_set(chapter.replace("ArticleTitle", "Other"))).title == "Toys and milk"


def deletion(*ids: str) -> str:
    return f"<DeleteCitation>{''.join(f'<PMID>{id}</PMID>' for id in ids)}</DeleteCitation>"


def test_what_an_update_takes_back_leaves_service_and_stays_away(tmp_path: Path) -> None:
    folder = tmp_path / "pubmed"
    folder.mkdir()
    (folder / "n0001.xml").write_bytes(medline(article("1"), article("5")))
    settings = Settings(home=tmp_path / "home")
    ingest([folder], settings, embedder=HashEncoder())
    (folder / "n0002.xml").write_bytes(medline(article("2"), article("6"), more=deletion("5", "6", "7")))
    report = ingest([folder], settings, embedder=HashEncoder())
    assert (report.documents, report.added, report.retired, report.failed) == (2, 2, 2, ())
    assert any("takes back 3, of which 2 were served" in note for note in report.notes)
    again = ingest([folder], settings, embedder=HashEncoder())
    assert (again.documents, again.added) == (2, 0)


def test_an_update_that_only_takes_back_is_no_empty_set() -> None:
    assert items(medline(more=deletion("5"))) == [files.TakenBack("toy", ("5",))]


def test_an_article_in_another_language_is_read_where_its_abstract_is_english_else_left_out() -> None:
    other = '<Language>ita</Language><OtherAbstract Language="ita"><AbstractText>Niente.</AbstractText></OtherAbstract>'
    assert lines(read(article_set(article(within=other)))) == ["A toy study", "Nothing was found."]
    bare = article("2", abstract="", within=other)
    found = items(article_set(article("1"), *[bare] * 25))
    assert len(found) == 2 and isinstance(found[1], files.LeftOut)
    assert found[1].reason.startswith("25 left out, only English is read: 2 (ita, without an English abstract), 2 (ita")
    assert found[1].reason.endswith("and 5 more")
    assert read(article_set(article(abstract="", within="<Language>eng</Language>"))).text == "A toy study"


def test_of_two_versions_of_one_article_the_higher_is_served_whatever_their_order() -> None:
    first, second = article("1", title="Old", version="1"), article("1", title="New", version="2")
    for order in ((first, second), (second, first)):
        found = [item for item in items(article_set(*order)) if isinstance(item, Document)]
        made = plan(found, lambda id: None, lambda content: False)
        assert [(c.document.title, c.history is None) for c in made.changes if c.history is None] == [("New", True)]
        assert len(made.changes) == 2


def test_a_formula_is_its_symbols_with_spaces_between_them() -> None:
    formula = (
        '<AbstractText xmlns:mml="http://www.w3.org/1998/Math/MathML">At <mml:math><mml:msup><mml:mn>10</mml:mn>'
        "<mml:mn>9</mml:mn></mml:msup></mml:math> cells.</AbstractText>"
    )
    assert lines(read(article_set(article(abstract=formula))))[-1] == "At 10 9 cells."


# Large sets, and hostile ones


def test_a_set_over_the_bound_of_one_document_is_read_an_article_at_a_time() -> None:
    bound = SourceSettings(max_xml_bytes=200_000)
    long = f"<AbstractText>{'word ' * 400}</AbstractText>"
    many = article_set(*(article(str(number), abstract=long) for number in range(500)))
    assert len(many) > 5 * bound.max_xml_bytes
    assert len([item for item in items(many, settings=bound) if isinstance(item, Document)]) == 500
    vast = article_set(article("1"), article("2", abstract=f"<AbstractText>{'word ' * 100_000}</AbstractText>"))
    [*before, last] = items(vast, settings=bound)
    assert isinstance(last, files.Broken) and "one record of the XML is over the bound of 200,000 bytes" in last.reason


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (article_set(article("1"), article("2"))[:-40], "not well-formed"),
        (article_set(article(title="a\x00b")), "not well-formed"),
        (article_set(article(title="µ")).replace("µ".encode(), b"\xb5"), "not well-formed"),
        (article_set(article(title="<b>" * 220 + "deep" + "</b>" * 220)), "nested deeper than 200"),
        (b"<!DOCTYPE PubmedArticleSet [<!ENTITY a 'ha'>]>" + article_set(article(title="&a;")), "entities of its own"),
        (
            b"<!DOCTYPE PubmedArticleSet [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
            + article_set(article(title="&a;")),
            "entities of its own",
        ),
        (article_set("<Other/>"), "without an article"),
        (b"<PubmedArticleSet", "not well-formed"),
    ],
)
def test_a_set_that_cannot_be_read_to_its_end_is_named_with_its_reason(data: bytes, why: str) -> None:
    [last] = [item for item in items(data) if isinstance(item, files.Broken)]
    assert why in last.reason


@pytest.mark.parametrize("mark", [b"<!---->", b"<?toy?>", b"<!DOCTYPE a [<!ELEMENT b ANY>]>"])
def test_whether_a_file_is_a_set_is_told_at_once_whatever_stands_before_it(mark: bytes) -> None:
    begun = time.process_time()
    assert not pubmed.is_set(mark * 400 + b"<Other/>")
    assert pubmed.is_set(mark * 400 + b"<PubmedArticleSet>")
    assert time.process_time() - begun < 2


_WORDS = st.text(st.sampled_from("abZ09.,;µ \u00a0\n"), max_size=10)
_MARKUP = st.recursive(
    _WORDS,
    lambda inner: st.tuples(
        st.sampled_from(
            """PMID Article ArticleTitle Abstract AbstractText Language Journal PubDate Year Month Day MedlineDate b i
            sup sub PublicationType CommentsCorrectionsList DeleteCitation BookDocument PubmedBookArticle
            MedlineCitation""".split()
        ),
        st.sampled_from(["", ' Version="2"', ' Label="RESULTS"', ' RefType="RetractionIn"']),
        st.lists(inner, max_size=3),
    ).map(lambda made: f"<{made[0]}{made[1]}>{''.join(made[2])}</{made[0]}>"),
    max_leaves=12,
)


@hypothesis_settings(max_examples=int(os.environ.get("RXCITE_FUZZ", "80")), deadline=None)
@given(st.lists(_MARKUP, max_size=3), _MARKUP, st.integers(0, 1_000), st.binary(max_size=3))
def test_any_nesting_of_pubmed_is_read_soundly_or_refused(parts: list[str], within: str, at: int, noise: bytes) -> None:
    data = article_set(article(within=within), *parts, article(abstract=within))
    for given_ in (data, data[:at] + noise + data[at + len(noise) :]):
        try:
            for item in files.read(files.Source("toy", given_), SourceSettings()):
                if isinstance(item, Document):
                    assert_sound(item)
        except SourceError:
            pass
