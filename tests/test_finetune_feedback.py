"""TOY DATA, not for clinical use: rows from what users said of answers."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from finetune.feedback import delete, dpo, kto, read, sft
from rag.errors import SourceError, UsageError

TODAY = datetime.date(2026, 11, 21)


def line(id: str, **changes: Any) -> dict[str, Any]:
    return {
        "fb_id": id,
        "ts": "2026-11-20T10:00:00Z",
        "prompt_messages": [{"role": "user", "content": "Does tolvarin need food?"}],
        "completion": f"[1] answer of {id}",
        "label": None,
        "reasons": [],
        "pair_id": None,
        "rater_role": "pharmacist",
        "scrubbed": True,
        "retention_until": "2027-11-20",
        **changes,
    }


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "feedback.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return path


def test_only_what_is_scrubbed_and_within_its_day_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        line("a"),
        line("b", scrubbed=False),
        line("c", retention_until="2026-11-20"),
        line("d", retention_until="2026-11-21"),
        line("e", scrubbed="yes"),
    )
    kept = read(path, TODAY)
    assert [one.id for one in kept.feedback] == ["a", "d"]
    assert kept.left_out == {"not scrubbed": 2, "past its day": 1}


def test_a_thumb_makes_a_kto_row_and_no_gold_answer(tmp_path: Path) -> None:
    path = written(tmp_path, line("a", label=True), line("b", label=False, reasons=["wrong_number"]), line("c"))
    feedback = read(path, TODAY).feedback
    assert [(row["label"], row["fault"]) for row in kto(feedback)] == [(True, "thumb"), (False, "wrong_number")]
    assert not list(sft(feedback))
    assert not list(dpo(feedback))


def test_an_edit_is_the_right_answer_and_better_than_what_it_was_made_of(tmp_path: Path) -> None:
    feedback = read(written(tmp_path, line("a", label=False, edited="[2] with food")), TODAY).feedback
    (pair,) = dpo(feedback)
    assert pair["chosen"][0]["content"] == "[2] with food"
    assert pair["rejected"][0]["content"] == "[1] answer of a"
    (right,) = sft(feedback)
    assert right["completion"] == pair["chosen"]
    assert right["feedback"] == ["a"]


def test_rivals_make_a_pair_only_where_one_was_liked_and_the_other_not(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        line("a", label=True, pair_id="p"),
        line("b", label=False, pair_id="p", reasons=["unsafe"]),
        line("c", label=True, pair_id="q"),
        line("d", label=True, pair_id="q"),
    )
    (pair,) = dpo(read(path, TODAY).feedback)
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("[1] answer of a", "[1] answer of b")
    assert (pair["fault"], pair["feedback"]) == ("unsafe", ["a", "b"])


def test_what_is_deleted_leaves_the_file_and_every_view(tmp_path: Path) -> None:
    path = written(tmp_path, line("a", label=True), line("b", label=False))
    delete(path, "a")
    assert "answer of a" not in path.read_text()
    assert json.loads(path.read_text().splitlines()[-1]) == {"fb_id": "a", "deleted": True}
    assert [row["feedback"] for row in kto(read(path, TODAY).feedback)] == [["b"]]
    with pytest.raises(UsageError, match="no feedback a"):
        delete(path, "a")


def test_a_later_line_of_the_same_id_counts_and_a_deletion_ends_it(tmp_path: Path) -> None:
    path = written(tmp_path, line("a", label=True), line("a", label=False), line("b", label=True))
    with path.open("a") as stream:
        stream.write(json.dumps({"fb_id": "b", "deleted": True}) + "\n")
    kept = read(path, TODAY)
    assert [(one.id, one.label) for one in kept.feedback] == [("a", False)]
    assert kept.left_out == {"deleted": 1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"label": 1}, "label"), ({"reasons": ["ugly"]}, "ugly"), ({"prompt_messages": []}, "empty")],
)
def test_a_line_that_is_no_feedback_stops_with_its_number(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceError, match=f"line 2, is no feedback.*{message}"):
        read(written(tmp_path, line("a"), line("b", **changes)), TODAY)
