"""The labels of an index as rows are made of them: each sentence read once, with the names in it."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from finetune.terms import OTHERS
from rag.evidence.quotes import Sentence, sentences_of
from rag.records import Kind
from rag.search import classes
from rag.search.products import Make, make_of
from rag.text import searchable, words
from rag.writing import prompts

if TYPE_CHECKING:
    from rag.index.index import Index

_NO_NAMES = frozenset(
    """water oxygen nitrogen ammonia iron potassium calcium sodium magnesium zinc urea glucose dextrose lactose sucrose
    alcohols glycerin starch talc air copper iodine selenium sulfur phosphate chloride bicarbonate histamine epinephrine
    norepinephrine dopamine cortisol testosterone estradiol progesterone thyroid heparin creatinine cholesterol
    analgesics vaccines tobacco anesthetics""".split()
)
"""Names of substances that a sentence mostly means as something else: in blood, in a tablet, in a test."""
_MOST_DRUGS = 3
"""Ingredients of a product that people call by them; a kit holds more."""
_EFFECT = frozenset("effect effects activity action actions properties response".split())
"""Words after which "anticoagulant" is what a medicine does, and no medicine."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or table row that can be offered."""

    sentence: Sentence
    text: str
    """As a writer gets to see it."""
    low: str
    """Made searchable, references to other sections taken out: they say nothing of this one."""
    readable: str
    """With caption and heads of its table, made searchable."""
    heading: str
    """Headings from the top down, made searchable."""
    code: str
    named: frozenset[str]
    """Drugs and classes that it names, by their leading names."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label in service."""

    row: int
    id: str
    version: str | None
    drugs: tuple[str, ...]
    names: frozenset[str]
    """Its drugs, and the classes of them that a text can mean them by."""
    generic: str
    brand: str
    """"" for none that a person would say."""
    make: Make
    """Form and route of its products."""
    licence: str
    path: str
    units: tuple[Unit, ...]

    @property
    def ingredient(self) -> str:
        """Its ingredients, sorted, joined by " + "."""
        return " + ".join(sorted(self.drugs))

    @property
    def spoken(self) -> tuple[str, ...]:
        """Its drugs and its brand, in small letters."""
        return (*self.drugs, *((self.brand.lower(),) if self.brand else ()))

    def is_named_in(self, unit: Unit) -> bool:
        """True where the sentence names the drug or its brand."""
        return not unit.named.isdisjoint(self.drugs) or (bool(self.brand) and self.brand.lower() in unit.low)


class Names:
    """Names of drugs and classes, and what each stands for."""

    def __init__(self, index: "Index") -> None:
        """Reads the names of the documents in service."""
        self.leading: dict[str, str] = {name: name for name in OTHERS}
        self.classes: set[str] = set()
        for row in index.store.all("select distinct norm, drug from name where kind != 'brand' order by kind desc"):
            if "+" not in row["drug"] and len(row["norm"]) > 3:
                self.leading[row["norm"]] = row["drug"]
        for form in classes.every_form():
            if named := classes.called(form):
                self.leading[form] = named.name.lower()
                self.classes.add(named.name.lower())
        self.leading = {norm: name for norm, name in self.leading.items() if norm not in _NO_NAMES}
        self._of_class: dict[str, set[str]] = {}
        members: dict[str, set[str]] = {}
        for row in index.store.all("select distinct substance, name from class"):
            for form in classes.written(row["name"]):
                if named := classes.called(" ".join(words(form))):
                    self._of_class.setdefault(row["substance"], set()).add(named.name.lower())
                    members.setdefault(named.name.lower(), set()).add(row["substance"])
        self._members = members
        sizes: dict[str, set[int]] = {}
        for norm in self.leading:
            sizes.setdefault(norm.split()[0], set()).add(len(norm.split()))
        self._sizes = {first: sorted(own, reverse=True) for first, own in sizes.items()}

    def said(self, text: str) -> frozenset[str]:
        """The drugs and classes that ``text`` names; the longest name at each place counts."""
        tokens, found, at = words(text), set(), 0
        while at < len(tokens):
            for size in self._sizes.get(tokens[at], ()):
                last = at + size
                if name := self.leading.get(" ".join(tokens[at:last])):
                    if not (name in self.classes and tokens[last : last + 1] and tokens[last] in _EFFECT):
                        found.add(name)
                    at = last - 1
                    break
            at += 1
        return frozenset(found)

    def classes_of(self, drug: str) -> frozenset[str]:
        """The classes of a drug, and those that they are part of."""
        own = self._of_class.get(drug, set())
        return frozenset(own) | {wider.name.lower() for name in own for wider, _ in classes.wider(_cased(name))}

    def related(self, name: str) -> frozenset[str]:
        """All under which a text can speak of ``name``: itself, its classes, its members."""
        found = {name} | self.classes_of(name)
        parts = self._members.get(name, set())
        wider = {whole.name.lower() for whole, _ in classes.wider(_cased(name))}
        narrower = {
            other for other in self._members if name in {w.name.lower() for w, _ in classes.wider(_cased(other))}
        }
        found |= parts | wider | narrower | {member for other in narrower for member in self._members[other]}
        return frozenset(found)


