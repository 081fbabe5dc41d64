"""Files into an index: read, compare with what is there, split, embed what is new, commit.

Parse first, replace after.
"""

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ingest import files, passages
from ingest.names import drug_names
from ingest.plan import plan
from ingest.spl import ClassTable
from rag.errors import SourceError, UsageError
from rag.index import encoder
from rag.index.index import DATABASE
from rag.index.rows import Failure
from rag.index.writer import Current, Entry, Writer, writing
from rag.records import Document
from rag.settings import Settings

_BATCH = 128
"""Documents of one commit."""
_TEXTS = 1024
"""Texts embedded between two commits of vectors: what a kill can cost."""


class Progress(Protocol):
    """Where progress is shown; stages may alternate."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage ("reading", "embedding", "writing") begins, with so many steps."""

    def advance(self, n: int = 1) -> None:
        """So many steps of the stage are done."""

    def finish(self) -> None:
        """The stage is over."""


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


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """A file that was read, before what it held is committed."""

    path: str
    sha256: str
    failures: tuple[Failure, ...]
    documents: tuple[str, ...]


@dataclass(slots=True)
class _Run:
    """One ingest while it goes on."""

    writer: Writer
    settings: Settings
    progress: Progress
    dry_run: bool
    embedder: encoder.Encoder
    tokens: encoder.Tokens
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    waiting: list[Document] = field(default_factory=list)


class Silent:
    """Progress that nobody watches."""

    def start(self, stage: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, n: int = 1) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


