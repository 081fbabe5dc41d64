"""How well claims are checked against quotes: a table for each kind of change, and ROC AUC against experts.

Two scores are measured: "words", what the check makes of the wording, and "meaning", how near claim and quote are in
the default encoder (the largest cosine of the claim and a quote) times the agreement of their facts. Neither decides
anything: what differs in more than words is never shown as supported, and what differs in words only needs a judge.

    python -m eval.bench.support_check DATA_DIR [--eval EVAL_DIR] [--half report|tune] [--quotes 2000] [--json]

DATA_DIR holds ``openfda/`` and ``spl/``; EVAL_DIR, by default ``DATA_DIR/../eval``, holds ``support_claims.jsonl`` and
``scifact/``. Quotes are sampled by a fixed seed from sentences of labels; those whose sha256 begins with an even byte
("tune") were looked at while the checker was made, the others ("report") only measured. Of SciFact, claims with an odd
id were for tuning, the even ones are the figure. No text is stored.
"""

import argparse
import hashlib
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from eval.bench import perturbations
from eval.bench.perturbations import Names
from ingest import files
from ingest.names import drug_names
from rag import sentences
from rag.index import encoder
from rag.records import BlockKind, Document, Support
from rag.settings import SourceSettings
from rag.support.support import Checked, Ground, check

SEED = 20261121


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence of a label and the drugs of the label."""

    text: str
    drugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a kind came out as they should, with a 95 % Wilson interval."""

    kind: str
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """How well the score tells supported claims from others, with a 95 % bootstrap interval."""

    name: str
    positives: int
    negatives: int
    auc: float
    low: float
    high: float


def half_of(text: str) -> str:
    """The half to which a sentence belongs."""
    return "tune" if hashlib.sha256(text.encode()).digest()[0] % 2 == 0 else "report"


def documents_in(folders: Sequence[Path]) -> Iterator[Document]:
    """The labels and articles of folders; single records that are broken are left out."""
    settings = SourceSettings()
    for path in files.find(list(folders)).files:
        found = files.contents(files.Source(path.name, path.read_bytes()), settings)
        yield from (item for item in found if isinstance(item, Document))


def names_of(documents: Iterable[Document]) -> Names:
    """All names of drugs that labels give, and the single-word ingredients that a swap may put in."""
    documents = list(documents)
    drugs = {name.norm: name.drug for document in documents for name in drug_names(document)}
    ingredients = {drug for document in documents for drug in document.drugs}
    drugs |= {drug: drug for drug in ingredients}
    others = sorted(drug for drug in ingredients if drug.isascii() and drug.isalpha() and len(drug) >= 6)
    return Names(drugs, others)


def sentences_of(documents: Iterable[Document]) -> list[Quoted]:
    """Sentences of 40 to 400 characters, each text once, in a stable order."""
    found: dict[str, Quoted] = {}
    for document in documents:
        for block in document.blocks:
            if block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM):
                for span in sentences.split(document.text, block.start, block.end):
                    text = span.of(document.text)
                    if 40 <= len(text) <= 400:
                        found.setdefault(text, Quoted(text, document.drugs))
    return [found[text] for text in sorted(found)]


def sample(pool: Sequence[Quoted], names: Names, count: int) -> list[Quoted]:
    """``count`` sentences, as many for each kind of change that they must allow, drawn by a fixed seed."""
    rng = random.Random(SEED)
    order = list(pool)
    rng.shuffle(order)
    kinds = list(perturbations.FALSE.values())
    chosen: dict[str, Quoted] = {}
    for at, change in enumerate(kinds):
        wanted = (count - len(chosen)) // (len(kinds) - at)
        for quoted in order:
            if wanted <= 0:
                break
            if quoted.text not in chosen and change(quoted.text, rng, names):
                chosen[quoted.text] = quoted
                wanted -= 1
    rest = iter(order)
    while len(chosen) < min(count, len(order)):
        quoted = next(rest)
        chosen.setdefault(quoted.text, quoted)
    return list(chosen.values())


