"""openFDA drug/label JSON: one record -> Document."""

import re
from collections.abc import Iterator
from typing import Any

from ingest import codes, flat, xml
from ingest.names import moiety, parts, plain
from ingest.page import Page, squeeze
from ingest.table import set_table
from rag.errors import SourceError
from rag.records import BlockKind, ClassMembership, Document, Ingredient, Kind, Product
from rag.settings import SourceSettings

_FIELDS = {
    "boxed_warning": codes.BOXED_WARNING,
    "recent_major_changes": None,
    "indications_and_usage": codes.INDICATIONS,
    "dosage_and_administration": codes.DOSAGE,
    "dosage_forms_and_strengths": codes.FORMS,
    "contraindications": codes.CONTRAINDICATIONS,
    "warnings_and_cautions": codes.WARNINGS_AND_PRECAUTIONS,
    "warnings": codes.WARNINGS,
    "precautions": codes.PRECAUTIONS,
    "general_precautions": codes.PRECAUTIONS,
    "adverse_reactions": codes.ADVERSE,
    "drug_interactions": codes.INTERACTIONS,
    "use_in_specific_populations": codes.POPULATIONS,
    "pregnancy": codes.PREGNANCY,
    "lactation": codes.LACTATION,
    "nursing_mothers": codes.NURSING,
    "pediatric_use": codes.PEDIATRIC,
    "geriatric_use": codes.GERIATRIC,
    "overdosage": codes.OVERDOSE,
    "clinical_pharmacology": codes.PHARMACOLOGY,
    "mechanism_of_action": codes.MECHANISM,
    "pharmacodynamics": codes.PHARMACODYNAMICS,
    "pharmacokinetics": codes.PHARMACOKINETICS,
    "clinical_studies": codes.STUDIES,
    "how_supplied": codes.SUPPLY,
    "storage_and_handling": codes.STORAGE,
    "information_for_patients": codes.PATIENT,
    "active_ingredient": None,
    "purpose": None,
    "do_not_use": None,
    "ask_doctor": None,
    "ask_doctor_or_pharmacist": None,
    "stop_use": None,
    "when_using": None,
    "pregnancy_or_breast_feeding": None,
    "keep_out_of_reach_of_children": None,
    "questions": None,
    "inactive_ingredient": None,
}
"""Fields of a record that are sections, in the order in which a label prints them, with their LOINC codes."""

_OPENING = re.compile(r"^(\d{1,2})\s*\.?\s+(?=[A-Z])")
_CLASS_FIELDS = {"pharm_class_epc": "EPC", "pharm_class_moa": "MOA", "pharm_class_cs": "CS", "pharm_class_pe": "PE"}


def read(record: dict[str, Any], settings: SourceSettings) -> Document:
    """The label of one record.

    Raises:
        SourceError: no set id, or no field that is a section. Sections that are all empty are no error: openFDA holds
            such labels, and the label is then known by its name and silent.
    """
    set_id = record.get("set_id")
    if not isinstance(set_id, str) or not set_id.strip():
        raise SourceError("openFDA record without set_id; a label is identified by it")
    about = record.get("openfda")
    if not isinstance(about, dict):
        about = {}
    page = Page()
    for field, code in _FIELDS.items():
        texts = [text for text in _strings(record, field) if text.strip()]
        if texts:
            _section(page, field, code, texts, _strings(record, f"{field}_table"), settings)
    if not any(field in record for field in _FIELDS):
        raise SourceError(f"openFDA record {set_id} has no field that is a label section; fetch it again")
    products = _products(about)
    return Document(
        id=set_id,
        kind=Kind.LABEL,
        source="openfda",
        title=_title(products, set_id),
        version=str(record["version"]) if record.get("version") else None,
        effective=_date(record.get("effective_time")),
        text=page.text,
        sections=page.sections,
        blocks=tuple(page.blocks),
        products=products,
        classes=tuple(_classes(about, products)),
        set_id=set_id,
        revision=record.get("id") or None,
        manufacturer=next(iter(_strings(about, "manufacturer_name")), None),
        application=next(iter(_strings(about, "application_number")), None),
        original_packager=(
            True if about.get("is_original_packager") else False if about.get("original_packager_product_ndc") else None
        ),
        url=f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={set_id}",
        licence="openFDA, CC0 unless otherwise noted",
    )


