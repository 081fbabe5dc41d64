"""A run: every question to every arm, each answer kept as a line the moment it is there.

The folder of a run holds ``answers.jsonl``, one answer a line with the key under which it is found again. A run that
was killed goes on where it stopped; a last line that was cut is dropped. The same question, arm, settings, model,
adapter, corpus and code have the same key, so that a folder is a cache too: only what changed is answered anew.
``plan.json`` says which of the answers belong to the run that came to its end last.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from eval.arms import Arm, Given, NotRun
from eval.questions import Question
from rag.errors import RxciteError, UsageError

Json = dict[str, Any]
ANSWERS, PLAN = "answers.jsonl", "plan.json"
_LOCK = ".answers.lock"


class Progress(Protocol):
    """Where progress is shown."""

    def start(self, stage: str, total: int | None) -> None:
        """An arm begins, with so many questions."""

    def advance(self, n: int = 1) -> None:
        """So many more are answered."""

    def finish(self) -> None:
        """The arm has ended."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A question that an arm could not answer; it is asked again when the run goes on."""

    arm: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave, earlier runs in the same folder counted in."""

    answers: Mapping[str, Mapping[str, Given]]
    """Arm -> id of the question -> answer, in the order of the questions."""
    not_run: tuple[NotRun, ...]
    failed: tuple[Failed, ...]
    resumed: int
    """Answers that were there already."""


Opener = Callable[[], Sequence[Arm | NotRun]]
"""Opens the arms of a run in a process of its own; must be picklable: a function of a module, or a partial of one."""


def run(
    questions: Sequence[Question],
    arms: Sequence[Arm | NotRun],
    folder: Path,
    progress: Progress | None = None,
    *,
    workers: int = 1,
    opener: Opener | None = None,
) -> Outcome:
    """Puts ``questions`` to ``arms`` and keeps the answers in ``folder``.

    With ``workers`` above 1 that many processes answer, each with the arms that ``opener`` opens there. Latencies are
    then those of a machine that does other things too.

    Raises:
        UsageError: another run writes there, or the file there holds something else.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / _LOCK, timeout=0):
            with _replies(arms, workers, opener) as replies:
                return _run(questions, arms, folder / ANSWERS, progress, replies)
    except Timeout as error:
        raise UsageError(f"another run is writing into {folder}; wait for it, or name another folder") from error


def _run(
    questions: Sequence[Question],
    arms: Sequence[Arm | NotRun],
    path: Path,
    progress: Progress | None,
    replies: "_Replies",
) -> Outcome:
    kept = _kept(path)
    resumed = 0
    plan: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, Given]] = {}
    failed: list[Failed] = []
    with path.open("ab", buffering=0) as stream:
        for arm in arms:
            if isinstance(arm, NotRun):
                continue
            if arm.name in answers:
                raise UsageError(f"two arms are called {arm.name!r}; give each a name of its own")
            if progress:
                progress.start(arm.name, len(questions))
            keys = {question.id: hash_of(arm.key(question)) for question in questions}
            todo: dict[str, Question] = {}
            for question in questions:
                if keys[question.id] not in kept:
                    todo.setdefault(keys[question.id], question)
            resumed += sum(key in kept for key in keys.values())
            if progress and len(todo) < len(questions):
                progress.advance(len(questions) - len(todo))
            for key, given in replies(arm, todo):
                if isinstance(given, Given):
                    kept[key] = given
                    _append(stream.fileno(), _line(key, arm.name, todo[key].id, given))
                else:
                    failed.append(Failed(arm.name, todo[key].id, given))
                if progress:
                    progress.advance()
            answers[arm.name] = {id: kept[key] for id, key in keys.items() if key in kept}
            plan[arm.name] = keys
            if progress:
                progress.finish()
    not_run = tuple(arm for arm in arms if isinstance(arm, NotRun))
    _save_plan(path.with_name(PLAN), plan, not_run, failed)
    return Outcome(answers, not_run, tuple(failed), resumed)


