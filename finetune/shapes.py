"""The shape of a Llama-type model: how wide, how deep, and so how many parameters; no weights are read."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import UsageError


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix of a layer."""

    name: str
    inputs: int
    outputs: int

    @property
    def size(self) -> int:
        """Its parameters."""
        return self.inputs * self.outputs


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths and depth of a decoder with gated feed-forward layers and RMS norms (Llama, Mistral, Qwen, SmolLM)."""

    name: str
    hidden: int
    layers: int
    inner: int
    """Width of the feed-forward layers."""
    heads: int
    kv_heads: int
    vocabulary: int
    head_size: int = 0
    """0: hidden / heads."""
    tied: bool = False
    """True where input and output embeddings are one matrix."""
    longest: int = 2048
    """Tokens that it reads."""

    def __post_init__(self) -> None:
        """Refuse what is no shape."""
        sizes = (self.hidden, self.layers, self.inner, self.heads, self.kv_heads, self.vocabulary)
        if min(sizes) < 1 or self.heads % self.kv_heads or (not self.head_size and self.hidden % self.heads):
            raise UsageError(f"{self.name} is no shape of a model: {sizes}; all must be above 0 and divide")

    @property
    def queries(self) -> int:
        """Width of the queries."""
        return self.heads * (self.head_size or self.hidden // self.heads)

    @property
    def keys(self) -> int:
        """Width of the keys, and of the values."""
        return self.kv_heads * (self.head_size or self.hidden // self.heads)

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The matrices of one layer."""
        return (
            Linear("q_proj", self.hidden, self.queries),
            Linear("k_proj", self.hidden, self.keys),
            Linear("v_proj", self.hidden, self.keys),
            Linear("o_proj", self.queries, self.hidden),
            Linear("gate_proj", self.hidden, self.inner),
            Linear("up_proj", self.hidden, self.inner),
            Linear("down_proj", self.inner, self.hidden),
        )

    @property
    def linear(self) -> int:
        """Parameters in the matrices of all layers: what QLoRA holds in 4 bits."""
        return self.layers * sum(one.size for one in self.linears)

    @property
    def tables(self) -> int:
        """Parameters of input and output embeddings."""
        return (1 if self.tied else 2) * self.vocabulary * self.hidden

    @property
    def norms(self) -> int:
        """Parameters of the norms, two a layer and the last."""
        return (2 * self.layers + 1) * self.hidden

    @property
    def parameters(self) -> int:
        """All of them."""
        return self.linear + self.tables + self.norms


NAMED = {
    one.name: one
    for one in (
        # LLaMA-1, Touvron et al. 2023 (arXiv 2302.13971), table 2; feed-forward widths from its released code
        Shape("7b", 4096, 32, 11008, 32, 32, 32000),
        Shape("13b", 5120, 40, 13824, 40, 40, 32000),
        Shape("33b", 6656, 60, 17920, 52, 52, 32000),
        Shape("65b", 8192, 80, 22016, 64, 64, 32000),
        # HuggingFaceTB/SmolLM2-135M-Instruct, config.json
        Shape("smollm2", 576, 30, 1536, 9, 3, 49152, tied=True, longest=8192),
    )
}

_WORDS = {
    "hidden": "hidden",
    "layers": "layers",
    "inner": "inner",
    "heads": "heads",
    "kv": "kv_heads",
    "vocabulary": "vocabulary",
    "tied": "tied",
    "longest": "longest",
}
_SPELLED = re.compile(r"\w+=\d+(,\w+=\d+)*")


def shape(model: str) -> Shape:
    """The shape of a model that is named (7b, 13b, 33b, 65b, smollm2), lies in a folder, or is spelled out.

    Spelled out: ``hidden=4096,layers=32,inner=11008,heads=32,kv=8,vocabulary=32000,tied=0``; what is left out is as in
    7b, but ``kv``, which is then as many as heads.

    Raises:
        UsageError: no such model, or one that is not of this kind.
    """
    name = model.removeprefix("hf:")
    if found := NAMED.get(name.lower()):
        return found
    if _SPELLED.fullmatch(name):
        return _spelled(name)
    path = Path(name).expanduser()
    file = path / "config.json" if path.is_dir() else path
    if not file.is_file():
        raise UsageError(
            f"{model!r} is no model whose shape is known; give {', '.join(NAMED)}, the path of a folder with a"
            " config.json, or a shape as in hidden=4096,layers=32,inner=11008,heads=32,kv=8,vocabulary=32000"
        )
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{file} is no JSON: {error}; give the config.json of a model") from error
    return configured(config, file.parent.name if file.name == "config.json" else file.stem)


def configured(config: dict[str, Any], name: str) -> Shape:
    """The shape that a ``config.json`` of transformers describes.

    Raises:
        UsageError: it describes a model of another kind, a mixture of experts among them.
    """
    config = config.get("text_config", config)
    experts = [key for key in config if "experts" in key and isinstance(config[key], int) and config[key] > 1]
    wanted = ("hidden_size", "num_hidden_layers", "intermediate_size", "num_attention_heads", "vocab_size")
    absent = [key for key in wanted if not isinstance(config.get(key), int)]
    if experts or absent:
        why = f"{experts[0]} is set" if experts else f"it has no {absent[0]}"
        raise UsageError(
            f"{name}: its config.json is of no dense Llama-type model ({why}); spell the shape out instead"
        )
    hidden, layers, inner, heads, vocabulary = (config[key] for key in wanted)
    return Shape(
        name,
        hidden,
        layers,
        inner,
        heads,
        config.get("num_key_value_heads") or heads,
        vocabulary,
        config.get("head_dim") or 0,
        bool(config.get("tie_word_embeddings", False)),
        config.get("max_position_embeddings") or 2048,
    )


def _spelled(text: str) -> Shape:
    given = {key: int(value) for key, value in (pair.split("=") for pair in text.split(","))}
    if unknown := given.keys() - _WORDS.keys():
        raise UsageError(f"shape {text}: {min(unknown)} is no part of a shape; parts are {', '.join(_WORDS)}")
    parts: dict[str, Any] = {_WORDS[key]: value for key, value in given.items()}
    parts["tied"] = bool(given.get("tied", 0))
    parts.setdefault("kv_heads", parts.get("heads", NAMED["7b"].heads))
    return replace(NAMED["7b"], name=text, **parts)
