"""The arms on a small real index: what each gives, what decides its answers, and what is not run."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from eval import replies
from eval.arms import Arm, Desk, Name, NotRun, arms, code
from eval.case import Case
from eval.corpus import names_of
from eval.judge import LexicalJudge
from eval.measures import perplexity
from eval.oracle import gold_passages
from eval.questions import Gold, Kind, Option, Question
from eval.run import hash_of
from rag.errors import UsageError
from rag.index.index import Index
from rag.records import Verdict
from rag.settings import Budget
from rag.writing.writer import Form, Message, Piece, Request
from tests import corpus
from tests.corpus import label, section
from ui import show_json

LABELS = (
    label(
        "abrelin",
        section("2 DOSAGE AND ADMINISTRATION", "The recommended dose of abrelin is 5 mg once daily with a meal."),
        section("4 CONTRAINDICATIONS", "Abrelin is contraindicated in patients with severe renal impairment."),
        section("7 DRUG INTERACTIONS", "Bostatide raises the concentration of abrelin: avoid the combination."),
        brand="Abrex",
    ),
    label("bostatide", section("2 DOSAGE AND ADMINISTRATION", "The recommended dose of bostatide is 10 mg a day.")),
)
GOLD = Gold("toy-abrelin", "The recommended dose of abrelin is 5 mg")
DOSE = Question("dose", "What is the recommended dose of abrelin?", gold=(GOLD,))


@dataclass(slots=True)
class Chooses:
    """A writer that says what it was told to, and keeps what it was asked."""

    says: str
    name: str = "toy writer"
    sha256: str | None = None
    adapter: str | None = None
    form: Form = Form.JSON
    notices: tuple[str, ...] = ("A toy wrote this.",)
    asked: list[Request] = field(default_factory=list)

    def write(self, request: Request, budget: Budget) -> Iterator[Piece]:
        self.asked.append(request)
        yield Piece(self.says, tokens=4)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = corpus.build(tmp_path_factory.mktemp("arms"), *LABELS)
    with Index.open(settings) as index:
        yield Desk(index, settings, show_json.answer)


def one(name: Name, desk: Desk) -> Arm:
    [arm] = arms([name], desk)
    assert not isinstance(arm, NotRun)
    return arm


def test_an_arm_that_needs_a_model_is_not_run_without_one_and_says_why(desk: Desk) -> None:
    found = arms([Name.LLM, Name.ADAPTED, Name.RAG], desk)
    assert [(arm.name, arm.why) for arm in found if isinstance(arm, NotRun)] == [
        ("llm", "no model that writes is configured"),
        ("rag+adapter", "no adapter is configured"),
    ]


def test_search_gives_snippets_and_concludes_nothing(desk: Desk) -> None:
    reply = replies.read(one(Name.SEARCH, desk).reply(DOSE).answer)
    assert reply.is_search and reply.verdict is Verdict.PARTLY and not reply.statements
    assert "5 mg once daily" in reply.snippets[0].text


def test_rag_quotes_and_the_record_reads_back_as_it_was_written(desk: Desk) -> None:
    given = one(Name.RAG, desk).reply(DOSE)
    reply = replies.read(json.loads(json.dumps(given.answer)))
    assert "5 mg once daily" in reply.text and reply.citations[0].document == "toy-abrelin"
    assert given.tokens is None and given.seconds > 0 and reply.model is None


def test_a_model_alone_states_without_citations_and_rag_with_a_model_names_it(desk: Desk) -> None:
    writer = Chooses("Abrelin is taken once a day.")
    with_model = replace(desk, writer=writer)
    alone = one(Name.LLM, with_model).reply(DOSE)
    reply = replies.read(alone.answer)
    assert (reply.arm, reply.text, reply.citations, alone.tokens) == ("llm", "Abrelin is taken once a day.", (), 4)
    chosen = replies.read(one(Name.RAG, replace(desk, writer=Chooses('{"ids": [1]}'))).reply(DOSE).answer)
    assert chosen.model == "toy writer" and chosen.citations


def test_the_adapted_writer_answers_as_its_own_arm(desk: Desk) -> None:
    both = replace(desk, writer=Chooses('{"ids": [1]}'), adapted=Chooses('{"ids": [1]}', name="toy, adapted"))
    reply = replies.read(one(Name.ADAPTED, both).reply(DOSE).answer)
    assert (reply.arm, reply.model) == ("rag+adapter", "toy, adapted")


def test_examples_are_shown_to_the_model_alone_before_the_question(desk: Desk) -> None:
    writer = Chooses("Yes.")
    shots = (Question("shot", "Is it red?", facts=("It is blue.",)),)
    one(Name.LLM, replace(desk, writer=writer, shots=shots)).reply(DOSE)
    said = [(message.role, message.content) for message in writer.asked[0].messages]
    assert said[1:] == [("user", "Is it red?"), ("assistant", "It is blue."), ("user", DOSE.question)]


def test_options_are_part_of_what_is_asked(desk: Desk) -> None:
    writer = Chooses("B")
    choice = Question("choice", "How much?", options=(Option("A", "5 mg"), Option("B", "10 mg")), correct="B")
    one(Name.LLM, replace(desk, writer=writer)).reply(choice)
    assert "B. 10 mg" in writer.asked[0].messages[-1].content


def test_the_oracle_reads_the_gold_passages_and_no_others(desk: Desk) -> None:
    reply = replies.read(one(Name.ORACLE, desk).reply(DOSE).answer)
    assert {snippet.document for snippet in reply.snippets} == {"toy-abrelin"} and len(reply.snippets) == 1
    assert "5 mg once daily" in reply.text and reply.arm == "oracle"
    writer = Chooses('{"ids": [1]}')
    written = one(Name.ORACLE, replace(desk, writer=writer)).reply(DOSE)
    assert "5 mg once daily" in replies.read(written.answer).text and written.tokens == 4
    assert "10 mg" not in writer.asked[0].messages[-1].content


def test_the_oracle_of_a_question_without_an_answer_declines_and_of_gold_that_is_not_there_fails(desk: Desk) -> None:
    silent = Question("silent", "What colour is abrelin?", Kind.UNANSWERABLE)
    assert replies.read(one(Name.ORACLE, desk).reply(silent).answer).verdict is Verdict.DECLINED
    with pytest.raises(UsageError, match="question lost: this index has none of its gold passages"):
        one(Name.ORACLE, desk).reply(Question("lost", "What?", gold=(Gold("no-such", "words"),)))


def test_gold_is_found_by_offsets_by_words_and_by_most_of_its_words(desk: Desk) -> None:
    document = desk.index.document("toy-abrelin")
    assert document is not None
    at = document.text.index("Bostatide raises")
    for gold in (
        Gold("toy-abrelin", start=at, end=at + 9),
        Gold("toy-abrelin", "bostatide RAISES the concentration"),
        Gold("toy-abrelin", "Avoid the combination of abrelin where bostatide raises its concentration."),
    ):
        [passage] = gold_passages([gold], desk.index).values()
        assert passage.text.startswith("Bostatide raises"), gold
    assert not gold_passages([Gold("toy-abrelin", "Nothing like this anywhere.")], desk.index)
    assert len(gold_passages([Gold("toy-abrelin")], desk.index)) == 3


def test_what_decides_an_answer_is_in_its_key_and_nothing_else(desk: Desk) -> None:
    def key(name: Name, desk: Desk, question: Question = DOSE) -> str:
        return hash_of(one(name, desk).key(question))

    same = key(Name.RAG, desk)
    assert same == key(Name.RAG, replace(desk))
    assert same == key(Name.RAG, desk, replace(DOSE, id="other", gold=())), "rag does not see the gold"
    assert key(Name.ORACLE, desk) != key(Name.ORACLE, desk, replace(DOSE, gold=(Gold("toy-bostatide", "10 mg"),)))
    search = replace(desk.settings, search=replace(desk.settings.search, k=3))
    others = {
        key(Name.SEARCH, desk),
        key(Name.RAG, desk, replace(DOSE, question="Another?")),
        key(Name.RAG, replace(desk, settings=search)),
        key(Name.RAG, replace(desk, writer=Chooses(""))),
        key(Name.RAG, replace(desk, writer=Chooses("", name="another"))),
        key(Name.RAG, replace(desk, writer=Chooses("", sha256="a"))),
    }
    assert len(others) == 6 and same not in others


def test_the_code_that_answers_is_part_of_the_key(desk: Desk) -> None:
    key = one(Name.RAG, desk).key(DOSE)
    assert key["code"] == code() and len(key["code"]) == 64


def test_another_corpus_makes_another_key(desk: Desk, tmp_path: Path) -> None:
    settings = corpus.build(tmp_path, LABELS[0])
    with Index.open(settings) as index:
        other = Desk(index, desk.settings, show_json.answer)
        assert one(Name.RAG, other).key(DOSE) != one(Name.RAG, desk).key(DOSE)


def test_names_of_drugs_lead_to_ingredients(desk: Desk) -> None:
    names = names_of(desk.index)
    assert names["abrex"] == "abrelin" and names["bostatide"] == "bostatide"


class Reads(Chooses):
    """A writer that finds every second word of a reply as likely as a coin's side, the others certain."""

    def log_likelihoods(self, messages: Sequence[Message], text: str) -> tuple[float, ...]:
        self.asked.append(Request(tuple(messages), {}))
        return tuple(math.log(0.5) * (at % 2) for at in range(len(text.split())))