def cases(
    quotes: Sequence[Quoted], changes: dict[str, perturbations.Change], names: Names
) -> Iterator[tuple[str, Quoted, str]]:
    """Kind, quote and changed claim, for each quote that has what the kind needs."""
    for kind, change in changes.items():
        rng = random.Random(f"{SEED} {kind}")
        for quoted in quotes:
            claim = change(quoted.text, rng, names)
            if claim is not None and claim != quoted.text or kind == "verbatim":
                yield kind, quoted, claim or quoted.text


def judge(quoted: Quoted, claim: str, names: Names) -> Checked:
    """The check of a claim against the sentence that it was made from."""
    return check(claim, [Ground(quoted.text, "", quoted.drugs)], names.drugs)


def measure(
    quotes: Sequence[Quoted],
    changes: dict[str, perturbations.Change],
    names: Names,
    is_right: Callable[[Checked], bool],
) -> list[Share]:
    """For each kind, the share of claims whose check came out right; the last line is all kinds together."""
    right: dict[str, list[bool]] = defaultdict(list)
    for kind, quoted, claim in cases(quotes, changes, names):
        right[kind].append(is_right(judge(quoted, claim, names)))
    shares = [share(kind, found) for kind, found in right.items()]
    return [*shares, share("all", [one for found in right.values() for one in found])]


