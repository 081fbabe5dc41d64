"""How often a wrong fact is marked as stated: facts of the demo questions changed by script, held against their gold.

    python -m eval.bench.demo_wrong            # one JSON object
    python -m eval.bench.demo_wrong --list     # and what was marked as stated, of the half that may be read, on stderr

Each fact is changed in one thing (``perturbations.FALSE``), or given to another product (tablets for oral solution);
and facts of other questions on the same drug, that rest on other sentences, are held against the gold too. Some of
these are true all the same, so that the figures are upper bounds. The judge is the lexical one. Questions are in two
halves by hash of their id: failures of "tune" were read while the judge was made, "report" was only measured.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval import sets
from eval.bench import perturbations
from eval.bench.demo_ceiling import ground
from eval.bench.demo_gold import QUESTIONS, documents
from eval.bench.support_check import half_of
from eval.judge import Judge, LexicalJudge
from eval.measures.facts import Fate, mark
from eval.questions import Question
from ingest.names import drug_names
from rag.records import Document

_OTHERS = 3
"""Facts of other questions that a question is given."""
_PRODUCTS = {
    "colchicine tablets": "colchicine oral solution", "colchicine tablet": "colchicine oral solution",
    "colchicine oral solution": "colchicine tablets", "immediate-release": "extended-release",
    "extended-release": "immediate-release", "sustained-release": "immediate-release", "capsules": "injection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong fact, and the question against whose gold it is held."""

    question: Question
    kind: str
    fact: str


def wrong_facts(questions: Sequence[Question], names: Mapping[str, str]) -> Iterator[Wrong]:
    """The same wrong facts each time, in the order of the questions."""
    single = sorted({drug for drug in names.values() if drug.isalpha() and len(drug) >= 6})
    known = perturbations.Names(names, single)
    for question in questions:
        for kind, change in perturbations.FALSE.items():
            for fact in question.facts:
                made = change(fact, random.Random(f"{kind}{fact}"), known)
                if made and made != fact:
                    yield Wrong(question, kind, made)
        for fact in question.facts:
            product = next((one for one in _PRODUCTS if one in fact.lower()), None)
            if product:
                at = fact.lower().index(product)
                yield Wrong(question, "product", f"{fact[:at]}{_PRODUCTS[product]}{fact[at + len(product) :]}")
        yield from (Wrong(question, "elsewhere", fact) for fact in _others(question, questions))


def _others(question: Question, questions: Sequence[Question]) -> list[str]:
    """Facts of other questions on a drug of this one, that rest on none of its gold sentences."""
    own = {(gold.document, gold.start) for gold in question.gold}
    pool = {
        fact
        for other in questions
        if other is not question and set(other.drugs) & set(question.drugs)
        if not own & {(gold.document, gold.start) for gold in other.gold}
        for fact in other.facts
        if fact not in question.facts
    }
    return random.Random(question.id).sample(sorted(pool), min(_OTHERS, len(pool)))


def figures(
    questions: Sequence[Question], corpus: Mapping[str, Document], judge: Judge, names: Mapping[str, str]
) -> dict[str, object]:
    """For each half, the shares of wrong facts by fate, and what was marked as stated."""
    fates: dict[str, Counter[str]] = {}
    stated: list[str] = []
    for wrong in wrong_facts(questions, names):
        said = [ground(one, corpus[one.document or ""]) for one in wrong.question.gold]
        fate = mark(wrong.fact, said, judge, names).fate
        half = half_of(wrong.question.id)
        what = "elsewhere" if wrong.kind == "elsewhere" else "changed"
        fates.setdefault(f"{half}_{what}", Counter())[fate.value] += 1
        if fate is Fate.STATED and half == "tune":
            stated.append(f"{wrong.question.id}: {wrong.kind}: {wrong.fact}")
    made: dict[str, object] = {"stated": stated}
    for name, counted in sorted(fates.items()):
        n = counted.total()
        made[name] = {"facts": n} | {fate.value: round(counted[fate.value] / n, 4) for fate in Fate}
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help='name those of the half "tune" that are marked as stated')
    options = parser.parse_args(arguments)
    corpus = documents()
    names = {name.norm: name.drug for document in corpus.values() for name in drug_names(document)}
    questions = [one for one in sets.read(QUESTIONS).questions if one.facts and one.gold and not one.should_decline]
    made = figures(questions, corpus, LexicalJudge(names), names)
    stated = made.pop("stated")
    if options.list and isinstance(stated, list):
        sys.stderr.write("".join(f"{line}\n" for line in stated))
    sys.stdout.write(json.dumps(made) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
