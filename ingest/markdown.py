"""Markdown and plain text with a front matter that says what the text is.

    ---
    id: house-colchicine-renal
    title: Colchicine in renal impairment, house guideline
    kind: article
    date: 2026-05-13
    ---
    # Dose
    ...

Fields: id, title and kind (label or article) are needed, and drugs (a list) for a label; brand, date, version, url,
licence, manufacturer, journal, type and format (markdown or text) may be given. Not covered: HTML within Markdown,
which stays as it is written.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lxml import etree, html

from ingest import codes, dates, marks
from ingest.headed import set_sections
from ingest.names import moiety
from ingest.page import Page, squeeze
from ingest.xml import Element
from rag.errors import SourceError
from rag.records import Document, Ingredient, Kind, Product
from rag.settings import SourceSettings

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

Fields = Mapping[str, str | list[str]]

BEGIN = b"---"
"""With what a file with front matter begins."""
_FRONT = re.compile(r"---[ \t]*\n(.*?)(?<=\n)---[ \t]*(?:\n|\Z)(.*)", re.DOTALL)
_MAX_FRONT = 16_384
_MAX_VALUE = 1_000
_NEEDED = ("id", "title", "kind")
_KNOWN = frozenset((*_NEEDED, *"drugs brand date version url licence license manufacturer journal type format".split()))
_ID = re.compile(r"[A-Za-z0-9][\w.:/-]{2,120}")
_LONG_HEADING = 120


def read(data: bytes, settings: SourceSettings) -> Document:
    """The label or article that a text with front matter holds.

    Raises:
        SourceError: no front matter, a field that is missing, unknown or cannot be right, or no text after it.
    """
    if len(data) > settings.max_xml_bytes:
        raise SourceError(f"a text of {len(data):,} bytes is over the bound of {settings.max_xml_bytes:,}; refused")
    parted = _FRONT.match(_decoded(data))
    if not parted:
        raise SourceError(
            "text without a front matter that ends; a README is no medicine: begin the file with a line ---, then"
            f" {', '.join(_NEEDED)} as YAML, then a line ---"
        )
    fields = _fields(parted[1])
    kind, products = _kind(fields), _products(fields)
    if (kind is Kind.LABEL) != bool(products):
        raise SourceError(
            "front matter of a label without drugs; name its ingredients: drugs: [colchicine]"
            if kind is Kind.LABEL
            else "front matter of an article with drugs; they are a label's: an article's are found in its text"
        )
    page = Page()
    body = _from_text(parted[2]) if _said(fields, "format") == "text" else _from_markdown(parted[2])
    set_sections(page, body, label=False, code_of=lambda element: None)
    if not page.blocks:
        raise SourceError("nothing but front matter; write the text below it")
    id, title = _said(fields, "id") or "", _said(fields, "title") or ""
    demonstration = id.startswith("demo-")
    since = marks.in_order((), title)
    return Document(
        id=id,
        kind=kind,
        source="text",
        title=title,
        version=_said(fields, "version"),
        effective=_date(fields),
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        products=products,
        manufacturer=_said(fields, "manufacturer"),
        publication_type=_said(fields, "type"),
        journal=_said(fields, "journal"),
        marks=since,
        url=_url(fields),
        licence=_said(fields, "licence")
        or _said(fields, "license")
        or ("rxcite demonstration, Apache-2.0" if demonstration else None),
        demonstration=demonstration,
    )


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"text that is not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8") from error
    if control := re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]", text):
        raise SourceError(f"text with the control character {control[0]!r}, which no text holds; save it anew")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _fields(front: str) -> Fields:
    import yaml  # not needed to read labels

    if len(front) > _MAX_FRONT:
        raise SourceError(f"front matter of {len(front):,} characters is over the bound of {_MAX_FRONT:,}; refused")
    try:
        # BaseLoader makes texts, lists and mappings, nothing else: a version 1.10 stays "1.10"
        given = yaml.load(front, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        said = squeeze(str(getattr(error, "problem", None) or error))[:120]
        raise SourceError(
            f"front matter that is no YAML: {said}; write one field a line, as title: ..., and a value with a colon in"
            " quotation marks"
        ) from error
    if not isinstance(given, dict):
        raise SourceError("front matter that is no list of fields; write one field a line, as title: ...")
    for name, value in given.items():
        if name not in _KNOWN:
            raise SourceError(f"unknown front matter field {str(name)[:40]!r}; known: {', '.join(sorted(_KNOWN))}")
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) and len(one) <= _MAX_VALUE for one in several):
            raise SourceError(f"front matter field {name} must be a text, or a list of texts for drugs")
        if isinstance(value, list) and name != "drugs":
            raise SourceError(f"front matter field {name} must be one text, got a list")
    if missing := [name for name in _NEEDED if not given.get(name)]:
        raise SourceError(f"front matter without {', '.join(missing)}; needed are {', '.join(_NEEDED)}")
    if not _ID.fullmatch(given["id"]):
        raise SourceError(f"front matter id {given['id'][:40]!r} must be 3 to 120 letters, digits and . : / - _")
    if given.get("format", "markdown") not in ("markdown", "text"):
        raise SourceError(f"front matter format must be markdown or text, got {given['format'][:40]!r}")
    return given


def _said(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return squeeze(value) or None if isinstance(value, str) else None


def _kind(fields: Fields) -> Kind:
    try:
        return Kind(_said(fields, "kind") or "")
    except ValueError:
        raise SourceError(f"front matter kind must be label or article, got {_said(fields, 'kind')!r}") from None


def _products(fields: Fields) -> tuple[Product, ...]:
    given = fields.get("drugs") or []
    names = [squeeze(name) for name in (given.split(",") if isinstance(given, str) else given)]
    ingredients = tuple(Ingredient(moiety(name), name) for name in names if name)
    return (Product(_said(fields, "brand"), None, ingredients),) if ingredients else ()


def _date(fields: Fields) -> str | None:
    said = _said(fields, "date")
    found = dates.in_words(said) if said else None
    if said and not found:
        raise SourceError(f"front matter date {said[:40]!r} cannot be understood; write it as 2026-05-13")
    return found


def _url(fields: Fields) -> str | None:
    url = _said(fields, "url")
    if url and not re.fullmatch(r"https?://\S+", url):
        raise SourceError(f"front matter url {url[:80]!r} is no web address; it begins with https://")
    return url


def _from_markdown(text: str) -> Element:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.inline.ruler.at("emphasis", _emphasis)
    return html.fragment_fromstring(reader.render(text), create_parent="div")


def _emphasis(state: "StateInline", silent: bool) -> bool:
    """Emphasis, but not within a word: CommonMark would make "CYP2D6*4 and CYP2D6*10" lose its stars."""
    from markdown_it.rules_inline import emphasis

    before, after = state.src[max(state.pos - 1, 0) : state.pos], state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] == "*" and before.isalnum() and after.isalnum():
        if not silent:
            state.pending += "*"
            state.pos += 1
        return not silent
    return emphasis.tokenize(state, silent)


def _from_text(text: str) -> Element:
    """Plain text as elements: paragraphs parted by empty lines, headings where a line can be nothing else."""
    body = etree.Element("div")
    for paragraph in re.split(r"\n[ \t]*\n", text):
        pending: list[str] = []
        for line in filter(None, map(squeeze, paragraph.split("\n"))):
            level = _level(line)
            if level or re.match(r"[•●▪◦*–-]\s", line):
                _put(body, "p", pending)
                pending = []
            if level:
                _put(body, f"h{level}", [line])
            else:
                pending.append(line)
        _put(body, "p", pending)
    return body


def _put(body: Element, name: str, lines: list[str]) -> None:
    if lines:
        element: Element = etree.SubElement(body, name)
        element.text = " ".join(lines)


def _level(line: str) -> int:
    """Level of a heading, 0 for a line that is none: "7.1 Strong inhibitors", "CONTRAINDICATIONS"."""
    number, heading = codes.number_and_heading(line)
    if len(line) > _LONG_HEADING or line.endswith((".", ",", ";", ":")) or not re.search(r"[A-Za-z]{3}", line):
        return 0
    is_known = codes.code_of(None, heading, None) is not None
    if is_known or heading.isupper():
        return min(1 + (number.count(".") if number else 0), 6)
    # "7.1 Strong inhibitors" is a heading, "0.6 mg twice a day" is a dose
    return min(1 + number.count("."), 6) if number and "." in number and re.match(r"[A-Z][a-z]", heading) else 0
