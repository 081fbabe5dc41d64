"""Weights rounded as an adapter met them when it was tuned, exchanged with the whole ones without loading anything.

QLoRA tunes over a base whose matrices are kept in 4 bits (NF4 with double quantisation; Dettmers et al., NeurIPS 2023)
and learns to make up for that rounding too: on whole weights it is not at home. So such an adapter is served over
matrices that were rounded and unpacked again. A model that wears one keeps both sets in memory.
"""

from typing import Any

from rag.errors import ModelMissing

NF4 = "nf4"
_HEADS = ("lm_head", "score")
"""Never rounded when tuned."""


class Rounding:
    """The matrices of a model's layers, whole and rounded; one set is in place."""

    def __init__(self, model: Any) -> None:
        """To be made before an adapter's own matrices are among the model's."""
        from torch.nn import Linear

        self._matrices = [
            module.weight
            for name, module in model.named_modules()
            if isinstance(module, Linear) and name.rpartition(".")[2] not in _HEADS
        ]
        self._others: dict[str, list[Any]] = {}
        self._now: str | None = None

    def prepare(self, precision: str) -> None:
        """Rounds the matrices to NF4 in that precision of tuning ("bfloat16"), and leaves the whole ones in place.

        Raises:
            ModelMissing: bitsandbytes is not installed.
        """
        if precision in self._others:
            return
        try:
            from bitsandbytes.functional import dequantize_4bit, quantize_4bit
        except ImportError as error:
            raise ModelMissing(f"an adapter tuned in 4 bits: {error}; run: pip install 'rxcite[finetune]'") from error
        import torch

        now = self._now
        self.put(None)
        dtype = getattr(torch, precision)
        with torch.no_grad():
            self._others[precision] = [
                dequantize_4bit(*quantize_4bit(one.to(dtype), quant_type=NF4, compress_statistics=True)).to(one.dtype)
                for one in self._matrices
            ]
        self.put(now)

    def put(self, precision: str | None) -> None:
        """Puts the matrices in place that were rounded in that precision, or with None the whole ones, bit for bit."""
        if precision == self._now:
            return
        if self._now is not None:
            self._exchange(self._now)
        if precision is not None:
            self._exchange(precision)
        self._now = precision

    def _exchange(self, precision: str) -> None:
        others = self._others[precision]
        for place, one in enumerate(self._matrices):
            one.data, others[place] = others[place], one.data
