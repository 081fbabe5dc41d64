"""Question sets: the record, the readers of public layouts, and fingerprints."""

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.fingerprints import fingerprints, load
from eval.fingerprints import save as save_fingerprints
from eval.questions import Gold, Kind, Option, Question, read, save
from eval.readers import beir, medhalt, table
from eval.sets import Form, form_of
from eval.sets import read as read_set
from rag.errors import SourceError

SAMPLES = Path(__file__).parent / "data" / "questions"

FULL = Question(
    "demo-1",
    "Does abrelin interact with bostatide?",
    Kind.PAIR,
    answer="Yes.",
    facts=("Bostatide raises abrelin.",),
    extra=("By a third.",),
    wrong=("It is harmless.",),
    gold=(Gold("toy-abrelin", "raises", 5, 11, "1"), Gold("toy-bostatide", grade=0)),
    options=(Option("A", "yes"), Option("B", "no")),
    correct="A",
    drugs=("abrelin", "bostatide"),
    groups={"route": "oral"},
    source="toys",
    licence="Apache-2.0",
)


def test_a_question_comes_back_from_its_line_as_it_was(tmp_path: Path) -> None:
    save([FULL, Question("2", "Größe – µg?")], tmp_path / "q.jsonl")
    found = read(tmp_path / "q.jsonl")
    assert found.questions == (FULL, Question("2", "Größe – µg?")) and not found.failed
    assert '"kind": "factual"' in (tmp_path / "q.jsonl").read_text().splitlines()[1]


def test_one_bad_line_stops_nothing_and_each_is_named_with_its_number_and_reason(tmp_path: Path) -> None:
    lines = [
        '{"id": "1", "question": "a"}',
        "not JSON",
        "",
        '{"id": "2", "question": " "}',
        '{"id": "3", "question": "b", "kind": "odd"}',
        '{"id": "1", "question": "c"}',
        '["a list"]',
        '{"id": "4", "question": "d", "gold": [{"start": 3}]}',
        '{"id": "5", "question": "e", "gold": [{"document": "x", "begin": 3}]}',
        '{"id": "6", "question": "f", "correct": "A"}',
        '{"id": "7", "question": "g", "facts": [1]}',
        '{"id": "8", "question": "h", "gold": 3}',
        '{"id": 9, "question": "i"}',
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(lines))
    found = read(tmp_path / "q.jsonl")
    assert [question.id for question in found.questions] == ["1", "9"]
    assert [bad.line for bad in found.failed] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    reasons = [bad.reason for bad in found.failed]
    assert "not JSON" in reasons[0] and '"question"' in reasons[1] and "odd" in reasons[2] and "before" in reasons[3]
    assert "begin" in reasons[6] and "'A'" in reasons[7] and '"facts"' in reasons[8]


def test_a_file_that_is_none_is_an_error_that_says_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent", tmp_path / "bytes"):
        with pytest.raises(SourceError, match="UTF-8 text file is needed"):
            read(path)


def test_a_question_hangs_on_its_one_document_else_on_its_first_drug_else_on_itself() -> None:
    assert Question("1", "?", gold=(Gold("a", "x"), Gold("a", "y"))).cluster == "a"
    assert Question("1", "?", gold=(Gold("a"), Gold("b")), drugs=("Abrelin",)).cluster == "abrelin"
    assert Question("1", "?", gold=(Gold("a"), Gold("b"))).cluster == "1"


# Readers: twenty questions of each layout.


