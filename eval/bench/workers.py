"""Reading and splitting by worker processes against one process: labels a second, in pairs.

    python -m eval.bench.workers PATH... [--workers 2] [--rounds 3] [--limit FILES]

Files are read and their documents split into passages, as ``rxcite ingest`` does it before it embeds; nothing is
stored. The workers have come up and read a file each before the clock runs. Prints one JSON object a round.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ingest import files, passages
from ingest.crew import Crew, Prepared, hired
from rag.index import encoder
from rag.records import Document
from rag.settings import Settings


def alone(paths: Sequence[Path], settings: Settings) -> tuple[int, int]:
    """Documents and passages, by this process."""
    tokens = encoder.Tokens(encoder.folder_of(settings.encoder))
    documents = found = 0
    for path in paths:
        with files.opened(path, settings.sources) as opened:
            for item in files.contents(opened.source, settings.sources):
                if isinstance(item, Document):
                    documents += 1
                    found += len(list(passages.split(item, tokens.count, settings.passages)))
    return documents, found


def together(paths: Sequence[Path], crew: Crew) -> tuple[int, int]:
    """The same, by the crew."""
    documents = found = 0
    crew.begin(paths)
    for path in paths:
        with files.opened(path, crew.settings.sources) as opened:
            for item in crew.items(path, opened):
                if isinstance(item, Prepared):
                    documents += 1
                    found += len(item.splits)
    return documents, found


def main() -> None:
    """Prints a line for each round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, help="files")
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one process is to be one thread
    settings = Settings()
    paths = list(files.find(options.paths).files[: options.limit])
    with hired(str(options.workers), paths, settings) as crew:
        if crew is None:
            raise SystemExit("give --workers 2 or more, and install ray")
        together(paths[: options.workers], crew)
        alone(paths[:1], settings)
        for number in range(options.rounds):
            begun = time.perf_counter()
            one = alone(paths, settings)
            middle = time.perf_counter()
            many = together(paths, crew)
            ended = time.perf_counter()
            if one != many:
                raise SystemExit(f"one process found {one} documents and passages, the workers {many}")
            figures = {
                "round": number, "files": len(paths), "documents": one[0], "passages": one[1],
                "one_s": round(middle - begun, 2), "workers": options.workers, "workers_s": round(ended - middle, 2),
                "times": round((middle - begun) / (ended - middle), 2), "load": round(os.getloadavg()[0], 1),
            }  # fmt: skip
            sys.stdout.write(json.dumps(figures) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
