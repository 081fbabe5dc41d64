"""Claims and quotes as comparable words: abbreviations spelled out, synonyms made one, numbers with their units.

Not covered: "may" against "does", "and" against "or", and most quantities spelled in words above twelve.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.support.vocabulary import ABBREVIATIONS, CUES, SOFT, STOP, TURNS, UNITS, stem
from rag.text import searchable

_SPELLED = dict(
    zip("zero one two three four five six seven eight nine ten eleven twelve".split(), range(13), strict=True)
) | {"fifteen": 15, "twenty": 20, "thirty": 30}
_PERIOD = {"day": "day", "daily": "day", "week": "week", "weekly": "week", "month": "month", "monthly": "month"}
_EACH = r"(?:daily|weekly|monthly|(?:a|per|each|every|/) ?(?:day|week|month))\b"

# In order: each works on what the ones before have made.
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"\b(\w+)n't\b", r"\1 not"), (r"\bcannot\b", "can not"),
    (r"\b(co|non|anti|pre|post|re|over|under|sub|multi|inter|intra)-(?=[a-z])", r"\1"),
    (r"\b(?:cytochrome p-?450(?: \(cyp\))?|cyp)(?: enzymes?| isoenzymes?)? ?-?(?=\d[a-z])", "cyp"),
    (r"\bp-?gp\b|\bp-glycoprotein\b", "pglycoprotein"), (r"\bq\.?d\.?(?=\W|$)", "once daily"),
    (r"\bb\.?i\.?d\.?(?=\W|$)", "twice daily"), (r"\bt\.?i\.?d\.?(?=\W|$)", "3 times daily"),
    (r"\bq\.?i\.?d\.?(?=\W|$)", "4 times daily"), (r"\bi\.v\.?(?=\W|$)", "intravenous"),
    ("β", "beta"), ("α", "alpha"), (r"\bby mouth\b", "orally"),
    (r"\bside effects?\b|\badverse (?:reactions?|events?|effects?)\b", "adverse"),
    (r"\bheart attacks?\b", "myocardial infarction"), (r"\bhigh blood pressure\b", "hypertension"),
    (r"\blow blood pressure\b", "hypotension"), (r"\bprior to\b|\bin advance of\b", "before"),
    (r"\bhealth ?care (?:providers?|professionals?)\b", "physician"),
    (r"\bolder (?:adults?|patients?|people)\b", "elderly"),
    (r"\bbreast-?feed(?:ing)?\b|\bnursing\b|\blactating\b", "lactation"), (r"\bon an empty stomach\b", "fasted"),
    (r"\bat the same time as\b|\btogether with\b|\bin combination with\b", "concomitant"), (r"\bas well as\b", "and"),
    (r"\bin the (absence) of\b|\b(?:a )?lack of\b|\bfree of\b", "without"), (r"\bas needed\b", "prn"),
    (r"\bevery other (day|week|month)\b|\bon alternate (day|week|month)s\b", r"alternate\1\2"),
    (r"\b(?:must not|may not|is not to) be (?:used|given|taken|administered)\b", "contraindicated"),
    (r"\bmetaboli[sz]ed (?:(?:primarily|mainly|extensively|partly) )?(?:by|via|through) (?=cyp)", "substrate "),
    (r"\barea under the (?:plasma )?(?:concentration[ -]?(?:versus |vs\.? )?-?time )?curve\b", "exposure"),
    (r"\bmaximum (?:recommended )?(?:daily )?dos(?:e|age) (?:is|of)(?= \d)", "not exceed"),
    (r"\bhal(?:ved?|ves|ving)\b|\bcut in half\b", "reduced by 50 %"), (r"\bby (?:one[- ])?half\b", "by 50 %"),
    (r"\b(?:doubled|doubles|may double|twofold)\b", "increased 2 fold"), (r"\bthreefold\b", "3 fold"),
    (r"(\d),(?=\d{3}\b)", r"\1"),
)  # fmt: skip
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_LESS, _MORE = (
    r"(?:less|fewer|lower|smaller|younger|below|under)",
    r"(?:more|greater|higher|larger|older|above|over|later)",
)
_BOUNDS: tuple[tuple[str, str], ...] = (
    (
        rf"(?:<=|=<)|\b{_LESS} than or equal to\b|"
        rf"\b(?:at most|up to|(?:no|not) {_MORE} than|not (?:above|over)|limited to|maximum of|"
        r"(?:(?:should|must|do|does) )?not (?:to )?exceed(?:ing)?)\b",
        "≤",
    ),
    (
        rf"(?:>=|=>)|\b{_MORE} than or equal to\b|\b(?:at least|(?:no|not) {_LESS} than|minimum of)\b",
        "≥",
    ),
    (rf"\b(?:{_LESS} than|below|under)\b", "<"),
    (rf"\b(?:{_MORE} than|above|over|exceed(?:s|ing)?)\b", ">"),
)
_AFTER = re.compile(rf"({_NUMBER}\s*-?(?:%|[a-z/]+\d?)?(?: of age)?) (?:or|and) (?:({_MORE})|{_LESS})\b")


@dataclass(frozen=True, slots=True)
class Token:
    """A word that carries meaning, a number with its unit, or a drug."""

    form: str
    """Stem, synonym's head, "5 mg", "2/day", or the drug that the name stands for."""
    kind: str
    """"word", "number", "drug" or "often" (how often: 2/day)."""
    denial: int = 0
    """Which of the denials of the text, from 1, reaches it: a "not" or "without" before it; 0 for none."""
    value: float = 0.0
    unit: str = ""
    bound: str = ""
    """"<", "≤", ">", "≥" or "" of a number."""

    @property
    def negated(self) -> bool:
        """True for a word that a "not" or "without" before it denies."""
        return self.denial > 0

    @property
    def is_soft(self) -> bool:
        """True for words that a writer may add without saying anything more."""
        return self.kind == "word" and self.form in SOFT


