"""The words of a page as lines in the order in which a person reads them: columns, tables, raised and lowered signs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low

_LEAST_ROWS = 6
"""Rows that two columns must have side by side; fewer are a heading with a date beside it, or a small table."""
_NUMBER_OR_BULLET = re.compile(r"(?:o|\(?[\dA-Za-z]{1,2}[.)]|\d{1,2}(?:\.\d{1,2})*\.?|[•●▪◦○■*†‡§–-])$")


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space; points from the top left corner of the page."""

    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    space: bool
    """True where the page has white space before it, as it is drawn."""
    bold: bool
    text: str
    order: int
    """Place in the order in which the words are drawn."""

    @property
    def size(self) -> float:
        """Height, from below the letters to above them."""
        return max(self.y1 - self.y0, 0.1)

    @property
    def middle(self) -> float:
        """Half-way between its top and bottom."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line, or the upper or lower edge of a box."""

    x0: float
    x1: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or a row of a table, with the edges of the column that it stands in."""

    page: int
    """From 1."""
    x0: float
    y0: float
    x1: float
    y1: float
    left: float
    right: float
    bold: bool
    text: str
    first_word: float
    """Width of its first word: what the line before had no room for, if the two are one paragraph."""
    cells: tuple[tuple[str, ...], ...] = ()
    """Of a table row: the lines of each cell, none for an empty cell."""
    table: int = 0
    """Number of the table on its page, from 1; 0 for no table."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A grid of ruled cells."""

    left: float
    right: float
    edges: tuple[float, ...]
    """Where its columns part."""
    levels: tuple[float, ...]
    """Where its rows part, top and bottom counted."""
    ruled: frozenset[tuple[int, int]]
    """(level, column) where a rule is drawn; a cell goes on below where there is none."""


def lines(page: int, words: Sequence[Word], rules: Sequence[Rule]) -> list[Line]:
    """The lines of a page in reading order.

    Text in columns is read column by column where both are running text; a ruled grid is read row by row, cells apart.
    What stands side by side otherwise is one line, its parts with " | " between them.
    """
    tables = _tables(rules)
    held: dict[int, list[Word]] = {number: [] for number in range(len(tables))}
    free: list[Word] = []
    for word in words:
        within = next((n for n, t in enumerate(tables) if _is_in(t, word)), None)
        (free if within is None else held[within]).append(word)
    for number, own in held.items():
        if not _is_table(tables[number], own):
            free.extend(own)
            held[number] = []
    rows = _rows(free)
    cut = {n: _cut(page, tables[n], own, n + 1) for n, own in held.items() if own}
    found: list[Line] = []
    for column in _columns(rows, rules, [tables[n] for n in cut], 0):
        left = min((word.x0 for row in column for word in row), default=0)
        right = max((word.x1 for row in column for word in row), default=0)
        found.extend(_line(page, row, left, right) for row in column)
    for number in sorted(cut, key=lambda n: tables[n].levels[0]):
        if cut[number]:
            _insert(found, cut[number], tables[number])
    return found


def _insert(found: list[Line], rows: list[Line], table: _Table) -> None:
    """Puts a table after the last line above it that stands over it."""
    after = [
        at for at, line in enumerate(found)
        if line.y1 - (line.y1 - line.y0) / 2 <= table.levels[0] and line.x0 < table.right and line.x1 > table.left
    ]  # fmt: skip
    below = [
        at for at, line in enumerate(found)
        if (line.y0 + line.y1) / 2 >= table.levels[-1] and line.x0 < table.right and line.x1 > table.left
    ]  # fmt: skip
    place = after[-1] + 1 if after else below[0] if below else len(found)
    found[place:place] = rows


