"""Claims and quotes as comparable words: abbreviations spelled out, synonyms made one, numbers with their units.

What reads the same becomes the same token; what must not be confused (up and down, kidney and liver, inhibitor and
inducer) is told apart by ``RIVALS``. Written for U.S. label English. Not covered: "may" against "does", "and" against
"or", and quantities spelled in words above twenty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.text import searchable

ABBREVIATIONS = {
    "CrCl": "creatinine clearance", "CLcr": "creatinine clearance", "GI": "gastrointestinal", "BP": "blood pressure",
    "CNS": "central nervous system", "AUC": "area under the curve", "Cmax": "maximum concentration",
    "C max": "maximum concentration", "NSAID": "nonsteroidal anti-inflammatory drug", "INR":
    "international normalized ratio", "NSAIDs": "nonsteroidal anti-inflammatory drugs", "ECG": "electrocardiogram",
    "EKG": "electrocardiogram", "ALT": "alanine aminotransferase", "AST": "aspartate aminotransferase",
    "ULN": "upper limit of normal", "MAOI": "monoamine oxidase inhibitor", "MAOIs": "monoamine oxidase inhibitors",
    "SSRI": "selective serotonin reuptake inhibitor", "SSRIs": "selective serotonin reuptake inhibitors",
    "SNRI": "serotonin and norepinephrine reuptake inhibitor", "CHF": "congestive heart failure",
    "SNRIs": "serotonin and norepinephrine reuptake inhibitors", "HIV": "human immunodeficiency virus",
    "DVT": "deep vein thrombosis", "PE": "pulmonary embolism", "MI": "myocardial infarction",
    "COPD": "chronic obstructive pulmonary disease", "ANC": "absolute neutrophil count", "CBC": "complete blood count",
    "UTI": "urinary tract infection", "UTIs": "urinary tract infections", "LDL": "low-density lipoprotein",
    "HDL": "high-density lipoprotein", "eGFR": "estimated glomerular filtration rate", "WBC": "white blood cell",
    "GFR": "glomerular filtration rate", "ACE": "angiotensin-converting enzyme", "IV": "intravenous",
    "ARB": "angiotensin receptor blocker", "ARBs": "angiotensin receptor blockers", "TB": "tuberculosis",
    "BMI": "body mass index", "CYP": "cytochrome p450", "DRESS": "drug reaction with eosinophilia and systemic symptoms",
    "SJS": "stevens-johnson syndrome", "TEN": "toxic epidermal necrolysis", "NMS": "neuroleptic malignant syndrome",
    "LVEF": "left ventricular ejection fraction", "HF": "heart failure", "AF": "atrial fibrillation",
    "TSH": "thyroid stimulating hormone", "RA": "rheumatoid arthritis", "MDD": "major depressive disorder",
    "ADHD": "attention deficit hyperactivity disorder", "OCD": "obsessive compulsive disorder",
    "CPK": "creatine phosphokinase", "BUN": "blood urea nitrogen", "TNF": "tumor necrosis factor",
    "HBV": "hepatitis b virus", "HCV": "hepatitis c virus", "CMV": "cytomegalovirus", "ESRD": "end stage renal disease",
    "aPTT": "activated partial thromboplastin time", "PT": "prothrombin time", "GERD":
    "gastroesophageal reflux disease", "BCRP": "breast cancer resistance protein", "TCA": "tricyclic antidepressant",
    "TCAs": "tricyclic antidepressants", "PPI": "proton pump inhibitor", "PPIs": "proton pump inhibitors",
}  # fmt: skip
"""Abbreviations with the expansions that labels print beside them, "creatinine clearance (CrCl)"."""

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
    (r"\bby mouth\b", "orally"), (r"\bside effects?\b|\badverse (?:reactions?|events?|effects?)\b", "adverse"),
    (r"\bheart attacks?\b", "myocardial infarction"), (r"\bhigh blood pressure\b", "hypertension"),
    (r"\blow blood pressure\b", "hypotension"), (r"\bprior to\b|\bin advance of\b", "before"),
    (r"\bhealth ?care (?:providers?|professionals?)\b", "physician"), (r"\bolder (?:adults?|patients?|people)\b", "elderly"),
    (r"\bbreast-?feed(?:ing)?\b|\bnursing\b|\blactating\b", "lactation"), (r"\bon an empty stomach\b", "fasted"),
    (r"\bat the same time as\b|\btogether with\b|\bin combination with\b", "concomitant"), (r"\bas well as\b", "and"),
    (r"\bin the (absence) of\b|\b(?:a )?lack of\b|\bfree of\b", "without"), (r"\bas needed\b", "prn"),
    (r"\bevery other (day|week|month)\b|\bon alternate (day|week|month)s\b", r"alternate\1\2"),
    (r"\b(?:or|and/or)\b", "or"), (r"(\d),(?=\d{3}\b)", r"\1"),
)  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?"
_BOUNDS: tuple[tuple[str, str], ...] = (
    (r"(?:<=|=<)|\b(?:less|fewer|lower|younger) than or equal to\b|\b(?:at most|up to|(?:no|not) (?:more|greater|later|higher|older) than|maximum of|(?:(?:should|must|do|does) )?not (?:to )?exceed(?:ing)?)\b", "≤"),
    (r"(?:>=|=>)|\b(?:greater|more|higher|older) than or equal to\b|\b(?:at least|(?:no|not) (?:less|fewer|lower|younger) than|minimum of)\b", "≥"),
    (r"\b(?:(?:less|fewer|lower|smaller|younger) than|below|under)\b", "<"),
    (r"\b(?:(?:more|greater|higher|larger|older) than|above|over|exceed(?:s|ing)?)\b", ">"),
)  # fmt: skip
_AFTER = re.compile(
    rf"({_NUMBER}\s*-?(?:%|[a-z/]+\d?)?(?: of age)?) (?:or|and) (?:(more|greater|higher|older|above|over)|(?:less|fewer|lower|younger|below|under))\b"
)
_UNITS = {
    "mg": "mg", "milligram": "mg", "mcg": "mcg", "microgram": "mcg", "µg": "mcg", "μg": "mcg", "ug": "mcg", "g": "g",
    "gram": "g", "gm": "g", "kg": "kg", "kilogram": "kg", "ng": "ng", "nanogram": "ng", "ml": "ml", "milliliter": "ml",
    "l": "l", "liter": "l", "dl": "dl", "deciliter": "dl", "unit": "unit", "iu": "unit", "meq": "meq", "mmol": "mmol",
    "hour": "h", "hr": "h", "h": "h", "day": "d", "week": "wk", "wk": "wk", "month": "mo", "year": "y", "yr": "y",
    "minute": "min", "min": "min", "second": "s", "sec": "s", "msec": "ms", "ms": "ms", "%": "%", "percent": "%",
    "tablet": "tablet", "capsule": "capsule", "drop": "drop", "puff": "puff", "m2": "m2", "mmhg": "mmhg", "mm": "mm",
    "fold": "fold", "time": "time", "cm": "cm", "patient": "person", "subject": "person", "lb": "lb", "mol": "mol",
    "bottle": "bottle", "copy": "copy", "dose": "dose", "nm": "nm", "cell": "cell", "vial": "vial",
}  # fmt: skip
_STOP = frozenset(
    """a an the this that these those it its they their them he she his her we our you your i is are was were be been
    being am has have had having do does did done doing will would shall should must may might can could of in on at to
    from by for with as into onto upon among between within per and or but nor so than then if when where which who
    whom whose while there here such other any all each both either some more most very also however therefore thus
    further eg ie etc because since although though whether up out about approximately respectively only just e.g i.e
    through via against toward until unless what how s t re
    has""".split()
)
_SOFT = frozenset(
    """label labeling state say describe note mention according section see table figure source prescribing information
    drug medicine medication product include use take receive patient physician generally usually example follow
    following show find found report occur result lead cause due relate associate experience treat treatment therapy
    administer give make need case level concentration warning precaution interaction""".split()
)
_CUES = frozenset("not no never neither nor without none non unlikely".split())
_SYNONYMS = {
    "up": "increase raise elevate rise higher elevation enhance potentiate augment increment greater",
    "down": "decrease reduce lower reduction diminish fall decline lessen",
    "stop": "discontinue cease discontinuation withdraw withdrawal stop",
    "begin": "start initiate initiation begin commence",
    "administer": "administer give given administration", "concomitant": "coadminister coadministration concurrent "
    "concomitant simultaneous concurrently concomitantly simultaneously", "dose": "dose dosage dosing",
    "renal": "renal kidney renally", "hepatic": "hepatic liver hepatically",
    "impair": "impair impairment insufficiency", "pediatric": "pediatric paediatric child children",
    "geriatric": "geriatric elderly", "pregnant": "pregnant pregnancy gravid", "female": "female woman women",
    "male": "male man men", "adult": "adult", "lactation": "lactation", "oral": "oral orally", "physician": "physician "
    "doctor prescriber clinician", "patient": "patient people person individual subject volunteer",
    "intravenous": "intravenous intravenously iv", "intramuscular": "intramuscular intramuscularly im",
    "subcutaneous": "subcutaneous subcutaneously sc", "topical": "topical topically", "level": "level concentration",
    "bleed": "bleed bleeding hemorrhage haemorrhage hemorrhagic", "recommend": "recommend recommendation advise",
    "contraindicate": "contraindicate contraindication", "inhibitor": "inhibitor inhibit inhibition inhibitory",
    "inducer": "inducer induce induction", "substrate": "substrate", "severe": "severe severity severely",
    "strong": "strong potent strongly", "metabolize": "metabolize metabolise metabolism", "show": "show demonstrate "
    "observe", "monitor": "monitor observe", "cause": "cause produce", "death": "death die died",
    "prolong": "prolong prolongation", "shorten": "shorten shortening", "milk": "milk", "inhale": "inhale inhalation",
    "inject": "inject injection injectable", "use": "use usage utilize",
}  # fmt: skip
_RIVALS: tuple[str, ...] = (
    "up down", "renal hepatic cardiac pulmonary", "pregnant lactation pediatric geriatric adult infant neonate adolescent "
    "healthy", "female male", "mild moderate severe", "strong weak moderate", "major minor serious", "high low",
    "oral intravenous intramuscular subcutaneous topical inhale rectal sublingual intranasal transdermal ophthalmic otic "
    "intrathecal vaginal inject", "inhibitor inducer substrate", "agonist antagonist", "before after during",
    "morning evening bedtime breakfast", "begin stop", "acute chronic", "prolong shorten", "once twice",
    "hyperkalemia hypokalemia", "hypertension hypotension", "hyperglycemia hypoglycemia", "tachycardia bradycardia",
    "improve worsen", "gain loss", "accelerate delay", "first last", "initial final", "partial complete", "fast food",
    "common rare", "frequent rare", "early late", "short long", "safe unsafe", "effective ineffective", "with without",
)  # fmt: skip
_ALIKE = {word: head for head, words in _SYNONYMS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Token:
    """A word that carries meaning, a number with its unit, or a drug."""

    form: str
    """Stem, synonym's head, "5 mg", "2/day", or the drug that the name stands for."""
    kind: str
    """"word", "number", "drug" or "often" (how often: 2/day)."""
    negated: bool = False
    """True for the word that a "not" or "without" before it denies."""
    value: float = 0.0
    unit: str = ""
    bound: str = ""
    """"<", "≤", ">", "≥" or "" of a number."""

    @property
    def is_soft(self) -> bool:
        """True for words that a writer may add without saying anything more."""
        return self.kind == "word" and self.form in SOFT


