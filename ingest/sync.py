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
from ingest.spl import ClassTable
from rag.errors import SourceError, UsageError
from rag.index import encoder
from rag.index.index import DATABASE, Failure
from rag.index.writer import Current, Entry, Writer, content_of, writing
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
    seen: dict[str, bytes] = field(default_factory=dict)


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


def _read_all(run: _Run, found: Sequence[Path]) -> None:
    reader = f"{files.READERS}/{run.settings.passages.target_tokens}/{run.settings.passages.max_tokens}"
    run.progress.start("reading", len(found))
    pending: list[tuple[str, str, list[Failure], list[str]]] = []
    for path in found:
        try:
            data = path.read_bytes()
        except OSError as error:
            run.failed.append(
                Failure(
                    str(path), "", f"cannot be read: {error.strerror or error}; check that it is there and readable"
                )
            )
            run.progress.advance()
            continue
        sha256 = hashlib.sha256(data).hexdigest()
        if run.writer.has_file(sha256, reader):
            held = run.writer.store.one("select count(*) as n from holding where sha256 = ?", (sha256,))
            run.counts["unchanged"] += held["n"] if held else 0
        else:
            failures, ids = _read(run, path, data, sha256)
            pending.append((sha256, str(path), failures, ids))
            run.failed.extend(failures)
        if len(run.waiting) >= _BATCH:
            _flush(run, reader, pending)
            pending = []
        run.progress.advance()
    _flush(run, reader, pending)
    run.progress.finish()


def _read(run: _Run, path: Path, data: bytes, sha256: str) -> tuple[list[Failure], list[str]]:
    failures: list[Failure] = []
    ids: list[str] = []
    for member in files.members(files.Source(str(path), data), run.settings.sources):
        if isinstance(member, files.Broken):
            failures.append(Failure(member.name, sha256, member.reason))
            continue
        try:
            for item in files.read(member, run.settings.sources):
                if isinstance(item, files.Broken):
                    failures.append(Failure(item.name, sha256, item.reason))
                elif isinstance(item, ClassTable):
                    run.counts["class_tables"] += 1
                    if not run.dry_run:
                        with run.writer.store.transaction():
                            run.writer.add_class_table(item.members, sha256)
                else:
                    ids.append(item.id)
                    run.waiting.append(item)
        except SourceError as error:
            failures.append(Failure(member.name, sha256, str(error)))
    return failures, ids


def _flush(run: _Run, reader: str, pending: Sequence[tuple[str, str, list[Failure], list[str]]]) -> None:
    """Commits the documents that wait, and the files that they came from, as one transaction."""
    todo = _compared(run, run.waiting)
    run.waiting = []
    if run.dry_run:
        return
    prepared = _prepared(run, [document for document, _, history in todo if history is None])
    if not todo and not pending:
        return
    with run.writer.commit() as generation:
        for document, replaced, history in todo:
            if replaced is not None and history is None:
                run.writer.retire(
                    replaced.row,
                    generation,
                    f"replaced by version {document.version or document.revision or 'without a number'}",
                )
            run.writer.add(document, prepared.get(id(document), ()), drug_names(document), generation, history=history)
        for sha256, path, failures, ids in pending:
            run.writer.note_file(sha256, reader, path, f"{len(failures)} failed" if failures else None, ids)
            run.writer.note_failures(path, sha256, [(f.path, f.reason) for f in failures])


def _compared(run: _Run, documents: Sequence[Document]) -> list[tuple[Document, Current | None, str | None]]:
    """What to do with each document: (document, what it replaces, reason to go straight to history)."""
    latest: dict[str, Document] = {}
    todo: list[tuple[Document, Current | None, str | None]] = []
    for document in documents:
        content = content_of(document)
        if run.seen.get(document.id) == content:
            run.counts["unchanged"] += 1
            continue
        run.seen[document.id] = content
        if document.id in latest:
            # two versions within one batch: the later one is served, the earlier one is history
            older, newer = sorted((latest[document.id], document), key=_order)
            latest[document.id] = newer
            todo = [entry for entry in todo if entry[0] is not older and entry[0] is not newer]
            todo.append((older, None, f"older than version {newer.version or newer.revision}"))
            current = run.writer.current(document.id)
            todo.append((newer, current, None))
            run.counts["retired"] += 1
            continue
        current = run.writer.current(document.id)
        if current is None:
            run.counts["added"] += 1
            todo.append((document, None, None))
        elif current.content == content:
            run.counts["unchanged"] += 1
            continue
        elif _is_older(document, current):
            if run.writer.knows(content):
                run.counts["unchanged"] += 1
                continue
            run.counts["retired"] += 1
            run.notes.append(
                f"{document.id}: version {document.version or document.effective} is older than the one in"
                f" service; kept in history only"
            )
            todo.append((document, current, f"older than version {current.version or current.effective}"))
            continue
        else:
            run.counts["changed"] += 1
            if not (document.version and current.version) and not (document.effective and current.effective):
                run.notes.append(
                    f"{document.id}: neither version nor date tells which is newer; the one read last is served"
                )
            todo.append((document, current, None))
        if not document.blocks:
            run.notes.append(
                f"{document.id}: {document.title} has no section with text; it is known by name and silent"
            )
        latest[document.id] = document
    return todo


def _order(document: Document) -> tuple[int, str]:
    version = document.version or ""
    return (int(version) if version.isdigit() else -1, document.effective or "")


def _is_older(document: Document, current: Current) -> bool:
    """By version, else by effective date; False where neither tells."""
    if (
        document.version
        and current.version
        and document.version.isdigit()
        and current.version.isdigit()
        and document.version != current.version
    ):
        return int(document.version) < int(current.version)
    if document.effective and current.effective:
        return document.effective < current.effective
    return False


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
