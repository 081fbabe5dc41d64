"""The arms: who answers, what each needs, and what of it decides the answer.

- ``search``: ranked snippets, nothing concluded. ``llm``: the model alone, without sources, after ``shots`` examples.
- ``rag``: sources, and a model where one writes. ``rag+adapter``: the same with the adapted model.
- ``oracle``: the gold passages given in place of the search, so that finding and reading are told apart.

An arm that cannot run here is *not run*, with the reason, and never imitated. Answers are records of ``contract.md``:
``Show`` makes them of ours (``ui.show_json.answer``), so that any other system that gives such records can be an arm.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from eval.measures.perplexity import gold_answer
from eval.questions import Question, to_json
from rag.records import Answer, Verdict

if TYPE_CHECKING:
    from rag.index.index import Index
    from rag.settings import Budget, Settings
    from rag.support.judge import Judge
    from rag.writing.writer import Message, Piece, Request, Writer

Json = dict[str, Any]
Show = Callable[[Answer], Json]
"""An answer of ours as the JSON of the contract."""


class Name(StrEnum):
    """The arms that come with rxcite."""

    SEARCH = "search"
    LLM = "llm"
    RAG = "rag"
    ADAPTED = "rag+adapter"
    ORACLE = "oracle"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and what it cost."""

    answer: Json
    seconds: float
    tokens: int | None = None
    """Written by a model; None where none wrote."""
    log_probabilities: tuple[float, ...] = ()
    """Natural logarithms that the model gives the tokens of the gold answer; none where it gives none."""


class Arm(Protocol):
    """Anything that answers questions with records of the contract."""

    @property
    def name(self) -> str:
        """As in reports."""

    def key(self, question: Question) -> Json:
        """All that decides the answer, the question included: the same key means the same answer."""

    def reply(self, question: Question) -> Given:
        """The answer.

        Raises:
            RxciteError: this question cannot be answered; others may.
        """


@dataclass(frozen=True, slots=True)
class NotRun:
    """An arm that cannot run here."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What the arms of one run share."""

    index: "Index"
    settings: "Settings"
    show: Show
    writer: "Writer | None" = None
    adapted: "Writer | None" = None
    """The writer with an adapter."""
    judge: "Judge | None" = None
    shots: tuple[Question, ...] = ()
    """Questions with answers that the model without sources is shown first; none of them may be asked."""


def arms(names: Sequence[Name], desk: Desk) -> list[Arm | NotRun]:
    """The arms of those names, each ready or not run with the reason."""
    return [_arm(name, desk) for name in names]


def _arm(name: Name, desk: Desk) -> Arm | NotRun:
    if name is Name.LLM and desk.writer is None:
        return NotRun(name, "no model that writes is configured")
    if name is Name.ADAPTED and desk.adapted is None:
        return NotRun(name, "no adapter is configured")
    writer = {Name.SEARCH: None, Name.ADAPTED: desk.adapted}.get(name, desk.writer)
    if name is Name.LLM and writer is not None and desk.shots:
        writer = _Shown(writer, desk.shots)
    return _OwnArm(name, desk, writer, _decisive(name, desk, writer))


def _decisive(name: Name, desk: Desk, writer: "Writer | None") -> Json:
    """All that decides an answer of an arm, but for the question."""
    from rag.answer.record import contents_of, program

    settings = asdict(desk.settings)
    return {
        "arm": name.value,
        "search": settings["search"],
        "budget": settings["writer"] if writer else None,
        "model": _model(writer) if writer else None,
        "shots": [to_json(one) for one in desk.shots] if name is Name.LLM else [],
        "judge": desk.judge.name if writer and desk.judge else None,
        "index": {"contents": contents_of(desk.index), "encoder": desk.settings.encoder},
        "rxcite": program(),
        "code": code(),
    }


def _model(writer: "Writer") -> Json:
    known = {"name": writer.name, "sha256": writer.sha256, "form": writer.form}
    return known | ({"adapter": writer.adapter} if writer.adapter else {})


