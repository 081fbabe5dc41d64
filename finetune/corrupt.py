"""Preference pairs by rule: a right answer, and the same answer with one fault that can be checked.

No person and no model is asked which is better. What the fault must do to the answer is checked by the code that reads
a writer's reply, so no rejected answer is as right as the chosen one. The faults of citing, refusing and answering
come in like numbers, so that a model does not learn to refuse or to answer as such; the idea is Trust-Align's
(arXiv 2409.11242), with rules in place of its model.

Not covered: paraphrases, since neither answer holds a word of its own.
"""

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from finetune import rows as files
from finetune.gates import FRAME
from finetune.rewards import mark
from finetune.rows import Offered, Row, Split, Turn
from finetune.splits import parts
from rag.errors import UsageError
from rag.search.stop import STOP
from rag.settings import Budget
from rag.text import searchable, stem, words
from rag.writing import prompts
from rag.writing.grammar import line_of
from rag.writing.writer import Form


class Fault(StrEnum):
    """What is wrong with the rejected answer."""

    DROPPED_CONTRAINDICATION = "dropped contraindication"
    """One of several right sentences, which forbids or warns off, is left out."""
    OTHER_DRUG = "other drug"
    """A sentence of another drug, rightly copied."""
    CHANGED_NUMBER = "changed number"
    """A figure in the copied words is another."""
    NEIGHBOUR = "neighbour sentence"
    """Another sentence of the same label, rightly copied."""
    WRONG_CITATION = "wrong citation"
    """The right words behind the number of another sentence."""
    WRONG_REFUSAL = "wrong refusal"
    """No answer, though one was offered."""
    WRONG_ANSWER = "wrong answer"
    """A sentence, though none that was offered answers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one prompt; trl's DPO and reward trainers read it as it is."""

    id: str
    split: Split
    ingredient: str
    prompt: tuple[Turn, ...]
    chosen: tuple[Turn, ...]
    rejected: tuple[Turn, ...]
    fault: Fault
    row: str
    """Id of the row that was corrupted."""


