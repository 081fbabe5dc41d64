"""Files read and split by workers: the index is the one that a single process makes, whatever happens to a worker."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest import crew, files
from ingest.crew import Crew, Prepared
from ingest.sync import Report, ingest
from rag.errors import SourceError, UsageError
from rag.index.index import Index
from rag.records import Document
from rag.settings import Settings
from tests.toys import HashEncoder, article, article_set, openfda, p, record, section, spl, zipped


@dataclass
class Here:
    """A pool of this very process: work is done when its result is asked for, so that order is the crew's own doing."""

    workers: int = 2
    dies_at: str = ""

    def submit(self, work: Callable[..., Any], *values: Any) -> Any:
        return lambda: self._done(work, values)

    def _done(self, work: Callable[..., Any], values: tuple[Any, ...]) -> Any:
        if self.dies_at and self.dies_at in str(values[0]):
            raise RuntimeError("the process was killed")
        return work(*values)

    def result(self, handle: Any) -> Any:
        return handle()


FILES = {
    "a.xml": spl(section("7 DRUG INTERACTIONS", p("Alphadone raises betanol."), code="34073-7"), set_id="a"),
    "b.xml": b"<document",
    "c.json": openfda(*(record(f"r{n}", warnings=[f"Stop number {n}. " * 30]) for n in range(40)), {"no": "label"}),
    "d.xml": article_set(article("7"), article("8")),
    "e.zip": zipped({f"{n}.xml": spl(section("1", p(f"Words {n}.")), set_id=f"z{n}") for n in range(35)} | {"x": b"<"}),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    for name, data in FILES.items():
        (made / name).write_bytes(data)
    return made


def everything(paths: list[Path], own: Crew) -> list[crew.Item | str]:
    found: list[crew.Item | str] = []
    own.begin(paths)
    for path in paths:
        with files.opened(path, own.settings.sources) as opened:
            try:
                found += own.items(path, opened)
            except SourceError as error:
                found.append(str(error))
    return found


@pytest.mark.parametrize("small", [True, False])
def test_a_crew_finds_what_one_process_finds_in_the_same_order(folder: Path, small: bool) -> None:
    own = Crew(Here(), Settings())
    paths = sorted(folder.iterdir())
    expected = []
    for path in paths:
        with files.opened(path, own.settings.sources) as opened:
            expected += files.contents(opened.source, own.settings.sources)
    if small:
        found = everything(paths, own)
    else:  # as archives and large parts go: read here, split by the workers
        found = []
        for path in paths:
            with files.opened(path, own.settings.sources) as opened:
                found += own.items(path, opened)
    assert [item.document if isinstance(item, Prepared) else item for item in found] == expected
    assert len(expected) == 1 + 1 + 41 + 2 + 36
    prepared = [item for item in found if isinstance(item, Prepared)]
    assert len(prepared) == sum(isinstance(item, Document) for item in expected) == 78
    assert all(split.passage.document_id == one.document.id for one in prepared for split in one.splits)


def test_no_more_files_are_at_work_than_the_workers_can_take(folder: Path) -> None:
    begun: list[str] = []

    @dataclass
    class Counting(Here):
        def submit(self, work: Callable[..., Any], *values: Any) -> Any:
            begun.append(Path(values[0]).name)
            return super().submit(work, *values)

    own = Crew(Counting(workers=1), Settings())
    own.begin(sorted(folder.iterdir()))
    assert begun == ["a.xml", "b.xml"]


def test_files_that_nobody_asks_for_keep_nobody_waiting(folder: Path) -> None:
    own = Crew(Here(workers=1), Settings())
    paths = sorted(folder.iterdir())
    own.begin(paths)
    with files.opened(paths[3], own.settings.sources) as opened:  # beyond what is at work
        found = list(own.items(paths[3], opened))
    assert [item.document.id for item in found if isinstance(item, Prepared)] == ["7", "8"]


def test_a_worker_that_dies_costs_one_file(folder: Path) -> None:
    found = everything(sorted(folder.iterdir()), Crew(Here(dies_at="c.json"), Settings()))
    [said] = [item for item in found if isinstance(item, str)]
    assert said == "the worker that read it ended (RuntimeError); ingest it again with --workers 1"
    ids = [item.document.id for item in found if isinstance(item, Prepared)]
    assert ids == ["a", "7", "8", *(f"z{n}" for n in range(35))]


def test_a_file_that_changes_between_two_looks_is_not_taken(folder: Path) -> None:
    own = Crew(Here(), Settings())
    path = folder / "a.xml"
    own.begin([path])
    with files.opened(path, own.settings.sources) as opened:
        path.write_bytes(FILES["a.xml"].replace(b"raises", b"lowers"))
        with pytest.raises(SourceError, match="changed while it was read"):
            list(own.items(path, opened))


def test_how_many_workers_are_wanted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(crew.ADDRESS, raising=False)
    paths = sorted(folder.iterdir())
    assert crew.wanted("1", paths) == 1 and crew.wanted("3", paths) == 3
    assert crew.wanted("auto", paths) == 1  # so little to read is read before they are up
    (folder / "large").write_bytes(b" " * 6_000_000)
    assert crew.wanted("auto", [folder / "large"]) >= 1
    assert crew.wanted("ray://head:10001", paths) == 0
    for wrong in ("0", "-1", "many", "²", ""):
        with pytest.raises(UsageError, match="--workers must be a number from 1, auto, or ray://"):
            crew.wanted(wrong, paths)


def contents(report: Report, settings: Settings) -> tuple[object, ...]:
    with Index.open(settings) as index:
        passages = sorted(row["id"] for row in index.store.all("select id from passage"))
        return index.contents(), passages, len(index.vectors), report.added, [f.reason for f in report.failed]


@pytest.mark.slow  # Ray takes some seconds to come up
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_two_workers_make_the_index_that_one_process_makes(folder: Path, tmp_path: Path) -> None:
    made = []
    for workers in ("1", "2"):
        settings = Settings(home=tmp_path / workers)
        report = ingest([folder], settings, embedder=HashEncoder(), workers=workers)
        made.append(contents(report, settings))
    assert made[0] == made[1]
    again = ingest([folder], settings, embedder=HashEncoder(), workers="2")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 78)


def test_without_ray_one_process_does_it_and_says_so(folder: Path, tmp_path: Path) -> None:
    if crew.is_available():
        pytest.skip("Ray is installed")
    report = ingest([folder], Settings(home=tmp_path), embedder=HashEncoder(), workers="2")
    assert crew.ABSENT in report.notes and report.added == 78
