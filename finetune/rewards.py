"""What a reply is worth: the citations that it gets right, as ``rag.writing.prompts`` reads them; and GRPO on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from finetune import methods
from finetune.bases import Loaded
from finetune.lessons import Lessons
from finetune.recipe import Recipe
from rag.settings import Budget
from rag.writing import prompts
from rag.writing.grammar import line_of
from rag.writing.writer import Form

_ITEMS = Budget().items


@dataclass(frozen=True, slots=True)
class Mark:
    """How a reply stands against the gold citations of its row."""

    recall: float
    """Share of the gold sentences that were cited; 1 where there is none to cite and it abstained."""
    precision: float
    """Share of what was cited that is gold, made-up numbers and words counted as cited."""
    exact: float
    """Share of the lines that are a sentence at hand, whole and word for word."""
    abstained: bool
    answerable: bool

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0

    @property
    def reward(self) -> float:
        """From 0 to 1. Quoting exactly counts with right citations only, and a refusal only where one is due."""
        if not self.answerable:
            return float(self.abstained)
        return 0.4 * self.recall + 0.4 * self.precision + 0.2 * self.exact * (self.precision > 0)


def mark(text: str, row: Mapping[str, Any]) -> Mark:
    """Marks a reply to a row; of rows without an answer recall and precision are 1 where it abstained, else 0."""
    choices = {int(one["number"]): prompts.plain(one["text"]) for one in row["sentences"]}
    gold, answerable = set(row["gold"]["numbers"]), bool(row["gold"]["answerable"])
    reply = prompts.read(text, choices, Form.WORDS, _ITEMS)
    whole = {line_of(id, words).strip() for id, words in choices.items()}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    exact = fmean(line in whole for line in lines) if lines else 0.0
    if not answerable:
        return Mark(float(reply.abstained), float(reply.abstained), exact, reply.abstained, False)
    right, said = len(gold & set(reply.ids)), len(reply.ids) + len(reply.rejected)
    return Mark(right / max(len(gold), 1), right / said if said else 0.0, exact, reply.abstained, True)


def rewarded(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float]:
    """The rewards of completions, as trl's GRPOTrainer asks for them."""
    rows = [
        dict(zip(("sentences", "gold"), pair, strict=True))
        for pair in zip(columns["sentences"], columns["gold"], strict=True)
    ]
    return [mark(_text(said), row).reward for said, row in zip(completions, rows, strict=True)]


def _text(said: Any) -> str:
    return said if isinstance(said, str) else "".join(str(turn["content"]) for turn in said)


def trainer(recipe: Recipe, loaded: Loaded, lessons: Lessons, shared: Mapping[str, Any], reward: Loaded | None) -> Any:
    """GRPO by trl; ``reward`` is a model that scores, in place of the gold citations."""
    import datasets
    from trl import GRPOConfig, GRPOTrainer

    return GRPOTrainer(
        reward_funcs=reward.model if reward else rewarded,
        reward_processing_classes=reward.tokenizer if reward else None,
        args=GRPOConfig(
            **shared,
            max_completion_length=recipe.completion,
            num_generations=recipe.generations,
            temperature=recipe.temperature,
            log_completions=False,
        ),
        train_dataset=datasets.Dataset.from_list(list(lessons.train)),
        processing_class=loaded.tokenizer,
        model=loaded.model,
        peft_config=methods.configuration(recipe),
    )