@dataclass(frozen=True, slots=True)
class Corrupted:
    """Pairs, and how many had to be left out by fault and reason."""

    pairs: tuple[Pair, ...]
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Pairs by split and fault."""
        return {
            split: {fault: sum(p.split is split and p.fault is fault for p in self.pairs) for fault in Fault}
            for split in Split
            if any(pair.split is split for pair in self.pairs)
        }


def corrupt(
    rows: Sequence[Row], number: int = 7_000, seed: int = 1, longest: int = 512, count: Callable[[str], int] = len
) -> Corrupted:
    """At most ``number`` pairs, split as ``rows`` are; of each fault as many, where the rows allow it.

    What a rare fault cannot give, the others make up for. ``count`` gives the tokens of a text; with its default,
    ``longest`` is in characters.
    """
    if number < len(Fault):
        raise UsageError(f"pairs must be {len(Fault)} or more, one a fault; got {number}")
    pairs: list[Pair] = []
    dropped: Counter[str] = Counter()
    for split in Split:
        own = [row for row in rows if row.split is split]
        share = round(number * len(own) / len(rows)) if rows else 0
        pairs += _of_split(own, share, seed, longest, count, dropped)
    return Corrupted(tuple(pairs), dropped)


def _of_split(
    rows: Sequence[Row], share: int, seed: int, longest: int, count: Callable[[str], int], dropped: Counter[str]
) -> Iterator[Pair]:
    """Rare faults first, each on rows that no other has taken as long as there are any."""
    fitting: dict[Fault, list[Row]] = {fault: [row for row in rows if _fits(fault, row)] for fault in Fault}
    taken: set[str] = set()
    left = share
    order = sorted(Fault, key=lambda fault: len(fitting[fault]))
    for place, fault in enumerate(order):
        most = left // (len(order) - place)
        own = fitting[fault]
        random.Random(f"{seed}/{fault}").shuffle(own)
        made = 0
        for row in sorted(own, key=lambda row: row.id in taken):
            if made >= most:
                break
            said = _CORRUPT[fault](row, random.Random(f"{seed}/{fault}/{row.id}"))
            if said is None:
                continue
            pair = _pair(row, fault, said)
            if reason := fault_of(pair, row) or ("too long" if _length(pair, count) > longest else ""):
                dropped[f"{fault}: {reason}"] += 1
                continue
            made += 1
            taken.add(row.id)
            yield pair
        left -= made


def fault_of(pair: Pair, row: Row) -> str:
    """Why ``pair`` must not be written; "" where chosen is right and rejected wrong in the way it says."""
    right, wrong = _text(pair.chosen), _text(pair.rejected)
    choices = _choices(row)
    chosen, rejected = (prompts.read(said, choices, Form.WORDS, _ITEMS) for said in (right, wrong))
    if pair.prompt != row.prompt or chosen.ids != row.gold.numbers or chosen.rejected:
        return "the chosen answer is not the row's"
    if chosen.abstained == row.gold.answerable:
        return "the chosen answer is wrong"
    plain = {
        "sentences": [{"number": one.number, "text": one.text} for one in row.sentences],
        "gold": {"numbers": row.gold.numbers, "answerable": row.gold.answerable},
    }
    if mark(wrong, plain).reward >= mark(right, plain).reward:
        return "the rejected answer is as right"
    lost, added = set(row.gold.numbers) - set(rejected.ids), set(rejected.ids) - set(row.gold.numbers)
    texts = {one.number: one.text for one in row.sentences}
    drugs = _drugs(row)
    shows = {
        Fault.WRONG_REFUSAL: rejected.abstained and row.gold.answerable,
        Fault.WRONG_ANSWER: bool(added) and not row.gold.answerable and not rejected.rejected,
        Fault.DROPPED_CONTRAINDICATION: any(_forbids(texts[n]) for n in lost) and not added and bool(rejected.ids),
        Fault.WRONG_CITATION: bool(lost) and not added and bool(rejected.rejected),
        Fault.CHANGED_NUMBER: bool(lost) and bool(rejected.rejected) and not _figures(wrong) <= _figures(right),
        Fault.NEIGHBOUR: bool(lost) and len(added) == 1 and not rejected.rejected,
        Fault.OTHER_DRUG: bool(lost) and len(added) == 1 and all(_is_other(row, drugs[n]) for n in added),
    }
    if not shows[pair.fault]:
        return "the fault does not show"
    if any(_are_alike(texts[n], quote) for n in added for quote in row.gold.quotes):
        return "the other sentence says nearly the same"
    kept = [texts[n] for n in rejected.ids]
    if pair.fault is Fault.DROPPED_CONTRAINDICATION and not any(_adds(texts[n], kept, row) for n in lost):
        return "what is kept says nearly the same"
    return ""


def kto(pairs: Iterable[Pair]) -> Iterator[dict[str, object]]:
    """Each pair as two rows that trl's KTO trainer reads, one good and one bad."""
    for pair in pairs:
        for label, said in ((True, pair.chosen), (False, pair.rejected)):
            yield {
                "id": f"{pair.id}-{'good' if label else 'bad'}",
                "split": pair.split.value,
                "ingredient": pair.ingredient,
                "prompt": _turns(pair.prompt),
                "completion": _turns(said),
                "label": label,
                "fault": pair.fault.value,
                "row": pair.row,
            }


def dpo(pairs: Iterable[Pair]) -> Iterator[dict[str, object]]:
    """Each pair as the row that trl's DPO and reward trainers read."""
    for pair in pairs:
        yield {
            "id": pair.id,
            "split": pair.split.value,
            "ingredient": pair.ingredient,
            "prompt": _turns(pair.prompt),
            "chosen": _turns(pair.chosen),
            "rejected": _turns(pair.rejected),
            "fault": pair.fault.value,
            "row": pair.row,
        }


def read(path: Path) -> tuple[Row, ...]:
    """Rows of a file, or of the train.jsonl and valid.jsonl of a folder: test rows stay closed.

    Raises:
        SourceError: a file cannot be read, or a line is no row.
    """
    kept = [path / "train.jsonl", path / "valid.jsonl"] if path.is_dir() else [path]
    return tuple(row for file in kept for row in files.read(file))


