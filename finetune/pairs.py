"""Questions and the windows of labels that answer them, made by rule: to train an encoder or a re-ranker.

Three kinds: what a drug and another thing do to each other (the window names the other thing where interactions are
spoken of), what a section says, and a statement whose window it was taken from. The window is what an index embeds,
with its breadcrumb and table heads. Negatives are windows that could be taken for the answer and are not: of the same
label without the other thing, of another drug with it.
"""

import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from finetune import mentions, wordings
from ingest import passages
from rag import sentences
from rag.index import encoder
from rag.index.index import Index
from rag.records import Document, Intent, Kind, Section
from rag.search import classes
from rag.search.intents import is_about
from rag.text import searchable, stem, words

Places = npt.NDArray[np.int64]

_SPOKEN_OF = (Intent.INTERACTION, Intent.CONTRAINDICATION, Intent.WARNING, Intent.BOXED_WARNING, Intent.DOSE)
"""Sections in which labels name what must not or need not be given together."""
_TOGETHER = re.compile(
    r"\b(?:concomit|concurr|co-?admin|combin|interact|together|receiving|taking|treated with|inhibit|induc|avoid|"
    r"given with|used with|use with|along with|in addition|potentiat|additive|contraindicated (?:with|in patients))",
    re.IGNORECASE,
)
_NEIGHBOURS = 12
"""Nearest windows among which a negative is drawn."""
_VALID_SHARE = 12
"""One ingredient of so many is for internal validation."""


class Task(StrEnum):
    """What kind of question a pair asks."""

    INTERACTION = "interaction"
    SECTION = "section"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class LabelWindow:
    """A window of a label as an index embeds it."""

    embedded: str
    text: str
    context: str
    section: Section
    drugs: tuple[str, ...]
    names: tuple[str, ...]
    """Brand and generic names of the label's products."""
    document: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the window that answers it, and windows that do not."""

    id: str
    split: str
    """train or valid."""
    ingredient: str
    """Ingredients of the label, joined by " + ": the key of the split."""
    task: Task
    template: str
    question: str
    positive: str
    negatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairSettings:
    """How many pairs of which kind, and from what."""

    seed: int = 5
    per_label: int = 36
    """Interaction questions of a label, at most, so that long labels do not fill the set."""
    sections: int = 8
    """Section questions of a label, at most."""
    statements: int = 8
    """Statements of a label, at most."""
    held_out: frozenset[str] = frozenset()
    """Ingredients of which nothing is asked and no label is read; names that share a long word count as the same."""
    unused: frozenset[str] = frozenset()
    """Sentences (letters alone) that no window may hold, because evaluation asks for them."""


def build(index: Index, settings: PairSettings) -> list[Pair]:
    """All pairs of an index, in a stable order."""
    windows = list(label_windows(index, settings))
    vocabulary = mentions.Vocabulary(_names_in(windows, {*index.all_names, *classes.every_form()}))
    rng = random.Random(settings.seed)
    asked = [
        *_interactions(windows, vocabulary, settings, rng),
        *_sections(windows, settings, rng),
        *_statements(windows, settings, rng),
    ]
    return list(_with_negatives(asked, windows, index, rng))


def label_windows(index: Index, settings: PairSettings) -> Iterator[LabelWindow]:
    """Windows of the labels in service whose ingredients are not held out, each embedded text once."""
    count = encoder.Tokens(encoder.folder_of(index.settings.encoder)).count
    seen: set[str] = set()
    for row in index.documents():
        if row.kind is not Kind.LABEL or not row.drugs or any(is_held(d, settings.held_out) for d in row.drugs):
            continue
        document = index.document_at(row.row)
        names = _names(document)
        for split in passages.split(document, count, index.settings.passages):
            for window in split.windows:
                bare = _bare(window.text)
                if window.embedded in seen or any(sentence in bare for sentence in settings.unused):
                    continue
                seen.add(window.embedded)
                yield LabelWindow(
                    window.embedded, window.text, window.context, split.passage.section, document.drugs, names, row.id
                )


def held_out(index: Index, ids: Iterable[str]) -> frozenset[str]:
    """Ingredients of the labels with these ids."""
    wanted = set(ids)
    return frozenset(drug for row in index.documents() if row.id in wanted for drug in row.drugs)


def is_held(name: str, held: frozenset[str]) -> bool:
    """True where a name shares a word of five letters or more with a held-out ingredient, or is one."""
    return name in held or not _long_words(name).isdisjoint(_long_words_of(held))


def split_of(ingredient: str) -> str:
    """The split of an ingredient, by its hash."""
    return "valid" if hashlib.sha256(ingredient.encode()).digest()[0] % _VALID_SHARE == 0 else "train"


def write(pairs: Iterable[Pair], path: Path) -> None:
    """JSON Lines."""
    path.write_text("".join(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs))


def read(path: Path) -> list[Pair]:
    """What ``write`` wrote."""
    items = map(json.loads, path.read_text().splitlines())
    return [Pair(**item | {"task": Task(item["task"]), "negatives": tuple(item["negatives"])}) for item in items]


_HELD: dict[frozenset[str], frozenset[str]] = {}


def _long_words_of(held: frozenset[str]) -> frozenset[str]:
    if held not in _HELD:
        _HELD[held] = frozenset(word for name in held for word in _long_words(name))
    return _HELD[held]


def _long_words(name: str) -> set[str]:
    return {word for word in words(name) if len(word) > 4}


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", searchable(text))


def _names(document: Document) -> tuple[str, ...]:
    found = (name for product in document.products for name in (product.brand, product.generic) if name)
    return tuple(dict.fromkeys(name.strip() for name in found if len(name) < 60))


def _names_in(windows: Sequence[LabelWindow], known: set[str]) -> set[str]:
    """``known`` names, and phrases marked as names that stand in interaction sections more than elsewhere.

    A phrase that stands elsewhere as often is a condition, or a word of every label ("neutropenia", "reduce").
    """
    marked: set[str] = set()
    for window in windows:
        if is_about(window.section, Intent.INTERACTION):
            marked.update(mentions.phrases(window.text))
            if len(window.section.path) > 1:
                marked.add(mentions.heading(window.section.heading))
            rows = (line for line in window.text.split("\n") if " | " in line)
            marked.update(mentions.heading(row.partition(" | ")[0]) for row in rows)
    vocabulary = mentions.Vocabulary(marked - known)
    stands: Counter[str] = Counter()
    interacts: Counter[str] = Counter()
    for window in windows:
        found = {mention.phrase for mention in vocabulary.mentions(window.text)}
        stands.update(found)
        if is_about(window.section, Intent.INTERACTION):
            interacts.update(found)
    return known | {phrase for phrase, count in stands.items() if 2 * interacts[phrase] >= count}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with the window that answers it, before negatives are found."""

    window: int
    task: Task
    template: str
    question: str
    positive: str
    about: str = ""
    """The other thing's phrase, or the intent."""


