"""Model-based: whatever is added, replaced, deleted, put back or lost, the text behind each hit is the right one.

The model is a dictionary. The slow form does 10,000 operations and more.
"""

import shutil
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rag.index import encoder
from rag.index.encoder import Vectors
from rag.index.index import DERIVED, Index
from rag.index.writer import Writer, writing
from rag.records import Document
from tests.corpus import build, label, put, section

IDS = [f"toy-{number}" for number in range(24)]
SAID = [
    f"{name} {verb}."
    for name in ("Alphadone", "Betanol", "Gammazole", "Deltamab", "Epsilonic", "Zetaprost")
    for verb in ("raises the pressure", "is kept cold", "has caused bleeding")
]
DONE = {"operations": 0, "checks": 0}
"""What all runs of a session did."""


@cache
def saying(id: str, said: str, version: int) -> Document:
    return label("omegazine", section("7 DRUG INTERACTIONS", said), id=id, version=str(version))


@cache
def vector(said: str) -> Vectors:
    """Of a sentence as the index embeds it, so that it is its own nearest."""
    light: encoder.Encoder = encoder.for_queries(encoder.DEFAULT)
    return light.encode([f"omegazine > DRUG INTERACTIONS\n{said}"])[0]


class Reindexing(RuleBasedStateMachine):
    """An index and what it should serve."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.served: dict[str, str] = {}
        self.version = 0
        self.lags = True

    @initialize()
    def begin(self) -> None:
        home = self.open.enter_context(tempfile.TemporaryDirectory())
        self.settings = build(Path(home), finish=False)
        self.writer: Writer = self.open.enter_context(writing(self.settings))

    @rule(id=st.sampled_from(IDS), said=st.sampled_from(SAID))
    def add_or_replace(self, id: str, said: str) -> None:
        """New words, or words that were there before: their vector comes back under its old number."""
        self.version += 1
        with self.writer.commit() as generation:
            put(self.writer, [saying(id, said, self.version)], generation)
        self.served[id] = said
        self._did()

    @rule(pairs=st.dictionaries(st.sampled_from(IDS), st.sampled_from(SAID), min_size=6, max_size=14))
    def replace_many(self, pairs: dict[str, str]) -> None:
        self.version += 1
        with self.writer.commit() as generation:
            put(self.writer, [saying(id, said, self.version) for id, said in pairs.items()], generation)
        self.served |= pairs
        self._did(len(pairs))

    @precondition(lambda self: self.served)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.served)))
        assert self.writer.remove([id]) == 1
        del self.served[id]
        self._did()

    @precondition(lambda self: self.served)
    @rule(data=st.data(), said=st.sampled_from(SAID))
    def delete_and_add_again(self, data: st.DataObject, said: str) -> None:
        """The case in which an index that counts its vectors anew returns another text."""
        id = data.draw(st.sampled_from(sorted(self.served)))
        self.writer.remove([id])
        self.version += 1
        with self.writer.commit() as generation:
            put(self.writer, [saying(IDS[0], said, self.version)], generation)
        del self.served[id]
        self.served[IDS[0]] = said
        self._did(2)

    @rule()
    def lose_the_search_files(self) -> None:
        shutil.rmtree(self.settings.folder / DERIVED, ignore_errors=True)
        self._did()

    @precondition(lambda self: self.lags)
    @rule()
    def catch_up_and_ask(self) -> None:
        self.writer.finish()
        self.lags = False
        self._ask()

    def _did(self, operations: int = 1) -> None:
        DONE["operations"] += operations
        self.lags = True

    def _ask(self) -> None:
        DONE["checks"] += 1
        with Index.open(self.settings) as index:
            assert {row.id for row in index.documents()} == self.served.keys()
            assert len(index.vectors) == len(set(self.served.values()))
            for said in SAID:
                having = {id for id, words in self.served.items() if words == said}
                words = index.passages(hit.row for hit in index.words.naming([said]))
                assert {(p.document_id, p.text) for _, p in words.values()} == {(id, said) for id in having}
                hits = index.vectors.search(vector(said), 3)
                assert (bool(hits) and hits[0].score > 0.999) == bool(having)
                for rank, hit in enumerate(hits):
                    found = index.passages(index.passages_of_vectors([hit.row])[hit.row])
                    assert found and all(self.served[p.document_id] == p.text for _, p in found.values())
                    if rank == 0 and having:
                        assert {p.document_id for _, p in found.values()} == having

    @invariant()
    def the_store_is_the_model(self) -> None:
        rows = self.writer.store.all("select id, text from document where retired is null")
        assert {row["id"]: row["text"].splitlines()[-1] for row in rows} == self.served

    def teardown(self) -> None:
        try:
            if hasattr(self, "writer") and self.lags:
                self.catch_up_and_ask()
        finally:
            self.open.close()


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


def test_the_text_behind_each_hit_is_right_whatever_was_done_before() -> None:
    before = dict(DONE)
    run_state_machine_as_test(Reindexing, settings=_settings(6, 25))
    assert DONE["operations"] - before["operations"] > 50 and DONE["checks"] > before["checks"]


@pytest.mark.slow
def test_the_text_behind_each_hit_is_right_over_ten_thousand_operations() -> None:
    before = DONE["operations"]
    run_state_machine_as_test(Reindexing, settings=_settings(60, 100))
    assert DONE["operations"] - before >= 10_000