def save(rows: Iterable[Mapping[str, object]], path: Path) -> int:
    """Writes rows as JSON Lines; gives their number."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


_ITEMS = Budget().items
_FORBIDS = re.compile(
    r"contraindicat|\b(?:should|must|do|can|may) ?not\b|\bnever\b|\bnot (?:be )?(?:recommended|indicated|used|given)\b"
    r"|\bavoid|\bdiscontinue"
)
_FIGURE = re.compile(r"(?<![\w.,/-])\d+(?:\.\d+)?(?![\w-]|[.,/]\d)")
_REFERENCE = re.compile(
    r"\[[^\]]*\]|\([\s\d.,;]*\)|\b(?:section|table|figure|type|grade|class|step|days?)s? \d[\d.]*", re.I
)
_LIST = re.compile(r"^\W*\d+(?:\.\d+)*\.?\s")
_ALIKE = 80.0
"""Of 100, by the words that two sentences share: from here on they may well say the same of two products."""
_COVERED = 0.8
"""Share of the shorter sentence's words that the other has, from which on the two say the same."""
_FRAME_WORDS = frozenset(
    "contraindic patient known histori reaction sever seriou hypersensit allergi section use treatment tablet capsul"
    " inject oral warn precaut".split()
)
"""Stems that a contraindication is put in, and that tell none."""


def _fits(fault: Fault, row: Row) -> bool:
    """True for a row that may be corrupted so; whether it can be is found when it is tried."""
    if fault is Fault.WRONG_ANSWER or not row.gold.answerable:
        return fault is Fault.WRONG_ANSWER and not row.gold.answerable
    if fault is Fault.DROPPED_CONTRAINDICATION:
        return len(row.gold.numbers) > 1 and any(map(_forbids, row.gold.quotes))
    if fault is Fault.CHANGED_NUMBER:
        return any(_changeable(quote) for quote in row.gold.quotes)
    return True


def _wrong_citation(row: Row, draw: random.Random) -> str | None:
    at = draw.randrange(len(row.gold.numbers))
    others = [one.number for one in row.sentences if one.number not in row.gold.numbers]
    lines = _lines(row)
    if not others:
        return None
    lines[at] = line_of(draw.choice(others), _plain(row.gold.quotes[at]))
    return "".join(lines)


def _neighbour(row: Row, draw: random.Random) -> str | None:
    """The sentence of the same label that stands nearest in it, by place."""
    at = draw.randrange(len(row.gold.numbers))
    gold = next(one for one in row.sentences if one.number == row.gold.numbers[at])
    others = [
        one
        for one in row.sentences
        if one.number not in row.gold.numbers and (one.document, one.version) == (gold.document, gold.version)
    ]
    nearest = sorted(others, key=lambda one: abs(one.start - gold.start))
    return _instead(row, at, nearest[:1])


def _other_drug(row: Row, draw: random.Random) -> str | None:
    at = draw.randrange(len(row.gold.numbers))
    drugs = _drugs(row)
    others = [one for one in row.sentences if _is_other(row, drugs[one.number])]
    return _instead(row, at, _hardest(row, others, draw))


def _changed_number(row: Row, draw: random.Random) -> str | None:
    lines = _lines(row)
    able = [at for at, quote in enumerate(row.gold.quotes) if _changeable(quote)]
    at = draw.choice(able)
    text = _plain(row.gold.quotes[at])
    found = _changeable(text)
    if not found:
        return None
    figure = draw.choice(found)
    other = _another(figure.group(), draw)
    lines[at] = line_of(row.gold.numbers[at], text[: figure.start()] + other + text[figure.end() :])
    return "".join(lines)


def _dropped(row: Row, draw: random.Random) -> str | None:
    lines = _lines(row)
    lines.pop(draw.choice([at for at, quote in enumerate(row.gold.quotes) if _forbids(quote)]))
    return "".join(lines)


def _refusal(row: Row, draw: random.Random) -> str | None:
    return prompts.ABSTAIN


def _answer(row: Row, draw: random.Random) -> str | None:
    chosen = _hardest(row, row.sentences, draw)
    return "".join(line_of(one.number, _plain(one.text)) for one in chosen)


_CORRUPT: dict[Fault, Callable[[Row, random.Random], str | None]] = {
    Fault.WRONG_CITATION: _wrong_citation,
    Fault.NEIGHBOUR: _neighbour,
    Fault.OTHER_DRUG: _other_drug,
    Fault.CHANGED_NUMBER: _changed_number,
    Fault.DROPPED_CONTRAINDICATION: _dropped,
    Fault.WRONG_REFUSAL: _refusal,
    Fault.WRONG_ANSWER: _answer,
}


