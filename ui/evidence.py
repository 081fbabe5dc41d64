"""The card of a citation: whose words they are, and the words marked in the section that they stand in."""

import html
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from rag.records import Block, BlockKind, Document, Kind, Quote, Section, Span
from ui import show

SHOWN = 2400
"""Characters of a section that are shown around a quote; the quote itself and its table's heads are never cut."""
_TABLE = (BlockKind.HEAD, BlockKind.ROW)
_TAGS = {
    BlockKind.TITLE: ("<h5>", "</h5>"),
    BlockKind.ITEM: ('<p class="rx-item">', "</p>"),
    BlockKind.CAPTION: ('<p class="rx-caption">', "</p>"),
    BlockKind.NOTE: ('<p class="rx-note">', "</p>"),
}


def escape(text: str) -> str:
    """``text`` as it may stand in the page, between tags and in quoted attributes."""
    return html.escape(text)


def card(citation: show.Citation, *, is_open: bool = False) -> str:
    """A <details>: closed, who says it and the quote; open, the quote in its section."""
    quote = citation.quote
    source = quote.document
    kind = "Article" if source.kind is Kind.ARTICLE else "Label"
    origin = " · ".join(escape(part) for part in show.origin(source))
    page = f", page {quote.page}" if quote.page else ""
    return (
        f'<details class="rx-card" id="rx-card-{citation.n}" name="rx-card"{" open" if is_open else ""}>'
        f'<summary><span class="rx-number">{citation.n}</span><span class="rx-source">'
        f'<span class="rx-title">{escape(show.title(source))}</span>'
        f'<span class="rx-origin">{kind} · {origin}</span>'
        f'<span class="rx-place">{escape(show.place(quote.section))}{page}</span>'
        f'<q class="rx-snippet">{escape(quote.text)}</q></span></summary>'
        f'<div class="rx-text" id="rx-quote-{citation.n}" tabindex="0" role="region" '
        f'aria-label="Text of source {citation.n}">{_section_text(quote)}</div>'
        f'<p class="rx-foot-of-card">{_copies(quote)}{_link(source)}'
        f'<a class="rx-back" href="#rx-mark-{citation.n}">Back to the sentence</a></p></details>'
    )


def _section_text(quote: Quote) -> str:
    blocks = _blocks(quote.document, quote.section)
    first = next((i for i, block in enumerate(blocks) if block.end > quote.start), 0)
    kept = _kept(blocks, quote, first)
    parts: list[str] = []
    if quote.context and not all(_is_within(span, [blocks[i] for i in kept]) for span in quote.context.spans):
        parts.append(f'<p class="rx-caption">{escape(quote.context.text)}</p>')
    before = -1
    for run in _runs(kept, blocks):
        if run[0] > before + 1:
            parts.append(_GAP)
        shown = [blocks[i] for i in run]
        parts.append(_table(shown, quote) if shown[0].kind in _TABLE else "".join(_line(b, quote) for b in shown))
        before = run[-1]
    if before + 1 < len(blocks):
        parts.append(_GAP)
    return "".join(parts)


_GAP = '<p class="rx-gap">… more of this section is not shown …</p>'


def _blocks(document: Document, section: Section) -> list[Block]:
    """The section's blocks; its lines, where the reader made no blocks."""
    inside = [b for b in document.blocks if b.start < section.end and section.start < b.end]
    if inside:
        return inside
    lines: list[Block] = []
    at = section.start
    for line in section_text(document, section).split("\n"):
        if line.strip():
            lines.append(Block(BlockKind.PARAGRAPH, at, at + len(line)))
        at += len(line) + 1
    return lines


def section_text(document: Document, section: Section) -> str:
    """The characters of a section."""
    return document.text[section.start : section.end]


