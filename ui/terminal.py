"""Answers, hits and tables for a terminal: as wide as it is, and plain text where it is a pipe or a file."""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from rag.records import Answer, Basis, Evidence, Hit, LabelWarning, Missing
from ui import show

if TYPE_CHECKING:
    from rag.search.search import SearchResult

WIDTH_OF_A_PIPE = 100
WIDEST = 110
"""Columns; longer lines of prose are hard to read on any screen."""
_SIGNS = {Basis.STATED: "■", Basis.CLASS: "▤", Basis.INFERRED: "◇", Basis.MODEL: "~"}
_NOTHING = "○"
# A document's text is data: an escape sequence in it must not reach the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console(stream: TextIO | None = None) -> Console:
    """A console on ``stream`` (default: stdout)."""
    stream = stream or sys.stdout
    width = None if stream.isatty() else WIDTH_OF_A_PIPE
    made = Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
    made.width = min(made.width, WIDEST)
    return made


def answer(given: Answer, out: Console) -> None:
    """Prints an answer: warnings, headline, claims by group, what is missing, then every quote."""
    citations = show.number(given)
    boxed = [w for w in given.warnings if w.kind is Evidence.BOXED_WARNING]
    other = [w for w in given.warnings if w.kind is not Evidence.BOXED_WARNING]
    for warning in boxed:
        _warning(warning, citations, out)
    if boxed:
        out.print()
    _print(out, Text(clean(given.headline), "bold"))
    for warning in other:
        out.print()
        _warning(warning, citations, out)
    for group in show.grouped(given.claims):
        _heading(out, f"{_SIGNS[group.basis]} {group.title}")
        for claim in group.claims:
            _item(out, _marked(claim.text, citations.of(claim.quotes), show.tags(claim)))
    if given.management:
        _heading(out, show.MANAGEMENT)
    for advice in given.management:
        _item(out, _marked(f"{show.LEVEL[advice.level]}: {advice.text}", citations.of(advice.quotes), ""))
    if given.missing:
        _heading(out, f"{_NOTHING} {show.MISSING}")
    for missing in given.missing:
        _item(out, _missing(missing))
    if given.arm == "search":
        hits(given.hits, out)
    _notes(given, out)
    if citations.all:
        _heading(out, "Sources")
    linked: set[str] = set()
    for citation in citations.all:
        _citation(citation, linked, out)


def result(found: "SearchResult", out: Console) -> None:
    """Prints what a search found."""
    if not found.hits:
        _print(out, Text("Nothing found.", "bold"))
    hits(found.hits, out)


def hits(found: Iterable[Hit], out: Console) -> None:
    """Prints hits: rank, drugs and section, document, how it was found, and the text."""
    for hit in found:
        passage = hit.passage
        head = Text.assemble((f"{hit.rank}. ", "cyan"), (clean(", ".join(passage.drugs)), "bold"))
        head.append(f"{' · ' if passage.drugs else ''}{clean(show.place(passage.section))}", "bold")
        version = f", version {passage.version}" if passage.version else ""
        where = f"{passage.document_id}{version}{_copies(hit.same_text_in)}"
        found_by = f" · score {hit.score:.4f} by {' and '.join(hit.found_by)}"
        out.print()
        _print(out, head)
        _print(out, Text(clean(where + found_by), "dim"), "   ")
        if passage.context:
            _print(out, Text(clean(passage.context), "italic"), "   ")
        _print(out, Text(clean(passage.text)), "   ")


def line(words: str, out: Console, *, bold: bool = False) -> None:
    """Prints a line of prose."""
    _print(out, Text(clean(words), "bold" if bold else ""))


def rule(words: str, out: Console) -> None:
    """Prints a heading that sets one answer off from the next."""
    out.print()
    _print(out, Text(f"=== {clean(words)} ===", "bold"))
    out.print()


