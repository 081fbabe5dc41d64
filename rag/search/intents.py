"""What a question is about: words that point to label sections, and the LOINC codes and headings of those sections.

Codes: LOINC section codes of Structured Product Labeling (FDA's list of section headings).
"""

import re

from rag.records import Intent, Section

_WORDS: dict[Intent, str] = {
    Intent.INTERACTION: r"interact\w*|combin\w+|together|concomitant\w*|co-?administ\w+|co-?prescrib\w*|taken with|take .+ with|along with|mix(ed|ing)?",
    Intent.DOSE: r"dos(e|es|age|ing|ed)|how much|how many|mg|titrat\w+|maximum|max|regimen|frequency|how often|start(ing)? dose|adjust\w*|how (is|are|do|does|should|to) ([\w-]+ ){0,3}(take|taken|given|administered|swallowed)|empty stomach|with(out)? (food|meals?)|bedtime|time of day|when in the day",
    Intent.CONTRAINDICATION: r"contraindicat\w+|should not|must not|who (should|must) not|not be (used|given|taken)|safe|allowed|can (i|patients|one|people|a patient)",
    Intent.WARNING: r"warning\w*|precaution\w*|risk\w*|danger\w*|serious|caution\w*|toxic\w*|monitor\w*",
    Intent.BOXED_WARNING: r"box(ed)?[- ]warning\w*|black[- ]box|the box (of|on|says?|warns?|asks?|demands?)|does the box",
    Intent.PREGNANCY: r"pregnan\w+|teratogen\w*|fetus|fetal|foetal|birth defect\w*|trimester|conceiv\w*|child-?bearing",
    Intent.LACTATION: r"breast-?feed\w*|breast milk|lactat\w+|nursing|milk",
    Intent.PEDIATRIC: r"child|children|p(a)?ediatric\w*|infant\w*|neonat\w*|newborn\w*|adolescent\w*|years old|toddler\w*",
    Intent.GERIATRIC: r"elder\w*|geriatric\w*|older (people|adults?|patients?)|over (6[05]|7\d|8\d|90)|aged",
    Intent.RENAL: r"renal\w*|kidney\w*|egfr|creatinine|crcl|dialysis|nephro\w*|h(a)?emodialysis",
    Intent.HEPATIC: r"hepat\w+|liver|cirrho\w*|child-pugh",
    Intent.INDICATION: r"indicat\w+|used for|use(s)? of|treat\w*|what is .+ for|approved for|prescribed for",
    Intent.ADVERSE: r"side effects?|adverse|reaction\w*|undesirable|cause\w*|tolera\w+",
    Intent.OVERDOSE: r"overdos\w*|poison\w*|too much|antidote",
    Intent.PHARMACOLOGY: r"pharmacokinetic\w*|pharmacolog\w+|mechanism|half-?life|metaboli\w+|cyp\w*|absor\w+|eliminat\w+|clearance|substrate|inhibit\w*|induc\w+|p-gp|how (does|do) .+ (work|act)|excret\w+|gets? rid of|br(eaks?|oken) .*down|leaves? the body",
    Intent.STORAGE: r"stor(e|ed|age|ing)|refrigerat\w*|temperature|shelf|keep .+ (cold|cool)",
    Intent.FORMS: r"tablets? (come|available)|strengths?|dosage forms?|available as|capsules? available|generic available|formulation\w*",
}
_PATTERNS = {intent: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for intent, pattern in _WORDS.items()}

_OF_PHRASES = frozenset({"box", "boxed", "black"})
"""Words of a phrase above that alone are none: "boxed warning"."""

