"""The card of a set of rows: what is in it, where it comes from, what it shares with tests, and what it is not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finetune.build import Built
from finetune.leakage import Leakage, leakage
from finetune.rows import Row, Split
from finetune.templates import templates, topics

Json = dict[str, Any]


def report(built: Built) -> Json:
    """All figures of a set, as they go into ``report.json``."""
    rows = built.rows
    return {
        "rows": len(rows),
        "builder": built.builder,
        "settings": {
            **asdict(built.wanted),
            "exclude": [path.name for path in built.wanted.exclude],
            "tokens_counted_by": built.counter,
        },
        "labels": len(built.labels),
        "facts": built.facts,
        "searches": built.searches,
        "splits": {split: sum(row.split is split for row in rows) for split in Split},
        "ingredients": {split: len({row.ingredient for row in rows if row.split is split}) for split in Split},
        "tasks": {split: _counted(row.task for row in rows if row.split is split) for split in Split},
        "negatives": _counted(row.negative for row in rows if row.negative),
        "topics": _counted(row.template.partition("/")[0] for row in rows),
        "templates": _counted(row.template for row in rows),
        "registers": _counted(row.register for row in rows),
        "names": _counted(row.named for row in rows),
        "sections": _counted(row.loinc for row in rows),
        "sentences_offered": _counted(len(row.sentences) for row in rows),
        "sentences_cited": _counted(len(row.gold.numbers) for row in rows),
        "with_search": sum(row.searched for row in rows) / max(len(rows), 1),
        "licences": _counted(row.licence or "none given" for row in rows),
        "sources": _counted(_file(label.path) for label in built.labels),
        "dropped": _counted_of(built.dropped),
        "held_out_templates": sum(one.held_out for topic in topics() for one in templates(topic)),
        "evaluation_questions": len(built.kept.questions),
        "leakage": asdict(leakage(rows, built.kept)),
    }


def card(figures: Mapping[str, Any]) -> str:
    """The card in Markdown, from the figures of ``report``."""
    leak = Leakage(**figures["leakage"])
    settings = figures["settings"]
    shared = ", ".join(leak.shared_ingredients) or "none"
    lines = [
        "# Rows for tuning a model on cited answers",
        "",
        f"{figures['rows']:,} rows of {figures['labels']} labels, made by rule and by no model; builder"
        f" `{figures['builder']}`, seed {settings['seed']}. A row is a question, sentences of labels as rxcite offers"
        " them to a writer, and the numbers and words of those that answer, or the reply that none does.",
        "",
        "Not for clinical use. Questions come from templates and not from people; answers are single sentences that"
        " a rule found, and a rule errs. What is offered beside a gold sentence was kept from answering by a second,"
        " wider rule, which errs too. Rows about two labels that differ are few where a corpus has one label a drug.",
        "",
        "## Rows",
        "",
        *_table(
            ("split", "rows", "ingredients", *_keys(figures["tasks"])),
            [
                [split, f"{figures['splits'][split]:,}", figures["ingredients"][split]]
                + [figures["tasks"][split].get(task, 0) for task in _keys(figures["tasks"])]
                for split in figures["splits"]
            ],
        ),
        "",
        f"Prompt and answer hold {settings['longest']} tokens at most, the answer {settings['answer']} (counted by:"
        f" {settings['tokens_counted_by']}). {figures['with_search']:.0%} of the rows offer sentences that rxcite's"
        " own search found for the question.",
        "",
    ]
    for name in ("topics", "negatives", "registers", "names", "sections", "licences", "sources", "dropped"):
        lines += [
            f"## {name.capitalize()}",
            "",
            *_table((name, "number"), [list(pair) for pair in figures[name].items()]),
            "",
        ]
    lines += [
        "## What training shares with tests",
        "",
        f"- Ingredients in two splits: {shared}. Labels offered in two splits: {leak.shared_documents}."
        f" Templates of test rows seen in training: {leak.shared_templates}.",
        f"- Held-out rows whose question nearly copies a training question: {leak.near_questions:.2%}; whose gold"
        f" sentence nearly copies one: {leak.near_gold:.2%}; whose gold sentence shares 13 words in a row with one:"
        f" {leak.long_runs:.2%} (boilerplate of a class stands in labels of several drugs).",
        f"- Against {figures['evaluation_questions']:,} evaluation questions: rows that nearly ask one"
        f" {leak.evaluation_questions:.3%}; rows whose gold sentence nearly copies one of theirs"
        f" {leak.evaluation_gold:.3%}.",
        "",
    ]
    return "\n".join(lines)


def _keys(tasks: Mapping[str, Mapping[str, int]]) -> list[str]:
    return sorted({task for counts in tasks.values() for task in counts})


def _file(path: str) -> str:
    """The folder and name of a file: a path of this machine is nobody's business."""
    return "/".join(Path(path).parts[-2:]) or "not known"


def _counted(values: Iterable[Any]) -> dict[str, int]:
    return _counted_of(Counter(map(str, values)))


def _counted_of(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    shown = ["| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *shown]


def rows_of(built: Built, split: Split) -> list[Row]:
    """The rows of a split."""
    return [row for row in built.rows if row.split is split]
