"""The whole journey on one page: from a published document to a checked answer.

    Document -> Section, Block -> Passage --(index)--> Hit -> Claim with Quotes -> Answer

All spans are half-open and count code points of ``Document.text``. Records are frozen: made once,
changed only by ``dataclasses.replace``. The JSON of ``contract.md`` is made from these records.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a document is."""

    LABEL = "label"
    ARTICLE = "article"


class Mark(StrEnum):
    """What has been said of a document since it was published, gravest first; a title begins with the first two."""

    RETRACTED = "retracted"
    CONCERN = "expression of concern"
    CORRECTED = "corrected"


class BlockKind(StrEnum):
    """What a run of a document's text is on the page."""

    TITLE = "title"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    CAPTION = "caption"
    HEAD = "head"
    ROW = "row"
    NOTE = "note"


class Basis(StrEnum):
    """Why a claim may be said at all; ``contract.md`` defines the four."""

    STATED = "stated"
    CLASS = "class"
    INFERRED = "inferred"
    MODEL = "model"


class Support(StrEnum):
    """What the check of a claim against its quotes found."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    CONTRADICTED = "contradicted"
    UNVERIFIED = "unverified"
    LEGS = "legs"


class Evidence(StrEnum):
    """What kind of evidence a quote is, strongest first."""

    BOXED_WARNING = "boxed_warning"
    CONTRAINDICATION = "contraindication"
    WARNING = "warning"
    INTERACTION = "interaction"
    DOSAGE = "dosage"
    PK_STUDY = "pk_study"
    CLINICAL_STUDY = "clinical_study"
    POST_MARKETING = "post_marketing"
    SIGNAL = "signal"
    REVIEW = "review"
    IN_VITRO = "in_vitro"
    ANIMAL = "animal"
    OTHER = "other"


class Verdict(StrEnum):
    """Whether the question was answered."""

    ANSWERED = "answered"
    PARTLY = "partly"
    DECLINED = "declined"


class Reason(StrEnum):
    """Why something is missing from an answer."""

    NO_DOCUMENT = "no_document"
    SILENT = "silent"
    WEAK = "weak"
    PAIR_NOT_NAMED = "pair_not_named"


class Level(StrEnum):
    """What a source advises to do about a pair, strictest first."""

    CONTRAINDICATED = "contraindicated"
    AVOID = "avoid"
    ADJUST = "adjust"
    MONITOR = "monitor"
    NONE_STATED = "none_stated"


class Intent(StrEnum):
    """What a question is about; each is a set of label sections."""

    INTERACTION = "interaction"
    DOSE = "dose"
    CONTRAINDICATION = "contraindication"
    WARNING = "warning"
    BOXED_WARNING = "boxed_warning"
    PREGNANCY = "pregnancy"
    LACTATION = "lactation"
    PEDIATRIC = "pediatric"
    GERIATRIC = "geriatric"
    RENAL = "renal"
    HEPATIC = "hepatic"
    INDICATION = "indication"
    ADVERSE = "adverse"
    OVERDOSE = "overdose"
    PHARMACOLOGY = "pharmacology"
    STORAGE = "storage"
    FORMS = "forms"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters of ``Document.text``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of ``text`` in this range."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document; spans nest as the sections do, and a parent's span covers its children."""

    code: str | None
    """LOINC code; inherited from the parent where the source has none or says "unclassified"."""
    number: str | None
    """As printed, "7.1"; None where the title has no number."""
    heading: str
    path: tuple[str, ...]
    """Headings from the top down to this section, its own last."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table row, that is not empty."""

    column: int
    """Counted from 0, empty and spanned cells counted too."""
    start: int
    end: int
    lines: tuple[Span, ...]
    """The paragraphs or lines that the source sets in the cell, in order."""


@dataclass(frozen=True, slots=True)
class Context:
    """What gives a table row its meaning, from outside the row: caption, spanning row head, column heads."""

    text: str
    """As shown beside a quote, and sent to the encoder with it."""
    spans: tuple[Span, ...]
    """Where its parts stand in the document, in the order of ``text``."""
    columns: tuple[str, ...] = ()
    """The head over each cell of the row ("" for none), several heads joined by ": "; empty where no cell has one."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row ...: one line of ``Document.text``."""

    kind: BlockKind
    start: int
    end: int
    context: Context | None = None
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An active substance of a product."""

    name: str
    """The active moiety where the source gives it, else the substance, salt words dropped; lower case."""
    substance: str
    """As the source prints it, salt included."""
    unii: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product of a label: brand, generic name, ingredients, form and routes."""

    brand: str | None
    generic: str | None
    ingredients: tuple[Ingredient, ...]
    form: str | None = None
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassMembership:
    """A drug's membership in a pharmacologic class, as a named source gives it."""

    substance: str
    """Name of the substance, lower case."""
    unii: str | None
    name: str
    """Name of the class, "HMG-CoA Reductase Inhibitor"."""
    kind: str
    """EPC (established class), MOA (mechanism), CS (chemical structure), PE (physiologic effect)."""
    source: str
    """"openFDA" or the set id and version of the indexing file."""


