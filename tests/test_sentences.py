"""Where sentences end: every line reads as it stands in the list, cut where the bars are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import split


def parts(text: str) -> list[str]:
    return [span.of(text) for span in split(text)]


@pytest.mark.parametrize(
    "marked",
    [
        "Stop toyazole. | Call a doctor! | Was it late? | No dose is safe.",
        "Give 0.6 mg. | Then 0.3 mg.",
        "The ratio was 1.2. | 95% of toys broke.",
        "Levels rose 2.5-fold vs. placebo.",
        "Avoid strong inhibitors (e.g. ketoconazole). | Others are safe.",
        "Avoid strong inhibitors, e.g. Ketoconazole tablets.",
        "Approx. 5 of 10, i.e. Half of them.",
        "See Fig. 3 and Ref. 12 of Dr. Smith et al. For more.",
        "St. John's wort lowers it. | Avoid it.",
        "J. Smith saw it.",
        "It blocks vitamin K. | The effect is slow.",
        "In the U.S. Toyazole is sold.",
        "Give it b.i.d. With food.",
        "Zydus Inc. Pennington.",
        "It is an inhibitor of E. coli.",
        "Fatal toxicity was seen [see Warnings (5.1)]. | Halve the dose.",
        "Fatal toxicity was seen. | [See Warnings (5.1).] | Halve the dose.",
        "Halve the dose (see 2.1. And 7.3. Too) at once. | Then stop.",
        "Halve the dose [see Dosage. Table 1]. | Then stop.",
        "The dose (0.6 mg. | Then 0.3 mg was given. | Nobody closed the bracket. | It went on.",
        "A bracket ) that never opened. | Then more.",
        "2. Take it with food. | 3. Lie down.",
        "(2) Take it. | (3) Lie down.",
        "7.1 Strong inhibitors raise it. | 7.2 Digoxin rises.",
        "• Stop. | • Call a doctor.",
        "“Stop at once.” | Then call.",
        'He said "stop." | Then he left.',
        "Doses.* Only in adults.",
        "no capital follows. so nothing is cut.",
        "One sentence",
        "Trailing space. ",
    ],
)
def test_a_text_is_cut_at_the_bars_and_nowhere_else(marked: str) -> None:
    assert parts(marked.replace(" | ", " ")) == [part.strip() for part in marked.split(" | ")]


def test_a_line_break_always_ends_a_sentence() -> None:
    assert parts("Avoid\nketoconazole (and\n\nothers)") == ["Avoid", "ketoconazole (and", "others)"]


def test_a_forgotten_bracket_encloses_no_more_than_what_is_near() -> None:
    text = "Toyazole (a toy is made of wood. " + "It stands on the shelf. " * 20 + "It is blue (or red). Done."
    assert len(parts(text)) == 23


def test_only_the_range_asked_for_is_cut_and_spans_are_those_of_the_whole() -> None:
    text = "💊 One. Two. Three."
    spans = split(text, 7, 11)
    assert [(span.start, span.end, span.of(text)) for span in spans] == [(7, 11, "Two.")]


def test_nothing_gives_no_sentence() -> None:
    assert split("") == split(" \n \n") == split("abc", 2, 2) == []


@given(st.text(st.sampled_from("aB1.?!()[] \n•\"'”,;💊\u00a0")))
def test_sentences_hold_all_words_in_order_and_never_overlap(text: str) -> None:
    spans = split(text)
    assert "".join("".join(span.of(text).split()) for span in spans) == "".join(text.split())
    assert all(one.end <= two.start for one, two in zip(spans, spans[1:], strict=False))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)
