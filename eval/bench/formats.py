"""Every file of a folder, read: by format, how many files, documents and passages, and in how many seconds.

    python -m eval.bench.formats ../shared/data

Prints a table, then each file (or member, record, page) that is not read, with the reason, and the files that gave
nothing and no reason, of which there must be none. Passages are split for the default encoder; nothing is embedded.
"""

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from ingest import files, passages
from ingest.spl import ClassTable
from rag.errors import SourceError
from rag.index import encoder
from rag.records import Document
from rag.settings import PassageSettings, SourceSettings


@dataclass(slots=True)
class Row:
    """What the files of one format hold."""

    files: set[str] = field(default_factory=set)
    documents: int = 0
    passages: int = 0
    seconds: float = 0.0


def main() -> None:
    """Reads the folder and prints the table; exit code 1 where a file gave neither a document nor a reason."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    tokens = encoder.Tokens(encoder.folder_of(encoder.DEFAULT))
    rows: dict[str, Row] = defaultdict(Row)
    reasons: list[str] = []
    silent: list[Path] = []
    found = files.find([given.folder])
    reasons.extend(f"{broken.name}: {broken.reason}" for broken in found.refused)
    for path in found.files:
        told = 0
        begun = time.monotonic()
        try:
            with files.opened(path, SourceSettings()) as opened:
                for item in files.contents(opened.source, SourceSettings()):
                    told += 1
                    name = item.source if isinstance(item, Document) else type(item).__name__
                    if isinstance(item, Document | ClassTable):
                        row = rows[name]
                        row.files.add(str(path))
                        row.documents += 1
                        if isinstance(item, Document):
                            row.passages += sum(1 for _ in passages.split(item, tokens.count, PassageSettings()))
                        row.seconds += time.monotonic() - begun
                        begun = time.monotonic()
                    else:
                        reasons.append(f"{item.name}: {getattr(item, 'reason', item)}")
        except SourceError as error:
            told += 1
            reasons.append(f"{path}: {error}")
        if not told:
            silent.append(path)
    sys.stdout.write("| format | files | documents | passages | seconds |\n|---|---|---|---|---|\n")
    for name, row in sorted(rows.items()):
        sys.stdout.write(f"| {name} | {len(row.files)} | {row.documents:,} | {row.passages:,} | {row.seconds:,.1f} |\n")
    read = set().union(*(row.files for row in rows.values()))
    sys.stdout.write(f"\n{len(found.files)} files, {len(read)} with documents or class tables; not read:\n")
    for reason in reasons:
        sys.stdout.write(f"- {reason.replace(str(given.folder.resolve()) + '/', '')}\n")
    for path in silent:
        sys.stdout.write(f"- SILENT: {path}\n")
    sys.exit(bool(silent))


if __name__ == "__main__":
    main()
