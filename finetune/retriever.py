"""An adapter for the encoder, trained on questions and windows (``finetune.pairs``): LoRA by sentence-transformers.

The loss ranks each question's window above all other windows of its batch (MultipleNegativesRankingLoss; van den Oord
et al. 2018). A batch holds an ingredient once, because another window of the same label may answer too, and windows of
like length, because it is padded to the longest. What the encoder knew before is guarded by a probe of another kind of
text: the adapter is softened (its change of the weights scaled down; Wortsman et al., CVPR 2022) until that holds.
"""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finetune.pairs import Pair
from rag.errors import UsageError
from rag.index import adapter, encoder

_LINEAR = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
           "intermediate.dense", "output.dense")  # fmt: skip
_BUCKETS = (96, 160, 256)
"""Tokens: windows up to the same bound share batches."""
LOG = "log.jsonl"


@dataclass(frozen=True, slots=True)
class RetrieverSettings:
    """How an encoder's adapter is trained."""

    base: str = encoder.DEFAULT
    layers: tuple[int, ...] = (2, 3, 4, 5)
    """Counted from 0; those below the first need no backward pass, which saves a third of the time."""
    rank: int = 32
    alpha: int = 32
    rate: float = 4e-4
    warmup: float = 0.06
    """Share of the steps."""
    scale: float = 20.0
    """1 / temperature of the softmax, as the base was trained with."""
    tokens_a_batch: int = 12_000
    """Of windows, positives and negatives, padding counted: memory and time of a step."""
    steps: int = 400
    evaluate: int = 100
    """Steps between two evaluations and checkpoints."""
    seed: int = 5
    threads: int = 1
    bf16: bool = True
    """Half precision for matrices, five times as fast on CPUs that have it."""

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        if min(self.rank, self.alpha, self.steps, self.evaluate, self.tokens_a_batch) < 1 or self.rate <= 0:
            raise UsageError(f"settings of the encoder must be above 0, got {self}")


@dataclass(frozen=True, slots=True)
class Probe:
    """Questions with the texts that answer them: what an encoder is measured on while it is trained."""

    name: str
    questions: Mapping[str, str]
    texts: Mapping[str, str]
    right: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Trained:
    """An adapter and what was measured on the way."""

    folder: Path
    steps: int
    seconds: float
    measured: tuple[dict[str, float], ...]
    """Before the first step, at each evaluation, at the end."""


