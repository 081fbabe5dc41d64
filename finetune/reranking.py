"""A re-ranker trained on the encoder's own pairs: does this window answer this question?"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from finetune.cross_encoder import CrossSettings, Example, TrainedCross, train_cross_encoder
from finetune.pairs import Pair


def train_reranker(
    pairs: Sequence[Pair], out: Path, settings: CrossSettings | None = None, *, resume: bool = False
) -> TrainedCross:
    """Trains a re-ranker for ``search.reranker = "hf:OUT"``."""
    chosen = replace(settings or CrossSettings(), labels=())
    return train_cross_encoder(examples(pairs), out, chosen, resume=resume)


def examples(pairs: Sequence[Pair]) -> list[Example]:
    """Each question with the window that answers it and with each that does not."""
    return [
        Example(pair.question, text, int(text == pair.positive), pair.split)
        for pair in pairs
        for text in (pair.positive, *pair.negatives)
    ]
