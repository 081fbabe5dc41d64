"""Tables as rows that can be quoted: one line a row, with caption, spanning row head and column heads as context.

Parses the table markup of SPL and of openFDA's ``_table`` fields. Not covered: tables within tables (none seen).
"""

import re
from dataclasses import dataclass

from ingest.inline import BREAK, cell_lines, inline, is_emphasised
from ingest.page import CELL_BORDER, CellText, Page, squeeze
from ingest.xml import Element, local
from rag.records import Block, BlockKind, Cell, Context, Span

_LONG_HEAD = 160
"""Characters above which a cell over the whole width is a note and no head."""


@dataclass(slots=True)
class _Cell:
    column: int
    width: int
    height: int
    lines: list[str]
    is_head: bool


@dataclass(slots=True)
class _Row:
    cells: list[_Cell]
    part: str
    """thead, tbody or tfoot."""

    @property
    def filled(self) -> list[_Cell]:
        return [cell for cell in self.cells if cell.lines]


@dataclass(frozen=True, slots=True)
class _Head:
    """Words that stand over columns ``first`` to ``last``, and their place in the document."""

    first: int
    last: int
    span: Span
    text: str


def set_table(page: Page, element: Element) -> None:
    """Sets caption, heads, rows and notes of a <table> on ``page``."""
    rows = _rows(element)
    width = max((cell.column + cell.width for row in rows for cell in row.cells), default=0)
    outside: list[_Head] = []  # the caption, which stands over every column
    for child in element:
        if local(child) == "caption":
            text = squeeze(inline(child).replace(BREAK, " "))
            if span := page.line(BlockKind.CAPTION, text):
                outside.append(_Head(0, width, span, text))
    if width <= 1:
        for row in rows:
            for cell in row.filled:
                for line in cell.lines:
                    page.line(BlockKind.PARAGRAPH, line)
        return
    kinds = _kinds(rows, width)
    heads: list[_Head] = []
    over: list[_Head] = []  # spanning row heads in force
    hanging: list[tuple[int, _Head]] = []  # cells that reach down from rows above, with the rows they still cover
    before, stale = "", False
    for row, kind in zip(rows, kinds, strict=True):
        if kind == "over":
            block = page.row(_texts(row), BlockKind.HEAD, None)
            new = _placed(row, block)
            over = [*over, *new] if before == "over" else new or over
        elif kind == "head":
            if stale:
                heads, stale = [], False
            block = page.row(_texts(row), BlockKind.HEAD, None)
            heads.extend(_placed(row, block))
        elif kind == "note":
            page.row(_texts(row), BlockKind.NOTE, _context(outside, (), [], row))
        else:
            stale = True  # the next head begins a new block of heads
            reach = [head for _, head in hanging]
            block = page.row(_texts(row), BlockKind.ROW, None)
            if block:
                page.blocks[-1] = Block(
                    block.kind,
                    block.start,
                    block.end,
                    _context([*outside, *over, *reach], block.cells, heads, row),
                    block.cells,
                )
            hanging = [(left - 1, head) for left, head in hanging if left > 1]
            placed = {head.first: head for head in _placed(row, block)}
            hanging.extend(
                (cell.height - 1, placed[cell.column])
                for cell in row.filled
                if cell.height > 1 and cell.column in placed
            )
        before = kind if row.filled else before


def _rows(element: Element) -> list[_Row]:
    rows: list[_Row] = []
    taken: dict[int, int] = {}  # column -> rows that a cell above still covers
    for row in element.iter():
        if local(row) != "tr":
            continue
        parent = local(row.getparent())
        column, cells = 0, []
        covered = {c: left - 1 for c, left in taken.items() if left > 1}
        for cell in row:
            if local(cell) not in ("td", "th"):
                continue
            while taken.get(column, 0) > 0:
                column += 1
            width, height = _count(cell.get("colspan")), _count(cell.get("rowspan"))
            paragraphs = [child for child in cell if local(child) == "paragraph"]
            strong = bool(paragraphs) and not (cell.text or "").strip() and all(map(is_emphasised, paragraphs))
            is_head = local(cell) == "th" or strong or (not paragraphs and is_emphasised(cell))
            cells.append(_Cell(column, width, height, cell_lines(cell), is_head))
            for c in range(column, column + width):
                if height > 1:
                    covered[c] = height - 1
            column += width
        taken = covered
        rows.append(_Row(cells, parent))
    return sorted(rows, key=lambda row: row.part == "tfoot")  # HTML lets <tfoot> stand before <tbody>


