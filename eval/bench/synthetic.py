"""Made-up labels with vectors in clusters, as many as one likes: what a large corpus costs, without its texts.

Words are those of the demonstration's files, as frequent as they are there; drugs have made-up names. A passage is of
one of 5,000 topics, six words each; its vector is the topic's own (by the real encoder) with noise of sigma .045 in
each dimension, then of length 1. So a question of a topic's words, encoded as any question is, has near neighbours.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from ingest import files
from rag.index.encoder import Encoder, Vectors
from rag.index.writer import DrugName, Entry, Writer
from rag.records import Block, BlockKind, Document, Ingredient, Kind, Passage, Product, Section
from rag.settings import SourceSettings
from rag.text import words

TOPICS = 5000
SIGMA = 0.045
_PASSAGES = 50
"""Of a label."""
_WORDS = 35
"""Of a passage."""
_LABELS = 20
"""Of a drug."""
_HEADS = (
    ("34067-9", "1 INDICATIONS AND USAGE"),
    ("34068-7", "2 DOSAGE AND ADMINISTRATION"),
    ("34070-3", "4 CONTRAINDICATIONS"),
    ("43685-7", "5 WARNINGS AND PRECAUTIONS"),
    ("34084-4", "6 ADVERSE REACTIONS"),
    ("34073-7", "7 DRUG INTERACTIONS"),
    ("42228-7", "8.1 Pregnancy"),
    ("34090-1", "12 CLINICAL PHARMACOLOGY"),
)
_SYLLABLES = "ba be bi bo da de di do fa fe ga go ka ke lo lu ma mi na ne po ra ri sa ta ti vo xa ze zo".split()
_BATCH = 200
"""Labels of one commit."""
_DEMO = Path(__file__).resolve().parents[2] / "corpora" / "demo"


@dataclass(frozen=True, slots=True)
class Topics:
    """What passages are about."""

    vocabulary: tuple[str, ...]
    shares: Vectors
    """How often each word of the vocabulary comes, summing to 1."""
    phrases: tuple[str, ...]
    centres: Vectors
    asked: tuple[int, ...]
    """Topics that hold no drug's name: a question of another would be taken for one about that drug."""

    def near(self, topics: "np.typing.NDArray[np.int64]", chance: np.random.Generator) -> Vectors:
        """A vector for each of ``topics``, near its centre."""
        noise = chance.standard_normal((len(topics), self.centres.shape[1]), dtype=np.float32)
        found = self.centres[topics] + np.float32(SIGMA) * noise
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def drug(number: int) -> str:
    """A name that no medicine has, another for each number."""
    name = "qu"
    for _ in range(4):
        number, at = divmod(number, len(_SYLLABLES))
        name += _SYLLABLES[at]
    return f"{name}n"


def topics(encoder: Encoder, count: int = TOPICS) -> Topics:
    """The topics, always the same."""
    chance = np.random.default_rng(1)
    sources = [files.Source(file.name, file.read_bytes()) for file in sorted(_DEMO.glob("*.xml"))]
    labels = [
        one for source in sources for one in files.contents(source, SourceSettings()) if isinstance(one, Document)
    ]
    names = {word for label in labels for product in label.products for word in _names(product)}
    text = " ".join(file.read_text() for file in sorted(_DEMO.glob("*.xml")))
    said = np.array([word for word in words(text) if word.isalpha() and len(word) > 2])
    vocabulary, times = np.unique(said, return_counts=True)
    shares = times / times.sum()
    phrases = tuple(" ".join(chance.choice(vocabulary, 6, p=shares**0.5 / (shares**0.5).sum())) for _ in range(count))
    asked = tuple(at for at, phrase in enumerate(phrases) if names.isdisjoint(phrase.split()))
    return Topics(tuple(vocabulary.tolist()), shares.astype(np.float32), phrases, encoder.encode(phrases), asked)


def _names(product: Product) -> list[str]:
    return words(" ".join([product.brand or "", product.generic or "", *(i.name for i in product.ingredients)]))


def fill(writer: Writer, about: Topics, passages: int, seed: int = 2) -> None:
    """Puts labels of ``passages`` passages in all into an empty index, commit by commit."""
    labels = -(-passages // _PASSAGES)
    chance = np.random.default_rng(seed)
    for first in range(0, labels, _BATCH):
        numbers = range(first, min(first + _BATCH, labels))
        subjects = [chance.integers(0, len(about.phrases), _PASSAGES) for _ in numbers]
        made = [_label(number, of, about, chance) for number, of in zip(numbers, subjects, strict=True)]
        vectors = about.near(np.concatenate(subjects), chance)
        keys = [hashlib.sha256(passage.id.encode()).digest() for _, found in made for passage in found]
        with writer.commit() as generation:
            writer.add_vectors(keys, vectors)
            left = iter(keys)
            for document, found in made:
                entries = [Entry(passage, (next(left),)) for passage in found]
                [name] = document.drugs
                names = [DrugName(name, kind, name) for kind in ("ingredient", "generic")]
                writer.add(document, entries, names, generation)


def _label(
    number: int, of: "np.typing.NDArray[np.int64]", about: Topics, chance: np.random.Generator
) -> tuple[Document, list[Passage]]:
    name, id = drug(number // _LABELS), f"synthetic-{number:07d}"
    fillers = chance.choice(about.vocabulary, (len(of), _WORDS - 6), p=about.shares / about.shares.sum())
    lines = [f"{about.phrases[topic]} {' '.join(more)}." for topic, more in zip(of.tolist(), fillers, strict=True)]
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    spans = list(zip(starts, (start + len(line) for start, line in zip(starts, lines, strict=False)), strict=False))
    sections = _sections(spans)
    product = Product(None, name, (Ingredient(name, name),))
    document = Document(
        id=id, kind=Kind.LABEL, source="synthetic", title=f"{name} tablets", version="1", effective="2026-01-01",
        text="\n".join(lines), sections=tuple(dict.fromkeys(sections)),
        blocks=tuple(Block(BlockKind.PARAGRAPH, start, end) for start, end in spans), products=(product,), set_id=id,
    )  # fmt: skip
    passages = [
        Passage(f"{id}-{at}", id, "1", section, start, end, line, None, (name,))
        for at, (section, (start, end), line) in enumerate(zip(sections, spans, lines, strict=True))
    ]
    return document, passages


def _sections(spans: list[tuple[int, int]]) -> list[Section]:
    """The section of each passage: the passages shared out among the heads in their order."""
    each = -(-len(spans) // len(_HEADS))
    found = []
    for at in range(len(spans)):
        code, title = _HEADS[at // each]
        number, _, heading = title.partition(" ")
        first, last = at // each * each, min(at // each * each + each, len(spans)) - 1
        found.append(Section(code, number, heading, (title,), spans[first][0], spans[last][1]))
    return found


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the corpus."""

    text: str
    topic: int
    names_drug: bool
    """Only the labels of that drug are searched then; otherwise all of them."""


def questions(about: Topics, passages: int, count: int, seed: int = 3) -> Iterator[Question]:
    """Questions of a topic's words; every other one asks them of a drug."""
    chance = np.random.default_rng(seed)
    drugs = -(-passages // _PASSAGES // _LABELS)
    for at in range(count):
        topic = int(chance.choice(about.asked))
        name = drug(int(chance.integers(drugs)))
        text = f"What does the label of {name} say of {about.phrases[topic]}?" if at % 2 else about.phrases[topic]
        yield Question(text, topic, bool(at % 2))
