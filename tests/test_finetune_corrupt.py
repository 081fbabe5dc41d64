"""TOY DATA, not for clinical use: pairs of a right answer and a faulty one, on rows in our own words."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from finetune import rows as files
from finetune.corrupt import Fault, Pair, corrupt, dpo, fault_of, kto, read
from finetune.rows import Gold, Negative, Offered, Row, Split, Task, Turn
from rag.errors import UsageError
from rag.writing.grammar import line_of
from rag.writing.prompts import ABSTAIN
from ui.cli import app

LINES = {
    1: ("tolvarin", "Tolvarin is contraindicated in patients with angioedema."),
    2: ("tolvarin", "Tolvarin must not be given to patients on dialysis; the maximum dose is 40 mg daily."),
    3: ("tolvarin", "The tablets hold a dye that can stain teeth for some hours."),
    4: ("brenadol", "Brenadol is contraindicated in severe liver disease."),
    5: ("brenadol", "Keep the bottle away from light and moisture at all times."),
}


def row(*gold: int, id: str = "a", split: Split = Split.TRAIN) -> Row:
    """The five sentences, of which ``gold`` answer."""
    said = "".join(line_of(number, LINES[number][1]) for number in gold) or ABSTAIN
    listed = "".join(f"[{number}] ({drug}; Label) {text}\n" for number, (drug, text) in LINES.items())
    return Row(
        id=id,
        split=split,
        task=Task.CITE if gold else Task.ABSTAIN,
        ingredient="tolvarin",
        set_id="set",
        version=None,
        loinc="34070-3",
        template="contraindications/c1",
        register="clinician",
        named="generic",
        negative=None if gold else Negative.REMOVED,
        question="When is tolvarin contraindicated?",
        sentences=tuple(
            Offered(number, drug, None, number * 100, number * 100 + len(text), text)
            for number, (drug, text) in LINES.items()
        ),
        prompt=(Turn("system", "Choose."), Turn("user", f"<sentences>\n{ABSTAIN}\n{listed}</sentences>")),
        completion=(Turn("assistant", said),),
        gold=Gold(gold, tuple(LINES[number][1] for number in gold), bool(gold)),
        searched=False,
        licence="none",
        builder="toy",
    )


def many(number: int = 70) -> list[Row]:
    shapes = ((1, 2), (2,), (1,), ())
    return [row(*shapes[at % 4], id=f"r{at}", split=(Split.TRAIN, Split.VALID)[at % 5 == 4]) for at in range(number)]


def test_every_fault_is_made_and_each_pair_shows_its_own() -> None:
    rows = many()
    by_id = {one.id: one for one in rows}
    made = corrupt(rows, 56, longest=100_000).pairs
    assert {pair.fault for pair in made} == set(Fault)
    assert [fault_of(pair, by_id[pair.row]) for pair in made] == [""] * len(made)
    assert {pair.split for pair in made} == {Split.TRAIN, Split.VALID}
    assert all(pair.split is by_id[pair.row].split for pair in made)


def test_faults_come_in_like_numbers() -> None:
    counts = Counter(pair.fault for pair in corrupt(many(280), 70, longest=100_000).pairs)
    assert max(counts.values()) - min(counts.values()) <= 2
    assert sum(counts.values()) == 70


def test_what_a_rare_fault_cannot_give_the_others_make_up_for() -> None:
    rows = [row(1, id=f"r{at}") for at in range(40)] + [row(id=f"n{at}") for at in range(2)]
    counts = Counter(pair.fault for pair in corrupt(rows, 28, longest=100_000).pairs)
    assert counts[Fault.WRONG_ANSWER] == 2
    assert counts[Fault.DROPPED_CONTRAINDICATION] == counts[Fault.CHANGED_NUMBER] == 0
    assert counts[Fault.WRONG_REFUSAL] > 4


def test_the_same_seed_gives_the_same_pairs_and_another_gives_others() -> None:
    once, again, other = (corrupt(many(), 42, seed, 100_000).pairs for seed in (1, 1, 2))
    assert once == again
    assert once != other


def rejecting(said: str, fault: Fault, of: Row) -> Pair:
    return Pair("p", of.split, of.ingredient, of.prompt, of.completion, (Turn("assistant", said),), fault, of.id)


@pytest.mark.parametrize("fault", list(Fault))
def test_the_right_answer_again_is_no_rejected_one_whatever_the_fault_is_called(fault: Fault) -> None:
    right = row(1, 2)
    assert fault_of(rejecting(right.completion[0].content, fault, right), right) == "the rejected answer is as right"


def test_right_sentences_in_another_order_are_as_right() -> None:
    right = row(1, 2)
    turned = line_of(2, LINES[2][1]) + line_of(1, LINES[1][1])
    assert fault_of(rejecting(turned, Fault.WRONG_CITATION, right), right) == "the rejected answer is as right"


def test_a_wrong_answer_under_another_faults_name_is_refused() -> None:
    right = row(2)
    said = line_of(4, LINES[4][1])
    assert fault_of(rejecting(said, Fault.OTHER_DRUG, right), right) == ""
    assert fault_of(rejecting(said, Fault.CHANGED_NUMBER, right), right) == "the fault does not show"
    same = line_of(3, LINES[3][1])
    assert fault_of(rejecting(same, Fault.OTHER_DRUG, right), right) == "the fault does not show"


def test_leaving_out_what_the_other_sentence_says_too_is_no_fault() -> None:
    twice = "Contraindicated in patients with known angioedema."
    right = row(1, 3)
    right = replace(
        right,
        sentences=tuple(replace(one, text=twice) if one.number == 3 else one for one in right.sentences),
        gold=replace(right.gold, quotes=(LINES[1][1], twice)),
        completion=(Turn("assistant", line_of(1, LINES[1][1]) + line_of(3, twice)),),
    )
    said = line_of(3, twice)
    found = fault_of(rejecting(said, Fault.DROPPED_CONTRAINDICATION, right), right)
    assert found == "what is kept says nearly the same"


def test_a_changed_number_is_never_that_of_a_reference() -> None:
    text = "Doses above 40 mg have caused seizures [see Warnings (5.1)]."
    right = row(2)
    right = replace(
        right,
        sentences=tuple(replace(one, text=text) if one.number == 2 else one for one in right.sentences),
        gold=replace(right.gold, quotes=(text,)),
        completion=(Turn("assistant", line_of(2, text)),),
    )
    rows = [replace(right, id=str(at)) for at in range(30)]
    made = [pair for pair in corrupt(rows, 70, longest=100_000).pairs if pair.fault is Fault.CHANGED_NUMBER]
    assert made
    assert all("(5.1)" in pair.rejected[0].content and " 40 mg" not in pair.rejected[0].content for pair in made)


def test_a_pair_that_a_trainer_would_cut_is_left_out_and_counted() -> None:
    made = corrupt(many(), 42, longest=10)
    assert not made.pairs
    assert sum(made.dropped.values()) > 0
    assert all(reason.endswith("too long") for reason in made.dropped)


def test_kto_rows_are_the_two_answers_of_each_pair() -> None:
    pairs = corrupt(many(), 14, longest=100_000).pairs
    told = list(kto(pairs))
    assert len(told) == 2 * len(pairs)
    assert [one["label"] for one in told[:2]] == [True, False]
    assert [told[0]["completion"], told[1]["completion"]] == [
        [{"role": "assistant", "content": turn.content}] for turn in (*pairs[0].chosen, *pairs[0].rejected)
    ]


def test_fewer_pairs_than_faults_are_refused() -> None:
    with pytest.raises(UsageError, match="one a fault; got 6"):
        corrupt(many(), 6)


def test_the_command_reads_train_and_valid_of_a_folder_and_never_the_test(tmp_path: Path) -> None:
    rows = many()
    files.save((one for one in rows if one.split is Split.TRAIN), tmp_path / "train.jsonl")
    files.save((one for one in rows if one.split is Split.VALID), tmp_path / "valid.jsonl")
    (tmp_path / "test.jsonl").write_text("not to be read")
    out = tmp_path / "pairs.jsonl"
    ran = CliRunner().invoke(
        app, ["finetune", "preferences", str(tmp_path), "--out", str(out), "--pairs", "21", "--json"]
    )
    assert ran.exit_code == 0, ran.output
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(written) == json.loads(ran.stdout)["rows"] > 10
    pairs = corrupt(read(tmp_path), 21, longest=100_000).pairs
    assert {one["id"] for one in written} <= {one["id"] for one in dpo(pairs)}
    assert {"id", "split", "ingredient", "prompt", "chosen", "rejected", "fault", "row"} == set(written[0])
