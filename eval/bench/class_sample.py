"""Prints what was read to label class statements: pairs that no document names together, and their labels' sentences.

    python -m eval.bench.class_sample [--data ../shared/data] [--pairs ../shared/eval/absent_pairs.jsonl] [--count 60]

The pairs are the first by the sha256 of their id. Of each pair: the labels with the same active ingredients as the
asked drug's label, and those of the other drug (of it alone where there are such, else of a product that contains it);
then the sentences of each label that hold a word for a class of drugs, with the heading they stand under. A label is
printed once, at the first pair that needs it. The texts stay outside the repository; the decisions are in
``eval/labels/class_statements.jsonl``. Knows no rule of the answers that they are to judge.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from eval.bench.role_sample import documents
from rag import sentences
from rag.records import Document

FOLDERS = ("openfda", "nlmcv")
"""Where the pairs were checked to be absent."""

CLASS_WORDS = re.compile(
    r"inhibitors?\b|induc(?:er|ing)|substrates?\b|blockers?\b|blocking|blockade|antagonists?\b|(?<!or )agonists?\b"
    r"|vasodilat|vasopressor|diuretic|hypertensive|arrhythmic|coagulant|platelet|thrombolytic|fibrinolytic|NSAID"
    r"|anti-?inflammator|salicylate|nitrates?\b|statins?\b|reductase|fibrates?\b|steroids?\b|antibiotic|antibacterial"
    r"|macrolide|azoles?\b|antifungal|protease|antiviral|barbiturate|benzodiazepine|opioid|narcotic|analgesic|an(?:a)?esthet"
    r"|depressant|sedative|hypnotic|anticonvulsant|antiepileptic|MAOI|psychotic|glycoside|catechol|sympath|adrenergic"
    r"|cholinergic|muscle relax|neuromuscular|resins?\b|sequestrant|antacid|antidiabetic|hypoglyc[ae]mic|insulins?\b"
    r"|thyroid|hormone|contraceptive|potassium[- ](?:sparing|supplement|containing)|phosph?o?diesterase|PDE|xanthine"
    r"|sulfonamide|antihistamine|laxative|immunosuppress|drugs? (?:that|which|with|known|affecting|metaboli[sz]ed)"
    r"|agents? (?:that|which|with|known|affecting)|medic(?:ations|inal products|ines) (?:that|which|with|known)",
    re.IGNORECASE,
)
"""A word for a class of drugs; broad, since a person reads what it finds."""


def order(question: dict[str, Any]) -> str:
    """The sha256 of a question's id."""
    return hashlib.sha256(str(question["id"]).encode()).hexdigest()


def ingredients(document: Document) -> frozenset[str]:
    """Names of all active ingredients of a label."""
    return frozenset(part.name for product in document.products for part in product.ingredients)


def names(document: Document) -> str:
    """All names of a label's products, lower case, from its openFDA block."""
    found = [name for product in document.products for name in (product.brand, product.generic) if name]
    return " ".join([*found, *ingredients(document)]).lower()


def labels_of_drug(question: dict[str, Any], corpus: list[Document]) -> list[Document]:
    """The label that the question is about, and those with the same active ingredients."""
    asked = [document for document in corpus if document.id == question["set_id"]]
    same = {ingredients(document) for document in asked if ingredients(document)}
    return asked + [document for document in corpus if document not in asked and ingredients(document) in same]


def labels_of_other(question: dict[str, Any], corpus: list[Document]) -> list[Document]:
    """Labels of the other drug: of it alone where there are such, else of products that contain it."""
    word = re.compile(rf"\b{re.escape(str(question['other']).lower())}\b")
    found = [document for document in corpus if word.search(names(document))]
    return [document for document in found if len(ingredients(document)) < 2] or found


def class_sentences(document: Document) -> list[tuple[str, str]]:
    """(Heading, sentence) of the sentences of a label that hold a class word, each text once."""
    found: dict[str, str] = {}
    for block in document.blocks:
        within = [s for s in document.sections if s.start <= block.start < s.end]
        heading = max(within, key=lambda s: s.start).heading if within else ""
        for span in sentences.split(document.text, block.start, block.end):
            text = " ".join(span.of(document.text).split())
            if CLASS_WORDS.search(text):
                found.setdefault(text, heading)
    return [(heading, text) for text, heading in found.items()]


def main() -> None:
    """Prints the pairs and the sentences to read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pairs", type=Path, default=Path("../shared/eval/absent_pairs.jsonl"))
    parser.add_argument("--count", type=int, default=60)
    options = parser.parse_args()
    questions = [json.loads(line) for line in options.pairs.read_text().splitlines()]
    corpus = list(documents(options.data, FOLDERS))
    printed: dict[int, int] = {}
    for question in sorted(questions, key=order)[: options.count]:
        sys.stdout.write(f"\n=== {question['id']} {question['drug']} ({question['generic']}) | {question['other']}\n")
        for side, labels in (
            ("drug", labels_of_drug(question, corpus)),
            ("other", labels_of_other(question, corpus)),
        ):
            for document in labels:
                known = id(document) in printed
                number = printed.setdefault(id(document), len(printed) + 1)
                classes = "; ".join(sorted({member.name for member in document.classes}))
                sys.stdout.write(f"-- {side} L{number} {document.title} [{classes}]\n")
                if not known:
                    for heading, text in class_sentences(document):
                        sys.stdout.write(f"   <{heading}> {text}\n")


if __name__ == "__main__":
    main()
