"""What a step of QLoRA takes, measured and planned: memory, tokens a second, share of the card's matrix rate.

    python -m eval.bench.qlora_memory [--models 7b,13b,33b,65b] [--tokens 512,2048] [--rank 64] [--cpu] [--json]

Llama shapes with random weights, quantised to NF4 (double quantisation) one matrix at a time and copied from layer to
layer, so that no file and no memory beside the device's is needed; LoRA on all linear layers, gradient checkpointing,
the loss 256 tokens at a time, paged 8-bit Adam. Needs torch, transformers, peft and bitsandbytes, and no download.
Random weights measure memory and speed, and say nothing of quality. On a GPU the peak is the allocator's, with the
optimizer's paged bytes, which lie outside of it; on the CPU (small sizes, Adam not paged) it is the sum of torch's own
allocations, and seconds are a core's, whatever else the machine does: with several threads, of all of them together.
"""

import argparse
import gc
import json
import sys
import time
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any

from finetune.plan import PAPER, Job, memory, operations
from finetune.shapes import Shape, shape

SMALL = (
    "hidden=256,layers=4,inner=704,heads=4,vocabulary=8000",
    "hidden=512,layers=8,inner=1408,heads=8,vocabulary=8000",
    "hidden=768,layers=12,inner=2048,heads=12,vocabulary=8000",
)
"""For the CPU: 7, 34 and 97 million parameters."""
_CHUNK = 256
_SEED = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """A step, as it was and as it was planned."""

    model: str
    parameters: int
    tokens: int
    peak: int
    """Bytes."""
    planned: int
    still: int
    """Bytes before a step: weights, adapter, and after the first step the optimizer."""
    planned_still: int
    paper: float | None
    """GB of the paper, at 512 tokens."""
    seconds: float
    """The best of the steps after the first."""
    rate: float
    """Operations a second, of those that the plan counts."""
    matrix_rate: float
    """Of a large product of bf16 matrices here."""
    losses: tuple[float, ...]

    @property
    def error(self) -> float:
        """Of the plan's peak."""
        return self.planned / self.peak - 1


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", help="names of the plan, split by commas")
    parser.add_argument("--tokens", default="512,2048")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--cpu", action="store_true", help="small sizes, even where there is a GPU")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="a line of JSON for each row of the table")
    options = parser.parse_args()
    import torch

    warnings.filterwarnings("ignore")
    if options.threads:
        torch.set_num_threads(options.threads)
    cuda = torch.cuda.is_available() and not options.cpu
    device = torch.device("cuda" if cuda else "cpu")
    names = options.models.split(",") if options.models else list(PAPER if cuda else SMALL)
    matrix_rate = _matrix_rate(device)
    what = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    sys.stdout.write(f"{what}: {matrix_rate / 1e12:.3g} TFLOP/s in bf16 products; rank {options.rank}\n\n")
    if not options.json:
        sys.stdout.write(f"{_line(_HEADS)}\n{_line(['---'] * len(_HEADS))}\n")
    for name in names:
        model = _adapted(shape(name), options.rank, device)
        for tokens in map(int, options.tokens.split(",")):
            found = _measured(model, Job(shape(name), rank=options.rank, sequence=tokens), options.steps, matrix_rate)
            sys.stdout.write(f"{json.dumps(asdict(found)) if options.json else _line(_cells(found))}\n")
            sys.stdout.flush()
        del model
        gc.collect()
        if cuda:
            torch.cuda.empty_cache()


