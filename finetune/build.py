"""Training rows from an index, by rule: facts, questions, distractors, negatives; gated, split and kept clear of tests.

The same index, options and source give the same rows.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from finetune import gates, overlap, tokens
from finetune.asking import Asked, ask, ask_absent, ask_out_of_scope
from finetune.distractors import Pool
from finetune.labels import Label, Names, Unit, labels
from finetune.oracle import Fact, conflicts, facts
from finetune.rows import Gold, Negative, Offered, Row, Split, Task, Turn
from finetune.splits import of_name, splits
from finetune.terms import ABSENT
from finetune.topics import topics
from rag.errors import UsageError
from rag.evidence.quotes import Sentence
from rag.records import Document, Hit
from rag.settings import Budget, Settings
from rag.text import words
from rag.writing import prompts
from rag.writing.grammar import line_of
from rag.writing.writer import Form

if TYPE_CHECKING:
    from rag.index.index import Index

_FEWEST, _MOST = 4, 8
"""Sentences offered."""
_SHARES = {Negative.REMOVED: 0.085, Negative.WRONG_DRUG: 0.07, Negative.ABSENT_DRUG: 0.04, Negative.OUT_OF_SCOPE: 0.03}
"""Of all rows, those without an answer, by kind: 22.5 % together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows are to be made."""

    rows: int = 24_000
    """Before gates; fewer come where the labels hold fewer facts."""
    seed: int = 1
    longest: int = 512
    """Tokens of prompt and completion together."""
    answer: int = 64
    """Tokens of the completion."""
    searches: int = 3_000
    """Facts for which rxcite's own search is run; each takes some 80 ms and serves every row of its fact."""
    exclude: tuple[Path, ...] = ()
    """Question sets that no row may hold, besides those that ship with rxcite."""
    without: tuple[str, ...] = ()
    """Labels are left out that hold one of these in their id, or in the path of their file."""

    def __post_init__(self) -> None:
        """Refuse sizes in which no row fits."""
        if self.rows < 1 or self.longest < 256 or not 8 <= self.answer < self.longest or self.searches < 0:
            raise UsageError(f"rows must be 1 or more, longest 256 or more, answer from 8 to below longest; got {self}")


@dataclass(frozen=True, slots=True)
class Built:
    """Rows, and what became of those that are none."""

    rows: tuple[Row, ...]
    dropped: Counter[str]
    labels: tuple[Label, ...]
    facts: int
    searches: int
    counter: str
    builder: str
    wanted: Wanted
    kept: overlap.Kept


Say = Callable[[str], None]


def build(
    index: "Index",
    settings: Settings,
    wanted: Wanted,
    say: Say = lambda text: None,
    counter: tokens.Counter | None = None,
) -> Built:
    """Rows for every split; ``counter`` counts their tokens in place of the one at hand.

    Raises:
        UsageError: the index has no label left to make rows of.
        ModelMissing: datasketch is not installed.
    """
    counter = counter or tokens.counter()
    kept = overlap.Kept(wanted.exclude)
    names = Names(index)
    all_labels = tuple(labels(index, names, wanted.without))
    if not all_labels:
        raise UsageError(f'index "{settings.index}" has no label to make rows of, once those left out are gone')
    say(f"{len(all_labels)} labels, {sum(len(label.units) for label in all_labels)} sentences")
    split_of = splits(label.drugs for label in all_labels)
    related = {name: names.related(name) for name in {*names.leading.values()}}
    kinds = topics()
    pools: dict[Split, Pool] = {}
    total = 0
    for split in Split:
        own = [label for label in all_labels if split_of[label.drugs[0]] is split]
        told = [fact for label in own for fact in facts(label, kinds, related)]
        total += len(told)
        pools[split] = Pool(own, [fact for fact in told if _length(fact.units, counter) <= wanted.answer])
    short = sum(len(pool.facts) for pool in pools.values())
    say(f"{total} facts, {short} with an answer short enough")
    maker = _Maker(index, settings, wanted, pools, counter, builder_hash(), names)
    rows: list[Row] = []
    dropped: Counter[str] = Counter()
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    for row in maker.rows(say):
        reason = maker.fault(row) or _touches(row, kept)
        key = (row.split, row.question.lower(), row.gold.quotes or tuple(s.text for s in row.sentences[:2]))
        if not reason and key in seen:
            reason = "the same row again"
        if reason:
            dropped[reason] += 1
        else:
            seen.add(key)
            rows.append(row)
    rows, copies = _apart(rows)
    dropped.update(copies)
    say(f"{len(rows)} rows, {sum(dropped.values())} dropped")
    return Built(
        tuple(rows), dropped, all_labels, short, maker.searches, counter.name, maker.builder,
        wanted, kept,
    )  # fmt: skip


