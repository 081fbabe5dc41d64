"""Readers under mutated files: executions, refusals, crashes, the slowest input and the growth of memory.

    python -m eval.bench.fuzz jats --seconds 300 --seeds FOLDER

Files of the folder that begin with what the reader reads, and the demonstration corpus, are torn, spliced, doubled and
peppered with bytes and marks of the format. A crash is any error but ``SourceError``, a hang an input that takes more
than ``--hang`` seconds; both are printed with the seed that makes them again.
"""

import argparse
import faulthandler
import gzip
import io
import random
import resource
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree, html

from ingest import files
from rag.errors import SourceError
from rag.records import Document
from rag.settings import SourceSettings

_MARKS = {
    "jats": "<p> </p> <sec> </sec> <title> <table-wrap> <table> </table> <tr> <td> <xref> <mml:math> <fn> &mu; <label>"
    " <list> <def-list> <fig> <caption> <graphic/> <body> </body> <article> rowspan='9' colspan='99'",
    "pubmed": "<PMID> </PMID> <Article> <AbstractText> </AbstractText> <Language>fre</Language> <DeleteCitation> <Year>"
    " <PubmedArticle> </PubmedArticle> <CommentsCorrectionsList> &lt; Label='X' Version='²'",
    "webpage": "<div> </div> <p> <h1> <h2> <h7> <table> <tr> <td colspan=9> </table> <ul> <li> <dl> <dt> <dd> <script>"
    " <!-- --> <![CDATA[ &#1; &#xFFFE; &nbsp; data-sectioncode='34073-7' class='Section' <svg> <math> </html>",
    "text": "--- \n---\n # ## | |---| - * ** ` ``` > < & [a](b) ![a](b) id: title: kind: drugs: [ ] { } &a *a !!x \n\n"
    " \t",
    "spl": "<section> </section> <text> <paragraph> </paragraph> <table> <tr> <td> <list> <item> <content> <br/> <sup>"
    " <component> </component> <code code='34066-1'/> <title> <setId/> &lt;",
    "pdf": "<< >> [ ] ( ) obj endobj stream endstream xref trailer %%EOF /Kids /Parent /Contents /Font /Length /Rotate"
    " BT ET Tf Td Tj TJ Tm cm q Q re S Do 1e38 -1 0 R /FlateDecode /ASCII85Decode 99999999999",
    "archive": "PK\x03\x04 PK\x01\x02 PK\x05\x06 PK\x06\x06 \x1f\x8b\x08 \x00 \xff\xff \x01 a.xml ../",
    "openfda": '{ } [ ] " , : null 1e999 -0 \\u0000 \\ud800 "results": "set_id": <table> <td> 7.1 (7.1) "openfda":',
}
_BEGINS = {
    "jats": (b"<article", b"<pmc-articleset", b"<OAI-PMH"),
    "pubmed": (b"<PubmedArticleSet", b"<MedlineCitationSet"),
    "webpage": (b"<html", b"<!DOCTYPE html"),
    "text": (b"---\n",),
    "spl": (b"<document",),
    "pdf": (b"%PDF-",),
    "archive": (b"PK\x03\x04",),
    "openfda": (b'{"meta"', b"{\n"),
}
_LONGEST = 200_000
"""Bytes of a seed: whole files of articles, the beginning of a set."""
_PAGE = b"""<!DOCTYPE html><html><head><title>TOYBRAND- toyazole tablet</title></head><body>
<h1 id='drug-label'>TOYBRAND- toyazole tablet</h1><div class='drug-label-sections'><ul><li>
<div class='Section' data-sectioncode='34073-7'><h1>7 DRUG INTERACTIONS</h1><p>Of <span class='Bold'>toys</span>.</p>
<table><caption>Doses</caption><thead><tr><th>Drug</th><th>Dose</th></tr></thead><tbody><tr><td rowspan='2'>a</td>
<td>5<sup>2</sup> mg</td></tr><tr><td>6</td></tr></tbody></table><dl><dt>*</dt><dd>Note</dd></dl>
<div class='Section' data-sectioncode='42229-5'><h2>7.1 Strong</h2><ul><li>x</li></ul></div></div></li></ul></div>
</body></html>"""
_TEXT = b"""---
id: toy-text
title: Toys
kind: label
drugs: [toyazole]
date: 2026-05-13
---
# 7 DRUG INTERACTIONS

Of *toys* and CYP2D6*4.

| Drug | Dose |
|---|---|
| a | 5 mg |

- one
- two

> Quoted `code`.
"""


