"""What people say for a class of medicines: "blood thinner", "water pill".

The meanings are those of consumer health pages of the U.S. National Library of Medicine (MedlinePlus) unless another is
named, as known to the author and not fetched anew; checked where a note says so. Written November 2026. An entry says
how people speak, never that a medicine belongs to a class.
"""

from dataclasses import dataclass
from functools import cache

from rag.text import words


@dataclass(frozen=True, slots=True)
class _Entry:
    said: tuple[str, ...]
    means: tuple[str, ...]
    """Names of classes as ``classes`` knows them, the first one leading."""


_ENTRIES = (
    # MedlinePlus, "Blood Thinners": two main types, anticoagulants and antiplatelets (quoted by reference.com, seen
    # 2026-11-21, and so on patient pages of JAMA and St. Luke's)
    _Entry(
        ("blood thinner", "blood thinners", "blood thinning medicine", "blood thinning medicines"),
        ("anticoagulants", "antiplatelet agents"),
    ),
    # MedlinePlus drug information, e.g. furosemide: "a class of medications called diuretics ('water pills')"
    _Entry(("water pill", "water pills", "water tablet", "water tablets"), ("diuretics",)),
    # MedlinePlus, "Heartburn"; FamilyDoctor.org, "Antacids and Acid Reducers" (seen 2026-11-21): antacids, H2 blockers
    # and proton pump inhibitors
    _Entry(
        ("heartburn medicine", "heartburn medicines", "heartburn medication", "heartburn pill", "heartburn pills",
         "heart burn medicine", "heart burn medicines", "heart burn pill", "heart burn pills"),
        ("proton pump inhibitors", "h2 blockers", "antacids"),
    ),
    # CommonSpirit Health, "Acid reducers" (seen 2026-11-21): H2 blockers and proton pump inhibitors, not antacids
    _Entry(
        ("acid reducer", "acid reducers", "acid reducing medicine", "acid reducing medicines"),
        ("proton pump inhibitors", "h2 blockers"),
    ),
    # MedlinePlus, "High Blood Pressure Medicines" and drug information: antihypertensives
    _Entry(
        ("blood pressure medicine", "blood pressure medicines", "blood pressure medication", "blood pressure pill",
         "blood pressure pills"),
        ("antihypertensive agents",),
    ),
    # MedlinePlus, "Birth Control Pills": also called oral contraceptives
    _Entry(("birth control pill", "birth control pills"), ("oral contraceptives",)),
    # MedlinePlus drug information, e.g. zolpidem: "a class of medications called sedative-hypnotics"
    _Entry(("sleeping pill", "sleeping pills", "sleep medicine", "sleeping medicine"), ("sedative hypnotics",)),
    # MedlinePlus, "Pain Relievers": also called analgesics
    _Entry(("painkiller", "painkillers", "pain killer", "pain killers", "pain reliever", "pain relievers"),
           ("analgesics",)),
    # MedlinePlus, "Narcotics", "Opioids": strong pain relievers
    _Entry(("narcotic painkiller", "narcotic painkillers", "narcotic pain medicine"), ("opioids",)),
    # MedlinePlus Medical Encyclopedia, "Thrombolytic therapy": medicines that dissolve clots, "clot-busting"
    _Entry(("clot buster", "clot busters", "clot busting drug", "clot busting drugs"), ("thrombolytics",)),
    # MedlinePlus drug information, e.g. cyclobenzaprine: "skeletal muscle relaxants"
    _Entry(("muscle relaxer", "muscle relaxers"), ("muscle relaxants",)),
    # MedlinePlus, "Cholesterol Medicines": statins and others that lower cholesterol
    _Entry(
        ("cholesterol medicine", "cholesterol medicines", "cholesterol medication", "cholesterol pill",
         "cholesterol pills"),
        ("lipid lowering drugs", "statins"),
    ),
    # MedlinePlus, "Alcohol": beer, wine and distilled spirits (liquor)
    _Entry(("beer", "wine", "liquor", "booze"), ("alcohol",)),
)  # fmt: skip


@cache
def _by_words() -> dict[str, _Entry]:
    return {" ".join(words(said)): entry for entry in _ENTRIES for said in entry.said}


def meaning(phrase: str) -> tuple[str, ...]:
    """The classes that people mean by ``phrase`` (in the form of ``rag.text.words``), the leading one first."""
    entry = _by_words().get(phrase)
    return entry.means if entry else ()


def phrases() -> frozenset[str]:
    """Every lay phrase that is known here, in the form of ``rag.text.words``."""
    return frozenset(_by_words())
