"""A judge trained on claims and quotes: does the quote say it, say otherwise, or leave it open?

Claims are sentences of labels said again (true), with one fact changed (false), and neighbours of the sentence (open),
by the rules that also measure the check of claims (``eval.bench.perturbations``); and claims of SciFact with an odd
id, each with its gold sentences and with others of the same abstract. Claims with an even id stay unseen. It is not
trained on label text alone, so it is not for shipping.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.bench import perturbations, support_check
from finetune.cross_encoder import CrossSettings, Example, TrainedCross, train_cross_encoder
from finetune.pairs import split_of
from rag import sentences
from rag.records import Document
from rag.text import words

LABELS = ("entailment", "contradiction", "neutral")
"""The names by which ``rag.support.inference`` finds its way."""
_LOOKED_AT = 40
"""Sentences among which a neighbour is looked for."""
_SAME = 0.6
"""Share of words from which two sentences may say the same."""
_ENTAILED, _CONTRADICTED, _OPEN = range(3)


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """What the examples are made of."""

    quotes: int = 2_500
    """Sentences of labels, each of which becomes some four claims."""
    times: int = 6
    """How often the claims of people are seen for each time a claim made by rule is: they are few."""
    seed: int = 5


def train_judge(
    examples: Sequence[Example], out: Path, settings: CrossSettings | None = None, *, resume: bool = False
) -> TrainedCross:
    """Trains a judge for ``judge = "hf:OUT"``."""
    return train_cross_encoder(examples, out, replace(settings or CrossSettings(), labels=LABELS), resume=resume)


def from_labels(documents: Iterable[Document], settings: JudgeSettings) -> Iterator[Example]:
    """Quotes of labels with claims made of them: true, false and open in about equal parts."""
    rng = random.Random(settings.seed)
    documents = list(documents)
    names = support_check.names_of(documents)
    pool = support_check.sentences_of(documents)
    quotes = support_check.sample(pool, names, settings.quotes)
    neighbours = _Neighbours(pool)
    for quoted in quotes:
        split = split_of(" + ".join(sorted(quoted.drugs)))
        true = [made for change in _shuffled(perturbations.TRUE, rng) if (made := change(quoted.text, rng, names))]
        false = [made for change in _shuffled(perturbations.FALSE, rng) if (made := change(quoted.text, rng, names))]
        restated = support_check.stacked(perturbations.TRUE)(quoted.text, rng, names)
        for claim in dict.fromkeys([*([restated] if restated else []), *true[:2]]):
            yield Example(quoted.text, claim, _ENTAILED, split)
        for claim in dict.fromkeys(false[:2]):
            # what is said in other words and wrong, too: else words that differ would be the sign of what is true
            again = [change(claim, rng, names) for change in _shuffled(perturbations.TRUE, rng)[:1]]
            yield Example(quoted.text, next((made for made in again if made), claim), _CONTRADICTED, split)
        if other := neighbours.near(quoted, rng):
            yield Example(quoted.text, other, _OPEN, split)


def from_scifact(folder: Path, settings: JudgeSettings) -> Iterator[Example]:
    """Claims with an odd id and the sentences of their abstracts; one in ten is for validation."""
    rng = random.Random(settings.seed)
    lines = (folder / "corpus.jsonl").read_text().splitlines()
    corpus = {record["_id"]: record for record in map(json.loads, lines)}
    for line in (folder / "queries_train.jsonl").read_text().splitlines():
        claim = json.loads(line)
        if int(claim["_id"]) % 2 == 0:
            continue
        split = "valid" if int(claim["_id"]) % 20 == 1 else "train"
        for evidence in claim["evidence"]:
            text = corpus[evidence["doc"]]["text"]
            spans = sentences.split(text)
            if len(spans) != corpus[evidence["doc"]]["n_sent"]:
                continue
            gold = set(evidence["sents"])
            label = _ENTAILED if evidence["label"] == "SUPPORT" else _CONTRADICTED
            made = [Example(spans[at].of(text), claim["text"], label, split) for at in gold]
            rest = [at for at in range(len(spans)) if at not in gold]
            for at in rng.sample(rest, min(len(rest), len(gold))):
                made.append(Example(spans[at].of(text), claim["text"], _OPEN, split))
            yield from made * (settings.times if split == "train" else 1)


def _shuffled(changes: dict[str, perturbations.Change], rng: random.Random) -> list[perturbations.Change]:
    return rng.sample(list(changes.values()), len(changes))


class _Neighbours:
    """Sentences by the drugs of their label."""

    def __init__(self, pool: Sequence[support_check.Quoted]) -> None:
        self._by_drugs: dict[tuple[str, ...], list[str]] = {}
        for quoted in pool:
            self._by_drugs.setdefault(quoted.drugs, []).append(quoted.text)

    def near(self, quoted: support_check.Quoted, rng: random.Random) -> str | None:
        """A sentence on the same drugs that shares words with the quote and says something else; None for none."""
        own = self._by_drugs[quoted.drugs]
        said = set(words(quoted.text))
        shared: dict[str, float] = {}
        for text in rng.sample(own, min(_LOOKED_AT, len(own))):
            other = set(words(text))
            shared[text] = len(said & other) / len(said | other)
        apart = [text for text, share in shared.items() if share < _SAME and text not in quoted.text]
        return max(apart, key=lambda text: shared[text], default=None)