def main() -> None:
    """Runs for so many seconds and prints one line of figures; exit code 1 where there was a crash or a hang."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", choices=sorted(_MARKS))
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seeds", type=Path, help="folder with real files")
    parser.add_argument("--seed", type=int, default=1, help="of the first input; give a printed one to see it again")
    parser.add_argument("--hang", type=float, default=20, help="seconds that one input may take")
    given = parser.parse_args()
    faulthandler.enable()
    settings = SourceSettings(max_xml_bytes=4_000_000)
    seeds = list(_seeds(given.reader, given.seeds))
    counts: Counter[str] = Counter()
    slowest, begun, early = 0.0, time.monotonic(), 0.0
    number = given.seed
    while time.monotonic() - begun < given.seconds:
        data = _mutated(random.Random(number), seeds, _MARKS[given.reader].split(" "))
        faulthandler.dump_traceback_later(given.hang, exit=True)
        started = time.monotonic()
        counts["executions"] += 1
        try:
            for item in files.contents(files.Source("fuzz", data), settings):
                counts[type(item).__name__] += 1
                if isinstance(item, Document):
                    _check(item)
        except SourceError:
            counts["refused"] += 1
        except Exception as error:  # a crash is what is looked for
            counts["crashes"] += 1
            sys.stdout.write(f"crash at --seed {number}: {type(error).__name__}: {error}\n")
        slowest = max(slowest, time.monotonic() - started)
        number += 1
        if not early and time.monotonic() - begun > given.seconds / 10:
            early = _memory()
    faulthandler.cancel_dump_traceback_later()
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    sys.stdout.write(
        f"{given.reader}: {len(seeds)} seeds, {told}; slowest input {slowest:.2f} s; memory {early:.0f} MB after a"
        f" tenth of the time, {_memory():.0f} MB at the end (peak {peak:.0f})\n"
    )
    sys.exit(bool(counts["crashes"]))


def _check(document: Document) -> None:
    """What holds of every document: its blocks are its lines, and spans lie in its text."""
    text = document.text
    assert [text[b.start : b.end] for b in document.blocks] == (text.split("\n") if text else [])
    assert all(0 <= s.start <= s.end <= len(text) + 1 for s in document.sections)  # an empty one may come last
    assert all(cell.end <= len(text) for block in document.blocks for cell in block.cells)
    text.encode()


def _seeds(reader: str, folder: Path | None) -> Iterator[bytes]:
    demo = Path(__file__).resolve().parents[2] / "corpora" / "demo"
    for path in [p for root in (demo, folder) if root for p in sorted(root.rglob("*")) if p.is_file()]:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        if any(mark in data[:2_000] for mark in _BEGINS[reader]):
            yield data if reader == "pdf" else data[:_LONGEST]
    if reader in ("webpage", "text"):
        yield _PAGE if reader == "webpage" else _TEXT
    if reader == "pdf":
        yield from (_sheet(packed) for packed in (0, 1))
    if reader == "archive":
        label = next(demo.glob("*.xml")).read_bytes()
        inner = _zip(zipfile.ZIP_DEFLATED, {"a.xml": label, "b.jpg": b"\xff\xd8\xff"})
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            yield _zip(method, {"a.zip": inner, "b.xml": label, "c.xml.gz": gzip.compress(label), "d/": b""})
        yield gzip.compress(label)


def _sheet(packed: int) -> bytes:
    """A label of two pages as PDF, its content as text or packed."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=packed)
    for page in ("7 DRUG INTERACTIONS", "4 CONTRAINDICATIONS"):
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(50, 760, "TOYAZOLE - toyazole tablet")
        canvas.drawString(50, 740, page)
        canvas.setFont("Helvetica", 10)
        for at in range(8):
            canvas.drawString(50, 700 - 12 * at, f"Toyazole is not to be taken with toy {at}, which raises its level.")
            canvas.rect(50 + 60 * at, 400, 60, 20)
            canvas.drawString(54 + 60 * at, 404, f"{at} mg")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _zip(method: int, members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _mutated(chance: random.Random, seeds: list[bytes], marks: list[str]) -> bytes:
    seed = chance.choice(seeds)
    if seed[:1] == b"<" and chance.random() < 0.5 and (made := _replanted(chance, seed)):
        return made
    data = bytearray(seed)
    if (
        len(data) > 20_000 and data[:5] != b"%PDF-" and chance.random() < 0.8
    ):  # small inputs are many inputs; the end closes what is open
        keep = chance.randrange(2_000, 20_000)
        data = data[:keep] + data[-chance.randrange(200, 4_000) :]
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8, 30))):
        at, size = chance.randrange(len(data) + 1), chance.choice((1, 1, 3, 20, 300))
        kind = chance.randrange(7)
        if kind == 0:
            data[at : at + size] = chance.randbytes(min(size, 8))
        elif kind == 1:
            del data[at : at + size]
        elif kind == 2:
            data[at:at] = chance.choice(marks).encode() * chance.choice((1, 1, 2, 50, 300))
        elif kind == 3:
            other = chance.choice(seeds)
            begin = chance.randrange(len(other))
            data[at:at] = other[begin : begin + size * 5]
        elif kind == 4:
            data[at:at] = data[at : at + size] * chance.choice((1, 2, 20))
        elif kind == 5 and chance.random() < 0.3:
            del data[at:]
        else:
            mark = data.find(b"<", at)
            data[mark if mark >= 0 else at : at + 1] = chance.choice(marks).encode()
        data = data or bytearray(b" ")
    return bytes(data)


