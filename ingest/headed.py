"""Text under headings (web pages, Markdown, plain text) as sections on a page.

Elements are HTML's. Sections come from headings, or from elements that say that they are one (DailyMed's).
"""

import re
from collections.abc import Callable

from lxml import etree

from ingest import codes
from ingest.inline import BREAK, inline
from ingest.markup import Markup, retell, spell_formulas
from ingest.narrative import set_text
from ingest.page import Page, squeeze
from ingest.xml import Element, local
from rag.records import BlockKind

_STYLES = {"bold": "bold", "italics": "italics", "underline": "underline", "sup": "sup", "superscript": "sup"}


def _style(element: Element) -> str | None:
    """The style that DailyMed's classes name: <span class="Bold">."""
    return next((_STYLES[name] for name in (element.get("class") or "").lower().split() if name in _STYLES), None)


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MARKUP = Markup(
    names=dict.fromkeys(
        """p div section article main center address blockquote pre figure figcaption dt dd header hgroup details
        summary fieldset legend form h1 h2 h3 h4 h5 h6""".split(),
        "paragraph",
    )
    | {"ul": "list", "ol": "list", "dl": "list", "menu": "list", "li": "item", "br": "br", "sup": "sup"},
    emphasis={"b": "bold", "strong": "bold", "u": "underline", "em": "italics", "i": "italics"},
    silent=frozenset(
        """script style noscript template iframe frame svg img picture video audio canvas object embed map input button
        select textarea nav footer aside head link meta title hr dialog""".split()
    ),
    style=_style,
)
_BOXED = re.compile(r"boxed warning\b|warning\s*[:–—-]", re.IGNORECASE)
"""A boxed warning is headed "WARNING: LIFE-THREATENING ..."; the section of all warnings is headed "WARNINGS"."""


def set_sections(page: Page, root: Element, *, label: bool, code_of: Callable[[Element], str | None]) -> None:
    """Sets what stands under headings in ``root``.

    Args:
        page: Where it is set.
        root: Taken apart on the way.
        label: What stands under a heading that no label has is left out, as what stands under none; else all is kept.
        code_of: LOINC code of an element that is a section, "" for one without a code; None for any other element.
    """
    _Sections(page, label, code_of).read(root)


class _Sections:
    """The sections of one page while they are read."""

    def __init__(self, page: Page, label: bool, code_of: Callable[[Element], str | None]) -> None:
        self._page, self._label, self._code_of = page, label, code_of
        self._open: list[int | None] = []
        """Depth of the heading of each section that is open; None for an element that is a section by itself."""

    def read(self, root: Element) -> None:
        self._walk(root)
        self._close(0)

    def _walk(self, element: Element) -> None:
        run = etree.Element("div")
        run.text = element.text
        for child in list(element):
            name, tail = local(child), child.tail
            if self._code_of(child) is None and name not in _HEADINGS and not self._divided(child):
                run.append(child)  # and what follows it
                continue
            self._content(run)
            child.tail = None
            if (code := self._code_of(child)) is not None:
                self._section(child, code)
            elif name in _HEADINGS:
                self._heading(int(name[1]), _words(child))
            else:
                self._walk(child)
            run = etree.Element("div")
            run.text = tail
        self._content(run)

    def _divided(self, element: Element) -> bool:
        """True where headings or sections stand within; a table with headings is still a table."""
        if local(element) in _MARKUP.silent:
            return False
        within = element.iterdescendants("*")
        if local(element) == "table":
            return any(self._code_of(e) is not None for e in within)
        return any(local(e) in _HEADINGS or self._code_of(e) is not None for e in within)

    def _section(self, element: Element, code: str) -> None:
        if code == codes.PRODUCT_DATA:
            return
        outside = len(self._open)
        heading = next((e for e in element.iter(*_HEADINGS) if self._owner(e, element)), None)
        title = _words(heading) if heading is not None else ""
        if heading is not None:
            heading.tag = "hr"  # passed over in silence where it stands
        self._begin(None, codes.code_of(code or None, codes.number_and_heading(title)[1], self._page.code), title)
        self._walk(element)
        self._close(outside)

    def _owner(self, heading: Element, section: Element) -> bool:
        """True where ``section`` is the innermost one around ``heading``."""
        around = (e for e in heading.iterancestors() if e is section or self._code_of(e) is not None)
        return next(around) is section

    def _heading(self, level: int, title: str) -> None:
        if not title:
            return
        if self._open and self._open[-1] is None:
            self._page.line(BlockKind.TITLE, title)  # a heading within the text of a section
            return
        number, heading = codes.number_and_heading(title)
        # pages that set "7" and "7.1" in headings of one level mean the numbers
        depth = level * 10 + (number.count(".") if number else 0)
        inner = [at for at, other in enumerate(self._open) if other is not None and other >= depth]
        if inner:
            self._close(inner[0])
        own = codes.BOXED_WARNING if self._label and _BOXED.match(heading) else None
        code = codes.code_of(own, heading, self._page.code)
        if self._label and not self._open and code is None and number is None:
            return
        self._begin(depth, code, title)

    def _begin(self, depth: int | None, code: str | None, title: str) -> None:
        number, heading = codes.number_and_heading(title)
        self._open.append(depth)
        self._page.begin(code, number, heading)
        self._page.line(BlockKind.TITLE, title)

    def _close(self, left: int) -> None:
        while len(self._open) > left:
            self._open.pop()
            self._page.end()

    def _content(self, run: Element) -> None:
        if not len(run) and not (run.text or "").strip():
            return
        if not self._open and self._label:
            return
        outside = not self._open
        if outside:
            self._page.begin(None, None, "Text")
        text = etree.Element("text")
        text.append(run)
        _tell(text)
        set_text(self._page, text)
        if outside:
            self._page.end()


def _words(element: Element) -> str:
    """A heading in one line."""
    _tell(element)
    return squeeze(inline(element).replace(BREAK, " "))


def _tell(element: Element) -> None:
    spell_formulas(element)
    for term in list(element.iter("dt")):
        definition = term.getnext()
        if definition is not None and local(definition) == "dd":
            term.tag, term.tail = "span", f" {definition.text or ''}"
            definition.text = None
            definition.insert(0, term)
    retell(element, _MARKUP)
