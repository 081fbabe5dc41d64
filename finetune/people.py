"""Names of people in a text: what a title, a field or a name list says is one, and each later mention of it.

Lists: the given and family names of the US Census of 1990, as the package ``names`` carries them (5,163 and 88,799).
A name that is in no list is found by a title ("Dr."), a field ("Patient:"), a degree behind it, or by how it stands in
the sentence ("Anika Vermeulen is"). Not covered: a single name without any of these, in small letters or in capitals.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from rag.errors import ModelMissing
from rag.search.plain_words import is_plain
from rag.search.spelling import MEDICINES

Span = tuple[int, int]
Known = Callable[[str], bool]

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŸŹŻŽ"
_WORD = rf"[{_UPPER}](?:[^\W\d_]|['’](?=[^\W\d_]))*(?:-[{_UPPER}](?:[^\W\d_]|['’](?=[^\W\d_]))*)*"
_OF = (
    r"(?:de la|de los|van der|van den|van de|van 't|von der|de|del|della|den|der|di|da|das|dos|du|die|la|le|van|von|bin|al"
    r"|ter|ten|zu|zur)"
)
_MORE = rf"(?:[ \t]+[A-Z]\.?(?=[\s,])|[ \t]+(?:{_OF}[ \t]+)?{_WORD})"
_CHAIN = rf"(?:[A-Z]\.[ \t]*){{0,2}}(?:{_OF}[ \t]+)?{_WORD}{_MORE}{{0,3}}"
_TITLED = re.compile(
    rf"\b(?i:mr|mrs|ms|mx|miss|dr|doctor|prof|professor|sir|madam|rev|nurse|mister)\b\.?[ \t]+({_CHAIN})"
)
_FIELD = re.compile(
    r"\b(?i:patient(?:'s)?(?: name)?|pt(?: name)?|(?:full |last |first |legal |family |given )?name|attending|physician"
    r"|provider|surgeon|pcp|emergency contact|next of kin|nok|spouse|husband|wife|mother|father|daughter|son|sister"
    r"|brother|partner|guardian|caregiver|signed(?: by)?|electronically signed by|dictated by|author|cc|attn|re"
    rf"|referred by|referring|consultant|informant|contact)[ \t]*(?:\([a-z ]+\))?[ \t]*[:=][ \t]*({_CHAIN}(?:,[ \t]*{_CHAIN})?)"
)
_AGED = re.compile(rf"\b({_CHAIN}),? (?:is |was )?(?:an? |aged? )?\d{{1,3}}[ -]?(?i:y/?o\b|years?\b)")
_KIN = re.compile(
    r"\b(?i:name is|seen by|seen with|discussed with|spoke (?:with|to)|signed by|dictated by|referred by|accompanied by"
    r"|(?:his|her|their|my|the|patient's) (?:wife|husband|mother|father|daughter|son|sister|brother|partner|spouse|aunt"
    rf"|uncle|nephew|niece|neighbor|friend|roommate|caregiver|guardian))[,:]?[ \t]+({_CHAIN})"
)
_SAID = re.compile(rf"\b(?i:named|called|i am|i'm|dear|patient|pt)[,:]?[ \t]+({_CHAIN})")
_BEFORE_DEGREE = re.compile(rf"\b({_CHAIN}),? (?:MD|M\.D\.|DO|RN|NP|PA-C|PharmD|Pharm\.D\.|LPN|MSN|DNP|PhD|FNP)\b")
_TURNED = re.compile(rf"\b({_WORD}),[ \t]*({_WORD}(?:[ \t]+[A-Z]\b\.?)?)")
_SMALL = re.compile(r"\b(?i:mr|mrs|ms|miss|dr|pt|patient|named|name is)\b\.?[ \t]+([a-z]+)(?:[ \t]+([a-z]+))?")
_PAIR = re.compile(rf"\b{_WORD}{_MORE}{{1,3}}")
_STANDS = re.compile(
    r",? (?:is|has|was|takes|took|presents|presented|returns|returned|reports|reported|denies|states|called|aged|came"
    r"|weighs|will|lives|phoned|needs|asks|asked)\b|['’]s\b|,? (?:a |an )?\d{1,3}[ -]?(?:y|yo|year)|\s*\((?i:dob|mrn|age|born|he\b|she\b|\d\d ?y)|, (?:who|aged|a|\d)"
)
_ACTS = re.compile(r" (?:presents|presented|returns|returned|denies|phoned|lives|asks|asked|takes|took)\b")
_FIRM = re.compile(
    r",? (?:Laboratories|Labs?|Inc|Ltd|LLC|Pharma(?:ceutical)?s?\b|Corp\w*|Co\b|GmbH|AG\b|University|Hospital|Institute)"
)
_PART = re.compile(rf"{_WORD}|[A-Z]\b\.?|{_OF}\b|[a-z]+")
_WRITTEN = re.compile(rf"(?:(?:Mc|Mac|O['’]|D['’])?[{_UPPER}][^\W\d_{_UPPER}]{{2,}}-?)+")
"""As a name is written: one capital, then small letters."""
_ALSO_WORDS = frozenset(
    """may april june august will mark grace hope faith joy rose lily daisy iris dawn bill art drew frank grant jack pat
    rich rob chance summer autumn christian major so see an in do long young white black brown green gray short small
    day day's weeks day rice cook page price case rose stone wood woods field fields banks bush lake rivers park parks
    street lane church house hall bell ball cross fox wolf bird fish lamb berry pepper ginger olive sage amber crystal
    pearl ruby jade violet myrtle heather ivy fern holly hazel basil angel king queen duke earl baron prince bishop
    pope abbot dean sterling silver gold love chase hunter mason carter page guy lane clay dale glen heath cliff brook
    rock stormy star sunny merry gay gale rusty dusty sandy brandy sherry candy honey sugar cherry apple stem little
    child children care man women men sex head hand foot heart back bone blood moon sun rain snow winter spring
    doctor nurse patient drug dose dosing tablet oral normal low high large side first second third test risk
    monday sunday marsh pain rash hives fever sharp strong moody noble wise good best self lot pool bacon ham
    virginia georgia carolina dakota paris london jordan israel ireland holland france china chad kenya asia america
    precious mercy justice patience constance prudence charity royal general cyprus florence lorraine austin houston
    jackson lincoln washington columbia madison cleveland charlotte augusta sydney milan troy
    argentina maryland mexico peru wort cuba panama brazil india germany italy poland
    stevens johnson parkinson hodgkin crohn cushing alzheimer wilson graves addison bell raynaud tourette huntington
    kaposi burkitt waldenstrom turner noonan reye gilbert fanconi barrett lambert eaton hunt sydenham marfan down""".split()
)
"""Names that are words, places, months or diseases too: only a title or a field makes them a person's."""


