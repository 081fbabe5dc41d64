"""``rxcite finetune preferences`` and its neighbours: rows beside those of ``rxcite finetune data``."""

from pathlib import Path
from typing import Annotated

import typer

from ui.command import EPILOG, AsJson, echo_json, settings


def join(group: typer.Typer) -> None:
    """Adds the commands to ``rxcite finetune``."""
    group.command(epilog=EPILOG)(preferences)
    group.command("scrub", epilog=EPILOG)(scrub_)
    group.command("candidates", epilog=EPILOG)(candidates_)
    group.command("summaries", epilog=EPILOG)(summaries_)


def preferences(
    rows: Annotated[Path, typer.Argument(metavar="ROWS", help='Folder of "finetune data", or a file of rows.')],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="JSON Lines to write.")],
    kto: Annotated[bool, typer.Option("--kto", help="Single answers, good or bad, in place of pairs.")] = False,
    pairs: Annotated[int, typer.Option("--pairs", metavar="N", min=7, help="At most.")] = 7_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Same seed, same pairs.")] = 1,
    longest: Annotated[int, typer.Option("--longest", metavar="TOKENS", help="Of prompt and answer together.")] = 512,
    as_json: AsJson = False,
) -> None:
    """Make preference pairs from training rows: each right answer against one with a fault that is checked.

    rxcite finetune preferences rows --out pairs.jsonl
    """
    from finetune import corrupt, tokens

    made = corrupt.corrupt(corrupt.read(rows), pairs, seed, longest, tokens.counter().count)
    number = corrupt.save(corrupt.kto(made.pairs) if kto else corrupt.dpo(made.pairs), out)
    if as_json:
        echo_json({"rows": number, "pairs": made.counts, "dropped": dict(made.dropped), "file": str(out)})
        return
    for split, counts in made.counts.items():
        typer.echo(f"{split:<6}{sum(counts.values()):>8,} pairs: " + ", ".join(f"{n:,} {f}" for f, n in counts.items()))
    for reason, lost in made.dropped.most_common():
        typer.echo(f"{lost:>14,} dropped: {reason}")
    typer.echo(f"{number:,} rows in {out}")


def scrub_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Text.")],
    as_json: AsJson = False,
) -> None:
    """Print a text without names, dates, record numbers, telephones, addresses and e-mail addresses.

    It is a net and no proof: read what it prints before it leaves the house.

    rxcite finetune scrub note.txt
    """
    from finetune.scrub import scrub
    from rag.errors import SourceError

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file} cannot be read as text: {error}") from error
    found = scrub(text)
    if as_json:
        echo_json({"text": found.text, "counts": dict(found.counts)})
        return
    typer.echo(found.text, nl=not found.text.endswith("\n"))


def candidates_(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="JSON Lines to write.")],
    patients: Annotated[
        Path | None, typer.Option("--patients", metavar="FILE", help="Patients; default: 200 who do not exist.")
    ] = None,
    ratio: Annotated[int, typer.Option("--ratio", metavar="N", min=1, help="No for each yes, at most.")] = 7,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Same seed, same rows.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make yes/no rows on candidate drugs, one for each visit and drug, from patients: for tests of the method.

    rxcite finetune candidates --out candidates.jsonl
    """
    from eval.medication import patients as given
    from eval.medication import synthetic
    from finetune.candidates import candidates
    from finetune.rows import save

    known = given.read(patients).patients if patients else synthetic.patients(200, seed)
    licence = "of the owner of the data" if patients else "synthetic"
    number = save(candidates(known, ratio, seed, licence), out)
    if as_json:
        echo_json({"rows": number, "patients": len(known), "file": str(out)})
        return
    typer.echo(f"{number:,} rows of {len(known):,} patients in {out}")


def summaries_(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Takes train.jsonl, valid.jsonl, test.jsonl.")],
    longest: Annotated[int, typer.Option("--longest", metavar="TOKENS", help="Of prompt and answer together.")] = 768,
    without_source: Annotated[
        list[str] | None,
        typer.Option(
            "--without-source", metavar="TEXT", help="Leave out labels whose file or id holds it; repeatable."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Same seed, same rows.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make rows that sum a section of a label up by quoting what it says to do, the strictest first.

    rxcite finetune summaries --index demo --out summaries
    """
    from finetune import tokens
    from finetune.rows import Split, save
    from finetune.summaries import Wanted, summaries
    from rag.index.index import Index

    with Index.open(settings(ctx)) as index:
        wanted = Wanted(longest, seed=seed, without=tuple(without_source or ()))
        made = list(summaries(index, wanted, tokens.counter()))
    out.mkdir(parents=True, exist_ok=True)
    counts = {split.value: save((row for row in made if row.split is split), out / f"{split}.jsonl") for split in Split}
    if as_json:
        echo_json({"rows": counts, "folder": str(out)})
        return
    typer.echo(f"{sum(counts.values()):,} rows in {out}: " + ", ".join(f"{n:,} {split}" for split, n in counts.items()))
