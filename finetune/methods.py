"""What of a model is trained: peft's configuration of each method, and the model with it."""

from typing import Any

from finetune.plan import Method
from finetune.recipe import Recipe, Stage

LORA = (Method.QLORA, Method.LORA, Method.DORA)


def configuration(recipe: Recipe) -> Any:
    """How peft adapts the base: LoRA on all linear layers, rank-stabilised; None where the run goes on from an adapter.

    Prefix and prompt tuning are as the article names them; in peft's own comparison LoRA beats them by 6 to 45 points.
    """
    if recipe.start:
        return None
    import peft

    reward = recipe.stage is Stage.REWARD
    task = peft.TaskType.SEQ_CLS if reward else peft.TaskType.CAUSAL_LM
    if recipe.method is Method.PREFIX:
        return peft.PrefixTuningConfig(task_type=task, num_virtual_tokens=recipe.virtual_tokens)
    if recipe.method is Method.PROMPT:
        return peft.PromptTuningConfig(
            task_type=task, num_virtual_tokens=recipe.virtual_tokens, prompt_tuning_init="SAMPLE_VOCAB"
        )
    return peft.LoraConfig(
        task_type=task,
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules="all-linear",
        use_rslora=True,
        use_dora=recipe.method is Method.DORA,
        modules_to_save=["score"] if reward else None,
    )


def quantisation(recipe: Recipe) -> Any:
    """How the base is kept: NF4 with double quantisation for QLoRA (4.127 bits a parameter), else None."""
    if recipe.method is not Method.QLORA:
        return None
    import torch
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, recipe.precision),
        llm_int8_skip_modules=["lm_head", "score"],
    )