@pytest.mark.parametrize(
    ("file", "form", "count", "kinds"),
    [
        ("fdarxbench.jsonl", Form.FDARXBENCH, 20, {"factual": 10, "multi-hop": 5, "unanswerable": 5}),
        ("medicationqa.jsonl", Form.MEDICATIONQA, 20, {"factual": 20}),
        ("pubmedqa.json", Form.PUBMEDQA, 20, {"factual": 20}),
        ("mirage.json", Form.MIRAGE, 20, {"factual": 20}),
        ("beir", Form.BEIR, 10, {"factual": 10}),
        ("reasoning_FCT.csv", Form.MEDHALT, 20, {"factual": 20}),
        ("reasoning_fake.csv", Form.MEDHALT, 20, {"unanswerable": 20}),
        ("reasoning_nota.csv", Form.MEDHALT, 20, {"factual": 20}),
        ("pairs.jsonl", Form.PAIRS, 20, {"pair": 10, "absent pair": 10}),
    ],
)
def test_each_layout_is_known_by_its_look_and_read_whole(
    file: str, form: Form, count: int, kinds: dict[str, int]
) -> None:
    assert form_of(SAMPLES / file) is form
    found = read_set(SAMPLES / file)
    assert (len(found.questions), found.failed) == (count, ())
    assert Counter(question.kind.value for question in found.questions) == kinds


def test_fdarxbench_gives_facts_of_an_answer_and_none_of_a_refusal() -> None:
    first, second, *_ = read_set(SAMPLES / "fdarxbench.jsonl").questions
    assert first.facts == ("Adults take 5 mg of abrelin once a day.", "It is swallowed whole.")
    assert first.gold == (
        Gold("00000000-0000-4000-8000-000000000000", "Adults: 5 mg once daily, swallowed whole."),
    )  # fmt: skip
    assert second.kind is Kind.UNANSWERABLE and not second.facts and second.should_decline


def test_medicationqa_makes_no_fact_of_a_heading() -> None:
    found = {question.id: question for question in read_set(SAMPLES / "medicationqa.jsonl").questions}
    assert found["toy-01"].answer == "Warnings" and not found["toy-01"].facts and not found["toy-01"].gold
    assert found["toy-00"].facts == ("Keep abrelin below 20 degrees and away from light.",)


def test_pubmedqa_is_a_choice_of_yes_no_and_maybe() -> None:
    found = read_set(SAMPLES / "pubmedqa.json").questions
    assert [question.correct for question in found[:3]] == ["A", "B", "C"]
    assert found[0].asked.endswith("A. yes\nB. no\nC. maybe") and len(found[0].gold) == 2


def test_mirage_keeps_its_letters_and_its_sets() -> None:
    found = read_set(SAMPLES / "mirage.json").questions
    assert found[1].correct == "B" and found[1].options[1] == Option("B", "corvanol")
    assert Counter(question.groups["set"] for question in found) == {"toymed": 10, "toyqa": 10}


def test_medhalt_leaves_the_right_answer_out_of_the_options_and_names_the_test() -> None:
    first = medhalt.read(SAMPLES / "reasoning_FCT.csv").questions[0]
    assert [option.text for option in first.options] == ["abrelin", "bostatide", "corvanol", "dentiprex"]
    assert first.correct == "A" and "Somebody answered: bostatide" in first.question
    assert medhalt.read(SAMPLES / "reasoning_nota.csv").questions[0].groups == {"test": "none of the above"}


def test_medhalt_names_its_bad_rows_and_refuses_a_file_that_does_not_say_its_test(tmp_path: Path) -> None:
    rows = "id,question,options,correct_index\n1,a,\"{'0': 'x'}\",0\n2,b,\"{'0': 'x'}\",4\n3,c,open(1),0\n4,d\n"
    (tmp_path / "reasoning_fake.csv").write_text(rows)
    found = medhalt.read(tmp_path / "reasoning_fake.csv")
    assert len(found.questions) == 1 and [bad.line for bad in found.failed] == [3, 4, 5]
    (tmp_path / "other.csv").write_text(rows)
    with pytest.raises(SourceError, match="FCT, fake or nota"):
        medhalt.read(tmp_path / "other.csv")


def test_a_table_of_any_columns_is_read_by_a_mapping() -> None:
    columns = table.Columns.of("id=Nr,question=Frage,answer=Antwort,facts=Fakten,drugs=Arznei")
    found = table.read(SAMPLES / "pharmacy.csv", columns)
    assert len(found.questions) == 20 and not found.failed
    assert found.questions[1].facts == ("bostatide is film-coated", "it is not split")
    assert found.questions[0].drugs == ("abrelin", "bostatide") and found.questions[0].source == "pharmacy"


