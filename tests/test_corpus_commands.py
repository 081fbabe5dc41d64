"""The commands that keep a corpus: sync, diff, status, index; what they print, and how they end."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.sync import sync
from rag.index import encoder
from rag.settings import Settings
from tests.corpus import build, label, section
from tests.toys import p, spl
from tests.toys import section as part
from ui.cli import main
from ui.corpus import stoppable


class Run:
    """What a command said and how it ended."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys

    def __call__(self, *arguments: str) -> "Run":
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(self.home), *arguments])
        self.code = ended.value.code
        self.out, self.err = self._capsys.readouterr()
        return self

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def rxcite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "home", capsys)


def file(id: str, words: str = "Stop at once.", version: str = "1") -> bytes:
    return spl(part("7 DRUG INTERACTIONS", p(words), code="34073-7"), set_id=id, version=version)


@pytest.fixture
def folder(tmp_path: Path, rxcite: Run) -> Path:
    """Three labels and a bad file that are in the index, of which one is gone by now."""
    made = tmp_path / "labels"
    made.mkdir()
    for id in "abc":
        (made / f"{id}.xml").write_bytes(file(id))
    (made / "bad.xml").write_bytes(b"<document")
    sync(made, Settings(home=rxcite.home), embedder=encoder.for_queries(encoder.DEFAULT))
    (made / "b.xml").unlink()
    return made


# sync


def test_sync_names_what_is_gone_and_takes_it_out_on_demand(rxcite: Run, folder: Path) -> None:
    said = rxcite("sync", str(folder))
    assert said.code == 0 and "without a file  b" in said.out and "1 documents have no file any more" in said.err
    assert "bad.xml" in said.out
    said = rxcite("sync", str(folder), "--prune")
    assert "removed   b" in said.out and "have no file" not in said.err
    assert [one["id"] for one in rxcite("status", "--json").json["documents"]] == ["a", "c"]


def test_a_dry_run_of_sync_prints_the_plan_and_says_that_nothing_was_written(rxcite: Run, folder: Path) -> None:
    (folder / "d.xml").write_bytes(file("d"))
    (folder / "c.xml").write_bytes(b"<document")
    said = rxcite("sync", str(folder), "--prune", "--dry-run", "--json")
    assert said.code == 0 and "dry run: nothing was written" in said.err
    assert [Path(path).name for path in said.json["files"]["added"]] == ["d.xml"]
    assert [Path(path).name for path in said.json["files"]["changed"]] == ["c.xml"]
    assert [Path(path).name for path in said.json["files"]["known_failed"]] == ["bad.xml"]
    assert (said.json["missing"], said.json["removed"], said.json["documents"]) == (
        ["b"], 0, [{"id": "d", "kind": "added", "before": None, "after": "1"}],
    )  # fmt: skip
    assert [Path(one["path"]).name for one in said.json["failed"]] == ["bad.xml", "c.xml"]
    assert len(rxcite("status", "--json").json["documents"]) == 3


def test_sync_exits_1_for_a_failure_only_where_strict(rxcite: Run, folder: Path) -> None:
    assert rxcite("sync", str(folder)).code == 0
    said = rxcite("sync", str(folder), "--strict")
    assert said.code == 1 and "1 of " in said.err
    assert rxcite("sync", str(folder / "nowhere")).code == 1
    assert "is no folder" in rxcite("sync", str(folder / "a.xml")).err


def test_ctrl_c_is_answered_with_what_it_leaves_behind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), stoppable():
        raise KeyboardInterrupt
    assert "as it was at its last commit" in capsys.readouterr().err


# diff and show


@pytest.fixture
def versions(rxcite: Run) -> Run:
    """Three versions of one label; a sentence with the dose, then the boxed warning changed."""
    boxes = ("Alphadone has caused bleeding.", "Alphadone has caused bleeding.", "Alphadone has caused fatal bleeding.")
    for number, (dose, boxed) in enumerate(zip(("5 mg", "3 mg", "2 mg"), boxes, strict=True), 1):
        build(
            rxcite.home,
            label(
                "alphadone",
                section("2 DOSAGE AND ADMINISTRATION", f"Take {dose} once a day."),
                section("BOXED WARNING", boxed),
                version=str(number),
                effective=f"202{number}0101",
            ),
        )
    return rxcite


def test_diff_compares_with_the_version_before_and_the_boxed_warning_leads(versions: Run) -> None:
    said = versions("diff", "toy-alphadone").out
    assert "version 2, 2022-01-01 → version 3, 2023-01-01" in said
    assert said.index("! BOXED WARNING") < said.index("DOSAGE AND ADMINISTRATION")
    assert "was: Take 3 mg once a day." in said and "numbers: 3 mg → 2 mg" in said


