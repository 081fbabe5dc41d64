"""The narrative block of SPL set on a page: paragraphs, lists and tables, no word glued to the next."""

import re

from ingest.inline import BREAK, blocks, inline, is_emphasised
from ingest.page import Page, squeeze
from ingest.table import set_table
from ingest.xml import Element
from rag.records import BlockKind

_LONG_TITLE = 120
"""Characters above which an emphasised paragraph is a statement and no heading."""


def set_text(page: Page, element: Element) -> None:
    """Sets the blocks of a <text> element (or any part of one) on ``page``."""
    for kind, part in blocks(element):
        if kind is None:
            set_table(page, part)
            continue
        text = part if isinstance(part, str) else inline(part)
        if not isinstance(part, str) and is_emphasised(part) and _is_title(squeeze(text.replace(BREAK, " "))):
            page.line(BlockKind.TITLE, text.replace(BREAK, " "))
        else:
            for line in _lines(text):
                page.line(kind, line)


def _is_title(text: str) -> bool:
    """False for what is too long for a heading, or ends as a statement does."""
    return len(text) <= _LONG_TITLE and not text.endswith((".", "!", "?", ";"))


def _lines(text: str) -> list[str]:
    """Parts a paragraph at those breaks that end something; other breaks are a space."""
    lines: list[str] = []
    for part in map(squeeze, text.split(BREAK)):
        if not part:
            continue
        if lines and not (re.search(r"[.:;!?)\]]$", lines[-1]) or re.match(r"[•·*–-]|\(?\d+[.)]\s", part)):
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    return lines
