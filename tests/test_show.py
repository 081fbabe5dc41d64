"""An answer as JSON, in a terminal and on the page. The toys are in tests/toys_answers.py."""

import io
import json
import re
from dataclasses import replace
from html import unescape

import pytest
from rich.console import Console

from rag.records import Answer, BlockKind, Document, Evidence, Kind, Quote, Support, Verdict
from tests.toys_answers import (
    Sheet,
    declined,
    document,
    propafenone,
    quote,
    solution,
    tablet,
    worked_example,
)
from ui import html, show, show_json, terminal
from ui.evidence import card
from ui.excerpt import SHOWN, excerpt, row


def printed(answer: Answer, width: int | None = None) -> str:
    out = io.StringIO()
    console = terminal.console(out)
    if width:
        console.width = width
    terminal.answer(answer, console)
    return out.getvalue()


def text_of(markup: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", markup))


# The JSON.


def test_the_fields_are_those_of_the_contract_in_its_order() -> None:
    made = show_json.answer(worked_example())
    assert (
        list(made)
        == (
            "question arm verdict claims citations warnings missing management hits query index model notices withheld "
            "timings_ms"
        ).split()
    )
    assert list(made["claims"][0]) == ["text", "basis", "support", "evidence", "citations"]
    assert list(made["citations"][0]) == (
        "n document section page passage_id quote start end context same_text_in".split()
    )
    assert list(made["citations"][0]["document"]) == ("id kind title set_id version effective manufacturer url".split())
    assert list(made["citations"][0]["section"]) == ["code", "number", "heading", "path"]
    assert list(made["warnings"][0]) == ["kind", "drug", "text", "citation"]
    assert list(made["missing"][0]) == ["reason", "text", "drugs", "searched"]
    assert list(made["management"][0]) == ["level", "text", "citations"]
    assert list(made["hits"][0]) == "rank score found_by passage_id document_id section_heading text".split()
    assert list(made["query"]) == ["drugs", "intents"] and list(made["query"]["drugs"][0]) == [
        "name",
        "matched",
        "documents",
    ]
    assert list(made["index"]) == ["name", "generation", "documents", "passages", "encoder"]
    assert made["timings_ms"] == {"query": 2.0, "search": 11.5, "answer": 20.25, "support": 3.0, "total": 36.75}
    assert json.loads(json.dumps(made)) == made


def test_numbers_follow_first_use_through_claims_then_warnings_then_management() -> None:
    made = show_json.answer(worked_example())
    # By hand: the review's "little effect" is quoted in the third claim (5) and comes back in the two inferences.
    assert [claim["citations"] for claim in made["claims"]] == [
        [1],
        [2],
        [3, 4, 5],
        [6],
        [7],
        [8, 5, 9],
        [10, 11, 5],
        [12],
    ]
    assert [warning["citation"] for warning in made["warnings"]] == [13, 6]
    assert [management["citations"] for management in made["management"]] == [[4], [2]]
    assert [citation["n"] for citation in made["citations"]] == list(range(1, 14))


def test_words_quoted_twice_have_one_number_and_a_claim_names_it_once() -> None:
    words = quote(solution(), "Patients with renal or hepatic impairment")
    again = replace(words, passage_id="another window of the same words")
    claim = replace(worked_example().claims[0], quotes=(words, again))
    made = show_json.answer(replace(worked_example(), claims=(claim,), warnings=(), management=()))
    assert made["claims"][0]["citations"] == [1] and len(made["citations"]) == 1


def test_the_same_place_in_two_versions_is_two_citations() -> None:
    old, new = replace(tablet(), version="6"), tablet()
    claims = tuple(
        replace(worked_example().claims[0], quotes=(quote(version, "Colchicine is a substrate"),))
        for version in (old, new)
    )
    assert len(show.number(replace(worked_example(), claims=claims)).of([c.quotes[0] for c in claims])) == 2


def test_each_quote_is_its_documents_text_between_its_offsets() -> None:
    made = show_json.answer(worked_example())
    texts = {d.id: d.text for claim in worked_example().claims for d in (q.document for q in claim.quotes)}
    assert len(texts) == 4
    for citation in made["citations"]:
        assert texts[citation["document"]["id"]][citation["start"] : citation["end"]] == citation["quote"]


def test_a_table_row_is_cited_with_its_caption_and_heads_as_context() -> None:
    row_cited = show_json.answer(worked_example())["citations"][3]
    assert row_cited["quote"] == "P-gp inhibitors: cyclosporine, ranolazine | 0.6 mg twice a day | 0.3 mg once a day"
    assert "Table 1." in row_cited["context"] and "Adjusted dose" in row_cited["context"]
    assert show_json.answer(worked_example())["citations"][0]["context"] is None


def test_an_article_has_no_set_id_and_a_label_has() -> None:
    article, *_, label = show_json.answer(worked_example())["citations"]
    assert article["document"]["kind"] == "article" and article["document"]["set_id"] is None
    assert label["document"]["kind"] == "label" and label["document"]["set_id"] == "demo-propafenone"


def test_a_document_in_json_gives_the_text_that_quotes_are_checked_against() -> None:
    made = show_json.document(tablet(), [])
    assert list(made) == ["id", "version", "text", "sections", "versions"]
    first = made["sections"][0]
    assert made["text"][first["start"] : first["end"]].startswith("2.4 Dose Modification")


def test_the_search_arm_is_never_answered() -> None:
    class Found:
        query, hits, index, timings = (getattr(worked_example(), n) for n in ("query", "hits", "index", "timings"))

    found = show.search_only(Found())  # type: ignore[arg-type]
    assert (found.arm, found.verdict, found.claims) == ("search", Verdict.PARTLY, ())
    assert len(show_json.answer(found)["hits"]) == 4


# The terminal.


def test_the_headline_comes_before_the_claims_and_the_quotes_after_them() -> None:
    text = printed(worked_example())
    places = [
        text.index(words) for words in ("No label here names", "Stated of the pair", "Not in this corpus", "[13] ")
    ]
    assert places == sorted(places)


def test_a_folded_boxed_warning_is_one_line_and_whole_among_the_sources() -> None:
    first, second, *_ = printed(worked_example()).splitlines()
    assert first.startswith("Boxed warning, propafenone: Mortality.") and first.endswith("… [13]") and not second
    assert "not in patients with less severe ones" in re.sub(r"\s+", " ", printed(worked_example()))


def test_a_group_says_its_basis_where_its_heading_does_not() -> None:
    text = printed(worked_example())
    assert "■ Stated of the pair\n" in text and "■ Also in the labels (stated)\n" in text
    assert "◇ Inferred: both legs" in text and "○ Not in this corpus" in text


@pytest.mark.parametrize("width", [40, 72, 100])
def test_lines_fit_the_width_and_carry_no_padding(width: int) -> None:
    lines = printed(worked_example(), width).splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert all(len(line) <= width for line in lines if "://" not in line)


def test_a_pipe_gets_no_colour() -> None:
    assert "\x1b" not in printed(worked_example())


def test_what_a_document_says_cannot_steer_the_terminal_or_be_taken_for_markup() -> None:
    hostile = "stop \x1b[2J\x07 [bold red]now[/] \u202eback"
    claim = replace(worked_example().claims[0], text=hostile)
    text = printed(replace(worked_example(), claims=(claim,), headline=hostile))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
    assert "[bold red]now[/]" in text


def test_declining_names_what_was_searched() -> None:
    assert "Searched: Allopurinol tablets, date not given (Drug Interactions); Montelukast" in printed(declined())


def test_a_table_in_a_pipe_keeps_one_line_a_row() -> None:
    out = io.StringIO()
    terminal.table(["id", "n", "reason"], [["a", "7", "word " * 60], ["bc", "1,200", "x"]], terminal.console(out))
    assert out.getvalue().splitlines()[0] == "id      n  reason"
    assert len(out.getvalue().splitlines()) == 3


# The page.


def test_each_basis_has_a_heading_and_an_icon_of_its_own() -> None:
    page = html.answer(worked_example())
    icons = {
        name: re.search(rf'<section class="rx-group rx-{name}"><h3><svg[^>]*>(.*?)</svg>([^<]+)', page)
        for name in ("stated", "class", "inferred", "missing")
    }
    assert all(icons.values())
    assert len({icon.group(1) for icon in icons.values() if icon}) == 4
    assert len({icon.group(2) for icon in icons.values() if icon}) == 4


def test_ids_are_unique_and_each_number_leads_to_a_card() -> None:
    page = html.answer(worked_example())
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids) and {f"rx-quote-{n}" for n in range(1, 14)} <= links


