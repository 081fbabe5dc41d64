"""Abstracts of PubMed, one file each: of a search, or by PMID."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from lxml import etree

from corpora.fetch.contents import Element
from corpora.fetch.errors import FetchError, NotThere, Unreachable, WrongBody
from corpora.fetch.eutils import Eutils, Found
from corpora.fetch.folder import Entry, Folder
from corpora.fetch.run import Failed, Offer, Total

LICENCE = "rights stay with the publisher"
_BATCH = 200
"""Records of one request; NCBI asks that more ids than that be posted, which they are."""
_PMIDS = "MedlineCitation/PMID", "BookDocument/PMID"
_PAGE = "https://pubmed.ncbi.nlm.nih.gov/"


def articles(
    eutils: Eutils,
    folder: Folder,
    *,
    query: str = "",
    pmids: Sequence[str] = (),
    since: date | None = None,
    limit: int | None = None,
) -> Iterator[Offer | Failed | Total]:
    """Abstracts of a query, or of PMIDs; those that are there come again only where PubMed changed them since.

    Args:
        eutils: The E-utilities.
        folder: What is there already.
        query: In PubMed's syntax.
        pmids: Instead of a query.
        since: New or changed in PubMed on this day or later.
        limit: Articles, at most; those beyond are not asked for with the others.
    """
    try:
        ids = tuple(dict.fromkeys(pmids))
        found = Found(ids, len(ids)) if ids else eutils.ids("pubmed", f"({query}){_touched(since)}")
        wanted = found.ids[:limit]
        if not wanted:
            yield Failed(query, "PubMed finds nothing; see the query at https://pubmed.ncbi.nlm.nih.gov/advanced/")
        known = {pmid: entry for pmid in wanted if (entry := folder.entry(f"pubmed-{pmid}.xml"))}
        changed = _changed(eutils, known)
    except Unreachable:
        raise
    except FetchError as error:
        yield Failed(query or ", ".join(pmids), str(error))
        return
    missing = [pmid for pmid in wanted if pmid not in known or pmid in changed]
    batches: dict[str, _Batch] = {}
    for start in range(0, len(missing), _BATCH):
        some = missing[start : start + _BATCH]
        batches |= dict.fromkeys(some, _Batch(eutils, some))
    yield Total(len(wanted))
    for pmid in wanted:
        entry = None if pmid in changed else known.get(pmid)
        take = _taker(batches, pmid)
        yield Offer(f"pubmed-{pmid}.xml", f"{_PAGE}{pmid}/", LICENCE, take, entry.version if entry else None)
    if len(found.ids) < found.count:
        yield Failed(
            query, f"{len(found.ids)} of {found.count} records were listed: PubMed changed meanwhile; run again"
        )


def _changed(eutils: Eutils, known: dict[str, Entry]) -> set[str]:
    """Those of the known that PubMed touched since they came: revised, corrected, retracted."""
    changed: set[str] = set()
    pmids = list(known)
    for start in range(0, len(pmids), _BATCH):
        some = pmids[start : start + _BATCH]
        # A day more: entry times are UTC, PubMed's days are those of Bethesda.
        day = min(date.fromisoformat(known[pmid].time[:10]) for pmid in some) - timedelta(days=1)
        term = " OR ".join(f"{pmid}[uid]" for pmid in some)
        changed.update(eutils.ids("pubmed", f"({term}){_touched(day)}").ids)
    return changed


def _touched(day: date | None) -> str:
    field = "[Date - Modification]"
    return f' AND ("{day:%Y/%m/%d}"{field} : "3000"{field})' if day else ""


class _Batch:
    """Records that come in one request, when the first of them is taken."""

    def __init__(self, eutils: Eutils, pmids: Sequence[str]) -> None:
        self._eutils = eutils
        self._pmids = pmids
        self._found: dict[str, tuple[bytes, str]] | FetchError | None = None

    def record(self, pmid: str) -> tuple[bytes, str]:
        if self._found is None:
            try:
                self._found = _split(self._eutils.records("pubmed", self._pmids, "PubMed records"))
            except Unreachable:
                raise
            except FetchError as error:
                self._found = error
        if isinstance(self._found, FetchError):
            raise self._found
        if pmid not in self._found:
            raise NotThere(f"{_PAGE}{pmid}/: PubMed has no such record; expected an article; see the number")
        return self._found.pop(pmid)


def _taker(batches: dict[str, _Batch], pmid: str) -> Callable[[Path], str]:
    def take(draft: Path) -> str:
        data, revised = batches[pmid].record(pmid)
        draft.write_bytes(data)
        return revised

    return take


def _split(root: Element) -> dict[str, tuple[bytes, str]]:
    """PMID -> an article set of one, in UTF-8, and the day of its last revision."""
    if root.tag != "PubmedArticleSet":
        raise WrongBody(f"XML with the root <{etree.QName(root).localname}> came; expected <PubmedArticleSet>")
    found: dict[str, tuple[bytes, str]] = {}
    for article in root.iterchildren("PubmedArticle", "PubmedBookArticle"):
        pmid = next((text for path in _PMIDS if (text := article.findtext(path))), "")
        day = [article.findtext(f"MedlineCitation/DateRevised/{part}") or "" for part in ("Year", "Month", "Day")]
        article.tail = None
        alone = etree.Element("PubmedArticleSet")
        alone.append(article)
        found[pmid] = etree.tostring(alone, xml_declaration=True, encoding="UTF-8"), "-".join(filter(None, day)) or "1"
    return found
