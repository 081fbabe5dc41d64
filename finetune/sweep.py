"""Settings searched by optuna: each trial is a training run, judged on internal validation and never on held-out rows.

What may be searched is how a run learns, not what it learns from nor what it is judged by. Trials are drawn by a fixed
seed and their folders named by what they try, so that a search that was killed goes on, its last trial included.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from finetune.recipe import Recipe, made
from rag.errors import ModelMissing, UsageError

Scores = Mapping[str, Any]
Run = Callable[[Recipe, Path], Scores]
"""Trains a recipe into a folder, or goes on there, and gives its scores on validation rows."""

MEASURES: dict[str, Literal["minimize", "maximize"]] = {
    "valid_loss": "minimize",
    "citation_f1": "maximize",
    "citation_recall": "maximize",
    "citation_precision": "maximize",
    "exact": "maximize",
    "abstained": "maximize",
}
"""Scores of internal validation, and whether less or more of them is better."""
SEARCHED = (
    "learning_rate", "rank", "alpha", "dropout", "virtual_tokens", "schedule", "warmup", "clip", "epochs", "steps",
    "batch", "accumulate", "beta", "generations", "temperature", "method",
)  # fmt: skip
"""Settings that may be searched."""
BEST = "best.toml"
TRIALS = "sweep.json"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A setting and where its values are drawn from: from ``choices``, or between ``low`` and ``high``."""

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched, and how long."""

    dimensions: tuple[Dimension, ...]
    trials: int = 12
    measure: str = "valid_loss"
    seed: int = 20261121


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial."""

    settings: Mapping[str, Any]
    score: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Found:
    """A search that is over, the best trial first."""

    measure: str
    tried: tuple[Tried, ...]
    recipe: Recipe
    """Of the best trial."""


def load(file: Path) -> Search:
    """The search that a TOML file asks for.

        trials = 12
        measure = "citation_f1"
        [search]
        learning_rate = {low = 1e-4, high = 2e-3, log = true}
        rank = [8, 16, 32]

    Raises:
        UsageError: it cannot be read, or asks for what may not be searched.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--sweep {file}: {error.strerror}; give a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--sweep {file} is not valid TOML: {error}") from error
    searched = table.get("search")
    if table.keys() - {"trials", "measure", "seed", "search"} or not isinstance(searched, dict) or not searched:
        raise UsageError(f"--sweep {file} must have a table [search], and may have trials, measure and seed")
    given = {name: table[name] for name in ("trials", "measure", "seed") if name in table}
    search = Search(tuple(_dimension(name, of, file) for name, of in searched.items()), **given)
    if search.measure not in MEASURES or not isinstance(search.trials, int) or search.trials < 1:
        raise UsageError(
            f"--sweep {file}: {search.trials} trials by {search.measure!r}; give at least 1, and a score of validation:"
            f" {', '.join(MEASURES)}"
        )
    return search


def _dimension(name: str, of: Any, file: Path) -> Dimension:
    if name not in SEARCHED:
        raise UsageError(f"--sweep {file}: {name} may not be searched; {', '.join(SEARCHED)} may")
    if isinstance(of, list) and of:
        return Dimension(name, choices=tuple(of))
    if isinstance(of, dict) and of.keys() <= {"low", "high", "log"} and of.get("low", 0) < of.get("high", 0):
        return Dimension(name, low=of["low"], high=of["high"], log=bool(of.get("log", False)))
    raise UsageError(f"--sweep {file}: {name} must be a list of values, or {{low = 1e-4, high = 1e-3, log = true}}")


def sweep(search: Search, recipe: Recipe, folder: Path, run: Run) -> Found:
    """Runs the trials into folders below ``folder``; those that are there already are gone on with, or taken as done.

    Raises:
        ModelMissing: optuna is not installed.
        UsageError: a trial has no such score, or settings that cannot be.
    """
    try:
        import optuna
    except ImportError as error:
        raise ModelMissing(
            "--sweep searches with optuna, which is not installed; run: pip install 'rxcite[finetune]'"
        ) from (error)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction=MEASURES[search.measure], sampler=optuna.samplers.TPESampler(seed=search.seed)
    )
    tried: list[Tried] = []

    def objective(trial: Any) -> float:
        settings = {one.name: _drawn(trial, one, recipe) for one in search.dimensions}
        chosen = made({**recipe.plain, **settings}, "sweep")
        place = folder / _name(settings)
        scores = run(chosen, place)
        if search.measure not in scores:
            raise UsageError(f"the trial in {place} has no {search.measure}; it has {', '.join(scores)}")
        tried.append(Tried(settings, float(scores[search.measure]), place))
        _note(search, tried, folder)
        return tried[-1].score

    study.optimize(objective, n_trials=search.trials)
    ranked = _ranked(search, tried)
    best = made({**recipe.plain, **ranked[0].settings}, "sweep")
    (folder / BEST).write_text(_toml(best, search), encoding="utf-8")
    return Found(search.measure, ranked, best)


def _drawn(trial: Any, one: Dimension, recipe: Recipe) -> Any:
    if one.choices:
        return trial.suggest_categorical(one.name, list(one.choices))
    if isinstance(getattr(recipe, one.name), int):
        return trial.suggest_int(one.name, int(one.low), int(one.high), log=one.log)
    return trial.suggest_float(one.name, one.low, one.high, log=one.log)


def _name(settings: Mapping[str, Any]) -> str:
    """A folder for what is tried; the same settings drawn twice are trained once."""
    return f"trial-{hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:10]}"


def _ranked(search: Search, tried: Sequence[Tried]) -> tuple[Tried, ...]:
    sign = 1 if MEASURES[search.measure] == "minimize" else -1
    return tuple(sorted(tried, key=lambda one: sign * one.score))


def _note(search: Search, tried: Sequence[Tried], folder: Path) -> None:
    """What has been tried so far, in the order of trying."""
    told = [{"settings": dict(one.settings), search.measure: one.score, "folder": one.folder.name} for one in tried]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TRIALS).write_text(json.dumps({"measure": search.measure, "trials": told}, indent=1) + "\n")


def _toml(recipe: Recipe, search: Search) -> str:
    """The recipe as "train --recipe" reads it."""
    default = Recipe().plain
    places = ("rows", "checks", "start", "reward")
    told = {name: value for name, value in recipe.plain.items() if value != default[name] and name not in places}
    lines = [f"# found by a search of {search.trials} trials for {search.measure}, on validation rows"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in told.items() if name != "weights"]
    weights = [f"{task} = {weight}" for task, weight in recipe.weights.items()]
    return "\n".join([*lines, *(["[weights]", *weights] if weights else [])]) + "\n"
