"""Other names of the same substance, by which labels and people call it: "aspirin" and "acetylsalicylic acid".

Pairs of a U.S. adopted name (USAN) with the international nonproprietary name (WHO INN) or another chemical or common
name, as the RxNorm and MedlinePlus entries of the substance list them; known to the author, not fetched anew, November
2026. Salts are left to the corpus's own names. A drink is no name of the substance in it, but labels name only that.
"""

from functools import cache

from rag.text import words

_GROUPS = (
    ("aspirin", "acetylsalicylic acid", "asa"),
    ("acetaminophen", "paracetamol", "apap"),
    ("albuterol", "salbutamol"),
    ("epinephrine", "adrenaline"),
    ("norepinephrine", "noradrenaline"),
    ("glyburide", "glibenclamide"),
    ("cyclosporine", "ciclosporin", "cyclosporin"),
    ("rifampin", "rifampicin"),
    ("meperidine", "pethidine"),
    ("isoproterenol", "isoprenaline"),
    ("levothyroxine", "thyroxine"),
    ("phenobarbital", "phenobarbitone"),
    ("nitroglycerin", "glyceryl trinitrate", "gtn"),
    ("niacin", "nicotinic acid", "vitamin b3"),
    ("folic acid", "vitamin b9"),
    ("cyanocobalamin", "vitamin b12"),
    ("ascorbic acid", "vitamin c"),
    ("tocopherol", "vitamin e"),
    ("phytonadione", "vitamin k1", "phytomenadione"),
    ("levodopa", "l dopa"),
    ("divalproex", "valproic acid", "valproate"),
    ("furosemide", "frusemide"),
    ("dextroamphetamine", "dexamfetamine"),
    ("st john's wort", "st. john's wort", "hypericum perforatum", "saint john's wort"),
    ("alcohol", "ethanol"),
)
_DRINKS = {"coffee": ("caffeine",)}


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    groups = [tuple(dict.fromkeys(" ".join(words(name)) for name in group)) for group in _GROUPS]
    return {name: group for group in groups for name in group}


def same_as(name: str) -> tuple[str, ...]:
    """The other names of a substance, in the form of ``rag.text.words`` joined by spaces; empty where none is known."""
    return tuple(other for other in _by_name().get(name, ()) if other != name)


def named_by(name: str) -> tuple[str, ...]:
    """``same_as``, and the substance that labels name where people name a drink."""
    return same_as(name) or _DRINKS.get(name, ())


def is_substance(word: str) -> bool:
    """True for a word that stands here."""
    return word in _by_name() or word in _DRINKS
