"""The benches of scale, in their short form: what they time is what they say, and their corpora are what they claim."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.bench import ingest_speed, many_labels, million
from eval.bench.synthetic import Topics, drug, questions, topics
from ingest import files
from rag.index import encoder
from rag.index.index import Index
from rag.index.inverted import Inverted
from rag.records import Document
from rag.search.search import search
from rag.settings import Settings, SourceSettings
from tests.toys import HashEncoder, record

SIZE = 1000


@pytest.fixture(scope="module")
def about() -> Topics:
    return topics(encoder.for_queries(encoder.DEFAULT), 20)


@pytest.fixture(scope="module")
def settings(about: Topics, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(home=tmp_path_factory.mktemp("million"))
    made = replace(made, vectors=replace(made.vectors, exact_up_to=200))
    million.built(made, about, SIZE)
    return made


def test_the_corpus_has_as_many_passages_as_were_asked_for_and_each_has_a_vector(settings: Settings) -> None:
    with Index.open(settings) as index:
        assert (index.state.documents, index.state.passages) == (SIZE // 50, SIZE)
        assert isinstance(index.vectors, Inverted) and len(index.vectors) == SIZE


def test_a_quote_of_a_synthetic_passage_is_its_documents_text(settings: Settings) -> None:
    with Index.open(settings) as index:
        for document, passage in index.passages(range(1, SIZE, 97)).values():
            text = index.document_at(document).text
            assert text[passage.start : passage.end] == passage.text
            assert text[passage.section.start : passage.section.end].find(passage.text) >= 0


def test_questions_find_passages_and_those_that_name_a_drug_find_that_drugs(settings: Settings, about: Topics) -> None:
    with Index.open(settings) as index:
        for question in questions(about, SIZE, 8):
            found = search(question.text, index, settings)
            if question.names_drug:
                assert found.hits and {hit.passage.drugs for hit in found.hits} == {(found.query.drugs[0].matched,)}


def test_each_figure_is_there_and_recall_is_a_share(settings: Settings, about: Topics) -> None:
    asked = list(questions(about, SIZE, 10))
    assert million.opened(settings)["open_s"] > 0
    spent = million.searched(settings, asked)
    assert 5 <= spent["questions"] <= 10
    assert {f"{n}_ms" for n in ("of a drug", "of all", "both", "both, cpu", "encoding", "vectors")} < set(spent)
    recalled = million.recalled(settings, about, asked)
    assert 0.9 <= recalled["recall_questions"] <= 1 and 0.9 <= recalled["recall_drawn"] <= 1


def test_a_label_is_replaced_and_the_one_before_is_not_served(
    about: Topics, settings: Settings, tmp_path: Path
) -> None:
    found = million.replaced(settings, about, tmp_path, times=2, paragraphs=3)
    assert len(found["replace_s"]) == len(found["encoding_s"]) == 1
    with Index.open(settings) as index:
        assert [row.current for row in index.versions("synthetic-replaced")] == [True, False]


def test_drugs_have_names_of_their_own() -> None:
    assert len({drug(number) for number in range(20_000)}) == 20_000


# Many labels.


def bases() -> list[dict[str, object]]:
    said = [f"Take {n} mg twice a day. Stop in case number {n}." for n in (10, 25)]
    return [record(f"base{n}", id=f"b{n}", dosage_and_administration=[words]) for n, words in enumerate(said)]


def made(count: int) -> list[Document]:
    data = json.dumps({"results": many_labels.made(bases(), 0, count)}).encode()
    found = list(files.contents(files.Source("made", data), SourceSettings()))
    assert all(isinstance(one, Document) for one in found), found
    return [one for one in found if isinstance(one, Document)]


def test_a_third_of_the_texts_is_distinct_and_each_label_is_another() -> None:
    documents = made(12)
    assert len({one.id for one in documents}) == len({one.manufacturer for one in documents}) == 12
    assert len({(one.drugs, one.text) for one in documents}) == 4
    assert {one.version for one in documents} == {"1", "2", "3"}


def test_doses_are_altered_and_other_numbers_are_not() -> None:
    # the fourth variant of base 1: 25 mg by 1 + 3 / 10
    [*_, last] = made(12)
    assert "Take 32.5 mg twice a day. Stop in case number 25." in last.text


def test_steps_cost_what_they_cost_and_the_index_holds_all(tmp_path: Path) -> None:
    where = Settings(home=tmp_path)
    steps = [many_labels.stepped(bases(), where, first, 6, HashEncoder(384)) for first in (0, 6)]
    assert [step.labels for step in steps] == [6, 12] and steps[1].passages == 2 * steps[0].passages
    grown = many_labels.grown(steps)
    assert grown["switched_at"] == [] and grown["store_bytes_last_over_first"] > 0


def test_a_step_in_which_the_kind_of_index_changed_is_told_and_not_compared() -> None:
    first = many_labels.Step(10, 1, 2.0, 2.0, 100, 10, 1, "exact")
    steps = [first, replace(first, labels=20, seconds=3.0), replace(first, labels=30, seconds=50.0, kind="lists")]
    assert many_labels.grown(steps)["seconds_last_over_first"] == 1.5
    assert many_labels.grown(steps)["switched_at"] == [30]


def test_vectors_of_a_hash_are_of_length_one_and_the_texts_own() -> None:
    found = many_labels.HashEncoder().encode(["a", "b", "a"])
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    assert np.array_equal(found[0], found[2]) and abs(float(found[0] @ found[1])) < 0.3


# Against LlamaIndex.


def test_two_thirds_of_the_copies_are_another_labels_text() -> None:
    copies = ingest_speed.copied(bases(), 6)
    assert len({one["set_id"] for one in copies}) == 6
    assert [ingest_speed.said(one) for one in copies] == [ingest_speed.said(one) for one in bases() for _ in range(3)]


def test_operations_are_those_of_the_tokens_alone() -> None:
    light = encoder.for_queries(encoder.DEFAULT)
    counted = ingest_speed.Counted(light, encoder.Tokens(encoder.folder_of(encoder.DEFAULT)), encoder.DEFAULT)
    counted.encode(["the dose"])  # with the special tokens: 4
    assert counted.lengths == [4]
    # 6 layers of 12 * 384^2 multiplications for a token, and 2 * 384 for each pair of tokens; two operations each
    assert counted.operations == 4 * 6 * 12 * 384**2 * 2 + 16 * 6 * 2 * 384 * 2
