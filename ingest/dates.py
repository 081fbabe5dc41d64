"""Dates as sources print them, as ISO dates."""

import datetime
import re

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_YEAR = re.compile(r"\b[12][0-9]{3}\b")
_IN_WORDS = (
    re.compile(r"(?P<y>[12]\d{3})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", re.ASCII),
    re.compile(r"(?P<m>\d{1,2})/(?:(?P<d>\d{1,2})/)?(?P<y>[12]\d{3})", re.ASCII),
    re.compile(r"(?P<m>[A-Za-z]{3,9})\.?\s+(?:(?P<d>\d{1,2}),?\s+)?(?P<y>[12]\d{3})", re.ASCII),
    re.compile(r"(?P<d>\d{1,2})\s+(?P<m>[A-Za-z]{3,9})\.?,?\s+(?P<y>[12]\d{3})", re.ASCII),
)


def iso(year: str, month: str = "", day: str = "") -> str | None:
    """An ISO date, the first of what is left open or does not exist; None without a year from 1000 to 2999."""
    found = _YEAR.search(year)
    if not found:
        return None
    number = _number(month) or _MONTHS.get(month.strip()[:3].lower(), 1)
    for candidate in ((number, _number(day) or 1), (number, 1), (1, 1)):
        try:
            return datetime.date(int(found.group()), *candidate).isoformat()
        except ValueError:
            continue
    raise AssertionError(year)


def in_words(text: str) -> str | None:
    """The first date in ``text``: "2024-05-13", "5/2024", "5/13/2024" (U.S. order), "May 13, 2024", "13 May 2024"."""
    found = [match for pattern in _IN_WORDS if (match := pattern.search(text))]
    if not found:
        return None
    parts = min(found, key=lambda match: match.start()).groupdict()
    return iso(parts["y"], parts["m"], parts["d"] or "")


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\s*[0-9]{1,2}\s*", text) else None
