"""What changed between two versions of a document, section by section, in sentences and table rows.

Nothing is judged: words are compared as they stand, white space, case and dashes aside. What can hurt leads: boxed
warning, contraindications, then whatever has other numbers than before.
"""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from rag.records import BlockKind, Document, Section, Span
from rag.sentences import split
from rag.text import searchable

_LEADING = ("34066-1", "34070-3")
"""LOINC codes of the boxed warning and of the contraindications."""
_ALIKE = 60.0
"""Likeness (rapidfuzz ratio, 0 to 100) from which a sentence is another's new wording and not a new sentence."""
_REFERENCE = re.compile(r"[\[(]\s*see\b[^\])]*[\])]|\(\s*\d{1,2}(?:\.\d{1,2})*(?:\s*,\s*\d{1,2}(?:\.\d{1,2})*)*\s*\)")
_UNIT = (
    r"%|(?:mg|mcg|micrograms?|g|kg|ml|l|units?|iu|meq|mmol|mm|msec|hours?|days?|weeks?|months?|years?|times|tablets?"
    r"|capsules?|fold)\b(?:\s*/\s*(?:kg|m2|ml|min|l|day|dl|hour)\b(?:\s*/\s*[\d.]*\s*m2)?)*"
)
# the 3 of "CYP3A4" is no number
_FIGURE = re.compile(rf"(?<![A-Za-z\d.])(?:[<>≤≥]\s*)?\d(?:[\d.,]*\d)?(?:\s*-?\s*(?:{_UNIT}))?")


class Kind(StrEnum):
    """What became of a sentence, a row or a section."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """Same words in another section, or in another table."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or a table row of one version."""

    span: Span
    text: str
    context: str | None
    """Caption and heads of its table."""


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence or row that is not as it was."""

    kind: Kind
    before: Line | None
    after: Line | None
    gone: tuple[str, ...] = ()
    """Numbers, with their units, that stood in it before and do not now."""
    new: tuple[str, ...] = ()
    """Numbers that stand in it now and did not before."""
    origin: tuple[str, ...] = ()
    """Headings of the section that a moved line comes from."""


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section with something changed in its own lines, those of its subsections left out."""

    kind: Kind
    section: Section
    """Of the later version; of the earlier one where it was removed."""
    leads: bool
    """True in a boxed warning and in contraindications, and for what has left them."""
    changes: tuple[Change, ...]
    """Those with other numbers first, then in the order of the text."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something about the document itself that changed."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed between two versions."""

    before: Document
    after: Document
    about: tuple[Field, ...]
    sections: tuple[SectionChange, ...]


@dataclass(slots=True)
class _Part:
    """A section with its own lines."""

    section: Section
    lines: list[Line]
    leads: bool


def compare(before: Document, after: Document) -> Difference:
    """What changed from one version to the next."""
    old, new = _parts(before), _parts(after)
    pairs = _matched(old, new)
    found: list[tuple[_Part, Kind, list[Change]]] = []
    for part in new:
        if (other := pairs.get(id(part))) is not None:
            found.append((part, Kind.CHANGED, _changes(other.lines, part.lines)))
        else:
            found.append((part, Kind.ADDED, [_change(None, line) for line in part.lines]))
    kept = {id(other) for other in pairs.values()}
    found += [
        (part, Kind.REMOVED, [_change(line, None) for line in part.lines]) for part in old if id(part) not in kept
    ]
    sections = [
        SectionChange(kind, part.section, part.leads or leads, tuple(sorted(changes, key=_has_no_figures)))
        for part, kind, changes, leads in _with_moves(found)
        if changes
    ]
    sections.sort(key=_rank)
    return Difference(before, after, tuple(_about(before, after)), tuple(sections))


def _rank(section: SectionChange) -> tuple[int, bool]:
    """Boxed warning, contraindications, what has other numbers, the rest; within each in the order of the text."""
    code = _LEADING.index(section.section.code) if section.section.code in _LEADING else len(_LEADING)
    return (code if section.leads else len(_LEADING) + 1, all(map(_has_no_figures, section.changes)))


def _has_no_figures(change: Change) -> bool:
    return not (change.gone or change.new)


def _parts(document: Document) -> list[_Part]:
    parts = [_Part(section, [], False) for section in document.sections]
    front = _Part(Section(None, None, "", (), 0, len(document.text)), [], False)
    for part in parts:
        part.leads = any(
            s.code in _LEADING and s.start <= part.section.start and part.section.end <= s.end
            for s in document.sections
        )
    for block in document.blocks:
        around = [p for p in parts if p.section.start <= block.start < p.section.end]
        own = max(around, key=lambda p: (p.section.start, -p.section.end), default=front)
        whole = block.kind in (BlockKind.ROW, BlockKind.HEAD, BlockKind.CAPTION, BlockKind.TITLE)
        spans = [Span(block.start, block.end)] if whole else split(document.text, block.start, block.end)
        if block.kind is BlockKind.TITLE and _plain(own.section.heading) == _plain(
            _bare(Span.of(spans[0], document.text))
        ):
            continue  # the heading of its section, which is told by name
        context = block.context.text if block.context else None
        own.lines.extend(Line(span, span.of(document.text), context) for span in spans)
    return [part for part in (front, *parts) if part.lines]


def _bare(title: str) -> str:
    """A title without the number that is printed before it."""
    return re.sub(r"^\s*\d{1,2}(?:\.\d{1,2})*\.?\s+", "", title)


