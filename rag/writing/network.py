"""A causal language model in this process: what it reads, what it has read, and which adapter it wears."""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.writing import grammar
from rag.writing.adapters import Adapter, Wardrobe
from rag.writing.writer import Message

if TYPE_CHECKING:
    from rag.writing.grammar import Logits

_CHUNK = 128
"""Tokens read at a time; the clock is looked at in between."""


class OutOfTime(Exception):
    """The clock ran out while the model read."""


class Network:
    """Model and tokenizer, shared by all writers of them; whoever uses it holds ``lock``."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.lock = threading.Lock()
        self.wardrobe = Wardrobe(model)
        ends = model.generation_config.eos_token_id if model.generation_config else None
        listed = ends if isinstance(ends, list) else [ends]
        self.ends = sorted({end for end in (*listed, tokenizer.eos_token_id) if end is not None})
        self._control = sorted({*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}, key=len, reverse=True)
        self._held: Any = None
        self._cache: Any = None
        self._read: list[int] = []

    @property
    def longest(self) -> int | None:
        """Tokens that it reads; None where it does not say."""
        return getattr(self.model.config, "max_position_embeddings", None)

    def held(self) -> Any:
        """The tokenizer for grammars, made once."""
        if self._held is None:
            self._held = grammar.tokenizer_of(self.tokenizer, self.model.config.vocab_size, self.ends)
        return self._held

    def wear(self, adapter: Adapter | None) -> None:
        """Puts an adapter on that the wardrobe has, or takes it off; what was read with another is forgotten."""
        if self.wardrobe.wear(adapter):
            self.forget()

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.tokenizer(text)["input_ids"])

    def without_control(self, text: str) -> str:
        """``text`` with its control tokens broken, so that they read as words."""
        return grammar.without(text, self._control)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a conversation, up to where the model speaks."""
        turns = [{"role": message.role, "content": self.without_control(message.content)} for message in messages]
        if not self.tokenizer.chat_template:
            text = "\n\n".join(turn["content"] for turn in turns) + "\n\n"
            return list(self.tokenizer(text)["input_ids"])
        try:
            encoded = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
        except Exception:  # jinja's own: some templates know no system turn
            joined = [{"role": "user", "content": "\n\n".join(turn["content"] for turn in turns)}]
            encoded = self.tokenizer.apply_chat_template(joined, add_generation_prompt=True, return_dict=True)
        return list(encoded["input_ids"])

    def likelihood(self, text: str, question: str, deadline: float) -> float:
        """Logarithm of the chance that ``question`` follows ``text``.

        Raises:
            OutOfTime: the deadline, of ``time.perf_counter``, has passed.
        """
        import torch

        if time.perf_counter() > deadline:
            raise OutOfTime
        before = self.tokenizer(f"{self.without_control(text)}\nQuestion:")["input_ids"]
        after = self.tokenizer(f" {self.without_control(question)}", add_special_tokens=False)["input_ids"]
        ids = torch.tensor([[*before, *after]], device=self.model.device)
        with torch.inference_mode():
            scores = self.model(input_ids=ids, logits_to_keep=len(after) + 1).logits[0, :-1].float().log_softmax(-1)
        return float(scores.gather(-1, torch.tensor(after, device=scores.device)[:, None]).sum())

    def logits(self, context: Sequence[int], deadline: float) -> "Logits":
        """Scores of the token after ``context``; what the last call read of it is not read again.

        Raises:
            OutOfTime: the deadline has passed.
        """
        import torch
        from transformers import DynamicCache

        same = 0
        for old, new in zip(self._read, context[:-1], strict=False):
            if old != new:
                break
            same += 1
        if self._cache is None or same == 0:
            self._cache, self._read, same = DynamicCache(), [], 0
        elif same < len(self._read):
            try:
                self._cache.crop(same)
                del self._read[same:]
            except (NotImplementedError, RuntimeError, ValueError):  # models that forget, by a window or a state
                self._cache, self._read, same = DynamicCache(), [], 0
        scores = None
        with torch.inference_mode():
            for start in range(same, len(context), _CHUNK):
                if time.perf_counter() > deadline:
                    raise OutOfTime
                part = list(context[start : start + _CHUNK])
                ids = torch.tensor([part], device=self.model.device)
                out = self.model(input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
                self._read += part
                scores = out.logits[0, -1]
        assert scores is not None, "a context is never empty"
        found: Logits = scores.float().cpu().numpy()
        return found

    def forget(self) -> None:
        """Drops what was read."""
        self._cache, self._read = None, []
