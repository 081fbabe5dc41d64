"""An evaluation of adapters as JSON, to keep, and as Markdown, to read."""

import math
from typing import Any

from finetune.evaluate import ArmResult, Comparison, Evaluation, Figure

FORMAT = "rxcite finetune evaluation 1"
Json = dict[str, Any]


def to_json(made: Evaluation) -> Json:
    """All figures."""
    return {
        "format": FORMAT,
        "rows": made.rows,
        "ingredients": made.clusters,
        "verdicts": list(made.verdicts),
        "arms": [_arm(one) for one in made.arms],
        "comparisons": [_comparison(one) for one in made.comparisons],
        "by_group": [
            {
                "arm": one.arm,
                "by": one.by,
                "groups": [{"name": g.name, "rows": g.questions, "mean": g.mean} for g in one.disparity.groups],
                "too_small": list(one.disparity.small),
                "gap": one.disparity.gap,
                "p": one.disparity.p,
            }
            for one in made.unevenness
        ],
        "notes": list(made.notes),
    }


def _arm(one: ArmResult) -> Json:
    surprise = one.mean("surprise")
    return {
        "arm": one.arm,
        "figures": {
            figure.measure.name: _interval(figure) | {"lower_is_better": figure.measure.lower_is_better}
            for figure in one.figures
            if figure.interval
        },
        "perplexity": math.exp(surprise) if surprise is not None else None,
        "seconds_a_row": one.seconds,
        "tokens_a_row": one.tokens,
    }


def _interval(figure: Figure) -> Json:
    found = figure.interval
    assert found is not None
    return {"mean": found.mean, "low": found.low, "high": found.high, "rows": found.questions}


def _comparison(one: Comparison) -> Json:
    made = one.difference
    return {
        "measure": one.measure.name,
        "a": one.a,
        "b": one.b,
        "mean": made.interval.mean,
        "low": made.interval.low,
        "high": made.interval.high,
        "p": made.p,
        "p_holm": one.adjusted,
    }


def markdown(made: Evaluation) -> str:
    """The tables, for a note or a card."""
    lines = ["# Adapter on held-out rows", "", f"{made.rows} rows on {made.clusters} ingredients.", ""]
    lines += [f"- {one}" for one in (*made.verdicts, *made.notes)]
    lines += ["", f"| measure | {' | '.join(one.arm for one in made.arms)} |", f"|---|{'---|' * len(made.arms)}"]
    for row in zip(*(one.figures for one in made.arms), strict=True):
        title = f"{row[0].measure.title}{' (lower is better)' if row[0].measure.lower_is_better else ''}"
        lines.append(f"| {title} | {' | '.join(map(_cell, row))} |")
    perplexities = [one.mean("surprise") for one in made.arms]
    lines.append(f"| Perplexity of the right answer | {' | '.join(map(_perplexity, perplexities))} |")
    lines.append(f"| Seconds a row | {' | '.join(f'{one.seconds:.2f}' for one in made.arms)} |")
    lines += ["", "Mean over rows [95 %], ingredients drawn; n: rows scored."]
    if made.comparisons:
        lines += [
            "",
            "## Differences",
            "",
            "| measure | arms | difference [95 %] | p | p, Holm |",
            "|---|---|---|---|---|",
        ]
    for one in made.comparisons:
        at = one.difference.interval
        lines.append(
            f"| {one.measure.name} | {one.a} - {one.b} | {at.mean:+.3f} [{at.low:+.3f}, {at.high:+.3f}] |"
            f" {one.difference.p:.4f} | {one.adjusted:.4f} |"
        )
    if made.unevenness:
        lines += [
            "",
            "## Citation F1 by group",
            "",
            "| arm | by | worst | best | gap | p |",
            "|---|---|---|---|---|---|",
        ]
    for uneven in made.unevenness:
        found = uneven.disparity
        worst, best = found.groups[0], found.groups[-1]
        gap = "-" if found.gap is None else f"{found.gap:.3f}"
        p = "-" if found.p is None else f"{found.p:.4f}"
        lines.append(
            f"| {uneven.arm} | {uneven.by} | {worst.name} {worst.mean:.3f} (n {worst.questions}) |"
            f" {best.name} {best.mean:.3f} (n {best.questions}) | {gap} | {p} |"
        )
    return "\n".join(lines) + "\n"


def _cell(figure: Figure) -> str:
    return f"{figure.interval}, n {figure.interval.questions}" if figure.interval else "not scored"


def _perplexity(surprise: float | None) -> str:
    return "not scored" if surprise is None else f"{math.exp(surprise):.2f}"