def test_the_words_marked_in_a_section_are_the_quote() -> None:
    for citation in show.number(worked_example()).all:
        marked = unescape("".join(re.findall(r"<mark>(.*?)</mark>", excerpt(citation.quote))))
        # Cells and paragraphs are elements of their own: what stands between them in the text is no mark.
        assert re.sub(r"\s", "", marked) == re.sub(r"[\s|]", "", citation.quote.text)


def test_a_quoted_row_stands_in_its_table_with_its_heads_set_off() -> None:
    shown = excerpt(show.number(worked_example()).all[3].quote)
    assert '<th><mark class="rx-context">Adjusted dose</mark></th>' in shown
    assert "<td><mark>0.3 mg once a day</mark></td>" in shown
    assert "<td>0.3 mg once a day</td>" in shown  # the row above, which was not quoted


def test_a_claim_that_is_a_table_row_is_shown_under_its_heads() -> None:
    cited = show.number(worked_example()).all[3].quote
    table = row(cited) or ""
    assert '<th scope="row">Original dose</th><td>0.6 mg twice a day</td>' in table
    assert "<caption>Table 1." in table and "<mark" not in table
    assert row(quote(solution(), "Patients with renal")) is None


def test_a_head_over_two_columns_stands_over_both() -> None:
    sheet = Sheet()
    sheet.section("2", "Dose", table=("Table 1. Doses", "Drug | Prophylaxis", "X | 1 mg | 2 mg"))
    head, body = sheet.blocks[-2:]
    toy = document(sheet, "demo-x", "X")
    cited = replace(quote(toy, "X | 1 mg | 2 mg"), context=body.context)
    assert head.kind is BlockKind.HEAD
    assert '<th colspan="2"><mark class="rx-context">Prophylaxis</mark></th>' in excerpt(cited)
    assert (row(cited) or "").count('<th scope="row">Prophylaxis</th>') == 2


