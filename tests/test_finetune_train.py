"""Training: every method and stage on a model of random weights, stopped, taken up again, refused where it must be."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from finetune import bases, curves, lessons, replies, sft
from finetune.adapters import Trained, listed, opened, recipe_of
from finetune.plan import Method
from finetune.recipe import Recipe, Stage
from finetune.train import train
from rag.errors import ModelMissing, UsageError
from rag.writing import adapters as serving
from tests import toys_tuning as toys

for _extra in ("peft", "trl", "bitsandbytes", "datasets"):
    pytest.importorskip(_extra, reason="comes with the extra finetune")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),  # trl 1.16's own words
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Position ids are not supported for parameter efficient tuning:UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # transformers leaves safetensors files to the collector
]

ROOT = Path(__file__).resolve().parent.parent
NF4_BITS = 4 + 8 / 64 + 32 / (64 * 256)
"""A weight of 4 bits, a scale of 8 for each 64, a scale of 32 for each 256 of those (QLoRA paper, section 3): 4.127."""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, answer rows and pairs."""
    folder = tmp_path_factory.mktemp("tuning")
    toys.base(folder / "base")
    toys.rows(folder / "rows")
    toys.pairs(folder / "pairs")
    return folder


def recipe(room: Path, **changes: Any) -> Recipe:
    """A run of a second or two."""
    stage = Stage(changes.get("stage", "sft"))
    rows = room / ("rows" if stage in (Stage.SFT, Stage.GRPO) else "pairs")
    given: dict[str, Any] = {
        "base": str(room / "base"),
        "method": Method.LORA,
        "rows": str(rows),
        "checks": str(room / "rows"),
        "steps": 4,
        "check_every": 2,
        "batch": 4,
        "generations": 4,
        "completion": 6,
        "longest": 64,
        "precision": "float32",
        "threads": 1,
        "virtual_tokens": 4,
        "cited": 4,
    }
    return Recipe(**{**given, **changes})


def losses(folder: Path) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in curves.read(folder) if "loss" in line}


# Methods and stages.


@pytest.mark.parametrize("method", [method for method in Method if method is not Method.FULL])
def test_each_method_learns_from_right_answers(method: Method, room: Path, tmp_path: Path) -> None:
    chosen = recipe(room, method=method, steps=16, check_every=16, learning_rate=0.1, virtual_tokens=12)
    made = train(chosen, tmp_path / "out", tmp_path)
    assert made.scores["last_loss"] < made.scores["first_loss"] - 0.05
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.SFT])
def test_each_stage_runs_over_a_quantised_base(stage: Stage, room: Path, tmp_path: Path) -> None:
    made = train(recipe(room, method=Method.QLORA, stage=stage), tmp_path / "out", tmp_path)
    assert made.scores["steps"] == 4
    assert len(losses(tmp_path / "out")) == 4


@pytest.mark.slow
@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("method", [method for method in Method if method is not Method.FULL])
def test_each_method_goes_with_each_stage(method: Method, stage: Stage, room: Path, tmp_path: Path) -> None:
    assert train(recipe(room, method=method, stage=stage), tmp_path / "out", tmp_path).scores["steps"] == 4


@pytest.mark.parametrize(("stage", "loss"), [(Stage.DPO, math.log(2)), (Stage.KTO, 0.5)])
def test_a_preference_stage_begins_where_nothing_is_preferred(
    stage: Stage, loss: float, room: Path, tmp_path: Path
) -> None:
    train(recipe(room, stage=stage, steps=1, method=Method.QLORA), tmp_path / "out", tmp_path)
    assert losses(tmp_path / "out")[1] == pytest.approx(loss, abs=1e-6)


def test_dpo_goes_on_from_an_adapter_and_begins_at_ln_2_against_it(room: Path, tmp_path: Path) -> None:
    first = train(recipe(room, steps=6, learning_rate=0.02), tmp_path / "sft", tmp_path)
    chosen = recipe(room, stage=Stage.DPO, start=str(first.folder), steps=6, learning_rate=0.01)
    made = train(chosen, tmp_path / "dpo", tmp_path)
    assert losses(made.folder)[1] == pytest.approx(math.log(2), abs=1e-6)
    assert losses(made.folder)[6] < math.log(2)
    assert made.sha256 != first.sha256
    assert not (made.folder / "ref").exists()  # the frozen copy is no part of the adapter


