"""Models to tune: found by name, known by the hash of their weights, loaded in 4 bits or whole."""

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.methods import quantisation
from finetune.plan import Method
from finetune.recipe import Recipe, Stage
from rag.errors import ModelMissing
from rag.writing import local

SMALL = "SmolLM2-135M-Instruct, re-quantised: the package's weights are Q4_1 already, and are quantised once more"


@dataclass(frozen=True, slots=True)
class Base:
    """A model before tuning."""

    name: str
    """As ``--model`` names it: smollm2 or hf:NAME."""
    folder: Path
    sha256: str
    """Of its weights as they came, the same that an answer of the model carries."""
    note: str = ""


def find(name: str, home: Path) -> Base:
    """The base of that name; smollm2 is taken out of its GGUF file once, into ``home/bases``.

    Raises:
        ModelMissing: it is not installed, or holds no safetensors.
    """
    if name != "smollm2":
        folder = local.folder_of(name)
        return Base(f"hf:{Path(name).name}", folder, local.sha256_of(sorted(folder.glob("*.safetensors"))))
    file = local.small_file()
    sha256 = local.sha256_of([file])
    folder = home / "bases" / f"smollm2-{sha256[:12]}"
    if not folder.is_dir():
        _unpack(file, folder)
    return Base(name, folder, sha256, SMALL)


def _unpack(file: Path, folder: Path) -> None:
    """Saves the weights of a GGUF file as safetensors; a run that is killed leaves nothing that looks whole."""
    model, tokenizer = local.loaded("--base smollm2", file.parent, gguf=file.name)
    del model.config.quantization_config  # as long as it is there, transformers refuses to save
    whole = type(model)(model.config)
    whole.load_state_dict(model.state_dict())
    whole.generation_config = model.generation_config
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    whole.save_pretrained(draft)
    tokenizer.save_pretrained(draft)
    try:
        draft.rename(folder)
    except OSError:  # another run was faster
        shutil.rmtree(draft)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A base in memory."""

    model: Any
    tokenizer: Any


def load(base: Base, recipe: Recipe, *, scores: bool | None = None) -> Loaded:
    """Model and tokenizer, quantised where the method says so; ``scores`` for a model with a head that scores.

    Raises:
        ModelMissing: transformers cannot load it.
    """
    import torch
    import transformers

    for name in ("bitsandbytes", "transformers", "trl", "peft", "accelerate"):
        logging.getLogger(name).setLevel(logging.ERROR)
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    scoring = recipe.stage is Stage.REWARD if scores is None else scores
    head: Any = transformers.AutoModelForSequenceClassification if scoring else transformers.AutoModelForCausalLM
    try:
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(str(base.folder), **given)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        model = head.from_pretrained(
            str(base.folder),
            dtype=getattr(torch, recipe.precision),
            quantization_config=quantisation(recipe),
            **({"num_labels": 1} if scoring else {}),
            **given,
        )
    except (ImportError, OSError, ValueError, KeyError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ModelMissing(f"base {base.name}: transformers cannot load it ({first}); give another --base") from error
    if recipe.method is Method.QLORA and recipe.unpack:
        model = model.dequantize(dtype=getattr(torch, recipe.precision))
    model.config.pad_token_id = tokenizer.pad_token_id
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            # bitsandbytes 0.50 would repack the weights at the first look in eval mode, into a layout through which no
            # gradient flows: training would go on after a check, and learn next to nothing
            module.support_avx512bf16_for_cpu = False
    return Loaded(model, tokenizer)
