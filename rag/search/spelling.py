"""Drug names with a typing error: what they were meant to be, where only one name of the corpus can be meant.

A wrong guess is worse than none, because names of medicines look alike. So a word is read as another only where it
stands nowhere in the corpus, is no medicine that is known here, and one name alone is nearest to it; everything else
is offered and not guessed. Distances are of optimal string alignment: an insertion, a deletion, a substitution and a
transposition of neighbours cost one each (Damerau 1964).

Not covered: names run together or cut in two, two wrong words in one name, and errors in names of one to three letters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

_SHORT = 4
"""Letters of the shortest single name that is looked for."""
_LONG = 9
"""Letters from which on a name may have two errors: below, two edits join different medicines."""
_ALMOST = 2

MEDICINES = frozenset(
    """acarbose acebutolol acetazolamide acetohexamide acyclovir alfentanil alogliptin alprazolam amantadine amiloride
    amiodarone amlodipine amoxapine arformoterol armodafinil atenolol atomoxetine atracurium atropine azacitidine
    azathioprine azelastine bumetanide bupivacaine bupropion buspirone captopril carbamazepine carbidopa carboplatin
    carvedilol cefaclor cefadroxil cefazolin cefepime cefixime cefotaxime cefotetan cefoxitin cefprozil ceftazidime
    ceftriaxone cefuroxime celecoxib cephalexin cetirizine chlordiazepoxide chlorothiazide chlorpromazine
    chlorpropamide chlorthalidone cimetidine cisatracurium cisplatin citalopram clobazam clobetasol clomiphene
    clomipramine clonazepam clonidine clozapine codeine cycloserine cyclosporine dabrafenib dactinomycin dapagliflozin
    daptomycin dasatinib daunorubicin desipramine dexamethasone diazepam diclofenac dicloxacillin digoxin
    dimenhydrinate diphenhydramine dobutamine docetaxel dopamine doxazosin doxepin doxorubicin doxycycline duloxetine
    edoxaban empagliflozin enalapril enalaprilat ephedrine epinephrine epirubicin eribulin ertugliflozin escitalopram
    esomeprazole estazolam ethosuximide etodolac famotidine felodipine fenofibrate fentanyl flecainide fluoxetine
    flurazepam fluvastatin fluvoxamine formoterol fosinopril furosemide gabapentin glimepiride glipizide glyburide
    guaifenesin guanfacine haloperidol hydralazine hydrochlorothiazide hydrocodone hydrocortisone hydromorphone
    hydroxychloroquine hydroxyurea hydroxyzine idarubicin imatinib imipramine infliximab isradipine ketamine
    ketoconazole ketorolac labetalol lamivudine lamotrigine lansoprazole lapatinib letrozole leucovorin levetiracetam
    levocarnitine levofloxacin levothyroxine linagliptin lisinopril lithium loratadine lorazepam lovastatin loxapine
    maraviroc medroxyprogesterone mepivacaine metformin methadone methimazole methotrexate methyldopa methylphenidate
    methylprednisolone methyltestosterone metolazone metoprolol metronidazole miconazole midazolam mifepristone
    minoxidil misoprostol mitomycin mitoxantrone modafinil moexipril morphine nadolol naloxone naltrexone nefazodone
    nelfinavir neratinib nevirapine nicardipine nifedipine nilotinib nimodipine nisoldipine nitroglycerin nizatidine
    norepinephrine nortriptyline nystatin ofloxacin olanzapine omeprazole oxazepam oxcarbazepine oxycodone oxymorphone
    paclitaxel paliperidone pantoprazole paroxetine pazopanib pemetrexed penicillamine penicillin pentobarbital
    perindopril phenobarbital phentermine phentolamine phenylephrine phenytoin pindolol pioglitazone pitavastatin
    ponatinib pralatrexate pramipexole pravastatin prazosin prednisolone prednisone primidone probenecid procainamide
    prochlorperazine promethazine propafenone propranolol propylthiouracil protriptyline pseudoephedrine pyridostigmine
    quazepam quetiapine quinapril quinidine quinine rabeprazole raloxifene raltegravir ramipril ranitidine remifentanil
    repaglinide rifabutin rifampin rifapentine rifaximin risedronate risperidone ritonavir rituximab rocuronium
    romidepsin romiplostim ropinirole ropivacaine rosiglitazone rosuvastatin saxagliptin sertraline simvastatin
    sitagliptin solifenacin sorafenib sotalol sufentanil sulfadiazine sulfasalazine sulfisoxazole sumatriptan sunitinib
    tamoxifen tamsulosin temazepam terazosin terbinafine terbutaline theophylline thioridazine tiagabine ticagrelor
    ticlopidine timolol tinidazole tizanidine tofacitinib tolazamide tolbutamide tolcapone tolterodine topiramate
    torsemide tramadol trandolapril trazodone tretinoin triamcinolone triamterene triazolam trifluoperazine
    trimipramine valacyclovir valganciclovir valsartan vandetanib vecuronium venlafaxine verapamil vinblastine
    vincristine vinorelbine voriconazole warfarin zafirlukast zidovudine zileuton ziprasidone zolmitriptan zolpidem
    zonisamide""".split()
)
"""Generic names that are never read as another, also where the corpus knows nothing of them.

