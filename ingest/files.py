"""Files, folders and archives as documents: the kind is told from the content, never from the name alone."""

import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest import openfda, pubmed, spl, xml
from ingest.spl import ClassTable
from rag.errors import SourceError
from rag.records import Document
from rag.settings import SourceSettings

READERS = "5"
"""Raised with every change of a reader that changes what it makes: known files are then read again."""

_SPL_PARTS_IGNORED = (".jpg", ".jpeg", ".png", ".gif", ".pdf")
"""What a DailyMed zip holds beside the label: pictures of the package."""

_DAMAGED = (
    zipfile.BadZipFile,
    lzma.LZMAError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What zipfile raises for an archive that is damaged, locked or of a kind that it cannot read."""
_ENDLESS_NUMBER = re.compile(rb"\d{400}")
"""The JSON parser's C library crashes the process on such a number."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one member of an archive, before it is read."""

    name: str
    """Path; members as "release.zip/label.zip/label.xml"."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A file or member that cannot be read, and why."""

    name: str
    reason: str


def find(paths: list[Path]) -> list[Path]:
    """All files under ``paths`` in a stable order, hidden ones and links out of a folder left out.

    Raises:
        SourceError: a path that does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise SourceError(
                f"{path} does not exist; give a file or folder with labels (.xml, .json, .zip) or articles (.xml, .gz)"
            )
        if path.is_file():
            found[path.resolve()] = None
            continue
        root = path.resolve()
        for file in sorted(root.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
            if file.is_file() and not hidden and file.resolve().is_relative_to(root):
                found[file.resolve()] = None
    return list(found)


def members(source: Source, settings: SourceSettings, depth: int = 0) -> Iterator[Source | Broken]:
    """The files within a zip or gzip, at any depth allowed; the source itself where it is no archive."""
    if source.data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(source.data)) as stream:
                data = stream.read(settings.max_xml_bytes + 1)
        except (OSError, EOFError, zlib.error) as error:
            yield Broken(source.name, f"damaged gzip: {error}; fetch the file again")
            return
        if len(data) > settings.max_xml_bytes:
            yield Broken(source.name, f"unpacks to more than the bound of {settings.max_xml_bytes:,} bytes; refused")
            return
        yield Source(source.name, data)
    elif source.data[:4] == b"PK\x03\x04":
        yield from _unzipped(source, settings, depth)
    else:
        yield source


def _unzipped(source: Source, settings: SourceSettings, depth: int) -> Iterator[Source | Broken]:
    if depth >= settings.max_archive_depth:
        yield Broken(source.name, f"archive within archives deeper than {settings.max_archive_depth}; refused")
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
    except _DAMAGED as error:
        yield Broken(source.name, f"damaged zip: {error}; fetch the file again")
        return
    with archive:
        for info in archive.infolist():
            name = f"{source.name}/{info.filename}"
            if info.is_dir() or info.filename.lower().endswith(_SPL_PARTS_IGNORED):
                continue
            bound = settings.max_json_bytes if info.filename.lower().endswith(".json") else settings.max_xml_bytes
            if info.file_size > bound or info.file_size > settings.max_ratio * max(info.compress_size, 1):
                yield Broken(
                    name, f"unpacks to {info.file_size:,} bytes from {info.compress_size:,}: over the bounds; refused"
                )
                continue
            try:
                with archive.open(info) as stream:
                    data = stream.read(bound + 1)
            except _DAMAGED as error:
                yield Broken(name, f"damaged or locked zip member: {error}; fetch the archive again")
                continue
            if len(data) > bound:
                yield Broken(name, f"unpacks to more than the bound of {bound:,} bytes; refused")
                continue
            yield from members(Source(name, data), settings, depth + 1)


def read(source: Source, settings: SourceSettings) -> Iterator[Document | ClassTable | Broken]:
    """What one unpacked file holds; a record that fails is named and the others go on.

    Raises:
        SourceError: the file as a whole is nothing that can be read.
    """
    start = source.data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if not source.data.strip():
        raise SourceError("the file is empty; expected an SPL label, a PubMed article set or openFDA JSON")
    if start[:1] in (b"{", b"["):
        if _ENDLESS_NUMBER.search(source.data):
            raise SourceError("JSON with a number of hundreds of digits, which labels never hold; refused")
        for number, record in enumerate(openfda.records(io.BytesIO(source.data.removeprefix(b"\xef\xbb\xbf"))), 1):
            try:
                if not isinstance(record, dict):
                    raise SourceError("the record is no JSON object")
                yield openfda.read(record, settings)
            except SourceError as error:
                yield Broken(f"{source.name} (record {number})", str(error))
        return
    if start[:5] == b"%PDF-":
        raise SourceError("PDF is not read yet; fetch the label as SPL XML from DailyMed")
    if start[:1] != b"<":
        raise SourceError("neither XML nor JSON; expected an SPL label, a PubMed article set or openFDA JSON")
    root = xml.parse(source.data, settings)
    name = xml.local(root)
    if name == "document" and root.tag == f"{{{spl.NAMESPACE}}}document":
        yield spl.read(root)
    elif name == "PubmedArticleSet":
        for number, article in enumerate(pubmed.articles(root), 1):
            try:
                yield pubmed.read(article)
            except SourceError as error:
                yield Broken(f"{source.name} (article {number})", str(error))
    else:
        raise SourceError(
            f"XML with the root <{name}>; expected <document> of SPL ({spl.NAMESPACE}) or <PubmedArticleSet>"
        )