def _interactions(
    windows: Sequence[LabelWindow], vocabulary: mentions.Vocabulary, settings: PairSettings, rng: random.Random
) -> Iterator[_Asked]:
    """For each label and thing named in it, one question with one of the windows that name it."""
    by_label: dict[str, dict[str, list[tuple[int, str]]]] = defaultdict(lambda: defaultdict(list))
    for at, window in enumerate(windows):
        for mention in _told(window, vocabulary):
            if not is_held(mention.phrase, settings.held_out):
                by_label[window.document][mention.phrase].append((at, mention.said))
    for document in sorted(by_label):
        things = sorted(by_label[document])
        rng.shuffle(things)
        for thing in things[: settings.per_label]:
            found = by_label[document][thing]
            best = [one for one in found if is_about(windows[one[0]].section, Intent.INTERACTION)]
            at, said = rng.choice(best or found)
            other = rng.choice(mentions.forms(thing)) if rng.random() < 0.2 else said
            template = rng.choice(wordings.INTERACTION)
            question = template.format(drug=_called(windows[at], rng), other=other)
            yield _Asked(at, Task.INTERACTION, template, question, windows[at].embedded, thing)


def _told(window: LabelWindow, vocabulary: mentions.Vocabulary) -> Iterator[mentions.Mention]:
    """What a window names in a sentence (or row) on things given together, the drug itself left out."""
    if not any(is_about(window.section, intent) for intent in _SPOKEN_OF):
        return
    own = {word for name in (*window.drugs, *window.names) for word in words(name) if len(word) > 3}
    interacts = is_about(window.section, Intent.INTERACTION)
    parts = [window.context] if window.context else []
    parts += [span.of(window.text) for span in sentences.split(window.text)]
    if interacts and len(window.section.path) > 1:
        parts.append(window.section.heading)
    seen: set[str] = set()
    for part in parts:
        if interacts or _TOGETHER.search(part):
            for mention in vocabulary.mentions(part):
                if mention.phrase not in seen and own.isdisjoint(mention.phrase.split()):
                    seen.add(mention.phrase)
                    yield mention


def _called(window: LabelWindow, rng: random.Random) -> str:
    """A name for the window's drug: its ingredients mostly, a product's name, or both."""
    ingredients = " and ".join(window.drugs[:4])
    draw = rng.random()
    if draw < 0.6 or not window.names:
        return ingredients
    name = rng.choice(window.names)
    return name if draw < 0.88 else f"{name} ({ingredients})"


