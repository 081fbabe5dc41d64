"""A question, the reply of an arm, and what both are checked with: what every measure is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from eval.corpus import Corpus
from eval.judge import Ground, Judge, Judgement
from eval.measures.quotes import Found, find
from eval.questions import Question
from eval.replies import Citation, Reply, Statement
from rag.records import Basis, Document


@dataclass(frozen=True)
class Case:
    """One reply to one question. Not slotted: what is looked up is kept."""

    question: Question
    reply: Reply
    corpus: Corpus
    judge: Judge
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of drugs, lower case, to the drug that each stands for: ``eval.corpus.names_of``."""
    log_probabilities: tuple[float, ...] = ()
    """Natural logarithms that the arm's model gives the tokens of the gold answer; none where it gives none."""

    @cached_property
    def documents(self) -> dict[int, Document | None]:
        """Citation number to its document, None where the corpus has no such document or version."""
        return {one.n: self.corpus.document(one.document, one.version) for one in self.reply.citations}

    @cached_property
    def quotes(self) -> dict[int, Found]:
        """Citation number to where its words were found."""
        return {one.n: self._find(one) for one in self.reply.citations}

    def _find(self, citation: Citation) -> Found:
        document = self.documents[citation.n]
        if document is None:
            return Found.NO_DOCUMENT
        others = {d.id: d.text for d in self.documents.values() if d is not None and d.id != document.id}
        return find(citation.quote, document.text, list(others.values()))

    def ground(self, citation: Citation) -> Ground | None:
        """What a citation rests on; None where its words do not stand in its document."""
        document = self.documents[citation.n]
        if document is None or not self.quotes[citation.n].is_there:
            return None
        return Ground(citation.quote, citation.context, document.drugs)

    def judged(self, statement: Statement, citations: Sequence[Citation]) -> Judgement | None | bool:
        """The judgement of a statement by citations; False where none of them rests on anything."""
        grounds = [ground for one in citations if (ground := self.ground(one))]
        return self.judge.judge(statement.text, grounds) if grounds else False

    def supported(self, statement: Statement, citations: Sequence[Citation]) -> bool | None:
        """True where the citations together bear the statement out; None where the judge cannot say."""
        found = self.judged(statement, citations)
        return found.supports if isinstance(found, Judgement) else found

    @cached_property
    def said(self) -> tuple[Ground, ...]:
        """What a reader of the reply is told: statements, warnings and advice, or snippets where nothing is stated."""
        if self.reply.is_search:
            return tuple(Ground(one.text, "", self._drugs(one.document)) for one in self.reply.snippets)
        told = (*self.reply.statements, *self.reply.shown)
        return tuple(ground for one in told for ground in (self._as_ground(one), *self._legs(one)))

    def _legs(self, statement: Statement) -> tuple[Ground, ...]:
        """The quotes of what is inferred: a reader is shown them as what is stated, and the rest as concluded."""
        if statement.basis != Basis.INFERRED:
            return ()
        grounds = (self.ground(one) for one in self.reply.cited(statement))
        return tuple(ground for ground in grounds if ground)

    def _as_ground(self, statement: Statement) -> Ground:
        """With the titles of what it cites: a reader takes the drug from there, whether or not the document exists."""
        cited = self.reply.cited(statement)
        drugs = {drug: None for one in cited for drug in self._drugs_of(self.documents[one.n])}
        around = dict.fromkeys(f"{one.title}\n{one.context}" for one in cited)
        return Ground(statement.text, "\n".join(around), tuple(drugs))

    def _drugs(self, document: str) -> tuple[str, ...]:
        return self._drugs_of(self.corpus.document(document))

    @staticmethod
    def _drugs_of(document: Document | None) -> tuple[str, ...]:
        return document.drugs if document else ()
