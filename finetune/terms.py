"""Words that fill a gap of a question: effects, conditions and groups of patients, as labels and as patients say them.

Written for this project from general knowledge of label language (November 2026); no medical claim rests on them: a
term only picks the sentences that speak of it.
"""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Term:
    """Something that a label can speak of."""

    name: str
    lay: str
    says: re.Pattern[str]
    """Matches where a text, made searchable, speaks of it."""
    near: re.Pattern[str]
    """Matches where a text may speak of it, in whichever words."""


_EFFECTS = r"""
hepatotoxicity | liver damage | hepatotoxic|liver (injury|failure|damage|toxicity)|hepatic (failure|necrosis|injury|toxicity)|hepatitis | hepat|liver|jaundice|transaminase|aminotransferase|\balt\b
QT prolongation | a heart rhythm problem | \bqt|torsade | \bqt|torsade|arrhythm|ecg|electrocardio
hyponatremia | low sodium | hyponatr|low sodium | natr|sodium|siadh
hyperkalemia | high potassium | hyperkal | kal(a)?emi|potassium
hypokalemia | low potassium | hypokal | kal(a)?emi|potassium|electrolyte
hypomagnesemia | low magnesium | hypomagnes | magnes|electrolyte
hypocalcemia | low calcium | hypocalc | calc|electrolyte
hypercalcemia | high calcium | hypercalc | calc|electrolyte
hypoglycemia | low blood sugar | hypoglyc | glyc|glucose|sugar
hyperglycemia | high blood sugar | hyperglyc | glyc|glucose|sugar|diabet
hypotension | low blood pressure | hypotens | hypotens|blood pressure|syncope|dizz
hypertension | high blood pressure | (?<!pulmonary )(?<!portal )(?<!arterial )(?<!ocular )(?<!intracranial )hypertension|increased? (in )?blood pressure | hypertens|blood pressure
bradycardia | a slow heartbeat | bradycard | cardi|heart rate|heart block
heart failure | heart failure | heart failure|cardiac failure | heart|cardiac|ventric|cardio
myocardial infarction | a heart attack | myocardial infarction|heart attack | myocard|heart|cardiovasc|ischemi|coronary
stroke | a stroke | \bstroke|cerebrovascular (accident|event) | stroke|cerebro|cardiovasc|thrombo
seizures | seizures | seizure|convulsion | seizure|convuls|epilep
serotonin syndrome | serotonin syndrome | serotonin syndrome | serotonin
neuroleptic malignant syndrome | a dangerous high fever with stiff muscles | neuroleptic malignant | malignant|hyperpyrexia|\bnms\b
tardive dyskinesia | uncontrolled movements of the face | tardive dyskinesia | dyskines|involuntary
suicidal thoughts | thoughts of suicide | suicid | suicid|self-harm
depression | depressed mood | (?<!respiratory )(?<!marrow )(?<!cns )(?<!system )(?<!myocardial )(?<!cardiac )(?<!segment )\bdepression\b(?! of)|depressed mood | depress|mood
hallucinations | seeing things that are not there | hallucinat | hallucin|psycho
agranulocytosis | a drop in white blood cells | agranulocytosis|severe neutropenia | granulocyt|neutrop|leuk|white|wbc|blood count|myelosup
thrombocytopenia | low platelets | thrombocytop | platelet|thrombocyt|myelosup|blood count
anemia | anemia | \ban(a)?emia | anemi|h(a)?emoglobin|h(a)?ematocrit|myelosup|blood count|red cell
bleeding | bleeding | bleeding|h(a)?emorrhages?\b | bleed|h(a)?emorrh|anticoag
Stevens-Johnson syndrome | a severe skin reaction | stevens[- ]johnson|toxic epidermal | stevens|epidermal|rash|skin|dermat|\bsjs
rash | a rash | \brash | rash|skin|dermat|stevens
angioedema | swelling of the face | angio(neurotic )?(o)?edema | edema|allerg|hypersens|anaphyl|swelling
anaphylaxis | a severe allergic reaction | anaphyla | anaphyl|allerg|hypersens
pancreatitis | an inflamed pancreas | pancreatitis | pancrea|amylase|lipase
lactic acidosis | lactic acidosis | lactic acidosis | acidosis|lactate
rhabdomyolysis | muscle breakdown | rhabdomyoly | rhabdo|myopath|muscle|creatine
myopathy | muscle pain or weakness | \bmyopath|\bmyalgia | rhabdo|myo|muscle|creatine
peripheral neuropathy | numb hands or feet | peripheral neuropath | neuropath|numb|paresth
renal failure | kidney failure | \b(renal|kidney) (failure|injury|toxicity|damage)|nephrotoxic | renal|kidney|nephr|creatinine
osteonecrosis of the jaw | jaw bone damage | osteonecrosis | osteonec|jaw
fractures | broken bones | fracture | fractur|bone|osteop
osteoporosis | thin bones | osteoporo|bone (mineral density|loss) | osteo|bone
weight gain | weight gain | weight gain|increased? (in )?weight | weight|metabolic
diarrhea | diarrhea | diarrh | diarrh|colitis|gastrointest|bowel
Clostridioides difficile diarrhea | bad diarrhea after an antibiotic | difficile|cdad | difficile|cdad|diarrh|colitis
constipation | constipation | constipation | constip|bowel|gastrointest|ileus
nausea | feeling sick | \bnausea | nausea|vomit|emet|gastrointest
gastrointestinal ulceration | stomach ulcers | (peptic|gastric|gastrointestinal|duodenal|gi|stomach)\b[^.;]{0,60}ulcer | ulcer|gastrointest|stomach|perforat
tendon rupture | a torn tendon | tendon rupture|tendinitis | tendon|tendin
photosensitivity | sunburn easily | photosensitiv|phototox | photo|sun|uv
ototoxicity | hearing loss | ototox|hearing loss|deafness | oto|hearing|deaf|tinnitus
vision loss | loss of sight | (vision|visual) (loss|impairment|disturbance)|loss of (vision|sight)|blindness|optic neur | vision|visual|eye|ocular|optic|retin|blind
glaucoma attack | pressure in the eye | angle[- ]closure | glaucoma|angle|intraocular|eye
respiratory depression | slow breathing | respiratory depression | respirat|breath
interstitial lung disease | scarred lungs | interstitial (lung|pneumon)|pneumonitis|pulmonary fibrosis | lung|pulmon|pneumon|respirat
bronchospasm | tight airways | bronchospasm | broncho|asthma|airway|wheez
infections | infections | serious infection|opportunistic infection|infections, including|increased risk of infection | infect|sepsis|tubercul|immun
progressive multifocal leukoencephalopathy | a rare brain infection | multifocal leukoencephalopathy|\bpml\b | leukoenceph|\bpml
malignancy | cancer | malignanc|lymphoma|second primary | malignan|cancer|lymphom|tumor|carcino|neoplas
hyperthyroidism | an overactive thyroid | hyperthyroid|thyrotoxic | thyro
hypothyroidism | an underactive thyroid | hypothyroid | thyro
adrenal suppression | weak adrenal glands | adrenal (suppression|insufficiency)|hpa axis | adren|cortico|hpa
venous thromboembolism | blood clots | thromboembol|deep vein thrombosis|pulmonary embol | thromb|embol|clot
priapism | an erection that does not stop | priapism | priapism|erection
urinary retention | trouble passing urine | urinary retention | urin|bladder
drowsiness | sleepiness | somnolence|drows|(over|excessive |profound )sedation | somnol|drows|sedat|alert|sleep
insomnia | trouble sleeping | insomnia | insomn|sleep
dizziness | dizziness | \bdizziness | dizz|syncope|orthosta|vertigo
falls | falls | \bfalls\b(?! asleep| within| below| into| under| outside) | \bfalls?\b|fracture
dependence | addiction | \baddiction|physical dependence|drug dependence | addict|depend|abuse|misuse|withdraw
hypersensitivity reactions | an allergy | hypersensitivity reaction|allergic reaction | hypersens|allerg|anaphyl|angioed
tumor lysis syndrome | tumor lysis syndrome | tumou?r lysis | lysis|\btls
myelosuppression | weak bone marrow | myelosuppress|bone marrow (suppression|depression|failure) | myelo|marrow|cytopen|neutrop|blood count
infusion reactions | reactions to the infusion | infusion[- ](related )?reaction | infusion
extravasation | leakage at the vein | extravasation | extravas|injection site|vein
embryo-fetal toxicity | harm to the unborn child | (fetal|foetal) (harm|toxicity)|harm to (the|a) (developing )?fetus|birth defect | fet|pregn|embryo|teratogen
hypertriglyceridemia | high blood fats | triglycerid | triglyc|lipid|cholest
fluid retention | fluid build-up | fluid retention|(peripheral|generalized|ankle|pedal) edema | fluid|edema
dehydration | dehydration | dehydrat|volume depletion | dehydr|volume|fluid
orthostatic hypotension | dizziness on standing up | orthostatic|postural hypotension | orthosta|postural|hypotens|syncope
syncope | fainting | syncope | syncop|faint|hypotens
tachycardia | a racing heart | tachycardia | tachy|heart rate|arrhythm
hyperuricemia | high uric acid | hyperuric | uric|gout
gynecomastia | breast growth in men | gyn(a)?ecomastia | gyn|breast
hepatitis B reactivation | hepatitis B coming back | hepatitis b (virus )?(\(hbv\) )?reactivation|reactivation of hepatitis b | hepatitis|hbv
withdrawal symptoms | withdrawal | withdrawal (symptom|reaction|syndrome) | withdraw|abrupt|discontinu|taper
confusion | confusion | \bconfusion | confus|cognit|mental|deliri
headache | headache | \bheadache | headache
"""
_TREATED = r"""
hypertension | high blood pressure | (?<!pulmonary )(?<!portal )(?<!arterial )(?<!ocular )(?<!intracranial )hypertension(?! of pregnancy) | hypertens|blood pressure
pulmonary arterial hypertension | high pressure in the lungs | pulmonary (arterial )?hypertension | pulmonary
heart failure | heart failure | heart failure|cardiac failure | heart|cardiac|ventric
angina | chest pain from the heart | \bangina | angina|coronary
atrial fibrillation | an irregular heartbeat | atrial fibrillation | atrial|arrhythm|fibrill
ventricular arrhythmias | dangerous heart rhythms | ventricular (arrhythmia|tachycardia|fibrillation) | ventric|arrhythm
type 2 diabetes | type 2 diabetes | type 2 diabetes|type ii diabetes | diabet|glyc
type 1 diabetes | type 1 diabetes | type 1 diabetes|type i diabetes | diabet|glyc
epilepsy | epilepsy | epilep|partial[- ]onset seizure|tonic-clonic | epilep|seizure|convuls
bipolar disorder | bipolar disorder | bipolar | bipolar|mania|manic
schizophrenia | schizophrenia | schizophreni | schizo|psycho
major depressive disorder | depression | major depressive | depress
generalized anxiety disorder | constant anxiety | generali[sz]ed anxiety|\bgad\b | anxi
panic disorder | panic attacks | panic disorder | panic|anxi
obsessive-compulsive disorder | compulsive thoughts | obsessive[- ]compulsive|\bocd\b | obsess|\bocd
attention deficit hyperactivity disorder | attention problems | attention[- ]deficit|\badhd\b | attention|adhd
insomnia | trouble sleeping | insomnia | insomn|sleep
Parkinson's disease | Parkinson's disease | parkinson | parkinson
Alzheimer's disease | Alzheimer's disease | alzheimer | alzheim|dementia
migraine | migraine | migraine | migrain|headache
rheumatoid arthritis | rheumatoid arthritis | rheumatoid arthritis | arthrit
osteoarthritis | worn joints | osteoarthritis | arthrit
psoriasis | psoriasis | \bpsoria(sis|tic) | psoria
gout | gout | \bgout(y)?\b | gout|uric
osteoporosis | thin bones | osteoporosis | osteo|bone
ulcerative colitis | ulcerative colitis | ulcerative colitis | colitis|bowel
Crohn's disease | Crohn's disease | crohn | crohn|bowel
peptic ulcer | a stomach ulcer | (duodenal|gastric|peptic) ulcer | ulcer|gastr
gastroesophageal reflux disease | heartburn | gastroesophageal reflux|\bgerd\b|erosive esophagitis | reflux|gerd|esoph|heartburn
asthma | asthma | \basthma | asthma|broncho
chronic obstructive pulmonary disease | COPD | chronic obstructive pulmonary|\bcopd\b | copd|obstructive|broncho
HIV infection | HIV | \bhiv(-1)?\b | hiv|aids
hepatitis C | hepatitis C | hepatitis c | hepatitis|hcv
hepatitis B | hepatitis B | hepatitis b | hepatitis|hbv
tuberculosis | tuberculosis | tubercul | tubercul|mycobact
malaria | malaria | malaria | malaria|plasmod
urinary tract infection | a bladder infection | urinary tract infection | urin|cystitis|pyelo
pneumonia | pneumonia | \bpneumonia | pneumon|respirat
herpes zoster | shingles | herpes zoster|shingles | herpes|zoster
breast cancer | breast cancer | breast cancer | breast
prostate cancer | prostate cancer | prostate cancer|cancer of the prostate|carcinoma of the prostate | prostat
multiple myeloma | multiple myeloma | multiple myeloma | myeloma
non-small cell lung cancer | lung cancer | non[- ]small cell lung|\bnsclc\b | lung|nsclc
chronic myeloid leukemia | chronic myeloid leukemia | chronic (myeloid|myelogenous) leuk|\bcml\b | leuk|cml
acute lymphoblastic leukemia | acute leukemia | acute lymph(oblastic|ocytic) leuk | leuk
multiple sclerosis | multiple sclerosis | multiple sclerosis | sclerosis
organ transplant rejection | transplant rejection | (organ|renal|kidney|transplant) rejection|prophylaxis of (organ )?rejection | transplant|reject
benign prostatic hyperplasia | an enlarged prostate | prostatic hyper|\bbph\b | prostat|bph
erectile dysfunction | erection problems | erectile dysfunction | erect
overactive bladder | an overactive bladder | overactive bladder | bladder|urin
glaucoma | glaucoma | glaucoma | glaucoma|intraocular
urinary retention | trouble passing urine | urinary retention|bladder[- ]neck obstruction | urin|bladder
myasthenia gravis | myasthenia gravis | myasthenia | myasthen
hyperthyroidism | an overactive thyroid | hyperthyroid|thyrotoxic | thyro
hypothyroidism | an underactive thyroid | hypothyroid|myxedema | thyro
anemia | anemia | \ban(a)?emia | anemi
hyperlipidemia | high cholesterol | hyperlipid|hypercholesterol|dyslipid | lipid|cholest
acne | acne | \bacne | acne
edema | swelling from fluid | \bedema\b | edema|fluid
endometriosis | endometriosis | endometriosis | endometri
nausea and vomiting | nausea | nausea and (/or )?vomiting|nausea or vomiting | nausea|vomit|emes
pain | pain | management of (\w+ ){0,4}pain|severe pain|relief of (\w+ ){0,4}pain | \bpain|analges
smoking cessation | giving up smoking | aids? (to|in|for) smoking cessation|smoking cessation (treatment|therapy)|stop smoking | smok
opioid dependence | opioid addiction | opioid (dependence|use disorder|addiction) | opioid
deep vein thrombosis | blood clots in the leg | deep vein thrombosis|\bdvt\b | thromb|dvt|embol
"""
_CONTRAINDICATED = r"""
hypertension | high blood pressure | (?<!pulmonary )(?<!portal )(?<!arterial )(?<!ocular )(?<!intracranial )hypertension(?! of pregnancy) | hypertens|blood pressure
heart failure | heart failure | heart failure|cardiac failure | heart|cardiac|ventric
angina | chest pain from the heart | \bangina | angina|coronary
atrial fibrillation | an irregular heartbeat | atrial fibrillation | atrial|arrhythm|fibrill
ventricular arrhythmias | dangerous heart rhythms | ventricular (arrhythmia|tachycardia|fibrillation) | ventric|arrhythm
heart block | heart block | (heart|av|a-v|atrioventricular) block|sick sinus | block|sinus|conduct|brady
cardiogenic shock | heart shock | cardiogenic shock | shock|heart|cardi
type 1 diabetes | type 1 diabetes | type 1 diabetes|type i diabetes | diabet|glyc
diabetic ketoacidosis | diabetic ketoacidosis | ketoacidosis | acidosis|diabet
epilepsy | epilepsy | epilep|partial[- ]onset seizure|tonic-clonic | epilep|seizure|convuls
ulcerative colitis | ulcerative colitis | ulcerative colitis | colitis|bowel
peptic ulcer | a stomach ulcer | (duodenal|gastric|peptic) ulcer | ulcer|gastr
asthma | asthma | \basthma | asthma|broncho
tuberculosis | tuberculosis | tubercul | tubercul|mycobact
herpes zoster | shingles | herpes zoster|shingles | herpes|zoster
glaucoma | glaucoma | glaucoma | glaucoma|intraocular
urinary retention | trouble passing urine | urinary retention|bladder[- ]neck obstruction | urin|bladder
myasthenia gravis | myasthenia gravis | myasthenia | myasthen
pheochromocytoma | an adrenal tumor | ph(a)?eochromocytoma | chromocyt
porphyria | porphyria | porphyri | porphyr
active bleeding | bleeding | active (pathological )?bleeding|bleeding disorder|hemorrhage | bleed|hemorrh
known hypersensitivity | an allergy to its ingredients | hypersensitiv|allerg(y|ic) to | hypersens|allerg|anaphyl
angioedema | face swelling in the past | angio(neurotic )?edema | edema|hypersens
anuria | no urine output | \banuri | anuri|renal|kidney
intestinal obstruction | a blocked bowel | (bowel|intestinal|gastrointestinal|pyloric) obstruction|paralytic ileus | obstruct|ileus
hyperkalemia | high potassium | hyperkal | kal(a)?emia|potassium
hypotension | low blood pressure | hypotens | hypotens|blood pressure
severe renal impairment | bad kidneys | (severe|significant) \brenal (impairment|insufficiency|disease|dysfunction)|\brenal failure|creatinine clearance (less|below|<)|anuri | renal|kidney|creatinine|egfr|anuri
liver disease | liver disease | (hepatic|liver) (disease|impairment|insufficiency|dysfunction|failure)|cirrhosis | hepat|liver|cirrh
pregnancy | a pregnancy | pregnan | pregnan|fet|women who|childbearing|teratogen
alcoholism | an alcohol problem | alcohol(ism| abuse| dependence) | alcohol
hyperthyroidism | an overactive thyroid | hyperthyroid|thyrotoxic | thyro
hypothyroidism | an underactive thyroid | hypothyroid|myxedema | thyro
anemia | anemia | \ban(a)?emia | anemi
"""
_GROUPS = r"""
renal impairment | people with weak kidneys | \b(renal|kidney) (impairment|insufficiency|failure|disease|dysfunction)|impaired renal|creatinine clearance|\bcrcl\b|\begfr\b|dialysis | renal|kidney|creatinine|crcl|egfr|dialysis|nephr
hepatic impairment | people with a weak liver | (hepatic|liver) (impairment|insufficiency|failure|disease|dysfunction)|impaired (hepatic|liver)|child[- ]pugh|cirrho | hepat|liver|child[- ]pugh|cirrh
elderly patients | older people | \belderly|geriatric|older (adult|patient)|65 years | elder|geriatr|older|\bage|65
pediatric patients | children | pediatric|\bchild(ren)?\b(?![- ]pugh|[- ]resist|[- ]bearing)|adolescen | pediatr|child|adolesc|infant|neonat|years|newborn
pregnancy | pregnant women | pregnan | pregnan|fet(al|us)|trimester|childbearing|teratogen|embryo|women
breastfeeding | breastfeeding mothers | breast-?feed|nursing (mother|infant|wom)|human milk|breast milk|lactat | milk|nurs|breast|lactat
women of childbearing potential | women who could get pregnant | (childbearing|reproductive) potential|contracepti | contracept|childbearing|reproductive|pregnan|birth control
"""


