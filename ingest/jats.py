"""JATS full text (.nxml of PubMed Central, alone or in an article set or an OAI answer): articles as Documents.

Tables are rows that can be quoted; captions of figures are paragraphs. Left out: reference lists, acknowledgements,
notes of authors, glossaries, supplementary files, sub-articles (translations, reviewers' letters), pictures, and
formulas that are only a picture or TeX. A formula in MathML is its symbols with spaces between them, and a superscript
is set apart: "10 9".
"""

from collections.abc import Iterator
from copy import deepcopy
from html.entities import html5

from lxml import etree

from ingest import marks
from ingest.codes import number_and_heading
from ingest.inline import BREAK, inline
from ingest.jats_about import about
from ingest.markup import Markup, retell, spell_formulas
from ingest.narrative import set_text
from ingest.page import Page, squeeze
from ingest.xml import Element, local
from rag.errors import ForeignLanguage, SourceError
from rag.records import BlockKind, Document, Kind

_MARKUP = Markup(
    names=dict.fromkeys(
        """p title fig fig-group boxed-text disp-quote disp-formula disp-formula-group statement speech verse-group
        verse-line preformat code attrib table-wrap-group def sec app array""".split(),
        "paragraph",
    )
    | {"list": "list", "def-list": "list", "list-item": "item", "def-item": "item", "break": "br", "sup": "sup"}
    | {"fn": "footnote", "row": "tr", "entry": "td"},
    emphasis={"bold": "bold", "underline": "underline"},
    silent=frozenset(
        """graphic inline-graphic media inline-media object-id alt-text long-desc permissions tex-math sec-meta
        supplementary-material ref-list index-term kwd-group processing-meta annotation annotation-xml
        fn-group element-citation nlm-citation""".split()
    ),
)
ROOTS = frozenset({"article", "pmc-articleset", "OAI-PMH", "articles"})
"""With what a file of JATS begins: the article, a set of E-utilities, an answer of PMC's OAI service."""
_SECTIONS = frozenset({"sec", "app", "boxed-text"})
_FLOATS = ("fig", "table-wrap")
_BESIDE = frozenset({"label", "title", "subtitle", "sec-meta", "caption"})
_REPEATS = frozenset("graphical toc teaser precis short web-summary graphical-abstract".split())
"""Kinds of abstract that say the abstract again, or picture it."""
_OPENING = ("", *"([{,;/–-")
"""After which a mark of a reference may be set tight: "[3,4]"."""
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def articles(root: Element) -> Iterator[Element]:
    """The <article> elements of a file.

    Raises:
        SourceError: there is none; what stands there instead is named.
    """
    found = [root] if local(root) == "article" else [e for e in root.iterdescendants("*") if local(e) == "article"]
    if not found:
        said = squeeze(" ".join(root.itertext()))[:200] or "nothing"
        raise SourceError(f"<{local(root)}> without an <article>; it says: {said}; fetch the article again")
    yield from found


def read(article: Element) -> Document:
    """Title, abstract and full text of one article.

    Raises:
        SourceError: no id, no text, or an entity that is not known.
        ForeignLanguage: another language than English.
    """
    _normalise(article)
    meta = article.find("front/article-meta")
    if meta is None:
        raise SourceError("JATS <article> without <article-meta>; fetch the article again")
    title = " ".join(filter(None, (_said(meta.find(f"title-group/{n}")) for n in ("article-title", "subtitle"))))
    known = about(article, meta, title)
    language = (article.get(_LANGUAGE) or "en").lower()
    if not language.startswith("en"):
        raise ForeignLanguage(f"{known.id} ({language})")
    page = Page()
    page.begin(None, None, "Title")
    page.line(BlockKind.PARAGRAPH, title)
    page.end()
    for abstract in meta.findall("abstract"):
        if abstract.get("abstract-type") not in _REPEATS:
            _section(page, abstract, "Abstract")
    for part in article:
        if local(part) == "body":
            _body(page, part)
        elif local(part) == "back":
            for child in [c for c in part.iter("sec", "app") if not _within(c, part, _SECTIONS)]:
                _section(page, child, "Appendix")
        elif local(part) in ("floats-group", "floats-wrap") and len(part):
            _section(page, part, "Figures and tables")
    if len(page.blocks) < 2:
        raise SourceError(f"article {known.id} has neither abstract nor text; fetch its full text")
    return Document(
        id=known.id,
        kind=Kind.ARTICLE,
        source="jats",
        title=marks.titled(title or f"Article {known.id}", known.marks),
        version=known.version,
        effective=known.effective,
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        publication_type=known.kinds,
        journal=_said(article.find("front/journal-meta//journal-title")) or None,
        marks=known.marks,
        url=known.url,
        licence=known.licence,
        demonstration=known.id.startswith("demo-"),
    )


def _normalise(article: Element) -> None:
    """Names without namespaces; entities of the JATS sets, which no parser resolves without its DTD, as characters."""
    for element in list(article.iter()):
        if element.tag is etree.Entity:
            character = html5.get(f"{element.name};")
            if character is None:
                raise SourceError(f"entity &{element.name}; is not known; fetch the article again")
            before, parent = element.getprevious(), element.getparent()
            text = character + (element.tail or "")
            if before is None:
                parent.text = (parent.text or "") + text
            else:
                before.tail = (before.tail or "") + text
            element.tail = None
            parent.remove(element)
        elif isinstance(element.tag, str):
            element.tag = local(element)


def _body(page: Page, body: Element) -> None:
    """The sections of the body; what stands in none of them is a section of its own."""
    loose = etree.Element("sec")
    for child in list(body):
        if local(child) in _SECTIONS:
            if len(loose):
                _section(page, loose, "Text")
                loose = etree.Element("sec")
            _section(page, child, "Box" if local(child) == "boxed-text" else "")
        else:
            loose.append(child)
    if len(loose):
        _section(page, loose, "Text")


