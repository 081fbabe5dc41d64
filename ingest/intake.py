"""The intake: files are read, compared with what is there, split, embedded where new, and committed.

Parse first, replace after: what cannot be read leaves what it held before in service.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from ingest import files, passages
from ingest.crew import Crew, Prepared
from ingest.names import drug_names
from ingest.plan import Change, plan
from ingest.spl import ClassTable
from rag.errors import SourceError
from rag.index import encoder
from rag.index.rows import Failure
from rag.index.writer import CLASS_FILE, Current, Entry, Writer, sizes_of
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


class Silent:
    """Progress that nobody watches."""

    def start(self, stage: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, n: int = 1) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a document."""

    id: str
    kind: str
    """added, changed, history (older than what is served) or removed."""
    before: str | None
    """Version, else date, of what left service."""
    after: str | None
    """The same of what came."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read."""

    path: str
    sha256: str
    failures: tuple[Failure, ...]
    documents: tuple[str, ...]
    """Ids of all that it holds; of class files with ``CLASS_FILE`` in front."""


def reader_of(settings: Settings) -> str:
    """What files are read by: another reader, or passages of another size, may make something else of one."""
    return f"{files.READERS}/{sizes_of(settings)}"


@dataclass(slots=True)
class Intake:
    """One ingest or sync while it goes on."""

    writer: Writer
    settings: Settings
    progress: Progress
    dry_run: bool
    embedder: encoder.Encoder
    tokens: encoder.Tokens
    crew: Crew | None = None
    """Processes that read and split; None where this one does."""
    counts: Counter[str] = field(default_factory=Counter)
    """added, changed, unchanged, retired, class_tables."""
    failed: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    read: list[ReadFile] = field(default_factory=list)
    """Files that were read, known ones left out."""
    _waiting: list[Document] = field(default_factory=list)
    _pending: list[ReadFile] = field(default_factory=list)
    _split: dict[int, Prepared] = field(default_factory=dict)
    """Waiting documents that the crew has split, by ``id()`` of the document, which is kept alive here."""

    def take(self, found: Sequence[Path]) -> None:
        """Reads files and brings what is new in them into the index; a known file is not read."""
        reader = reader_of(self.settings)
        unreadable: list[Failure] = []
        self.progress.start("reading", len(found))
        if self.crew:
            self.crew.begin([path for path in found if not self._is_known(path)])
        for path in found:
            said = files.said(str(path))
            try:
                with files.opened(path, self.settings.sources) as opened:
                    if self.writer.has_file(opened.sha256, reader, said):
                        self.counts["unchanged"] += self.writer.held(opened.sha256)
                    else:
                        file = self._read(path, opened)  # may flush, which begins a new list of what is pending
                        self._pending.append(file)
            except SourceError as error:
                unreadable.append(Failure(said, "", str(error)))
            if len(self._waiting) >= _BATCH:
                self._flush()
            self.progress.advance()
        self._flush()
        self.progress.finish()
        self.failed.extend(unreadable)
        if not self.dry_run:
            self.writer.note_unreadable([files.said(str(path)) for path in found], unreadable)

    def _is_known(self, path: Path) -> bool:
        try:
            with files.opened(path, self.settings.sources) as opened:
                return self.writer.has_file(opened.sha256, reader_of(self.settings), files.said(str(path)))
        except SourceError:  # the reading says why
            return True

    def _read(self, path: Path, opened: files.Opened) -> ReadFile:
        """Reads one file; an archive of many documents is committed batch by batch and noted as read when it is."""
        failures: list[Failure] = []
        ids: list[str] = []
        held = files.contents(opened.source, self.settings.sources)
        for item in self.crew.items(path, opened) if self.crew else held:
            if isinstance(item, Prepared):
                self._split[id(item.document)] = item
                item = item.document
            if isinstance(item, files.Broken):
                failures.append(Failure(item.name, opened.sha256, item.reason))
            elif isinstance(item, files.LeftOut):
                self.notes.append(f"{item.name}: {item.reason}")
            elif isinstance(item, files.TakenBack):
                self._take_back(item)
            elif isinstance(item, ClassTable):
                self.counts["class_tables"] += 1
                ids.append(CLASS_FILE + item.set_id)
                if not self.dry_run:
                    with self.writer.commit():
                        self.writer.add_class_table(item.set_id, item.members)
            else:
                ids.append(item.id)
                self._waiting.append(item)
                if len(self._waiting) >= _BATCH:
                    self._flush()
        self.failed.extend(failures)
        return ReadFile(opened.source.name, opened.sha256, tuple(failures), tuple(ids))

    def _take_back(self, item: files.TakenBack) -> None:
        """Retires what is served of it; the files that hold it stay known, so that it does not come back with them."""
        self._flush()
        gone = {id: current for id in item.ids if (current := self.writer.current(id))}
        self.counts["retired"] += len(gone)
        self.notes.append(f"{item.name}: takes back {len(item.ids)}, of which {len(gone)} were served")
        self.done.extend(Done(id, "removed", one.version or one.effective, None) for id, one in gone.items())
        if gone and not self.dry_run:
            with self.writer.commit() as generation:
                for current in gone.values():
                    self.writer.retire(current.row, generation, "taken back by its publisher")

    def _flush(self) -> None:
        """Commits the documents that wait, and the files that they came from, as one transaction."""
        todo = plan(self._waiting, self.writer.current, self.writer.knows)
        read, self._pending, self._waiting = self._pending, [], []
        split, self._split = self._split, {}
        self.read.extend(read)
        self.counts.update(todo.counts)
        self.notes.extend(todo.notes)
        self.done.extend(map(_done, todo.changes))
        if self.dry_run or not (todo.changes or read):
            return
        prepared = self._prepared([change.document for change in todo.changes if change.history is None], split)
        # a generation is a change of what is served: files that only failed, or held nothing new, make none
        with self.writer.commit() if todo.changes else self.writer.noting() as generation:
            for change in todo.changes:
                document = change.document
                if change.replaces is not None:
                    self.writer.retire(change.replaces.row, generation, _reason(change.replaces, document))
                entries = prepared.get(id(document), ())
                self.writer.add(document, entries, drug_names(document), generation, history=change.history)
            for file in read:
                failed = f"{len(file.failures)} failed" if file.failures else None
                self.writer.note_file(file.sha256, reader_of(self.settings), file.path, failed, file.documents)
                self.writer.note_failures(file.path, file.sha256, [(f.path, f.reason) for f in file.failures])

    def _prepared(
        self, documents: Sequence[Document], split: Mapping[int, Prepared] | None = None
    ) -> dict[int, list[Entry]]:
        """Passages of documents with the keys of their vectors; those vectors that are not there yet are made."""
        prepared: dict[int, list[Entry]] = {}
        texts: dict[bytes, str] = {}
        for document in documents:
            entries: list[Entry] = []
            known = (split or {}).get(id(document))
            parts = known.splits if known else passages.split(document, self.tokens.count, self.settings.passages)
            for part in parts:
                keys = []
                for window in part.windows:
                    text = window.embedded
                    key = hashlib.sha256(f"{self.settings.encoder}\0{text}".encode()).digest()
                    texts[key] = text
                    keys.append(key)
                entries.append(Entry(part.passage, tuple(keys)))
            prepared[id(document)] = entries
        self._embed(texts)
        return prepared

    def _embed(self, texts: dict[bytes, str]) -> None:
        missing = self.writer.missing(list(texts))
        if not missing:
            return
        if self.writer.store.meta("encoder") is None:
            probe = self.embedder.encode([encoder.PROBE])[0]
            self.writer.prepare(len(probe), probe)
        # of like length together: a batch is padded to its longest text
        todo = sorted((key for key in texts if key in missing), key=lambda key: len(texts[key]))
        self.progress.start("embedding", len(todo))
        for some in _chunks(todo, _TEXTS):
            vectors = self.embedder.encode([texts[key] for key in some])
            with self.writer.store.transaction():
                self.writer.add_vectors(some, vectors)
            self.progress.advance(len(some))
        self.progress.finish()

    def rebuild(self) -> None:
        """Splits and embeds again all that is in service, under the settings of now; known texts cost nothing."""
        rows = self.writer.rows_in_service()
        probe = self.embedder.encode([encoder.PROBE])[0]
        self.progress.start("rebuilding", len(rows))
        for some in _chunks(rows, _BATCH):  # first the vectors, which a kill leaves where they are
            self._prepared([self.writer.document_at(row) for row in some])
            self.progress.advance(len(some))
        with self.writer.commit() as generation:
            for some in _chunks(rows, _BATCH):
                documents = [self.writer.document_at(row) for row in some]
                prepared = self._prepared(documents)
                for row, document in zip(some, documents, strict=True):
                    self.writer.retire(row, generation, "rebuilt")
                    self.writer.add(document, prepared[id(document)], drug_names(document), generation)
            self.writer.set_built_with(probe, generation)
        self.progress.finish()
        self.notes.append(f"rebuilt {len(rows)} documents with encoder {self.settings.encoder}")


_T = TypeVar("_T")


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


def _done(change: Change) -> Done:
    kind = "history" if change.history else "changed" if change.replaces else "added"
    old, new = change.replaces, change.document
    return Done(new.id, kind, (old.version or old.effective) if old else None, new.version or new.effective)


def _reason(old: Current, new: Document) -> str:
    """Why a document leaves service: a newer version, or a reader that made something else of the same one."""
    before = old.version or old.effective or old.revision
    now = new.version or new.effective or new.revision
    return "read again" if now and now == before else f"replaced by version {now or 'without a number'}"
