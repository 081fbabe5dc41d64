"""How well a judge tells what quotes support: ROC AUC on experts' verdicts and on SciFact, beside the default's.

    python -m eval.bench.judge_check EVAL_DIR --judge hf:PATH [--judge ...]

EVAL_DIR holds ``support_claims.jsonl`` and ``scifact/``. The score of a judge is its belief that a sentence entails
the claim less that it contradicts it, of the sentence where that is highest: evidence of the experts' claims is whole
pages, which no small judge reads at once. "words" and "meaning" are the scores of ``support_check``, the default.
Claims of SciFact with an odd id may have been trained on; the figure is of the even ones. Differences are paired: both
scores on the same claims drawn anew, 2,000 times.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.bench.perturbations import Names
from eval.bench.support_check import SEED, Scorer, auc
from rag import sentences
from rag.support import judge as judges
from rag.support.support import Ground

_LONGEST = 60
"""Sentences of a claim's evidence that are read, those nearest to the claim."""
_ROUNDS = 2_000

Score = Callable[[str, Sequence[Ground]], float]


@dataclass(frozen=True, slots=True)
class Case:
    """A claim with its evidence, and whether the evidence supports it."""

    set: str
    claim: str
    grounds: tuple[Ground, ...]
    supported: bool


def cases(folder: Path) -> list[Case]:
    """Experts' claims (Complete against the rest), and SciFact's of even ids (SUPPORT against CONTRADICT)."""
    found: list[Case] = []
    for line in (folder / "support_claims.jsonl").read_text().splitlines():
        item = json.loads(line)
        texts = [re.sub(r"^\[\d+\]\s+\S+\s+", "", text) for text in item["evidence"]]
        claim = re.sub(r"\s*\[\d+\]", "", item["claim"])
        found.append(Case("experts", claim, tuple(map(Ground, texts)), item["support"] == "Complete"))
    lines = (folder / "scifact" / "corpus.jsonl").read_text().splitlines()
    corpus = {record["_id"]: record for record in map(json.loads, lines)}
    for line in (folder / "scifact" / "queries_train.jsonl").read_text().splitlines():
        claim = json.loads(line)
        for evidence in claim["evidence"] if int(claim["_id"]) % 2 == 0 else ():
            record = corpus[evidence["doc"]]
            spans = sentences.split(record["text"])
            if len(spans) == record["n_sent"]:
                grounds = tuple(Ground(spans[at].of(record["text"]), record["title"]) for at in evidence["sents"])
                found.append(Case("scifact even", claim["text"], grounds, evidence["label"] == "SUPPORT"))
    return found


def by_sentence(judge: judges.Judge) -> Score:
    """The highest, over the sentences of the evidence, of what the judge believes for less against."""

    def score(claim: str, grounds: Sequence[Ground]) -> float:
        texts = [s.of(g.text) for g in grounds for s in sentences.split(g.text)]
        said = set(claim.lower().split())
        texts = sorted(texts, key=lambda text: -len(said & set(text.lower().split())))[:_LONGEST]
        found = [judge.judge(claim, [Ground(text)]) for text in texts if len(text) > 20]
        return max((one.entailed - one.contradicted for one in found if one), default=-1.0)

    return score


def main() -> None:
    """Prints a line for each set and score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--judge", action="append", default=[], help="as the setting judge has it")
    options = parser.parse_args()
    everything = cases(options.folder)
    scorer = Scorer(Names({}, []))
    scores: dict[str, Score] = {
        "words": lambda claim, grounds: scorer.scores(claim, grounds)[1].words,
        "meaning": lambda claim, grounds: scorer.scores(claim, grounds)[1].meaning,
    }
    for spec in options.judge:
        loaded = judges.load(spec)
        assert loaded is not None
        scores[spec] = by_sentence(loaded)
    for name in dict.fromkeys(case.set for case in everything):
        some = [case for case in everything if case.set == name]
        right = np.array([case.supported for case in some])
        made = {which: np.array([score(c.claim, c.grounds) for c in some]) for which, score in scores.items()}
        for which, values in made.items():
            line = {"set": name, "score": which, "supported": int(right.sum()), "others": int((~right).sum())}
            line |= _drawn(values, made["meaning"], right)
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


def _drawn(values: np.ndarray, base: np.ndarray, right: np.ndarray) -> dict[str, object]:
    """AUC and its gain over ``base``, each with the percentiles of drawings; supported and others drawn apart."""
    rng = np.random.default_rng(SEED)
    up, down = np.flatnonzero(right), np.flatnonzero(~right)
    draws = []
    for _ in range(_ROUNDS):
        a, b = rng.choice(up, len(up)), rng.choice(down, len(down))
        one, other = auc(values[a].tolist(), values[b].tolist()), auc(base[a].tolist(), base[b].tolist())
        draws.append((one, one - other))
    ends = np.percentile(np.array(draws), [2.5, 97.5], axis=0).round(3).tolist()
    whole = auc(values[up].tolist(), values[down].tolist())
    gain = whole - auc(base[up].tolist(), base[down].tolist())
    return {
        "AUC": round(whole, 3),
        "95 %": [ends[0][0], ends[1][0]],
        "gain over meaning": round(gain, 3),
        "95 % of gain": [ends[0][1], ends[1][1]],
    }


if __name__ == "__main__":
    main()
