"""Lines of a PDF as a label or article: paragraphs, and headings with their codes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from lxml import etree

from ingest import codes, pdf_about
from ingest.page import Page, squeeze
from ingest.pdf_lines import Line
from ingest.table import set_table
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind

_HIGHLIGHTS = re.compile(r"HIGHLIGHTS OF PRESCRIBING INFORMATION")
_CONTENTS = re.compile(r"FULL PRESCRIBING INFORMATION:\s*CONTENTS")
_FULL = re.compile(r"FULL PRESCRIBING INFORMATION:?$")
_PRODUCT_DATA = re.compile(r"Product Information$")
_BOXED = re.compile(r"(?:BOXED )?WARNINGS?\s*:\s*[A-Z]")
_NUMBERED = re.compile(r"(\d{1,2})((?:\.\d{1,2}){0,3})\.?\s+(?=\S*[A-Za-z])")
_BULLET = re.compile(r"[•●▪◦○■]|[-–*o]\s")
_FOOTNOTE = re.compile(r"(?:[a-z]|\d{1,2}|[*†‡§¶#])[.)]?\s")
_ENDS = re.compile(r"[.!?:;]['”\")\]]*$")
_OPEN = re.compile(r"(?:,|\b(?:a|an|and|by|for|from|in|is|of|on|or|that|the|to|with|without))$")
"""How no statement and no item of a list ends."""
_LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LONG_TITLE = 120

_DRUG_FACTS = {
    "active ingredient": None,
    "active ingredients": None,
    "purpose": None,
    "uses": codes.INDICATIONS,
    "use": codes.INDICATIONS,
    "warnings": codes.WARNINGS,
    "directions": codes.DOSAGE,
    "other information": codes.STORAGE,
    "inactive ingredients": None,
    "questions": None,
    "questions or comments": None,
}
"""Headings of over-the-counter labels (21 CFR 201.66) with the codes that SPL gives their sections."""

_CHAPTERS = dict(
    enumerate(
        (
            codes.INDICATIONS, codes.DOSAGE, codes.FORMS, codes.CONTRAINDICATIONS, codes.WARNINGS_AND_PRECAUTIONS,
            codes.ADVERSE, codes.INTERACTIONS, codes.POPULATIONS, None, codes.OVERDOSE, None, codes.PHARMACOLOGY, None,
            codes.STUDIES, None, codes.SUPPLY, codes.PATIENT,
        ),
        1,
    )
)  # fmt: skip
"""Chapters of a label in physician labeling rule format (21 CFR 201.57) and their codes."""
_UNCODED = frozenset({"drug abuse and dependence", "description", "nonclinical toxicology", "references"})
_AFTER = re.compile(
    r"PATIENT INFORMATION|MEDICATION GUIDE|PACKAGE LABEL|PRINCIPAL DISPLAY|INSTRUCTIONS FOR USE|FACT SHEET"
)
"""What follows the numbered chapters of a label."""
_BOX_LEVEL = 8
"""Deeper than any heading's, so that whichever comes next closes the box."""
_LONGEST_BOX = 8_000
"""Characters after which a boxed warning cannot go on: the longest of 232 real ones has 1,486 tokens. It is quoted
whole, so that a box whose end is not seen must not swallow the label."""


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that are one statement, a heading, or the rows of a table."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def is_table(self) -> bool:
        return bool(self.lines[0].cells)

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    code: str | None
    number: str | None
    title: str


def document(lines: Sequence[Line], pages: int, sha256: str) -> Document:
    """The label or article that the lines of a PDF are.

    Raises:
        SourceError: neither: no heading of a label, no drug and no DOI.
    """
    page = Page()
    builder = _Builder(page, _vocabulary(lines), any(line.text == "Drug Facts" for line in lines))
    paragraphs = _paragraphs(lines)
    summary, product_data = _zones(paragraphs)
    for at, paragraph in enumerate(paragraphs):
        if at in summary or at >= product_data:
            builder.set_aside(paragraph, "Highlights and contents" if at in summary else "Product data")
        else:
            builder.set(paragraph, paragraphs[at + 1] if at + 1 < len(paragraphs) else None)
    builder.close()
    text = "\n".join(line.text or " | ".join(" ".join(cell) for cell in line.cells) for line in lines)
    about = pdf_about.about(lines, text)
    if not about.products and builder.known < 2 and not about.doi and not about.set_id:
        raise SourceError(
            "PDF in which no heading of a label, no drug and no DOI stands; expected a drug label or an article"
        )
    is_article = bool(about.doi) and not builder.known and not about.products
    return Document(
        id=pdf_about.id_of(about, page.text, is_article=is_article),
        kind=Kind.ARTICLE if is_article else Kind.LABEL,
        source="pdf",
        title=about.title,
        version=None,
        effective=about.effective,
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        products=about.products,
        set_id=about.set_id,
        revision=sha256,
        manufacturer=about.manufacturer,
        application=about.application,
        url=f"https://doi.org/{about.doi}" if is_article else None,
        licence="rights stay with the publisher" if is_article else "U.S. drug label, as printed",
        pages=builder.pages(pages),
    )


