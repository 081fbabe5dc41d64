"""Files into an index, a folder and an index made equal, documents taken out."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ingest import crew, files
from ingest.folder import FolderPlan, Reading, Seen, compare
from ingest.intake import Done, Intake, Progress, Silent, reader_of
from rag.errors import SourceError, UsageError
from rag.index import disk, encoder
from rag.index.index import DATABASE
from rag.index.rows import Failure
from rag.index.writer import CLASS_FILE, writing
from rag.settings import Settings

_PER_BYTE = 12
"""Bytes of an index for a byte of XML or JSON: 717 real labels of 18.7 MB take 157 MB, and 43 MB for each of the two
generations that are kept for search."""
_PER_PACKED_BYTE = 2
"""The same of an archive, most of whose bytes are pictures."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did."""

    added: int
    changed: int
    unchanged: int
    """Documents that were there already; of files known by their content, all that they hold."""
    retired: int
    class_tables: int
    failed: tuple[Failure, ...]
    documents: int
    """In service afterwards."""
    passages: int
    seconds: float
    notes: tuple[str, ...]
    done: tuple[Done, ...]
    """Document by document; unchanged ones left out."""


@dataclass(frozen=True, slots=True)
class Sync:
    """What a sync did, or would do."""

    plan: FolderPlan
    report: Report
    """Its failures hold those that were known and not tried."""
    missing: tuple[str, ...]
    """Ids of documents in service that came from the folder and stand in none of its files any more."""
    removed: int
    """How many of them were taken out of service."""


def ingest(
    paths: Sequence[Path],
    settings: Settings,
    *,
    dry_run: bool = False,
    rebuild: bool = False,
    progress: Progress | None = None,
    embedder: encoder.Encoder | None = None,
    workers: str = "1",
) -> Report:
    """Adds or updates the documents of files and folders.

    One bad file never stops the rest: it is listed with its reason, and what it held before stays in service.

    Args:
        paths: Files or folders; may be empty with ``rebuild``.
        settings: Which index, which encoder, which bounds.
        dry_run: Reads and compares, writes nothing.
        rebuild: First splits and embeds again what is in service, with the settings of now.
        progress: Where progress is shown.
        embedder: Turns texts into vectors; by default the encoder that the settings name.
        workers: Processes that read and split: a number, "auto" or a cluster's "ray://HOST:PORT" (``ingest.crew``).

    Raises:
        SourceError: a path that does not exist.
        IndexUnusable: another process is writing, the disk is full, or a network's.
        IndexMismatch: the index has another encoder or size of passages, and ``rebuild`` is off.
    """
    begun = time.monotonic()
    if not paths and not rebuild:
        raise UsageError("nothing to ingest; give a file or folder")
    found = files.find(list(paths))
    with _intake(settings, dry_run, progress, embedder, rebuild=rebuild and not dry_run) as intake:
        if rebuild and not dry_run:
            intake.rebuild()
        intake.failed.extend(Failure(broken.name, "", broken.reason) for broken in found.refused)
        _ask_for_room(intake, found.files, intake.writer.store.size())
        _take(intake, found.files, workers)
        _finish(intake)
        return _report(intake, begun)


def sync(
    folder: Path,
    settings: Settings,
    *,
    dry_run: bool = False,
    prune: bool = False,
    retry_failed: bool = False,
    progress: Progress | None = None,
    embedder: encoder.Encoder | None = None,
    workers: str = "1",
) -> Sync:
    """Makes an index hold what a folder holds.

    Only documents that came from this folder are ever taken out, and only with ``prune``. A file that fails stands for
    what it held before; a document that stands in a file elsewhere stays.

    Args:
        folder: The folder.
        settings: Which index, which encoder, which bounds.
        dry_run: Reads and compares, writes nothing.
        prune: Takes documents out of service whose file is gone, or holds them no more.
        retry_failed: Reads files again that are known to fail and have not changed.
        progress: Where progress is shown.
        embedder: Turns texts into vectors; by default the encoder that the settings name.
        workers: Processes that read and split: a number, "auto" or a cluster's "ray://HOST:PORT" (``ingest.crew``).

    Raises:
        SourceError: no such folder, or with ``prune`` one that is empty all of a sudden.
        IndexUnusable: another process is writing, the disk is full, or a network's.
        IndexMismatch: the index has another encoder or size of passages.
    """
    begun = time.monotonic()
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; sync makes an index equal to one (rxcite ingest adds single files)")
    found = files.find([folder])
    root = files.said(str(folder.resolve()))
    with _intake(settings, dry_run, progress, embedder) as intake:
        plan = _plan(intake, root, found, retry_failed)
        if prune and plan.gone and not found.files:
            raise SourceError(
                f"{folder} holds no file now and {len(plan.gone)} were read from it; is a disk not mounted? Nothing was"
                ' removed: "rxcite remove" takes documents out, "rxcite index delete" a whole index'
            )
        before = intake.writer.held_at(intake.writer.places(root))
        intake.failed.extend(Failure(broken.name, "", broken.reason) for broken in found.refused)
        intake.failed.extend(intake.writer.failures_at(plan.failed))
        wanted = set(plan.to_read)
        to_read = [path for path in found.files if files.said(str(path)) in wanted]
        _ask_for_room(intake, to_read)
        known = intake.writer.held_at(plan.unchanged)
        intake.counts["unchanged"] += sum(not id.startswith(CLASS_FILE) for id in known)
        _take(intake, to_read, workers)
        if not dry_run:
            _follow(intake, root)
        missing = _missing(intake, plan, before)
        if not dry_run:
            intake.writer.settle(plan.gone, missing if prune else ())
        removed = len(missing) if prune and not dry_run else 0
        _finish(intake)
        return Sync(plan, _report(intake, begun), tuple(missing), removed)


