"""The commands ``rxcite eval``: run question sets through arms, report, compare, list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import UsageError
from ui.arms import Adapter
from ui.command import EPILOG, AsJson, echo_json, settings, warn

if TYPE_CHECKING:
    from eval.arms import Arm, Name, NotRun
    from eval.compare import Threshold
    from eval.evaluation import Evaluation
    from eval.judge import Judge
    from eval.questions import Question
    from rag.index.index import Index
    from rag.settings import Settings
    from ui.progress import Bars

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Compare arms on question sets.")

QUESTIONS = "questions.jsonl"
_REPORTS = ("report.json", "report.md", "report.html")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")]
FailUnder = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-under", metavar="MEASURE=N", help="Exit 1 where a measure is worse; ARM:MEASURE=N for one arm."
    ),
]
Judging = Annotated[
    str, typer.Option("--judge", metavar="SPEC", help="lexical, hf:NAME_OR_PATH or openai:BASE_URL#MODEL.")
]
Claims = Annotated[
    Path | None,
    typer.Option("--judged-claims", metavar="FILE", help="Claims that experts judged, to measure the judge on."),
]
Title = Annotated[str | None, typer.Option("--title", metavar="WORDS", help="Title of the report.")]


@app.command("run", epilog=EPILOG)
def run_(
    ctx: typer.Context,
    questions: Annotated[
        list[str], typer.Option("--questions", metavar="FILE", help="A file, a folder or a shipped set; repeatable.")
    ],
    arms: Annotated[
        str, typer.Option("--arms", metavar="LIST", help="Of search, llm, rag, rag+adapter, oracle.")
    ] = "search,rag",
    model: Annotated[str, typer.Option("--model", metavar="SPEC", help="Who writes.")] = "extractive",
    adapter: Adapter = None,
    form: Annotated[str | None, typer.Option("--format", metavar="NAME", help="Of the file; else found out.")] = None,
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="MAP", help="Of a CSV: question=COLUMN,answer=COLUMN ...")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="So many questions, evenly over the set.")
    ] = None,
    shots: Annotated[
        int, typer.Option("--shots", metavar="N", min=0, help="Examples for the model alone, which are then not asked.")
    ] = 0,
    k: Annotated[
        int | None, typer.Option("--k", metavar="N", min=1, help="Passages that search gives each question.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Takes the run; one that stopped goes on.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Processes that answer.")] = 1,
    judge: Judging = "lexical",
    judged_claims: Claims = None,
    title: Title = None,
    fail_under: FailUnder = None,
) -> None:
    """Put questions to arms, and report.

    Answers are kept as they come: the same command again goes on where it stopped. The report is printed, and written
    into the folder of the run as HTML, Markdown and JSON.

    rxcite eval run --questions questions.jsonl --arms search,rag --limit 30
    """
    from eval import questions as question_sets
    from eval.run import run
    from rag.index.index import Index
    from ui.progress import Bars

    names = _names(arms)
    _thresholds(fail_under)
    if workers > 1 and model != "extractive":
        raise UsageError("--workers above 1 goes with --model extractive: a model takes all cores by itself")
    asked = _questions(questions, form, columns)
    examples, asked = asked[:shots], _evenly(asked[shots:], limit)
    chosen = settings(ctx)
    chosen = replace(chosen, search=replace(chosen.search, k=k)) if k else chosen
    folder = out or chosen.home / "runs" / f"{chosen.index}-{Path(questions[0]).stem}"
    folder.mkdir(parents=True, exist_ok=True)
    with Index.open(chosen) as index:
        with Bars() as bars:
            ready = _arms(names, index, chosen, model, examples, adapter)
            question_sets.save(asked, folder / QUESTIONS)
            opener = partial(_opened, names, chosen) if workers > 1 else None
            outcome = run(asked, ready, folder, bars, workers=workers, opener=opener)
            made = _evaluated(folder, index, _Wanted(judge, judged_claims, title), bars)
        for failed in outcome.failed[:5]:
            warn(f"{failed.arm}: {failed.reason}")
        if outcome.resumed:
            warn(f"{outcome.resumed} answers were there already")
        _written(made, folder)
    _hold(folder, fail_under)


@app.command("report", epilog=EPILOG)
def report_(
    ctx: typer.Context,
    folder: Folder,
    judge: Judging = "lexical",
    judged_claims: Claims = None,
    title: Title = None,
    question: Annotated[
        str | None, typer.Option("--question", metavar="ID", help="A page of this question alone, arms side by side.")
    ] = None,
    as_json: AsJson = False,
    fail_under: FailUnder = None,
) -> None:
    """Score the answers of a run again, and write its report as HTML, Markdown and JSON.

    rxcite eval report runs/demo --judge hf:PATH
    """
    from rag.index.index import Index
    from ui.progress import Bars

    _thresholds(fail_under)
    with Index.open(settings(ctx)) as index:
        with Bars() as bars:
            made = _evaluated(folder, index, _Wanted(judge, judged_claims, title), bars)
        if question is None:
            _written(made, folder, as_json=as_json)
        else:
            _written_alone(made, question, folder / "question.html")
    _hold(folder, fail_under)


@app.command("compare", epilog=EPILOG)
def compare_(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="Folder or report.json of a run.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Folder or report.json of the run to judge.")],
    fail_under: FailUnder = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs on the questions that both have: what rose, what fell, and what chance explains.

    rxcite eval compare before after --fail-under citation_recall=.9
    """
    from dataclasses import asdict

    from eval.compare import compare, failures, load

    thresholds = _thresholds(fail_under)
    old, new = load(before), load(after)
    changes = compare(old, new)
    if as_json:
        echo_json({"changes": [asdict(change) | {"is_worse": change.is_worse} for change in changes]})
    else:
        for change in changes:
            sign = "=" if change.before == change.after else "-" if change.is_worse else "+"
            typer.echo(f"{sign} {change}; p {change.difference.p:.4f}, {change.adjusted:.4f} by Holm")
    _fail(failures(new, thresholds, changes))


