"""SPL XML, the form in which U.S. labels are published: bytes -> Document, or a table of pharmacologic classes."""

import re
from dataclasses import dataclass

from ingest import codes
from ingest.inline import BREAK, inline
from ingest.names import moiety, plain
from ingest.narrative import set_text
from ingest.page import Page, squeeze
from ingest.xml import Element, local
from rag.errors import SourceError
from rag.records import BlockKind, ClassMembership, Document, Ingredient, Kind, Product

NAMESPACE = "urn:hl7-org:v3"
_DAILYMED = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
_UNII = "2.16.840.1.113883.4.9"
_SAME_PRODUCT = "C64637"
"""FDA's code for "same": a product that another firm made and this one packed again."""


@dataclass(frozen=True, slots=True)
class ClassTable:
    """What an "Indexing - Pharmacologic Class" file says."""

    set_id: str
    version: str | None
    members: tuple[ClassMembership, ...]


def read(root: Element) -> Document | ClassTable:
    """The label or class table that ``root`` (an SPL <document>) holds.

    Raises:
        SourceError: no set id, or a kind of SPL document that is neither.
    """
    set_id = _attribute(_child(root, "setId"), "root")
    if not set_id:
        raise SourceError(
            "SPL <document> without <setId>; a label is identified by it, fetch the file from DailyMed again"
        )
    code = _attribute(_child(root, "code"), "code")
    if code == codes.CLASS_INDEXING:
        return _classes(root, set_id)
    return _label(root, set_id)


def _label(root: Element, set_id: str) -> Document:
    body = _child(_child(root, "component"), "structuredBody")
    if body is None:
        raise SourceError("SPL <document> without <structuredBody>: it holds no sections; fetch the file again")
    products = _products(body)
    page = Page()
    for component in _children(body, "component"):
        for section in _children(component, "section"):
            _section(page, section)
    if not page.blocks:
        raise SourceError("SPL <document> in which no section has text; fetch the file again")
    manufacturer = _text(next(iter(_path(root, "author", "assignedEntity", "representedOrganization", "name")), None))
    source = next(
        (
            s
            for r in _path(root, "relatedDocument")
            if r.get("typeCode") == "XFRM"
            for s in _path(r, "relatedDocument", "setId")
        ),
        None,
    )
    demonstration = set_id.startswith("demo-")
    return Document(
        id=set_id,
        kind=Kind.LABEL,
        source="spl",
        title=_title(products, root),
        version=_attribute(_child(root, "versionNumber"), "value"),
        effective=_date(_attribute(_child(root, "effectiveTime"), "value")),
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        products=products,
        set_id=set_id,
        revision=_attribute(_child(root, "id"), "root"),
        manufacturer=manufacturer or None,
        application=next(
            (
                i.get("extension")
                for a in body.iter()
                if local(a) == "approval"
                for i in _children(a, "id")
                if i.get("extension")
            ),
            None,
        ),
        original_packager=not any(local(e) == "code" and e.get("code") == _SAME_PRODUCT for e in body.iter()),
        ended=_ended(body),
        url=_DAILYMED + (_attribute(source, "root") or set_id),
        licence="rxcite demonstration, Apache-2.0" if demonstration else "U.S. drug label, as submitted to FDA",
        demonstration=demonstration,
    )


def _section(page: Page, section: Element) -> None:
    own = _attribute(_child(section, "code"), "code")
    if own == codes.PRODUCT_DATA:
        return
    title_element = _child(section, "title")
    title = squeeze(inline(title_element).replace(BREAK, " ")) if title_element is not None else ""
    number, heading = codes.number_and_heading(title)
    says_all = page.code is not None and not any(local(child) in ("text", "component", "excerpt") for child in section)
    code = codes.code_of(own, heading, page.code)
    page.begin(code, number, heading or codes.NAMES.get(own or "", ""))
    # some labels give a contraindication as the title of an empty subsection
    page.line(BlockKind.PARAGRAPH if says_all else BlockKind.TITLE, title)
    for child in section:
        name = local(child)
        if name == "text":
            set_text(page, child)
        elif name == "component":
            for inner in _children(child, "section"):
                _section(page, inner)
        # <excerpt> repeats the body as "highlights": indexed, it would double every hit
    page.end()