def test_nf4_with_double_quantisation_takes_4_127_bits_a_parameter(tmp_path: Path) -> None:
    from bitsandbytes.nn import Linear4bit

    toys.base(tmp_path / "wide", width=512, layers=2)
    base = bases.find(str(tmp_path / "wide"), tmp_path)
    model = bases.load(base, Recipe(base=base.name, precision="float32")).model
    held = [module.weight for module in model.modules() if isinstance(module, Linear4bit)]
    states = [weight.quant_state for weight in held]
    assert len(held) == 14
    bits = 8 * sum(
        weight.nbytes + state.absmax.nbytes + state.state2.absmax.nbytes
        for weight, state in zip(held, states, strict=True)
    )
    assert bits / sum(math.prod(state.shape) for state in states) == pytest.approx(NF4_BITS, rel=0.01)


def test_grpo_raises_the_reward_of_right_citations(room: Path, tmp_path: Path) -> None:
    # a reply "[2]" alone, without its words, is a right citation that is not quoted: .8
    toys.save([toys.row(3 * at + 1) for at in range(16)], tmp_path / "rows")
    chosen = recipe(
        room,
        stage=Stage.GRPO,
        rows=str(tmp_path / "rows"),
        checks="",
        cited=0,
        steps=40,
        check_every=40,
        batch=32,
        generations=16,
        completion=1,
        learning_rate=0.01,
    )
    train(chosen, tmp_path / "out", tmp_path)
    rewards = [line["reward"] for line in curves.read(tmp_path / "out") if "reward" in line]
    assert sum(rewards[:2]) / 2 < 0.2
    assert sum(rewards[-5:]) / 5 > 0.6


def test_grpo_takes_the_model_of_a_reward_stage_for_its_reward(room: Path, tmp_path: Path) -> None:
    judge = train(recipe(room, stage=Stage.REWARD), tmp_path / "judge", tmp_path)
    made = train(recipe(room, stage=Stage.GRPO, reward=str(judge.folder)), tmp_path / "out", tmp_path)
    rewards = [line["reward"] for line in curves.read(made.folder) if "reward" in line]
    assert len(rewards) == 4 and all(reward not in (0.0, 1.0) for reward in rewards)  # scores of a head, no shares


# What is trained on.


def test_rows_that_would_be_cut_stop_the_run_before_it_starts(room: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"30 of 30 rows are longer than 12 tokens .*train.*nothing was trained"):
        train(recipe(room, longest=12), tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_row_at_the_limit_is_not_refused(room: Path) -> None:
    loaded = bases.load(bases.find(str(room / "base"), room), recipe(room))
    row = toys.row(0)
    tokens = len(loaded.tokenizer.apply_chat_template(row["prompt"] + row["completion"], return_dict=True)["input_ids"])
    lessons.refuse_cut([row], recipe(room, longest=tokens), loaded.tokenizer)
    with pytest.raises(UsageError, match=rf"train0 \({tokens}\)"):
        lessons.refuse_cut([row], recipe(room, longest=tokens - 1), loaded.tokenizer)


def test_the_trainer_scores_the_tokens_of_the_answer_and_no_others(room: Path, tmp_path: Path) -> None:
    loaded = bases.load(bases.find(str(room / "base"), room), recipe(room))
    row = toys.row(2)
    whole = loaded.tokenizer.apply_chat_template(
        row["prompt"] + row["completion"], return_dict=True, return_tensors="pt"
    )["input_ids"]
    asked = loaded.tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)
    start = len(asked["input_ids"])
    import torch

    with torch.no_grad():
        scores = loaded.model(whole).logits[0].log_softmax(-1)
    by_hand = -scores[start - 1 : -1].gather(-1, whole[0, start:, None]).mean().item()
    rows = toys.save([row], tmp_path / "one")
    train(recipe(room, rows=str(rows), checks="", steps=1, batch=1), tmp_path / "out", tmp_path)
    assert losses(tmp_path / "out")[1] == pytest.approx(by_hand, abs=1e-5)


def test_scoring_the_answer_alone_gives_the_loss_that_trl_gives(room: Path) -> None:
    import torch
    from trl.trainer.utils import add_fused_lm_head

    model = bases.load(bases.find(str(room / "base"), room), recipe(room)).model
    add_fused_lm_head(model, outputs=("log_probs", "entropy", "is_top1"))
    ids = torch.arange(24).reshape(2, 12) % 30
    labels = ids.clone()
    labels[:, :7] = -100
    found = []
    for around in (sft.targets_only, torch.no_grad):
        with around():
            found.append(model(ids, labels=labels, fused_lm_head=True))
    assert torch.allclose(found[0].log_probs, found[1].log_probs, atol=1e-6)
    assert found[0].loss.item() == pytest.approx(found[1].loss.item(), abs=1e-6)