def _replanted(chance: random.Random, seed: bytes) -> bytes | None:
    """Markup that stays well-formed: elements moved, doubled, renamed, emptied and dropped."""
    is_html = b"<html" in seed[:2_000]
    root: Any
    try:
        root = html.document_fromstring(seed) if is_html else etree.fromstring(seed, etree.XMLParser(recover=True))
    except (etree.LxmlError, ValueError):
        return None
    everything = list(root.iter("*"))
    keep = {e for e in chance.sample(everything, min(len(everything), 60)) for e in (e, *e.iterancestors())}
    for element in everything:
        if (
            len(everything) > 2_000
            and element not in keep
            and element.getparent() is not None
            and chance.random() < 0.7
        ):
            element.getparent().remove(element)
    left = list(root.iterdescendants("*"))
    for _ in range(chance.choice((1, 2, 5, 30))):
        if not left:
            break
        one, other = chance.choice(left), chance.choice(left)
        parent, kind = one.getparent(), chance.randrange(6)
        if kind == 0 and one not in other.iterancestors() and one is not other:
            other.append(one)
        elif kind == 1 and one not in other.iterancestors():
            other.insert(chance.randrange(len(other) + 1), deepcopy(one))
        elif kind == 2:
            one.tag = other.tag
        elif kind == 3 and parent is not None:
            parent.remove(one)
        elif kind == 4:
            one.text = chance.choice(("", " ", "0.5", "\u00b5g \u2265 5", "7.1 X", "A" * 3_000, "\n\t", other.text))
        else:
            one.set(
                chance.choice(("colspan", "rowspan", "code", "Label", "class", "lang")),
                chance.choice(("0", "9", "\u00b2")),
            )
    encoded: bytes = (html if is_html else etree).tostring(root)
    return encoded


def _memory() -> float:
    """Megabytes that the process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1e3
    return 0.0


if __name__ == "__main__":
    main()
