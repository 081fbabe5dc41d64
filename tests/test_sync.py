"""Files into an index: added, changed, unchanged, older, failed, removed, rebuilt; a second run does nothing."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import files, sync
from ingest.intake import reader_of
from ingest.sync import Report, ingest
from rag.errors import IndexMismatch, SourceError, UsageError
from rag.index.encoder import DEFAULT, folder_of
from rag.index.index import Index
from rag.index.writer import writing
from rag.records import Document
from rag.settings import PassageSettings, Settings, SourceSettings
from tests.toys import HashEncoder, article, article_set, class_file, openfda, p, record, section, spl, zipped

Tree = dict[str, bytes]


class Bench:
    """A folder of sources, an index, and the ingest between them."""

    def __init__(self, folder: Path) -> None:
        self.sources = folder / "sources"
        self.sources.mkdir()
        self.settings = Settings(home=folder / "home")
        self.encoder = HashEncoder()

    def put(self, files: Tree) -> None:
        for name, data in files.items():
            (self.sources / name).parent.mkdir(parents=True, exist_ok=True)
            (self.sources / name).write_bytes(data)

    def take(self, *paths: str, dry_run: bool = False, rebuild: bool = False) -> Report:
        where = [self.sources / path for path in paths] or [self.sources]
        return ingest(where, self.settings, dry_run=dry_run, rebuild=rebuild, embedder=self.encoder)

    def age_reader(self) -> None:
        """All files were read by an older reader."""
        with writing(self.settings) as writer, writer.store.transaction():
            writer.store.run("update file set reader = 'older'")

    def rebuild(self) -> Report:
        return ingest([], self.settings, rebuild=True, embedder=self.encoder)

    def open(self) -> Index:
        return Index.open(self.settings)

    def document(self, id: str, version: str | None = None) -> Document | None:
        with self.open() as index:
            return index.document(id, version)

    def text(self, id: str) -> str | None:
        found = self.document(id)
        return found.text if found else None

    def ids(self) -> list[str]:
        with self.open() as index:
            return [one.id for one in index.documents()]

    def versions(self, id: str) -> list[tuple[str | None, bool]]:
        """Version and whether it is served, the newest first."""
        with self.open() as index:
            return sorted(
                ((one.version, one.current) for one in index.versions(id)), key=lambda v: v[0] or "", reverse=True
            )

    def classes(self, substance: str) -> set[tuple[str, str]]:
        """Class and source of a substance."""
        with self.open() as index:
            return {(one.name, one.source) for one in index.classes_of([substance])}

    def generation(self) -> int:
        with self.open() as index:
            return index.generation


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def label(
    id: str = "a", version: str | None = "1", words: str = "Stop at once.", effective: str | None = "20250101"
) -> bytes:
    return spl(
        section("7 DRUG INTERACTIONS", p(words), code="34073-7"), set_id=id, version=version, effective=effective
    )


def counts(report: Report) -> tuple[int, int, int, int, int]:
    """Added, changed, unchanged, retired, failed."""
    return report.added, report.changed, report.unchanged, report.retired, len(report.failed)


BAD = b"<document"


# Added, unchanged, changed


def test_documents_are_added_with_passages_and_vectors(bench: Bench) -> None:
    bench.put(
        {
            "a.xml": label("a"),
            "b.json": openfda(record("b", warnings=["Stop. " * 40])),
            "c.xml": article_set(article("7")),
        }
    )
    report = bench.take()
    assert counts(report) == (3, 0, 0, 0, 0)
    assert report.documents == 3 and report.passages >= 3
    assert bench.ids() == ["7", "a", "b"]
    with bench.open() as index:
        assert index.state.passages == report.passages
        assert index.sizes().distinct_texts == len(set(bench.encoder.seen)) - 1  # the probe is no text of the index


def test_what_is_stored_is_what_was_read(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.take()
    [document] = files.read(files.Source("a.xml", label("a")), bench.settings.sources)
    assert bench.document("a") == document


def test_a_second_run_changes_nothing_and_embeds_nothing(bench: Bench) -> None:
    bench.put(
        {
            "a.xml": label("a"),
            "b.zip": zipped({"c.xml": label("c"), "d.xml": label("d")}),
            "k.xml": class_file("X", "K [EPC]"),
        }
    )
    bench.take()
    before, encoded = bench.generation(), len(bench.encoder.seen)
    assert counts(bench.take()) == (0, 0, 3, 0, 0)
    assert bench.generation() == before and len(bench.encoder.seen) == encoded


def test_a_second_run_over_files_that_fail_changes_nothing_either(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "bad.xml": BAD, "half.zip": zipped({"b.xml": label("b"), "bad.xml": BAD})})
    first = bench.take()
    before = bench.generation()
    again = bench.take()
    assert counts(again) == (0, 0, 2, 0, 2)
    assert again.failed == first.failed
    assert bench.generation() == before


def test_the_same_file_under_another_name_is_the_same_document(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.take()
    bench.put({"copy/of a.xml": label("a"), "packed.zip": zipped({"a.xml": label("a")})})
    assert counts(bench.take()) == (0, 0, 3, 0, 0)
    assert bench.versions("a") == [("1", True)]


def test_identical_text_is_embedded_once(bench: Bench) -> None:
    bench.put({f"{id}.xml": label(id) for id in "abc"})
    bench.take()
    assert bench.encoder.seen.count("toyazole > DRUG INTERACTIONS\nStop at once.") == 1


def test_a_newer_version_takes_the_place_of_the_old_one_which_stays_in_history(bench: Bench) -> None:
    bench.put({"a.xml": label(version="1", words="Old words.")})
    bench.take()
    bench.put({"a.xml": label(version="2", words="New words.")})
    assert counts(bench.take()) == (0, 1, 0, 0, 0)
    assert "New words." in (bench.text("a") or "")
    assert bench.versions("a") == [("2", True), ("1", False)]
    old = bench.document("a", "1")
    assert old and "Old words." in old.text
    with bench.open() as index:
        assert index.state.documents == 1 and index.state.passages == 1


def test_the_vectors_of_an_old_version_leave_the_index(bench: Bench) -> None:
    bench.put({"a.xml": label(version="1", words="Old words.")})
    bench.take()
    bench.put({"a.xml": label(version="2", words="New words.")})
    bench.take()
    with bench.open() as index:
        assert len(index.vectors.ids()) == 1


def test_ten_is_newer_than_nine(bench: Bench) -> None:
    bench.put({"a.xml": label(version="9")})
    bench.take()
    bench.put({"a.xml": label(version="10", words="Ten.")})
    assert counts(bench.take()) == (0, 1, 0, 0, 0)
    assert "Ten." in (bench.text("a") or "")


def test_an_older_version_goes_straight_to_history_and_says_so(bench: Bench) -> None:
    bench.put({"a.xml": label(version="5")})
    bench.take()
    bench.put({"old.xml": label(version="3", words="Old words.")})
    report = bench.take()
    assert counts(report) == (0, 0, 1, 1, 0)
    assert any("version 3 is older" in note for note in report.notes)
    assert "Old words." not in (bench.text("a") or "")
    assert bench.versions("a") == [("5", True), ("3", False)]


def test_an_older_version_that_is_known_is_not_told_again(bench: Bench) -> None:
    bench.put({"a.xml": label(version="5")})
    bench.take()
    bench.put({"old.xml": label(version="3")})
    bench.take()
    bench.put({"old.zip": zipped({"a.xml": label(version="3")})})
    report = bench.take()
    assert counts(report) == (0, 0, 3, 0, 0) and not report.notes
    assert bench.versions("a") == [("5", True), ("3", False)]


def test_without_versions_the_date_tells_which_is_newer(bench: Bench) -> None:
    bench.put({"a.xml": label(version=None, effective="20250101")})
    bench.take()
    bench.put({"b.xml": label(version=None, effective="20240101", words="Old.")})
    assert counts(bench.take()) == (0, 0, 1, 1, 0)
    bench.put({"c.xml": label(version=None, effective="20260101", words="New.")})
    report = bench.take()
    assert counts(report)[:2] == (0, 1) and "New." in (bench.text("a") or "")
    assert not report.notes


def test_where_neither_version_nor_date_tells_the_last_one_read_is_served_and_that_is_said(bench: Bench) -> None:
    bench.put({"a.json": openfda(record("a", id="r1", warnings=["First."]))})
    assert not bench.take().notes
    bench.put({"b.json": openfda(record("a", id="r2", warnings=["Second."]))})
    report = bench.take()
    assert counts(report)[:2] == (0, 1) and bench.text("a") == "Second."
    assert any("neither version nor date" in note for note in report.notes)


@pytest.mark.parametrize("version", ["two", "²", "9" * 5000, "1.5", "-1"])
def test_a_version_that_is_no_number_is_compared_by_date(bench: Bench, version: str) -> None:
    bench.put({"a.xml": label(version="1", effective="20250101")})
    bench.take()
    bench.put({"b.xml": label(version=version, effective="20260101", words="New.")})
    assert counts(bench.take())[1] == 1
    assert "New." in (bench.text("a") or "")
    bench.put(
        {"c.zip": zipped({"1.xml": label("c", version=version), "2.xml": label("c", version="1", words="Other.")})}
    )
    assert len(bench.take().failed) == 0


# One set id twice in one batch


def test_the_same_document_twice_in_one_batch_is_added_once(bench: Bench) -> None:
    bench.put({"a.json": openfda(*[record("a", warnings=["Stop."])] * 3)})
    assert counts(bench.take()) == (1, 0, 2, 0, 0)
    assert bench.versions("a") == [(None, True)]


@pytest.mark.parametrize(
    "order", [("1", "2"), ("2", "1"), ("1", "2", "1"), ("2", "1", "2"), ("1", "3", "2"), ("3", "2", "1")]
)
def test_of_several_versions_in_one_batch_the_newest_is_served_and_each_is_kept_once(
    bench: Bench, order: Sequence[str]
) -> None:
    bench.put(
        {
            "all.zip": zipped(
                {f"{n}.xml": label(version=version, words=f"Version {version}.") for n, version in enumerate(order)}
            )
        }
    )
    report = bench.take("all.zip")
    newest = max(order)
    assert f"Version {newest}." in (bench.text("a") or "")
    assert bench.versions("a") == [(version, version == newest) for version in sorted(set(order), reverse=True)]
    assert (report.documents, report.added) == (1, 1)


def test_a_batch_that_holds_the_version_in_service_and_a_newer_one_keeps_each_once(bench: Bench) -> None:
    bench.put({"a.xml": label(version="2")})
    bench.take()
    bench.put({"release.zip": zipped({"new.xml": label(version="3", words="New."), "same.xml": label(version="2")})})
    bench.take()
    assert "New." in (bench.text("a") or "")
    assert bench.versions("a") == [("3", True), ("2", False)]


def test_two_records_of_one_batch_without_version_and_date_say_which_is_served(bench: Bench) -> None:
    bench.put(
        {"a.json": openfda(record("a", id="r1", warnings=["First."]), record("a", id="r2", warnings=["Second."]))}
    )
    report = bench.take()
    assert bench.text("a") == "Second."
    assert any("neither version nor date" in note for note in report.notes)


def test_more_documents_than_one_batch_are_all_there(bench: Bench) -> None:
    many = 300
    bench.put(
        {
            f"{n % 2}.json": openfda(*[record(f"id-{i:03}", warnings=[f"Stop {i}."]) for i in range(n % 2, many, 2)])
            for n in (0, 1)
        }
    )
    bench.put({"again.json": openfda(*[record(f"id-{i:03}", warnings=[f"Stop {i}."]) for i in range(0, many, 50)])})
    report = bench.take()
    assert counts(report) == (many, 0, 6, 0, 0)
    assert len(bench.ids()) == many


# Failures


def test_a_bad_file_is_named_and_never_stops_the_others(bench: Bench) -> None:
    bench.put(
        {
            "0.xml": b"",
            "1.xml": BAD,
            "2.json": b'{"results": [',
            "3.xml": label("a"),
            "4.bin": b"\x00\x01",
            "5.zip": b"PK\x03\x04 no",
        }
    )
    report = bench.take()
    assert report.added == 1 and bench.ids() == ["a"]
    assert [Path(failure.path).name for failure in report.failed] == ["0.xml", "1.xml", "2.json", "4.bin", "5.zip"]
    with bench.open() as index:
        assert {failure.path: failure.reason for failure in index.failures()} == {
            f.path: f.reason for f in report.failed
        }


def test_a_file_that_fails_leaves_its_old_version_in_service(bench: Bench) -> None:
    bench.put({"a.xml": label("a", words="Good words.")})
    bench.take()
    bench.put({"a.xml": label("a", version="2")[:-30]})
    assert counts(bench.take()) == (0, 0, 0, 0, 1)
    assert "Good words." in (bench.text("a") or "")
    with bench.open() as index:
        assert [Path(failure.path).name for failure in index.failures()] == ["a.xml"]


def test_a_file_that_was_mended_is_no_failure_any_more(bench: Bench) -> None:
    bench.put({"a.xml": BAD, "b.xml": BAD})
    bench.take()
    bench.put({"a.xml": label("a")})
    assert counts(bench.take()) == (1, 0, 0, 0, 1)
    with bench.open() as index:
        assert [Path(failure.path).name for failure in index.failures()] == ["b.xml"]


def test_a_bad_record_keeps_the_file_on_the_list_and_the_others_in_service(bench: Bench) -> None:
    bench.put({"a.json": openfda(record("a", warnings=["Stop."]), record(""), record("b", warnings=["Go."]))})
    report = bench.take()
    assert counts(report) == (2, 0, 0, 0, 1)
    assert report.failed[0].path.endswith("a.json (record 2)")
    assert counts(bench.take()) == (0, 0, 2, 0, 1)


def test_what_is_no_file_is_named_and_never_waited_for(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    os.mkfifo(bench.sources / "pipe.xml")
    report = bench.take()
    assert counts(report) == (1, 0, 0, 0, 1)
    assert "neither a file nor a folder" in report.failed[0].reason


def test_a_file_over_the_bound_is_refused_unread(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "big.json": b" " * 200_000})
    bench.settings = replace(bench.settings, sources=SourceSettings(max_file_bytes=100_000))
    report = bench.take()
    assert counts(report) == (1, 0, 0, 0, 1)
    assert "over the bound" in report.failed[0].reason


def test_a_file_whose_name_is_no_text_is_read_all_the_same(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    Path(os.fsdecode(os.fsencode(bench.sources) + b"/\xff.xml")).write_bytes(label("b"))
    Path(os.fsdecode(os.fsencode(bench.sources) + b"/\xfe.xml")).write_bytes(BAD)
    assert counts(bench.take()) == (2, 0, 0, 0, 1)


def test_a_label_without_any_text_is_known_and_silent(bench: Bench) -> None:
    bench.put({"a.json": openfda(record("a", drug_interactions=[""]))})
    report = bench.take()
    assert counts(report) == (1, 0, 0, 0, 0) and report.passages == 0
    assert any("known by name and silent" in note for note in report.notes)
    with bench.open() as index:
        assert [name.document for name in index.names(["toyazole"])]


def test_nothing_to_ingest_and_a_path_that_is_not_there_are_errors(bench: Bench) -> None:
    with pytest.raises(UsageError, match="nothing to ingest"):
        ingest([], bench.settings, embedder=bench.encoder)
    with pytest.raises(SourceError, match="does not exist"):
        bench.take("nowhere")


# Class files


def test_class_files_become_the_class_table_and_no_document(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "k.xml": class_file("TOYAZOLE", "Toy Inhibitor [EPC]")})
    report = bench.take()
    assert (report.class_tables, report.documents, report.added) == (1, 1, 1)
    assert bench.classes("toyazole") == {("Toy Inhibitor", "toy-classes version 1")}


def test_all_class_files_of_an_archive_count(bench: Bench) -> None:
    # DailyMed publishes them as one zip of thousands.
    members = {
        f"{name}.xml": class_file(name, f"{name} Blocker [EPC]", set_id=name) for name in ("one", "two", "three")
    }
    bench.put({"classes.zip": zipped(members)})
    assert bench.take().class_tables == 3
    assert [len(bench.classes(name)) for name in ("one", "two", "three")] == [1, 1, 1]


def test_a_newer_class_file_takes_the_place_of_the_old_one(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "k.xml": class_file("TOYAZOLE", "Toy Inhibitor [EPC]", version="1")})
    bench.take()
    bench.put({"k.xml": class_file("TOYAZOLE", "Toy Blocker [EPC]", version="2")})
    bench.take()
    assert bench.classes("toyazole") == {("Toy Blocker", "toy-classes version 2")}


# Dry runs


def test_a_dry_run_without_an_index_makes_none(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "bad.xml": BAD, "k.xml": class_file("X", "K [EPC]")})
    report = bench.take(dry_run=True)
    assert counts(report) == (1, 0, 0, 0, 1) and report.class_tables == 1
    assert not bench.settings.home.exists()
    assert bench.encoder.seen == []


def test_a_dry_run_says_what_would_happen_and_writes_nothing(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b", version="5")})
    bench.take()
    before, encoded = bench.generation(), len(bench.encoder.seen)
    bench.put(
        {
            "a.xml": label("a", version="2", words="New."),
            "b.xml": label("b", version="3"),
            "c.xml": label("c"),
            "bad.xml": BAD,
        }
    )
    assert counts(bench.take(dry_run=True)) == (1, 1, 0, 1, 1)
    assert bench.generation() == before and len(bench.encoder.seen) == encoded
    assert bench.ids() == ["a", "b"] and "New." not in (bench.text("a") or "")
    with bench.open() as index:
        assert index.failures() == []
    assert counts(bench.take()) == (1, 1, 0, 1, 1)


# Removing


def test_what_is_removed_stays_in_history_and_can_come_back(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b")})
    bench.take()
    assert sync.remove(["a"], bench.settings) == 1
    assert bench.ids() == ["b"]
    assert bench.versions("a") == [("1", False)]
    assert counts(bench.take()) == (1, 0, 1, 0, 0)
    assert bench.ids() == ["a", "b"]


def test_one_document_of_an_archive_can_be_removed_and_come_back(bench: Bench) -> None:
    bench.put({"all.zip": zipped({"a.xml": label("a"), "b.xml": label("b")})})
    bench.take()
    sync.remove(["a"], bench.settings)
    assert bench.ids() == ["b"]
    assert counts(bench.take()) == (1, 0, 1, 0, 0)


def test_removing_what_is_not_there_removes_nothing(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.take()
    with pytest.raises(UsageError, match="not in index"):
        sync.remove(["a", "nobody"], bench.settings)
    assert bench.ids() == ["a"]


# Rebuilding


def test_a_rebuild_splits_again_with_the_sizes_of_now(bench: Bench) -> None:
    bench.put({"a.xml": label("a", words="One sentence is here. " * 40), "b.xml": label("b")})
    wide = bench.take().passages
    bench.settings = replace(bench.settings, passages=PassageSettings(target_tokens=32))
    report = bench.rebuild()
    assert report.passages > wide and report.documents == 2
    assert any("rebuilt 2 documents" in note for note in report.notes)
    assert bench.ids() == ["a", "b"]


def test_a_rebuild_with_the_same_settings_embeds_nothing_anew(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b", words="Other words.")})
    before = bench.take()
    bench.encoder.seen.clear()
    after = bench.rebuild()
    assert (after.documents, after.passages) == (before.documents, before.passages)
    assert len(bench.encoder.seen) == 1  # the probe, which tells whether the encoder is still the same
    assert counts(bench.take()) == (0, 0, 2, 0, 0)


def test_another_encoder_is_refused_until_a_rebuild(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.take()
    default = bench.settings
    bench.settings = replace(default, encoder=str(folder_of(DEFAULT)))
    with pytest.raises(IndexMismatch, match="was built with encoder"):
        bench.take()
    bench.encoder = HashEncoder(dim=16)
    bench.rebuild()
    with bench.open() as index:
        assert index.state.encoder == str(folder_of(DEFAULT))
        assert len(index.vectors.ids()) == 1


def test_files_read_by_an_older_reader_are_read_again(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.take()
    bench.age_reader()
    with writing(bench.settings) as writer:
        assert not writer.readings([hashlib.sha256(label("a")).hexdigest()], reader_of(bench.settings))
    assert counts(bench.take()) == (0, 0, 1, 0, 0)
    with writing(bench.settings) as writer:
        assert writer.readings([hashlib.sha256(label("a")).hexdigest()], reader_of(bench.settings))


def test_passages_of_another_size_are_refused_until_the_index_is_rebuilt(bench: Bench) -> None:
    bench.put({"a.xml": label("a", words="Stop at once and call somebody who knows. " * 12)})
    before = bench.take().passages
    bench.settings = replace(bench.settings, passages=PassageSettings(target_tokens=32))
    with pytest.raises(IndexMismatch, match="176/256.*ask for 32/256.*ingest --rebuild"):
        bench.take()
    assert bench.rebuild().passages > before
    assert counts(bench.take()) == (0, 0, 1, 0, 0)


def test_a_rebuild_with_the_same_encoder_embeds_only_what_is_new_and_never_stops_the_readers(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b", words="Stop at once and call somebody who knows. " * 12)})
    bench.take()
    bench.encoder.seen.clear()
    bench.settings = replace(bench.settings, passages=PassageSettings(target_tokens=32))
    with bench.open() as before:
        bench.rebuild()
        assert before.words.naming(["stop"]) and len(before.vectors) > 0
    assert bench.encoder.seen and not any("Stop at once." in text for text in bench.encoder.seen)


def test_content_that_comes_back_without_a_version_is_served_again(bench: Bench) -> None:
    first, second = (
        openfda(record("a", id=id, warnings=[words])) for id, words in (("r1", "First."), ("r2", "Second."))
    )
    for data, served in ((first, "First."), (second, "Second."), (first, "First.")):
        bench.put({"a.json": data})
        bench.take()
        assert bench.text("a") == served


def test_a_file_that_cannot_be_opened_is_remembered_and_forgotten_once_it_can(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "big.xml": label("b") + b" " * 200_000})
    bench.settings = replace(bench.settings, sources=SourceSettings(max_file_bytes=100_000))
    bench.take()
    with bench.open() as index:
        assert [Path(failure.path).name for failure in index.failures()] == ["big.xml"]
    bench.settings = replace(bench.settings, sources=SourceSettings())
    bench.take()
    with bench.open() as index:
        assert index.failures() == []


def test_a_version_that_was_read_otherwise_is_read_again_and_not_replaced_by_itself(bench: Bench) -> None:
    bench.put({"a.xml": label("a", "3", "Stop at once.")})
    bench.take()
    bench.put({"a.xml": label("a", "3", "Stop at once, and call.")})
    bench.take()
    with bench.open() as index:
        assert [row.retired for row in index.versions("a")] == [None, "read again"]


# Progress


class Counted:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[int | None, int]] = {}
        self.now = ""

    def start(self, stage: str, total: int | None) -> None:
        self.now = stage
        self.stages[stage] = (total, 0)

    def advance(self, n: int = 1) -> None:
        total, done = self.stages[self.now]
        self.stages[self.now] = (total, done + n)

    def finish(self) -> None:
        pass


def test_progress_counts_texts_to_the_end(bench: Bench) -> None:
    bench.put({f"{id}.xml": label(id, words=f"Word {id}.") for id in "abc"})
    progress = Counted()
    ingest([bench.sources], bench.settings, embedder=bench.encoder, progress=progress)
    assert progress.stages["embedding"] == (3, 3)
    assert progress.stages["reading"][0] == 3
    assert list(progress.stages) == ["reading", "embedding", "writing"]
