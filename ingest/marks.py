"""What a record says of its article since: retracted, doubted, corrected."""

import re
from collections.abc import Iterable

from rag.records import Mark

_ALREADY = re.compile(r"\W*(?:retracted|withdrawn|retraction|expression of concern)\b", re.IGNORECASE)
_RETITLED = re.compile(r"\W*(?:retracted|withdrawn)(?: article| paper)?\s*[\]:.–—-]", re.IGNORECASE)
_SHOWN = {Mark.RETRACTED: "RETRACTED", Mark.CONCERN: "EXPRESSION OF CONCERN"}


def in_order(marks: Iterable[Mark], title: str) -> tuple[Mark, ...]:
    """Each mark once, the gravest first; publishers who retract an article often say so in its title only."""
    found = {*marks, *([Mark.RETRACTED] if _RETITLED.match(title) else [])}
    return tuple(mark for mark in Mark if mark in found)


def titled(title: str, marks: Iterable[Mark]) -> str:
    """``title`` with what nobody may miss before it; journals and PubMed write it so, where they write it."""
    grave = next((_SHOWN[mark] for mark in marks if mark in _SHOWN), None)
    return f"{grave}: {title}" if grave and not _ALREADY.match(title) else title
