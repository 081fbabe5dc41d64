"""Indexes copied, backed up and deleted as wholes; and what a full disk, a lock or a network does to one."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.sync import ingest
from rag.errors import IndexUnusable, UsageError
from rag.index import disk, shelf
from rag.index.encoder import Vectors
from rag.index.index import DATABASE, DERIVED, Index
from rag.index.store import open_store, told
from rag.index.writer import writing
from rag.settings import Settings
from tests.corpus import build, label, put, section
from tests.toys import HashEncoder, p, spl
from tests.toys import section as part

ALPHA = label("alphadone", section("7 DRUG INTERACTIONS", "Alphadone raises the concentration of betanol."))
BETA = label("betanol", section("4 CONTRAINDICATIONS", "Betanol is contraindicated in anuria."))


def ids(settings: Settings) -> list[str]:
    with Index.open(settings) as index:
        assert len(index.words.naming(["alphadone", "betanol"])) == len(index.vectors) == index.state.passages
        return [row.id for row in index.documents()]


# Copies and backups.


def test_a_copy_answers_like_the_index_and_goes_its_own_way(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    made = shelf.copy("default", "copy", where)
    assert (made.documents, made.generation, made.trouble) == (1, 1, "")
    build(tmp_path, BETA)
    assert ids(replace(where, index="copy")) == ["toy-alphadone"]
    assert ids(where) == ["toy-alphadone", "toy-betanol"]


def test_a_backup_made_in_the_middle_of_a_commit_is_the_commit_before(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    with writing(where) as writer, writer.commit() as number:
        put(writer, [BETA], number)
        shelf.backup("default", tmp_path / "backup.sqlite", where)
        shelf.copy("default", "copy", where)
    shelf.copy(str(tmp_path / "backup.sqlite"), "restored", where)
    assert ids(replace(where, index="copy")) == ids(replace(where, index="restored")) == ["toy-alphadone"]
    assert ids(where) == ["toy-alphadone", "toy-betanol"]


def test_copies_of_an_index_that_is_written_to_are_each_one_generation_whole(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    stop = threading.Event()

    def write() -> None:
        version = 2
        while not stop.is_set():
            with writing(where) as writer, writer.commit() as number:
                for drug in ("alphadone", "betanol"):
                    put(writer, [label(drug, section("7 DRUG INTERACTIONS", "Stop."), version=str(version))], number)
            version += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            shelf.copy("default", f"copy{number}", where)
    finally:
        stop.set()
        thread.join()
    for number in range(5):
        with Index.open(replace(where, index=f"copy{number}")) as index:
            versions = {row.version for row in index.documents()}
            assert len(versions) == 1 and index.generation == int(versions.pop() or 0)


def test_a_backup_is_one_file_that_can_be_read_from_anywhere(tmp_path: Path) -> None:
    where = build(tmp_path / "home", ALPHA)
    (tmp_path / "one").mkdir()
    shelf.backup("default", tmp_path / "one" / "backup.sqlite", where)
    [file] = (tmp_path / "one").iterdir()
    connection = sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)
    assert connection.execute("pragma journal_mode").fetchone() == ("delete",)
    assert connection.execute("select count(*) from document").fetchone() == (1,)
    connection.close()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="exists; choose another"):
        shelf.backup("default", tmp_path / "file", where)
    with pytest.raises(UsageError, match='an index "default" already'):
        shelf.copy("default", "default", where)
    assert (tmp_path / "file").read_text() == "mine"


def test_what_is_no_index_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    (tmp_path / "text").write_text("no database" * 100)
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("create table recipe (name text)")
    other.close()
    with pytest.raises(IndexUnusable, match='no index "nobody" in .*; there are: default'):
        shelf.copy("nobody", "copy", where)
    with pytest.raises(IndexUnusable, match="cannot be read as an index"):
        shelf.copy(str(tmp_path / "text"), "copy", where)
    with pytest.raises(IndexUnusable, match="holds no index of rxcite"):
        shelf.copy(str(tmp_path / "other.sqlite"), "copy", where)
    assert [one.name for one in shelf.listed(where)] == ["default"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["default", "other.sqlite", "text"]


def test_a_damaged_index_is_listed_with_its_trouble(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / DATABASE).write_bytes(b"no database" * 100)
    newer = build(tmp_path / "elsewhere", BETA)
    with writing(newer) as writer, writer.store.transaction():
        writer.store.set_meta("schema", "99")
    newer.folder.rename(tmp_path / "newer")
    default, new, torn = shelf.listed(where)
    assert (default.name, default.documents, default.trouble) == ("default", 1, "")
    assert new.name == "newer" and "schema 99" in new.trouble
    assert torn.name == "torn" and "cannot be read as an index" in torn.trouble


# Deleting.


def test_a_deleted_index_is_gone_and_a_reader_of_it_goes_on(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    with Index.open(where) as index:
        assert len(index.vectors) == 1 and index.words
        shelf.delete("default", where)
        assert [row.id for row in index.documents()] == ["toy-alphadone"]
    assert list(tmp_path.iterdir()) == []
    build(tmp_path, BETA)
    assert ids(where) == ["toy-betanol"]


def test_an_index_that_is_written_to_is_not_deleted(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    with writing(where), pytest.raises(IndexUnusable, match="wait until it has ended"):
        shelf.delete("default", where)
    assert ids(where) == ["toy-alphadone"]


# The disk.


@pytest.mark.parametrize(
    ("kind", "is_refused"),
    [
        ("9p", True), ("nfs4", True), ("nfs", True),
        ("cifs", True), ("smb3", True), ("fuse.sshfs", True), ("fuse.s3fs", True),
        ("ext4", False), ("overlay", False), ("fuseblk", False), ("fuse.fuse-overlayfs", False), ("tmpfs", False),
    ],
)  # fmt: skip
def test_network_file_systems_are_refused_with_the_reason(tmp_path: Path, kind: str, is_refused: bool) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\nnone /tmpfoo nfs rw 0 0\n")
    if not is_refused:
        disk.refuse_network(tmp_path / "home" / "index", mounts)
        return
    with pytest.raises(IndexUnusable, match=f"network file system .{kind}.*--home on a local disk"):
        disk.refuse_network(tmp_path / "home" / "index", mounts)


def test_a_local_disk_under_a_network_mount_is_local_and_names_with_spaces_are_read(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    spaced = str(tmp_path / "a b").replace(" ", "\\040")
    mounts.write_text(f"server:/x {tmp_path} nfs rw 0 0\n/dev/sdb {spaced} xfs rw 0 0\n")
    disk.refuse_network(tmp_path / "a b" / "home", mounts)
    with pytest.raises(IndexUnusable):
        disk.refuse_network(tmp_path / "a", mounts)
    disk.refuse_network(tmp_path, tmp_path / "no such table")


_FILLS = """
import resource, sys
from pathlib import Path
from ingest.sync import ingest
from rag.errors import IndexUnusable
from rag.settings import Settings
from tests.toys import HashEncoder
home, sources, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    ingest([sources], Settings(home=home), embedder=HashEncoder())
    print("done")
