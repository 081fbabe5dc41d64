"""A sentence as the plainer statements that it makes, so that a fact is held against one of them and not against all.

"A raised B by 5% and lowered C by 9%" also says "A lowered C by 9%"; a row of a table says what each cell says under
its head. Each reading holds words of the sentence only, with the part before a verb kept ("In renal impairment A ..."),
so that whom it limits stays limited. Written by rules for U.S. label English. Not covered: what a comma alone joins,
and what a "not" reaches over a "and" or "or", where the sentence is left whole.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from rag.support.support import Ground
from rag.support.vocabulary import CUES, RIVALS
from rag.support.wording import tokens
from rag.text import words

_MOST = 24
"""Readings of a sentence that are tried at most."""
_LONGEST = 1600
"""Characters of the longest sentence or row that is taken apart."""
_AUX = r"(?:is|are|was|were|may|can|could|should|must|will|would|has|have|had|does|do|did|need(?:s|ed)?)"
_ACTS = (
    r"(?:raise|lower|increase|decrease|reduce|inhibit|induce|prolong|lengthen|shorten|cause|start|stop|halve|double|"
    r"enhance|weaken|strengthen|slow|block|displace|potentiate|precipitate|promote|remain|occur|happen|develop|show|"
    r"last|follow|begin|need|require|reach|result|contain|metaboli[sz]e|excrete|suggest|advise|avoid|monitor|check|"
    r"adjust|titrate|limit|bind|cross|pass|appear|impair|affect|change|alter|worsen|improve|mask|recover)"
)
_VERB = (
    rf"(?:{_AUX}|{_ACTS}(?:s|d|ed|es)?|led|leads?|fell|falls?|rose|rises?|died?|dies|began|kept|given|taken|seen|made)"
)
_ADVERB = r"(?:(?:also|then|thus|still|so|therefore|often|usually|in theory|\w+ly) )?"
_JOINED = re.compile(rf",? (?:and|but|or|then|while|whereas) (?={_ADVERB}{_VERB}\b)", re.IGNORECASE)
_CLAUSE = re.compile(r"; |(?<=\w): (?=[a-z])|, (?:and|but|so|while|whereas|although|though|because) ")
_FIRST_VERB = re.compile(rf"\b{_VERB}\b", re.IGNORECASE)
_QUANTITY = r"\d[\d.,]*(?: ?(?:to|-) ?\d[\d.,]*)?(?:-fold| ?%| ?[A-Za-z]+(?:/[A-Za-z\d.]+)*)?"
_AGAIN = re.compile(
    rf"(?P<first>(?:(?:at|to|by|of|about|for|is|as|than|only) )?{_QUANTITY})(?P<rest>[^;.]*?),? "
    rf"(?P<and>and|or|but|then|compared with|against)(?: then)? "
    rf"(?P<scope>(?:in|on|for|with|after|at age)\b [^,;\d]{{3,50}} )?"
    rf"(?P<second>(?:(?:a fall|a rise|at|to|by|of|about|up to) )*{_QUANTITY}.*)",
    re.IGNORECASE,
)
_OPENS = re.compile(r"^(?:in|for|with|on|during|after|before|at)\b", re.IGNORECASE)
_ANAPHOR = re.compile(
    r"\b(?:it|its|they|them|their|these|this|that|the (?:two|pair|combination)|both)\b", re.IGNORECASE
)
_HEADS = re.compile(r"\[([^\[\]]* \| [^\[\]]*)\]")
_TOLD = re.compile(r"[^;:|]+: [^;|]+(?:; [^;:|]+: [^;|]+)+")
"""A row as answers tell it: "Drug: diltiazem; Subjects: 24"."""
_LEADS = re.compile(r"(?:^|(?<=: ))[^,:;|.]+(?:, [^,:;|.]+)+(?=: )")
"""A list that what follows is told of: "Diltiazem, verapamil: the dose is halved"."""
_CONDITION = re.compile(r"\b(?:dose of|dosage of|regimen|schedule|duration)\b", re.IGNORECASE)
"""Heads of cells that say under what the others hold."""
_DOSE = re.compile(r"(?<=\w) (?=\d[\d.]* ?(?:mg|mcg|g|mL|mEq)\b)")
_OFTEN = re.compile(r"\b(?:daily|weekly|monthly|a day|every|per day|a week)\b")
_NO_ITEM = (
    rf"(?!(?:in|on|at|to|by|of|for|with|from|than|as|after|before|during|when|if|that|which|who|not|no|the|an?|and|or|but|"
    rf"then|once|twice|daily|{_VERB})\b)"
)
_ITEM = rf"{_NO_ITEM}[A-Za-z][\w'/()-]*(?: {_NO_ITEM}[A-Za-z][\w'/()-]*)?"
_NAMED = rf"{_NO_ITEM}[A-Za-z][\w'-]*"
_LIST = re.compile(
    rf"(?<![\w-])(?:{_ITEM}(?:, {_ITEM})+,? (?:and|or) {_NAMED}|{_NAMED} (?:and|or) {_NAMED})(?![\w-])", re.IGNORECASE
)
_UNDER = re.compile(r"\b(?:when|if|where|that|which|who|whose|unless|until)\b", re.IGNORECASE)
_IT = re.compile(r"^(?:it|this)\b(?= \w)", re.IGNORECASE)
_THEM = re.compile(r"\b(?:them|their|its)\b", re.IGNORECASE)
_SCOPES = re.compile(
    rf"(?P<head>.*\b{_VERB}\b.*?) (?P<of>in|for|with|during|after|at) (?P<a>[^;]*?),? (?:and|or|but) (?P=of) (?P<b>.*)",
    re.IGNORECASE,
)
_WAYS = re.compile(r"\b(?:rais|lower|increas|decreas|reduc|elevat|ris(?:e|ing)|fall)\w*", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:both|combined|combination|pair|between|together|each other|respectively|either)\b")
DENIES = re.compile(r"\b(?:" + "|".join(sorted(CUES)) + r"|cannot)\b|n't\b", re.IGNORECASE)


def readings(ground: Ground, names: Mapping[str, str], wanted: frozenset[str]) -> list[Ground]:
    """The plainer statements of one sentence or row, without itself, each once; of lists what is ``wanted``."""
    if len(ground.text) > _LONGEST:
        return []
    cells = _cells(ground)
    made = _of_row(ground, cells, wanted) if cells else _of_sentence(ground, names, wanted)
    found = dict.fromkeys(one for one in made if one.text != ground.text and one.text.strip())
    return list(islice(found, _MOST))


def parts(fact: str) -> list[str]:
    """The statements that a fact joins by "and"; the fact alone where it joins none."""
    found: list[str] = []
    for clause in _clauses(fact):
        pieces = _predicates(clause)
        found += pieces if len(pieces) > 1 else [clause]
    return found if len(found) > 1 and all(len(words(one)) > 2 for one in found) else [fact]


def members(fact: str, names: Mapping[str, str]) -> list[str]:
    """A fact about several drugs as one fact for each; the fact alone where drugs are taken together, or it denies."""
    if _TOGETHER.search(fact) or DENIES.search(fact):
        return [fact]
    for run in _LIST.finditer(fact):
        items = _items(run.group())
        if len(items) > 1 and all(" ".join(words(item)) in names for item in items):
            return [f"{fact[: run.start()]}{item}{fact[run.end() :]}" for item in items]
    return [fact]


def subject(text: str) -> str:
    """What stands before the first verb of a sentence; all of it where no verb is known."""
    verb = _FIRST_VERB.search(text)
    return text[: verb.start()] if verb else text


def narrowed(text: str, wanted: frozenset[str]) -> str:
    """``text`` with the items taken out of its lists that hold none of the ``wanted`` words, where some item does."""

    def kept(run: re.Match[str]) -> str:
        if _TOGETHER.search(text[max(0, run.start() - 24) : run.end()].lower()):
            return run.group()
        items = _items(run.group())
        named = [item for item in items if wanted & set(words(item))]
        return " and ".join(named) if named and len(named) < len(items) else run.group()

    return _LIST.sub(kept, text)


def _items(run: str) -> list[str]:
    return [item for item in re.split(r", (?:and |or )?| and | or ", run) if item]


def _of_sentence(ground: Ground, names: Mapping[str, str], wanted: frozenset[str]) -> Iterator[Ground]:
    before = ""
    for clause in _clauses(_LEADS.sub(lambda found: _led(found.group(), wanted), ground.text)):
        clause = _resolved(clause, before, names) if before else clause
        around = _topic(before, names) if before and _leans(clause) else ""
        # a heading says of whom a part speaks; what happens to it the part must say itself
        here = replace(ground, context=f"{_WAYS.sub(' ', ground.context)}\n{around}")
        for piece in dict.fromkeys((clause, *_predicates(clause), *_scopes(clause))):
            for one in (piece, *_quantities(piece, names)):
                yield replace(here, text=narrowed(one, wanted))
        before = f"{before} {clause}"


def _resolved(clause: str, before: str, names: Mapping[str, str]) -> str:
    """A clause that begins with "it" with the first drug before it instead, "them", "their" and "its" as the others."""
    found = list(dict.fromkeys(word for word in re.findall(r"[^\W_]+", before) if word.lower() in names))
    if not found or not _IT.match(clause):
        return clause
    clause = _IT.sub(found[0], clause)
    return _THEM.sub(" and ".join(found[1:]), clause) if len(found) > 1 else clause


def _scopes(text: str) -> Iterator[str]:
    """A statement of two groups or cases once for each: "in severe impairment, and in moderate impairment when"."""
    found = _SCOPES.match(text)
    if found and not _is_open(found["a"]):
        yield f"{found['head']} {found['of']} {found['a']}"
        yield f"{found['head']} {found['of']} {found['b']}"


def _clauses(text: str) -> list[str]:
    """Parts that a semicolon parts, or a comma with a joining word, each with a verb of its own."""
    cut: list[str] = []
    at = 0
    for border in _CLAUSE.finditer(text):
        left, right = text[at : border.start()], text[border.end() :]
        mark = border.group()
        is_told = mark == "; " or (_FIRST_VERB.search(left) and _FIRST_VERB.search(right))
        if _is_open(left) or not is_told:
            continue
        if mark.startswith(", ") and (_FIRST_VERB.match(right) or not _has_subject(right)):
            continue
        cut.append(left)
        at = border.end()
    return [*cut, text[at:]]


def _has_subject(text: str) -> bool:
    """True where words other than a list's come before the verb: "about 30% of them needed less"."""
    verb = _FIRST_VERB.search(text)
    before = text[: verb.start()] if verb else ""
    return bool(before.strip()) and "," not in before and not _UNDER.search(before)


