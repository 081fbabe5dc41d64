"""Kills rxcite at random moments of ingest and sync while readers ask, and checks what is left: python -m tests.kill

Labels here are toys that say which state of the folder they belong to, so that a reader can tell a mixture from a
state. Each run prints one JSON line with what was counted and exits 1 where anything was wrong.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ingest.sync import ingest, sync
from rag.errors import IndexUnusable
from rag.index import encoder
from rag.index.index import Index
from rag.settings import Settings
from tests.toys import p, section, spl

IDS = 16
READERS = 2
State = dict[str, int]
"""Id of a label -> the state of the folder in which it was written."""


def folder_at(number: int) -> State:
    """The labels of the folder in a state: from one to the next some change, one goes, one comes."""
    state = {f"toy-{id}": 0 for id in range(IDS)}
    for at in range(1, number + 1):
        rng = random.Random(at)
        for id in rng.sample(sorted(state), 4):
            state[id] = at
        del state[rng.choice(sorted(state))]
        state[f"toy-{IDS + at}"] = at
    return state


def broken_at(number: int) -> str:
    """The label whose file cannot be read in a state: its version of the state before is still served."""
    return random.Random(number).choice(sorted(folder_at(number).keys() & folder_at(number - 1).keys()))


def served_at(number: int) -> list[State]:
    """What may be served on the way to a state: before what is gone was taken out, and after."""
    after = folder_at(number)
    if not number:
        return [after]
    before = served_at(number - 1)[-1]
    broken = broken_at(number)
    after = after | {broken: before[broken]}
    return [before | after, after]


def write(folder: Path, number: int) -> None:
    """Makes the files of a folder those of a state."""
    wanted = folder_at(number)
    for file in folder.glob("*.xml"):
        if file.stem not in wanted:
            file.unlink()
    for id, state in wanted.items():
        data = _label(id, state)
        (folder / f"{id}.xml").write_bytes(data[:-40] if number and id == broken_at(number) else data)


def _label(id: str, state: int) -> bytes:
    said = [f"Label {id} of state s{state} says: stop at once, rule {rule}." for rule in range(3)]
    sections = [section(f"{5 + n} WARNINGS {n}", p(words), code="34071-1") for n, words in enumerate(said)]
    return spl(*sections, set_id=id, version=str(state + 1))


def seen(settings: Settings) -> State:
    """What an index serves: by its documents, by words and by vectors, which must say the same.

    Raises:
        ValueError: they do not.
    """
    with Index.open(settings) as index:
        documents = {row.id: index.document(row.id) for row in index.documents()}
        texts = {id: one.text for id, one in documents.items() if one}
        state = {id: int(text.split(" of state s")[1].split()[0]) for id, text in texts.items()}
        by_words = index.passages(hit.row for hit in index.words.naming(["stop at once"]))
        by_vectors = index.passages(
            row for rows in index.passages_of_vectors(sorted(index.vectors.ids())).values() for row in rows
        )
        for found in (by_words, by_vectors):
            passages = [passage for _, passage in found.values()]
            wrong = [one.id for one in passages if one.text != texts[one.document_id][one.start : one.end]]
            counted = Counter(one.document_id for one in passages)
            if wrong or counted != dict.fromkeys(state, 3):
                raise ValueError(f"generation {index.generation}: {len(wrong)} wrong texts, passages {dict(counted)}")
        return state


@dataclass(slots=True)
class Tally:
    """What a run counted."""

    kills: int = 0
    """Those that came before the work was done."""
    during: Counter[str] = field(default_factory=Counter)
    """Kills by what was killed, and those that came too late."""
    asked: int = 0
    """Answers of the readers that were right."""
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Runs the test, or one of the processes that it starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--do", nargs=3, metavar=("WHAT", "HOME", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.do:
        _do(*given.do)
        return
    with tempfile.TemporaryDirectory(prefix="rxcite-kill-") as folder:
        tally = run(Path(folder), given.kills, given.seed)
    print(json.dumps({"kills": tally.kills, "during": tally.during, "asked": tally.asked, "wrong": tally.wrong}))  # noqa: T201
    sys.exit(bool(tally.wrong))


def run(root: Path, kills: int, seed: int) -> Tally:
    """Kills ``kills`` times and checks after each; two of three times a sync of a live index, else a first ingest."""
    rng = random.Random(seed)
    tally = Tally()
    folder = root / "labels"
    folder.mkdir()
    write(folder, 0)
    _finish("sync", root / "home", folder)
    readers = [_start("read", root / "home", folder, out=root / f"reader-{n}") for n in range(READERS)]
    taken: dict[str, float] = {"sync": 1.0, "ingest": 1.0}
    number = 0
    at = -1
    while tally.kills < kills:
        at += 1
        what = "ingest" if at % 3 == 2 else "sync"
        home = root / f"home-{at}" if what == "ingest" else root / "home"
        if what == "sync":
            number += 1
            write(folder, number)
        ended = _killed(what, home, folder, rng.uniform(0, 1.1 * taken[what]))
        tally.kills += not ended
        tally.during[f"{what}, {'too late' if ended else 'in work'}"] += 1
        allowed = (
            [*(served_at(number - 1) if number else []), *served_at(number)] if what == "sync" else [_fresh(number)]
        )
        try:
            if seen(Settings(home=home)) not in allowed:
                tally.wrong.append(f"kill {at}: a state that never was")
        except IndexUnusable as error:
            if what == "sync" or not any(words in str(error) for words in ("no index", "holds no index", "first time")):
                tally.wrong.append(f"kill {at}: {error}")
        except Exception as error:
            tally.wrong.append(f"kill {at}: {type(error).__name__}: {error}")
        seconds = _finish(what, home, folder)
        taken[what] = max(0.8 * taken[what], seconds)  # a run after a kill has less to do
        expected = served_at(number)[-1] if what == "sync" else _fresh(number)
        if (left := seen(Settings(home=home))) != expected:
            tally.wrong.append(f"kill {at}: the run after it left {len(left)} labels, {len(expected)} were expected")
        sys.stderr.write(f"{tally.kills} kills, {len(tally.wrong)} wrong\n")
    for n, reader in enumerate(readers):
        reader.send_signal(signal.SIGTERM)
        reader.wait()
        lines = (root / f"reader-{n}").read_text().splitlines()
        tally.asked += sum(line == "ok" for line in lines)
        tally.wrong.extend(f"reader {n}: {line}" for line in lines if line not in ("go", "ok"))
    return tally


def _fresh(number: int) -> State:
    """What a first ingest of a state's folder can serve: all of it but the file that is broken."""
    state = folder_at(number)
    return {id: at for id, at in state.items() if not number or id != broken_at(number)}


