"""Label pages in HTML: DailyMed's own layout, and plain pages whose headings are a label's.

Product data is read for its ingredients and is no text. On a plain page only what stands under a heading of a label is
kept; menus, scripts, forms and footers are dropped on both.
"""

import hashlib
import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

from ingest import dates
from ingest.headed import set_sections
from ingest.names import moiety, parts
from ingest.page import Page, squeeze
from ingest.xml import Element, local, parse_html
from rag.errors import SourceError
from rag.records import Document, Ingredient, Kind, Product
from rag.settings import SourceSettings

_DAILYMED = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
_SET_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ACTIVE = re.compile(
    r"(?P<substance>.{2,120}?) ?\(UNII: ?\w{10}\) ?\((?P<name>[^()]{2,120}?) - UNII: ?(?P<unii>\w{10})\)"
)
"""An active ingredient of DailyMed's product data: "X SODIUM (UNII: ...) (X - UNII:...)"; others have one UNII."""
_FORM = re.compile(
    r"\b(?:tablets?|capsules?|caplets?|oral (?:solution|suspension)|solution|suspension|injection|syrup|elixir|cream|"
    r"ointment|gel|lotion|spray|inhaler|aerosol|powder|patch|suppositor(?:y|ies)|drops|granules|kit|lozenges?|film|"
    r"liquid|implant|emulsion|foam|shampoo)\b",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"\b(?:(?:extended|delayed|immediate|sustained|modified)[- ]release|orally|disintegrating|chewable|film[- ]coated|"
    r"effervescent|topical|ophthalmic|nasal|vaginal|rectal|sterile|for)\b",
    re.IGNORECASE,
)
_NO_TEXT = frozenset(
    {"preview-text", "hide-link", "close-toggle", "nav-button", "back-to-top", "highlights", "show-js"}
)
"""Classes of DailyMed's pages that repeat the label's text or steer the page."""
_NEEDED = 3
"""Headings of a label that make a plain page one: fewer stand in many an article."""
_EXPECTED = (
    "expected a label page of DailyMed, or a page with at least three of a label's headings (INDICATIONS AND USAGE,"
    " CONTRAINDICATIONS, ...)"
)


