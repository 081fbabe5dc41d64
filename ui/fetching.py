"""The commands ``rxcite fetch``: labels and articles from where they are published into a folder."""

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import SourceError, UsageError
from ui.command import EPILOG, AsJson, Strict, echo_json, end, settings, warn

if TYPE_CHECKING:
    from corpora.fetch.folder import Folder
    from corpora.fetch.run import Failed, Offer, Report, Total

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Download labels and articles into a folder, from where they are published.",
)

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files and their manifest.")]
Since = Annotated[datetime | None, typer.Option("--since", metavar="DATE", formats=["%Y-%m-%d"], help="YYYY-MM-DD.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Look at no more files than this.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would come; fetch nothing.")]

_LISTED = 50
"""Files that a dry run lists on a screen; ``--json`` gives all."""


class Kind(StrEnum):
    """Which labels a name stands for."""

    RX = "rx"
    OTC = "otc"
    ANY = "any"


@app.callback()
def _fetch() -> None:
    """Download labels and articles into a folder, politely; the same command again fetches only what is new."""


@app.command(epilog=EPILOG)
def dailymed(
    ctx: typer.Context,
    out: Out,
    asked: Annotated[list[str] | None, typer.Argument(metavar="NAME_OR_SET_ID...", help="Drugs and labels.")] = None,
    since: Since = None,
    versions: Annotated[bool, typer.Option("--versions", help="Older versions of each label too.")] = False,
    release: Annotated[
        str | None, typer.Option("--release", metavar="NAME", help="Bulk: human_rx, human_otc, or the name of a file.")
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Labels that came into DIR before, once more.")] = False,
    kind: Annotated[Kind, typer.Option("--kind", help="Which labels names and dates stand for.")] = Kind.RX,
    limit: Limit = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Labels of DailyMed, and its bulk releases.

    By drug name, by set id, or all that changed since a day. What is there in its version is not fetched again.

    rxcite fetch dailymed colchicine propafenone --out labels
    """
    if bool(release) == bool(asked or since or refresh) or (release and versions):
        raise UsageError("give names or set ids, or --since DATE, or --refresh, or --release NAME alone")
    from corpora.fetch import dailymed as source
    from corpora.fetch import releases as bulk
    from corpora.fetch.client import Client

    chosen = settings(ctx).fetch

    def offers(stack: ExitStack, folder: "Folder") -> "Iterable[Offer | Failed | Total]":
        base = chosen.releases if release else chosen.dailymed
        client = stack.enter_context(Client(base, source.PER_MINUTE, chosen))
        if release:
            return bulk.releases(client, release)
        doctype = source.DOCTYPES.get(kind, "")
        wanted = [*(asked or []), *(source.held(folder) if refresh else [])]
        if refresh and not wanted:
            raise UsageError(f"no label came into {out} from DailyMed yet; give names or set ids")
        return source.labels(client, wanted, chosen, since=_day(since), doctype=doctype, versions=versions)

    _carry_out(offers, out, limit, dry_run=dry_run, strict=strict, as_json=as_json)


@app.command(epilog=EPILOG)
def openfda(
    ctx: typer.Context,
    out: Out,
    search: Annotated[str, typer.Argument(metavar="SEARCH", help="A drug, or openFDA's search syntax.")] = "",
    since: Since = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Labels of openFDA, one file each.

    OPENFDA_API_KEY, free of charge, raises what a day may have. A dry run counts and lists nothing.

    rxcite fetch openfda 'openfda.generic_name:"colchicine"' --out labels
    """
    if not search.strip() and not since:
        raise UsageError("give a drug, a search, or --since DATE")
    from corpora.fetch import openfda as source

    chosen = settings(ctx).fetch
    words = source.search_of(search, _day(since))
    if dry_run:
        with source.client(chosen) as client:
            number = source.matching(client, words)
        if as_json:
            echo_json({"matching": number, "search": words})
        else:
            typer.echo(f"{number:,} labels match {words}")
        return

    def offers(stack: ExitStack, folder: "Folder") -> "Iterable[Offer | Failed | Total]":
        return source.labels(stack.enter_context(source.client(chosen)), words, folder)

    _carry_out(offers, out, limit, dry_run=False, strict=strict, as_json=as_json)


@app.command(epilog=EPILOG)
def pubmed(
    ctx: typer.Context,
    out: Out,
    asked: Annotated[list[str], typer.Argument(metavar="QUERY_OR_PMID...", help="One query, or PMIDs.")],
    since: Since = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Abstracts of PubMed, by query or PMID.

    The same command again brings what is new and what PubMed changed. NCBI_API_KEY makes it faster, NCBI_EMAIL says
    who asks.

    rxcite fetch pubmed "colchicine AND propafenone AND interaction" --out articles
    """
    query, pmids = _query_or_ids(asked, r"\d{1,9}", "PMIDs")
    from corpora.fetch import pubmed as source
    from corpora.fetch.eutils import Eutils

    chosen = settings(ctx).fetch

    def offers(stack: ExitStack, folder: "Folder") -> "Iterable[Offer | Failed | Total]":
        eutils = stack.enter_context(Eutils(chosen))
        return source.articles(eutils, folder, query=query, pmids=pmids, since=_day(since), limit=limit)

    _carry_out(offers, out, limit, dry_run=dry_run, strict=strict, as_json=as_json)


@app.command(epilog=EPILOG)
def pmc(
    ctx: typer.Context,
    out: Out,
    asked: Annotated[list[str], typer.Argument(metavar="QUERY_OR_PMCID...", help="One query, or PMCIDs.")],
    since: Since = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Open full texts of PMC, by query or PMCID.

    Of the Open Access Subset alone, each with its licence in the manifest; retracted ones are left out by name.

    rxcite fetch pmc PMC2527327 --out articles
    """
    query, pmcids = _query_or_ids(asked, r"(?i)PMC[1-9]\d{0,9}", "PMCIDs")
    from corpora.fetch import pmc as source
    from corpora.fetch.client import Client
    from corpora.fetch.eutils import Eutils

    chosen = settings(ctx).fetch

    def offers(stack: ExitStack, folder: "Folder") -> "Iterable[Offer | Failed | Total]":
        client = stack.enter_context(Client(chosen.pmc, source.PER_MINUTE, chosen))
        eutils = stack.enter_context(Eutils(chosen))
        ids = [pmcid.upper() for pmcid in pmcids]
        return source.articles(client, eutils, query=query, pmcids=ids, since=_day(since))

    _carry_out(offers, out, limit, dry_run=dry_run, strict=strict, as_json=as_json)


@app.command(epilog=EPILOG)
def starter(
    ctx: typer.Context,
    out: Out,
    labels: Annotated[int, typer.Option("--labels", metavar="N", min=1, max=100, help="Of each drug.")] = 5,
    drugs: Annotated[int, typer.Option("--drugs", metavar="N", min=1, max=200, help="The N most used.")] = 200,
    no_ingest: Annotated[bool, typer.Option("--no-ingest", help="Leave the index alone.")] = False,
    dry_run: DryRun = False,
    strict: Strict = False,
) -> None:
    """Labels of the 200 most used drugs, and an index.

    A few of each drug, reference products first: a first real corpus in one command.

    rxcite fetch starter --out labels --index starter
    """
    from corpora.fetch import starter as source
    from corpora.fetch.client import Client
    from corpora.fetch.dailymed import PER_MINUTE

    chosen = settings(ctx).fetch

    def offers(stack: ExitStack, folder: "Folder") -> "Iterable[Offer | Failed | Total]":
        client = stack.enter_context(Client(chosen.dailymed, PER_MINUTE, chosen))
        return source.labels(client, labels, drugs)

    _carry_out(offers, out, None, dry_run=dry_run, strict=strict, as_json=False)
    if not dry_run and not no_ingest:
        from ui import corpus

        corpus.ingest(ctx, [out], strict=strict)


def _carry_out(
    source: Callable[[ExitStack, "Folder"], "Iterable[Offer | Failed | Total]"],
    out: Path,
    limit: int | None,
    *,
    dry_run: bool,
    strict: bool,
    as_json: bool,
) -> None:
    import logging

    from corpora.fetch.folder import Folder
    from corpora.fetch.run import fetch
    from ui.progress import Bars

    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        with ExitStack() as stack:
            folder = stack.enter_context(Folder(out.expanduser(), dry_run=dry_run))
            bars = stack.enter_context(Bars())
            report = fetch(source(stack, folder), folder, limit=limit, dry_run=dry_run, progress=bars)
    except KeyboardInterrupt:
        warn(f"stopped; every file in {out} is whole, and the same command goes on from here")
        raise
    _say(report, out, as_json=as_json)
    done = len(report.fetched) + report.unchanged + len(report.planned)
    if report.stopped:
        if not done and not report.failed:
            raise SourceError(report.stopped)
        warn(f"{report.stopped}; what is missing comes with the same command again")
        raise typer.Exit(1)
    end(len(report.failed), done, "could not be fetched", strict=strict)


def _say(report: "Report", out: Path, *, as_json: bool) -> None:
    if as_json:
        echo_json(_json(report))
        return
    if report.stopped and not (report.fetched or report.unchanged or report.planned or report.failed):
        return
    from ui import terminal

    console = terminal.console()
    if report.planned:
        rows = [[plan.name, plan.state, plan.version or "", plan.title] for plan in report.planned[:_LISTED]]
        terminal.table(["file", "state", "version", "title"], rows, console)
        if len(report.planned) > _LISTED:
            typer.echo(f"... and {len(report.planned) - _LISTED:,} more; --json lists all")
        warn("dry run: nothing was fetched")
    else:
        size = sum(entry.bytes for entry in report.fetched)
        numbers = [len(report.fetched), report.unchanged, len(report.failed)]
        row = [*(f"{n:,}" for n in numbers), f"{size / 1e6:,.1f}", f"{report.seconds:.1f}"]
        terminal.table(["fetched", "unchanged", "failed", "MB", "seconds"], [row], console)
    if report.failed:
        console.print()
        terminal.table(["failed", "reason"], [[failure.what, failure.reason] for failure in report.failed], console)
    if report.fetched:
        typer.echo(f"\nin {out}; to index them: rxcite ingest {out}")


def _json(report: "Report") -> dict[str, Any]:
    return {
        "fetched": [asdict(entry) for entry in report.fetched],
        "planned": [asdict(plan) for plan in report.planned],
        "unchanged": report.unchanged,
        "failed": [{"what": failure.what, "reason": failure.reason} for failure in report.failed],
        "stopped": report.stopped or None,
        "seconds": round(report.seconds, 1),
    }


def _query_or_ids(asked: list[str], pattern: str, ids: str) -> tuple[str, list[str]]:
    """A query and no ids, or no query and ids.

    Raises:
        UsageError: both at once, or several queries.
    """
    given = [word.strip() for word in asked if word.strip()]
    found = [word for word in given if re.fullmatch(pattern, word)]
    if not given or (found and len(found) < len(given)) or (not found and len(given) > 1):
        raise UsageError(f"give one query (in quotes), or {ids} alone; got {' '.join(asked)!r}")
    return ("", found) if found else (given[0], [])


def _day(when: datetime | None) -> date | None:
    return when.date() if when else None
