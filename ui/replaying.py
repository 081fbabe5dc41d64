"""The command ``replay``: a recorded question answered again, and what became of its answer."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import ModelMissing, SourceError
from ui.arms import EACH, Arm, Arms, models, needed
from ui.command import AsJson, echo_json, settings, warn

if TYPE_CHECKING:
    from rag.answer.record import Record
    from rag.records import Document, IndexState

Json = dict[str, Any]

_BESIDE = ("timings_ms", "index", "notices")
"""Fields that are no part of what is answered; notices go by today's date ("older than a year")."""
_PLACES = 6
"""Decimals of a score that are compared: the last bits depend on the machine."""


class State(StrEnum):
    """The index of now against the one of the record."""

    SAME = "same"
    NEWER = "newer"
    OLDER = "older"
    OTHER = "other"
    """Other documents, and no later state of the same index: built anew, or another name."""


class Fate(StrEnum):
    """What became of a quote in a document that changed."""

    KEPT = "kept"
    GONE = "gone"
    REMOVED = "document removed"


@dataclass(frozen=True, slots=True)
class Moved:
    """Texts that one answer has and the other has not."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuoteFate:
    """A quote of the recorded answer whose document has another version now, or none."""

    document: str
    title: str
    section: str
    before: str
    after: str | None
    """Version and date now; None where the document is no longer served."""
    fate: Fate
    quote: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a recorded answer and the one of now."""

    verdict: tuple[str, str] | None
    claims: Moved
    regraded: tuple[str, ...]
    """Claims of the same words that stand on another basis, or whose check or evidence is another."""
    warnings: Moved
    management: Moved
    missing: Moved
    drugs: Moved
    quotes: tuple[QuoteFate, ...]
    fields: tuple[str, ...]
    """Fields of the answer's JSON that differ at all."""


