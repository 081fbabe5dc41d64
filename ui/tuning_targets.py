"""``rxcite finetune pairs``, and ``train --target``: what is tuned beside the writer."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.errors import UsageError
from ui.command import EPILOG, AsJson, echo_json, settings


def join(app: typer.Typer) -> None:
    """Adds the command to ``rxcite finetune``."""
    app.command("pairs", epilog=EPILOG)(pairs_)


def pairs_(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines to write.")],
    target: Annotated[
        str, typer.Option("--target", metavar="NAME", help="encoder (default), reranker or judge.")
    ] = "encoder",
    keep_out: Annotated[
        list[Path] | None,
        typer.Option(
            "--keep-out",
            metavar="FILE",
            help="Questions as JSON Lines: no ingredient of a label with one of their set_id is used, nor any sentence"
            " of their gold_sentences. Repeatable.",
        ),
    ] = None,
    scifact: Annotated[
        Path | None, typer.Option("--scifact", metavar="FOLDER", help="For a judge: claims with odd ids, too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make pairs to train an encoder, a re-ranker or a judge on, by rule, from the labels of an index.

    rxcite finetune pairs pairs.jsonl --index labels --keep-out questions.jsonl
    """
    from collections import Counter

    from finetune.targets import Target
    from rag.index.index import Index

    which = chosen(target)
    ids, sentences = _kept_out(keep_out or [])
    with Index.open(settings(ctx)) as index:
        counts: Counter[str] = Counter()
        if which is Target.JUDGE:
            from finetune import cross_encoder, judging
            from finetune.pairs import held_out, is_held

            held = held_out(index, ids)
            labels = (index.document_at(row.row) for row in index.documents() if row.kind == "label")
            used = [one for one in labels if one.drugs and not any(is_held(drug, held) for drug in one.drugs)]
            rules = judging.JudgeSettings()
            examples = [*judging.from_labels(used, rules), *(judging.from_scifact(scifact, rules) if scifact else ())]
            cross_encoder.write(examples, out)
            counts.update(f"{judging.LABELS[one.label]}, {one.split}" for one in examples)
        else:
            from finetune import pairs

            made = pairs.build(index, pairs.PairSettings(held_out=pairs.held_out(index, ids), unused=sentences))
            pairs.write(made, out)
            counts.update(f"{one.task}, {one.split}" for one in made)
    if not counts:
        raise UsageError(f"no label of index {settings(ctx).index!r} gave a pair; keep less out")
    if as_json:
        echo_json({"file": str(out), "pairs": dict(sorted(counts.items()))})
        return
    for kind, count in sorted(counts.items()):
        typer.echo(f"{count:7} {kind}")


def train(target: str, rows: Path | None, out: Path, given: dict[str, Any], resume: bool, as_json: bool) -> None:
    """What ``rxcite finetune train --target`` does."""
    from finetune import targets

    which = chosen(target)
    if rows is None or not rows.is_file():
        raise UsageError(
            f'a {which} is trained on a file of pairs; make one with "rxcite finetune pairs" and give --rows'
        )
    made = targets.train(which, rows, out, given, resume=resume)
    if as_json:
        echo_json(targets.plain(made))
        return
    typer.echo(f"{made.target}: {made.steps} steps in {made.seconds:.0f} s, in {made.folder}")
    for name, score in made.scores.items():
        typer.echo(f"  {name:<28} {score:.4f}")
    typer.echo(f"use it with {made.setting}")


def chosen(target: str) -> Any:
    """The target of that name.

    Raises:
        UsageError: there is none.
    """
    from finetune.targets import Target

    if target not in list(Target):
        raise UsageError(f"--target {target!r} is none of {', '.join(Target)}")
    return Target(target)


def _kept_out(files: Sequence[Path]) -> tuple[set[str], frozenset[str]]:
    """Set ids, and sentences as letters alone, of questions that must stay unseen."""
    import re

    from rag.text import searchable

    items = list(_items(files))
    gold = (sentence for item in items for sentence in item.get("gold_sentences", ()))
    bare = (re.sub(r"\W+", "", searchable(sentence)) for sentence in gold)
    return {item["set_id"] for item in items if item.get("set_id")}, frozenset(text for text in bare if len(text) > 40)


def _items(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    import json

    for file in files:
        try:
            yield from map(json.loads, file.read_text().splitlines())
        except (OSError, ValueError) as error:
            raise UsageError(f"{file} holds no questions as JSON Lines: {error}") from error