def tokens(text: str, names: Mapping[str, str]) -> tuple[Token, ...]:
    """The tokens of ``text`` in order; ``names`` leads from names in lower case, words joined by spaces, to drugs."""
    parts = re.findall(
        r"\d+(?:\.\d+)?/(?:day|week|month)|[a-zµμ][a-z0-9µμ]*|\d+(?:\.\d+)?|[<>≤≥%/;:.,()]", _plain(text)
    )
    made: list[Token] = []
    at, bound, cue = 0, "", 0
    while at < len(parts):
        part = parts[at]
        if part in "<>≤≥":
            bound, at = part, at + 1
            continue
        if part[0].isdigit():
            token, at = _quantity(parts, at, bound)
            made.append(token)
            bound = ""
            continue
        bound = ""
        if part in ";:.,()/%":
            cue = 0 if part in ";:." else cue
            at += 1
            continue
        if part in _CUES:
            cue, at = 1, at + 1
            continue
        length = next((n for n in (4, 3, 2, 1) if " ".join(parts[at : at + n]) in names), 0)
        if length:
            drug = names[" ".join(parts[at : at + length])]
            made.append(Token(drug, "drug", bool(cue)))
            cue, at = 0, at + length
            continue
        at += 1
        if part in _STOP:
            continue
        made.append(Token(stem(part), "word", bool(cue)))
        cue = 0
    return tuple(made)