except IndexUnusable as error:
    print(error)
"""


def _label(id: str, words: str) -> bytes:
    return spl(part("7 DRUG INTERACTIONS", p(words), code="34073-7"), set_id=id)


@pytest.mark.parametrize("room", [1_000, 30_000, 100_000, 250_000])
def test_a_disk_that_fills_up_is_said_and_leaves_the_index_as_it_was(tmp_path: Path, room: int) -> None:
    sources, where = tmp_path / "labels", Settings(home=tmp_path / "home")
    sources.mkdir()
    (sources / "a.xml").write_bytes(_label("a", "Alphadone raises betanol."))
    ingest([sources], where, embedder=HashEncoder())
    for number in range(40):
        words = " ".join(f"Word{number}x{n} is said of betanol." for n in range(60))
        (sources / f"b{number}.xml").write_bytes(_label(f"b{number}", words))
    limit = (where.folder / DATABASE).stat().st_size + room
    done = subprocess.run(
        [sys.executable, "-c", _FILLS, str(where.home), str(sources), str(limit)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert any(words in done.stdout for words in ("as it was at its last commit", "answers as before")), done.stdout
    with Index.open(where) as index:
        assert [row.id for row in index.documents()][0] == "a" and len(index.documents()) in (1, 41)
        assert len(index.words.naming(["raises"])) == 1
    assert ingest([sources], where, embedder=HashEncoder()).documents == 41


def test_search_files_that_cannot_be_written_leave_the_ones_before_in_service(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    build(tmp_path, BETA, finish=False)
    growing = where.folder / DERIVED / "growing-00000002"
    growing.write_text("a file in the way of the folder")
    with Index.open(where) as index:
        assert index.generation == 1 and [row.id for row in index.documents()] == ["toy-alphadone"]
    growing.unlink()
    assert ids(where) == ["toy-alphadone", "toy-betanol"]


def test_a_locked_database_is_said_and_no_backup_is_asked_for(tmp_path: Path) -> None:
    where = build(tmp_path, ALPHA)
    holder, other = (sqlite3.connect(where.folder / DATABASE, timeout=0, isolation_level=None) for _ in range(2))
    holder.execute("begin immediate")
    with (
        pytest.raises(IndexUnusable, match="locked by another program; try again") as error,
        told(where.folder / DATABASE),
    ):
        other.execute("begin immediate")
    assert "backup" not in str(error.value)
    holder.close()
    other.close()


def test_a_mistake_in_sql_stays_what_it_is(tmp_path: Path) -> None:
    store = open_store(tmp_path / "one" / DATABASE, create=True)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.all("select * from nowhere")
    store.close()


class Interrupting(HashEncoder):
    """Ctrl-C comes while it encodes its second batch."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        if len(self.seen) > 1:
            raise KeyboardInterrupt
        return super().encode(texts)


def test_ctrl_c_leaves_the_index_as_it_was_and_the_same_command_goes_on(tmp_path: Path) -> None:
    sources, where = tmp_path / "labels", Settings(home=tmp_path / "home")
    sources.mkdir()
    (sources / "a.xml").write_bytes(_label("a", "Alphadone raises betanol."))
    ingest([sources], where, embedder=HashEncoder())
    (sources / "b.xml").write_bytes(_label("b", "Betanol lowers alphadone."))
    interrupting = Interrupting()
    interrupting.seen = ["one", "two"]
    with pytest.raises(KeyboardInterrupt):
        ingest([sources], where, embedder=interrupting)
    with Index.open(where) as index:
        assert [row.id for row in index.documents()] == ["a"] and index.generation == 1
    assert ingest([sources], where, embedder=HashEncoder()).added == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(IndexUnusable), writing(Settings(home=tmp_path / "home")):
            pass
    finally:
        tmp_path.chmod(0o700)