def builder_hash() -> str:
    """Hash of the source files that make rows."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in _SOURCES:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


_SOURCES = frozenset(
    "templates terms labels topics oracle distractors asking rows gates splits overlap tokens build".split()
)


def _touches(row: Row, kept: overlap.Kept) -> str:
    if kept.holds_question(row.question):
        return "a question of an evaluation set"
    if any(kept.holds_answer(quote) for quote in row.gold.quotes):
        return "a gold sentence of an evaluation set"
    return ""


def _apart(rows: Sequence[Row]) -> tuple[list[Row], Counter[str]]:
    """Rows without those that copy a held-out row: class texts stand word for word in labels of several drugs.

    Training gives way to validation and test, validation to test.
    """
    kept: list[Row] = []
    dropped: Counter[str] = Counter()
    later: list[Row] = []
    for split in (Split.TEST, Split.VALID, Split.TRAIN):
        own = [row for row in rows if row.split is split]
        if later:
            quotes = overlap.Copies(quote for row in later for quote in row.gold.quotes)
            asked = overlap.Copies(row.question for row in later)
            fates: dict[str, bool] = {}
            for row in own:
                for quote in row.gold.quotes:
                    if quote not in fates:
                        fates[quote] = quotes.holds(quote)
            clear = [row for row in own if not any(fates[quote] for quote in row.gold.quotes)]
            clear = [row for row in clear if not asked.holds(row.question)]
            dropped["a near copy of a held-out row"] += len(own) - len(clear)
            own = clear
        kept += own
        later += own
    return kept, dropped


@dataclass
class _Maker:
    """Makes rows of facts."""

    index: "Index"
    settings: Settings
    wanted: Wanted
    pools: dict[Split, Pool]
    counter: tokens.Counter
    builder: str
    names: Names
    searches: int = 0
    _hits: dict[int, tuple[Hit, ...]] = field(default_factory=dict)
    _costs: dict[tuple[str, int], int] = field(default_factory=dict)
    _documents: dict[tuple[str, str | None], Document] = field(default_factory=dict)
    _items: int = Budget().items

    def fault(self, row: Row) -> str:
        """Why a row must not be written."""
        return gates.fault(
            row, self._documents, self._items, self.wanted.longest, self.wanted.answer, self.counter.count
        )

    def rows(self, say: Say) -> Iterator[Row]:
        """Rows of every split, cited ones first."""
        total = sum(len(pool.facts) for pool in self.pools.values())
        for split, pool in self.pools.items():
            part = len(pool.facts) / max(total, 1)
            share = self.wanted.rows * part
            draw = random.Random(f"{self.wanted.seed}/{split}")
            order = list(pool.facts)
            draw.shuffle(order)
            self._search(order[: round(self.wanted.searches * part)], draw, say)
            yield from self._conflicting(split)
            yield from self._cited(split, order, round(share * (1 - sum(_SHARES.values()))))
            for negative, of_all in _SHARES.items():
                yield from self._unanswered(split, order, negative, round(share * of_all), draw)

    def _search(self, facts: Sequence[Fact], draw: random.Random, say: Say) -> None:
        from rag.search.search import search

        for fact in facts:
            asked = ask(fact, draw, held_out=False, names=self.names)
            self._hits[id(fact)] = search(asked.question, self.index, self.settings).hits
            self.searches += 1
            if self.searches % 500 == 0:
                say(f"{self.searches} searches")

    def _cited(self, split: Split, facts: Sequence[Fact], most: int) -> Iterator[Row]:
        """Rounds over the facts, each in other words, until there are enough; later rounds keep to those searched."""
        made = 0
        searched = [fact for fact in facts if id(fact) in self._hits]
        for turn in range(_ROUNDS):
            for fact in facts if turn < _OF_ALL or not searched else searched:
                if made >= most:
                    return
                draw = random.Random(f"{self.wanted.seed}/{turn}/{_key(fact)}")
                asked = ask(fact, draw, held_out=split is Split.TEST, names=self.names, turn=turn)
                row = self._row(split, fact, asked, fact.label, fact.units, None, draw)
                if row:
                    made += 1
                    yield row

    def _conflicting(self, split: Split) -> Iterator[Row]:
        """Rows on which two labels of one drug give different figures: both are cited."""
        for one, other in conflicts(self.pools[split].facts):
            fact = replace(one, units=(*one.units, *other.units))
            if _length(fact.units, self.counter) > self.wanted.answer:
                continue
            for turn in range(_ROUNDS):
                draw = random.Random(f"{self.wanted.seed}/conflict/{turn}/{_key(one)}/{other.label.id}")
                asked = ask(fact, draw, held_out=split is Split.TEST, names=self.names, turn=turn)
                if row := self._row(split, fact, asked, one.label, fact.units, None, draw):
                    yield replace(row, task=Task.CONFLICT)

    def _unanswered(
        self, split: Split, facts: Sequence[Fact], negative: Negative, most: int, draw: random.Random
    ) -> Iterator[Row]:
        absent = [name for name in ABSENT if of_name(name) is split and not self._is_known(name)]
        if not facts or (negative is Negative.ABSENT_DRUG and not absent):
            return
        searched = [fact for fact in facts if id(fact) in self._hits] or facts
        for _ in range(most):
            fact = draw.choice(searched if draw.random() < _OF_SEARCHED else facts)
            if row := self._negative(split, fact, negative, absent, draw):
                yield row

    def _negative(
        self, split: Split, fact: Fact, negative: Negative, absent: Sequence[str], draw: random.Random
    ) -> Row | None:
        held_out = split is Split.TEST
        label, pool = fact.label, self.pools[split]
        if negative is Negative.REMOVED:
            asked = ask(fact, draw, held_out=held_out, names=self.names)
            return self._row(split, fact, asked, label, (), negative, draw)
        if negative is Negative.WRONG_DRUG:
            alike = pool.alike(label)
            other = draw.choice(alike) if alike and draw.random() < _ALIKE else draw.choice(pool.labels)
            shown = [unit for unit in fact.units if pool.may_stand(other, label, unit, fact.may_answer)][:1]
            if not shown or not set(other.drugs).isdisjoint(label.drugs) or fact.others & other.names:
                return None
            asked = ask(replace(fact, label=other), draw, held_out=held_out, names=self.names)
            return self._row(split, fact, asked, other, shown, negative, draw)
        if negative is Negative.ABSENT_DRUG:
            name = draw.choice(absent)
            asked = ask_absent(fact, name, draw, held_out=held_out)
            return self._row(split, fact, asked, label, fact.units[:1], negative, draw, absent=name)
        asked = ask_out_of_scope(label, draw, held_out=held_out)
        return self._row(split, fact, asked, label, (), negative, draw)

    def _is_known(self, name: str) -> bool:
        return name in self.index.all_names or bool(self.index.words.naming([name], limit=1))

    def _row(
        self, split: Split, fact: Fact, asked: Asked, label: Label, shown: Sequence[Unit],
        negative: Negative | None, draw: random.Random, absent: str = "",
    ) -> Row | None:  # fmt: skip
        """A row about ``label``, with the sentences ``shown``, gold unless there is a negative; None if none fits."""
        hits = self._hits.get(id(fact), ()) if label is fact.label and not absent else ()
        free = negative is Negative.OUT_OF_SCOPE
        beside = self.pools[split].beside(label, fact, _never if free else fact.may_answer, hits, shown, draw)
        most = draw.randint(_FEWEST, _MOST)
        units = list(shown)
        spent = self._frame + self.counter.count(asked.question) + sum(map(self._cost, units))
        spent += _length(units, self.counter) if negative is None else self.counter.count(prompts.ABSTAIN)
        for unit in beside:
            if len(units) >= most:
                break
            if free and _MONEY & set(words(unit.text)):
                continue
            if (cost := self._cost(unit)) and spent + cost <= self.wanted.longest:
                units.append(unit)
                spent += cost
        if len(units) < _FEWEST:
            return None
        gold = shown if negative is None else ()
        prompt = prompts.choose(asked.question, [unit.sentence for unit in units], Form.WORDS, self._items)
        return self._made(split, fact, asked, label, prompt, gold, negative, bool(hits), absent)

    def _made(
        self, split: Split, fact: Fact, asked: Asked, label: Label, prompt: prompts.Prompt, gold: Sequence[Unit],
        negative: Negative | None, searched: bool, absent: str,
    ) -> Row:  # fmt: skip
        golden = {_place(unit.sentence) for unit in gold}
        numbers = tuple(n for n, sentence in prompt.sentences.items() if _place(sentence) in golden)
        said = "".join(line_of(n, prompt.choices[n]) for n in numbers) or prompts.ABSTAIN
        offered = []
        for number, sentence in prompt.sentences.items():
            document = sentence.document
            self._documents[document.id, document.version] = document
            offered.append(
                Offered(number, document.id, document.version, sentence.span.start, sentence.span.end, sentence.text)
            )
        turns = tuple(Turn(message.role, message.content) for message in prompt.messages)
        body = "\0".join((split, asked.question, *(turn.content for turn in turns), said))
        return Row(
            id=hashlib.sha256(body.encode()).hexdigest()[:16],
            split=split,
            task=Task.ABSTAIN if negative else Task.CITE,
            ingredient=absent or label.ingredient,
            set_id=label.id,
            version=label.version,
            loinc=fact.units[0].code,
            template=asked.template.id,
            register=asked.template.register,
            named=asked.named,
            negative=negative,
            question=asked.question,
            sentences=tuple(offered),
            prompt=turns,
            completion=(Turn("assistant", said),),
            gold=Gold(numbers, tuple(prompt.sentences[n].text for n in numbers), not negative),
            searched=searched,
            licence=label.licence,
            builder=self.builder,
        )

    @cached_property
    def _frame(self) -> int:
        """Tokens of a prompt without sentences and question."""
        turns = prompts.choose("", (), Form.WORDS, self._items).messages
        return sum(self.counter.count(turn.content) for turn in turns) + 3 * gates.FRAME + _SPARE

    def _cost(self, unit: Unit) -> int:
        place = unit.sentence.passage.id, unit.sentence.span.start
        if place not in self._costs:
            prompt = prompts.choose("", (unit.sentence,), Form.WORDS, self._items)
            line = prompt.messages[1].content.splitlines()[2]
            self._costs[place] = self.counter.count(line) + 1
        return self._costs[place]


_ROUNDS = 8
"""Rows of one fact at most."""
_OF_ALL = 2
"""Rounds in which every fact is asked; then those for which search was run."""
_OF_SEARCHED = 0.6
"""Share of the rows without an answer that are made of facts for which search was run."""
_ALIKE = 0.4
"""Share of the wrong drugs whose name looks like the one asked about."""
_SPARE = 4
"""Tokens for joins that a sum of parts does not see."""


def _length(units: Sequence[Unit], counter: tokens.Counter) -> int:
    """Tokens of an answer that cites ``units``."""
    return sum(counter.count(line_of(1, unit.text)) for unit in units)


_MONEY = frozenset(
    "cost costs price insurance pharmacy pharmacies coupon invented discovered taste flavor market".split()
)
"""Words of a sentence that might answer a question out of scope."""


def _never(unit: Unit) -> bool:
    return False


def _place(sentence: Sentence) -> tuple[str, str | None, int, int]:
    return sentence.document.id, sentence.document.version, sentence.span.start, sentence.span.end


def _key(fact: Fact) -> str:
    return f"{fact.label.id}/{fact.topic}/{fact.term.name if fact.term else fact.other}"
