"""What a model that chooses sentences gets right: citations valid, gold sentence chosen, seconds, decisions an answer.

    python -m eval.bench.writer_citations QUESTIONS.jsonl --index NAME --n 10 --grammar on|off|both [--half tune|report]

Questions are taken evenly over the file. "valid" is the share of the model's citations that name a sentence it was
offered, with that sentence's words. "gold_*" is the share of all questions: gold among the sentences offered, chosen by
the model, and quoted in the answer; "extractive" is the answer without a model, and "first" is choosing the sentence
that plain search offers first. One thread of the CPU unless --threads says more.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench.label_search import bare, half
from rag.answer import answer as extractive
from rag.answer.local import LocalWriter, smollm2
from rag.answer.quotes import Sentence
from rag.answer.writer import Budget
from rag.answer.written import make, offer
from rag.index.index import Index
from rag.records import Answer
from rag.search.question import understand
from rag.settings import load


def is_gold(text: str, gold: Sequence[str]) -> bool:
    """True where one of the gold sentences is in ``text``, or ``text`` is most of one."""
    words = bare(text)
    return any(g in words or (words in g and len(words) >= 0.5 * len(g)) for g in gold)


def quotes_gold(answer: Answer, gold: Sequence[str]) -> bool:
    """True where a claim of the answer quotes a gold sentence."""
    return any(is_gold(quote.text, gold) for claim in answer.claims for quote in claim.quotes)


def main() -> None:
    """Prints a line of figures for each mode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--half", choices=["tune", "report"])
    parser.add_argument("--grammar", choices=["on", "off", "both"], default="both")
    parser.add_argument("--sentences", type=int, default=Budget().sentences)
    parser.add_argument("--seconds", type=float, default=Budget().seconds)
    parser.add_argument("--tokens", type=int, default=Budget().tokens)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    settings = load(index=options.index, home=options.home)
    budget = Budget(seconds=options.seconds, tokens=options.tokens, sentences=options.sentences)
    items = [json.loads(line) for line in options.questions.read_text().splitlines()]
    if options.half:
        items = [item for item in items if half(item["set_id"]) == options.half]
    items = items[:: max(len(items) // options.n, 1)][: options.n]
    modes = {"on": [True], "off": [False], "both": [True, False]}[options.grammar]
    writer = smollm2()
    with Index.open(settings) as index:
        for guided in modes:
            one = LocalWriter(writer.name, writer._model, writer._tokenizer, sha256=writer.sha256, guided=guided)
            rows = [_row(item, index, settings, one, budget, options.show) for item in items]
            sys.stdout.write(json.dumps({"grammar": "on" if guided else "off"} | _figures(rows)) + "\n")


def _row(item: dict[str, Any], index: Index, settings: Any, writer: LocalWriter, budget: Budget, show: bool) -> Any:
    question = item["question"]
    gold = [bare(sentence) for sentence in item["gold_sentences"]]
    made = make(question, index, settings, writer, budget=budget)
    base = extractive.answer(question, index, settings)
    offered = offer(base, understand(question, index), index, budget.sentences)
    chosen: list[Sentence] = []
    if made.prompt and made.reply:
        chosen = [made.prompt.sentences[id] for id in made.reply.ids]
    for claim in made.answer.claims:
        for quote in claim.quotes:
            assert quote.text == quote.document.text[quote.start : quote.end], "a quote is not its document's words"
    row = {
        "asked": made.prompt is not None,
        "ids": len(chosen),
        "rejected": len(made.reply.rejected) if made.reply else 0,
        "abstained": bool(made.reply and made.reply.abstained),
        "fell_back": bool(made.reply and made.reply.is_babble),
        "gold_offered": any(is_gold(sentence.text, gold) for sentence in offered),
        "gold_chosen": any(is_gold(sentence.text, gold) for sentence in chosen),
        "gold_answer": quotes_gold(made.answer, gold),
        "gold_extractive": quotes_gold(base, gold),
        "gold_first": bool(offered) and is_gold(offered[0].text, gold),
        "offered": len(offered),
        "seconds": made.written.seconds if made.written else 0.0,
        "decisions": made.written.decisions if made.written else 0,
        "tokens": made.written.tokens if made.written else 0,
    }
    if show:
        said = made.written.text if made.written else ""
        sys.stderr.write(json.dumps({"id": item["id"], "question": question} | row | {"said": said}) + "\n")
    return row


def _figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    asked = [row for row in rows if row["asked"]]
    cited, rejected = sum(row["ids"] for row in rows), sum(row["rejected"] for row in rows)

    def share(name: str) -> float:
        return round(float(sum(row[name] for row in rows)) / max(len(rows), 1), 3)

    def middle(name: str) -> float:
        return round(float(statistics.median(row[name] for row in asked)), 2) if asked else 0.0

    return {
        "questions": len(rows),
        "asked": len(asked),
        "citations": cited + rejected,
        "valid": round(cited / (cited + rejected), 3) if cited + rejected else None,
        "with_valid_citation": round(sum(row["ids"] > 0 for row in rows) / max(len(rows), 1), 3),
        **{name: share(name) for name in ("abstained", "fell_back")},
        **{
            name: share(name)
            for name in ("gold_offered", "gold_chosen", "gold_answer", "gold_extractive", "gold_first")
        },
        **{f"median_{name}": middle(name) for name in ("offered", "seconds", "decisions", "tokens")},
        "most_decisions": max((row["decisions"] for row in rows), default=0),
    }


if __name__ == "__main__":
    main()
