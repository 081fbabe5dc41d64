"""The arms: who answers a question, and what each needs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import ModelMissing

if TYPE_CHECKING:
    from rag.answer.written import Made
    from rag.index.index import Index
    from rag.settings import Settings
    from rag.support.judge import Judge
    from rag.writing.writer import Writer


SPECS = "extractive, hf:NAME_OR_PATH, gguf:PATH, openai:BASE_URL#MODEL or smollm2"


Adapter = Annotated[
    str | None, typer.Option("--adapter", metavar="NAME", help="An adapter of the model, by name or path.")
]


class Arm(StrEnum):
    """Who answers."""

    RAG = "rag"
    SEARCH = "search"
    LLM = "llm"
    ALL = "all"


EACH = (Arm.SEARCH, Arm.LLM, Arm.RAG)
"""What "all" stands for, least first."""


@dataclass(frozen=True, slots=True)
class Arms:
    """An index and, where one was asked for, a model: what answers the questions of a run."""

    index: "Index"
    settings: "Settings"
    drugs: tuple[str, ...] = ()
    k: int | None = None
    writer: "Writer | None" = None
    judge: "Judge | None" = None
    watch: Callable[[str], None] | None = None
    """Gets the model's words as they come, unchecked."""

    def answer(self, words: str, arm: Arm) -> "Made":
        """The answer of one arm, with what the model was asked and said, if one was."""
        from rag.answer import answer, written

        words = plain(words)
        if arm is Arm.SEARCH:
            from rag.search.search import search
            from ui.show import search_only

            found = search(words, self.index, self.settings, drugs=self.drugs, k=self.k)
            return written.Made(search_only(found))
        if arm is Arm.LLM:
            assert self.writer is not None, "needed() has been asked"
            return written.unsourced(words, self.index, self.settings, self.writer, drugs=self.drugs, watch=self.watch)
        if self.writer is None:
            return written.Made(answer.answer(words, self.index, self.settings, drugs=self.drugs, k=self.k))
        return written.make(
            words,
            self.index,
            self.settings,
            self.writer,
            drugs=self.drugs,
            k=self.k,
            judge=self.judge,
            watch=self.watch,
        )


def needed(arm: Arm, model: str) -> str:
    """The model that an arm needs: ``model``, or "extractive" where it needs none.

    Raises:
        ModelMissing: the arm needs one that writes, and none was named.
    """
    if arm in (Arm.LLM, Arm.ALL) and model == "extractive":
        raise ModelMissing(
            f"--arm {arm} needs a model that writes; name one with --model ({SPECS}), or use --arm rag or --arm search"
        )
    return "extractive" if arm is Arm.SEARCH else model


def models(model: str, settings: "Settings", adapter: str | None = None) -> "tuple[Writer | None, Judge | None]":
    """The writer that ``--model`` names, with ``--adapter`` on, and, where there is one, the judge of the settings.

    Raises:
        UsageError: a name that cannot be one, or an adapter for what takes none.
        ModelMissing: a model or adapter that is not installed, or an adapter that is not allowed here.
    """
    if model == "extractive" and adapter is None:
        return None, None
    from rag.support import judge
    from rag.writing import adapters, writer

    worn = adapters.allowed(adapter, settings.home) if adapter is not None else None
    found = writer.load(model)
    return writer.adapted(found, worn) if worn else found, judge.load(settings.judge)


def plain(words: str) -> str:
    """A question as text can be; half a character, which JSON and a shell may hold, becomes a replacement character."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
