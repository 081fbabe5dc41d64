"""What a sync of a changed folder touches, on real labels, and how long it takes against a build from nothing.

    python -m eval.bench.update DATA --cache real          # sync alone: the first build takes its vectors from an index
    python -m eval.bench.update DATA --cache real --rebuild  # and the build from nothing, every text embedded anew

Of some 600 labels, a file each, one is changed, one removed, one added, one broken; then the broken one is repaired.
Every step is the command that a user types. Exit 1 where anything but those four was touched or an old text is found.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.index.index import DATABASE, Index
from rag.index.store import open_store
from rag.index.writer import writing
from rag.settings import Settings, load

_OLD = "Zyxomab lowers the clearance of this drug by 40%."
_NEW = "Zyxomab raises the clearance of this drug by 60%."
_REPAIRED = "Zyxomab does not change the clearance of this drug."
"""Of a drug that does not exist, so that no other label says it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended."""

    seconds: float
    said: dict[str, Any]


def main() -> None:
    """Runs the whole and prints a table as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with openfda/")
    parser.add_argument("--labels", type=int, default=600)
    parser.add_argument("--cache", metavar="INDEX", help="index whose vectors the first build may use")
    parser.add_argument("--rebuild", action="store_true", help="time a build from nothing too: minutes of embedding")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rxcite-update-") as root:
        wrong = run(given.data, Path(root), given.labels, given.cache, rebuild=given.rebuild)
    for words in wrong:
        _say(wrong=words)
    sys.exit(bool(wrong))


