"""PubMed articles as documents: abstracts in parts, dates that leave something open, links and versions."""

import pytest

from ingest import files
from rag.records import BlockKind, Document, Kind
from tests.toys import article, article_set, assert_sound, gzipped, items, lines, read


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
