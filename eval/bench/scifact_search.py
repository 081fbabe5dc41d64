"""How well search orders articles for a claim: nDCG@10 over the 5,183 abstracts of SciFact, no drug fields.

    python -m eval.bench.scifact_search FOLDER [--home HOME] [--quick]

FOLDER holds ``corpus.jsonl``, ``queries_train.jsonl`` and ``qrels_train.tsv`` (Wadden et al., EMNLP 2020, as BEIR has
them). The abstracts are indexed as the reader of BEIR lays them out (``beir_index``), and a document counts by the
first of its passages. Claims with an odd id were used to tune; the figure is that of the even ones. The index is kept
under HOME (by default in the folder for temporary files), so that the abstracts are embedded once.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path

import numpy as np

from eval.bench.beir_index import build as build
from rag.index.index import Index
from rag.search.search import search
from rag.settings import SearchSettings, Settings

_DEPTH = 10
_RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and the documents that bear on it."""

    id: int
    text: str
    relevant: Mapping[str, int]
    """Document id -> gain."""

    @property
    def is_for_tuning(self) -> bool:
        """True for an odd id."""
        return self.id % 2 == 1


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = _DEPTH) -> float:
    """Gain of distinct ids, best first, as nDCG has it, 0 to 1 (Järvelin and Kekäläinen 2002); rank from 1."""
    gained = sum(relevant.get(id, 0) / log2(rank + 1) for rank, id in enumerate(ranked[:depth], 1))
    best = sorted(relevant.values(), reverse=True)[:depth]
    ideal = sum(gain / log2(rank + 1) for rank, gain in enumerate(best, 1))
    return gained / ideal if ideal else 0.0


def interval(values: Sequence[float], seed: int = 1) -> tuple[float, float]:
    """95 % of the means of ``values`` drawn anew with replacement (percentile bootstrap)."""
    drawn = np.random.default_rng(seed).choice(np.asarray(values), size=(_RESAMPLES, len(values)))
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def claims(folder: Path) -> list[Claim]:
    """All claims of ``queries_train.jsonl`` that have a relevant document."""
    relevant: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels_train.tsv").read_text().splitlines()[1:]:
        claim, document, gain = line.split("\t")
        relevant.setdefault(claim, {})[document] = int(gain)
    items = map(json.loads, (folder / "queries_train.jsonl").read_text().splitlines())
    return [Claim(int(i["_id"]), i["text"], relevant[i["_id"]]) for i in items if i["_id"] in relevant]


def ranked(claim: Claim, index: Index, settings: Settings) -> list[str]:
    """Ids of the documents for a claim, best first, each by the first of its passages."""
    hits = search(claim.text, index, settings, k=6 * _DEPTH).hits
    return list(dict.fromkeys(hit.passage.document_id for hit in hits))[:_DEPTH]


def ablation(chosen: SearchSettings) -> dict[str, SearchSettings]:
    """What is compared; the chosen settings first."""
    return {
        "chosen": chosen,
        "words only": replace(chosen, blend=True, words_share=1.0),
        "vectors only": replace(chosen, blend=True, words_share=0.0),
        "reciprocal ranks": replace(chosen, blend=False, rrf=60.0, words_weight=1.0, vectors_weight=1.0),
    }


def main() -> None:
    """Prints a line of figures for each way to search."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "scifact_home")
    parser.add_argument("--quick", action="store_true", help="only the chosen settings, no ablation")
    parser.add_argument("--share", type=float, action="append", help="other words_share values, on the odd ids only")
    options = parser.parse_args()
    settings = Settings(home=options.home, index="scifact")
    build(options.folder, settings)
    everything = claims(options.folder)
    ways = ablation(settings.search)
    if options.share:
        everything = [claim for claim in everything if claim.is_for_tuning]
        ways = {f"words_share {share}": replace(settings.search, words_share=share) for share in options.share}
    elif options.quick:
        ways = {"chosen": settings.search}
    with Index.open(settings) as index:
        for name, way in ways.items():
            scores = {c.id: ndcg(ranked(c, index, replace(settings, search=way)), c.relevant) for c in everything}
            figures: dict[str, object] = {"search": name}
            for half, is_odd in (("odd ids (tuning)", True), ("even ids", False)):
                values = [scores[c.id] for c in everything if c.is_for_tuning == is_odd]
                if values:
                    figures[half] = {"claims": len(values), "nDCG@10": round(sum(values) / len(values), 4)}
                    if not is_odd:
                        low, high = interval(values)
                        figures["95 % of even ids"] = [round(low, 4), round(high, 4)]
            sys.stdout.write(json.dumps(figures) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
