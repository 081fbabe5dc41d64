"""What a run looked like: a line of JSON for each step and check, and a plot of them."""

import json
import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from eval.plots import COLOURS

LOG = "log.jsonl"
PLOT = "curves.svg"
Line = dict[str, Any]
_KEPT = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient",
    "reward": "reward",
    "rewards/margins": "margin",
    "eval_loss": "valid_loss",
    "eval_mean_token_accuracy": "valid_token_accuracy",
    "eval_rewards/margins": "valid_margin",
    "eval_rewards/accuracies": "valid_accuracy",
    "eval_accuracy": "valid_accuracy",
}
"""Names of trl, and ours."""


class Log:
    """The log of a run, a line at a time; a run that goes on from a checkpoint takes back what came after it."""

    def __init__(self, folder: Path, since: int) -> None:
        """``since``: the step that the run goes on from, 0 for a new one."""
        self._path = folder / LOG
        kept = [line for line in read(folder) if line["step"] <= since] if since else []
        self._before = max((line["seconds"] for line in kept), default=0.0)
        self._tokens = max((line["tokens"] for line in kept if "tokens" in line), default=0)
        self._start = time.perf_counter()
        self._path.write_text("".join(f"{json.dumps(line)}\n" for line in kept))

    def note(self, step: int, logged: Mapping[str, Any]) -> None:
        """Writes what a trainer logged at a step, or a check found; seconds and memory are added here."""
        line: Line = {"step": step, "seconds": round(self._before + time.perf_counter() - self._start, 2)}
        line |= {_KEPT.get(name, name): value for name, value in logged.items() if name in _KEPT or name in CHECKED}
        if "num_tokens" in logged:
            line["tokens"] = self._tokens + int(logged["num_tokens"])
        line["memory_mib"] = _memory()
        with self._path.open("a") as stream:
            stream.write(f"{json.dumps(line)}\n")


CHECKED = ("citation_f1", "citation_recall", "citation_precision", "exact", "abstained", "refused", "asked")
"""What a check of citations finds."""


def read(folder: Path) -> list[Line]:
    """The lines of a run's log; the last may be half a line, where the run was killed, and is left out then."""
    path = folder / LOG
    lines = path.read_text().splitlines() if path.is_file() else []
    found: list[Line] = []
    for at, line in enumerate(lines):
        try:
            found.append(json.loads(line))
        except ValueError:
            if at < len(lines) - 1:
                raise
    return found


def best(lines: Iterable[Line], name: str, *, lowest: bool = False) -> float | None:
    """The best value of that name; None where there is none."""
    values = [line[name] for line in lines if line.get(name) is not None]
    return (min if lowest else max)(values, default=None)


def _memory() -> int:
    """MiB at the peak: of the GPU where there is one, else of the process."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated() >> 20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)


_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 150, 56, 24
_PANELS = (
    ("loss", ("loss", "valid_loss")),
    ("citations, validation sample", ("citation_f1", "abstained", "refused")),
    ("learning rate", ("learning_rate",)),
    ("reward", ("reward", "margin")),
)


def draw(lines: Sequence[Line], title: str) -> str:
    """The curves of a run as SVG: a panel for loss, one for citations, one for the learning rate."""
    panels = [(name, drawn) for name, names in _PANELS if (drawn := _series(lines, names))]
    height = len(panels) * (_HEIGHT + _TOP + 20) + 24
    inner = [f'<text x="8" y="16" font-weight="bold">{escape(title)}</text>']
    for at, (name, series) in enumerate(panels):
        inner.append(f'<g transform="translate(0 {24 + at * (_HEIGHT + _TOP + 20)})">{_panel(name, series)}</g>')
    said = "; ".join(f"{name} ends at {points[-1][1]:.3g}" for _, series in panels for name, points in series.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-size="12"'
        f' font-family="sans-serif" aria-label="{escape(f"{title}: {said}")}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(inner)}</svg>\n'
    )


def _series(lines: Sequence[Line], names: Sequence[str]) -> dict[str, list[tuple[int, float]]]:
    found = {name: [(line["step"], line[name]) for line in lines if line.get(name) is not None] for name in names}
    return {name: points for name, points in found.items() if points}


def _panel(title: str, series: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    steps = max(step for points in series.values() for step, _ in points) or 1
    values = [value for points in series.values() for _, value in points]
    low, top = min(0.0, *values), max(values) or 1.0
    span = _WIDTH - _LEFT - 16

    def place(step: float, value: float) -> tuple[float, float]:
        return _LEFT + span * step / steps, _TOP + _HEIGHT * (1 - (value - low) / ((top - low) or 1))

    drawn = [
        f'<text x="{_LEFT}" y="14">{escape(title)}</text>',
        f'<path d="M{_LEFT} {_TOP}v{_HEIGHT}h{span}" fill="none" stroke="#888"/>',
    ]
    for value in (low, top):
        drawn.append(f'<text x="{_LEFT - 6}" y="{place(0, value)[1] + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    drawn.append(f'<text x="{_LEFT + span}" y="{_TOP + _HEIGHT + 14}" text-anchor="end">step {steps}</text>')
    for at, (name, points) in enumerate(series.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        colour = COLOURS[at % len(COLOURS)]
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'
            for x, y in (place(*point) for point in points)
            if len(points) <= 60
        ]
        drawn.append(
            f'<text x="{_LEFT + 230 + 130 * at}" y="14" fill="{colour}">{escape(name)} {points[-1][1]:.3g}</text>'
        )
    return "".join(drawn)