def train_encoder(
    pairs: Sequence[Pair],
    out: Path,
    settings: RetrieverSettings,
    probes: Sequence[Probe] = (),
    *,
    resume: bool = False,
) -> Trained:
    """Trains an adapter and writes it to ``out``, in the form of peft, with a log of losses and probes."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers import SentenceTransformerTrainingArguments as Arguments
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    rows = [pair for pair in pairs if pair.split == "train"]
    if not rows:
        raise UsageError("no pair is for training; make pairs of more labels")
    out.mkdir(parents=True, exist_ok=True)
    base, _ = adapter.parts_of(settings.base)
    # plain attention: the fused one of CPUs takes more than a third of a step for its backward pass
    slow = {"attn_implementation": "eager"} if _device() == "cpu" else {}
    folder = str(encoder.folder_of(base))
    model = SentenceTransformer(folder, local_files_only=True, device=_device(), model_kwargs=slow)
    bert: Any = model[0].auto_model
    bert.add_adapter(
        LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=_targets(settings), lora_dropout=0.0)
    )
    grouped = list(batches(rows, settings))
    data = Dataset.from_dict(
        {
            "question": [pair.question for pair in rows],
            "positive": [pair.positive for pair in rows],
            # one negative a question: a second costs as much as another question, which brings two more windows
            "negative": _negatives(rows, settings),
        }
    )
    cpu = _device() == "cpu"
    trainer = trainer_in_order(
        SentenceTransformerTrainer,
        grouped,
        model=model,
        args=Arguments(
            output_dir=str(out / "checkpoints"), max_steps=settings.steps, learning_rate=settings.rate,
            warmup_steps=settings.warmup, lr_scheduler_type="linear", use_cpu=cpu, bf16=settings.bf16,
            logging_steps=10, report_to="none", disable_tqdm=True,
            save_steps=settings.evaluate, save_total_limit=2, eval_strategy="steps" if probes else "no",
            eval_steps=settings.evaluate, seed=settings.seed, dataloader_pin_memory=False, weight_decay=0.0,
        ),
        train_dataset=data,
        loss=MultipleNegativesRankingLoss(model, scale=settings.scale),
        evaluator=_evaluator(probes, settings) if probes else None,
        callbacks=[log_to(out / LOG)],
    )  # fmt: skip
    begun = time.monotonic()
    measured = [measure(model, probes, settings)] if probes and not resume else []
    trainer.train(resume_from_checkpoint=resume)
    _write(bert, settings, out)
    if probes:
        measured.append(measure(model, probes, settings))
    return Trained(out, int(trainer.state.global_step), time.monotonic() - begun, tuple(measured))


def measure(model: Any, probes: Sequence[Probe], settings: RetrieverSettings) -> dict[str, float]:
    """hit@1, hit@5 and nDCG@10 of each probe, "NAME hit@1" ...; right texts against all texts of the probe."""
    found = _evaluator(probes, settings)(model)
    named = {"accuracy@1": "hit@1", "accuracy@5": "hit@5", "ndcg@10": "nDCG@10"}
    return {
        f"{probe.name} {ours}": float(found[f"{probe.name}_cosine_{theirs}"])
        for probe in probes
        for theirs, ours in named.items()
    }


def soften(folder: Path, scale: float) -> None:
    """Scales the change that an adapter makes; 1 leaves it, 0 is the base."""
    path = folder / adapter.CONFIG
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"lora_alpha": config["lora_alpha"] * scale}, indent=2) + "\n")


def probe_of(pairs: Sequence[Pair], name: str = "labels") -> Probe:
    """The validation pairs as a probe: their own windows are right, all other windows of the set wrong."""
    chosen = [pair for pair in pairs if pair.split == "valid"]
    every = dict.fromkeys(text for pair in chosen for text in (pair.positive, *pair.negatives))
    texts = {text: str(at) for at, text in enumerate(every)}
    return Probe(
        name,
        {pair.id: pair.question for pair in chosen},
        {id: text for text, id in texts.items()},
        {pair.id: frozenset({texts[pair.positive]}) for pair in chosen},
    )


def _targets(settings: RetrieverSettings) -> list[str]:
    """The linear layers that are changed, as peft names them."""
    return [f"encoder.layer.{layer}.{part}" for layer in settings.layers for part in _LINEAR]


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def batches(pairs: Sequence[Pair], settings: RetrieverSettings) -> Iterator[list[int]]:
    """Places of the pairs that make a batch: no ingredient twice, windows of like length, batches in random order."""
    rng = random.Random(settings.seed)
    sizes = encoder.Tokens(encoder.folder_of(settings.base)).count([pair.positive for pair in pairs])
    open_batches: dict[int, list[tuple[list[int], set[str]]]] = {bound: [] for bound in _BUCKETS}
    done: list[list[int]] = []
    order = list(range(len(pairs)))
    rng.shuffle(order)
    for at in order:
        bound = _bound(sizes[at])
        most = max(2, settings.tokens_a_batch // (2 * bound))
        drugs = set(pairs[at].ingredient.split(" + "))
        fits = next((b for b in open_batches[bound] if b[1].isdisjoint(drugs)), None)
        if fits is None:
            fits = ([], set())
            open_batches[bound].append(fits)
        fits[0].append(at)
        fits[1].update(drugs)
        if len(fits[0]) >= most:
            open_batches[bound].remove(fits)
            done.append(fits[0])
    done += [places for some in open_batches.values() for places, _ in some if len(places) > 1]
    rng.shuffle(done)
    yield from done


def _negatives(pairs: Sequence[Pair], settings: RetrieverSettings) -> list[str]:
    """A negative of each pair, cut to what the windows of its batch may have: padding costs as much as text."""
    tokens = encoder.Tokens(encoder.folder_of(settings.base))
    texts = [pair.negatives[at % len(pair.negatives)] for at, pair in enumerate(pairs)]
    sizes = zip(tokens.count([pair.positive for pair in pairs]), tokens.count(texts), strict=True)
    return [
        text if size <= _bound(own) else text[: len(text) * _bound(own) // size]
        for text, (own, size) in zip(texts, sizes, strict=True)
    ]


def _bound(size: int) -> int:
    """Tokens up to which windows share batches with one of this size."""
    return next((bound for bound in _BUCKETS if size <= bound), _BUCKETS[-1])


def trainer_in_order(kind: Any, batches: Sequence[list[int]], **given: Any) -> Any:
    """A trainer of the library's ``kind``, which is handed these batches in this order."""
    from sentence_transformers.base.sampler import DefaultBatchSampler

    class InOrder(DefaultBatchSampler):
        def __iter__(self) -> Iterator[list[int]]:
            yield from batches

        def __len__(self) -> int:
            return len(batches)

    class Trainer(kind):  # type: ignore[misc]  # the library's class, loaded late
        def get_batch_sampler(self, dataset: Any, batch_size: int, drop_last: bool, *_: Any, **__: Any) -> Any:
            return InOrder(dataset, batch_size, drop_last)

    return Trainer(**given)


