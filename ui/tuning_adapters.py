"""The commands ``rxcite finetune plan``, ``evaluate``, ``export`` and ``allow``: before a run, and after it."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finetune.plan import Job, Method, Plan, Style
from rag.errors import UsageError
from ui.arms import Adapter
from ui.command import EPILOG, AsJson, echo_json, settings, warn

if TYPE_CHECKING:
    from finetune.devices import Device
    from finetune.evaluate import Evaluation
    from finetune.recipe import Recipe
    from finetune.rows import Row
    from finetune.sweep import Scores
    from finetune.trial import Arm


class Precision(StrEnum):
    """Of matrix products in a trial."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def join(app: typer.Typer) -> None:
    """Adds the commands to ``rxcite finetune``."""
    app.command("plan", epilog=EPILOG)(plan_)
    app.command("evaluate", epilog=EPILOG)(evaluate_)
    app.command("export", epilog=EPILOG)(export_)
    app.command("allow", epilog=EPILOG)(allow_)


def plan_(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="7b, 13b, 33b, 65b (LLaMA), smollm2, a folder with a config.json, or a shape as in"
            " hidden=4096,layers=32,inner=11008,heads=32,kv=8,vocabulary=32000.",
        ),
    ] = "smollm2",
    method: Annotated[Method, typer.Option("--method", help="What is trained.")] = Method.QLORA,
    rank: Annotated[
        int, typer.Option("--rank", metavar="N", min=1, help="Of LoRA; tokens of prefix and prompt tuning.")
    ] = 16,
    sequence: Annotated[int, typer.Option("--sequence", metavar="N", min=1, help="Tokens of a row.")] = 512,
    batch: Annotated[int, typer.Option("--batch", metavar="N", min=1, help="Rows at a time.")] = 1,
    style: Annotated[
        Style, typer.Option("--style", help="Precisions: trl (bf16, 8-bit Adam), paper (32-bit Adam), kbit (fp32).")
    ] = Style.TRL,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing/--no-checkpointing", help="Work activations out again to save memory.")
    ] = True,
    gpu: Annotated[
        list[float] | None, typer.Option("--gpu", metavar="GB", help="A GPU of that size, for those found; repeatable.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", metavar="N", min=1, help="Rows of the run, for its whole time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what tuning a model will need: memory by part, what fits the GPUs here, time.

    Nothing is loaded or trained. Without a GPU the time is this processor's.

    rxcite finetune plan 65b --rank 64 --style paper --gpu 48
    """
    from finetune import devices
    from finetune.plan import plan
    from finetune.shapes import shape

    job = Job(shape(model), method, rank, sequence, batch, style, checkpointing)
    here = [devices.of_memory(one) for one in gpu] if gpu else devices.found() or [devices.processor()]
    made = plan(job, here)
    if as_json:
        echo_json(_plan_json(made, rows))
        return
    for line in _plan_lines(made, rows):
        typer.echo(line)


def evaluate_(
    ctx: typer.Context,
    rows: Annotated[
        Path, typer.Argument(metavar="ROWS", help='Folder of "finetune data", whose test.jsonl is taken, or a file.')
    ],
    model: Annotated[
        str, typer.Option("--model", metavar="SPEC", help="The base: smollm2 or hf:NAME_OR_PATH.")
    ] = "smollm2",
    adapter: Adapter = None,
    arms: Annotated[
        str | None,
        typer.Option("--arms", metavar="LIST", help="Of base, base+grammar, adapter, adapter+grammar; default: all."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="So many rows, drawn by their ids.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Takes replies and report; a stopped run goes on.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option("--precision", help="auto: bfloat16 where it chooses as float32 does on 8 rows.")
    ] = Precision.AUTO,
    batch: Annotated[int, typer.Option("--batch", metavar="N", min=1, help="Rows at a time, without grammar.")] = 16,
    tokens: Annotated[int, typer.Option("--tokens", metavar="N", min=1, help="Written at most, without it.")] = 64,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=0, help="Of the processor; 0: all.")] = 0,
    gain: Annotated[
        float | None,
        typer.Option("--gain", metavar="N", help="Exit 1 unless citation F1 rises by N, its interval above 0."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a base and its adapter on held-out rows, with and without the grammar, and say whether it cites better.

    Each reply is kept as it comes: the same command again goes on where it stopped. "Better" is said only where the
    interval of the difference lies above 0. With --index, disparity is shown by drug class too.

    rxcite finetune evaluate rows --adapter mine --limit 300
    """
    from finetune.evaluate import evaluate
    from finetune.held_out import Wanted, hold_out
    from finetune.report import markdown, to_json
    from ui.progress import Bars

    chosen = settings(ctx)
    wanted = Wanted(model, adapter, _arms(arms, adapter), limit, precision, batch, tokens, threads)
    folder = out or chosen.home / "trials" / (adapter.rstrip("/").rpartition("/")[2] if adapter else "base")
    with Bars() as bars:
        held_out = hold_out(rows, wanted, folder, chosen.home, bars)
    made = evaluate(held_out.rows, held_out.said, classes=_classes(ctx, held_out.rows), notes=held_out.notes)
    texts = {"report.json": json.dumps(to_json(made), indent=1), "report.md": markdown(made)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    typer.echo(json.dumps(to_json(made)) if as_json else texts["report.md"])
    warn(f"written: {', '.join(str(folder / name) for name in texts)}")
    if gain is not None and (short := _short(made, gain)):
        warn(short)
        raise typer.Exit(1)


def export_(
    ctx: typer.Context,
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="Name or path of an adapter.")],
    model: Annotated[str, typer.Option("--model", metavar="SPEC", help="Its base: smollm2 or hf:NAME_OR_PATH.")] = (
        "smollm2"
    ),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Takes the merged model; default: in the home.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option("--precision", help="Of the merged weights; auto: float32.")
    ] = Precision.AUTO,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="ROWS", help="Exit 1 unless merged and apart write the same to these rows."),
    ] = None,
    prompts: Annotated[int, typer.Option("--prompts", metavar="N", min=1, help="Rows of --check.")] = 50,
    llama_cpp: Annotated[
        Path | None, typer.Option("--llama-cpp", metavar="DIR", help="A checkout of llama.cpp, for a GGUF adapter.")
    ] = None,
) -> None:
    """Merge an adapter into its base, convert it to GGUF where llama.cpp is at hand, and say how to serve it.

    rxcite finetune export mine --check rows --llama-cpp ~/llama.cpp
    """
    from finetune import bases, export
    from finetune.held_out import drawn
    from rag.writing import adapters
    from ui.progress import Bars

    home = settings(ctx).home
    found = adapters.allowed(adapter, home)
    script = export.converter(llama_cpp)
    rows = drawn(check, prompts) if check else ()
    base = bases.find(model.removeprefix("hf:"), home)
    kept = Precision.FLOAT32 if precision is Precision.AUTO else precision
    merged = export.merge(found, base, out or home / "merged" / found.name, kept)
    warn(f"written: {merged.folder}, sha256 {merged.sha256}")
    file = merged.folder.with_name(f"{found.name}.gguf")
    gguf = export.to_gguf(found, base, script, file) if script else None
    warn(
        f"written: {gguf}" if gguf else f"no GGUF: {export.CONVERTER} of llama.cpp is not at hand; give --llama-cpp DIR"
    )
    for line in export.commands(found, base, merged, gguf):
        typer.echo(line)
    if rows:
        with Bars() as bars:
            count = export.same(rows, found, base, merged, kept, bars)
        warn(f"merged and apart write the same to {count} of {len(rows)} prompts")
        if count < len(rows):
            raise typer.Exit(1)


