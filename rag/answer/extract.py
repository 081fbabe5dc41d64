"""Sentences that answer a question about one drug, or about none: chosen from the hits, quoted as they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.evidence.claims import claims_of
from rag.evidence.quotes import Sentence, sentences_of
from rag.index.index import Index
from rag.records import Basis, Claim, Evidence, Hit, Intent, Kind
from rag.search.intents import expansion, is_about
from rag.search.measures import Measure, holds
from rag.search.naming import is_named
from rag.search.question import Understood
from rag.text import stem, words

_MOST = 4
_FIT = {True: 0.8, False: -0.8, None: 0.0}
"""What a stated range adds to a sentence that holds the patient's number, leaves it out, or states none."""
_OF_ANOTHER = -1.5
"""For a sentence of a section or table on other drugs where none was asked about: its dose is not the usual one."""
_WITH_OTHERS = re.compile(r"\b(?:interact\w*|co-?administ\w*|concomitant\w*)\b", re.IGNORECASE)
"""Headings and captions of what holds with other drugs only."""
_AMOUNT = re.compile(r"\d\s*(?:mg|mcg|g|mL|units?|tablets?)\b")
_LEGEND = re.compile(r"[\w ./-]{1,20} ?= ?[\w ./-]{1,40}\.?")
"""A note that spells an abbreviation out: "mcg = microgram"."""
_ENOUGH = 0.34
"""Share of the question's own words that a passage must hold, where no drug and no section vouches for it."""
_ENOUGH_OF_LABEL = 0.6
"""The same for a sentence of a label, which speaks of its own medicine; two telling words among them."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with how well it answers."""

    score: float
    sentence: Sentence
    rank: int
    """Of the hit that it stands in."""


def claims_for(understood: Understood, hits: Sequence[Hit], index: Index) -> list[Claim]:
    """The best sentences of the hits, the better hit first; none where nothing bears on the question."""
    return claims_from(best(ranked(understood, hits, index), _MOST))


def claims_from(entries: Sequence[Scored]) -> list[Claim]:
    """Sentences as claims, under their products."""
    return [claim for entry in entries for claim in claims_of(entry.sentence, Basis.STATED, group_of(entry.sentence))]


def best(entries: Sequence[Scored], most: int, of: float = 0.0) -> list[Scored]:
    """The first ``most`` that are at least half as good as the first, and as a sentence that scored ``of``."""
    floor = max(entries[0].score, of) * 0.5 if entries else 0.0
    return [entry for entry in entries[:most] if entry.score >= floor]


def ranked(understood: Understood, hits: Sequence[Hit], index: Index, measures: Sequence[Measure] = ()) -> list[Scored]:
    """All sentences of the hits that bear on the question, the best first, each wording once.

    ``measures`` are numbers of the patient: a sentence whose range holds them is preferred to one that leaves them out.
    """
    own = {stem(word) for word in understood.terms}
    lent = {stem(word) for word in expansion(understood.query.intents)} - own
    rows = _rows(hits, index)
    rarest = _rarest(understood, index)
    scored: list[Scored] = []
    seen: set[str] = set()
    for hit in hits:
        for sentence in sentences_of(hit.passage, rows[hit.passage.id], index, hit.same_text_in):
            if sentence.text in seen:
                continue
            seen.add(sentence.text)
            if _LEGEND.fullmatch(sentence.text) or not _bears_on(sentence, understood, rarest):
                continue
            entry = _score(sentence, hit, own, lent, understood)
            if entry is not None:
                fit = sum(_FIT[holds(sentence.readable, measure)] for measure in measures)
                scored.append(replace(entry, score=entry.score + fit))
    return sorted(scored, key=lambda entry: (-entry.score, entry.rank, entry.sentence.order))


def _rarest(understood: Understood, index: Index) -> str | None:
    """The rarest telling word of a question without a recognised drug: most likely the thing asked about."""
    return min(understood.telling, key=lambda term: len(index.words.naming([term], limit=300)), default=None)


def _bears_on(sentence: Sentence, understood: Understood, rarest: str | None) -> bool:
    """False for what a label says of its own drug where another thing was asked about, or its boxed warning."""
    if any(subject.is_known for subject in understood.subjects):
        # a label without a box has none, whatever else it warns of
        asked_box = Intent.BOXED_WARNING in understood.query.intents
        return not asked_box or sentence.evidence is Evidence.BOXED_WARNING
    if understood.subjects:
        return any(is_named(subject, sentence.readable) for subject in understood.subjects)
    if sentence.document.kind is Kind.ARTICLE or rarest is None:
        return True
    return stem(rarest) in {stem(word) for word in words(sentence.readable)}


def _rows(hits: Sequence[Hit], index: Index) -> dict[str, int]:
    """Passage id -> the row of its document."""
    found = index.rows_of(hit.passage.id for hit in hits)
    owners = index.owners(found.values())
    return {id: owners[row].row for id, row in found.items()}


def _score(sentence: Sentence, hit: Hit, own: set[str], lent: set[str], understood: Understood) -> Scored | None:
    stems = {stem(word) for word in words(sentence.readable)}
    matched = sum(_worth(word) for word in own & stems)
    total = sum(_worth(word) for word in own)
    section = sum(is_about(hit.passage.section, intent) for intent in understood.query.intents)
    is_dose = Intent.DOSE in understood.query.intents and bool(_AMOUNT.search(sentence.text))
    borrowed = len(lent & stems)
    share = matched / total if total else 0.0
    if understood.subjects:
        # nothing more was asked than the section holds, or the label has its own words for what was asked
        is_box = Intent.BOXED_WARNING in understood.query.intents
        if not matched and not (section and (borrowed or is_box or not understood.telling)):
            return None
    elif not _is_enough(share, own & stems, sentence) or (understood.query.intents and not section and not borrowed):
        return None
    score = 2.0 * share + 0.7 * min(section, 2) + 0.3 * min(borrowed, 3) + 1.0 / (1 + hit.rank)
    if is_dose:
        score += 0.5
    if Intent.DOSE in understood.query.intents and _is_with_others(sentence, understood):
        score += _OF_ANOTHER
    if sentence.evidence is Evidence.CONTRAINDICATION and understood.query.intents:
        score += 0.5
    return Scored(score, sentence, hit.rank)


def _is_with_others(sentence: Sentence, understood: Understood) -> bool:
    """True for what stands under a heading or caption on other drugs, and names nothing else that was asked about."""
    if len(understood.subjects) != 1 or Intent.INTERACTION in understood.query.intents:
        return False
    if not set(understood.telling).isdisjoint(words(sentence.text)):
        return False  # the other drug may be one that the corpus has no label of
    context = sentence.block.context if sentence.block else None
    around = (*sentence.passage.section.path, *((context.text,) if context else ()))
    return any(_WITH_OTHERS.search(said) for said in around)


def _is_enough(share: float, held: set[str], sentence: Sentence) -> bool:
    """False for a chance word: "blue" of a sky in the warnings of a tablet."""
    if sentence.document.kind is Kind.ARTICLE:
        return share >= _ENOUGH
    return share >= _ENOUGH_OF_LABEL and sum(len(word) > 3 for word in held) >= 2


def _worth(word: str) -> float:
    return 1.0 + 0.1 * min(len(word), 10)


def group_of(sentence: Sentence) -> str:
    """The heading under which a claim stands: the product, so that a dose is never read for another."""
    return sentence.document.title