BOXED_WARNING = "34066-1"
CONTRAINDICATIONS = "34070-3"
_CODES: dict[Intent, frozenset[str]] = {
    Intent.INTERACTION: frozenset({"34073-7"}),
    Intent.DOSE: frozenset({"34068-7"}),
    Intent.CONTRAINDICATION: frozenset({CONTRAINDICATIONS}),
    Intent.WARNING: frozenset({"43685-7", "34071-1", "42232-9", BOXED_WARNING}),
    Intent.BOXED_WARNING: frozenset({BOXED_WARNING}),
    Intent.PREGNANCY: frozenset({"42228-7", "34077-8"}),
    Intent.LACTATION: frozenset({"77290-5", "34080-2"}),
    Intent.PEDIATRIC: frozenset({"34081-0"}),
    Intent.GERIATRIC: frozenset({"34082-8"}),
    Intent.RENAL: frozenset({"88828-9"}),
    Intent.HEPATIC: frozenset({"88829-7"}),
    Intent.INDICATION: frozenset({"34067-9"}),
    Intent.ADVERSE: frozenset({"34084-4"}),
    Intent.OVERDOSE: frozenset({"34088-5"}),
    Intent.PHARMACOLOGY: frozenset({"34090-1", "43679-0", "43681-6", "43682-4"}),
    Intent.STORAGE: frozenset({"44425-7", "34069-5"}),
    Intent.FORMS: frozenset({"43678-2", "34069-5"}),
}
_HEADINGS: dict[Intent, re.Pattern[str]] = {
    Intent.PREGNANCY: re.compile(r"pregnan|embryo|fetal|reproductive", re.IGNORECASE),
    Intent.LACTATION: re.compile(r"lactation|nursing|breast", re.IGNORECASE),
    Intent.RENAL: re.compile(r"renal|kidney|dialysis", re.IGNORECASE),
    Intent.HEPATIC: re.compile(r"hepatic|liver", re.IGNORECASE),
    Intent.PEDIATRIC: re.compile(r"pediatric|children|adolescent", re.IGNORECASE),
    Intent.GERIATRIC: re.compile(r"geriatric|elderly", re.IGNORECASE),
    Intent.INTERACTION: re.compile(r"interact|concomitant|coadminist", re.IGNORECASE),
    Intent.DOSE: re.compile(r"dos(e|age|ing)\b", re.IGNORECASE),
}

_EXPANSION: dict[Intent, tuple[str, ...]] = {
    Intent.RENAL: ("renal", "impairment", "egfr", "creatinine"),
    Intent.HEPATIC: ("hepatic", "impairment"),
    Intent.PREGNANCY: ("pregnancy", "pregnant", "fetal", "fetus"),
    Intent.LACTATION: ("lactation", "breastfeeding", "milk"),
    Intent.PEDIATRIC: ("pediatric", "children"),
    Intent.GERIATRIC: ("geriatric", "elderly"),
    Intent.CONTRAINDICATION: ("contraindicated",),
    Intent.DOSE: ("dose", "recommended", "dosage"),
    Intent.ADVERSE: ("adverse", "reactions"),
    Intent.INDICATION: ("indicated",),
    Intent.OVERDOSE: ("overdose", "overdosage"),
    Intent.STORAGE: ("store", "temperature"),
}
"""Words that labels use where people use others ("kidney failure": renal impairment)."""


def expansion(intents: tuple[Intent, ...]) -> tuple[str, ...]:
    """The labels' words for what a question is about."""
    return tuple(dict.fromkeys(word for intent in intents for word in _EXPANSION.get(intent, ())))


def intents_of(question: str) -> tuple[Intent, ...]:
    """The intents whose words the question holds, in the order of the enum."""
    return tuple(intent for intent, pattern in _PATTERNS.items() if pattern.search(question))


def is_about(section: Section, intent: Intent) -> bool:
    """True where the section is one that answers such questions, by its code or one of its headings."""
    if section.code in _CODES[intent]:
        return True
    pattern = _HEADINGS.get(intent)
    return pattern is not None and any(pattern.search(heading) for heading in section.path)


_PEOPLE: dict[Intent, str] = {
    Intent.PREGNANCY: r"embryo\w*|gestation\w*|neonat\w+|in utero|reproductive",
    Intent.LACTATION: r"breast\w*|nursed",
    Intent.PEDIATRIC: r"pediatric\w*|years of age|under \d+ years|\d+ (months|years) (and|or) older|boys|girls|birth",
    Intent.GERIATRIC: r"(6[05]|7[05]|8[05]) years|older|age",
    Intent.RENAL: r"gfr|esrd|urine output|anuri\w+|ur(a)?emi\w+",
    Intent.HEPATIC: r"hepato\w+|transaminases?|jaundice|alt|ast|cholesta\w+",
}
"""Whom a question can be about, and words by which labels speak of them beside those of questions."""
_OF_PEOPLE = {intent: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for intent, words in _PEOPLE.items()}


def people_of(intents: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """Of the intents of a question, those that say of which patients it asks."""
    return tuple(intent for intent in intents if intent in _OF_PEOPLE)


def speaks_of(text: str, intent: Intent) -> bool:
    """True where ``text`` has a word for the patients that ``intent`` (one of ``people_of``) stands for."""
    return bool(_PATTERNS[intent].search(text) or _OF_PEOPLE[intent].search(text))


def is_intent_word(word: str) -> bool:
    """True for a word that only says what kind of thing is asked."""
    return word in _OF_PHRASES or any(pattern.fullmatch(word) for pattern in _PATTERNS.values())