def test_rows_of_unlike_length_are_answered_as_each_alone(room: Path, tmp_path: Path) -> None:
    toys.base(tmp_path / "base", tied=False)  # a tied one of random weights says its last token again
    loaded = bases.load(bases.find(str(tmp_path / "base"), tmp_path), recipe(room))
    rows = [toys.row(at) for at in range(4)]
    for at, row in enumerate(rows):
        row["prompt"] = [{"role": "user", "content": " ".join([row["prompt"][0]["content"]] * (at + 1))}]
    alone = [replies.replies(loaded, [row], 6)[0] for row in rows]
    assert replies.replies(loaded, rows, 6) == alone
    assert len(set(alone)) > 1


# Stopped, and gone on.


class Stopped(Exception):
    """A run that somebody stopped."""


class StopsAt:
    """Progress that stops a run in the middle of a step, as a signal would."""

    def __init__(self, step: int) -> None:
        self.left = step

    def start(self, stage: str, total: int | None) -> None: ...

    def finish(self) -> None: ...

    def advance(self, n: int = 1) -> None:
        self.left -= n
        if self.left == 0:
            raise Stopped


@pytest.mark.parametrize("stage", [Stage.SFT, Stage.DPO])
def test_a_run_that_was_stopped_goes_on_along_the_same_curve(stage: Stage, room: Path, tmp_path: Path) -> None:
    # an epoch is 6 steps of answers and 4 of pairs: the run goes on in the second
    chosen = recipe(room, method=Method.QLORA, stage=stage, steps=12, learning_rate=0.01, dropout=0.1)
    whole = train(chosen, tmp_path / "whole", tmp_path)
    with pytest.raises(Stopped):
        train(chosen, tmp_path / "parts", tmp_path, progress=StopsAt(10))
    assert set(losses(tmp_path / "parts")) == set(range(1, 10))
    (tmp_path / "parts" / "run" / "checkpoint-11").mkdir()  # what a kill leaves of one that was being written
    parts = train(chosen, tmp_path / "parts", tmp_path, resume=True)
    assert losses(parts.folder) == pytest.approx(losses(whole.folder), abs=1e-5)
    assert parts.scores["valid_loss"] == pytest.approx(whole.scores["valid_loss"], abs=1e-5)
    seconds = [line["seconds"] for line in curves.read(parts.folder)]
    assert seconds == sorted(seconds)


def test_checks_on_the_way_do_not_change_what_is_learnt(tmp_path: Path) -> None:
    # bitsandbytes would repack a 4-bit base at the first check on a CPU, and gradients would stop at it
    toys.base(tmp_path / "base", width=64)
    toys.rows(tmp_path / "rows")
    chosen = recipe(tmp_path, method=Method.QLORA, precision="bfloat16", steps=6, learning_rate=0.01)
    train(chosen, tmp_path / "often", tmp_path)
    train(
        Recipe(**{**chosen.plain, "check_every": 6, "method": Method.QLORA, "stage": Stage.SFT}),
        tmp_path / "once",
        tmp_path,
    )
    assert losses(tmp_path / "often") == pytest.approx(losses(tmp_path / "once"), abs=1e-6)


def test_the_same_seed_gives_the_same_adapter_and_another_does_not(room: Path, tmp_path: Path) -> None:
    made = [train(recipe(room, seed=seed), tmp_path / name, tmp_path) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    assert made[0].sha256 == made[1].sha256 != made[2].sha256


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_along_the_same_curve(room: Path, tmp_path: Path) -> None:
    chosen = recipe(room, method=Method.QLORA, steps=60, check_every=5, learning_rate=0.01, dropout=0.1)
    whole = train(chosen, tmp_path / "whole", tmp_path)
    told = {**chosen.plain, "steps": 60}
    (tmp_path / "recipe.json").write_text(json.dumps(told))
    code = (
        "import json; from pathlib import Path; from finetune.recipe import made; from finetune.train import train;"
        f" at = Path({str(tmp_path)!r}); told = json.loads((at / 'recipe.json').read_text());"
        " train(made(told, 'test'), at / 'parts', at)"
    )
    run = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT)
    deadline = time.monotonic() + 120
    while len(losses(tmp_path / "parts") if (tmp_path / "parts").exists() else {}) < 12:
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    assert 12 <= len(losses(tmp_path / "parts")) < 60
    parts = train(chosen, tmp_path / "parts", tmp_path, resume=True)
    assert losses(parts.folder) == pytest.approx(losses(whole.folder), abs=1e-3)