def long_section() -> Document:
    sheet = Sheet()
    sheet.section("5", "Warnings", *(f"Sentence {n} of a long section that goes on for a while." for n in range(400)))
    return document(sheet, "demo-long", "A long label")


def test_a_long_section_is_shown_around_the_quote_and_says_so() -> None:
    shown = excerpt(quote(long_section(), "Sentence 200 of"))
    assert "Sentence 199" in shown and "Sentence 201" in shown and "Sentence 1 of" not in shown
    assert shown.count("not shown") == 2
    assert len(text_of(shown)) < SHOWN + 200


def test_a_paragraph_of_pages_is_cut_around_the_quote_and_the_quote_is_not() -> None:
    sheet = Sheet()
    sheet.section("5", "Warnings", "before " * 2000 + "START " + "middle " * 800 + "END" + " after" * 2000)
    toy = document(sheet, "demo-one", "One paragraph")
    words = "START " + "middle " * 800 + "END"
    shown = excerpt(quote(toy, words))
    assert f"<mark>{words}</mark>" in shown
    assert len(shown) < len(words) + SHOWN


def test_a_document_without_blocks_is_shown_by_its_lines() -> None:
    bare = replace(tablet(), blocks=())
    assert "<mark>Colchicine is a substrate of the efflux transporter P-gp.</mark>" in excerpt(
        quote(bare, "Colchicine is a substrate of the efflux transporter P-gp.")
    )


def test_nothing_of_a_document_is_taken_for_html() -> None:
    hostile = '<img src=x onerror="alert(1)"> & "quotes"'
    sheet = Sheet()
    sheet.section("1", hostile, hostile)
    toy = document(sheet, "demo-hostile", hostile, drug=hostile, manufacturer=hostile, url='https://x/" onclick="y')
    cited = quote(toy, hostile)
    answer = replace(
        worked_example(),
        query=replace(worked_example().query, question=hostile),
        headline=hostile,
        notices=(hostile,),
        claims=(replace(worked_example().claims[0], text=hostile, quotes=(cited,), group=hostile),),
        warnings=(replace(worked_example().warnings[0], text=hostile, drug=hostile, quote=cited),),
        missing=(replace(worked_example().missing[0], text=hostile),),
    )
    page = html.answer(answer)
    assert "<img" not in page and 'onclick="' not in page
    assert text_of(page).count("<img src=x") >= 8
    assert "<img" not in html.message(hostile)


