"""How people ask a label: wordings of questions, for a clinician and for a layman, by what they ask about."""

from rag.records import Intent

INTERACTION = (
    "Does {drug} interact with {other}?",
    "Does {drug} interact with {other}?",
    "Does {other} interact with {drug}?",
    "What are the interactions between {drug} and {other}?",
    "Can I take {drug} with {other}?",
    "Can {drug} and {other} be given together?",
    "Is it safe to combine {drug} and {other}?",
    "What happens when {other} is added to {drug}?",
    "My patient takes {drug}. Can {other} be added?",
    "A patient on {drug} is started on {other}: what has to be considered?",
    "Should {other} be avoided during treatment with {drug}?",
    "Effect of {other} on {drug}",
    "{drug} {other} interaction",
    "{drug} with {other}",
    "Coadministration of {drug} and {other}",
    "What does the label of {drug} say about {other}?",
    "Is there a problem with taking {other} while on {drug}?",
    "{drug} together with {other}: risk and management",
)
"""The form most asked stands twice."""

SECTION: dict[Intent, tuple[str, ...]] = {
    Intent.DOSE: (
        "What is the dose of {drug}?", "How is {drug} dosed?", "How much {drug} should I take?",
        "{drug} dosage and administration", "Recommended starting dose of {drug}",
    ),
    Intent.CONTRAINDICATION: (
        "What are the contraindications of {drug}?", "Who must not take {drug}?", "When is {drug} contraindicated?",
        "{drug} contraindications",
    ),
    Intent.BOXED_WARNING: (
        "Does {drug} have a boxed warning?", "What is the boxed warning of {drug}?", "{drug} black box warning",
    ),
    Intent.WARNING: (
        "What are the warnings for {drug}?", "What should be monitored during treatment with {drug}?",
        "Is {drug} dangerous?", "{drug} warnings and precautions",
    ),
    Intent.PREGNANCY: (
        "Can {drug} be used in pregnancy?", "Is {drug} safe for pregnant women?", "{drug} pregnancy",
        "I am pregnant, can I take {drug}?",
    ),
    Intent.LACTATION: ("Can {drug} be taken while breastfeeding?", "Does {drug} pass into breast milk?"),
    Intent.RENAL: (
        "How is {drug} dosed in renal impairment?", "Can {drug} be given in kidney failure?", "{drug} dialysis",
        "{drug} creatinine clearance",
    ),
    Intent.HEPATIC: (
        "How is {drug} dosed in hepatic impairment?", "Can {drug} be given in liver disease?", "{drug} cirrhosis",
    ),
    Intent.PEDIATRIC: ("Can {drug} be given to children?", "{drug} pediatric use", "Dose of {drug} for a child"),
    Intent.GERIATRIC: ("Is {drug} suitable for elderly patients?", "{drug} geriatric use"),
    Intent.INDICATION: (
        "What is {drug} used for?", "What is {drug} approved for?", "Indications of {drug}",
        "Why is {drug} prescribed?",
    ),
    Intent.ADVERSE: ("What are the side effects of {drug}?", "Adverse reactions of {drug}", "{drug} side effects"),
    Intent.OVERDOSE: ("What happens in an overdose of {drug}?", "How is {drug} overdose treated?"),
    Intent.PHARMACOLOGY: (
        "How is {drug} metabolized?", "What is the half-life of {drug}?", "Mechanism of action of {drug}",
    ),
    Intent.STORAGE: ("How should {drug} be stored?", "{drug} storage temperature"),
}  # fmt: skip
