"""Bulk files in constant memory: a made DailyMed release and a made openFDA part, read, each in a process of its own.

    python -m eval.bench.bulk_memory /tmp/bulk --records ../shared/data/openfda

Makes what is not there yet: a release (a zip of zips) of 2,000 and of 20,000 small labels, and openFDA parts of 50 and
of 500 MB of JSON in a zip from real records, set ids changed. Prints a table: documents, failures, seconds, and the
most memory that the process ever held (ru_maxrss). ``--ingest`` ingests them, with vectors that need no model.
"""

import argparse
import hashlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest import files, sync
from rag.index.encoder import Vectors
from rag.records import Document
from rag.settings import Settings, SourceSettings

_LABEL = """<?xml version="1.0" encoding="UTF-8"?><document xmlns="urn:hl7-org:v3"><id root="r-{n}"/>
<code code="34391-3"/><title>Toy label {n}</title><effectiveTime value="20250131"/><setId root="bulk-{n}"/>
<versionNumber value="1"/><component><structuredBody>{sections}</structuredBody></component></document>"""
_SECTION = """<component><section><code code="34073-7"/><title>7.{at} TOY INTERACTIONS</title><text><paragraph>
Toy {n} is not to be taken with toy {at}. {filler}</paragraph></text></section></component>"""
_FILLER = "Its level in blood is raised by play and lowered by rest, and this is so in all who were studied. " * 6


class HashVectors:
    """Vectors from hashes: nothing loads, so that what is measured is the ingest."""

    name = "hash"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, the same for the same text."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little") for text in texts]
        found = np.stack([np.random.default_rng(seed).standard_normal(32, dtype=np.float32) for seed in seeds])
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def release(path: Path, labels: int) -> None:
    """A DailyMed release: a zip that holds one zip for each label, with the XML and a picture in it."""
    with zipfile.ZipFile(path, "w") as outer:
        for n in range(labels):
            sections = "".join(_SECTION.format(n=n, at=at, filler=_FILLER) for at in range(1, 8))
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as label:
                label.writestr(f"bulk-{n}.xml", _LABEL.format(n=n, sections=sections))
                label.writestr("package.jpg", b"\xff\xd8\xff" + bytes(2_000))
            outer.writestr(f"prescription/20250131_{n}.zip", inner.getvalue())


def part(path: Path, records: Sequence[dict[str, object]], size: int) -> None:
    """An openFDA part: one JSON of so many bytes in a zip, the records over and over under new set ids."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("drug-label-0001-of-0001.json", "w", force_zip64=True) as out,
    ):
        written, n = out.write(b'{"meta": {}, "results": ['), 0
        while written < size:
            record = {**records[n % len(records)], "set_id": f"part-{n}", "id": f"part-{n}-1"}
            written += out.write((b"," if n else b"") + json.dumps(record).encode())
            n += 1
        out.write(b"]}")


def measure(path: Path, ingest: bool) -> None:
    """Reads (and ingests) one file and prints a row."""
    begun = time.monotonic()
    if ingest:
        with tempfile.TemporaryDirectory() as home:
            made = sync.ingest([path], Settings(home=Path(home)), embedder=HashVectors())
        documents, failed = made.added, len(made.failed)
    else:
        documents = failed = 0
        settings = SourceSettings()
        with files.opened(path, settings) as opened:
            for item in files.contents(opened.source, settings):
                documents += isinstance(item, Document)
                failed += isinstance(item, files.Broken)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    sys.stdout.write(
        f"| {path.name} | {path.stat().st_size / 1e6:,.0f} | {'ingest' if ingest else 'read'} | {documents:,} |"
        f" {failed} | {time.monotonic() - begun:,.0f} | {peak:,.0f} |\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Makes the files, then measures each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=Path, help="folder with openFDA JSON whose records the parts are made of")
    parser.add_argument("--ingest", action="store_true")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measure(given.one, given.ingest)
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for count in (2_000, 20_000):
        paths.append(given.folder / f"release-{count}.zip")
        if not paths[-1].exists():
            release(paths[-1], count)
    if given.records:
        records = [r for file in sorted(given.records.glob("*.json")) for r in json.loads(file.read_bytes())["results"]]
        for size in (50, 500):
            paths.append(given.folder / f"part-{size}MB.json.zip")
            if not paths[-1].exists():
                part(paths[-1], records, size * 1_000_000)
    sys.stdout.write("| file | MB | | documents | failed | seconds | peak MB |\n|---|---|---|---|---|---|---|\n")
    sys.stdout.flush()
    for path in paths:
        command = [sys.executable, "-m", "eval.bench.bulk_memory", str(given.folder), "--one", str(path)]
        subprocess.run(command + ["--ingest"] * given.ingest, check=True)


if __name__ == "__main__":
    main()
