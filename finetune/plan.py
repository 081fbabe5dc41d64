"""What a training run will need: memory by part, time, and what fits; worked out, no model is loaded.

The formulas are for a decoder with attention that keeps no matrix of weights (SDPA, FlashAttention) and, where
``checkpointing`` is on, one kept hidden state a layer and one layer worked out again at a time. Not all parts lie there
at once: scores are gone before the way back begins, and on it activations make room for gradients. Totals are within
6 % of the QLoRA paper's figure (Dettmers et al. 2023, arXiv 2305.14314) and within 5 % of small models measured on a
CPU (``eval.bench.qlora_memory``). Not covered: what CUDA itself takes (``_CONTEXT``), several GPUs that share one
model, mixtures of experts.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any

from finetune.devices import Device
from finetune.shapes import NAMED, Linear, Shape
from rag.errors import UsageError

BLOCK = 64
"""Weights of NF4 that share a scale (Dettmers et al. 2023, section 3)."""
SECOND_BLOCK = 256
"""Scales that share a scale of their own: double quantisation."""
PAPER = {"7b": 6.9, "13b": 11.3, "33b": 24.7, "65b": 45.0}
"""GB that the paper reports: r=64 on all linear layers, 512 tokens, batch 1, gradient checkpointing."""
_CONTEXT = 0.8e9
"""Bytes that CUDA and its libraries hold; assumed."""
_LOST = 0.04
"""Of a GPU's memory, lost between blocks; assumed."""


class Method(StrEnum):
    """What is trained."""

    QLORA = "qlora"
    LORA = "lora"
    DORA = "dora"
    PREFIX = "prefix"
    PROMPT = "prompt"
    FULL = "full"


class Style(StrEnum):
    """In which precisions; they move a total by a quarter."""

    TRL = "trl"
    """trl 1.16: all in bf16, paged 8-bit Adam, the loss worked out 256 tokens at a time."""
    PAPER = "paper"
    """The paper's: bf16 adapter, 32-bit Adam, embeddings in fp32, the loss at once."""
    KBIT = "kbit"
    """After peft's prepare_model_for_kbit_training: adapter and embeddings in fp32, 8-bit Adam, the loss at once."""


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Bytes a parameter."""

    table: int
    adapter: int
    gradient: int
    optimizer: int
    chunk: int | None
    """Tokens whose scores are held at a time; None: all."""


_STYLES = {
    Style.TRL: _Bytes(2, 2, 2, 2, 256),
    Style.PAPER: _Bytes(4, 2, 2, 8, None),
    Style.KBIT: _Bytes(4, 4, 4, 2, None),
}
_FULL = 12
"""bf16 weight and gradient, Adam's two moments in fp32: the paper's "more than 780 GB" for 65B."""


@dataclass(frozen=True, slots=True)
class Job:
    """A training run, as it is planned."""

    shape: Shape
    method: Method = Method.QLORA
    rank: int = 64
    """Of LoRA and DoRA; tokens before the prompt of prefix and prompt tuning."""
    sequence: int = 512
    """Tokens of a row."""
    batch: int = 1
    """Rows at a time; gradients of several such are summed without more memory."""
    style: Style = Style.TRL
    checkpointing: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if min(self.rank, self.sequence, self.batch) < 1:
            raise UsageError(
                f"rank, sequence and batch must be above 0, got {self.rank}, {self.sequence}, {self.batch}"
            )
        if self.sequence > self.shape.longest:
            raise UsageError(
                f"{self.shape.name} reads {self.shape.longest} tokens, --sequence {self.sequence} is longer"
            )

    @property
    def tokens(self) -> int:
        """Of a step."""
        return self.sequence * self.batch

    @property
    def trained(self) -> int:
        """Parameters that are trained."""
        shape = self.shape
        match self.method:
            case Method.FULL:
                return shape.parameters
            case Method.PREFIX:
                return self.rank * shape.layers * 2 * shape.keys
            case Method.PROMPT:
                return self.rank * shape.hidden
            case _:
                magnitudes = 1 if self.method is Method.DORA else 0  # DoRA: a length for each output
                each = (self.rank * (one.inputs + one.outputs) + magnitudes * one.outputs for one in shape.linears)
                return shape.layers * sum(each)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes by part, each at its most."""

    weights: int
    """Of the layers' matrices."""
    tables: int
    """Embeddings, head and norms."""
    adapter: int
    gradients: int
    optimizer: int
    """Paged or not: it is counted as if all of it lay on the device."""
    kept: int
    """Activations kept for the way back."""
    layer: int
    """Activations of the layer that is worked out again; 0 where all are kept."""
    logits: int
    dequantised: int
    """The largest matrix, in bf16 for the moment of its product."""

    @property
    def total(self) -> int:
        """At the peak of a step, which is at the loss or on the way back."""
        back = max(self.kept, self.gradients) + self.layer + self.dequantised
        return self.tensors + self.optimizer + max(self.kept + self.logits, back)

    @property
    def tensors(self) -> int:
        """What lies there before a step: weights, tables and adapter."""
        return self.weights + self.tables + self.adapter

    @property
    def parts(self) -> dict[str, int]:
        """By name, in the order of the table."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a job fits a device, and how far it could grow there; speed there."""

    device: Device
    fits: bool
    free: int | None
    """Bytes; below 0 where it does not fit."""
    longest: int
    """Tokens of a row that fit, at this batch."""
    largest: int
    """Rows at a time that fit, at this length."""
    seconds: float
    """A step."""

    def rate(self, job: Job) -> float:
        """Tokens a second."""
        return job.tokens / self.seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """A job with what it needs."""

    job: Job
    memory: Memory
    fits: tuple[Fit, ...] = field(default=())

    @property
    def paper(self) -> float | None:
        """GB that the paper reports for this very job; None where it reports none."""
        told = Job(self.job.shape, style=self.job.style, batch=1)
        return PAPER.get(self.job.shape.name) if self.job == told else None


