"""How far the gold facts of the demo questions can be found stated at all: each question's own gold is the reply.

    python -m eval.bench.demo_ceiling            # one JSON object
    python -m eval.bench.demo_ceiling --list     # and the facts that are not found stated, one a line, on stderr, of
                                                 # the half of the questions that was read while the judge was made

A reply that quotes all the gold and nothing else is right by construction. What the measures do not find stated in it,
or call contradicted, is the judge's error and not an arm's: no arm that quotes can be expected above these figures.
Wrong statements found in it count against the judge too. The judge is the lexical one. Questions are in two halves by
hash of their id: "tune" was looked at while the judge was made, "report" was only measured.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from eval import sets
from eval.bench.demo_gold import QUESTIONS, documents
from eval.bench.support_check import half_of
from eval.judge import Ground, Judge, LexicalJudge
from eval.measures.facts import Fate, mark, mark_wrong
from eval.measures.grade import Grade, grade
from eval.questions import Gold, Question
from ingest.names import drug_names
from rag.records import Document


def ground(gold: Gold, document: Document) -> Ground:
    """The words of a gold quote with what stands around them, as a citation of it would have them."""
    assert gold.text is not None and gold.start is not None
    block = next((one for one in document.blocks if one.start <= gold.start < one.end), None)
    paths = [" > ".join(one.path) for one in document.sections if one.start <= gold.start < one.end]
    around = [block.context.text if block and block.context else "", *paths[-1:]]
    return Ground(gold.text, "\n".join(filter(None, (document.title, *around))), document.drugs)


def figures(
    questions: Sequence[Question], corpus: Mapping[str, Document], judge: Judge, names: Mapping[str, str]
) -> dict[str, object]:
    """Counts of facts, wrong statements and grades, and the facts that are not found stated."""
    facts: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    halves: dict[str, Counter[bool]] = {"tune": Counter(), "report": Counter()}
    lost: list[str] = []
    for question in questions:
        if question.should_decline or not question.gold:
            continue
        said = [ground(one, corpus[one.document or ""]) for one in question.gold]
        must = [mark(fact, said, judge, names) for fact in question.facts]
        never = [mark_wrong(fact, said, judge, names) for fact in question.wrong]
        facts.update(one.fate.value for one in must)
        half = half_of(question.id)
        halves[half].update(one.fate is Fate.STATED for one in must)
        wrong.update(one.fate.value for one in never)
        found = grade(must, never, abstained=False, should_decline=False, may_decline=False)
        grades[found.value if found else "unscored"] += 1
        if half == "tune":
            lost += [f"{question.id}: {one.fate.value}: {one.fact}" for one in must if one.fate is not Fate.STATED]
            lost += [f"{question.id}: wrongly stated: {one.fact}" for one in never if one.fate is Fate.STATED]
    return {
        "questions": grades.total(), "facts": facts.total(), "facts_by_fate": dict(facts),
        "facts_stated": facts[Fate.STATED.value] / facts.total(),
        **{f"facts_stated_{name}": one[True] / one.total() for name, one in halves.items() if one.total()},
        "wrong_by_fate": dict(wrong),
        "correct": grades[Grade.CORRECT.value] / grades.total(), "grades": dict(grades), "not_stated": lost,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name the facts that are not found stated")
    options = parser.parse_args(arguments)
    corpus = documents()
    names = {name.norm: name.drug for document in corpus.values() for name in drug_names(document)}
    made = figures(sets.read(QUESTIONS).questions, corpus, LexicalJudge(names), names)
    lost = made.pop("not_stated")
    if options.list and isinstance(lost, list):
        sys.stderr.write("".join(f"{line}\n" for line in lost))
    sys.stdout.write(json.dumps(made) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
