"""An index made equal to a folder: planned, done, pruned only on demand, failures remembered and retried."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.sync import Sync, remove, sync
from rag.errors import IndexUnusable, SourceError
from rag.index.index import Index
from rag.index.writer import writing
from rag.settings import Settings
from tests.toys import HashEncoder, class_file, openfda, p, record, section, spl, zipped

BAD = b"<document"


def label(id: str = "a", version: str = "1", words: str = "Stop at once.") -> bytes:
    return spl(section("7 DRUG INTERACTIONS", p(words), code="34073-7"), set_id=id, version=version)


class Bench:
    """A folder, an index, and the sync between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "labels"
        self.folder.mkdir()
        self.settings = Settings(home=folder / "home")
        self.encoder = HashEncoder()

    def put(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(data)

    def drop(self, *names: str) -> None:
        for name in names:
            (self.folder / name).unlink()

    def sync(
        self, folder: Path | None = None, *, prune: bool = False, retry_failed: bool = False, dry_run: bool = False
    ) -> Sync:
        return sync(
            folder or self.folder,
            self.settings,
            dry_run=dry_run,
            prune=prune,
            retry_failed=retry_failed,
            embedder=self.encoder,
        )

    def texts(self) -> dict[str, str]:
        """Id -> version and last words of what is served."""
        with Index.open(self.settings) as index:
            found = {row.id: index.document(row.id) for row in index.documents()}
        return {id: f"{one.version} {one.text.splitlines()[-1]}" for id, one in found.items() if one}

    def generation(self) -> int:
        with Index.open(self.settings) as index:
            return index.generation

    def failures(self) -> list[str]:
        with Index.open(self.settings) as index:
            return [Path(one.path).name for one in index.failures()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def names(paths: tuple[str, ...]) -> list[str]:
    return [Path(path).name for path in paths]


def planned(done: Sync) -> dict[str, list[str]]:
    """The parts of the plan that are not empty, by the names of their files."""
    plan = done.plan
    parts = {
        "added": plan.added, "changed": plan.changed, "again": plan.again, "unchanged": plan.unchanged,
        "failed": plan.failed, "gone": plan.gone,
    }  # fmt: skip
    return {kind: names(paths) for kind, paths in parts.items() if paths}


# The plan, and that it is carried out.


def test_a_sync_touches_exactly_what_changed(bench: Bench) -> None:
    bench.put({f"{id}.xml": label(id) for id in "abcde"})
    assert planned(bench.sync()) == {"added": ["a.xml", "b.xml", "c.xml", "d.xml", "e.xml"]}
    bench.encoder.seen.clear()
    bench.put({"b.xml": label("b", "2", "Other words."), "c.xml": BAD, "f.xml": label("f", words="New words.")})
    bench.drop("d.xml")
    done = bench.sync(prune=True)
    assert planned(done) == {
        "added": ["f.xml"],
        "changed": ["b.xml", "c.xml"],
        "unchanged": ["a.xml", "e.xml"],
        "gone": ["d.xml"],
    }
    assert [(one.id, one.kind, one.before, one.after) for one in done.report.done] == [
        ("b", "changed", "1", "2"),
        ("f", "added", None, "1"),
    ]
    assert (done.missing, done.removed, [Path(f.path).name for f in done.report.failed]) == (("d",), 1, ["c.xml"])
    assert bench.texts() == {
        "a": "1 Stop at once.", "b": "2 Other words.", "c": "1 Stop at once.", "e": "1 Stop at once.",
        "f": "1 New words.",
    }  # fmt: skip
    assert len(bench.encoder.seen) == 2  # "Other words." and "New words."


def test_a_second_sync_finds_nothing_to_do(bench: Bench) -> None:
    bench.put(
        {
            "a.xml": label("a"),
            "k.xml": class_file("X", "K [EPC]"),
            "b.zip": zipped({"b.xml": label("b")}),
            "bad.xml": BAD,
        }
    )
    bench.sync()
    before = bench.generation()
    done = bench.sync(prune=True)
    assert planned(done) == {"unchanged": ["a.xml", "b.zip", "k.xml"], "failed": ["bad.xml"]}
    assert (done.report.unchanged, done.report.done, done.missing) == (2, (), ())
    assert bench.generation() == before


def test_a_dry_run_says_what_would_be_done_and_does_nothing(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b"), "c.xml": label("c")})
    bench.sync()
    before = bench.generation(), bench.texts()
    bench.put({"a.xml": label("a", "2"), "c.xml": BAD})
    bench.drop("b.xml")
    would = bench.sync(dry_run=True, prune=True)
    assert (bench.generation(), bench.texts(), bench.failures()) == (*before, [])
    did = bench.sync(prune=True)
    assert (planned(would), would.missing, would.report.done) == (planned(did), did.missing, did.report.done)
    assert (would.removed, did.removed) == (0, 1)


def test_a_dry_run_before_there_is_an_index_makes_none(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    assert planned(bench.sync(dry_run=True)) == {"added": ["a.xml"]}
    assert not bench.settings.home.exists()


# Removing.


def test_without_prune_documents_whose_file_is_gone_are_named_every_time_and_served(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b")})
    bench.sync()
    bench.drop("b.xml")
    for _ in range(2):
        done = bench.sync()
        assert (planned(done)["gone"], done.missing, done.removed) == (["b.xml"], ("b",), 0)
    assert set(bench.texts()) == {"a", "b"}
    assert bench.sync(prune=True).removed == 1
    assert set(bench.texts()) == {"a"} and "gone" not in planned(bench.sync())


def test_a_label_that_comes_back_is_served_again(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b")})
    bench.sync()
    bench.drop("b.xml")
    bench.sync(prune=True)
    bench.put({"b.xml": label("b")})
    bench.sync(prune=True)
    assert set(bench.texts()) == {"a", "b"}


def test_only_documents_from_the_folder_are_taken_out(bench: Bench) -> None:
    other, outside = bench.folder.parent / "labels-too", bench.folder.parent / "outside"
    for folder, ids in ((other, "xy"), (outside, "z")):
        folder.mkdir()
        for id in ids:
            (folder / f"{id}.xml").write_bytes(label(id))
        bench.sync(folder)
    bench.put({"a.xml": label("a")})
    bench.sync(prune=True)
    assert set(bench.texts()) == {"a", "x", "y", "z"}
    (other / "x.xml").unlink()
    assert bench.sync(prune=True).missing == ()
    assert bench.sync(other, prune=True).missing == ("x",)
    assert set(bench.texts()) == {"a", "y", "z"}


def test_a_document_that_stands_in_another_file_stays(bench: Bench) -> None:
    elsewhere = bench.folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.xml").write_bytes(label("b"))
    bench.put({"1.xml": label("a"), "2.xml": label("a"), "b.xml": label("b"), "c.xml": label("c")})
    bench.sync(elsewhere)
    bench.sync()
    bench.drop("1.xml", "b.xml")
    done = bench.sync(prune=True)
    assert (names(done.plan.gone), done.missing) == (["1.xml", "b.xml"], ())
    assert set(bench.texts()) == {"a", "b", "c"} and "gone" not in planned(bench.sync())


def test_a_file_that_holds_another_document_now_leaves_the_one_before_without_a_file(bench: Bench) -> None:
    bench.put({"x.xml": label("a"), "y.json": openfda(record("p", warnings=["P."]), record("q", warnings=["Q."]))})
    bench.sync()
    bench.put({"x.xml": label("b"), "y.json": openfda(record("q", warnings=["Q."]))})
    assert bench.sync(prune=True).missing == ("a", "p")
    assert set(bench.texts()) == {"b", "q"}


def test_what_a_failing_file_held_before_is_never_pruned(bench: Bench) -> None:
    bench.put({"x.zip": zipped({"a.xml": label("a"), "b.xml": label("b"), "c.xml": label("c")})})
    bench.sync()
    bench.put({"x.zip": zipped({"a.xml": label("a", "2", "New words."), "b.xml": BAD})})
    for _ in range(2):
        assert bench.sync(prune=True).missing == ()
    assert bench.texts() == {"a": "2 New words.", "b": "1 Stop at once.", "c": "1 Stop at once."}
    bench.put({"x.zip": zipped({"a.xml": label("a", "2", "New words."), "b.xml": label("b", "3")})})
    assert bench.sync(prune=True).missing == ("c",)


def test_a_moved_file_is_no_new_document_and_nothing_is_embedded(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b")})
    bench.sync()
    before = bench.generation()
    bench.encoder.seen.clear()
    (bench.folder / "deep").mkdir()
    (bench.folder / "a.xml").rename(bench.folder / "deep" / "renamed.xml")
    done = bench.sync(prune=True)
    assert (planned(done)["added"], planned(done)["gone"], done.missing) == (["renamed.xml"], ["a.xml"], ())
    assert bench.encoder.seen == [] and bench.generation() == before


def test_a_moved_folder_can_be_pruned_where_it_is_now(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b")})
    bench.sync()
    moved = bench.folder.parent / "moved"
    bench.folder.rename(moved)
    assert bench.sync(moved).missing == ()
    (moved / "b.xml").unlink()
    assert bench.sync(moved, prune=True).missing == ("b",)
    assert set(bench.texts()) == {"a"}


def test_a_folder_that_is_empty_all_of_a_sudden_prunes_nothing(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.sync()
    bench.drop("a.xml")
    with pytest.raises(SourceError, match="holds no file now.*not mounted.*Nothing was removed"):
        bench.sync(prune=True)
    assert set(bench.texts()) == {"a"}


def test_files_of_a_folder_that_cannot_be_entered_are_not_gone(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "closed/b.xml": label("b")})
    bench.sync()
    (bench.folder / "closed").rename(bench.folder.parent / "outside")
    (bench.folder / "closed").symlink_to(bench.folder.parent / "outside")  # a link out of the folder is not followed
    done = bench.sync(prune=True)
    assert (done.plan.gone, done.missing) == ((), ()) and set(bench.texts()) == {"a", "b"}


def test_the_classes_of_a_file_that_is_gone_go_with_prune(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "k.xml": class_file("TOYAZOLE", "Toy Inhibitor [EPC]")})
    bench.sync()
    bench.drop("k.xml")
    assert bench.sync(prune=True).removed == 1
    with Index.open(bench.settings) as index:
        assert index.classes_of(["toyazole"]) == []


def test_what_rxcite_remove_took_out_comes_back_while_its_file_is_there(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b")})
    bench.sync()
    remove(["a"], bench.settings)
    assert planned(bench.sync()) == {"again": ["a.xml"], "unchanged": ["b.xml"]}
    assert set(bench.texts()) == {"a", "b"}


# Failures.


def test_a_known_failure_is_said_again_without_reading_the_file(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "bad.xml": BAD, "x.zip": zipped({"c.xml": BAD, "d.xml": label("d")})})
    first = bench.sync()
    again = bench.sync()
    assert planned(again)["failed"] == ["bad.xml", "x.zip"]
    assert set(again.report.failed) == set(first.report.failed) and len(first.report.failed) == 2
    assert bench.failures() == ["bad.xml", "c.xml"]


def test_a_failure_is_tried_again_on_demand_and_by_a_new_reader(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "bad.xml": BAD})
    bench.sync()
    assert planned(bench.sync(retry_failed=True))["again"] == ["bad.xml"]
    with writing(bench.settings) as writer, writer.store.transaction():
        writer.store.run("update file set reader = 'older'")
    assert planned(bench.sync())["again"] == ["a.xml", "bad.xml"]
    assert planned(bench.sync()) == {"unchanged": ["a.xml"], "failed": ["bad.xml"]}


def test_a_repaired_file_is_taken_and_no_failure_any_more(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.sync()
    bench.put({"a.xml": label("a", "2")[:-30]})
    bench.sync()
    assert (bench.texts(), bench.failures()) == ({"a": "1 Stop at once."}, ["a.xml"])
    bench.put({"a.xml": label("a", "2", "New words.")})
    assert planned(bench.sync(retry_failed=True)) == {"changed": ["a.xml"]}
    assert (bench.texts(), bench.failures()) == ({"a": "2 New words."}, [])


def test_a_failing_file_that_is_gone_is_no_failure_any_more(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "bad.xml": BAD, "bad.xml (copy).xml": BAD})
    bench.sync()
    bench.drop("bad.xml")
    bench.sync()
    assert bench.failures() == ["bad.xml (copy).xml"]


def test_content_that_comes_back_without_a_version_is_served_again(bench: Bench) -> None:
    first, second = (openfda(record("a", id=id, warnings=[words])) for id, words in (("1", "First."), ("2", "Second.")))
    for data, words in ((first, "First."), (second, "Second."), (first, "First.")):
        bench.put({"a.json": data})
        bench.sync()
        assert bench.texts() == {"a": f"None {words}"}


# What cannot be done.


def test_no_folder_is_an_error(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    for path in (bench.folder / "nowhere", bench.folder / "a.xml"):
        with pytest.raises(SourceError, match="is no folder"):
            bench.sync(path)


def test_a_second_sync_at_the_same_time_is_refused(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.sync()
    with writing(bench.settings), pytest.raises(IndexUnusable, match="another rxcite is writing"):
        bench.sync()


def test_an_index_of_an_older_schema_is_brought_to_the_new_one_and_knows_its_files(bench: Bench) -> None:
    bench.put({"a.xml": label("a"), "b.xml": label("b"), "bad.xml": BAD})
    bench.sync()
    with writing(bench.settings) as writer, writer.store.transaction():
        for statement in (
            "drop table place", "drop table generation", "drop index holding_document", "drop index failure_file",
            "alter table document drop column ended", "alter table class drop column added",
            "alter table class drop column retired", "alter table failure drop column file",
            "delete from meta where key = 'passages'", "update meta set value = '1' where key = 'schema'",
        ):  # fmt: skip
            writer.store.run(statement)
    for mark in bench.settings.folder.glob("derived/*/complete"):
        mark.write_text(str(int(mark.parent.name)))  # what stood there then
    assert set(bench.texts()) == {"a", "b"}
    bench.drop("b.xml")
    assert planned(bench.sync(prune=True)) == {"unchanged": ["a.xml"], "failed": ["bad.xml"], "gone": ["b.xml"]}
    assert set(bench.texts()) == {"a"} and bench.failures() == ["bad.xml"]


def test_a_disk_without_room_is_refused_before_anything_is_read(bench: Bench) -> None:
    bench.put({"a.xml": label("a")})
    bench.sync()
    huge = bench.folder / "huge.xml"
    with huge.open("wb") as file:
        file.truncate(shutil.disk_usage(bench.folder).free // 4)  # of holes: it takes no room itself
    bench.settings = replace(bench.settings, sources=replace(bench.settings.sources, max_file_bytes=10))
    with pytest.raises(IndexUnusable, match="MB are needed in .* MB are free; make room"):
        bench.sync()
    assert set(bench.texts()) == {"a"}