def test_a_column_that_is_not_there_is_an_error_that_lists_those_that_are() -> None:
    with pytest.raises(SourceError, match="no column 'question'; it has Nr, Frage"):
        table.read(SAMPLES / "pharmacy.csv")
    with pytest.raises(SourceError, match="NAME of answer, document"):
        table.Columns.of("frage=Frage")


def test_beir_gives_judged_queries_with_grades_and_the_corpus_as_articles() -> None:
    found = beir.read(SAMPLES / "beir").questions
    assert found[0].gold == (Gold("doc0", grade=2), Gold("doc10", grade=1))
    documents = list(beir.documents(SAMPLES / "beir"))
    assert len(documents) == 20 and documents[3].title == "dentiprex in adults"
    assert "dentiprex was taken for 4 weeks." in documents[3].text
    with pytest.raises(SourceError, match="its splits are test"):
        beir.read(SAMPLES / "beir", "dev")


def test_beir_names_bad_judgements_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "queries_dev.jsonl").write_text('{"_id": "1", "text": "a"}\n{"_id": "2", "text": ""}\n{"text": "c"}\n')
    (tmp_path / "qrels_dev.tsv").write_text("query-id\tcorpus-id\tscore\n1\tx\t1\n1\ty\n2\tx\tmuch\n2\tz\t1\n")
    found = beir.read(tmp_path)  # the only split there is
    assert [question.id for question in found.questions] == ["1"]
    assert [bad.line for bad in found.failed] == [3, 4, 2, 3]


def test_a_layout_that_nobody_knows_is_an_error_that_lists_the_formats(tmp_path: Path) -> None:
    for text in ('{"a": 1}', "", "[1]"):
        (tmp_path / "q.jsonl").write_text(text)
        with pytest.raises(SourceError, match="name one of rxcite, fdarxbench"):
            read_set(tmp_path / "q.jsonl")
    (tmp_path / "q.json").write_text("[]")
    with pytest.raises(SourceError, match="one JSON object of records"):
        read_set(tmp_path / "q.json", Form.MIRAGE)


@pytest.mark.real
def test_the_real_sets_are_read_whole(shared: Path) -> None:
    counts = {"nlmcv.jsonl": 1101, "absent_pairs.jsonl": 300, "medicationqa.jsonl": 322}
    for file, count in counts.items():
        found = read_set(shared / "eval" / file)
        assert (len(found.questions), found.failed) == (count, ())
    claims = read_set(shared / "eval" / "scifact")
    assert len(claims.questions) == 809 and not claims.failed


# Fingerprints.

LONG = "Which dose of abrelin do adults with severe renal impairment take at first?"


def test_training_text_that_holds_a_run_of_a_test_question_is_found_whatever_its_case_and_marks() -> None:
    made = fingerprints([Question("1", LONG, facts=("Take 5 mg.",))])
    assert made.holds(f"Asked again: {LONG.upper()} Nobody knew.")
    assert made.holds("adults with severe renal impairment, take at first...") is True
    assert not made.holds("adults with severe renal impairment take it first")
    assert made.holds("take 5 mg") and not made.holds("take 5 mg daily") and not made.holds("")
    assert made.share(LONG) == 1.0 and 0 < made.share(f"{LONG} And with food and water besides that?") < 1


def test_fingerprints_keep_no_word_and_come_back_from_their_file(tmp_path: Path) -> None:
    made = fingerprints([FULL, Question("1", LONG)])
    save_fingerprints(made, tmp_path / "prints.json")
    assert load(tmp_path / "prints.json") == made
    assert "abrelin" not in (tmp_path / "prints.json").read_text()
    (tmp_path / "other.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(SourceError, match="no file of fingerprints"):
        load(tmp_path / "other.json")
