"""TOY DATA, not for clinical use: PDFs in our own words, made with reportlab as a printer would make them."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = letter
REGULAR, BOLD = "Helvetica", "Helvetica-Bold"


class Sheet:
    """A PDF as it is drawn, from the top of the page down."""

    def __init__(self, password: str | None = None, packed: bool = True) -> None:
        self._out = io.BytesIO()
        self.canvas = Canvas(self._out, pagesize=letter, pageCompression=int(packed), encrypt=password)
        self.y = HEIGHT - 90
        self.page = 1

    def text(self, *lines: str, x: float = 50, size: float = 10, font: str = REGULAR, gap: float = 0) -> "Sheet":
        """Lines below each other, as they are given."""
        self.canvas.setFont(font, size)
        for line in lines:
            self.canvas.drawString(x, self.y, line)
            self.y -= size * 1.2
        self.y -= gap
        return self

    def bold(self, *lines: str, x: float = 50, gap: float = 6) -> "Sheet":
        self.y -= 6
        return self.text(*lines, x=x, font=BOLD, gap=gap)

    def columns(self, left: Sequence[str], right: Sequence[str], size: float = 9) -> "Sheet":
        """Two columns, drawn line by line across both, which is not how they are read."""
        self.canvas.setFont(REGULAR, size)
        for at in range(max(len(left), len(right))):
            for x, column in ((50, left), (320, right)):
                if at < len(column):
                    self.canvas.drawString(x, self.y, column[at])
            self.y -= size * 1.2
        return self

    def table(self, *rows: Sequence[str], widths: Sequence[float] = (150, 150, 150), x: float = 50) -> "Sheet":
        """A ruled grid; the first row is set in bold; a cell's lines are parted by line breaks."""
        for number, row in enumerate(rows):
            height = 14 * max(cell.count("\n") + 1 for cell in row)
            left = x
            for cell, width in zip(row, widths, strict=True):
                self.canvas.rect(left, self.y - height + 10, width, height)
                self.canvas.setFont(BOLD if number == 0 else REGULAR, 10)
                for at, line in enumerate(cell.split("\n")):
                    self.canvas.drawString(left + 4, self.y - 14 * at, line)
                left += width
            self.y -= height
        self.y -= 14
        return self

    def raised(self, before: str, sign: str, after: str, size: float = 10) -> "Sheet":
        """A line with a small raised sign, which is drawn last of all, as web printers do."""
        self.canvas.setFont(REGULAR, size)
        self.canvas.drawString(50, self.y, before)
        x = 50 + self.canvas.stringWidth(before, REGULAR, size)
        width = self.canvas.stringWidth(sign, REGULAR, size * 0.7)
        self.canvas.drawString(x + width + 2, self.y, after)
        self.canvas.setFont(REGULAR, size * 0.7)
        self.canvas.drawString(x, self.y + size * 0.35, sign)
        self.y -= size * 1.2
        return self

    def scan(self, words: str = "Stop at once.") -> "Sheet":
        """A page that is a picture of text."""
        picture = Image.new("L", (850, 1100), 255)
        ImageDraw.Draw(picture).text((80, 80), words, fill=0)
        self.canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
        return self

    def margins(self, head: str, foot: str) -> "Sheet":
        """A running head and foot; "#" becomes the number of the page."""
        self.canvas.setFont(REGULAR, 8)
        self.canvas.drawString(50, HEIGHT - 30, head.replace("#", str(self.page)))
        self.canvas.drawString(50, 25, foot.replace("#", str(self.page)))
        return self

    def turn(self) -> "Sheet":
        """The next page."""
        self.canvas.showPage()
        self.y = HEIGHT - 90
        self.page += 1
        return self

    def bytes(self) -> bytes:
        self.canvas.save()
        return self._out.getvalue()


def label(
    revised: str = "1/2026", dose: str = "5 mg", maker: str = "Toy Laboratories", name: str = "TOYAZOLE"
) -> bytes:
    """A label of two pages with numbered chapters."""
    sheet = Sheet()
    sheet.bold(f"{name} - toyazole tablet, film coated", maker)
    sheet.bold("FULL PRESCRIBING INFORMATION")
    sheet.bold("WARNING: BLEEDING", gap=2).text("Toyazole can cause bleeding. Stop it at once.")
    sheet.bold("2 DOSAGE AND ADMINISTRATION").bold("2.1 Adults")
    sheet.text(f"The dose of toyazole is {dose} once daily with food and water.")
    sheet.margins("Toy print 1/31/26, 7:17 PM", "https://toys.example/label #/2").turn()
    sheet.bold("7 DRUG INTERACTIONS").bold("7.1 Strong CYP3A4 Inhibitors")
    sheet.text("Avoid toyazole with ketoconazole, which raises its level in blood.")
    sheet.text(f"Labeler - {maker} (123456789)", f"Revised: {revised}")
    return sheet.margins("Toy print 1/31/26, 7:17 PM", "https://toys.example/label #/2").bytes()
