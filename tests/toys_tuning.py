"""A model of random weights that learns in seconds, and rows that it can learn."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rag.writing.grammar import line_of
from rag.writing.prompts import ABSTAIN

DRUGS = ("alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega", "theta")
FACTS = ("halve dose", "avoid alcohol", "check potassium", "take fasting")
_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|> {{ m['content'] }} <|end|> {% endfor %}"
    "{% if add_generation_prompt %}<|assistant|> {% endif %}"
)
Row = dict[str, Any]


def row(at: int, *, answerable: bool = True, split: str = "train") -> Row:
    """Three drugs' sentences and a question about one of them, or about a drug that none names."""
    named = [DRUGS[(at + step) % len(DRUGS)] for step in (0, 3, 5)]
    texts = [f"{drug} {FACTS[(at + step) % len(FACTS)]}" for step, drug in enumerate(named)]
    number = at % 3 + 1
    asked = named[number - 1] if answerable else DRUGS[(at + 1) % len(DRUGS)]
    listed = " ".join(line_of(n, text).strip() for n, text in enumerate(texts, 1))
    said = line_of(number, texts[number - 1]).strip() if answerable else ABSTAIN
    return {
        "id": f"{split}{at}",
        "split": split,
        "task": "cite" if answerable else "abstain",
        "sentences": [{"number": n, "text": text} for n, text in enumerate(texts, 1)],
        "prompt": [{"role": "user", "content": f"{listed} ask {asked}"}],
        "completion": [{"role": "assistant", "content": said}],
        "gold": {"numbers": [number] if answerable else [], "quotes": [], "answerable": answerable},
    }


def pair(at: int, *, split: str = "train") -> Row:
    """A right answer and one that cites the next sentence."""
    right = row(at, split=split)
    wrong = right["sentences"][at % 3 - 2]
    return {
        "id": f"pair{at}",
        "split": split,
        "prompt": right["prompt"],
        "chosen": right["completion"],
        "rejected": [{"role": "assistant", "content": line_of(wrong["number"], wrong["text"]).strip()}],
        "fault": "wrong number",
    }


def save(rows: Iterable[Row], folder: Path) -> Path:
    """Writes rows to train.jsonl and valid.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = list(rows)
    for split in ("train", "valid"):
        lines = [json.dumps(one) + "\n" for one in kept if one["split"] == split]
        (folder / f"{split}.jsonl").write_text("".join(lines))
    return folder


def rows(folder: Path, train: int = 24, valid: int = 6) -> Path:
    """Answer rows, every fourth without an answer."""
    made = [row(at, answerable=at % 4 != 3) for at in range(train)]
    return save([*made, *(row(at + 7, answerable=at % 4 != 3, split="valid") for at in range(valid))], folder)


def pairs(folder: Path, train: int = 16, valid: int = 4) -> Path:
    """Preference rows."""
    return save([*(pair(at) for at in range(train)), *(pair(at + 5, split="valid") for at in range(valid))], folder)


def base(folder: Path, *, width: int = 32, layers: int = 2, tied: bool = True) -> Path:
    """A Llama of random weights, and a tokenizer to which a word is a token."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    control = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|unk|>"]
    words: Sequence[str] = [*DRUGS, *(word for fact in FACTS for word in fact.split()), "ask", *ABSTAIN.split()]
    vocabulary = list(dict.fromkeys([*control, *(f"[{n}]" for n in range(4)), *words]))
    made = Tokenizer(models.WordLevel({word: id for id, word in enumerate(vocabulary)}, unk_token="<|unk|>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<|pad|>", eos_token="<|end|>", unk_token="<|unk|>", chat_template=_TEMPLATE
    )
    tokenizer.add_special_tokens({"additional_special_tokens": control[2:5]})
    torch.manual_seed(7)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=256,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=None,
            tie_word_embeddings=tied,
            initializer_range=0.2,  # adapters leave embeddings alone: with the usual .02 no word could become likely
        )
    )
    model.generation_config.eos_token_id = 1
    model.generation_config.pad_token_id = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
