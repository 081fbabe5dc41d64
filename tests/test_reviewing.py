"""What people judge, through the command line: sheets out, ratings and signatures in, what the report says then."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import build, label, section
from ui.cli import main

Command = Callable[..., tuple[int, str, str]]
QUESTIONS = '{"id": "q1", "question": "What is the dose of alphadone?", "kind": "factual", "drugs": ["alphadone"]}\n'


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    dose = "The usual dose of alphadone is 40 mg once a day."
    home = build(tmp_path, label("alphadone", section("2 DOSAGE AND ADMINISTRATION", dose))).home
    (tmp_path / "q.jsonl").write_text(QUESTIONS)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--home", str(home)])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    asked = run(
        "eval", "run", "--questions", str(tmp_path / "q.jsonl"), "--arms", "rag", "--out", str(tmp_path / "run")
    )
    assert asked[0] == 0, asked[2]
    return run


def test_sheets_go_out_blinded_and_come_back_as_figures(command: Command, tmp_path: Path) -> None:
    run, sheets, key = str(tmp_path / "run"), tmp_path / "sheets", str(tmp_path / "key.json")
    assert command("eval", "rate", run, "--out", str(sheets), "--key", key)[0] == 0
    assert "rag" not in (sheets / "answers.csv").read_text() and "rag" in Path(key).read_text()
    with (sheets / "answers.csv").open(encoding="utf-8-sig", newline="") as stream:
        [row] = csv.DictReader(stream)
    filled = tmp_path / "filled.csv"
    with filled.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(row | {"correctness": "4"})
        writer.writerow(row | {"correctness": "9"})
    taken = ("eval", "ratings", run, "--key", key, "--sheet", str(filled), "--rater", "A. Weber")
    code, out, err = command(*taken, "--profession", "pharmacist")
    assert code == 0 and "| correctness | 4.000" in out and "1 rows were not taken" in err
    assert "rated by 1 pharmacist" in command("eval", "report", run)[1]


def test_a_signature_stands_in_the_report_and_a_slip_signs_nothing(command: Command, tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    assert "Not reviewed by a pharmacist." in command("eval", "report", run)[1]
    for wrong in (("--verdict", "fine"), ("--verdict", "verified", "--question", "q2"), ("--verdict", "corrected")):
        code, out, err = command("eval", "sign", run, "--by", "A. Weber", "--question", "q1", *wrong)
        assert code == 2 and out == "" and err.startswith("rxcite: ")
    assert "Not reviewed by a pharmacist." in command("eval", "report", run)[1]
    code, out, _ = command("eval", "sign", run, "--by", "A. Weber", "--question", "q1", "--verdict", "verified")
    assert code == 0 and out.startswith("verified by A. Weber")
    assert "Not reviewed by a pharmacist." not in command("eval", "report", run)[1]


def test_medication_lists_are_scored_by_the_labels_here(command: Command, tmp_path: Path) -> None:
    visits = '[{"id": "v", "time": "2024-01-01", "drugs": ["alphadone", "betanol"], "predicted": ["alphadone"]}]'
    (tmp_path / "p.jsonl").write_text(f'{{"id": "a", "visits": {visits}}}\n{{"id": "b"}}\n')
    code, out, err = command("eval", "medication", str(tmp_path / "p.jsonl"))
    assert code == 0 and "| Jaccard | 0.500" in out and "line 2" in err
    columns = "| measure | all | all: as last time | from 2023-01-01 on | from 2023-01-01 on: as last time |"
    early = visits.replace("2024", "2022").replace('"v"', '"w"')
    (tmp_path / "p.jsonl").write_text(f'{{"id": "a", "visits": {visits}}}\n{{"id": "b", "visits": {early}}}\n')
    code, out, err = command("eval", "medication", str(tmp_path / "p.jsonl"), "--baseline", "--cut", "2023-01-01")
    assert code == 0 and out.startswith(f"{columns} from 2023-01-01 on: by condition |")
    assert "| Drugs recommended a visit | 1.000" in out and "| 0.000 [" in out  # nothing was given before a first visit
    (tmp_path / "none.jsonl").write_text("{}\n")
    code, out, err = command("eval", "medication", str(tmp_path / "none.jsonl"))
    assert code == 1 and out == "" and "holds no patient" in err
