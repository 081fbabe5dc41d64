"""Adapters of encoders: low-rank changes of the weights, merged into them when they are loaded.

A name ``BASE+ADAPTER`` is an encoder of its own: an index built with it holds other vectors than one built with BASE.
ADAPTER is one that ships with rxcite (``rag/index/adapters/NAME``) or a folder as peft writes it (LoRA of linear
layers, no bias). Merging needs no peft: ``W + alpha / rank * B @ A`` (Hu et al., ICLR 2022).
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.errors import ModelMissing

_SHIPPED = Path(__file__).parent / "adapters"
_PREFIX = "base_model.model."
WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"


def parts_of(name: str) -> tuple[str, Path | None]:
    """The base of an encoder's name, and the folder of its adapter; None for an encoder without one.

    Raises:
        ModelMissing: no such adapter.
    """
    base, mark, adapter = name.partition("+")
    if not mark or Path(name).expanduser().is_dir():  # a plus sign may stand in a folder's name
        return name, None
    for folder in (_SHIPPED / adapter, Path(adapter).expanduser()):
        if adapter and (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file():
            return base, folder
    known = ", ".join(shipped()) or "none"
    raise ModelMissing(f"adapter {adapter!r} of encoder {name!r} is no folder with {WEIGHTS}; rxcite ships: {known}")


def shipped() -> list[str]:
    """Names of the adapters that come with rxcite."""
    return sorted(folder.parent.name for folder in _SHIPPED.glob(f"*/{WEIGHTS}"))


def deltas(folder: Path) -> dict[str, npt.NDArray[np.float32]]:
    """What an adapter adds to each weight of its base, by the weight's name ("encoder.layer.0...weight").

    Raises:
        ModelMissing: an adapter of another kind than LoRA of linear layers.
    """
    from safetensors.numpy import load_file

    config = json.loads((folder / CONFIG).read_text())
    odd = [key for key in ("use_dora", "fan_in_fan_out", "rank_pattern", "alpha_pattern") if config.get(key)]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or odd:
        raise ModelMissing(f"adapter {folder} is no plain LoRA ({', '.join(odd) or config.get('peft_type')}); merge it")
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
    weights = {key.removeprefix(_PREFIX): value for key, value in load_file(folder / WEIGHTS).items()}
    ends = {key.removesuffix(".lora_A.weight") for key in weights if key.endswith(".lora_A.weight")}
    if len(weights) != 2 * len(ends):
        raise ModelMissing(f"adapter {folder} holds more than LoRA of linear layers; merge it")
    return {
        f"{end}.weight": np.float32(scale)
        * (weights[f"{end}.lora_B.weight"].astype(np.float32) @ weights[f"{end}.lora_A.weight"].astype(np.float32))
        for end in ends
    }
