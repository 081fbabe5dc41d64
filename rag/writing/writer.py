"""Who writes: a language model behind one Protocol, named by ``--model SPEC``, held to a budget.

A writer chooses among numbered sentences, and a large one may word them: what it says is read by ``prompts.read``, and
nothing of it is shown that ``checking`` has not held against the sentences. Importing this module loads no model and no
library of models.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from rag.errors import ModelMissing, UsageError
from rag.settings import Budget

if TYPE_CHECKING:
    from rag.writing.adapters import Adapter

SPECS = "extractive, hf:NAME_OR_PATH, gguf:PATH, openai:BASE_URL#MODEL or smollm2"


class Form(StrEnum):
    """How a writer replies."""

    WORDS = "words"
    """A line for each sentence: its number in brackets, then its words. For models that a grammar holds."""
    JSON = "json"
    """``{"ids": [3, 5]}``: few tokens, and a schema that most servers hold the model to."""
    CLAIMS = "claims"
    """``{"claims": [{"ids": [3, 5], "text": "..."}]}``: it words statements too, each of which is checked."""


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of a conversation with a model."""

    role: str
    """"system" or "user"."""
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a writer is asked."""

    messages: tuple[Message, ...]
    choices: Mapping[int, str]
    """The sentences to choose from, by number; none for free writing."""
    form: Form = Form.WORDS
    question: str = ""
    """The question alone, as it stands in the messages."""

    @property
    def text(self) -> str:
        """The whole, for the record."""
        return "\n\n".join(f"{message.role}:\n{message.content}" for message in self.messages)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that came out of a model, and what they cost."""

    text: str
    decisions: int = 0
    """Tokens for which the model had a choice; forced ones cost no run of their own."""
    tokens: int = 0
    cut: bool = False
    """True for the last piece of a writer that its budget stopped."""


class Writer(Protocol):
    """Anything that can choose among sentences, or write without any."""

    name: str
    sha256: str | None
    """Of the weights; None where a server holds them."""
    adapter: str | None
    """Name and hash of the adapter that it wears."""
    form: Form
    """In which it replies best. Of a pair no writer words anything: CLAIMS becomes JSON."""
    notices: tuple[str, ...]
    """What every answer of this writer must say."""

    def write(self, request: Request, budget: Budget) -> Iterator[Piece]:
        """What the model says, as it comes.

        Raises:
            WriterFailed: the model, or the way to it, broke down.
        """


class WriterFailed(Exception):
    """A model that broke down while it wrote; the answer goes on without it and says so."""


@dataclass(frozen=True, slots=True)
class Written:
    """All that a writer said, and what it cost."""

    text: str
    decisions: int
    tokens: int
    seconds: float
    cut: bool
    failed: str | None
    """Why nothing of it can be used; None where the writer came to an end or was cut."""


def load(spec: str) -> Writer | None:
    """The writer that ``--model SPEC`` names; None for "extractive", which needs none.

    Raises:
        UsageError: no such kind of model, or a name that cannot be one.
        ModelMissing: it, or the package that runs it, is not installed.
    """
    kind, colon, name = spec.partition(":")
    name = name.strip()
    if spec == "extractive":
        return None
    if spec == "smollm2":
        from rag.writing import local

        return local.smollm2()
    if colon and kind in ("hf", "gguf", "openai") and not name:
        raise UsageError(f"--model {spec}: what follows the colon is missing; give {SPECS}")
    if kind == "hf" and colon:
        from rag.writing import local

        return local.from_hub(name)
    if kind == "gguf" and colon:
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelMissing(f"--model {spec}: {path} is no file; give the path of a .gguf file")
        from rag.writing import local

        return local.from_gguf(path)
    if kind == "openai" and colon:
        base, model = _server(spec, name)
        from rag.writing import served

        return served.ServedWriter(base, model)
    raise UsageError(f"--model {spec!r} is no model that is known here; give {SPECS}")


def adapted(writer: Writer | None, adapter: "Adapter") -> Writer:
    """The same writer with an adapter on; ``writer`` itself goes on without.

    Raises:
        UsageError: it is no model in this process.
        ModelMissing: the adapter is none for this model, or peft is not installed.
    """
    from rag.writing.local import LocalWriter

    if not isinstance(writer, LocalWriter):
        why = "a server takes an adapter by the name of the model" if writer else "without a model it adapts nothing"
        raise UsageError(f"--adapter goes with --model hf:NAME_OR_PATH, gguf:PATH or smollm2; {why}")
    return writer.adapted(adapter)


def _server(spec: str, name: str) -> tuple[str, str]:
    base, _, model = name.partition("#")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or not model:
        raise UsageError(f"--model {spec}: give openai:BASE_URL#MODEL, as in openai:http://127.0.0.1:8000/v1#qwen3-8b")
    if parts.username or parts.password or parts.query:
        raise UsageError("--model openai: a key does not belong in the address; put it into RXCITE_API_KEY")
    return base.rstrip("/"), model


_THREAD = "writer "
"""How the names of threads in which writers write begin."""


def is_left_behind() -> bool:
    """Whether a writer that nobody waits for any more still writes: its library may not bear that Python ends."""
    return any(thread.name.startswith(_THREAD) for thread in threading.enumerate())


def run(writer: Writer, request: Request, budget: Budget, watch: Callable[[str], None] | None = None) -> Written:
    """Lets a writer write and waits no longer than its budget, whatever it does; ``watch`` gets the pieces.

    The writer runs in a thread of its own: one that hangs in a library is left behind.
    """
    begun = time.perf_counter()
    pieces: queue.Queue[Piece | BaseException | None] = queue.Queue()
    left = threading.Event()

    def pump() -> None:
        try:
            for piece in writer.write(request, budget):
                pieces.put(piece)
                if left.is_set():
                    return
        except BaseException as error:  # whatever a model's library raises ends this answer's writing, not the program
            pieces.put(error)
        else:
            pieces.put(None)

    threading.Thread(target=pump, name=f"{_THREAD}{writer.name}", daemon=True).start()
    said: list[Piece] = []
    failed: str | None = None
    patience = budget.seconds + max(1.0, 0.1 * budget.seconds)  # a writer that minds the time itself ends before
    while True:
        try:
            piece = pieces.get(timeout=max(begun + patience - time.perf_counter(), 0.001))
        except queue.Empty:
            failed = f"it took longer than {budget.seconds:g} s"
            break
        if piece is None:
            break
        if isinstance(piece, BaseException):
            failed = str(piece) if isinstance(piece, WriterFailed) else f"{type(piece).__name__} in its library"
            break
        said.append(piece)
        if watch:
            watch(piece.text)
    left.set()
    return Written(
        text="".join(piece.text for piece in said),
        decisions=sum(piece.decisions for piece in said),
        tokens=sum(piece.tokens for piece in said),
        seconds=time.perf_counter() - begun,
        cut=any(piece.cut for piece in said),
        failed=failed,
    )
