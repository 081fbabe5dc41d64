"""Search, opening and replacing a label at a million passages: milliseconds, and recall against exact search.

    python -m eval.bench.million [--size 1000000] [--questions 300] [--threads 2] [--home DIR]

The corpus is synthetic (``eval.bench.synthetic``): vectors in 5,000 clusters, texts of 35 words. A question is put as
``rxcite search`` puts it: understood, encoded, words and vectors, fused. Recall@10 is that of the vector search, over
questions as they are encoded and over vectors drawn as those of passages are, against all vectors of the store. One
label of 50 passages is replaced through ``ingest``, six times; encoding its texts is told apart. With ``--home`` the
index is kept there, and used again. Prints one JSON object a stage, the load of the machine beside each; "cpu" is the
time of the processor, which says more than the clock's where others want it too.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from eval.bench.synthetic import Question, Topics, fill, questions, topics
from ingest.sync import ingest
from rag.index import encoder, vector_files
from rag.index.index import DATABASE, Index
from rag.index.vectors import Nearest, Rows
from rag.index.writer import writing
from rag.search.search import search
from rag.settings import Settings

_TOP = 10
_DRAWN = 200
"""Vectors drawn as those of passages are, to measure recall with."""
_REPLACED = 6
"""Times that a label is replaced; the first puts it in."""
_PARAGRAPHS = 50
"""Of that label, each a passage."""
_BATCH = 20_000

Figures = Mapping[str, object]


@dataclass(slots=True)
class Timed:
    """An encoder that knows how long it took."""

    inner: encoder.Encoder
    name: str
    seconds: float = 0.0
    cpu: float = 0.0

    def encode(self, texts: Sequence[str]) -> encoder.Vectors:
        """As the encoder within."""
        begun, worked = time.perf_counter(), time.process_time()
        found = self.inner.encode(texts)
        self.seconds += time.perf_counter() - begun
        self.cpu += time.process_time() - worked
        return found


def built(settings: Settings, about: Topics, size: int) -> Figures:
    """Seconds to store ``size`` passages, and to make the files for search of them."""
    begun = time.perf_counter()
    with writing(settings) as writer:
        probe = encoder.for_queries(settings.encoder).encode([encoder.PROBE])[0]
        writer.prepare(len(probe), probe)
        fill(writer, about, size)
        middle = time.perf_counter()
        writer.finish()
    return {"store_s": middle - begun, "search_files_s": time.perf_counter() - middle}


def opened(settings: Settings) -> Figures:
    """Seconds until an index can be asked, and until its first question is answered."""
    begun, worked = time.perf_counter(), time.process_time()
    with Index.open(settings) as index:
        _ = index.words, index.vectors, index.state, index.all_names
        middle, cpu = time.perf_counter(), time.process_time() - worked
        search("dose in renal impairment", index, settings)
    return {"open_s": middle - begun, "open_cpu_s": cpu, "first_question_s": time.perf_counter() - middle}


def searched(settings: Settings, asked: Sequence[Question]) -> Figures:
    """Milliseconds of a search, by what the question names, and of two of its parts: p50, p95, the longest."""
    spent: dict[str, list[float]] = {
        name: []
        for name in ("of a drug", "of all", "both", "of a drug, cpu", "of all, cpu", "both, cpu", "encoding", "vectors")
    }
    with Index.open(settings) as index:
        for question in asked[:10]:
            search(question.text, index, settings)  # the first ones read the disk
        for question in asked:
            begun, worked = time.perf_counter(), time.process_time()
            found = search(question.text, index, settings)
            whole, cpu = time.perf_counter() - begun, time.process_time() - worked
            if bool(found.query.drugs) != question.names_drug:
                continue  # a word of its topic is a drug's name, of which there is no label
            spent["both, cpu"].append(cpu)
            spent["of a drug, cpu" if question.names_drug else "of all, cpu"].append(cpu)
            spent["of a drug" if question.names_drug else "of all"].append(whole)
            spent["both"].append(whole)
            begun = time.perf_counter()
            vector = index.query_encoder.encode([question.text])[0]
            middle = time.perf_counter()
            index.vectors.search(vector, settings.search.pool)
            spent["encoding"].append(middle - begun)
            spent["vectors"].append(time.perf_counter() - middle)
    return {"questions": len(spent["both"])} | {
        f"{name}_ms": {
            "p50": float(np.percentile(some, 50) * 1000),
            "p95": float(np.percentile(some, 95) * 1000),
            "most": max(some) * 1000,
        }
        for name, some in spent.items()
    }


def recalled(settings: Settings, about: Topics, asked: Sequence[Question]) -> Figures:
    """Share of the ten nearest by exact search over the store that the vector index finds among its ten first."""
    chance = np.random.default_rng(4)
    with Index.open(settings) as index:
        encoded = index.query_encoder.encode([question.text for question in asked])
        drawn = about.near(chance.integers(0, len(about.phrases), _DRAWN), chance)
        exact = _exact(index, np.concatenate([encoded, drawn]))
        shares = [
            len({hit.row for hit in index.vectors.search(vector, _TOP)} & set(near.tolist())) / _TOP
            for vector, near in zip([*encoded, *drawn], exact, strict=True)
        ]
    return {
        "recall_questions": float(np.mean(shares[: len(encoded)])),
        "recall_drawn": float(np.mean(shares[len(encoded) :])),
    }


def _exact(index: Index, vectors: encoder.Vectors) -> Rows:
    """Rows of the nearest of all vectors that are served, (n, 10)."""
    rows = np.array(sorted(index.vectors.ids()), dtype=np.int64)
    scores, found = [], []
    for at in range(0, len(rows), _BATCH):
        some = rows[at : at + _BATCH]
        near, place = faiss.knn(vectors, vector_files.read(index.store, some), _TOP, metric=faiss.METRIC_INNER_PRODUCT)
        scores.append(near)
        found.append(some[place])
    order = np.argsort(-np.concatenate(scores, axis=1), axis=1, kind="stable")[:, :_TOP]
    return np.take_along_axis(np.concatenate(found, axis=1), order, axis=1)


def replaced(
    settings: Settings, about: Topics, folder: Path, times: int = _REPLACED, paragraphs: int = _PARAGRAPHS
) -> Figures:
    """Seconds of each replacement of one label after the first, through ``ingest``, and those spent on encoding."""
    texts = Timed(encoder.IndexingEncoder(settings.encoder), settings.encoder)
    texts.encode([encoder.PROBE])  # loads the library
    whole, encoding, worked = [], [], []
    for version in range(1, times + 1):
        file = folder / f"{version}.xml"
        file.write_text(_spl(about, version, paragraphs))
        before, cpu = texts.seconds, time.process_time() - texts.cpu
        begun = time.perf_counter()
        report = ingest([file], settings, embedder=texts)
        whole.append(time.perf_counter() - begun)
        encoding.append(texts.seconds - before)
        worked.append(round(time.process_time() - texts.cpu - cpu, 3))
        if (report.added + report.changed, len(report.failed)) != (1, 0):
            raise SystemExit(f"version {version} was not taken in: {report}")
    seconds = [round(one - embedding, 3) for one, embedding in zip(whole, encoding, strict=True)][1:]
    return {
        "replace_s": seconds,
        "replace_most_s": max(seconds),
        "replace_cpu_s": worked[1:],
        "encoding_s": [round(one, 3) for one in encoding][1:],
    }


def _spl(about: Topics, version: int, paragraphs: int) -> str:
    chance = np.random.default_rng(1000 + version)
    lines = [
        f"{about.phrases[topic]} {' '.join(chance.choice(about.vocabulary, 120))}."
        for topic in chance.integers(0, len(about.phrases), paragraphs)
    ]
    text = "".join(f"<paragraph>{escape(line)}</paragraph>" for line in lines)
    return (
        f'<document xmlns="urn:hl7-org:v3"><id root="replaced-{version}"/><code code="34391-3"/><title>Replaced</title>'
        f'<setId root="synthetic-replaced"/><versionNumber value="{version}"/><component><structuredBody><component>'
        f'<section><code code="34073-7"/><title>7 DRUG INTERACTIONS</title><text>{text}</text></section></component>'
        "</structuredBody></component></document>"
    )


def about_vectors(vectors: Nearest) -> Figures:
    """Which kind of index there is, and what it says of itself."""
    base = getattr(vectors, "base", None)
    kind = "exact" if base is None else f"{base.lists} lists, {base.probes} searched, measured recall {base.recall}"
    return {"in_service": len(vectors), "vectors": kind}


def main() -> None:
    """Prints a line for each stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="passages")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--home", type=Path, help="where the index is kept; else it is thrown away")
    parser.add_argument("--exact-up-to", type=int, help="vectors; as in rxcite.toml")
    options = parser.parse_args()
    faiss.omp_set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(options.threads):
        settings = Settings(home=options.home or Path(folder), index="synthetic")
        if options.exact_up_to is not None:
            settings = replace(settings, vectors=replace(settings.vectors, exact_up_to=options.exact_up_to))
        about = topics(encoder.IndexingEncoder(settings.encoder))
        if not (settings.folder / DATABASE).exists():
            _say("built", built(settings, about, options.size))
        _say("opened", opened(settings))
        asked = list(questions(about, options.size, options.questions))
        _say("searched", searched(settings, asked))
        _say("recalled", recalled(settings, about, asked))
        _say("replaced", replaced(settings, about, Path(folder)))
        _say("opened after", opened(settings))
        with Index.open(settings) as index:
            size = sum(file.stat().st_size for file in settings.folder.rglob("*") if file.is_file())
            _say("index", {**about_vectors(index.vectors), "GB": size / 1e9})


def _say(stage: str, figures: Figures) -> None:
    load = f"{os.getloadavg()[0]:.1f}"
    sys.stdout.write(json.dumps({"stage": stage, "load": load} | _rounded(figures)) + "\n")
    sys.stdout.flush()


def _rounded(figures: Figures) -> dict[str, object]:
    return {
        name: _rounded(value) if isinstance(value, Mapping) else round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
    }


if __name__ == "__main__":
    main()
