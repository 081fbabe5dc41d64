"""The index as a whole: derived files that catch up, generations that readers keep, and never a wrong text."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import IndexUnusable
from rag.index import derived, shelf
from rag.index.index import DERIVED, Index
from rag.index.rows import Owner
from rag.index.store import open_store
from rag.index.writer import Writer, writing
from rag.records import ClassMembership, Document, Kind
from rag.settings import Settings
from tests.corpus import article, build, desk, label, put, section

SAID = (
    "Alphadone raises the concentration of betanol.",
    "Gammazole is kept in the refrigerator.",
    "Children do not take deltamab.",
    "Patients with epsilonic kidneys take half of the dose.",
    "Zetaprost has caused bleeding.",
)


def saying(id: str, said: str, version: str = "1") -> Document:
    """A label whose one sentence is ``said``; labels of the same words share a vector."""
    return label("omegazine", section("7 DRUG INTERACTIONS", said), id=id, version=version)


def folders(index: Settings) -> list[str]:
    return sorted(folder.name for folder in (index.folder / DERIVED).iterdir())


def served(index: Index) -> dict[str, str]:
    """What is in service: id of the document -> the sentence of its passage, as words and vectors both find it."""
    by_words = {
        passage.document_id: passage.text
        for _, passage in index.passages(hit.row for hit in index.words.naming(["the", "not", "caused"])).values()
    }
    by_vectors = {
        passage.document_id: passage.text
        for rows in index.passages_of_vectors(sorted(index.vectors.ids())).values()
        for _, passage in index.passages(rows).values()
    }
    assert by_words == by_vectors
    return by_words


@contextmanager
def busy(where: Settings) -> Iterator[Writer]:
    """Another process is writing."""
    with writing(where) as writer:
        yield writer


# Catching up.


def test_the_first_opening_after_a_kill_makes_what_is_missing(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]), finish=False)
    assert not (where.folder / DERIVED).exists()
    with Index.open(where) as index:
        assert served(index) == {"a": SAID[0]}
    assert folders(where) == ["00000001"]


def test_derived_files_that_lag_are_caught_up_on_opening(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]), saying("b", SAID[1]))
    build(tmp_path, saying("a", SAID[2], "2"), saying("c", SAID[3]), finish=False)
    with writing(where) as writer:
        writer.remove(["b"])
    with Index.open(where) as index:
        assert index.generation == 3
        assert served(index) == {"a": SAID[2], "c": SAID[3]}


def test_derived_files_are_made_from_nothing_where_they_are_gone(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]), saying("b", SAID[1]))
    build(tmp_path, saying("a", SAID[2], "2"))
    with Index.open(where) as index:
        before = served(index), sorted(index.vectors.ids())
    shutil.rmtree(where.folder / DERIVED)
    with Index.open(where) as index:
        assert (served(index), sorted(index.vectors.ids())) == before


def test_a_folder_without_its_mark_is_not_served(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    half = where.folder / DERIVED / "00000002"
    shutil.copytree(where.folder / DERIVED / "00000001", half)
    (half / "complete").unlink()
    build(tmp_path, saying("b", SAID[1]), finish=False)
    with Index.open(where) as index:
        assert index.generation == 2 and served(index) == {"a": SAID[0], "b": SAID[1]}


def test_a_half_grown_folder_is_harmless_and_swept_away(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    for left in ("growing-00000002", "growing-00000009"):
        (where.folder / DERIVED / left / "words").mkdir(parents=True)
        (where.folder / DERIVED / left / "words" / "meta.json").write_text("half of a")
        (where.folder / DERIVED / left / "vectors.faiss").write_bytes(b"torn")
    with Index.open(where) as index:
        assert served(index) == {"a": SAID[0]}
    build(tmp_path, saying("b", SAID[1]))
    assert folders(where) == ["00000001", "00000002"]
    with Index.open(where) as index:
        assert served(index) == {"a": SAID[0], "b": SAID[1]}


def test_a_folder_from_a_time_that_never_was_is_not_served(tmp_path: Path) -> None:
    # A database restored from a backup is older than its derived files.
    where = build(tmp_path, saying("a", SAID[0]))
    database = where.folder / "index.sqlite"
    backup = database.read_bytes()
    build(tmp_path, saying("a", SAID[1], "2"))
    for leftover in where.folder.glob("index.sqlite*"):
        leftover.unlink()
    database.write_bytes(backup)
    with Index.open(where) as index:
        assert index.generation == 1 and served(index) == {"a": SAID[0]}


def test_the_last_two_generations_are_kept(tmp_path: Path) -> None:
    for number, said in enumerate(SAID, 1):
        where = build(tmp_path, saying("a", said, str(number)))
        assert folders(where) == [f"{n:08d}" for n in range(max(number - 1, 1), number + 1)]


def test_nothing_new_makes_no_new_folder(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    before = (where.folder / DERIVED / "00000001").stat().st_mtime_ns
    with writing(where) as writer:
        writer.finish()
    assert folders(where) == ["00000001"]
    assert (where.folder / DERIVED / "00000001").stat().st_mtime_ns == before


# While somebody writes.


def test_an_older_generation_serves_while_a_writer_is_at_work(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]), saying("b", SAID[1]))
    with busy(where) as writer:
        with writer.commit() as number:
            put(writer, [saying("a", SAID[2], "2"), saying("c", SAID[3])], number)
            writer.retire(2, number, "removed")
        with Index.open(where) as index:
            assert index.generation == 1 and index.state.documents == 2
            assert served(index) == {"a": SAID[0], "b": SAID[1]}
            old = index.document("a")
            assert old is not None and old.version == "1" and index.document("c") is None
            assert [row.id for row in index.documents()] == ["a", "b"]
            assert [version.current for version in index.versions("a")] == [True]
        writer.finish()
    with Index.open(where) as index:
        assert index.generation == 2 and served(index) == {"a": SAID[2], "c": SAID[3]}


def test_a_reader_keeps_the_generation_that_it_opened(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    with Index.open(where) as index:
        build(tmp_path, saying("a", SAID[1], "2"))  # before the reader has looked at words or vectors
        assert served(index) == {"a": SAID[0]}
        assert index.state.generation == 1


def test_the_first_build_is_not_served_half_done(tmp_path: Path) -> None:
    where = Settings(home=tmp_path)
    with busy(where) as writer:
        writer.prepare(2, np.ones(2, dtype=np.float32))
        with writer.commit() as number:
            put(writer, [saying("a", SAID[0])], number)
        with pytest.raises(IndexUnusable, match="being built for the first time; ask again when"):
            Index.open(where)


def test_vectors_of_the_encoder_before_are_not_served_with_the_new_one(tmp_path: Path) -> None:
    # After "rxcite ingest --rebuild" with another encoder the old files hold other vectors, of another length perhaps.
    where = build(tmp_path, saying("a", SAID[0]))
    other = replace(where, encoder="another")
    with writing(other, rebuild=True) as writer:
        with writer.commit() as number:
            writer.store.set_meta("encoder", "another")
            writer.store.set_meta("rebuilt", str(number))
        with pytest.raises(IndexUnusable):
            Index.open(other)
        writer.finish()
    with Index.open(other) as index:
        assert index.generation == 2


# Ids.


def test_a_vector_row_is_never_used_twice(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    with writing(where) as writer:
        last = writer.store.all("select max(row) as row from vector")[0]["row"]
        with writer.store.transaction():
            writer.store.run("delete from window")
            writer.store.run("delete from vector")
            writer.add_vectors([b"new"], np.ones((1, 384), dtype=np.float32))
        assert writer.store.all("select row from vector")[0]["row"] > last


def test_the_same_words_of_one_ingredient_are_one_vector(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]), saying("b", SAID[0]))
    with Index.open(where) as index:
        assert len(index.vectors) == 1 and served(index) == {"a": SAID[0], "b": SAID[0]}
        assert index.sizes().distinct_texts == 1
    with writing(where) as writer:
        writer.remove(["a"])
        writer.finish()
    with Index.open(where) as index:  # the vector that both shared still stands for the other
        assert len(index.vectors) == 1 and served(index) == {"b": SAID[0]}
    with writing(where) as writer:
        writer.remove(["b"])
        writer.finish()
    with Index.open(where) as index:
        assert len(index.vectors) == 0 and served(index) == {}


def test_the_same_words_of_another_ingredient_are_another_vector(tmp_path: Path) -> None:
    other = label("betanol", section("7 DRUG INTERACTIONS", SAID[0]))
    with Index.open(build(tmp_path, saying("a", SAID[0]), other)) as index:
        assert len(index.vectors) == 2


IDS = ("a", "b", "c")
Step = tuple[str, str, str]
"""What to do, to which document, with which words."""
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "remove", "finish", "lose"]), st.sampled_from(IDS), st.sampled_from(SAID)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_is_added_replaced_and_deleted_the_text_is_never_wrong(steps: list[Step]) -> None:
    expected: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as home:
        where = build(Path(home), finish=False)
        for number, (what, id, said) in enumerate(steps):
            if what == "put":
                build(Path(home), saying(id, said, str(number)), finish=False)
                expected[id] = said
            elif what == "remove":
                with writing(where) as writer:
                    writer.remove([id])
                expected.pop(id, None)
            elif what == "lose":
                shutil.rmtree(where.folder / DERIVED, ignore_errors=True)
            else:
                with writing(where) as writer:
                    writer.finish()
        with Index.open(where) as index:
            assert served(index) == expected
            vectors = index.query_encoder.encode(SAID)
            for said, vector in zip(SAID, vectors, strict=True):
                near = index.vectors.search(vector, 1)
                texts = {
                    passage.text
                    for rows in index.passages_of_vectors([hit.row for hit in near]).values()
                    for _, passage in index.passages(rows).values()
                }
                assert texts == {said} or said not in expected.values()
                named = index.words.naming([said])
                found = {passage.document_id for _, passage in index.passages(hit.row for hit in named).values()}
                assert found == {id for id, text in expected.items() if text == said}


# What it tells of itself.


def test_counts_are_of_what_is_in_service(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]), saying("b", SAID[0]), article("p", "A paper", SAID[3]))
    build(tmp_path, saying("a", SAID[1], "2"))
    with Index.open(where) as index:
        state, sizes = index.state, index.sizes()
        assert (state.name, state.generation, state.documents, state.passages) == ("default", 2, 3, 4)
        assert (sizes.documents, sizes.versions, sizes.passages, sizes.distinct_texts) == (3, 4, 4, 4)
        assert sizes.bytes > 0 and state.encoder == where.encoder


def test_copies_are_counted_among_the_labels_of_one_drug_only(tmp_path: Path) -> None:
    same = [saying(id, SAID[0]) for id in IDS]
    other = label("betanol", section("7 DRUG INTERACTIONS", SAID[0]))
    with Index.open(build(tmp_path, *same, other)) as index:
        copies = index.same_text([hit.row for hit in index.words.naming(["alphadone"])])
        assert sorted(copies.values()) == [1, 3, 3, 3]


def test_passages_are_found_by_section_by_id_and_by_document_and_only_those_in_service(tmp_path: Path) -> None:
    boxed, other = section("BOXED WARNING", SAID[0], SAID[1]), section("7 DRUG INTERACTIONS", SAID[2])
    where = build(tmp_path, label("omegazine", boxed, other, id="a"), article("p", "A paper", SAID[3]))
    with Index.open(where) as index:
        [row] = [row.row for row in index.documents() if row.id == "a"]
        [warning] = index.passages_of_section(row, "34066-1")
        assert warning.text == f"{SAID[0]}\n{SAID[1]}"
        numbers = index.rows_of([warning.id, "no such id"])
        assert list(numbers) == [warning.id] and index.passages(numbers.values()) == {
            numbers[warning.id]: (row, warning)
        }
        assert index.owners(numbers.values()) == {numbers[warning.id]: Owner(row, Kind.LABEL)}
        windows = index.windows_of(numbers.values())
        assert list(windows.values()) == [[numbers[warning.id]]] and windows.items() <= index.windows([row]).items()
    build(tmp_path, label("omegazine", other, id="a", version="2"))
    with Index.open(where) as index:
        assert index.rows_of([warning.id]) == {} and index.passages_of_section(row, "34066-1") == []


def test_two_indexes_of_the_same_contents_have_one_hash(tmp_path: Path) -> None:
    homes = [
        build(tmp_path / name, saying("a", said)) for name, said in zip("xyz", (SAID[0], SAID[0], SAID[1]), strict=True)
    ]
    hashes = []
    for where in homes:
        with Index.open(where) as index:
            hashes.append(index.contents())
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_reference_product_is_told_from_generics_and_copies(tmp_path: Path) -> None:
    kinds = {
        "brand": label("omegazine", section("1 INDICATIONS", SAID[1]), id="brand", application="NDA000001"),
        "generic": label("omegazine", section("1 INDICATIONS", SAID[1]), id="generic", application="ANDA000002"),
        "copy": label(
            "omegazine", section("1 INDICATIONS", SAID[1]), id="copy", application="NDA000001", repackaged=True
        ),
        "biologic": label("omegazine", section("1 INDICATIONS", SAID[1]), id="biologic", application="BLA000003"),
    }
    with Index.open(build(tmp_path, *kinds.values())) as index:
        rows = {row.id: row for row in index.documents()}
    assert {id for id, row in rows.items() if row.reference} == {"brand", "biologic"}
    assert {id for id, row in rows.items() if row.original} == {"brand", "biologic", "generic"}


def test_the_newest_whole_folder_of_a_known_generation_is_the_latest(tmp_path: Path) -> None:
    store = open_store(tmp_path / "index.sqlite", create=True)
    store.many("insert into generation values (?, ?)", ((number, f"token {number}") for number in (1, 2, 3, 5)))
    assert derived.latest(tmp_path / "nowhere", store) is None
    assert derived.latest(tmp_path, store) is None
    marks = {"00000001": "token 1", "00000002": "of another life", "growing-00000004": "token 4", "00000005": "token 5"}
    for name, mark in marks.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "complete").write_text(mark)
    (tmp_path / "00000003").mkdir()
    assert derived.latest(tmp_path, store) == derived.Derived(5, tmp_path / "00000005")
    (tmp_path / "00000005" / "complete").unlink()
    assert derived.latest(tmp_path, store) == derived.Derived(1, tmp_path / "00000001")
    store.close()


def test_a_restored_backup_that_goes_on_never_serves_the_files_of_the_life_before(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    backup = tmp_path / "backup.sqlite"
    shelf.backup(where.index, backup, where)
    build(tmp_path, saying("a", SAID[1], "2"))
    for leftover in where.folder.glob("index.sqlite*"):
        leftover.unlink()
    shutil.copy(backup, where.folder / "index.sqlite")
    build(tmp_path, saying("a", SAID[2], "3"))  # generation 2 once more, of other words
    with Index.open(where) as index:
        assert index.generation == 2 and served(index) == {"a": SAID[2]}


def test_a_reader_left_far_behind_keeps_the_files_that_it_opened(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    with Index.open(where) as index:  # reads no file yet
        for number in (2, 3, 4):
            build(tmp_path, saying("a", SAID[number], str(number)))
        assert served(index) == {"a": SAID[0]}
    assert folders(where) == ["00000001", "00000003", "00000004"]
    build(tmp_path, saying("a", SAID[0], "5"))
    assert folders(where) == ["00000004", "00000005"]


def test_a_reader_opens_while_a_writer_is_in_the_middle_of_a_commit(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    begun = time.monotonic()
    with busy(where) as writer, writer.commit() as number:
        put(writer, [saying("a", SAID[1], "2")], number)
        with Index.open(where) as index:
            assert served(index) == {"a": SAID[0]}
    assert time.monotonic() - begun < 5  # it waits for no lock


def test_a_reader_keeps_the_classes_of_its_generation(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    members = [ClassMembership("omegazine", None, f"Class {n}", "EPC", "toy") for n in (1, 2)]
    with writing(where) as writer:
        with writer.commit():
            writer.add_class_table("k", members[:1])
        writer.finish()
    with Index.open(where) as before:
        with writing(where) as writer:
            with writer.commit():
                writer.add_class_table("k", members[1:])
            writer.finish()
        assert before.classes_of(["omegazine"]) == members[:1]
    with Index.open(where) as after:
        assert after.classes_of(["omegazine"]) == members[1:]
        assert after.sizes().class_members == 1


def test_a_reader_and_its_questions_use_the_same_generation(tmp_path: Path) -> None:
    where = build(tmp_path, saying("a", SAID[0]))
    with desk(where) as before:
        build(tmp_path, saying("a", SAID[3], "2"))
        with desk(where) as after:
            [old] = before.search("omegazine")
            [new] = after.search("omegazine")
    assert (old.passage.text, old.passage.version) == (SAID[0], "1")
    assert (new.passage.text, new.passage.version) == (SAID[3], "2")
