"""The labels of an index as rows are made of them: each sentence read once, with the names in it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finetune.terms import OTHERS
from rag.evidence.quotes import Sentence, sentences_of
from rag.records import Kind
from rag.search import classes
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
_EFFECT = frozenset("effect effects activity action actions properties response".split())
"""Words after which "anticoagulant" is what a medicine does, and no medicine."""
_LONGEST_NAME = 5
"""Words of a name."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or table row that can be offered."""

    sentence: Sentence
    text: str
    """As a writer gets to see it."""
    low: str
    """Made searchable."""
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
    licence: str
    path: str
    units: tuple[Unit, ...]

    @property
    def ingredient(self) -> str:
        """Its ingredients, sorted, joined by " + "."""
        return " + ".join(sorted(self.drugs))

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

    def said(self, text: str) -> frozenset[str]:
        """The drugs and classes that ``text`` names; the longest name at each place counts."""
        tokens, found, at = words(text), set(), 0
        while at < len(tokens):
            for last in range(min(at + _LONGEST_NAME, len(tokens)), at, -1):
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
        if row.kind is not Kind.LABEL or not row.drugs or any(text in one for text in without for one in held):
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
        own = {name for drug in row.drugs for name in (drug, *names.classes_of(drug))}
        brands = [product.brand for product in document.products if product.brand]
        yield Label(
            row.row, row.id, row.version, row.drugs, frozenset(own), _generic(row.drugs),
            _brand(brands, row.drugs), document.licence or "", (paths.get(row.id) or [""])[0], tuple(units),
        )  # fmt: skip


def _unit(sentence: Sentence, names: Names) -> Unit:
    section = sentence.passage.section
    readable = searchable(sentence.readable)
    return Unit(
        sentence, prompts.plain(sentence.text), searchable(sentence.text), readable,
        searchable(" > ".join(section.path)), section.code or "", names.said(readable),
    )  # fmt: skip


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