def _start(what: str, home: Path, folder: Path, out: Path | None = None) -> "subprocess.Popen[str]":
    stream = out.open("w") if out else subprocess.PIPE
    command = [sys.executable, "-m", "tests.kill", "--do", what, str(home), str(folder)]
    started = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, text=True)
    if out:
        stream.close()  # type: ignore[union-attr]
    return started


def _killed(what: str, home: Path, folder: Path, after: float) -> bool:
    """Kills a process so many seconds after its work began; true where it had ended by then."""
    process = _start(what, home, folder)
    assert process.stdout
    process.stdout.readline()  # "go": everything is imported
    try:
        process.wait(after)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    finally:
        process.stdout.close()


def _finish(what: str, home: Path, folder: Path) -> float:
    """Does the work to its end and gives its seconds; again where a reader is at work on the derived files."""
    for _ in range(20):
        begun = time.monotonic()
        try:
            _work(what, Settings(home=home), folder)
            return time.monotonic() - begun
        except IndexUnusable as error:
            if "another rxcite is writing" not in str(error):
                raise
    raise RuntimeError(f"{what}: readers are at work on the derived files all the time")


def _work(what: str, settings: Settings, folder: Path) -> None:
    light = _encoder(settings.encoder)
    if what == "sync":
        sync(folder, settings, prune=True, embedder=light)
    else:
        ingest([folder], settings, embedder=light)


@cache
def _encoder(name: str) -> encoder.Encoder:
    return encoder.for_queries(name)


def _do(what: str, home: str, folder: str) -> None:
    settings = Settings(home=Path(home))
    _encoder(settings.encoder).encode(["all is loaded"])
    print("go", flush=True)  # noqa: T201
    if what == "read":
        _read(settings)
    _work(what, settings, Path(folder))


def _read(settings: Settings) -> None:
    """Asks without end; each time what is served must be one state and none that is older than before."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    newest = 0
    while True:
        try:
            found = seen(settings)
            number = max(found.values())
            allowed = [state for n in (number, number + 1) for state in served_at(n)]
            said = (
                "ok"
                if found in allowed and number >= newest
                else f"state {number} after {newest}: {sorted(found.items())}"
            )
            newest = max(number, newest)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        print(said, flush=True)  # noqa: T201
        time.sleep(0.02)  # the killed process needs a core as well


if __name__ == "__main__":
    main()