def run(data: Path, root: Path, count: int, cache: str | None, *, rebuild: bool) -> list[str]:
    """Everything that was not as it should be."""
    folder, settings = root / "labels", Settings(home=root / "home", index="update")
    records = _records(data, count + 1)
    changed, removed, broken, added = (_id(records[at]) for at in (0, 1, 2, -1))
    folder.mkdir()
    records[0] = _saying(records[0], _OLD)
    for record in records[:-1]:
        _write(folder, record)
    for file in sorted((data / "spl").glob("*.xml"))[: max(count - len(records) + 1, 0)]:
        shutil.copy(file, folder)
    files = len(list(folder.iterdir()))
    if cache:
        _lend(replace(load(), index=cache), settings)
    built = _rxcite(settings, "sync", folder)
    _say(step="first build", seconds=built.seconds, documents=built.said["index"]["documents"], lent=bool(cache))
    idle = _rxcite(settings, "sync", folder)
    _say(step="nothing to do", seconds=idle.seconds)

    _write(folder, _saying(records[0], _NEW, instead_of=_OLD))
    (folder / f"{removed}.json").unlink()
    _write(folder, records[-1])
    whole = (folder / f"{broken}.json").read_text()
    (folder / f"{broken}.json").write_text(whole[: len(whole) // 2])
    synced = _rxcite(settings, "sync", folder, "--prune")
    _say(step="sync of the four", seconds=synced.seconds, touched=synced.said["documents"], gone=synced.said["missing"])
    wrong = list(_differences(synced.said, added, changed, removed, broken, files))
    wrong += _served(settings, changed, removed, broken, _OLD, _NEW)

    _write(folder, _saying(json.loads(whole)["results"][0], _REPAIRED))
    mended = _rxcite(settings, "sync", folder, "--retry-failed")
    _say(step="sync after repair", seconds=mended.seconds, touched=mended.said["documents"])
    if [one["id"] for one in mended.said["documents"]] != [broken] or mended.said["failed"]:
        wrong.append(f"after repair: {mended.said['documents']}, failed: {mended.said['failed']}")
    with Index.open(settings) as index:
        found = {p.document_id for _, p in index.passages(hit.row for hit in index.words.naming([_REPAIRED])).values()}
    if found != {broken}:
        wrong.append(f"after repair the words of {broken} are found in {sorted(found)}")
    if rebuild:
        fresh = _rxcite(replace(settings, index="fresh"), "sync", folder)
        ratio = fresh.seconds / synced.seconds
        _say(step="build from nothing", seconds=fresh.seconds, times=round(ratio, 1), load=os.getloadavg())
    return wrong


def _records(data: Path, count: int) -> list[dict[str, Any]]:
    """Labels of openFDA, each set id once, those with an interactions section first."""
    with_section: dict[str, dict[str, Any]] = {}
    without: dict[str, dict[str, Any]] = {}
    for file in sorted((data / "openfda").glob("*.json")):
        loaded = json.loads(file.read_text())
        for record in loaded["results"] if isinstance(loaded, dict) else loaded:
            if id := record.get("set_id"):
                (with_section if record.get("drug_interactions") else without).setdefault(id, record)
    return list((with_section | without).values())[:count]


def _id(record: dict[str, Any]) -> str:
    return str(record["set_id"])


def _saying(record: dict[str, Any], words: str, instead_of: str = "") -> dict[str, Any]:
    """The label with a sentence more in its interactions section, or another sentence there."""
    text = record["drug_interactions"][0]
    said = text.replace(instead_of, words) if instead_of else f"{text} {words}"
    return record | {"drug_interactions": [said, *record["drug_interactions"][1:]]}


def _write(folder: Path, record: dict[str, Any]) -> None:
    (folder / f"{_id(record)}.json").write_text(json.dumps({"results": [record]}))


def _lend(lender: Settings, settings: Settings) -> None:
    """Copies the vectors of an index into a new one, where texts that it knows are not embedded again."""
    store = open_store(lender.folder / DATABASE, create=False)
    try:
        probe = np.frombuffer(bytes.fromhex(store.meta("fingerprint") or ""), dtype=np.float32)
        with writing(settings) as writer:
            writer.prepare(len(probe), probe)
            rows = store.all("select key, data from vector")
            with writer.store.transaction():
                writer.store.many("insert into vector (key, data) values (?, ?)", ((r["key"], r["data"]) for r in rows))
    finally:
        store.close()


def _rxcite(settings: Settings, *arguments: object) -> Ran:
    command = [sys.executable, "-c", "from ui.cli import main; main()", *map(str, arguments), "--json"]
    begun = time.monotonic()
    done = subprocess.run(
        [*command, "--index", settings.index, "--home", str(settings.home)], capture_output=True, text=True
    )
    seconds = time.monotonic() - begun
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{done.stderr}")
    return Ran(round(seconds, 2), json.loads(done.stdout))


def _differences(
    said: dict[str, Any], added: str, changed: str, removed: str, broken: str, count: int
) -> Iterator[str]:
    """Whatever a sync touched beside the four, or left out."""
    expected: dict[str, Iterable[str]] = {
        "added": [added],
        "changed": sorted([changed, broken]),
        "gone": [removed],
        "again": [],
        "known_failed": [],
    }
    for kind, ids in expected.items():
        if (found := sorted(Path(path).stem for path in said["files"][kind])) != list(ids):
            yield f"files {kind}: {found}, expected {ids}"
    if said["files"]["unchanged"] != count - 3:
        yield f"{said['files']['unchanged']} files unchanged, expected {count - 3}"
    touched = {one["id"]: one["kind"] for one in said["documents"]}
    if touched != {added: "added", changed: "changed"}:
        yield f"documents touched: {touched}"
    if said["missing"] != [removed] or said["removed"] != 1:
        yield f"removed: {said['missing']}"
    if [Path(one["path"]).stem for one in said["failed"]] != [broken]:
        yield f"failed: {said['failed']}"


def _served(settings: Settings, changed: str, removed: str, broken: str, old: str, new: str) -> Iterator[str]:
    """Whatever is served of what should not be, by words, by vectors and by id, or is not and should be."""
    with Index.open(settings) as index:
        rows = index.store.all(
            "select row from document where id in (?, ?) and retired is not null", (changed, removed)
        )
        retired = [row["row"] for row in rows]
        passages = [row["row"] for row in index.store.among("select row from passage where document in {}", retired)]
        if not passages:
            yield "no passage of an old version is in history: the test tests nothing"
        if left := index.passages(passages):
            yield f"{len(left)} passages of old versions are served"
        of_old = {r["vector"] for r in index.store.among("select vector from window where passage in {}", passages)}
        if orphans := of_old & set(index.vectors.ids()) - index.passages_of_vectors(sorted(of_old)).keys():
            yield f"{len(orphans)} vectors of old passages alone are searched"
        hits = {hit.row for hit in index.words.naming([old])} | (
            {hit.row for hit in index.words.search(old.split(), 500)} & set(passages)
        )
        if hits:
            yield f"{len(hits)} passages with the old words are found"
        found = {p.document_id for _, p in index.passages(hit.row for hit in index.words.naming([new])).values()}
        if found != {changed}:
            yield f"the new words are found in {sorted(found)}"
        if index.document(removed) is not None or index.document(broken) is None:
            yield "the removed label is served, or the broken one's old version is not"


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
