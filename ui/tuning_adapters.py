"""The commands ``rxcite finetune plan``, ``evaluate``, ``export`` and ``allow``: before a run, and after it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from finetune.plan import Job, Method, Plan, Style
from ui.command import EPILOG, AsJson, echo_json

if TYPE_CHECKING:
    from finetune.devices import Device


def join(app: typer.Typer) -> None:
    """Adds the commands to ``rxcite finetune``."""
    app.command("plan", epilog=EPILOG)(plan_)


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
    lines.append(f"{'total':<32}{memory.total / 1e9:>9.3f}")
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
