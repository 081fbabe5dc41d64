"""An answer for which a model chose the sentences: what it may decide, what it may not, and what stays when it fails.

The model sees the sentences that code found and says their numbers; claims and quotes are made from the documents as
without a model. It may put sentences first and add others, marked as its own, and of one drug it may word statements,
each of which is checked against its sentences. It may not drop what is stated of a pair, what plain search ranks first,
advice, doses, warnings or measured null results, and it is not asked where the corpus is silent: declining, class
statements and inferences are decided in code.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag import sentences as splitting
from rag.answer import answer as extractive
from rag.answer import single
from rag.answer.extract import group_of
from rag.answer.notices import NOT_REVIEWED, notices
from rag.evidence.claims import claims_of
from rag.evidence.evidence import is_null_result, level_of
from rag.evidence.quotes import Sentence, sentences_at
from rag.index.index import Index
from rag.pairs.pairs import STATED
from rag.records import (
    Answer,
    Basis,
    Claim,
    Evidence,
    Intent,
    Kind,
    Level,
    Missing,
    ModelState,
    Quote,
    Reason,
    Support,
    Timings,
    Verdict,
)
from rag.search.asked import knowing, read
from rag.search.naming import is_named
from rag.search.question import Subject, Understood, understand
from rag.settings import Settings
from rag.support import checking
from rag.support.judge import Judge
from rag.text import searchable
from rag.writing import prompts
from rag.writing.prompts import Prompt, Reply
from rag.writing.writer import Form, Request, Writer, Written, run

_ALONE = 160
"""Tokens of a model that writes without sources: four short sentences."""


@dataclass(frozen=True, slots=True)
class Made:
    """An answer with what the model was asked and said; None where it was not asked."""

    answer: Answer
    request: Request | None = None
    prompt: Prompt | None = None
    """The sentences behind the numbers of the request; None where it offered none."""
    reply: Reply | None = None
    written: Written | None = None


def answer(
    question: str,
    index: Index,
    settings: Settings,
    writer: Writer,
    *,
    drugs: Sequence[str] = (),
    k: int | None = None,
) -> Answer:
    """Answers ``question`` from the index, its sentences chosen by ``writer``; like ``rag.answer.answer.answer``."""
    return make(question, index, settings, writer, drugs=drugs, k=k).answer


def make(
    question: str,
    index: Index,
    settings: Settings,
    writer: Writer,
    *,
    drugs: Sequence[str] = (),
    k: int | None = None,
    judge: Judge | None = None,
    watch: Callable[[str], None] | None = None,
) -> Made:
    """The answer with prompt and reply, for the record; ``watch`` gets the model's words as they come, unchecked."""
    begun = time.perf_counter()
    budget = settings.writer
    base = extractive.answer(question, index, settings, drugs=drugs, k=k)
    asked = read(question, knowing(index))
    understood = understand(asked.plain, index, drugs)
    offered = offer(base, understood, index, budget.sentences)
    prompt = reply = written = None
    if not offered:
        made = _noted(base, f"{writer.name} was not asked: no sentence of this corpus could be offered to it.")
    else:
        # the brief of a pair is made by code alone: no model words what two drugs do to each other
        form = Form.JSON if understood.query.is_pair and writer.form is Form.CLAIMS else writer.form
        prompt = prompts.choose(asked.plain, offered, form, budget.items)
        written = run(writer, prompt.request, budget, watch)
        text = "" if written.failed else written.text
        reply = prompts.read(text, prompt.choices, form, budget.items, cut=written.cut)
        made = _with(base, prompt, reply, written, writer.name, index, judge)
    spent = (time.perf_counter() - begun) * 1000 - base.timings.query - base.timings.search
    made = replace(
        made,
        model=ModelState(writer.name, writer.adapter, writer.sha256),
        notices=(*writer.notices, *made.notices),
        timings=replace(base.timings, answer=spent),
    )
    return Made(made, prompt.request if prompt else None, prompt, reply, written)


