"""Adapters put on and off at run time: let in by hash, told by the answer, and nothing is left when they are off."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.arms import Desk, Name, NotRun, arms
from rag.errors import ModelMissing, UsageError
from rag.index.index import Index
from rag.settings import Budget
from rag.writing import adapters, writer
from rag.writing.local import LocalWriter
from rag.writing.writer import Message, Request
from tests import corpus
from tests.corpus import label, section
from tests.test_eval_arms import DOSE, Chooses
from tests.test_grammar import CHOICES, END, byte_tokens
from ui import show_json
from ui.arms import models

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries
peft = pytest.importorskip("peft", reason="comes with the extra finetune")
pytest.importorskip("llguidance", reason="comes with the extra llm")


def toy_base(folder: Path, seed: int = 1) -> Path:
    """A Llama of 2 layers and bytes for tokens, its weights drawn at random."""
    import torch
    import transformers

    torch.manual_seed(seed)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=byte_tokens(), eos_token=END)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=8192, initializer_range=1.0, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def toy_adapter(base: Path, folder: Path, seed: int, rank: int = 4) -> Path:
    """A LoRA with weights drawn at random, so that it changes what the base says."""
    import torch
    import transformers

    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    made = peft.get_peft_model(
        model,
        peft.LoraConfig(
            r=rank, lora_alpha=64, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM"
        ),
    )
    made.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base and adapters of it."""
    folder = tmp_path_factory.mktemp("toys")
    toy_base(folder / "base")
    toy_adapter(folder / "base", folder / "first", 1)
    toy_adapter(folder / "base", folder / "second", 2, rank=8)
    return folder


@pytest.fixture
def base(toys: Path) -> Iterator[Any]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield writer.load(f"hf:{toys / 'base'}")
    torch.set_num_threads(threads)


def scores(of: Any, adapter: adapters.Adapter | None) -> Any:
    """The scores of the token after a prompt, with an adapter on or off."""
    of.network.wear(adapter)
    return of.network.logits(of.network.prompt([Message("user", "Dose of colchicine?")]), float("inf"))


def said(of: Any, question: str = "Dose?") -> list[str]:
    request = Request((Message("system", "Choose."), Message("user", question)), CHOICES)
    return [piece.text for piece in of.write(request, Budget())]


def test_outputs_differ_by_adapter_and_are_the_bases_to_the_bit_with_it_off(base: Any, toys: Path) -> None:
    plain = scores(base, None)
    first, second = (adapters.adapter(str(toys / name), toys) for name in ("first", "second"))
    base.adapted(first)
    base.adapted(second)
    with_first, with_second = scores(base, first), scores(base, second)
    assert abs(with_first - plain).max() > 1e-3 and abs(with_second - with_first).max() > 1e-3
    assert (scores(base, None) == plain).all(), "off: to the bit"
    assert (scores(base, first) == with_first).all(), "and on again"


def test_an_adapter_tuned_in_4_bits_is_served_over_a_base_that_is_rounded_just_so(
    base: Any, toys: Path, tmp_path: Path
) -> None:
    pytest.importorskip("bitsandbytes", reason="comes with the extra finetune")
    from finetune import bases
    from finetune.plan import Method
    from finetune.recipe import Recipe

    folder = shutil.copytree(toys / "first", tmp_path / "first")
    before = adapters.hash_of(folder)
    tuned_over = {"name": "toy", "sha256": base.sha256, "rounded": "nf4", "precision": "float32"}
    (folder / adapters.BASE).write_text(json.dumps(tuned_over))
    first, rounded = (adapters.adapter(str(one), tmp_path) for one in (toys / "first", folder))
    assert rounded.sha256 != before, "what it was tuned over decides what it says"
    plain = scores(base, None)
    base.adapted(first)
    over_whole = scores(base, first)
    base.adapted(rounded)
    over_rounded = scores(base, rounded)
    recipe = Recipe(base=str(toys / "base"), method=Method.QLORA, precision="float32", unpack=True)
    tuned = bases.load(bases.Base("toy", toys / "base", base.sha256), recipe)
    as_tuned = LocalWriter("tuned", tuned.model.eval(), tuned.tokenizer)
    as_tuned.adapted(first)
    assert abs(scores(as_tuned, first) - over_rounded).max() < 1e-4, "as it was when it was tuned"
    assert abs(over_rounded - over_whole).max() > 1e-2
    assert (scores(base, first) == over_whole).all() and (scores(base, None) == plain).all(), "whole again: to the bit"


