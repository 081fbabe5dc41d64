"""What training will need: the paper's totals, hand-counted shapes, and the bytes that bitsandbytes really keeps."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from finetune.devices import Device, of_memory
from finetune.plan import PAPER, Job, Memory, Method, Style, memory, nf4_bytes, paper_job, plan, seconds
from finetune.shapes import NAMED, Linear, Shape, configured, shape
from rag.errors import UsageError
from ui.cli import app

TINY = Shape("tiny", hidden=64, layers=2, inner=160, heads=4, kv_heads=2, vocabulary=100)


@pytest.mark.parametrize(("name", "reported"), PAPER.items())
def test_the_totals_of_the_paper_come_out_within_a_tenth(name: str, reported: float) -> None:
    made = plan(paper_job(name), [])
    assert made.paper == reported
    assert made.memory.total / 1e9 == pytest.approx(reported, rel=0.1)


def test_the_largest_model_tuned_in_full_needs_more_than_780_gigabytes() -> None:
    needed = memory(Job(NAMED["65b"], Method.FULL))
    assert needed.weights + needed.tables + needed.gradients + needed.optimizer == 12 * NAMED["65b"].parameters
    assert needed.total > 780e9


def test_the_largest_model_fits_a_card_of_48_gigabytes_and_not_one_of_24() -> None:
    made = plan(Job(NAMED["65b"]), [of_memory(48), of_memory(24)])
    assert [fit.fits for fit in made.fits] == [True, False]
    assert made.memory.total < 42e9
    assert made.fits[1].longest == 0 and made.fits[1].free is not None and made.fits[1].free < 0


def test_parameters_are_counted_as_by_hand() -> None:
    # a layer: q and o 64 x 64, k and v 64 x 32, gate, up and down 64 x 160
    layer = 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 160
    assert TINY.linear == 2 * layer
    assert TINY.parameters == 2 * layer + 2 * 100 * 64 + 5 * 64
    assert replace(TINY, tied=True).tables == 100 * 64
    # rank 8: for each matrix 8 x (inputs + outputs)
    assert Job(TINY, rank=8).trained == 2 * 8 * (2 * 128 + 2 * 96 + 3 * 224)
    assert Job(TINY, Method.DORA, 8).trained - Job(TINY, rank=8).trained == 2 * (64 + 32 + 32 + 64 + 160 + 160 + 64)
    assert Job(TINY, Method.PREFIX, 10).trained == 10 * 2 * 2 * 32
    assert Job(TINY, Method.PROMPT, 10).trained == 10 * 64
    assert NAMED["7b"].parameters == 6_738_415_616 and NAMED["smollm2"].parameters == 134_515_008


def test_each_4_bit_matrix_is_counted_with_its_scales() -> None:
    # 16,384 weights: 8,192 bytes, 256 scales of a byte, one scale of those, its offset, the 16 levels
    assert nf4_bytes(Linear("one", 128, 128)) == 8192 + 256 + 4 + 4 + 64
    assert 8 * nf4_bytes(Linear("large", 4096, 11008)) / (4096 * 11008) == pytest.approx(4.127, abs=1e-3)


def test_longer_rows_more_rows_and_kept_activations_take_more() -> None:
    job = Job(NAMED["7b"])
    needed = memory(job)
    assert memory(replace(job, sequence=1024)).kept == 2 * needed.kept
    assert memory(replace(job, batch=2)).layer == 2 * needed.layer
    whole = memory(replace(job, checkpointing=False))
    assert whole.kept == 32 * needed.layer and whole.layer == 0
    assert memory(replace(job, style=Style.PAPER)).total > memory(replace(job, style=Style.KBIT)).total > needed.total


def test_what_is_said_to_fit_fits_and_one_token_more_does_not() -> None:
    job = Job(replace(NAMED["13b"], longest=1 << 20))
    [fit] = plan(job, [of_memory(24)]).fits
    room = fit.device.memory
    assert room is not None and fit.fits
    limit = memory(job).total + (fit.free or 0)
    assert (
        memory(replace(job, sequence=fit.longest)).total <= limit < memory(replace(job, sequence=fit.longest + 1)).total
    )
    assert memory(replace(job, batch=fit.largest)).total <= limit < memory(replace(job, batch=fit.largest + 1)).total


def test_the_peak_is_at_the_loss_or_on_the_way_back() -> None:
    still = Memory(
        weights=100, tables=10, adapter=4, gradients=6, optimizer=8, kept=20, layer=7, logits=0, dequantised=1
    )
    # on the way back: what is kept makes room for gradients, so that the larger of them counts
    assert still.total == 100 + 10 + 4 + 8 + 20 + 7 + 1
    assert replace(still, gradients=30).total == 100 + 10 + 4 + 8 + 30 + 7 + 1
    assert replace(still, logits=50).total == 100 + 10 + 4 + 8 + 20 + 50


def test_time_is_operations_over_rate() -> None:
    shape = Shape("one", hidden=64, layers=1, inner=64, heads=1, kv_heads=1, vocabulary=64)
    device = Device("slow", None, rate=1e6, bandwidth=1e30, share=0.5, basis="by hand")
    # 7 matrices of 64 x 64 and the head, each 2 operations a weight and token, there, again and back
    products = 3 * 2 * 8 * 64 * 64 * 10
    attention = 2 * 64 * 10 * 10 * 4
    assert seconds(Job(shape, sequence=10), device) == pytest.approx((products + attention) / 0.5e6)
    assert seconds(Job(shape, Method.FULL, sequence=10), device) > seconds(Job(shape, sequence=10), device)


def test_shapes_come_from_names_folders_and_words(tmp_path: Path) -> None:
    config = {
        "hidden_size": 576,
        "num_hidden_layers": 30,
        "intermediate_size": 1536,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "vocab_size": 49152,
        "tie_word_embeddings": True,
        "max_position_embeddings": 8192,
    }
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    assert shape(str(folder)) == shape(f"hf:{folder / 'config.json'}") == replace(NAMED["smollm2"], name="small")
    assert shape("hidden=64,layers=2,inner=160,heads=4,kv=2,vocabulary=100").parameters == TINY.parameters
    assert shape("heads=16").kv_heads == 16
    assert shape("65B") is NAMED["65b"]


@pytest.mark.parametrize("wrong", ["llama-9", "hidden=0", "hidden=64,heads=3", "heads=4,kv=3", "width=64,layers=2"])
def test_a_shape_that_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        shape(wrong)


def test_models_of_another_kind_are_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="num_local_experts is set"):
        configured({"num_local_experts": 8}, "mixture")
    with pytest.raises(UsageError, match="it has no hidden_size"):
        configured({"n_embd": 768}, "gpt2")


def test_a_row_longer_than_the_model_reads_is_refused() -> None:
    with pytest.raises(UsageError, match="reads 2048 tokens"):
        Job(NAMED["7b"], sequence=4096)


def test_the_command_says_parts_fit_time_and_basis() -> None:
    done = CliRunner().invoke(app, ["finetune", "plan", "65b", "--rank", "64", "--style", "paper", "--gpu", "48"])
    assert done.exit_code == 0, done.output
    assert "the QLoRA paper reports" in done.output and "45.0" in done.output
    assert "fits:" in done.output and "an A100's 312 TFLOP/s" in done.output
    done = CliRunner().invoke(app, ["finetune", "plan", "7b", "--gpu", "8", "--rows", "1000", "--json"])
    told = json.loads(done.output)
    parts = told["memory"]
    assert parts["weights"] + parts["optimizer"] < parts["total"] < sum(parts.values()) - parts["total"]
    assert told["devices"][0]["seconds"] == pytest.approx(1000 * told["devices"][0]["seconds_a_step"])


def bytes_of(module: Any) -> int:
    """Bytes of all tensors of a model, the scales of its 4-bit matrices with them."""
    from bitsandbytes.nn import Params4bit

    sizes = 0
    for one in [*module.parameters(), *module.buffers()]:
        sizes += one.nbytes
        if isinstance(one, Params4bit):
            state = one.quant_state
            assert one.dtype.itemsize == 1 and state.nested, "it is quantised, and twice"
            sizes += state.absmax.nbytes + state.state2.absmax.nbytes + state.offset.nbytes + state.code.nbytes
    return sizes


@pytest.mark.filterwarnings("ignore")  # of the libraries
def test_the_plan_predicts_what_bitsandbytes_keeps_within_a_hundredth(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="comes with the extra finetune")
    pytest.importorskip("bitsandbytes", reason="comes with the extra finetune")
    import torch
    import transformers

    toy = Shape("toy", hidden=256, layers=4, inner=704, heads=4, kv_heads=2, vocabulary=512)
    config = transformers.LlamaConfig(
        hidden_size=toy.hidden,
        num_hidden_layers=toy.layers,
        intermediate_size=toy.inner,
        num_attention_heads=toy.heads,
        num_key_value_heads=toy.kv_heads,
        vocab_size=toy.vocabulary,
    )
    transformers.LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path)
    quantisation = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    model = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, quantization_config=quantisation, dtype=torch.bfloat16, device_map={"": "cpu"}
    )
    job = Job(toy, rank=8)
    needed = memory(job)
    matrices = [one for name, one in model.named_parameters() if name.endswith("_proj.weight")]
    assert len(matrices) == 7 * toy.layers
    stored = sum(bytes_of(one) for one in model.model.layers) - 2 * toy.layers * 2 * toy.hidden
    assert stored == pytest.approx(needed.weights, rel=0.01)
    assert 8 * needed.weights / toy.linear == pytest.approx(4.127, rel=0.01)
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM"), autocast_adapter_dtype=False
    )
    assert sum(one.numel() for one in adapted.parameters() if one.requires_grad) == job.trained
    for one in adapted.parameters():
        if one.requires_grad:
            one.data = one.data.to(torch.bfloat16)
    assert bytes_of(adapted) == pytest.approx(needed.tensors, rel=0.01)
