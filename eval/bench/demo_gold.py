"""The demo questions' gold found again by its words, after a demo document has changed.

    python -m eval.bench.demo_gold            # brings offsets and versions in eval/shipped/demo.jsonl up to date
    python -m eval.bench.demo_gold --dry-run  # only says what would change

Words that stand in a document several times are found where they are nearest to where they were. Words that are gone
are listed, and the exit code is 1: such a question must be read again by a person. Nothing but offsets and versions is
changed, and fields that ``eval.questions`` does not know are kept.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest import files
from rag.records import Document
from rag.settings import SourceSettings

Json = dict[str, Any]
_ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = _ROOT / "eval" / "shipped" / "demo.jsonl"
CORPUS = _ROOT / "corpora" / "demo"


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows of questions whose gold stands where it says, but for what is lost."""

    rows: tuple[Json, ...]
    moved: int
    lost: tuple[str, ...]
    """Id of the question, document and words of each gold that is no longer there."""


def documents(folder: Path = CORPUS) -> dict[str, Document]:
    """The documents of a folder by id, as the readers make them."""
    found: dict[str, Document] = {}
    for path in files.find([folder]).files:
        for item in files.read(files.Source(path.name, path.read_bytes()), SourceSettings()):
            if isinstance(item, Document):
                found[item.id] = item
    return found


def place(rows: Sequence[Json], corpus: Mapping[str, Document]) -> Placed:
    """``rows`` with each gold at the offsets, and of the version, at which its words stand in ``corpus``."""
    placed: list[Json] = []
    lost: list[str] = []
    moved = 0
    for row in rows:
        gold: list[Json] = []
        for one in row.get("gold", ()):
            document = corpus.get(one["document"])
            at = _nearest(document.text, one["text"], one["start"]) if document else None
            if document is None or at is None:
                lost.append(f"{row['id']}: {one['document']} has no more {one['text']!r}")
                gold.append(one)
                continue
            gold.append(one | {"version": document.version, "start": at, "end": at + len(one["text"])})
            moved += gold[-1] != one
        placed.append(row | {"gold": gold} if gold else row)
    return Placed(tuple(placed), moved, tuple(lost))


def _nearest(text: str, words: str, start: int) -> int | None:
    """Where ``words`` begin in ``text``, nearest to ``start``; None where they do not stand there."""
    after, before = text.find(words, start), text.rfind(words, 0, start + len(words))
    return min((at for at in (before, after) if at >= 0), key=lambda at: abs(at - start), default=None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrites the file; 1 where gold is lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    made = place(rows, documents())
    if made.moved and not options.dry_run:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in made.rows)
        QUESTIONS.write_text("".join(lines), encoding="utf-8")
    sys.stdout.write(f"{made.moved} moved, {len(made.lost)} lost\n")
    for line in made.lost:
        sys.stderr.write(line + "\n")
    return 1 if made.lost else 0


if __name__ == "__main__":
    sys.exit(main())