class _Builder:
    """Sets paragraphs on a page, opens and closes sections, and notes where each page of the PDF begins."""

    def __init__(self, page: Page, vocabulary: frozenset[str], is_drug_facts: bool) -> None:
        self._page, self._vocabulary = page, vocabulary
        self._open: list[_Heading] = []
        self._aside: str | None = None
        self._starts: dict[int, int] = {}
        self._box_began = 0
        self._is_drug_facts = is_drug_facts
        self.known = 0
        """Headings of labels that were found."""

    def set(self, paragraph: _Paragraph, following: _Paragraph | None) -> None:
        """A paragraph of the text proper."""
        if self._aside is not None:
            self._page.end()
            self._aside = None
        if paragraph.is_table:
            self._ensure_section(0)
            self._note(paragraph.lines[0].page, self._at())
            set_table(self._page, _element(paragraph))
            return
        text = _joined(paragraph, self._vocabulary)
        heading = self._heading(paragraph, squeeze(text))
        if heading:
            self._begin(heading)
            self._line(BlockKind.TITLE, paragraph, text)
            return
        self._ensure_section(len(text))
        captions = following is not None and following.is_table and (paragraph.bold or text.startswith("Table "))
        boxed = any(one.code == codes.BOXED_WARNING for one in self._open)
        single = paragraph.bold and len(paragraph.lines) == 1 and len(text) <= _LONG_TITLE
        if captions:
            kind = BlockKind.CAPTION
        elif single and not boxed and not _ENDS.search(text) and not _BULLET.match(text):
            kind = BlockKind.TITLE
        else:
            kind = BlockKind.ITEM if _BULLET.match(text) else BlockKind.PARAGRAPH
        self._line(kind, paragraph, text)

    def set_aside(self, paragraph: _Paragraph, name: str) -> None:
        """What repeats the text proper or is no text: kept, and never quoted."""
        if self._aside != name:
            self.close()
            self._page.begin(None, None, name)
            self._aside = name
        for line in paragraph.lines:
            text = line.text or " | ".join(" ".join(cell) for cell in line.cells if cell)
            self._note(line.page, self._at())
            self._page.line(BlockKind.TITLE, text)

    def close(self) -> None:
        """Closes all sections that are open."""
        if self._aside is not None:
            self._page.end()
            self._aside = None
        while self._open:
            self._page.end()
            self._open.pop()

    def pages(self, count: int) -> tuple[int, ...]:
        """Where each page begins; one without text where the next one does."""
        starts, start = [], self._at()
        for number in range(count, 0, -1):
            start = self._starts.get(number, start)
            starts.append(start)
        return tuple(reversed(starts))

    def _ensure_section(self, room: int) -> None:
        box = next((one for one in self._open if one.code == codes.BOXED_WARNING), None)
        if box is not None and self._at() + room - self._box_began > _LONGEST_BOX:
            self.close()
        if not self._open:
            self._open.append(_Heading(9, None, None, ""))
            self._page.begin(None, None, "")

    def _begin(self, heading: _Heading) -> None:
        while self._open and self._open[-1].level >= heading.level:
            self._page.end()
            self._open.pop()
        self._open.append(heading)
        self._page.begin(heading.code, heading.number, heading.title)
        self._box_began = self._at()

    def _line(self, kind: BlockKind, paragraph: _Paragraph, text: str) -> None:
        """One line, and where within it a page of the PDF begins."""
        span = self._page.line(kind, text)
        if span is None:
            return
        at = span.start
        self._note(paragraph.lines[0].page, at)
        for before, line in pairwise(paragraph.lines):
            # the words of a line are found again from where the line before ends
            place = self._page.text.find(line.text.split()[0], at + max(len(before.text) - 2, 0), span.end)
            at = place if place >= 0 else at
            self._note(line.page, at)

    def _note(self, page: int, at: int) -> None:
        self._starts.setdefault(page, at)

    def _at(self) -> int:
        return len(self._page.text) + bool(self._page.blocks)

    def _heading(self, paragraph: _Paragraph, text: str) -> _Heading | None:
        """The heading that a paragraph is; None where it is text."""
        if len(text) > 250 or len(paragraph.lines) > 4 or _FULL.match(text):
            return None
        upper = text.upper() == text
        if _BOXED.match(text) and upper:
            self.known += 1
            return _Heading(_BOX_LEVEL, codes.BOXED_WARNING, None, text)
        if numbered := _NUMBERED.match(text):
            return self._numbered(numbered, text[numbered.end() :], paragraph.bold, upper)
        if any(one.number for one in self._open):
            return _Heading(1, None, None, text) if upper and _AFTER.match(text) else None
        if len(paragraph.lines) > 1:
            return None
        bare = re.sub(r"\s*\(in each[^)]*\)|[?:.]+$", "", text).strip().lower()
        if self._is_drug_facts and bare in _DRUG_FACTS:
            self.known += 1
            return _Heading(1, _DRUG_FACTS[bare], None, text)
        code = codes.code_of(None, text, None)
        if code and (upper or paragraph.bold):
            self.known += 1
            outer = any(one.level == 1 for one in self._open)
            return _Heading(1 if upper or not outer else 2, code, None, text)
        if upper and paragraph.bold and len(text) <= _LONG_TITLE and len(_LETTERS.findall(text)) >= 2:
            boxed = any(one.code == codes.BOXED_WARNING for one in self._open)
            return (
                None if boxed or ":" in text or " | " in text or _ENDS.search(text) else _Heading(1, None, None, text)
            )
        return None

    def _numbered(self, number: re.Match[str], title: str, bold: bool, upper: bool) -> _Heading | None:
        """A chapter, or a subsection whose number follows those before it; a dose or a reference is neither."""
        chapter, said = int(number.group(1)), number.group(1) + number.group(2)
        if not 1 <= chapter <= 17 or not title[:1].isupper() or not self._is_next(said):
            return None
        if not number.group(2):
            code = codes.code_of(None, title, None)
            if not upper or not (code or title.lower() in _UNCODED):
                return None
            self.known += 1
            return _Heading(1, code, said, title)
        if _ENDS.search(title) or len(title) > _LONG_TITLE + 40 or not (bold or self._is_after_chapter(chapter)):
            return None
        above = next((one.code for one in self._open if one.number == str(chapter)), _CHAPTERS[chapter])
        return _Heading(1 + said.count("."), codes.code_of(None, title, above), said, title)

    def _is_after_chapter(self, chapter: int) -> bool:
        """True where a subsection that is not set in bold can be one: in its chapter, or where a chapter goes on."""
        last = next((one.number for one in reversed(self._open) if one.number), None)
        return last is None or int(last.partition(".")[0]) <= chapter

    def _is_next(self, number: str) -> bool:
        """True where a subsection's number follows those before it; a reference at the start of a line does not."""
        own = [int(part) for part in number.split(".")]
        last = next((one.number for one in reversed(self._open) if one.number), None)
        return last is None or own > [int(part) for part in last.split(".")]