def _is_open(text: str) -> bool:
    return text.count("(") > text.count(")")


def _predicates(clause: str) -> list[str]:
    """The clause for each of its verbs joined by "and": with what stands before the first one."""
    verb = _FIRST_VERB.search(clause)
    if not verb:
        return [clause]
    subject = clause[: verb.start()]
    borders = [one for one in _JOINED.finditer(clause, verb.end()) if not _is_open(clause[: one.start()])]
    pieces: list[str] = []
    at = verb.start()
    for border in borders:
        left, right = clause[at : border.start()], clause[border.end() :]
        is_shared = len(words(left)) < 2 or (DENIES.search(left) and not re.match(rf"{_ADVERB}{_AUX}\b", right))
        if is_shared:
            continue
        pieces.append(f"{subject}{left}")
        at = border.end()
    return [*pieces, f"{subject}{clause[at:]}"]


def _quantities(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """A statement of two quantities once with each: "10 mg daily, or 5 mg daily on a diuretic"."""
    found = _AGAIN.search(text)
    if not found or _is_open(text[: found.start("and")]):
        return
    before = text[: found.start("first")]
    yield f"{before}{found['first']}{found['rest']}"
    scope = found["scope"] or ""
    yield f"{_without_opening(before, names) if scope else before}{scope}{found['second']}"


def _without_opening(text: str, names: Mapping[str, str]) -> str:
    """``text`` without the phrase that it opens with: "In acute mania lithium is titrated" -> "lithium is titrated"."""
    if not _OPENS.match(text):
        return text
    comma = text.find(", ")
    if comma >= 0:
        return text[comma + 2 :]
    drug = next((one.start() for one in re.finditer(r"[^\W_]+", text) if one.group().lower() in names), 0)
    return text[drug:]


def _leans(clause: str) -> bool:
    """True where a clause needs the one before it to say of what it speaks."""
    return bool(_ANAPHOR.search(clause))


def _topic(text: str, names: Mapping[str, str]) -> str:
    """Words of what came before that say what is spoken of, and nothing that could make a statement true."""
    kept = []
    for word in re.findall(r"[\w-]+", text):
        made = tokens(word, names)
        if made and all(one.kind == "drug" or (one.kind == "word" and not _decides(one.form)) for one in made):
            kept.append(word)
    return " ".join(kept)


def _decides(form: str) -> bool:
    return form in RIVALS or form.startswith("cyp") or form in ("affect", "pglycoprotein", "contraindicate")


def is_row(text: str) -> bool:
    """True for a row of a table, as it stands there or as answers tell it."""
    return " | " in text or bool(_TOLD.fullmatch(text))


def _cells(ground: Ground) -> list[tuple[str, str]]:
    """Heads and cells of a row; none where the words are no row, or its heads do not fit."""
    if _TOLD.fullmatch(ground.text):
        parted = [one.rpartition(": ") for one in ground.text.split("; ")]
        return [(head, cell) for head, _, cell in parted]
    cells = ground.text.split(" | ")
    heads: list[str] = next((found.split(" | ") for found in reversed(_HEADS.findall(ground.context))), [])
    return list(zip(heads, cells, strict=True)) if len(heads) == len(cells) > 1 else []


def _of_row(ground: Ground, row: Sequence[tuple[str, str]], wanted: frozenset[str]) -> Iterator[Ground]:
    """What each cell says under its head, after the first cell; doses set side by side are paired in their order."""
    heads, cells = zip(*row, strict=True)
    # heads of other cells must not bear out what this cell does not say
    own = replace(ground, context=_HEADS.sub("", ground.context))
    lead = _led(cells[0], wanted)
    lead = f"{heads[0]}: {lead}"
    lead += "".join(f", {cell}" for head, cell in zip(heads[1:], cells[1:], strict=True) if _CONDITION.search(head))
    before: list[str] = []
    for head, cell in zip(heads[1:], cells[1:], strict=True):
        aside = re.findall(r"\(([^()]*)\)", cell)
        plain = [re.sub(r" ?\([^()]*\)", "", cell)] if aside else []
        sentences = re.split(r"(?<=[.;]) ", cell)
        for said in dict.fromkeys((cell, *plain, *aside, *sentences)):
            yield replace(own, text=f"{lead}: {_told(head, narrowed(said, wanted))}")
        doses = _DOSE.split(cell)
        is_paired = len(doses) == len(before) > 1 and all(map(_OFTEN.search, (*doses, *before)))
        for old, new in zip(before, doses, strict=True) if is_paired else ():
            yield replace(own, text=f"{lead}: {head}: {old} becomes {new}")
        before = doses


def _led(cell: str, wanted: frozenset[str]) -> str:
    """The first cell of a row, of a list in it only the items that are wanted: "Strong inhibitors: a, b" too."""
    title, mark, listed = cell.rpartition(": ")
    items = re.split(r", |; | and | or ", listed)
    named = [item for item in items if wanted & set(words(item))]
    return f"{title}{mark}{', '.join(named)}" if len(items) > 1 and named else cell


def _told(head: str, cell: str) -> str:
    """ "AUC: increase of 212%" of a cell "212" under "% change: AUC"; else head and cell."""
    if "%" in head and "change" in head.lower() and (number := re.fullmatch(r"([-−↓+↑]?) ?(\d[\d.]*)", cell.strip())):
        way = "decrease" if number[1] in ("-", "−", "↓") else "increase"
        return f"{re.sub(r'% ?(?:mean )?change(?: of| in)?|[()%]', '', head)}: {way} of {number[2]}%"
    return f"{head}: {cell}" if head else cell
