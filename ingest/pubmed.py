"""PubMed XML (PubmedArticleSet): articles with title and abstract as Documents."""

import datetime
import re
from collections.abc import Iterator

from ingest.inline import BREAK, inline
from ingest.page import Page, squeeze
from ingest.xml import Element, local
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}


def articles(root: Element) -> Iterator[Element]:
    """The <PubmedArticle> elements of an article set.

    Raises:
        SourceError: the set is empty.
    """
    found = [element for element in root if local(element) == "PubmedArticle"]
    if not found:
        raise SourceError("PubMed article set without an article; fetch the file again")
    yield from found


def read(article: Element) -> Document:
    """Title and abstract of one article.

    Raises:
        SourceError: no PMID, or neither title nor abstract.
    """
    pmid = squeeze("".join(article.findtext("MedlineCitation/PMID") or ""))
    if not pmid:
        raise SourceError("PubMed article without a PMID; an article is identified by it")
    body = article.find("MedlineCitation/Article")
    title_element = body.find("ArticleTitle") if body is not None else None
    title = squeeze(inline(title_element).replace(BREAK, " ")) if title_element is not None else ""
    page = Page()
    page.begin(None, None, "Title")
    page.line(BlockKind.PARAGRAPH, title)
    page.end()
    for text in body.findall("Abstract/AbstractText") if body is not None else []:
        label = text.get("Label")
        page.begin(None, None, label.capitalize() if label else "Abstract")
        page.line(BlockKind.PARAGRAPH, inline(text).replace(BREAK, " "))
        page.end()
    if not page.blocks:
        raise SourceError(f"PubMed article {pmid} has neither title nor abstract")
    ids = {
        (e.get("IdType") or ""): squeeze(e.text or "") for e in article.findall("PubmedData/ArticleIdList/ArticleId")
    }
    doi = next(
        (squeeze(e.text or "") for e in article.iter("ELocationID") if e.get("EIdType") == "doi"), None
    ) or ids.get("doi")
    types = [squeeze(e.text or "") for e in article.iter("PublicationType")]
    demonstration = pmid.startswith("demo-")
    url = ids.get("source") or (f"https://doi.org/{doi}" if doi else None)
    if not demonstration:
        url = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
    version = article.find("MedlineCitation/PMID")
    return Document(
        id=pmid,
        kind=Kind.ARTICLE,
        source="pubmed",
        title=title or f"Article {pmid}",
        version=version.get("Version") if version is not None else None,
        effective=_date(article),
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        manufacturer=None,
        publication_type="; ".join(types) or None,
        url=url,
        licence="rxcite demonstration, Apache-2.0" if demonstration else "rights stay with the publisher",
        demonstration=demonstration,
    )


def _date(article: Element) -> str | None:
    """Publication date; the first day of what the source leaves open."""
    for path in (
        "MedlineCitation/Article/ArticleDate",
        "MedlineCitation/Article/Journal/JournalIssue/PubDate",
        "MedlineCitation/DateCompleted",
    ):
        date = article.find(path)
        if date is None:
            continue
        year = re.search(r"\b[12][0-9]{3}\b", date.findtext("Year") or date.findtext("MedlineDate") or "")
        if year:
            return _day_of(int(year.group()), date.findtext("Month") or "", date.findtext("Day") or "")
    return None


def _day_of(year: int, month: str, day: str) -> str:
    """An ISO date; the first month or day where the source gives none that there is."""
    number = _number(month) or _MONTHS.get(month.strip()[:3].lower(), 1)
    for candidate in ((number, _number(day) or 1), (number, 1), (1, 1)):
        try:
            return datetime.date(year, *candidate).isoformat()
        except ValueError:
            continue
    raise AssertionError(year)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\s*[0-9]{1,2}\s*", text) else None