@dataclass(frozen=True, slots=True)
class Document:
    """A label or an article as published.

    ``text`` differs from the source in white space only and inserts nothing but line breaks and " | ".
    """

    id: str
    """Set id of a label; PMID, PMCID or DOI of an article."""
    kind: Kind
    source: str
    """Reader that made it: "spl", "openfda", "pubmed", "jats", "html", "text", "pdf"."""
    title: str
    version: str | None
    effective: str | None
    """ISO date; the date from which this version is in effect, or the publication date of an article."""
    text: str
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    products: tuple[Product, ...] = ()
    classes: tuple[ClassMembership, ...] = ()
    set_id: str | None = None
    revision: str | None = None
    """Id of this very version where the source gives one (SPL document id, openFDA id)."""
    manufacturer: str | None = None
    application: str | None = None
    """Application number, "NDA021436"; tells reference products from generics."""
    original_packager: bool | None = None
    publication_type: str | None = None
    """Of an article: "Review", "Case Reports" ...; None for labels."""
    journal: str | None = None
    marks: tuple[Mark, ...] = ()
    pages: tuple[int, ...] = ()
    """Where each page of a PDF begins in ``text``; empty for sources without pages."""
    ended: str | None = None
    """ISO date on which the last of its products left the market, or will; None where one stays or nothing is said."""
    url: str | None = None
    licence: str | None = None
    demonstration: bool = False

    def page_of(self, at: int) -> int | None:
        """The page, from 1, on which a character of ``text`` stands; None for sources without pages."""
        return bisect_right(self.pages, at) or None

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the active ingredients, each once, in the order of the products."""
        return tuple(dict.fromkeys(i.name for p in self.products for i in p.ingredients))


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences or rows of one section, small enough for the encoder."""

    id: str
    """Hash of (document id, version, span, text): same input, same id."""
    document_id: str
    version: str | None
    section: Section
    start: int
    end: int
    text: str
    context: str | None
    """Caption and heads of the table whose rows the passage holds."""
    drugs: tuple[str, ...]
    """Ingredients of its document: the breadcrumb, indexed with the text and never quoted."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: Passage
    score: float
    """Higher is better; comparable within one search only."""
    rank: int
    """From 1."""
    found_by: tuple[str, ...]
    same_text_in: int = 1
    """Labels of the same ingredients in which this text stands word for word."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document, copied by code: ``text == Document.text[start:end]``, always."""

    passage_id: str
    document: Document
    section: Section
    start: int
    end: int
    text: str
    context: Context | None = None
    page: int | None = None
    same_text_in: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer and what it rests on."""

    text: str
    basis: Basis
    support: Support
    evidence: Evidence
    quotes: tuple[Quote, ...]
    group: str = ""
    """Heading under which the claim is shown: "Stated of the pair", "Colchicine", ..."""


@dataclass(frozen=True, slots=True)
class LabelWarning:
    """A boxed warning or contraindication of an asked drug, whole."""

    kind: Evidence
    drug: str
    text: str
    quote: Quote
    folded: bool
    """True where the question is not about it: shown as one line, the whole text one click away."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was read before something was called missing."""

    document: str
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something asked for that the corpus does not hold."""

    reason: Reason
    text: str
    drugs: tuple[str, ...]
    searched: tuple[Searched, ...]


@dataclass(frozen=True, slots=True)
class Management:
    """What a source advises to do, as far as a quote carries it."""

    level: Level
    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """A drug named in the question, as the corpus knows it."""

    name: str
    """The words of the question."""
    matched: str
    """The ingredient (or ingredients, joined by " + ") that they stand for."""
    documents: int
    """Labels of it in the index; 0 where the corpus has none."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood."""

    question: str
    drugs: tuple[DrugMatch, ...]
    intents: tuple[Intent, ...]
    is_pair: bool
    """True where the question asks what two drugs do to each other."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which index answered, and in which state."""

    name: str
    generation: int
    documents: int
    passages: int
    encoder: str


@dataclass(frozen=True, slots=True)
class ModelState:
    """Which model wrote, if any."""

    name: str
    adapter: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent in each stage."""

    query: float
    search: float
    answer: float
    support: float

    @property
    def total(self) -> float:
        """The sum of the stages."""
        return self.query + self.search + self.answer + self.support


@dataclass(frozen=True, slots=True)
class Answer:
    """A cited answer, with enough beside it to replay it."""

    query: Query
    verdict: Verdict
    headline: str
    """One sentence above the claims."""
    claims: tuple[Claim, ...]
    warnings: tuple[LabelWarning, ...]
    missing: tuple[Missing, ...]
    management: tuple[Management, ...]
    hits: tuple[Hit, ...]
    index: IndexState
    model: ModelState | None
    notices: tuple[str, ...]
    withheld: int
    timings: Timings
    arm: str = "rag"
