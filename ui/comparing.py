"""The command ``diff``: what changed between two versions of a label."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import UsageError
from ui.command import AsJson, echo_json, settings

if TYPE_CHECKING:
    from rag.changes import Change, Difference, Line, SectionChange
    from rag.index.index import Index
    from rag.index.rows import VersionRow
    from rag.records import Document

Json = dict[str, Any]


def diff(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="SET_ID", help='As "rxcite status" lists it.')],
    first: Annotated[
        str | None, typer.Argument(metavar="[V1", help="Version or date; default: the one before.")
    ] = None,
    second: Annotated[str | None, typer.Argument(metavar="V2]", help="Default: the one in service.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two versions, by section; boxed warning, contraindications and doses first.

    rxcite diff demo-propafenone 1 2 --index demo
    """
    from rag.changes import compare
    from rag.index.index import Index
    from ui import terminal

    chosen = settings(ctx)
    with Index.open(chosen) as index:
        before, after = _two(index, id, first, second)
    found = compare(before, after)
    if as_json:
        echo_json(_json(found))
        return
    out = terminal.console()
    terminal.line(f"{after.title}: {_name(before)} → {_name(after)}", out, bold=True)
    for field in found.about:
        terminal.line(f"{field.name}: {field.before or 'none'} → {field.after or 'none'}", out)
    if not found.sections:
        terminal.line("No sentence and no table row differs.", out)
    for section in found.sections:
        terminal.listing(_head(section), map(_said, section.changes), out)


def _two(index: "Index", id: str, first: str | None, second: str | None) -> tuple["Document", "Document"]:
    versions = index.versions(id)
    if not versions:
        raise UsageError(f'no document {id} in index "{index.settings.index}"; "rxcite status" lists the ids')
    later = _named(versions, id, second) if second else next((v for v in versions if v.current), versions[0])
    earlier = _named(versions, id, first) if first else _before(later, versions)
    if earlier is None:
        raise UsageError(
            f"nothing is older than {_known([later])} of {id}; diff needs two versions: {_known(versions)}"
        )
    return index.document_at(earlier.row), index.document_at(later.row)


def _named(versions: Sequence["VersionRow"], id: str, version: str) -> "VersionRow":
    """By number, else by date; of several readings of one version the last."""
    for key in ("version", "effective"):
        if found := [row for row in versions if getattr(row, key) == version]:
            return found[0]
    raise UsageError(f"no version {version} of {id}; there are: {_known(versions)}")


def _before(later: "VersionRow", versions: Sequence["VersionRow"]) -> "VersionRow | None":
    """The newest that is older; of a version that was read twice, what the older reader made of it, if nothing else."""

    def age(row: "VersionRow") -> tuple[int, str]:
        return int(row.version) if row.version and row.version.isdecimal() else 0, row.effective or ""

    older = [row for row in versions if age(row) < age(later)]
    earlier = [row for row in versions if age(row) == age(later) and row.row < later.row]
    return max(older or earlier, key=lambda row: (*age(row), row.row), default=None)


def _known(versions: Sequence["VersionRow"]) -> str:
    return ", ".join(dict.fromkeys(row.version or row.effective or "one without number and date" for row in versions))


def _name(document: "Document") -> str:
    version = f"version {document.version}" if document.version else "no version number"
    return f"{version}, {document.effective or 'date not given'}"


def _head(section: "SectionChange") -> str:
    number = f"{section.section.number} " if section.section.number else ""
    above = (
        " > ".join((*section.section.path[:-1], f"{number}{section.section.heading}".strip())) or "before any heading"
    )
    kind = "" if section.kind == "changed" else f" (section {section.kind})"
    return f"{'! ' if section.leads else ''}{above}{kind}"


def _said(change: "Change") -> str:
    before, after = (_words(line) for line in (change.before, change.after))
    said = {
        "added": f"added: {after}",
        "removed": f"removed: {before}",
        "changed": f"was: {before}\nnow: {after}",
        "moved": f"moved here from {' > '.join(change.origin) or 'before any heading'}: {after}",
    }[change.kind.value]
    if change.kind == "changed" and (change.gone or change.new):
        said += f"\nnumbers: {', '.join(change.gone) or 'none'} → {', '.join(change.new) or 'none'}"
    return said


def _words(line: "Line | None") -> str:
    if line is None:
        return ""
    return f"{line.text} [{line.context}]" if line.context else line.text


def _json(found: "Difference") -> Json:
    def document(one: "Document") -> Json:
        return {"version": one.version, "effective": one.effective, "title": one.title, "revision": one.revision}

    return {
        "id": found.after.id,
        "before": document(found.before),
        "after": document(found.after),
        "about": [{"field": f.name, "before": f.before, "after": f.after} for f in found.about],
        "sections": [
            {
                "kind": section.kind.value,
                "code": section.section.code,
                "number": section.section.number,
                "heading": section.section.heading,
                "path": list(section.section.path),
                "leads": section.leads,
                "changes": [_change(change) for change in section.changes],
            }
            for section in found.sections
        ],
    }


def _change(change: "Change") -> Json:
    def line(one: "Line | None") -> Json | None:
        if one is None:
            return None
        return {"text": one.text, "start": one.span.start, "end": one.span.end, "context": one.context}

    return {
        "kind": change.kind.value,
        "before": line(change.before),
        "after": line(change.after),
        "gone": list(change.gone),
        "new": list(change.new),
        "origin": list(change.origin),
    }
