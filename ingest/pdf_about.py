"""What a PDF says it is: of which drugs, by whom, since when, and under which identity."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ingest.names import moiety, parts
from ingest.page import squeeze
from ingest.pdf_lines import Line
from rag.records import Ingredient, Product

_UNII = re.compile(r"([^()\n]{2,100}?)\s*\(UNII:\s*(\w{10})\)\s*\(([^()\n]{2,100}?)\s*-\s*UNII:\s*(\w{10})\)")
_DAILYMED = re.compile(r"(.{2,100}?)\s*-\s+([a-z][a-z0-9 ,/()%-]{2,200})$")
_APPROVED = re.compile(r"(.{2,60}?)\s?[®™]*\s*\(([a-z][a-z0-9 ,/-]{2,120})\)\s*([a-z ,-]*)")
_FORMS = "tablet capsule injection solution cream gel ointment suspension powder patch spray syrup lotion kit".split()
_PLAIN = re.compile(r"([A-Z][A-Z0-9 ,/-]{2,60}?)\s+((?:[a-z]+ ){0,3}(?:" + "|".join(_FORMS) + r")s?\b.*)")
_ACTIVE = re.compile(r"([A-Za-z][A-Za-z -]{2,60}?)(?:\s+USP)?,?\s+[\d.,]+\s*(?:mg|mcg|g|%|mL|units)")
_MONTH = re.compile(r"\b(Revised|Issued|Rev\.)\s*:?\s*(\d{1,2})/((?:19|20)\d\d)\b", re.IGNORECASE)
_SET_ID = re.compile(r"\bset\s*id\s*:?\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", re.IGNORECASE)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+[^\s\"<>.,;)\]]")
_LABELER = re.compile(r"^(?:Labeler|Manufactured by|Distributed by|Manufactured for)\s*[-:]\s*(.+?)\s*(?:\(\d+\)|,|$)")
_APPLICATION = re.compile(r"\b((?:NDA|ANDA|BLA)\d{6})\b")


@dataclass(frozen=True, slots=True)
class About:
    """A PDF, told from its words; None where it does not say."""

    products: tuple[Product, ...]
    title: str
    set_id: str | None
    doi: str | None
    """Of its first two pages."""
    manufacturer: str | None
    effective: str | None
    """YYYY-MM-DD, the first day of the month that is printed."""
    application: str | None


def about(lines: Sequence[Line], text: str) -> About:
    """What the lines of a PDF, and all its words as one ``text``, say of it."""
    products = _products(lines, text)
    set_id = _SET_ID.search(text)
    doi = _DOI.search("\n".join(line.text for line in lines if line.page <= 2))
    application = _APPLICATION.search(text)
    return About(
        products,
        _title(products, lines),
        set_id.group(1).lower() if set_id else None,
        doi.group() if doi else None,
        _manufacturer(lines),
        _effective(text),
        application.group(1) if application else None,
    )


def id_of(about: About, text: str, *, is_article: bool) -> str:
    """Set id, DOI of an article, else what editions of one label share; of one that does not say, its ``text``."""
    if about.set_id:
        return about.set_id
    if is_article and about.doi:
        return about.doi
    key = text
    if about.manufacturer and about.products and about.effective:
        ingredients = sorted({one.name for product in about.products for one in product.ingredients})
        key = "\0".join([about.manufacturer.lower(), about.title.lower(), *ingredients])
    return f"pdf-{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _products(lines: Sequence[Line], text: str) -> tuple[Product, ...]:
    """Products by the product data, the head of a DailyMed page, the title of an approved label or Drug Facts."""
    coded = list(dict.fromkeys(match.groups() for match in _UNII.finditer(text)))
    ingredients = tuple(
        Ingredient(moiety(active), squeeze(name.rpartition("|")[2]), unii) for name, _, active, unii in coded
    )
    heads = _bold_heads(lines)
    for head in heads:
        if match := _DAILYMED.match(head):
            generic, form = _described(match.group(2))
            return (Product(match.group(1), generic, ingredients or _named(generic), form),)
    facts = next((n for n, line in enumerate(lines) if line.text == "Drug Facts"), len(lines))
    active = next((n for n, line in enumerate(lines) if n > facts and line.text.startswith("Active ingredient")), None)
    if active is not None and not ingredients:
        found = (_ACTIVE.match(line.text) for line in lines[active + 1 : active + 4])
        ingredients = tuple(Ingredient(moiety(match.group(1)), match.group(1)) for match in found if match)
    for head in () if active is not None else heads:
        if match := _APPROVED.match(head) or _PLAIN.match(head):
            brand, described, *rest = match.groups()
            generic, form = (described, rest[0].strip(" ,") or None) if rest else (brand.lower(), described)
            return (Product(brand, generic, ingredients or _named(generic), form),)
    return (Product(None, None, ingredients),) if ingredients else ()


def _bold_heads(lines: Sequence[Line]) -> list[str]:
    """The bold lines of the first page: each, then each with the one that it goes on in."""
    first = [line for line in lines if line.page == 1 and not line.cells][:25]
    runs = [[line.text for line in run] for bold, run in groupby(first, key=lambda line: line.bold) if bold]
    return [text for run in runs for text in run] + [f"{a} {b}" for run in runs for a, b in pairwise(run)]


def _described(words: str) -> tuple[str, str | None]:
    """ "metformin hydrochloride tablet, film coated" -> ("metformin hydrochloride", "tablet, film coated")."""
    at = min((m.start() for form in _FORMS for m in re.finditer(rf"\b{form}", words)), default=-1)
    return (words[:at].strip(" ,"), words[at:]) if at > 0 else (words, None)


def _named(generic: str) -> tuple[Ingredient, ...]:
    return tuple(Ingredient(moiety(name), name) for name in parts(generic))


def _title(products: Sequence[Product], lines: Sequence[Line]) -> str:
    names = []
    for product in products:
        if not (product.brand or product.generic):
            continue
        name = product.brand or product.generic or ", ".join(i.substance for i in product.ingredients)
        generic = product.generic or ", ".join(i.name for i in product.ingredients)
        shown = name if not generic or generic.lower() in name.lower() else f"{name} ({generic})"
        names.append(f"{shown} {product.form}" if product.form else shown)
    return "; ".join(names) or next((line.text[:200] for line in lines if line.text), "PDF without a title")


def _manufacturer(lines: Sequence[Line]) -> str | None:
    for line in reversed(lines):
        if match := _LABELER.match(line.text):
            return squeeze(match.group(1))
    return None


def _effective(text: str) -> str | None:
    """The last "Revised: 10/2020" of the text; the first day of that month."""
    found = [(int(year), int(month)) for _, month, year in _MONTH.findall(text) if 1 <= int(month) <= 12]
    return f"{found[-1][0]:04}-{found[-1][1]:02}-01" if found else None
