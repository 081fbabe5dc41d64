"""The commands that manage and read the corpus: ``ingest``, ``remove``, ``status``, ``show``."""

from pathlib import Path
from typing import Annotated

import typer

from rag.errors import UsageError
from ui.command import AsJson, Strict, echo_json, end, settings, warn

_LISTED = 50
"""Documents that ``status`` lists on a screen; ``--json`` gives all."""


def ingest(
    ctx: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Files or folders.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare; write nothing.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="First split and embed anew what is there.")] = False,
    strict: Strict = False,
) -> None:
    """Add or update labels and articles.

    One bad file never stops the rest: it is listed with its reason, and what it held before stays in service.

    rxcite ingest corpora/demo --index demo
    """
    if not paths and not rebuild:
        raise typer.BadParameter("give a file or a folder", param_hint="PATH...")
    from ingest.sync import ingest as add
    from ui import terminal
    from ui.progress import Bars

    chosen = settings(ctx)
    with Bars() as bars:
        report = add(paths or [], chosen, dry_run=dry_run, rebuild=rebuild, progress=bars)
    counts = {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "retired": report.retired,
        "class tables": report.class_tables,
        "failed": len(report.failed),
        "documents": report.documents,
        "passages": report.passages,
    }
    console = terminal.console()
    numbers = [f"{count:,}" for count in counts.values()]
    terminal.table(
        [*counts, "seconds", "MB"], [[*numbers, f"{report.seconds:.1f}", _megabytes(chosen.folder)]], console
    )
    if report.failed:
        console.print()
        terminal.table(["failed", "reason"], [[failure.path, failure.reason] for failure in report.failed], console)
    for note in [*report.notes, *(["dry run: nothing was written"] if dry_run else [])]:
        warn(note)
    done = report.added + report.changed + report.unchanged + report.retired + report.class_tables
    end(len(report.failed), done, "could not be read", strict=strict)


def remove(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help='As "rxcite status" lists them.')],
) -> None:
    """Take documents out of service; their history stays.

    rxcite remove demo-propafenone --index demo
    """
    from ingest.sync import remove as take_out

    count = take_out(ids, settings(ctx))
    typer.echo(f"{count} {'document' if count == 1 else 'documents'} removed")


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


def show(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help='As "rxcite status" lists it.')],
    version: Annotated[str | None, typer.Option("--version", metavar="V", help="One from its history.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a document: the text that quotes are copied from.

    rxcite show demo-propafenone --index demo
    """
    from rag.index.index import Index
    from ui import show_json, terminal
    from ui.show import origin, title

    chosen = settings(ctx)
    with Index.open(chosen) as index:
        document, versions = index.document(id, version), index.versions(id)
    if document is None:
        known = ", ".join(row.version or "one without a number" for row in versions)
        raise UsageError(
            f'no version {version} of {id} in index "{chosen.index}"; there are: {known}'
            if versions and version
            else f'no document {id} in index "{chosen.index}"; "rxcite status" lists the ids'
        )
    if as_json:
        echo_json(show_json.document(document, versions))
        return
    console = terminal.console()
    head = [title(document), " · ".join(origin(document)), *([document.url] if document.url else [])]
    typer.echo("\n".join(terminal.clean(line) for line in head) + "\n")
    if len(versions) > 1:
        rows = [[v.version or "", v.effective or "", "current" if v.current else v.retired or ""] for v in versions]
        terminal.table(["version", "effective", "state"], rows, console)
        typer.echo()
    typer.echo(terminal.clean(document.text))


def _megabytes(folder: Path) -> str:
    return f"{sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()) / 1e6:,.1f}"
