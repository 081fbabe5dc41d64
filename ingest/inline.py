"""Inline marks of SPL narrative (breaks, superscripts, footnotes, emphasis) as plain text; mixed elements as blocks."""

from collections.abc import Iterator

from ingest.page import squeeze
from ingest.xml import Element, local
from rag.records import BlockKind

BREAK = "\x00"
"""Stands for a <br/> while a paragraph is put together; no XML document can hold it."""
_BLOCKS = frozenset({"paragraph", "list", "item", "table", "text"})
_SILENT = frozenset({"renderMultiMedia", "col", "colgroup"})
_EMPHASIS = frozenset({"bold", "underline", "italics"})


def inline(element: Element) -> str:
    """Text of an element whose children are inline, breaks as a private mark, footnotes where they stand."""
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "br":
            parts.append(BREAK)
        elif name in _SILENT:
            parts.append(" ")
        elif name in ("sup", "footnote", "caption") or name in _BLOCKS:
            # a superscript set tight would turn 10<sup>9</sup> into 109
            parts.append(f" {inline(child)} " if name != "sup" else f" {inline(child)}")
        else:
            parts.append(inline(child))
        tail = child.tail or ""
        parts.append(f" {tail}" if name == "sup" and tail[:1].isalpha() else tail)
    return "".join(parts)


def cell_lines(cell: Element) -> list[str]:
    """The lines of a table cell: its paragraphs, list items and what <br/> parts."""
    lines: list[str] = []
    for kind, part in blocks(cell):
        text = part if isinstance(part, str) else inline(part) if kind else " ".join("".join(part.itertext()).split())
        lines.extend(line for line in map(squeeze, text.split(BREAK)) if line)
    return lines


def is_emphasised(element: Element) -> bool:
    """True where every word of the element is bold, underlined or italic: a heading in all but name."""
    if (element.text or "").strip() or len(element) == 0:
        return False
    for child in element:
        name = local(child)
        if (child.tail or "").strip():
            return False
        if name in ("br", "footnote", "renderMultiMedia", "sup"):
            continue
        styles = set((child.get("styleCode") or "").lower().split())
        if name == "content" and styles & _EMPHASIS:
            continue
        if name in ("content", "paragraph") and is_emphasised(child):
            continue
        return False
    return True


def blocks(element: Element) -> Iterator[tuple[BlockKind | None, Element | str]]:
    """Blocks of a mixed element in order: (kind, element or loose text); kind None is a table."""
    loose = element.text or ""
    for child in element:
        name = local(child)
        if name in _BLOCKS:
            if loose.replace(BREAK, " ").strip():
                yield BlockKind.PARAGRAPH, loose
            loose = ""
            if name == "table":
                yield None, child
            elif name in ("list", "text"):
                yield from blocks(child)
            elif any(local(inner) in ("list", "table", "paragraph") for inner in child):
                yield from (
                    (BlockKind.ITEM if name == "item" and k == BlockKind.PARAGRAPH else k, p) for k, p in blocks(child)
                )
            else:
                yield BlockKind.ITEM if name == "item" else BlockKind.PARAGRAPH, child
        elif name == "br":
            loose += BREAK
        elif name == "renderMultiMedia":
            caption = next((c for c in child if local(c) == "caption"), None)
            if caption is not None:
                if loose.replace(BREAK, " ").strip():
                    yield BlockKind.PARAGRAPH, loose
                loose = ""
                yield BlockKind.PARAGRAPH, inline(caption)
        elif name not in _SILENT:
            loose += (" " if name in ("sup", "caption", "footnote") else "") + inline(child)
            loose += " " if name in ("caption", "footnote") else ""
        tail = child.tail or ""
        loose += f" {tail}" if name in ("sup", "renderMultiMedia") and tail[:1].isalpha() else tail
    if loose.replace(BREAK, " ").strip():
        yield BlockKind.PARAGRAPH, loose
