"""BEIR folders (Thakur et al., NeurIPS 2021): ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``.

Folders of one split that spell it in the names, ``queries_train.jsonl`` and ``qrels_train.tsv``, are read too.
"""

from collections.abc import Iterator
from pathlib import Path

from eval.questions import BadLine, Gold, Json, Question, Read, collect, lines_of, text_of
from eval.readers.table import rows_of
from ingest.page import Page
from rag.errors import SourceError
from rag.records import BlockKind, Document, Kind


def read(folder: Path, split: str | None = None) -> Read:
    """The queries that the split judges, each with the documents judged for it; "test", or the only split there is.

    Raises:
        SourceError: the folder lacks a file.
    """
    queries, judged = _files(folder, split or _split(folder))
    judgements, failed = _judgements(judged)
    made = collect(
        lines_of(queries), lambda row: _question(row, judgements, folder.name) if _id(row) in judgements else ()
    )
    return Read(made.questions, (*failed, *made.failed))


def documents(folder: Path) -> Iterator[Document]:
    """The corpus as articles, each with its title and its text as a section.

    Raises:
        SourceError: a line of the corpus that holds no document; without it no figure could be compared.
    """
    path = folder / "corpus.jsonl"
    for number, row in lines_of(path):
        if isinstance(row, BadLine):
            raise SourceError(f"{path}, line {number}: {row.reason}")
        page = Page()
        for heading, text in (("Title", row.get("title") or ""), ("Abstract", row.get("text") or "")):
            if text:
                page.begin(None, None, heading)
                page.line(BlockKind.PARAGRAPH, text)
                page.end()
        yield Document(
            _id(row), Kind.ARTICLE, "beir", row.get("title") or _id(row), None, None, page.text, page.sections,
            tuple(page.blocks),
        )  # fmt: skip


def _files(folder: Path, split: str) -> tuple[Path, Path]:
    pairs = [
        (folder / "queries.jsonl", folder / "qrels" / f"{split}.tsv"),
        (folder / f"queries_{split}.jsonl", folder / f"qrels_{split}.tsv"),
    ]
    for queries, judged in pairs:
        if queries.is_file() and judged.is_file():
            return queries, judged
    raise SourceError(
        f"{folder} has no queries and qrels of the split {split!r}; its splits are"
        f" {', '.join(_splits(folder)) or 'none'}"
    )


def _splits(folder: Path) -> list[str]:
    nested = sorted(file.stem for file in (folder / "qrels").glob("*.tsv"))
    return nested + sorted(file.stem.removeprefix("qrels_") for file in folder.glob("qrels_*.tsv"))


def _split(folder: Path) -> str:
    have = _splits(folder)
    return have[0] if len(have) == 1 else "test"


def _judgements(path: Path) -> tuple[dict[str, list[Gold]], list[BadLine]]:
    found: dict[str, list[Gold]] = {}
    failed: list[BadLine] = []
    for number, row in rows_of(path):
        if isinstance(row, BadLine):
            failed.append(row)
            continue
        try:
            gold = Gold(text_of(row, "corpus-id"), grade=int(row["score"]))
            found.setdefault(text_of(row, "query-id"), []).append(gold)
        except (ValueError, KeyError) as error:
            failed.append(BadLine(number, f"no judgement: {error}; query-id, corpus-id and score are needed"))
    return found, failed


def _question(row: Json, judgements: dict[str, list[Gold]], source: str) -> Question:
    return Question(_id(row), text_of(row, "text"), gold=tuple(judgements[_id(row)]), source=f"BEIR {source}")


def _id(row: Json) -> str:
    return text_of(row, "_id")