def listing(title: str, items: Iterable[str], out: Console) -> None:
    """Prints items under a title; nothing for none."""
    lines = list(items)
    if lines:
        _heading(out, title)
    for words in lines:
        _item(out, Text(clean(words)))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], out: Console) -> None:
    """Prints rows under their heads, numbers on the right; the last column wraps, but one line a row in a pipe."""
    lines = [list(heads), *([clean(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    is_number = [all(re.fullmatch(r"[\d.,]*", line[column]) for line in lines[1:]) for column in range(len(heads))]
    for at, line in enumerate(lines):
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ]
        before = "".join(f"{cell}  " for cell in cells[:-1])
        last = Text(cells[-1].rstrip(), "bold" if at == 0 else "")
        if out.is_terminal:
            _print(out, last, before)
        else:
            out.print(Text(before) + last, soft_wrap=True)


def clean(text: str) -> str:
    """``text`` without characters that would steer the terminal."""
    return _CONTROL.sub(" ", text)


def _warning(warning: LabelWarning, citations: show.Citations, out: Console) -> None:
    marks = _marks(citations.of((warning.quote,)))
    head = f"{show.EVIDENCE[warning.kind].capitalize()}, {clean(warning.drug)}: "
    words = clean(warning.text)
    if warning.folded:
        words = " ".join(words.split())
        room = out.width - len(head) - len(marks)
        words = words if len(words) < room else words[: max(room - 2, 0)].rstrip() + "…"
    _print(out, Text.assemble((head, "bold red"), words, (marks, "cyan")))


def _notes(given: Answer, out: Console) -> None:
    if given.withheld or given.notices:
        out.print()
    if given.withheld:
        _print(out, Text(show.withheld(given.withheld), "italic"))
    for notice in given.notices:
        _print(out, Text(f"Note: {clean(notice)}", "italic"))


def _citation(citation: show.Citation, linked: set[str], out: Console) -> None:
    quote = citation.quote
    source = quote.document
    mark = f"[{citation.n}] "
    indent = " " * len(mark)
    head = Text(clean(show.title(source)), "bold")
    head.append(clean("".join(f" · {part}" for part in show.origin(source))), "dim not bold")
    _print(out, head, mark)
    page = f", page {quote.page}" if quote.page else ""
    _print(out, Text(clean(show.place(quote.section)) + page + _copies(quote.same_text_in), "dim"), indent)
    if quote.context:
        _print(out, Text(clean(quote.context.text), "italic"), indent)
    _print(out, Text(f"“{clean(quote.text)}”"), indent)
    if source.url and source.url not in linked:
        linked.add(source.url)
        out.print(Text(indent + clean(source.url), "dim"), soft_wrap=True)
    out.print()


def _missing(missing: Missing) -> Text:
    text = Text(clean(missing.text))
    if missing.searched:
        read = "; ".join(map(show.searched, missing.searched))
        text.append(f"\nSearched: {clean(read)}.", "dim")
    return text


def _marked(words: str, numbers: Sequence[int], tags: str) -> Text:
    text = Text.assemble(clean(words), (_marks(numbers), "cyan"))
    if tags:
        text.append(f" ({tags})", "italic dim")
    return text


def _marks(numbers: Iterable[int]) -> str:
    return "".join(f" [{n}]" for n in numbers)


def _copies(same_text_in: int) -> str:
    return f" · same text in {same_text_in} labels" if same_text_in > 1 else ""


def _heading(out: Console, words: str) -> None:
    out.print()
    _print(out, Text(clean(words), "bold"))


def _item(out: Console, words: Text) -> None:
    _print(out, words, "  - ")


def _print(out: Console, words: Text, before: str = "") -> None:
    """Wraps by hand, since rich pads its tables and indents with spaces up to the edge, also in a file."""
    for at, line in enumerate(words.wrap(out, max(out.width - len(before), 20))):
        line.rstrip()
        out.print(Text.assemble((before if at == 0 else " " * len(before), ""), line), soft_wrap=True)
