"""A model's own replies to rows, greedily and many at a time, to see while it learns whether it cites right."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from finetune.bases import Loaded
from finetune.rewards import Mark, mark

_BATCH = 32


def replies(loaded: Loaded, rows: Sequence[Mapping[str, Any]], most: int) -> list[str]:
    """What the model says to the prompts of rows, of at most ``most`` tokens; in the order of the rows."""
    import torch

    model, tokenizer = loaded.model, loaded.tokenizer
    said: dict[int, str] = {}
    order = sorted(range(len(rows)), key=lambda at: -len(str(rows[at]["prompt"])))  # of like length, so little padding
    was_training = model.training
    model.eval()
    try:
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            texts = [
                tokenizer.apply_chat_template(rows[at]["prompt"], add_generation_prompt=True, tokenize=False)
                for at in part
            ]
            # not in one call with the template, which hands padding_side to jinja, and pads on the right
            asked = tokenizer(
                texts, add_special_tokens=False, padding=True, padding_side="left", return_tensors="pt"
            ).to(model.device)
            low = model.dtype == torch.bfloat16  # the adapter is kept in float32
            with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=low):
                out = model.generate(
                    **asked, max_new_tokens=most, do_sample=False, use_cache=True, pad_token_id=tokenizer.pad_token_id
                )
            words = tokenizer.batch_decode(out[:, asked["input_ids"].shape[1] :], skip_special_tokens=True)
            said |= dict(zip(part, words, strict=True))
    finally:
        model.train(was_training)
    return [said[at] for at in range(len(rows))]


def cited(loaded: Loaded, rows: Sequence[Mapping[str, Any]], most: int) -> dict[str, float]:
    """How the model's replies to rows stand against their gold citations."""
    return summary([mark(text, row) for text, row in zip(replies(loaded, rows, most), rows, strict=True)])


def summary(marks: Sequence[Mark]) -> dict[str, float]:
    """Means of marks: ``abstained`` of the rows without an answer, ``refused`` of those with one, the rest of these."""
    with_answer = [one for one in marks if one.answerable]
    without = [one for one in marks if not one.answerable]
    found = {"asked": float(len(marks))}
    if with_answer:
        found |= {
            "citation_f1": fmean(one.f1 for one in with_answer),
            "citation_recall": fmean(one.recall for one in with_answer),
            "citation_precision": fmean(one.precision for one in with_answer),
            "exact": fmean(one.exact for one in with_answer),
            "refused": fmean(one.abstained for one in with_answer),
        }
    if without:
        found["abstained"] = fmean(one.abstained for one in without)
    return {name: round(value, 4) for name, value in found.items()}
