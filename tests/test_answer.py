"""The answer as a whole: why it declines, what it warns of, what it notes, and that its quotes are verbatim."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answer.answer import DEMONSTRATION, NOT_REVIEWED
from rag.records import Answer, Evidence, Reason, Verdict
from tests.corpus import Asks, all_quotes, article, asking, build, desk, label, reasons, section, table, texts


@pytest.fixture
def asks(tmp_path: Path) -> Iterator[Asks]:
    with asking(tmp_path) as opened:
        yield opened


BOX = (
    "Alphadone has caused deaths in children who were given the doses of adults.",
    "It is given in a hospital only. " + "Blood counts are taken before each dose and a week after it. " * 40,
    "Stop it at the first sign of blue ears, and never begin it again afterwards.",
)
BOXED = label(
    "alphadone",
    section("BOXED WARNING", *BOX),
    section("2 DOSAGE AND ADMINISTRATION", "The dose of alphadone is 10 mg once a day."),
    section(
        "4 CONTRAINDICATIONS",
        "Alphadone is contraindicated in pregnancy.",
        "Alphadone is contraindicated with betanol.",
        "Alphadone is contraindicated in severe hepatic impairment.",
    ),
    section("7 DRUG INTERACTIONS", "Betanol raises alphadone."),
)
BETANOL = label("betanol", section("7 DRUG INTERACTIONS", "Take betanol with water."))


# Declining, and why.


def test_no_label_of_a_drug_is_a_reason_of_its_own(asks: Asks) -> None:
    given = asks(BETANOL).ask("What is the dose of zanubrutinib?")
    assert given.verdict is Verdict.DECLINED and given.claims == () and given.hits == ()
    [missing] = given.missing
    assert (missing.reason, missing.drugs) == (Reason.NO_DOCUMENT, ("zanubrutinib",))
    assert "zanubrutinib" in given.headline and "betanol" not in missing.text


def test_a_drug_that_the_user_names_and_nobody_knows_is_declined(asks: Asks) -> None:
    given = asks(BETANOL).ask("What is the dose?", "zanubrutinib")
    assert given.verdict is Verdict.DECLINED and reasons(given) == [Reason.NO_DOCUMENT]


def test_a_silent_label_is_another_reason_and_says_what_was_read(asks: Asks) -> None:
    given = asks(BETANOL).ask("Can betanol be used while breastfeeding?")
    assert given.verdict is Verdict.DECLINED and given.claims == ()
    [missing] = given.missing
    assert (missing.reason, missing.drugs) == (Reason.SILENT, ("betanol",))
    assert "lactation" in missing.text
    assert [(s.document, s.sections) for s in missing.searched] == [
        ("betanol tablet, Toy Laboratories, version 1, 2026-01-01", ("7 DRUG INTERACTIONS",))
    ]


ADULTS = label(
    "alphadone",
    section("2 DOSAGE AND ADMINISTRATION", "The dose of alphadone in fever is 10 mg once a day."),
    section("7 DRUG INTERACTIONS", "Betanol raises alphadone."),
)
CHILDREN = section("8.4 Pediatric Use", "Children of 2 years and older with fever are given alphadone 1 mg once a day.")


@pytest.mark.parametrize(
    "question",
    [
        "What alphadone dose for a 4-year-old with fever?",
        "Is the alphadone dose in fever lower in liver cirrhosis?",
        "What alphadone dose is given in fever over 75?",
        "Can alphadone be given for fever in the third trimester?",
    ],
)
def test_the_dose_of_others_is_no_answer_on_the_patients_asked_about(asks: Asks, question: str) -> None:
    given = asks(ADULTS).ask(question)
    assert given.verdict is Verdict.DECLINED and reasons(given) == [Reason.SILENT] and given.claims == ()


def test_the_dose_of_the_patients_asked_about_is(asks: Asks) -> None:
    spoken = label("alphadone", section("2 DOSAGE", "The dose of alphadone in fever is 10 mg once a day."), CHILDREN)
    given = asks(spoken).ask("What alphadone dose for a 4-year-old with fever?")
    assert given.verdict is Verdict.ANSWERED and any("1 mg once a day" in text for text in texts(given.claims))
    assert not any("10 mg" in text for text in texts(given.claims)), "nor does the adults' stand beside it"


def test_what_is_too_weak_is_a_third_reason(asks: Asks) -> None:
    given = asks(BETANOL).ask("What is the meaning of water?")
    assert given.verdict is not Verdict.ANSWERED
    assert reasons(given) in ([Reason.WEAK], [Reason.NO_DOCUMENT])


def test_a_pair_that_nobody_names_is_a_fourth(asks: Asks) -> None:
    quiet = label("gammazole", section("7 DRUG INTERACTIONS", "Take gammazole with water."))
    given = asks(BETANOL, quiet).ask("Does betanol interact with gammazole?")
    assert given.verdict is Verdict.DECLINED and reasons(given) == [Reason.PAIR_NOT_NAMED]


def test_a_label_without_a_date_is_said_to_have_none(asks: Asks) -> None:
    given = asks(label("betanol", section("7 DRUG INTERACTIONS", "Take it with water."), effective="")).ask(
        "Can betanol be used while breastfeeding?"
    )
    assert "date not given" in given.missing[0].searched[0].document


def test_an_answer_that_declines_shows_no_claim_and_no_advice(asks: Asks) -> None:
    opened = asks(BETANOL, BOXED)
    for question in ("zanubrutinib?", "betanol while breastfeeding?", "Does zanubrutinib interact with fostamatinib?"):
        given = opened.ask(question)
        assert given.verdict is Verdict.DECLINED and given.missing
        assert given.claims == () and given.management == ()


# Boxed warnings.


def test_a_boxed_warning_is_whole_however_long(asks: Asks) -> None:
    given = asks(BOXED).ask("What is the dose of alphadone?")
    [warning] = [w for w in given.warnings if w.kind is Evidence.BOXED_WARNING]
    assert warning.text == "\n".join(words.strip() for words in BOX) and len(warning.text.split()) > 400
    assert warning.text == BOXED.text[warning.quote.start : warning.quote.end]
    assert warning.drug == "alphadone"


@pytest.mark.parametrize(
    ("question", "folded"),
    [
        ("What is the dose of alphadone?", True),
        ("Does alphadone interact with betanol?", True),
        ("What is the boxed warning of alphadone?", False),
        ("alphadone black box warning", False),
    ],
)
def test_a_boxed_warning_is_folded_unless_it_is_what_was_asked_for(asks: Asks, question: str, folded: bool) -> None:
    given = asks(BOXED, BETANOL).ask(question)
    [warning] = [w for w in given.warnings if w.kind is Evidence.BOXED_WARNING]
    assert warning.folded is folded


def test_a_boxed_warning_is_there_even_where_the_answer_declines(asks: Asks) -> None:
    given = asks(BOXED).ask("Can alphadone be given to zebras?")
    assert [w.kind for w in given.warnings] == [Evidence.BOXED_WARNING]


def test_the_boxed_warning_of_either_drug_of_a_pair_is_there(asks: Asks) -> None:
    other = label("betanol", section("BOXED WARNING", "Betanol has caused deaths in adults who took it with wine."))
    given = asks(BOXED, other).ask("Does betanol interact with alphadone?")
    boxes = [w.drug for w in given.warnings if w.kind is Evidence.BOXED_WARNING]
    assert sorted(boxes) == ["alphadone", "betanol"]


def test_a_boxed_warning_in_subsections_is_one(asks: Asks) -> None:
    nested = label(
        "alphadone",
        section("BOXED WARNING", BOX[0], inner=[section("Blue ears", BOX[2]), section("Death", "It has killed.")]),
    )
    [warning] = asks(nested).ask("What is alphadone for?").warnings
    assert BOX[0] in warning.text and BOX[2] in warning.text and "It has killed." in warning.text


def test_of_two_boxed_warnings_none_is_left_out(asks: Asks) -> None:
    two = label("alphadone", section("BOXED WARNING", BOX[0]), section("BOXED WARNING", BOX[2]))
    shown = "\n".join(w.text for w in asks(two).ask("What is alphadone for?").warnings)
    assert BOX[0] in shown and BOX[2] in shown


def test_the_boxed_warning_is_of_the_label_that_speaks_first(asks: Asks) -> None:
    today = "The warning of today, which says more than the old one ever did."
    old = label(
        "alphadone",
        section("BOXED WARNING", "An old warning, which a copy still has and which nobody mended."),
        id="a-copy",
        repackaged=True,
    )
    new = label("alphadone", section("BOXED WARNING", today), id="z-first", application="NDA000001")
    [warning] = asks(old, new).ask("What is alphadone for?").warnings
    assert warning.text == today


def test_a_short_boxed_warning_is_one(asks: Asks) -> None:
    short = label("alphadone", section("BOXED WARNING", "Fatal if given by other routes."))
    [warning] = asks(short).ask("What is alphadone for?").warnings
    assert warning.text == "Fatal if given by other routes."


def test_a_heading_alone_is_no_boxed_warning(asks: Asks) -> None:
    empty = label("alphadone", section("BOXED WARNING", "BOXED WARNING"), section("2 DOSAGE", "Take 10 mg once a day."))
    assert asks(empty).ask("What is the dose of alphadone?").warnings == ()


def test_a_label_without_a_box_has_no_boxed_warning(asks: Asks) -> None:
    assert asks(BETANOL).ask("How is betanol taken with water?").warnings == ()


# Contraindications.


def contraindicated(asks: Asks, question: str) -> list[str]:
    """What is said of contraindications in the answer, as a claim or as a warning."""
    return contraindications_of(asks(BOXED, BETANOL).ask(question))


def test_a_contraindication_that_concerns_the_question_is_shown(asks: Asks) -> None:
    assert "Alphadone is contraindicated in pregnancy." in contraindicated(asks, "alphadone dose in pregnancy?")
    assert "Alphadone is contraindicated in severe hepatic impairment." in contraindicated(
        asks, "dose of alphadone in liver failure"
    )
    assert "Alphadone is contraindicated with betanol." in contraindicated(
        asks, "Does alphadone interact with betanol?"
    )


def test_contraindications_that_do_not_concern_it_are_not(asks: Asks) -> None:
    assert contraindicated(asks, "What is the dose of alphadone?") == []
    assert contraindicated(asks, "Does alphadone interact with betanol?") == [
        "Alphadone is contraindicated with betanol."
    ]


def test_all_are_shown_to_who_asks_for_them(asks: Asks) -> None:
    assert len(set(contraindicated(asks, "When is alphadone contraindicated?"))) == 3


def test_a_contraindication_is_said_once(asks: Asks) -> None:
    said = contraindicated(asks, "Is alphadone contraindicated in pregnancy?")
    assert said.count("Alphadone is contraindicated in pregnancy.") == 1


# A premise that is wrong.


def test_a_wrong_premise_is_corrected_first_with_its_exceptions(asks: Asks) -> None:
    rule = "Gammazole is contraindicated in pregnancy, except in women with toy valves who have no other choice."
    own = label(
        "gammazole",
        section("4 CONTRAINDICATIONS", rule),
        section("8.1 Pregnancy", "Gammazole can harm the fetus."),
        section("1 INDICATIONS AND USAGE", "Gammazole is safe and well liked by adults."),
    )
    given = asks(own).ask("Why is gammazole safe in pregnancy?")
    assert "The label says otherwise" in given.headline
    assert given.claims[0].text == rule and "except" in given.claims[0].text


def test_a_premise_that_the_label_does_not_contradict_is_left_alone(asks: Asks) -> None:
    given = asks(BOXED).ask("Is alphadone safe at 10 mg a day?")
    assert "otherwise" not in given.headline


# Numbers in tables.


RENAL = label(
    "gammazole",
    section(
        "2 DOSAGE AND ADMINISTRATION",
        "The maximum dose of gammazole is 2000 mg per day.",
        inner=[
            section(
                "2.2 Use in Renal Impairment",
                table(
                    "Table 1. Gammazole by eGFR",
                    ("eGFR (mL/min/1.73 m2)", "Starting", "Already on gammazole"),
                    ("below 30", "contraindicated", "stop gammazole"),
                    ("30 to 45", "not recommended", "weigh benefit and risk"),
                ),
            )
        ],
    ),
    section("4 CONTRAINDICATIONS", "Gammazole is contraindicated at an eGFR below 30 mL/min/1.73 m2."),
)


def test_rows_come_with_their_heads_and_the_caption_as_context(asks: Asks) -> None:
    given = asks(RENAL).ask("Max dose of gammazole in kidney failure?")
    assert "eGFR (mL/min/1.73 m2): below 30; Starting: contraindicated; Already on gammazole: stop gammazole" in texts(
        given.claims
    )
    rows = [quote for quote in all_quotes(given) if " | " in quote.text]
    assert rows and all(quote.context and quote.context.text.startswith("Table 1.") for quote in rows)
    assert any("below 30" in text for text in contraindications_of(given))


def contraindications_of(given: Answer) -> list[str]:
    return [
        *(warning.text for warning in given.warnings if warning.kind is Evidence.CONTRAINDICATION),
        *(claim.text for claim in given.claims if claim.evidence is Evidence.CONTRAINDICATION),
    ]


# Notices.


def test_every_answer_says_that_nobody_reviewed_it(asks: Asks) -> None:
    opened = asks(BOXED)
    for question in ("alphadone dose", "zanubrutinib dose", "Does alphadone interact with betanol?"):
        assert opened.ask(question).notices[-1] == NOT_REVIEWED


def test_the_demonstration_corpus_says_so_in_every_answer(asks: Asks) -> None:
    demo = label("alphadone", section("2 DOSAGE", "The dose of alphadone is 10 mg once a day."), id="demo-alphadone")
    opened = asks(demo)
    for question in ("alphadone dose", "Can alphadone be given to zebras?", "zanubrutinib dose"):
        assert DEMONSTRATION in opened.ask(question).notices, question
    assert DEMONSTRATION not in asks(BOXED).ask("alphadone dose").notices


def test_documents_older_than_a_year_are_counted_and_the_oldest_dated(asks: Asks) -> None:
    said = section("2 DOSAGE AND ADMINISTRATION", "The dose of alphadone is 10 mg once a day.")
    today = datetime.date.today()
    fresh = label("alphadone", said, effective=today.strftime("%Y%m%d"))
    assert not any("older" in notice for notice in asks(fresh).ask("alphadone dose").notices)
    old = label("alphadone", said, effective="20140601")
    [notice] = [notice for notice in asks(old).ask("alphadone dose").notices if "older" in notice]
    assert "2014-06-01" in notice


def test_documents_without_a_date_are_counted(asks: Asks) -> None:
    said = section("2 DOSAGE AND ADMINISTRATION", "The dose of alphadone is 10 mg once a day.")
    given = asks(label("alphadone", said, effective="")).ask("alphadone dose")
    assert any("no date" in notice for notice in given.notices)


# Which version speaks.


def test_an_old_version_is_never_quoted(tmp_path: Path) -> None:
    old = label("alphadone", section("2 DOSAGE AND ADMINISTRATION", "The dose of alphadone is 99 mg once a day."))
    new = label(
        "alphadone",
        section("2 DOSAGE AND ADMINISTRATION", "The dose of alphadone is 10 mg once a day."),
        version="2",
        effective="20260601",
    )
    where = build(tmp_path, old, BETANOL)
    build(tmp_path, new)
    with desk(where) as opened:
        for question in ("alphadone dose", "Is 99 mg a dose of alphadone?", "Does alphadone interact with betanol?"):
            given = opened.ask(question)
            assert all(quote.document.version == "2" for quote in all_quotes(given) if quote.document.id == old.id)
            assert not any("99 mg" in text for text in texts(given.claims))
        assert opened.ask("alphadone dose").claims[0].text.endswith("10 mg once a day.")


def test_the_generation_that_answered_is_in_the_answer(tmp_path: Path) -> None:
    where = build(tmp_path, BETANOL)
    build(tmp_path, BOXED)
    with desk(where) as opened:
        given = opened.ask("alphadone dose")
    assert (given.index.generation, given.index.documents, given.index.name) == (2, 2, "default")
    assert given.model is None and given.arm == "rag" and given.withheld == 0


# Odd questions.


@pytest.mark.parametrize(
    "question",
    ["", " ", "?", "alphadone", "ALPHADONE!!!", "alphadone " * 300, "💊", "¿Es segura la alphadone?", "\x00"],
)
def test_odd_questions_are_answered_or_declined_and_never_break(asks: Asks, question: str) -> None:
    given = asks(BOXED, BETANOL, article("toy-paper", "A paper", "Alphadone is blue.")).ask(question)
    assert given.verdict in Verdict and given.headline
    assert given.claims or given.missing