def _count(value: str | None) -> int:
    """A span attribute; at most 1,000, so that a hostile one costs nothing."""
    if not value or not value.isascii() or not value.isdigit():
        return 1
    return max(min(int(value[:6]), 1000), 1)


def _kinds(rows: list[_Row], width: int) -> list[str]:
    """What each row is: head, over (a head across all columns), row, note."""
    kinds: list[str] = []
    has_thead = any(row.part == "thead" for row in rows)
    for number, row in enumerate(rows):
        filled = row.filled
        text = " ".join(line for cell in filled for line in cell.lines)
        alone = len(filled) == 1 and len(row.cells) == 1 and filled[0].width >= width
        if len(filled) == 1 and filled[0].column == 0 and filled[0].is_head:
            alone = sum(cell.width for cell in row.cells) >= width  # "Study 2", bold, and empty cells after it
        before = kinds[-1] if kinds else ""
        if row.part == "tfoot":
            kinds.append("note")
        elif row.part == "thead":
            kinds.append("head")
        elif alone:
            strong = filled[0].is_head or len(text) <= _LONG_HEAD
            kinds.append("over" if strong and not re.match(r"[*†‡§]|[a-d]\s", text) else "note")
        elif filled and all(cell.is_head for cell in filled) and (before in ("", "head", "over") or len(filled) > 1):
            kinds.append("head")
        elif (
            number == 0
            and not has_thead
            and len(filled) > 1
            and len(rows) > 2
            and not re.search(r"\d", text)
            and len(text) < _LONG_HEAD
        ):
            kinds.append("head")
        else:
            kinds.append("row")
    if "row" not in kinds:
        return ["row" if kind in ("head", "over") else kind for kind in kinds]
    last = len(kinds) - 1 - kinds[::-1].index("row")
    return [*kinds[: last + 1], *("note" if kind == "over" else kind for kind in kinds[last + 1 :])]


def _texts(row: _Row) -> list[CellText]:
    return [CellText(cell.column, tuple(cell.lines)) for cell in row.cells]


def _placed(row: _Row, block: Block | None) -> list[_Head]:
    if block is None:
        return []
    source = {cell.column: cell for cell in row.cells}
    return [
        _Head(
            c.column,
            c.column + source[c.column].width - 1,
            Span(c.start, c.end),
            squeeze(" ".join(source[c.column].lines)),
        )
        for c in block.cells
    ]


def _context(outside: list[_Head], cells: tuple[Cell, ...], heads: list[_Head], row: _Row) -> Context | None:
    """Caption, spanning heads, cells that reach down from above, then one head (or path of heads) for each cell."""
    spans = [head.span for head in outside]
    parts = [head.text for head in outside]
    columns: list[str] = []
    widths = {cell.column: cell.width for cell in row.cells}
    for cell in cells:
        paths: list[str] = []
        for column in range(cell.column, cell.column + widths[cell.column]):
            path = [head for head in heads if head.first <= column <= head.last]
            spans.extend(head.span for head in path)
            paths.append(": ".join(dict.fromkeys(head.text for head in path)))
        columns.append(" / ".join(dict.fromkeys(filter(None, paths))))
    if any(columns):
        parts.append(f"[{CELL_BORDER.join(column or '-' for column in columns)}]")
    return (
        Context(" > ".join(parts), tuple(dict.fromkeys(spans)), tuple(columns) if any(columns) else ())
        if parts
        else None
    )
