"""A question about a fact: a template, and the names that fill it as people say and misspell them."""

import random
from dataclasses import dataclass

from finetune.labels import Label, Names
from finetune.oracle import Fact
from finetune.templates import Register, Template, templates
from rag.search import classes
from rag.text import words

_BRAND, _MISSPELT = 0.45, 0.12
"""Shares of the questions that say a brand, where the answer says it too (else only its owner knows what it is), and
of those that have a typing error."""
_SHORTEST = 6
"""Letters of a name that is still known with one of them wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and how it came about."""

    question: str
    template: Template
    named: str
    """generic, brand, misspelt or absent."""


def ask(fact: Fact, draw: random.Random, *, held_out: bool, names: Names, turn: int | None = None) -> Asked:
    """A question that the fact answers; each ``turn`` takes another template."""
    fitting = [template for template in templates(fact.topic) if template.held_out is held_out]
    start = sum(map(ord, fact.label.id))
    template = draw.choice(fitting) if turn is None else fitting[(start + turn) % len(fitting)]
    named, drug = _named(fact, draw, names)
    return Asked(_filled(template, drug, fact), template, named)


def ask_absent(fact: Fact, name: str, draw: random.Random, *, held_out: bool) -> Asked:
    """The question of the fact, on a drug of which there is no label."""
    template = draw.choice([one for one in templates(fact.topic) if one.held_out is held_out])
    return Asked(_filled(template, name, fact), template, "absent")


def ask_out_of_scope(label: Label, draw: random.Random, *, held_out: bool) -> Asked:
    """A question that no label answers."""
    template = draw.choice([one for one in templates("out of scope") if one.held_out is held_out])
    return Asked(_capital(template.filled(label.generic), template), template, "generic")


def _filled(template: Template, drug: str, fact: Fact) -> str:
    term = ""
    if fact.term:
        term = fact.term.lay if template.register is Register.LAY else fact.term.name
    named = classes.called(" ".join(words(fact.other))) if fact.other else None
    return _capital(template.filled(drug, named.name if named else fact.other, term), template)


def _capital(question: str, template: Template) -> str:
    """With a capital, unless the template is in small letters throughout."""
    is_small = template.words[:1].islower()
    return question if is_small else question[:1].upper() + question[1:]


def _named(fact: Fact, draw: random.Random, names: Names) -> tuple[str, str]:
    label = fact.label
    if label.brand and draw.random() < _BRAND and any(label.brand.lower() in unit.low for unit in fact.units):
        return "brand", label.brand
    if draw.random() < _MISSPELT and (wrong := misspelt(label.generic, draw)) and wrong not in names.leading:
        return "misspelt", wrong
    return "generic", label.generic


def misspelt(name: str, draw: random.Random) -> str:
    """``name`` with one typing error inside its longest word: two letters swapped, one lost, doubled or mistaken.

    "" where every word is short.
    """
    parts = name.split()
    at = max(range(len(parts)), key=lambda place: len(parts[place]))
    word = parts[at]
    if len(word) < _SHORTEST or not word.isalpha():
        return ""
    place = draw.randrange(1, len(word) - 2)
    head, letter, tail = word[:place], word[place], word[place + 1 :]
    slips = (head + tail[0] + letter + tail[1:], head + tail, word[: place + 1] + word[place:])
    wrong = draw.choice([one for one in (*slips, head + _MISTAKEN.get(letter, "") + tail) if one != word])
    return " ".join([*parts[:at], wrong, *parts[at + 1 :]])


_MISTAKEN = dict(zip("aeiouycksmntdbpfvzxg", "eaioeiskznmdtpbvfsgj", strict=True))
"""Letters that are taken for each other, by ear or by neighbouring keys."""
