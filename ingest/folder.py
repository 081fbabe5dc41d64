"""A folder beside what an index remembers of it: which files are new, changed, gone, known. Pure: no disk, no clock."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum


class Reading(StrEnum):
    """How a file's content was read before, by the reader of now."""

    WHOLE = "whole"
    FAILED = "failed"
    """All of it or a part."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of the folder."""

    path: str
    sha256: str | None
    """None where it cannot be read at all."""


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """What a sync has to do, in paths."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    again: tuple[str, ...]
    """Known content that is to be read once more: by a newer reader, or because it failed and is to be retried."""
    unchanged: tuple[str, ...]
    failed: tuple[str, ...]
    """Known not to be readable, and unchanged since: not tried."""
    gone: tuple[str, ...]

    @property
    def to_read(self) -> tuple[str, ...]:
        """The files that must be read, in the order of their paths."""
        return tuple(sorted((*self.added, *self.changed, *self.again)))


def compare(
    found: Sequence[Seen],
    places: Mapping[str, Set[str]],
    readings: Mapping[str, Reading],
    *,
    retry_failed: bool = False,
) -> FolderPlan:
    """The plan for a folder.

    Args:
        found: Its files as they are.
        places: Path -> contents that were read there and still stand for something; of the folder alone.
        readings: Content -> how the reader of now read it; absent where only an older one did, or none.
        retry_failed: Files that are known to fail are read again too.
    """
    kinds: dict[str, list[str]] = {name: [] for name in ("added", "changed", "again", "unchanged", "failed")}
    for file in found:
        known = places.get(file.path, frozenset())
        reading = readings.get(file.sha256 or "")
        if file.sha256 not in known:
            kind = "changed" if known else "added"
        elif reading is Reading.WHOLE:
            kind = "unchanged"
        elif reading is Reading.FAILED and not retry_failed:
            kind = "failed"
        else:
            kind = "again"
        kinds[kind].append(file.path)
    gone = sorted(places.keys() - {file.path for file in found})
    return FolderPlan(**{kind: tuple(paths) for kind, paths in kinds.items()}, gone=tuple(gone))
