"""What JATS says about an article beside its text: id, kinds, date, licence, and what was said of it since."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest import dates, marks
from ingest.page import squeeze
from ingest.xml import Element
from rag.errors import SourceError
from rag.records import Mark

_ARTICLE_URL = "https://pmc.ncbi.nlm.nih.gov/articles/"
_CREATIVE = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)(?:/([\d.]+))?", re.IGNORECASE)
_SINCE = (
    (re.compile(r"retract\w*-(?:forward|by|in)|retracted", re.IGNORECASE), Mark.RETRACTED),
    (re.compile(r"(?:expression-of-)?concern-(?:forward|by|in)|expression-of-concern", re.IGNORECASE), Mark.CONCERN),
    (re.compile(r"(?:correct\w*|corrigend\w*|errat\w*)-(?:forward|by|in)|corrected", re.IGNORECASE), Mark.CORRECTED),
)
"""Values of related-article-type that point forward, to what was said later; "retracted-article" points back."""


@dataclass(frozen=True, slots=True)
class About:
    """An article without its text."""

    id: str
    url: str | None
    version: str | None
    kinds: str | None
    effective: str | None
    licence: str
    marks: tuple[Mark, ...]


def about(article: Element, meta: Element, title: str) -> About:
    """What ``meta``, the <article-meta> of an article, says.

    Raises:
        SourceError: no id.
    """
    ids = {(e.get("pub-id-type") or ""): squeeze("".join(e.itertext())) for e in meta.findall("article-id")}
    id, doi = _id(ids), ids.get("doi")
    kinds = [article.get("article-type") or "", *_subjects(meta)]
    return About(
        id=id,
        url=f"https://doi.org/{doi}" if doi else f"{_ARTICLE_URL}{id}/" if id.startswith("PMC") else None,
        version=squeeze(meta.findtext("article-version") or "") or None,
        kinds="; ".join(dict.fromkeys(k.replace("-", " ").capitalize() for k in kinds if k)) or None,
        effective=_date(meta),
        licence="rxcite demonstration, Apache-2.0" if id.startswith("demo-") else _licence(meta),
        marks=marks.in_order(_since(article, meta), title),
    )


def _id(ids: dict[str, str]) -> str:
    shown = next((value for value in ids.values() if value.startswith("demo-")), None)
    number = next((d for kind in ("pmc", "pmcid", "pmcaid") if (d := re.sub(r"\D", "", ids.get(kind, "")))), None)
    found = shown or (f"PMC{number}" if number else None) or ids.get("doi") or ids.get("pmid")
    if not found:
        raise SourceError("JATS <article> without PMCID, DOI or PMID; an article is identified by one of them")
    return found


def _subjects(meta: Element) -> Iterator[str]:
    for group in meta.findall("article-categories/subj-group"):
        if group.get("subj-group-type") in (None, "heading"):
            yield from (squeeze("".join(e.itertext())) for e in group.findall("subject"))


def _since(article: Element, meta: Element) -> Iterator[Mark]:
    types = [e.get("related-article-type") or "" for e in meta.iter("related-article")]
    types += [e.get("event-type") or "" for e in meta.iter("event")]
    if article.get("article-type") in ("retracted-article", "retracted"):
        yield Mark.RETRACTED
    for kind in types:
        yield from (mark for pattern, mark in _SINCE if pattern.fullmatch(kind))


def _date(meta: Element) -> str | None:
    """Publication date: online first, then the most exact."""
    found = [e for e in meta.findall("pub-date") if (e.get("pub-type") or e.get("date-type") or "pub") in _PUBLISHED]

    def order(date: Element) -> tuple[bool, bool, bool]:
        online = (date.get("pub-type") or date.get("publication-format")) in ("epub", "electronic")
        return (not online, date.find("day") is None, date.find("month") is None)

    for date in sorted(found, key=order):
        made = dates.iso(*(date.findtext(part) or "" for part in ("year", "month", "day")))
        if made:
            return made
    return None


_PUBLISHED = frozenset("epub ppub epub-ppub collection pub".split())
"""Dates of publication; not of release to an archive, of a preprint or of a manuscript."""


def _licence(meta: Element) -> str:
    """A Creative Commons licence by its short name, else what the article says of its rights."""
    rights = meta.find("permissions")
    rights = meta if rights is None else rights  # older files have no <permissions>
    stated = [e for e in rights.iter("license", "license_ref", "copyright-statement")]
    for element in [part for e in stated for part in e.iter("*")]:
        for address in [element.text or "", *element.attrib.values()]:
            found = _CREATIVE.search(address)
            if found:
                kind = {"zero": "CC0", "mark": "Public domain mark"}.get(found[1], f"CC {found[1].upper()}")
                return squeeze(f"{kind} {found[2] or ''}")
    said = [squeeze("".join(e.itertext())) for e in stated]
    for text in said:
        if found := re.search(r"Creative Commons(?: [A-Z][\w-]*)+ Licen[cs]e", text):
            return found[0]
    text = next(filter(None, said), "rights stay with the publisher")
    return text if len(text) <= 200 else f"{text[:200].rpartition(' ')[0]} ..."
