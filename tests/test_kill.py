"""The kill test in short; ``python -m tests.kill --kills 100`` is the long form."""

from pathlib import Path

import pytest

from tests.kill import folder_at, run, served_at


def test_each_state_of_the_folder_differs_from_the_one_before() -> None:
    states = [folder_at(number) for number in range(6)]
    assert all(one != other for one, other in zip(states, states[1:], strict=False))
    assert all(served_at(number)[-1].keys() == folder_at(number).keys() for number in range(6))


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_and_no_reader_sees_a_mixture(tmp_path: Path) -> None:
    tally = run(tmp_path, kills=4, seed=2)
    assert (tally.wrong, tally.kills) == ([], 4) and tally.asked > 10
