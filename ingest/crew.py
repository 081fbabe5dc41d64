"""Processes that read and split files while the intake embeds and commits: in their order, however they are shared out.

Small files are read whole by a worker. An archive or a large part of openFDA is read here, a document at a time, and
its documents are split by the workers. With Ray (extra "scale") the workers are this machine's, or a cluster's that has
rxcite installed and sees the same files under the same paths. A worker that dies costs the one file it was at.
"""

import importlib
import importlib.util
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from ingest import files, passages
from rag.errors import SourceError, UsageError
from rag.index import encoder
from rag.records import Document
from rag.settings import Settings

ADDRESS = "RXCITE_RAY_ADDRESS"
"""Of a cluster that is running already."""
ABSENT = 'workers need Ray, which is not installed (pip install "rxcite[scale]"); files are read in one process'
_SMALL = 8_000_000
"""Bytes of a file that a worker reads whole, and sends whole."""
_DOCUMENTS = 16
"""Sent to a worker at once."""
_WORTH = 5_000_000
"""Bytes to read below which "auto" starts no workers: they take some seconds to come up."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document and its passages."""

    document: Document
    splits: tuple[passages.Split, ...]


Item = files.Content | Prepared


class Pool(Protocol):
    """Where work is done: by Ray, or in the very process for tests."""

    workers: int

    def submit(self, work: Callable[..., Any], *values: Any) -> Any:
        """A handle of work that has begun."""

    def result(self, handle: Any) -> Any:
        """What the work gave, or the error that it ended with."""


@dataclass(frozen=True, slots=True)
class _Read:
    sha256: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class Crew:
    """Workers with files to read."""

    pool: Pool
    settings: Settings
    _queue: deque[Path] = field(default_factory=deque)
    _begun: dict[Path, Any] = field(default_factory=dict)

    def begin(self, paths: Sequence[Path]) -> None:
        """Hands out files that will be asked for, in this order."""
        self._queue.extend(path for path in paths if _size(path) <= _SMALL)
        self._hand_out()

    def items(self, path: Path, opened: files.Opened) -> Iterator[Item]:
        """All that a file holds, documents with their passages.

        Raises:
            SourceError: the file has changed since it was opened, or its worker died.
        """
        if path in self._begun or path in self._queue:
            while (first := next(iter(self._begun))) != path:  # nobody asked for: a copy of one that was read meanwhile
                self._begun.pop(first)
                self._hand_out()
            read: _Read = self._result(self._begun.pop(path))
            self._hand_out()
            if read.sha256 != opened.sha256:
                raise SourceError("changed while it was read; ingest it again when it is complete")
            yield from read.items
        else:
            yield from self._split(files.contents(opened.source, self.settings.sources))

    def _hand_out(self) -> None:
        while self._queue and len(self._begun) < 2 * self.pool.workers:
            path = self._queue.popleft()
            self._begun[path] = self.pool.submit(_read, path, self.settings)

    def _split(self, items: Iterator[files.Content]) -> Iterator[Item]:
        """The same, documents split: as many at work as there are workers, and what comes between kept in its place."""
        at_work: deque[Any] = deque()
        for some in iter(lambda: tuple(islice(items, _DOCUMENTS)), ()):
            at_work.append(self.pool.submit(_prepare, some, self.settings))
            if len(at_work) > 2 * self.pool.workers:
                yield from self._result(at_work.popleft())
        for handle in at_work:
            yield from self._result(handle)

    def _result(self, handle: Any) -> Any:
        try:
            return self.pool.result(handle)
        except SourceError:
            raise
        except (RuntimeError, OSError) as error:
            raise SourceError(
                f"the worker that read it ended ({type(error).__name__}); ingest it again with --workers 1"
            ) from error


@dataclass(slots=True)
class Ray:
    """Work done by processes of a Ray cluster, of this machine or of others."""

    workers: int
    _remote: dict[Callable[..., Any], Any] = field(default_factory=dict)

    def submit(self, work: Callable[..., Any], *values: Any) -> Any:
        """A reference to the result."""
        if work not in self._remote:
            self._remote[work] = _ray().remote(num_cpus=1, max_retries=1)(work)
        return self._remote[work].remote(*values)

    def result(self, handle: Any) -> Any:
        """What the work gave; an error of ours as it was."""
        ray = _ray()
        try:
            return ray.get(handle)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, SourceError):
                raise error.cause from None
            raise
        except ray.exceptions.RayError as error:
            raise RuntimeError(str(error)) from error


def wanted(workers: str, paths: Sequence[Path]) -> int:
    """How many processes ``--workers`` asks for; of a cluster, as many as it has (0).

    Raises:
        UsageError: neither a number, "auto" nor "ray://...".
    """
    if workers.startswith("ray://") or (workers == "auto" and os.environ.get(ADDRESS)):
        return 0
    if workers == "auto":
        return _cores() if sum(map(_size, paths)) > _WORTH else 1
    if not workers.isascii() or not workers.isdigit() or int(workers) < 1:
        raise UsageError(f"--workers must be a number from 1, auto, or ray://HOST:PORT of a cluster, got {workers!r}")
    return int(workers)


def _cores() -> int:
    """Those that this process may use, where the system tells (Linux)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_available() -> bool:
    """True where Ray is installed."""
    return importlib.util.find_spec("ray") is not None


@contextmanager
def hired(workers: str, paths: Sequence[Path], settings: Settings) -> Iterator[Crew | None]:
    """The crew for ``paths``; None where one process does it, or Ray is not installed."""
    count = wanted(workers, paths)
    if count == 1 or not is_available():
        yield None
        return
    ray = _ray()
    address = workers if workers.startswith("ray://") else os.environ.get(ADDRESS)
    local: dict[str, Any] = {} if address else {"num_cpus": count, "include_dashboard": False}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **local)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(f"no Ray cluster at {address or 'this machine'}: {error}") from error
    try:
        yield Crew(Ray(count or max(1, int(ray.cluster_resources().get("CPU", 1)))), settings)
    finally:
        ray.shutdown()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # before the import: it would tell its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # as it will be, and it warns until it is
    os.environ.setdefault("RAY_worker_niceness", "0")  # theirs is 15: where others work too, they would hardly work
    return importlib.import_module("ray")


def _read(path: Path, settings: Settings) -> _Read:
    """A whole file, in a worker."""
    with files.opened(path, settings.sources) as opened:
        return _Read(opened.sha256, _prepare(tuple(files.contents(opened.source, settings.sources)), settings))


def _prepare(items: Sequence[files.Content], settings: Settings) -> tuple[Item, ...]:
    """The same, documents split."""
    count = _tokens(settings.encoder).count
    return tuple(
        Prepared(item, tuple(passages.split(item, count, settings.passages))) if isinstance(item, Document) else item
        for item in items
    )


@cache
def _tokens(name: str) -> encoder.Tokens:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the workers share the cores already
    return encoder.Tokens(encoder.folder_of(name))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # the reading says why
        return 0
