"""Where sentences begin and end in label and article text.

Labels are full of full stops that end nothing ("e.g.", "0.6 mg", "U.S.", "vs. placebo", "[see Warnings (5.1)]."),
and a wrong cut makes a quote that misleads. When in doubt this splitter does not cut.
"""

import re

from rag.records import Span

_ABBREVIATIONS = frozenset(
    "e.g i.e vs approx dr mr mrs ms st no nos fig figs ref refs etc al inc corp ltd co cf ca resp max min wt vol "
    "i.v i.m s.c p.o b.i.d t.i.d q.i.d q.d h.s u.s u.s.a u.s.p sec sect eq est avg sp spp subsp var ph.d m.d".split()
)
# A stop, closing brackets or quotes, white space, and something that can open a sentence.
_BORDER = re.compile(r"""(?<=[.!?])(["'”’)\]]*)\s+(?=["'“‘(\[•*†‡§-]*\s*[A-Z0-9•])""")
_REACH = 160
"""Characters that a bracket is trusted to reach over full stops; a forgotten one would swallow a page."""
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*)\.[\"'”’)\]]*$")


def split(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of ``text[start:end]``, in order, white space at their ends left out.

    A line break always ends a sentence: the readers set one only where the source ends a block.
    """
    spans: list[Span] = []
    stop = len(text) if end is None else end
    line_start = start
    while line_start < stop:
        line_end = text.find("\n", line_start, stop)
        line_end = stop if line_end < 0 else line_end
        spans.extend(_line(text, line_start, line_end))
        line_start = line_end + 1
    return spans


def _line(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    at = start
    for border in _BORDER.finditer(text, start, end):
        cut = border.end(1)
        if _ends_nothing(text, at, cut, border.end()):
            continue
        _append(spans, text, at, cut)
        at = border.end()
    _append(spans, text, at, end)
    return spans


def _ends_nothing(text: str, at: int, cut: int, following: int) -> bool:
    sentence = text[at:cut]
    if _is_inside(text, at, cut, "(", ")") or _is_inside(text, at, cut, "[", "]"):
        return True
    word = _LAST_WORD.search(sentence)
    if word:
        last = word.group(1).lower()
        if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and text[following : following + 1].isupper()):
            # "vitamin K. The" does end a sentence; an initial ("J. Smith") follows a capitalised name or opens the line
            return last in _ABBREVIATIONS or len(sentence) < 4
    # "7.1 Drugs": a heading number does not end a sentence, nor does a list number "2. Take"
    return bool(re.fullmatch(r"[\s•*-]*\(?\d+(\.\d+)*\.\)?", sentence.strip()))


def _is_inside(text: str, at: int, cut: int, opening: str, closing: str) -> bool:
    """True between brackets; one that opened long ago, or never closes nearby, was forgotten and encloses nothing."""
    near = text[max(at, cut - _REACH) : cut]
    if near.count(opening) <= near.count(closing) or near.rfind(opening) < near.rfind(closing):
        return False
    closes, opens = (text.find(mark, cut, cut + _REACH) for mark in (closing, opening))
    return closes >= 0 and not 0 <= opens < closes


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start, end))
