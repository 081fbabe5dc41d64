"""The command ``rxcite``. Data goes to stdout, progress and warnings to stderr; the one place that catches errors.

Nothing heavy is imported before a command needs it: ``rxcite --help`` must come at once.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from rag.errors import ModelMissing, RxciteError, UsageError
from ui.first_word import QuestionOrCommand

if TYPE_CHECKING:
    from rag.index.index import Index
    from rag.records import Answer
    from rag.settings import Settings
    from ui.batch import Outcome

_EPILOG = "--index, --home, --encoder and --debug may stand anywhere; see rxcite --help."
_LISTED = 50
"""Documents that "status" lists on a screen; --json gives all."""

app = typer.Typer(
    cls=QuestionOrCommand,
    name="rxcite",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Arm(StrEnum):
    """Who answers."""

    RAG = "rag"
    SEARCH = "search"
    LLM = "llm"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class _Anywhere:
    """The options of every command."""

    index: str | None
    home: Path | None
    encoder: str | None

    def settings(self) -> "Settings":
        from rag.settings import load

        return load(index=self.index, home=self.home.expanduser() if self.home else None, encoder=self.encoder)


Question = Annotated[
    list[str] | None, typer.Argument(help="A question about medicines, in quotes.", show_default=False)
]
Drug = Annotated[list[str] | None, typer.Option("--drug", help="A drug that the question is about; repeatable.")]
K = Annotated[int | None, typer.Option("--k", min=1, max=1000, help="How many passages are taken.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Questions = Annotated[Path | None, typer.Option("--questions", help="A file of JSON lines, each with a question.")]
Out = Annotated[Path | None, typer.Option("--out", help="Where the answers go, one line each; a run goes on from it.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 if anything failed, not only if everything did.")]


@app.callback()
def _rxcite(
    ctx: typer.Context,
    index: Annotated[
        str | None, typer.Option("--index", metavar="NAME", help="Which index (default: default).")
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Folder of the indexes.")] = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="Name or path of the encoder.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=lambda on: _version(on))] = False,
) -> None:
    """Answers questions about medicines from drug labels and literature, with the words each sentence rests on.

    U.S. labels only, English only. Supports clinical judgement and does not replace it.

    \b
    rxcite "What are the interactions between propafenone and colchicine?"
    """
    ctx.obj = _Anywhere(index, home, encoder)


@app.command(epilog=_EPILOG)
def ask(
    ctx: typer.Context,
    question: Question = None,
    arm: Annotated[Arm, typer.Option("--arm", help="Who answers.")] = Arm.RAG,
    drug: Drug = None,
    k: K = None,
    model: Annotated[
        str, typer.Option("--model", metavar="SPEC", help="Who writes; extractive quotes.")
    ] = "extractive",
    as_json: AsJson = False,
    questions: Questions = None,
    out: Out = None,
    strict: Strict = False,
) -> None:
    """Answer a question, each sentence with its source; "ask" may be left out.

    With --questions: one answer a line, in the same order; a run that was stopped goes on where it stopped.

    \b
    rxcite ask "Colchicine prophylaxis dose with clarithromycin?" --drug colchicine
    rxcite ask --questions questions.jsonl --out answers.jsonl
    """
    if arm in (Arm.LLM, Arm.ALL):
        raise ModelMissing(
            f"--arm {arm} needs a model that writes, and none is built in yet; use --arm rag or --arm search"
        )
    if model != "extractive":
        raise ModelMissing(
            f"--model {model} cannot be used yet: this version answers by quoting; use --model extractive"
        )
    asked = _asked(question, questions, out)
    from rag.index.index import Index
    from ui import show_json

    settings = _settings(ctx)
    with Index.open(settings) as index:

        def answer(words: str) -> "Answer":
            return _answer(words, arm, index, settings, drug or (), k)

        if questions:
            _batch(questions, out, strict, lambda words: show_json.answer(answer(words)))
        elif as_json:
            _echo_json(show_json.answer(answer(asked)))
        else:
            from ui import terminal

            terminal.answer(answer(asked), terminal.console())


@app.command(epilog=_EPILOG)
def search(
    ctx: typer.Context,
    question: Question = None,
    drug: Drug = None,
    k: K = None,
    as_json: AsJson = False,
    questions: Questions = None,
    out: Out = None,
    strict: Strict = False,
) -> None:
    """Find passages and conclude nothing.

    \b
    rxcite search "colchicine renal impairment" --k 5
    """
    asked = _asked(question, questions, out)
    from rag.index.index import Index
    from rag.search.search import search as find
    from ui import show_json

    settings = _settings(ctx)
    with Index.open(settings) as index:
        if questions:
            _batch(
                questions,
                out,
                strict,
                lambda words: show_json.search(find(words, index, settings, drugs=drug or (), k=k)),
            )
            return
        found = find(asked, index, settings, drugs=drug or (), k=k)
    if as_json:
        _echo_json(show_json.search(found))
    else:
        from ui import terminal

        terminal.result(found, terminal.console())


@app.command(epilog=_EPILOG)
def ingest(
    ctx: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Files or folders.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare; write nothing.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="First split and embed anew what is there.")] = False,
    strict: Strict = False,
) -> None:
    """Add or update labels and articles; one bad file never stops the rest.

    \b
    rxcite ingest corpora/demo --index demo
    """
    if not paths and not rebuild:
        raise typer.BadParameter("give a file or a folder", param_hint="PATH...")
    from ingest.sync import ingest as add
    from ui import terminal
    from ui.progress import Bars

    settings = _settings(ctx)
    with Bars() as bars:
        report = add(paths or [], settings, dry_run=dry_run, rebuild=rebuild, progress=bars)
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
    rest = [f"{report.seconds:.1f}", _megabytes(settings.folder)]
    terminal.table([*counts, "seconds", "MB"], [[*(f"{n:,}" for n in counts.values()), *rest]], console)
    if report.failed:
        console.print()
        terminal.table(["failed", "reason"], [[failure.path, failure.reason] for failure in report.failed], console)
    for note in [*report.notes, *(["dry run: nothing was written"] if dry_run else [])]:
        _warn(note)
    done = report.added + report.changed + report.unchanged + report.retired + report.class_tables
    _end(len(report.failed), done, "could not be read", strict)


@app.command(epilog=_EPILOG)
def remove(ctx: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID...", show_default=False)]) -> None:
    """Take documents out of service; their history stays.

    \b
    rxcite remove demo-propafenone --index demo
    """
    from ingest.sync import remove as take_out

    count = take_out(ids, _settings(ctx))
    typer.echo(f"{count} {'document' if count == 1 else 'documents'} removed")


@app.command(epilog=_EPILOG)
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Say what the index holds, and which files failed.

    \b
    rxcite status --index demo --json
    """
    from rag.index.index import Index
    from ui import show_json, terminal

    settings = _settings(ctx)
    with Index.open(settings) as index:
        sizes, documents, failures = index.sizes(), index.documents(), index.failures()
        state = index.state
    if as_json:
        _echo_json(show_json.status(state, sizes, documents, failures, str(settings.folder)))
        return
    console = terminal.console()
    heads = ["index", "generation", "documents", "versions", "passages", "distinct texts", "class members", "MB"]
    numbers = (sizes.documents, sizes.versions, sizes.passages, sizes.distinct_texts, sizes.class_members)
    row = [state.name, str(sizes.generation), *(f"{n:,}" for n in numbers), f"{sizes.bytes / 1e6:,.1f}"]
    terminal.table(heads, [row], console)
    typer.echo(f"\nencoder {state.encoder}, in {settings.folder}\n")
    rows = [[d.id, d.kind, d.version or "", d.effective or "", f"{d.passages:,}", d.title] for d in documents[:_LISTED]]
    terminal.table(["id", "kind", "version", "date", "passages", "title"], rows, console)
    if len(documents) > _LISTED:
        typer.echo(f"... and {len(documents) - _LISTED:,} more; --json lists all")
    if failures:
        typer.echo()
        terminal.table(["failed", "reason"], [[f.path, f.reason] for f in failures], console)