The generic names of FDA's and ISMP's lists of look-alike drug names (ISMP, 2023, from memory and excerpts of its page,
November 2026), and further U.S. generic names that are within two or three edits of another or often asked about.
Being here only keeps a word as it was written, or offers it; it says nothing of a medicine.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a word that is no name was read as, or could be."""

    position: int
    """Of the word in the question."""
    said: str
    nearest: tuple[str, ...]
    """One word: it was read as this. Several, or none that may be guessed: ``is_sure`` is false."""
    is_sure: bool

    @property
    def offer(self) -> str:
        """For a word that was not read as another: what it could be; "" for one that was."""
        if self.is_sure:
            return ""
        if self.said in self.nearest:
            others = " or ".join(word for word in self.nearest if word != self.said)
            return f'"{self.said}" was taken as it is written, not as {others}, which looks alike.'
        return f'"{self.said}" was not read as another name: did you mean {" or ".join(self.nearest)}?'


class Speller:
    """The names of a corpus, ready to be compared with misspelled ones."""

    def __init__(self, names: Iterable[str]) -> None:
        """``names`` in the form of ``rag.text.words`` joined by spaces."""
        self._holes: dict[tuple[tuple[str, ...], tuple[str, ...]], set[str]] = {}
        for name in names:
            parts = tuple(name.split())
            for at, word in enumerate(parts):
                self._holes.setdefault((parts[:at], parts[at + 1 :]), set()).add(word)
        singles = self._holes.get(((), ()), set())
        self._singles = [name for name in singles if len(name) >= _SHORT]
        self._known = [*self._singles, *sorted(MEDICINES - singles)]
        self._longest = max((len(before) + len(after) + 1 for before, after in self._holes), default=0)

    def read(self, tokens: Sequence[str], position: int) -> Reading | None:
        """What the word at ``position``, which is no known word, was meant to be; None where nothing is near.

        Its neighbours tell more than it does: with "exforge" before it, "hcct" is "hct".
        """
        word = tokens[position]
        if word in MEDICINES:
            near = nearest(word, self._singles)
            return Reading(position, word, (word, *near), False) if near else None
        for size in range(min(self._longest, len(tokens)), 1, -1):
            for first in range(max(0, position - size + 1), min(position, len(tokens) - size) + 1):
                key = (tuple(tokens[first:position]), tuple(tokens[position + 1 : first + size]))
                if near := nearest(word, self._holes.get(key, ()), 1):
                    return Reading(position, word, near, len(near) == 1)
        near = nearest(word, self._known)
        return Reading(position, word, near, len(near) == 1) if near else None


def nearest(word: str, names: Iterable[str], limit: int | None = None) -> tuple[str, ...]:
    """The names fewest edits away from ``word``, in order of the alphabet.

    ``limit`` is the most edits; without it one, or two for names of nine letters and more that begin alike.
    """
    best, found = 99, set[str]()
    for name in names:
        most = limit or (_ALMOST if len(name) >= _LONG and name[0] == word[0] else 1)
        if abs(len(name) - len(word)) > most or name == word:
            continue
        distance = OSA.distance(word, name, score_cutoff=most)
        if distance > most or distance > best or (distance > 1 and _is_longer(word, name)):
            continue
        if distance < best:
            best, found = distance, set()
        found.add(name)
    return tuple(sorted(found))


def _is_longer(word: str, name: str) -> bool:
    """True where one is the other with something before or behind it: "enalaprilat", "esomeprazole", "levocetirizine".

    That is how medicines are named after others, and not how people mistype.
    """
    short, long = sorted((word, name), key=len)
    return long.startswith(short) or long.endswith(short)
