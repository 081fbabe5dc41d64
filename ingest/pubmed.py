"""PubMed and MEDLINE XML: articles with title and abstract as Documents.

Reads <PubmedArticleSet> (with <PubmedBookArticle> too) and the older <MedlineCitationSet>. Abstracts in other languages
than English (<OtherAbstract>) are left out.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest import dates, marks
from ingest.inline import BREAK, inline
from ingest.markup import spell_formulas
from ingest.page import Page, squeeze
from ingest.xml import Element, elements, local
from rag.errors import ForeignLanguage, SourceError
from rag.records import BlockKind, Document, Kind, Mark
from rag.settings import SourceSettings

_BEGINS = re.compile(
    rb"(?>(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE\s[^\[>]*(?:\[.*?\]\s*)?>)\s*)*+"  # atomic: marks by the dozen never hang it
    rb"<(?:PubmedArticleSet|MedlineCitationSet|PubmedBookArticleSet)\b",
    re.DOTALL,
)
_ARTICLES = ("PubmedArticle", "MedlineCitation", "PubmedBookArticle", "DeleteCitation")
_UNLABELLED = frozenset({"", "UNLABELLED", "UNLABELED", "UNASSIGNED"})
_SINCE = {
    "RetractionIn": Mark.RETRACTED,
    "PartialRetractionIn": Mark.RETRACTED,
    "RetractedandRepublishedIn": Mark.RETRACTED,
    "ExpressionOfConcernIn": Mark.CONCERN,
    "ErratumIn": Mark.CORRECTED,
    "CorrectedandRepublishedIn": Mark.CORRECTED,
}
"""Kinds of <CommentsCorrections> that change what an article is worth (NLM's list of RefType, 2024)."""


def is_set(start: bytes) -> bool:
    """True where a file begins as a set of PubMed does."""
    return _BEGINS.match(start.replace(b"\0", b"")) is not None


def articles(stream: BinaryIO, settings: SourceSettings) -> Iterator[Element]:
    """The articles of a set, one at a time: a baseline file of PubMed unpacks to some 200 MB.

    Raises:
        SourceError: the set is empty, or no XML from some place on.
    """
    empty = True
    for element in elements(stream, _ARTICLES, settings):
        empty = False
        yield element
    if empty:
        raise SourceError("PubMed article set without an article; fetch the file again")


def deleted(article: Element) -> tuple[str, ...]:
    """PMIDs that an update file takes back; none for an article."""
    return tuple(squeeze(e.text or "") for e in article.findall("PMID")) if local(article) == "DeleteCitation" else ()


def read(article: Element) -> Document:
    """Title and abstract of one article.

    Raises:
        SourceError: no PMID, or neither title nor abstract.
        ForeignLanguage: an article in another language without an English abstract.
    """
    citation = article if local(article) == "MedlineCitation" else article.find("MedlineCitation")
    if citation is None:
        citation = article.find("BookDocument")
    pmid = squeeze(citation.findtext("PMID") or "") if citation is not None else ""
    if not pmid:
        raise SourceError("PubMed article without a PMID; an article is identified by it")
    spell_formulas(article)
    body = citation.find("Article") if local(citation) == "MedlineCitation" else citation
    title = _title(body)
    texts = body.findall("Abstract/AbstractText") if body is not None else []
    languages = [squeeze(e.text or "") for e in body.findall("Language")] if body is not None else []
    if languages and not {"eng", "en"} & set(languages) and not texts:
        raise ForeignLanguage(f"{pmid} ({languages[0]}, without an English abstract)")
    page = Page()
    page.begin(None, None, "Title")
    page.line(BlockKind.PARAGRAPH, title)
    page.end()
    for text in texts:
        label = text.get("Label") or ""
        page.begin(None, None, label.capitalize() if label.upper() not in _UNLABELLED else "Abstract")
        page.line(BlockKind.PARAGRAPH, inline(text).replace(BREAK, " "))
        page.end()
    if not page.blocks:
        raise SourceError(f"PubMed article {pmid} has neither title nor abstract")
    ids = {(e.get("IdType") or ""): squeeze(e.text or "") for e in article.findall("*/ArticleIdList/ArticleId")}
    doi = next(
        (squeeze(e.text or "") for e in article.iter("ELocationID") if e.get("EIdType") == "doi"), None
    ) or ids.get("doi")
    types = [squeeze(e.text or "") for e in body.iter("PublicationType")] if body is not None else []
    since = marks.in_order(_since(citation, types), title)
    demonstration = pmid.startswith("demo-")
    url = ids.get("source") or (f"https://doi.org/{doi}" if doi else None)
    if not demonstration:
        url = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
    return Document(
        id=pmid,
        kind=Kind.ARTICLE,
        source="pubmed",
        title=marks.titled(title or f"Article {pmid}", since),
        version=citation.find("PMID").get("Version"),
        effective=_date(citation),
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        publication_type="; ".join(types) or None,
        journal=_journal(citation),
        marks=since,
        url=url,
        licence="rxcite demonstration, Apache-2.0" if demonstration else "rights stay with the publisher",
        demonstration=demonstration,
    )


def _title(body: Element | None) -> str:
    """Title of an article, of a chapter, or of a book where the record is of the whole book."""
    found = [body.find(path) for path in ("ArticleTitle", "Book/BookTitle")] if body is not None else []
    said = (squeeze(inline(e).replace(BREAK, " ")) for e in found if e is not None)
    return next(filter(None, said), "")


def _journal(citation: Element) -> str | None:
    names = (
        "Article/Journal/Title",
        "Article/Journal/ISOAbbreviation",
        "MedlineJournalInfo/MedlineTA",
        "Book/BookTitle",
    )
    return next((name for path in names if (name := squeeze(citation.findtext(path) or ""))), None)


def _since(citation: Element, types: list[str]) -> Iterator[Mark]:
    if "Retracted Publication" in types:
        yield Mark.RETRACTED
    for one in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        if mark := _SINCE.get(one.get("RefType") or ""):
            yield mark


def _date(citation: Element) -> str | None:
    """Publication date; the first day of what the source leaves open."""
    for path in (
        "Article/ArticleDate",
        "Article/Journal/JournalIssue/PubDate",
        "ContributionDate",
        "Book/PubDate",
        "DateCompleted",
    ):
        date = citation.find(path)
        year = (date.findtext("Year") or date.findtext("MedlineDate") or "") if date is not None else ""
        if date is not None and (made := dates.iso(year, date.findtext("Month") or "", date.findtext("Day") or "")):
            return made
    return None
