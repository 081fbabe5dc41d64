"""The commands ``index list``, ``copy``, ``backup`` and ``delete``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rag.errors import UsageError
from ui.command import EPILOG, AsJson, echo_json, settings

app = typer.Typer(no_args_is_help=True, help="List, copy, back up and delete indexes.", rich_markup_mode=None)


@app.command("list", epilog=EPILOG)
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the indexes of the home.

    rxcite index list --json
    """
    from rag.index import shelf
    from ui import terminal

    chosen = settings(ctx)
    found = shelf.listed(chosen)
    if as_json:
        indexes = [
            {
                "name": one.name,
                "documents": one.documents,
                "generation": one.generation,
                "encoder": one.encoder,
                "bytes": one.bytes,
                "trouble": one.trouble or None,
            }
            for one in found
        ]
        echo_json({"home": str(chosen.home), "indexes": indexes})
        return
    heads = ["index", "documents", "generation", "MB", "encoder", "trouble"]
    rows = [
        [one.name, f"{one.documents:,}", str(one.generation), f"{one.bytes / 1e6:,.1f}", one.encoder, one.trouble]
        for one in found
    ]
    terminal.table(heads, rows, terminal.console())
    typer.echo(f"\nin {chosen.home}")


@app.command(epilog=EPILOG)
def copy(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Name of an index, or the file of a backup.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the new index.")],
) -> None:
    """Make an index of another one, or of a backup.

    rxcite index copy demo demo-before
    """
    from rag.index import shelf

    made = shelf.copy(source, name, settings(ctx))
    typer.echo(f"{made.name}: {made.documents:,} documents, generation {made.generation}, {made.bytes / 1e6:,.1f} MB")


@app.command(epilog=EPILOG)
def backup(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the index.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there yet.")],
) -> None:
    """Write an index as one file; it may be in use. "rxcite index copy FILE NAME" makes an index of it again.

    rxcite index backup demo demo.sqlite
    """
    from rag.index import shelf

    size = shelf.backup(name, file.expanduser(), settings(ctx))
    typer.echo(f"{file}: {size / 1e6:,.1f} MB")


@app.command(epilog=EPILOG)
def delete(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the index.")],
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an index with all its history; its source files stay.

    rxcite index delete demo-before --yes
    """
    from rag.index import shelf

    chosen = settings(ctx)
    if not is_sure:
        if not sys.stdin.isatty():
            raise UsageError(f'say --yes to delete index "{name}" with its history')
        typer.confirm(f'Delete index "{name}" in {chosen.home} with its history?', abort=True)
    shelf.delete(name, chosen)
    typer.echo(f"{name} deleted")
