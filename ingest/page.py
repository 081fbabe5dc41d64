"""The text of a document as it grows, line by line, with its sections and blocks as spans in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.records import Block, BlockKind, Cell, Context, Section, Span

CELL_BORDER = " | "


def squeeze(text: str) -> str:
    """``text`` with every run of white space (no-break spaces too) as one space."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell of a table row before it has a place in the document."""

    column: int
    lines: tuple[str, ...]


class Page:
    """Collects lines; every line is a block, every block lies in the section that is open."""

    def __init__(self) -> None:
        """An empty page."""
        self._parts: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._open: list[int] = []
        self.blocks: list[Block] = []

    @property
    def text(self) -> str:
        """All lines so far."""
        return "".join(self._parts)

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections in the order in which they began."""
        return tuple(self._sections)

    def line(self, kind: BlockKind, text: str, context: Context | None = None) -> Span | None:
        """Sets ``text`` as one line; nothing for text that is white space only."""
        text = squeeze(text)
        if not text:
            return None
        span = self._set(text)
        self.blocks.append(Block(kind, span.start, span.end, context))
        return span

    def row(self, cells: Sequence[CellText], kind: BlockKind, context: Context | None) -> Block | None:
        """Sets a table row as one line, its cells in their order with " | " between them; empty cells are skipped."""
        parts: list[str] = []
        placed: list[Cell] = []
        at = self._length + bool(self._parts)
        for cell in cells:
            lines = [line for line in map(squeeze, cell.lines) if line]
            if not lines:
                continue
            if placed:
                parts.append(CELL_BORDER)
                at += len(CELL_BORDER)
            start, spans = at, []
            for number, line in enumerate(lines):
                if number:
                    parts.append(" ")
                    at += 1
                spans.append(Span(at, at + len(line)))
                parts.append(line)
                at += len(line)
            placed.append(Cell(cell.column, start, at, tuple(spans)))
        if not placed:
            return None
        span = self._set("".join(parts))
        block = Block(kind, span.start, span.end, context, tuple(placed))
        self.blocks.append(block)
        return block

    def begin(self, code: str | None, number: str | None, heading: str) -> None:
        """Opens a section within the one that is open."""
        path = (*(self._sections[i].heading for i in self._open), heading)
        start = self._length + bool(self._parts)
        self._open.append(len(self._sections))
        self._sections.append(Section(code, number, heading, path, start, start))

    def end(self) -> None:
        """Closes the section that was opened last; one that holds no text keeps an empty span."""
        at = self._open.pop()
        section = self._sections[at]
        self._sections[at] = replace(section, end=max(section.start, self._length))

    @property
    def code(self) -> str | None:
        """Code of the section that is open."""
        return self._sections[self._open[-1]].code if self._open else None

    def _set(self, text: str) -> Span:
        if self._parts:
            self._parts.append("\n")
            self._length += 1
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return Span(start, self._length)
