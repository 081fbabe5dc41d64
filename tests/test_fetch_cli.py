"""The commands ``rxcite fetch``: what they print, how they end, what stays on the disk, and what never does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.fetch.folder import MANIFEST
from tests.test_cli import Run, one_line
from tests.toys_fetch import Answer, Asked, DailyMed, Server, json_answer, serving, set_id, spl, zipped

ROOT = Path(__file__).resolve().parent.parent
LIST = "/dailymed/services/v2/spls.json"


@pytest.fixture
def rxcite(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that ``rxcite.toml`` in the working folder points to."""
    with serving() as running:
        lines = [f'{name} = "{running.url}/{name}"' for name in ("dailymed", "releases", "openfda", "eutils", "pmc")]
        quick = ["first_wait = 0.0", "attempts = 2", "timeout = 5.0", "per_minute = 1000000"]
        (tmp_path / "rxcite.toml").write_text("\n".join(["[fetch]", *lines, *quick]))
        monkeypatch.chdir(tmp_path)
        yield running


def there(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


def test_labels_come_and_the_next_step_is_said(rxcite: Run, server: Server) -> None:
    DailyMed(server, {1: [2], 2: [1]})
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 0
    assert there(Path("labels")) == [f"{set_id(1)}.xml", f"{set_id(2)}.xml"]
    assert "to index them: rxcite ingest labels" in rxcite.out
    assert server.asked[0].query["doctype"] == "34391-3"
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels", "--json").code == 0
    found = json.loads(rxcite.out)
    assert found["unchanged"] == 2 and found["fetched"] == [] and found["stopped"] is None


def test_what_came_is_indexed_and_a_new_version_replaces_the_old_one(rxcite: Run, server: Server) -> None:
    toy = DailyMed(server, {1: [1]})
    rxcite("fetch", "dailymed", "toyazole", "--out", "labels")
    assert rxcite("ingest", "labels").code == 0
    toy.versions[1] = [2, 1]
    rxcite("fetch", "dailymed", "toyazole", "--out", "labels")
    assert rxcite("ingest", "labels").code == 0
    assert rxcite("show", set_id(1), "--json").code == 0
    assert json.loads(rxcite.out)["version"] == "2"


def test_a_refresh_asks_for_what_came_before_and_names_what_was_withdrawn(rxcite: Run, server: Server) -> None:
    toy = DailyMed(server, {1: [1], 2: [1], 3: [1]})
    assert rxcite("fetch", "dailymed", "--refresh", "--out", "labels").code == 2
    assert "no label came into labels" in rxcite.err
    rxcite("fetch", "dailymed", set_id(1), set_id(2), "--out", "labels")
    toy.versions |= {1: [2, 1]}
    del toy.versions[2]
    assert rxcite("fetch", "dailymed", "--refresh", "--out", "labels", "--json").code == 0
    found = json.loads(rxcite.out)
    assert [(row["name"], row["version"]) for row in found["fetched"]] == [(f"{set_id(1)}.xml", "2")]
    assert found["failed"] == [
        {"what": set_id(2), "reason": f"DailyMed lists no label of '{set_id(2)}': it was withdrawn, or never was"}
    ]


def test_older_versions_go_into_history(rxcite: Run, server: Server) -> None:
    DailyMed(server, {1: [3, 1]})
    rxcite("fetch", "dailymed", "toyazole", "--versions", "--out", "labels")
    assert rxcite("ingest", "labels").code == 0
    rxcite("show", set_id(1), "--json")
    found = json.loads(rxcite.out)
    assert found["version"] == "3" and sorted(row["version"] for row in found["versions"]) == ["1", "3"]


def test_some_failed_is_done_and_strict_is_not(rxcite: Run, server: Server) -> None:
    DailyMed(server, {1: [2], 2: [1]})
    server.answers[f"/dailymed/services/v2/spls/{set_id(2)}.xml"] = Answer(b"<html>no</html>")
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 0
    assert "a page of HTML came" in " ".join(rxcite.out.split())
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels", "--strict").code == 1
    assert "1 of 2 could not be fetched" in rxcite.err
    assert rxcite("fetch", "dailymed", "nosuchdrug", "--out", "labels").code == 1


def test_a_machine_without_a_network_gets_one_clear_line(rxcite: Run, server: Server) -> None:
    Path("rxcite.toml").write_text('[fetch]\ndailymed = "https://dailymed.invalid"\nfirst_wait = 0.0\nattempts = 6\n')
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 1
    line = rxcite.err.splitlines()[-1]
    assert line.startswith("rxcite: https://dailymed.invalid/services/v2/spls.json")
    assert "no connection" in line and "check the network, the proxy and the address" in line
    assert rxcite.out == "" and "Traceback" not in rxcite.err


def test_a_network_that_goes_away_ends_the_run_and_the_same_command_goes_on(rxcite: Run, server: Server) -> None:
    toy = DailyMed(server, {n: [1] for n in range(1, 4)})
    text = Path("rxcite.toml").read_text()
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels", "--limit", "1").code == 0
    Path("rxcite.toml").write_text(text.replace(f"{server.url}/dailymed", "https://dailymed.invalid"))
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 1
    Path("rxcite.toml").write_text(text)
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 0
    assert len(there(Path("labels"))) == 3 and toy.versions


def test_a_dry_run_lists_and_fetches_nothing(rxcite: Run, server: Server) -> None:
    DailyMed(server, {1: [2], 2: [1]})
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels", "--dry-run", "--json").code == 0
    assert [(row["name"], row["state"]) for row in json.loads(rxcite.out)["planned"]] == [
        (f"{set_id(1)}.xml", "new"),
        (f"{set_id(2)}.xml", "new"),
    ]
    assert not Path("labels").exists() and set(server.paths()) == {LIST}
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels", "--dry-run").code == 0
    assert "dry run: nothing was fetched" in rxcite.err and "TOYAZOLE" in rxcite.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("dailymed", "--out", "x"),
        ("dailymed", "colchicine"),
        ("dailymed", "colchicine", "--release", "human_rx", "--out", "x"),
        ("dailymed", "--release", "human_rx", "--versions", "--out", "x"),
        ("dailymed", "--release", "../x", "--out", "x"),
        ("dailymed", "colchicine", "--since", "yesterday", "--out", "x"),
        ("dailymed", "colchicine", "--limit", "0", "--out", "x"),
        ("dailymed", "colchicine", "--kind", "cats", "--out", "x"),
        ("openfda", "--out", "x"),
        ("pubmed", "--out", "x"),
        ("pubmed", "one query", "another", "--out", "x"),
        ("pubmed", "12345", "colchicine", "--out", "x"),
        ("pmc", "PMC1", "12345", "--out", "x"),
        ("starter", "--labels", "0", "--out", "x"),
        ("starter",),
        ("everything", "--out", "x"),
    ],
)
def test_what_cannot_be_right_is_usage(rxcite: Run, server: Server, arguments: tuple[str, ...]) -> None:
    assert rxcite("fetch", *arguments).code == 2
    assert rxcite.out == "" and "Traceback" not in rxcite.err and not server.asked