def offer(base: Answer, understood: Understood, index: Index, most: int) -> list[Sentence]:
    """The sentences to choose from: those that the answer without a model quotes, then those of the hits.

    None where it declines, and none for a pair that no document names: a model cannot make the corpus speak. Sentences
    that give orders to a model are left out.
    """
    stated = [claim for claim in base.claims if claim.basis is Basis.STATED]
    if base.verdict is Verdict.DECLINED or not stated:
        return []
    pair = understood.subjects[:2] if understood.query.is_pair else ()
    if pair and not any(claim.group == STATED for claim in stated):
        return []
    quoted = [claim.quotes[0] for claim in stated]
    ids = [*(quote.passage_id for quote in quoted), *(hit.passage.id for hit in base.hits)]
    order = {id: place for place, id in enumerate(dict.fromkeys(ids))}
    places = {(quote.passage_id, quote.start, quote.end) for quote in quoted}
    first: list[Sentence] = []
    others: list[Sentence] = []
    for sentence in sentences_at(index.rows_of(order).values(), index):
        if prompts.is_order(sentence.text):
            continue
        if (sentence.passage.id, sentence.span.start, sentence.span.end) in places:
            first.append(sentence)
        elif not pair or _names_pair(sentence, pair[0], pair[1]):
            others.append(sentence)
    others.sort(key=lambda sentence: (order[sentence.passage.id], sentence.order))
    return list({searchable(prompts.plain(s.text)): s for s in reversed([*first, *others])}.values())[::-1][:most]


def _names_pair(sentence: Sentence, a: Subject, b: Subject) -> bool:
    """A label of one that names the other, or an article that names both; see ``pairs``."""
    of_a, of_b = (sentence.document_row in subject.documents for subject in (a, b))
    if of_a and of_b or (sentence.document.kind is Kind.LABEL and not of_a and not of_b):
        return False
    return (of_a or is_named(a, sentence.readable)) and (of_b or is_named(b, sentence.readable))


def _with(
    base: Answer, prompt: Prompt, reply: Reply, written: Written, name: str, index: Index, judge: Judge | None
) -> Answer:
    """The answer without a model, changed as far as the model may change it."""
    base = replace(base, withheld=base.withheld + len(reply.rejected))
    if reply.abstained:
        text = f"{name} read {len(prompt.sentences)} sentences and chose none; those shown were found without it."
        weak = Missing(Reason.WEAK, text, tuple(drug.name for drug in base.query.drugs), ())
        return _noted(replace(base, verdict=Verdict.PARTLY, missing=(*base.missing, weak)), text)
    if not reply.ids:
        why = written.failed or ("its time or its tokens ran out" if written.cut else "it chose no sentence at hand")
        return _noted(base, f"{name} gave nothing that can be used ({why}); this answer was made without it.")
    worded = _worded(prompt, reply, name, index, judge)
    supported = [claim for claim in worded if claim.support is Support.SUPPORTED]
    claims = (
        _of_pair(base, prompt, reply, name) if base.query.is_pair else _of_one(base, prompt, reply, name, supported)
    )
    is_list_of_sources = base.headline == single.sources(base.claims)
    of_claims = notices(base.claims, base.hits, index)
    of_question = [notice for notice in base.notices if notice not in of_claims]
    return replace(
        base,
        claims=(*claims, *(claim for claim in worded if claim.support is not Support.SUPPORTED)),
        headline=single.sources(claims) if is_list_of_sources else base.headline,
        withheld=base.withheld + len(reply.worded) - len(worded),
        notices=(_note(name, prompt, reply, written, worded), *of_question, *notices(claims, base.hits, index)),
    )


def _of_pair(base: Answer, prompt: Prompt, reply: Reply, name: str) -> list[Claim]:
    """All that the brief has, and the sentences that were chosen beside it, under what is stated of the pair."""
    stated = [claim for claim in base.claims if claim.group == STATED]
    others = [claim for claim in base.claims if claim.group != STATED]
    chosen, rest = _chosen(stated, prompt, reply)
    added = [
        claim for sentence in rest for claim in claims_of(sentence, Basis.STATED, STATED, note=f"chosen by {name}")
    ]
    claims = [*chosen, *added, *(claim for claim in stated if claim not in chosen)]
    if Intent.DOSE not in base.query.intents:
        claims.sort(key=lambda claim: (list(Evidence).index(claim.evidence), not _advises(claim)))
    return [*claims, *others]


def _of_one(base: Answer, prompt: Prompt, reply: Reply, name: str, supported: Sequence[Claim]) -> list[Claim]:
    """What the model words, what it chooses of what was found, what it may not drop, and what it adds, marked as such.

    What sets a question right stays in front.
    """
    borne_out = {_place(quote) for claim in supported for quote in claim.quotes}
    chosen, rest = _chosen(base.claims, prompt, reply)
    chosen = [claim for claim in chosen if _must_stay(claim) or _place(claim.quotes[0]) not in borne_out]
    added = [
        claim
        for sentence in rest
        for claim in claims_of(sentence, Basis.STATED, f"{group_of(sentence)}, added by {name}")
        if _must_stay(claim) or _place(claim.quotes[0]) not in borne_out
    ]
    if base.headline != single.sources(base.claims):
        return [*base.claims, *supported, *added]
    said = borne_out | {_place(claim.quotes[0]) for claim in chosen}
    first = next(claim for claim in base.claims if claim.basis is Basis.STATED)
    kept = [
        claim
        for claim in base.claims
        if claim not in chosen
        and (
            claim.basis is not Basis.STATED
            or (_place(claim.quotes[0]) not in said and (claim is first or _must_stay(claim)))
        )
    ]
    return [*supported, *chosen, *kept, *added]


