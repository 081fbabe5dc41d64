"""Thousands of labels into one index: seconds, bytes and memory, step by step; they should not grow with the index.

    python -m eval.bench.many_labels DATA [--labels 20000] [--step 1000] [--encoder real|hash] [--home DIR]

The labels are made from the openFDA labels of ``DATA``: one third of the texts distinct (a drug of their own, doses
altered), each with two copies of other manufacturers, ids and versions. Every step holds the same mixture, so that
steps compare. Each is one ``ingest`` of one file into the same index, the files for search brought up to date with it,
as a maintainer's nightly run does it. ``--encoder hash`` draws a vector from each text's hash: memory, storage and time
are then those of everything but embedding. Prints one JSON object a step, and one at the end; a step in which the kind
of vector index changed is left out of the comparison of the last with the first, and told.
"""

import argparse
import hashlib
import json
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.ingest_speed import records
from eval.bench.synthetic import drug
from ingest.sync import ingest
from rag.index import encoder
from rag.index.index import DATABASE, DERIVED
from rag.index.inverted import ABOUT
from rag.settings import Settings

_COPIES = 3
"""Labels that share a text."""
_DOSE = re.compile(r"\b(\d+(?:\.\d+)?)(?= ?(?:mg|mcg|mL|g)\b)")


class HashEncoder:
    """Vectors of length 1 drawn from the hash of each text: the same text has the same one, and that is all."""

    name = "hash"

    def encode(self, texts: Sequence[str]) -> encoder.Vectors:
        """``(n, 384)`` float32."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        found = np.stack([np.random.default_rng(seed).standard_normal(384, dtype=np.float32) for seed in seeds])
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Step:
    """What some more labels cost."""

    labels: int
    """In the index afterwards."""
    passages: int
    seconds: float
    cpu: float
    store_bytes: int
    """Of the database, for each label of this step."""
    search_bytes: int
    """Of the last files for search, for each label in the index."""
    peak_mb: int
    """Memory of the process, at its highest so far."""
    kind: str
    """Of the vector index."""


def made(bases: Sequence[dict[str, Any]], first: int, count: int) -> list[dict[str, Any]]:
    """Labels ``first`` to ``first + count`` of an endless row."""
    return [_label(bases[number // _COPIES % len(bases)], number) for number in range(first, first + count)]


def _label(base: dict[str, Any], number: int) -> dict[str, Any]:
    variant, copy = divmod(number, _COPIES)
    name = drug(variant)
    factor = 1 + variant % 89 / 10
    about = {"generic_name": [name.upper()], "substance_name": [name.upper()], "brand_name": [name.title()]}
    return {
        **{key: _altered(value, factor) for key, value in base.items()},
        "id": f"made-{number:06d}-1",
        "set_id": f"made-{number:06d}",
        "version": str(1 + copy),
        "effective_time": f"20{20 + copy}0101",
        "openfda": about | {"manufacturer_name": [f"Maker {copy} of {name}"]},
    }


def _altered(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_altered(part, factor) for part in value]
    if isinstance(value, str):
        return _DOSE.sub(lambda found: f"{float(found[1]) * factor:g}", value)
    return value


def stepped(
    bases: Sequence[dict[str, Any]], settings: Settings, first: int, count: int, embedder: encoder.Encoder | None
) -> Step:
    """Takes ``count`` more labels in."""
    database = settings.folder / DATABASE
    before = _stored(database)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"part-{first:06d}.json"
        path.write_text(json.dumps({"meta": {}, "results": made(bases, first, count)}))
        begun, worked = time.perf_counter(), _cpu()
        report = ingest([path], settings, embedder=embedder)
        seconds, cpu = time.perf_counter() - begun, _cpu() - worked
    if report.failed or report.added != count:
        raise SystemExit(f"{report.added} of {count} labels were taken in: {report.failed[:3]}")
    newest = max((settings.folder / DERIVED).iterdir())
    size = sum(file.stat().st_size for file in newest.rglob("*") if file.is_file())
    kind = "lists" if (newest / ABOUT).exists() else "exact"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    stored = (_stored(database) - before) // count
    return Step(first + count, report.passages, seconds, cpu, stored, size // (first + count), peak, kind)


def _cpu() -> float:
    """Seconds of the processor, of this process and of those it has waited for."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _stored(database: Path) -> int:
    return database.stat().st_size if database.exists() else 0


def grown(steps: Sequence[Step]) -> dict[str, Any]:
    """The last step over the first, those left out in which the kind of vector index changed."""
    kinds = [steps[0].kind, *(step.kind for step in steps)]
    switched = [step.labels for step, before in zip(steps, kinds, strict=False) if step.kind != before]
    first, last = steps[0], [step for step in steps if step.labels not in switched][-1]
    return {
        "seconds_last_over_first": round(last.seconds / first.seconds, 3),
        "cpu_last_over_first": round(last.cpu / first.cpu, 3),
        "store_bytes_last_over_first": round(last.store_bytes / first.store_bytes, 3),
        "search_bytes_last_over_first": round(last.search_bytes / first.search_bytes, 3),
        "peak_mb": steps[-1].peak_mb,
        "switched_at": switched,
    }


def main() -> None:
    """Prints a line for each step, and what has grown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds openfda/")
    parser.add_argument("--labels", type=int, default=20_000)
    parser.add_argument("--step", type=int, default=1_000)
    parser.add_argument("--encoder", choices=["real", "hash"], default="real")
    parser.add_argument("--home", type=Path, help="where the index is kept; else it is thrown away")
    options = parser.parse_args()
    bases = [record for record in records(options.data) if record.get("set_id")]
    random.Random(5).shuffle(bases)
    bases = bases[: -(-options.step // _COPIES)]  # so that each step holds the same labels, altered
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=options.home or Path(folder), index="many")
        embedder = HashEncoder() if options.encoder == "hash" else encoder.IndexingEncoder(settings.encoder)
        embedder.encode(["loads the weights before the clock runs"])
        steps = []
        for first in range(0, options.labels, options.step):
            steps.append(stepped(bases, settings, first, min(options.step, options.labels - first), embedder))
            _say({"encoder": options.encoder} | asdict(steps[-1]))
        _say(grown(steps))


def _say(figures: dict[str, Any]) -> None:
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
    sys.stdout.write(json.dumps(rounded | {"load": round(os.getloadavg()[0], 1)}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