@app.command("list", epilog=EPILOG)
def list_(as_json: AsJson = False) -> None:
    """List the arms, the measures with their sources, the formats of question sets and the sets that ship.

    rxcite eval list
    """
    from eval.arms import Name
    from eval.scoring import MEASURES
    from eval.sets import Form, shipped

    if as_json:
        measures = [
            {"name": one.name, "title": one.title, "source": one.source, "judged": one.judged,
             "lower_is_better": one.lower_is_better}
            for one in MEASURES
        ]  # fmt: skip
        echo_json({"arms": [*Name], "measures": measures, "formats": [*Form], "sets": shipped()})
        return
    typer.echo(f"arms: {', '.join(Name)}")
    typer.echo(f"formats: {', '.join(Form)}")
    typer.echo(f"sets: {', '.join(shipped()) or 'none in this version'}")
    for one in MEASURES:
        typer.echo(f"{one.name:<26}{one.title}{', lower is better' if one.lower_is_better else ''} ({one.source})")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who judges, and what the report is called."""

    judge: str
    claims: Path | None
    title: str | None


def _names(arms: str) -> "list[Name]":
    from eval.arms import Name

    try:
        return list(dict.fromkeys(Name(name.strip()) for name in arms.split(",") if name.strip()))
    except ValueError as error:
        raise UsageError(f"--arms {arms}: {error}; arms are {', '.join(Name)}") from error


def _questions(files: Sequence[str], form: str | None, columns: str | None) -> "list[Question]":
    """The questions of all files; lines that hold none are named on stderr."""
    from eval import sets
    from eval.readers import table

    if form is not None and form not in [*sets.Form]:
        raise UsageError(f"--format {form}: formats are {', '.join(sets.Form)}")
    found: dict[str, Question] = {}
    for file in files:
        path = sets.path_of(file)
        if columns:
            made = table.read(path, table.Columns.of(columns))
        else:
            made = sets.read(path, sets.Form(form) if form else None)
        for bad in made.failed:
            warn(f"{path}, line {bad.line}: {bad.reason}")
        if both := found.keys() & {one.id for one in made.questions}:
            raise UsageError(f"{path} has questions of another file again, the first is {min(both)!r}")
        found |= {one.id: one for one in made.questions}
    if not found:
        raise UsageError(f"no question in {', '.join(files)}")
    return list(found.values())


def _evenly(questions: "list[Question]", limit: int | None) -> "list[Question]":
    count = len(questions)
    if limit is None or limit >= count:
        return questions
    return [questions[at * count // limit] for at in range(limit)]


def _arms(
    names: "Sequence[Name]",
    index: "Index",
    chosen: "Settings",
    model: str,
    examples: "Sequence[Question]" = (),
    adapter: str | None = None,
) -> "list[Arm | NotRun]":
    from eval.arms import Desk, arms
    from rag.writing import adapters
    from rag.writing import writer as writing
    from ui import show_json
    from ui.arms import models

    worn = adapters.allowed(adapter, chosen.home) if adapter is not None else None
    writer, judge = models(model, chosen)
    adapted = writing.adapted(writer, worn) if worn else None
    return arms(names, Desk(index, chosen, show_json.answer, writer, adapted, judge, tuple(examples)))


def _opened(names: "Sequence[Name]", chosen: "Settings") -> "list[Arm | NotRun]":
    """The arms of a worker process, which keeps its index open until it ends."""
    from rag.index.index import Index

    return _arms(names, Index.open(chosen), chosen, "extractive")


def _judge(spec: str, index: "Index") -> "Judge":
    from eval.corpus import names_of
    from eval.judge import BeliefJudge, LexicalJudge

    if spec == "lexical":
        return LexicalJudge(names_of(index))
    from rag.support.judge import load

    found = load(spec)
    if found is None:
        raise UsageError("--judge is empty; give lexical, hf:NAME_OR_PATH or openai:BASE_URL#MODEL")
    return BeliefJudge(found)


def _evaluated(folder: Path, index: "Index", wanted: _Wanted, bars: "Bars") -> "Evaluation":
    from eval import questions
    from eval.calibration import calibrate
    from eval.corpus import names_of
    from eval.evaluation import evaluate
    from eval.rating.review import review
    from eval.run import load

    judge = _judge(wanted.judge, index)
    outcome = load(folder)
    asked = questions.read(folder / QUESTIONS).questions
    calibration = calibrate(judge, wanted.claims) if wanted.claims else None
    title = wanted.title or f"{', '.join(outcome.answers) or 'No arm'} on {len(asked)} questions"
    made = evaluate(title, asked, outcome, index, judge, names_of(index), calibration=calibration, progress=bars)
    return replace(made, reviewed=review([folder]).note)


def _written(made: "Evaluation", folder: Path, *, as_json: bool = False) -> None:
    from eval.page import page
    from eval.report import markdown, to_json

    texts = (json.dumps(to_json(made)), markdown(made), page(made))
    for name, text in zip(_REPORTS, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    typer.echo(texts[0] if as_json else texts[1])
    warn(f"written: {', '.join(str(folder / name) for name in _REPORTS)}")


def _written_alone(made: "Evaluation", question: str, path: Path) -> None:
    from eval.page import figure

    try:
        path.write_text(figure(made, question), encoding="utf-8")
    except ValueError as error:
        raise UsageError(str(error)) from error
    warn(f"written: {path}")


def _hold(folder: Path, specs: list[str] | None) -> None:
    from eval.compare import failures, load

    if specs:
        _fail(failures(load(folder), _thresholds(specs)))


def _thresholds(specs: list[str] | None) -> "list[Threshold]":
    """Read before a run begins: a slip must not show when hours have passed."""
    from eval.compare import threshold

    return [threshold(spec) for spec in specs or ()]


def _fail(lines: Sequence[str]) -> None:
    """Exits 1 with one line that names what does not hold."""
    if lines:
        warn("; ".join(lines))
        raise typer.Exit(1)
