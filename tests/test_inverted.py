"""The vector index of a large corpus: what exact search finds is found, through every change; scores are exact."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rag.errors import UsageError
from rag.index import inverted
from rag.index.encoder import Vectors as Array
from rag.index.index import DERIVED, Index
from rag.index.inverted import Inverted
from rag.index.vectors import Rows, VectorHit, Vectors
from rag.index.writer import writing
from rag.settings import Settings, VectorSettings
from tests.corpus import build, label, put, section
from ui.cli import app

DIM = 24


def drawn(count: int, seed: int = 0, spread: float = 0.4) -> Array:
    """Unit vectors in clusters, as passages about one thing are."""
    chance = np.random.default_rng(seed)
    middle = np.random.default_rng(99).standard_normal((40, DIM))
    found = middle[chance.integers(0, 40, count)] + spread * chance.standard_normal((count, DIM))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def rows_of(*rows: int) -> Rows:
    return np.array(rows, dtype=np.int64)


@dataclass
class Shelf:
    """Vectors by their row, as the store keeps them, and an index of some of them."""

    folder: Path
    stored: dict[int, Array]
    index: Inverted = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        rows = rows_of(*self.stored)
        inverted.build(self.folder, rows, self.read, DIM, 0.95)
        self.index = Inverted(self.folder, self.read)

    def read(self, rows: Rows) -> Array:
        return np.stack([self.stored[row] for row in rows.tolist()]) if len(rows) else np.empty((0, DIM), np.float32)

    def change(self, gone: list[int], new: list[int]) -> None:
        self.index.change(rows_of(*gone), rows_of(*new))

    def again(self) -> None:
        """Written into a folder of its own and opened from there."""
        self.made += 1
        folder = self.folder / str(self.made)
        folder.mkdir()
        self.index.save(folder)
        self.index = Inverted(folder, self.read)

    def exact(self, vector: Array, limit: int) -> list[int]:
        rows = sorted(self.index.ids())
        scores = self.read(rows_of(*rows)) @ vector
        return [rows[at] for at in np.lexsort((rows, -scores))[:limit]]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    # ids are row numbers: not from 0, not without gaps
    return Shelf(tmp_path, {row * 3 + 5: vector for row, vector in enumerate(drawn(1500))})


def recall(shelf: Shelf, questions: Array, limit: int = 10) -> float:
    shares = []
    for vector in questions:
        found = {hit.row for hit in shelf.index.search(vector, limit)}
        shares.append(len(found & set(shelf.exact(vector, limit))) / limit)
    return float(np.mean(shares))


def test_what_exact_search_finds_is_found_as_often_as_was_measured(shelf: Shelf) -> None:
    assert shelf.index.base.recall >= 0.95
    assert shelf.index.base.probes < shelf.index.base.lists  # else this were exact search in disguise
    assert recall(shelf, drawn(100, seed=7)) >= 0.93


def test_more_lists_are_searched_where_more_is_to_be_found(tmp_path: Path) -> None:
    stored = dict(enumerate(drawn(1500, spread=3.0)))  # hardly any clusters: neighbours stand in many lists
    some = Shelf(tmp_path, stored)
    (tmp_path / "all").mkdir()
    inverted.build(tmp_path / "all", rows_of(*stored), some.read, DIM, 1.0)
    every = Inverted(tmp_path / "all", some.read).base
    assert every.recall == 1.0 > some.index.base.recall >= 0.95
    assert every.probes > some.index.base.probes > 4


def test_scores_are_inner_products_of_the_stored_vectors_and_fall(shelf: Shelf) -> None:
    vector = drawn(1, seed=3)[0]
    hits = shelf.index.search(vector, 20)
    assert len(hits) == 20
    for hit in hits:
        assert hit.score == pytest.approx(float(shelf.stored[hit.row] @ vector), abs=1e-6)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_filter_is_exact_even_far_from_the_question(shelf: Shelf) -> None:
    vector = drawn(1, seed=4)[0]
    far = sorted(shelf.stored, key=lambda row: float(shelf.stored[row] @ vector))[:7]
    hits = shelf.index.search(vector, 5, [*far, 1, 2])  # 1 and 2 are no rows of it
    assert [hit.row for hit in hits] == far[::-1][:5]
    assert shelf.index.search(vector, 5, []) == [] == shelf.index.search(vector, 5, [1, 2])


def test_a_filter_of_many_rows_goes_through_the_lists_and_finds_nothing_else(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, dict(enumerate(drawn(9000))))
    shelf.stored[9_000_001] = drawn(1, seed=4)[0]
    shelf.change([2, 4], [9_000_001])
    among = [*range(0, 9000, 2), 9_000_001]
    asked: list[int] = []
    shelf.index = Inverted(shelf.folder, lambda rows: (asked.extend(rows.tolist()), shelf.read(rows))[1])
    shelf.change([2, 4], [9_000_001])
    asked.clear()
    shares = []
    for vector in drawn(20, seed=4):
        found = [hit.row for hit in shelf.index.search(vector, 10, among)]
        exact = sorted(set(among) - {2, 4}, key=lambda row: -float(shelf.stored[row] @ vector))[:10]
        assert set(found) <= set(among) - {2, 4} and len(found) == 10
        shares.append(len(set(found) & set(exact)) / 10)
    assert np.mean(shares) >= 0.95
    assert len(asked) <= 20 * 100  # and most are not read
    assert shelf.index.search(drawn(1, seed=4)[0], 1, among)[0].row == 9_000_001


def test_what_left_is_never_found_and_what_came_is(shelf: Shelf) -> None:
    vector = drawn(1, seed=5)[0]
    best = shelf.exact(vector, 3)
    shelf.stored[9_000_001] = vector
    shelf.change(best, [9_000_001])
    for _ in range(2):
        hits = shelf.index.search(vector, 10)
        assert hits[0] == VectorHit(9_000_001, pytest.approx(1.0)) and not {hit.row for hit in hits} & set(best)
        assert shelf.index.search(vector, 10, best) == []
        assert len(shelf.index) == len(shelf.index.ids()) == 1498
        shelf.again()


def test_one_that_left_and_comes_back_is_found_once(shelf: Shelf) -> None:
    vector = drawn(1, seed=6)[0]
    [best] = shelf.exact(vector, 1)
    shelf.change([best], [])
    shelf.change([], [best])
    shelf.again()
    assert [hit.row for hit in shelf.index.search(vector, 50)].count(best) == 1
    assert shelf.index.unfolded == 0


def test_the_base_is_linked_and_never_written_again(shelf: Shelf) -> None:
    before = (shelf.folder / inverted.LISTS).stat()
    shelf.stored[9_000_001] = drawn(1, seed=9)[0]
    shelf.change([5], [9_000_001])
    shelf.again()
    after = (shelf.index.folder / inverted.LISTS).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_folder_that_is_gone_still_serves_whoever_opened_it(shelf: Shelf) -> None:
    vector = drawn(1, seed=2)[0]
    expected = shelf.index.search(vector, 10)
    for file in shelf.folder.iterdir():
        file.unlink()
    assert shelf.index.search(vector, 10) == expected


def test_lists_are_laid_out_anew_only_where_the_size_is_another(shelf: Shelf, tmp_path: Path) -> None:
    for name, count, kept in (("alike", 2000, True), ("double", 3100, False)):
        stored = {row: vector for row, vector in enumerate(drawn(count, seed=1))}
        read = lambda rows, stored=stored: np.stack([stored[row] for row in rows.tolist()])  # noqa: E731
        (tmp_path / name).mkdir()
        inverted.build(tmp_path / name, rows_of(*stored), read, DIM, 0.95, before=shelf.index)
        after = Inverted(tmp_path / name, read)
        assert len(after) == after.base.vectors == count and after.base.recall >= 0.95
        assert after.base.trained_on == (1500 if kept else count)


def test_the_same_vectors_give_the_same_lists(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    inverted.build(tmp_path / "again", rows_of(*shelf.stored), shelf.read, DIM, 0.95)
    assert Inverted(tmp_path / "again", shelf.read).base == shelf.index.base


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.lists(st.integers(0, 400), max_size=30), st.booleans()), max_size=8), st.integers(0, 9))
def test_through_any_changes_the_ids_are_right_and_every_score_is_its_own_vectors(
    steps: list[tuple[list[int], bool]], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pool = drawn(401, seed=20)
        shelf = Shelf(Path(folder), {row: pool[row] for row in range(300)})
        shelf.stored = dict(enumerate(pool))
        expected = set(range(300))
        for rows, saved in steps:
            gone, new = [r for r in set(rows) if r in expected], [r for r in set(rows) if r not in expected]
            shelf.change(gone, new)
            expected = expected - set(gone) | set(new)
            if saved:
                shelf.again()
        assert shelf.index.ids() == expected and len(shelf.index) == len(expected)
        vector = drawn(1, seed=seed)[0]
        hits = shelf.index.search(vector, 30)
        assert len({hit.row for hit in hits}) == len(hits) and {hit.row for hit in hits} <= expected
        assert all(hit.score == pytest.approx(float(pool[hit.row] @ vector), abs=1e-6) for hit in hits)
        every = shelf.index.search(vector, 500, range(401))
        assert [hit.row for hit in every] == shelf.exact(vector, 500)


# In an index: the switch happens by itself, and back.


SMALL = VectorSettings(exact_up_to=12, fold_at=0.2)


@dataclass(frozen=True)
class Corpus:
    """An index of one-sentence labels, with a very small bound on exact search."""

    home: Path

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, vectors=SMALL)

    def put(self, *names: str, words: str = "is kept in the refrigerator") -> None:
        with writing(self.settings) as writer:
            with writer.commit() as generation:
                said = [label("omegazine", section("16 STORAGE", f"Tablet {n} {words}."), id=n) for n in names]
                put(writer, said, generation)
            writer.finish()

    def remove(self, *names: str) -> None:
        with writing(self.settings) as writer:
            writer.remove(names)
            writer.finish()

    def open(self) -> Index:
        return Index.open(self.settings)

    def served(self) -> tuple[type, set[str]]:
        """Kind of the vector index, and the documents that its vectors stand for."""
        with self.open() as index:
            rows = {row for found in index.passages_of_vectors(sorted(index.vectors.ids())).values() for row in found}
            return type(index.vectors), {passage.document_id for _, passage in index.passages(rows).values()}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    build(tmp_path, finish=False)
    yield Corpus(tmp_path)


def test_the_kind_of_index_follows_the_size_up_and_down(corpus: Corpus) -> None:
    names = [f"n{number}" for number in range(30)]
    corpus.put(*names[:12])
    assert corpus.served() == (Vectors, set(names[:12]))
    corpus.put(*names[12:14])
    assert corpus.served() == (Inverted, set(names[:14]))
    corpus.remove(*names[:3])  # below the bound, and not by enough
    assert corpus.served() == (Inverted, set(names[3:14]))
    corpus.remove(*names[3:6])
    assert corpus.served() == (Vectors, set(names[6:14]))
    corpus.put(*names)
    assert corpus.served() == (Inverted, set(names))


def test_a_few_changes_are_kept_beside_the_base_and_many_are_folded_in(corpus: Corpus) -> None:
    names = [f"n{number}" for number in range(20)]
    corpus.put(*names)
    corpus.put("x")
    with corpus.open() as index:
        assert index.vectors.unfolded == 1 and index.vectors.base.vectors == 20
    corpus.put("y", "z", "u", "v")
    with corpus.open() as index:
        assert index.vectors.unfolded == 0 and index.vectors.base.vectors == 25
    assert corpus.served() == (Inverted, {*names, *"xyzuv"})


def test_status_tells_how_well_the_lists_find(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus.put(*(f"n{number}" for number in range(20)))
    monkeypatch.setenv("RXCITE_HOME", str(corpus.home))
    shown = CliRunner().invoke(app, ["status"]).stdout
    assert "of them searched: 1" in shown and "measured against exact search" in shown
    told = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["vectors"]
    assert (told["kind"], told["vectors"]) == ("lists", 20) and told["recall"] >= SMALL.recall
    corpus.remove(*(f"n{number}" for number in range(15)))
    assert json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["vectors"] == {"kind": "exact"}


def test_a_new_version_is_found_and_the_old_words_are_not(corpus: Corpus) -> None:
    corpus.put(*(f"n{number}" for number in range(20)))
    corpus.put("n3", words="has caused bleeding")
    with corpus.open() as index:
        question = index.query_encoder.encode(["bleeding"])[0]
        [row] = [
            row
            for rows in index.passages_of_vectors([index.vectors.search(question, 1)[0].row]).values()
            for row in rows
        ]
        assert index.passages([row])[row][1].text == "Tablet n3 has caused bleeding."
    assert corpus.served()[1] == {f"n{number}" for number in range(20)}


def test_the_base_before_is_kept_for_readers_and_swept_away_when_they_have_gone(corpus: Corpus) -> None:
    corpus.put(*(f"n{number}" for number in range(20)))
    with corpus.open() as reader:
        before = reader.vectors.ids()
        for name in "abcdefgh":
            corpus.put(name)
        assert reader.vectors.ids() == before
    corpus.put("i")
    assert len(list((corpus.settings.folder / DERIVED).iterdir())) == 2


def test_shares_that_are_none_are_refused() -> None:
    for wrong in ({"recall": 0.0}, {"recall": 1.1}, {"fold_at": -0.1}):
        with pytest.raises(UsageError, match="from 0 to 1"):
            VectorSettings(**wrong)
