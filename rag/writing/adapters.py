"""Adapters of local models: found by name, let in by their hash, put on and off without loading the model again.

An adapter changes what a model says. So only those whose sha256 stands in ``adapters/allowed.json`` of the home are
used: those trained here, and those that somebody has looked at and let in with ``rxcite finetune allow``. Weights come
from safetensors alone. Kinds that change matrices (LoRA, DoRA) are served; prefix and prompt tuning are not. What an
adapter was tuned over stands in its ``base.json``: over 4 bits, it is served over weights that were rounded so.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import ModelMissing, UsageError
from rag.writing.rounding import NF4, Rounding

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
BASE = "base.json"
"""Beside our own: the base as tuned over, as ``{"name", "sha256", "rounded": "nf4" or null, "precision"}``."""
ALLOWED = "allowed.json"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A folder with an adapter, whose contents are known by their hash."""

    name: str
    path: Path
    sha256: str
    """Of the names and contents of its configuration, its weights and, where it has one, its ``base.json``."""
    base: str | None = None
    """The sha256 of the weights that it was tuned over; None where it does not say."""
    rounded: str | None = None
    """The precision in which those were rounded to 4 bits; None for whole ones."""

    @property
    def label(self) -> str:
        """As answers name it: the name, and enough of the hash to tell two of one name apart."""
        return f"{self.name}@{self.sha256[:12]}"


def folder_of(home: Path) -> Path:
    """Where adapters lie by name."""
    return home / "adapters"


def adapter(name: str, home: Path) -> Adapter:
    """The adapter of that name in the home, or of the folder at that path; whether it is allowed is not asked.

    Raises:
        ModelMissing: there is none, or it lacks a file or is of a kind that is not served.
    """
    given = Path(name).expanduser()
    path = given if given.is_dir() else folder_of(home) / name
    if not path.is_dir():
        known = sorted(one.name for one in folder_of(home).glob("*") if (one / CONFIG).is_file())
        raise ModelMissing(
            f"--adapter {name}: no such folder, and {folder_of(home)} holds {', '.join(known) or 'no adapter'};"
            " give a name of these or the path of an adapter's folder"
        )
    if absent := [file for file in (CONFIG, WEIGHTS) if not (path / file).is_file()]:
        raise ModelMissing(f"--adapter {name}: {path} has no {absent[0]}; give a folder that peft has saved")
    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelMissing(f"--adapter {name}: {path / CONFIG} is no JSON ({error}); train or copy it again") from error
    if config.get("peft_type") != "LORA":
        raise ModelMissing(
            f"--adapter {name} is of the kind {config.get('peft_type')}; served are LoRA and DoRA (qlora, lora, dora)"
        )
    base = _base(name, path)
    rounded = base.get("precision") if base.get("rounded") == NF4 else None
    return Adapter(path.resolve().name, path.resolve(), hash_of(path), base.get("sha256"), rounded)


def _base(name: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / BASE).read_text(encoding="utf-8")) if (path / BASE).is_file() else {}
    except ValueError as error:
        raise ModelMissing(f"--adapter {name}: {path / BASE} is no JSON ({error}); train or copy it again") from error
    known = isinstance(found, dict) and found.get("rounded") in (None, NF4)
    if not known or (found.get("rounded") and found.get("precision") not in ("bfloat16", "float32")):
        raise ModelMissing(f"--adapter {name}: {path / BASE} names a rounding that is not known here; train it again")
    return dict(found)


def allowed(name: str, home: Path) -> Adapter:
    """The adapter of that name or path.

    Raises:
        ModelMissing: there is none, or it is not allowed here.
    """
    found = adapter(name, home)
    if found.sha256 not in _listed(home):
        raise ModelMissing(
            f"--adapter {name}: sha256 {found.sha256} is not on the list {folder_of(home) / ALLOWED}; it decides what a"
            f" model says: see where it comes from, then run: rxcite finetune allow {name}"
        )
    return found


