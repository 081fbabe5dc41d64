"""A model tried on held-out rows, with and without adapter and grammar; replies are kept, so that a killed run goes on.

Without the grammar many rows are answered at a time, greedily. With it a model decides as it does when it serves. How
surprised a model is by the right answer is taken once with the adapter and once without.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from finetune.rows import Row
from rag.settings import Budget
from rag.writing import prompts
from rag.writing.local import LocalWriter
from rag.writing.writer import Form, Message, Request

REPLIES = "replies.jsonl"
_ITEMS = Budget().items
_PATIENCE = 3600.0
"""Seconds for a row under the grammar: a trial is not a conversation."""
_PROBE = 8
"""Rows on which bfloat16 must choose as float32 does."""


class Arm(StrEnum):
    """Who replies."""

    BASE = "base"
    BASE_HELD = "base+grammar"
    ADAPTER = "adapter"
    ADAPTER_HELD = "adapter+grammar"

    @property
    def is_adapted(self) -> bool:
        """True where the adapter is on."""
        return self in (Arm.ADAPTER, Arm.ADAPTER_HELD)

    @property
    def is_held(self) -> bool:
        """True where the grammar holds."""
        return self in (Arm.BASE_HELD, Arm.ADAPTER_HELD)


@dataclass(frozen=True, slots=True)
class Said:
    """A reply to a row."""

    key: str
    """Hash of all that decides it: row, model, adapter, precision, sizes."""
    arm: Arm
    row: str
    text: str
    tokens: int
    """Written, or forced by the grammar."""
    seconds: float
    """Of a batch, its share."""
    surprise: float | None = None
    """Natural logarithm of the chance of the right answer, negated, a token; None under the grammar."""
    gold_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How a trial is run."""

    tokens: int = 64
    """Written at most, without the grammar."""
    batch: int = 16
    precision: str = "float32"


class Progress(Protocol):
    """Where progress is shown."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins, with so many rows."""

    def advance(self, n: int = 1) -> None:
        """So many rows are done."""

    def finish(self) -> None:
        """The stage is over."""


