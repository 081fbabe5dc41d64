"""The command ``rxcite``. Data goes to stdout, progress and warnings to stderr; the one place that catches errors.

Nothing heavy is imported before a command needs it: ``rxcite --help`` must come at once.
"""

import logging
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rag.errors import RxciteError, UsageError
from ui import (
    asking,
    chat,
    check_list_table,
    comparing,
    corpus,
    evaluating,
    fetching,
    indexes,
    pairs_table,
    replaying,
    reviewing,
    standing,
    tuning,
)
from ui.command import EPILOG, Anywhere, settings, warn
from ui.first_word import QuestionOrCommand

app = typer.Typer(
    cls=QuestionOrCommand,
    name="rxcite",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(is_asked: bool) -> None:
    if is_asked:
        from importlib import metadata

        try:
            typer.echo(f"rxcite {metadata.version('rxcite')}")
        except metadata.PackageNotFoundError:
            typer.echo("rxcite, not installed")
        raise typer.Exit


@app.callback()
def _rxcite(
    ctx: typer.Context,
    index: Annotated[str | None, typer.Option("--index", metavar="NAME", help="Which index; default: default.")] = None,
    home: Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Folder of the indexes.")] = None,
    encoder: Annotated[str | None, typer.Option("--encoder", metavar="NAME", help="Name or path of it.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Answers questions about medicines from labels and literature, with the words each sentence rests on.

    U.S. labels only, English only. Supports clinical judgement and does not replace it.

    rxcite "What are the interactions between propafenone and colchicine?"
    """
    ctx.obj = Anywhere(index, home, encoder)


app.command(epilog=EPILOG)(asking.ask)
app.command(epilog=EPILOG)(asking.search)
app.command(epilog=EPILOG)(chat.chat)
app.command(epilog=EPILOG)(pairs_table.interactions)
app.command(epilog=EPILOG)(check_list_table.check_list)
app.command(epilog=EPILOG)(replaying.replay)
app.command(epilog=EPILOG)(corpus.ingest)
app.command(epilog=EPILOG)(corpus.sync)
app.command(epilog=EPILOG)(corpus.remove)
app.command(epilog=EPILOG)(standing.status)
app.command(epilog=EPILOG)(corpus.show)
app.command(epilog=EPILOG)(comparing.diff)
app.add_typer(indexes.app, name="index")
app.add_typer(fetching.app, name="fetch")
app.add_typer(evaluating.app, name="eval")
reviewing.join(evaluating.app)
app.add_typer(tuning.app, name="finetune")


@app.command(epilog=EPILOG)
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", metavar="NAME", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535, help="Port to listen on.")] = 7860,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the web page on this machine; Ctrl-C ends it.

    rxcite serve --index demo --port 7861
    """
    chosen = settings(ctx)
    if host not in ("127.0.0.1", "localhost", "::1"):
        warn(f"everyone who reaches {host}:{port} can ask; there is no login")
    from ui.web import serve as run

    run(chosen, host, port, open_browser)


@app.command(epilog=EPILOG)
def doctor(ctx: typer.Context) -> None:
    """Check the installation, and say what to do about what is missing.

    rxcite doctor --index demo
    """
    from ui.doctor import examine

    broken = 0
    for finding in examine(settings(ctx)):
        sign = "ok" if not finding.advice else "MISSING" if finding.needed else "-"
        typer.echo(f"{sign:<8}{finding.what:<24}{finding.state}")
        if finding.advice:
            typer.echo(f"{'':<32}-> {finding.advice}")
        broken += bool(finding.advice) and finding.needed
    if broken:
        warn(f"{broken} of what rxcite needs is missing; the lines marked MISSING say what to do")
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and exits: 0 done, 1 an error that one line explains, 2 usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(format="%(message)s")
    # what libraries tell their developers is no news to a clinician
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(?:transformers|peft|bitsandbytes)\b")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = 0
    try:
        try:
            app(given, prog_name="rxcite")
        finally:
            sys.stdout.flush()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        # Python flushes stdout once more when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        if "--debug" in given:
            traceback.print_exc()
        warn(_line(error))
        code = 2 if isinstance(error, UsageError) else 1
    if "rag.writing.writer" in sys.modules and sys.modules["rag.writing.writer"].is_left_behind():
        # torch would abort the process when Python ends under it, and turn an answer's exit status into a failure
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _line(error: Exception) -> str:
    if isinstance(error, RxciteError | OSError):
        return str(error)
    return f"internal error, {type(error).__name__}: {error}; please report it with what --debug prints"
