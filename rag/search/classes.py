"""Pharmacologic classes as sources name them, and as labels and people write them.

Class names are the established classes (EPC) and mechanisms (MoA) of FDA's pharmacologic-class indexing, as openFDA's
``pharm_class_*`` fields give them. The second column is how drug labels of the corpus write the same class (read in
them, November 2026); a drug belongs to a class only where a named source says so, never by this table.
"""

import re
from functools import cache

from rag.text import words as tokens

_WRITTEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"hmg-coa reductase inhibitor", ("hmg-coa reductase inhibitors", "statins", "statin")),
    (r"angiotensin converting enzyme inhibitor", ("ace inhibitors", "ace inhibitor", "angiotensin converting enzyme inhibitors", "angiotensin-converting enzyme inhibitors", "acei")),
    (r"angiotensin 2 receptor blocker", ("angiotensin ii receptor blockers", "angiotensin receptor blockers", "angiotensin ii receptor antagonists", "angiotensin ii antagonists", "arbs")),
    (r"nonsteroidal anti-?inflammatory (drug|compound)", ("nsaids", "nsaid", "nonsteroidal anti-inflammatory drugs", "non-steroidal anti-inflammatory drugs", "nonsteroidal antiinflammatory drugs", "nonsteroidal anti-inflammatory agents", "non-steroidal anti-inflammatory agents", "cox-2 inhibitors")),
    (r"beta[- 0-9,]*adrenergic blocker", ("beta blockers", "beta-blockers", "beta blocker", "beta-blocker", "beta-adrenergic blocking agents", "beta-adrenergic blockers", "beta adrenergic blockers", "beta-adrenergic blocking drugs")),
    (r"(dihydropyridine )?calcium channel blocker", ("calcium channel blockers", "calcium channel blocker", "calcium antagonists", "calcium channel blocking agents", "calcium blockers")),
    (r"loop diuretic", ("loop diuretics", "diuretics", "diuretic")),
    (r"thiazide(-like)? diuretic", ("thiazide diuretics", "thiazides", "diuretics", "diuretic", "thiazide")),
    (r"potassium-sparing diuretic", ("potassium-sparing diuretics", "potassium sparing diuretics", "diuretics", "diuretic")),
    (r"aldosterone antagonist", ("potassium-sparing diuretics", "aldosterone antagonists", "diuretics")),
    (r"serotonin reuptake inhibitor", ("ssris", "ssri", "selective serotonin reuptake inhibitors", "serotonin reuptake inhibitors", "serotonergic drugs")),
    (r"serotonin and norepinephrine reuptake inhibitor", ("snris", "snri", "serotonin norepinephrine reuptake inhibitors", "serotonergic drugs")),
    (r"tricyclic antidepressant", ("tricyclic antidepressants", "tricyclics", "tcas", "tricyclic antidepressant")),
    (r"monoamine oxidase inhibitor", ("mao inhibitors", "maois", "maoi", "monoamine oxidase inhibitors")),
    (r"benzodiazepine", ("benzodiazepines", "benzodiazepine", "cns depressants")),
    (r"barbiturate", ("barbiturates", "barbiturate", "cns depressants")),
    (r"opioid agonist", ("opioids", "opioid analgesics", "narcotics", "narcotic analgesics", "cns depressants")),
    (r"atypical antipsychotic|typical antipsychotic|phenothiazine", ("antipsychotics", "neuroleptics", "antipsychotic drugs", "phenothiazines")),
    (r"corticosteroid", ("corticosteroids", "corticosteroid", "glucocorticoids", "steroids")),
    (r"vitamin k antagonist", ("oral anticoagulants", "anticoagulants", "anticoagulant", "coumarin anticoagulants", "vitamin k antagonists", "coumarin-type anticoagulants")),
    (r"factor xa inhibitor|direct thrombin inhibitor|anti-?coagulant|low molecular weight heparin|unfractionated heparin", ("anticoagulants", "anticoagulant", "oral anticoagulants")),
    (r"platelet aggregation inhibitor|p2y12 (platelet|receptor) inhibitor", ("antiplatelet agents", "platelet aggregation inhibitors", "antiplatelet drugs", "platelet inhibitors")),
    (r"antiarrhythmic", ("antiarrhythmics", "antiarrhythmic drugs", "antiarrhythmic agents")),
    (r"cardiac glycoside", ("digitalis glycosides", "cardiac glycosides", "digitalis")),
    (r"azole antifungal", ("azole antifungals", "azole antifungal agents", "imidazole antifungals", "azoles")),
    (r"macrolide( antimicrobial)?", ("macrolide antibiotics", "macrolides", "macrolide")),
    (r"(fluoro)?quinolone antimicrobial", ("quinolones", "fluoroquinolones", "quinolone antibiotics")),
    (r"aminoglycoside antibacterial", ("aminoglycosides", "aminoglycoside antibiotics")),
    (r"tetracycline-class (drug|antimicrobial)", ("tetracyclines", "tetracycline antibiotics")),
    (r"penicillin-class antibacterial", ("penicillins",)),
    (r"cephalosporin antibacterial", ("cephalosporins",)),
    (r"sulfonamide antimicrobial", ("sulfonamides",)),
    (r"rifamycin antimycobacterial", ("rifamycins",)),
    (r"(hiv )?protease inhibitor", ("protease inhibitors", "hiv protease inhibitors")),
    (r"non-nucleoside analog reverse transcriptase inhibitor", ("nnrtis", "non-nucleoside reverse transcriptase inhibitors")),
    (r"sulfonylurea", ("sulfonylureas", "oral hypoglycemics", "oral hypoglycemic agents", "antidiabetic drugs", "hypoglycemic agents", "oral antidiabetic agents")),
    (r"biguanide|dipeptidyl peptidase 4 inhibitor|glp-1 receptor agonist|sodium-glucose cotransporter 2 inhibitor", ("antidiabetic agents", "antidiabetic drugs", "oral hypoglycemic agents")),
    (r"insulin( analog)?", ("insulin", "insulins", "antidiabetic drugs")),
    (r"nitrate vasodilator", ("nitrates", "organic nitrates", "nitrate")),
    (r"phosphodiesterase 5 inhibitor", ("pde5 inhibitors", "pde-5 inhibitors", "phosphodiesterase 5 inhibitors", "phosphodiesterase type 5 inhibitors")),
    (r"alpha-adrenergic blocker", ("alpha blockers", "alpha-blockers", "alpha-adrenergic blockers", "alpha-adrenergic blocking agents")),
    (r"(central )?alpha-2 adrenergic agonist", ("alpha-2 agonists", "central alpha-2 agonists")),
    (r"bile acid sequestrant", ("bile acid sequestrants", "bile acid-binding resins", "bile acid binding resins")),
    (r"peroxisome proliferator receptor alpha agonist|fibrate", ("fibrates", "fibric acid derivatives")),
    (r"proton pump inhibitor", ("proton pump inhibitors", "ppis")),
    (r"histamine-2 receptor antagonist", ("h2 antagonists", "h2 blockers", "h2-receptor antagonists", "h2 receptor antagonists")),
    (r"anticholinergic", ("anticholinergics", "anticholinergic drugs", "anticholinergic agents")),
    (r"estrogen|progestin|contraceptive", ("oral contraceptives", "hormonal contraceptives", "estrogens")),
    (r"xanthine oxidase inhibitor", ("xanthine oxidase inhibitors",)),
    (r"methylxanthine", ("xanthines", "methylxanthines")),
    (r"catecholamine|sympathomimetic|adrenergic agonist", ("sympathomimetics", "sympathomimetic amines", "catecholamines", "vasopressors")),
    (r"direct renin inhibitor|renin inhibitor", ("renin inhibitors",)),
    (r"calcineurin inhibitor immunosuppressant", ("calcineurin inhibitors", "immunosuppressants")),
    (r"general anesthetic|inhalation anesthetic", ("anesthetics", "general anesthetics", "volatile anesthetics", "inhalation anesthetics")),
    (r"(non-?depolarizing )?neuromuscular blocker", ("neuromuscular blocking agents", "neuromuscular blockers", "muscle relaxants", "skeletal muscle relaxants")),
    (r"vasodilat(or|ation)", ("vasodilators",)),
    (r"endothelin receptor antagonist", ("endothelin receptor antagonists",)),
)  # fmt: skip


def written(name: str) -> tuple[str, ...]:
    """How labels write the class ``name``: its own words, their plural, and its common short forms."""
    own = name.lower().strip()
    forms = [own, own if own.endswith("s") else f"{own}s"]
    for pattern, words in _WRITTEN:
        if re.fullmatch(pattern, own):
            forms.extend(words)
    return tuple(dict.fromkeys(forms))


@cache
def all_forms() -> tuple[str, ...]:
    """Every way of writing a class that is known here, in the form of ``rag.text.words``."""
    return tuple(dict.fromkeys(" ".join(tokens(form)) for _, forms in _WRITTEN for form in forms))


def members_of(phrase: str) -> tuple[str, ...]:
    """Patterns of the class names that people mean by ``phrase`` ("statins"); empty where it is no class."""
    plain = phrase.lower().strip()
    return tuple(pattern for pattern, words in _WRITTEN if plain in words)
