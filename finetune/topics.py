"""What can be asked of a label, and how a sentence that answers is known: by its section and its words.

Patterns are matched against text made searchable (``rag.text``). They were written looking at labels of the corpus and
at rows read by a person; where they do not fit, the gates and the count of errors in the card say how often.
"""

from dataclasses import dataclass

from finetune.terms import Term, contraindicated, effects, groups, treated

BOX, CONTRA, _INDICATION, DOSE, INTERACTION, _ADVERSE = (
    "34066-1", "34070-3", "34067-9", "34068-7", "34073-7", "34084-4",
)  # fmt: skip
WARNING = ("43685-7", "34071-1", "42232-9")
_USE = ("42228-7", "34077-8", "77290-5", "34080-2", "34081-0", "34082-8", "88828-9", "88829-7", "34079-4")
_PHARMACOLOGY = ("34090-1", "43679-0", "43681-6", "43682-4")
_STORAGE = ("44425-7", "34069-5")
_PATIENT = ("34076-0", "42231-1", "42230-3")

_AMOUNT = r"\d[\d.,]* ?(?:mg|mcg|micrograms?|g|grams?|ml|units?|iu|meq|mmol|tablets?|capsules?|drops?|puffs?|mg/kg)\b"
_CAUSES = (
    r"(?:caus|result(?:s|ed|ing)? in|lead(?:s|ing)? to|\bled to|induc|produc|increase[sd]? (?:the )?(?:risk|incidence)|risks? of|reports? of|cases? of"
    r"|incidence of|occurrence of|development of|associated with|experienc|develop|precipitat|exacerbat|worsen|reactions?,? (?:including|such as))"
    r"[^.;]{0,110}(?:TERM)|(?:TERM)[^.;]{0,110}(?:(?:has|have) (?:also |rarely )?been (?:[a-z]+ )?(?:reported|observed|associated|seen|described)"
    r"|(?:may|can|could) (?:also )?(?:occur|develop|result|happen)|\boccur(?:s|red)?\b|(?:was|were|is|are) (?:[a-z]+ )?(?:reported|observed|seen|noted))"
)
_ADVISES = r"contraindicat|should not|must not|(?:do|should|must|can) ?not|not be (?:used|given|administered)|avoid"
_ACTS = (
    r"\b(?:discontinue|stop|withdraw|withhold|interrupt|institute|initiate|provide|permanently|suspend|consult|contact)\b"
    r"|should be (?:[a-z]+ )?(?:discontinued|stopped|withdrawn|withheld|interrupted|reduced|instituted|initiated|treated)"
    r"|reduc(?:e|ing) the dos"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be asked of a label, and how its answer is known."""

    name: str
    codes: tuple[str, ...]
    """Sections in which an answer is looked for; none: all."""
    says: str
    """A sentence that answers matches this; TERM in it stands for the term, DRUG for the names of the drug."""
    near: str = ""
    """What matches this may answer; a term has its own."""
    terms: tuple[Term, ...] = ()
    unless: str = r"(?!)"
    """A sentence that matches this answers another question."""
    own: bool = False
    """True where the answer must name the drug or, of an effect, speak of those treated with it."""
    wide: bool = False
    """True where every sentence of the sections may answer."""


def topics() -> tuple[Topic, ...]:
    """Every topic but the interactions."""
    of_effects, of_groups = effects(), groups()
    doses = tuple(term for term in of_groups if term.name not in _NO_DOSE)
    return (
        Topic("contraindications", (CONTRA,), _ADVISES, r"contraindicat", wide=True),
        Topic("contraindication", (CONTRA,), rf"{_ADVISES}|^\W*(?:patients|known|hypersensitivity|history|severe)",
              terms=contraindicated(), unless=r"not contraindicated|monitor|caution"),
        Topic("indications", (_INDICATION,), r"\bindicated (?:for|in|as|to)\b", r"\bindicated\b", wide=True,
              unless=r"not indicated|only if|should be|when indicated"),
        Topic("indication", (_INDICATION,), r"indicated|treat|manag|prevent|prophyla|relie|effective|used",
              terms=treated(), unless=r"clinical (?:studies|trials)|\bstud(?:y|ies)\b|comprehensive|should be part|as appropriate"),
        Topic("starting dose", (DOSE,),
              rf"(?:(?:initial|starting) (?:[a-z]+ ){{0,3}}dos(?:e|age)|\bstart(?:ed)? (?:[a-z]+ ){{0,4}}(?:at|with)"
              rf"|initiat[a-z]+ (?:[a-z]+ ){{0,5}}(?:at|with)).*{_AMOUNT}|{_AMOUNT}.*(?:initial|starting) dos",
              rf"start|initi|begin|began|usual|recommended|titrat|{_AMOUNT}", unless=_SPECIAL),
        Topic("maximum dose", (DOSE,), rf"(?:maxim(?:um|al) (?:[a-z]+ ){{0,4}}dos|exceed|up to a maximum).*{_AMOUNT}",
              rf"maxim|exceed|up to|higher|greater|above|{_AMOUNT}", unless=_SPECIAL),
        Topic("dose", (DOSE,), _AMOUNT, _AMOUNT, treated(), unless=rf"{_SPECIAL}|contraindicat|{_NOT_TREATED}"),
        Topic("dose in patients", (DOSE, "88828-9", "88829-7"),
              rf"dos(?:e|age|ing).*(?:{_AMOUNT}|adjust|reduc|recommend|not (?:necessary|needed|required)|interval|lower)"
              rf"|(?:{_AMOUNT}|adjust|reduc|recommend|lower).*dos(?:e|age|ing)", terms=doses),
        Topic("use in patients", (*WARNING, BOX, CONTRA, *_USE),
              r"risk|avoid|caution|recommend|contraindicat|establish|harm|should|not be used|adequate|may cause",
              terms=of_groups),
        Topic("effect", (*WARNING, BOX, _ADVERSE), _CAUSES, terms=of_effects, own=True,
              unless=r"\bno (?:reports?|cases?|evidence)|not (?:been )?(?:associated|reported|observed|caused?)|\bif |\bwhen "
              r"|concomitant|concurrent|co-?administ|combin|other drugs|interact|with opioids|circumstances|predispos|risk factors|not approved"),
        Topic("effect action", (*WARNING, BOX, _ADVERSE, DOSE), rf"(?=.*(?:{_ACTS}))(?:\bif|\bwhen|\bupon|in case of|in the event of|who (?:develop|"
              r"experience|have)|first (?:sign|appearance|occurrence)s? of|occurrence of|because of|due to|suspected)\b[^.;]{0,70}(?:TERM)",
              terms=of_effects, unless=r"history of|concomitant|co-?administ"),
        Topic("effect rate", (*WARNING, BOX, _ADVERSE), r"\d[\d.]* ?(?:%|percent|out of \d|of \d+ patients)|\d+/\d+",
              terms=of_effects, unless=r"\b(?:mg|auc|cmax|clearance)\b"),
        Topic("monitoring", (*WARNING, BOX, DOSE), r"\b(?:monitor|screen|check|watch|observ|assess|evaluat|test)(?:s|ed|ing|ation|ment)?\b"
              r"[^.;]{0,80}(?:TERM)|(?:TERM)[^.;]{0,50}(?:be|is|are) (?:[a-z]+ )?monitored",
              terms=of_effects, unless=r"concomitant|co-?administ|\bwas\b|\bwere\b|observed"),
        Topic("boxed warning", (BOX,), rf"{_CAUSES}|{_ADVISES}|{_ACTS}|monitor|should", terms=(*of_effects, *of_groups)),
        Topic("common reactions", (), r"most (?:common|frequent)(?:ly)?(?: [a-z]+){0,3} (?:adverse|side|reactions|events)",
              r"common|frequent|adverse|side effect|incidence"),
        Topic("overdose", (), r"overdos.*(?:treat|manag|manifest|symptom|dialysis|antidote|lavage|charcoal|support|caus"
              r"|result|fatal|death)|(?:treat|manag|manifest|symptom|dialysis|antidote|lavage|fatal|death).*overdos",
              r"overdos|poison|intoxicat|antidote|lavage|charcoal", unless=r"\bin case of overdose\b.*call"),
        Topic("half-life", (), r"half-li(?:fe|ves).*\d[\d.]* ?(?:to \d+ ?)?(?:hours?|hrs?|days?|minutes?|weeks?|h)\b",
              r"half-li|eliminat", unless=rf"{_SPECIAL}|half-lives (?:before|after|of)|at least|wait|prolong|increas", own=True),
        Topic("metabolism", (), r"(?:DRUG)[^.;]{0,60}\b(?:is|are|undergoes) (?:[a-z]+ ){0,3}metaboli[sz](?:ed|m)",
              r"metaboli|\bcyp|enzyme|hydroly|glucuron", own=True, unless=r"concomitant|combination|(?:is|are) not"),
        Topic("elimination", (),
              r"(?:excret|eliminat|recover)[a-z]+ (?:[a-z]+ ){0,6}(?:in|via|through|by|into) (?:the )?(?:urine|feces|bile|kidney)",
              r"excret|eliminat|\burin|\bfec|clearance|kidney|\brenal", own=True, unless=r"milk|impair|insuffic"),
        Topic("mechanism", _PHARMACOLOGY, r"mechanism of action (?:of|is)|(?:DRUG)[^.;]{0,60}(?:\bacts? (?:by|as)|\bworks? by|\b(?:inhibit|block|bind)s\b)",
              r"mechanism|inhibit|block|bind|receptor|\bact", own=True, unless=r"resistan|cyp|concomitant"),
        Topic("food", (DOSE, *_PHARMACOLOGY, *_PATIENT),
              r"with or without (?:food|meals)|\bwith (?:food|meals|a meal)|(?:without regard|regardless|independent)(?:ly)?"
              r" (?:to|of) (?:the )?(?:food|meal)|empty stomach|(?:before|after) (?:meals|breakfast|eating|a meal)",
              r"food|meal|\beat|\bfed\b|\bfast|stomach|breakfast"),
        Topic("whole", (DOSE, *_PATIENT), r"swallow[a-z]* (?:[a-z]+ ){0,5}(?:whole|intact)|(?:not|never) (?:be )?(?:[a-z]+,? ){0,4}"
              r"(?:crush|chew|split|broken|cut|divided)|(?:may|can) be (?:crushed|split|broken|chewed|halved)",
              r"swallow|crush|chew|split|brok|whole|divided|halve|sprinkl|dissol|open"),
        Topic("missed dose", (), r"miss(?:es|ed)? (?:a|the|their|your|one|of)? ?(?:[a-z]+ )?dose|doses? (?:is|are) missed",
              r"\bmiss|forg[eo]t|skip"),
        Topic("stopping", (*WARNING, BOX, DOSE, *_PATIENT), r"\b(?:abrupt|sudden|gradual)(?:ly)? (?:[a-z]+ ){0,4}(?:discontinu|stop|cessation|withdraw|interrupt|"
              r"taper)|gradual(?:ly)? (?:[a-z]+ ){0,3}reduc[a-z]* (?:[a-z]+ ){0,3}dos|gradual dos(?:e|age) reduc|(?:discontinu|\bstop|cessation|withdr(?:aw|ew)|interrupt)[a-z]* (?:[a-z,]+ ){0,8}(?:abruptly|suddenly|gradually)|\btaper",
              r"abrupt|sudden|taper|gradual|withdraw|discontinu|\bstop|cessation",
              unless=r"concomitant|coadminist|switch|plasma|previous|loss of|onset|another|\bother\b"),
        Topic("driving", (), r"\bdriv(?:e|ing)\b|operat[a-z]+ (?:[a-z]+ ){0,4}(?:machine|vehicle|automobile)",
              r"\bdriv|machin|vehicle|hazard|alert|drows|sedat|motor"),
        Topic("storage", (*_STORAGE, DOSE, *_PATIENT), r"\b(?:stored?|keep|kept|refrigerat).*(?:°|temperature|refrigerat|freez|"
              r"moisture|light)", r"\bstor|refriger|temperat|freez|\bkeep|protect|moisture|°|stable|stabil"),
        Topic("laboratory", (), r"false[- ](?:positive|negative)|interfer[a-z]* with (?:[a-z]+ ){0,7}(?:tests?|assays?|determin)",
              r"\btest|assay|laborator|false|screen|determin|interfer"),
    )  # fmt: skip


_NO_DOSE = frozenset({"pregnancy", "breastfeeding", "women of childbearing potential"})
_SPECIAL = (
    r"renal|hepatic|kidney|liver|creatinine|elderly|geriatric|pediatric|child|infant|adolescen|concomitant|coadminist"
    r"|co-administ|inhibitor|inducer|dialysis|\bweigh|\bif\b|cannot|per minute|/min|/hour|per hour|\brate\b"
)
"""Words of a dose that is one for some patients only."""
_NOT_TREATED = r"history of|patients with (?:known|severe)|with concomitant"
