"""The devices of this machine: how much they hold, and how fast they multiply matrices."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """Something to train on."""

    name: str
    memory: int | None
    """Bytes; None for a processor, whose memory is the machine's."""
    rate: float
    """Floating-point operations a second in matrix products of bfloat16, dense."""
    bandwidth: float
    """Bytes a second between its memory and its cores."""
    share: float
    """Of ``rate``, what training reaches."""
    basis: str
    """Where rate and share are from."""


# Makers' data sheets: dense bf16 rate (fp16 where a card has no bf16) and memory bandwidth. Longer names come first.
_SHEETS = {
    "H200": (989e12, 4.8e12),
    "H100 NVL": (835e12, 3.9e12),
    "H100 PCIe": (756e12, 2.0e12),
    "H100": (989e12, 3.35e12),
    "GH200": (989e12, 4.0e12),
    "A100": (312e12, 2.0e12),
    "A10": (125e12, 0.6e12),
    "A40": (150e12, 0.7e12),
    "L40S": (362e12, 0.86e12),
    "L4": (121e12, 0.3e12),
    "RTX A6000": (155e12, 0.77e12),
    "RTX 6000 Ada": (364e12, 0.96e12),
    "4090": (165e12, 1.0e12),
    "3090": (71e12, 0.94e12),
    "V100": (125e12, 0.9e12),
    "T4": (65e12, 0.32e12),
}
_GPU_SHARE = 0.40
"""LLaMA-Factory's wiki: 7B, 4-bit, A100: 2,926 to 3,542 tokens/s, 37 to 45 % of 312 TFLOP/s."""
_CPU_SHARE = 0.45
"""Tuning smollm2, unpacked: some 6 s of a core for 1,680 tokens, 150 of its 330 GFLOP/s. Shapes of 7 million parameters
with packed weights reach 16 to 22 % (``eval.bench.qlora_memory``, 2026-11-21): it takes two to three times as long."""
_CPU_BANDWIDTH = 10e9
"""One core's, of most servers; it matters little beside its rate."""


def found() -> list[Device]:
    """The GPUs that torch sees; none where it sees none."""
    import torch

    if not torch.cuda.is_available():
        return []
    return [
        _gpu(torch.cuda.get_device_name(at), torch.cuda.get_device_properties(at).total_memory)
        for at in range(torch.cuda.device_count())
    ]


def of_memory(gigabytes: float) -> Device:
    """A GPU of which only the memory is told, as cards are named (GiB); its speed is taken to be an A100's."""
    rate, bandwidth = _SHEETS["A100"]
    basis = f"{_GPU_SHARE:.0%} of an A100's {rate / 1e12:.0f} TFLOP/s, for want of a name"
    return Device(f"{gigabytes:g} GB", round(gigabytes * 2**30), rate, bandwidth, _GPU_SHARE, basis)


def processor() -> Device:
    """This machine's processor, its rate measured for a moment."""
    import torch

    rates = {dtype: _measured(dtype) for dtype in (torch.bfloat16, torch.float32)}
    dtype = max(rates, key=lambda one: rates[one])
    name = str(dtype).removeprefix("torch.")
    threads = torch.get_num_threads()
    basis = f"{_CPU_SHARE:.0%} of {rates[dtype] / 1e9:.0f} GFLOP/s, measured here in {name} on {threads} threads"
    return Device("CPU", None, rates[dtype], _CPU_BANDWIDTH * threads, _CPU_SHARE, basis)


def _gpu(name: str, memory: int) -> Device:
    for known, (rate, bandwidth) in _SHEETS.items():
        if known.lower() in name.lower():
            basis = f"{_GPU_SHARE:.0%} of {rate / 1e12:.0f} TFLOP/s, the maker's figure for {known}"
            return Device(name, memory, rate, bandwidth, _GPU_SHARE, basis)
    rate, bandwidth = _SHEETS["A100"]
    basis = f"{_GPU_SHARE:.0%} of an A100's {rate / 1e12:.0f} TFLOP/s: the card is not in our table"
    return Device(name, memory, rate, bandwidth, _GPU_SHARE, basis)


def _measured(dtype: object, size: int = 768) -> float:
    """Operations a second in products of square matrices, the best of five."""
    import torch

    a, b = (torch.randn(size, size, dtype=dtype) for _ in range(2))  # type: ignore[call-overload]
    a @ b
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - begun)
    return 2 * size**3 / best