def _zones(paragraphs: Sequence[_Paragraph]) -> tuple[range, int]:
    """Which paragraphs are highlights and contents that the full text repeats, and where the product data begins."""
    end = next((n for n, p in enumerate(paragraphs) if _PRODUCT_DATA.match(p.text)), len(paragraphs))
    first = next((n for n, p in enumerate(paragraphs) if _HIGHLIGHTS.match(p.text) or _CONTENTS.match(p.text)), None)
    if first is None:
        return range(0), end
    full = next((n for n in range(len(paragraphs) - 1, first, -1) if _FULL.match(paragraphs[n].text)), None)
    contents = next((n for n, p in enumerate(paragraphs) if n >= first and _CONTENTS.match(p.text)), None)
    if full is not None:
        return range(first, full + 1), end
    return (range(contents, end) if contents is not None else range(0)), end


def _paragraphs(lines: Sequence[Line]) -> list[_Paragraph]:
    gaps = [
        (b.y0 - a.y1) / max(b.y1 - b.y0, 1)
        for a, b in pairwise(lines)
        if a.page == b.page and b.y0 > a.y0 and not a.cells and not b.cells
    ]
    usual = median(gap for gap in gaps if gap < 1) if any(gap < 1 for gap in gaps) else 0.0
    found: list[list[Line]] = []
    for line in lines:
        if found and _goes_on(found[-1], line, usual):
            found[-1].append(line)
        else:
            found.append([line])
    return [_Paragraph(tuple(one)) for one in found]


