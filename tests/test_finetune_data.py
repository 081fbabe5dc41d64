"""TOY DATA, not for clinical use: rows for tuning, from question to gate, on labels in our own words."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval import sets
from finetune import gates, overlap, rows
from finetune.asking import ask, misspelt
from finetune.build import Built, Wanted, build
from finetune.card import card, report
from finetune.labels import Names, labels
from finetune.oracle import Fact, conflicts, facts
from finetune.rows import Gold, Negative, Row, Split, Task, Turn
from finetune.splits import components, of_name, splits
from finetune.templates import Register, templates
from finetune.terms import contraindicated, effects, groups, treated
from finetune.tokens import Counter
from finetune.topics import topics
from rag.errors import SourceError, UsageError
from rag.records import Document
from rag.writing import prompts
from rag.writing.grammar import line_of
from rag.writing.writer import Form
from tests.corpus import Desk, asking, desk_of, label, section
from ui.cli import app

CHARACTERS = Counter("a quarter of the characters", lambda text: -(-len(text) // 4))
NAMES = (
    "tolvarin brenadol cassivex dormelin esparone fenitrol galvamide heparil istranol jovamine kelotrin lumidate"
    " morvacil nestorane olbitrex pravidol quenamab rostavir sulfenol trimavex uldepran vorinase wexatrol xylomide"
    " yavortin zeltamine"
).split()


def made_up(name: str, number: int) -> Document:
    """A label of a drug that does not exist."""
    other = ("warfarin", "digoxin", "lithium")[number % 3]
    return label(
        name,
        section(
            "INDICATIONS AND USAGE",
            f"{name.title()} tablets are indicated for the treatment of hypertension in adults.",
        ),
        section(
            "DOSAGE AND ADMINISTRATION",
            f"The recommended starting dose of {name} is {number + 2} mg once daily.",
            f"The maximum dose of {name} is {number * 10 + 20} mg daily.",
            f"Take {name} with or without food.",
        ),
        section("CONTRAINDICATIONS", f"{name.title()} is contraindicated in patients with a history of angioedema."),
        section(
            "WARNINGS AND PRECAUTIONS",
            f"{name.title()} can cause hyponatremia, most often in the first month of treatment.",
            f"Seizures have been reported in patients treated with {name}.",
            "Laboratory values of the first week should be written into the chart.",
            "The tablets hold a dye that can stain teeth for some hours.",
        ),
        section(
            "DRUG INTERACTIONS",
            f"Concomitant use of {name} and {other} increases the exposure of {other}.",
            f"Antacids given together with {name} reduce its absorption.",
        ),
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_of(tmp_path_factory.mktemp("rows"), *(made_up(name, n) for n, name in enumerate(NAMES))) as opened:
        yield opened


@pytest.fixture(scope="module")
def built(desk: Desk) -> Built:
    pytest.importorskip("datasketch")
    return build(desk.index, desk.settings, Wanted(rows=600, searches=6), counter=CHARACTERS)


def facts_of(home: Path, *documents: Document) -> list[Fact]:
    with asking(home) as asks:
        index = asks(*documents).index
        names = Names(index)
        related = {name: names.related(name) for name in names.leading.values()}
        return [fact for one in labels(index, names) for fact in facts(one, topics(), related)]


def told(found: list[Fact], topic: str) -> dict[str, list[str]]:
    """Term or other drug to the sentences that answer, of the facts of a topic."""
    return {fact.subject[1]: [unit.text for unit in fact.units] for fact in found if fact.topic == topic}


# Questions


def test_every_topic_has_wordings_of_both_registers_and_some_are_kept_for_the_test() -> None:
    for topic in topics():
        found = templates(topic.name)
        assert {one.register for one in found if not one.held_out} == set(Register), topic.name
        assert {one.register for one in found if one.held_out} == set(Register), topic.name
        assert all("{drug}" in one.words and ("{term}" in one.words) == bool(topic.terms) for one in found)


@pytest.mark.parametrize("topic", ["interaction", "contraindication", "effect", "indications", "use in patients"])
def test_the_main_topics_have_at_least_eight_wordings(topic: str) -> None:
    assert len(templates(topic)) >= 8


def test_terms_are_named_once_and_speak_of_themselves() -> None:
    for terms in (effects(), treated(), contraindicated(), groups()):
        assert len({term.name for term in terms}) == len(terms)
        for term in terms:
            assert term.near.search(term.name.lower()) or term.says.search(term.name.lower()), term.name


def test_a_misspelt_name_is_one_slip_away() -> None:
    from rapidfuzz.distance import OSA

    for seed in range(50):
        wrong = misspelt("metoprolol", random.Random(seed))
        assert wrong != "metoprolol" and OSA.distance("metoprolol", wrong) <= 2
    assert misspelt("iron", random.Random(0)) == ""


def test_a_brand_is_said_only_where_the_answer_says_it(tmp_path: Path) -> None:
    words = "can cause seizures in patients who take it for long."
    with asking(tmp_path) as asks:
        for said, brands in (("Brenex", {"brand", "generic"}), ("Brenadol", {"generic"})):
            index = asks(label("brenadol", section("WARNINGS", f"{said} {words}"), brand="Brenex")).index
            names = Names(index)
            [own] = labels(index, names)
            fact = next(fact for fact in facts(own, topics(), {}) if fact.topic == "effect")
            ways = {ask(fact, random.Random(seed), held_out=False, names=names).named for seed in range(60)}
            assert ways - {"misspelt"} == brands


# Oracle


def test_what_a_drug_causes_is_told_from_what_a_patient_had_before(tmp_path: Path) -> None:
    found = facts_of(
        tmp_path,
        label(
            "brenadol",
            section(
                "WARNINGS",
                "Brenadol can cause hyponatremia within days of the first dose.",
                "Brenadol should be given with care to patients with a history of seizures, which it can worsen.",
                "Monitor patients treated with brenadol who have pre-existing cardiac disease, bradycardia or both.",
                "Brenadol may cause harm (see PRECAUTIONS, Rash and Pancreatitis).",
            ),
        ),
    )
    assert set(told(found, "effect")) == {"hyponatremia"}
    assert not told(found, "monitoring")


def test_a_sentence_that_leans_on_the_one_before_answers_nothing(tmp_path: Path) -> None:
    words = ("Brenadol was given to 200 patients for a year.", "These patients reported seizures from brenadol later.")
    assert not told(facts_of(tmp_path, label("brenadol", section("WARNINGS", *words))), "effect")


def test_more_than_three_sentences_that_answer_make_no_fact(tmp_path: Path) -> None:
    many = [f"Brenadol can cause seizures at {dose} mg in adults." for dose in (1, 2, 3, 4)]
    assert "seizures" not in told(facts_of(tmp_path, label("brenadol", section("WARNINGS", *many))), "effect")
    few = facts_of(tmp_path / "few", label("brenadol", section("WARNINGS", *many[:3])))
    assert len(told(few, "effect")["seizures"]) == 3


def test_the_own_class_of_a_drug_is_no_second_drug(tmp_path: Path) -> None:
    found = facts_of(
        tmp_path,
        label(
            "brenadol",
            section(
                "DRUG INTERACTIONS",
                "NSAIDs, including brenadol, reduce the effect of diuretics when they are given together.",
                "Concomitant use of NSAIDs with other drugs is to be avoided by all means.",
            ),
        ),
    )
    assert set(told(found, "interaction")) == {"diuretics"}


def test_a_remedy_and_an_adjective_are_no_interaction(tmp_path: Path) -> None:
    found = facts_of(
        tmp_path,
        label(
            "brenadol",
            section(
                "WARNINGS",
                "Rigidity during use of brenadol increases with the dose and is treated with benzodiazepines.",
                "Concomitant use of brenadol and warfarin increases the anticoagulant effect.",
            ),
        ),
    )
    assert set(told(found, "interaction")) == {"warfarin"}


def test_labels_that_give_other_figures_are_a_conflict_and_those_that_agree_are_none(tmp_path: Path) -> None:
    def dose(id: str, most: int) -> Document:
        words = f"The maximum dose of brenadol is {most} mg daily."
        return label("brenadol", section("DOSAGE AND ADMINISTRATION", words), id=id)

    found = facts_of(tmp_path, dose("a", 40), dose("b", 80), dose("c", 40))
    pairs = [{one.label.id, other.label.id} for one, other in conflicts(found)]
    assert pairs == [{"a", "b"}, {"b", "c"}]


# Splits


def test_a_combination_joins_its_parts_and_what_shares_them() -> None:
    found = components([("amlodipine",), ("amlodipine", "valsartan"), ("valsartan", "aliskiren"), ("digoxin",)])
    assert len({found[name] for name in ("amlodipine", "valsartan", "aliskiren")}) == 1
    assert found["digoxin"] != found["amlodipine"]


def test_a_combination_given_as_one_name_and_a_salt_go_with_their_drug() -> None:
    found = components(
        [("amlodipine",), ("valsartan",), ("amlodipine valsartan",), ("lapatinib ditosylate",), ("lapatinib",)]
    )
    assert found["amlodipine"] == found["valsartan"] == found["amlodipine valsartan"]
    assert found["lapatinib ditosylate"] == found["lapatinib"]


def test_splits_keep_labels_of_one_drug_together_and_their_shares() -> None:
    names = [f"drug{n}" for n in range(4000)]
    found = splits([(name,) for name in names])
    shares = [sum(split is one for split in found.values()) / len(names) for one in Split]
    assert shares == pytest.approx([0.80, 0.08, 0.12], abs=0.02)
    assert all(found[name] is of_name(name) for name in names)
    large = splits([*((name,) for name in names[:50]), *(("drug3", f"other{n}") for n in range(9))])
    assert large["drug3"] is Split.TRAIN


# Overlap


def test_near_copies_are_found_by_their_runs_of_five_words() -> None:
    pytest.importorskip("datasketch")
    words = "brenadol can cause low sodium in older people who take it for many weeks or months".split()
    text = " ".join(words)
    # 16 words make 12 runs of five; another last word leaves 11 of 13 in common, one in the middle 7 of 17
    copies = overlap.Copies([text])
    assert len(overlap.runs(text)) == 12
    assert copies.holds(text.upper()) and copies.holds(" ".join([*words[:-1], "years"]))
    assert not copies.holds(" ".join([*words[:7], "younger", *words[8:]]))
    assert not copies.holds("") and not overlap.Copies([]).holds(text)


def test_shipped_questions_and_those_of_a_file_are_kept_clear_of(tmp_path: Path) -> None:
    pytest.importorskip("datasketch")
    file = tmp_path / "mine.jsonl"
    file.write_text('{"id": "1", "question": "Is brenadol given to children under two years of age?"}\n')
    kept = overlap.Kept([file])
    [first, *_] = sets.read(sets.path_of("demo")).questions
    assert kept.holds_question(first.question)
    assert kept.holds_question("is Brenadol given to children under two years of age")
    assert not kept.holds_question("Can brenadol be crushed?")


# Gates


@pytest.fixture
def cited(built: Built) -> Row:
    return next(row for row in built.rows if row.task is Task.CITE and len(row.sentences) > 3)


def fault(row: Row, desk: Desk, longest: int = 512) -> str:
    documents = {}
    for one in row.sentences:
        found = desk.index.document(one.document)
        assert found is not None
        documents[one.document, one.version] = found
    return gates.fault(row, documents, 3, longest, 64, CHARACTERS.count)


def test_a_right_row_passes_every_gate(cited: Row, desk: Desk) -> None:
    assert fault(cited, desk) == ""


def test_each_gate_refuses_what_it_is_there_for(cited: Row, desk: Desk) -> None:
    number = cited.gold.numbers[0]
    wrong = next(one for one in cited.sentences if one.number not in cited.gold.numbers)
    shifted = tuple(replace(one, start=one.start + 1) for one in cited.sentences)
    said = cited.completion[0].content

    def reply(text: str) -> Row:
        return replace(cited, completion=(Turn("assistant", text),))

    assert fault(replace(cited, sentences=shifted), desk) == "a sentence is not the document's"
    assert fault(replace(cited, gold=Gold((99,), ("x",), True)), desk) == "a number was not offered"
    assert fault(replace(cited, gold=Gold((number,), (wrong.text,), True)), desk) == "a quote is not its sentence"
    assert fault(replace(cited, negative=Negative.REMOVED), desk) == "the flag and the gold disagree"
    assert fault(replace(cited, task=Task.ABSTAIN), desk) == "the task and the gold disagree"
    assert fault(replace(cited, task=Task.CONFLICT), desk) == "the task and the gold disagree"
    assert fault(replace(cited, prompt=cited.prompt[:1]), desk) == "the prompt lacks a sentence"
    assert fault(reply(line_of(wrong.number, wrong.text)), desk) == "rxcite reads another reply"
    assert fault(reply(prompts.ABSTAIN), desk) == "rxcite reads another reply"
    assert fault(reply(said.replace("a", "b")), desk) == "rxcite reads another reply"
    assert fault(cited, desk, longest=256) == "the row is too long"


# The whole


def test_rows_are_of_every_task_kind_and_split_and_pass_the_gates_anew(built: Built, desk: Desk) -> None:
    assert {row.split for row in built.rows} == set(Split)
    assert {row.negative for row in built.rows} >= {None, Negative.REMOVED, Negative.WRONG_DRUG, Negative.OUT_OF_SCOPE}
    assert all(fault(row, desk) == "" for row in built.rows)
    abstained = sum(row.task is Task.ABSTAIN for row in built.rows) / len(built.rows)
    assert 0.15 < abstained < 0.3


def test_a_row_is_what_rxcite_asks_and_reads_when_it_serves(built: Built) -> None:
    for row in built.rows[:50]:
        choices = {one.number: prompts.plain(one.text) for one in row.sentences}
        reply = prompts.read(row.completion[0].content, choices, Form.WORDS, 3)
        assert reply.ids == row.gold.numbers and reply.abstained is not row.gold.answerable
        assert [turn.role for turn in row.prompt] == ["system", "user"]
        assert row.question in row.prompt[1].content


def test_no_sentence_of_one_split_is_offered_in_another(built: Built) -> None:
    offered = {
        split: {one.document for row in built.rows if row.split is split for one in row.sentences} for split in Split
    }
    assert not offered[Split.TRAIN] & (offered[Split.VALID] | offered[Split.TEST])
    assert not offered[Split.VALID] & offered[Split.TEST]


def test_only_the_test_asks_in_held_out_words(built: Built) -> None:
    held_out = {one.id for topic in (*topics_of(built), "out of scope") for one in templates(topic) if one.held_out}
    for row in built.rows:
        assert (row.template in held_out) is (row.split is Split.TEST)


def topics_of(built: Built) -> set[str]:
    return {row.template.partition("/")[0] for row in built.rows}


def test_nothing_offered_beside_the_gold_says_the_same_of_the_drug(built: Built) -> None:
    for row in built.rows:
        if "hyponatremia" in row.question and row.negative is not Negative.ABSENT_DRUG:
            for one in row.sentences:
                if one.number not in row.gold.numbers and one.document == row.set_id:
                    assert "hyponatremia" not in one.text, (row.question, one.text)


def test_the_same_index_gives_the_same_rows(built: Built, desk: Desk) -> None:
    again = build(desk.index, desk.settings, built.wanted, counter=CHARACTERS)
    assert again.rows == built.rows
    other = build(desk.index, desk.settings, replace(built.wanted, seed=2), counter=CHARACTERS)
    assert other.rows != built.rows


def test_labels_can_be_left_out_by_their_id(built: Built, desk: Desk) -> None:
    fewer = build(desk.index, desk.settings, Wanted(rows=60, searches=0, without=("toy-tolvarin",)), counter=CHARACTERS)
    assert len(fewer.labels) == len(built.labels) - 1
    assert not any(one.document == "toy-tolvarin" for row in fewer.rows for one in row.sentences)
    with pytest.raises(UsageError, match="no label"):
        build(desk.index, desk.settings, Wanted(without=("toy-",)), counter=CHARACTERS)


def test_rows_come_back_from_a_file_as_they_went(built: Built, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    assert rows.save(built.rows, file) == len(built.rows)
    assert tuple(rows.read(file)) == built.rows
    file.write_text('{"id": "1"}\n')
    with pytest.raises(SourceError, match="line 1"):
        list(rows.read(file))


def test_the_card_says_what_is_shared_and_what_was_dropped(built: Built) -> None:
    figures = report(built)
    leak = figures["leakage"]
    assert leak["shared_ingredients"] == () and leak["shared_documents"] == leak["shared_templates"] == 0
    assert leak["evaluation_questions"] == 0.0
    assert sum(figures["splits"].values()) == figures["rows"] == len(built.rows)
    text = card(figures)
    assert "Not for clinical use" in text and "Ingredients in two splits: none" in text
    assert str(Path.cwd()) not in text


def test_a_leak_is_seen(built: Built) -> None:
    from finetune.leakage import leakage

    train = next(row for row in built.rows if row.split is Split.TRAIN and row.gold.answerable)
    leaked = leakage([*built.rows, replace(train, split=Split.TEST)], built.kept)
    assert leaked.shared_ingredients == (train.ingredient,)
    assert leaked.shared_templates >= 1 and leaked.near_questions > 0 and leaked.near_gold > 0


# The command


@pytest.mark.slow  # reads the tokenizer of SmolLM2 where it is installed, which takes some ten seconds
def test_the_command_writes_rows_report_and_card(desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("datasketch")
    out = tmp_path / "rows"
    left_out = tmp_path / "ids.txt"
    left_out.write_text("toy-tolvarin\n")
    given = ["finetune", "data", "--home", str(desk.settings.home), "--out", str(out), "--rows", "200"]
    done = CliRunner().invoke(app, [*given, "--searches", "2", "--without-ids", str(left_out), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert figures == json.loads((out / "report.json").read_text())
    assert figures["labels"] == len(NAMES) - 1 and figures["rows"] > 100
    assert sum(len(list(rows.read(out / f"{split}.jsonl"))) for split in Split) == figures["rows"]
    assert "## What training shares with tests" in (out / "card.md").read_text()
