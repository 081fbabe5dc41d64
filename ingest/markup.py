"""Markup of other formats in the words of SPL's narrative block, so that one reader of tables and lists does all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.xml import Element, local

_BLOCKS = frozenset({"paragraph", "list", "item", "table"})
_KEPT = frozenset("table caption thead tbody tfoot tr td th col colgroup br sup footnote".split())
_NOTHING = "col"
"""An element that narrative passes over in silence."""


@dataclass(frozen=True, slots=True)
class Markup:
    """What the elements of a format are in SPL's words; those not named are part of a line."""

    names: Mapping[str, str]
    """Name of an element -> paragraph, list, item, table, br, sup or footnote."""
    emphasis: Mapping[str, str]
    """Name of an element -> bold, italics or underline."""
    silent: frozenset[str]
    """Elements that are left out with all that they hold."""
    style: Callable[[Element], str | None] = field(default=lambda element: None)
    """For formats that style by attribute: sup, bold, italics or underline; None for neither."""


def retell(root: Element, markup: Markup) -> None:
    """Renames the elements under ``root``; no word is changed.

    A part of a line that holds blocks becomes a block, and a table that holds a table becomes blocks: it only places
    what is in it.
    """
    for element in reversed(list(root.iterdescendants("*"))):  # what is inside is told before what is around it
        name = local(element)
        style = markup.style(element) or markup.emphasis.get(name)
        if name in markup.silent:
            element.clear(keep_tail=True)
            element.tag = _NOTHING
        elif name in markup.names:
            element.tag = markup.names[name]
        elif name not in _KEPT and any(local(child) in _BLOCKS for child in element):
            element.tag = "paragraph"
        elif style == "sup":
            element.tag = "sup"
        elif name not in _KEPT:
            element.tag = "content"
            element.attrib.clear()
            if style:
                element.set("styleCode", style)
    for table in [e for e in root.iterdescendants("table") if next(e.iterdescendants("table"), None) is not None]:
        _unfold(table)


def _unfold(table: Element) -> None:
    """A table that holds tables as blocks: its own rows and cells, not those within."""
    todo = [table]
    while todo:
        element = todo.pop()
        if element is table or local(element) in ("caption", "thead", "tbody", "tfoot", "tr", "td", "th"):
            cell = local(element) in ("td", "th", "caption")
            element.tag = "paragraph"
            todo.extend([] if cell else element)


def spell_formulas(root: Element) -> None:
    """MathML under ``root`` as its symbols with spaces between them: set tight, a power would become a number."""
    for math in [e for e in root.iterdescendants("*") if local(e) == "math"]:
        symbols = [e.text for e in math.iter("*") if e.text and local(e) not in ("annotation", "annotation-xml")]
        math.clear(keep_tail=True)
        math.text = " ".join(" ".join(symbols).split())
