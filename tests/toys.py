"""TOY DATA, not for clinical use: tiny source files in our own words, and an encoder that needs no model.

What is made here are bytes, as a fetcher would bring them; the readers under test make documents of them.
"""

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from ingest import files
from rag.index.encoder import Vectors
from rag.records import Block, BlockKind, Document
from rag.settings import SourceSettings

# Models


class HashEncoder:
    """Unit vectors from the words of a text: nothing is learnt, nothing loads, the same words are near each other."""

    def __init__(self, dim: int = 32) -> None:
        self.name = "toy-hash"
        self.dim = dim
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.seen.extend(texts)
        found = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in text.lower().split():
                digest = hashlib.sha256(word.encode()).digest()
                row[digest[0] % self.dim] += 1.0 if digest[1] % 2 else -1.0
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def count_words(texts: Sequence[str]) -> list[int]:
    """Words as tokens: easy to reckon with."""
    return [len(text.split()) for text in texts]


# SPL. Content is markup, so that a test can say what it is about.


def p(*content: str) -> str:
    return f"<paragraph>{''.join(content)}</paragraph>"


def bold(content: str) -> str:
    return f'<content styleCode="bold">{content}</content>'


def row(*cells: str) -> str:
    """A table row; a cell that is no element yet becomes <td>."""
    return f"<tr>{''.join(cell if cell.startswith('<t') else f'<td>{cell}</td>' for cell in cells)}</tr>"


def table(*rows: str, caption: str = "", head: Sequence[str] = (), foot: Sequence[str] = ()) -> str:
    return (
        "<table>"
        + (f"<caption>{caption}</caption>" if caption else "")
        + (f"<thead>{''.join(head)}</thead>" if head else "")
        + (f"<tfoot>{''.join(foot)}</tfoot>" if foot else "")
        + f"<tbody>{''.join(rows)}</tbody></table>"
    )


def section(
    title: str | None, *content: str, code: str | None = None, inner: Sequence[str] = (), more: str = ""
) -> str:
    """A section; ``inner`` are sections in it, ``more`` is markup beside its text (an <excerpt>, a <subject>)."""
    return (
        "<section>"
        + (f'<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>' if code else "")
        + (f"<title>{title}</title>" if title is not None else "")
        + (f"<text>{''.join(content)}</text>" if content else "")
        + more
        + "".join(f"<component>{part}</component>" for part in inner)
        + "</section>"
    )


def ingredient(substance: str, *moieties: tuple[str, str], unii: str | None = None, kind: str = "ACTIB") -> str:
    """An ingredient with its substance's UNII and its active moieties as (name, UNII)."""

    def code(value: str | None) -> str:
        return f'<code code="{value}" codeSystem="2.16.840.1.113883.4.9"/>' if value else ""

    active = "".join(
        f"<activeMoiety><activeMoiety>{code(own)}<name>{escape(name)}</name></activeMoiety></activeMoiety>"
        for name, own in moieties
    )
    return (
        f'<ingredient classCode="{kind}"><ingredientSubstance>{code(unii)}<name>{escape(substance)}</name>{active}'
        "</ingredientSubstance></ingredient>"
    )


def product(
    name: str,
    *ingredients: str,
    generic: str | None = None,
    form: str | None = "TABLET",
    routes: Sequence[str] = ("ORAL",),
    more: str = "",
) -> str:
    """A product as the product data section holds it; ``more`` is markup in it (parts of a kit)."""
    consumed = "".join(
        f'<substanceAdministration><routeCode displayName="{route}"/></substanceAdministration>' for route in routes
    )
    return (
        f"<subject><manufacturedProduct><manufacturedProduct><name>{escape(name)}</name>"
        + (f"<formCode displayName={quoteattr(form)}/>" if form is not None else "")
        + (
            f"<asEntityWithGeneric><genericMedicine><name>{escape(generic)}</name></genericMedicine></asEntityWithGeneric>"
            if generic
            else ""
        )
        + f"{''.join(ingredients)}{more}</manufacturedProduct><consumedIn>{consumed}</consumedIn>"
        + "</manufacturedProduct></subject>"
    )


TOY = product("Toyazole", ingredient("TOYAZOLE"), generic="toyazole")


def spl(
    *sections: str,
    set_id: str = "toy-1",
    version: str | None = "1",
    effective: str | None = "20250131",
    title: str | None = "Toy label",
    products: Sequence[str] = (TOY,),
    maker: str = "Toy Laboratories",
    more: str = "",
) -> bytes:
    """A label; ``more`` is markup beside its header (a <relatedDocument>)."""
    data = section(None, code="48780-1", more="".join(products))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><document xmlns="urn:hl7-org:v3">'
        + f'<id root="{set_id}-revision-{version}"/><code code="34391-3"/>'
        + (f"<title>{title}</title>" if title is not None else "")
        + (f'<effectiveTime value="{effective}"/>' if effective else "")
        + f'<setId root="{set_id}"/>'
        + (f'<versionNumber value="{version}"/>' if version else "")
        + f"<author><assignedEntity><representedOrganization><name>{escape(maker)}</name></representedOrganization>"
        + f"</assignedEntity></author>{more}<component><structuredBody>"
        + "".join(f"<component>{part}</component>" for part in (data, *sections))
        + "</structuredBody></component></document>"
    ).encode()