def trial(
    rows: Sequence[Row],
    writers: Mapping[Arm, LocalWriter],
    folder: Path,
    sizes: Sizes,
    progress: Progress | None = None,
) -> list[Said]:
    """The replies of all arms to all rows; those that ``folder`` holds already are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / REPLIES
    kept = {one.key: one for one in read(path)}
    found: list[Said] = []
    with path.open("a", encoding="utf-8") as stream:
        for arm, writer in writers.items():
            keys = {row.id: _key(row, arm, writer, sizes) for row in rows}
            left = [row for row in rows if keys[row.id] not in kept]
            if progress:
                progress.start(arm.value, len(rows))
                progress.advance(len(rows) - len(left))
            replying = _held if arm.is_held else _free
            for row, text, tokens, seconds, surprise, gold in replying(writer, left, sizes):
                key = keys[row.id]
                kept[key] = Said(key, arm, row.id, text, tokens, round(seconds, 3), surprise, gold)
                stream.write(json.dumps(asdict(kept[key]), ensure_ascii=False) + "\n")
                stream.flush()
                if progress:
                    progress.advance()
            if progress:
                progress.finish()
            found += [kept[keys[row.id]] for row in rows]
    return found


def read(path: Path) -> Iterator[Said]:
    """The replies of a file; what a kill left of a last line is cut off, so that the next has a line of its own."""
    if not path.is_file():
        return
    whole, _, half = path.read_bytes().rpartition(b"\n")
    if half:
        with path.open("r+b") as stream:
            stream.truncate(len(whole) + 1 if whole else 0)
    for line in whole.decode("utf-8").split("\n") if whole else ():
        body = json.loads(line)
        yield Said(**{**body, "arm": Arm(body["arm"])})


def alike(rows: Sequence[Row], opened: Callable[[str], LocalWriter]) -> bool:
    """Whether bfloat16 chooses what float32 does, under the grammar, on the first rows."""
    probe = rows[:_PROBE]
    chosen = []
    for precision in ("float32", "bfloat16"):
        writer = opened(precision)
        chosen.append([text for _, text, *_ in _held(writer, probe, Sizes())])
    return chosen[0] == chosen[1]


_Reply = tuple[Row, str, int, float, float | None, int]


def _key(row: Row, arm: Arm, writer: LocalWriter, sizes: Sizes) -> str:
    decisive = [
        [asdict(turn) for turn in (*row.prompt, *row.completion)],
        [arm.is_held, writer.name, writer.sha256, writer.adapter, sizes.precision],
        _ITEMS if arm.is_held else sizes.tokens,
    ]
    return hashlib.sha256(json.dumps([row.id, *decisive]).encode()).hexdigest()[:24]


def choices(row: Row) -> dict[int, str]:
    """The sentences of a row as its prompt has them."""
    return {one.number: prompts.plain(one.text) for one in row.sentences}


def _messages(row: Row) -> tuple[Message, ...]:
    return tuple(Message(turn.role, turn.content) for turn in row.prompt)


def _held(writer: LocalWriter, rows: Sequence[Row], sizes: Sizes) -> Iterator[_Reply]:
    """A row at a time, as it is served."""
    budget = Budget(seconds=_PATIENCE, tokens=4096, items=_ITEMS)
    for row in rows:
        begun = time.perf_counter()
        request = Request(_messages(row), choices(row), Form.WORDS, row.question)
        pieces = list(writer.write(request, budget))
        text = "".join(piece.text for piece in pieces)
        yield row, text, sum(piece.tokens for piece in pieces), time.perf_counter() - begun, None, 0


def _free(writer: LocalWriter, rows: Sequence[Row], sizes: Sizes) -> Iterator[_Reply]:
    """Many rows at a time; those of like length together, so that little is padded."""
    network = writer.network
    asked = {row.id: network.prompt(_messages(row)) for row in rows}
    order = sorted(rows, key=lambda row: (-len(asked[row.id]), row.id))
    for start in range(0, len(order), sizes.batch):
        part = order[start : start + sizes.batch]
        begun = time.perf_counter()
        with network.lock:
            writer.dress()
            said = _generated(network, [asked[row.id] for row in part], sizes.tokens)
            gold = [_answer(network, row) for row in part]
            surprises = _surprises(network, [asked[row.id] for row in part], gold)
        seconds = (time.perf_counter() - begun) / len(part)
        for row, ids, surprise, right in zip(part, said, surprises, gold, strict=True):
            text = network.tokenizer.decode(ids, skip_special_tokens=True)
            yield row, text, len(ids), seconds, surprise, len(right)


def _answer(network: Any, row: Row) -> list[int]:
    """The tokens of the right answer, and of its end."""
    text = network.without_control("".join(turn.content for turn in row.completion))
    ids = network.tokenizer(text, add_special_tokens=False)["input_ids"]
    return [*ids, network.tokenizer.eos_token_id]


def _generated(network: Any, asked: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """What is written after each prompt, its end left out."""
    import torch

    ids, mask = _padded(asked, network)
    with torch.inference_mode():
        out = network.model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=most,
            do_sample=False,
            num_beams=1,
            eos_token_id=network.ends,
            pad_token_id=network.ends[0],
        )
    said = out[:, ids.shape[1] :].tolist()
    return [one[: next((at for at, id in enumerate(one) if id in network.ends), len(one))] for one in said]


def _surprises(network: Any, asked: Sequence[Sequence[int]], gold: Sequence[Sequence[int]]) -> list[float]:
    """Mean negated log-probability of each right answer's tokens."""
    import torch

    ids, mask = _padded([[*prompt, *answer] for prompt, answer in zip(asked, gold, strict=True)], network)
    longest = max(len(answer) for answer in gold)
    with torch.inference_mode():
        scores = network.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
            use_cache=False,
            logits_to_keep=longest + 1,
        ).logits[:, :-1]
    found = []
    for row, answer in zip(scores, gold, strict=True):
        right = torch.tensor(answer, device=row.device)
        chances = row[-len(answer) :].float().log_softmax(-1).gather(-1, right[:, None])
        found.append(-float(chances.double().mean()))
    return found


def _padded(rows: Sequence[Sequence[int]], network: Any) -> tuple[Any, Any]:
    """Rows of one length, filled up on the left, and what of them counts."""
    import torch

    longest = max(map(len, rows))
    ids = torch.tensor([[network.ends[0]] * (longest - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    return ids.to(network.model.device), mask.to(network.model.device)
