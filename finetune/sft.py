"""Right answers as they should be written: trl's SFTTrainer, the loss that of the completion alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from finetune import methods
from finetune.bases import Loaded
from finetune.lessons import Lessons
from finetune.recipe import Recipe


def trainer(recipe: Recipe, loaded: Loaded, lessons: Lessons, shared: Mapping[str, Any]) -> Any:
    """Packing is left off, it needs flash-attn; and so is grouping by length, whose order a resumed run does not find.

    (transformers 5.23 draws the groups of a second epoch anew where a run goes on in it.)
    """
    import datasets
    from trl import SFTConfig, SFTTrainer

    rows = {name: [{key: row[key] for key in ("prompt", "completion")} for row in part] for name, part in lessons.parts}
    return SFTTrainer(
        model=loaded.model,
        args=SFTConfig(
            **shared,
            max_length=recipe.longest,
            completion_only_loss=True,
            packing=False,
        ),
        train_dataset=datasets.Dataset.from_list(rows["train"]),
        eval_dataset=datasets.Dataset.from_list(rows["valid"]) if rows["valid"] else None,
        processing_class=loaded.tokenizer,
        peft_config=methods.configuration(recipe),
    )


@contextmanager
def targets_only() -> Iterator[None]:
    """While it is open, trl scores the vocabulary at the tokens of the answer alone on a CPU too, as it does on a GPU.

    Without it a row of 480 tokens costs nearly twice the time. trl 1.16 asks ``_use_triton`` whether to, which is about
    recompiling on other accelerators; the values are the same, see the tests.
    """
    from trl.trainer import utils

    asked = utils._use_triton
    utils._use_triton = lambda device: device.type == "cpu" or asked(device)
    try:
        yield
    finally:
        utils._use_triton = asked
