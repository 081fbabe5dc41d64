"""The words of the check of claims: abbreviations, units, synonyms, and words that must not be confused.

Written for U.S. label English by hand. What reads the same becomes one word; what excludes each other is a rival.
"""

from functools import lru_cache

ABBREVIATIONS = {
    "CrCl": "creatinine clearance", "CLcr": "creatinine clearance", "GI": "gastrointestinal", "BP": "blood pressure",
    "CNS": "central nervous system", "AUC": "area under the curve", "Cmax": "maximum concentration",
    "C max": "maximum concentration", "NSAID": "nonsteroidal anti-inflammatory drug", "INR":
    "international normalized ratio", "NSAIDs": "nonsteroidal anti-inflammatory drugs", "ECG": "electrocardiogram",
    "ALT": "alanine aminotransferase", "AST": "aspartate aminotransferase",
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
    "BMI": "body mass index", "CYP": "cytochrome p450",
    "DRESS": "drug reaction with eosinophilia and systemic symptoms",
    "SJS": "stevens-johnson syndrome", "TEN": "toxic epidermal necrolysis", "NMS": "neuroleptic malignant syndrome",
    "LVEF": "left ventricular ejection fraction", "AF": "atrial fibrillation",
    "TSH": "thyroid stimulating hormone", "RA": "rheumatoid arthritis", "MDD": "major depressive disorder",
    "OCD": "obsessive compulsive disorder",
    "CPK": "creatine phosphokinase", "BUN": "blood urea nitrogen", "TNF": "tumor necrosis factor",
    "HBV": "hepatitis b virus", "HCV": "hepatitis c virus", "CMV": "cytomegalovirus", "ESRD": "end stage renal disease",
    "aPTT": "activated partial thromboplastin time", "PT": "prothrombin time", "GERD":
    "gastroesophageal reflux disease", "BCRP": "breast cancer resistance protein", "TCA": "tricyclic antidepressant",
    "TCAs": "tricyclic antidepressants", "PPI": "proton pump inhibitor", "PPIs": "proton pump inhibitors",
}  # fmt: skip
"""Abbreviations with the expansions that U.S. labels print beside them, "creatinine clearance (CrCl)": each but the
plurals stands so in a label of openFDA or of NLM's cardiovascular corpus (looked up 2026-11-21)."""

