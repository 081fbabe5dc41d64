"""What an encoder's vectors find alone, without words, names and sections: hit@1 and @5 on labels, nDCG@10 on claims.

    python -m eval.bench.encoder_search QUESTIONS.jsonl --index A [--index B] [--scifact FOLDER --scifact-home HOME]

Each index names its own encoder, so that an index made with an adapter is compared with one made without, on the same
questions in one run; differences are paired, their intervals drawn by label. QUESTIONS are those of ``label_search``:
a hit is right where its passage holds a gold sentence and fits the encoder. Passages of one drug that read the same
are one hit. A question is asked as it stands (a brand, mostly, that windows do not carry: "asked") and with the
ingredients in place of the drug's name ("named"). Claims of SciFact with an odd id are for tuning, even ones are the
figure; an index of the abstracts is made under HOME for each encoder (``scifact_search``).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.bench import scifact_search
from eval.bench.label_search import half, outcome
from eval.statistics.interval import interval
from rag.index import encoder
from rag.index.index import Index
from rag.records import Hit
from rag.search.question import understand
from rag.settings import Settings, load

_DEPTH = 10
_POOL = 200
"""Vectors looked at; copies of one text among several drugs leave more than ``_DEPTH`` hits of them."""
_WAYS = ("asked", "named")


@dataclass(frozen=True, slots=True)
class Found:
    """The rank of the first right hit of each question, from 1; None where there is none, by way of asking."""

    encoder: str
    ranks: dict[str, list[int | None]]


def nearest(question: str, index: Index, depth: int = _DEPTH) -> list[Hit]:
    """The passages nearest to ``question``, each text of one drug once, best first."""
    near = index.vectors.search(index.query_encoder.encode([question])[0], _POOL)
    rows = index.passages_of_vectors([hit.row for hit in near])
    passages = index.passages({row for some in rows.values() for row in some})
    hits: dict[tuple[tuple[str, ...], str], Hit] = {}
    for hit in near:
        for row in rows.get(hit.row, ()):
            passage = passages[row][1]
            key = (passage.drugs, passage.text)
            if key not in hits:
                hits[key] = Hit(passage, hit.score, len(hits) + 1, ("vectors",))
    return list(hits.values())[:depth]


def named(question: str, drug: str, index: Index) -> str:
    """``question`` with the ingredients of ``drug`` in place of its name, as the corpus knows them."""
    matches = [match for match in understand(question, index).query.drugs if match.name.casefold() in drug.casefold()]
    at = question.casefold().find(drug.casefold())
    if at < 0 or not matches or not matches[0].documents:
        return question
    return question[:at] + matches[0].matched.replace(" + ", " and ") + question[at + len(drug) :]


def measure(items: Sequence[dict[str, object]], settings: Settings) -> Found:
    """Ranks of all questions in one index."""
    tokens = encoder.Tokens(encoder.folder_of(encoder.DEFAULT))
    ranks: dict[str, list[int | None]] = {way: [] for way in _WAYS}
    with Index.open(settings) as index:
        for item in items:
            asked, gold = str(item["question"]), item["gold_sentences"]
            assert isinstance(gold, list)
            for way in _WAYS:
                question = asked if way == "asked" else named(asked, str(item["drug"]), index)
                ranks[way].append(outcome(nearest(question, index), gold, tokens).rank)
    return Found(settings.encoder, ranks)


def table(items: Sequence[dict[str, object]], found: Sequence[Found]) -> list[dict[str, object]]:
    """A line for each encoder, part of the questions and way of asking, with differences to the first encoder."""
    lines: list[dict[str, object]] = []
    parts = {"all": [True] * len(items), "report": [half(str(item["set_id"])) == "report" for item in items]}
    for part, kept in parts.items():
        labels = [str(item["set_id"]) for item, is_in in zip(items, kept, strict=True) if is_in]
        for way in _WAYS:
            for one in found:
                line: dict[str, object] = {"encoder": one.encoder, "half": part, "way": way, "questions": len(labels)}
                for k in (1, 5):
                    values = [_hits(f.ranks[way], kept, k) for f in (one, found[0])]
                    line[f"hit@{k}"] = str(interval(values[0], labels))
                    if one is not found[0]:
                        gains = [a - b for a, b in zip(*values, strict=True)]
                        line[f"gain@{k}"] = str(interval(gains, labels, bounds=(-1.0, 1.0)))
                lines.append(line)
    return lines


def _hits(ranks: Sequence[int | None], kept: Sequence[bool], k: int) -> list[float]:
    return [float(rank is not None and rank <= k) for rank, is_in in zip(ranks, kept, strict=True) if is_in]


def claims(folder: Path, home: Path, encoders: Sequence[str]) -> list[dict[str, object]]:
    """A line for each encoder and half of SciFact, by vectors alone, with differences to the first encoder."""
    everything = scifact_search.claims(folder)
    scores: dict[str, dict[int, float]] = {}
    for name in encoders:
        plain = "scifact" if name == encoder.DEFAULT else f"scifact-{''.join(c for c in name if c.isalnum())[-40:]}"
        settings = Settings(home=home, index=plain, encoder=name)
        scifact_search.build(folder, settings)
        way = replace(settings, search=scifact_search.ablation(settings.search)["vectors only"])
        with Index.open(settings) as index:
            scores[name] = {
                c.id: scifact_search.ndcg(scifact_search.ranked(c, index, way), c.relevant) for c in everything
            }
    lines: list[dict[str, object]] = []
    for part, is_odd in (("even ids", False), ("odd ids (tuning)", True)):
        ids = [c.id for c in everything if c.is_for_tuning == is_odd]
        clusters = [str(id) for id in ids]
        for name in encoders:
            line: dict[str, object] = {"encoder": name, "scifact": part, "claims": len(ids)}
            line["nDCG@10"] = str(interval([scores[name][id] for id in ids], clusters))
            if name != encoders[0]:
                gains = [scores[name][id] - scores[encoders[0]][id] for id in ids]
                line["gain"] = str(interval(gains, clusters, bounds=(-1.0, 1.0)))
            lines.append(line)
    return lines


def main() -> None:
    """Prints a line of figures for each encoder, part and way of asking."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", action="append", required=True, help="the first is compared with")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--scifact", type=Path, help="folder of SciFact, as scifact_search reads it")
    parser.add_argument("--scifact-home", type=Path, default=Path("scifact_home"), help="where its indexes are kept")
    options = parser.parse_args()
    items = [json.loads(line) for line in options.questions.read_text().splitlines()]
    found = [measure(items, _settings(name, options.home)) for name in options.index]
    lines = table(items, found)
    if options.scifact:
        lines += claims(options.scifact, options.scifact_home, [one.encoder for one in found])
    for line in lines:
        sys.stdout.write(json.dumps(line) + "\n")


def _settings(name: str, home: Path | None) -> Settings:
    """Settings for an index, with the encoder that it was built with."""
    from rag.index.index import DATABASE
    from rag.index.store import open_store

    settings = load(index=name, home=home)
    store = open_store(settings.folder / DATABASE, create=False)
    built = store.meta("encoder")
    store.close()
    return replace(settings, encoder=built or settings.encoder)


if __name__ == "__main__":
    main()
