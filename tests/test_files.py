"""Files, folders and archives of any origin: told by their content, bounded, and one bad one never stops the others."""

import hashlib
import os
import random
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from ingest import files, xml
from ingest.spl import ClassTable
from rag.errors import SourceError
from rag.records import Document
from rag.settings import SourceSettings
from tests.toys import article, article_set, class_file, gzipped, items, openfda, p, record, section, spl, zipped

LABEL = spl(section("X", p("Stop at once.")))
SMALL = SourceSettings(max_xml_bytes=3_000, max_json_bytes=3_000, max_depth=40, max_ratio=50)


def ids(data: bytes, name: str = "toy", settings: SourceSettings | None = None) -> list[str]:
    """Ids of the documents that a file or archive holds."""
    return [item.id for item in items(data, name, settings) if isinstance(item, Document)]


def broken(data: bytes, name: str = "toy", settings: SourceSettings | None = None) -> list[tuple[str, str]]:
    """Name and reason of all that cannot be read."""
    return [(item.name, item.reason) for item in items(data, name, settings) if isinstance(item, files.Broken)]


def reason(data: bytes, settings: SourceSettings | None = None) -> str:
    [(_, why)] = broken(data, settings=settings)
    return why


def label(set_id: str) -> bytes:
    return spl(section("X", p("Stop at once.")), set_id=set_id)


# The kind is told from the content


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (LABEL, "label"),
        (b"\xef\xbb\xbf" + LABEL, "label"),
        (b"\xff\xfe" + LABEL.decode().replace("UTF-8", "UTF-16").encode("utf-16-le"), "label"),
        (LABEL.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"), "label"),
        (b"  \n" + LABEL.partition(b"?>")[2], "label"),
        (openfda(record(warnings=["Stop."])), "label"),
        (b"\n " + openfda(record(warnings=["Stop."])), "label"),
        (article_set(article()), "article"),
    ],
    ids=["spl", "utf-8 mark", "utf-16", "latin-1", "white space", "json", "json after white space", "pubmed"],
)
def test_a_file_is_told_by_its_content_whatever_its_name(data: bytes, kind: str) -> None:
    [found] = items(data, "picture.jpg")
    assert isinstance(found, Document) and found.kind == kind


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b" \n\t ", "the file is empty"),
        (b"\x00\x00\x00", "neither XML nor JSON"),
        (b"Set id: 1", "neither XML nor JSON"),
        (b"%PDF-1.7 ...", "damaged PDF"),
        (b"<codeList/>", "root <codeList>"),
        (b"<document><setId root='a'/></document>", "root <document>"),
        (b'<document xmlns="urn:other"><setId root="a"/></document>', "root <document>"),
        (b"<document", "not well-formed"),
        (LABEL[:-20], "not well-formed"),
        (LABEL + b"<more/>", "not well-formed"),
        (LABEL.replace(b"Stop", b"St\x00op"), "not well-formed"),
        (LABEL.replace(b"Stop", b"St\x0bop"), "not well-formed"),
        (LABEL.replace(b"Stop", b"St\xffop"), "not well-formed"),
        (LABEL.replace(b"Stop", b"a &nbsp; b"), "not well-formed"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(data: bytes, why: str) -> None:
    assert why in reason(data)


@pytest.mark.parametrize("mark", ["<?x?>", "<!-- -->", "<!DOCTYPE a [ ] >", "<!DOCTYPE a [] [", "<?xml >", "<!-- "])
def test_what_begins_with_marks_by_the_hundred_is_told_at_once(mark: str) -> None:
    begun = time.process_time()
    assert reason((mark * 4_000)[:4_096].encode() + b"<a")
    assert time.process_time() - begun < 2


# Hostile XML


def with_doctype(subset: str, text: str = "Stop.") -> bytes:
    body = spl(section("X", p(text))).partition(b"?>")[2]
    return f'<?xml version="1.0"?><!DOCTYPE document {subset}>'.encode() + body


@pytest.mark.parametrize(
    ("subset", "text"),
    [
        ('[<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]', "&c;"),
        ('[<!ENTITY x SYSTEM "file:///etc/hostname">]', "&x;"),
        ('[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]', "&x;"),
        ('[<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]', "Stop."),
        ('[<!ENTITY unused "ha">]', "Stop."),
    ],
    ids=["a bomb", "a file", "an address", "a parameter", "unused"],
)
def test_xml_with_entities_of_its_own_is_refused(subset: str, text: str) -> None:
    assert "declares entities of its own" in reason(with_doctype(subset, text))


def test_a_bomb_of_entities_is_refused_before_it_grows() -> None:
    bomb = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 12))
    why = reason(with_doctype(f'[<!ENTITY x0 "ha">{bomb}]', "&x11;"))
    assert "entities" in why or "not well-formed" in why


@pytest.mark.parametrize(
    "subset", ['SYSTEM "spl.dtd"', 'PUBLIC "-//X//EN" "http://127.0.0.1:9/x.dtd"', "[<!ELEMENT document ANY>]"]
)
def test_a_doctype_without_entities_is_accepted_and_never_fetched(subset: str) -> None:
    assert ids(with_doctype(subset)) == ["toy-1"]


