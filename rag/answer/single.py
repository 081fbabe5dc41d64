"""What the corpus has on a question about one medicine, or about none.

Which product is meant comes first, then which label of it speaks; where several products have something to say on a
dose, each is said apart, its name in front.
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.answer import declining, extract
from rag.answer.extract import Scored
from rag.answer.premise import CONDITIONS, Correction
from rag.answer.speakers import Group, agreeing, dissent, groups_of, is_same
from rag.evidence.claims import claims_of
from rag.evidence.evidence import level_of
from rag.index.index import Index
from rag.pairs.pairs import Brief
from rag.records import Basis, Claim, Hit, Intent, Kind, Level, Missing, Reason, Verdict
from rag.search.asked import Asked
from rag.search.intents import is_about, people_of, speaks_of
from rag.search.question import Subject, Understood
from rag.search.search import find
from rag.search.stance import Stance
from rag.settings import SearchSettings

OTHERS = "Other labels of the same medicine"
_MOST = 4
_LEAST_EACH = 2
"""Claims for each product, where several speak."""
_MOST_PRODUCTS = 3
_NEAR = 0.75
"""Share of the best score that a label's best sentence must reach, for the label to speak or to be heard beside it."""


def brief(
    understood: Understood,
    asked: Asked,
    correction: Correction | None,
    hits: Sequence[Hit],
    index: Index,
    settings: SearchSettings,
) -> Brief:
    """The brief on the first subject of a question, or on its words where it names no medicine."""
    if understood.unknown:
        return declining.of_unknown(understood, index)
    subject = understood.subjects[0] if understood.subjects else None
    if subject is None:
        return _about_none(understood, asked, hits, index)
    entries = _of_those(extract.ranked(understood, hits, index, asked.measures), understood)
    if not subject.is_known:
        return _of_others(subject, extract.claims_from(extract.best(entries, _MOST)))
    groups = groups_of(subject, index)
    of_brand = _of_brand(subject, entries)
    if of_brand:
        entries = of_brand
    elif Intent.DOSE in understood.query.intents and len(groups) > 1:
        entries = _of_those(_from_all(understood, asked, subject, groups, entries, index, settings), understood)
    claims = _corrected(correction, _claims(understood, subject, groups, entries, index))
    if not claims:
        silence = declining.of_silence(subject, understood, hits, index)
        return _with_warnings(silence, understood, hits, index)
    return Brief(Verdict.ANSWERED, _headline(asked, correction, claims), tuple(claims), (), ())


def _of_those(entries: Sequence[Scored], understood: Understood) -> list[Scored]:
    """Those that speak of the patients asked about, and where it is no dose what else the label says beside them.

    The adults' dose is no answer on a child.
    """
    people = () if Intent.BOXED_WARNING in understood.query.intents else people_of(understood.query.intents)
    if not people:
        return list(entries)
    speaking = [
        entry
        for entry in entries
        if any(
            is_about(entry.sentence.passage.section, one) or speaks_of(entry.sentence.readable, one) for one in people
        )
    ]
    return speaking if Intent.DOSE in understood.query.intents or not speaking else list(entries)


def _about_none(understood: Understood, asked: Asked, hits: Sequence[Hit], index: Index) -> Brief:
    entries = extract.ranked(understood, hits, index, asked.measures)
    claims = extract.claims_from(extract.best(entries, _MOST))
    if not claims:
        return declining.of_weakness(hits, understood, index)
    if any(claim.quotes[0].document.kind is Kind.LABEL for claim in claims):
        # each quote stands under its own product; none of them is the answer for a medicine that was not recognised
        text = "The question names no medicine that this corpus has a label of; labels that hold its words are quoted."
        return Brief(Verdict.PARTLY, text, tuple(claims), (), (Missing(Reason.WEAK, text, (), ()),))
    return Brief(Verdict.ANSWERED, sources(claims), tuple(claims), (), ())