def _read(table: str) -> tuple[Term, ...]:
    found = []
    for line in table.strip().splitlines():
        name, lay, rest = (part.strip() for part in line.split(" | ", 2))
        says, near = (part.strip() for part in rest.rsplit(" | ", 1))
        found.append(Term(name, lay, re.compile(says), re.compile(f"{says}|{near}")))
    return tuple(found)


@cache
def effects() -> tuple[Term, ...]:
    """What a medicine can do that nobody wants."""
    return _read(_EFFECTS)


@cache
def treated() -> tuple[Term, ...]:
    """What a medicine is given for."""
    return _read(_TREATED)


@cache
def contraindicated() -> tuple[Term, ...]:
    """What a patient can have that speaks against a medicine."""
    return _read(_CONTRAINDICATED)


@cache
def groups() -> tuple[Term, ...]:
    """Patients for whom a dose or a warning can differ."""
    return _read(_GROUPS)


OTHERS = tuple(
    """rifampin cimetidine carbamazepine lithium ritonavir methotrexate probenecid alcohol phenobarbital primidone
    grapefruit disulfiram theophylline isoniazid sucralfate cholestyramine colestipol tacrolimus sirolimus saquinavir
    indinavir nelfinavir efavirenz nevirapine terfenadine astemizole cisapride pimozide insulin levodopa guanethidine
    reserpine methyldopa procainamide mexiletine nefazodone fluvoxamine bosentan telithromycin voriconazole rifabutin
    rifapentine phenylbutazone chloramphenicol halothane succinylcholine tubocurarine ergotamine dihydroergotamine
    warfarin digoxin aspirin ibuprofen phenytoin ketoconazole itraconazole fluconazole clarithromycin erythromycin
    cyclosporine amiodarone quinidine verapamil diltiazem simvastatin atorvastatin metformin furosemide spironolactone
    clopidogrel omeprazole sertraline fluoxetine paroxetine colchicine
    diazepam alprazolam triazolam midazolam codeine tramadol meperidine linezolid dextromethorphan antacids""".split()
)
"""Medicines and drinks that labels name beside their own, looked for besides the names of the index."""

