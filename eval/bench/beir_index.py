"""The corpus of a BEIR folder as an index, so that ``rxcite eval run`` can put its queries to search.

    python -m eval.bench.beir_index FOLDER --home HOME --index scifact
    RXCITE_HOME=HOME rxcite eval run --questions FOLDER --arms search --k 60 --index scifact

FOLDER holds ``corpus.jsonl``; the reader of BEIR makes an article of each line. What is there already costs nothing, so
that a run that was stopped goes on. ``--k 60``: nDCG@10 counts ten documents, of which several passages may be found.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

from eval.readers import beir
from ingest import passages
from rag.index import encoder
from rag.index.writer import Entry, Writer, content_of, writing
from rag.records import Document
from rag.settings import Settings

_BATCH = 512
"""Texts embedded between two commits."""


def build(folder: Path, settings: Settings) -> None:
    """Brings the index to hold the abstracts; what is there already costs nothing."""
    tokens = encoder.Tokens(encoder.folder_of(settings.encoder))
    with writing(settings) as writer:
        todo: list[tuple[Document, list[Entry]]] = []
        texts: dict[bytes, str] = {}
        for document in beir.documents(folder):
            current = writer.current(document.id)
            if current is not None and current.content == content_of(document):
                continue
            entries = []
            for part in passages.split(document, tokens.count, settings.passages):
                keys = []
                for window in part.windows:
                    key = hashlib.sha256(f"{settings.encoder}\0{window.embedded}".encode()).digest()
                    texts[key] = window.embedded
                    keys.append(key)
                entries.append(Entry(part.passage, tuple(keys)))
            todo.append((document, entries))
        if not todo:
            return
        _embed(writer, texts, encoder.IndexingEncoder(settings.encoder))
        with writer.commit() as generation:
            for document, entries in todo:
                if current := writer.current(document.id):
                    writer.retire(current.row, generation, "replaced")
                writer.add(document, entries, (), generation)
        writer.finish()


def _embed(writer: Writer, texts: Mapping[bytes, str], embedder: encoder.Encoder) -> None:
    probe = embedder.encode([encoder.PROBE])[0]
    writer.prepare(len(probe), probe)
    missing = writer.missing(list(texts))
    keys = sorted(missing, key=lambda key: (len(texts[key]), key))
    for at in range(0, len(keys), _BATCH):
        some = keys[at : at + _BATCH]
        vectors = embedder.encode([texts[key] for key in some])
        with writer.store.transaction():
            writer.add_vectors(some, vectors)
        sys.stderr.write(f"\rembedded {at + len(some)} of {len(keys)}")
    sys.stderr.write("\n")


def main() -> None:
    """Brings an index up to date with a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="folder of indexes, as RXCITE_HOME")
    parser.add_argument("--index", required=True, help="name of the index")
    options = parser.parse_args()
    build(options.folder, Settings(home=options.home, index=options.index))


if __name__ == "__main__":
    main()
