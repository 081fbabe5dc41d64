"""rxcite's ingest against LlamaIndex's pipeline: same machine, same run, same encoder weights, same threads.

    python -m eval.bench.ingest_speed DATA [--labels 60] [--copies 500] [--threads 2] [--only NAME ...]

LlamaIndex: ``IngestionPipeline`` with ``SentenceSplitter(256, 20)``, ``HuggingFaceEmbedding`` and ``FaissVectorStore``.
rxcite: ``ingest`` into a new index, so with SQLite, words and checks. Both have loaded their encoder before. Three
settings over openFDA labels of ``DATA``: *plain*, the same text for both, as rxcite reads it out of the record;
*files*, records as they come, which LlamaIndex gets as the text of all their fields (sections repeat their tables in a
field of their own); *copies*, such records, two thirds of them another's under an id and a manufacturer of their own.

Told of each: labels/s, nodes/s, distinct texts and tokens that were embedded, which says where the difference comes
from. While rxcite embeds, useful operations per second are set against a matrix multiplication of the same run. "cpu"
figures go by the time of the processor and not the clock's. Prints one JSON object a setting and system.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from ingest import files
from ingest.sync import ingest
from rag.index import encoder
from rag.records import Document
from rag.settings import Settings

_TOKEN = 2 * 6 * 12 * 384 * 384
"""Operations for a token of the default encoder: 6 layers of 12 matrices' worth of 384 x 384, multiply and add."""
_PAIR = 2 * 6 * 2 * 384
"""Operations for each two tokens of a text: its attention."""
_SHAPE = (4096, 384, 1536)
"""Of the multiplication that is the measure of the machine."""


@dataclass(slots=True)
class Counted:
    """An encoder that knows what it was given and how long it took."""

    inner: encoder.Encoder
    tokens: encoder.Tokens
    name: str
    lengths: list[int] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    def encode(self, texts: Sequence[str]) -> encoder.Vectors:
        """As the encoder within."""
        begun, worked = time.perf_counter(), time.process_time()
        found = self.inner.encode(texts)
        self.seconds += time.perf_counter() - begun
        self.cpu += time.process_time() - worked
        self.lengths += [len(ids) for ids in self.tokens.all_ids(texts, 256)]
        return found

    @property
    def operations(self) -> float:
        """Useful ones: nothing for padding."""
        return float(sum(_TOKEN * n + _PAIR * n * n for n in self.lengths))


@dataclass(frozen=True, slots=True)
class Work:
    """What one system did."""

    labels: int
    nodes: int
    seconds: float
    cpu: float
    texts: int
    """Embedded."""
    tokens: int


def rate(rounds: int = 12) -> tuple[float, float]:
    """Multiplications and additions a second of float32 matrices: by the clock, and by the processor's time."""
    a, b = torch.ones(_SHAPE[:2]), torch.ones(_SHAPE[1:])
    begun, worked = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        for _ in range(rounds):
            torch.mm(a, b)
    done = 2.0 * rounds * _SHAPE[0] * _SHAPE[1] * _SHAPE[2]
    return done / (time.perf_counter() - begun), done / (time.process_time() - worked)


def ours(paths: Sequence[Path], labels: int, counted: Counted) -> Work:
    """``rxcite ingest`` of files."""
    counted.lengths.clear()
    with tempfile.TemporaryDirectory() as home:
        begun, worked = time.perf_counter(), time.process_time()
        report = ingest(paths, Settings(home=Path(home)), embedder=counted)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    if report.failed or report.documents != labels:
        raise SystemExit(f"{report.documents} of {labels} labels were taken in: {report.failed[:3]}")
    return Work(labels, report.passages, seconds, cpu, len(counted.lengths), sum(counted.lengths))


def theirs(texts: Sequence[str], embedding: Any, tokens: encoder.Tokens) -> Work:
    """The same through LlamaIndex."""
    import faiss
    from llama_index.core import Document as Text
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import MetadataMode
    from llama_index.vector_stores.faiss import FaissVectorStore

    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(384))
    splitter = SentenceSplitter(chunk_size=256, chunk_overlap=20)
    pipeline = IngestionPipeline(transformations=[splitter, embedding], vector_store=store)
    begun, worked = time.perf_counter(), time.process_time()
    nodes = pipeline.run(documents=[Text(text=text) for text in texts])
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    embedded = [node.get_content(MetadataMode.EMBED) for node in nodes]
    lengths = [len(ids) for ids in tokens.all_ids(embedded, 256)]
    return Work(len(texts), len(nodes), seconds, cpu, len(nodes), sum(lengths))


def records(data: Path) -> Iterator[dict[str, Any]]:
    """The labels of the openFDA parts under ``data``."""
    for file in sorted((data / "openfda").glob("*.json")):
        yield from json.loads(file.read_text())["results"]


def said(record: Mapping[str, Any]) -> str:
    """All the text of a record, field by field."""
    parts = [value for name, value in record.items() if isinstance(value, list) and name != "openfda"]
    return "\n\n".join(str(text) for part in parts for text in part)


