"""Which labels train and which judge: by connected components of their ingredients, never by label or passage.

Labels of one drug are near copies of each other, and a combination product is a copy of both its parts, so labels that
share an ingredient, directly or through others, go the same way.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from finetune.rows import Split
from ingest.names import moiety, plain

_TRAIN, _VALID = 80, 88
"""Of a hundred; what is left is the test."""
_LARGE = 0.04
"""Share of all labels from which on a component trains, whatever its hash says: it would be half of a test."""


def parts(drug: str, known: frozenset[str]) -> tuple[str, ...]:
    """The ingredients that a name stands for, salts and esters taken off.

    A source can give a combination as one name ("amlodipine valsartan"): where each of its words is a drug, it is both.
    """
    words = drug.split()
    if len(words) > 1 and all(word in known for word in words):
        return tuple(words)
    return (moiety(plain(drug)),)


def components(labels: Iterable[Sequence[str]]) -> dict[str, str]:
    """Ingredient to the first name of its component; two labels' ingredients that meet anywhere share it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    groups = [tuple(drugs) for drugs in labels if drugs]
    known = frozenset(drug for drugs in groups for drug in drugs)
    # the name as printed is a node too, so that a lookup needs no second reading of it
    linked = [(*drugs, *(part for drug in drugs for part in parts(drug, known))) for drugs in groups]
    names = sorted({name for group in linked for name in group})
    at = {name: place for place, name in enumerate(names)}
    edges = np.array([(at[group[0]], at[name]) for group in linked for name in group], dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(names), len(names)))
    _, numbers = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for name, number in zip(names, numbers, strict=True):
        first.setdefault(int(number), name)
    return {name: first[int(number)] for name, number in zip(names, numbers, strict=True)}


def splits(labels: Iterable[Sequence[str]]) -> dict[str, Split]:
    """Ingredient to its split: 80 % of the components train, 8 % validate, 12 % test, by a hash of their name."""
    groups = [tuple(drugs) for drugs in labels if drugs]
    component = components(groups)
    sizes = Counter(component[drugs[0]] for drugs in groups)
    large = {name for name, size in sizes.items() if size > max(_LARGE * len(groups), 1)}
    return {name: Split.TRAIN if whole in large else of_name(whole) for name, whole in component.items()}


def of_name(name: str) -> Split:
    """The split of a name by its hash."""
    place = int.from_bytes(hashlib.sha256(f"split\0{name}".encode()).digest()[:8], "big") % 100
    return Split.TRAIN if place < _TRAIN else Split.VALID if place < _VALID else Split.TEST
