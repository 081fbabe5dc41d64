"""How often search finds a gold sentence: hit@1, @5, @10 on questions with gold sentences (JSON Lines).

    python -m eval.bench.label_search QUESTIONS.jsonl --index NAME [--half tune|report] [--misses N]

A hit counts when one of the question's gold sentences lies in the passage, both without tags, white space and case, and
the passage has at most 256 encoder tokens. Questions are split in two by their label's set id: settings were tuned on
the first half ("tune"), and the other ("report") was only ever measured.
"""

import argparse
import hashlib
import html
import json
import re
import sys
import time
from pathlib import Path

from rag.index import encoder
from rag.index.index import Index
from rag.search.search import search
from rag.settings import load


def bare(text: str) -> str:
    """``text`` without tags, white space and case."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", " ", text))).casefold()


def half(set_id: str) -> str:
    """The half to which a label's questions belong."""
    return "tune" if hashlib.sha256(set_id.encode()).digest()[0] % 2 == 0 else "report"


def main() -> None:
    """Prints a line of figures for each half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--half", choices=["tune", "report"])
    parser.add_argument("--misses", type=int, default=0)
    options = parser.parse_args()
    settings = load(index=options.index, home=options.home)
    index = Index.open(settings)
    tokens = encoder.Tokens(encoder.folder_of(settings.encoder))
    figures: dict[str, list[int]] = {}
    seconds: list[float] = []
    shown = 0
    for line in options.questions.read_text().splitlines():
        item = json.loads(line)
        part = half(item["set_id"])
        if options.half and part != options.half:
            continue
        begun = time.perf_counter()
        hits = search(item["question"], index, settings, k=10).hits
        seconds.append(time.perf_counter() - begun)
        gold = [bare(sentence) for sentence in item["gold_sentences"]]
        sizes = tokens.count([hit.passage.text for hit in hits])
        found = [
            size <= 256 and any(g in bare(hit.passage.text) for g in gold)
            for hit, size in zip(hits, sizes, strict=True)
        ]
        figures.setdefault(part, []).append(found.index(True) if True in found else 99)
        if found[:1] != [True] and shown < options.misses:
            shown += 1
            top = hits[0].passage.text[:160] if hits else "nothing"
            miss = f"{item['id']} {item['question']} rank {figures[part][-1]}\n"
            miss += f"  gold: {item['gold_sentences'][0][:160]}\n  top: {top}\n"
            sys.stderr.write(miss)
    for part, ranks in sorted(figures.items()):
        at = {k: sum(rank < k for rank in ranks) / len(ranks) for k in (1, 5, 10)}
        sys.stdout.write(
            json.dumps({"half": part, "questions": len(ranks)} | {f"hit@{k}": round(v, 4) for k, v in at.items()})
            + "\n"
        )
    seconds.sort()
    sys.stdout.write(
        json.dumps(
            {
                "p50_ms": round(seconds[len(seconds) // 2] * 1000, 1),
                "p95_ms": round(seconds[int(len(seconds) * 0.95)] * 1000, 1),
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
