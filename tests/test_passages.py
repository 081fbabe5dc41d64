"""Passages: whole sentences and rows of one section, sized for the encoder, with ids that say what they hold."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.passages import Split, split
from rag import sentences
from rag.index.encoder import DEFAULT, Tokens, folder_of
from rag.records import BlockKind, Document
from rag.settings import PassageSettings
from tests.toys import (
    bold,
    count_words,
    ingredient,
    items,
    lines,
    p,
    product,
    read,
    read_section,
    row,
    section,
    spl,
    table,
)

SIZES = PassageSettings(max_tokens=100, target_tokens=32)
QUOTABLE = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW, BlockKind.NOTE)


@cache
def tokens() -> Tokens:
    return Tokens(folder_of(DEFAULT))


def passages(document: Document, sizes: PassageSettings = SIZES) -> list[Split]:
    found = list(split(document, count_words, sizes))
    assert_whole(document, found)
    return found


def texts(document: Document, sizes: PassageSettings = SIZES) -> list[str]:
    return [one.passage.text for one in passages(document, sizes)]


def assert_whole(document: Document, found: Sequence[Split]) -> None:
    """What holds of all passages: verbatim, in one section, every sentence and row in exactly one, no id twice."""
    for one in found:
        passage = one.passage
        assert passage.text == document.text[passage.start : passage.end] != ""
        assert passage.section.start <= passage.start and passage.end <= passage.section.end
        assert one.windows
    for block in document.blocks:
        if block.kind not in QUOTABLE:
            continue
        units = [(block.start, block.end)] if block.kind is BlockKind.ROW else [
            (span.start, span.end) for span in sentences.split(document.text, block.start, block.end)
        ]  # fmt: skip
        for start, end in units:
            assert sum(one.passage.start <= start and end <= one.passage.end for one in found) == 1
            assert not any(start < cut < end for one in found for cut in (one.passage.start, one.passage.end))
    assert len({one.passage.id for one in found}) == len(found)


def words(number: int, name: str = "word") -> str:
    """A sentence of so many words."""
    return " ".join([name.capitalize(), *[name] * (number - 2), "ends."])


# Where passages begin and end


def test_sentences_are_gathered_up_to_the_target_and_never_cut() -> None:
    found = texts(read_section(p(*(f"{words(12, name)} " for name in "abcde")), title=None))
    assert found == [f"{words(12, 'a')} {words(12, 'b')}", f"{words(12, 'c')} {words(12, 'd')}", words(12, "e")]


def test_a_sentence_longer_than_the_target_is_a_passage_of_its_own() -> None:
    found = texts(read_section(p(f"{words(5, 'a')} {words(90, 'b')} {words(5, 'c')}"), title=None))
    assert found == [words(5, "a"), words(90, "b"), words(5, "c")]


def test_a_passage_never_crosses_from_one_section_into_another() -> None:
    label = read(
        spl(
            section(
                "7 DRUG INTERACTIONS",
                p("Short."),
                code="34073-7",
                inner=[section("7.1 A", p("One.")), section(None, p("Two."))],
            ),
            section("8 OTHER", p("Three."), code="42229-5"),
        )
    )
    assert [(one.passage.text, one.passage.section.path) for one in passages(label)] == [
        ("Short.", ("DRUG INTERACTIONS",)),
        ("One.", ("DRUG INTERACTIONS", "A")),
        ("Two.", ("DRUG INTERACTIONS", "")),
        ("Three.", ("OTHER",)),
    ]


def test_text_that_follows_a_subsection_does_not_swallow_it() -> None:
    inner = "<component><section><title>7.1 A</title><text><paragraph>Inner.</paragraph></text></section></component>"
    after = "<text><paragraph>After.</paragraph></text>"
    label = read(spl(section("7 DRUG INTERACTIONS", p("Before."), code="34073-7", more=inner + after)))
    assert [one.passage.text for one in split(label, count_words, SIZES)] == ["Before.", "Inner.", "After."]


def test_headings_are_not_quoted() -> None:
    label = read_section(p("Before."), p(bold("Digoxin")), p("After."))
    assert "DRUG INTERACTIONS" not in "".join(texts(label))
    assert lines(label, BlockKind.TITLE)[0] == "7 DRUG INTERACTIONS"


def test_a_table_and_the_prose_around_it_never_share_a_passage() -> None:
    note = row(f'<td colspan="2">{words(8, "note")}</td>')
    label = read_section(
        p("Before."), table(row("a", "1"), row("b", "2"), note, caption="Table 1"), p("After."), title=None
    )
    found = passages(label)
    assert [one.passage.text for one in found if "a | 1" in one.passage.text] == ["a | 1\nb | 2"]
    assert not any("After." in one.passage.text and "note" in one.passage.text for one in found)
    assert [one.passage.context for one in found if one.passage.text == "After."] == [None]


def test_two_tables_do_not_share_a_passage() -> None:
    label = read_section(
        table(row("a", "1"), row("b", "2"), caption="One"),
        table(row("c", "3"), row("d", "4"), caption="Two"),
        title=None,
    )
    assert [(one.passage.text, one.passage.context) for one in passages(label)] == [
        ("a | 1\nb | 2", "One"),
        ("c | 3\nd | 4", "Two"),
    ]


def test_rows_carry_caption_and_heads_as_context() -> None:
    label = read_section(table(row("digoxin", "1.2"), caption="Levels", head=[row("Drug", "Ratio")]), title=None)
    [one] = passages(label)
    assert (one.passage.text, one.passage.context) == ("digoxin | 1.2", "Levels > [Drug | Ratio]")
    assert one.windows[0].embedded == "toyazole > Drug interactions\nLevels > [Drug | Ratio]\ndigoxin | 1.2"


def test_rows_under_different_heads_bring_the_context_of_each() -> None:
    over = '<td colspan="2">{}</td>'
    label = read_section(table(row("a", "1"), row(over.format("Strong")), row("b", "2"), row("c", "3")), title=None)
    assert [(one.passage.text, one.passage.context) for one in passages(label)] == [
        ("a | 1", None),
        ("b | 2\nc | 3", "Strong"),
    ]


# Boxed warnings and long rows: quoted whole, embedded in windows


def test_a_boxed_warning_is_one_passage_with_several_windows() -> None:
    label = read_section(*(p(words(40, name)) for name in "abcdef"), title="WARNING: TOYS", code="34066-1")
    [one] = passages(label)
    assert one.passage.text == "\n".join(words(40, name) for name in "abcdef")
    assert len(one.windows) > 2
    assert "\n".join(window.text for window in one.windows) == one.passage.text


def test_subsections_subheads_and_tables_of_a_boxed_warning_belong_to_it() -> None:
    inner = section("Deaths", p(bold("In men")), p("Some died."), table(row("a", "1"), row("b", "2")), code="42229-5")
    label = read(
        spl(
            section("WARNING", p("Stop."), code="34066-1", inner=[inner, section("Other", p("Call."))]),
            section("1 X", p("Y.")),
        )
    )
    assert texts(label) == ["Stop.\nDeaths\nIn men\nSome died.\na | 1\nb | 2\nOther\nCall.", "Y."]


def test_two_boxed_warnings_are_two_passages() -> None:
    box = [section("WARNING", p(f"{name}."), code="34066-1") for name in ("One", "Two")]
    assert texts(read(spl(*box))) == ["One.", "Two."]


def test_a_row_longer_than_the_encoder_reads_is_one_passage_with_several_windows() -> None:
    label = read_section(table(row("digoxin", words(300)), row("a", "b")), title=None)
    found = passages(label)
    assert found[0].passage.text == label.text.split("\n")[0]
    assert len(found[0].windows) > 3
    assert " ".join(window.text for window in found[0].windows) == found[0].passage.text


def test_a_word_without_an_end_costs_no_more_windows_than_its_length_asks_for() -> None:
    label = read_section(p("ab-" * 7_000), title=None)
    [one] = split(label, tokens().count, PassageSettings())
    assert "".join(window.text for window in one.windows) == one.passage.text
    assert len(one.windows) < 14_000 / 256 * 3


# What the encoder reads: never more than 256 tokens, breadcrumb, context and special tokens counted


def assert_fit(document: Document) -> None:
    for one in split(document, tokens().count, PassageSettings()):
        for window in one.windows:
            assert tokens().count([window.embedded])[0] + 2 <= 256


def test_windows_fit_whatever_the_heads() -> None:
    heads = [row(*(words(30, f"head{n}") for n in range(4)))]
    assert_fit(read_section(table(row("a", words(200), "c", "d"), caption=words(100), head=heads)))


def test_windows_fit_however_many_subheads_stand_between_their_sentences() -> None:
    content = [
        part for n in range(30) for part in (p(bold(f"Heading number {n} of a long guide for patients")), p("Call us."))
    ]
    assert_fit(read_section(*content, title="WARNING: TOYS", code="34066-1"))
    assert_fit(read_section(*content, title="MEDICATION GUIDE", code="42231-1"))


def test_windows_fit_however_long_the_names_and_headings() -> None:
    names = [f"TOY{letter}AZOLE-{'N,N-DIMETHYLXYLO' * 8}" for letter in "ABCDEF"]
    deep = section(words(120, "leaf"), p(*(f"{words(20)} " for _ in range(20))))
    label = read(
        spl(section(words(120, "top"), inner=[deep], code="34073-7"), products=[product("X", *map(ingredient, names))])
    )
    assert_fit(label)


def test_windows_fit_where_a_token_is_shorter_than_it_looks() -> None:
    assert_fit(read_section(p("±≥µ↑" * 400), table(row("1.2.3.4.5.6 " * 300, "%/%/%" * 300), row("a", "b"))))


def test_the_breadcrumb_names_drugs_and_headings_and_no_brand() -> None:
    both = product("Brandix", ingredient("TOYAZOLE"), ingredient("OLDATOL"))
    label = read(
        spl(section("7 INTERACTIONS", inner=[section("7.1 A", inner=[section("B", p("Text."))])]), products=[both])
    )
    [one] = passages(label)
    assert one.windows[0].breadcrumb == "toyazole, oldatol > INTERACTIONS > B"
    assert one.passage.drugs == ("toyazole", "oldatol")
    assert "toyazole" not in one.passage.text


# Ids


def test_the_same_input_has_the_same_ids_and_another_version_has_others() -> None:
    def ids(document: Document) -> list[str]:
        return [one.passage.id for one in passages(document)]

    first = read_section(p(words(20)), p(words(20, "other")))
    assert ids(first) == ids(read_section(p(words(20)), p(words(20, "other"))))
    for change in ({"version": "2"}, {"version": None}, {"revision": "x"}, {"id": "toy-2"}):
        assert not set(ids(first)) & set(ids(replace(first, **change)))  # type: ignore[arg-type]


def test_an_id_depends_on_place_and_words_and_on_nothing_else() -> None:
    first, second = (read_section(p("Same."), p(f"{tail}."), title=None) for tail in ("Tail", "Tale"))
    narrow = PassageSettings(max_tokens=100, target_tokens=32)
    assert [one.passage.id for one in split(first, count_words, narrow)] != [
        one.passage.id for one in split(second, count_words, narrow)
    ]
    assert [one.passage.id for one in split(first, count_words, narrow)] == [
        one.passage.id for one in split(replace(first, manufacturer="Another"), tokens().count, PassageSettings())
    ]
    assert all(re.fullmatch("[0-9a-f]{20}", one.passage.id) for one in split(first, count_words, narrow))


# Whatever the label

_SENTENCE = st.integers(2, 60).map(words)
_BLOCK = st.one_of(
    st.lists(_SENTENCE, min_size=1, max_size=6).map(lambda some: p(" ".join(some))),
    st.just(p(bold("Subhead"))),
    st.lists(st.tuples(_SENTENCE, _SENTENCE).map(lambda two: row(*two)), min_size=1, max_size=4).map(
        lambda some: table(*some, caption="Table")
    ),
)
_CODE = st.sampled_from([None, "42229-5", "34073-7", "34066-1"])


def _section(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from([None, "7.1 Title"]), st.lists(_BLOCK, max_size=4), _CODE, inner).map(
        lambda parts: section(parts[0], *parts[1], code=parts[2], inner=parts[3])
    )


_LEAF = _section(st.just([]))
_TREE = _section(st.lists(_section(st.lists(_LEAF, max_size=2)), max_size=3))


@settings(max_examples=40, deadline=None)
@given(st.lists(_TREE, max_size=3))
def test_every_sentence_and_row_is_in_one_passage_of_its_own_section(trees: list[str]) -> None:
    label = read(spl(section("1 BEGIN", p("Text.")), *trees))
    found = passages(label)
    assert [one.passage.start for one in found] == sorted(one.passage.start for one in found)
    assert all(
        one.end <= two.start
        for one, two in zip((s.passage for s in found), (s.passage for s in found[1:]), strict=False)
    )
    for one in found:
        if one.passage.section.code != "34066-1":
            inside = [s for s in label.sections if one.passage.start < s.start < one.passage.end and s.end > s.start]
            assert not inside
    boxed = [s for s in label.sections if s.code == "34066-1"]
    for part in boxed:
        of_it = [one.passage for one in found if one.passage.start < part.end and one.passage.end > part.start]
        assert len({passage.section for passage in of_it if passage.section.code == "34066-1"}) == len(of_it)


@pytest.mark.real
def test_real_boxed_warnings_are_whole_and_all_windows_fit(shared: Path) -> None:
    for path in sorted((shared / "data" / "spl").glob("*.xml")):
        for label in items(path.read_bytes()):
            if not isinstance(label, Document) or not any(part.code == "34066-1" for part in label.sections):
                continue
            found = list(split(label, tokens().count, PassageSettings()))
            assert_whole(label, found)
            embedded = [window.embedded for one in found for window in one.windows]
            assert max(tokens().count(embedded)) + 2 <= 256, label.title
            for part in label.sections:
                if part.code == "34066-1" and len(part.path) == 1:
                    own = [one for one in found if part.start <= one.passage.start < part.end]
                    assert len(own) == 1
