"""What a run is made of, without a model: recipes, rows, marks of replies, logs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from finetune import curves, lessons, recipe
from finetune.plan import Method
from finetune.recipe import Recipe, Stage
from finetune.replies import summary
from finetune.rewards import Mark, mark, rewarded
from rag.errors import SourceError, UsageError
from rag.writing.prompts import ABSTAIN
from tests import toys_tuning as toys

# Recipes.


def test_a_recipe_is_read_from_its_file_and_flags_win(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('method = "dora"\nrank = 8\nepochs = 2\n[weights]\nabstain = 2\n')
    found = recipe.load(tmp_path / "r.toml", rank=4, seed=None)
    assert (found.method, found.rank, found.epochs, found.weights) == (Method.DORA, 4, 2.0, {"abstain": 2})


def test_what_a_recipe_says_can_be_written_down_and_read_again() -> None:
    chosen = Recipe(method=Method.PREFIX, stage=Stage.KTO, weights={"cite": 0.5}, learning_rate=0.02)
    assert recipe.made(json.loads(json.dumps(chosen.plain)), "here") == chosen


def test_shipped_recipes_are_found_by_name() -> None:
    assert recipe.load(Path("smollm2")).base == "smollm2"
    for path in recipe.SHIPPED.glob("*.toml"):
        assert recipe.load(Path(path.stem)).longest <= 512


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"ranks": 4}, "unknown setting ranks; known here: accumulate, alpha"),
        ({"rank": "4"}, "rank must be int, got '4'"),
        ({"rank": True}, "rank must be int, got True"),
        ({"rank": 0}, "rank must be at least 1"),
        ({"unpack": 1}, "unpack must be bool, got 1"),
        ({"method": "ptuning"}, "method must be one of qlora, lora"),
        ({"method": "full"}, "finetune plan only"),
        ({"precision": "float16"}, "bfloat16 or float32, got 'float16'"),
        ({"stage": "kto", "batch": 1}, "kto compares the rows of a batch"),
        ({"stage": "grpo", "batch": 4, "generations": 8}, "give --batch 8"),
        ({"weights": {"cite": -1}}, "weights must not be below 0"),
    ],
)
def test_what_cannot_be_is_said_with_the_value(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        recipe.made(table, "here")


def test_a_file_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UsageError, match="one of .*smollm2"):
        recipe.load(Path("nowhere.toml"))


def test_the_rate_is_of_the_stage_and_a_hundredfold_for_virtual_tokens() -> None:
    assert Recipe().rate == 2e-4
    assert Recipe(stage=Stage.DPO).rate == 5e-6
    assert Recipe(method=Method.PROMPT).rate == pytest.approx(2e-2)
    assert Recipe(learning_rate=1e-3).rate == 1e-3


# Rows.


def test_rows_of_the_test_split_are_never_read(tmp_path: Path) -> None:
    rows = [toys.row(0), toys.row(1, split="valid"), toys.row(2, split="test")]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = lessons.read(Recipe(rows=str(tmp_path / "rows.jsonl")))
    assert [row["id"] for row in found.train] == ["train0"]
    assert [row["id"] for row in (*found.valid, *found.checks)] == ["valid1", "valid1"]


def test_tasks_are_shown_as_often_as_they_weigh(tmp_path: Path) -> None:
    made = [toys.row(at, answerable=at % 2 == 0) for at in range(200)]
    toys.save(made, tmp_path)
    counts = lessons.read(Recipe(rows=str(tmp_path), weights={"cite": 2, "abstain": 0.5})).counts
    assert counts["cite"] == 200
    assert 35 <= counts["abstain"] <= 65
    with pytest.raises(UsageError, match="weights name summary; the rows have abstain, cite"):
        lessons.read(Recipe(rows=str(tmp_path), weights={"summary": 1}))


def test_the_order_is_the_seeds_and_not_the_files(tmp_path: Path) -> None:
    made = [toys.row(at) for at in range(20)]
    toys.save(made, tmp_path / "one")
    toys.save(reversed(made), tmp_path / "two")
    orders = [
        [row["id"] for row in lessons.read(Recipe(rows=str(tmp_path / name), seed=seed, limit=8)).train]
        for name, seed in (("one", 1), ("two", 1), ("one", 2))
    ]
    assert orders[0] == orders[1] != orders[2]
    assert len(orders[0]) == 8


def test_rows_of_another_stage_are_refused_with_what_is_wanted(tmp_path: Path) -> None:
    toys.rows(tmp_path)
    with pytest.raises(UsageError, match="stage dpo needs rows with prompt, chosen, rejected; these have"):
        lessons.read(Recipe(rows=str(tmp_path), stage=Stage.DPO))
    with pytest.raises(UsageError, match="give --rows FOLDER"):
        lessons.read(Recipe())
    with pytest.raises(UsageError, match="No such file"):
        lessons.read(Recipe(rows=str(tmp_path / "none")))
    (tmp_path / "train.jsonl").write_text("{")
    with pytest.raises(SourceError, match=r"train.jsonl, line 1: no JSON object"):
        lessons.read(Recipe(rows=str(tmp_path)))


# Marks.

ROW = {
    "sentences": [
        {"number": 1, "text": "Halve the dose."},
        {"number": 2, "text": "Avoid it."},
        {"number": 3, "text": "X"},
    ],
    "gold": {"numbers": [1, 2], "quotes": [], "answerable": True},
}
EMPTY = {**ROW, "gold": {"numbers": [], "quotes": [], "answerable": False}}


@pytest.mark.parametrize(
    ("reply", "recall", "precision", "exact", "reward"),
    [
        ("[1] Halve the dose.\n[2] Avoid it.\n", 1, 1, 1, 1),
        ("[1] Halve the dose.", 0.5, 1, 1, 0.8),
        ("[1]", 0.5, 1, 0, 0.6),  # the number alone is a citation, and no quote
        ("[1] Halve the dose.\n[3] X", 0.5, 0.5, 1, 0.6),
        ("[3] X", 0, 0, 1, 0),  # quoted exactly, and wrong
        ("[1] Double the dose.", 0, 0, 0, 0),  # words that the sentence does not have
        ("[7] Halve the dose.", 0, 0, 0, 0),
        (ABSTAIN, 0, 0, 0, 0),
        ("", 0, 0, 0, 0),
    ],
)
def test_marks_by_hand(reply: str, recall: float, precision: float, exact: float, reward: float) -> None:
    found = mark(reply, ROW)
    assert (found.recall, found.precision, found.exact) == (recall, precision, exact)
    assert found.reward == pytest.approx(reward)


def test_without_an_answer_only_abstaining_is_worth_anything() -> None:
    assert mark(ABSTAIN, EMPTY).reward == mark("[0]", EMPTY).reward == 1
    assert mark("[1] Halve the dose.", EMPTY).reward == mark("", EMPTY).reward == 0


def test_grpo_gets_the_reward_of_each_completion_by_its_own_row() -> None:
    told = {"sentences": [ROW["sentences"]] * 2, "gold": [ROW["gold"], EMPTY["gold"]], "trainer_state": None}
    said = [[{"role": "assistant", "content": ABSTAIN}]] * 2
    assert rewarded([None, None], said, **told) == [0, 1]


def test_a_summary_keeps_answers_and_refusals_apart() -> None:
    marks = [
        Mark(1, 1, 1, False, True),
        Mark(0, 0, 0, True, True),
        Mark(1, 1, 0, True, False),
        Mark(0, 0, 0, False, False),
    ]
    found = summary(marks)
    assert (found["citation_f1"], found["refused"], found["abstained"], found["asked"]) == (0.5, 0.5, 0.5, 4)


# Logs.


def test_a_log_is_cut_back_to_the_checkpoint_that_a_run_goes_on_from(tmp_path: Path) -> None:
    log = curves.Log(tmp_path, since=0)
    for step in (1, 2, 3):
        log.note(step, {"loss": float(step), "num_tokens": 10 * step, "entropy": 1})
    with (tmp_path / curves.LOG).open("a") as stream:
        stream.write('{"step": 4, "lo')  # killed while writing
    assert [line["step"] for line in curves.read(tmp_path)] == [1, 2, 3]
    again = curves.Log(tmp_path, since=2)
    again.note(3, {"loss": 3.0, "num_tokens": 10})
    lines = curves.read(tmp_path)
    assert [(line["step"], line["tokens"]) for line in lines] == [(1, 10), (2, 20), (3, 30)]
    assert all("entropy" not in line and line["memory_mib"] > 0 for line in lines)


def test_a_log_that_is_broken_in_the_middle_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / curves.LOG).write_text('{"step": 1\n{"step": 2}\n')
    with pytest.raises(ValueError):
        curves.read(tmp_path)


def test_a_plot_shows_what_there_is_and_ends_where_the_log_ends() -> None:
    lines = [{"step": step, "loss": 4.0 / step, "learning_rate": 0.1} for step in (1, 2, 4)]
    plot = curves.draw(lines, "a & b")
    assert "loss ends at 1;" in plot and "a &amp; b" in plot and "citations" not in plot
    assert "624.0,136.5" in plot  # the last point: at the right end, a quarter of the panel's height
