"""Whether words can speak of the product that a statement names: tablets are no oral solution."""

import re

from rag.support.support import Ground

_FORMS = (
    "tablet capsule solution suspension injection patch cream gel ointment inhaler granule syrup suppository spray",
    "immediate-release extended-release|sustained-release delayed-release",
)
"""Forms of which a product has one; in the order of their lists, spellings of one form joined by "|"."""
_GROUPS = tuple(
    tuple(
        re.compile(rf"\b(?:{'|'.join(form.replace('-', '[- ]') for form in one.split('|'))})s?\b", re.IGNORECASE)
        for one in group.split()
    )
    for group in _FORMS
)


def agree(statement: str, ground: Ground) -> bool:
    """False where the statement names a form and the words, or else the titles around them, name others only."""
    for group in _GROUPS:
        asked = {at for at, form in enumerate(group) if form.search(statement)}
        told = {at for at, form in enumerate(group) if form.search(ground.text)}
        told = told or {at for at, form in enumerate(group) if form.search(ground.context)}
        if asked and told and not asked & told:
            return False
    return True
