"""Rows beside cited answers: candidate drugs of patients who do not exist."""

from pathlib import Path

import pytest

from eval.medication.synthetic import patients
from finetune.candidates import NO, YES, candidates
from finetune.rows import Row, Split, read, save
from rag.errors import UsageError


def told(row: Row) -> str:
    return row.completion[0].content


def test_the_drugs_of_a_visit_are_yes_and_the_others_no() -> None:
    (patient,) = patients(1)
    rows = list(candidates([patient, *patients(30)[1:]], ratio=2))
    own = [row for row in rows if row.set_id == patient.id]
    given = {drug for visit in patient.visits for drug in visit.drugs}
    assert {row.ingredient for row in own if told(row) == YES} == given
    assert sum(told(row) == NO for row in own) == 2 * sum(told(row) == YES for row in own)


def test_no_patient_stands_in_two_splits_and_every_split_has_some() -> None:
    rows = list(candidates(patients(200), ratio=1))
    by_split = {split: {row.set_id for row in rows if row.split is split} for split in Split}
    assert all(by_split.values())
    assert sum(map(len, by_split.values())) == len({row.set_id for row in rows})


def test_the_answer_stands_nowhere_in_the_prompt_of_a_first_visit() -> None:
    rows = [row for row in candidates(patients(20), ratio=1) if "no visit before" in row.prompt[1].content]
    assert rows
    assert all(row.prompt[1].content.count(row.ingredient) == 1 for row in rows)


def test_rows_come_back_from_their_file_and_are_the_same_each_time(tmp_path: Path) -> None:
    rows = tuple(candidates(patients(5)))
    save(rows, tmp_path / "rows.jsonl")
    assert tuple(read(tmp_path / "rows.jsonl")) == rows == tuple(candidates(patients(5)))


def test_a_ratio_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="got 0"):
        list(candidates(patients(2), ratio=0))
