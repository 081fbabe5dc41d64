"""The command ``status``: what the index holds, how old it is, what failed."""

import typer

from ui.command import AsJson, echo_json, settings

_LISTED = 50
"""Documents that it lists on a screen; ``--json`` gives all."""


def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Say what the index holds, and which files failed.

    rxcite status --index demo --json
    """
    from rag.index.index import Index
    from ui import show_json, terminal

    chosen = settings(ctx)
    with Index.open(chosen) as index:
        state, sizes, documents, failures = index.state, index.sizes(), index.documents(), index.failures()
    if as_json:
        echo_json(show_json.status(state, sizes, documents, failures, str(chosen.folder)))
        return
    console = terminal.console()
    heads = ["index", "generation", "documents", "versions", "passages", "distinct texts", "class members", "MB"]
    numbers = (sizes.documents, sizes.versions, sizes.passages, sizes.distinct_texts, sizes.class_members)
    row = [state.name, str(sizes.generation), *(f"{n:,}" for n in numbers), f"{sizes.bytes / 1e6:,.1f}"]
    terminal.table(heads, [row], console)
    typer.echo(f"\nencoder {state.encoder}, in {chosen.folder}\n")
    rows = [[d.id, d.kind, d.version or "", d.effective or "", f"{d.passages:,}", d.title] for d in documents[:_LISTED]]
    terminal.table(["id", "kind", "version", "date", "passages", "title"], rows, console)
    if len(documents) > _LISTED:
        typer.echo(f"... and {len(documents) - _LISTED:,} more; --json lists all")
    if failures:
        typer.echo()
        terminal.table(["failed", "reason"], [[failure.path, failure.reason] for failure in failures], console)