def _plain(text: str) -> str:
    return " ".join(searchable(text).split())


def _matched(old: Sequence[_Part], new: Sequence[_Part]) -> dict[int, _Part]:
    """Later part (its ``id``) -> the earlier one that it continues: by headings, then by code, then by its words."""
    pairs: dict[int, _Part] = {}
    keys: tuple[Callable[[_Part], Hashable], ...] = (
        lambda part: tuple(map(_plain, part.section.path)),
        lambda part: (part.section.code, _plain(part.section.heading)),
        lambda part: part.section.code,
    )
    for number, key in enumerate(keys):
        taken = {id(part) for part in pairs.values()}
        left: dict[Hashable, list[_Part]] = defaultdict(list)
        for part in old:
            if id(part) not in taken:
                left[key(part)].append(part)
        coming: dict[Hashable, list[_Part]] = defaultdict(list)
        for part in new:
            if id(part) not in pairs:
                coming[key(part)].append(part)
        for name, parts in coming.items():
            others = left.get(name, [])
            # the same headings twice go in their order; a code alone tells only where it stands once
            if number and not (len(parts) == len(others) == 1 and name is not None):
                continue
            pairs.update((id(part), other) for part, other in zip(parts, others, strict=False))
    for part in new:
        if id(part) in pairs:
            continue
        taken = {id(other) for other in pairs.values()}
        words = {_plain(line.text) for line in part.lines}
        for other in old:
            if id(other) not in taken and 2 * len(words & {_plain(line.text) for line in other.lines}) >= len(words):
                pairs[id(part)] = other
                break
    return pairs


def _changes(old: Sequence[Line], new: Sequence[Line]) -> list[Change]:
    before, after = [_plain(line.text) for line in old], [_plain(line.text) for line in new]
    found: list[Change] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            found.extend(_paired(old[a:b], new[c:d]))
    return found


def _paired(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Change]:
    """Removed and added lines, the most alike taken for one that changed; in the order of the later version."""
    scored = sorted(
        (
            (-fuzz.ratio(_plain(one.text), _plain(other.text)), i, j)
            for i, one in enumerate(old)
            for j, other in enumerate(new)
        ),
    )
    pairs: dict[int, int] = {}
    for score, i, j in scored:
        if -score >= _ALIKE and i not in pairs.values() and j not in pairs:
            pairs[j] = i
    for j, line in enumerate(new):
        yield _change(old[pairs[j]] if j in pairs else None, line)
    for i, line in enumerate(old):
        if i not in pairs.values():
            yield _change(line, None)


def _change(before: Line | None, after: Line | None) -> Change:
    kind = Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED
    old, new = _figures(before), _figures(after)
    return Change(kind, before, after, tuple((old - new).elements()), tuple((new - old).elements()))


def _figures(line: Line | None) -> Counter[str]:
    """The numbers of a line with their units, those of references to sections left out."""
    text = _REFERENCE.sub(" ", searchable(line.text)) if line else ""
    return Counter(re.sub(r"\s+", " ", figure).strip() for figure in _FIGURE.findall(text))


def _with_moves(
    found: Sequence[tuple[_Part, Kind, list[Change]]],
) -> Iterator[tuple[_Part, Kind, list[Change], bool]]:
    """The same changes; a line that left one place and stands word for word in another is one move and no two changes.

    A move within one section, under the same table heads, is none. The last of the four is true where a line has left
    a leading section.
    """
    left: dict[str, list[tuple[_Part, Change]]] = defaultdict(list)
    for part, _, changes in found:
        for change in changes:
            if change.kind is Kind.REMOVED and change.before:
                left[_plain(change.before.text)].append((part, change))
    moved: set[int] = set()
    made: list[tuple[_Part, Kind, list[Change], bool]] = []
    for part, kind, changes in found:
        kept: list[Change] = []
        leads = False
        for change in changes:
            waiting = left.get(_plain(change.after.text), []) if change.kind is Kind.ADDED and change.after else []
            if not waiting:
                kept.append(change)
                continue
            # rather from this section than from another of the same words
            place = next((n for n, (other, _) in enumerate(waiting) if _is_same(other, part)), 0)
            origin, gone = waiting.pop(place)
            moved.add(id(gone))
            assert gone.before and change.after
            if _is_same(origin, part) and gone.before.context == change.after.context:
                continue
            leads = leads or origin.leads
            kept.append(Change(Kind.MOVED, gone.before, change.after, origin=origin.section.path))
        made.append((part, kind, kept, leads))
    for part, kind, kept, leads in made:
        yield part, kind, [change for change in kept if id(change) not in moved], leads


def _is_same(one: _Part, other: _Part) -> bool:
    return tuple(map(_plain, one.section.path)) == tuple(map(_plain, other.section.path))


def _about(before: Document, after: Document) -> Iterator[Field]:
    def products(document: Document) -> str:
        return "; ".join(
            ", ".join(filter(None, (p.brand or p.generic or " + ".join(i.name for i in p.ingredients), p.form)))
            for p in document.products
        )

    named: dict[str, Callable[[Document], str | None]] = {
        "title": lambda d: d.title,
        "effective": lambda d: d.effective,
        "manufacturer": lambda d: d.manufacturer,
        "application": lambda d: d.application,
        "products": products,
        "ingredients": lambda d: " + ".join(d.drugs),
    }
    for name, value in named.items():
        old, new = value(before), value(after)
        if old != new:
            yield Field(name, old, new)