def _rows(words: Iterable[Word]) -> list[list[Word]]:
    """Words on one base line, from top to bottom; small raised and lowered ones in the row that they belong to."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.base, w.x0)):
        if rows and word.base - rows[-1][0].base <= 0.25 * min(word.size, rows[-1][0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
    whole: list[list[Word]] = []
    small: list[Word] = []
    for at, row in enumerate(rows):
        size = max(word.size for word in row)
        near = [word for other in rows[max(at - 3, 0) : at] + rows[at + 1 : at + 4] for word in other]
        bearers = [w for w in near if w.size * 0.88 > size and w.y0 <= _middle(row) <= w.y1]
        if bearers and all(any(_beside(word, bearer) for bearer in bearers) for word in row):
            small.extend(row)
        else:
            whole.append(row)
    for word in small:
        beside = [row for row in whole if any(w.y0 <= word.middle <= w.y1 and _beside(word, w) for w in row)]
        if beside:
            min(beside, key=lambda row: abs(row[0].middle - word.middle)).append(word)
        else:
            whole.append([word])
    for row in whole:
        row.sort(key=lambda w: w.x0)
    return sorted(whole, key=lambda row: (median(w.base for w in row), row[0].x0))


def _middle(row: Sequence[Word]) -> float:
    return sum(word.middle for word in row) / len(row)


def _beside(word: Word, bearer: Word) -> bool:
    """True where ``word`` stands at an end of ``bearer`` without lying on it."""
    gap = max(word.x0 - bearer.x1, bearer.x0 - word.x1)
    return -0.3 * word.size <= gap <= 0.6 * bearer.size


def _columns(
    rows: list[list[Word]], rules: Sequence[Rule], tables: Sequence[_Table], depth: int
) -> list[list[list[Word]]]:
    """Rows as one or more columns in reading order."""
    best = _gutter(rows, rules, tables) if depth < 6 and len(rows) >= _LEAST_ROWS else None
    if best is None:
        return [rows] if rows else []
    x, start, end = best
    sides: tuple[list[Word], list[Word]] = ([], [])
    for row in rows[start:end]:
        for word in row:
            sides[word.x0 >= x].append(word)
    return [
        column
        for part in (rows[:start], _rows(sides[0]), _rows(sides[1]), rows[end:])
        for column in _columns(part, rules, tables, depth + 1)
    ]


def _gutter(rows: list[list[Word]], rules: Sequence[Rule], tables: Sequence[_Table]) -> tuple[float, int, int] | None:
    """The white strip between two columns of running text, and the rows that it parts; None where there is none."""
    left = min(word.x0 for row in rows for word in row)
    right = max(word.x1 for row in rows for word in row)
    best: tuple[int, float, int, int] | None = None
    middles = [_middle(row) for row in rows]
    x, step = left + 0.15 * (right - left), max(3.0, (right - left) / 250)
    while x < right - 0.15 * (right - left):
        breaks = [r.y for r in rules if r.x0 < x - 20 and r.x1 > x + 20]
        breaks += [y for t in tables if t.left < x < t.right for y in (t.levels[0], t.levels[-1])]
        start = 0
        for at in range(len(rows) + 1):
            ends = at == len(rows) or any(word.x0 < x + 4 and word.x1 > x - 4 for word in rows[at])
            parts = not ends and at > start and any(middles[at - 1] < y <= middles[at] for y in breaks)
            if ends or parts:
                count = _side_by_side(rows[start:at], x)
                if count and (best is None or count > best[0]):
                    best = (count, x, start, at)
                start = at if parts else at + 1
        x += step
    return best[1:] if best else None


def _side_by_side(rows: Sequence[Sequence[Word]], x: float) -> int:
    """Rows of the shorter of two columns that ``x`` parts; 0 where one of them is no running text."""
    least = len(rows)
    for side in ([[w for w in row if w.x1 <= x] for row in rows], [[w for w in row if w.x0 >= x] for row in rows]):
        own = [row for row in side if row]
        if len(own) < _LEAST_ROWS:
            return 0
        width = max(row[-1].x1 for row in own) - min(row[0].x0 for row in own)
        if median((row[-1].x1 - row[0].x0) / max(width, 1) for row in own) < 0.5:
            return 0
        if sum(map(len, own)) / len(own) < 3.5:
            return 0
        least = min(least, len(own))
    return least


def _line(page: int, row: Sequence[Word], left: float, right: float) -> Line:
    usual = median_low(word.size for word in row)  # a bullet or a sign in another font is no measure of the line
    of_size = [word for word in row if word.size == usual]
    return Line(
        page, row[0].x0, min(w.y0 for w in of_size), row[-1].x1, max(w.y1 for w in of_size),
        left, right, all(word.bold for word in row if len(word.text) > 1 or len(row) == 1), _text(row),
        row[0].x1 - row[0].x0,
    )  # fmt: skip


def _text(row: Sequence[Word], border: str = " | ") -> str:
    """The words of a row with the white space that the page has between them."""
    parts = [row[0].text]
    bulleted = bool(_NUMBER_OR_BULLET.match(row[0].text))
    for at, (before, word) in enumerate(pairwise(row), 1):
        gap, size = word.x0 - before.x1, max(before.size, word.size)
        raised = word.size < 0.88 * before.size and word.base < before.base - 0.1 * before.size
        if gap > 1.5 * size and not (bulleted and at == 1):
            parts.append(border)
        else:
            # a power set tight would turn 10 to the 9 into 109
            apart = gap > 0.12 * size or (raised and word.text[:1].isalnum())
            parts.append(" " if apart or (word.space and word.order == before.order + 1) else "")
        parts.append(word.text)
    return "".join(parts)


def _tables(rules: Sequence[Rule]) -> list[_Table]:
    """The grids that rules draw: levels of rules, end to end, over the same columns."""
    levels: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda r: r.y):
        if levels and rule.y - levels[-1][0].y <= 1.6:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    found: list[_Table] = []
    group: list[list[Rule]] = []
    for level in [*levels, []]:
        if group and (not level or not _same_columns(group, level)):
            if table := _grid(group):
                found.append(table)
            group = []
        if level:
            group.append(level)
    return found


def _extent(level: Iterable[Rule]) -> tuple[float, float]:
    return min(rule.x0 for rule in level), max(rule.x1 for rule in level)


def _same_columns(group: Sequence[Sequence[Rule]], level: Sequence[Rule]) -> bool:
    """True where a level's rules lie over the columns of the levels before it."""
    left, right = _extent([rule for one in group for rule in one])
    own = _extent(level)
    if own[0] < left - 3 or own[1] > right + 3:
        return False
    edges = {round(edge) for one in group for rule in one for edge in (rule.x0, rule.x1)}
    return all(any(abs(edge - known) <= 3 for known in edges) for rule in level for edge in (rule.x0, rule.x1))


