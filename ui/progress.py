"""Progress on stderr: bars with count, rate and time left on a terminal, one line a stage where there is none."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Bars:
    """The bars of one command; stages nest, and a stage that comes back goes on where its bar stood.

    Use it as a context: the terminal is left clean whatever happens.
    """

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._open: list[str] = []

    def __enter__(self) -> Self:
        """Starts drawing."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops drawing; without a terminal, says what was done."""
        self._bars.stop()
        if self._bars.disable:
            for task in self._bars.tasks:
                done = f"{task.completed:,.0f}" + (f"/{task.total:,.0f}" if task.total else "")
                sys.stderr.write(f"{task.description}: {done}, {task.elapsed or 0:.1f} s\n")

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins, within the one that is open."""
        self._open.append(stage)
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
            return
        task = self._task(stage)
        self._bars.update(task.id, total=None if total is None else (task.total or 0) + total)

    def advance(self, n: int = 1) -> None:
        """So many steps of the innermost stage are done."""
        self._bars.advance(self._tasks[self._open[-1]], n)

    def finish(self) -> None:
        """The innermost stage is over."""
        task = self._task(self._open.pop())
        if task.total is None:
            self._bars.update(task.id, total=max(task.completed, 1), completed=max(task.completed, 1))

    def _task(self, stage: str) -> Task:
        return next(task for task in self._bars.tasks if task.id == self._tasks[stage])


class _Rate(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        """ "12.3/s", or nothing before the first step."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f}/s" if speed else "", "dim")