def sweep(file: Path, recipe: "Recipe", folder: Path, home: Path, *, as_json: bool) -> None:
    """Searches settings by training, and prints what was tried, the best first; for ``train --sweep``."""
    from finetune import sweep as searching
    from finetune.adapters import SCORES, opened, recipe_of
    from finetune.train import train
    from ui.progress import Bars

    search = searching.load(file)
    with Bars() as bars:

        def run(chosen: "Recipe", place: Path) -> "Scores":
            if (place / SCORES).is_file():
                return opened(place).scores
            return train(chosen, place, home, resume=recipe_of(place) is not None, progress=bars).scores

        found = searching.sweep(search, recipe, folder, run)
    tried = [
        {"settings": dict(one.settings), found.measure: one.score, "folder": str(one.folder)} for one in found.tried
    ]
    if as_json:
        echo_json({"measure": found.measure, "trials": tried, "recipe": found.recipe.plain})
        return
    for one in found.tried:
        named = ", ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
                          for name, value in one.settings.items())  # fmt: skip
        typer.echo(f"{found.measure} {one.score:.4f}  {named}  {one.folder}")
    typer.echo(f"again: rxcite finetune train --recipe {folder / searching.BEST} --rows ROWS --out NAME")


def allow_(
    ctx: typer.Context,
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="Name or path of an adapter's folder.")],
) -> None:
    """Put an adapter on the list of those that may be used here; "finetune train" does so with its own.

    rxcite finetune allow adapters/from-elsewhere
    """
    from rag.writing import adapters

    made = adapters.allow(adapter, settings(ctx).home)
    typer.echo(f"{made.name}: allowed, sha256 {made.sha256}")


def _arms(names: str | None, adapter: str | None) -> "tuple[Arm, ...]":
    from finetune.trial import Arm

    try:
        chosen = tuple(Arm(name.strip()) for name in names.split(",")) if names else tuple(Arm)
    except ValueError as error:
        raise UsageError(f"--arms {names}: {error}; arms are {', '.join(Arm)}") from error
    if not adapter and names and any(arm.is_adapted for arm in chosen):
        raise UsageError(f"--arms {names}: no adapter is given; name one with --adapter")
    return tuple(arm for arm in dict.fromkeys(chosen) if adapter or not arm.is_adapted)