def test_an_address_without_encryption_is_refused(rxcite: Run, server: Server) -> None:
    Path("rxcite.toml").write_text('[fetch]\ndailymed = "http://dailymed.nlm.nih.gov/dailymed"\n')
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 2
    assert "must be an https:// address" in rxcite.err and one_line(rxcite.err)


def test_a_release_comes_by_its_name(rxcite: Run, server: Server) -> None:
    data = zipped({"1.zip": zipped({"a.xml": spl(set_id(1), 1)})})
    server.answers["/releases/dm_spl_release_human_rx_part1.zip"] = Answer(data, headers={"ETag": '"1"'}, ranges=True)
    assert rxcite("fetch", "dailymed", "--release", "human_rx", "--out", "bulk").code == 0
    assert there(Path("bulk")) == ["dm_spl_release_human_rx_part1.zip"]
    assert rxcite("ingest", "bulk").code == 0
    assert rxcite("show", set_id(1)).code == 0


def test_openfda_counts_in_a_dry_run_and_fetches_otherwise(rxcite: Run, server: Server) -> None:
    meta = {"last_updated": "2026-11-20", "results": {"total": 1}}
    row = {"set_id": set_id(1), "version": "1", "dosage_and_administration": ["2 DOSAGE Take one."]}
    server.answers["/openfda/drug/label.json"] = json_answer({"meta": meta, "results": [row]})
    assert rxcite("fetch", "openfda", "toyazole", "--since", "2026-01-02", "--out", "fda", "--dry-run").code == 0
    assert rxcite.out.startswith("1 labels match (openfda.generic_name:") and "[20260102 TO" in rxcite.out
    assert not Path("fda").exists()
    assert rxcite("fetch", "openfda", "toyazole", "--out", "fda").code == 0
    assert there(Path("fda")) == [f"{set_id(1)}.json"]


