"""The layout of a page: whatever stands on it, no word is lost, none is doubled, and it ends."""

import os
import time
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.pdf_label import document
from ingest.pdf_lines import Line, Rule, Word, lines
from rag.errors import SourceError
from tests.toys import assert_sound

EXAMPLES = int(os.environ.get("RXCITE_FUZZ_EXAMPLES", "60"))

places = st.floats(0, 612, allow_nan=False) | st.sampled_from((0.0, 50.0, 300.0, 612.0))
texts = st.sampled_from(
    "Avoid toyazole with 7 7.1 4 WARNING: BLEEDING DRUG INTERACTIONS Table 1 • | - treat- ment mg 2.5 (7) Rev:".split()
) | st.text(st.characters(min_codepoint=33, exclude_categories=("Cs", "Zs", "Cc", "Zl", "Zp")), min_size=1, max_size=5)


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    """Words on a page: in rows, on a grid or anywhere, of any size."""
    found = []
    rows = draw(st.lists(places, min_size=1, max_size=30))
    for order in range(draw(st.integers(1, 80))):
        x, base = draw(places), draw(st.sampled_from(rows) | places)
        size = draw(st.sampled_from((6.0, 10.0, 10.0, 12.0)) | st.floats(0.1, 200))
        text = draw(texts)
        found.append(
            Word(x, base - size, x + 0.5 * size * len(text), base + 0.2 * size, base, draw(st.booleans()),
                 draw(st.booleans()), text, order)
        )  # fmt: skip
    return found


rules = st.lists(st.builds(lambda x, width, y: Rule(x, x + width, y), places, st.floats(20, 300), places), max_size=25)


def words_of(found: list[Line]) -> Counter[str]:
    """The characters of lines and cells."""
    text = "".join(line.text + "".join(part for cell in line.cells for part in cell) for line in found)
    return Counter(text.replace(" | ", "").replace(" ", ""))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(words(), rules)
def test_no_word_of_a_page_is_lost_or_doubled(page: list[Word], drawn: list[Rule]) -> None:
    begun = time.monotonic()
    found = lines(1, page, drawn)
    assert time.monotonic() - begun < 10
    printed = Counter("".join(word.text for word in page))
    printed["|"], kept = 0, words_of(found)
    kept["|"] = 0
    assert +kept == +printed


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(words(), rules), min_size=1, max_size=3))
def test_whatever_stands_on_its_pages_a_document_is_sound_or_refused(
    pages: list[tuple[list[Word], list[Rule]]],
) -> None:
    found = [line for number, (page, drawn) in enumerate(pages, 1) for line in lines(number, page, drawn)]
    try:
        made = document(found, len(pages), "0" * 64)
    except SourceError:
        return
    assert_sound(made)
    assert len(made.pages) == len(pages) and list(made.pages) == sorted(made.pages)
    assert all(made.page_of(at) in range(1, len(pages) + 1) for at in range(len(made.text)))
