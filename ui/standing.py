"""The command ``status``: what the index holds, how old it is, what failed, and where labels of one drug differ."""

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import UsageError
from rag.records import Kind
from ui.command import AsJson, echo_json, settings

if TYPE_CHECKING:
    from rich.console import Console

    from rag.answer.disagreements import Comparison, Disagreement
    from rag.index.rows import DocumentRow

_LISTED = 50
"""Documents that it lists on a screen; ``--json`` gives all."""
_YEARS = 5.0


def status(
    ctx: typer.Context,
    years: Annotated[
        float, typer.Option("--older-than", metavar="YEARS", min=0, help="Count labels older than so many years.")
    ] = _YEARS,
    drug: Annotated[
        str | None, typer.Option("--disagreements", metavar="DRUG", help="Points on which its labels differ.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what the index holds, how old it is, and which files failed.

    rxcite status --index demo --json
    """
    from rag.index.index import Index
    from ui import show_json, terminal

    chosen = settings(ctx)
    with Index.open(chosen) as index:
        if drug is not None:
            _disagreements(drug, index, as_json=as_json)
            return
        state, sizes, documents, failures = index.state, index.sizes(), index.documents(), index.failures()
        base = index.vector_base
    age = _age(documents, years)
    ended = [row for row in documents if row.ended]
    if as_json:
        found = show_json.status(state, sizes, documents, failures, str(chosen.folder))
        older = [row.id for row in age.older]
        dates = {"newest": age.newest, "oldest": age.oldest, "undated": age.undated, "years": years, "older": older}
        vectors = {"kind": "lists", **asdict(base)} if base else {"kind": "exact"}
        echo_json(
            found | {"vectors": vectors, "age": dates, "ended": [{"id": row.id, "date": row.ended} for row in ended]}
        )
        return
    console = terminal.console()
    heads = ["index", "generation", "documents", "versions", "passages", "distinct texts", "class members", "MB"]
    numbers = (sizes.documents, sizes.versions, sizes.passages, sizes.distinct_texts, sizes.class_members)
    row = [state.name, str(sizes.generation), *(f"{n:,}" for n in numbers), f"{sizes.bytes / 1e6:,.1f}"]
    terminal.table(heads, [row], console)
    typer.echo(f"\nencoder {state.encoder}, in {chosen.folder}")
    if base:
        typer.echo(
            f"vectors in {base.lists:,} lists, {base.probes:,} of them searched: {base.recall:.1%} of the ten nearest"
            " are found, measured against exact search"
        )
    typer.echo(
        f"labels of {age.oldest or 'no date'} to {age.newest or 'no date'}; {len(age.older):,} are older than {years:g}"
        f" years, {age.undated:,} give no date\n"
    )
    rows = [[d.id, d.kind, d.version or "", d.effective or "", f"{d.passages:,}", d.title] for d in documents[:_LISTED]]
    terminal.table(["id", "kind", "version", "date", "passages", "title"], rows, console)
    if len(documents) > _LISTED:
        typer.echo(f"... and {len(documents) - _LISTED:,} more; --json lists all")
    for title, some in (("no longer marketed from", ended), (f"older than {years:g} years, of", age.older)):
        if some:
            typer.echo()
            dated = [[(d.ended if some is ended else d.effective) or "", d.id, d.title] for d in some[:_LISTED]]
            terminal.table([title, "id", "title"], dated, console)
    if failures:
        typer.echo()
        terminal.table(["failed", "reason"], [[failure.path, failure.reason] for failure in failures], console)


@dataclass(frozen=True, slots=True)
class _Age:
    """How old the labels are."""

    newest: str | None
    oldest: str | None
    undated: int
    older: "list[DocumentRow]"
    """Oldest first."""


def _age(documents: "Sequence[DocumentRow]", years: float) -> _Age:
    labels = [row for row in documents if row.kind is Kind.LABEL]
    dates = [row.effective for row in labels if row.effective]
    bound = (datetime.date.today() - datetime.timedelta(days=min(years, 1000) * 365.25)).isoformat()
    older = sorted((row for row in labels if row.effective and row.effective < bound), key=lambda r: r.effective or "")
    return _Age(max(dates, default=None), min(dates, default=None), len(labels) - len(dates), older)


def _disagreements(drug: str, index: Any, *, as_json: bool) -> None:
    from rag.answer.disagreements import disagreements
    from ui import terminal

    found = disagreements(drug, index)
    if found is None:
        raise UsageError(f'no label of {drug!r} in index "{index.settings.index}"; "rxcite status" lists what there is')
    if as_json:
        echo_json(_json(found))
        return
    out = terminal.console()
    left = f"; {found.left_out} without contraindications of their own are left out" if found.left_out else ""
    terminal.line(f"{found.drug}: {len(found.labels)} labels compared{left}", out, bold=True)
    if not found.found:
        said = "Nothing found on which they differ" if len(found.labels) > 1 else "There is nothing to compare"
        terminal.line(f"{said}: boxed warnings and contraindications are looked at.", out)
    for one in found.found:
        _show(one, out)


def _show(one: "Disagreement", out: "Console") -> None:
    from ui import terminal

    is_box = one.kind == "boxed_warning"
    terminal.listing(
        "A boxed warning in some labels only" if is_box else f"Contraindication: {one.point}",
        [
            *(f"{_who(said.label)}: “{said.text if not is_box else said.text.splitlines()[0]}”" for said in one.said),
            *(
                f"{_who(row)}: {'none' if is_box else 'not among its contraindications'}"
                f"{', but named elsewhere in it' if row in one.elsewhere else ''}"
                for row in one.silent
            ),
        ],
        out,
    )


def _who(row: "DocumentRow") -> str:
    version = f"version {row.version}, " if row.version else ""
    return f"{row.title}, {row.manufacturer or 'manufacturer not given'} ({version}{row.effective or 'date not given'})"


def _json(found: "Comparison") -> dict[str, Any]:
    def label(row: "DocumentRow") -> dict[str, Any]:
        return {
            "id": row.id,
            "title": row.title,
            "manufacturer": row.manufacturer,
            "version": row.version,
            "effective": row.effective,
        }

    return {
        "drug": found.drug,
        "labels": [label(row) for row in found.labels],
        "left_out": found.left_out,
        "disagreements": [
            {
                "kind": one.kind.value,
                "point": one.point,
                "said": [
                    {
                        **label(said.label),
                        "section": said.section.heading,
                        "start": said.span.start,
                        "end": said.span.end,
                        "quote": said.text,
                    }
                    for said in one.said
                ],
                "silent": [{**label(row), "elsewhere": row in one.elsewhere} for row in one.silent],
            }
            for one in found.found
        ],
    }