def _sections(windows: Sequence[LabelWindow], settings: PairSettings, rng: random.Random) -> Iterator[_Asked]:
    """For each label and intent that has a section, one question."""
    by_label: dict[str, dict[Intent, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, window in enumerate(windows):
        for intent in wordings.SECTION:
            if is_about(window.section, intent):
                by_label[window.document][intent].append(at)
    for document in sorted(by_label):
        intents = sorted(by_label[document])
        rng.shuffle(intents)
        for intent in intents[: settings.sections]:
            at = rng.choice(by_label[document][intent])
            template = rng.choice(wordings.SECTION[intent])
            question = template.format(drug=_called(windows[at], rng))
            yield _Asked(at, Task.SECTION, template, question, windows[at].embedded, intent.value)


def _statements(windows: Sequence[LabelWindow], settings: PairSettings, rng: random.Random) -> Iterator[_Asked]:
    """Sentences as claims, each with its window, from which it is mostly taken out (Lee et al. 2019, inverse cloze)."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for at, window in enumerate(windows):
        by_label[window.document].append(at)
    for document in sorted(by_label):
        chosen = rng.sample(by_label[document], min(settings.statements, len(by_label[document])))
        for at in chosen:
            window = windows[at]
            spans = [span for span in sentences.split(window.text) if _is_prose(span.of(window.text))]
            if len(spans) < 3:
                continue
            span = rng.choice(spans)
            rest = window.text[: span.start] + window.text[span.end :] if rng.random() < 0.7 else window.text
            positive = window.embedded.removesuffix(window.text) + rest
            yield _Asked(at, Task.STATEMENT, "statement", span.of(window.text), positive)


def _is_prose(text: str) -> bool:
    """True for a sentence that could be a claim: of some length, and letters mostly."""
    return 8 <= len(words(text)) <= 40 and sum(c.isalpha() for c in text) > 0.6 * len(text)


def _with_negatives(
    asked: Sequence[_Asked], windows: Sequence[LabelWindow], index: Index, rng: random.Random
) -> Iterator[Pair]:
    """Pairs with negatives drawn from the nearest windows, by the vectors that the index keeps."""
    kept = _vectors(windows, index)
    naming = _Naming(windows)
    everywhere = np.arange(len(windows))
    for one in asked:
        window = windows[one.window]
        near = kept @ index.query_encoder.encode([one.question])[0]
        about = np.array(naming.elsewhere(one.about, window.drugs), int) if one.task is Task.INTERACTION else everywhere
        far = _nearest(about, near, lambda at: naming.drugs[at].isdisjoint(window.drugs))  # noqa: B023  # used at once
        same = np.array([at for at in naming.own[window.document] if _is_wrong(one, at, windows, naming)], dtype=int)
        negatives = [windows[rng.choice(some)].embedded for some in (_nearest(same, near), far) if some]
        if not negatives:
            continue
        rng.shuffle(negatives)
        ingredient = " + ".join(sorted(window.drugs))
        key = hashlib.sha256(f"{one.question}\0{one.positive}".encode()).hexdigest()[:16]
        yield Pair(
            key, split_of(ingredient), ingredient, one.task, one.template, one.question, one.positive, tuple(negatives)
        )


class _Naming:
    """Which windows may name a phrase, and whose they are."""

    def __init__(self, windows: Sequence[LabelWindow]) -> None:
        self.drugs = [frozenset(window.drugs) for window in windows]
        self.own: dict[str, list[int]] = defaultdict(list)
        self._by_stem: dict[str, set[int]] = defaultdict(set)
        self._found: dict[str, set[int]] = {}
        for at, window in enumerate(windows):
            self.own[window.document].append(at)
            for word in {stem(word) for word in words(window.embedded)}:
                self._by_stem[word].add(at)

    def elsewhere(self, phrase: str, drugs: Sequence[str]) -> list[int]:
        """Windows that name the phrase and not all of ``drugs``: one that names both answers too."""
        both = self.windows(drugs[0]).intersection(*(self.windows(drug) for drug in drugs[1:]))
        return sorted(self.windows(phrase) - both)

    def windows(self, phrase: str) -> set[int]:
        """Those that hold all words of the phrase, or of another name of its class, in any order and form."""
        if phrase not in self._found:
            by_form = [[self._by_stem[word] for word in mentions.stems(form)] for form in mentions.forms(phrase)]
            self._found[phrase] = set().union(*(set.intersection(*sets) for sets in by_form if sets))
        return self._found[phrase]


def _nearest(places: Places, near: encoder.Vectors, fits: Callable[[int], bool] = lambda at: True) -> list[int]:
    """The first of ``places`` that fit, nearest first."""
    ordered = places[np.argsort(-near[places])]
    return list(islice((int(at) for at in ordered if fits(int(at))), _NEIGHBOURS))


def _is_wrong(one: _Asked, at: int, windows: Sequence[LabelWindow], naming: _Naming) -> bool:
    """True for a window of the label that does not answer."""
    if at == one.window:
        return False
    if one.task is Task.INTERACTION:
        return at not in naming.windows(one.about)
    return one.task is Task.STATEMENT or not is_about(windows[at].section, Intent(one.about))


def _vectors(windows: Sequence[LabelWindow], index: Index) -> encoder.Vectors:
    """The vectors of windows in their order: the index's, and made where it was built by an older splitter."""
    name = index.settings.encoder
    kept: Mapping[bytes, bytes] = {row["key"]: row["data"] for row in index.store.all("select key, data from vector")}
    rows = []
    for window in windows:
        data = kept.get(hashlib.sha256(f"{name}\0{window.embedded}".encode()).digest())
        made = index.query_encoder.encode([window.embedded])[0] if data is None else np.frombuffer(data, np.float32)
        rows.append(made)
    return np.stack(rows)
