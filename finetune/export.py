"""An adapter for other programs: merged into its base as safetensors, as GGUF by llama.cpp's own converter, commands.

Merged weights are rounded once more than base and adapter apart, so that ``same`` counts on how many prompts both write
the same, greedily.
"""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from finetune.bases import Base
from finetune.rows import Row
from finetune.trial import Arm, Progress, Sizes, trial
from rag.errors import ModelMissing, UsageError
from rag.writing import local
from rag.writing.adapters import CONFIG, WEIGHTS, Adapter
from rag.writing.local import LocalWriter, Way

CONVERTER = "convert_lora_to_gguf.py"
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes as --max-lora-rank (vllm.config.lora, 0.14 to 0.22)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A model with an adapter merged in."""

    folder: Path
    sha256: str
    """Of its weights."""


def merge(adapter: Adapter, base: Base, folder: Path, precision: str) -> Merged:
    """Writes base and adapter as one model, with a card that names the hashes of all three.

    Raises:
        UsageError: the folder is in use.
        ModelMissing: peft is not installed, or the adapter is none for this base.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; give another --out, or remove it")
    writer = opened(base.name, base.folder, base.sha256, precision)
    writer.adapted(adapter)  # says in one line what does not fit
    whole = writer.network.wardrobe.merged(adapter)
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    whole.save_pretrained(draft)
    writer.network.tokenizer.save_pretrained(draft)
    sha256 = local.sha256_of(sorted(draft.glob("*.safetensors")))
    (draft / "README.md").write_text(_card(adapter, base, precision, sha256), encoding="utf-8")
    if folder.is_dir():
        folder.rmdir()
    draft.rename(folder)
    return Merged(folder, sha256)


def same(
    rows: Sequence[Row], adapter: Adapter, base: Base, merged: Merged, precision: str, progress: Progress | None = None
) -> int:
    """On how many rows the merged model writes what the adapter does, token for token."""
    apart = opened(base.name, base.folder, base.sha256, precision).adapted(adapter).chosen_by(Way.FREE)
    whole = opened(merged.folder.name, merged.folder, merged.sha256, precision).chosen_by(Way.FREE)
    sizes = Sizes(precision=precision)
    with TemporaryDirectory() as folder:
        pairs = zip(
            trial(rows, {Arm.ADAPTER: apart}, Path(folder), sizes, progress),
            trial(rows, {Arm.BASE: whole}, Path(folder), sizes, progress),
            strict=True,
        )
        return sum(a.text == b.text for a, b in pairs)


def opened(name: str, folder: Path, sha256: str, precision: str) -> LocalWriter:
    """A model of a folder, in a precision."""
    import torch

    model, tokenizer = local.loaded(f"--model {name}", folder)
    return LocalWriter(name, model.to(getattr(torch, precision)), tokenizer, sha256=sha256)


def converter(given: Path | None) -> Path | None:
    """llama.cpp's script, in the folder given or on the path; None where it is on neither.

    Raises:
        ModelMissing: it is not in the folder given.
    """
    if given is None:
        found = shutil.which(CONVERTER)
        return Path(found) if found else None
    path = given.expanduser() / CONVERTER
    if not path.is_file():
        raise ModelMissing(f"--llama-cpp {given}: there is no {CONVERTER}; give a checkout of llama.cpp")
    return path


def to_gguf(adapter: Adapter, base: Base, script: Path, file: Path) -> Path:
    """Converts an adapter to a GGUF file for ``llama-server --lora``.

    Raises:
        UsageError: it is a DoRA, which the converter does not know.
        ModelMissing: the converter failed; its last words are in the message.
    """
    config = _config(adapter)
    if config.get("use_dora"):
        raise UsageError(f"{adapter.name} is a DoRA, which llama.cpp does not know; serve the merged model")
    with TemporaryDirectory() as folder:
        source = Path(folder)
        # the converter writes lora_alpha as it stands and llama.cpp divides it by the rank: for a rank-stabilised
        # adapter, scaled by alpha / sqrt(rank), that would be sqrt(rank) times too weak
        (source / CONFIG).write_text(json.dumps(config | {"lora_alpha": _alpha(config), "use_rslora": False}))
        shutil.copy(adapter.path / WEIGHTS, source / WEIGHTS)
        command = [sys.executable, str(script), "--base", str(base.folder), "--outfile", str(file), str(source)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or not file.is_file():
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise ModelMissing(
            f"{script} could not convert {adapter.name}: {last}; see that its requirements are installed"
        )
    return file


def commands(adapter: Adapter, base: Base, merged: Merged, gguf: Path | None) -> tuple[str, ...]:
    """How to serve it, as one would type it; lines that begin with # explain."""
    config = _config(adapter)
    rank = next((one for one in _RANKS if one >= int(config["r"])), _RANKS[-1])
    ask = "rxcite ask QUESTION --model openai:http://127.0.0.1:8000/v1"
    lines = [
        "# here",
        f"rxcite ask QUESTION --model {_spec(base)} --adapter {adapter.name}",
        "# vLLM, the merged model",
        f"vllm serve {merged.folder} --served-model-name {adapter.name}",
        f"{ask}#{adapter.name}",
    ]
    if config.get("use_dora"):
        lines += ["# vLLM and llama.cpp know no DoRA: merged only"]
    else:
        lines += [
            f"# vLLM, base and adapter apart{', the base in 4 bits as it was tuned' if adapter.rounded else ''}",
            f"vllm serve {base.folder}{' --quantization bitsandbytes' if adapter.rounded else ''} --enable-lora"
            f" --max-lora-rank {rank} --lora-modules {adapter.name}={adapter.path}",
            f"{ask}#{adapter.name}",
        ]
        file = gguf or Path(f"{adapter.name}.gguf")
        lines += [f"# llama.cpp{'' if gguf else f', once --llama-cpp has written {file}'}"]
        if adapter.rounded:
            lines += ["# tuned over NF4, it is less at home on BASE.gguf: better convert the merged model"]
        lines += [f"llama-server -m BASE.gguf --lora {file} --port 8000", f"{ask}#{adapter.name}"]
    return (*lines, "# a served model is asked for JSON; an adapter of lines is at its best here, under the grammar")


def _config(adapter: Adapter) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((adapter.path / CONFIG).read_text(encoding="utf-8"))
    return found


def _alpha(config: dict[str, Any]) -> float:
    """The alpha which, divided by the rank, gives the adapter's own scale."""
    alpha = float(config["lora_alpha"])
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def _spec(base: Base) -> str:
    return base.name if base.name == "smollm2" else f"hf:{base.folder}"


def _card(adapter: Adapter, base: Base, precision: str, sha256: str) -> str:
    return f"""# {adapter.name}, merged

{base.name} with the adapter {adapter.name} merged into its weights, in {precision}, by `rxcite finetune export`.

**Not for clinical use by itself.** What a model chooses is checked by rxcite before anybody sees it.

| | sha256 |
|---|---|
| base, {base.name} | `{base.sha256}` |
| adapter | `{adapter.sha256}` |
| these weights | `{sha256}` |

Licence: the base's goes with its weights; the adapter's card says what it was tuned on.
"""