def _goes_on(paragraph: Sequence[Line], line: Line, usual: float) -> bool:
    """True where ``line`` is of the same paragraph (or table) as the lines before it."""
    before = paragraph[-1]
    if before.cells or line.cells:
        return before.table == line.table and before.page == line.page and bool(before.cells and line.cells)
    size, height = line.y1 - line.y0, before.y1 - before.y0
    if _BULLET.match(line.text) or not 0.85 < size / max(height, 0.1) < 1.18 or " | " in before.text + line.text:
        return False
    if _starts_heading(line) or (before.bold and not line.bold and _starts_heading(paragraph[0])):
        return False
    if _BOXED.match(paragraph[0].text) and before.text.upper() == before.text and line.text.upper() != line.text:
        return False
    parted = bool(re.search(r"[^\W\d_]-$", before.text)) and line.text[:1].islower()
    needed = line.first_word + 0.25 * size
    if line.text[:1].islower() and not _ENDS.search(before.text):  # half a sentence must not stand for a whole one
        needed += before.right - before.left if _OPEN.search(before.text) else 0.2 * (before.right - before.left)
    full = parted or before.x1 + needed > before.right
    if not full:
        return False
    if before.page != line.page or line.y0 < before.y0:  # over to the next page or column
        return not _ENDS.search(before.text) and (line.text[:1].islower() or before.text.endswith((",", "-")))
    if line.y0 - before.y1 > (max(usual, 0) + 0.35) * size:
        return False
    if before.bold and not line.bold and _ENDS.search(before.text):
        return False
    indent = paragraph[1].x0 if len(paragraph) > 1 else None
    shift = line.x0 - (indent if indent is not None else before.x0)
    hangs = indent is None and any(mark.match(before.text) for mark in (_BULLET, _NUMBERED, _FOOTNOTE))
    return abs(shift) <= 0.6 * size or (hangs and shift > 0) or (indent is None and -3 * size < shift < 0)


def _starts_heading(line: Line) -> bool:
    return bool(line.bold and (_NUMBERED.match(line.text) or _BOXED.match(line.text))) or bool(
        _FULL.match(line.text) or _CONTENTS.match(line.text) or _HIGHLIGHTS.match(line.text)
    )


def _joined(paragraph: _Paragraph, vocabulary: frozenset[str]) -> str:
    """The lines of a paragraph as one; where a line ends within a word, the word is whole again."""
    text = paragraph.lines[0].text
    for line in paragraph.lines[1:]:
        head = re.search(r"[^\W_]+(?:-[^\W_]+)*(?=[-\u00ad]$)", text)
        tail = re.match(r"[^\W_]+", line.text)
        if not head or not tail:
            text = f"{text} {line.text}"
        elif text.endswith("-") and _is_hyphenation(head.group(), tail.group(), vocabulary):
            text = f"{text[:-1]}\u00ad{line.text}"
        else:
            text += line.text
    return text


def _is_hyphenation(head: str, tail: str, vocabulary: frozenset[str]) -> bool:
    whole = (head + tail).lower()
    return tail[0].islower() and whole in vocabulary and f"{head}-{tail}".lower() not in vocabulary


def _vocabulary(lines: Sequence[Line]) -> frozenset[str]:
    """The words that stand whole within a line."""
    return frozenset(
        word.lower()
        for line in lines
        for text in (line.text, *(part for cell in line.cells for part in cell))
        for word in _LETTERS.findall(text)
    )


def _element(table: _Paragraph) -> etree._Element:
    """A grid of cells as the table markup of SPL, whose reader tells heads from rows."""
    element = etree.Element("table")
    for line in table.lines:
        row = etree.SubElement(element, "tr")
        for cell in line.cells:
            column = etree.SubElement(row, "th" if line.bold else "td")
            for part in cell:
                etree.SubElement(column, "paragraph").text = part
    return element
