"""Points on which labels of one medicine differ: a contraindication that some name and others do not, a boxed warning.

Kept right rather than broad. A point is a phrase of a contraindications section; a label is silent on it where its own
contraindications hold none of the phrase's telling words, abbreviations that the labels spell out included. What is
worded otherwise with one telling word in common counts as said, so that some differences are missed. Labels without
contraindications of their own (excerpts) are not compared.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.index.index import Index
from rag.index.rows import DocumentRow
from rag.records import BlockKind, Document, Evidence, Section, Span
from rag.search.subjects import speaks_first
from rag.sentences import split
from rag.text import stem, words

_CONTRAINDICATIONS = "34070-3"
_BOXED = "34066-1"
_GENERIC = frozenset(
    map(
        stem,
        "patient patients use used using contraindicated contraindication contraindications known history with without"
        " severe serious disease diseases disorder disorders condition conditions following drug drugs product products"
        " medication medicine tablet tablets capsule capsules injection oral solution suspension extended release any"
        " component components ingredient ingredients excipient excipients including include includes should not taking"
        " receiving women woman may become treatment therapy because concomitant concomitantly coadministration"
        " administration administered due risk increased other also see warnings warning precautions section have has"
        " had who those these this that the and for from are is was were been being been its their all such which when"
        " whom whose other than more less certain one two forms form dosage given give cause caused reaction reactions"
        " effect effects potential possible prior previous previously demonstrated presence present active"
        " acute chronic clinical clinically significant signs symptoms evidence except unless some none into within"
        " days weeks during"
        " after before starting stopping hydrochloride sodium tartrate succinate maleate calcium potassium mesylate"
        " sulfate phosphate acetate usp immediate example conditions circumstances states state".split(),
    )
)
"""Words that tell no point from another; salts are names of the drug itself here."""
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBER = re.compile(r"\(\d\)")
_PARTS = re.compile(r"[;•]|,\s+(?:and\s+|or\s+)?|\s\d\.\s|:\s|\n")
_FORBIDS = re.compile(r"contraindicat|should not be|must not|do not|not recommended", re.IGNORECASE)
_SPELLED = re.compile(r"((?:[A-Za-z]+[ -]){1,5}[A-Za-z]+)\s*\(([A-Z]{2,6})s?\)")


@dataclass(frozen=True, slots=True)
class Said:
    """A label that makes the point, with its own words."""

    label: DocumentRow
    section: Section
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A point that some labels make and others do not."""

    kind: Evidence
    """boxed_warning or contraindication."""
    point: str
    """The phrase, as the first label that makes it prints it; of a boxed warning its heading."""
    said: tuple[Said, ...]
    silent: tuple[DocumentRow, ...]
    """Labels that have the section for it (or, of a boxed warning, contraindications) and do not make the point."""
    elsewhere: tuple[DocumentRow, ...]
    """Those of them that name it outside of their contraindications, a warning perhaps."""