def _products(body: Element) -> tuple[Product, ...]:
    found: list[Product] = []
    for element in body.iter():
        if local(element) not in ("manufacturedProduct", "manufacturedMedicine", "partProduct", "partMedicine"):
            continue
        ingredients = tuple(_ingredients(element))
        brand = _text(_child(element, "name"))
        generic = next((_text(n) for n in _path(element, "asEntityWithGeneric", "genericMedicine", "name")), "")
        if not (ingredients or brand or generic):
            continue
        form = _attribute(_child(element, "formCode"), "displayName")
        parent = element.getparent()
        routes = dict.fromkeys(
            e.get("displayName", "").lower()
            for e in (parent if parent is not None else element).iter()
            if local(e) == "routeCode" and e.get("displayName")
        )
        product = Product(brand or None, generic or None, ingredients, form.lower() if form else None, tuple(routes))
        if product not in found:
            found.append(product)
    return tuple(found)


def _ended(body: Element) -> str | None:
    """The date on which the last product left the market, or will; None where one stays or nothing is said of it."""
    dates: list[str] = []
    for product in (e for e in body.iter() if local(e) == "subject"):
        for marketed in _children(product, "manufacturedProduct"):
            acts = _path(marketed, "subjectOf", "marketingAct")
            ends = [_date(_attribute(high, "value")) for act in acts for high in _path(act, "effectiveTime", "high")]
            is_over = acts and all(_attribute(_child(act, "statusCode"), "code") == "completed" for act in acts)
            if not is_over or len(ends) < len(acts) or None in ends:
                return None
            dates.extend(filter(None, ends))
    return max(dates, default=None)


def _ingredients(product: Element) -> list[Ingredient]:
    found: list[Ingredient] = []
    for ingredient in product:
        name = local(ingredient)
        if (
            name == "ingredient"
            and (ingredient.get("classCode") or "").startswith("ACTI")
            or name == "activeIngredient"
        ):
            for substance in ingredient:
                if local(substance) not in ("ingredientSubstance", "activeIngredientSubstance"):
                    continue
                printed = _text(_child(substance, "name"))
                moieties = [e for e in substance.iter() if local(e) == "activeMoiety" and _child(e, "name") is not None]
                coded = moieties[0] if len(moieties) == 1 else substance
                code = next((c for c in _children(coded, "code") if c.get("codeSystem") == _UNII), None)
                active = _text(_child(moieties[0], "name")) if len(moieties) == 1 else printed
                if printed or active:
                    found.append(Ingredient(moiety(active or printed), printed or active, _attribute(code, "code")))
    return found


def _title(products: tuple[Product, ...], root: Element) -> str:
    """From product data; the <title> of a label is often "These highlights do not include ..."."""
    names = []
    for product in products:
        name = product.brand or product.generic or ", ".join(i.substance for i in product.ingredients)
        generic = product.generic or ", ".join(i.name for i in product.ingredients)
        shown = name if not generic or plain(generic) in plain(name) else f"{name} ({generic})"
        words = (product.form or "").partition(",")[0].split()
        form = product.form if words and words[-1] not in plain(name) else None
        names.append(f"{shown} {form}" if form else shown)
    if names:
        return "; ".join(dict.fromkeys(filter(None, names)))
    title = _child(root, "title")
    return squeeze(inline(title).replace(BREAK, " "))[:200] if title is not None else "Label without a product name"


def _classes(root: Element, set_id: str) -> ClassTable:
    version = _attribute(_child(root, "versionNumber"), "value")
    members: list[ClassMembership] = []
    for substance in root.iter():
        if local(substance) != "identifiedSubstance" or _child(substance, "name") is None:
            continue
        name, unii = plain(_text(_child(substance, "name"))), _attribute(_child(substance, "code"), "code")
        for code in _path(substance, "asSpecializedKind", "generalizedMaterialKind", "code"):
            match = re.fullmatch(r"(.+?) \[(EPC|MoA|PE|CS|Chemical/Ingredient)\]", code.get("displayName") or "")
            if match:
                kind = {"Chemical/Ingredient": "CS"}.get(match.group(2), match.group(2).upper())
                members.append(ClassMembership(name, unii, match.group(1), kind, f"{set_id} version {version}"))
    if not members:
        raise SourceError(
            "pharmacologic-class indexing file that names no substance with a class; fetch the file again"
        )
    return ClassTable(set_id, version, tuple(members))


def _children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [child for child in element if local(child) == name]


def _child(element: Element | None, name: str) -> Element | None:
    return next(iter(_children(element, name)), None)


def _path(element: Element, *names: str) -> list[Element]:
    found = [element]
    for name in names:
        found = [child for parent in found for child in _children(parent, name)]
    return found


def _attribute(element: Element | None, name: str) -> str | None:
    value = element.get(name) if element is not None else None
    return value.strip() or None if value else None


def _text(element: Element | None) -> str:
    return squeeze("".join(element.itertext())) if element is not None else ""


def _date(value: str | None) -> str | None:
    match = re.match(r"(\d{4})(\d{2})(\d{2})", value or "")
    return "-".join(match.groups()) if match else None
