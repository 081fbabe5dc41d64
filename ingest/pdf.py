"""PDF labels and articles: bytes -> Document, its pages kept so that a citation can name them.

What the text is. The characters of the page in reading order, white space apart; cells of a table with " | " between
them. Left out: running heads and feet, page numbers, stamps on the margin. A hyphen at the end of a line stays a
hyphen, but where the same document has the whole word elsewhere it becomes a soft hyphen (U+00AD), which is what it is:
search takes soft hyphens out and finds the word. Highlights and contents of a label are kept as titles and never
quoted where the full text follows; so is the product data at its end.

Who it is. A PDF prints no set id. Where it prints one, that is its id. An article is its DOI. A label that prints its
manufacturer, its product and a date of revision is known by manufacturer and product, so that a later edition takes the
place of the earlier one; any other PDF is known by its text, and a new edition of it is another document.
"""

import hashlib
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest import pdf_label
from ingest.pdf_lines import Line
from rag.errors import SourceError
from rag.records import Document
from rag.settings import SourceSettings

_PROGRAM = Path(__file__).with_name("pdf_text.py")
_LOCKED, _BROKEN, _LONG, _LARGE = 3, 4, 5, 6
_MARGIN = 0.1
"""Of a page's height, at its top and at its foot: where running heads stand."""
_PRINT_OUT = re.compile(r"https?://\S+(?:\s+\d+/\d+)?|\d{1,2}/\d{1,2}/\d{2,4},\s+\d{1,2}:\d{2}\s*[AP]M\b.*")


@dataclass(frozen=True, slots=True)
class Silent:
    """A page that holds a picture and no text that can be read."""

    page: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Page:
    height: float
    chars: int
    strange: int
    pictures: int
    lines: tuple[Line, ...]


def read(data: bytes, settings: SourceSettings) -> Iterator[Document | Silent]:
    """The document of a PDF, and the pages of it that cannot be read.

    Raises:
        SourceError: locked, damaged, over the bounds, without text, or neither a label nor an article.
    """
    pages = _pages(data, settings)
    silent = [(number, reason) for number, page in enumerate(pages, 1) if (reason := _unreadable(page))]
    if len(silent) == len(pages) or not any(page.chars for page in pages):
        raise SourceError(
            f"PDF without a text layer on any of its {len(pages)} pages; run text recognition (OCR) on it first, or"
            " fetch the label as SPL XML from DailyMed"
        )
    dumb = {number for number, _ in silent}
    kept = [page if number not in dumb else replace(page, lines=()) for number, page in enumerate(pages, 1)]
    yield pdf_label.document(_without_margins(kept), len(pages), hashlib.sha256(data).hexdigest())
    yield from (Silent(number, reason) for number, reason in silent)


def _unreadable(page: _Page) -> str | None:
    if page.chars < 3 and page.pictures:
        return "a picture without a text layer; run text recognition (OCR) on it first"
    if page.strange * 5 > page.chars:
        return "text in a font that does not say which letters it shows; run text recognition (OCR) on it first"
    return None


def _pages(data: bytes, settings: SourceSettings) -> list[_Page]:
    if len(data) > settings.max_pdf_bytes:
        raise SourceError(
            f"PDF of more than {settings.max_pdf_bytes:,} bytes; raise max_pdf_bytes under [sources] in rxcite.toml if"
            " the file is to be trusted"
        )
    bounds = (settings.max_pdf_pages, settings.max_pdf_seconds, settings.max_pdf_memory)
    try:
        child = subprocess.run(
            [sys.executable, "-P", str(_PROGRAM), *map(str, bounds)],
            input=data,
            capture_output=True,
            timeout=3 * settings.max_pdf_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"PDF that takes more than {settings.max_pdf_seconds} seconds to read; refused") from error
    said = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if child.returncode == _LOCKED:
        raise SourceError("PDF locked with a password; save a copy without one and ingest that")
    if child.returncode == _BROKEN:
        raise SourceError(f"damaged PDF: {said}; fetch the file again")
    if child.returncode == _LONG:
        raise SourceError(f"PDF of more pages or text than allowed ({settings.max_pdf_pages:,} pages); refused")
    if child.returncode == _LARGE:
        raise SourceError(f"PDF that takes more than {settings.max_pdf_memory:,} bytes of memory to read; refused")
    if child.returncode == -signal.SIGXCPU:
        raise SourceError(f"PDF that takes more than {settings.max_pdf_seconds} seconds to read; refused")
    if child.returncode:
        raise SourceError(f"PDF that brings its parser down (exit {child.returncode}: {said}); refused")
    _, *pages = map(json.loads, child.stdout.splitlines())
    return [_page(page) for page in pages]


def _page(found: dict[str, Any]) -> _Page:
    lines = tuple(Line(**line | {"cells": tuple(map(tuple, line["cells"]))}) for line in found["lines"])
    return _Page(found["height"], found["chars"], found["strange"], found["pictures"], lines)


def _without_margins(pages: Sequence[_Page]) -> list[Line]:
    """The lines of all pages without running heads and feet: what most pages have at the same place."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_place(line, page.height) for line in page.lines if _is_marginal(line, page.height)})
    common = {place for place, count in seen.items() if count > 1 and 2 * count > len(pages)}
    return [
        line
        for page in pages
        for line in page.lines
        if not (
            _is_marginal(line, page.height) and (_place(line, page.height) in common or _PRINT_OUT.fullmatch(line.text))
        )
    ]


def _is_marginal(line: Line, height: float) -> bool:
    return not line.cells and not _MARGIN * height < (line.y0 + line.y1) / 2 < (1 - _MARGIN) * height


def _place(line: Line, height: float) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round((line.y0 + line.y1) / 2 / height * 50)
