"""TOY DATA, not for clinical use: rows that sum sections up, on labels in our own words."""

from collections.abc import Iterator

import pytest

from finetune.rows import Row, Split, Task
from finetune.summaries import ITEMS, Wanted, summaries
from finetune.tokens import Counter
from rag.writing import prompts
from rag.writing.writer import Form
from tests.corpus import Desk, desk_of, label, section

CHARACTERS = Counter("a quarter of the characters", lambda text: -(-len(text) // 4))
WARNS = (
    "The liver was looked at in two trials.",
    "Monitor liver tests of patients on {name} every month.",
    "{name} is contraindicated in acute liver failure.",
    "Most patients had no complaint at all.",
    "Jaundice was seen in one patient in a thousand.",
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    names = ("tolvarin", "brenadol", "cassivex", "dormelin", "esparone", "fenitrol", "galvamide", "heparil", "jovamine")
    told = [
        label(name, section("5 WARNINGS AND PRECAUTIONS", *(one.format(name=name.title()) for one in WARNS)))
        for name in names
    ]
    plain = label("kelotrin", section("5 WARNINGS AND PRECAUTIONS", *(f"Toy sentence {n} is here." for n in range(5))))
    with desk_of(tmp_path_factory.mktemp("summaries"), *told, plain) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(desk: Desk) -> list[Row]:
    return list(summaries(desk.index, Wanted(), CHARACTERS))


def test_a_section_is_summed_up_by_what_it_says_to_do_the_strictest_first(rows: list[Row]) -> None:
    assert len(rows) == 9
    for row in rows:
        name = row.ingredient.title()
        assert row.task is Task.SUMMARY
        assert row.gold.quotes == (
            f"{name} is contraindicated in acute liver failure.",
            f"Monitor liver tests of patients on {name} every month.",
        )


def test_the_reply_is_read_as_rxcite_reads_a_writer(rows: list[Row]) -> None:
    for row in rows:
        choices = {one.number: prompts.plain(one.text) for one in row.sentences}
        reply = prompts.read(row.completion[0].content, choices, Form.WORDS, ITEMS)
        assert reply.ids == row.gold.numbers and not reply.rejected


def test_a_section_that_says_nothing_to_do_gives_no_row(rows: list[Row]) -> None:
    assert "kelotrin" not in {row.ingredient for row in rows}


def test_the_wording_of_the_test_split_is_met_nowhere_else(rows: list[Row]) -> None:
    assert {row.template == "summary/4" for row in rows if row.split is Split.TEST} <= {True}
    assert not any(row.template == "summary/4" for row in rows if row.split is not Split.TEST)


def test_a_row_that_would_be_too_long_is_left_out(desk: Desk) -> None:
    assert list(summaries(desk.index, Wanted(longest=200), CHARACTERS)) == []


def test_a_label_can_be_left_out(desk: Desk) -> None:
    ids = {row.set_id for row in summaries(desk.index, Wanted(), CHARACTERS)}
    gone = sorted(ids)[0]
    assert {row.set_id for row in summaries(desk.index, Wanted(without=(gone,)), CHARACTERS)} == ids - {gone}
