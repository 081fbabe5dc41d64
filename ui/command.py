"""What every command shares: the options that stand anywhere, how it prints data and warnings, how it ends."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rag.settings import Settings

EPILOG = "--index, --home, --encoder and --debug may stand anywhere; see rxcite --help."

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 if anything failed, not only if all did.")]


@dataclass(frozen=True, slots=True)
class Anywhere:
    """The options of every command."""

    index: str | None
    home: Path | None
    encoder: str | None


def settings(ctx: typer.Context) -> "Settings":
    """Settings with the options of the command line on top."""
    from rag.settings import load

    given: Anywhere = ctx.obj
    return load(index=given.index, home=given.home.expanduser() if given.home else None, encoder=given.encoder)


def echo_json(data: dict[str, Any]) -> None:
    """Prints one object on one line; in escapes, where stdout could not take the characters."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    typer.echo(json.dumps(data, ensure_ascii=not is_unicode))


def warn(words: str) -> None:
    """Prints one line on stderr."""
    typer.echo(f"rxcite: {' '.join(words.split())}", err=True)


def end(failed: int, done: int, what: str, *, strict: bool) -> None:
    """Exits 1 where nothing was done, or where something failed and ``--strict`` stands."""
    if failed and (strict or not done):
        warn(f"{failed} of {failed + done} {what}")
        raise typer.Exit(1)