def _adapted(of: Shape, rank: int, device: Any) -> Any:
    """A model of that shape with random 4-bit weights and an adapter on, in bf16."""
    import peft
    import torch
    import transformers

    torch.manual_seed(_SEED)
    config = transformers.LlamaConfig(
        hidden_size=of.hidden,
        num_hidden_layers=of.layers,
        intermediate_size=of.inner,
        num_attention_heads=of.heads,
        num_key_value_heads=of.kv_heads,
        vocab_size=of.vocabulary,
        tie_word_embeddings=of.tied,
        max_position_embeddings=of.longest,
        use_cache=False,
    )
    with torch.device("meta"):
        model: Any = transformers.LlamaForCausalLM(config)
        model.to(dtype=torch.bfloat16)
    drawn_once: dict[tuple[int, int], Any] = {}  # a processor takes minutes to quantise what a GPU does in a second
    for layer in model.model.layers:
        for part in (layer.self_attn, layer.mlp):
            for name, linear in list(part.named_children()):
                if isinstance(linear, torch.nn.Linear):
                    size = (linear.in_features, linear.out_features)
                    if size not in drawn_once:
                        drawn_once[size] = _quantised(linear, device)
                    setattr(part, name, deepcopy(drawn_once[size]))
    for module in list(model.modules()):
        for name, parameter in list(module.named_parameters(recurse=False)):
            if parameter.is_meta:
                drawn = torch.randn(parameter.shape, dtype=torch.bfloat16, device=device).mul_(0.02)
                if parameter.ndim == 1:  # of a norm
                    drawn += 1
                setattr(module, name, torch.nn.Parameter(drawn, requires_grad=False))
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config).to(device)
    model.is_loaded_in_4bit = True
    lora = peft.LoraConfig(r=rank, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(model, lora, autocast_adapter_dtype=False)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(device, torch.bfloat16)
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return adapted.train()


def _quantised(linear: Any, device: Any) -> Any:
    import torch
    from bitsandbytes.nn import modules

    kinds: Any = modules
    made = kinds.Linear4bit(
        linear.in_features,
        linear.out_features,
        bias=False,
        compute_dtype=torch.bfloat16,
        quant_type="nf4",
        device="meta",
    )
    drawn = torch.randn(linear.out_features, linear.in_features, dtype=torch.bfloat16, device=device).mul_(0.02)
    made.weight = kinds.Params4bit(drawn, requires_grad=False, compress_statistics=True, quant_type="nf4", module=made)
    made.weight = made.weight.to(device)
    made.support_avx512bf16_for_cpu = False  # it would repack the weights at the first look in eval mode
    return made


def _loss(model: Any, ids: Any) -> Any:
    """Mean loss of the next token, its scores worked out 256 tokens at a time, and again on the way back."""
    import torch
    from torch.utils.checkpoint import checkpoint

    llama = model.get_base_model()
    hidden = llama.model(input_ids=ids).last_hidden_state[:, :-1].flatten(0, 1)
    wanted = ids[:, 1:].flatten()

    def part(of: Any, right: Any) -> Any:
        return torch.nn.functional.cross_entropy(llama.lm_head(of).float(), right, reduction="sum")

    sums = [
        checkpoint(part, hidden[at : at + _CHUNK], wanted[at : at + _CHUNK], use_reentrant=False)
        for at in range(0, len(wanted), _CHUNK)
    ]
    return torch.stack(sums).sum() / len(wanted)


def _measured(model: Any, job: Job, steps: int, matrix_rate: float) -> Measured:
    import torch
    from bitsandbytes.optim import adamw

    device = next(model.parameters()).device
    cuda = device.type == "cuda"
    trained = [one for one in model.parameters() if one.requires_grad]
    assert sum(one.numel() for one in trained) == job.trained, "the plan counts another adapter"
    kind: Any = adamw.PagedAdamW8bit if cuda else adamw.AdamW8bit
    optimizer = kind(trained, lr=2e-4)
    ids = torch.randint(job.shape.vocabulary, (job.batch, job.sequence), device=device)
    losses: list[float] = []

    def step() -> None:
        loss = _loss(model, ids)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if cuda:
            torch.cuda.synchronize()

    step()  # makes the optimizer's state
    paged = sum(_bytes(one) for state in optimizer.state.values() for one in state.values() if _is_paged(one))
    still = _allocated(model, optimizer) if not cuda else torch.cuda.memory_allocated() + paged
    peak = _peak_of(step, still) if not cuda else 0
    clock = time.perf_counter if cuda else time.process_time
    times = []
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    for _ in range(max(steps - 1, 1)):
        begun = clock()
        step()
        times.append(clock() - begun)
    if cuda:
        peak = torch.cuda.max_memory_allocated() + paged
    needed = memory(job)
    name = job.shape.name if job.shape.name in PAPER else f"{job.shape.parameters / 1e6:.0f}M"
    return Measured(
        name,
        job.shape.parameters,
        job.tokens,
        peak,
        needed.total,
        still,
        needed.tensors + needed.optimizer,
        PAPER.get(job.shape.name) if (job.tokens, job.rank) == (512, 64) else None,
        min(times),
        operations(job) / min(times),
        matrix_rate,
        tuple(losses),
    )


def _is_paged(one: Any) -> bool:
    return bool(getattr(one, "is_paged", False))


def _bytes(one: Any) -> int:
    return int(getattr(one, "nbytes", 0))


def _allocated(model: Any, optimizer: Any) -> int:
    """Bytes of all tensors of model and optimizer, each once."""
    found: dict[int, int] = {}

    def note(tensor: Any) -> None:
        if hasattr(tensor, "untyped_storage"):
            found[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()

    for one in [*model.parameters(), *model.buffers()]:
        note(one)
        if quantised := getattr(one, "quant_state", None):
            for part in (quantised.absmax, quantised.code, quantised.offset, quantised.state2.absmax):
                note(part)
    for state in optimizer.state.values():
        for part in state.values():
            note(part)
    return sum(found.values())


def _peak_of(step: Callable[[], None], before: int) -> int:
    """The most that torch had allocated while ``step`` ran on the CPU, with the ``before`` bytes that lay there."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        step()
    events = sorted(
        (event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"),
        key=lambda event: event.start_ns(),
    )
    now = most = 0
    for event in events:
        now += event.nbytes()
        most = max(most, now)
    return before + most


def _matrix_rate(device: Any) -> float:
    """Operations a second in a large product of bf16 matrices, the best of five."""
    import torch

    size = 8192 if device.type == "cuda" else 1024
    a, b = (torch.randn(size, size, dtype=torch.bfloat16, device=device) for _ in range(2))
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    best = float("inf")
    for _ in range(6):
        begun = clock()
        a @ b
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, clock() - begun)
    return 2 * size**3 / best


_HEADS = (
    "model", "tokens", "peak GB", "plan GB", "plan's error", "paper GB", "before a step GB", "plan GB", "s a step",
    "tokens/s", "TFLOP/s", "of matrix rate",
)  # fmt: skip


def _cells(one: Measured) -> list[str]:
    return [
        one.model,
        str(one.tokens),
        f"{one.peak / 1e9:.3f}",
        f"{one.planned / 1e9:.3f}",
        f"{one.error:+.1%}",
        "-" if one.paper is None else f"{one.paper}",
        f"{one.still / 1e9:.3f}",
        f"{one.planned_still / 1e9:.3f}",
        f"{one.seconds:.3g}",
        f"{one.tokens / one.seconds:,.0f}",
        f"{one.rate / 1e12:.3g}",
        f"{one.rate / one.matrix_rate:.0%}",
    ]


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
