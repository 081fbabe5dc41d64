"""What came, held against what was asked for: whole, well-formed, and the very thing."""

import hashlib
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from lxml import etree

from corpora.fetch.client import Reply
from corpora.fetch.errors import WrongBody

Element = Any  # lxml's own element type is private

WHOLE = re.compile(r"[0-9]{1,9}")
"""A whole number of a size that versions and counts have."""
_SPL = "{urn:hl7-org:v3}"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def tree(data: bytes) -> Element:
    """The root of well-formed XML; nothing is loaded from elsewhere and no entity is resolved.

    Raises:
        WrongBody: a page of HTML, half a file, or no XML at all.
    """
    if data.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise WrongBody("a page of HTML came")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise WrongBody(f"XML that is not well-formed or not whole came ({error})") from error


def record(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        WrongBody: anything else.
    """
    try:
        found = json.loads(reply.data)
    except (ValueError, RecursionError) as error:
        kind = "HTML" if reply.data.lstrip().startswith(b"<") else "something that is no JSON, or half of it,"
        raise WrongBody(f"{kind} came ({error})") from error
    if not isinstance(found, dict):
        raise WrongBody(f"JSON came that is no object but {type(found).__name__}")
    return found


def label_version(data: bytes, set_id: str, least: str) -> str:
    """The version of an SPL label, which must be the one of ``set_id`` and no older than ``least``.

    Raises:
        WrongBody: no label, another one, or an older version than was listed.
    """
    root = tree(data)
    if root.tag != f"{_SPL}document":
        raise WrongBody(f"XML with the root <{etree.QName(root).localname}> came, which is no SPL label")
    found, version = root.find(f"{_SPL}setId"), root.find(f"{_SPL}versionNumber")
    came = "" if found is None else found.get("root", "")
    number = "" if version is None else version.get("value", "")
    if came.lower() != set_id.lower():
        raise WrongBody(f"the label of another set id came ({came[:64] or 'none'})")
    if not WHOLE.fullmatch(number) or int(number) < int(least):
        raise WrongBody(f"version {number[:16] or 'none'} came, and {least} is listed")
    return str(int(number))


def zipped_label_version(data: Path, set_id: str, version: str, bound: int) -> str:
    """The version of the one label in a zip, which must be just ``version`` of ``set_id``.

    DailyMed answers a version that does not exist with a page of HTML and status 200.

    Raises:
        WrongBody: no zip, or without that label.
    """
    whole_zip(data)
    with zipfile.ZipFile(data) as archive:
        names = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
        if len(names) != 1:
            raise WrongBody(f"a zip with {len(names)} XML files came, and a label is one")
        if names[0].file_size > bound:
            raise WrongBody(f"a zip came whose label unpacks to {names[0].file_size:,} bytes, over {bound:,}")
        found = label_version(archive.read(names[0]), set_id, version)
    if found != version:
        raise WrongBody(f"version {found} came in the place of {version}")
    return found


def whole_zip(path: Path) -> None:
    """Returns where a file is a zip whose members all have the checksums that it says.

    Raises:
        WrongBody: anything else.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if not start.startswith(b"PK\x03\x04"):
        raise WrongBody("HTML came" if start.lstrip().startswith(b"<") else "something that is no zip came")
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
    except _DAMAGED as error:
        raise WrongBody(f"a damaged or cut zip came ({error})") from error
    if bad:
        raise WrongBody(f"a zip came whose {bad[:100]!r} is damaged")


def md5(data: bytes) -> str:
    """The checksum that PMC gives of its files; it guards against damage, not against people."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
