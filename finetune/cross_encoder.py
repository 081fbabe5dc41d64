"""A small model that reads two texts together, tuned from the default encoder's weights: re-ranker or judge.

The classifier on top is new, the lower layers stay as they are. What comes out is a whole model's folder, not an
adapter: it is for this machine and never ships.
"""

import json
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finetune.retriever import LOG, log_to, trainer_in_order
from rag.errors import UsageError
from rag.index import encoder


@dataclass(frozen=True, slots=True)
class Example:
    """Two texts and what they are to each other."""

    first: str
    second: str
    label: int
    """Place of the label in ``CrossSettings.labels``; 0 or 1 (right) where there are none."""
    split: str


@dataclass(frozen=True, slots=True)
class CrossSettings:
    """How a model of two texts is trained."""

    base: str = encoder.DEFAULT
    labels: tuple[str, ...] = ()
    """Names of the classes; none for one score, higher for a better second text."""
    first_layer: int = 1
    """Layers below it, and the embeddings, are left as they are."""
    rate: float = 2e-4
    """High for full weights: the classifier starts from nothing and runs are short."""
    warmup: float = 0.1
    tokens: int = 256
    """Of both texts; what is beyond is cut."""
    tokens_a_batch: int = 6_000
    steps: int = 400
    save: int = 200
    seed: int = 5
    threads: int = 1
    bf16: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        if min(self.steps, self.save, self.tokens, self.tokens_a_batch) < 1 or self.rate <= 0:
            raise UsageError(f"settings of a cross-encoder must be above 0, got {self}")
        if len(self.labels) == 1:
            raise UsageError("one label tells nothing apart; give two or more, or none for a score")


@dataclass(frozen=True, slots=True)
class TrainedCross:
    """A model's folder, and what training it took."""

    folder: Path
    steps: int
    seconds: float
    valid: float
    """Share of validation examples that come out right, at an even chance for each label; nan for none."""


def train_cross_encoder(
    examples: Sequence[Example], out: Path, settings: CrossSettings, *, resume: bool = False
) -> TrainedCross:
    """Trains a model on the training examples and writes it to ``out``."""
    import torch
    from datasets import Dataset
    from sentence_transformers import CrossEncoder
    from sentence_transformers.cross_encoder import CrossEncoderTrainer
    from sentence_transformers.cross_encoder import CrossEncoderTrainingArguments as Arguments
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss, CrossEntropyLoss

    rows = [example for example in examples if example.split == "train"]
    if not rows:
        raise UsageError("no example is for training; make examples of more labels")
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    out.mkdir(parents=True, exist_ok=True)
    cuda = torch.cuda.is_available()
    model = CrossEncoder(
        str(encoder.folder_of(settings.base)), num_labels=len(settings.labels) or 1, max_length=settings.tokens,
        local_files_only=True, device="cuda" if cuda else "cpu",
        model_kwargs={} if cuda else {"attn_implementation": "eager"},
    )  # fmt: skip
    bert: Any = model.model
    if settings.labels:
        bert.config.id2label = dict(enumerate(settings.labels))
        bert.config.label2id = {label: at for at, label in enumerate(settings.labels)}
    frozen = tuple(f"bert.encoder.layer.{layer}." for layer in range(settings.first_layer))
    for name, weight in bert.named_parameters():
        weight.requires_grad = not name.startswith(("bert.embeddings.", *frozen))
    label = [float(row.label) for row in rows] if not settings.labels else [row.label for row in rows]
    trainer = trainer_in_order(
        CrossEncoderTrainer,
        batches(rows, settings),
        model=model,
        args=Arguments(
            output_dir=str(out / "checkpoints"), max_steps=settings.steps, learning_rate=settings.rate,
            warmup_steps=settings.warmup, lr_scheduler_type="linear", use_cpu=not cuda, bf16=settings.bf16,
            logging_steps=10, report_to="none", disable_tqdm=True, save_steps=settings.save, save_total_limit=2,
            seed=settings.seed, dataloader_pin_memory=False,
        ),
        train_dataset=Dataset.from_dict(
            {"first": [row.first for row in rows], "second": [row.second for row in rows], "label": label}
        ),
        loss=CrossEntropyLoss(model) if settings.labels else BinaryCrossEntropyLoss(model),
        callbacks=[log_to(out / LOG)],
    )  # fmt: skip
    begun = time.monotonic()
    trainer.train(resume_from_checkpoint=resume)
    model.save_pretrained(str(out), create_model_card=False)
    valid = [example for example in examples if example.split == "valid"]
    return TrainedCross(out, int(trainer.state.global_step), time.monotonic() - begun, right_share(model, valid))


def right_share(model: Any, examples: Sequence[Example]) -> float:
    """The mean over the labels of the share of their examples that come out right; nan for none."""
    if not examples:
        return float("nan")
    scores = model.predict([(e.first, e.second) for e in examples], show_progress_bar=False)
    said = [int(score.argmax()) if getattr(score, "ndim", 0) else int(score > 0.5) for score in scores]
    by_label: dict[int, list[bool]] = {}
    for example, found in zip(examples, said, strict=True):
        by_label.setdefault(example.label, []).append(found == example.label)
    return sum(sum(right) / len(right) for right in by_label.values()) / len(by_label)


def write(examples: Iterable[Example], path: Path) -> None:
    """JSON Lines."""
    path.write_text("".join(json.dumps(asdict(example), ensure_ascii=False) + "\n" for example in examples))


def read(path: Path) -> list[Example]:
    """What ``write`` wrote."""
    return [Example(**json.loads(line)) for line in path.read_text().splitlines()]


def batches(examples: Sequence[Example], settings: CrossSettings) -> list[list[int]]:
    """Places of the examples that make a batch: texts of like length, batches in random order."""
    rng = random.Random(settings.seed)
    tokens = encoder.Tokens(encoder.folder_of(settings.base))
    counts = zip(tokens.count([e.first for e in examples]), tokens.count([e.second for e in examples]), strict=True)
    sizes = [min(a + b + 3, settings.tokens) for a, b in counts]
    order = sorted(range(len(examples)), key=lambda at: (sizes[at] // 16, rng.random()))
    batches: list[list[int]] = []
    for at in order:
        if not batches or (len(batches[-1]) + 1) * sizes[at] > settings.tokens_a_batch:
            batches.append([])
        batches[-1].append(at)
    rng.shuffle(batches)
    return batches
