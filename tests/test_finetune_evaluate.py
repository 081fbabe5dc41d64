"""Adapters tried on held-out rows: figures by hand, a verdict that chance cannot give, and runs that go on."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from finetune import rows as training
from finetune.evaluate import Evaluation, evaluate
from finetune.report import markdown, to_json
from finetune.rows import Gold, Negative, Offered, Row, Split, Task, Turn
from finetune.trial import REPLIES, Arm, Said, Sizes, alike, read, trial
from rag.errors import UsageError
from rag.writing import adapters, writer
from rag.writing.grammar import line_of
from rag.writing.local import Way
from rag.writing.prompts import ABSTAIN
from tests.test_finetune_adapters import toy_adapter, toy_base
from ui.cli import app

TEXTS = ("Take 5 mg a day.", "Do not take it with grapefruit.", "Store it dry.")


def row(id: str, *gold: int, ingredient: str = "", register: str = "clinician", split: Split = Split.TEST) -> Row:
    """A row whose right answer cites the sentences of those numbers; none: it abstains."""
    quotes = tuple(TEXTS[number - 1] for number in gold)
    said = "".join(line_of(number, TEXTS[number - 1]) for number in gold).strip() or ABSTAIN
    return Row(
        id, split, Task.CITE if gold else Task.ABSTAIN, ingredient or f"drug {id}", "set", "1", "34068-7", "dose/1",
        register, "generic", None if gold else Negative.REMOVED, "What is the dose?",
        tuple(Offered(n, "set", "1", 0, len(text), text) for n, text in enumerate(TEXTS, 1)),
        (Turn("system", "Choose."), Turn("user", "\n".join(line_of(n, t) for n, t in enumerate(TEXTS, 1)))),
        (Turn("assistant", said),), Gold(gold, quotes, bool(gold)), False, "public domain", "hash",
    )  # fmt: skip


def says(arm: Arm, one: Row, text: str, surprise: float | None = None) -> Said:
    return Said(f"{arm} {one.id}", arm, one.id, text, 10, 1.0, surprise)


def figures(made: Evaluation, arm: Arm) -> Mapping[str, float | None]:
    [found] = [one for one in made.arms if one.arm is arm]
    return {one.measure.name: one.interval.mean if one.interval else None for one in found.figures}


def test_figures_are_those_reckoned_by_hand() -> None:
    rows = [row("a", 1), row("b", 1, 2), row("c", 3), row("d"), row("e")]
    said = [
        says(Arm.BASE, rows[0], "[1] Take 5 mg a day.", 1.0),  # right
        says(Arm.BASE, rows[1], "[1] Take 5 mg a day.\n[3] Store it dry.", 2.0),  # one of two, and one too many
        says(Arm.BASE, rows[2], f"{ABSTAIN}", 3.0),  # refuses where one answers
        says(Arm.BASE, rows[3], ABSTAIN, 1.0),  # abstains rightly
        says(Arm.BASE, rows[4], "[1] Take 10 mg a day.", 1.0),  # makes words up where none answers
    ]
    found = figures(evaluate(rows, said), Arm.BASE)
    assert found["citation_recall"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["citation_precision"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["citation_f1"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["exact"] == pytest.approx((1 + 1 + 0) / 3)
    assert (found["abstained"], found["refused"]) == (pytest.approx(1 / 2), pytest.approx(1 / 3))
    assert found["correct"] == pytest.approx(2 / 5)
    assert found["babble"] == pytest.approx(1 / 5)
    assert found["surprise"] == pytest.approx(8 / 5)


def test_better_is_said_where_the_interval_lies_above_zero_and_only_there() -> None:
    rows = [row(str(number), 1) for number in range(40)]
    right, wrong = "[1] Take 5 mg a day.", "[3] Store it dry."
    base = [says(Arm.BASE, one, wrong) for one in rows]
    better = evaluate(rows, [*base, *(says(Arm.ADAPTER, one, right) for one in rows)])
    [verdict] = better.verdicts
    assert verdict.startswith("adapter cites better than base: citation F1 +1.000")
    few = evaluate(rows, [*base, *(says(Arm.ADAPTER, one, right if one.id == "7" else wrong) for one in rows)])
    [verdict] = few.verdicts
    assert "not shown to differ" in verdict and "the interval includes 0" in verdict
    worse = evaluate(
        rows, [*(says(Arm.BASE, one, right) for one in rows), *(says(Arm.ADAPTER, one, wrong) for one in rows)]
    )
    assert worse.verdicts[0].startswith("adapter cites worse than base")


def test_rows_of_one_ingredient_count_as_one_voice() -> None:
    right, wrong = "[1] Take 5 mg a day.", "[3] Store it dry."

    def gain(rows: list[Row]) -> Any:
        said = [says(Arm.BASE, one, wrong) for one in rows]
        said += [says(Arm.ADAPTER, one, right if int(one.id) % 10 < 3 else wrong) for one in rows]
        return evaluate(rows, said).gain(Arm.ADAPTER, Arm.BASE)

    apart = gain([row(str(number), 1) for number in range(60)])
    together = gain([row(str(number), 1, ingredient=f"drug {number % 10}") for number in range(60)])
    assert apart.interval.mean == together.interval.mean == pytest.approx(0.3)
    assert together.interval.high - together.interval.low > apart.interval.high - apart.interval.low


def test_groups_that_are_served_worse_are_shown() -> None:
    rows = [row(str(n), 1, register="lay" if n < 20 else "clinician") for n in range(40)]
    said = [says(Arm.BASE, one, "[1] Take 5 mg a day." if one.register == "clinician" else "Well.") for one in rows]
    made = evaluate(rows, said, classes={one.ingredient: "Toy Inhibitor" for one in rows[:15]})
    gaps = {one.by: one.disparity for one in made.unevenness}
    assert gaps["register"].gap == 1.0 and gaps["register"].groups[0].name == "lay"
    assert {group.name for group in gaps["drug class"].groups} == {"Toy Inhibitor", "none known"}


def test_the_report_has_every_figure_and_the_verdict() -> None:
    rows = [row(str(number), 1) for number in range(20)]
    said = [says(arm, one, "[1] Take 5 mg a day.", math.log(2)) for arm in (Arm.BASE, Arm.ADAPTER) for one in rows]
    made = evaluate(rows, said, notes=("A toy.",))
    told = json.loads(json.dumps(to_json(made)))
    assert told["arms"][0]["perplexity"] == pytest.approx(2) and told["notes"] == ["A toy."]
    assert told["comparisons"][0] | {"p": 1, "p_holm": 1} == told["comparisons"][0], "nothing differs"
    text = markdown(made)
    assert "not shown to differ from base" in text and "| Perplexity of the right answer | 2.00 | 2.00 |" in text


# A real network, its weights drawn at random.


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("peft", reason="comes with the extra finetune")
    pytest.importorskip("llguidance", reason="comes with the extra llm")
    folder = tmp_path_factory.mktemp("trial")
    toy_adapter(toy_base(folder / "base"), folder / "first", 1)
    return folder


@pytest.fixture
def base(toys: Path) -> Iterator[Any]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield writer.load(f"hf:{toys / 'base'}")
    torch.set_num_threads(threads)


ROWS = [replace(row(str(n), *((1, 2)[: n % 3])), question=f"Dose {n}?") for n in range(7)]
ROWS = [replace(one, prompt=(*one.prompt, Turn("user", "really " * int(one.id)))) for one in ROWS]
LIBRARIES = pytest.mark.filterwarnings("ignore")


def writers(base: Any, toys: Path) -> dict[Arm, Any]:
    adapted = base.adapted(adapters.adapter(str(toys / "first"), toys))
    return {
        Arm.BASE: base.chosen_by(Way.FREE),
        Arm.BASE_HELD: base,
        Arm.ADAPTER: adapted.chosen_by(Way.FREE),
        Arm.ADAPTER_HELD: adapted,
    }


@LIBRARIES
def test_all_arms_reply_and_the_grammar_lets_nothing_be_made_up(base: Any, toys: Path, tmp_path: Path) -> None:
    said = trial(ROWS, writers(base, toys), tmp_path, Sizes(tokens=24, batch=3))
    assert [(one.arm, one.row) for one in said] == [(arm, one.id) for arm in Arm for one in ROWS]
    by_arm = {arm: [one.text for one in said if one.arm is arm] for arm in Arm}
    assert by_arm[Arm.BASE] != by_arm[Arm.ADAPTER]
    lines = {line_of(number, text) for number, text in enumerate(TEXTS, 1)} | {ABSTAIN}
    for text in (*by_arm[Arm.BASE_HELD], *by_arm[Arm.ADAPTER_HELD]):
        assert set(text.splitlines(keepends=True)) <= lines
    found = figures(evaluate(ROWS, said), Arm.ADAPTER_HELD)
    assert found["babble"] == 0
    assert all((one.surprise is None) is one.arm.is_held for one in said)


@LIBRARIES
def test_what_is_said_in_a_batch_is_what_is_said_alone(base: Any, tmp_path: Path) -> None:
    free = {Arm.BASE: base.chosen_by(Way.FREE)}
    together = trial(ROWS, free, tmp_path / "many", Sizes(tokens=16, batch=7))
    alone = trial(ROWS, free, tmp_path / "one", Sizes(tokens=16, batch=1))
    assert [one.text for one in together] == [one.text for one in alone]
    for a, b in zip(together, alone, strict=True):
        assert a.surprise == pytest.approx(b.surprise, rel=1e-3)


@LIBRARIES
def test_surprise_is_the_loss_of_the_right_answer(base: Any, tmp_path: Path) -> None:
    import torch

    [said] = trial(ROWS[:1], {Arm.BASE: base.chosen_by(Way.FREE)}, tmp_path, Sizes(tokens=1))
    network = base.network
    prompt = network.prompt([writer.Message(turn.role, turn.content) for turn in ROWS[0].prompt])
    answer = network.tokenizer(ABSTAIN, add_special_tokens=False)["input_ids"] + [network.tokenizer.eos_token_id]
    labels = torch.tensor([[-100] * len(prompt) + answer])
    loss = network.model(input_ids=torch.tensor([prompt + answer]), labels=labels).loss
    assert said.surprise == pytest.approx(float(loss), rel=1e-4)


class Stopping:
    """Progress that is killed after some rows."""

    def __init__(self, after: int) -> None:
        self.left = after

    def start(self, stage: str, total: int | None) -> None:
        pass

    def advance(self, n: int = 1) -> None:
        self.left -= n
        if self.left < 0:
            raise KeyboardInterrupt

    def finish(self) -> None:
        pass


@LIBRARIES
def test_a_killed_trial_goes_on_and_ends_as_if_it_had_not_been(base: Any, toys: Path, tmp_path: Path) -> None:
    arms = writers(base, toys)
    whole = trial(ROWS, arms, tmp_path / "whole", Sizes(tokens=16, batch=4))
    with pytest.raises(KeyboardInterrupt):
        trial(ROWS, arms, tmp_path / "killed", Sizes(tokens=16, batch=4), Stopping(9))
    path = tmp_path / "killed" / REPLIES
    kept = path.read_text()
    path.write_text(kept + '{"key": "half a li')
    again = trial(ROWS, arms, tmp_path / "killed", Sizes(tokens=16, batch=4))
    assert path.read_text().startswith(kept), "what was said stands"
    assert [(one.arm, one.row, one.text) for one in again] == [(one.arm, one.row, one.text) for one in whole]
    assert len(list(read(path))) == len(ROWS) * len(arms)


@LIBRARIES
def test_replies_of_another_adapter_or_size_are_not_taken_for_these(base: Any, toys: Path, tmp_path: Path) -> None:
    free = base.chosen_by(Way.FREE)
    trial(ROWS[:2], {Arm.BASE: free}, tmp_path, Sizes(tokens=8))
    trial(ROWS[:2], {Arm.BASE: free}, tmp_path, Sizes(tokens=8))
    assert len(list(read(tmp_path / REPLIES))) == 2
    trial(ROWS[:2], {Arm.BASE: free}, tmp_path, Sizes(tokens=9))
    other = toy_adapter(toys / "base", tmp_path / "other", 9)
    for folder in (toys / "first", other):
        adapted = base.adapted(adapters.adapter(str(folder), toys)).chosen_by(Way.FREE)
        trial(ROWS[:2], {Arm.ADAPTER: adapted}, tmp_path, Sizes(tokens=8))
    assert len(list(read(tmp_path / REPLIES))) == 8


@LIBRARIES
def test_a_precision_that_changes_a_choice_is_noticed(base: Any, toys: Path) -> None:
    other = writer.load(f"hf:{toy_base(toys / 'other', 5)}")
    assert alike(ROWS, lambda precision: base)
    assert not alike(ROWS, lambda precision: base if precision == "float32" else other)  # type: ignore[arg-type,return-value]


@LIBRARIES
def test_the_command_tries_reports_and_fails_where_the_gain_is_not_there(toys: Path, tmp_path: Path) -> None:
    training.save(ROWS, tmp_path / "test.jsonl")
    home = tmp_path / "home"
    adapters.allow(str(toys / "first"), home)
    given = ["--home", str(home), "finetune", "evaluate", str(tmp_path), "--model", f"hf:{toys / 'base'}"]
    given += ["--adapter", str(toys / "first"), "--limit", "5", "--tokens", "8"]
    done = CliRunner().invoke(app, [*given, "--out", str(tmp_path / "out"), "--gain", "0.1"])
    assert done.exit_code == 1 and "citation F1 does not rise by 0.1" in done.stderr, done.output
    assert "adapter is not shown to differ from base" in done.stdout
    told = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [one["arm"] for one in told["arms"]] == [*Arm] and told["rows"] == 5
    done = CliRunner().invoke(app, [*given, "--out", str(tmp_path / "out"), "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout) == told, "nothing was tried again"


@LIBRARIES
def test_rows_for_training_are_refused(toys: Path, tmp_path: Path) -> None:
    from finetune.held_out import drawn

    training.save([row("a", 1, split=Split.TRAIN)], tmp_path / "test.jsonl")
    with pytest.raises(UsageError, match="rows for training"):
        drawn(tmp_path, None)
    training.save([row(str(n), 1) for n in range(30)], tmp_path / "test.jsonl")
    assert set(drawn(tmp_path, 10)) < set(drawn(tmp_path, 20)), "a larger draw holds a smaller one"
