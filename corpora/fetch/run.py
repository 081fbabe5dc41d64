"""What a source offers, into a folder: one thing that fails never stops the rest."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from corpora.fetch.errors import FetchError, Unreachable
from corpora.fetch.folder import Entry, Folder, sha256


class Progress(Protocol):
    """Where progress is shown."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins, with so many steps."""

    def advance(self, n: int = 1) -> None:
        """So many steps of the stage are done."""

    def finish(self) -> None:
        """The stage is over."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One file that a source has."""

    name: str
    """In the folder; made from ids that were checked."""
    url: str
    licence: str
    take: Callable[[Path], str | None]
    """Writes the file, checked, into a draft and returns the version that came; raises FetchError."""
    version: str | None = None
    """As the source lists it; a file that is there with the same version is not taken. None: taken, and compared."""
    title: str = ""
    resumable: bool = False
    """True where a cut draft of the same version can be gone on with."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something that was asked for and did not come, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many files a list has of which some are about to be offered; for the progress bar alone."""

    files: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What a dry run would do with a file."""

    name: str
    state: str
    """ "new", "changed" or "unchanged"."""
    version: str | None
    title: str


@dataclass(slots=True)
class Report:
    """What a run did."""

    fetched: list[Entry] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    unchanged: int = 0
    failed: list[Failed] = field(default_factory=list)
    stopped: str = ""
    """Why the run ended before its end: nobody answers any more; "" for a whole run."""
    seconds: float = 0.0


def fetch(
    offers: Iterable[Offer | Failed | Total],
    folder: Folder,
    *,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Takes into the folder what is offered and not there yet.

    Args:
        offers: Of a source; read only as far as needed.
        folder: An open folder.
        limit: Files looked at, at most; those that are there already count.
        dry_run: Says what would be done with each; takes nothing.
        progress: Where progress is shown.
    """
    begun, report = time.monotonic(), Report()
    bar = _Bar(progress, limit)
    try:
        for item in islice(bar.without_totals(offers), limit):  # what fails counts too: the limit bounds the requests
            _handle(item, folder, report, dry_run=dry_run)
            if isinstance(item, Offer):
                bar.advance()
    except Unreachable as error:
        report.stopped = str(error)
    except FetchError as error:  # of the listing itself
        report.failed.append(Failed("the list", str(error)))
    bar.finish()
    report.seconds = time.monotonic() - begun
    return report


class _Bar:
    """The progress of a run whose size becomes known as its lists are read."""

    def __init__(self, progress: Progress | None, limit: int | None) -> None:
        self._progress = progress
        self._left = limit
        self._starts = 0

    def without_totals(self, offers: Iterable[Offer | Failed | Total]) -> Iterator[Offer | Failed]:
        for item in offers:
            if isinstance(item, Total):
                self._start(item.files)
            else:
                yield item

    def advance(self) -> None:
        if not self._starts:
            self._start(self._left)
        if self._progress:
            self._progress.advance()

    def finish(self) -> None:
        for _ in range(self._starts if self._progress else 0):
            assert self._progress
            self._progress.finish()

    def _start(self, files: int | None) -> None:
        if self._left is not None and files is not None:
            files = min(files, self._left)
            self._left -= files
        self._starts += 1
        if self._progress:
            self._progress.start("fetching", files)


def _handle(item: Offer | Failed, folder: Folder, report: Report, *, dry_run: bool) -> None:
    if isinstance(item, Failed):
        report.failed.append(item)
        return
    known = folder.entry(item.name)
    same = known is not None and item.version is not None and known.version == item.version
    if dry_run:
        state = "unchanged" if same else "changed" if known else "new"
        report.planned.append(Planned(item.name, state, item.version, item.title))
    elif same:
        report.unchanged += 1
    else:
        _take(item, known, folder, report)


def _take(offer: Offer, known: Entry | None, folder: Folder, report: Report) -> None:
    draft = folder.draft(offer.name, (offer.version or "") if offer.resumable else "")
    keeps = offer.resumable and bool(offer.version)
    try:
        came = offer.take(draft)
        if known is not None and known.version == came and sha256(draft) == known.sha256:
            report.unchanged += 1
            folder.confirm(offer.name)
            draft.unlink()
            return
        report.fetched.append(folder.keep(draft, offer.name, url=offer.url, licence=offer.licence, version=came))
    except Unreachable:
        raise
    except FetchError as error:
        report.failed.append(Failed(offer.name, str(error)))
    finally:
        if not keeps:
            draft.unlink(missing_ok=True)