def _chosen(claims: Sequence[Claim], prompt: Prompt, reply: Reply) -> tuple[list[Claim], list[Sentence]]:
    """The claims that stand on a chosen sentence already, and the chosen sentences that none stands on."""
    found: list[Claim] = []
    rest: list[Sentence] = []
    for id in reply.ids:
        sentence = prompt.sentences[id]
        here = (sentence.document.id, sentence.span.start, sentence.span.end)
        there = [claim for claim in claims if claim.basis is Basis.STATED and _place(claim.quotes[0]) == here]
        found += there
        rest += [] if there else [sentence]
    return found, rest


def _worded(prompt: Prompt, reply: Reply, name: str, index: Index, judge: Judge | None) -> list[Claim]:
    """The model's statements that its sentences bear out, and those that they contradict."""
    found: list[Claim] = []
    for statement in reply.worded:
        sentences = [prompt.sentences[id] for id in statement.ids]
        group = f"{group_of(sentences[0])}, in the words of {name}"
        claim = checking.worded(statement.text, sentences, group, index, name, judge)
        found += [claim] if claim else []
    return found


def _note(name: str, prompt: Prompt, reply: Reply, written: Written, worded: Sequence[Claim]) -> str:
    note = f"{name} chose {len(reply.ids)} of {len(prompt.sentences)} sentences; quotes are copied from the documents."
    if reply.worded:
        passed = sum(claim.support is Support.SUPPORTED for claim in worded)
        note += f" It worded {len(reply.worded)} statements, of which {passed} passed the check against their quotes."
    if written.cut:
        note += " Its time or its tokens ran out before it ended."
    return note


def _place(quote: Quote) -> tuple[str, int, int]:
    return quote.document.id, quote.start, quote.end


def _advises(claim: Claim) -> bool:
    return level_of(claim.quotes[0].text, claim.evidence) is not Level.NONE_STATED


def _must_stay(claim: Claim) -> bool:
    """True for what no model may leave out: warnings, doses, advice, measured null results."""
    return (
        claim.evidence in (Evidence.BOXED_WARNING, Evidence.CONTRAINDICATION, Evidence.WARNING, Evidence.DOSAGE)
        or _advises(claim)
        or is_null_result(claim.quotes[0].text)
    )


def _noted(base: Answer, notice: str) -> Answer:
    return replace(base, notices=(notice, *base.notices))


def unsourced(
    question: str,
    index: Index,
    settings: Settings,
    writer: Writer,
    *,
    drugs: Sequence[str] = (),
    watch: Callable[[str], None] | None = None,
) -> Made:
    """What the model says without sources, to compare: every sentence basis *model*, unverified, and none cited."""
    begun = time.perf_counter()
    asked = read(question, knowing(index))
    understood = understand(asked.plain, index, drugs)
    after_query = time.perf_counter()
    budget = replace(settings.writer, tokens=min(settings.writer.tokens, _ALONE))
    request = prompts.alone(asked.plain)
    written = run(writer, request, budget, watch)
    text = "" if written.failed else "\n".join(map(prompts.plain, written.text.splitlines()))
    said = [span.of(text) for span in splitting.split(text)]
    if written.cut and said and not said[-1].endswith((".", "!", "?")):
        said.pop()  # the budget cut it off
    claims = [Claim(words, Basis.MODEL, Support.UNVERIFIED, Evidence.OTHER, (), "The model alone") for words in said]
    headline = " ".join((f"From {writer.name} alone, without a source: nothing of it was checked.", *writer.notices))
    if not claims:
        headline = f"{writer.name} said nothing that can be shown ({written.failed or 'no whole sentence'})."
    ended = time.perf_counter()
    given = Answer(
        query=replace(understood.query, question=question),
        verdict=Verdict.PARTLY if claims else Verdict.DECLINED,
        headline=headline,
        claims=tuple(claims),
        warnings=(),
        missing=(),
        management=(),
        hits=(),
        index=index.state,
        model=ModelState(writer.name, writer.adapter, writer.sha256),
        notices=(*writer.notices, NOT_REVIEWED),
        withheld=0,
        timings=Timings((after_query - begun) * 1000, 0.0, (ended - after_query) * 1000, 0.0),
        arm="llm",
    )
    return Made(given, request, None, None, written)
