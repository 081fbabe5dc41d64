"""Whom a question is about: a drug with its names and labels, a class, or a thing that has a description only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.index.index import Index
from rag.index.rows import DocumentRow, Name
from rag.records import DrugMatch, Kind
from rag.search import classes, synonyms
from rag.search.stop import FILLERS, STOP


@dataclass(frozen=True, slots=True)
class Subject:
    """A drug (or another thing) that the question asks about."""

    match: DrugMatch
    names: tuple[str, ...]
    """Under which it may stand in a text, in the form of ``rag.text.words`` joined by spaces."""
    documents: tuple[int, ...]
    """Rows of its labels, those that speak first in front; empty where the corpus has none."""
    asked: tuple[int, ...]
    """Of these, the labels that bear the very name of the question (a brand); all of them for a generic name."""
    description: tuple[str, ...] = ()
    """Words of a thing that has no name in the corpus; empty for a name."""
    read_as: str = ""
    """The name that the words of the question were read as, where they hold a typing error; "" where they do not."""

    @property
    def said(self) -> str:
        """The words of the question, and what they were read as where that is something else."""
        return f"{self.match.name} (read as {self.read_as})" if self.read_as else self.match.name

    @property
    def is_known(self) -> bool:
        """True where the corpus has a label of it."""
        return bool(self.documents)


def subject_of(said: str, names: Sequence[Name], index: Index, read: str = "") -> Subject:
    """A drug from the names that it was found under; a brand asks for its own label first, a component for any.

    ``read`` are the words of the question without its typing errors, where it has any.
    """
    name = read or said
    read_as = name if name != said else ""
    whole = [n for n in names if n.kind != "component"]
    found = whole or list(names)
    if not found:
        if named := classes.called(name):
            return replace(_class_subject(said, named), read_as=read_as)
        if read_as:
            return Subject(DrugMatch(said, name, 0), (*variants(name), *synonyms.named_by(name)), (), (), (), read_as)
        telling = tuple(word for word in name.split() if word not in FILLERS and word not in STOP)
        if len(telling) == 1:
            names_ = (*variants(name), *variants(telling[0]), *synonyms.named_by(telling[0]))
            return Subject(DrugMatch(name, name, 0), names_, (), ())
        if others := synonyms.named_by(name):
            return Subject(DrugMatch(name, name, 0), (*variants(name), *others), (), ())
        return Subject(DrugMatch(name, name, 0), variants(name), (), (), telling)
    drug = Counter(n.drug for n in found).most_common(1)[0][0] if whole else name
    rows = {n.document for n in found if not whole or n.drug == drug}
    family = {n.document for n in index.names_of_drug(drug)} if whole else set()
    known = index.rows(sorted(rows | family))
    order = sorted(
        (row for row in known.values() if row.kind is Kind.LABEL),
        key=lambda row: (row.row not in rows, *speaks_first(row)),
    )
    # a component names its combination no more than "aspirin" names every product with aspirin in it
    terms = {n.norm for n in index.names_of_drug(drug) if n.kind != "component"} if whole else {name}
    terms |= {other for term in (name, *terms) for other in synonyms.same_as(term)}
    terms = {term for term in terms if len(term) > 2} | set(variants(name))
    documents = tuple(row.row for row in order)
    return Subject(
        DrugMatch(said, drug, len(documents)),
        tuple(sorted(terms)),
        documents,
        tuple(r for r in documents if r in rows),
        read_as=read_as,
    )


def _class_subject(phrase: str, named: classes.ClassName) -> Subject:
    """A class: what names it under any of its names."""
    return Subject(DrugMatch(phrase, named.name, 0), tuple(dict.fromkeys((phrase, *named.forms))), (), ())


def narrowed(subject: Subject, subjects: Sequence[Subject], index: Index) -> Subject:
    """A class under the one name that was asked for, where the other drug's label itself uses that name.

    Its words are then the best to search with; the other names of the class are for labels that write it otherwise.
    """
    if subject.is_known or classes.called(subject.read_as or subject.match.name) is None:
        return subject
    said = variants(subject.read_as or subject.match.name)
    asked = {row for other in subjects if other is not subject for row in other.asked}
    return replace(subject, names=said) if asked.intersection(index.words.documents_naming(said)) else subject


def speaks_first(row: DocumentRow) -> tuple[bool, bool, str]:
    """Sort key: the reference product, then original packagers, then the newest (copies can be old in text)."""
    return (not row.reference, not row.original, "".join(chr(255 - ord(c)) for c in row.effective or ""))


def variants(name: str) -> tuple[str, ...]:
    """A name with and without the plural: "diuretic", "diuretics"."""
    forms = [name]
    if len(name) > 4:
        forms.append(name[:-1] if name.endswith("s") and not name.endswith("ss") else f"{name}s")
        if name.endswith("ies"):
            forms.append(f"{name[:-3]}y")
    return tuple(forms)