@dataclass(frozen=True, slots=True)
class _Label:
    """A label, read for comparison."""

    row: DocumentRow
    document: Document
    sections: tuple[Section, ...]
    """Its contraindications."""
    stems: frozenset[str]
    """Of them."""
    all_stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the labels of one medicine differ in."""

    drug: str
    labels: tuple[DocumentRow, ...]
    """Those that were compared, the one that speaks for all first."""
    left_out: int
    """Labels without contraindications of their own."""
    found: tuple[Disagreement, ...]


def disagreements(drug: str, index: Index) -> Comparison | None:
    """Where the labels of a medicine (any of its names) differ; None where the index has no label of it."""
    known = index.names([" ".join(words(drug))])
    drugs = {name.drug for name in known if name.kind != "component"} or {name.drug for name in known}
    if not drugs:
        return None
    medicine = min(drugs, key=lambda name: (name.count(" + "), name))
    numbers = sorted({name.document for name in index.names_of_drug(medicine)})
    rows = sorted(index.rows(numbers).values(), key=speaks_first)
    read = [_read(row, index) for row in rows]
    labels = [label for label in read if label.sections]
    own = {stem(word) for name in index.names_of_drug(medicine) for word in name.norm.split()}
    found = [*_boxed(labels), *_contraindications(labels, own | set(words(medicine)))]
    return Comparison(medicine, tuple(label.row for label in labels), len(read) - len(labels), tuple(found))


def _read(row: DocumentRow, index: Index) -> _Label:
    document = index.document_at(row.row)
    sections = tuple(s for s in document.sections if s.code == _CONTRAINDICATIONS and len(s.path) == 1)
    sections = sections or tuple(s for s in document.sections if s.code == _CONTRAINDICATIONS)[:1]
    own = " ".join(document.text[s.start : s.end] for s in sections)
    return _Label(row, document, sections, _stems(own), _stems(document.text))


def _stems(text: str) -> frozenset[str]:
    """Stems of the words of a text, and the initials of what it spells out."""
    spelled = {stem(short.lower()) for _, short in _SPELLED.findall(text)}
    return frozenset(stem(word) for word in words(text)) | spelled


def _boxed(labels: Sequence[_Label]) -> list[Disagreement]:
    said: list[Said] = []
    silent: list[DocumentRow] = []
    for label in labels:
        box = next((s for s in label.document.sections if s.code == _BOXED), None)
        if box is None:
            silent.append(label.row)
        else:
            text = Span(box.start, box.end).of(label.document.text)
            said.append(Said(label.row, box, Span(box.start, box.end), text))
    if not said or not silent:
        return []
    return [Disagreement(Evidence.BOXED_WARNING, "boxed warning", tuple(said), tuple(silent), ())]


def _contraindications(labels: Sequence[_Label], own: set[str]) -> list[Disagreement]:
    short = _abbreviations(labels)
    found: list[Disagreement] = []
    told: list[tuple[frozenset[str], frozenset[int]]] = []
    for label in labels:
        for section, span, point in _points(label):
            telling = {s for s in map(stem, words(point)) if len(s) > 2 and not s.isdigit()} - _GENERIC - own
            if not telling:
                continue
            wide = telling | {other for s in telling for other in short.get(s, ())}
            silent = [other for other in labels if not wide & other.stems]
            key = frozenset(other.row.row for other in silent)
            if not silent or any(gone == key and telling & before for before, gone in told):
                continue
            told.append((frozenset(telling), key))
            said = [one for other in labels if other not in silent and (one := _where(other, telling, wide))]
            first = next((one for one in said if one.label == label.row), None)
            said = [
                first or Said(label.row, section, span, span.of(label.document.text)),
                *(s for s in said if s is not first),
            ]
            elsewhere = tuple(
                other.row for other in silent if telling <= other.all_stems or wide - telling & other.all_stems
            )
            found.append(
                Disagreement(
                    Evidence.CONTRAINDICATION, point, tuple(said), tuple(other.row for other in silent), elsewhere
                )
            )
    return found


def _points(label: _Label) -> list[tuple[Section, Span, str]]:
    """The phrases of a label's contraindications, each with the sentence that it stands in."""
    found: list[tuple[Section, Span, str]] = []
    text = label.document.text
    for section in label.sections:
        for block in label.document.blocks:
            if not section.start <= block.start < section.end:
                continue
            inner = [
                s for s in label.document.sections if section.start < s.start <= block.start < s.end <= section.end
            ]
            if block.kind is BlockKind.TITLE:
                # "4.3 Pregnancy" over its reasons is the point
                found.extend((s, Span(block.start, block.end), s.heading) for s in inner[-1:])
                continue
            if inner:
                continue  # the reasons
            for number, span in enumerate(split(text, block.start, block.end)):
                sentence = _NUMBER.sub(";", span.of(text))
                if number and not _FORBIDS.search(sentence):
                    continue  # what follows an item's first sentence is its reasons
                while (bare := _ASIDE.sub(" ", sentence)) != sentence:
                    sentence = bare
                parts = [" ".join(part.split()).strip(" .:") for part in _PARTS.split(sentence)]
                found.extend((section, span, part) for part in parts if part)
    return found


def _where(label: _Label, telling: set[str], wide: set[str]) -> Said | None:
    """The sentence of a label's contraindications that has most of a point's words."""
    sentences = [(s, span) for s, span, _ in _points(label)]
    if not sentences:
        return None

    def share(span: Span) -> int:
        held = {stem(word) for word in words(span.of(label.document.text))}
        return 2 * len(telling & held) + len(wide & held)

    section, span = max(sentences, key=lambda one: share(one[1]))
    return Said(label.row, section, span, span.of(label.document.text)) if share(span) else None


def _abbreviations(labels: Sequence[_Label]) -> dict[str, set[str]]:
    """Stem -> what the labels spell out with it, both ways: "maoi" and "monoamin", "oxidas", "inhibitor"."""
    found: dict[str, set[str]] = {}
    for label in labels:
        for long, short in _SPELLED.findall(label.document.text):
            abbreviation = stem(short.lower())
            own = {stem(word) for word in _spelled_out(short.lower(), words(long))} - _GENERIC
            found.setdefault(abbreviation, set()).update(own)
            for word in own:
                found.setdefault(word, set()).add(abbreviation)
    return found


def _spelled_out(short: str, before: Sequence[str]) -> Sequence[str]:
    """The last of the words before an abbreviation that it is made of: its letters stand in them in order."""
    for count in range(len(short), 0, -1):
        spelled = before[-count:]
        letters = iter("".join(spelled))
        if spelled[0][0] == short[0] and all(w[0] in short for w in spelled) and all(c in letters for c in short):
            return spelled
    return ()
