"""DailyMed: lists over pages that misbehave, labels that are not the ones asked for, versions, bulk releases."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from corpora.fetch import dailymed, releases, starter
from corpora.fetch.client import Client
from corpora.fetch.contents import label_version
from corpora.fetch.errors import WrongBody
from corpora.fetch.folder import Folder
from corpora.fetch.run import Failed, Offer, Report, fetch
from ingest import files
from rag.errors import UsageError
from rag.settings import SourceSettings
from tests.toys_fetch import Answer, Asked, DailyMed, Server, json_answer, serving, set_id, settings, spl, zipped

LIST = "/dailymed/services/v2/spls.json"
RELEASE = "/releases/dm_spl_release_human_rx_part1.zip"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def run(server: Server, out: Path, *asked: str, limit: int | None = None, dry_run: bool = False, **how: Any) -> Report:
    chosen = settings(server.url)
    with Client(chosen.dailymed, 100, chosen) as client, Folder(out, dry_run=dry_run) as folder:
        return fetch(dailymed.labels(client, asked, chosen, **how), folder, limit=limit, dry_run=dry_run)


def bulk(server: Server, out: Path, name: str, **changes: Any) -> Report:
    chosen = settings(server.url, **changes)
    with Client(chosen.releases, 100, chosen) as client, Folder(out) as folder:
        return fetch(releases.releases(client, name), folder)


def there(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


# Names, set ids, days


def test_all_labels_of_a_name_come_over_all_pages(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {n: [3, 1] for n in range(7)}, page_size=3)
    report = run(server, tmp_path, "toyazole", doctype="34391-3")
    assert len(report.fetched) == 7 and not report.failed
    assert there(tmp_path) == [f"{set_id(n)}.xml" for n in range(7)]
    assert [asked.query["page"] for asked in server.asked if asked.path == LIST] == ["1", "2", "3"]
    query = server.asked[0].query
    assert query == {"drug_name": "toyazole", "doctype": "34391-3", "pagesize": "100", "page": "1"}
    entry = report.fetched[0]
    assert entry.version == "3" and entry.licence == "U.S. drug label, as submitted to FDA"
    assert entry.url == f"{server.url}/dailymed/services/v2/spls/{set_id(0)}.xml"


def test_what_came_can_be_read_by_ingest(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4]})
    run(server, tmp_path, "toyazole")
    data = (tmp_path / f"{set_id(1)}.xml").read_bytes()
    (document,) = files.read(files.Source("label.xml", data), SourceSettings())
    assert not isinstance(document, files.Broken)
    assert "Take one tablet" in document.text  # type: ignore[union-attr]


def test_a_second_run_asks_for_the_list_alone(server: Server, tmp_path: Path) -> None:
    toy = DailyMed(server, {1: [4], 2: [2]})
    run(server, tmp_path, "toyazole")
    server.asked.clear()
    assert run(server, tmp_path, "toyazole").unchanged == 2
    assert server.paths() == [LIST]
    toy.versions[2] = [3, 2]
    report = run(server, tmp_path, "toyazole")
    assert [(entry.name, entry.version) for entry in report.fetched] == [(f"{set_id(2)}.xml", "3")]


def test_a_set_id_is_asked_for_as_one_whatever_its_kind(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4], 2: [2]})
    assert len(run(server, tmp_path, set_id(2), doctype="34391-3").fetched) == 1
    assert server.asked[0].query["setid"] == set_id(2) and "doctype" not in server.asked[0].query


def test_changed_since_a_day(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4]})
    run(server, tmp_path, since=date(2026, 11, 1))
    query = server.asked[0].query
    assert (query["published_date"], query["published_date_comparison"]) == ("2026-11-01", "gte")
    assert "drug_name" not in query


def test_a_name_that_nothing_bears_fails_alone(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4]})
    report = run(server, tmp_path, "toyazol", "toyazole")
    assert [failure.what for failure in report.failed] == ["toyazol"] and len(report.fetched) == 1
    assert "lists no label of 'toyazol'" in report.failed[0].reason


def test_a_name_near_one_that_is_known_is_told(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4]})
    names = [{"drug_name": name, "name_type": "G"} for name in ("TOYAZOLE", "TOYABIND", "TOYOTA\x1b[2J")]
    server.answers["/dailymed/services/v2/drugnames.json"] = json_answer({"data": [*names, None, 7]})
    (failure,) = run(server, tmp_path, "toyazol").failed
    assert "did you mean 'toyazole'? See its spelling" in failure.reason
    assert server.asked[-1].query["drug_name"] == "toya"
    server.answers["/dailymed/services/v2/drugnames.json"] = Answer(b"", 500)
    (failure,) = run(server, tmp_path, "toyazol").failed
    assert failure.reason == "DailyMed lists no label of 'toyazol': See its spelling, or give --kind any"


def test_nothing_changed_since_a_day_is_no_failure(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {})
    report = run(server, tmp_path, since=date(2026, 11, 1))
    assert not report.failed and not report.fetched


def test_one_list_that_fails_leaves_the_others(server: Server, tmp_path: Path) -> None:
    toy = DailyMed(server, {1: [4]})

    def moody(asked: Asked) -> Answer:
        return Answer(b"", 500) if asked.query["drug_name"] == "bad" else toy.list(asked)

    server.answers[LIST] = moody
    report = run(server, tmp_path, "bad", "toyazole")
    assert len(report.fetched) == 1 and [failure.what for failure in report.failed] == ["bad"]
    assert "HTTP 500, 3 times; expected a list of labels" in report.failed[0].reason


def test_a_label_offered_under_two_names_comes_once(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4]})
    assert len(run(server, tmp_path, "toyazole", set_id(1)).fetched) == 1
    assert sum(path.endswith(".xml") for path in server.paths()) == 1


# Lists that misbehave


def test_pages_that_repeat_themselves_end_with_a_reason(server: Server, tmp_path: Path) -> None:
    toy = DailyMed(server, {1: [4], 2: [1], 3: [1]}, page_size=1)
    first = toy.list(Asked("GET", LIST, {"page": "1"}, {}, {}))
    stuck = json.loads(first.body)
    stuck["metadata"] |= {"current_page": "1", "total_pages": "3"}
    server.answers[LIST] = json_answer(stuck)
    report = run(server, tmp_path, "toyazole")
    assert len(report.fetched) == 1 and "page 2 repeats what came before" in report.failed[0].reason


def test_a_list_that_shrinks_while_it_is_read_is_said_to_be_short(server: Server, tmp_path: Path) -> None:
    toy = DailyMed(server, {n: [1] for n in range(6)}, page_size=2)

    def shrinking(asked: Asked) -> Answer:
        answer = toy.list(asked)
        if asked.query["page"] == "1":
            del toy.versions[0], toy.versions[1]  # two rows move up by a page, and are never seen
        return answer

    server.answers[LIST] = shrinking
    report = run(server, tmp_path, "toyazole")
    # Four are counted in the end and four came, and yet 2 and 3 were never seen.
    assert "4 of 4 labels were listed: it changed meanwhile" in report.failed[-1].reason
    assert len(report.fetched) == 2  # 0 and 1 are gone
    server.answers[LIST] = toy.list
    assert len(run(server, tmp_path, "toyazole").fetched) == 2
    toy = DailyMed(server, {n: [1] for n in range(6)}, page_size=2)
    server.answers[LIST] = lambda asked: (
        toy.list(asked)
        if asked.query["page"] != "2"
        else json_answer(
            {"metadata": {"total_elements": 6, "total_pages": 3, "current_page": 2, "next_page_url": "x"}, "data": []}
        )
    )
    report = run(server, tmp_path / "b", "toyazole")
    assert "2 of 6 labels were listed: it changed meanwhile" in report.failed[0].reason


def test_a_list_that_grows_while_it_is_read_gives_each_label_once(server: Server, tmp_path: Path) -> None:
    toy = DailyMed(server, {n: [1] for n in range(4)}, page_size=2)

    def growing(asked: Asked) -> Answer:
        answer = toy.list(asked)
        if asked.query["page"] == "1":
            toy.versions = {9: [1], **toy.versions}  # a label on top: page 2 repeats the last row of page 1
        return answer

    server.answers[LIST] = growing
    report = run(server, tmp_path, "toyazole")
    assert sorted(entry.name for entry in report.fetched) == [f"{set_id(n)}.xml" for n in range(4)]
    assert "4 of 5 labels were listed" in report.failed[0].reason


@pytest.mark.parametrize(
    "body",
    [
        b"<html>no list</html>",
        b'{"data": [',
        b"[]",
        b"null",
        b"{}",
        b'{"data": {}, "metadata": {}}',
        b'{"data": [], "metadata": []}',
        b"\xff\xfe{",
        b"[" * 100_000,
    ],
)
def test_a_list_that_is_none_is_named(server: Server, tmp_path: Path, body: bytes) -> None:
    server.answers[LIST] = Answer(body)
    report = run(server, tmp_path, "toyazole")
    assert "came" in report.failed[0].reason and "expected a list of labels" in report.failed[0].reason


@pytest.mark.parametrize(
    "row",
    [
        {"setid": "../../etc/passwd", "spl_version": 1},
        {"setid": set_id(9) + "/x", "spl_version": 1},
        {"setid": set_id(9), "spl_version": "../1"},
        {"setid": set_id(9)},
        {"setid": None, "spl_version": None},
        {"setid": ["x"], "spl_version": {}},
        {"setid": set_id(9), "spl_version": "9" * 5000},
        {"setid": set_id(9), "spl_version": -1},
        "text",
        None,
        7,
    ],
)
def test_a_row_without_a_set_id_fails_alone_and_names_no_file(server: Server, tmp_path: Path, row: Any) -> None:
    toy = DailyMed(server, {1: [4]})
    found = json.loads(toy.list(Asked("GET", LIST, {"page": "1"}, {}, {})).body)
    found["data"].insert(0, row)
    server.answers[LIST] = json_answer(found)
    report = run(server, tmp_path, "toyazole")
    assert there(tmp_path) == [f"{set_id(1)}.xml"] and len(report.failed) == 1
    assert report.failed[0].reason == "listed without a set id and a version"


# Labels that misbehave


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html></html>", "a page of HTML came"),
        (b"", "an empty answer"),
        (spl(set_id(1), 4)[:-40], "not whole came"),
        (spl(set_id(2), 4), "the label of another set id came"),
        (spl(set_id(1), 3), "version 3 came, and 4 is listed"),
        (b"<article/>", "root <article> came, which is no SPL label"),
        (spl(set_id(1), 4).replace(b"<versionNumber", b"<number"), "version none came"),
        (b"%PDF-1.7", "not well-formed"),
    ],
    ids="html empty half other-label older article no-version pdf".split(),
)
def test_a_label_that_is_not_the_one_asked_for_is_not_kept(
    server: Server, tmp_path: Path, body: bytes, reason: str
) -> None:
    DailyMed(server, {1: [4], 2: [1]})
    server.answers[f"/dailymed/services/v2/spls/{set_id(1)}.xml"] = Answer(body)
    report = run(server, tmp_path, "toyazole")
    assert there(tmp_path) == [f"{set_id(2)}.xml"]
    assert reason in report.failed[0].reason and f"{set_id(1)}.xml: " in report.failed[0].reason


def test_a_label_newer_than_its_list_is_kept_under_its_own_version(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4]})
    server.answers[f"/dailymed/services/v2/spls/{set_id(1)}.xml"] = Answer(spl(set_id(1), 5))
    assert [entry.version for entry in run(server, tmp_path, "toyazole").fetched] == ["5"]


def test_entities_are_not_resolved(server: Server, tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'
    body = bomb + spl(set_id(1), 4).split(b"?>", 1)[1]
    DailyMed(server, {1: [4]})
    server.answers[f"/dailymed/services/v2/spls/{set_id(1)}.xml"] = Answer(body)
    run(server, tmp_path, "toyazole")  # kept as it is: that it declares entities is for ingest to refuse
    assert (tmp_path / f"{set_id(1)}.xml").read_bytes() == body


# Versions


def test_older_versions_come_beside_the_current_one_and_gaps_are_gaps(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [11, 9, 8]})  # version 10 never was
    report = run(server, tmp_path, "toyazole", versions=True)
    assert not report.failed
    assert there(tmp_path) == [f"{set_id(1)}.v8.zip", f"{set_id(1)}.v9.zip", f"{set_id(1)}.xml"]
    asked = [asked.query for asked in server.asked if asked.path == "/dailymed/getFile.cfm"]
    assert asked[0] == {"setid": set_id(1), "type": "zip", "version": "9"}
    server.asked.clear()
    assert run(server, tmp_path, "toyazole", versions=True).unchanged == 3
    assert len(server.asked) == 2  # the list and the history


def test_a_page_of_html_in_the_place_of_a_version_is_refused(server: Server, tmp_path: Path) -> None:
    toy = DailyMed(server, {1: [4, 3]})
    server.answers["/dailymed/getFile.cfm"] = Answer(b"<!DOCTYPE html><html>Sorry</html>")
    report = run(server, tmp_path, "toyazole", versions=True)
    assert "HTML came, 3 times; expected version 3 of a label, zipped" in report.failed[0].reason
    for body, reason in (
        (zipped({"a.xml": spl(set_id(1), 4)}), "version 4 came in the place of 3"),
        (zipped({"a.xml": spl(set_id(2), 3)}), "another set id"),
        (zipped({"a.txt": b"x"}), "0 XML files"),
        (zipped({"a.xml": spl(set_id(1), 3)})[:-30], "damaged or cut zip"),
    ):
        server.answers["/dailymed/getFile.cfm"] = Answer(body)
        assert reason in run(server, tmp_path, "toyazole", versions=True).failed[0].reason
    assert there(tmp_path) == [f"{set_id(1)}.xml"]
    server.answers["/dailymed/getFile.cfm"] = toy.file
    assert len(run(server, tmp_path, "toyazole", versions=True).fetched) == 1


def test_a_history_that_cannot_be_read_leaves_the_label(server: Server, tmp_path: Path) -> None:
    DailyMed(server, {1: [4, 3]})
    server.answers[f"/dailymed/services/v2/spls/{set_id(1)}/history.xml"] = Answer(b"<other/>")
    report = run(server, tmp_path, "toyazole", versions=True)
    assert len(report.fetched) == 1 and report.failed[0].what == f"versions of {set_id(1)}"


# Releases


def release(data: bytes, **changes: Any) -> Answer:
    return Answer(data, headers={"ETag": '"one"'}, ranges=True, **changes)


def test_all_parts_of_a_release_come_and_then_none_again(server: Server, tmp_path: Path) -> None:
    inner = zipped({"a.xml": spl(set_id(1), 1)})
    for part in (1, 2, 3):
        server.answers[f"/releases/dm_spl_release_human_rx_part{part}.zip"] = release(zipped({f"{part}.zip": inner}))
    assert len(bulk(server, tmp_path, "human_rx").fetched) == 3
    server.asked.clear()
    assert bulk(server, tmp_path, "human_rx").unchanged == 3
    assert {asked.method for asked in server.asked} == {"HEAD"}


def test_a_release_that_was_cut_goes_on_in_the_next_run(server: Server, tmp_path: Path) -> None:
    data = zipped({f"{n}.zip": bytes(str(n) * 5000, "ascii") for n in range(20)})
    cut = len(data) // 2
    server.answers[RELEASE] = [release(data), release(data, cut=cut), release(data, slam=True)]  # HEAD, two GETs
    name = "dm_spl_release_human_rx_part1"
    first = bulk(server, tmp_path, name, attempts=1)
    assert "was cut off" in first.failed[0].reason and there(tmp_path) == []
    assert [path.stat().st_size for path in tmp_path.glob(".part-*")] == [cut]
    server.answers[RELEASE] = release(data)
    server.asked.clear()
    assert len(bulk(server, tmp_path, name).fetched) == 1
    assert server.asked[-1].headers["Range"] == f"bytes={cut}-"
    assert (tmp_path / f"{name}.zip").read_bytes() == data and not list(tmp_path.glob(".part-*"))


def test_a_damaged_release_is_fetched_anew_once_and_then_refused(server: Server, tmp_path: Path) -> None:
    data = zipped({"1.zip": bytes(range(256)) * 100})
    damaged = data[:200] + b"\x00\x00\x00\x00" + data[204:]
    server.answers[RELEASE] = [release(data), release(damaged), release(data)]
    assert len(bulk(server, tmp_path, "dm_spl_release_human_rx_part1.zip").fetched) == 1
    server.answers[RELEASE] = release(damaged)
    (tmp_path / "dm_spl_release_human_rx_part1.zip").unlink()
    report = bulk(server, tmp_path, "dm_spl_release_human_rx_part1.zip")
    assert "twice; expected a whole zip" in report.failed[0].reason
    assert there(tmp_path) == [] and not list(tmp_path.glob(".part-*"))


def test_a_release_of_a_new_week_replaces_the_old_one(server: Server, tmp_path: Path) -> None:
    old, new = zipped({"a": b"old"}), zipped({"a": b"new"})
    server.answers[RELEASE] = release(old)
    bulk(server, tmp_path, "dm_spl_release_human_rx_part1")
    server.answers[RELEASE] = Answer(new, headers={"Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT"})
    assert len(bulk(server, tmp_path, "dm_spl_release_human_rx_part1").fetched) == 1
    assert (tmp_path / "dm_spl_release_human_rx_part1.zip").read_bytes() == new


def test_a_release_that_is_not_there_is_named(server: Server, tmp_path: Path) -> None:
    assert "HTTP 404" in bulk(server, tmp_path, "human_otc").failed[0].reason
    assert "HTTP 404" in bulk(server, tmp_path, "dm_spl_daily_update_11202026").failed[0].reason
    for name in ("../secret", "https://example.org/a.zip", "everything", "dm_spl_../x"):
        with pytest.raises(UsageError, match="no release is named"):
            bulk(server, tmp_path, name)


# The starter


def test_the_list_has_two_hundred_names_in_their_order() -> None:
    drugs = starter.drugs()
    assert [drug.rank for drug in drugs] == list(range(1, 201)) and len({drug.name for drug in drugs}) == 200
    assert (drugs[0].name, drugs[1].name, drugs[186].name) == ("atorvastatin", "metformin", "lithium")
    assert drugs[57].name == "hydrochlorothiazide; lisinopril" and drugs[57].asked == "lisinopril"


def test_the_starter_takes_reference_products_first_and_of_each_drug_a_few(server: Server, tmp_path: Path) -> None:
    titles = {
        1: "ATORVASTATIN TABLET [A]",
        2: "LIPITOR (ATORVASTATIN CALCIUM) TABLET [B]",
        3: "ATORVASTATIN TABLET [C]",
    }
    titles[4] = "AMLODIPINE AND ATORVASTATIN TABLET [D]"
    toy = DailyMed(server, {n: [1] for n in titles}, titles=titles)

    def by_category(asked: Asked) -> Answer:
        name, category = asked.query["drug_name"], asked.query.get("marketing_category_code")
        numbers = [4, 2] if category == "C73594" else [] if category else [4, 1, 2, 3]
        rows = [{"setid": set_id(n), "spl_version": 1, "title": titles[n]} for n in numbers if name == "atorvastatin"]
        meta = {"total_elements": len(rows), "total_pages": 1, "current_page": 1, "next_page_url": "null"}
        return json_answer({"metadata": meta, "data": rows})

    server.answers[LIST] = by_category
    chosen = settings(server.url)
    with Client(chosen.dailymed, 100, chosen) as client:
        items = list(starter.labels(client, 3, 2))
    offers = [item.title for item in items if isinstance(item, Offer)]
    # The reference product of the drug alone, the reference product of a combination, then a generic.
    assert offers == [titles[2], titles[4], titles[1]]
    assert [item.what for item in items if isinstance(item, Failed)] == ["metformin"]
    assert toy.versions


def test_a_label_of_two_drugs_of_the_starter_comes_once(server: Server) -> None:
    title = "METFORMIN AND ATORVASTATIN TABLET [A]"
    DailyMed(server, {1: [1]}, titles={1: title})
    row = {"setid": set_id(1), "spl_version": 1, "title": title}
    meta = {"total_elements": 1, "total_pages": 1, "current_page": 1, "next_page_url": "null"}
    server.answers[LIST] = json_answer({"metadata": meta, "data": [row]})
    chosen = settings(server.url)
    with Client(chosen.dailymed, 100, chosen) as client:
        items = list(starter.labels(client, 5, 2))
    assert [type(item) for item in items] == [Offer]


# All at once


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_server_does_only_true_labels_are_kept_and_in_the_end_all(
    server: Server, tmp_path: Path, seed: int
) -> None:
    toy = DailyMed(server, {n: [3, 2] for n in range(1, 13)}, page_size=5)
    dice = random.Random(seed)
    truth = {f"{set_id(n)}.xml": spl(set_id(n), 3) for n in toy.versions}

    def moody(true: Any) -> Any:
        def answer(asked: Asked) -> Answer:
            found = true(asked)
            wrong = [
                Answer(b"", 429, {"Retry-After": "0"}),
                Answer(b"", 503),
                Answer(slam=True),
                replace(found, cut=dice.randrange(len(found.body))),
                replace(found, length=dice.randrange(len(found.body))),
                replace(found, length=len(found.body) + 50),
                replace(found, body=found.body[: dice.randrange(len(found.body))]),
                Answer(b"<!DOCTYPE html><html>maintenance</html>"),
                Answer(b""),
                Answer(b"", 302, {"Location": "https://example.org/"}),
                Answer(spl(set_id(dice.randrange(1, 13)), dice.choice([2, 3]))),
                Answer(b"", 404),
            ]
            return dice.choice(wrong) if dice.random() < 0.5 else found

        return answer

    for path, true in list(server.answers.items()):
        server.answers[path] = moody(true)
    for _ in range(40):
        run(server, tmp_path, "toyazole")
        for path in tmp_path.glob("[!.]*"):
            assert path.read_bytes() == truth[path.name]
        if len(there(tmp_path)) == len(truth):
            break
    assert there(tmp_path) == sorted(truth)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(st.integers(0, 700), st.binary(max_size=8), st.integers(0, 8))
def test_a_label_with_bytes_put_in_or_left_out_is_read_or_refused(at: int, put: bytes, left_out: int) -> None:
    whole = spl(set_id(1), 4)
    try:
        assert label_version(whole[:at] + put + whole[at + left_out :], set_id(1), "4").isdecimal()
    except WrongBody:
        pass
