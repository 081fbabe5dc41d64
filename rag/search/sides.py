"""The two sides of a question of the form "does A interact with B?"."""

import re

from rag.text import searchable, words

_PAIR = (
    r"interactions? (?:between|of|for) (?P<a>.+?) (?:and|with|&|plus) (?P<b>.+)",
    r"(?:do|does|can|could|will|would|might|may) (?P<a>.+?) (?:interact|be"
    r" (?:taken|used|given|combined|mixed|co-?administered|prescribed)|"
    r"combine|go) (?:together )?(?:with|and|alongside) (?P<b>.+)",
    r"(?:do|does|can|will|would) (?P<a>.+?) and (?P<b>.+?) (?:interact|be (?:taken|used|given|combined)|go"
    r" together|mix).*",
    r"(?:is|are) (?:it )?(?:safe|ok|okay|possible|dangerous|advisable) (?:to"
    r" (?:take|use|give|combine|prescribe|mix) )?(?P<a>.+?) (?:with|and|together with) (?P<b>.+)",
    r"(?:can|may|should) (?:i|one|we|you|patients?|a patient|someone) (?:take|use|give|have|combine)"
    r" (?P<a>.+?) (?:with|and|together with|while (?:taking|on)) (?P<b>.+)",
    r"(?P<a>.+?) (?:and|with|\+|plus|vs\.?|versus) (?P<b>.+?) (?:drug )?interactions?",
    r"(?:take|taking|combine|combining|use|using|give|giving|mix|mixing) (?P<a>.+?) (?:with|and|together with)"
    r" (?P<b>.+)",
)

_PAIRS = tuple(re.compile(rf"(?:^|.*?\b){pattern}$", re.IGNORECASE) for pattern in _PAIR)

_TRAILING = re.compile(
    r"\s+(?:together|safely|at the same time|in combination|concomitantly|interact|interactions?)$", re.IGNORECASE
)

_BARE = re.compile(r"(?P<a>[a-z][\w-]{4,}) (?:and|with|\+|plus|&) (?P<b>[a-z][\w-]{4,})")
_STEM = re.compile(
    r".(?:pram|oxetine|olol|pril|prilat|sartan|statin|dipine|azole|cillin|mycin|micin|floxacin|cycline|triptan|setron"
    r"|zepam|zolam|barbital|gliptin|gliflozin|glitazone|tinib|mab|vir|parin|xaban|gatran|caine|prazole|tidine|profen"
    r"|coxib|thiazide|semide|lukast|fibrate|trexate|platin|rubicin|terol|phylline|codone)$"
)
"""Endings of drug names: common stems of the WHO's international nonproprietary names (the stem book of 2018)."""


def bare_sides(question: str, known: str) -> tuple[str, str] | None:
    """The two sides of a question that is "A and B" and nothing else, one of them the drug ``known``.

    The other must end as drug names do: "colchicine and pregnancy" is no pair.
    """
    match = _BARE.fullmatch(" ".join(searchable(question).strip(" ?!.").split()))
    if not match or known not in match.groups():
        return None
    other = match["b"] if match["a"] == known else match["a"]
    return (match["a"], match["b"]) if ends_as_medicine(other) else None


def ends_as_medicine(word: str) -> bool:
    """True for a word with the ending of a drug name."""
    return bool(_STEM.search(word))


def sides_of(question: str) -> tuple[str, str] | None:
    """The two sides of a question of the form "does A interact with B?"."""
    plain = " ".join(searchable(question).strip(" ?!.").split())
    for pattern in _PAIRS:
        if match := pattern.match(plain):
            a, b = (_trimmed(match.group(side)) for side in ("a", "b"))
            if a and b:
                return a, b
    return None


def _trimmed(side: str) -> str:
    side = _TRAILING.sub("", side)
    side = re.sub(r"^(?:the|a|an|my|taking|use of|drug|drugs like|patients? on)\s+", "", side.strip())
    found = words(side)
    return " ".join(found) if 0 < len(found) <= 8 else ""