def _of_others(subject: Subject, claims: Sequence[Claim]) -> Brief:
    """For a medicine without a label: what documents that name it say."""
    tail = "; what is quoted comes from documents that name it." if claims else "."
    text = f"This corpus has no label of {subject.said}{tail}"
    missing = Missing(Reason.NO_DOCUMENT, text, (subject.said,), ())
    verdict = Verdict.PARTLY if claims else Verdict.DECLINED
    return Brief(verdict, text, tuple(claims), (), (missing,))


def _with_warnings(silence: Brief, understood: Understood, hits: Sequence[Hit], index: Index) -> Brief:
    """For side effects of a label without such a section: what it warns of is the nearest thing, part of an answer."""
    if Intent.ADVERSE not in understood.query.intents:
        return silence
    query = replace(understood.query, intents=(*understood.query.intents, Intent.WARNING))
    near = extract.best(extract.ranked(replace(understood, query=query), hits, index), _MOST)
    if not near:
        return silence
    text = f"{silence.headline} What they warn of is quoted."
    return replace(silence, verdict=Verdict.PARTLY, headline=text, claims=tuple(extract.claims_from(near)))


def _of_brand(subject: Subject, entries: Sequence[Scored]) -> list[Scored]:
    """What the very labels asked for say, where a brand was; empty where others have much better to say."""
    if len(subject.asked) == len(subject.documents):
        return []
    own = [entry for entry in entries if entry.sentence.document_row in subject.asked]
    return own if own and own[0].score >= entries[0].score * _NEAR else []


def _from_all(
    understood: Understood,
    asked: Asked,
    subject: Subject,
    groups: Sequence[Group],
    entries: Sequence[Scored],
    index: Index,
    settings: SearchSettings,
) -> list[Scored]:
    """The entries, with those of products that the hits leave out."""
    found = list(entries)
    for group in groups[:_MOST_PRODUCTS]:
        if not any(entry.sentence.document_row in group.documents for entry in entries):
            own = replace(subject, documents=group.documents, asked=group.documents)
            alone = replace(understood, subjects=(own,))
            found += extract.ranked(alone, find(alone, index, settings), index, asked.measures)
    return sorted(found, key=lambda entry: (-entry.score, entry.rank, entry.sentence.order))


def _claims(
    understood: Understood, subject: Subject, groups: Sequence[Group], entries: Sequence[Scored], index: Index
) -> list[Claim]:
    """What the speaking labels say, product by product, then where other labels differ."""
    if not entries:
        return []
    is_dose = Intent.DOSE in understood.query.intents
    spoken = [
        (group, own) for group in groups if (own := [e for e in entries if e.sentence.document_row in group.documents])
    ]
    articles = [entry for entry in entries if not any(entry in own for _, own in spoken)]
    kept: list[list[Scored]] = []
    others: list[Claim] = []
    for group, own in spoken[:_MOST_PRODUCTS]:
        speaker = _speaker(group, own)
        said = [entry for entry in own if entry.sentence.document_row == speaker]
        most = _MOST if len(spoken) == 1 or not is_dose else _LEAST_EACH
        kept.append(_forbidden_first(extract.best(said, most, of=entries[0].score), understood))
        others += _dissenting(kept[-1], [entry for entry in own if entry not in said], speaker, index)
    if not is_dose:
        best = sorted((entry for each in kept for entry in each), key=lambda entry: -entry.score)[:_MOST]
        kept = [[entry for entry in each if entry in best] for each in kept]
    kept = [each for each in kept if each]
    is_apart = is_dose and len(kept) > 1
    claims = [claim for each in kept for entry in each for claim in _said(entry, subject, index, is_apart)]
    room = _MOST - len(claims)
    claims += extract.claims_from(extract.best(articles, room, of=entries[0].score)) if room > 0 else []
    return claims + others


def _forbidden_first(entries: list[Scored], understood: Understood) -> list[Scored]:
    """In a question on a patient's condition what is contraindicated stands in front; else the best does."""
    if CONDITIONS.keys().isdisjoint(understood.query.intents):
        return entries
    return sorted(entries, key=lambda entry: _level(entry) is not Level.CONTRAINDICATED)


def _level(entry: Scored) -> Level:
    return level_of(entry.sentence.text, entry.sentence.evidence)


