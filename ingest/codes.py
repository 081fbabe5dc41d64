"""LOINC codes of label sections, and the headings that stand for them where the source gives no code.

Codes: LOINC as used in FDA's "Section headings (LOINC)" list for Structured Product Labeling; checked against the
codes of real labels (DailyMed files of 2010 to 2026).
"""

import re

UNCLASSIFIED = "42229-5"
PRODUCT_DATA = "48780-1"
CLASS_INDEXING = "60685-5"

BOXED_WARNING = "34066-1"
INDICATIONS = "34067-9"
DOSAGE = "34068-7"
FORMS = "43678-2"
CONTRAINDICATIONS = "34070-3"
WARNINGS_AND_PRECAUTIONS = "43685-7"
WARNINGS = "34071-1"
PRECAUTIONS = "42232-9"
ADVERSE = "34084-4"
INTERACTIONS = "34073-7"
POPULATIONS = "43684-0"
PREGNANCY = "42228-7"
PREGNANCY_OLD = "34077-8"
LACTATION = "77290-5"
NURSING = "34080-2"
PEDIATRIC = "34081-0"
GERIATRIC = "34082-8"
RENAL = "88828-9"
HEPATIC = "88829-7"
OVERDOSE = "34088-5"
PHARMACOLOGY = "34090-1"
MECHANISM = "43679-0"
PHARMACODYNAMICS = "43681-6"
PHARMACOKINETICS = "43682-4"
STUDIES = "34092-7"
SUPPLY = "34069-5"
STORAGE = "44425-7"
PATIENT = "34076-0"

_BY_HEADING = {
    "boxed warning": BOXED_WARNING,
    "indications and usage": INDICATIONS,
    "indications & usage": INDICATIONS,
    "uses": INDICATIONS,
    "dosage and administration": DOSAGE,
    "dosage & administration": DOSAGE,
    "dosage forms and strengths": FORMS,
    "contraindications": CONTRAINDICATIONS,
    "warnings and precautions": WARNINGS_AND_PRECAUTIONS,
    "warnings": WARNINGS,
    "precautions": PRECAUTIONS,
    "adverse reactions": ADVERSE,
    "drug interactions": INTERACTIONS,
    "drug/drug interactions": INTERACTIONS,
    "drug-drug interactions": INTERACTIONS,
    "use in specific populations": POPULATIONS,
    "pregnancy": PREGNANCY,
    "lactation": LACTATION,
    "nursing mothers": NURSING,
    "pediatric use": PEDIATRIC,
    "geriatric use": GERIATRIC,
    "renal impairment": RENAL,
    "hepatic impairment": HEPATIC,
    "overdosage": OVERDOSE,
    "clinical pharmacology": PHARMACOLOGY,
    "mechanism of action": MECHANISM,
    "pharmacodynamics": PHARMACODYNAMICS,
    "pharmacokinetics": PHARMACOKINETICS,
    "clinical studies": STUDIES,
    "how supplied": SUPPLY,
    "how supplied/storage and handling": SUPPLY,
    "storage and handling": STORAGE,
    "patient counseling information": PATIENT,
}

NAMES = {
    BOXED_WARNING: "Boxed warning",
    INDICATIONS: "Indications and usage",
    DOSAGE: "Dosage and administration",
    CONTRAINDICATIONS: "Contraindications",
    WARNINGS_AND_PRECAUTIONS: "Warnings and precautions",
    WARNINGS: "Warnings",
    INTERACTIONS: "Drug interactions",
}
"""Headings for sections whose source gives a code and no words."""

_NUMBER = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+(?=\S)")


def number_and_heading(title: str) -> tuple[str | None, str]:
    """ "7.1 Strong inhibitors" -> ("7.1", "Strong inhibitors"); no number -> (None, title)."""
    match = _NUMBER.match(title)
    return (match.group(1), title[match.end() :].strip()) if match else (None, title.strip())


def code_of(own: str | None, heading: str, parent: str | None) -> str | None:
    """The section's own code, else that of its heading, else the parent's."""
    if own and own != UNCLASSIFIED:
        return own
    return _BY_HEADING.get(heading.strip(" :.").lower()) or parent or own
