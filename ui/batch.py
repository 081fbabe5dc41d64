"""Many questions from a file: one JSON line in, one out, in the same order, going on where an earlier run stopped."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rag.errors import RxciteError, UsageError

Reply = Callable[[str], dict[str, Any]]
"""Answers a question with the fields of an output line; an ``RxciteError`` concerns this question only."""
Tick = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Failed:
    """An input line without an answer."""

    line: int
    """From 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch did, earlier runs of the same file counted in."""

    lines: int
    resumed: int
    """Lines that an earlier run had written."""
    failed: tuple[Failed, ...]


def read(path: Path) -> list[str]:
    """The lines of a file of questions; empty lines at its end are none.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"questions cannot be read from {path}: {error}; a UTF-8 file of JSON lines is needed"
        ) from error
    return text.rstrip().split("\n") if text.strip() else []


def run(lines: Sequence[str], reply: Reply, out: Path, *, tick: Tick | None = None) -> Outcome:
    """Appends to ``out`` one line for each of ``lines`` that it does not hold yet.

    A line that cannot be answered gives ``{"id": ..., "question": ..., "error": ...}``: the order stays, the rest goes
    on. A last line that a kill cut is dropped and done again.

    Raises:
        UsageError: ``out`` holds answers to other questions.
    """
    written = _kept(out)
    failed = _check(written, lines, out)
    for _ in written:
        (tick or _no_tick)()
    # A lone surrogate, which JSON can hold and UTF-8 cannot, comes out as the escape it was.
    with out.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        failed += _write(lines, len(written), reply, stream, tick)
    return Outcome(len(lines), len(written), tuple(failed))


def stream(lines: Sequence[str], reply: Reply, out: TextIO, *, tick: Tick | None = None) -> Outcome:
    """Writes one line for each of ``lines`` to a stream."""
    return Outcome(len(lines), 0, tuple(_write(lines, 0, reply, out, tick)))


def _write(lines: Sequence[str], first: int, reply: Reply, out: TextIO, tick: Tick | None) -> list[Failed]:
    failed: list[Failed] = []
    for number, line in enumerate(lines[first:], first + 1):
        row: dict[str, Any] = {}
        try:
            row = _row(line)
            answer = reply(_question(row))
            del answer["question"]
            if clash := sorted(row.keys() & answer.keys()):
                raise UsageError(f"field {clash[0]!r} is one of the answer's own; give it another name")
            row |= answer
        except RxciteError as error:
            row["error"] = str(error)
            failed.append(Failed(number, str(error)))
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        # A run that is killed loses the line at hand, not those in a buffer.
        out.flush()
        (tick or _no_tick)()
    return failed


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f'not JSON: {error}; a line like {{"id": "1", "question": "..."}} is needed') from error
    if not isinstance(row, dict):
        raise UsageError(f'not a JSON object but {type(row).__name__}; {{"id": "1", "question": "..."}} is needed')
    return row


def _question(row: dict[str, Any]) -> str:
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        raise UsageError('no "question" with text in it')
    return question


def _kept(out: Path) -> list[dict[str, Any]]:
    """The whole lines of an earlier run; what stands after them is cut off the file."""
    if not out.exists():
        return []
    data = out.read_bytes()
    rows: list[dict[str, Any]] = []
    end = 0
    for at, line in _whole_lines(data):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            if at + len(line) + 1 < len(data):
                raise UsageError(f"{out}, line {len(rows) + 1} is no answer; name another file with --out")
            break
        rows.append(row)
        end = at + len(line) + 1
    if end < len(data):
        with out.open("r+b") as stream:
            stream.truncate(end)
    return rows


def _whole_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        yield at, data[at:end]
        at = end + 1


def _check(written: Sequence[dict[str, Any]], lines: Sequence[str], out: Path) -> list[Failed]:
    """Failures of the earlier run, after a look that it was a run on the same questions."""
    if len(written) > len(lines):
        raise UsageError(f"{out} has {len(written)} lines for {len(lines)} questions; name another file with --out")
    failed: list[Failed] = []
    for number, (row, line) in enumerate(zip(written, lines, strict=False), 1):
        try:
            asked = _row(line)
        except UsageError:
            asked = {}
        if any(row.get(name) != asked.get(name) for name in ("id", "question")):
            raise UsageError(f"{out}, line {number} answers another question; name another file with --out")
        if "error" in row and "timings_ms" not in row:
            failed.append(Failed(number, str(row["error"])))
    return failed


def _no_tick() -> None:
    pass