def test_diff_takes_versions_and_dates(versions: Run) -> None:
    by_number = versions("diff", "toy-alphadone", "1", "3", "--json").json
    assert (by_number["before"]["version"], by_number["after"]["version"]) == ("1", "3")
    assert versions("diff", "toy-alphadone", "2021-01-01", "2023-01-01", "--json").json == by_number
    [box, dose] = by_number["sections"]
    assert (box["code"], box["leads"], dose["changes"][0]["gone"], dose["changes"][0]["new"]) == (
        "34066-1", True, ["5 mg"], ["2 mg"],
    )  # fmt: skip
    older = versions("diff", "toy-alphadone", "1", "2", "--json").json
    assert [one["heading"] for one in older["sections"]] == ["DOSAGE AND ADMINISTRATION"]


def test_diff_says_which_versions_there_are(versions: Run) -> None:
    assert versions("diff", "toy-alphadone", "9").code == 2
    assert "no version 9 of toy-alphadone; there are: 3, 2, 1" in versions.err
    assert versions("diff", "nobody").code == 2 and "no document nobody" in versions.err
    build(versions.home, label("betanol", section("1 INDICATIONS AND USAGE", "For toys.")))
    assert versions("diff", "toy-betanol").code == 2 and "needs two versions: 1" in versions.err


def test_show_reads_an_old_version_by_number_or_date(versions: Run) -> None:
    for version in ("1", "2021-01-01"):
        assert "Take 5 mg once a day." in versions("show", "toy-alphadone", "--version", version).out
    assert "Take 2 mg once a day." in versions("show", "toy-alphadone").out


# status


def test_status_tells_the_age_of_the_labels(rxcite: Run) -> None:
    for drug, date in (("alphadone", "20100101"), ("betanol", "20250601")):
        build(rxcite.home, label(drug, section("1 INDICATIONS AND USAGE", "For toys."), effective=date))
    said = rxcite("status", "--json", "--older-than", "10").json["age"]
    assert said == {
        "newest": "2025-06-01", "oldest": "2010-01-01", "undated": 0, "years": 10.0, "older": ["toy-alphadone"],
    }  # fmt: skip
    assert "1 are older than 10 years" in rxcite("status", "--older-than", "10").out


def test_status_marks_what_is_no_longer_marketed(rxcite: Run) -> None:
    forbids = section("4 CONTRAINDICATIONS", "Alphadone is contraindicated in patients with anuria.")
    gone = replace(label("alphadone", forbids), ended="2020-05-01")
    build(rxcite.home, gone, label("betanol", section("1 INDICATIONS AND USAGE", "For toys.")))
    assert rxcite("status", "--json").json["ended"] == [{"id": "toy-alphadone", "date": "2020-05-01"}]
    assert "no longer marketed from" in rxcite("status").out
    said = rxcite("ask", "What are the contraindications of alphadone?", "--json").json["notices"]
    assert any("No longer marketed" in notice and "2020-05-01" in notice for notice in said)


def test_status_tells_where_labels_of_one_drug_differ(rxcite: Run) -> None:
    for id, items in (("a", ("Anuria.", "Pregnancy.")), ("b", ("Anuria.",))):
        build(rxcite.home, label("alphadone", section("4 CONTRAINDICATIONS", *items), id=id))
    [one] = rxcite("status", "--disagreements", "alphadone", "--json").json["disagreements"]
    assert (one["point"], [s["id"] for s in one["said"]], [s["id"] for s in one["silent"]]) == (
        "Pregnancy",
        ["a"],
        ["b"],
    )
    assert "Contraindication: Pregnancy" in rxcite("status", "--disagreements", "Alphadone").out
    assert rxcite("status", "--disagreements", "betanol").code == 2


# index


def test_an_index_is_listed_copied_backed_up_and_deleted(rxcite: Run, tmp_path: Path) -> None:
    build(rxcite.home, label("alphadone", section("1 INDICATIONS AND USAGE", "For toys.")))
    assert rxcite("index", "copy", "default", "second").code == 0
    assert rxcite("index", "backup", "second", str(tmp_path / "b.sqlite")).code == 0
    assert rxcite("index", "delete", "second").code == 2 and "--yes" in rxcite.err
    assert rxcite("index", "delete", "second", "--yes").code == 0
    assert rxcite("index", "copy", str(tmp_path / "b.sqlite"), "third").code == 0
    found = rxcite("index", "list", "--json").json["indexes"]
    assert [(one["name"], one["documents"], one["trouble"]) for one in found] == [
        ("default", 1, None),
        ("third", 1, None),
    ]
    assert "alphadone" in rxcite("status", "--index", "third").out.lower()