UNITS = {
    "mg": "mg", "milligram": "mg", "mcg": "mcg", "microgram": "mcg", "µg": "mcg", "μg": "mcg", "ug": "mcg", "g": "g",
    "gram": "g", "gm": "g", "kg": "kg", "kilogram": "kg", "ng": "ng", "nanogram": "ng", "ml": "ml", "milliliter": "ml",
    "l": "l", "liter": "l", "dl": "dl", "deciliter": "dl", "unit": "unit", "iu": "unit", "meq": "meq", "mmol": "mmol",
    "hour": "h", "hr": "h", "h": "h", "day": "d", "week": "wk", "wk": "wk", "month": "mo", "year": "y", "yr": "y",
    "minute": "min", "min": "min", "second": "s", "sec": "s", "msec": "ms", "ms": "ms", "%": "%", "percent": "%",
    "tablet": "tablet", "capsule": "capsule", "drop": "drop", "puff": "puff", "m2": "m2", "mmhg": "mmhg", "mm": "mm",
    "fold": "fold", "time": "time", "cm": "cm", "patient": "person", "subject": "person", "lb": "lb", "mol": "mol",
    "bottle": "bottle", "nm": "nm", "vial": "vial",
}  # fmt: skip
STOP = frozenset(
    """a an the this that these those it its they their them he she his her we our you your i is are was were be been
    being am has have had having do does did done doing will would shall should must may might can could of in on at to
    from by for with as into onto upon among between within per and or but nor so than then if when where which who
    whom whose while there here such other any all each both either some more most very also however therefore thus
    further eg ie etc because since although though whether up out about approximately respectively only just e.g i.e
    through via against toward until unless what how s t re""".split()
)
_SOFT = frozenset(
    """label labeling state say describe note mention according section see table figure source prescribing information
    drug medicine medication product include use take receive patient physician generally usually example show find
    found treatment therapy administer give make case level concentration""".split()
)
TURNS = frozenset("if when while because although though whereas where until after before".split())
"""Words at which what a "not" denies ends."""
CUES = frozenset("not no never neither nor without none non unlikely".split())
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
    "affect": "affect effect alter change influence", "excrete": "excrete eliminate elimination excretion",
    "food": "food meal", "intravenous": "intravenous intravenously iv",
    "intramuscular": "intramuscular intramuscularly im",
    "subcutaneous": "subcutaneous subcutaneously sc", "topical": "topical topically",
    "level": "level concentration exposure",
    "bleed": "bleed bleeding hemorrhage haemorrhage hemorrhagic", "recommend": "recommend recommendation advise",
    "contraindicate": "contraindicate contraindication", "inhibitor": "inhibitor inhibit inhibition inhibitory",
    "inducer": "inducer induce induction", "substrate": "substrate", "severe": "severe severity severely",
    "strong": "strong potent strongly", "metabolize": "metabolize metabolise metabolism", "show": "show demonstrate "
    "observe", "monitor": "monitor observe",
    "cause": "cause produce lead result due associate relate occur report experience",
    "need": "need necessary require", "death": "death die died",
    "prolong": "prolong prolongation", "shorten": "shorten shortening", "milk": "milk", "inhale": "inhale inhalation",
    "inject": "inject injection injectable", "use": "use usage utilize",
}  # fmt: skip
_RIVALS: tuple[str, ...] = (
    "up down", "renal hepatic cardiac pulmonary",
    "pregnant lactation pediatric geriatric adult infant neonate adolescent "
    "healthy", "female male", "mild moderate severe", "strong weak moderate", "major minor serious", "high low",
    "oral intravenous intramuscular subcutaneous topical inhale rectal sublingual intranasal transdermal ophthalmic "
    "otic intrathecal vaginal inject", "inhibitor inducer substrate", "agonist antagonist", "before after during",
    "morning evening bedtime breakfast", "begin stop", "acute chronic", "prolong shorten", "once twice",
    "hyperkalemia hypokalemia", "hypertension hypotension", "hyperglycemia hypoglycemia", "tachycardia bradycardia",
    "improve worsen", "gain loss", "accelerate delay", "first last", "initial final", "partial complete", "fast food",
    "precede follow",
    "common rare", "frequent rare", "early late", "short long", "safe unsafe", "effective ineffective",
)  # fmt: skip
_IRREGULAR = {
    form: verb
    for verb, forms in {
        "lead": "led", "fall": "fell fallen", "rise": "rose risen", "go": "goes went gone",
        "become": "becomes became", "begin": "began begun", "keep": "kept", "grow": "grew grown",
        "hold": "held", "break": "broke broken",
    }.items()
    for form in forms.split()
}  # fmt: skip
_ALIKE = {word: head for head, words in _SYNONYMS.items() for word in words.split()}


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The head of its synonyms, or the word without its ending: "increased" -> "up", "tablets" -> "tablet"."""
    word = _IRREGULAR.get(word, word)
    if word in _ALIKE:
        return _ALIKE[word]
    base = word
    for ending, instead in (
        ("ies", "y"), ("sses", "ss"), ("ations", "ate"), ("ation", "ate"), ("ing", ""), ("ed", ""), ("ly", ""),
        ("es", "e"), ("s", ""),
    ):  # fmt: skip
        if base.endswith(ending) and len(base) - len(ending) >= 3 and not base.endswith(("ss", "us", "is")):
            base = base[: -len(ending)] + instead
            break
    if base != word and len(base) > 4 and base[-1] == base[-2] and base[-1] not in "slz":
        base = base[:-1]
    for form in (base, base + "e", base[:-1] if base[-1:] == base[-2:-1] else base):
        if form in _ALIKE:
            return _ALIKE[form]
    return base.rstrip("e") if len(base) > 4 else base


def is_rival(form: str, other: str) -> bool:
    """True where one of the two words cannot stand for the other though it could stand in its place."""
    if form == other:
        return False
    if form.startswith("cyp") and other.startswith("cyp"):
        return True
    return other in RIVALS.get(form, frozenset())


SOFT = frozenset(stem(word) for word in _SOFT)
RIVALS: dict[str, frozenset[str]] = {}
"""Words that exclude each other, by stem."""
for _group in _RIVALS:
    for _word in (_forms := frozenset(map(stem, _group.split()))):
        RIVALS[_word] = RIVALS.get(_word, frozenset()) | _forms - {_word}
