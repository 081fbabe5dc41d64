"""Adapters for other programs: merged they say what they said apart, and converters get the scale that was trained."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from finetune import export
from finetune import rows as training
from finetune.bases import find
from rag.errors import ModelMissing, UsageError
from rag.writing import adapters
from tests.test_finetune_adapters import toy_adapter, toy_base
from tests.test_finetune_evaluate import row
from ui.cli import app

peft = pytest.importorskip("peft", reason="comes with the extra finetune")
pytest.importorskip("llguidance", reason="comes with the extra llm")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries

CONVERTER = """
import json, sys
from pathlib import Path
base, file, source = Path(sys.argv[2]), Path(sys.argv[4]), Path(sys.argv[5])
assert (base / "config.json").is_file() and (source / "adapter_model.safetensors").is_file()
file.write_text((source / "adapter_config.json").read_text())
"""


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    toy_adapter(toy_base(folder / "base"), folder / "first", 1)
    return folder


def changed(folder: Path, **values: Any) -> Path:
    config = json.loads((folder / adapters.CONFIG).read_text()) | values
    (folder / adapters.CONFIG).write_text(json.dumps(config))
    return folder


def test_the_merged_model_writes_what_the_adapter_writes_on_fifty_prompts(toys: Path, tmp_path: Path) -> None:
    training.save([row(f"{'very ' * number}{number}", 1) for number in range(60)], tmp_path / "test.jsonl")
    home = tmp_path / "home"
    made = adapters.allow(str(toys / "first"), home)
    given = ["--home", str(home), "finetune", "export", str(toys / "first"), "--model", f"hf:{toys / 'base'}"]
    done = CliRunner().invoke(app, [*given, "--check", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "write the same to 50 of 50 prompts" in done.stderr
    merged = home / "merged" / "first"
    assert made.sha256 in (merged / "README.md").read_text()
    assert f"vllm serve {merged}" in done.stdout and "--max-lora-rank 8" in done.stdout
    assert "no GGUF" in done.stderr
    again = CliRunner().invoke(app, given)
    assert isinstance(again.exception, UsageError) and "is not empty" in str(again.exception)


def test_merged_weights_are_the_base_and_what_the_adapter_adds(toys: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    found, base = adapters.adapter(str(toys / "first"), toys), find(str(toys / "base"), toys)
    merged = export.merge(found, base, tmp_path / "merged", "float32")
    name = "model.layers.0.self_attn.q_proj.weight"
    added = load_file(toys / "first" / adapters.WEIGHTS)
    a, b = (added[f"base_model.model.model.layers.0.self_attn.q_proj.lora_{of}.weight"] for of in "AB")
    weight = load_file(toys / "base" / "model.safetensors")[name]
    # alpha 64, rank 4
    assert (load_file(merged.folder / "model.safetensors")[name] - (weight + 16 * b @ a)).abs().max() < 1e-5


def test_the_converter_gets_the_scale_that_was_trained(toys: Path, tmp_path: Path) -> None:
    (tmp_path / export.CONVERTER).write_text(CONVERTER)
    script = export.converter(tmp_path)
    assert script is not None
    folder = toy_adapter(toys / "base", tmp_path / "stable", 2)
    base = find(str(toys / "base"), toys)
    for stable, alpha in ((False, 64.0), (True, 128.0)):  # alpha sqrt(4), which llama.cpp divides by 4
        found = adapters.adapter(str(changed(folder, use_rslora=stable)), tmp_path)
        written = export.to_gguf(found, base, script, tmp_path / f"{stable}.gguf")
        config = json.loads(written.read_text())
        assert (config["lora_alpha"], config["use_rslora"]) == (alpha, False)


def test_what_cannot_be_converted_says_so(toys: Path, tmp_path: Path) -> None:
    base = find(str(toys / "base"), toys)
    with pytest.raises(ModelMissing, match="give a checkout of llama.cpp"):
        export.converter(tmp_path)
    broken = tmp_path / export.CONVERTER
    broken.write_text("raise SystemExit('gguf is not installed')")
    found = adapters.adapter(str(toys / "first"), toys)
    with pytest.raises(ModelMissing, match="could not convert first: gguf is not installed"):
        export.to_gguf(found, base, broken, tmp_path / "a.gguf")
    dora = adapters.adapter(str(changed(toy_adapter(toys / "base", tmp_path / "dora", 1), use_dora=True)), toys)
    with pytest.raises(UsageError, match="is a DoRA"):
        export.to_gguf(dora, base, broken, tmp_path / "b.gguf")
    told = export.commands(dora, base, export.Merged(tmp_path / "m", "0"), None)
    assert "# vLLM and llama.cpp know no DoRA: merged only" in told and not any("--enable-lora" in one for one in told)


def test_an_adapter_tuned_in_4_bits_is_served_by_others_over_4_bits_too(toys: Path, tmp_path: Path) -> None:
    base = find(str(toys / "base"), toys)
    whole = adapters.adapter(str(toys / "first"), toys)
    apart = export.commands(replace(whole, rounded="bfloat16"), base, export.Merged(tmp_path / "m", "0"), None)
    assert any("--quantization bitsandbytes --enable-lora" in line for line in apart)
    assert any("better convert the merged model" in line for line in apart)
    assert not any("bitsandbytes" in line for line in export.commands(whole, base, export.Merged(tmp_path, "0"), None))
