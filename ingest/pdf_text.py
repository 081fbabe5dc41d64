"""The lines of a PDF, by a program of its own: ``python pdf_text.py PAGES SECONDS BYTES < PDF``.

It is run as a child by ``ingest.pdf``, so that what crashes, hangs or swells in the parser's C++ ends with the child.
Writes JSON, a line for the document and one for each page. Coordinates are points from the top left corner of the page
as it is read; text that is set in another direction than most of its page (a stamp on the margin) is left out.
"""

import ctypes
import json
import math
import os
import resource
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

sys.path.append(str(Path(__file__).parent.parent))  # the folder of a program is not searched when it is run safely
from ingest.pdf_lines import Rule, Word, lines  # noqa: E402

_MAX_CHARS = 20_000_000
"""Of a whole document; a label of 500 pages has under 2 million."""
_MAX_RULES = 5_000
_BOLD = ("bold", "black", "heavy")
_EXIT_LOCKED, _EXIT_BROKEN, _EXIT_LONG, _EXIT_LARGE = 3, 4, 5, 6


def main() -> None:
    """Reads a PDF from standard input and writes its words to standard output."""
    most_pages, seconds, memory = map(int, sys.argv[1:4])
    threading.Thread(target=_watch, args=(memory,), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # at the second the kernel kills without saying why
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _write(pdfium.PdfDocument(sys.stdin.buffer.read()), most_pages)
    except pdfium.PdfiumError as error:
        sys.stderr.write(str(error))
        sys.exit(_EXIT_LOCKED if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD else _EXIT_BROKEN)


def _write(document: pdfium.PdfDocument, most_pages: int) -> None:
    if len(document) > most_pages:
        sys.exit(_EXIT_LONG)
    print(json.dumps({"pages": len(document), "title": document.get_metadata_dict().get("Title", "")}))  # noqa: T201
    chars = 0
    for number in range(len(document)):
        page = _page(document[number], number + 1)
        chars += page["chars"]
        if chars > _MAX_CHARS:
            sys.exit(_EXIT_LONG)
        print(json.dumps(page))  # noqa: T201


def _watch(memory: int) -> None:
    """Ends the process when it has grown too large: not every system keeps to the limit of the address space."""
    while _resident() < memory:
        time.sleep(0.02)
    os._exit(_EXIT_LARGE)


def _resident() -> int:
    """Bytes in memory now; the peak that Linux reports would be that of the parent too, which may be large."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * resource.getpagesize()
    except FileNotFoundError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _page(page: pdfium.PdfPage, number: int) -> dict[str, Any]:
    text = page.get_textpage()
    left, bottom, right, top = page.get_bbox()
    words, angles = _words(text.raw, text.count_chars())
    turn = angles.most_common(1)[0][0] if angles else 0
    height = top - bottom if turn % 180 == 0 else right - left

    def upright(x: float, y: float) -> tuple[float, float]:
        ways = {0: (x - left, top - y), 90: (y - bottom, x - left), 180: (right - x, y - bottom)}
        return ways.get(turn, (top - y, right - x))

    width = right - left if turn % 180 == 0 else top - bottom
    placed: list[Word] = []
    for order, (angle, x0, y0, x1, y1, base_x, base_y, space, bold, word) in enumerate(words):
        (a, b), (c, d), (_, base) = upright(x0, y0), upright(x1, y1), upright(base_x, base_y)
        # what stands beside the page is not on it
        if angle == turn and 0 <= (a + c) / 2 <= width and 0 <= (b + d) / 2 <= height:
            placed.append(Word(min(a, c), min(b, d), max(a, c), max(b, d), base, space, bold, word, order))
    rules: list[Rule] = []
    pictures = 0
    for item in page.get_objects(max_depth=4):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictures += 1
        elif item.type == raw.FPDF_PAGEOBJ_PATH and len(rules) < _MAX_RULES:
            x0, y0, x1, y1 = item.get_bounds()
            (a, b), (c, d) = upright(x0, y0), upright(x1, y1)
            # the edges of a shade behind a cell stand where its rules would be
            if abs(c - a) > 20 and abs(c - a) * abs(d - b) < 0.5 * (right - left) * (top - bottom):
                rules.extend(Rule(min(a, c), max(a, c), y) for y in {round(b, 1), round(d, 1)})
    found = lines(number, placed, rules)
    return {
        "height": height,
        "chars": sum(len(word.text) for word in placed),
        "strange": sum(_is_strange(char) for word in placed for char in word.text),
        "pictures": pictures,
        "lines": [asdict(line) for line in found],
    }


def _is_strange(char: str) -> bool:
    """True for what a font without a table of its letters leaves: no text that can be quoted."""
    return char == "\ufffd" or "\ue000" <= char <= "\uf8ff" or ord(char) >= 0xF0000


def _words(page: Any, count: int) -> tuple[list[tuple[Any, ...]], Counter[int]]:
    """The words in the order in which they were drawn, and how many characters run in which direction."""
    words: list[tuple[Any, ...]] = []
    angles: Counter[int] = Counter()
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    word: list[Any] | None = None
    space = True
    for at in range(count):
        code = raw.FPDFText_GetUnicode(page, at)
        # a hyphen at the end of a line comes as U+0002
        char = "-" if code == 2 else "\ufffd" if _is_no_char(code) else chr(code)
        made = raw.FPDFText_IsGenerated(page, at) == 1 and code != 2
        if char.isspace() or made or ord(char) < 32:
            # white space that the parser guessed is judged again by the gap
            word, space = None, space or not made
            continue
        if not raw.FPDFText_GetLooseCharBox(page, at, box) or not raw.FPDFText_GetCharOrigin(page, at, x, y):
            continue
        angle = round(math.degrees(raw.FPDFText_GetCharAngle(page, at)) / 90) % 4 * 90
        edges = (box.left, box.bottom, box.right, box.top)
        if not all(map(math.isfinite, (*edges, x.value, y.value))):
            continue
        angles[angle] += 1
        if word is not None and word[0] == angle and _goes_on(word, edges, x.value, y.value):
            word[1:5] = (min(word[1], edges[0]), min(word[2], edges[1]), max(word[3], edges[2]), max(word[4], edges[3]))
            word[9] += char
            word[10:] = [edges]
        else:
            word = [angle, *edges, x.value, y.value, space, _is_bold(page, at), char, edges]
            words.append(word)  # type: ignore[arg-type]
        space = False
    return [tuple(word[:10]) for word in words], angles


def _goes_on(word: list[Any], edges: tuple[float, ...], x: float, y: float) -> bool:
    """True where a character stands on the line of ``word``, close after its last one."""
    along, across = (0, 1) if word[0] % 180 == 0 else (1, 0)  # places in (left, bottom, right, top)
    last: tuple[float, ...] = word[10]
    base: float = (y - word[6], x - word[5])[along]
    size = max(last[across + 2] - last[across], 1.0)
    same = abs(base) < 0.05 * size and abs(edges[across + 2] - edges[across] - size) < 0.2 * size
    return same and edges[along] - last[along + 2] < 0.15 * size and last[along] - edges[along + 2] < 0.15 * size


def _is_no_char(code: int) -> bool:
    return code > 0x10FFFF or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE


def _is_bold(page: Any, at: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(page, at, name, 128, flags)
    said = name.value.decode(errors="replace").lower()
    weight: int = raw.FPDFText_GetFontWeight(page, at)
    return weight >= 600 or any(word in said for word in _BOLD)


if __name__ == "__main__":
    main()
