"""The folder of fetched files: whole files, a manifest that a kill cannot break, one writer, plain names."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.fetch import folder as folders
from corpora.fetch.errors import FetchError, Unreachable
from corpora.fetch.folder import MANIFEST, Folder
from corpora.fetch.run import Failed, Offer, Total, fetch
from ingest import files
from rag.errors import SourceError, UsageError


def put(folder: Folder, name: str, data: bytes, version: str | None = "1") -> None:
    draft = folder.draft(name)
    draft.write_bytes(data)
    folder.keep(draft, name, url=f"https://example.org/{name}", licence="CC0", version=version)


def offer(name: str, data: bytes = b"data", version: str | None = "1", came: str | None = None) -> Offer:
    def take(draft: Path) -> str | None:
        draft.write_bytes(data)
        return came or version

    return Offer(name, f"https://example.org/{name}", "CC0", take, version)


def failing(name: str, error: Exception) -> Offer:
    def take(draft: Path) -> str | None:
        draft.write_bytes(b"half of")
        raise error

    return Offer(name, f"https://example.org/{name}", "CC0", take, "1")


# The folder


def test_the_manifest_says_what_came_from_where_and_when_under_which_licence(tmp_path: Path) -> None:
    with Folder(tmp_path / "out") as folder:
        put(folder, "a.xml", b"hello")
    row = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert row["sha256"] == hashlib.sha256(b"hello").hexdigest() and row["bytes"] == 5
    assert (row["name"], row["url"], row["licence"], row["version"]) == (
        "a.xml",
        "https://example.org/a.xml",
        "CC0",
        "1",
    )
    assert len(row["time"]) == 20 and row["time"].endswith("Z")


def test_ingest_sees_the_files_and_nothing_of_the_bookkeeping(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        put(folder, "a.xml", b"hello")
        folder.draft("b.xml").write_bytes(b"half")
        folder.draft("c.zip", '"v1"').write_bytes(b"half")
        found = files.find([tmp_path])
        assert [path.name for path in found.files] == ["a.xml"] and not found.refused


@pytest.mark.parametrize("change", ["removed", "altered", "cut", "same length"])
def test_a_file_that_is_no_longer_as_it_came_is_not_known(tmp_path: Path, change: str) -> None:
    with Folder(tmp_path) as folder:
        put(folder, "a.xml", b"hello")
        assert folder.entry("a.xml")
        path = tmp_path / "a.xml"
        path.unlink() if change == "removed" else path.write_bytes(
            {"altered": b"hello world", "cut": b"hell", "same length": b"jello"}[change]
        )
        assert folder.entry("a.xml") is None


@pytest.mark.parametrize(
    "name",
    ["../a.xml", "/etc/passwd", "a/b.xml", "a\\b.xml", ".manifest.jsonl", "", "a\x00.xml", "x" * 200, "a b", "..", "ä"],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with Folder(tmp_path / "out") as folder:
        with pytest.raises(SourceError, match="cannot be the name of a file"):
            folder.draft(name)
        draft = folder.draft("a.xml")
        draft.write_bytes(b"x")
        with pytest.raises(SourceError, match="cannot be the name of a file"):
            folder.keep(draft, name, url="", licence="", version=None)


def test_only_one_fetch_writes_to_a_folder(tmp_path: Path) -> None:
    with Folder(tmp_path), pytest.raises(SourceError, match="another fetch is writing"), Folder(tmp_path):
        pass
    with Folder(tmp_path):  # the lock was given back
        pass


def test_a_file_in_the_place_of_the_folder_is_usage(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("I am a file")
    with pytest.raises(UsageError, match="is a file"), Folder(tmp_path / "out"):
        pass


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    with Folder(tmp_path / "out", dry_run=True) as folder:
        assert folder.entry("a.xml") is None
        fetch([offer("a.xml")], folder, dry_run=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_that_a_kill_cut_costs_one_file_and_no_more(tmp_path: Path, kept: int) -> None:
    with Folder(tmp_path) as folder:
        put(folder, "a.xml", b"a")
        put(folder, "b.xml", b"b")
    path = tmp_path / MANIFEST
    first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(first + b"\n" + second[:kept])
    with Folder(tmp_path) as folder:
        assert folder.entry("a.xml") and not folder.entry("b.xml")
        put(folder, "b.xml", b"b")
    with Folder(tmp_path) as folder:
        assert folder.entry("a.xml") and folder.entry("b.xml")
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    size = 1_000_000
    with Folder(tmp_path) as folder:
        put(folder, "a.xml", b"\x00" * size)
        writer = threading.Thread(target=lambda: [put(folder, "a.xml", bytes([n]) * size) for n in range(1, 40)])
        writer.start()
        seen = set()
        while writer.is_alive():
            data = (tmp_path / "a.xml").read_bytes()
            assert len(data) == size and data.count(data[:1]) == size
            seen.add(data[:1])
        writer.join()
    assert len(seen) > 1


def test_a_damaged_manifest_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"name": "a.xml"}\n\nnonsense\n{}\n')
    with pytest.raises(SourceError, match=r"\.manifest\.jsonl, line 1: no line of a manifest"), Folder(tmp_path):
        pass
    with Folder(tmp_path / "other"):  # and the lock of the damaged one is free again
        pass
    (tmp_path / MANIFEST).unlink()
    with Folder(tmp_path):
        pass


def test_the_manifest_does_not_grow_for_ever(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        put(folder, "a.xml", b"a")
        folder.set_mark("where", "page 7")
        folder.confirm("a.xml")
    first, second, third = (tmp_path / MANIFEST).read_text().splitlines(keepends=True)
    (tmp_path / MANIFEST).write_text(first * 1100 + second + third)
    with Folder(tmp_path) as folder:
        entry = folder.entry("a.xml")
        assert folder.mark("where") == "page 7"
    assert len((tmp_path / MANIFEST).read_text().splitlines()) == 2
    with Folder(tmp_path) as folder:
        assert folder.entry("a.xml") == entry and folder.mark("where") == "page 7"


def test_drafts_of_a_killed_run_are_swept_and_cut_downloads_kept(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        small, large = folder.draft("a.xml"), folder.draft("r.zip", '"v1"')
        small.write_bytes(b"half")
        large.write_bytes(b"half")
    with Folder(tmp_path) as folder:
        assert not small.exists() and folder.draft("r.zip", '"v1"') == large and large.exists()
        other = folder.draft("r.zip", '"v2"')  # another version by now: what came of the old one is of no use
        assert other != large and not large.exists()


# Runs


def test_one_thing_that_fails_never_stops_the_rest(tmp_path: Path) -> None:
    things = [offer("a.xml"), failing("b.xml", FetchError("broken")), Failed("c", "no such drug"), offer("d.xml")]
    with Folder(tmp_path) as folder:
        report = fetch(things, folder)
    assert [entry.name for entry in report.fetched] == ["a.xml", "d.xml"]
    assert report.failed == [Failed("b.xml", "broken"), Failed("c", "no such drug")]
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == ["a.xml", "d.xml"]
    assert not list(tmp_path.glob(".draft*"))


def test_what_is_there_in_the_listed_version_is_not_taken_again(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        fetch([offer("a.xml")], folder)
        report = fetch([failing("a.xml", AssertionError("must not be taken"))], folder)
    assert report.unchanged == 1 and not report.fetched and not report.failed


def test_what_comes_again_and_is_the_same_leaves_the_file_alone(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        fetch([offer("a.xml", version=None, came="3")], folder)
        before = (tmp_path / "a.xml").stat()
        report = fetch([offer("a.xml", version=None, came="3")], folder)
        assert report.unchanged == 1
        assert (tmp_path / "a.xml").stat().st_mtime_ns == before.st_mtime_ns
        assert fetch([offer("a.xml", b"other", version=None, came="3")], folder).fetched
    assert (tmp_path / "a.xml").read_bytes() == b"other"


def test_a_new_version_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        fetch([offer("a.xml", b"old")], folder)
        report = fetch([replace(failing("a.xml", FetchError("broken")), version="2")], folder)
        assert report.failed and folder.entry("a.xml")
    assert (tmp_path / "a.xml").read_bytes() == b"old"


def test_a_server_that_is_gone_ends_the_run_and_what_came_stays(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        report = fetch([offer("a.xml"), failing("b.xml", Unreachable("nobody")), offer("c.xml")], folder)
        assert report.stopped == "nobody" and len(report.fetched) == 1
        assert len(fetch([offer("a.xml"), offer("b.xml"), offer("c.xml")], folder).fetched) == 2


def test_a_list_that_breaks_off_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    def offers() -> Iterator[Offer]:
        yield offer("a.xml")
        raise FetchError("page 2 is broken")

    with Folder(tmp_path) as folder:
        report = fetch(offers(), folder)
    assert len(report.fetched) == 1 and report.failed == [Failed("the list", "page 2 is broken")]


def test_a_limit_bounds_what_is_looked_at_and_what_is_listed(tmp_path: Path) -> None:
    drawn: list[int] = []

    def offers() -> Iterator[Offer]:
        for number in range(100):
            drawn.append(number)
            yield offer(f"{number}.xml")

    with Folder(tmp_path) as folder:
        assert len(fetch(offers(), folder, limit=3).fetched) == 3
    assert len(drawn) == 3


def test_a_dry_run_tells_new_changed_and_unchanged_apart(tmp_path: Path) -> None:
    with Folder(tmp_path) as folder:
        fetch([offer("a.xml"), offer("b.xml")], folder)
    with Folder(tmp_path, dry_run=True) as folder:
        report = fetch([offer("a.xml"), offer("b.xml", version="2"), offer("c.xml")], folder, dry_run=True)
    assert [(plan.name, plan.state) for plan in report.planned] == [
        ("a.xml", "unchanged"),
        ("b.xml", "changed"),
        ("c.xml", "new"),
    ]


def test_a_full_disk_is_said_and_leaves_no_half_file(tmp_path: Path) -> None:
    # A limit on file sizes stands for the disk: writing more fails with an OSError, as a full disk does.
    code = textwrap.dedent(f"""
        import resource, signal
        from pathlib import Path
        from corpora.fetch.folder import Folder
        from corpora.fetch.run import Offer, fetch
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        def take(size):
            def write(draft):
                draft.write_bytes(b"x" * size)
                return "1"
            return write
        offers = [Offer("a.xml", "u", "l", take(10000), "1"), Offer("b.xml", "u", "l", take(30000), "1")]
        with Folder(Path({str(tmp_path)!r})) as folder:
            try:
                fetch(offers, folder)
            except OSError as error:
                print(error)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", MANIFEST, "a.xml"]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_whenever_it_is_killed_only_whole_files_are_there(tmp_path: Path, sent: signal.Signals) -> None:
    code = textwrap.dedent(f"""
        from pathlib import Path
        from corpora.fetch.folder import Folder
        from corpora.fetch.run import Offer, fetch
        def take(number):
            def write(draft):
                with draft.open("wb") as file:
                    for _ in range(50):
                        file.write(b"%04d" % number * 100)
                        file.flush()
                return "1"
            return write
        with Folder(Path({str(tmp_path)!r})) as folder:
            print("go", flush=True)
            fetch([Offer(f"{{n}}.xml", "u", "l", take(n), "1") for n in range(2000)], folder)
    """)
    moments = (0.01, 0.05, 0.11, 0.2, 0.33)
    for moment in moments:
        run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert run.stdout and run.stdout.readline() == b"go\n"
        time.sleep(moment)
        os.kill(run.pid, sent)
        run.wait()
        run.stdout.close()
        for path in tmp_path.glob("[!.]*.xml"):
            assert path.read_bytes() == b"%04d" % int(path.stem) * 5000
    with Folder(tmp_path) as folder:
        there = sorted(tmp_path.glob("[!.]*.xml"))
        known = [path for path in there if folder.entry(path.name)]
        # Between the file and its line lies a moment: at most one file of each kill is fetched again.
        assert there and len(there) - len(known) <= len(moments)


