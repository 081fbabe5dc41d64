"""Open-access full texts of PMC as JATS XML: of a search, or by PMCID; each with its own licence.

Searches go through the E-utilities, the texts come from PMC's cloud service
(https://pmc-oa-opendata.s3.amazonaws.com/README.txt, read in November 2026): ``PMCn.v/`` are an article's versions,
``metadata/PMCn.v.json`` says licence, retraction and where the XML is, with its MD5. The OA web service and the FTP
folders that older programs ask were switched off in August 2026.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from lxml import etree

from corpora.fetch.address import within
from corpora.fetch.client import Client, Reply
from corpora.fetch.contents import md5, record, tree
from corpora.fetch.errors import FetchError, NotThere, Unreachable, WrongBody
from corpora.fetch.eutils import Eutils
from corpora.fetch.run import Failed, Offer, Total

PER_MINUTE = 300
PMCID = re.compile(r"PMC[1-9]\d{0,9}")
_LINK = re.compile(r"s3://pmc-oa-opendata/(PMC\d+\.\d+)/\1\.xml(?:\?md5=([0-9a-f]{32}))?")
_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def articles(
    client: Client, eutils: Eutils, *, query: str = "", pmcids: Sequence[str] = (), since: date | None = None
) -> Iterator[Offer | Failed | Total]:
    """Open-access articles of a query, or of PMCIDs; others are named with the reason.

    Args:
        client: Of the cloud service.
        eutils: For the search.
        query: In PMC's syntax.
        pmcids: Instead of a query.
        since: In PMC since this day.
    """
    wanted = list(dict.fromkeys(pmcids))
    if not wanted:
        dated = f' AND ("{since:%Y/%m/%d}"[pmcrdat] : "3000"[pmcrdat])' if since else ""
        try:
            found = eutils.ids("pmc", f"({query}) AND open_access[filter]{dated}")
            wanted = [f"PMC{id}" for id in found.ids]
        except Unreachable:
            raise
        except FetchError as error:
            yield Failed(query, str(error))
            return
        if not wanted:
            yield Failed(
                query, "PMC finds no open-access article; see the query at https://pmc.ncbi.nlm.nih.gov/search/"
            )
        if len(wanted) < found.count:
            yield Failed(
                query, f"{len(wanted)} of {found.count} articles were listed: PMC changed meanwhile; run again"
            )
    yield Total(len(wanted))
    for pmcid in wanted:
        try:
            yield _article(client, pmcid)
        except Unreachable:
            raise
        except FetchError as error:
            yield Failed(pmcid, str(error))


def _article(client: Client, pmcid: str) -> Offer:
    versions = client.get(
        "",
        lambda reply: _versions(reply, pmcid),
        expected="the versions of an article",
        params={"list-type": "2", "prefix": f"{pmcid}.", "delimiter": "/"},
    )
    if not versions:
        raise NotThere(f"{pmcid} is not among PMC's open data; expected an article of the Open Access Subset")
    name = f"{pmcid}.{max(versions)}"
    path = f"metadata/{name}.json"
    said = client.get(path, record, expected="what PMC says of an article")
    where = within(client.base, path)
    if said.get("is_pmc_openaccess") is not True:
        raise FetchError(f"{where}: {name} is not open access; only articles of the Open Access Subset are fetched")
    if said.get("is_retracted") is not False:
        raise FetchError(
            f"{where}: {name} is retracted, or PMC does not say that it is not; left out "
            f"(remove {pmcid}.xml if it came before)"
        )
    link = _LINK.fullmatch(str(said.get("xml_url") or ""))
    if link is None or link[1] != name:
        raise FetchError(f"{where}: {name} has no full text as XML there ({str(said.get('xml_url'))[:80]!r})")
    checksum, file = link[2] or "", f"{name}/{name}.xml"
    licence = str(said.get("license_code") or "PMC Open Access Subset; licence as in the article")

    def check(reply: Reply) -> bytes:
        if checksum and md5(reply.data) != checksum:
            raise WrongBody("the file has another checksum than PMC says")
        root = tree(reply.data)
        if etree.QName(root).localname not in ("article", "pmc-articleset"):
            raise WrongBody(f"XML with the root <{etree.QName(root).localname}> came, which is no JATS article")
        return reply.data

    def take(draft: Path) -> str:
        draft.write_bytes(client.get(file, check, expected="a JATS article"))
        return version

    version = f"{max(versions)} {checksum}".strip()
    title = str(said.get("title") or said.get("citation") or "")
    return Offer(f"{pmcid}.xml", within(client.base, file), licence, take, version, title)


def _versions(reply: Reply, pmcid: str) -> list[int]:
    root = tree(reply.data)
    if root.tag != f"{_S3}ListBucketResult":
        raise WrongBody("XML came that is no list of the store")
    prefixes = [node.text or "" for node in root.iter(f"{_S3}Prefix")]
    return [int(match[1]) for text in prefixes if (match := re.fullmatch(rf"{pmcid}\.(\d{{1,4}})/", text))]