def people(text: str, known: Known) -> Iterator[Span]:
    """Where ``text`` names a person; ``known`` tells the names of medicines, which are no person's."""
    found = [*_announced(text, known), *_listed(text, known)]
    yield from found
    said = {word for start, end in found for word in _PART.findall(text[start:end]) if _is_telling(word, known)}
    if said:
        again = re.compile(
            rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, said), key=len, reverse=True))})(?![\w])", re.I
        )
        yield from (one.span() for one in again.finditer(text) if one.group()[0].isupper())


def _announced(text: str, known: Known) -> Iterator[Span]:
    """Names behind a title, a field, or in front of a degree."""
    for pattern in (_TITLED, _FIELD, _BEFORE_DEGREE, _AGED, _KIN, _SAID):
        for one in pattern.finditer(text):
            start, end = _trimmed(text, *one.span(1), known)
            if start == end or _FIRM.search(text[start:end]) or _FIRM.match(text, end):
                continue
            first, *rest = (fold(word) for word in text[start:end].split())
            is_sure = pattern not in (_AGED, _KIN, _SAID) or (pattern is not _SAID and bool(rest))
            if is_sure or (first not in _ALSO_WORDS and (first in given() or first in family()) and _is_rare(first)):
                yield start, end
    for one in _SMALL.finditer(text):
        names = [place for place in (1, 2) if one.group(place) and _is_small_name(one.group(place), known)]
        if names and (names[0] == 1) and (len(names) == 2 or one.group(1) in given()):
            yield one.start(1), one.end(max(names))