@pytest.mark.parametrize(
    ("url", "is_linked"), [("https://x.org/a", True), ("javascript:alert(1)", False), (None, False)]
)
def test_only_web_addresses_become_links(url: str | None, is_linked: bool) -> None:
    cited = quote(replace(tablet(), url=url), "Colchicine is a substrate")
    assert ("Open the published label" in card(show.Citation(1, cited))) is is_linked


def test_a_card_says_drug_manufacturer_section_version_and_date() -> None:
    text = text_of(card(show.Citation(1, quote(propafenone(), "Taken together", same_text_in=23, page=4))))
    for words in (
        "Propafenone hydrochloride tablets",
        "Toy Laboratories",
        "version 7",
        "effective 2024-05-13",
        "Drug Interactions › 7.2 Digoxin, page 4",
        "Same text in 23 labels",
    ):
        assert words in text


def test_a_title_that_does_not_name_the_drug_gets_its_name() -> None:
    assert show.title(replace(tablet(), title="Colcrys")) == "Colcrys (colchicine)"
    assert show.title(tablet()) == "Colchicine tablets"


def test_a_label_without_version_and_date_says_so() -> None:
    bare = replace(tablet(), version=None, effective=None)
    assert show.origin(bare) == ("Toy Laboratories", "version not given", "date not given")
    assert show.origin(replace(bare, kind=Kind.ARTICLE, manufacturer=None)) == ()


def test_warnings_are_folded_only_where_they_may_be() -> None:
    page = html.answer(worked_example())
    assert re.search(r'<details class="rx-warning rx-boxed"><summary>', page)
    assert re.search(r'<details class="rx-warning rx-contraindication" open><summary>', page)
    assert "not in patients with less severe ones" in text_of(page.split('<aside class="rx-evidence"')[0])


def test_a_declined_answer_shows_what_was_searched_without_a_click() -> None:
    assert "<details open><summary>What was searched" in html.answer(declined())
    assert "<details><summary>What was searched" in html.answer(worked_example())


@pytest.mark.parametrize(
    ("support", "said"), [(Support.PARTLY, "partly supported"), (Support.UNVERIFIED, "not verified")]
)
def test_a_claim_whose_check_failed_says_so_everywhere(support: Support, said: str) -> None:
    claim = replace(worked_example().claims[0], support=support, evidence=Evidence.OTHER)
    answer = replace(worked_example(), claims=(claim,))
    assert f'<em class="rx-tag">{said}</em>' in html.answer(answer)
    assert f"({said})" in printed(answer)


def test_the_foot_says_what_the_page_is_and_is_not() -> None:
    foot = text_of(html.foot(show.Corpus(1, 15, "2026-11-01")))
    for words in ("does not replace", "U.S. labels only", "English only", "1 label and 15 articles", "2026-11-01"):
        assert words in foot
    assert "Not reviewed by a pharmacist" in foot and "no index yet" in html.foot(None)


def test_the_corpus_is_counted_by_kind_and_dated_by_its_newest() -> None:
    rows = [tablet(), replace(solution(), effective=None), replace(propafenone(), kind=Kind.ARTICLE)]
    assert show.corpus(rows) == show.Corpus(2, 1, "2024-05-13")
    assert show.corpus([]) == show.Corpus(0, 0, None)


def test_a_console_on_a_terminal_is_never_wider_than_prose_can_be_read() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    made: Console = terminal.console(Screen())
    assert made.width <= terminal.WIDEST


def test_the_toys_keep_the_promise_of_a_quote() -> None:
    quotes: list[Quote] = [q for claim in worked_example().claims for q in claim.quotes]
    assert all(q.text == q.document.text[q.start : q.end] for q in quotes)
