"""Who is a substrate, inhibitor or inducer of which enzyme or transporter, read from sentences of the corpus.

Strict templates on one sentence: the drug must be the subject, so that "not to be given with a CYP2D6 inhibitor" gives
the drug no role. Not covered yet: roles spread over two sentences, and pharmacodynamic roles (QT, potassium, bleeding).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.text import searchable

_TARGET = r"(?:(?:cyp|cytochrome p-?450|p-?450) ?-?\(?\d[a-z]\d{0,2}(?:/\d{1,2})?|p-gp|p-glycoprotein(?: \(p-gp\))?|pgp|bcrp|breast cancer resistance protein(?: \(bcrp\))?|oatp\d?[a-z]?\d?|oat\d|oct\d|mate\d(?:-?k)?|ugt ?\d[a-z]\d{1,2})"
_LIST = rf"{_TARGET}(?:(?:,? (?:and|or|and/or) |, |/)(?:of |also |the |strong |moderate |weak |to a lesser extent,? )?{_TARGET})*"
_ENZYME = r"(?:(?:the |both |cytochrome |p-?450 |isoenzymes? |isozymes? |enzymes? |hepatic |efflux |transporters? |human |(?:major |drug )?metabolizing |and |by |isoform |namely |primarily |mainly |predominantly |the activity of )*)"
_STRENGTH = r"(?:(?P<strength>strong|potent|moderate|weak|mild)(?:,? (?:to|and|or) (?:strong|moderate|weak))? )?"
_OTHERS = "with|drugs?|agents?|compounds?|medications?|products?|that|which|other|substrates|inhibitors|inducers"
"""Words after which a sentence may speak of other drugs: no role reaches over them."""
_GAP = rf"(?:(?!\b(?:{_OTHERS})\b)[^.;:]){{0,70}}?"
_ITEMS = r"(?:(?!\b(?:may|can|could|should|shall|will|would|might|is|are|was|were|has|have|had|when|which|that|with|to|on|in|of|but|during|raise|lower|increase|decrease|reduce|alter|affect|inhibit|not)\b)[^.;)]){0,200}?"
"""The items of a list: up to the first verb, so that what the listed drugs act on is no item."""
_SHORT = rf"(?: (?!(?:{_OTHERS}|of|by|for|to|or|from)\b)[\w(),-]+){{0,4}}?"
_IS = r"(?:is|are|was|were)(?: (?:also|both|itself|known to be|considered|not|an?|thought to be|the|in vitro))*"


class Part(StrEnum):
    """What a drug does at a target."""

    SUBSTRATE = "substrate"
    INHIBITOR = "inhibitor"
    INDUCER = "inducer"


@dataclass(frozen=True, slots=True)
class Role:
    """A role that one sentence gives a drug."""

    target: str
    """"CYP3A4", "P-gp" ..."""
    part: Part
    negated: bool
    strength: str | None


_TEMPLATES: tuple[tuple[Part, str], ...] = (
    (Part.SUBSTRATE, rf"{{drug}}{_SHORT} (?P<verb>{_IS}) {_GAP}substrates? (?:of|for) {_ENZYME}(?P<targets>{_LIST})"),
    (Part.SUBSTRATE, rf"{{drug}}{_SHORT} (?P<verb>{_IS}) (?:an? )?(?P<targets>{_LIST}) substrates?"),
    (Part.SUBSTRATE, rf"{{drug}}{_GAP} (?P<verb>{_IS}) {_GAP}(?:metaboli[sz]ed|biotransformed|demethylated|oxidi[sz]ed|transported|cleared){_GAP} (?:by|via|through) {_GAP}{_ENZYME}(?P<targets>{_LIST})"),
    (Part.SUBSTRATE, rf"metabolism of {{drug}}{_GAP} (?P<verb>{_IS}|involves?|occurs?){_GAP} {_ENZYME}(?P<targets>{_LIST})"),
    (Part.SUBSTRATE, rf"(?P<targets>{_LIST}) (?P<verb>metaboli[sz]es|demethylates|takes part in metaboli[sz]ing|is the (?:main|major|primary) enzyme{_GAP} metabolism of) {{drug}}"),
    (Part.INHIBITOR, rf"{{drug}}{_SHORT} (?P<verb>(?:can |may |could |significantly |strongly |weakly |competitively |did not |does not |do not |is unlikely to |also |neither |not |in vitro )*inhibit(?:s|ed(?! by))?(?: nor induces?(?:d)?)?(?: or induce)?) {_ENZYME}{_STRENGTH}{_ENZYME}(?P<targets>{_LIST})"),
    (Part.INHIBITOR, rf"{{drug}}{_SHORT} (?P<verb>{_IS}) (?:an? )?{_STRENGTH}{_SHORT} ?inhibitors? of {_ENZYME}(?P<targets>{_LIST})"),
    (Part.INHIBITOR, rf"{{drug}}{_SHORT} (?P<verb>{_IS}) (?:an? )?{_STRENGTH}(?:dual |combined )?(?P<targets>{_LIST}) inhibitors?"),
    (Part.INHIBITOR, rf"{{drug}}(?: [\d.]+ ?(?:to [\d.]+ )?mg[^.;(]{{0,20}})?(?P<verb>,| \() ?an? {_STRENGTH}(?:and )?(?P<targets>{_LIST}) inhibitor(?![^.;]{{0,40}},? and an? )"),
    (Part.INHIBITOR, rf"{{drug}}(?P<verb>,| \() ?an? {_STRENGTH}inhibitor of {_ENZYME}(?P<targets>{_LIST})(?![^.;]{{0,40}},? and an? )"),
    (Part.INHIBITOR, rf"{{drug}}{_GAP} (?P<verb>(?:has|had|have) (?:little|no|minimal) effect on) {_ENZYME}(?P<targets>{_LIST})"),
    (Part.INHIBITOR, rf"{_STRENGTH}(?:dual |combined )?(?P<targets>{_LIST}) inhibitors?,? (?P<verb>\(?(?:e\.g\.,?|such as|including|like|for example,?)) {_ITEMS}{{drug}}"),
    (Part.INHIBITOR, rf"{_STRENGTH}inhibitors of {_ENZYME}(?P<targets>{_LIST}),? (?P<verb>\(?(?:e\.g\.,?|such as|including|like|for example,?)) {_ITEMS}{{drug}}"),
    (Part.INDUCER, rf"{{drug}}{_SHORT} (?P<verb>(?:can |may |could |strongly |did not |does not |do not |also |not )*induc(?:es|ed|e)) {_ENZYME}(?P<targets>{_LIST})"),
    (Part.INDUCER, rf"{{drug}}{_SHORT} (?P<verb>{_IS}) (?:an? )?{_STRENGTH}{_SHORT} ?inducers? of {_ENZYME}(?P<targets>{_LIST})"),
    (Part.INDUCER, rf"{{drug}}{_SHORT} (?P<verb>{_IS}|,) ?(?:an? )?{_STRENGTH}(?P<targets>{_LIST}) inducers?"),
    (Part.INDUCER, rf"{_STRENGTH}(?:dual |combined )?(?P<targets>{_LIST}) inducers?,? (?P<verb>\(?(?:e\.g\.,?|such as|including|like|for example,?)) {_ITEMS}{{drug}}"),
)  # fmt: skip
_NEGATION = re.compile(r"\b(?:not|neither|nor|no|little|minimal|unlikely|without)\b")
_CHEAP = re.compile(rf"{_TARGET}", re.IGNORECASE)
_CACHE: dict[tuple[str, ...], list[tuple[Part, re.Pattern[str]]]] = {}


def mentions_target(text: str) -> bool:
    """True where a sentence names an enzyme or transporter at all."""
    return bool(_CHEAP.search(searchable(text)))


def roles_in(sentence: str, names: Sequence[str]) -> list[Role]:
    """The roles that ``sentence`` gives to the drug of ``names``, each once; negated ones marked."""
    text = " ".join(searchable(sentence).split())
    if not _CHEAP.search(text):
        return []
    found: dict[Role, None] = {}
    for part, pattern in _patterns(tuple(names)):
        for match in pattern.finditer(text):
            before = match.group(0)[: match.start("targets") - match.start()]
            negated = bool(_NEGATION.search(re.split(r"\b(?:but|although|however)\b", before)[-1]))
            strength = match.groupdict().get("strength")
            for target in re.finditer(_TARGET, match.group("targets")):
                own = re.search(r"\b(strong|moderate|weak) $", match.group("targets")[: target.start()])
                for name in _normal(target.group()):
                    found[Role(name, part, negated, own.group(1) if own else strength)] = None
    return list(found)


def _patterns(names: tuple[str, ...]) -> list[tuple[Part, re.Pattern[str]]]:
    if names not in _CACHE:
        if len(_CACHE) > 256:
            _CACHE.clear()
        spelled = "|".join(
            r"[\W_]+".join(map(re.escape, name.split())) for name in sorted(names, key=len, reverse=True)
        )
        drug = rf"\b(?:{spelled})(?: tablets?| capsules?| hydrochloride)?\b"
        _CACHE[names] = [(part, re.compile(template.replace("{drug}", drug))) for part, template in _TEMPLATES]
    return _CACHE[names]


def _normal(target: str) -> list[str]:
    if target.startswith(("p-g", "pg")):
        return ["P-gp"]
    if target.startswith("b"):
        return ["BCRP"]
    name = target.upper().replace(" ", "")
    if "450" in name or name.startswith("CYP"):
        name = "CYP" + re.sub(r"^(?:CYP|CYTOCHROMEP-?450|P-?450)-?\(?", "", name)
    if name == "CYP3A":
        return ["CYP3A4"]  # labels speak of the subfamily; CYP3A4 is the one that they mean
    if "/" in name:  # CYP3A4/5
        first, _, second = name.partition("/")
        return [first, re.sub(r"\d+$", second, first)]
    return [name]