def test_a_run_is_not_begun_over_another_nor_gone_on_with_in_another_way(room: Path, tmp_path: Path) -> None:
    train(recipe(room), tmp_path / "out", tmp_path)
    with pytest.raises(UsageError, match="holds a run already; give --resume"):
        train(recipe(room), tmp_path / "out", tmp_path)
    with pytest.raises(UsageError, match="begun with another rank"):
        train(recipe(room, rank=8), tmp_path / "out", tmp_path, resume=True)
    with pytest.raises(UsageError, match="holds no run"):
        train(recipe(room), tmp_path / "none", tmp_path, resume=True)


def test_training_stops_early_where_validation_gets_worse(room: Path, tmp_path: Path) -> None:
    # two rows by heart, and others to be held against: soon it gets worse
    rows = toys.save(
        [toys.row(0), toys.row(1), *(toys.row(at, split="valid") for at in range(2, 8))], tmp_path / "rows"
    )
    chosen = recipe(
        room,
        rows=str(rows),
        checks="",
        cited=0,
        steps=200,
        batch=2,
        learning_rate=0.03,
        patience=3,
        schedule="constant",
    )
    made = train(chosen, tmp_path / "out", tmp_path)
    assert made.scores["steps"] < 200
    assert made.scores["best_step"] == made.scores["steps"] - 2 * 3
    with pytest.raises(Stopped):
        train(chosen, tmp_path / "parts", tmp_path, progress=StopsAt(made.scores["steps"] - 1))
    parts = train(chosen, tmp_path / "parts", tmp_path, resume=True)
    assert parts.scores["steps"] == made.scores["steps"]  # the patience that was used up is not given anew


# What comes out.


@pytest.fixture(scope="module")
def made(room: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    home = tmp_path_factory.mktemp("home")
    (room / "rows" / "README.md").write_text("# Rows of toys\n\nMade up.\n")
    chosen = recipe(room, method=Method.QLORA, steps=6, learning_rate=0.02, weights={"abstain": 2.0})
    return train(chosen, home / "adapters" / "toy", home)


def test_the_folder_says_what_the_adapter_is(made: Trained, room: Path) -> None:
    card = (made.folder / "README.md").read_text()
    base = bases.find(str(room / "base"), room)
    for said in (
        "Not for clinical use",
        base.sha256,
        made.sha256,
        "12 abstain, 18 cite",
        "### Rows of toys",
        "--adapter toy",
    ):
        assert said in card
    assert all((made.folder / name).is_file() for name in ("recipe.json", "scores.json", "log.jsonl", "curves.svg"))
    assert made == opened(made.folder)


def test_no_path_of_this_machine_is_in_what_is_handed_on(made: Trained, room: Path) -> None:
    for name in ("README.md", "adapter_config.json", "scores.json", "curves.svg"):
        assert str(room) not in (made.folder / name).read_text()


def test_the_log_has_each_step_and_the_plot_says_where_the_curves_end(made: Trained) -> None:
    lines = curves.read(made.folder)
    steps = [line for line in lines if "loss" in line]
    assert [line["step"] for line in steps] == [1, 2, 3, 4, 5, 6]
    assert all({"loss", "learning_rate", "memory_mib", "tokens", "seconds"} <= set(line) for line in steps)
    assert [line["step"] for line in lines if "citation_f1" in line or "abstained" in line] == [2, 4, 6]
    assert [line["step"] for line in lines if "valid_loss" in line] == [2, 4, 6]
    plot = (made.folder / "curves.svg").read_text()
    assert f"valid_loss ends at {[line for line in lines if 'valid_loss' in line][-1]['valid_loss']:.3g}" in plot


def test_an_adapter_trained_here_is_let_in_and_listed(made: Trained) -> None:
    home = made.folder.parent.parent
    assert serving.allowed("toy", home).sha256 == made.sha256
    assert [one.name for one in listed(home)] == ["toy"]


def test_what_was_saved_is_what_was_trained(made: Trained, room: Path) -> None:
    import peft
    import torch

    loaded = bases.load(bases.find(str(room / "base"), room), recipe(room, method=Method.QLORA))
    ids = torch.arange(10)[None] + 6
    with torch.no_grad():
        before = loaded.model(ids).logits
        after = peft.PeftModel.from_pretrained(loaded.model, str(made.folder)).eval()(ids).logits
    assert (before - after).abs().max() > 0.1
    assert recipe_of(made.folder) == made.recipe


def test_a_missing_extra_is_one_line(room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(ModelMissing, match=r"needs trl, not installed here; run: pip install 'rxcite\[finetune\]'"):
        train(recipe(room), tmp_path / "out", tmp_path)