def plan(job: Job, devices: list[Device]) -> Plan:
    """What ``job`` needs, and how it fares on each of ``devices``."""
    needed = memory(job)
    return Plan(job, needed, tuple(_fit(job, needed, device) for device in devices))


def memory(job: Job) -> Memory:
    """Bytes by part."""
    shape, style, tokens = job.shape, _STYLES[job.style], job.tokens
    is_full, is_quantised = job.method is Method.FULL, job.method is Method.QLORA
    layer = _layer(shape, tokens, 0 if is_full or job.method in (Method.PREFIX, Method.PROMPT) else job.rank)
    chunk = min(tokens, style.chunk or tokens)
    table = 2 if is_full or not is_quantised else style.table
    return Memory(
        weights=shape.layers * sum(map(nf4_bytes, shape.linears)) if is_quantised else 2 * shape.linear,
        tables=table * (shape.tables + shape.norms),
        adapter=0 if is_full else style.adapter * job.trained,
        gradients=(2 if is_full else style.gradient) * job.trained,
        optimizer=(_FULL - 4 if is_full else style.optimizer) * job.trained,
        kept=2 * shape.layers * tokens * shape.hidden if job.checkpointing else shape.layers * layer,
        layer=layer if job.checkpointing else 0,
        logits=chunk
        * shape.vocabulary
        * 12,  # fp32 three times: log-probabilities, and gradients of them and of scores
        dequantised=2 * max(one.size for one in shape.linears) if is_quantised else 0,
    )


def nf4_bytes(matrix: Linear) -> int:
    """Bytes of a matrix as bitsandbytes keeps it: NF4 with double quantisation, 4.127 bits a parameter."""
    scales = -(-matrix.size // BLOCK)
    offset, codes = 4, 16 * 4
    return -(-matrix.size // 2) + scales + 4 * -(-scales // SECOND_BLOCK) + offset + codes


def _layer(shape: Shape, tokens: int, rank: int) -> int:
    """Bytes of all activations of a layer in bf16, with the two norms' inputs in fp32."""
    # norms, the sum between them and a gradient; queries, turned queries, attended; keys, turned keys, values
    narrow = 4 * shape.hidden + 3 * shape.queries + 3 * shape.keys
    wide = 5 * shape.inner  # gate, up, the gate's activation, their product, a gradient
    return tokens * (2 * (narrow + wide + 7 * rank) + 8 * shape.hidden)


def operations(job: Job) -> float:
    """Floating-point operations of a step's matrix products, those of the adapter left out."""
    shape = job.shape
    products = 2 * _passes(job) * (shape.linear + shape.vocabulary * shape.hidden) * job.tokens
    # causal: half of the square; two products there and again, and twice as many back
    attention = 2 * shape.layers * shape.queries * job.sequence * job.tokens * (3 + job.checkpointing)
    return products + attention


def _passes(job: Job) -> int:
    """Through the weights: there, again, back; and to the weights themselves where they are trained."""
    return 2 + job.checkpointing + (job.method is Method.FULL)


def seconds(job: Job, device: Device) -> float:
    """A step's time: matrix products at the device's share of its rate, and 4-bit weights unpacked for each of them."""
    # read in 4 bits, written and read again in 16
    unpacked = _passes(job) * job.shape.linear * (0.516 + 4) if job.method is Method.QLORA else 0.0
    return operations(job) / (device.rate * device.share) + unpacked / device.bandwidth


def _fit(job: Job, needed: Memory, device: Device) -> Fit:
    time = seconds(job, device)
    if device.memory is None:
        return Fit(device, True, None, job.shape.longest, job.batch, time)
    room = device.memory * (1 - _LOST) - _CONTEXT
    fits = partial(_is_within, job, room)
    most = min(job.shape.longest, 1 << 20)
    longest = _most(lambda size: fits(sequence=size), most)
    largest = _most(lambda size: fits(batch=size), 4096)
    return Fit(device, needed.total <= room, int(room - needed.total), longest, largest, time)


def _is_within(job: Job, room: float, **changes: Any) -> bool:
    return memory(replace(job, **changes)).total <= room


def _most(fits: Any, most: int) -> int:
    """The largest size that fits, 0 where none does; memory never falls with size."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def paper_job(name: str) -> Job:
    """The job of the paper's figure for a named model."""
    return Job(NAMED[name], style=Style.PAPER)