_BEGINS = re.compile(
    # atomic, else a few dozen comments would take for ever
    rb"(?>(?><\?xml[^>]{0,200}>|<!--.{0,1000}?-->)\s*)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_page(start: bytes) -> bool:
    """True where a file begins as a web page does."""
    return _BEGINS.match(start.replace(b"\0", b"")) is not None


def read(data: bytes, settings: SourceSettings) -> Document:
    """The label on a page.

    Raises:
        SourceError: no HTML, no label, or a label whose drug cannot be told.
    """
    root = parse_html(data, settings)
    title = _title(root)
    products = _products(root, title)
    address = _address(root)
    set_id = _set_id(root, address)
    date = _date(root)
    manufacturer = _packager(root)
    for element in [e for e in root.iter("*") if _NO_TEXT & set((e.get("class") or "").lower().split())]:
        element.drop_tree()
    label = next((e for e in root.iter("*") if "drug-label-sections" in (e.get("class") or "").split()), None)
    page = Page()
    if label is not None:
        set_sections(page, label, label=True, code_of=_code)
    if not page.blocks:
        set_sections(page, root.find("body") if root.find("body") is not None else root, label=True, code_of=_code)
    found = {section.code for section in page.sections if section.code and len(section.path) == 1}
    if len(found) < (1 if label is not None else _NEEDED):
        raise SourceError(f"an HTML page that is no drug label ({title[:80] or 'without a title'}); {_EXPECTED}")
    if not products:
        raise SourceError(
            f'the drug of this label page cannot be told from its title "{title[:80]}"; expected "BRAND (ingredient)'
            " tablets\" or DailyMed's product data"
        )
    id = set_id or address or f"html-{hashlib.sha256(page.text.encode()).hexdigest()[:20]}"
    return Document(
        id=id,
        kind=Kind.LABEL,
        source="html",
        title=title,
        version=None,
        effective=date,
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        products=products,
        set_id=set_id,
        manufacturer=manufacturer,
        url=address or (f"{_DAILYMED}{set_id}" if set_id else None),
        licence="U.S. drug label, as submitted to FDA" if set_id else "rights stay with the publisher",
    )


def _code(element: Element) -> str | None:
    """Code of a <div class="Section" data-sectioncode="...">, as DailyMed and FDA's stylesheet make them."""
    return (element.get("data-sectioncode") or None) if local(element) == "div" else None


def _text(element: Element | None) -> str:
    return squeeze(" ".join(element.itertext())) if element is not None else ""


def _title(root: Element) -> str:
    shown = next((e for e in root.iter("*") if e.get("id") == "drug-label"), None)
    said = (_text(e) for e in (shown, next(root.iter("h1"), None), next(root.iter("title"), None)))
    return re.sub(r"^DailyMed\s*[-–—:]\s*", "", next(filter(None, said), ""))


def _products(root: Element, title: str) -> tuple[Product, ...]:
    """From DailyMed's product data, else from the title: "BRAND (generic) tablets", "BRAND- generic tablet"."""
    listed: dict[str, Ingredient] = {}
    for cell in root.iter("td"):
        if next(cell.iter("table"), None) is None and (match := _ACTIVE.fullmatch(_text(cell))):
            listed[match["unii"]] = Ingredient(moiety(match["name"]), match["substance"], match["unii"])
    head = re.split(r"\s+[|·]\s+", title)[0]
    brand = generic = None
    if _FORM.search(head):  # "Toyazole: uses (and side effects)" names no drug
        named = re.match(
            r"(?P<brand>[^()]{2,80}?)\s*(?:\((?P<generic>[^()]{3,200})\)|\s*-\s+(?P<after>.{3,200}))", head
        )
        brand = squeeze(named["brand"]) if named else None
        said = (named["generic"] or named["after"]) if named else head  # "Ibuprofen Tablets, USP"
        generic = squeeze(_MANNER.sub(" ", _FORM.split(said)[0])).strip(" ,-")
    ingredients = tuple(listed.values())
    if not ingredients and generic and re.search(r"[A-Za-z]{3}", generic):
        ingredients = tuple(Ingredient(moiety(name), name) for name in parts(generic))
    routes = tuple(
        dict.fromkeys(_text(e.getnext()).lower() for e in root.iter("td") if _text(e) == "Route of Administration")
    )
    return (Product(brand, generic, ingredients, None, tuple(filter(None, routes))),) if ingredients else ()


def _address(root: Element) -> str | None:
    """The address that the page gives as its own."""
    given = [e.get("href") for e in root.iter("link") if (e.get("rel") or "").lower() == "canonical"]
    given += [e.get("content") for e in root.iter("meta") if e.get("property") == "og:url"]
    return next((url for url in given if url and re.match(r"https?://\S+$", url)), None)


def _set_id(root: Element, address: str | None) -> str | None:
    """The set id of the page's own address, of most links of a DailyMed page, or as printed; others link to many."""
    is_dailymed = any(e.get("id") == "drug-label" for e in root.iter("*"))
    links = [e.get("href") or "" for e in root.iter("a")] if is_dailymed else []
    for some in ([address or ""], links):
        counted = Counter(id for link in some if (id := _asked(link)))
        if counted:
            return counted.most_common(1)[0][0]
    printed = re.search(rf"\bSet id:? ?({_SET_ID.pattern})", _text(root), re.IGNORECASE)
    return printed[1].lower() if printed else None


def _asked(link: str) -> str | None:
    try:
        asked = parse_qs(urlsplit(link).query)
    except ValueError:  # a link that is no address
        return None
    given = (values[0] for name, values in asked.items() if name.lower() == "setid")
    return next((id.lower() for id in given if _SET_ID.fullmatch(id)), None)


def _date(root: Element) -> str | None:
    """The date on which the label was updated, as the page prints it."""
    shown = next((e for e in root.iter("p") if "date" in (e.get("class") or "").split()), None)
    if shown is not None and (made := dates.in_words(_text(shown))):
        return made
    printed = re.search(r"\b(?:Updated|Revised|Effective Date)\b:?(.{4,40})", _text(root))
    return dates.in_words(printed[1]) if printed else None


def _packager(root: Element) -> str | None:
    for element in root.iter("li"):
        if found := re.match(r"Packager: ?(.{2,200})", _text(element)):
            return found[1]
    return None