def _evaluator(probes: Sequence[Probe], settings: RetrieverSettings) -> Any:
    import torch
    from sentence_transformers.base.evaluation import SequentialEvaluator
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    evaluators = [
        InformationRetrievalEvaluator(
            dict(probe.questions), dict(probe.texts), {id: set(texts) for id, texts in probe.right.items()},
            name=probe.name, batch_size=32, write_csv=False, accuracy_at_k=[1, 5], map_at_k=[10],
        )
        for probe in probes
    ]  # fmt: skip

    class InHalfPrecision(SequentialEvaluator):
        def __call__(self, *given: Any, **named: Any) -> dict[str, float]:
            with torch.autocast(_device(), torch.bfloat16, enabled=settings.bf16):
                found: dict[str, float] = super().__call__(*given, **named)
            return found

    return InHalfPrecision(evaluators, main_score_function=lambda scores: scores[0])


def log_to(path: Path) -> Any:
    """A callback that writes what the trainer logs, a line each."""
    from transformers import TrainerCallback

    begun = time.monotonic()

    class Log(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            line = {"step": state.global_step, "seconds": round(time.monotonic() - begun, 1)} | (logs or {})
            with path.open("a") as file:
                file.write(json.dumps(line, default=str) + "\n")

    return Log()


def _write(bert: Any, settings: RetrieverSettings, out: Path) -> None:
    """The adapter in half precision, in the form in which peft writes one."""
    import torch
    from safetensors.torch import save_file

    state = bert.get_adapter_state_dict()
    named = {f"base_model.model.{key}": value.to(torch.float16).contiguous().cpu() for key, value in state.items()}
    save_file(named, out / adapter.WEIGHTS)
    config = {
        "peft_type": "LORA", "task_type": "FEATURE_EXTRACTION", "r": settings.rank, "lora_alpha": settings.alpha,
        "target_modules": _targets(settings), "bias": "none", "lora_dropout": 0.0, "inference_mode": True,
        "base_model_name_or_path": settings.base,
    }  # fmt: skip
    (out / adapter.CONFIG).write_text(json.dumps(config, indent=2) + "\n")
    (out / "settings.json").write_text(json.dumps(asdict(settings), indent=2) + "\n")