def class_file(
    substance: str, *classes: str, set_id: str = "toy-classes", version: str = "1", unii: str = "TOY0000001"
) -> bytes:
    """An "Indexing - Pharmacologic Class" file; classes as "Toy Inhibitor [EPC]"."""
    kinds = "".join(
        f"<asSpecializedKind><generalizedMaterialKind><code displayName={quoteattr(name)}/></generalizedMaterialKind>"
        "</asSpecializedKind>"
        for name in classes
    )
    return (
        f'<document xmlns="urn:hl7-org:v3"><id root="{set_id}-v"/><code code="60685-5"/><setId root="{set_id}"/>'
        f'<versionNumber value="{version}"/><component><structuredBody><component><section><code code="48779-3"/>'
        f'<subject><identifiedSubstance><id extension="{unii}"/><identifiedSubstance><code code="{unii}"/>'
        f"<name>{escape(substance)}</name>{kinds}</identifiedSubstance></identifiedSubstance></subject></section>"
        "</component></structuredBody></component></document>"
    ).encode()


# openFDA and PubMed


def record(set_id: str = "toy-1", about: object = None, **fields: object) -> dict[str, Any]:
    """A record of the openFDA label endpoint; ``about`` is its "openfda" block."""
    named = {"brand_name": ["Toyazole"], "generic_name": ["TOYAZOLE"], "substance_name": ["TOYAZOLE"]}
    return {"set_id": set_id, "openfda": named if about is None else about, **fields}


def openfda(*records: object) -> bytes:
    return json.dumps({"meta": {}, "results": list(records)}).encode()


def article(
    pmid: str = "1001",
    title: str = "A toy study",
    abstract: str = "<AbstractText>Nothing was found.</AbstractText>",
    date: str = "<Year>2024</Year><Month>Mar</Month><Day>5</Day>",
    within: str = "",
    ids: str = "",
    version: str = "1",
    completed: str = "",
) -> str:
    """A PubmedArticle; ``within`` is markup in <Article>, ``ids`` in the list of its other ids."""
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>{completed}<Article><Journal>'
        f"<JournalIssue><PubDate>{date}</PubDate></JournalIssue></Journal><ArticleTitle>{title}</ArticleTitle>"
        f"<Abstract>{abstract}</Abstract>{within}</Article></MedlineCitation>"
        f"<PubmedData><ArticleIdList>{ids}</ArticleIdList></PubmedData></PubmedArticle>"
    )


def article_set(*articles: str) -> bytes:
    return f"<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>".encode()


# Archives


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


# Reading


def items(data: bytes, name: str = "toy", settings: SourceSettings | None = None) -> list[files.Content]:
    """All that a file or archive holds; what cannot be read at all is a ``Broken`` too."""
    return list(files.contents(files.Source(name, data), settings or SourceSettings()))


def read(data: bytes) -> Document:
    """The one document that ``data`` holds, and it is sound."""
    [found] = items(data)
    assert isinstance(found, Document), found
    assert_sound(found)
    return found


def read_section(*content: str, title: str | None = "7 DRUG INTERACTIONS", code: str | None = "34073-7") -> Document:
    """A label with one section."""
    return read(spl(section(title, *content, code=code)))


# Looking at what was read


def lines(document: Document, *kinds: BlockKind) -> list[str]:
    """The lines of a document; of some kinds only."""
    return [document.text[b.start : b.end] for b in document.blocks if not kinds or b.kind in kinds]


def block(document: Document, words: str) -> Block:
    """The first block that holds ``words``."""
    return next(b for b in document.blocks if words in document.text[b.start : b.end])


def rows(document: Document) -> list[Block]:
    return [b for b in document.blocks if b.kind is BlockKind.ROW]


def cells(document: Document, of: Block) -> list[tuple[int, str]]:
    """Column and words of each cell of a row."""
    return [(cell.column, document.text[cell.start : cell.end]) for cell in of.cells]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def assert_sound(document: Document) -> None:
    """What holds of every document: each line is a block, and every span says what it claims to say."""
    text = document.text
    assert [text[b.start : b.end] for b in document.blocks] == (text.split("\n") if text else [])
    for line in text.split("\n"):
        assert line == squeezed(line)
    for one in document.blocks:
        if one.cells:
            assert " | ".join(text[cell.start : cell.end] for cell in one.cells) == text[one.start : one.end]
            assert [cell.column for cell in one.cells] == sorted({cell.column for cell in one.cells})
        for cell in one.cells:
            assert " ".join(span.of(text) for span in cell.lines) == text[cell.start : cell.end]
        if one.context:
            for span in one.context.spans:
                assert span.of(text) and span.of(text) in one.context.text
                assert not one.start <= span.start < one.end
            assert len(one.context.columns) in (0, len(one.cells))
    open_: list[tuple[int, int]] = []
    for part in document.sections:
        assert 0 <= part.start <= part.end
        open_ = open_[: len(part.path) - 1]
        assert len(open_) == len(part.path) - 1 and part.path[-1] == part.heading
        assert all(start <= part.start and (part.end <= end or part.start == part.end) for start, end in open_)
        open_.append((part.start, part.end))