def share(kind: str, found: Sequence[bool]) -> Share:
    """A share with its Wilson interval."""
    n, p, z = len(found), sum(found) / max(len(found), 1), 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * ((p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5)
    return Share(kind, n, round(p, 4), round(middle - reach, 4), round(min(middle + reach, 1.0), 4))


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counted half (Mann and Whitney)."""
    low = np.sort(np.asarray(negative, float))
    high = np.asarray(positive, float)
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.mean() / (2 * len(low)))


def curve(name: str, positive: Sequence[float], negative: Sequence[float], rounds: int = 2000) -> Curve:
    """The AUC with its percentile bootstrap interval; positives and negatives are drawn apart."""
    rng = np.random.default_rng(SEED)
    p, n = np.asarray(positive), np.asarray(negative)
    drawn = [auc(rng.choice(p, len(p)).tolist(), rng.choice(n, len(n)).tolist()) for _ in range(rounds)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Curve(name, len(p), len(n), round(auc(positive, negative), 4), round(float(low), 4), round(float(high), 4))


@dataclass(frozen=True, slots=True)
class Scores:
    """The two scores of a claim."""

    words: float
    meaning: float


class Scorer:
    """Checks claims and measures how near they are to their quotes."""

    def __init__(self, names: Names) -> None:
        """Uses the encoder that questions are encoded with by default."""
        self._names = names
        self._encoder = encoder.for_queries(encoder.DEFAULT)

    def scores(self, claim: str, grounds: Sequence[Ground]) -> tuple[Checked, Scores]:
        """The check of a claim, and its scores."""
        checked = check(claim, grounds, self._names.drugs)
        vectors = self._encoder.encode([claim, *(ground.text for ground in grounds)])
        nearness = max(0.0, float((vectors[1:] @ vectors[0]).max())) if grounds else 0.0
        return checked, Scores(checked.score, nearness * checked.agreement)


def expert_scores(file: Path, scorer: Scorer) -> dict[str, list[tuple[str, Scores]]]:
    """Verdict of the expert to (half, scores) of its claims; markers of citations and addresses are taken out first."""
    found: dict[str, list[tuple[str, Scores]]] = defaultdict(list)
    for line in file.read_text().splitlines():
        item = json.loads(line)
        claim = re.sub(r"\s*\[\d+\]", "", item["claim"])
        grounds = [Ground(re.sub(r"^\[\d+\]\s+\S+\s+", "", text)) for text in item["evidence"]]
        found[item["support"]].append((half_of(item["question"]), scorer.scores(claim, grounds)[1]))
    return found


@dataclass(frozen=True, slots=True)
class Rated:
    """A SciFact claim with the score and verdict of its gold sentences."""

    id: int
    label: str
    checked: Checked
    scores: Scores


def scifact_scores(folder: Path, scorer: Scorer) -> tuple[list[Rated], int]:
    """Claims with their gold sentences, checked; and how many were left out because sentences could not be told apart.

    SciFact counts sentences and does not mark them: abstracts that our splitter cuts into another number are left out.
    """
    corpus = {}
    for line in (folder / "corpus.jsonl").read_text().splitlines():
        record = json.loads(line)
        corpus[record["_id"]] = record
    rated: list[Rated] = []
    left_out = 0
    for line in (folder / "queries_train.jsonl").read_text().splitlines():
        claim = json.loads(line)
        for evidence in claim["evidence"]:
            record = corpus[evidence["doc"]]
            spans = sentences.split(record["text"])
            if len(spans) != record["n_sent"]:
                left_out += 1
                continue
            grounds = [Ground(spans[at].of(record["text"]), record["title"]) for at in evidence["sents"]]
            rated.append(Rated(int(claim["_id"]), evidence["label"], *scorer.scores(claim["text"], grounds)))
    return rated, left_out


def best_cut(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The score at which the share of positives above and of negatives below add up to most (Youden)."""
    p, n = np.asarray(positive), np.asarray(negative)
    cuts = np.unique(np.concatenate([p, n]))
    return float(max(cuts, key=lambda cut: (p >= cut).mean() + (n < cut).mean()))


def others_flagged(quotes: Sequence[Quoted], names: Names) -> Share:
    """Claims that are another label's sentence, word for word: a citation of the wrong place."""
    pairs = [(a, b) for a, b in zip(quotes, quotes[1:], strict=False) if b.text not in a.text]
    return share("elsewhere", [is_flagged(judge(a, b.text, names)) for a, b in pairs])


def stacked(changes: dict[str, perturbations.Change], false: str | None = None) -> perturbations.Change:
    """All restatements after each other, and the change ``false`` on top: a reworded claim with one fact wrong."""
    restated = ("unreferenced", "reordered", "light", "abbreviations", "symbols")

    def change(text: str, rng: random.Random, names: Names) -> str | None:
        made = text
        for kind in restated:
            made = perturbations.TRUE[kind](made, rng, names) or made
        if made == text:
            return None
        return changes[false](made, rng, names) if false else made

    return change


def is_flagged(checked: Checked) -> bool:
    """True where a claim would not be shown as supported."""
    return checked.support is not Support.SUPPORTED


def is_passed(checked: Checked) -> bool:
    """True where a claim would be shown as supported."""
    return checked.support is Support.SUPPORTED


def _scifact(name: str, claims: Sequence[Rated], made: dict[str, object]) -> float:
    """Adds how well a score tells SciFact's claims apart; gives the cut, chosen on the odd ids."""
    score = {
        (odd, label): [getattr(c.scores, name) for c in claims if c.id % 2 == odd and c.label == label]
        for odd in (0, 1)
        for label in ("SUPPORT", "CONTRADICT")
    }
    cut = best_cut(score[1, "SUPPORT"], score[1, "CONTRADICT"])
    made[f"scifact_{name}"] = curve("SUPPORT against CONTRADICT, even ids", score[0, "SUPPORT"], score[0, "CONTRADICT"])
    made[f"scifact_{name}_odd"] = curve("the same, odd ids (tuned on)", score[1, "SUPPORT"], score[1, "CONTRADICT"])
    made[f"scifact_{name}_cut"] = round(cut, 3)
    made[f"scifact_{name}_at_cut"] = [
        share("SUPPORT above", [one >= cut for one in score[0, "SUPPORT"]]),
        share("CONTRADICT below", [one < cut for one in score[0, "CONTRADICT"]]),
    ]
    return cut


def _experts(name: str, rated: dict[str, list[tuple[str, Scores]]], cut: float, made: dict[str, object]) -> None:
    """Adds how well a score tells what experts call complete from the rest."""
    for kept in ("all", "report"):
        complete, rest = (
            [
                getattr(scores, name)
                for verdict, found in rated.items()
                for part, scores in found
                if (verdict == "Complete") is is_complete and kept in ("all", part)
            ]
            for is_complete in (True, False)
        )
        made[f"support_claims_{name}_{kept}"] = curve(f"Complete against rest, {kept}", complete, rest)
        if kept == "all" and cut:
            made[f"support_claims_{name}_at_cut"] = [
                share("Complete above", [one >= cut for one in complete]),
                share("rest below", [one < cut for one in rest]),
            ]


def report(data: Path, evaluation: Path, half: str, count: int) -> dict[str, object]:
    """All figures, ready for JSON."""
    begun = time.perf_counter()
    documents = list(documents_in([data / "openfda", data / "spl"]))
    names = names_of(documents)
    quotes = sample([quoted for quoted in sentences_of(documents) if half_of(quoted.text) == half], names, count)
    false = {kind: stacked(perturbations.FALSE, kind) for kind in perturbations.FALSE}
    made: dict[str, object] = {
        "half": half,
        "quotes": len(quotes),
        "held_out": perturbations.HELD_OUT,
        "flagged": measure(quotes, perturbations.FALSE, names, is_flagged),
        "contradicted": measure(quotes, perturbations.FALSE, names, lambda c: c.support is Support.CONTRADICTED),
        "flagged_in_restatements": measure(quotes, false, names, is_flagged),
        "flagged_other_quote": others_flagged(quotes, names),
        "passed": measure(quotes, perturbations.TRUE, names, is_passed),
        "passed_restatements": measure(quotes, {"stacked": stacked(perturbations.TRUE)}, names, is_passed),
    }
    scorer = Scorer(names)
    rated: dict[str, list[tuple[str, Scores]]] = {}
    claims: list[Rated] = []
    left_out = 0
    if (evaluation / "support_claims.jsonl").is_file():
        rated = expert_scores(evaluation / "support_claims.jsonl", scorer)
    if (evaluation / "scifact").is_dir():
        claims, left_out = scifact_scores(evaluation / "scifact", scorer)
    for name in ("words", "meaning"):
        cut = _scifact(name, claims, made) if claims else 0.0
        if rated:
            _experts(name, rated, cut, made)
    if claims:
        made["scifact_verdicts_even"] = {
            label: Counter(c.checked.support.value for c in claims if c.id % 2 == 0 and c.label == label)
            for label in ("SUPPORT", "CONTRADICT")
        }
        made["scifact_left_out"] = left_out
    return made | {"seconds": round(time.perf_counter() - begun, 1)}


def table(made: dict[str, object]) -> str:
    """The figures as lines of text."""
    lines: list[str] = []
    for name, value in made.items():
        if isinstance(value, list):
            lines.append(f"{name}")
            for one in value:
                held = "  held out" if one.kind in perturbations.HELD_OUT else ""
                lines.append(f"  {one.kind:16}{one.n:6}  {one.share:.4f}  [{one.low:.4f}, {one.high:.4f}]{held}")
        else:
            lines.append(f"{name}: {json.dumps(value, default=_plain)}")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, (Share, Curve)):
        return asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--eval", type=Path)
    parser.add_argument("--half", choices=["tune", "report"], default="report")
    parser.add_argument("--quotes", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    made = report(options.data, options.eval or options.data.parent / "eval", options.half, options.quotes)
    sys.stdout.write(json.dumps(made, default=_plain, indent=1) + "\n" if options.json else table(made))


if __name__ == "__main__":
    main()
