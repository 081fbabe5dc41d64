"""XML and HTML from nobody knows where, parsed without entities, network or unbounded depth."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from lxml import etree, html

from rag.errors import SourceError
from rag.settings import SourceSettings

Element = Any  # lxml's own element type is private


def parse(data: bytes, settings: SourceSettings) -> Element:
    """The root element of ``data``.

    Raises:
        SourceError: not well-formed, too large, too deep, or with entities of its own.
    """
    if len(data) > settings.max_xml_bytes:
        raise SourceError(
            f"XML over the bound of {settings.max_xml_bytes:,} bytes; "
            "raise max_xml_bytes under [sources] in rxcite.toml if the file is to be trusted"
        )
    if not data.strip():
        raise SourceError("the file is empty; expected an SPL label, a PubMed article set or openFDA JSON")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = " ".join((getattr(error, "msg", None) or str(error)).split())
        raise SourceError(f"not well-formed XML: {said}; fetch the file again") from error
    _refuse_entities(root)
    if _depth(root) > settings.max_depth:
        raise SourceError(f"XML nested deeper than {settings.max_depth} elements; refused")
    return root


def elements(stream: BinaryIO, names: Sequence[str], settings: SourceSettings) -> Iterator[Element]:
    """The elements of these names right below the root, each whole, one at a time and forgotten after.

    Raises:
        SourceError: not well-formed from some place on, one of them too large or too deep, entities of its own.
    """
    bounded = _Bounded(stream, settings.max_xml_bytes)
    events = etree.iterparse(
        bounded, events=("end",), tag=names, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    checked = False
    while True:
        try:
            _, element = next(events)
        except StopIteration:
            return
        except etree.XMLSyntaxError as error:
            raise SourceError(f"not well-formed XML: {error.msg}; fetch the file again") from error
        parent = element.getparent()
        if parent is None or parent.getparent() is not None:
            continue
        if not checked:
            _refuse_entities(element)
            checked = True
        if _depth(element) > settings.max_depth:
            raise SourceError(f"XML nested deeper than {settings.max_depth} elements; refused")
        yield element
        element.clear()
        while element.getprevious() is not None:
            del parent[0]
        bounded.since = 0


class _Bounded:
    """A stream of which no more than so many bytes are read for one element."""

    def __init__(self, stream: BinaryIO, bound: int) -> None:
        self._stream, self._bound, self.since = stream, bound, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.since += len(data)
        if self.since > self._bound:
            raise SourceError(f"one record of the XML is over the bound of {self._bound:,} bytes; refused")
        return data


def _refuse_entities(element: Element) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError("the XML declares entities of its own, which labels and articles never need; refused")


def parse_html(data: bytes, settings: SourceSettings) -> Element:
    """The root element of a web page; a browser's leniency, but not with what was cut off or hides something.

    Raises:
        SourceError: too large, too deep, cut off, or in an encoding that it does not name.
    """
    if len(data) > settings.max_xml_bytes:
        raise SourceError(
            f"HTML of {len(data):,} bytes is over the bound of {settings.max_xml_bytes:,}; "
            "raise max_xml_bytes under [sources] in rxcite.toml if the file is to be trusted"
        )
    text = _decoded(data)
    if "\0" in text:
        raise SourceError("HTML with NUL characters, which no page holds; fetch the page again")
    lowered = text.lower()
    if "<html" in lowered and "</html" not in lowered:
        raise SourceError("the HTML page is cut off before its end; fetch the page again")
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(text.encode(), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"no HTML that can be read: {error}; fetch the page again") from error
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log) or (
        _depth(root) > settings.max_depth
    ):
        raise SourceError(f"HTML nested deeper than {settings.max_depth} elements; refused")
    for element in root.iter():
        for place in ("text", "tail"):
            if _NO_XML.search(said := getattr(element, place) or ""):
                setattr(element, place, _NO_XML.sub(" ", said))
    return root


_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_XML = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no document of lxml can hold, and no reader sees."""
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)


def _decoded(data: bytes) -> str:
    """A page as text: by its mark of order, as UTF-8 where it is that, else as it says, else as browsers do."""
    named = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    said = _CHARSET.search(data[:4096])
    other = said[1].decode() if said else "windows-1252"
    for encoding in [named] if named else ["utf-8", other]:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise SourceError(f"HTML that is neither UTF-8 nor {named or other}; fetch the page again")


def local(element: Element) -> str:
    """Name of an element without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _depth(root: Element) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest
