"""Whether a run of ``rxcite eval`` that is killed goes on to the same figures: kill -9, again and again, and compare.

    python -m eval.bench.resume --index real --questions FILE [--questions FILE] [--arms search,rag] [--limit N]

One run goes through; another is killed (SIGKILL, with all its workers) each time so many more answers are there, and
started again until it comes to its end. Compared are the answers, timings aside, and all of ``report.json`` but what
things cost. Prints one JSON object; exit 1 where anything differs, or where fewer kills hit than were asked for.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.run import ANSWERS, load

Json = dict[str, Any]
_LOOKS = 0.02
"""Seconds between two looks at the answers of a run that is to be killed."""
_MAIN = "from ui.cli import main; main()"
_LONGEST = 3600.0
"""Seconds after which a run is given up."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What killing changed: nothing, if all is right."""

    answers: int
    killed_at: tuple[int, ...]
    """Answers that were there when a run was killed."""
    same_answers: bool
    same_report: bool
    seconds_whole: float
    seconds_killed: float

    @property
    def is_same(self) -> bool:
        """True where a run that was killed gives what one gives that was not."""
        return self.same_answers and self.same_report


def compared(arguments: Sequence[str], folder: Path, kills: int) -> Compared:
    """Two runs of ``rxcite eval run`` with ``arguments``, one killed ``kills`` times; both under ``folder``."""
    whole, torn = folder / "whole", folder / "torn"
    begun = time.perf_counter()
    _finish(arguments, whole)
    middle = time.perf_counter()
    count = _lines(whole)
    killed = [_kill(arguments, torn, count * at // (kills + 1)) for at in range(1, kills + 1)]
    _finish(arguments, torn)
    ended = time.perf_counter()
    return Compared(
        count,
        tuple(at for at in killed if at is not None),
        _answers(whole) == _answers(torn),
        _report(whole) == _report(torn),
        round(middle - begun, 1),
        round(ended - middle, 1),
    )


def _started(arguments: Sequence[str], out: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _MAIN, "eval", "run", *arguments, "--title", "Resumed", "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _finish(arguments: Sequence[str], out: Path) -> None:
    code = _started(arguments, out).wait(_LONGEST)
    if code:
        raise SystemExit(f"rxcite eval run {' '.join(arguments)} ended with {code}")


def _kill(arguments: Sequence[str], out: Path, at: int) -> int | None:
    """Kills a run once ``at`` answers are there; how many were, None where it came to its end before."""
    run = _started(arguments, out)
    while run.poll() is None:
        if _lines(out) >= at:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            return _lines(out)
        time.sleep(_LOOKS)
    return None


def _lines(out: Path) -> int:
    path = out / ANSWERS
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _answers(out: Path) -> Json:
    timed = {"timings_ms"}
    return {
        arm: {id: {name: value for name, value in one.answer.items() if name not in timed} for id, one in of.items()}
        for arm, of in load(out).answers.items()
    }


def _report(out: Path) -> Json:
    made: Json = json.loads((out / "report.json").read_text(encoding="utf-8"))
    for arm in made["arms"]:
        del arm["cost"]
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", action="append", required=True, help="as of rxcite eval run")
    parser.add_argument("--index", required=True)
    parser.add_argument("--arms", default="search,rag")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kills", type=int, default=3)
    options = parser.parse_args(arguments)
    given = [word for one in options.questions for word in ("--questions", one)]
    given += ["--arms", options.arms, "--index", options.index, "--workers", str(options.workers)]
    given += ["--limit", str(options.limit)] if options.limit else []
    with tempfile.TemporaryDirectory() as folder:
        found = compared(given, Path(folder), options.kills)
    made = {name: getattr(found, name) for name in Compared.__slots__}
    sys.stdout.write(json.dumps(made) + "\n")
    return 0 if found.is_same and len(found.killed_at) == options.kills else 1


if __name__ == "__main__":
    sys.exit(main())
