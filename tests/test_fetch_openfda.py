"""openFDA: searches, pages by the Link header, second runs and cut ones, answers that misbehave."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from corpora.fetch import openfda
from corpora.fetch.folder import MANIFEST, Folder
from corpora.fetch.run import Report, fetch
from ingest import files
from rag.records import Document
from rag.settings import SourceSettings
from tests.toys_fetch import Answer, Asked, Server, json_answer, serving, set_id, settings

LABEL = "/openfda/drug/label.json"
SEARCH = 'openfda.generic_name:"toyazole"'


@dataclass
class OpenFDA:
    """A toy openFDA: records in the order of a cursor, two to a page."""

    server: Server
    records: dict[int, str]
    """Number -> words of its dosage section."""
    updated: str = "2026-11-20"
    size: int = 2
    wrong: dict[int, Any] = field(default_factory=dict)
    """Records that are sent in the place of others."""

    def __post_init__(self) -> None:
        self.server.answers[LABEL] = self.page

    def page(self, asked: Asked) -> Answer:
        after = int(asked.query.get("search_after", "0=-1").removeprefix("0="))
        size = min(self.size, int(asked.query["limit"]))
        numbers = [n for n in sorted(self.records) if n > after]
        if not self.records:
            return json_answer({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}, status=404)
        rows = [self.wrong.get(n, record(n, self.records[n])) for n in numbers[:size]]
        more = len(numbers) > size
        query = f"search=x&limit={asked.query['limit']}&skip=0&search_after=0%3D{numbers[:size][-1]}"
        meta = {"last_updated": self.updated, "results": {"skip": 0, "limit": size, "total": len(self.records)}}
        headers = {"Link": f'<{self.server.url}{LABEL}?{query}>; rel="next"'} if more else {}
        return json_answer({"meta": meta, "results": rows}, headers=headers)


def record(number: int, words: str = "Take one.", version: str = "1") -> dict[str, Any]:
    return {
        "set_id": set_id(number),
        "id": f"revision-{number}-{version}",
        "version": version,
        "effective_time": "20260101",
        "dosage_and_administration": [f"2 DOSAGE AND ADMINISTRATION {words} µg ≥ 5"],
        "openfda": {"generic_name": ["TOYAZOLE"], "brand_name": ["Toyzo"], "substance_name": ["TOYAZOLE"]},
    }


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def run(server: Server, out: Path, search: str = SEARCH, limit: int | None = None) -> Report:
    with openfda.client(settings(server.url)) as client, Folder(out) as folder:
        return fetch(openfda.labels(client, search, folder), folder, limit=limit)


def there(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


def test_words_without_a_field_are_the_name_of_a_drug() -> None:
    day = date(2026, 11, 1)
    name = 'openfda.generic_name:"colchicine" openfda.brand_name:"colchicine"'
    assert openfda.search_of("colchicine", None) == name
    assert openfda.search_of("colchicine", day) == f"({name}) AND effective_time:[20261101 TO 99991231]"
    assert openfda.search_of("a:x+AND+b:y", None) == "a:x AND b:y"  # as pasted from an address
    assert openfda.search_of("", day) == "effective_time:[20261101 TO 99991231]"


def test_each_label_of_a_search_becomes_a_file_that_ingest_reads(server: Server, tmp_path: Path) -> None:
    OpenFDA(server, {n: f"Take {n}." for n in range(1, 6)})
    report = run(server, tmp_path)
    assert not report.failed and there(tmp_path) == [f"{set_id(n)}.json" for n in range(1, 6)]
    assert server.asked[1].query == {"search": SEARCH, "limit": "100"}
    found = files.read(files.Source("x.json", (tmp_path / f"{set_id(3)}.json").read_bytes()), SourceSettings())
    (document,) = [item for item in found if isinstance(item, Document)]
    assert document.set_id == set_id(3) and "Take 3. µg ≥ 5" in document.text
    entry = report.fetched[0]
    assert entry.licence.startswith("openFDA, CC0") and entry.version == "1"
    assert entry.url == f"{server.url}{LABEL}?search=set_id:%22{set_id(1)}%22"


def test_a_second_run_asks_once_and_fetches_nothing(server: Server, tmp_path: Path) -> None:
    OpenFDA(server, {n: "x" for n in range(1, 6)})
    run(server, tmp_path)
    server.asked.clear()
    report = run(server, tmp_path)
    assert report.unchanged == 5 and len(server.asked) == 1 and server.asked[0].query["limit"] == "1"


def test_a_label_that_was_deleted_here_comes_again_with_its_page(server: Server, tmp_path: Path) -> None:
    OpenFDA(server, {n: "x" for n in range(1, 6)})
    run(server, tmp_path)
    (tmp_path / f"{set_id(3)}.json").unlink()
    server.asked.clear()
    report = run(server, tmp_path)
    assert len(report.fetched) == 1 and report.unchanged == 4 and len(server.asked) == 2


def test_a_run_that_was_cut_off_goes_on_where_it_stood(server: Server, tmp_path: Path) -> None:
    toy = OpenFDA(server, {n: "x" for n in range(1, 8)})

    def broken(asked: Asked) -> Answer:
        return Answer(b"", 503) if asked.query.get("search_after") == "0=4" else toy.page(asked)

    server.answers[LABEL] = broken
    report = run(server, tmp_path)
    assert (
        len(report.fetched) == 4 and "HTTP 503, 3 times; expected a page of openFDA labels" in report.failed[0].reason
    )
    server.answers[LABEL] = toy.page
    server.asked.clear()
    report = run(server, tmp_path)
    assert len(report.fetched) == 3 and report.unchanged == 4 and not report.failed
    assert [asked.query.get("search_after") for asked in server.asked] == [None, "0=4", "0=6"]


def test_newer_data_are_fetched_and_what_is_the_same_stays(server: Server, tmp_path: Path) -> None:
    toy = OpenFDA(server, {n: "x" for n in range(1, 6)})
    run(server, tmp_path)
    toy.updated, toy.records[2] = "2026-11-27", "Take it at night."
    report = run(server, tmp_path)
    assert [entry.name for entry in report.fetched] == [f"{set_id(2)}.json"] and report.unchanged == 4
    assert "at night" in (tmp_path / f"{set_id(2)}.json").read_text()
    server.asked.clear()
    assert run(server, tmp_path).unchanged == 5 and len(server.asked) == 1


def test_a_limit_in_the_middle_of_a_page_loses_nothing_later(server: Server, tmp_path: Path) -> None:
    OpenFDA(server, {n: "x" for n in range(1, 6)})
    assert len(run(server, tmp_path, limit=3).fetched) == 3
    report = run(server, tmp_path)
    assert len(report.fetched) == 2 and report.unchanged == 3 and len(there(tmp_path)) == 5


def test_nothing_that_matches_is_no_fault_to_be_tried_again(server: Server, tmp_path: Path) -> None:
    OpenFDA(server, {})
    report = run(server, tmp_path)
    assert "no label that matches" in report.failed[0].reason and len(server.asked) == 1
    with openfda.client(settings(server.url)) as client:
        assert openfda.matching(client, SEARCH) == 0


def test_a_page_that_repeats_itself_ends_with_a_reason(server: Server, tmp_path: Path) -> None:
    toy = OpenFDA(server, {n: "x" for n in range(1, 8)})

    def stuck(asked: Asked) -> Answer:
        first = Asked(asked.method, asked.path, {**asked.query, "search_after": "0=-1"}, {}, {})
        return toy.page(first)

    server.answers[LABEL] = stuck
    report = run(server, tmp_path)
    assert len(report.fetched) == 2 and "repeats what came before" in report.failed[0].reason


def test_a_search_that_shrinks_meanwhile_is_said_to_be_short(server: Server, tmp_path: Path) -> None:
    toy = OpenFDA(server, {n: "x" for n in range(1, 6)})
    server.answers[LABEL] = lambda asked: toy.page(asked)
    page = toy.page(Asked("GET", LABEL, {"limit": "100", "search_after": "0=2"}, {}, {}))
    alone = json.loads(page.body)
    alone["results"] = alone["results"][:1]
    server.answers[LABEL] = [toy.page, toy.page, json_answer(alone)]  # its Link is missing, and so are labels
    report = run(server, tmp_path)
    assert "3 of 5 labels came: the data changed meanwhile" in report.failed[0].reason


@pytest.mark.parametrize(
    "link",
    ["https://api.fda.gov.evil.example/label.json?search_after=1", "file:///etc/passwd", "http://127.0.0.1:1/x"],
)
def test_a_next_page_elsewhere_is_refused(server: Server, tmp_path: Path, link: str) -> None:
    toy = OpenFDA(server, {n: "x" for n in range(1, 3)})
    body = toy.page(Asked("GET", LABEL, {"limit": "100"}, {}, {})).body
    server.answers[LABEL] = Answer(body, headers={"Link": f'<{link}>; rel="next"'})
    report = run(server, tmp_path)
    assert "another server; refused" in report.failed[0].reason and set(server.paths()) == {LABEL}
    server.answers[LABEL] = Answer(body, headers={"Link": f'<{server.url}/openfda/other.json>; rel="next"'})
    assert "elsewhere; refused" in run(server, tmp_path).failed[0].reason
    server.answers[LABEL] = Answer(body, headers={"Link": '<http://[::1>; rel="next"'})
    assert "no address; refused" in run(server, tmp_path).failed[0].reason


@pytest.mark.parametrize(
    "wrong",
    [{"set_id": "../../x"}, {}, None, "text", 3, {"set_id": ["a"]}, {"set_id": "a" * 100}, {"set_id": "..", "id": "/"}],
)
def test_a_record_without_a_set_id_fails_alone(server: Server, tmp_path: Path, wrong: Any) -> None:
    OpenFDA(server, {n: "x" for n in range(1, 4)}, wrong={2: wrong})
    report = run(server, tmp_path)
    assert there(tmp_path) == [f"{set_id(1)}.json", f"{set_id(3)}.json"]
    assert report.failed[0].reason == "a record came without a set id"
    assert run(server, tmp_path).failed  # and is named again, until it is mended


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"{", b"{}", b'{"meta": 1, "results": []}', b'{"meta": {}, "results": 1}', b"[]"]
)
def test_a_page_that_is_none_is_named(server: Server, tmp_path: Path, body: bytes) -> None:
    server.answers[LABEL] = Answer(body)
    assert "expected a page of openFDA labels" in run(server, tmp_path).failed[0].reason


def test_odd_but_legal_answers_do_no_harm(server: Server, tmp_path: Path) -> None:
    toy = {**record(1), "openfda": [], "version": None, "effective_time": 20260101, "odd": "\ud800"}
    meta = {"last_updated": None, "results": None}
    server.answers[LABEL] = json_answer({"meta": meta, "results": [toy]})
    report = run(server, tmp_path)
    assert [entry.version for entry in report.fetched] == ["20260101"] and not report.failed


def test_the_key_is_sent_and_stands_nowhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENFDA_API_KEY", "sesame-open")
    OpenFDA(server, {1: "x"})
    caplog.set_level("DEBUG")
    run(server, tmp_path)
    assert "Basic " in server.asked[0].headers["Authorization"]
    assert "sesame" not in (tmp_path / MANIFEST).read_text() and "sesame" not in caplog.text
