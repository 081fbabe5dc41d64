"""Quotes, copied by code from the document, and the sentences that can be quoted."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag import sentences
from rag.evidence.evidence import evidence_of
from rag.index.index import Index
from rag.records import Block, BlockKind, Cell, Document, Evidence, Passage, Quote, Span

_SHORTEST = 12
"""Characters without white space below which words are no quote: they could stand anywhere."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or table row of a passage, ready to be quoted."""

    document: Document
    document_row: int
    passage: Passage
    span: Span
    block: Block | None
    """The table row that it is; None for prose."""
    order: int
    """Position among all sentences of its passage."""
    same_text_in: int = 1

    @property
    def text(self) -> str:
        """The words as the document has them."""
        return self.span.of(self.document.text)

    @property
    def readable(self) -> str:
        """Context and text together: what the sentence says where it stands."""
        context = self.block.context.text if self.block and self.block.context else ""
        return f"{context}\n{self.text}" if context else self.text

    @property
    def evidence(self) -> Evidence:
        """What kind of evidence it is."""
        return evidence_of(self.document, self.passage.section, self.text)

    def quote(self) -> Quote:
        """The quote; its text is the document's at its offsets."""
        return Quote(
            self.passage.id, self.document, self.passage.section, self.span.start, self.span.end, self.text,
            self.block.context if self.block else None, self.document.page_of(self.span.start), self.same_text_in,
        )  # fmt: skip


def sentences_of(passage: Passage, document_row: int, index: Index, same_text_in: int = 1) -> Iterator[Sentence]:
    """The sentences and rows of a passage that are long enough to be quoted."""
    document = index.document_at(document_row)
    starts = [block.start for block in document.blocks]
    first = max(bisect_right(starts, passage.start) - 1, 0)
    order = 0
    for block in document.blocks[first:]:
        if block.start >= passage.end:
            break
        if block.kind in (BlockKind.ROW, BlockKind.NOTE):
            spans = (
                [Span(block.start, block.end)]
                if block.kind is BlockKind.ROW
                else sentences.split(document.text, block.start, block.end)
            )
            for span in spans:
                if span.start >= passage.start and span.end <= passage.end and _is_long(span.of(document.text)):
                    yield Sentence(document, document_row, passage, span, block, order, same_text_in)
                order += 1
        elif block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM):
            for span in sentences.split(document.text, max(block.start, passage.start), min(block.end, passage.end)):
                if _is_long(span.of(document.text)):
                    yield Sentence(document, document_row, passage, span, None, order, same_text_in)
                order += 1


def whole(passage: Passage, document: Document) -> Quote:
    """A quote of all of a passage."""
    return Quote(
        passage.id,
        document,
        passage.section,
        passage.start,
        passage.end,
        document.text[passage.start : passage.end],
        None,
        document.page_of(passage.start),
    )


def sentences_naming(names: Sequence[str], documents: Sequence[int], index: Index) -> Iterator[Sentence]:
    """The sentences of those passages of ``documents`` that hold one of ``names``."""
    yield from sentences_at({hit.row for hit in index.words.naming(names, documents=documents, limit=2000)}, index)


def sentences_at(rows: Iterable[int], index: Index) -> Iterator[Sentence]:
    """The sentences of passages, by row."""
    passages = index.passages(rows)
    copies = index.same_text(list(passages))
    for row in sorted(passages):
        document, passage = passages[row]
        yield from sentences_of(passage, document, index, copies.get(row, 1))


@dataclass(frozen=True, slots=True)
class DosePair:
    """Two doses that the source sets on the same line of neighbouring cells."""

    left: int
    """Which of the row's cells holds the original dose; the next one holds the adjusted dose."""
    original: str
    adjusted: str


def paired_lines(block: Block, text: str) -> list[DosePair]:
    """Doses of a row that the source sets in parallel lines of neighbouring cells, line by line.

    Only where both cells have the same number of lines, at least two, and every line is a complete dose: "1.2 mg" over
    "(2 tablets) followed by ..." is one dose in two paragraphs and stays whole.
    """
    pairs: list[DosePair] = []
    for at, (left, right) in enumerate(zip(block.cells, block.cells[1:], strict=False)):
        if right.column != left.column + 1 or len(left.lines) < 2 or len(left.lines) != len(right.lines):
            continue
        a, b = _lines(left, text), _lines(right, text)
        if all(map(is_dose, a + b)):
            pairs.extend(DosePair(at, original, adjusted) for original, adjusted in zip(a, b, strict=True))
    return pairs


def is_dose(line: str) -> bool:
    """True for a line that is a dose by itself: an amount with its unit, and how often."""
    amount = re.match(
        r"\(?\d[\d.,]*(?:\s*(?:-|–|to)\s*\d[\d.,]*)?\s*(?:mg|mcg|g|mL|units?|tablets?|IU)\b",
        line.strip(),
        re.IGNORECASE,
    )
    often = re.search(
        r"\b(?:once|twice|daily|a day|per day|every|times|hours?|weekly|x \d+ doses?|single)\b", line, re.IGNORECASE
    )
    return bool(amount and often)


def _lines(cell: Cell, text: str) -> list[str]:
    return [line.of(text) for line in cell.lines]


def _is_long(text: str) -> bool:
    return len("".join(text.split())) >= _SHORTEST
