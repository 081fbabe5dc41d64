"""A training run as a whole: rows and recipe in, an adapter's folder out; killed at any time, it goes on.

The loops are trl's. A checkpoint is whole once its trainer_state.json, written last, is there; the log is cut back to
the checkpoint that a run goes on from, so that it stays one curve.
"""

import importlib.util
import json
import shutil
import time
from pathlib import Path
from typing import Any, Protocol

from finetune import adapters, bases, curves, lessons, replies
from finetune.adapters import Trained
from finetune.bases import Base, Loaded
from finetune.plan import Method
from finetune.recipe import Recipe, Stage
from rag.errors import ModelMissing, UsageError
from rag.writing import adapters as serving

_RUN = "run"
"""Folder of the checkpoints, in the adapter's."""
_FREE = {"threads", "steps", "epochs", "patience", "keep"}
"""What a run may go on with otherwise than it began: how fast, and how long; the rates that are left are drawn anew."""


class Progress(Protocol):
    """Where progress is shown."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins, with so many steps."""

    def advance(self, n: int = 1) -> None:
        """So many steps of the stage are done."""

    def finish(self) -> None:
        """The stage is over."""


def train(
    recipe: Recipe, folder: Path, home: Path, *, resume: bool = False, progress: Progress | None = None
) -> Trained:
    """Trains an adapter into ``folder``; with ``resume`` goes on where a run into it was stopped.

    Raises:
        ModelMissing: a package or the base is not installed.
        UsageError: rows that would be cut, a folder in use, or another recipe than the one that the run began with.
    """
    _need(recipe)
    last = _begun(recipe, folder, resume)
    import transformers

    from finetune import sft

    begin = time.perf_counter()
    rows = lessons.read(recipe)
    base = bases.find(recipe.base, home)
    loaded = bases.load(base, recipe)
    lessons.refuse_cut((*rows.train, *rows.valid), recipe, loaded.tokenizer)
    adapters.begin(folder, recipe)
    trainer = _trainer(recipe, _adapted(recipe, loaded, base, home), rows, folder / _RUN, base)
    trainer.remove_callback(transformers.PrinterCallback)  # it prints to stdout
    log = curves.Log(folder, since=_step(last))
    if trainer.args.load_best_model_at_end:
        trainer.add_callback(transformers.EarlyStoppingCallback(recipe.patience))
    trainer.add_callback(_watch(recipe, rows, log, loaded.tokenizer, progress))
    with sft.targets_only():
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    model = trainer.accelerator.unwrap_model(trainer.model)
    scores = _scores(trainer, folder, time.perf_counter() - begin)
    if rows.checks and recipe.stage is not Stage.REWARD:
        scores |= _checked(trainer, folder) or replies.cited(
            Loaded(model, loaded.tokenizer), rows.checks, recipe.completion
        )
    made = adapters.finish(folder, model, base, recipe, rows, scores)
    serving_kind = recipe.method not in (Method.PREFIX, Method.PROMPT) and recipe.stage is not Stage.REWARD
    if serving_kind and trainer.is_world_process_zero():
        serving.allow(str(folder), home)
    return made


def _need(recipe: Recipe) -> None:
    """Names what is missing before half a minute goes into loading."""
    wanted = ["torch", "transformers", "accelerate", "datasets", "peft", "trl"]
    wanted += ["bitsandbytes"] if recipe.method is Method.QLORA else []
    if absent := [name for name in wanted if importlib.util.find_spec(name) is None]:
        raise ModelMissing(
            f"training needs {', '.join(absent)}, not installed here; run: pip install 'rxcite[finetune]'"
        )


def _begun(recipe: Recipe, folder: Path, resume: bool) -> Path | None:
    """The checkpoint to go on from; None for a new run, or for one that was stopped before its first."""
    before = adapters.recipe_of(folder)
    if not resume:
        if before or (folder.is_dir() and any(folder.iterdir())):
            raise UsageError(f"{folder} holds a run already; give --resume to go on with it, or another --out")
        return None
    if before is None:
        raise UsageError(f"--resume: {folder} holds no run; leave --resume out to start one")
    apart = [name for name, value in before.plain.items() if recipe.plain[name] != value and name not in _FREE]
    if apart:
        raise UsageError(
            f"--resume: the run in {folder} was begun with another {', '.join(apart)}; give the same, or another --out"
        )
    return _last(folder / _RUN)


def _last(run: Path) -> Path | None:
    """The newest checkpoint that is whole; what a killed run left of another is removed."""
    found = sorted(run.glob("checkpoint-*"), key=lambda path: int(path.name.partition("-")[2]))
    for path in reversed(found):
        try:
            json.loads((path / "trainer_state.json").read_text())
            return path
        except (OSError, ValueError):
            shutil.rmtree(path)
    return None


def _step(checkpoint: Path | None) -> int:
    return int(checkpoint.name.partition("-")[2]) if checkpoint else 0