def test_keys_stand_in_no_output_and_no_file(
    rxcite: Run, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "sesame-one")
    monkeypatch.setenv("OPENFDA_API_KEY", "sesame-two")

    def echo(asked: Asked) -> Answer:
        return Answer(
            json.dumps({"error": "bad key", "headers": dict(asked.headers), "form": asked.form}).encode(), 403
        )

    server.answers |= {"/eutils/esearch.fcgi": echo, "/openfda/drug/label.json": echo}
    for command in (("pubmed", "toyazole"), ("pmc", "toyazole"), ("openfda", "toyazole")):
        assert rxcite("fetch", *command, "--out", "out", "--debug").code == 1
        assert "sesame" not in rxcite.out + rxcite.err and "HTTP 403" in rxcite.out
    assert all(b"sesame" not in path.read_bytes() for path in Path("out").rglob("*") if path.is_file())


def test_the_starter_fetches_and_indexes_in_one_command(rxcite: Run, server: Server) -> None:
    toy = DailyMed(server, {1: [2], 2: [1]}, titles={1: "ATORVASTATIN TABLET [A]", 2: "METFORMIN TABLET [B]"})

    def by_name(asked: Asked) -> Answer:
        number = {"atorvastatin": 1, "metformin": 2}[asked.query["drug_name"]]
        return toy.list(Asked("GET", LIST, {"page": "1", "setid": set_id(number)}, {}, {}))

    server.answers[LIST] = by_name
    assert rxcite("fetch", "starter", "--drugs", "2", "--out", "labels", "--index", "first").code == 0
    assert rxcite("status", "--index", "first", "--json").code == 0
    assert len(json.loads(rxcite.out)["documents"]) == 2
    assert rxcite("fetch", "starter", "--drugs", "2", "--out", "labels", "--dry-run").code == 0


def test_two_fetches_into_one_folder_do_not_meet(rxcite: Run, server: Server, tmp_path: Path) -> None:
    from corpora.fetch.folder import Folder

    with Folder(tmp_path / "labels"):
        assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels").code == 1
    assert "another fetch is writing" in rxcite.err and one_line(rxcite.err)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_kill_leave_whole_files_and_the_same_command_goes_on(
    rxcite: Run, server: Server, tmp_path: Path, sent: signal.Signals
) -> None:
    toy = DailyMed(server, {n: [1] for n in range(1, 9)})
    slow = Answer(spl(set_id(5), 1), drip=0.2)
    server.answers[f"/dailymed/services/v2/spls/{set_id(5)}.xml"] = slow
    code = "from ui.cli import main; main()"
    run = subprocess.Popen(
        [sys.executable, "-c", code, "fetch", "dailymed", "toyazole", "--out", "labels"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not any(path.endswith(f"{set_id(5)}.xml") for path in server.paths()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    run.send_signal(sent)
    out, err = run.communicate(timeout=60)
    assert there(tmp_path / "labels") == [f"{set_id(n)}.xml" for n in range(1, 5)]
    if sent == signal.SIGINT:
        assert run.returncode == 130 and "every file in labels is whole" in err and "Traceback" not in err
        assert not list((tmp_path / "labels").glob(".draft*"))
    server.answers[f"/dailymed/services/v2/spls/{set_id(5)}.xml"] = Answer(spl(set_id(5), 1))
    assert rxcite("fetch", "dailymed", "toyazole", "--out", "labels", "--json").code == 0
    found = json.loads(rxcite.out)
    assert found["unchanged"] == 4 and len(found["fetched"]) == 4 and toy.versions
    assert all(json.loads(line) for line in Path("labels", MANIFEST).read_text().splitlines())


def test_help_comes_at_once_and_names_the_five_sources() -> None:
    code = "import sys; sys.argv = ['rxcite', 'fetch', '--help']; from ui.cli import main\ntry: main()\nfinally: "
    code += "print([m for m in ('httpx', 'lxml', 'tenacity', 'rich', 'numpy') if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in ("dailymed", "openfda", "pubmed", "pmc", "starter"))
