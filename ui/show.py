"""What every rendering of an answer shares: the numbers of its citations, its groups, and words for closed sets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rag.records import (
    Answer,
    Basis,
    Claim,
    Document,
    Evidence,
    Kind,
    Level,
    Quote,
    Searched,
    Section,
    Support,
    Verdict,
)

if TYPE_CHECKING:
    from rag.search.search import SearchResult

BASIS = {
    Basis.STATED: "stated",
    Basis.CLASS: "stated of a class",
    Basis.INFERRED: "inferred",
    Basis.MODEL: "model",
}
HEADINGS = {
    Basis.STATED: "Stated in the sources",
    Basis.CLASS: "Stated of a class",
    Basis.INFERRED: "Inferred: both legs quoted, no source states the conclusion",
    Basis.MODEL: "From the model alone, without a source",
}
MISSING = "Not in this corpus"
MANAGEMENT = "What the sources advise"
SUPPORT = {
    Support.SUPPORTED: "",
    Support.PARTLY: "partly supported",
    Support.CONTRADICTED: "contradicted by its source",
    Support.UNVERIFIED: "not verified",
    Support.LEGS: "conclusion untested",
}
"""What is said of a claim's check; nothing where all is well."""
EVIDENCE = {
    Evidence.BOXED_WARNING: "boxed warning",
    Evidence.CONTRAINDICATION: "contraindication",
    Evidence.WARNING: "warning",
    Evidence.INTERACTION: "interaction section",
    Evidence.DOSAGE: "dosage section",
    Evidence.PK_STUDY: "pharmacokinetic study",
    Evidence.CLINICAL_STUDY: "clinical study",
    Evidence.POST_MARKETING: "post-marketing reports",
    Evidence.SIGNAL: "safety signal",
    Evidence.REVIEW: "review",
    Evidence.IN_VITRO: "in vitro",
    Evidence.ANIMAL: "animal study",
    Evidence.OTHER: "",
}
LEVEL = {
    Level.CONTRAINDICATED: "Contraindicated",
    Level.AVOID: "Avoid",
    Level.ADJUST: "Adjust",
    Level.MONITOR: "Monitor",
    Level.NONE_STATED: "None stated",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and the number under which the text refers to it."""

    n: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class Citations:
    """The quotes of an answer, numbered from 1 by first use: claims, then warnings, then management."""

    all: tuple[Citation, ...]
    _numbers: dict[tuple[str, str | None, int, int], int] = field(repr=False)

    def of(self, quotes: Iterable[Quote]) -> tuple[int, ...]:
        """Numbers of the quotes, each once, in the order of the quotes."""
        return tuple(dict.fromkeys(self._numbers[_identity(quote)] for quote in quotes))


@dataclass(frozen=True, slots=True)
class ClaimGroup:
    """Claims that stand under one heading and on one basis."""

    heading: str
    basis: Basis
    claims: tuple[Claim, ...]

    @property
    def is_named(self) -> bool:
        """True where the heading itself says the basis, so that no tag has to."""
        return self.basis.value in self.heading.lower()

    @property
    def title(self) -> str:
        """The heading, with the basis where it does not say so itself."""
        return self.heading if self.is_named else f"{self.heading} ({BASIS[self.basis]})"


class Listed(Protocol):
    """What is asked of a row of the index's list of documents."""

    @property
    def kind(self) -> str:
        """ "label" or "article"."""

    @property
    def effective(self) -> str | None:
        """ISO date, where there is one."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the foot of a page says of the corpus."""

    labels: int
    articles: int
    newest: str | None
    """Date of the newest document, ISO."""


def corpus(documents: Iterable[Listed]) -> Corpus:
    """How many labels and articles there are, and the newest date among them."""
    rows = list(documents)
    labels = sum(row.kind == Kind.LABEL for row in rows)
    return Corpus(labels, len(rows) - labels, max((row.effective for row in rows if row.effective), default=None))


def number(answer: Answer) -> Citations:
    """The citations of an answer; words quoted twice from the same place have one number."""
    first: dict[tuple[str, str | None, int, int], Citation] = {}
    used = [claim.quotes for claim in answer.claims]
    used += [(warning.quote,) for warning in answer.warnings]
    used += [management.quotes for management in answer.management]
    for quote in (quote for quotes in used for quote in quotes):
        first.setdefault(_identity(quote), Citation(len(first) + 1, quote))
    return Citations(tuple(first.values()), {key: citation.n for key, citation in first.items()})


def grouped(claims: Sequence[Claim]) -> tuple[ClaimGroup, ...]:
    """The claims by heading and basis, in order of first appearance."""
    groups: dict[tuple[str, Basis], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.group or HEADINGS[claim.basis], claim.basis), []).append(claim)
    return tuple(ClaimGroup(heading, basis, tuple(members)) for (heading, basis), members in groups.items())


def tags(claim: Claim) -> str:
    """What kind of evidence a claim is and what its check left open: "in vitro, partly supported"."""
    return ", ".join(word for word in (EVIDENCE[claim.evidence], SUPPORT[claim.support]) if word)


def title(document: Document) -> str:
    """The document's title, with the names of the drugs that it does not name."""
    unnamed = [drug for drug in document.drugs if drug.lower() not in document.title.lower()]
    return f"{document.title} ({', '.join(unnamed)})" if unnamed else document.title


def origin(document: Document) -> tuple[str, ...]:
    """Who published which version when: ("Toy Laboratories", "version 7", "effective 2024-05-13")."""
    if document.kind is Kind.ARTICLE:
        said = (document.publication_type, document.journal, *document.marks, document.effective)
        return tuple(part for part in said if part)
    version = f"version {document.version}" if document.version else "version not given"
    date = f"effective {document.effective}" if document.effective else "date not given"
    return tuple(part for part in (document.manufacturer, version, date) if part)


def place(section: Section) -> str:
    """The way to a section: "Dosage and Administration › 2.4 Dose Modification"."""
    own = f"{section.number} {section.heading}" if section.number else section.heading
    return " › ".join((*section.path[:-1], own))


def searched(one: Searched) -> str:
    """What was read of a document: "Colchicine tablets, version 7 (2, 4, 5, 7)"."""
    return f"{one.document} ({', '.join(one.sections)})" if one.sections else one.document


def withheld(count: int) -> str:
    """That claims were left out because their check failed."""
    return (
        f"{count} {'statement was' if count == 1 else 'statements were'} withheld: the check against the source failed."
    )


def search_only(result: "SearchResult") -> Answer:
    """The search arm's answer: hits and nothing said of them, so never ``answered``."""
    hits = len(result.hits)
    return Answer(
        query=result.query,
        verdict=Verdict.PARTLY if hits else Verdict.DECLINED,
        headline=f"Search only: {hits} passages found, nothing concluded." if hits else "Search only: nothing found.",
        claims=(),
        warnings=(),
        missing=(),
        management=(),
        hits=result.hits,
        index=result.index,
        model=None,
        notices=(),
        withheld=0,
        timings=result.timings,
        arm="search",
    )


def _identity(quote: Quote) -> tuple[str, str | None, int, int]:
    return quote.document.id, quote.document.version, quote.start, quote.end