def test_an_adapter_of_other_weights_of_the_same_shape_is_refused(toys: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(toys / "first", tmp_path / "first")
    tuned_over = {"name": "toy", "sha256": writer.load(f"hf:{toys / 'base'}").sha256, "rounded": None}  # type: ignore[union-attr]
    (folder / adapters.BASE).write_text(json.dumps(tuned_over))
    other = writer.load(f"hf:{toy_base(tmp_path / 'other', 5)}")
    with pytest.raises(ModelMissing, match="was tuned over weights with sha256"):
        other.adapted(adapters.adapter(str(folder), tmp_path))  # type: ignore[union-attr]
    (folder / adapters.BASE).write_text('{"rounded": "int3"}')
    with pytest.raises(ModelMissing, match="a rounding that is not known"):
        adapters.adapter(str(folder), tmp_path)


def test_writers_with_and_without_share_one_model_and_take_turns(base: Any, toys: Path) -> None:
    questions = [f"Dose in case {number}?" for number in range(6)]
    alone = [said(base, question) for question in questions]
    adapted = base.adapted(adapters.adapter(str(toys / "first"), toys))
    assert adapted.network is base.network
    turns = [(said(base, question), said(adapted, question)) for question in questions]
    assert [plain for plain, _ in turns] == alone
    assert [worn for _, worn in turns] != alone


def test_an_adapter_is_used_only_when_its_hash_is_on_the_list(toys: Path, tmp_path: Path) -> None:
    folder = adapters.folder_of(tmp_path) / "mine"
    toy_adapter(toys / "base", folder, 3)
    with pytest.raises(ModelMissing, match="not on the list .*rxcite finetune allow mine"):
        adapters.allowed("mine", tmp_path)
    made = adapters.allow("mine", tmp_path)
    assert adapters.allowed("mine", tmp_path) == made == adapters.allowed(str(folder), tmp_path)
    (folder / "README.md").write_text("A card may change.")
    assert adapters.allowed("mine", tmp_path) == made
    config = json.loads((folder / adapters.CONFIG).read_text())
    (folder / adapters.CONFIG).write_text(json.dumps(config | {"lora_alpha": 1}))
    with pytest.raises(ModelMissing, match="not on the list"):
        adapters.allowed("mine", tmp_path)


def test_what_is_no_adapter_is_refused_with_what_to_do(toys: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no such folder, and .* holds no adapter"):
        adapters.adapter("nowhere", tmp_path)
    with pytest.raises(ModelMissing, match="has no adapter_config.json"):
        adapters.adapter(str(toys / "base"), tmp_path)
    prompt = tmp_path / "prompt"
    prompt.mkdir()
    (prompt / adapters.CONFIG).write_text('{"peft_type": "PROMPT_TUNING"}')
    (prompt / adapters.WEIGHTS).write_bytes(b"")
    with pytest.raises(ModelMissing, match="PROMPT_TUNING; served are LoRA and DoRA"):
        adapters.adapter(str(prompt), tmp_path)


def test_an_adapter_of_another_model_does_not_fit(base: Any, toys: Path, tmp_path: Path) -> None:
    import transformers

    config = transformers.AutoConfig.from_pretrained(toys / "base")
    for name, changed in (("wide", {"hidden_size": 64}), ("deep", {"num_hidden_layers": 3})):
        other = transformers.LlamaForCausalLM(transformers.LlamaConfig(**(config.to_dict() | changed)))
        other.save_pretrained(tmp_path / name)
        folder = toy_adapter(tmp_path / name, tmp_path / f"{name}-adapter", 1)
        with pytest.raises(ModelMissing, match="does not fit this model"):
            writer.load(f"hf:{toys / 'base'}").adapted(adapters.adapter(str(folder), tmp_path))  # type: ignore[union-attr]


def test_models_that_are_not_here_take_no_adapter(toys: Path) -> None:
    first = adapters.adapter(str(toys / "first"), toys)
    with pytest.raises(UsageError, match="a server takes an adapter by the name of the model"):
        writer.adapted(writer.load("openai:http://127.0.0.1:9/v1#m"), first)
    with pytest.raises(UsageError, match="without a model it adapts nothing"):
        writer.adapted(None, first)


LABELS = (
    label(
        "abrelin",
        section(
            "2 DOSAGE AND ADMINISTRATION",
            "The recommended dose of abrelin is 5 mg once daily with a meal.",
            "The dose of abrelin is 2 mg once daily in renal impairment.",
        ),
    ),
)


def test_answers_name_the_adapter_and_the_key_of_its_arm_has_it(toys: Path, tmp_path: Path) -> None:
    settings = corpus.build(tmp_path / "home", *LABELS)
    made = adapters.allow(str(toys / "first"), settings.home)
    worn, _ = models(f"hf:{toys / 'base'}", settings, str(toys / "first"))
    plain, _ = models(f"hf:{toys / 'base'}", settings)
    with Index.open(settings) as index:
        desk = Desk(index, settings, show_json.answer, plain, worn)
        rag, adapted = arms([Name.RAG, Name.ADAPTED], desk)
        assert not isinstance(rag, NotRun) and not isinstance(adapted, NotRun)
        shown = adapted.reply(DOSE).answer
        assert shown["model"]["adapter"] == made.label == f"first@{made.sha256[:12]}"
        assert shown["arm"] == "rag+adapter"
        assert rag.reply(DOSE).answer["model"]["adapter"] is None
        assert adapted.key(DOSE)["model"]["adapter"] == made.label
        other = Desk(index, settings, show_json.answer, plain, Chooses("", adapter="first@another"))
        [another] = arms([Name.ADAPTED], other)
        assert not isinstance(another, NotRun) and another.key(DOSE)["model"] != adapted.key(DOSE)["model"]


def test_an_adapter_that_is_not_allowed_stops_the_question_before_a_model_is_loaded(toys: Path, tmp_path: Path) -> None:
    settings = corpus.build(tmp_path / "home", *LABELS)
    with pytest.raises(ModelMissing, match="not on the list"):
        models("hf:/nowhere", settings, str(toys / "first"))
