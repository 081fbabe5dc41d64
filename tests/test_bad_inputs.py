"""Bad inputs of many kinds: each gets its message, and the good label beside it is read all the same."""

import pytest

from eval.bench import bad_inputs
from eval.bench.bad_inputs import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])
def test_a_bad_input_is_named_with_its_reason_and_stops_nothing(case: Case) -> None:
    outcome = bad_inputs.run(case)
    assert any(case.says in message for message in outcome.messages), outcome.messages
    assert outcome.good
    for message in outcome.messages:
        assert message.isprintable(), message
        assert 30 < len(message) < 500


def test_the_kinds_are_many_and_none_is_there_twice() -> None:
    assert len({case.kind for case in CASES}) == len(CASES) >= 40