def _hardest(row: Row, others: Sequence[Offered], draw: random.Random) -> list[Offered]:
    """One of the two that share most words with the question: what a model takes for the answer."""
    asked = _content(row.question)
    ranked = sorted(others, key=lambda one: -len(asked & _content(one.text)))
    return [draw.choice(ranked[:2])] if ranked else []


def _instead(row: Row, at: int, others: Sequence[Offered]) -> str | None:
    lines = _lines(row)
    if not others:
        return None
    lines[at] = line_of(others[0].number, _plain(others[0].text))
    return "".join(lines)


def _another(figure: str, draw: random.Random) -> str:
    """Another figure that could stand there: ten times as much, a tenth, twice, half, or a digit mistaken."""
    places = len(figure.partition(".")[2])
    value = float(figure)
    digit = figure[:-1] + str((int(figure[-1]) + draw.randint(1, 8)) % 10)
    told = [f"{value * 10:.{places}f}", f"{value * 2:.{places}f}", f"{value / 2:.{places}f}", digit]
    if value >= 10:
        told.append(f"{value / 10:.{places}f}")
    return draw.choice([one for one in told if float(one) not in (value, 0.0)])


def _changeable(text: str) -> list[re.Match[str]]:
    """Figures that say something, and not where to read on."""
    kept = [found.span() for found in (*_REFERENCE.finditer(text), *_LIST.finditer(text))]
    return [
        found
        for found in _FIGURE.finditer(text)
        if float(found.group()) and not any(start <= found.start() < end for start, end in kept)
    ]


def _drugs(row: Row) -> dict[int, frozenset[str]]:
    """The drugs of each sentence, as the prompt names them in front of it."""
    shown = "\n".join(turn.content for turn in row.prompt)
    found = re.findall(r"^\[(\d+)\] \(([^;)]*)", shown, re.MULTILINE)
    return {int(number): frozenset(drug.strip().lower() for drug in named.split(", ")) for number, named in found}


def _is_other(row: Row, drugs: frozenset[str]) -> bool:
    """True for drugs of which none is, or is a salt of, one asked about or one of a gold sentence."""
    by_number = _drugs(row)
    own = set(row.ingredient.lower().split(" + ")).union(*(by_number[number] for number in row.gold.numbers))
    names = frozenset(own | drugs)
    return {part for drug in own for part in _parts(drug, names)}.isdisjoint(
        part for drug in drugs for part in _parts(drug, names)
    )


@lru_cache(maxsize=65_536)
def _parts(drug: str, names: frozenset[str]) -> tuple[str, ...]:
    return parts(drug, names)


def _are_alike(one: str, other: str) -> bool:
    from rapidfuzz import fuzz

    return fuzz.token_set_ratio(" ".join(words(one)), " ".join(words(other))) >= _ALIKE


def _adds(text: str, kept: Sequence[str], row: Row) -> bool:
    """True for a sentence that says something which those kept do not: more than who is meant by it."""
    own = _content(text)
    for other in map(_content, kept):
        if len(own & other) >= _COVERED * min(len(own), len(other)):
            return False
    said = _FRAME_WORDS.union(*map(_content, kept), _content(row.ingredient))
    return any(not word.isdigit() for word in own - said)


def _content(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in words(text) if word not in STOP)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return stem(word)


def _forbids(text: str) -> bool:
    return bool(_FORBIDS.search(searchable(text)))


def _figures(text: str) -> set[str]:
    return {found.group() for found in _FIGURE.finditer(text)}


def _choices(row: Row) -> dict[int, str]:
    return {one.number: _plain(one.text) for one in row.sentences}


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    return prompts.plain(text)


def _lines(row: Row) -> list[str]:
    choices = _choices(row)
    return [line_of(number, choices[number]) for number in row.gold.numbers]


def _pair(row: Row, fault: Fault, said: str) -> Pair:
    id = hashlib.sha256(f"{row.id}/{fault}/{said}".encode()).hexdigest()[:16]
    rejected = (Turn("assistant", said.strip()),)
    return Pair(id, row.split, row.ingredient, row.prompt, row.completion, rejected, fault, row.id)


def _length(pair: Pair, count: Callable[[str], int]) -> int:
    shown = sum(count(turn.content) + FRAME for turn in pair.prompt)
    return shown + max(count(_text(said)) for said in (pair.chosen, pair.rejected)) + FRAME


def _text(turns: Sequence[Turn]) -> str:
    return "".join(turn.content for turn in turns)


def _turns(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]