def ingest(
    paths: Sequence[Path],
    settings: Settings,
    *,
    dry_run: bool = False,
    rebuild: bool = False,
    progress: Progress | None = None,
    embedder: encoder.Encoder | None = None,
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

    Raises:
        SourceError: a path that does not exist.
        IndexUnusable: another process is writing.
        IndexMismatch: the index has another encoder, and ``rebuild`` is off.
    """
    begun = time.monotonic()
    if not paths and not rebuild:
        raise UsageError("nothing to ingest; give a file or folder")
    found = files.find(list(paths))
    with tempfile.TemporaryDirectory() as nowhere:
        absent = not (settings.folder / DATABASE).exists()
        where = replace(settings, home=Path(nowhere)) if dry_run and absent else settings
        with writing(where, rebuild=rebuild and not dry_run) as writer:
            folder = encoder.folder_of(settings.encoder)
            run = _Run(
                writer,
                settings,
                progress or Silent(),
                dry_run,
                embedder or encoder.IndexingEncoder(settings.encoder),
                encoder.Tokens(folder),
            )
            if rebuild and not dry_run:
                _rebuild(run)
            _read_all(run, found)
            if not dry_run:
                run.progress.start("writing", None)
                writer.finish()
                run.progress.finish()
            row = writer.store.one(
                "select count(*) as documents, coalesce(sum((select count(*) from passage where document ="
                " d.row)), 0) as passages"
                " from document d where retired is null"
            )
            assert row is not None
    c = run.counts
    return Report(
        c["added"], c["changed"], c["unchanged"], c["retired"], c["class_tables"], tuple(run.failed),
        row["documents"], row["passages"], time.monotonic() - begun, tuple(run.notes),
    )  # fmt: skip


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


def _read_all(run: _Run, found: files.Found) -> None:
    reader = f"{files.READERS}/{run.settings.passages.target_tokens}/{run.settings.passages.max_tokens}"
    run.progress.start("reading", len(found.files))
    run.failed.extend(Failure(broken.name, "", broken.reason) for broken in found.refused)
    pending: list[_ReadFile] = []
    for path in found.files:
        try:
            with files.opened(path, run.settings.sources) as opened:
                if run.writer.has_file(opened.sha256, reader):
                    held = run.writer.store.one("select count(*) as n from holding where sha256 = ?", (opened.sha256,))
                    run.counts["unchanged"] += held["n"] if held else 0
                else:
                    pending.append(_read(run, opened, reader, pending))
        except SourceError as error:
            run.failed.append(Failure(files.said(str(path)), "", str(error)))
        if len(run.waiting) >= _BATCH:
            _flush(run, reader, pending)
            pending.clear()
        run.progress.advance()
    _flush(run, reader, pending)
    run.progress.finish()


def _read(run: _Run, opened: files.Opened, reader: str, pending: list[_ReadFile]) -> _ReadFile:
    """Reads one file; an archive of many documents is committed batch by batch and noted as read when it is."""
    failures: list[Failure] = []
    ids: list[str] = []
    for item in files.contents(opened.source, run.settings.sources):
        if isinstance(item, files.Broken):
            failures.append(Failure(item.name, opened.sha256, item.reason))
        elif isinstance(item, ClassTable):
            run.counts["class_tables"] += 1
            if not run.dry_run:
                with run.writer.commit():
                    run.writer.add_class_table(item.set_id, item.members)
        else:
            ids.append(item.id)
            run.waiting.append(item)
            if len(run.waiting) >= _BATCH:
                _flush(run, reader, pending)
                pending.clear()
    run.failed.extend(failures)
    return _ReadFile(opened.source.name, opened.sha256, tuple(failures), tuple(ids))


def _flush(run: _Run, reader: str, read: Sequence[_ReadFile]) -> None:
    """Commits the documents that wait, and the files that they came from, as one transaction."""
    todo = plan(run.waiting, run.writer.current, run.writer.knows)
    run.waiting = []
    run.counts.update(todo.counts)
    run.notes.extend(todo.notes)
    if run.dry_run or not (todo.changes or read):
        return
    prepared = _prepared(run, [change.document for change in todo.changes if change.history is None])
    # a generation is a change of what is served: files that only failed, or held nothing new, make none
    with run.writer.commit() if todo.changes else run.writer.noting() as generation:
        for change in todo.changes:
            document = change.document
            if change.replaces is not None:
                run.writer.retire(change.replaces.row, generation, _reason(change.replaces, document))
            entries = prepared.get(id(document), ())
            run.writer.add(document, entries, drug_names(document), generation, history=change.history)
        for file in read:
            failed = f"{len(file.failures)} failed" if file.failures else None
            run.writer.note_file(file.sha256, reader, file.path, failed, file.documents)
            run.writer.note_failures(file.path, file.sha256, [(f.path, f.reason) for f in file.failures])


def _reason(old: Current, new: Document) -> str:
    """Why a document leaves service: a newer version, or a reader that made something else of the same one."""
    before = old.version or old.effective or old.revision
    now = new.version or new.effective or new.revision
    return "read again" if now and now == before else f"replaced by version {now or 'without a number'}"


def _prepared(run: _Run, documents: Sequence[Document]) -> dict[int, list[Entry]]:
    """Passages of documents with the keys of their vectors; vectors that are not there yet are made and committed."""
    prepared: dict[int, list[Entry]] = {}
    texts: dict[bytes, str] = {}
    for document in documents:
        entries: list[Entry] = []
        for part in passages.split(document, run.tokens.count, run.settings.passages):
            keys = []
            for window in part.windows:
                text = window.embedded
                key = hashlib.sha256(f"{run.settings.encoder}\0{text}".encode()).digest()
                texts[key] = text
                keys.append(key)
            entries.append(Entry(part.passage, tuple(keys)))
        prepared[id(document)] = entries
    _embed(run, texts)
    return prepared


def _embed(run: _Run, texts: dict[bytes, str]) -> None:
    missing = run.writer.missing(list(texts))
    if not missing:
        return
    if run.writer.store.meta("encoder") is None:
        probe = run.embedder.encode([encoder.PROBE])[0]
        run.writer.prepare(len(probe), probe)
    # of like length together: a batch is padded to its longest text
    todo = sorted((key for key in texts if key in missing), key=lambda key: len(texts[key]))
    run.progress.start("embedding", len(todo))
    for some in _chunks(todo, _TEXTS):
        vectors = run.embedder.encode([texts[key] for key in some])
        with run.writer.store.transaction():
            run.writer.add_vectors(some, vectors)
        run.progress.advance(len(some))
    run.progress.finish()


def _chunks(keys: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    for at in range(0, len(keys), size):
        yield keys[at : at + size]


def _rebuild(run: _Run) -> None:
    """Splits and embeds again all that is in service, under the settings of now; known texts cost nothing."""
    store = run.writer.store
    rows = [row["row"] for row in store.all("select row from document where retired is null order by row")]
    probe = run.embedder.encode([encoder.PROBE])[0]
    documents = [run.writer.document_at(row) for row in rows]
    prepared = _prepared(run, documents)
    with run.writer.commit() as generation:
        for row, document in zip(rows, documents, strict=True):
            run.writer.retire(row, generation, "rebuilt")
            run.writer.add(document, prepared[id(document)], drug_names(document), generation)
        for key, value in (
            ("encoder", run.settings.encoder),
            ("dim", str(len(probe))),
            ("fingerprint", probe.tobytes().hex()),
            ("rebuilt", str(generation)),
        ):
            store.set_meta(key, value)
    run.notes.append(f"rebuilt {len(documents)} documents with encoder {run.settings.encoder}")
