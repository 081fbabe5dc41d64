"""The folder of a trained adapter: weights, recipe, scores, curves, and a card that says what it is and is not."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from finetune import curves
from finetune.bases import Base
from finetune.lessons import Lessons
from finetune.plan import Method
from finetune.recipe import Recipe, Stage, made
from rag.errors import UsageError
from rag.writing.adapters import BASE, CONFIG, WEIGHTS, folder_of, hash_of
from rag.writing.rounding import NF4

RECIPE = "recipe.json"
SCORES = "scores.json"
CARD = "README.md"


@dataclass(frozen=True, slots=True)
class Trained:
    """An adapter that was trained here."""

    name: str
    folder: Path
    sha256: str
    """As ``rag.writing.adapters`` has it: what ``--adapter`` lets in."""
    recipe: Recipe
    scores: Mapping[str, Any]


def listed(home: Path) -> Iterator[Trained]:
    """The adapters in the home, by name; folders that peft saved elsewhere and that have no recipe are left out."""
    for folder in sorted(folder_of(home).glob("*")):
        if all((folder / file).is_file() for file in (CONFIG, WEIGHTS, RECIPE, SCORES)):
            yield opened(folder)


def opened(folder: Path) -> Trained:
    """The adapter of a folder."""
    recipe = recipe_of(folder)
    assert recipe is not None, f"{folder} has no {RECIPE}"
    return Trained(folder.name, folder, hash_of(folder), recipe, json.loads((folder / SCORES).read_text()))


def recipe_of(folder: Path) -> Recipe | None:
    """The recipe that a folder was begun with; None where none was.

    Raises:
        UsageError: it cannot be read.
    """
    path = folder / RECIPE
    if not path.is_file():
        return None
    try:
        return made(json.loads(path.read_text()), str(path))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON ({error}); remove {folder} or give another --out") from error


def begin(folder: Path, recipe: Recipe) -> None:
    """Writes down what a run was told, before it starts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECIPE).write_text(json.dumps(recipe.plain, indent=1) + "\n")


def finish(
    folder: Path, model: Any, base: Base, recipe: Recipe, lessons: Lessons, scores: Mapping[str, Any]
) -> Trained:
    """Saves the adapter with everything that explains it.

    Of a stage that went on from an adapter only the tuned one is saved, not the frozen copy it was held against.
    """
    model.save_pretrained(folder, selected_adapters=["default"])
    config = json.loads((folder / CONFIG).read_text())
    config["base_model_name_or_path"] = base.name  # peft writes the path of this machine
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    rounded = NF4 if recipe.method is Method.QLORA else None
    tuned_over = {"name": base.name, "sha256": base.sha256, "rounded": rounded, "precision": recipe.precision}
    (folder / BASE).write_text(json.dumps(tuned_over, indent=1) + "\n")
    (folder / SCORES).write_text(json.dumps(scores, indent=1) + "\n")
    (folder / curves.PLOT).write_text(
        curves.draw(curves.read(folder), f"{folder.name}: {recipe.method} {recipe.stage}")
    )
    sha256 = hash_of(folder)
    (folder / CARD).write_text(_card(folder, base, recipe, lessons, scores, sha256))
    return Trained(folder.name, folder, sha256, recipe, scores)


def _card(folder: Path, base: Base, recipe: Recipe, lessons: Lessons, scores: Mapping[str, Any], sha256: str) -> str:
    data = _data_card(recipe)
    tasks = ", ".join(f"{count} {task}" for task, count in lessons.counts.items())
    started = f" It went on from the adapter {Path(recipe.start).name}." if recipe.start else ""
    served = (
        f"It scores answers: `rxcite finetune train --stage grpo --reward {folder.name}`."
        if recipe.stage is Stage.REWARD
        else f"`rxcite ask QUESTION --model {base.name} --adapter {folder.name}`; for vLLM and llama.cpp see"
        f" `rxcite finetune export {folder.name}`."
    )
    settings = "\n".join(f"| {name} | {value} |" for name, value in sorted(recipe.plain.items()) if name not in _PATHS)
    found = "\n".join(f"| {name} | {value} |" for name, value in scores.items())
    return f"""# {folder.name}

An adapter for {base.name}, trained by `rxcite finetune train` on {date.today().isoformat()}: {recipe.method},
{recipe.stage}, to choose and quote the sentences that answer a question about medicines.{started}

**Not for clinical use by itself.** What a model chooses is checked by rxcite before anybody sees it; an adapter is not
evaluated or cleared as a medical device, and no pharmacist has reviewed it. English, U.S. labels.

- Base: {base.name}{f" ({base.note})" if base.note else ""}, sha256 `{base.sha256}`
- Adapter: sha256 `{sha256}` (configuration, weights, base; `rxcite finetune allow` lets it in elsewhere)
- Rows: {len(lessons.train)} for training ({tasks}), {len(lessons.valid)} for validation loss, {len(lessons.checks)} for
  citation F1; sha256 of all `{lessons.sha256}`
- Curves: [{curves.PLOT}]({curves.PLOT}), [{curves.LOG}]({curves.LOG})

## Scores on validation rows

Citation F1, recall, precision, exact quotes and wrong refusals are means over rows with an answer; `abstained` is the
share of right refusals among rows without one. Greedy, no grammar. They steer training and are no proof: that is
`rxcite finetune evaluate` on held-out drugs and wordings.

| score | value |
|---|---|
{found}

## Serving

{served}

## Settings

| setting | value |
|---|---|
{settings}

## Licence

The adapter holds differences to its base and is of use with it only: the base's licence goes with it (SmolLM2-135M:
Apache-2.0). Rows carry the licence of their documents; U.S. drug labels as published by openFDA and DailyMed are in the
public domain (openFDA: CC0).
{f"{chr(10)}## Data card{chr(10)}{chr(10)}{data}" if data else ""}"""


_PATHS = {"base", "rows", "checks", "start", "reward"}
"""Settings that are places of one machine."""


def _data_card(recipe: Recipe) -> str:
    """The card that ``rxcite finetune data`` wrote beside the rows, its headings one level down."""
    path = Path(recipe.rows).expanduser() / CARD
    if not path.is_file():
        return ""
    return "\n".join(f"##{line}" if line.startswith("#") else line for line in path.read_text().splitlines()) + "\n"
