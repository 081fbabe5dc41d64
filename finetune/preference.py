"""Which of two answers is better: trl's DPO, KTO and reward trainers.

Nobody else's model is needed: what DPO and KTO hold the tuned model against is the same model with its adapter off, or
with a frozen copy of the adapter it starts from.
"""

from collections.abc import Mapping
from typing import Any

from finetune import methods
from finetune.bases import Loaded
from finetune.lessons import Lessons
from finetune.recipe import Recipe, Stage


def trainer(recipe: Recipe, loaded: Loaded, lessons: Lessons, shared: Mapping[str, Any]) -> Any:
    """The trainer of the recipe's stage: dpo, kto or reward."""
    import datasets
    import trl

    rows = {name: [{key: row[key] for key in row if key in _READ} for row in part] for name, part in lessons.parts}
    parts: dict[str, Any] = {
        "model": loaded.model,
        "train_dataset": datasets.Dataset.from_list(rows["train"]),
        "eval_dataset": datasets.Dataset.from_list(rows["valid"]) if rows["valid"] else None,
        "processing_class": loaded.tokenizer,
        "peft_config": methods.configuration(recipe),
    }
    if recipe.stage is Stage.DPO:
        return trl.DPOTrainer(**parts, args=trl.DPOConfig(**shared, max_length=recipe.longest, beta=recipe.beta))
    if recipe.stage is Stage.KTO:
        return trl.KTOTrainer(**parts, args=trl.KTOConfig(**shared, max_length=recipe.longest, beta=recipe.beta))
    return trl.RewardTrainer(**parts, args=trl.RewardConfig(**shared, max_length=recipe.longest))


_READ = {"prompt", "completion", "label", "chosen", "rejected"}