ABSENT = tuple(
    """abrocitinib acalabrutinib aclidinium agomelatine albendazole alectinib alpelisib amisulpride anidulafungin
    apalutamide asenapine atogepant avapritinib azilsartan baricitinib bedaquiline bempedoic betrixaban bilastine
    binimetinib brexpiprazole brigatinib brivaracetam cabotegravir canagliflozin cangrelor cariprazine cefiderocol
    cenobamate ceritinib clobazam cobimetinib crizotinib dabrafenib daclatasvir danazol dapagliflozin darolutamide
    dasabuvir deflazacort delamanid desvenlafaxine deutetrabenazine dolutegravir doravirine droxidopa edoxaban
    elagolix eltrombopag empagliflozin encorafenib entrectinib enzalutamide eravacycline erdafitinib ertugliflozin
    eslicarbazepine esketamine etelcalcetide etoricoxib evolocumab fedratinib fenoterol fexinidazole fidaxomicin
    finerenone flibanserin fostamatinib gepirone gilteritinib glasdegib glecaprevir icosapent idelalisib inclisiran
    istradefylline ivabradine ivosidenib ixazomib lasmiditan lefamulin lemborexant lenvatinib letermovir levomilnacipran
    lofexidine lorlatinib lumateperone lurasidone macitentan maralixibat mavacamten methylnaltrexone midostaurin
    mirabegron naldemedine neratinib niraparib obeticholic odevixibat olaparib omadacycline opicapone osilodrostat
    osimertinib ozanimod palbociclib pemigatinib perampanel pimavanserin pitolisant ponesimod pretomanid prucalopride
    ravulizumab relugolix remimazolam ribociclib rimegepant riociguat ripretinib roflumilast rolapitant rucaparib
    safinamide secnidazole selinexor selpercatinib semaglutide siponimod solriamfetol sonidegib sotorasib suvorexant
    tafamidis talazoparib tapinarof tasimelteon tezacaftor tirzepatide tivozanib trametinib tucatinib ubrogepant
    upadacitinib valbenazine velpatasvir venetoclax vericiguat vibegron viloxazine vonoprazan vorapaxar zanubrutinib
    zuranolone""".split()
)
"""Medicines of which some corpora have no label; a name that the index knows, or a text of it holds, is passed over."""
