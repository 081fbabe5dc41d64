"""The update benchmark on a handful of toy labels: it runs, and it sees what is wrong."""

import json
from pathlib import Path

import pytest

from eval.bench import update
from tests.toys import openfda, record


def test_the_four_changes_and_nothing_else_are_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "openfda").mkdir(parents=True)
    labels = [record(f"toy-{n}", drug_interactions=[f"7 DRUG INTERACTIONS Rule {n} holds."]) for n in range(6)]
    (tmp_path / "data" / "openfda" / "part.json").write_bytes(openfda(*labels))
    (tmp_path / "run").mkdir()
    assert update.run(tmp_path / "data", tmp_path / "run", 5, None, rebuild=False) == []
    steps = {line["step"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert [one["id"] for one in steps["sync of the four"]["touched"]] == ["toy-0", "toy-5"]
    assert steps["sync of the four"]["gone"] == ["toy-1"]


def test_a_document_too_many_is_seen() -> None:
    said = {
        "files": {"added": ["/a.json"], "changed": ["/b.json", "/c.json"], "gone": ["/d.json"], "again": [],
                  "known_failed": [], "unchanged": 2},
        "documents": [{"id": "a", "kind": "added"}, {"id": "c", "kind": "changed"}, {"id": "x", "kind": "changed"}],
        "missing": ["d"], "removed": 1, "failed": [{"path": "/b.json"}],
    }  # fmt: skip
    [wrong] = update._differences(said, "a", "c", "d", "b", 5)
    assert "documents touched" in wrong and "'x'" in wrong