def test_checksums_are_of_the_files_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert folders.sha256(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


class Watched:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.totals: list[int | None] = []
        self.steps = self.open = 0

    def start(self, stage: str, total: int | None) -> None:
        self.totals.append(total)
        self.open += 1

    def advance(self, n: int = 1) -> None:
        assert self.open
        self.steps += n

    def finish(self) -> None:
        self.open -= 1


@pytest.mark.parametrize(
    ("limit", "totals", "steps"), [(None, [2, 3], 4), (4, [2, 2], 3), (1, [1], 1)], ids=["all", "four", "one"]
)
def test_progress_knows_how_much_is_left_as_the_lists_are_read(
    tmp_path: Path, limit: int | None, totals: list[int], steps: int
) -> None:
    things = [Total(2), offer("a.xml"), offer("b.xml"), Total(3), offer("c.xml"), Failed("d", "no"), offer("e.xml")]
    watched = Watched()
    with Folder(tmp_path) as folder:
        fetch(things, folder, limit=limit, progress=watched)
    assert (watched.totals, watched.steps, watched.open) == (totals, steps, 0)


def test_progress_of_a_source_that_does_not_count_has_no_end(tmp_path: Path) -> None:
    watched = Watched()
    with Folder(tmp_path) as folder:
        fetch([offer("a.xml"), offer("b.xml")], folder, progress=watched)
    assert (watched.totals, watched.steps, watched.open) == ([None], 2, 0)
