"""The oracle: an answer from the gold passages, as if search had found them and nothing else.

What is quoted of them is chosen as in ``rag``, by code or by the model. Not covered: class statements and inferences,
which rest on more than the passages that a question set names.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.questions import Gold, Question
from rag.errors import UsageError
from rag.records import Answer, Claim, Hit, Missing, ModelState, Passage, Reason, Timings, Verdict
from rag.text import words

if TYPE_CHECKING:
    from rag.index.index import Index
    from rag.search.question import Understood
    from rag.settings import Settings
    from rag.writing.writer import Writer

_ENOUGH = 0.5
"""Share of the gold words that a passage must hold where none holds them all: gold may reach over passages."""
_MOST = 20


def answer(
    question: Question, index: "Index", settings: "Settings", writer: "Writer | None"
) -> tuple[Answer, int | None]:
    """The answer, and the tokens that the model wrote, None without one.

    Raises:
        UsageError: the question names no gold passage that this index has.
    """
    from rag.search.question import understand

    begun = time.perf_counter()
    understood = understand(question.asked, index, ())
    after_query = time.perf_counter()
    passages = gold_passages(question.gold, index)
    if not passages and not question.should_decline:
        raise UsageError(f"question {question.id}: this index has none of its gold passages")
    copies = index.same_text(passages)
    hits = tuple(
        Hit(passage, 1.0, rank, ("gold",), max(copies.get(row, 1), 1))
        for rank, (row, passage) in enumerate(passages.items(), 1)
    )
    after_search = time.perf_counter()
    claims, tokens = _read(question.asked, understood, hits, list(passages), index, settings, writer)
    notices = ("Oracle: the gold passages were given, nothing was searched.", *(writer.notices if writer else ()))
    missing = () if claims else (Missing(Reason.WEAK, "Nothing in the gold passages was chosen.", (), ()),)
    ended = time.perf_counter()
    made = Answer(
        query=understood.query,
        verdict=Verdict.ANSWERED if claims else Verdict.DECLINED,
        headline="From the gold passages:" if claims else "The gold passages were read and nothing was chosen.",
        claims=tuple(claims),
        warnings=(),
        missing=missing,
        management=(),
        hits=hits,
        index=index.state,
        model=ModelState(writer.name, writer.adapter, writer.sha256) if writer else None,
        notices=notices,
        withheld=0,
        timings=Timings(
            (after_query - begun) * 1000, (after_search - after_query) * 1000, (ended - after_search) * 1000, 0.0
        ),
        arm="oracle",
    )
    return made, tokens


def _read(
    asked: str,
    understood: "Understood",
    hits: Sequence[Hit],
    rows: Sequence[int],
    index: "Index",
    settings: "Settings",
    writer: "Writer | None",
) -> tuple[list[Claim], int | None]:
    """The claims that the gold passages give, and the tokens that it took."""
    from rag.answer import extract
    from rag.evidence.claims import claims_of
    from rag.evidence.quotes import sentences_at
    from rag.records import Basis
    from rag.writing import prompts
    from rag.writing.writer import Form, run

    if writer is None:
        return extract.claims_for(understood, hits, index), None
    offered = list(sentences_at(rows, index))[: settings.writer.sentences]
    if not offered:
        return [], 0
    form = Form.JSON if writer.form is Form.CLAIMS else writer.form
    prompt = prompts.choose(asked, offered, form, settings.writer.items)
    said = run(writer, prompt.request, settings.writer)
    chosen = prompts.read(said.text, prompt.choices, form, settings.writer.items, cut=said.cut)
    ids = () if said.failed else chosen.ids
    claims = [
        claim
        for id in ids
        for claim in claims_of(prompt.sentences[id], Basis.STATED, extract.group_of(prompt.sentences[id]))
    ]
    return claims, said.tokens


def gold_passages(gold: Sequence[Gold], index: "Index") -> dict[int, Passage]:
    """Row to passage of the passages that hold gold words, in the order of the gold; at most 20."""
    ids = {one.document for one in gold if one.document and one.grade > 0}
    rows = {row.id: row.row for row in index.documents() if row.id in ids} if ids else {}
    found: dict[int, Passage] = {}
    for one in gold:
        if one.document in rows and one.grade > 0:
            sql = "select row from passage where document in {} order by row"
            passages = index.passages([row["row"] for row in index.store.among(sql, [rows[one.document]])])
            found |= {row: passage for row, (_, passage) in sorted(passages.items()) if row in _holding(one, passages)}
    return dict(list(found.items())[:_MOST])


def _holding(gold: Gold, passages: dict[int, tuple[int, Passage]]) -> set[int]:
    """Rows of the passages that hold the gold: by offsets, else by words; all where the whole document is gold."""
    of = {row: passage for row, (_, passage) in passages.items()}
    if gold.start is not None and gold.end is not None:
        found = {row for row, p in of.items() if p.start < gold.end and p.end > gold.start}
        if found:
            return found
    if not gold.text:
        return set(of)
    wanted = words(gold.text)
    spelled = f" {' '.join(wanted)} "
    held = {row: words(f"{passage.context or ''} {passage.text}") for row, passage in of.items()}
    if whole := {row for row, said in held.items() if spelled in f" {' '.join(said)} "}:
        return whole
    telling = {word for word in wanted if len(word) > 3}
    shares = {row: len(telling & set(said)) / max(len(telling), 1) for row, said in held.items()}
    best = max(shares.values(), default=0.0)
    return {row for row, share in shares.items() if share == best} if best >= _ENOUGH else set()
