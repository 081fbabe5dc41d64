"""The commands that take questions: ``ask`` and ``search``, one question or a file of them."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.arms import EACH, Adapter, Arm, Arms, models, needed, plain
from ui.command import AsJson, Strict, echo_json, end, settings, warn

if TYPE_CHECKING:
    from rag.answer.written import Made
    from rag.search.search import SearchResult

Question = Annotated[
    list[str] | None, typer.Argument(metavar="QUESTION", help="A question about medicines, in quotes.")
]
Drug = Annotated[
    list[str] | None, typer.Option("--drug", metavar="NAME", help="A drug the question is about; repeatable.")
]
K = Annotated[int | None, typer.Option("--k", metavar="N", min=1, max=1000, help="How many passages are taken.")]
Questions = Annotated[
    Path | None, typer.Option("--questions", metavar="FILE", help="JSON lines, each with a question.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Takes the answers; a stopped run goes on in it.")
]


_NAMES = {Arm.SEARCH: "Search only", Arm.LLM: "The model without sources", Arm.RAG: "Answer from the sources"}


def ask(
    ctx: typer.Context,
    question: Question = None,
    arm: Annotated[Arm, typer.Option("--arm", help="Who answers.")] = Arm.RAG,
    drug: Drug = None,
    k: K = None,
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="SPEC", help="Who writes: hf:NAME_OR_PATH, gguf:PATH, openai:BASE_URL#MODEL, smollm2."
        ),
    ] = "extractive",
    adapter: Adapter = None,
    as_json: AsJson = False,
    questions: Questions = None,
    out: Out = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="DIR", help="Keep each answer, and its question, in a file here.")
    ] = None,
    strict: Strict = False,
) -> None:
    """Answer a question, with the source of each sentence.

    The word "ask" may be left out. With --questions: one answer a line, in the order of the questions. With --record:
    a file for each answer, for "rxcite replay"; it holds the question, whatever stands in it.

    rxcite ask "Colchicine prophylaxis dose with clarithromycin?" --json
    """
    model = needed(arm, model)
    asked = _asked(question, questions, out)
    from rag.index.index import Index
    from ui import show_json

    chosen = settings(ctx)
    with Index.open(chosen) as index:
        writer, judge = models(model, chosen, adapter)
        for notice in writer.notices if writer else ():
            warn(notice)
        watch = _stream(writer.name) if writer and not as_json and not questions else None
        arms = Arms(index, chosen, tuple(drug or ()), k, writer, judge, watch)
        keep = _keeper(record, arms) if record else None

        def answer(words: str) -> tuple[dict[Arm, "Made"], dict[str, Any]]:
            given = {one: arms.answer(words, one) for one in (EACH if arm is Arm.ALL else (arm,))}
            shown = {one: show_json.answer(made.answer) for one, made in given.items()}
            for one, made in given.items():
                path = keep(one, made, shown[one]) if keep else None
                if path and not questions:
                    warn(f"recorded in {path}")
            if arm is not Arm.ALL:
                return given, shown[arm]
            return given, {"question": plain(words), "arms": {one.value: of for one, of in shown.items()}}

        if questions:
            _batch(questions, out, strict, lambda words: answer(words)[1])
            return
        given, shown = answer(asked)
    if watch:
        sys.stderr.write("\n\n")
    if as_json:
        echo_json(shown)
    else:
        from ui import terminal

        out_to = terminal.console()
        for one, made in given.items():
            if arm is Arm.ALL:
                terminal.rule(_NAMES[one], out_to)
            terminal.answer(made.answer, out_to)


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
    """Find passages, and conclude nothing.

    rxcite search "colchicine in renal impairment" --k 5
    """
    asked = _asked(question, questions, out)
    from rag.index.index import Index
    from rag.search.search import search as find
    from ui import show_json

    chosen = settings(ctx)
    with Index.open(chosen) as index:

        def found_for(words: str) -> "SearchResult":
            return find(plain(words), index, chosen, drugs=drug or (), k=k)

        if questions:
            _batch(questions, out, strict, lambda words: show_json.search(found_for(words)))
            return
        found = found_for(asked)
    if as_json:
        echo_json(show_json.search(found))
    else:
        from ui import terminal

        terminal.result(found, terminal.console())


def _asked(question: list[str] | None, questions: Path | None, out: Path | None) -> str:
    """The question, which may have come as several words; empty for a batch."""
    words = " ".join(question or []).strip()
    if bool(words) == bool(questions):
        raise typer.BadParameter("give one question, or --questions FILE", param_hint="QUESTION")
    if out and not questions:
        raise typer.BadParameter("goes with --questions FILE", param_hint="--out")
    return words


def _stream(name: str) -> Callable[[str], None] | None:
    """Shows a model's words on stderr while it writes, where a person looks at it; nothing of it is checked yet."""
    if not sys.stderr.isatty():
        return None
    from ui.terminal import clean

    heads = iter([f"{name} writes, unchecked:\n"])

    def show(words: str) -> None:
        sys.stderr.write(next(heads, "") + clean(words))
        sys.stderr.flush()

    return show


def _keeper(folder: Path, arms: Arms) -> Callable[[Arm, "Made", dict[str, Any]], Path]:
    """Keeps answers in ``folder``, each in a file whose path it gives."""
    from rag.answer.record import Asked, contents_of, prepare, record, save

    prepare(folder)
    contents = contents_of(arms.index)

    def keep(arm: Arm, made: "Made", shown: dict[str, Any]) -> Path:
        asked = Asked(made.answer.query.question, arm.value, arms.drugs, arms.k, arms.settings.search)
        when = datetime.now(UTC).isoformat(timespec="microseconds")
        prompt = made.request.text if made.request else None
        return save(record(made.answer, shown, asked, arms.index, contents, when, prompt), folder)

    return keep


def _batch(questions: Path, out: Path | None, strict: bool, reply: Callable[[str], dict[str, Any]]) -> None:
    from ui import batch
    from ui.progress import Bars

    lines = batch.read(questions)
    with Bars() as bars:
        bars.start("answering", len(lines))
        if out:
            outcome = batch.run(lines, reply, out, tick=bars.advance)
        else:
            outcome = batch.stream(lines, reply, sys.stdout, tick=bars.advance)
        bars.finish()
    if outcome.resumed:
        warn(f"{outcome.resumed} of {outcome.lines} lines were there already")
    for failed in outcome.failed:
        warn(f"{questions}, line {failed.line}: {failed.reason}")
    end(len(outcome.failed), outcome.lines - len(outcome.failed), "could not be answered", strict=strict)
