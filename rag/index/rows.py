"""What an index gives out beside the records of ``rag.records``, and how its rows become records again."""

import json
from dataclasses import dataclass
from typing import Any

from rag.index import codec
from rag.records import Document, Kind, Passage, Section


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document of the index, without its text."""

    row: int
    id: str
    kind: Kind
    title: str
    version: str | None
    effective: str | None
    manufacturer: str | None
    drugs: tuple[str, ...]
    source: str
    demonstration: bool
    passages: int
    reference: bool
    """True for a reference product (NDA or BLA) of its original packager."""
    original: bool
    """True where nothing says that the product was packed again by another firm."""
    ended: str | None
    """ISO date on which its products left the market, or will; None where nothing says so."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a document, served or in history."""

    version: str | None
    effective: str | None
    current: bool
    since: str
    retired: str | None
    """Why it left service; None while it is served."""
    row: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read."""

    path: str
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much an index holds."""

    documents: int
    versions: int
    passages: int
    distinct_texts: int
    class_members: int
    bytes: int
    generation: int


@dataclass(frozen=True, slots=True)
class Owner:
    """The document of a passage."""

    row: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Name:
    """A drug name of the corpus, and what it stands for."""

    norm: str
    kind: str
    """ingredient, generic, brand, substance or component (one ingredient of a combination)."""
    drug: str
    """Ingredients of the product, sorted, joined by " + "."""
    document: int


def load_document(row: Any) -> Document:
    """A stored document as the record it was."""
    body = json.loads(row["body"])
    return Document(
        id=row["id"],
        kind=Kind(row["kind"]),
        source=row["source"],
        title=row["title"],
        version=row["version"],
        effective=row["effective"],
        text=row["text"],
        sections=codec.sections(body),
        blocks=codec.blocks(body),
        products=codec.products(body),
        classes=codec.classes(body),
        set_id=row["set_id"],
        revision=row["revision"],
        manufacturer=row["manufacturer"],
        application=row["application"],
        original_packager=None if row["original"] is None else bool(row["original"]),
        publication_type=row["publication"],
        journal=body.get("journal"),
        marks=codec.marks(body),
        ended=row["ended"],
        pages=tuple(body.get("pages", ())),
        url=row["url"],
        licence=row["licence"],
        demonstration=bool(row["demonstration"]),
    )


def load_document_row(row: Any) -> DocumentRow:
    """A stored document without its text; ``passages`` counted beside it."""
    original = row["original"] is None or bool(row["original"])
    application = (row["application"] or "").upper()
    return DocumentRow(
        row=row["row"],
        id=row["id"],
        kind=Kind(row["kind"]),
        title=row["title"],
        version=row["version"],
        effective=row["effective"],
        manufacturer=row["manufacturer"],
        drugs=tuple(json.loads(row["drugs"])),
        source=row["source"],
        demonstration=bool(row["demonstration"]),
        passages=row["passages"],
        reference=original and application.startswith(("NDA", "BLA")),
        original=original,
        ended=row["ended"],
    )


def load_name(row: Any) -> Name:
    """A stored name."""
    return Name(row["norm"], row["kind"], row["drug"], row["document"])


def load_passage(row: Any) -> Passage:
    """A stored passage, with the id, version and drugs of its document beside it."""
    code, number, heading, path, start, end = json.loads(row["section"])
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        version=row["version"],
        section=Section(code, number, heading, tuple(path), start, end),
        start=row["start"],
        end=row["end"],
        text=row["text"],
        context=row["context"],
        drugs=tuple(json.loads(row["drugs"])),
    )
