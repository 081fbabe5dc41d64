"""The command ``rxcite finetune data``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ui.command import EPILOG, AsJson, echo_json, settings, warn


def join(group: typer.Typer) -> None:
    """Adds the command to ``rxcite finetune``."""
    group.command(epilog=EPILOG)(data)


def data(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Takes the rows, report.json and card.md.")],
    rows: Annotated[int | None, typer.Option("--rows", metavar="N", min=1, help="So many, before gates.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Same seed, same rows.")] = None,
    longest: Annotated[
        int | None, typer.Option("--longest", metavar="TOKENS", help="Of prompt and answer together; default: 512.")
    ] = None,
    answer: Annotated[
        int | None, typer.Option("--answer", metavar="TOKENS", help="Of the answer alone; default: 64.")
    ] = None,
    searches: Annotated[
        int | None, typer.Option("--searches", metavar="N", min=0, help="Facts for which rxcite's search is run.")
    ] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", metavar="FILE", help="Questions that no row may hold; repeatable."),
    ] = None,
    without_source: Annotated[
        list[str] | None,
        typer.Option(
            "--without-source", metavar="TEXT", help="Leave out labels whose file or id holds it; repeatable."
        ),
    ] = None,
    without_ids: Annotated[
        Path | None,
        typer.Option("--without-ids", metavar="FILE", help="Leave out the labels of these ids, one a line."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make training rows from the labels of an index, by rule: train.jsonl, valid.jsonl, test.jsonl.

    rxcite finetune data --index demo --out rows --exclude my-questions.jsonl
    """
    from finetune import card
    from finetune import rows as files
    from finetune.build import Wanted, build
    from finetune.rows import Split
    from rag.errors import SourceError
    from rag.index.index import Index

    asked = {"rows": rows, "seed": seed, "longest": longest, "answer": answer, "searches": searches}
    left_out = list(without_source or [])
    if without_ids is not None:
        try:
            left_out += without_ids.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"--without-ids {without_ids}: {error}") from error
    wanted = Wanted(
        **{name: value for name, value in asked.items() if value is not None},
        exclude=tuple(exclude or ()),
        without=tuple(left_out),
    )
    chosen = settings(ctx)
    with Index.open(chosen) as index:
        built = build(index, chosen, wanted, warn)
    figures = card.report(built)
    out.mkdir(parents=True, exist_ok=True)
    for split in Split:
        files.save(card.rows_of(built, split), out / f"{split}.jsonl")
    (out / "report.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (out / "card.md").write_text(card.card(figures), encoding="utf-8")
    if as_json:
        echo_json(figures)
        return
    for split in Split:
        tasks = ", ".join(f"{number:,} {task}" for task, number in figures["tasks"][split].items())
        typer.echo(f"{split:<6}{figures['splits'][split]:>8,} rows: {tasks}")
    for reason, number in figures["dropped"].items():
        typer.echo(f"{number:>14,} dropped: {reason}")
    leak = figures["leakage"]
    typer.echo(
        f"shared ingredients {len(leak['shared_ingredients'])}, near an evaluation question "
        f"{leak['evaluation_questions']:.3%}; all figures in {out / 'card.md'}"
    )
