"""openFDA's section text, which comes as one run of words: its tables, highlights and subsections found again.

openFDA flattens a section by joining all its words with spaces. What was a table is repeated there with its cells
jumbled, and what was the summary box ("highlights") precedes the section. Tables come a second time as markup in the
``_table`` fields: the flat copy is cut out and the parsed table set in its place.
"""

import re
from dataclasses import dataclass

from ingest.inline import blocks
from ingest.xml import Element, local

_TAG = re.compile(r"</?(?:item|main|list|paragraph|content|caption|br|text)\b[^<>]*>", re.IGNORECASE)
_ANCHOR = 24
"""Characters without white space that fix where a table's flat copy begins or ends; shorter ones occur by chance."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of flat text, or the table that stands there."""

    text: str
    table: Element | None = None


@dataclass(frozen=True, slots=True)
class Subsection:
    """A numbered subsection found in flat text; the first of a section has no number."""

    number: str | None
    heading: str
    parts: tuple[Part, ...]


def untagged(text: str) -> str:
    """``text`` with stray SPL tags (<item>) as line breaks."""
    return _TAG.sub("\n", text)


def place_tables(text: str, tables: list[Element]) -> list[Part]:
    """``text`` in parts, each table in the place of its flat copy; tables whose copy is not found come last."""
    parts = [Part(text)]
    for table in tables:
        for number, part in enumerate(parts):
            if part.table is not None:
                continue
            found = _copy(part.text, table)
            if found:
                start, end = found
                parts[number : number + 1] = [Part(part.text[:start]), Part("", table), Part(part.text[end:])]
                break
        else:
            parts.append(Part("", table))
    return [part for part in parts if part.table is not None or part.text.strip()]


def _copy(text: str, table: Element) -> tuple[int, int] | None:
    """Where the flat copy of ``table`` stands in ``text``; None where no copy is sure."""
    places = [at for at, char in enumerate(text) if not char.isspace()]
    flat = "".join(text[at] for at in places)
    words = "".join("".join(table.itertext()).split())
    at = flat.find(words) if words else -1
    if at >= 0:
        return places[at], places[at + len(words) - 1] + 1
    # footnotes and captions are moved about in some records: fix both ends, and trust them if the length fits
    cells = ["".join("".join(e.itertext()).split()) for e in table.iter() if local(e) in ("td", "th", "caption")]
    cells = [cell for cell in cells if cell]
    start, end = _anchor(flat, cells, 0), -1
    if start is None:
        return None
    tail = "".join(cells)[-_ANCHOR:]
    end = flat.find(tail, start)
    if end < 0 or not 0.6 <= (end + len(tail) - start) / max(len(words), 1) <= 1.5:
        return None
    return places[start], places[end + len(tail) - 1] + 1


def _anchor(flat: str, cells: list[str], first: int) -> int | None:
    head = "".join(cells[first:])[:_ANCHOR]
    at = flat.find(head) if len(head) == _ANCHOR else -1
    return at if at >= 0 else None


def subsections(parts: list[Part], chapter: str | None) -> list[Subsection]:
    """Parts as numbered subsections ("7.1", "7.2") where ``chapter`` ("7") tells what to look for.

    Numbers must come in order and open a heading; "(7.1)" and "see 7.1" are references. What precedes "7.1" and only
    refers to it is the highlights and is dropped by the caller (``is_highlights``).
    """
    found = [Subsection(None, "", ())]
    if chapter is None:
        return [Subsection(None, "", tuple(parts))]
    border = re.compile(rf"(?<![\d.(,])(?:(?<=^)|(?<=\s))({re.escape(chapter)}\.(\d{{1,2}}))\s+(?=[A-Z•])")
    expected = 1
    for part in parts:
        if part.table is not None:
            found[-1] = Subsection(found[-1].number, found[-1].heading, (*found[-1].parts, part))
            continue
        at = 0
        for match in border.finditer(part.text):
            before = part.text[max(match.start() - 40, 0) : match.start()].rstrip()  # all of it would be searched
            if int(match.group(2)) != expected or re.search(r"(?:\(|,|;|\band|\bor|\bsee|\bto|[Ss]ections?)$", before):
                continue
            expected += 1
            found[-1] = _with(found[-1], part.text[at : match.start()])
            heading = heading_of(part.text[match.end() :])
            found.append(Subsection(match.group(1), heading, ()))
            at = match.start()
        found[-1] = _with(found[-1], part.text[at:])
    return found


def is_highlights(text: str, chapter: str) -> bool:
    """True for the summary that repeats a section before it begins: every statement ends in "(7.1)" or the like."""
    text = re.sub(r"\[\s*see\b[^\]]*\]", " ", text, flags=re.IGNORECASE)
    references = re.findall(rf"\(\s*{re.escape(chapter)}(?:\.\d+)?(?:\s*[,;]\s*\d+(?:\.\d+)?)*\s*\)", text)
    return len(references) >= 1 and len(text) / len(references) < 700


def heading_of(text: str) -> str:
    """The words in title case with which ``text`` begins; "" where the text opens with a plain sentence.

    The last capitalised word belongs to the sentence that follows ("Skin Rash Concomitant use of ...").
    """
    words = text.split()[:30]
    taken: list[str] = []
    for word in words:
        bare = word.strip("()[],;:/®™")
        if bare[:1].isupper() or bare[:1].isdigit() or bare in _SMALL or not bare:
            taken.append(word)
            if word.endswith((".", "•")):
                return ""
        else:
            break
    else:
        return ""
    _drop_small(taken)
    taken = taken[:-1]
    _drop_small(taken)
    return " ".join(taken)


def _drop_small(words: list[str]) -> None:
    while words and words[-1].strip("(,") in _SMALL:
        words.pop()


_SMALL = frozenset("a an and as at by for from in into of on or per that the to with without vs not other than".split())


def lines(text: str) -> list[str]:
    """Flat text parted where a list item begins."""
    return [line for piece in text.split("\n") for line in re.split(r"\s+(?=[•●▪◦]\s)", piece) if line.strip()]


def _with(subsection: Subsection, text: str) -> Subsection:
    if not text.strip():
        return subsection
    return Subsection(subsection.number, subsection.heading, (*subsection.parts, Part(text)))


def loose_tables(element: Element) -> list[Element]:
    """The tables of a wrapped ``_table`` value, in order."""
    return [part for kind, part in blocks(element) if kind is None and not isinstance(part, str)]