def test_the_model_alone_is_scored_by_how_likely_it_finds_the_gold_answer_and_others_are_not(desk: Desk) -> None:
    known = replace(DOSE, answer="5 mg once daily")
    writer = Reads("Nothing.", form=Form.WORDS)
    alone = one(Name.LLM, replace(desk, writer=writer))
    given = alone.reply(known)
    assert given.log_probabilities == (0.0, math.log(0.5), 0.0, math.log(0.5))
    assert writer.asked[-1].messages[-1].content == DOSE.question
    case = Case(known, replies.read(given.answer), desk.index, LexicalJudge({}), {}, given.log_probabilities)
    found = {measure.name: measure.of(case).value for measure in perplexity.MEASURES}
    assert found == {"perplexity": pytest.approx(2**0.5), "bits_per_character": pytest.approx(2 / 15)}
    assert alone.key(known) != alone.key(DOSE)  # another gold answer has other probabilities
    for silent in (one(Name.RAG, replace(desk, writer=writer)), one(Name.LLM, replace(desk, writer=Chooses("No.")))):
        assert silent.reply(known).log_probabilities == () and silent.key(known) == silent.key(DOSE)
    assert not perplexity.MEASURES[0].of(replace(case, log_probabilities=())).is_scored


def test_examples_stand_before_the_question_when_the_gold_answer_is_read_too(desk: Desk) -> None:
    writer = Reads("Nothing.", form=Form.WORDS)
    shown = replace(desk, writer=writer, shots=(Question("shot", "What is it?", answer="A toy."),))
    one(Name.LLM, shown).reply(replace(DOSE, answer="5 mg"))
    assert [message.content for message in writer.asked[-1].messages[1:]] == ["What is it?", "A toy.", DOSE.question]
