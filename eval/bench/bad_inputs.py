"""Bad inputs of many kinds, each put into a folder beside a good label, and the message that it gets.

    python -m eval.bench.bad_inputs

Prints a table: kind, message, and whether the good label beside it was read. The tests run the same cases.
"""

import contextlib
import gzip
import io
import os
import random
import socket
import stat
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest import files
from rag.errors import SourceError
from rag.records import Document
from rag.settings import SourceSettings

Act = Callable[[Path], None]

GOOD = """<?xml version="1.0" encoding="UTF-8"?><document xmlns="urn:hl7-org:v3"><id root="r"/><code code="34391-3"/>
<title>Toy</title><setId root="good"/><versionNumber value="1"/><component><structuredBody><component><section>
<title>TOYS</title><text><paragraph>Stop at once.</paragraph></text></section></component></structuredBody></component>
</document>"""
_SETTINGS = SourceSettings(
    max_file_bytes=3_000_000, max_xml_bytes=1_000_000, max_json_bytes=2_000_000, max_record_bytes=500_000,
    max_members=200, max_pdf_pages=3, max_pdf_seconds=20,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of bad input."""

    kind: str
    says: str
    """Words that its message holds."""
    make: Act
    meanwhile: Act = lambda folder: None
    """What happens between listing and reading."""
    during: Act = lambda folder: None
    """What happens while it is read, after its first document."""
    rights: bool = False
    """True where it is about rights, which the superuser does not lack."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case came to."""

    messages: tuple[str, ...]
    """Each as "name: reason"."""
    good: bool
    """True where the label beside it was read."""


def run(case: Case, settings: SourceSettings = _SETTINGS) -> Outcome:
    """Makes the case in a folder of its own and reads the folder, as an ingest does."""
    with _nobody() if case.rights else contextlib.nullcontext(), tempfile.TemporaryDirectory() as place:
        folder = Path(place, "in")
        folder.mkdir()
        (folder / "good.xml").write_text(GOOD)
        case.make(folder)
        found = files.find([folder])
        messages = [f"{broken.name}: {broken.reason}" for broken in found.refused]
        case.meanwhile(folder)
        good = False
        for path in found.files:
            try:
                with files.opened(path, settings) as opened:
                    for item in files.contents(opened.source, settings):
                        good = good or (isinstance(item, Document) and path.name == "good.xml")
                        if isinstance(item, files.Broken):
                            messages.append(f"{item.name}: {item.reason}")
                        elif path.name != "good.xml":
                            case.during(folder)
            except SourceError as error:
                messages.append(f"{files.said(str(path))}: {error}")
        for inner, folders, _ in os.walk(folder):
            for name in folders:
                if not Path(inner, name).is_symlink():
                    os.chmod(Path(inner, name), 0o755)  # so that it can be removed
        return Outcome(tuple(message.replace(place, "") for message in messages), good)


@contextlib.contextmanager
def _nobody() -> Iterator[None]:
    """Without the rights of the superuser, who can read what nobody else can."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def _file(data: bytes, name: str = "bad.xml") -> Act:
    return lambda folder: _put(folder / name, data)


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _doctype(subset: str, text: str) -> bytes:
    body = GOOD.partition("?>")[2].replace("Stop at once.", text).replace('"good"', '"bad"')
    return f'<?xml version="1.0"?><!DOCTYPE document [{subset}]>{body}'.encode()


def _zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _twice() -> bytes:
    """Two members of one name, which the writer only warns of."""
    once = bytearray(_zipped(("a.xml", GOOD.encode()), ("b.xml", b"<b/>")))
    return bytes(once).replace(b"b.xml", b"a.xml")


def _link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.xml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def _locked() -> bytes:
    data = bytearray(_zipped(("a.xml", GOOD.encode())))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _method(number: int) -> bytes:
    data = bytearray(_zipped(("a.xml", GOOD.encode())))
    data[data.index(b"PK\x03\x04") + 8] = number
    data[data.index(b"PK\x01\x02") + 10] = number
    return bytes(data)


def _overlapping() -> bytes:
    """Many members that all stand on the same packed bytes: small to fetch, endless to unpack."""
    whole = _zipped(("a.xml", b"<a>" + random.Random(1).randbytes(2_000).hex().encode() + b" " * 300_000 + b"</a>"))
    at = whole.index(b"PK\x01\x02")
    entry = whole[at : whole.index(b"PK\x05\x06")]
    count = 150
    # each under a name of its own in the directory; the name that stands before the bytes is theirs for the first only
    entries = b"".join(entry.replace(b"a.xml", f"{n:05}".encode()) for n in range(count))
    end = bytearray(whole[whole.index(b"PK\x05\x06") :])
    end[8:10] = end[10:12] = count.to_bytes(2, "little")
    end[12:16] = len(entries).to_bytes(4, "little")
    data = bytearray(whole[:at] + entries + end)
    return bytes(data)


def _nested_bomb() -> bytes:
    """Each member, and the archive in the archive, unpacks within bounds; all of it together does not."""
    text = b"<a>" + random.Random(1).randbytes(3_000).hex().encode() + b" " * 800_000 + b"</a>"
    return _zipped(("b.zip", _zipped(*((f"{n}.xml", text) for n in range(40)))))


def _deep_json(depth: int) -> bytes:
    return b'{"results": [{"set_id": "a", "warnings": ' + b"[" * depth + b"]" * depth + b"}]}"


def _record(**fields: str) -> str:
    return "{" + ", ".join(f'"{key}": {value}' for key, value in fields.items()) + "}"


def _sheet(*pages: str, locked: bool = False) -> bytes:
    """A PDF of lines of text; a page of "" is a picture."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, encrypt="secret" if locked else None)
    for text in pages:
        if text:
            canvas.drawString(50, 700, text)
        else:
            canvas.drawImage(ImageReader(Image.new("L", (100, 100), 128)), 0, 0)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pipe(folder: Path) -> None:
    (folder / "bad.xml").unlink(missing_ok=True)
    os.mkfifo(folder / "bad.xml")


def _socket(folder: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)  # the name of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("bad.xml")
    finally:
        os.chdir(here)


def _unreadable(folder: Path) -> None:
    _put(folder / "bad.xml", GOOD.encode())
    os.chmod(folder / "bad.xml", 0)


def _closed_folder(folder: Path) -> None:
    (folder / "closed").mkdir()
    _put(folder / "closed" / "bad.xml", GOOD.encode())
    os.chmod(folder / "closed", 0)


def _out(folder: Path) -> None:
    _put(folder.parent / "secret.xml", GOOD.encode())
    (folder / "bad.xml").symlink_to(folder.parent / "secret.xml")


def _loop(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to(folder)


def _grow(folder: Path) -> None:
    with open(folder / "bad.json", "ab") as file:
        file.write(b" ")


_LONG_JSON = b'{"results": [' + b",".join(
    b'{"set_id": "a%d", "warnings": ["%s"]}' % (n, b"Stop. " * 2_000) for n in range(120)
) + b"]}"  # fmt: skip
_BOMB = '<!ENTITY x0 "ha">' + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 12))
_TRUNCATED = GOOD[: len(GOOD) // 2].encode()
_NOISE = random.Random(1).randbytes(5_000)
_MEDLINE = b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Toys</ArticleTitle>"

CASES = (
    # what is no source at all
    Case("empty file", "the file is empty", _file(b"")),
    Case("white space only", "the file is empty", _file(b" \r\n\t " * 100)),
    Case("NUL bytes only", "neither XML nor JSON", _file(bytes(5_000))),
    Case("random bytes", "neither XML nor JSON", _file(b"\x7f" + _NOISE)),
    Case("program", "neither XML nor JSON", _file(b"\x7fELF\x02\x01\x01" + bytes(100))),
    Case("picture", "neither XML nor JSON", _file(b"\xff\xd8\xff\xe0" + _NOISE, "bad.jpg")),
    Case("tar archive", "neither XML nor JSON", _file(b"a.xml" + bytes(251) + b"ustar" + bytes(2_000), "bad.tar")),
    Case("README without front matter", "neither XML nor JSON", _file(b"# Toys\n\nStop at once.\n", "README.md")),
    Case("web page that is no label", "HTML", _file(b"<!DOCTYPE html><html><body><p>Toys</p></body></html>")),
    Case("file over the bound", "over the bound of 3,000,000", _file(b" " * 3_000_001)),
    # XML
    Case("XML cut off", "not well-formed", _file(_TRUNCATED)),
    Case("XML and junk after it", "not well-formed", _file(GOOD.encode() + b"<more/>")),
    Case("XML with a NUL in its text", "not well-formed", _file(GOOD.replace("once", "on\0ce").encode())),
    Case("XML with a control character", "not well-formed", _file(GOOD.replace("once", "on\x0bce").encode())),
    Case("XML in another encoding than it says", "not well-formed", _file(GOOD.encode().replace(b"once", b"on\xffce"))),
    Case("XML in an encoding that does not exist", "not well-formed", _file(GOOD.replace("UTF-8", "KLINGON").encode())),
    Case("XML in UTF-16, cut within a character", "not well-formed",
         _file(b"\xff\xfe" + GOOD.replace("UTF-8", "UTF-16").encode("utf-16-le")[:-7])),
    Case("XML with an entity that nobody declared", "not well-formed", _file(GOOD.replace("at", "&nbsp;").encode())),
    Case("entity bomb", "entities of its own", _file(_doctype(_BOMB, "Stop."))),
    Case("entity that reads a file", "entities of its own",
         _file(_doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"))),
    Case("entity that asks the network", "entities of its own",
         _file(_doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/">', "&x;"))),
    Case("parameter entity", "entities of its own",
         _file(_doctype('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;', "Stop."))),
    Case("XML nested too deep", "nested deeper than 200",
         _file(GOOD.replace("Stop", "<content>" * 210 + "x" + "</content>" * 210).encode())),
    Case("XML nested without a bottom", "Excessive depth", _file(b"<a>" * 100_000)),
    Case("XML over the bound", "over the bound of 1,000,000", _file(GOOD.replace("Stop", "Stop " * 250_000).encode())),
    Case("XML of another kind", "root <codeList>", _file(b"<codeList/>")),
    Case("SPL of another namespace", "root <document>", _file(GOOD.replace("urn:hl7-org:v3", "urn:other").encode())),
    Case("SPL without a set id", "without <setId>", _file(GOOD.replace('<setId root="good"/>', "").encode())),
    Case("SPL without a body", "without <structuredBody>", _file(GOOD.replace("structuredBody", "body").encode())),
    Case("SPL without text", "in which no section has text",
         _file(GOOD.replace("<title>TOYS</title>", "").replace("Stop at once.", "").encode())),
    Case("article set cut off", "not well-formed", _file(_MEDLINE)),
    # JSON
    Case("JSON cut off", "not valid JSON", _file(b'{"results": [{"set_id": "a", "warn', "bad.json")),
    Case("JSON without results", 'without records under "results"', _file(b'{"error": {"code": 404}}', "bad.json")),
    Case("JSON nested too deep", "nested deeper than 200", _file(_deep_json(300), "bad.json")),
    Case("JSON nested without a bottom", "nested deeper than 200", _file(b'{"results":' + b"[" * 500_000, "bad.json")),
    Case("JSON with a number without an end", "hundreds of digits", _file(b'{"results": [' + b"9" * 9_000, "bad.json")),
    Case("JSON with a record without an end", "record of more than 500,000",
         _file(b'{"results": [{"set_id": "' + b"x" * 600_000, "bad.json")),
    Case("JSON that is not UTF-8", "not valid JSON", _file(b'{"results": [{"set_id": "\xff\xfe\xfa"}]}', "bad.json")),
    Case("JSON in UTF-16, cut within a character", "not valid JSON",
         _file(b"\xff\xfe" + '{"results": [{"set_id": "a"}]}'.encode("utf-16-le")[:-5], "bad.json")),
    Case("JSON record that is no object", "no JSON object", _file(b'{"results": [7]}', "bad.json")),
    Case("JSON record without a set id", "without set_id", _file(b'{"results": [{"warnings": ["x"]}]}', "bad.json")),
    Case("JSON record without a section", "no field that is a label section",
         _file(b'{"results": [{"set_id": "a"}]}', "bad.json")),
    # archives
    Case("gzip cut off", "damaged gzip", _file(gzip.compress(GOOD.encode())[:-9], "bad.gz")),
    Case("gzip bomb", "unpacks to more than", _file(gzip.compress(b" " * 2_500_000), "bad.gz")),
    Case("gzip in gzip in gzip", "deeper than 2",
         _file(gzip.compress(gzip.compress(gzip.compress(GOOD.encode()))), "bad.gz")),
    Case("zip cut off", "damaged zip", _file(_zipped(("a.xml", GOOD.encode()))[:-30], "bad.zip")),
    Case("zip with damaged bytes", "damaged zip member",
         _file(_zipped(("a.xml", GOOD.encode()), method=zipfile.ZIP_STORED).replace(b"once", b"nceo"), "bad.zip")),
    Case("zip bomb", "over the bounds", _file(_zipped(("a.xml", b" " * 1_900_000)), "bad.zip")),
    Case("zip bomb of overlapping members", "damaged zip member", _file(_overlapping(), "bad.zip")),
    Case("zip bomb in a zip", "more than any real one would", _file(_nested_bomb(), "bad.zip")),
    Case("zip in zip in zip", "deeper than 2",
         _file(_zipped(("b.zip", _zipped(("a.zip", _zipped(("a.xml", GOOD.encode())))))), "bad.zip")),
    Case("zip locked with a password", "locked with a password", _file(_locked(), "bad.zip")),
    Case("zip packed in an unknown way", "damaged zip member", _file(_method(99), "bad.zip")),
    Case("zip with two members of one name", "second member of this name", _file(_twice(), "bad.zip")),
    Case("zip with a link", "links in archives are never followed", _file(_link(), "bad.zip")),
    Case("zip with a name that leads out", "bad.zip/../../etc/cron.d/x: not well-formed",
         _file(_zipped(("../../etc/cron.d/x", _TRUNCATED)), "bad.zip")),
    Case("zip with a name that steers the terminal", r"bad.zip/a\x1b[2J.xml: not well-formed",
         _file(_zipped(("a\x1b[2J.xml", _TRUNCATED)), "bad.zip")),
    Case("zip without a file", "holds no file", _file(_zipped(), "bad.zip")),
    Case("zip with a vast directory", "room for more than the 200 members",
         _file(_zipped(*((f"{n:080}.xml", b"") for n in range(400))), "bad.zip")),
    # PDF
    Case("PDF locked with a password", "locked with a password", _file(_sheet("Stop.", locked=True), "bad.pdf")),
    Case("PDF cut off", "damaged PDF", _file(_sheet("Stop.")[:300], "bad.pdf")),
    Case("PDF of pictures", "without a text layer on any", _file(_sheet("", ""), "bad.pdf")),
    Case("PDF with a picture of a page", "(page 2): a picture without a text layer",
         _file(_sheet("Active: doi:10.1234/toys.1", ""), "bad.pdf")),
    Case("PDF of too many pages", "more pages or text than allowed", _file(_sheet(*["Stop."] * 4), "bad.pdf")),
    Case("PDF that is no label", "expected a drug label or an article", _file(_sheet("Dear Sir,"), "bad.pdf")),
    # folders
    Case("link out of the folder", "a link out of the folder", _out),
    Case("link to nothing", "a link to nothing", lambda folder: (folder / "bad.xml").symlink_to("nowhere")),
    Case("link to a device", "a link out of the folder", lambda folder: (folder / "bad.xml").symlink_to("/dev/zero")),
    Case("link that goes round", "a link to a folder of this folder", _loop),
    Case("pipe", "neither a file nor a folder", _pipe),
    Case("socket", "neither a file nor a folder", _socket),
    Case("file without the right to read it", "Permission denied; check", _unreadable, rights=True),
    Case("folder without the right to list it", "cannot be listed: Permission denied", _closed_folder,
         rights=True),
    Case("name that steers the terminal", r"bad\x1b[2J\n.xml: not well-formed", _file(_TRUNCATED, "bad\x1b[2J\n.xml")),
    Case("name that is no text", r"bad\udcff.xml: not well-formed", _file(_TRUNCATED, "bad\udcff.xml")),
    # what changes meanwhile
    Case("file that vanishes", "No such file", _file(GOOD.encode()), lambda folder: (folder / "bad.xml").unlink()),
    Case("file that a pipe replaces", "no plain file any more", _file(GOOD.encode()), _pipe),
    Case("file that grows while it is read", "changed while it was read", _file(_LONG_JSON, "bad.json"), during=_grow),
)  # fmt: skip


def main() -> None:
    """Runs every case and prints the table; exit code 1 where a message is missing or the good label was not read."""
    wrong = 0
    sys.stdout.write("| kind | message | the label beside it |\n|---|---|---|\n")
    for case in CASES:
        outcome = run(case)
        said = next((message for message in outcome.messages if case.says in message), "NONE")
        wrong += said == "NONE" or not outcome.good
        sys.stdout.write(f"| {case.kind} | {said[:200]} | {'read' if outcome.good else 'LOST'} |\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{len(CASES)} kinds, {wrong} without their message or with the good label lost\n")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