def allow(name: str, home: Path) -> Adapter:
    """Puts an adapter on the list; ``rxcite finetune train`` does so with its own."""
    found = adapter(name, home)
    listed = _listed(home) | {
        found.sha256: {"name": found.name, "allowed": datetime.now(UTC).isoformat(timespec="seconds")}
    }
    folder = folder_of(home)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{ALLOWED}.{os.getpid()}"
    draft.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / ALLOWED)
    return found


def hash_of(folder: Path) -> str:
    """The sha256 of all files of an adapter's folder that decide what it does, names and contents; cards may change."""
    digest = hashlib.sha256()
    for file in (CONFIG, WEIGHTS, *([BASE] if (folder / BASE).is_file() else [])):
        with (folder / file).open("rb") as stream:
            digest.update(f"{file}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _listed(home: Path) -> dict[str, Any]:
    path = folder_of(home) / ALLOWED
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise UsageError(f"{path} is no JSON ({error}); mend or remove it") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} must be an object of hashes; mend or remove it")
    return found


class Wardrobe:
    """The adapters of a model in this process: each is loaded once, one or none is on."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._peft: Any = None
        self._rounding: Rounding | None = None
        self._loaded: dict[str, str] = {}
        self._worn: str | None = None

    def load(self, adapter: Adapter) -> None:
        """Makes an adapter ready; the one that is on stays on.

        Raises:
            ModelMissing: peft is not installed, or the adapter is none for this model.
        """
        if adapter.sha256 in self._loaded:
            return
        try:
            from peft import PeftModel, get_peft_model_state_dict
            from safetensors import safe_open
        except ImportError as error:
            raise ModelMissing(f"--adapter {adapter.name}: {error}; run: pip install 'rxcite[finetune]'") from error
        if self._rounding is None:
            self._rounding = Rounding(self._model)
        if adapter.rounded:
            self._rounding.prepare(adapter.rounded)
        name = f"a{len(self._loaded)}"  # a name of layers must have no dot
        try:
            if self._peft is None:
                # in the model's own precision, as when it is merged
                self._peft = PeftModel.from_pretrained(
                    self._model, str(adapter.path), adapter_name=name, autocast_adapter_dtype=False
                )
                self._peft.base_model.disable_adapter_layers()
            else:
                self._peft.load_adapter(str(adapter.path), name, autocast_adapter_dtype=False)
        except (RuntimeError, ValueError, KeyError, OSError, TypeError) as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise ModelMissing(f"--adapter {adapter.name} does not fit this model: {first}") from error
        # without the flag peft would ask the hub whether the base's vocabulary has grown
        wanted = get_peft_model_state_dict(self._peft, adapter_name=name, save_embedding_layers=False)
        with safe_open(adapter.path / WEIGHTS, "pt") as weights:
            if unknown := set(weights.keys()) ^ set(wanted):
                raise ModelMissing(f"--adapter {adapter.name} does not fit this model: it is apart in {min(unknown)}")
        self._loaded[adapter.sha256] = name
        if hash_of(adapter.path) != adapter.sha256:
            raise ModelMissing(f"--adapter {adapter.name}: {adapter.path} changed while it was loaded; ask again")
        self._model.eval()

    def merged(self, adapter: Adapter) -> Any:
        """The model with a loaded adapter in its weights; neither model nor wardrobe is of use after it."""
        self.wear(adapter)
        return self._peft.merge_and_unload(safe_merge=True, adapter_names=[self._loaded[adapter.sha256]])

    def wear(self, adapter: Adapter | None) -> bool:
        """Puts an adapter on that was loaded, or takes it off; True where that changed anything."""
        wanted = adapter.sha256 if adapter else None
        if wanted == self._worn:
            return False
        if self._rounding:
            self._rounding.put(adapter.rounded if adapter else None)
        if wanted is None:
            self._peft.base_model.disable_adapter_layers()
        else:
            self._peft.base_model.enable_adapter_layers()
            self._peft.set_adapter(self._loaded[wanted], inference_mode=True)
        self._worn = wanted
        return True
