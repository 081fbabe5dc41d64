"""XML from nobody knows where, parsed without entities, network or unbounded depth."""

from typing import Any

from lxml import etree

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
            f"XML of {len(data):,} bytes is over the bound of {settings.max_xml_bytes:,}; "
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
        said = getattr(error, "msg", None) or str(error)
        raise SourceError(f"not well-formed XML: {said}; fetch the file again") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError("the XML declares entities of its own, which labels and articles never need; refused")
    if _depth(root) > settings.max_depth:
        raise SourceError(f"XML nested deeper than {settings.max_depth} elements; refused")
    return root


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
