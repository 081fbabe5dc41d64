"""PubMed and PMC: queries and ids, what changed since, large searches, licences, retractions, misbehaving answers."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from corpora.fetch import pmc, pubmed
from corpora.fetch.client import Client
from corpora.fetch.eutils import Eutils
from corpora.fetch.folder import MANIFEST, Folder
from corpora.fetch.run import Report, fetch
from ingest import files
from rag.records import Document
from rag.settings import SourceSettings
from tests.toys_fetch import Answer, Asked, Server, json_answer, serving, settings

SEARCH, FETCH = "/eutils/esearch.fcgi", "/eutils/efetch.fcgi"


def article(pmid: str, words: str = "Toyazole helps toys.") -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>{pmid}</PMID><DateRevised><Year>2026</Year>"
        f"<Month>03</Month><Day>04</Day></DateRevised><Article><Journal><Title>Toys</Title></Journal>"
        f"<ArticleTitle>On toyazole</ArticleTitle>"
        f"<Abstract><AbstractText Label='RESULTS'>{words}</AbstractText></Abstract><Language>eng</Language>"
        f"<PublicationTypeList><PublicationType>Review</PublicationType></PublicationTypeList></Article>"
        f"</MedlineCitation></PubmedArticle>"
    )


@dataclass
class Entrez:
    """A toy NCBI: articles by PMID with the day on which each was touched last."""

    server: Server
    touched: dict[str, date]
    entered: dict[str, date] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    most: int = 9_999

    def __post_init__(self) -> None:
        self.server.answers |= {SEARCH: self.search, FETCH: self.fetch}

    def search(self, asked: Asked) -> Answer:
        term = asked.form["term"]
        found = re.findall(r"(\d+)\[uid\]", term) or list(self.touched)
        for start, name, end in re.findall(r'"([\d/]+)"\[([\w -]+)\] : "([\d/]+)"\[[\w -]+\]', term):
            days = self.touched if name == "Date - Modification" else self.entered
            first = date.fromisoformat(start.replace("/", "-"))
            last = date.max if end == "3000" else date.fromisoformat(end.replace("/", "-"))
            found = [id for id in found if first <= days.get(id, date.min) <= last]
        found = [id for id in found if id in self.touched]
        size = min(int(asked.form["retmax"]), self.most)
        return json_answer({"esearchresult": {"count": str(len(found)), "retmax": str(size), "idlist": found[:size]}})

    def fetch(self, asked: Asked) -> Answer:
        wanted = [id for id in asked.form["id"].split(",") if id in self.touched]
        body = "".join(article(id, self.words.get(id, "Toyazole helps.")) for id in wanted)
        return Answer(
            f"<?xml version='1.0'?><!DOCTYPE PubmedArticleSet><PubmedArticleSet>{body}</PubmedArticleSet>".encode()
        )


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NCBI_API_KEY", "NCBI_EMAIL"):
        monkeypatch.delenv(name, raising=False)


def run(server: Server, out: Path, most: int = 9_999, **how: Any) -> Report:
    with Eutils(settings(server.url), most) as eutils, Folder(out) as folder:
        return fetch(pubmed.articles(eutils, folder, **how), folder)


def there(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


OLD = date(2020, 1, 1)


# PubMed


def test_the_abstracts_of_a_query_become_files_that_ingest_reads(server: Server, tmp_path: Path) -> None:
    Entrez(server, {"11": OLD, "12": OLD}, words={"12": "Toyazole 5 µg is <i>enough</i>."})
    report = run(server, tmp_path, query="toyazole")
    assert there(tmp_path) == ["pubmed-11.xml", "pubmed-12.xml"] and not report.failed
    data = (tmp_path / "pubmed-12.xml").read_bytes()
    (document,) = files.read(files.Source("a.xml", data), SourceSettings())
    assert isinstance(document, Document) and document.id.endswith("12") and "5 µg is enough" in document.text
    entry = report.fetched[0]
    assert entry.url == "https://pubmed.ncbi.nlm.nih.gov/11/" and entry.licence == "rights stay with the publisher"
    assert entry.version == "2026-03-04"


def test_everything_is_posted_with_tool_and_mail(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "sesame-open")
    monkeypatch.setenv("NCBI_EMAIL", "who@example.org")
    caplog.set_level("DEBUG")
    Entrez(server, {"11": OLD})
    run(server, tmp_path, query="toyazole")
    assert {asked.method for asked in server.asked} == {"POST"} and not any(asked.query for asked in server.asked)
    for asked in server.asked:
        assert asked.form["api_key"] == "sesame-open" and asked.form["email"] == "who@example.org"
        assert asked.form["tool"] == "rxcite"
    for text in ((tmp_path / MANIFEST).read_text(), caplog.text):
        assert "sesame" not in text and "who@example.org" not in text


def test_a_key_that_ncbi_sends_back_is_not_shown(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "sesame-open")
    server.answers[SEARCH] = json_answer({"error": "API key invalid", "api-key": "sesame-open"}, status=400)
    report = run(server, tmp_path, query="toyazole")
    assert "API key invalid" in report.failed[0].reason and "sesame" not in report.failed[0].reason


@pytest.mark.parametrize(("key", "most"), [("", 3), ("sesame", 10)])
def test_three_requests_a_second_and_ten_with_a_key(
    server: Server, monkeypatch: pytest.MonkeyPatch, key: str, most: int
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", key)
    with Eutils(settings(server.url, per_minute=0)) as eutils:
        assert eutils.per_minute == most * 60


def test_a_second_run_fetches_only_what_is_new_or_was_touched(server: Server, tmp_path: Path) -> None:
    toy = Entrez(server, {"11": OLD, "12": OLD})
    run(server, tmp_path, query="toyazole")
    server.asked.clear()
    assert run(server, tmp_path, query="toyazole").unchanged == 2
    assert FETCH not in server.paths()
    toy.touched |= {"12": date.today(), "13": OLD}
    toy.words["12"] = "Retraction of: Toyazole helps."
    report = run(server, tmp_path, query="toyazole")
    assert sorted(entry.name for entry in report.fetched) == ["pubmed-12.xml", "pubmed-13.xml"]
    assert report.unchanged == 1 and b"Retraction" in (tmp_path / "pubmed-12.xml").read_bytes()


def test_a_number_that_pubmed_does_not_have_fails_alone(server: Server, tmp_path: Path) -> None:
    Entrez(server, {"11": OLD})
    report = run(server, tmp_path, pmids=["99", "11"])
    assert there(tmp_path) == ["pubmed-11.xml"]
    assert report.failed[0].what == "pubmed-99.xml" and "PubMed has no such record" in report.failed[0].reason


def test_a_batch_that_fails_is_asked_for_once_and_the_next_one_comes(server: Server, tmp_path: Path) -> None:
    toy = Entrez(server, {str(n): OLD for n in range(1, 251)})

    def moody(asked: Asked) -> Answer:
        return (
            Answer(b"<html>error</html>")
            if "," in asked.form["id"] and "1," in asked.form["id"][:2]
            else toy.fetch(asked)
        )

    server.answers[FETCH] = moody
    report = run(server, tmp_path, query="toyazole")
    assert len(report.failed) == 200 and len(report.fetched) == 50
    assert server.paths().count(FETCH) == 3 + 1  # three tries of the first batch, one of the second
    server.answers[FETCH] = toy.fetch
    assert len(run(server, tmp_path, query="toyazole").fetched) == 200


def test_a_search_of_more_than_can_be_listed_is_cut_by_days(server: Server, tmp_path: Path) -> None:
    days = {str(n): OLD + timedelta(days=n // 4) for n in range(100)}
    toy = Entrez(server, dict.fromkeys(days, OLD), entered=days, most=10)
    with Eutils(settings(server.url), 10) as eutils:
        assert sorted(eutils.ids("pubmed", "toyazole").ids, key=int) == [str(n) for n in range(100)]
    toy.entered = dict.fromkeys(days, OLD)
    report = run(server, tmp_path, 10, query="toyazole")
    assert "100 records of 2020-01-01 match; expected at most 10; narrow the query" in report.failed[0].reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (json_answer({"esearchresult": {"ERROR": "Search Backend failed"}}), 'NCBI says "Search Backend failed"'),
        (json_answer({"error": "API rate limit exceeded", "count": "11"}), "requests come too fast, 3 times"),
        (json_answer({"esearchresult": {"count": "3", "idlist": ["1"]}}), "1 ids came, and 3 are counted"),
        (json_answer({"esearchresult": {"count": "1", "idlist": ["../x"]}}), "no search result"),
        (json_answer({"esearchresult": []}), "no search result"),
        (json_answer({"esearchresult": {"count": "0", "idlist": []}}), "PubMed finds nothing"),
        (Answer(b"<html></html>"), "HTML came"),
        (Answer(b"", 502), "HTTP 502"),
    ],
)
def test_a_search_that_fails_is_one_clear_reason(server: Server, tmp_path: Path, answer: Answer, reason: str) -> None:
    server.answers[SEARCH] = answer
    report = run(server, tmp_path, query="toyazole")
    assert len(report.failed) == 1 and reason in report.failed[0].reason


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"<PubmedArticleSet><PubmedArticle>", b"<other/>", b'{"error":"API rate limit exceeded"}', b" "],
)
def test_records_that_are_none_are_not_kept(server: Server, tmp_path: Path, body: bytes) -> None:
    Entrez(server, {"11": OLD})
    server.answers[FETCH] = Answer(body)
    report = run(server, tmp_path, query="toyazole")
    assert len(report.failed) == 1 and there(tmp_path) == []


def test_since_is_part_of_the_query(server: Server, tmp_path: Path) -> None:
    Entrez(server, {"11": OLD, "12": date(2026, 5, 5)})
    assert [e.name for e in run(server, tmp_path, query="a OR b", since=date(2026, 1, 1)).fetched] == ["pubmed-12.xml"]
    assert server.asked[0].form["term"].startswith("(a OR b) AND ")


# PMC

JATS = b"<?xml version='1.0'?><article><front/><body><p>Toyazole &#181;g</p></body></article>"


@dataclass
class Store:
    """A toy of PMC's cloud service."""

    server: Server
    articles: dict[str, dict[str, Any]]
    """ "PMC1.2" -> what its metadata say in the place of the usual."""

    def __post_init__(self) -> None:
        self.server.answers["/pmc/"] = self.list
        for name, changes in self.articles.items():
            checksum = hashlib.md5(JATS, usedforsecurity=False).hexdigest()
            said = {
                "pmcid": name.split(".")[0],
                "version": int(name.split(".")[1]),
                "is_pmc_openaccess": True,
                "is_retracted": False,
                "license_code": "CC BY",
                "xml_url": f"s3://pmc-oa-opendata/{name}/{name}.xml?md5={checksum}",
                "title": "On toyazole",
            }
            self.server.answers[f"/pmc/metadata/{name}.json"] = json_answer({**said, **changes})
            self.server.answers[f"/pmc/{name}/{name}.xml"] = Answer(JATS)

    def list(self, asked: Asked) -> Answer:
        prefix = asked.query["prefix"]
        assert asked.query["list-type"] == "2" and asked.query["delimiter"] == "/"
        found = "".join(
            f"<CommonPrefixes><Prefix>{n}/</Prefix></CommonPrefixes>" for n in self.articles if n.startswith(prefix)
        )
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return Answer(f"<ListBucketResult xmlns='{space}'><Prefix>{prefix}</Prefix>{found}</ListBucketResult>".encode())