def _speaker(group: Group, entries: Sequence[Scored]) -> int:
    """The first label of a product whose best sentence is about as good as the best of all its labels."""
    best: dict[int, float] = {}
    for entry in entries:
        best.setdefault(entry.sentence.document_row, entry.score)
    enough = max(best.values()) * _NEAR
    return next(row for row in group.documents if best.get(row, 0.0) >= enough)


def _said(entry: Scored, subject: Subject, index: Index, is_apart: bool) -> list[Claim]:
    """The claims of a sentence, with the number of labels that hold it, and its product where there are several."""
    claims = extract.claims_from([entry])
    if len(subject.documents) > 1:
        copies = max(agreeing(entry.sentence, subject, index), entry.sentence.same_text_in)
        claims = [replace(c, quotes=(replace(c.quotes[0], same_text_in=copies), *c.quotes[1:])) for c in claims]
    if is_apart:
        claims = [replace(claim, text=f"{entry.sentence.document.title}: {claim.text}") for claim in claims]
    return claims


def _dissenting(kept: Sequence[Scored], others: Sequence[Scored], speaker: int, index: Index) -> list[Claim]:
    """The best sentence of another label of the product that gives other amounts than the one that speaks."""
    if not kept:
        return []
    document = index.document_at(speaker)
    for entry in others:
        if entry.score < kept[0].score * _NEAR or any(is_same(entry.sentence, one.sentence) for one in kept):
            continue
        if opening := dissent(entry.sentence, [one.sentence for one in kept], document):
            [claim, *_] = claims_of(entry.sentence, Basis.STATED, OTHERS)
            return [replace(claim, text=f"{opening}: {claim.text}")]
    return []


def _corrected(correction: Correction | None, claims: Sequence[Claim]) -> list[Claim]:
    """The correction first, then what else was found, as many as an answer holds."""
    if correction is None:
        return list(claims)
    first = [
        claim
        for sentence in correction.sentences
        for claim in claims_of(sentence, Basis.STATED, extract.group_of(sentence))
    ]
    said = {(quote.document.id, quote.start) for claim in first for quote in claim.quotes}
    rest = [claim for claim in claims if (claim.quotes[0].document.id, claim.quotes[0].start) not in said]
    others = [claim for claim in rest if claim.group == OTHERS]
    room = max(_MOST - len(first), 1)
    return [*first, *[claim for claim in rest if claim.group != OTHERS][:room], *others]


_LEVELS = {Level.CONTRAINDICATED: "contraindicated", Level.AVOID: "it advises against it"}


def _headline(asked: Asked, correction: Correction | None, claims: Sequence[Claim]) -> str:
    """One sentence on top; a premise that the label contradicts is corrected first, with its exceptions."""
    if correction and asked.stance is not Stance.OPEN:
        title = correction.sentences[0].document.title
        said = _LEVELS.get(correction.level, "it tells of harm")
        tail = ", with exceptions" if correction.has_exception else ""
        if asked.stance is Stance.PRESUMES:
            return f"The label says otherwise: {said}{tail}, under the conditions quoted ({title})."
        if correction.level in _LEVELS:
            return f"The label of {title}: {said}{tail}, under the conditions quoted."
    titles = dict.fromkeys(claim.quotes[0].document.title for claim in claims)
    if any(claim.text.startswith(f"{claim.quotes[0].document.title}: ") for claim in claims):
        return f"It depends on the product, and each is said apart: {'; '.join(titles)}."
    if asked.stance is Stance.PRESUMES:
        return f"The question takes for granted what is not confirmed here; the words of {_titles(claims)}:"
    return sources(claims)


def sources(claims: Sequence[Claim]) -> str:
    """The documents that speak, in a sentence."""
    return f"From {_titles(claims)}:"


def _titles(claims: Sequence[Claim]) -> str:
    documents = {claim.quotes[0].document.id: claim.quotes[0].document for claim in claims}
    first = next(iter(documents.values()))
    others = f" and {len(documents) - 1} more document{'s' if len(documents) > 2 else ''}" if len(documents) > 1 else ""
    return f"{first.title}{others}"