@cache
def code() -> str:
    """Hash of the sources that make answers: a change in them makes new answers, whatever the version says."""
    import rag

    digest = hashlib.sha256()
    folder = Path(rag.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _OwnArm:
    """An arm of ours."""

    name: Name
    desk: Desk
    writer: "Writer | None"
    decisive: Json

    def key(self, question: Question) -> Json:
        held = {"gold_answer": gold_answer(question)} if self._reader() else {}
        return self.decisive | held | {"question": to_json(question) if self.name is Name.ORACLE else question.asked}

    def reply(self, question: Question) -> Given:
        begun = time.perf_counter()
        answer, tokens = self._answer(question)
        # the record says which arm it is, whatever made it
        shown = self.desk.show(replace(answer, arm=self.name.value))
        seconds = time.perf_counter() - begun
        return Given(shown, seconds, tokens, self._log_probabilities(question))

    def _reader(self) -> "_Reader | None":
        """The model as one that gives probabilities; None where the arm has none, or shows it sources."""
        inside = self.writer.inside if isinstance(self.writer, _Shown) else self.writer
        is_bare = self.name in (Name.LLM, Name.ADAPTED)
        return inside if is_bare and isinstance(inside, _Reader) else None

    def _log_probabilities(self, question: Question) -> tuple[float, ...]:
        from rag.writing import prompts

        reader, answer = self._reader(), gold_answer(question)
        if reader is None or not answer:
            return ()
        request = prompts.alone(question.asked)
        request = self.writer.shown(request) if isinstance(self.writer, _Shown) else request
        return reader.log_likelihoods(request.messages, answer)

    def _answer(self, question: Question) -> tuple[Answer, int | None]:
        from rag.answer import written

        index, settings, asked = self.desk.index, self.desk.settings, question.asked
        if self.name is Name.SEARCH:
            return _searched(asked, index, settings), None
        if self.name is Name.ORACLE:
            from eval import oracle

            return oracle.answer(question, index, settings, self.writer)
        if self.writer is None:
            from rag.answer.answer import answer

            return answer(asked, index, settings), None
        if self.name is Name.LLM:
            made = written.unsourced(asked, index, settings, self.writer)
        else:
            made = written.make(asked, index, settings, self.writer, judge=self.desk.judge)
        return made.answer, made.written.tokens if made.written else 0


def _searched(asked: str, index: "Index", settings: "Settings") -> Answer:
    """Hits and nothing said of them, so never ``answered``."""
    from rag.search.search import search

    found = search(asked, index, settings)
    verdict = Verdict.PARTLY if found.hits else Verdict.DECLINED
    said = f"{len(found.hits)} passages found, nothing concluded."
    return Answer(
        found.query,
        verdict,
        said,
        (),
        (),
        (),
        (),
        found.hits,
        found.index,
        None,
        (),
        0,
        found.timings,
        Name.SEARCH.value,
    )


@runtime_checkable
class _Reader(Protocol):
    """A model that says how likely words are; servers do not."""

    def log_likelihoods(self, messages: "Sequence[Message]", text: str) -> tuple[float, ...]:
        """Natural logarithm of the chance of each token of ``text`` as the reply to ``messages``."""


class _Shown:
    """A writer that sees examples before each question."""

    def __init__(self, writer: "Writer", shots: Sequence[Question]) -> None:
        self.inside = writer
        self._shots = tuple(shots)
        self.name = f"{writer.name}, {len(shots)} examples"
        self.sha256, self.adapter = writer.sha256, writer.adapter
        self.form, self.notices = writer.form, writer.notices

    def write(self, request: "Request", budget: "Budget") -> "Iterator[Piece]":
        return self.inside.write(self.shown(request), budget)

    def shown(self, request: "Request") -> "Request":
        """The request with the examples before the question."""
        from rag.writing.writer import Message

        system, *rest = request.messages
        examples = [
            message
            for one in self._shots
            for message in (Message("user", one.asked), Message("assistant", one.answer or "\n".join(one.facts)))
        ]
        return replace(request, messages=(system, *examples, *rest))