def tokens(text: str, names: Mapping[str, str]) -> tuple[Token, ...]:
    """The tokens of ``text`` in order; ``names`` leads from names in lower case, words joined by spaces, to drugs."""
    parts = _PARTS.findall(_plain(text))
    made: list[Token] = []
    at, bound = 0, ""
    denials = denying = passed = 0  # so many so far; the one that is open; light words that it has reached
    while at < len(parts):
        part, sign, bound = parts[at], bound, ""
        if part[0] in _DIGITS:
            token, at = _quantity(parts, at, sign)
            made.append(token)
            continue
        length = next((n for n in (4, 3, 2, 1) if " ".join(parts[at : at + n]) in names), 0)
        at += length or 1
        if part in "<>≤≥":
            bound = part
        elif part in ";:." or part in TURNS:
            if denying and not passed and part in ";:.":
                made.append(Token("not", "word", denying))  # "without it."
            denying = 0
            if part in ("before", "after", "until"):
                made.append(Token(stem(part), "word"))
        elif part in CUES:
            denials, passed = denials + 1, 0
            denying = denials
        elif length:
            made.append(Token(names[" ".join(parts[at - length : at])], "drug", denying))
            denying = 0
        elif part not in STOP and part not in ",()/%":
            made.append(Token(_ALONE.get(part) or stem(part), "word", denying))
            passed += 1
            denying = denying if made[-1].is_soft and passed < 3 else 0
    return tuple(made)


@lru_cache(maxsize=8192)  # a quote is held against many claims, a claim against many quotes
def _plain(text: str) -> str:
    spelled = _SHORT.sub(lambda m: ABBREVIATIONS[m.group()], _REFERENCE.sub(" ", text))
    plain = searchable(spelled)
    for pattern, instead in _COMPILED:
        plain = pattern.sub(instead, plain)
    plain = _WORDED.sub(lambda m: str(_SPELLED[m.group()]), plain)
    plain = re.sub(r"\b(?:once|1 times?) ?(?=" + _EACH + ")", "1 times ", plain)
    plain = re.sub(r"\btwice ?(?=" + _EACH + ")", "2 times ", plain)
    plain = re.sub(rf"([0-9]+)(?: to [0-9]+)? times? {_EACH}", lambda m: f" {m.group(1)}@{_per(m.group())} ", plain)
    plain = re.sub(_EACH + r"|(?<=[a-z0-9])/(?:day|week|month)\b", lambda m: f" 1@{_per(m.group())} ", plain)
    plain = re.sub(r"alternate(day|week|month)", r" 0.5@\1 ", plain)
    for bound, sign in _SIGNS:
        plain = bound.sub(f" {sign} ", plain)
    return _AFTER.sub(lambda m: ("≥ " if m.group(2) else "≤ ") + m.group(1), plain)


def _per(said: str) -> str:
    return next(period for word, period in _PERIOD.items() if word in said)


def _quantity(parts: list[str], at: int, bound: str) -> tuple[Token, int]:
    """The number at ``at`` with its unit; "10 to 20 mg" gives its unit to both ends."""
    if "@" in parts[at]:
        return Token(parts[at].replace("@", "/"), "often"), at + 1
    value = float(parts[at])
    end = at + 1
    look = end
    if parts[look : look + 1] in (["to"], ["and"]) and parts[look + 1 : look + 2] and parts[look + 1][0] in _DIGITS:
        look += 2
    elif look < len(parts) and re.fullmatch(_NUMBER, parts[look]):
        look += 1  # "10-20 mg"
    unit: list[str] = []
    while look < len(parts):
        name = _unit(parts[look])
        if not name:
            break
        unit.append(name)
        look += 1
        if parts[look : look + 1] in (["/"], ["per"]) and look + 1 < len(parts) and _unit(parts[look + 1]):
            look += 1
            continue
        break
    said = "/".join(unit)
    if unit and end < len(parts) and _unit(parts[end]):
        end = look
    return Token(f"{value:g} {said}".strip(), "number", 0, value, said, bound), end


def _unit(part: str) -> str:
    return UNITS.get(part) or UNITS.get(part.removesuffix("s"), "")


_REFERENCE = re.compile(r"\[\s*see\b[^\]]*\]|\(\s*see\b(?:[^()]|\([^()]*\))*\)", re.IGNORECASE)
"""Pointers to other sections say nothing themselves."""
_DIGITS = "0123456789"
_PARTS = re.compile(r"[0-9]+(?:\.[0-9]+)?@(?:day|week|month)|[0-9]+(?:\.[0-9]+)?|[^\W\d_][^\W_]*|[<>≤≥%/;:.,()]")
"""Letters of any alphabet count as words: what is not English is not in an English quote."""
_ALONE = {
    name + s: form for name, form in UNITS.items() if form in ("mg", "mcg", "kg", "ml", "h", "min") for s in ("", "s")
}
"""Units that stand without a number: "weight (kg)"."""
_SHORT = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(re.escape(a) for a in sorted(ABBREVIATIONS, key=len, reverse=True) if a != "CYP")
    + r")(?![\w])"
)
_WORDED = re.compile(r"\b(?:" + "|".join(_SPELLED) + r")\b")
_COMPILED = tuple((re.compile(pattern), instead) for pattern, instead in _PHRASES)
_SIGNS = tuple(
    (re.compile(rf"(?:{pattern})(?=\s*(?:an? |about |approximately )?\d)"), sign) for pattern, sign in _BOUNDS
)