@app.command(epilog=_EPILOG)
def show(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    version: Annotated[str | None, typer.Option("--version", help="A version from the document's history.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a document as it was indexed: the text that quotes are copied from.

    \b
    rxcite show demo-propafenone --index demo
    """
    from rag.index.index import Index
    from ui import show_json, terminal
    from ui.show import origin, title

    settings = _settings(ctx)
    with Index.open(settings) as index:
        document, versions = index.document(id, version), index.versions(id)
    if document is None:
        known = ", ".join(v.version or "without number" for v in versions)
        raise UsageError(
            f'no version {version} of {id} in index "{settings.index}"; there are: {known}'
            if versions and version
            else f'no document {id} in index "{settings.index}"; "rxcite status" lists the ids'
        )
    if as_json:
        _echo_json(show_json.document(document, versions))
        return
    console = terminal.console()
    head = [title(document), " · ".join(origin(document)), *([document.url] if document.url else [])]
    typer.echo("\n".join(map(terminal.clean, head)) + "\n")
    if len(versions) > 1:
        rows = [[v.version or "", v.effective or "", "current" if v.current else v.retired or ""] for v in versions]
        terminal.table(["version", "effective", "state"], rows, console)
        typer.echo()
    typer.echo(terminal.clean(document.text))


@app.command(epilog=_EPILOG)
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 7860,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the web page on this machine; Ctrl-C ends it.

    \b
    rxcite serve --index demo --port 7861
    """
    settings = _settings(ctx)
    if host not in ("127.0.0.1", "localhost", "::1"):
        _warn(f"everyone who reaches {host}:{port} can ask; there is no login")
    from ui.web import serve as run

    run(settings, host, port, open_browser)


@app.command(epilog=_EPILOG)
def doctor(ctx: typer.Context) -> None:
    """Check what is installed, the accelerator, the models and the index, and say what to do.

    \b
    rxcite doctor --index demo
    """
    from ui.doctor import examine

    broken = 0
    for finding in examine(_settings(ctx)):
        sign = "ok" if not finding.advice else "MISSING" if finding.needed else "-"
        typer.echo(f"{sign:<8}{finding.what:<24}{finding.state}")
        if finding.advice:
            typer.echo(f"{'':<32}-> {finding.advice}")
        broken += bool(finding.advice) and finding.needed
    if broken:
        _warn(f"{broken} of what rxcite needs is missing; the lines marked MISSING say what to do")
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and exits: 0 done, 1 an error that one line explains, 2 usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = 0
    try:
        try:
            app(given, prog_name="rxcite")
        finally:
            sys.stdout.flush()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BrokenPipeError:
        # Python flushes stdout once more when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        if "--debug" in given:
            traceback.print_exc()
        _warn(_line(error))
        code = 2 if isinstance(error, UsageError) else 1
    sys.exit(code)


def _line(error: Exception) -> str:
    if isinstance(error, RxciteError | OSError):
        return str(error)
    return f"internal error, {type(error).__name__}: {error}; please report it with what --debug prints"


def _settings(ctx: typer.Context) -> "Settings":
    anywhere: _Anywhere = ctx.obj
    return anywhere.settings()


def _asked(question: list[str] | None, questions: Path | None, out: Path | None) -> str:
    """The question, which may have come as several words; empty for a batch."""
    words = " ".join(question or []).strip()
    if bool(words) == bool(questions):
        raise typer.BadParameter("give one question, or --questions FILE", param_hint="QUESTION")
    if out and not questions:
        raise typer.BadParameter("goes with --questions FILE", param_hint="--out")
    return words


def _answer(
    words: str, arm: Arm, index: "Index", settings: "Settings", drugs: Sequence[str], k: int | None
) -> "Answer":
    if arm is Arm.SEARCH:
        from rag.search.search import search as find
        from ui.show import search_only

        return search_only(find(words, index, settings, drugs=drugs, k=k))
    from rag.answer.answer import answer

    return answer(words, index, settings, drugs=drugs, k=k)


def _batch(questions: Path, out: Path | None, strict: bool, reply: Any) -> None:
    from ui import batch
    from ui.progress import Bars

    lines = batch.read(questions)
    with Bars() as bars:
        bars.start("answering", len(lines))
        outcome: Outcome
        if out:
            outcome = batch.run(lines, reply, out, tick=bars.advance)
        else:
            outcome = batch.stream(lines, reply, sys.stdout, tick=bars.advance)
        bars.finish()
    if outcome.resumed:
        _warn(f"{outcome.resumed} of {outcome.lines} lines were there already")
    for failed in outcome.failed:
        _warn(f"{questions}, line {failed.line}: {failed.reason}")
    _end(len(outcome.failed), outcome.lines - len(outcome.failed), "could not be answered", strict)


def _end(failed: int, done: int, what: str, strict: bool) -> None:
    """Exits 1 where nothing was done, or where something failed and ``--strict`` stands."""
    if failed and (strict or not done):
        _warn(f"{failed} of {failed + done} {what}")
        raise typer.Exit(1)


def _echo_json(data: dict[str, Any]) -> None:
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    typer.echo(json.dumps(data, ensure_ascii=not is_unicode))


def _megabytes(folder: Path) -> str:
    return f"{sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()) / 1e6:,.1f}"


def _warn(words: str) -> None:
    typer.echo(f"rxcite: {' '.join(words.split())}", err=True)


def _version(is_asked: bool) -> None:
    if is_asked:
        from importlib import metadata

        try:
            typer.echo(f"rxcite {metadata.version('rxcite')}")
        except metadata.PackageNotFoundError:
            typer.echo("rxcite, not installed")
        raise typer.Exit
