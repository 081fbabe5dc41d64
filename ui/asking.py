"""The commands that take questions: ``ask`` and ``search``, one question or a file of them."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import ModelMissing
from ui.command import AsJson, Strict, echo_json, end, settings, warn

if TYPE_CHECKING:
    from rag.index.index import Index
    from rag.records import Answer
    from rag.search.search import SearchResult
    from rag.settings import Settings

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


class Arm(StrEnum):
    """Who answers."""

    RAG = "rag"
    SEARCH = "search"
    LLM = "llm"
    ALL = "all"


def ask(
    ctx: typer.Context,
    question: Question = None,
    arm: Annotated[Arm, typer.Option("--arm", help="Who answers.")] = Arm.RAG,
    drug: Drug = None,
    k: K = None,
    model: Annotated[str, typer.Option("--model", metavar="SPEC", help="Who writes.")] = "extractive",
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
    if arm in (Arm.LLM, Arm.ALL):
        raise ModelMissing(
            f"--arm {arm} needs a model that writes, and this version has none; use --arm rag or --arm search"
        )
    if model != "extractive":
        raise ModelMissing(f"--model {model}: this version answers by quoting only; use --model extractive")
    asked = _asked(question, questions, out)
    from rag.index.index import Index
    from ui import show_json

    chosen = settings(ctx)
    with Index.open(chosen) as index:
        keep = _keeper(record, arm, index, chosen, drug or (), k) if record else None

        def answer(words: str) -> tuple["Answer", dict[str, Any]]:
            given = answered(words, arm, index, chosen, drug or (), k)
            shown = show_json.answer(given)
            path = keep(given, shown) if keep else None
            if path and not questions:
                warn(f"recorded in {path}")
            return given, shown

        if questions:
            _batch(questions, out, strict, lambda words: answer(words)[1])
            return
        given, shown = answer(asked)
    if as_json:
        echo_json(shown)
    else:
        from ui import terminal

        terminal.answer(given, terminal.console())


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
            return find(_plain(words), index, chosen, drugs=drug or (), k=k)

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


def answered(words: str, arm: Arm, index: "Index", chosen: "Settings", drugs: Sequence[str], k: int | None) -> "Answer":
    """The answer of an arm, for ``ask`` and for ``replay``."""
    words = _plain(words)
    if arm is Arm.SEARCH:
        from rag.search.search import search as find
        from ui.show import search_only

        return search_only(find(words, index, chosen, drugs=drugs, k=k))
    from rag.answer.answer import answer

    return answer(words, index, chosen, drugs=drugs, k=k)


def _plain(words: str) -> str:
    """A question as text can be; half a character, which JSON and a shell may hold, becomes a replacement character."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _keeper(
    folder: Path, arm: Arm, index: "Index", chosen: "Settings", drugs: Sequence[str], k: int | None
) -> Callable[["Answer", dict[str, Any]], Path]:
    """Keeps answers in ``folder``, each in a file whose path it gives."""
    from rag.answer.record import Asked, contents_of, prepare, record, save

    prepare(folder)
    contents = contents_of(index)

    def keep(given: "Answer", shown: dict[str, Any]) -> Path:
        asked = Asked(given.query.question, arm.value, tuple(drugs), k, chosen.search)
        made = datetime.now(UTC).isoformat(timespec="microseconds")
        return save(record(given, shown, asked, index, contents, made), folder)

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