def _kept(blocks: Sequence[Block], quote: Quote, first: int) -> list[int]:
    """Places of the blocks to show: those of the quote and its context, then neighbours while there is room."""
    spans = [Span(quote.start, quote.end), *(quote.context.spans if quote.context else ())]
    kept = {i for i, b in enumerate(blocks) if any(b.start < s.end and s.start < b.end for s in spans)}
    last = max((i for i in kept if i >= first), default=first)
    room = SHOWN - sum(blocks[i].end - blocks[i].start for i in kept)
    before, after = first - 1, last + 1
    while room > 0 and (before >= 0 or after < len(blocks)):
        for at in (before, after):
            if 0 <= at < len(blocks) and at not in kept:
                size = blocks[at].end - blocks[at].start
                if size <= room:
                    kept.add(at)
                room -= size
        before, after = before - 1, after + 1
    return sorted(kept)


def _runs(kept: Sequence[int], blocks: Sequence[Block]) -> Iterator[list[int]]:
    """Blocks that follow each other, table rows apart from prose."""
    keyed = [(i, (i - at, blocks[i].kind in _TABLE)) for at, i in enumerate(kept)]
    for _, run in groupby(keyed, key=lambda pair: pair[1]):
        yield [i for i, _ in run]


def _is_within(span: Span, blocks: Sequence[Block]) -> bool:
    return any(b.start <= span.start and span.end <= b.end for b in blocks)


def _line(block: Block, quote: Quote) -> str:
    opening, closing = _TAGS.get(block.kind, ("<p>", "</p>"))
    start, end = block.start, block.end
    if end - start > SHOWN:  # a paragraph of pages: only what stands around the quote
        start, end = max(start, quote.start - SHOWN // 4), min(end, quote.end + SHOWN // 4)
        if start >= end:
            start, end = block.start, block.start + SHOWN // 4
    left, right = "… " if start > block.start else "", " …" if end < block.end else ""
    return f"{opening}{left}{_marked(Span(start, end), quote)}{right}{closing}"


def _table(rows: Sequence[Block], quote: Quote) -> str:
    columns = max((cell.column + 1 for row in rows for cell in row.cells), default=1)
    lines: list[str] = []
    for row in rows:
        tag = "th" if row.kind is BlockKind.HEAD else "td"
        if not row.cells:
            lines.append(f'<tr><{tag} colspan="{columns}">{_marked(Span(row.start, row.end), quote)}</{tag}></tr>')
            continue
        filled = {
            cell.column: "<br>".join(_marked(line, quote) for line in cell.lines or (Span(cell.start, cell.end),))
            for cell in row.cells
        }
        lines.append("<tr>" + "".join(f"<{tag}>{filled.get(c, '')}</{tag}>" for c in range(columns)) + "</tr>")
    return f'<div class="rx-table"><table>{"".join(lines)}</table></div>'


def _marked(span: Span, quote: Quote) -> str:
    """The span's text, the quoted words in <mark>, caption and heads of their table in a fainter one."""
    context = quote.context.spans if quote.context else ()
    borders = {b for s in (Span(quote.start, quote.end), *context) for b in (s.start, s.end)}
    edges = sorted({span.start, span.end, *(b for b in borders if span.start < b < span.end)})
    parts: list[str] = []
    for start, end in pairwise(edges):
        words = escape(quote.document.text[start:end])
        if quote.start <= start and end <= quote.end:
            words = f"<mark>{words}</mark>"
        elif any(s.start <= start and end <= s.end for s in context):
            words = f'<mark class="rx-context">{words}</mark>'
        parts.append(words)
    return "".join(parts)


def _copies(quote: Quote) -> str:
    return f"<span>Same text in {quote.same_text_in} labels</span>" if quote.same_text_in > 1 else ""


def _link(source: Document) -> str:
    # Other schemes ("javascript:", "file:") come from documents that nobody vouches for.
    if not (source.url or "").startswith(("https://", "http://")):
        return ""
    name = "article" if source.kind is Kind.ARTICLE else "label"
    link = escape(source.url or "")
    return f'<a href="{link}" target="_blank" rel="noopener noreferrer">Open the published {name} ↗</a>'