def remove(ids: Sequence[str], settings: Settings) -> int:
    """Takes documents out of service; they stay in history.

    Raises:
        UsageError: an id that is not in service; nothing is removed then.
    """
    with writing(settings, create=False) as writer:
        absent = [id for id in ids if writer.current(id) is None]
        if absent:
            raise UsageError(f'not in index "{settings.index}": {", ".join(absent)}; "rxcite status" lists the ids')
        count = writer.remove(ids)
        writer.finish()
        return count


@contextmanager
def _intake(
    settings: Settings,
    dry_run: bool,
    progress: Progress | None,
    embedder: encoder.Encoder | None,
    *,
    rebuild: bool = False,
) -> Iterator[Intake]:
    """An intake into the index, or into one that nobody sees where a dry run finds none."""
    with tempfile.TemporaryDirectory() as nowhere:
        absent = not (settings.folder / DATABASE).exists()
        where = replace(settings, home=Path(nowhere)) if dry_run and absent else settings
        with writing(where, rebuild=rebuild) as writer:
            yield Intake(
                writer,
                settings,
                progress or Silent(),
                dry_run,
                embedder or encoder.IndexingEncoder(settings.encoder),
                encoder.Tokens(encoder.folder_of(settings.encoder)),
            )


def _take(intake: Intake, found: Sequence[Path], workers: str) -> None:
    with crew.hired(workers, found, intake.settings) as hired:
        if hired is None and crew.wanted(workers, found) != 1:
            intake.notes.append(crew.ABSENT)
        intake.crew = hired
        intake.take(found)


def _plan(intake: Intake, root: str, found: files.Found, retry_failed: bool) -> FolderPlan:
    intake.progress.start("comparing", len(found.files))
    seen: list[Seen] = []
    for path in found.files:
        try:
            with files.opened(path, intake.settings.sources) as opened:
                seen.append(Seen(files.said(str(path)), opened.sha256))
        except SourceError:  # the reading says why
            seen.append(Seen(files.said(str(path)), None))
        intake.progress.advance()
    intake.progress.finish()
    readings = intake.writer.readings([file.sha256 for file in seen if file.sha256], reader_of(intake.settings))
    closed = tuple(f"{broken.name}/" for broken in found.refused)  # a folder that cannot be listed: nothing is gone
    places = {path: known for path, known in intake.writer.places(root).items() if not f"{path}/".startswith(closed)}
    kinds = {sha256: Reading.WHOLE if whole else Reading.FAILED for sha256, whole in readings.items()}
    return compare(seen, places, kinds, retry_failed=retry_failed)


def _missing(intake: Intake, plan: FolderPlan, before: set[str]) -> list[str]:
    """Documents that stood in files of the folder, stand in none now, here or elsewhere, and are in service."""
    whole = {file.path for file in intake.read if not file.failures}
    standing = {id for file in intake.read for id in file.documents}
    left = before - standing
    left -= intake.writer.held_beside({*plan.gone, *(whole & set(plan.to_read))}, left)
    return sorted(id for id in left if intake.writer.serves(id))


def _follow(intake: Intake, root: str) -> None:
    """Forgets where files stood outside of the folder that have come into it and are there no more: they were moved."""
    read = [file.sha256 for file in intake.read]
    intake.writer.forget(
        [p for p in intake.writer.places_of(read) if not p.startswith(f"{root}/") and not Path(p).exists()]
    )


def _ask_for_room(intake: Intake, found: Sequence[Path], there: int = 0) -> None:
    """Refuses to begin what the disk has no room for, roughly reckoned; ``there`` are bytes that are taken already."""
    if intake.dry_run:
        return
    needed = -there
    for path in found:
        try:
            packed = path.suffix.lower() in (".zip", ".pdf")
            needed += path.stat().st_size * (_PER_PACKED_BYTE if packed else _PER_BYTE)
        except OSError:  # the reading says why
            continue
    disk.need(intake.settings.folder, max(needed, 0))


def _finish(intake: Intake) -> None:
    if not intake.dry_run:
        intake.progress.start("writing", None)
        intake.writer.finish()
        intake.progress.finish()


def _report(intake: Intake, begun: float) -> Report:
    c = intake.counts
    documents, passages = intake.writer.in_service()
    return Report(
        c["added"], c["changed"], c["unchanged"], c["retired"], c["class_tables"], tuple(intake.failed),
        documents, passages, time.monotonic() - begun, tuple(intake.notes), tuple(intake.done),
    )  # fmt: skip