def _adapted(recipe: Recipe, loaded: Loaded, base: Base, home: Path) -> Loaded:
    """The base, with the adapter on that the recipe goes on from; a new one is made by the trainer, after its seed."""
    if not recipe.start:
        return loaded
    import peft

    start = serving.adapter(recipe.start, home)
    model = peft.PeftModel.from_pretrained(loaded.model, str(start.path), is_trainable=True)
    model.peft_config["default"].base_model_name_or_path = str(base.folder)  # else peft looks for its name on the hub
    return Loaded(model, loaded.tokenizer)


def _trainer(recipe: Recipe, loaded: Loaded, rows: lessons.Lessons, run: Path, base: Base) -> Any:
    import datasets

    from finetune import preference, rewards, sft

    datasets.disable_progress_bars()
    shared = _shared(recipe, run, validates=bool(rows.valid) and recipe.stage is not Stage.GRPO)
    if recipe.stage is Stage.SFT:
        trainer = sft.trainer(recipe, loaded, rows, shared)
    elif recipe.stage is Stage.GRPO:
        trainer = rewards.trainer(recipe, loaded, rows, shared, _rewarding(recipe, base))
    else:
        trainer = preference.trainer(recipe, loaded, rows, shared)
    for parameter in trainer.model.parameters():
        if parameter.requires_grad:
            # trl takes it to bf16 over a quantised base, which swallows updates of a learning rate such as DPO's
            parameter.data = parameter.data.float()
    return trainer


def _rewarding(recipe: Recipe, base: Base) -> Loaded | None:
    """The model of a reward stage, merged, to score what GRPO draws."""
    if not recipe.reward:
        return None
    import peft

    whole = bases.load(base, recipe, scores=True)
    scored = peft.PeftModel.from_pretrained(whole.model, recipe.reward)
    return Loaded(scored.eval(), whole.tokenizer)


def _shared(recipe: Recipe, run: Path, *, validates: bool) -> dict[str, Any]:
    """What all of trl's trainers are told."""
    import torch

    cuda = torch.cuda.is_available()
    return {
        "output_dir": str(run),
        "learning_rate": recipe.rate,
        "lr_scheduler_type": recipe.schedule,
        "warmup_steps": recipe.warmup,
        "num_train_epochs": recipe.epochs,
        "max_steps": recipe.steps or -1,
        "per_device_train_batch_size": recipe.batch,
        "per_device_eval_batch_size": recipe.batch,
        "gradient_accumulation_steps": recipe.accumulate,
        "max_grad_norm": recipe.clip,
        "optim": "paged_adamw_8bit" if cuda and recipe.method is Method.QLORA else "adamw_torch",
        "bf16": recipe.precision == "bfloat16",
        "activation_checkpointing": recipe.checkpointing,
        "seed": recipe.seed,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": recipe.check_every,
        "save_total_limit": recipe.keep,
        "eval_strategy": "steps" if validates else "no",
        "eval_steps": recipe.check_every,
        "load_best_model_at_end": validates and recipe.patience > 0,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "restore_callback_states_from_checkpoint": True,  # the patience that is left, else a stopped run gets it anew
        "use_cpu": not cuda,
        "dataloader_pin_memory": cuda,
        "report_to": "none",
        "disable_tqdm": True,
    }


def _watch(recipe: Recipe, rows: lessons.Lessons, log: curves.Log, tokenizer: Any, progress: Progress | None) -> Any:
    """Callbacks of a trainer: log, progress, citations at each check."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if progress and state.is_world_process_zero:
                progress.start("training", state.max_steps)
                progress.advance(state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if progress and state.is_world_process_zero:
                progress.advance()

        def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if progress and state.is_world_process_zero:
                progress.finish()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
            if logs and "train_runtime" not in logs and state.is_world_process_zero:
                log.note(state.global_step, logs)

        def on_save(self, args: Any, state: Any, control: Any, model: Any = None, **more: Any) -> None:
            if rows.checks and recipe.stage is not Stage.REWARD and state.is_world_process_zero:
                found = replies.cited(Loaded(model, tokenizer), rows.checks, recipe.completion)
                log.note(state.global_step, found)

    return Watch()


def _checked(trainer: Any, folder: Path) -> dict[str, Any]:
    """What the last check found, where it was of the very adapter that is kept."""
    if trainer.args.load_best_model_at_end:
        return {}
    lines = [line for line in curves.read(folder) if "asked" in line and line["step"] == trainer.state.global_step]
    return {name: lines[-1][name] for name in curves.CHECKED if name in lines[-1]} if lines else {}


def _scores(trainer: Any, folder: Path, seconds: float) -> dict[str, Any]:
    """What the log says of the run; of a run that was stopped and went on, of all of it."""
    lines = curves.read(folder)
    losses = [line["loss"] for line in lines if "loss" in line]
    found = {
        "steps": trainer.state.global_step,
        "first_loss": losses[0] if losses else None,
        "last_loss": losses[-1] if losses else None,
        "valid_loss": curves.best(lines, "valid_loss", lowest=True),
        "best_step": trainer.state.best_global_step,
        "tokens": max((line["tokens"] for line in lines if "tokens" in line), default=None),
        "seconds": round(max([seconds, *(line["seconds"] for line in lines)]), 1),
        "memory_mib": max((line["memory_mib"] for line in lines), default=None),
    }
    return {name: value for name, value in found.items() if value is not None}
