"""Sections, blocks and products of a document as compact JSON, and back. Kept apart so that the records stay plain."""

import json
from typing import Any

from rag.records import (
    Block,
    BlockKind,
    Cell,
    ClassMembership,
    Context,
    Document,
    Ingredient,
    Mark,
    Product,
    Section,
    Span,
)


def dump(document: Document) -> str:
    """One JSON text; spans as pairs of numbers, journal, marks, pages and end only where there are any."""
    said = {"journal": document.journal, "marks": document.marks, "pages": document.pages, "ended": document.ended}
    return json.dumps(
        {
            "sections": [[s.code, s.number, s.heading, s.path, s.start, s.end] for s in document.sections],
            "blocks": [_block(b) for b in document.blocks],
            "products": [
                [p.brand, p.generic, [[i.name, i.substance, i.unii] for i in p.ingredients], p.form, p.routes]
                for p in document.products
            ],
            "classes": [[c.substance, c.unii, c.name, c.kind, c.source] for c in document.classes],
        }
        | {name: value for name, value in said.items() if value},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def sections(body: dict[str, Any]) -> tuple[Section, ...]:
    """The sections of a loaded body."""
    return tuple(
        Section(code, number, heading, tuple(path), start, end)
        for code, number, heading, path, start, end in body["sections"]
    )


def blocks(body: dict[str, Any]) -> tuple[Block, ...]:
    """The blocks of a loaded body."""
    return tuple(_loaded(item) for item in body["blocks"])


def products(body: dict[str, Any]) -> tuple[Product, ...]:
    """The products of a loaded body."""
    return tuple(
        Product(brand, generic, tuple(Ingredient(*i) for i in ingredients), form, tuple(routes))
        for brand, generic, ingredients, form, routes in body["products"]
    )


def classes(body: dict[str, Any]) -> tuple[ClassMembership, ...]:
    """The class memberships of a loaded body."""
    return tuple(ClassMembership(*item) for item in body["classes"])


def marks(body: dict[str, Any]) -> tuple[Mark, ...]:
    """What has been said of the document of a loaded body since it was published."""
    return tuple(map(Mark, body.get("marks", ())))


def _block(block: Block) -> list[Any]:
    item: list[Any] = [block.kind.value, block.start, block.end]
    if block.context or block.cells:
        item.append(
            [block.context.text, [[s.start, s.end] for s in block.context.spans], block.context.columns]
            if block.context
            else None
        )
        item.append([[c.column, c.start, c.end, [[s.start, s.end] for s in c.lines]] for c in block.cells])
    return item


def _loaded(item: list[Any]) -> Block:
    kind, start, end, *rest = item
    if not rest:
        return Block(BlockKind(kind), start, end)
    context, cells = rest
    return Block(
        BlockKind(kind),
        start,
        end,
        Context(context[0], tuple(Span(*s) for s in context[1]), tuple(context[2])) if context else None,
        tuple(Cell(column, a, b, tuple(Span(*s) for s in lines)) for column, a, b, lines in cells),
    )