def _grid(group: Sequence[Sequence[Rule]]) -> _Table | None:
    """The table that levels of rules draw; None for a box, a frame or single lines."""
    left, right = _extent([rule for level in group for rule in level])
    edges: list[float] = []
    for edge in sorted(edge for level in group for rule in level for edge in (rule.x0, rule.x1)):
        if not edges or edge - edges[-1] > 4:
            edges.append(edge)
    if len(group) < 2 or not 3 <= len(edges) <= 40:
        return None
    ruled = frozenset(
        (number, column)
        for number, level in enumerate(group)
        for column, (a, b) in enumerate(pairwise(edges))
        if any(rule.x0 - 4 <= a and rule.x1 + 4 >= b for rule in level)
    )
    return _Table(left, right, tuple(edges), tuple(level[0].y for level in group), ruled)


def _is_table(table: _Table, words: Sequence[Word]) -> bool:
    """False for a frame around text: all of its words stand in one column."""
    return len({_column(table, word) for word in words}) > 1


def _column(table: _Table, word: Word) -> int:
    across = (word.x0 + word.x1) / 2
    return max((at for at, edge in enumerate(table.edges[:-1]) if edge <= across), default=0)


def _is_in(table: _Table, word: Word) -> bool:
    across = (word.x0 + word.x1) / 2
    return table.left <= across <= table.right and table.levels[0] <= word.middle <= table.levels[-1]


def _cut(page: int, table: _Table, words: Sequence[Word], number: int) -> list[Line]:
    """The rows of a table, a cell that goes on over several of them in the first."""
    columns = len(table.edges) - 1
    cells: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        column = _column(table, word)
        level = max((at for at, y in enumerate(table.levels[:-1]) if y <= word.middle), default=0)
        while level and (level, column) not in table.ruled:
            level -= 1  # the cell began above
        cells.setdefault((level, column), []).append(word)
    found: list[Line] = []
    for level in range(len(table.levels) - 1):
        band = [cells.get((level, column), []) for column in range(columns)]
        for part in _logical(band):
            # a word that lies over a column's edge belongs to a cell that spans both
            texts = tuple(tuple(_text(row, " ") for row in _rows(cell)) for cell in part)
            own = [word for cell in part for word in cell]
            if own:
                found.append(
                    Line(
                        page, table.left, min(w.y0 for w in own), table.right, max(w.y1 for w in own), table.left,
                        table.right, all(w.bold for w in own), "", 0, texts, number,
                    )
                )  # fmt: skip
    return found


def _logical(band: list[list[Word]]) -> list[list[list[Word]]]:
    """The rows that stand between two rules: parted where white goes right across and the first cell begins anew."""
    words = sorted((word for cell in band for word in cell), key=lambda w: w.y0)
    if not words or not band[0]:
        return [band]
    cuts: list[float] = []
    bottom = words[0].y1
    for word in words[1:]:
        if word.y0 - bottom > 1.0:
            cuts.append((bottom + word.y0) / 2)
        bottom = max(bottom, word.y1)
    parts: list[list[list[Word]]] = []
    for above, below in pairwise([float("-inf"), *cuts, float("inf")]):
        part = [[word for word in cell if above < word.middle <= below] for cell in band]
        whole = bool(part[0]) and sum(map(bool, part)) >= 2
        if parts and not whole:
            parts[-1] = [[*before, *more] for before, more in zip(parts[-1], part, strict=True)]
        else:
            parts.append(part)
    return parts if sum(map(bool, parts[0])) >= 2 else [band]