def test_the_parser_brings_no_words_of_another_file_into_the_text(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    included = LABEL.replace(
        b"<paragraph>",
        f'<paragraph><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'.encode(),
    )
    assert not any("SECRET" in item.text for item in items(included) if isinstance(item, Document))


def test_xml_over_the_bound_is_refused_with_the_setting_that_raises_it() -> None:
    assert "max_xml_bytes" in reason(spl(section("X", p("word " * 1000))), SMALL)


def test_xml_nested_too_deep_is_refused() -> None:
    deep = LABEL.replace(b"Stop", b"<content>" * 60 + b"Stop" + b"</content>" * 60)
    assert "deeper than 40" in reason(deep, SMALL)
    bottomless = LABEL.replace(b"Stop", b"<content>" * 5_000 + b"Stop" + b"</content>" * 5_000)
    assert "Excessive depth" in reason(bottomless)


def test_the_deepest_xml_allowed_is_read_without_running_out_of_stack() -> None:
    settings = SourceSettings()
    deep = settings.max_depth - 8
    assert ids(LABEL.replace(b"Stop", b"<content>" * deep + b"Stop" + b"</content>" * deep)) == ["toy-1"]
    nested = section("leaf", p("Text."))
    for _ in range(90):
        nested = section("x", inner=[nested])
    assert ids(spl(nested)) == ["toy-1"]


def test_comments_and_instructions_are_no_elements() -> None:
    root = xml.parse(b"<a><!-- x --><?do it?><b/></a>", SourceSettings())
    assert [xml.local(child) for child in root] == ["b"]


# Archives


def test_a_zip_and_a_zip_of_zips_are_read_to_the_labels_in_them() -> None:
    release = zipped(
        {"rx/a.zip": zipped({"a.xml": label("a"), "a-01.jpg": b"\xff\xd8"}), "rx/b.xml": label("b"), "rx/": b""}
    )
    assert ids(release, "release.zip") == ["a", "b"]
    assert broken(release) == []


def test_a_member_is_named_by_its_way_through_the_archives() -> None:
    release = zipped({"rx/a.zip": zipped({"a.xml": b"<codeList/>"})})
    assert [name for name, _ in broken(release, "release.zip")] == ["release.zip/rx/a.zip/a.xml"]


def test_a_zip_holds_labels_articles_class_files_and_records_side_by_side() -> None:
    mixed = zipped({
        "a.xml": LABEL,
        "b.json": openfda(record("b", warnings=["Stop."])),
        "c.xml": class_file("TOYAZOLE", "Toy Inhibitor [EPC]"),
        "d.xml.gz": gzipped(article_set(article("7"))),
    })  # fmt: skip
    assert ids(mixed) == ["toy-1", "b", "7"]
    assert sum(isinstance(item, ClassTable) for item in items(mixed)) == 1


def test_archives_nested_deeper_than_allowed_are_refused() -> None:
    three = zipped({"2.zip": zipped({"1.zip": zipped({"a.xml": LABEL})}), "b.xml": label("b")})
    assert ids(three) == ["b"]
    assert "deeper than 2" in broken(three)[0][1]


def test_a_member_that_unpacks_out_of_all_proportion_is_refused_and_the_others_are_read() -> None:
    bomb = zipped({"bomb.xml": b"<a>" + b" " * 2_900 + b"</a>", "b.xml": label("b")})
    assert ids(bomb, settings=SMALL) == ["b"]
    assert "over the bounds" in broken(bomb, settings=SMALL)[0][1]


def test_a_member_over_the_bound_of_its_kind_is_refused_whatever_its_name() -> None:
    noise = random.Random(1).randbytes(3_000).hex()
    settings = SourceSettings(max_xml_bytes=4_000, max_record_bytes=5_000)
    [(_, why)] = broken(zipped({"a.json": spl(section("X", p(noise)))}), settings=settings)
    assert "over the bound of 4,000" in why
    [(_, why)] = broken(zipped({"a.xml": openfda(record(warnings=[noise]))}), settings=settings)
    assert "record of more than 5,000 bytes" in why
    [(_, why)] = broken(zipped({"a.xml": noise.encode()}), settings=SourceSettings(max_json_bytes=4_000))
    assert "over the bounds" in why


def test_a_gzip_bomb_is_refused_unread() -> None:
    assert "unpacks to more than the bound" in reason(gzipped(b" " * 100_000), SMALL)


def test_a_damaged_gzip_is_named_wherever_it_is_damaged() -> None:
    whole = gzipped(LABEL)
    for at in range(2, len(whole), 7):
        found = broken(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert not found or "damaged gzip" in found[0][1] or "neither" in found[0][1], at
    for end in range(2, len(whole), 11):
        assert "damaged gzip" in reason(whole[:end]) or "empty" in reason(whole[:end])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_is_named_wherever_it_is_damaged(method: int) -> None:
    whole = zipped({"ä.xml": LABEL, "b.xml": label("b")}, method)
    for at in range(4, len(whole)):
        change = (0x01, 0xFF, 0x80)[at % 3]
        items(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])  # anything but an exception
    for end in range(4, len(whole), 29):
        assert broken(whole[:end])


def test_a_damaged_member_does_not_stop_the_others() -> None:
    whole = zipped({"a.xml": label("aaaa"), "b.xml": label("b")}, zipfile.ZIP_STORED)
    assert ids(whole.replace(b"aaaa", b"aaab", 1)) == ["b"]
    assert "damaged zip member" in broken(whole.replace(b"aaaa", b"aaab", 1))[0][1]


def test_an_encrypted_member_is_named() -> None:
    whole = bytearray(zipped({"a.xml": LABEL}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        whole[whole.index(mark) + (6 if mark.endswith(b"\x04") else 8)] |= 1
    assert "locked with a password" in reason(bytes(whole))


@pytest.mark.parametrize("tree", [{}, {"readme/": b""}])
def test_an_archive_without_members_is_named(tree: dict[str, bytes]) -> None:
    assert "holds no file" in reason(zipped(tree))


@pytest.mark.parametrize(
    "name", ["../../outside.xml", "/etc/outside.xml", "C:\\outside.xml", "a\nb.xml", "x" * 300 + ".xml"]
)
def test_names_within_an_archive_lead_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.parent.iterdir())
    assert ids(zipped({name: LABEL})) == ["toy-1"]
    assert set(tmp_path.parent.iterdir()) == before and not list(tmp_path.glob("**/*outside*"))


# Streams


def peak_of(source: files.Source) -> int:
    """The most bytes held at one time while all of a source is read."""
    tracemalloc.start()
    try:
        for item in files.contents(source, SourceSettings()):
            assert isinstance(item, Document)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_release_is_read_a_label_at_a_time(tmp_path: Path) -> None:
    text = random.Random(1).randbytes(20_000).hex()
    inner = {f"{n}.zip": zipped({f"{n}.xml": spl(section("X", p(f"{text} {n}")), set_id=str(n))}) for n in range(150)}
    (tmp_path / "release.zip").write_bytes(zipped(inner, zipfile.ZIP_STORED))
    inner.clear()
    with open(tmp_path / "release.zip", "rb") as stream:
        assert stream.seek(0, os.SEEK_END) > 3_000_000
        assert peak_of(files.Source("release.zip", stream)) < 1_500_000


def test_a_part_is_read_a_record_at_a_time(tmp_path: Path) -> None:
    records = [record(f"set-{n}", warnings=[f"Stop at once, says label {n}. " * 1_000]) for n in range(300)]
    (tmp_path / "part.json").write_bytes(openfda(*records))
    with open(tmp_path / "part.json", "rb") as stream:
        assert stream.seek(0, os.SEEK_END) > 8_000_000
        assert peak_of(files.Source("part.json", stream)) < 2_000_000


def test_a_file_above_the_bound_of_memory_has_the_same_hash_and_content_as_one_below_it(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.xml": LABEL}))
    found = []
    for settings in (SourceSettings(), SourceSettings(max_xml_bytes=(tmp_path / "a.zip").stat().st_size - 1)):
        with files.opened(tmp_path / "a.zip", settings) as opened:
            found.append((opened.sha256, list(files.contents(opened.source, SourceSettings()))))
    assert found[0] == found[1] and len(found[0][1]) == 1
    assert found[0][0] == hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()


def test_json_of_any_unicode_encoding_is_read() -> None:
    text = openfda(record("größe", warnings=["Stop."])).decode()
    for encoded in (text.encode("utf-8-sig"), *(text.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be"))):
        assert ids(encoded) == ["größe"]


# Folders


def test_a_folder_gives_its_files_in_a_stable_order_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.xml", "a.xml", "sub/c.xml", ".hidden.xml", ".git/d.xml", "sub/.e/f.xml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(LABEL)
    assert [str(path.relative_to(tmp_path.resolve())) for path in files.find([tmp_path]).files] == [
        "a.xml",
        "b.xml",
        "sub/c.xml",
    ]


def test_a_path_given_twice_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(LABEL)
    assert len(files.find([tmp_path / "a.xml", tmp_path, tmp_path / "." / "a.xml"]).files) == 1


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    (tmp_path / ".a.xml").write_bytes(LABEL)
    assert len(files.find([tmp_path / ".a.xml"]).files) == 1


def test_links_out_of_a_folder_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.xml").write_bytes(LABEL)
    (tmp_path / "in" / "a.xml").write_bytes(LABEL)
    os.symlink(tmp_path / "out.xml", tmp_path / "in" / "link.xml")
    os.symlink(tmp_path / "in" / "a.xml", tmp_path / "in" / "same.xml")
    os.symlink(tmp_path / "nowhere", tmp_path / "in" / "dangling.xml")
    found = files.find([tmp_path / "in"])
    assert [path.name for path in found.files] == ["a.xml"]
    reasons = {Path(one.name).name: one.reason for one in found.refused}
    assert "out of the folder" in reasons["link.xml"] and "link to nothing" in reasons["dangling.xml"]
    assert len(reasons) == 2


def test_a_path_that_does_not_exist_is_an_error_that_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist; give a file or folder"):
        files.find([tmp_path / "nothing"])
