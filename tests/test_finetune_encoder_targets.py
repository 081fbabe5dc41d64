"""Re-ranker, judge and the commands that train them; each trains a few steps on a toy."""

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from finetune import cross_encoder, judging, pairs, reranking, targets
from finetune.cross_encoder import CrossSettings, Example
from finetune.pairs import Pair, Task
from finetune.targets import Target
from rag.errors import UsageError
from rag.settings import Settings
from tests.corpus import build, label, section
from ui.cli import app

DOSES = [
    "The recommended dose of alphadone is 10 mg once daily in adults with toy pain.",
    "Do not exceed 40 mg of alphadone per day in patients with severe renal impairment.",
    "Alphadone increases the exposure of betanol, and the dose of betanol should be reduced.",
    "Alphadone is contraindicated in patients with a history of severe hypersensitivity to it.",
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return build(
        tmp_path_factory.mktemp("targets"),
        label(
            "alphadone",
            section("2 DOSAGE AND ADMINISTRATION", DOSES[0]),
            section("5 WARNINGS AND PRECAUTIONS", DOSES[1]),
            section("7 DRUG INTERACTIONS", *DOSES[2:]),
        ),
        label("betanol", section("7 DRUG INTERACTIONS", "Betanol decreases the effect of alphadone in most patients.")),
    )


def few() -> list[Pair]:
    drugs = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
    return [
        Pair(
            str(at),
            "valid" if at == 5 else "train",
            drug,
            Task.SECTION,
            "",
            f"dose of {drug}?",
            f"Take {drug}.",
            ("No.",),
        )
        for at, drug in enumerate(drugs)
    ]


def test_each_question_stands_once_with_its_answer_and_once_with_each_negative() -> None:
    made = reranking.examples(few())
    assert Counter((one.label, one.split) for one in made) == {
        (1, "train"): 5, (0, "train"): 5, (1, "valid"): 1, (0, "valid"): 1
    }  # fmt: skip


def test_claims_of_labels_are_true_false_and_open(settings: Settings) -> None:
    others = [label(drug, section("7 DRUG INTERACTIONS", "None.")) for drug in ("betanol", "gammazole", "deltamycin")]
    documents = [label("alphadone", section("2 DOSAGE AND ADMINISTRATION", *DOSES)), *others]
    made = list(judging.from_labels(documents, judging.JudgeSettings(quotes=4)))
    assert {judging.LABELS[one.label] for one in made} == set(judging.LABELS)
    for one in made:
        assert one.first in DOSES
        if judging.LABELS[one.label] != "entailment":
            assert one.second != one.first
        if judging.LABELS[one.label] == "neutral":
            assert one.second in DOSES


def test_claims_of_scifact_with_an_even_id_are_never_seen(tmp_path: Path) -> None:
    text = "Toy drug lowers toy pressure. It was given to mice. Nothing else was seen."
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"_id": "7", "title": "T", "text": text, "n_sent": 3}) + "\n")
    lines = [
        {"_id": str(id), "text": f"claim {id}", "evidence": [{"doc": "7", "sents": [0], "label": "SUPPORT"}]}
        for id in (2, 3, 4, 21)
    ]
    (tmp_path / "queries_train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = list(judging.from_scifact(tmp_path, judging.JudgeSettings(times=1)))
    assert {(one.second, one.split) for one in made} == {("claim 3", "train"), ("claim 21", "valid")}
    assert {one.label for one in made if one.first.startswith("Toy drug")} == {0}
    assert {one.label for one in made if not one.first.startswith("Toy drug")} == {2}


def test_examples_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = reranking.examples(few())
    cross_encoder.write(made, tmp_path / "examples.jsonl")
    assert cross_encoder.read(tmp_path / "examples.jsonl") == made


def test_batches_hold_every_example_once_within_their_tokens() -> None:
    made = [Example("dose " * (at % 7 + 1), "mg " * (at % 5 + 1), at % 2, "train") for at in range(50)]
    batches = cross_encoder.batches(made, CrossSettings(tokens_a_batch=60))
    assert sorted(at for batch in batches for at in batch) == list(range(50))
    assert max(len(batch) * (7 + 5 + 3) for batch in batches) <= 60 + 9 * 15  # of like, not of the same length


def test_one_label_tells_nothing_apart() -> None:
    with pytest.raises(UsageError, match="two or more"):
        CrossSettings(labels=("yes",))


def test_rows_of_another_kind_say_how_to_make_the_right_ones(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"prompt": "?"}\n')
    with pytest.raises(UsageError, match='make them with "rxcite finetune pairs --target judge"'):
        targets.train(Target.JUDGE, tmp_path / "rows.jsonl", tmp_path / "out", {})


def test_a_setting_that_does_not_exist_is_named(tmp_path: Path) -> None:
    pairs.write(few(), tmp_path / "pairs.jsonl")
    with pytest.raises(UsageError, match="no setting ranks here; known: .*rank"):
        targets.train(Target.ENCODER, tmp_path / "pairs.jsonl", tmp_path / "out", {"ranks": 3})


def test_the_command_makes_pairs_and_keeps_out_what_it_is_told(settings: Settings, tmp_path: Path) -> None:
    keep = tmp_path / "questions.jsonl"
    keep.write_text(json.dumps({"set_id": "toy-betanol", "gold_sentences": [DOSES[1]]}) + "\n")
    at = ["--home", str(settings.home), "finetune", "pairs", str(tmp_path / "pairs.jsonl"), "--keep-out", str(keep)]
    done = CliRunner().invoke(app, at)
    assert done.exit_code == 0, done.output
    made = pairs.read(tmp_path / "pairs.jsonl")
    assert made and {pair.ingredient for pair in made} == {"alphadone"}
    assert not any("40 mg" in text for pair in made for text in (pair.positive, *pair.negatives))
    assert not any("betanol" in pair.question for pair in made if pair.task is Task.INTERACTION)


@pytest.mark.slow  # importing the library takes longer than training
@pytest.mark.parametrize("target", list(Target))
def test_every_target_trains_a_few_steps_and_says_how_to_use_it(target: Target, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    if target is Target.JUDGE:
        cross_encoder.write([Example(DOSES[at % 4], DOSES[at % 3], at % 3, "train") for at in range(12)], rows)
    else:
        pairs.write(few(), rows)
    common = {"steps": 3, "threads": 1, "rate": 1e-3, "tokens_a_batch": 768}
    given = common | ({"evaluate": 3, "rank": 2} if target is Target.ENCODER else {"save": 3})
    made = targets.train(target, rows, tmp_path / "out", given)
    assert made.steps == 3 and str(tmp_path / "out") in made.setting
    card = (tmp_path / "out" / "README.md").read_text()
    assert made.setting in card and '"rate": 0.001' in card
    _serves(target, tmp_path / "out")


def _serves(target: Target, folder: Path) -> None:
    """What was tuned is loaded by the part of rxcite that uses it."""
    if target is Target.JUDGE:
        from rag.support import inference
        from rag.support.support import Ground

        judge = inference.from_hub(str(folder))
        found = judge.judge(DOSES[0], [Ground(DOSES[0])])
        assert found is not None and 0 <= found.entailed + found.contradicted <= 1
    elif target is Target.RERANKER:
        from rag.search import rerank

        assert len(rerank.load(f"hf:{folder}").scores("dose?", ["Take alpha.", "No."])) == 2
    else:
        from rag.index import encoder

        assert encoder.for_queries(f"{encoder.DEFAULT}+{folder}").encode(["dose"]).shape == (1, 384)
