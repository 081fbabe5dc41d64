"""The commands ``rxcite finetune``: training rows, plans, training, adapters."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui import tuning_adapters, tuning_data, tuning_rows, tuning_targets
from ui.command import EPILOG, AsJson, echo_json, settings, warn

if TYPE_CHECKING:
    from finetune.adapters import Trained

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Tune a model on cited answers.")


@app.callback()
def _finetune() -> None:
    """Tune a model on cited answers; optional, and measured against the untuned one."""


@app.command("train", epilog=EPILOG)
def train_(
    ctx: typer.Context,
    rows: Annotated[
        Path | None, typer.Option("--rows", metavar="PATH", help='Folder of "finetune data", or a file of rows.')
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="NAME", help="encoder, reranker or judge, on pairs; not the writer."),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="NAME", help="Name of the adapter in the home, or a folder.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", metavar="FILE", help="Settings as TOML, or the name of a shipped one.")
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="NAME", help="smollm2 (default), or name or path of a model.")
    ] = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="NAME", help="qlora (default), lora, dora, prefix or prompt.")
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="NAME", help="sft (default), dpo, kto, reward or grpo.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", metavar="NAME", help="Adapter to go on from, as from sft to dpo.")
    ] = None,
    checks: Annotated[
        Path | None, typer.Option("--checks", metavar="PATH", help="Answer rows for citation F1, if not --rows.")
    ] = None,
    reward: Annotated[
        str | None, typer.Option("--reward", metavar="NAME", help="Adapter of a reward stage that rewards grpo.")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option("--weight", metavar="TASK=N", help="How often a task's rows are shown.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other setting of a recipe: rank=64, steps=200."),
    ] = None,
    longest: Annotated[
        int | None, typer.Option("--longest", metavar="TOKENS", help="A longer row stops the run before it starts.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", metavar="N", help="Of the stage.")] = None,
    threads: Annotated[int | None, typer.Option("--threads", metavar="N", help="Of the processor.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Same seed, same adapter.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run of --out that was stopped.")] = False,
    sweep: Annotated[
        Path | None,
        typer.Option("--sweep", metavar="FILE", help="Search settings by validation; see finetune/sweep.py."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train an adapter: QLoRA and others, on right answers, preferences or rewards.

    It lands in a folder with its card, settings, scores, log and curves, and is let in for --adapter. Rows that would
    be cut stop the run. On several GPUs: accelerate launch $(which rxcite) finetune train ...

    rxcite finetune train --recipe smollm2 --rows rows --out mine
    """
    from dataclasses import replace

    from finetune import recipe as recipes
    from finetune.adapters import recipe_of
    from finetune.train import train
    from rag.errors import UsageError
    from rag.writing.adapters import folder_of
    from ui.progress import Bars

    if not out:
        raise UsageError("train needs a name for the adapter; give --out NAME")
    home = settings(ctx).home
    if target:
        folder = Path(out).expanduser() if "/" in out else home / "models" / out
        plain = {"base": base, "rate": learning_rate, "threads": threads, "seed": seed, **_settings(set_ or [])}
        known = {name: value for name, value in plain.items() if value is not None}
        tuning_targets.train(target, rows, folder, known, resume, as_json)
        return
    given = {
        "base": base,
        "method": method,
        "stage": stage,
        "start": start and _found(start, home),
        "reward": reward and _found(reward, home),
        "rows": rows and str(rows.expanduser().resolve()),
        "checks": checks and str(checks.expanduser().resolve()),
        "longest": longest,
        "learning_rate": learning_rate,
        "threads": threads,
        "seed": seed,
        **_settings(set_ or []),
    }
    given = {name: value for name, value in given.items() if value is not None}
    folder = Path(out).expanduser() if "/" in out else folder_of(home) / out
    before = recipe_of(folder) if resume and not recipe else None
    chosen = recipes.load(recipe, **{**(before.plain if before else {}), **given})
    if weight:
        chosen = replace(chosen, weights={**chosen.weights, **_weights(weight)})
    if sweep:
        tuning_adapters.sweep(sweep, chosen, folder, home, as_json=as_json)
        return
    with Bars() as bars:
        made = train(chosen, folder, home, resume=resume, progress=bars)
    if as_json:
        echo_json(_json(made))
        return
    for line in _lines(made):
        typer.echo(line)


@app.command("list", epilog=EPILOG)
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the adapters that were trained here, with what they were trained for and their scores.

    rxcite finetune list
    """
    from finetune.adapters import listed
    from rag.writing.adapters import folder_of

    home = settings(ctx).home
    found = list(listed(home))
    if as_json:
        echo_json({"adapters": [_json(one) for one in found]})
        return
    if not found:
        warn(f"no adapter in {folder_of(home)}; rxcite finetune train makes one")
    for one in found:
        typer.echo(
            f"{one.name:<24} {one.recipe.base}, {one.recipe.method} {one.recipe.stage}, {one.sha256[:12]},"
            f" {_score(one)}"
        )


tuning_data.join(app)
tuning_rows.join(app)
tuning_targets.join(app)
tuning_adapters.join(app)


def _found(name: str, home: Path) -> str:
    """The folder of an adapter that is named, so that the recipe holds it whole."""
    from rag.errors import UsageError
    from rag.writing.adapters import CONFIG, folder_of

    for folder in (Path(name).expanduser(), folder_of(home) / name):
        if (folder / CONFIG).is_file():
            return str(folder.resolve())
    raise UsageError(f"no adapter {name}: neither a folder nor a name in {folder_of(home)}; see rxcite finetune list")


def _settings(given: list[str]) -> dict[str, Any]:
    """Settings by name, their values read as TOML reads them, and as words where it cannot."""
    import tomllib

    from rag.errors import UsageError

    found: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise UsageError(f"--set {one}: give NAME=VALUE, as in rank=64")
        try:
            found[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[name.strip()] = value.strip()
    return found


def _weights(given: list[str]) -> dict[str, float]:
    from rag.errors import UsageError

    try:
        return {name: float(value) for name, _, value in (one.partition("=") for one in given)}
    except ValueError as error:
        raise UsageError(f"--weight {' '.join(given)}: give TASK=N, as in abstain=2") from error


def _json(made: "Trained") -> dict[str, Any]:
    return {
        "name": made.name,
        "folder": str(made.folder),
        "sha256": made.sha256,
        "recipe": made.recipe.plain,
        "scores": dict(made.scores),
    }


def _lines(made: "Trained") -> list[str]:
    scores = "\n".join(f"  {name:<20} {value}" for name, value in made.scores.items())
    return [f"{made.name}: {made.recipe.method} {made.recipe.stage}, sha256 {made.sha256}", scores, f"in {made.folder}"]


def _score(made: "Trained") -> str:
    scores = made.scores
    if "citation_f1" in scores:
        return f"citation F1 {scores['citation_f1']:.2f} on {scores['asked']:.0f} validation rows, no grammar"
    return f"validation loss {scores['valid_loss']:.3f}" if "valid_loss" in scores else "not scored"
