"""Words of PDFs kept in order: our reader against pypdfium2's and pypdf's own text, by runs of eight words.

    python -m eval.bench.pdf_words ../shared/data

Of labels that stand there as SPL XML, two PDFs each are made with reportlab (one column; two columns; with running
heads), so that the right order is known; and five real PDFs are held against the XML label of the same drug
by another firm, which shares most of its sentences with them. Figures are the share of the XML's runs of eight words
that stand in the PDF's text. Needs pypdf (``pip install pypdf``) beside what rxcite needs.
"""

import argparse
import io
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

from ingest import pdf, spl, xml
from rag.records import BlockKind, Document
from rag.settings import SourceSettings
from rag.text import searchable

_RUN = 8
_REAL = {
    "PDF Oct 2020 Remdesivir.pdf": "XML Oct 2020 Remdesivir.xml",
    "fda_metformin_highlights_2026.pdf": "metformin.xml",
    "fda_warfarin_highlights_2022.pdf": "warfarin.xml",
    "fda_warfarin_label_2025.pdf": "warfarin.xml",
    "fda_ciprofloxacin_highlights_2025.pdf": "ciprofloxacin.xml",
}


def ours(data: bytes) -> str:
    """The text that is indexed."""
    return next(item.text for item in pdf.read(data, SourceSettings()) if isinstance(item, Document))


def pdfium(data: bytes) -> str:
    """The text as pypdfium2 gives it."""
    document = pypdfium2.PdfDocument(data)
    return "\n".join(document[n].get_textpage().get_text_range() for n in range(len(document)))


def pypdf(data: bytes) -> str:
    """The text as pypdf gives it."""
    from pypdf import PdfReader  # type: ignore[import-not-found,unused-ignore]

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of eight words; hyphens and marks apart."""
    words = re.findall(r"[^\W_]+", searchable(text))
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}


def printed(label: Document, columns: int) -> bytes:
    """The paragraphs of a label as a PDF of one or two columns with a running head and page numbers."""
    out = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    style.fontSize = 9
    width = 500 / columns - 10

    def head(canvas: object, document: object) -> None:
        canvas.setFont("Helvetica", 8)  # type: ignore[attr-defined]
        canvas.drawString(50, 775, "Printed from toys.example on 1/31/26")  # type: ignore[attr-defined]
        canvas.drawString(300, 20, str(document.page))  # type: ignore[attr-defined]

    template = BaseDocTemplate(out)
    frames = [Frame(50 + at * 510 / columns, 40, width, 710, leftPadding=0, rightPadding=0) for at in range(columns)]
    template.addPageTemplates([PageTemplate(frames=frames, onPage=head)])
    kinds = (BlockKind.PARAGRAPH, BlockKind.ITEM)
    texts = [label.text[block.start : block.end] for block in label.blocks if block.kind in kinds]
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in texts]
    start = f"<b>{label.drugs[0].upper()} - {label.drugs[0]} tablet</b>"
    template.build([Paragraph(text, style) for text in (start, "<b>4 CONTRAINDICATIONS</b>", *escaped)])
    return out.getvalue()


def row(name: str, data: bytes, truth: set[tuple[str, ...]]) -> None:
    """Prints the share of ``truth`` that each reader keeps, and its seconds."""
    cells = []
    readers: tuple[Callable[[bytes], str], ...] = (ours, pdfium, pypdf)
    for reader in readers:
        begun = time.monotonic()
        found = runs(reader(data))
        cells.append(f"{len(truth & found) / len(truth):.3f} ({time.monotonic() - begun:.1f} s)")
    sys.stdout.write(f"| {name} | {len(truth):,} | {' | '.join(cells)} |\n")
    sys.stdout.flush()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--made", type=int, default=6, help="labels of which PDFs are made")
    given = parser.parse_args()
    settings = SourceSettings()
    sys.stdout.write("| PDF | runs of 8 words | ours | pypdfium2 | pypdf |\n|---|---|---|---|---|\n")
    for name, twin in _REAL.items():
        label = spl.read(xml.parse((given.folder / "spl" / twin).read_bytes(), settings))
        assert isinstance(label, Document)
        row(name, (given.folder / "pdf" / name).read_bytes(), runs(label.text))
    made = 0
    for path in sorted((given.folder / "spl").glob("*.xml")):
        label = spl.read(xml.parse(path.read_bytes(), settings))
        if isinstance(label, Document) and len(label.text) > 30_000 and made < given.made:
            made += 1
            kinds = (BlockKind.PARAGRAPH, BlockKind.ITEM)
            # reportlab's own fonts have Latin letters only
            blocks = [label.text[b.start : b.end] for b in label.blocks if b.kind in kinds]
            truth = set().union(*(runs(text) for text in blocks if text.isascii()))
            for columns in (1, 2):
                row(f"made of {path.name[:24]}, {columns} column{'s' * (columns > 1)}", printed(label, columns), truth)


if __name__ == "__main__":
    main()