def copied(some: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """``count`` records, a third of them as they are, each with two copies as generics make them."""
    found = []
    for at in range(count):
        record, copy = some[at // 3], at % 3
        about = record.get("openfda", {}) | ({"manufacturer_name": [f"Generic maker {copy}"]} if copy else {})
        own = {"id": f"{record['id']}-{copy}", "set_id": f"{record['set_id']}-{copy}"} if copy else {}
        found.append(record | own | {"openfda": about})
    return found


def _written(records: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """A file for each record."""
    folder.mkdir()
    for at, record in enumerate(records):
        (folder / f"{at:05d}.json").write_text(json.dumps({"meta": {}, "results": [record]}))
    return sorted(folder.iterdir())


def _plain(documents: Sequence[Document], folder: Path) -> list[Path]:
    folder.mkdir()
    for at, document in enumerate(documents):
        head = {"id": f"plain-{at:05d}", "title": f"Label {at}", "kind": "label", "format": "text"}
        lines = [*(f"{name}: {json.dumps(value)}" for name, value in head.items())]
        drugs = json.dumps(list(document.drugs) or ["unknown"])
        (folder / f"{at:05d}.txt").write_text("\n".join(["---", *lines, f"drugs: {drugs}", "---", document.text]))
    return sorted(folder.iterdir())


def main() -> None:
    """Prints a line for each setting and system, and one for the machine's share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder that holds openfda/")
    parser.add_argument("--labels", type=int, default=60, help="of the first two settings")
    parser.add_argument("--copies", type=int, default=500, help="labels of the third")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", action="append", choices=["plain", "files", "copies"])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    folder = encoder.folder_of(encoder.DEFAULT)
    tokens = encoder.Tokens(folder)
    counted = Counted(encoder.IndexingEncoder(encoder.DEFAULT), tokens, encoder.DEFAULT)
    embedding = HuggingFaceEmbedding(model_name=str(folder), device="cpu")
    torch.set_num_threads(options.threads)  # the library sets its own when it loads
    counted.encode(["warm"] * 8)
    embedding.get_text_embedding_batch(["warm"] * 8)
    usable = (record for record in records(options.data) if record.get("set_id") and record.get("id"))
    distinct = list(islice(usable, max(options.labels, -(-options.copies // 3))))
    some = distinct[: options.labels]
    with tempfile.TemporaryDirectory() as place:
        where = Path(place)
        settings = Settings().sources
        for name in options.only or ("plain", "files", "copies"):
            if name == "plain":
                source = files.Source("parts", json.dumps({"meta": {}, "results": some}).encode())
                documents = [one for one in files.contents(source, settings) if isinstance(one, Document)]
                paths, texts = _plain(documents, where / name), [document.text for document in documents]
            else:
                taken = some if name == "files" else copied(distinct, options.copies)
                paths, texts = _written(taken, where / name), [said(record) for record in taken]
            _compare(name, paths, texts, counted, embedding, tokens)


def _compare(
    name: str, paths: Sequence[Path], texts: Sequence[str], counted: Counted, embedding: Any, tokens: encoder.Tokens
) -> None:
    before = rate()
    counted.seconds = counted.cpu = 0.0
    mine = ours(paths, len(texts), counted)
    after = rate()
    other = theirs(texts, embedding, tokens)
    by_clock, by_cpu = ((before[at] + after[at]) / 2 for at in (0, 1))
    for system, work in (("rxcite", mine), ("llama-index", other)):
        _say(
            {
                "setting": name, "system": system, "labels": work.labels, "nodes": work.nodes,
                "labels_per_s": work.labels / work.seconds, "nodes_per_s": work.nodes / work.seconds,
                "labels_per_cpu_s": work.labels / work.cpu, "texts_embedded": work.texts,
                "tokens_embedded": work.tokens, "tokens_per_cpu_s": work.tokens / work.cpu, "seconds": work.seconds,
            }
        )  # fmt: skip
    _say(
        {
            "setting": name, "times_faster": other.seconds / mine.seconds, "times_faster_cpu": other.cpu / mine.cpu,
            "from": {"fewer_tokens": other.tokens / mine.tokens,
                     "cpu_for_a_token": other.cpu / other.tokens / (mine.cpu / mine.tokens)},
            "share_of_ingest_spent_embedding_cpu": counted.cpu / mine.cpu,
            "share_of_sgemm": counted.operations / counted.seconds / by_clock,
            "share_of_sgemm_cpu": counted.operations / counted.cpu / by_cpu,
            "sgemm_gflops": by_clock / 1e9, "sgemm_gflops_cpu": by_cpu / 1e9,
        }
    )  # fmt: skip


def _say(figures: Mapping[str, Any]) -> None:
    rounded = {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in figures.items()
        if not isinstance(value, Mapping)
    }
    inner = {
        n: {k: round(v, 3) for k, v in value.items()} for n, value in figures.items() if isinstance(value, Mapping)
    }
    sys.stdout.write(json.dumps({**rounded, **inner, "load": round(os.getloadavg()[0], 1)}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
