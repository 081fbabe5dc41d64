"""What to do with documents that were read: add, replace, keep for history, or nothing. Pure: no disk, no clock."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from rag.index.writer import Current, content_of
from rag.records import Document


@dataclass(frozen=True, slots=True)
class Change:
    """A document to be written."""

    document: Document
    replaces: Current | None
    history: str | None
    """Why it goes straight to history; None for a document that will be served."""


@dataclass(slots=True)
class Plan:
    """What to write for a batch of documents, how many of each kind, and what a maintainer should know."""

    changes: list[Change] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """added, changed, unchanged, retired."""
    notes: list[str] = field(default_factory=list)


def plan(
    documents: Sequence[Document], current_of: Callable[[str], Current | None], is_known: Callable[[bytes], bool]
) -> Plan:
    """Compares documents with what is in service, and with each other where one id comes twice.

    The later version is served: by version number, else by effective date; where neither tells, the one read last, with
    a note. What is older goes to history, once.

    Args:
        documents: In the order in which they were read.
        current_of: What is in service under an id.
        is_known: Whether content with this hash is in the index, in service or in history.
    """
    made = Plan()
    served: dict[str, int] = {}  # id -> place of the change that will serve it
    for document in documents:
        content = content_of(document)
        place = served.get(document.id)
        if place is not None and content_of(made.changes[place].document) == content:
            made.counts["unchanged"] += 1
            continue
        standing = _standing(made.changes[place].document) if place is not None else current_of(document.id)
        if standing is None:
            _serve(made, served, document, None, "added")
        elif standing.content == content:
            made.counts["unchanged"] += 1
        elif _is_older(document, standing):
            if is_known(content) or any(content_of(change.document) == content for change in made.changes):
                made.counts["unchanged"] += 1
                continue
            reason = f"older than version {standing.version or standing.effective}"
            made.counts["retired"] += 1
            made.notes.append(
                f"{document.id}: version {_said(document)} is older than the one in service; history only"
            )
            made.changes.append(Change(document, None, reason))
        elif place is not None:
            if not _tells(document, standing):
                made.notes.append(_untold(document))
            earlier = made.changes[place]
            made.changes[place] = replace(earlier, replaces=None, history=f"older than version {_said(document)}")
            made.counts["retired"] += 1
            served[document.id] = len(made.changes)
            made.changes.append(Change(document, earlier.replaces, None))
        else:
            if not _tells(document, standing):
                made.notes.append(_untold(document))
            _serve(made, served, document, standing, "changed")
    return made


def _serve(made: Plan, served: dict[str, int], document: Document, replaces: Current | None, kind: str) -> None:
    made.counts[kind] += 1
    served[document.id] = len(made.changes)
    made.changes.append(Change(document, replaces, None))
    if not document.blocks:
        made.notes.append(f"{document.id}: {document.title} has no section with text; it is known by name and silent")


def _standing(document: Document) -> Current:
    return Current(-1, document.version, document.effective, document.revision, content_of(document))


def _said(document: Document) -> str:
    return document.version or document.effective or document.revision or "without a number"


def _tells(document: Document, standing: Current) -> bool:
    return bool((document.version and standing.version) or (document.effective and standing.effective))


def _number(version: str | None) -> int | None:
    """A version as a number; None where it is none (SPL versions have a few digits)."""
    return int(version) if version and version.isascii() and version.isdigit() and len(version) < 10 else None


def _untold(document: Document) -> str:
    return f"{document.id}: neither version nor date tells which is newer; the one read last is served"


def _is_older(document: Document, standing: Current) -> bool:
    """By version number, else by effective date; False where neither tells."""
    ours, theirs = _number(document.version), _number(standing.version)
    if ours is not None and theirs is not None and ours != theirs:
        return ours < theirs
    if document.effective and standing.effective:
        return document.effective < standing.effective
    return False