def load(folder: Path) -> Outcome:
    """What the last run that came to its end in ``folder`` gave, without asking anybody.

    Raises:
        UsageError: no run has come to its end there.
    """
    try:
        plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"no run has come to its end in {folder}: {error}; run it again to go on") from error
    kept = _kept(folder / ANSWERS)
    answers = {arm: {id: kept[key] for id, key in keys.items() if key in kept} for arm, keys in plan["arms"].items()}
    resumed = sum(map(len, answers.values()))
    return Outcome(
        answers,
        tuple(NotRun(one["name"], one["why"]) for one in plan["not_run"]),
        tuple(Failed(one["arm"], one["id"], one["reason"]) for one in plan["failed"]),
        resumed,
    )


def _kept(path: Path) -> dict[str, Given]:
    return {
        row["key"]: Given(row["answer"], row["seconds"], row["tokens"], tuple(row.get("log_probabilities", ())))
        for row in rows_of(path)
    }


def _save_plan(
    path: Path, arms: Mapping[str, Mapping[str, str]], not_run: Sequence[NotRun], failed: Sequence[Failed]
) -> None:
    """Replaces the plan in one step: a kill leaves the old one or the new one."""
    body = {"arms": arms, "not_run": [asdict(one) for one in not_run], "failed": [asdict(one) for one in failed]}
    half = path.with_suffix(".half")
    half.write_text(json.dumps(body), encoding="utf-8")
    half.replace(path)


_Replies = Callable[[Arm, Mapping[str, Question]], Iterable[tuple[str, Given | str]]]
"""Answers of an arm to questions by key, as they come; a text where one failed."""


@contextmanager
def _replies(arms: Sequence[Arm | NotRun], workers: int, opener: Opener | None) -> Iterator[_Replies]:
    if workers < 1 or (workers > 1 and opener is None):
        raise UsageError(f"{workers} workers need at least 1, and above that arms that other processes can open")
    if workers == 1 or opener is None:
        yield lambda arm, todo: ((key, _reply(arm, question)) for key, question in todo.items())
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    # a fork would share the open database between processes, which SQLite forbids
    with ProcessPoolExecutor(workers, get_context("spawn"), _open, (opener,)) as pool:

        def replies(arm: Arm, todo: Mapping[str, Question]) -> Iterator[tuple[str, Given | str]]:
            asked = {pool.submit(_reply_there, arm.name, question): key for key, question in todo.items()}
            try:
                for done in as_completed(asked):
                    yield asked[done], done.result()
            finally:
                for one in asked:
                    one.cancel()

        yield replies


_OPENED: dict[str, Arm] = {}
"""The arms of a worker process, by name; empty in the process that runs them."""


def _open(opener: Opener) -> None:
    _OPENED.update({arm.name: arm for arm in opener() if not isinstance(arm, NotRun)})


def _reply_there(name: str, question: Question) -> Given | str:
    return _reply(_OPENED[name], question)


def _reply(arm: Arm, question: Question) -> Given | str:
    try:
        return arm.reply(question)
    except RxciteError as error:
        return str(error)


def hash_of(key: Json) -> str:
    """The name of a key: the same for the same content, whatever the order of its fields."""
    return hashlib.sha256(json.dumps(key, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def rows_of(path: Path) -> Iterator[Json]:
    """The rows of a run's file; what a kill left behind the last whole line is cut off the file.

    Raises:
        UsageError: a whole line is no row of a run.
    """
    if not path.exists():
        return
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        with path.open("r+b") as stream:
            stream.truncate(end)
    for number, line in enumerate(data[:end].splitlines(), 1):
        try:
            row = json.loads(line)
            whole = isinstance(row, dict) and {"key", "arm", "id", "seconds", "tokens", "answer"} <= row.keys()
        except ValueError:
            whole = False
        if not whole:
            raise UsageError(f"{path}, line {number} is no answer of a run; name another folder")
        yield row


def _line(key: str, arm: str, id: str, given: Given) -> bytes:
    row = {"key": key, "arm": arm, "id": id, "seconds": given.seconds, "tokens": given.tokens, "answer": given.answer}
    if given.log_probabilities:
        row["log_probabilities"] = [round(one, 5) for one in given.log_probabilities]
    return json.dumps(row).encode() + b"\n"


def _append(file: int, line: bytes) -> None:
    """Writes a line to the end of a file opened for appending, whole unless the machine stops within it."""
    while line:
        line = line[os.write(file, line) :]