def _cased(name: str) -> str:
    named = classes.called(" ".join(words(name)))
    return named.name if named else name


def labels(index: "Index", names: Names, without: Collection[str] = ()) -> Iterator[Label]:
    """The labels in service that have an ingredient, in the order of their ids.

    ``without``: texts of which none may stand in a label's id or in the path of a file that holds it.
    """
    paths: dict[str, list[str]] = {}
    for held_by in index.store.all(
        "select h.document, f.path from holding h join file f on f.sha256 = h.sha256 order by 2"
    ):
        paths.setdefault(held_by["document"], []).append(held_by["path"])
    for row in index.documents():
        held = [row.id, *paths.get(row.id, [])]
        if (
            row.kind is not Kind.LABEL
            or not 0 < len(row.drugs) <= _MOST_DRUGS
            or any(text in one for text in without for one in held)
        ):
            continue
        document = index.document_at(row.row)
        passages = index.passages(
            found["row"] for found in index.store.all("select row from passage where document = ?", (row.row,))
        )
        units = [
            _unit(sentence, names)
            for _, (_, passage) in sorted(passages.items())
            for sentence in sentences_of(passage, row.row, index)
            if not prompts.is_order(sentence.text)
        ]
        own = {name for drug in row.drugs for name in (drug, *names.classes_of(drug))} | _told_classes(row.drugs, units)
        path = (paths.get(row.id) or [""])[0]
        brands = [product.brand for product in document.products if product.brand]
        yield Label(
            row.row, row.id, row.version, row.drugs, frozenset(own), _generic(row.drugs),
            _brand(brands, row.drugs), make_of(document), document.licence or "", path, tuple(units),
        )  # fmt: skip


_REFERENCE = re.compile(r"[(\[]\s*(?:see|refer to|also see)\b[^\])]*(?:\([^()]*\)[^\])]*)*[\])]")


def _unit(sentence: Sentence, names: Names) -> Unit:
    section = sentence.passage.section
    readable = searchable(sentence.readable)
    low = " ".join(_REFERENCE.sub(" ", searchable(sentence.text)).split())
    heading = searchable(" > ".join(section.path))
    text = prompts.plain(sentence.text)
    return Unit(sentence, text, low, readable, heading, section.code or "", names.said(readable))


def _told_classes(drugs: Sequence[str], units: Sequence[Unit]) -> set[str]:
    """The classes that a label counts its drug among ("NSAIDs, including ...", "... is a thiazide diuretic")."""
    found = {form for form in classes.every_form() if any(form.split()[0].rstrip("s") in drug for drug in drugs)}
    for unit in units:
        if unit.named and (" such as " in unit.low or " including " in unit.low or " like " in unit.low):
            told = _membership().findall(" ".join(words(unit.low)))
            found |= {form for form, members in told if any(f" {drug} " in f" {members} " for drug in drugs)}
        elif unit.named and unit.low.startswith(tuple(drugs)):
            found |= set(_definition().findall(" ".join(words(unit.low))))
    return {named.name.lower() for form in found if (named := classes.called(form))}


def _forms() -> str:
    return "|".join(map(re.escape, sorted(classes.every_form(), key=len, reverse=True)))


@cache
def _membership() -> re.Pattern[str]:
    return re.compile(rf"\b({_forms()})(?: \w+)? (?:including|such as|like)((?: \w+){{1,6}})")


@cache
def _definition() -> re.Pattern[str]:
    return re.compile(rf"^(?:\w+ ){{1,6}}(?:is|are) an? (?:\w+ ){{0,5}}?({_forms()})\b")


def _generic(drugs: Sequence[str]) -> str:
    return " and ".join(drugs) if len(drugs) < 3 else f"{', '.join(drugs[:-1])} and {drugs[-1]}"


def _brand(brands: Sequence[str], drugs: Sequence[str]) -> str:
    """The first brand that is a name by itself: one or two words, letters only, and not the generic name again."""
    for brand in brands:
        said = brand.split()
        plain = " ".join(words(brand))
        if len(said) <= 2 and plain.replace(" ", "").isalpha() and not any(d.split()[0] in plain for d in drugs):
            return brand.title() if brand.isupper() else brand
    return ""
