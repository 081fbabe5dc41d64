"""Draws the sentences whose drug roles were labelled by hand: 300 that match ``ROLE_WORDS`` and 100 that do not.

    python -m eval.bench.role_sample [--data ../shared/data] [--matching 300] [--others 100] [--seed 20261121]
    python -m eval.bench.role_sample --labels eval/labels/roles.jsonl

Prints one JSON object a line with the sentence's sha256, which is its id in ``eval/labels/roles.jsonl``, whether it
matches, and its text. The texts are the labels' own and stay outside the repository. Sentences are those of paragraphs,
list items and table rows, each text once, white space collapsed, of at least ``LEAST_WORDS`` words. A change of the
readers changes the pool, and with it the draw: ``--labels`` prints the sentences of a file of labels instead, found by
their ids. Knows no rule of the extraction that is to be judged.
"""

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest import files
from rag import sentences
from rag.records import BlockKind, Document
from rag.settings import SourceSettings

SOURCES = ("openfda", "nlmcv", "spl")
"""Folders of the data folder from which sentences are drawn."""

SEED = 20261121
LEAST_WORDS = 6

_KINDS = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW})

PATHWAY = re.compile(
    r"CYP\s?-?(?:450)?\s?\d[A-Z]\d*|\bP-?gp\b|P-glycoprotein|\bBCRP\b|\bOATP|\bOATs?\d?\b|\bOCTs?\d?\b|\bMATE|\bUGT",
    re.IGNORECASE,
)
"""An enzyme or a transporter."""

PART = re.compile(r"substrate|inhibit|induc|metaboli", re.IGNORECASE)
"""What a drug can be to an enzyme or a transporter."""

EFFECT = re.compile(
    r"\bQTc?\b[^.]{0,40}prolong|prolong[^.]{0,60}\bQT|torsade|hyperk[ae]l[ae]mi|potassium|bleeding|hemorrhag|serotonin"
    r"|seizure threshold|convulsive threshold",
    re.IGNORECASE,
)
"""What drugs can add up to without an enzyme."""


def matches(sentence: str) -> bool:
    """Whether ``sentence`` holds role words: a pathway with a part in it, or an effect."""
    return bool(EFFECT.search(sentence) or (PATHWAY.search(sentence) and PART.search(sentence)))


def documents(folder: Path, sources: Sequence[str] = SOURCES) -> Iterator[Document]:
    """Labels in the ``sources`` of ``folder``, in the order of their files; what cannot be read is left out."""
    settings = SourceSettings()
    for path in files.find([folder / name for name in sources]).files:
        found = files.contents(files.Source(path.name, path.read_bytes()), settings)
        yield from (item for item in found if isinstance(item, Document))


def texts(document: Document) -> Iterator[str]:
    """Sentences of the paragraphs, items and rows of ``document``, white space collapsed."""
    for block in document.blocks:
        if block.kind in _KINDS:
            for span in sentences.split(document.text, block.start, block.end):
                yield " ".join(span.of(document.text).split())


def texts_by_id(folder: Path) -> dict[str, str]:
    """All sentences that can be drawn, by their sha256; a scorer finds the labelled ones here."""
    found: dict[str, str] = {}
    for document in documents(folder):
        for text in texts(document):
            if len(text.split()) >= LEAST_WORDS:
                found[hashlib.sha256(text.encode()).hexdigest()] = text
    return found


def sample(folder: Path, matching: int, others: int, seed: int) -> list[tuple[str, bool, str]]:
    """(sha256, whether it matches, text) of the sentences drawn; fixed by the pool of sentences, numbers and seed."""
    found = texts_by_id(folder)
    drawn: list[tuple[str, bool, str]] = []
    for wanted, count in ((True, matching), (False, others)):
        # ordered by id, so that the order in which files are read does not matter
        pool = sorted(key for key, text in found.items() if matches(text) is wanted)
        drawn.extend((key, wanted, found[key]) for key in random.Random(seed).sample(pool, count))
    return drawn


def labelled(folder: Path, labels: Path) -> list[tuple[str, bool, str]]:
    """(sha256, whether it matches, text) of the sentences in a file of labels; those no longer found are left out."""
    found = texts_by_id(folder)
    keys = [str(json.loads(line)["id"]) for line in labels.read_text().splitlines()]
    return [(key, matches(found[key]), found[key]) for key in keys if key in found]


def main() -> None:
    """Prints the sample, one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--matching", type=int, default=300)
    parser.add_argument("--others", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--labels", type=Path)
    options = parser.parse_args()
    if options.labels:
        drawn = labelled(options.data, options.labels)
    else:
        drawn = sample(options.data, options.matching, options.others, options.seed)
    for key, wanted, text in drawn:
        line = {"id": key, "matches": wanted, "text": text}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