def _section(
    page: Page, field: str, code: str | None, texts: list[str], markup: list[str], settings: SourceSettings
) -> None:
    tables = [table for value in markup for table in _tables(value, settings)]
    text = "\n".join(flat.untagged(text) for text in texts)
    opening = _OPENING.match(text)
    chapter = opening.group(1) if opening else None
    title = codes.NAMES.get(code or "", field.replace("_", " ").capitalize())
    page.begin(code, chapter, title)
    parts_ = flat.place_tables(text, tables)
    for number, subsection in enumerate(flat.subsections(parts_, chapter)):
        if number:
            page.begin(code, subsection.number, subsection.heading)
        elif (
            chapter
            and len(subsection.parts)
            and flat.is_highlights(words := " ".join(p.text for p in subsection.parts), chapter)
        ):
            if _has_more(parts_, chapter):
                # the highlights' summary: its statements follow in full
                page.line(BlockKind.TITLE, words)
                continue
        _set(page, subsection)
        if number:
            page.end()
    page.end()


def _has_more(parts_: list[flat.Part], chapter: str) -> bool:
    return len(flat.subsections(parts_, chapter)) > 1


def _set(page: Page, subsection: flat.Subsection) -> None:
    first = True
    for part in subsection.parts:
        if part.table is not None:
            set_table(page, part.table)
            continue
        text = part.text
        if first and subsection.heading:
            words = [subsection.number or "", *subsection.heading.split()]
            printed = re.match(r"\s*" + r"\s+".join(map(re.escape, filter(None, words))), text)
            if printed:
                page.line(BlockKind.TITLE, printed.group())
                text = text[printed.end() :]
        first = False
        for line in flat.lines(text):
            page.line(BlockKind.ITEM if re.match(r"\s*[•●▪◦]", line) else BlockKind.PARAGRAPH, line)


def _tables(value: str, settings: SourceSettings) -> list[xml.Element]:
    """The tables of a ``_table`` value; none where its markup is broken (the flat text then stays as it is)."""
    try:
        return flat.loose_tables(xml.parse(f"<text>{value}</text>".encode(), settings))
    except SourceError:
        return []


def _products(about: dict[str, Any]) -> tuple[Product, ...]:
    brands, generics, substances, uniis = (
        _strings(about, name) for name in ("brand_name", "generic_name", "substance_name", "unii")
    )
    names = substances or [part for generic in generics[:1] for part in parts(generic)]
    paired = len(uniis) == len(substances)
    ingredients = tuple(
        Ingredient(moiety(name), name, uniis[at] if paired and substances else None)
        for at, name in enumerate(names)
        if name.strip()
    )
    routes = tuple(route.lower() for route in _strings(about, "route"))
    count = max(len(brands), 1)
    found = [
        Product(
            brands[at] if brands else None,
            generics[min(at, len(generics) - 1)] if generics else None,
            ingredients,
            None,
            routes,
        )
        for at in range(count)
    ]
    found.extend(Product(None, generic, ingredients, None, routes) for generic in generics[count:])
    return tuple(found)


def _classes(about: dict[str, Any], products: tuple[Product, ...]) -> Iterator[ClassMembership]:
    ingredients = tuple(dict.fromkeys(i for p in products for i in p.ingredients))
    if len(ingredients) != 1:
        return  # openFDA lists the classes of a combination together and does not say whose they are
    for field, kind in _CLASS_FIELDS.items():
        for name in _strings(about, field):
            bare = re.sub(r"\s*\[(?:EPC|MoA|CS|PE|Chemical/Ingredient)\]$", "", name)
            yield ClassMembership(ingredients[0].name, ingredients[0].unii, bare, kind, "openFDA")


def _title(products: tuple[Product, ...], set_id: str) -> str:
    names = []
    for product in products:
        brand, generic = squeeze(product.brand or ""), squeeze(product.generic or "")
        names.append(
            f"{brand} ({generic})" if brand and generic and plain(generic) not in plain(brand) else brand or generic
        )
    routes = ", ".join(dict.fromkeys(route for p in products for route in p.routes))
    title = "; ".join(dict.fromkeys(filter(None, names))) or f"Label {set_id}"
    return f"{title}, {routes}" if routes else title


def _strings(record: dict[str, Any], field: str) -> list[str]:
    value = record.get(field)
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _date(value: object) -> str | None:
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", value) if isinstance(value, str) else None
    return "-".join(match.groups()) if match else None
