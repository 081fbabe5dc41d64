"""The vector index: right neighbours, stable ids, real deletes. Scores are worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from rag.index.vectors import VectorHit, Vectors

EAST = np.array([1.0, 0.0, 0.0], dtype=np.float32)
NORTH = np.array([0.0, 1.0, 0.0], dtype=np.float32)
BETWEEN = np.array([0.6, 0.8, 0.0], dtype=np.float32)  # length 1: .36 + .64
UP = np.array([0.0, 0.0, 1.0], dtype=np.float32)


def filled() -> Vectors:
    vectors = Vectors(3)
    vectors.add([7, 9, 12], np.stack([EAST, NORTH, BETWEEN]))
    return vectors


def test_scores_are_inner_products_and_the_nearest_comes_first() -> None:
    hits = filled().search(EAST, 3)
    assert [hit.row for hit in hits] == [7, 12, 9]
    assert [hit.score for hit in hits] == pytest.approx([1.0, 0.6, 0.0])
    assert [hit.score for hit in filled().search(BETWEEN, 3)] == pytest.approx([1.0, 0.8, 0.6])


def test_the_limit_is_kept_and_may_be_larger_than_the_index() -> None:
    assert [hit.row for hit in filled().search(NORTH, 1)] == [9]
    assert len(filled().search(NORTH, 100)) == 3


def test_an_empty_index_finds_nothing() -> None:
    assert Vectors(3).search(EAST, 5) == [] and len(Vectors(3)) == 0


def test_a_filter_leaves_only_its_rows() -> None:
    assert [hit.row for hit in filled().search(EAST, 3, [9, 12])] == [12, 9]


def test_a_filter_that_matches_nothing_finds_nothing() -> None:
    assert filled().search(EAST, 3, []) == []
    assert filled().search(EAST, 3, [8, 10]) == []  # FAISS pads with id -1


def test_the_padding_of_faiss_never_comes_out() -> None:
    hits = filled().search(EAST, 10, [7, 8, 10, 11])
    assert hits == [VectorHit(7, pytest.approx(1.0))]


def test_a_row_that_was_deleted_is_never_found_again_and_the_others_keep_their_ids() -> None:
    # With LlamaIndex's own FAISS map store the last query returns the text of 4: ids are counted anew after a delete.
    vectors = Vectors(3)
    vectors.add([1, 2, 3], np.stack([EAST, NORTH, BETWEEN]))
    vectors.remove([2])
    vectors.add([4], np.stack([UP]))
    assert vectors.search(BETWEEN, 1) == [VectorHit(3, pytest.approx(1.0))]
    assert vectors.search(UP, 1) == [VectorHit(4, pytest.approx(1.0))]
    assert {hit.row for hit in vectors.search(NORTH, 10)} == vectors.ids() == {1, 3, 4}


def test_removing_what_is_not_there_removes_nothing_else() -> None:
    vectors = filled()
    vectors.remove([1, 2, 3])
    vectors.remove([])
    assert vectors.ids() == {7, 9, 12}


def test_all_can_be_removed_and_the_index_filled_again() -> None:
    vectors = filled()
    vectors.remove([7, 9, 12])
    assert vectors.search(EAST, 3) == []
    vectors.add([13], np.stack([NORTH]))
    assert [hit.row for hit in vectors.search(EAST, 3)] == [13]


def test_ids_are_as_large_as_a_row_number_can_be(tmp_path: Path) -> None:
    vectors = Vectors(3)
    vectors.add([2**62], np.stack([EAST]))
    vectors.save(tmp_path / "vectors.faiss")
    assert Vectors(3, tmp_path / "vectors.faiss").search(EAST, 1)[0].row == 2**62


def test_a_saved_index_is_read_as_it_was_and_can_be_changed(tmp_path: Path) -> None:
    filled().save(tmp_path / "vectors.faiss")
    vectors = Vectors(0, tmp_path / "vectors.faiss")
    assert vectors.search(BETWEEN, 3) == filled().search(BETWEEN, 3)
    vectors.remove([12])
    vectors.add([13], np.stack([UP]))
    assert vectors.ids() == {7, 9, 13}
    assert Vectors(0, tmp_path / "vectors.faiss").ids() == {7, 9, 12}  # the file is as it was