def _classes(ctx: typer.Context, rows: "Sequence[Row]") -> dict[str, str]:
    """The established pharmacologic class of each ingredient that the index knows one of."""
    if ctx.obj.index is None:
        return {}
    from rag.index.index import Index

    with Index.open(settings(ctx)) as index:
        found = {one: index.classes_of([one]) for one in {row.ingredient for row in rows}}
    return {one: next((c.name for c in classes if c.kind == "EPC"), "") for one, classes in found.items() if classes}


def _short(made: "Evaluation", gain: float) -> str:
    """What falls short of a gain in citation F1, in words; "" where nothing does."""
    from finetune.evaluate import PAIRS

    told = [(a, b, found) for a, b in PAIRS[:2] if (found := made.gain(a, b))]
    if not told:
        return "--gain: base and adapter were not both tried"
    short = [f"{a} over {b}: {one.interval}" for a, b, one in told if one.interval.low <= 0 or one.interval.mean < gain]
    return f"citation F1 does not rise by {gain:g}: {'; '.join(short)}" if short else ""


def _plan_json(made: Plan, rows: int | None) -> dict[str, Any]:
    job, shape = made.job, made.job.shape
    return {
        "model": shape.name,
        "parameters": shape.parameters,
        "parameters_linear": shape.linear,
        "parameters_trained": job.trained,
        "method": job.method,
        "rank": job.rank,
        "sequence": job.sequence,
        "batch": job.batch,
        "style": job.style,
        "checkpointing": job.checkpointing,
        "memory": made.memory.parts | {"total": made.memory.total},
        "paper_gb": made.paper,
        "devices": [
            {
                "name": fit.device.name,
                "memory": fit.device.memory,
                "fits": fit.fits,
                "free": fit.free,
                "longest_sequence": fit.longest,
                "largest_batch": fit.largest,
                "seconds_a_step": fit.seconds,
                "tokens_a_second": fit.rate(job),
                "seconds": fit.seconds * rows / job.batch if rows else None,
                "basis": fit.device.basis,
            }
            for fit in made.fits
        ],
    }


_PARTS = {
    "weights": "weights of the layers",
    "tables": "embeddings, head, norms",
    "adapter": "adapter",
    "gradients": "gradients",
    "optimizer": "optimizer",
    "kept": "activations, kept",
    "layer": "activations, one layer again",
    "logits": "scores of the vocabulary",
    "dequantised": "dequantised matrix",
}


def _plan_lines(made: Plan, rows: int | None) -> list[str]:
    job, shape, memory = made.job, made.job.shape, made.memory
    quantised = ", 4 bits" if job.method is Method.QLORA else ""
    lines = [
        f"{shape.name}: {_count(shape.parameters)} parameters, {_count(shape.linear)} in the matrices of its layers"
        f"{quantised}; trained: {_count(job.trained)} ({job.method}, rank {job.rank})",
        f"a step: {job.batch} x {job.sequence} tokens; style {job.style}",
        "",
        f"{'part':<32}{'GB':>9}",
    ]
    lines += [f"{_PARTS[name]:<32}{size / 1e9:>9.3f}" for name, size in memory.parts.items() if size]
    lines.append(f"{'at the peak (not all at once)':<32}{memory.total / 1e9:>9.3f}")
    if made.paper:
        lines.append(f"{'the QLoRA paper reports':<32}{made.paper:>9.1f}  {memory.total / 1e9 / made.paper - 1:+.1%}")
    for fit in made.fits:
        lines += ["", fit.device.name, *(f"  {line}" for line in _fit_lines(made, fit.device, rows))]
    return lines


def _fit_lines(made: Plan, device: "Device", rows: int | None) -> list[str]:
    [fit] = [one for one in made.fits if one.device is device]
    lines = []
    if fit.free is not None:
        lines.append(
            f"{'fits' if fit.fits else 'does not fit'}: {abs(fit.free) / 1e9:.1f} GB {'free' if fit.fits else 'short'},"
            " .8 GB for CUDA and 4 % lost between blocks counted (assumed)"
        )
        if fit.longest and fit.largest:
            lines.append(f"longest row at this batch {fit.longest} tokens, most rows at this length {fit.largest}")
    whole = f"; {rows} rows once: {_duration(fit.seconds * rows / made.job.batch)}" if rows else ""
    lines.append(f"about {fit.seconds:.2g} s a step, {fit.rate(made.job):,.0f} tokens/s{whole}")
    lines.append(f"basis: {device.basis}")
    return lines


def _count(parameters: int) -> str:
    for unit, size in (("billion", 1e9), ("million", 1e6), ("thousand", 1e3)):
        if parameters >= size:
            return f"{parameters / size:.2f} {unit}"
    return str(parameters)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 120 else f"{minutes} min" if minutes < 120 else f"{seconds / 3600:.1f} h"