def replay(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help='Written by "rxcite ask --record DIR".')],
    model: Annotated[
        str | None, typer.Option("--model", metavar="SPEC", help="Who writes; by default the model of the record.")
    ] = None,
    adapter: Annotated[
        str | None, typer.Option("--adapter", metavar="NAME", help="Its adapter; by default the record's, by name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a recorded question again, and say what changed.

    On the same index the answer must be the same: exit 0, or 1 where it is not. On a newer one: what changed. The index
    is the one that the record names, unless --index says another.

    rxcite replay records/1f0c5d7a9b3e42d6a8c01b2f.json
    """
    from rag.answer.record import contents_of, gone, load, program
    from rag.index.index import Index
    from ui import show_json

    kept = load(file)
    if kept.asked.arm not in EACH:
        raise SourceError(f"{file} is an answer of the arm {kept.asked.arm!r}; known are {', '.join(EACH)}")
    arm = Arm(kept.asked.arm)
    spec = needed(arm, model or (kept.model.name if kept.model else "extractive"))
    chosen = replace(
        settings(ctx),
        index=ctx.obj.index or kept.index.name,
        encoder=ctx.obj.encoder or kept.index.encoder,
        search=kept.asked.search,
    )
    with Index.open(chosen) as index:
        asked = kept.asked
        recorded = kept.model.adapter if kept.model and model is None else None  # its name and the start of its hash
        writer, judge = models(spec, chosen, adapter or (recorded.partition("@")[0] if recorded else None))
        if writer and kept.model and writer.adapter != kept.model.adapter:
            raise ModelMissing(
                f"{file} is an answer with the adapter {kept.model.adapter or 'none'}; the one here is"
                f" {writer.adapter or 'none'}; name it with --adapter"
            )
        if writer and kept.model and writer.sha256 != kept.model.sha256:
            raise ModelMissing(
                f"{file} is an answer of {kept.model.name} with weights of sha256 {kept.model.sha256}; those of"
                f" {writer.name} here are of {writer.sha256}; name the model with --model"
            )
        given = Arms(index, chosen, asked.drugs, asked.k, writer, judge).answer(asked.question, arm).answer
        now = show_json.answer(given)
        state = _state(kept, given.index, contents_of(index))
        changed = changes(kept.answer, now, index.document)
        lost = gone(kept, index)
    if as_json:
        echo_json(
            {
                "record": {"file": str(file), "made": kept.made, "rxcite": kept.rxcite, "index": asdict(kept.index)},
                "index": asdict(given.index),
                "state": state.value,
                "same_answer": not changed.fields,
                "changes": asdict(changed),
                "passages_gone": [passage.id for passage in lost],
                "answer": now,
            }
        )
    else:
        _print(kept, given.index, state, changed, len(lost))
    if state is State.SAME and changed.fields:
        versions = f"rxcite {kept.rxcite} then, {program()} now"
        warn(f"the index is the same and the answer is not ({versions}); it differs in {', '.join(changed.fields)}")
        raise typer.Exit(1)


def changes(before: Json, after: Json, document: Callable[[str], "Document | None"]) -> Changes:
    """What differs between two answers (JSON of ``contract.md``); ``document`` gives what is served under an id now.

    Raises:
        SourceError: ``before`` is no answer as the contract has it.
    """
    try:
        old, new = _canonical(before), _canonical(after)
        return Changes(
            verdict=(old["verdict"], new["verdict"]) if old["verdict"] != new["verdict"] else None,
            claims=_moved([c["text"] for c in old["claims"]], [c["text"] for c in new["claims"]]),
            regraded=tuple(_regraded(old["claims"], new["claims"])),
            warnings=_moved(map(_warning, old["warnings"]), map(_warning, new["warnings"])),
            management=_moved(map(_advice, old["management"]), map(_advice, new["management"])),
            missing=_moved([m["text"] for m in old["missing"]], [m["text"] for m in new["missing"]]),
            drugs=_moved(map(_drug, old["query"]["drugs"]), map(_drug, new["query"]["drugs"])),
            quotes=tuple(_fates(old["citations"], document)),
            fields=tuple(
                name
                for name in dict.fromkeys([*old, *new])
                if name not in _BESIDE and (name not in old or name not in new or old[name] != new[name])
            ),
        )
    except (KeyError, TypeError) as error:
        raise SourceError(
            f"the recorded answer is not as rxcite writes it ({error!r}); it cannot be compared"
        ) from error


def _state(kept: "Record", now: "IndexState", contents: str) -> State:
    if now.generation == kept.index.generation and contents == kept.contents:
        return State.SAME
    if now.name != kept.index.name or now.generation == kept.index.generation:
        return State.OTHER
    return State.NEWER if now.generation > kept.index.generation else State.OLDER


def _canonical(value: Any) -> Any:
    """A value as JSON would have it, scores rounded."""
    if isinstance(value, dict):
        return {str(name): _canonical(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    return round(value, _PLACES) if isinstance(value, float) else value


def _moved(before: Iterable[str], after: Iterable[str]) -> Moved:
    old, new = Counter(before), Counter(after)
    return Moved(tuple((new - old).elements()), tuple((old - new).elements()))


def _regraded(before: Sequence[Json], after: Sequence[Json]) -> Iterator[str]:
    now = {claim["text"]: claim for claim in after}
    for claim in before:
        if other := now.get(claim["text"]):
            turns = [
                f"{claim[name]}, now {other[name]}"
                for name in ("basis", "support", "evidence")
                if claim[name] != other[name]
            ]
            if turns:
                yield f"{claim['text']} ({'; '.join(turns)})"


def _fates(citations: Sequence[Json], document: Callable[[str], "Document | None"]) -> Iterator[QuoteFate]:
    """Quotes of documents that changed, in the order of the answer."""
    for citation in citations:
        source, words = citation["document"], citation["quote"]
        now = document(source["id"])
        stands_still = now is not None and now.text[citation["start"] : citation["end"]] == words
        if now and stands_still and (now.version, now.effective) == (source["version"], source["effective"]):
            continue
        yield QuoteFate(
            document=source["id"],
            title=source["title"],
            section=" › ".join(citation["section"]["path"]) or citation["section"]["heading"],
            before=_version(source["version"], source["effective"]),
            after=_version(now.version, now.effective) if now else None,
            fate=Fate.REMOVED if now is None else Fate.KEPT if words in now.text else Fate.GONE,
            quote=words,
        )


def _version(version: str | None, effective: str | None) -> str:
    return f"version {version or 'not given'}, {effective or 'date not given'}"


def _warning(warning: Json) -> str:
    return f"{warning['kind'].replace('_', ' ')}, {warning['drug']}: {warning['text']}"


def _advice(advice: Json) -> str:
    return f"{advice['level'].replace('_', ' ')}: {advice['text']}"


def _drug(drug: Json) -> str:
    labels = drug["documents"]
    return f"{drug['name']}: {labels} label{'' if labels == 1 else 's'}, as {drug['matched']}"


# In words.


def _print(kept: "Record", now: "IndexState", state: State, changed: Changes, lost: int) -> None:
    from ui import terminal

    out = terminal.console()
    terminal.line(_first(state, kept.index, now, is_same=not changed.fields), out, bold=True)
    terminal.line(f"Asked {kept.made[:10]} with rxcite {kept.rxcite}: {kept.asked.question}", out)
    if not changed.fields:
        return
    if changed.verdict:
        terminal.line("Verdict: {}, now {}.".format(*changed.verdict), out)
    for what, moved in (
        ("Claims", changed.claims),
        ("Warnings", changed.warnings),
        ("Advice", changed.management),
        ("Missing in the corpus", changed.missing),
        ("Drugs, as the corpus knows them", changed.drugs),
    ):
        terminal.listing(f"{what}: new", moved.added, out)
        terminal.listing(f"{what}: no longer there", moved.removed, out)
    terminal.listing("Claims: the same words, another standing", changed.regraded, out)
    terminal.listing("Quotes whose document changed", _in_words(changed.quotes), out)
    if lost:
        terminal.listing("Passages", [f"{lost} of {len(kept.passages)} recorded passages are no longer served"], out)
    if not _is_told(changed):
        terminal.listing(
            "What differs", [f"{name}, in order or detail; --json shows it" for name in changed.fields], out
        )


def _first(state: State, before: "IndexState", now: "IndexState", *, is_same: bool) -> str:
    if state is State.SAME:
        return "Same index, same answer." if is_same else "Same index, another answer."
    generations = f"generation {before.generation} then, {now.generation} now"
    index = {
        State.NEWER: f"The index is newer: {generations}.",
        State.OLDER: f"The index is older than the record: {generations}.",
        State.OTHER: f'Another index than the record\'s: "{before.name}" then, "{now.name}" now, with other documents.',
    }[state]
    return f"{index} {'The answer is the same.' if is_same else 'What changed:'}"


def _in_words(quotes: Sequence[QuoteFate]) -> Iterator[str]:
    """One line for each document and section."""
    said = {
        Fate.KEPT: "the words quoted still stand in it",
        Fate.GONE: "the words quoted no longer stand in it",
        Fate.REMOVED: "",
    }
    for quote in quotes:
        now = f"now {quote.after}" if quote.after else "no longer in the index"
        if quote.after == quote.before:
            now = "changed under the same version"
        tail = f": {said[quote.fate]}" if said[quote.fate] else ""
        short = " ".join(quote.quote.split())
        short = short if len(short) <= 90 else f"{short[:88].rstrip()}…"
        yield f"{quote.title}, {quote.section} ({quote.before}; {now}){tail}. “{short}”"


def _is_told(changed: Changes) -> bool:
    moved = (changed.claims, changed.warnings, changed.management, changed.missing, changed.drugs)
    return bool(changed.verdict or changed.regraded or changed.quotes or any(m.added or m.removed for m in moved))