def _section(page: Page, element: Element, named: str) -> None:
    """A section with all in it; ``named`` where it has no title."""
    label, title = _said(element.find("label")), _said(element.find("title")) or _said(element.find("caption"))
    printed, heading = number_and_heading(title)
    number = printed or label.strip(" .") or None
    page.begin(None, number, heading or named)
    page.line(BlockKind.TITLE, f"{label} {title}")
    pending = etree.Element("text")
    for child in list(element):
        name = local(child)
        if name in _SECTIONS:
            _set(page, pending)
            pending = etree.Element("text")
            _section(page, child, "Box" if name == "boxed-text" else "")
        elif name not in _BESIDE:
            pending.append(child)
    _set(page, pending)
    page.end()


def _set(page: Page, element: Element) -> None:
    if not len(element):
        return
    for wrap in [e for e in element.iter(*_FLOATS)]:
        _float(wrap)
    spell_formulas(element)
    for item in list(element.iter("list-item", "fn", "statement", "disp-formula", "def-item", "xref")):
        _line(item)
    retell(element, _MARKUP)
    set_text(page, element)


def _float(wrap: Element) -> None:
    """A figure as its caption; a <table-wrap> as one table, its foot the table's foot."""
    caption = _captioned(wrap)
    tables = [] if wrap.tag == "fig" else [t for t in wrap.iter("table") if not _within(t, wrap, frozenset({"table"}))]
    feet = [part for foot in wrap.findall("table-wrap-foot") for part in foot if local(part) not in _BESIDE]
    feet = [note for part in feet for note in (part if part.tag == "fn-group" else [part])]
    tail = wrap.tail
    for child in list(wrap):
        wrap.remove(child)
    wrap.text = None
    if tables:
        first, *others = tables
        for table in tables:
            _span(table)
        for part in [part for table in others for part in table if local(part) != "caption"]:
            first.append(part)  # panels of one table: a new head begins a new block of heads
        for own in first.findall("caption"):
            first.remove(own)
        first.insert(0, caption)
        rows = etree.SubElement(first, "tfoot")
        for part in feet:
            cell = etree.SubElement(etree.SubElement(rows, "tr"), "td")
            _line(part)
            part.tag = "content" if part.tag == "fn" else part.tag
            cell.append(part)
        if not feet:
            first.remove(rows)
        first.tail = None
        wrap.append(first)
    else:
        caption.tag = "content"
        wrap.append(caption)
        wrap.extend(feet)
    wrap.tag, wrap.tail = "p", tail


def _span(table: Element) -> None:
    """The spans of a table of OASIS (CALS), which names columns, as those of HTML."""
    names = {name: at for at, e in enumerate(table.iter("colspec")) if (name := e.get("colname"))}
    for entry in table.iter("entry"):
        first, last = names.get(entry.get("namest")), names.get(entry.get("nameend"))
        if first is not None and last is not None and last > first:
            entry.set("colspan", str(last - first + 1))
        if (more := entry.get("morerows") or "").isdigit() and more.isascii():
            entry.set("rowspan", str(int(more[:6]) + 1))


def _captioned(wrap: Element) -> Element:
    """Label and caption as one element, its paragraphs parts of one line."""
    made = etree.Element("caption")
    for part in [*wrap.findall("label"), *wrap.findall("caption")]:
        pieces = list(part) if part.tag == "caption" else [part]
        for piece in pieces:
            piece.tag, piece.tail = "content", " "
            made.append(piece)
    return made


def _line(element: Element) -> None:
    """What needs a word put in its place: labels before their text, marks set apart, pictures of formulas out."""
    name = local(element)
    if name == "xref":
        before, parent = element.getprevious(), element.getparent()
        if parent is None:
            return  # taken out with the label or the picture around it
        ahead = (before.tail or "".join(before.itertext()) if before is not None else parent.text) or ""
        if ahead[-1:] not in _OPENING and not ahead[-1:].isspace():
            element.tag = "sup"  # a mark set tight would turn 39.1 into 39.12
        return
    if name == "disp-formula" and not any(_has_words(e, element) for e in element.iterdescendants("*")):
        _flatten(element, "")  # a picture with its number
        return
    label = element.find("term" if name == "def-item" else "label")
    target = next((e for name in ("p", "def") for e in element.iter(name)), None)
    if label is not None and target is not None:
        first = etree.Element("content")
        first.text, first.tail = f"{_said(label)} {label.tail or ''} ", target.text
        target.text = None
        target.insert(0, first)
        label.tail = None
        element.remove(label)


def _has_words(element: Element, formula: Element) -> bool:
    """True where a part of a formula can be read; its number alone says nothing."""
    is_number = element.tag == "label" or _within(element, formula, frozenset({"label"}))
    return not is_number and element.tag not in _MARKUP.silent and bool((element.text or "").strip())


def _flatten(element: Element, text: str) -> None:
    element.clear(keep_tail=True)
    element.text = text


def _within(element: Element, top: Element, names: frozenset[str]) -> bool:
    """True where ``element`` stands in another of these names below ``top``."""
    for around in element.iterancestors():
        if around is top:
            return False
        if local(around) in names:
            return True
    return False


def _said(element: Element | None) -> str:
    """The words of an element in one line, marks set apart as in the text, its notes left out."""
    if element is None:
        return ""
    text = etree.Element("text")
    text.append(deepcopy(element))
    text[0].tail = None
    spell_formulas(text)
    for part in list(text.iter("xref", "fn")):
        _flatten(part, "") if part.tag == "fn" else _line(part)
    retell(text, _MARKUP)
    return squeeze(inline(text).replace(BREAK, " "))
