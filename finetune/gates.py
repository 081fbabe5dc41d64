"""What a row must hold before it is written; a row that fails is counted by its reason and thrown away."""

import re
from collections.abc import Callable, Mapping

from finetune.rows import Row, Task
from rag.records import Document
from rag.writing import prompts
from rag.writing.writer import Form

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
Documents = Mapping[tuple[str, str | None], Document]
"""Documents by id and version."""


def fault(row: Row, documents: Documents, items: int, longest: int, answer: int, count: Callable[[str], int]) -> str:
    """Why ``row`` must not be written; "" where it passes.

    ``longest`` and ``answer`` bound prompt and completion together, and the completion alone, in what ``count`` counts.
    """
    texts = {one.number: one.text for one in row.sentences}
    said = "".join(turn.content for turn in row.completion)
    if any(documents[one.document, one.version].text[one.start : one.end] != one.text for one in row.sentences):
        return "a sentence is not the document's"
    if not set(row.gold.numbers) <= texts.keys() or len(set(row.gold.numbers)) != len(row.gold.numbers):
        return "a number was not offered"
    if row.gold.quotes != tuple(texts[number] for number in row.gold.numbers):
        return "a quote is not its sentence"
    if row.gold.answerable != bool(row.gold.numbers) or row.gold.answerable != (row.negative is None):
        return "the flag and the gold disagree"
    if (row.task is Task.ABSTAIN) == row.gold.answerable or (row.task is Task.CONFLICT and len(row.gold.numbers) < 2):
        return "the task and the gold disagree"
    shown = "\n".join(turn.content for turn in row.prompt)
    choices = {number: prompts.plain(text) for number, text in texts.items()}
    if any(f"\n[{number}] " not in shown or text not in shown for number, text in choices.items()):
        return "the prompt lacks a sentence"
    if len(set(choices.values())) < len(choices):
        return "two sentences read the same"
    reply = prompts.read(said, choices, Form.WORDS, items)
    if reply.ids != row.gold.numbers or reply.rejected or reply.abstained == row.gold.answerable:
        return "rxcite reads another reply"
    if not _numbers(said) <= _numbers(" ".join(row.gold.quotes)) | {str(n) for n in (0, *row.gold.numbers)}:
        return "a number stands in no cited sentence"
    if count(said) > answer:
        return "the answer is too long"
    if sum(count(turn.content) for turn in (*row.prompt, *row.completion)) + FRAME * 3 > longest:
        return "the row is too long"
    return ""


FRAME = 5
"""Tokens that a chat template sets around a turn: <|im_start|>, role, line end, <|im_end|>, line end."""


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))
