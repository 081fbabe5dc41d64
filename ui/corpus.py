"""The commands that bring documents in, take them out and show them: ``ingest``, ``sync``, ``remove``, ``show``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import UsageError
from ui.command import AsJson, Strict, echo_json, end, settings, warn

if TYPE_CHECKING:
    from rich.console import Console

    from ingest.intake import Done
    from ingest.sync import Report, Sync

_LISTED = 50
"""Documents that ``sync`` lists on a screen; ``--json`` gives all."""
Workers = Annotated[
    str,
    typer.Option(
        "--workers", metavar="N", help="Processes that read and split; auto; or ray://HOST:PORT of a cluster."
    ),
]
_DRY = "dry run: nothing was written"


def ingest(
    ctx: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Files or folders.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare; write nothing.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="First split and embed anew what is there.")] = False,
    workers: Workers = "1",
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
    with stoppable(), Bars() as bars:
        report = add(paths or [], chosen, dry_run=dry_run, rebuild=rebuild, progress=bars, workers=workers)
    console = terminal.console()
    _report(report, chosen.folder, console)
    for note in [*report.notes, *([_DRY] if dry_run else [])]:
        warn(note)
    done = report.added + report.changed + report.unchanged + report.retired + report.class_tables
    end(len(report.failed), done, "could not be read", strict=strict)


def sync(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that the index is to be equal to.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; write nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Take out documents whose file is gone.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read files again that are known to fail.")
    ] = False,
    workers: Workers = "1",
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Make the index equal to a folder, and say what that took.

    A changed file that cannot be read leaves its old version in service. Only documents that came from this folder are
    ever taken out.

    rxcite sync corpora/demo --index demo --dry-run
    """
    from ingest.sync import sync as make_equal
    from ui import terminal
    from ui.progress import Bars

    chosen = settings(ctx)
    with stoppable(), Bars() as bars:
        done = make_equal(
            folder, chosen, dry_run=dry_run, prune=prune, retry_failed=retry_failed, progress=bars, workers=workers
        )
    if as_json:
        echo_json(_sync_json(done, dry_run=dry_run, prune=prune))
    else:
        _sync_table(done, prune and not dry_run, terminal.console())
        _report(done.report, chosen.folder, terminal.console())
    if dry_run:
        warn(_DRY)
    elif done.missing and not prune:
        warn(f"{len(done.missing)} documents have no file any more and are still served; --prune takes them out")
    for note in done.report.notes:
        warn(note)
    report = done.report
    worked = report.added + report.changed + report.unchanged + report.retired + report.class_tables + done.removed
    end(len(report.failed), worked, "could not be read", strict=strict)


def _sync_table(done: "Sync", is_pruned: bool, console: "Console") -> None:
    from ui import terminal

    plan = done.plan
    kinds = {
        "added": plan.added,
        "changed": plan.changed,
        "read again": plan.again,
        "unchanged": plan.unchanged,
        "known to fail": plan.failed,
        "gone": plan.gone,
    }
    terminal.table(["files", *kinds], [["", *(f"{len(paths):,}" for paths in kinds.values())]], console)
    console.print()
    rows = [[one.kind, one.id, _versions(one)] for one in done.report.done]
    rows += [["removed" if is_pruned else "without a file", id, ""] for id in done.missing]
    if rows:
        terminal.table(["document", "id", "version"], rows[:_LISTED], console)
        if len(rows) > _LISTED:
            console.print(f"... and {len(rows) - _LISTED:,} more; --json lists all")
        console.print()


def _versions(one: "Done") -> str:
    after = one.after or "without a number"
    return f"{one.before or 'without a number'} -> {after}" if one.kind == "changed" else after


def _sync_json(done: "Sync", *, dry_run: bool, prune: bool) -> dict[str, Any]:
    plan, report = done.plan, done.report
    return {
        "dry_run": dry_run,
        "files": {
            "added": plan.added,
            "changed": plan.changed,
            "again": plan.again,
            "unchanged": len(plan.unchanged),
            "known_failed": plan.failed,
            "gone": plan.gone,
        },
        "documents": [
            {"id": one.id, "kind": one.kind, "before": one.before, "after": one.after} for one in report.done
        ],
        "unchanged": report.unchanged,
        "missing": done.missing,
        "removed": done.removed,
        "failed": [{"path": f.path, "reason": f.reason} for f in report.failed],
        "notes": report.notes,
        "index": {"documents": report.documents, "passages": report.passages},
        "seconds": round(report.seconds, 3),
    }


def _report(report: "Report", folder: Path, console: "Console") -> None:
    from ui import terminal

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
    numbers = [f"{count:,}" for count in counts.values()]
    terminal.table([*counts, "seconds", "MB"], [[*numbers, f"{report.seconds:.1f}", _megabytes(folder)]], console)
    if report.failed:
        console.print()
        terminal.table(["failed", "reason"], [[failure.path, failure.reason] for failure in report.failed], console)


@contextmanager
def stoppable() -> Iterator[None]:
    """Says what Ctrl-C leaves behind."""
    try:
        yield
    except KeyboardInterrupt:
        warn("stopped; the index is as it was at its last commit, and the same command goes on from there")
        raise


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