def _listed(text: str, known: Known) -> Iterator[Span]:
    """Pairs of names that the lists hold, and pairs that stand where a name does and are no words."""
    for one in _TURNED.finditer(text):
        last, first = fold(one.group(1)), fold(one.group(2).split()[0])
        if last in family() and _is_given(first, known) and not known(last) and last not in _ALSO_WORDS:
            yield one.span()
    for one in _PAIR.finditer(text):
        start, end = one.span()
        parts = [
            part
            for part in _PART.finditer(text, start, end)
            if len(part.group().strip(".")) > 1 and not part.group()[0].islower()
        ]
        while len(parts) > 1:
            head, tail = fold(parts[0].group()), fold(parts[-1].group())
            if not known(head) and not known(tail) and not _FIRM.match(text, end) and head != tail:
                if _is_given(head, known) and _is_family(parts[1].group(), known):
                    yield parts[0].start(), end
                    break
                is_listed = _is_given(head, known) or _is_family(tail, known)
                if len(parts) <= 3 and _STANDS.match(text, end) and all(_WRITTEN.fullmatch(p.group()) for p in parts):
                    said = [fold(part.group()) for part in parts]
                    is_person = bool(_ACTS.match(text, end)) and not all(map(is_word, said))
                    is_name = (not is_word(w) or (is_listed and (w in family() or w in given())) for w in said)
                    if is_person or all(is_name):
                        yield parts[0].start(), end
                        break
            parts = parts[1:]


def _trimmed(text: str, start: int, end: int, known: Known) -> Span:
    """The names of a chain up to the first word that is none; an empty span where that is the first."""
    last = start
    for part in _PART.finditer(text, start, end):
        word = fold(part.group())
        if known(word) or word in _PLAINEST:
            break
        if not re.fullmatch(_OF, part.group()):
            last = part.end()
    return start, last


_PLAINEST = frozenset(
    "denies reports states has is was the and of in with on for at by today date dob mrn phone age sex address email".split()
)
"""Words that follow a name with a capital where a line has several fields."""


def _is_given(word: str, known: Known) -> bool:
    return word in given() and word not in _ALSO_WORDS and not known(word)


def _is_family(word: str, known: Known) -> bool:
    """True for a family name of the list, or a double one with a part of it."""
    parts = [fold(part) for part in re.split(r"[-\s]", word)]
    return any(part in family() and part not in _ALSO_WORDS and not known(part) for part in parts)


_COMMON_FAMILY = frozenset(
    """smith jones williams davis miller moore taylor anderson thomas harris martin thompson garcia martinez robinson
    clark rodriguez lewis lee walker allen hernandez wright lopez scott adams baker gonzalez nelson mitchell perez
    roberts phillips campbell parker evans edwards collins stewart sanchez morris rogers reed morgan murphy bailey
    rivera cooper richardson cox howard ward torres peterson ramirez watson brooks kelly sanders bennett barnes ross
    henderson coleman jenkins perry powell patterson hughes flores simmons foster bryant russell griffin diaz hayes
    myers ford hamilton graham sullivan wallace cole owens reynolds fisher ellis harrison gibson mcdonald cruz marshall
    ortiz gomez murray freeman wells webb simpson tucker porter hicks crawford henry boyd kennedy warren dixon ramos
    reyes burns gordon shaw holmes rice robertson hunt daniels palmer mills nichols knight ferguson hawkins dunn perkins
    hudson spencer gardner stephens payne pierce berry matthews arnold wagner watkins olson carroll duncan snyder cunningham
    bradley lane andrews ruiz harper riley armstrong carpenter weaver greene lawrence elliott chavez sims kelley franklin
    lawson khan patel singh kim chen wang li nguyen tran schmidt muller""".split()
)
"""Family names that the plain words hold for the many people who bear them."""


def _is_telling(word: str, known: Known) -> bool:
    folded = fold(word)
    return (
        len(folded) > 2
        and word[0].isupper()
        and folded not in _ALSO_WORDS
        and not known(folded)
        and (not is_word(folded) or folded in given() or folded in _COMMON_FAMILY)
    )


def _is_small_name(word: str, known: Known) -> bool:
    is_name = word in given() or word in family()
    return is_name and word not in _ALSO_WORDS and not known(word) and (not is_word(word) or _is_rare(word))


def _is_rare(word: str) -> bool:
    """True for a name that is no everyday word."""
    return word in given() or word in _COMMON_FAMILY or not is_word(word)


def is_word(word: str) -> bool:
    """True for plain English and for medicines."""
    return word in MEDICINES or is_plain(word) or word in _ALSO_WORDS


def fold(word: str) -> str:
    """``word`` in small letters, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c)).strip(".")


@cache
def given() -> frozenset[str]:
    """Given names."""
    return _list("dist.female.first") | _list("dist.male.first")


@cache
def family() -> frozenset[str]:
    """Family names."""
    return _list("dist.all.last")


def _list(file: str) -> frozenset[str]:
    try:
        import names
    except ImportError as error:
        raise ModelMissing("scrubbing needs the package names; pip install 'rxcite[scrub]'") from error
    lines = (Path(names.__file__).parent / file).read_text(encoding="ascii").splitlines()
    return frozenset(line.split()[0].lower() for line in lines if line.split())