def run_pmc(server: Server, out: Path, **how: Any) -> Report:
    chosen = settings(server.url)
    with Client(chosen.pmc, 300, chosen) as client, Eutils(chosen) as eutils, Folder(out) as folder:
        return fetch(pmc.articles(client, eutils, **how), folder)


def test_open_articles_come_in_their_newest_version_with_their_licence(server: Server, tmp_path: Path) -> None:
    Store(
        server,
        {"PMC1.1": {"license_code": "CC0"}, "PMC1.10": {"license_code": "CC BY-NC"}, "PMC1.9": {}, "PMC12.1": {}},
    )
    report = run_pmc(server, tmp_path, pmcids=["PMC1"])
    (entry,) = report.fetched
    assert (entry.name, entry.licence) == ("PMC1.xml", "CC BY-NC") and entry.version and entry.version.startswith("10 ")
    assert entry.url == f"{server.url}/pmc/PMC1.10/PMC1.10.xml" and (tmp_path / "PMC1.xml").read_bytes() == JATS
    server.asked.clear()
    assert run_pmc(server, tmp_path, pmcids=["PMC1"]).unchanged == 1
    assert not any(path.endswith(".xml") for path in server.paths())


def test_a_query_looks_among_open_articles_only(server: Server, tmp_path: Path) -> None:
    Entrez(server, {"1": OLD, "12": OLD})
    Store(server, {"PMC1.1": {}, "PMC12.3": {}})
    assert len(run_pmc(server, tmp_path, query="toyazole").fetched) == 2
    assert server.asked[0].form["db"] == "pmc"
    assert server.asked[0].form["term"] == "(toyazole) AND open_access[filter]"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_pmc_openaccess": False}, "PMC1.1 is not open access"),
        ({"is_pmc_openaccess": None}, "PMC1.1 is not open access"),
        ({"is_retracted": True}, "PMC1.1 is retracted, or PMC does not say that it is not; left out"),
        ({"is_retracted": None}, "left out"),
        ({"xml_url": None}, "has no full text as XML"),
        ({"xml_url": "s3://other/../../etc/passwd?md5=1"}, "has no full text as XML"),
        ({"xml_url": "s3://pmc-oa-opendata/PMC2.1/PMC2.1.xml"}, "has no full text as XML"),
        ({"xml_url": "http://[::1"}, "has no full text as XML"),
        ({"xml_url": ["s3"]}, "has no full text as XML"),
        ({"xml_url": "s3://pmc-oa-opendata/PMC1.1/PMC1.1.xml?md5=" + "0" * 32}, "another checksum than PMC says"),
    ],
)
def test_what_may_not_or_cannot_be_had_is_named_with_the_reason(
    server: Server, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    Store(server, {"PMC1.1": changes, "PMC2.1": {}})
    report = run_pmc(server, tmp_path, pmcids=["PMC1", "PMC2"])
    assert there(tmp_path) == ["PMC2.xml"] and reason in report.failed[0].reason


def test_an_article_without_a_code_keeps_the_licence_in_its_text(server: Server, tmp_path: Path) -> None:
    Store(server, {"PMC1.1": {"license_code": None}})
    assert "licence as in the article" in run_pmc(server, tmp_path, pmcids=["PMC1"]).fetched[0].licence


def test_an_article_that_is_not_among_the_open_data_is_named(server: Server, tmp_path: Path) -> None:
    Store(server, {"PMC12.1": {}})
    assert "PMC1 is not among PMC's open data" in run_pmc(server, tmp_path, pmcids=["PMC1"]).failed[0].reason
    server.answers["/pmc/"] = Answer(b"<html>x</html>")
    assert "a page of HTML came" in run_pmc(server, tmp_path, pmcids=["PMC1"]).failed[0].reason


def test_a_checksum_that_pmc_does_not_give_is_not_missed(server: Server, tmp_path: Path) -> None:
    Store(server, {"PMC1.1": {"xml_url": "s3://pmc-oa-opendata/PMC1.1/PMC1.1.xml"}})
    assert [entry.version for entry in run_pmc(server, tmp_path, pmcids=["PMC1"]).fetched] == ["1"]
    server.answers["/pmc/PMC1.1/PMC1.1.xml"] = Answer(json.dumps({"no": "xml"}).encode())
    (tmp_path / "PMC1.xml").unlink()
    assert "not well-formed" in run_pmc(server, tmp_path, pmcids=["PMC1"]).failed[0].reason


def test_records_that_were_counted_and_never_listed_are_said_to_be_missing(server: Server, tmp_path: Path) -> None:
    # Ten may be listed at a time; of the twelve, three have no entry date and stand in no slice.
    days = {str(n): OLD + timedelta(days=n) for n in range(12)}
    Entrez(server, dict.fromkeys(days, OLD), entered={n: day for n, day in days.items() if int(n) > 2}, most=10)
    report = run(server, tmp_path, 10, query="toyazole")
    assert len(report.fetched) == 9 and "9 of 12 records were listed" in report.failed[0].reason
