"""Sentences and table rows as claims: prose as it stands, a row with the heads of its columns, doses line by line."""

from collections.abc import Sequence

from rag.answer.evidence import evidence_of
from rag.answer.quotes import Sentence, paired_lines
from rag.records import Basis, Block, Claim, Quote, Support

_LONG_ROW_HEAD = 240
"""Characters above which the first cell of a row (a list of drugs) is left to the quote."""


def claims_of(
    sentence: Sentence, basis: Basis, group: str, *, note: str = "", more: Sequence[Quote] = ()
) -> list[Claim]:
    """One claim; for a row of parallel doses one for each line, so that which dose becomes which is kept.

    ``note`` is said behind the words in brackets; ``more`` are quotes that it rests on.
    """
    evidence = evidence_of(sentence.document, sentence.passage.section, sentence.text)
    quotes = (sentence.quote(), *more)
    texts = [sentence.text]
    if sentence.block and sentence.block.cells:
        texts = _paired(sentence.block, sentence.document.text) or [row_text(sentence.block, sentence.document.text)]
    return [
        Claim(f"{text} ({note})" if note else text, basis, Support.SUPPORTED, evidence, quotes, group) for text in texts
    ]


def row_text(block: Block, text: str) -> str:
    """A table row in words: each cell behind the head of its column."""
    heads = _heads(block)
    cells = [text[cell.start : cell.end] for cell in block.cells]
    return "; ".join(f"{head}: {cell}" if head else cell for head, cell in zip(heads, cells, strict=True))


def _paired(block: Block, text: str) -> list[str]:
    heads = _heads(block)
    said: list[str] = []
    pairs = paired_lines(block, text)
    first = text[block.cells[0].start : block.cells[0].end]
    row = f"{first}: " if pairs and pairs[0].left > 0 and len(first) <= _LONG_ROW_HEAD else ""
    for pair in pairs:
        left, right = heads[pair.left], heads[pair.left + 1]
        common = left.rpartition(": ")[0]
        if common and common == right.rpartition(": ")[0]:
            left, right = left.rpartition(": ")[2], right.rpartition(": ")[2]
            said.append(f"{row}{common}: {pair.original} ({left.lower()}) becomes {pair.adjusted} ({right.lower()}).")
        elif left and right:
            said.append(f"{row}{left}: {pair.original} becomes {right}: {pair.adjusted}.")
        else:
            said.append(f"{row}{pair.original} becomes {pair.adjusted}.")
    return said


def _heads(block: Block) -> list[str]:
    """The head over each cell; "" where the table has none."""
    columns = block.context.columns if block.context else ()
    return [*columns] if len(columns) == len(block.cells) else [""] * len(block.cells)
