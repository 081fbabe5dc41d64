"""Sections split into passages: whole sentences and table rows, never across a section, sized for the encoder."""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest import codes
from rag import sentences
from rag.records import Block, BlockKind, Document, Passage, Section, Span
from rag.settings import PassageSettings

CountTokens = Callable[[Sequence[str]], list[int]]
"""Encoder tokens of each text, special tokens left out."""

_MAX_CONTEXT_TOKENS = 72
"""Of a window: heads beyond it are cut from what the encoder sees; shown and indexed in words they stay whole."""

_MAX_CRUMB_TOKENS = 64
"""Of a window: four ingredients and two headings stay whole in all real labels seen."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder sees of a passage: breadcrumb, context and a run of its text."""

    breadcrumb: str
    context: str
    text: str

    @property
    def embedded(self) -> str:
        """The one string that becomes a vector."""
        return "\n".join(filter(None, (self.breadcrumb, self.context, self.text)))


@dataclass(frozen=True, slots=True)
class Split:
    """A passage and its windows (one, but for boxed warnings and rows longer than the encoder reads)."""

    passage: Passage
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a row: never cut."""

    span: Span
    context: str | None
    tokens: int
    is_row: bool
    in_table: bool


def split(document: Document, count: CountTokens, settings: PassageSettings) -> Iterator[Split]:
    """Passages of ``document`` in the order of its text."""
    starts = [section.start for section in document.sections]
    blocks = [block for block in document.blocks if block.kind in _QUOTED]
    by_section: dict[int, list[Block]] = {}
    for block in blocks:
        owner = _owner(document.sections, starts, block)
        if owner is not None:
            by_section.setdefault(owner, []).append(block)
    found: list[Split] = []
    for owner, own in by_section.items():
        section = document.sections[owner]
        units = _units(document.text, own, count)
        whole = section.code == codes.BOXED_WARNING
        runs = [units] if whole else _runs(document, units, settings)
        found.extend(_passage(document, section, run, count, settings) for run in runs)
    yield from sorted(found, key=lambda one: one.passage.start)


_QUOTED = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW, BlockKind.NOTE})


def _owner(sections: Sequence[Section], starts: list[int], block: Block) -> int | None:
    """The innermost section around a block.

    Boxed warnings are quoted whole, so their subsections count as the outermost warning itself.
    """
    number = bisect_left(starts, block.start + 1) - 1
    around: list[int] = []
    depth: int | None = None
    while number >= 0:
        section = sections[number]
        # sections nest: walking back, each one around the block is shallower than the one before
        if section.end >= block.end and (depth is None or len(section.path) < depth):
            around.append(number)
            depth = len(section.path)
            if depth == 1:
                break
        number -= 1
    boxed = [outer for outer in around if sections[outer].code == codes.BOXED_WARNING]
    return boxed[-1] if boxed else around[0] if around else None


def _units(text: str, blocks: Sequence[Block], count: CountTokens) -> list[_Unit]:
    spans: list[tuple[Span, Block]] = []
    for block in blocks:
        if block.kind is BlockKind.ROW:
            spans.append((Span(block.start, block.end), block))
        else:
            spans.extend((span, block) for span in sentences.split(text, block.start, block.end))
    tokens = count([span.of(text) for span, _ in spans])
    return [
        _Unit(
            span,
            block.context.text if block.context else None,
            size,
            block.kind is BlockKind.ROW,
            block.kind in (BlockKind.ROW, BlockKind.NOTE),
        )
        for (span, block), size in zip(spans, tokens, strict=True)
    ]


def _runs(document: Document, units: Sequence[_Unit], settings: PassageSettings) -> Iterator[list[_Unit]]:
    """Neighbouring units up to the target size; a table and the prose around it never share a passage."""
    starts = [section.start for section in document.sections]
    run: list[_Unit] = []
    size = 0
    for unit in units:
        if run:
            last = run[-1]
            lines = document.text.count("\n", last.span.end, unit.span.start)
            apart = unit.is_row != last.is_row or unit.in_table != last.in_table or (unit.is_row and lines > 1)
            # a subsection in between has passages of its own
            apart = apart or bisect_left(starts, last.span.end) < bisect_left(starts, unit.span.start)
            size += (unit.span.start - last.span.end) // 4  # headings in between, at four characters a token
            if apart or size + unit.tokens > settings.target_tokens:
                yield run
                run, size = [], 0
        run.append(unit)
        size += unit.tokens
    if run:
        yield run


def _passage(
    document: Document, section: Section, run: Sequence[_Unit], count: CountTokens, settings: PassageSettings
) -> Split:
    start, end = run[0].span.start, run[-1].span.end
    text = document.text[start:end]
    context = "\n".join(dict.fromkeys(unit.context for unit in run if unit.context)) or None
    key = f"{document.id}\0{document.version}\0{document.revision}\0{start}\0{end}\0{text}"
    passage = Passage(
        hashlib.sha256(key.encode()).hexdigest()[:20],
        document.id,
        document.version,
        section,
        start,
        end,
        text,
        context,
        document.drugs,
    )
    return Split(passage, tuple(_windows(document, passage, run, count, settings)))


def breadcrumb(drugs: Sequence[str], section: Section) -> str:
    """Ingredients and section path as the encoder sees them; no brand, so that copies of a generic share a vector."""
    path = [section.path[0], section.path[-1]] if len(section.path) > 1 else list(section.path)
    return " > ".join(filter(None, (", ".join(drugs[:4]), *(heading[:80] for heading in path))))


def _windows(
    document: Document, passage: Passage, run: Sequence[_Unit], count: CountTokens, settings: PassageSettings
) -> Iterator[Window]:
    crumb = _cut(breadcrumb(passage.drugs, passage.section), _MAX_CRUMB_TOKENS, count)
    context = _cut(passage.context or "", _MAX_CONTEXT_TOKENS, count)
    room = settings.max_tokens - sum(count([crumb, context])) - 2  # the two special tokens
    room = max(room, 32)
    text = document.text
    pieces: list[Span] = []
    for unit in run:
        pieces.extend(_pieces(text, unit, room, count))
    at, size = 0, 0
    for number, piece in enumerate(pieces):
        # from the end of the piece before: headings that stand between sentences are embedded with them
        tokens = count([text[pieces[number - 1].end if number > at else piece.start : piece.end]])[0]
        if number > at and size + tokens > room:
            yield Window(crumb, context, text[pieces[at].start : pieces[number - 1].end])
            at, size = number, 0
            tokens = count([piece.of(text)])[0]
        size += tokens
    yield Window(crumb, context, text[pieces[at].start : pieces[-1].end])


def _pieces(text: str, unit: _Unit, room: int, count: CountTokens) -> list[Span]:
    """A unit, in parts (of whole words, where words have an end) where it is longer than a window."""
    if unit.tokens <= room:
        return [unit.span]
    parts: list[Span] = []
    at = unit.span.start
    while at < unit.span.end:
        end = min(at + room * 3, unit.span.end)  # a token of label text is more than three characters
        border = text.rfind(" ", at + 1, end + 1) if end < unit.span.end else -1
        end = border if border > 0 else end  # a word without an end is cut
        while count([text[at:end]])[0] > room and end - at > 8:
            end = at + (end - at) * 3 // 4
        parts.append(Span(at, end))
        at = end
        while at < unit.span.end and text[at].isspace():
            at += 1
    return parts


def _cut(text: str, tokens: int, count: CountTokens) -> str:
    while text and count([text])[0] > tokens:
        text = text[: max(len(text) * 4 // 5, len(text) - 400)].rstrip()
    return text
