"""The commands of ``rxcite eval`` in which people judge, and the figures of medication recommendation."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import SourceError, UsageError
from ui.command import EPILOG, AsJson, echo_json, settings, warn
from ui.evaluating import QUESTIONS

if TYPE_CHECKING:
    from eval.rating.scales import Profession
    from rag.records import Answer

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.")]
Who = Annotated[str, typer.Option("--profession", metavar="NAME", help="pharmacist, physician, nurse or other.")]


def join(group: typer.Typer) -> None:
    """Adds the commands to ``rxcite eval``."""
    for command in (rate, ratings, sign, medication):
        group.command(epilog=EPILOG)(command)


def rate(
    runs: Runs,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Takes what goes to the raters.")],
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="Takes which arm gave what; raters must not see it.")
    ],
    most: Annotated[int | None, typer.Option("--most", metavar="N", min=1, help="So many questions, drawn.")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the order and the draw.")] = 1,
) -> None:
    """Make blinded sheets for people to rate: CSV, and a page that works without a network.

    rxcite eval rate runs/demo --out sheets --key key.json --most 20
    """
    from eval import questions as question_sets
    from eval.rating.export import export

    asked = [one for run in runs if (run / QUESTIONS).exists() for one in question_sets.read(run / QUESTIONS).questions]
    made = export(runs, out, key, questions=asked, seed=seed, most=most)
    for path in made.files:
        typer.echo(str(path))
    warn(f"the key is {made.key_file}; keep it from the raters")


def ratings(
    runs: Runs,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Of the sheets that come back.")] = None,
    sheet: Annotated[
        list[Path] | None, typer.Option("--sheet", metavar="FILE", help="A filled CSV or JSON; repeatable.")
    ] = None,
    rater: Annotated[
        str, typer.Option("--rater", metavar="NAME", help="Who filled it, where its rows do not say.")
    ] = "",
    profession: Who = "other",
) -> None:
    """Take filled sheets in, and print what people found: means, preferences, agreement.

    rxcite eval ratings runs/demo --key key.json --sheet answers.csv --rater "A. Weber" --profession pharmacist
    """
    from eval.rating.filled import Rater, write_failed
    from eval.rating.report import markdown
    from eval.rating.review import review, take_in

    if bool(key) != bool(sheet):
        raise UsageError("--key and --sheet go together: the key opens the sheets")
    if key and sheet:
        if len(runs) > 1:
            raise UsageError("sheets are taken into one run at a time; name the run that they were made from")
        who = Rater(rater, _profession(profession)) if rater else None
        found = take_in(runs[0], key, sheet, who)
        if found.failed:
            bad = runs[0] / "ratings-not-taken.csv"
            write_failed(found.failed, bad)
            warn(f"{len(found.failed)} rows were not taken; mend them in {bad} and give it with --sheet")
    typer.echo(markdown(review(runs)), nl=False)


def sign(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or the record of an answer.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who signs.")],
    judged: Annotated[str, typer.Option("--verdict", metavar="WORD", help="verified, corrected or rejected.")],
    question: Annotated[str | None, typer.Option("--question", metavar="ID", help="Which of the run.")] = None,
    arm: Annotated[str, typer.Option("--arm", metavar="NAME", help="Whose answer.")] = "rag",
    text: Annotated[Path | None, typer.Option("--text", metavar="FILE", help="The corrected text.")] = None,
    comment: Annotated[str, typer.Option("--comment", metavar="WORDS", help="Why.")] = "",
    profession: Who = "pharmacist",
) -> None:
    """Verify, correct or reject an answer under a name; the signature is kept beside it and the answer stays.

    rxcite eval sign runs/demo --question demo-001 --by "A. Weber" --verdict verified
    """
    from eval.rating import signing

    if judged not in [*signing.Judged]:
        raise UsageError(f"--verdict {judged}: one of {', '.join(signing.Judged)}")
    try:
        corrected = text.read_text(encoding="utf-8") if text else None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"the corrected text cannot be read from {text}: {error}") from error
    answer = _answer(run, question, arm)
    made = signing.sign(
        answer,
        by=by,
        judged=signing.Judged(judged),
        text=corrected,
        comment=comment,
        profession=_profession(profession),
    )
    signing.keep(made, run)
    typer.echo(f"{made.judged} by {made.by}, {made.at}: {made.question}")
    if made.change:
        typer.echo(made.change)


def medication(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Patients with visits, JSON lines.")],
    cut: Annotated[
        datetime.datetime | None,
        typer.Option("--cut", metavar="DATE", formats=["%Y-%m-%d"], help="Also: patients seen from this day on only."),
    ] = None,
    site: Annotated[list[str] | None, typer.Option("--site", metavar="NAME", help="Also: another site.")] = None,
    baseline: Annotated[
        bool,
        typer.Option("--baseline", help="Also: what was given last time; with --cut or --site, by condition too."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score recommended medication lists: overlap with what was given, interacting pairs by the labels here.

    rxcite eval medication patients.jsonl --index demo --cut 2024-01-01
    """
    from eval.medication import interacting, patients, recommending, report, splits
    from eval.medication.figures import figures
    from rag.answer.check_list import between
    from rag.index.index import Index
    from ui.progress import Bars

    found = patients.read(file)
    for bad in found.failed:
        warn(f"{file}, line {bad.line}: {bad.reason}")
    if not found.patients:
        raise SourceError(f"{file} holds no patient; expected JSON lines with id and visits")
    halves = {"all": splits.Split((), found.patients)}
    if cut:
        halves[f"from {cut.date()} on"] = splits.temporal(found.patients, cut.date())
    if site:
        halves[f"site {', '.join(site)}"] = splits.external(found.patients, frozenset(site))
    groups: dict[str, tuple[patients.Patient, ...]] = {}
    for name, split in halves.items():
        groups[name] = split.testing
        groups |= recommending.beside(name, split.testing, split.fitting) if baseline else {}
    with Index.open(settings(ctx)) as index, Bars() as bars:
        pairs = interacting.pairs_in([one for of in groups.values() for one in of])
        bars.start("pairs", len(pairs))

        def brief(a: str, b: str) -> "Answer":
            given = between(a, b, index)
            bars.advance()
            return given

        table = interacting.table(pairs, brief)
        bars.finish()
    made = {name: figures(of, table) for name, of in groups.items()}
    if as_json:
        echo_json({name: report.to_json(of) for name, of in made.items()})
    else:
        typer.echo(report.markdown(made), nl=False)


def _answer(path: Path, question: str | None, arm: str) -> dict[str, Any]:
    """The answer of a run by an arm to a question, or the one that a record holds."""
    if path.is_dir():
        from eval.rating.answers import kept

        found = {one.id: one.answer for one in kept([path]) if one.arm == arm}
        if question not in found:
            raise UsageError(f"--question {question}: {path} has no answer of the arm {arm} to it; it has {len(found)}")
        return found[question]
    from rag.answer.record import load

    answer: dict[str, Any] = load(path).answer
    return answer


def _profession(name: str) -> "Profession":
    from eval.rating.scales import Profession

    if name not in [*Profession]:
        raise UsageError(f"--profession {name}: one of {', '.join(Profession)}")
    return Profession(name)