def rivals_of(form: str) -> frozenset[str]:
    """The words that say something else of the same kind: of "renal", "hepatic" and others."""
    if re.fullmatch(r"cyp\d[a-z]\d*", form):
        return frozenset({"cyp"})
    return RIVALS.get(form, frozenset())


def is_rival(form: str, other: str) -> bool:
    """True where one of the two words cannot stand for the other though it could stand in its place."""
    if form == other:
        return False
    if form.startswith("cyp") and other.startswith("cyp"):
        return True
    return other in RIVALS.get(form, frozenset())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The head of its synonyms, or the word without its ending: "increased" -> "up", "tablets" -> "tablet"."""
    if word in _ALIKE:
        return _ALIKE[word]
    base = word
    for ending, instead in (
        ("ies", "y"), ("sses", "ss"), ("ations", "ate"), ("ation", "ate"), ("ing", ""), ("ed", ""), ("ly", ""), ("es", "e"), ("s", ""),
    ):  # fmt: skip
        if base.endswith(ending) and len(base) - len(ending) >= 3 and not base.endswith(("ss", "us", "is")):
            base = base[: -len(ending)] + instead
            break
    for form in (base, base + "e", base[:-1] if base[-1:] == base[-2:-1] else base):
        if form in _ALIKE:
            return _ALIKE[form]
    return base.rstrip("e") if len(base) > 4 else base


def _plain(text: str) -> str:
    spelled = _SHORT.sub(lambda m: ABBREVIATIONS[m.group()], text)
    plain = searchable(spelled)
    for pattern, instead in _COMPILED:
        plain = pattern.sub(instead, plain)
    plain = _WORDED.sub(lambda m: str(_SPELLED[m.group()]), plain)
    plain = re.sub(r"\b(?:once|1 times?) ?(?=" + _EACH + ")", "1 times ", plain)
    plain = re.sub(r"\btwice ?(?=" + _EACH + ")", "2 times ", plain)
    plain = re.sub(rf"(\d+)(?: to \d+)? times? {_EACH}", lambda m: f" {m.group(1)}/{_per(m.group())} ", plain)
    plain = re.sub(_EACH + r"|(?<=[a-z0-9])/(?:day|week|month)\b", lambda m: f" 1/{_per(m.group())} ", plain)
    plain = re.sub(r"alternate(day|week|month)", r" 0.5/\1 ", plain)
    for bound, sign in _SIGNS:
        plain = bound.sub(f" {sign} ", plain)
    return _AFTER.sub(lambda m: ("≥ " if m.group(2) else "≤ ") + m.group(1), plain)


def _per(said: str) -> str:
    return next(period for word, period in _PERIOD.items() if word in said)


def _quantity(parts: list[str], at: int, bound: str) -> tuple[Token, int]:
    """The number at ``at`` with its unit; "10 to 20 mg" gives its unit to both ends."""
    if "/" in parts[at]:
        return Token(parts[at], "often"), at + 1
    value = float(parts[at])
    end = at + 1
    look = end
    if parts[look : look + 1] in (["to"], ["and"]) and parts[look + 1 : look + 2] and parts[look + 1][0].isdigit():
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
    return Token(f"{value:g} {said}".strip(), "number", False, value, said, bound), end


def _unit(part: str) -> str:
    return _UNITS.get(part) or _UNITS.get(part.removesuffix("s"), "")


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
SOFT = frozenset(stem(word) for word in _SOFT)
RIVALS: dict[str, frozenset[str]] = {}
"""Words that exclude each other, by stem."""
for _group in _RIVALS:
    for _word in (_forms := frozenset(map(stem, _group.split()))):
        RIVALS[_word] = RIVALS.get(_word, frozenset()) | _forms - {_word}
