"""A first corpus: a few labels of each of the 200 most used drugs, reference products first.

``most_used.tsv`` has the names as ClinCalc's DrugStats ranks them, from the Medical Expenditure Panel Survey of 2023.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice

from corpora.fetch.client import Client
from corpora.fetch.dailymed import DOCTYPES, Label, listed, offer
from corpora.fetch.errors import FetchError, Unreachable
from corpora.fetch.run import Failed, Offer

_ROWS = 400
"""Rows of a list that are looked through for labels of one drug."""
_STEPS: tuple[Mapping[str, str], ...] = (
    {"doctype": DOCTYPES["rx"], "marketing_category_code": "C73594"},
    {"doctype": DOCTYPES["rx"], "marketing_category_code": "C73585"},
    {"doctype": DOCTYPES["rx"]},
    {},
)
"""Where labels are looked for, until there are enough: of an NDA, of a BLA, any prescription label, any label.

The codes of marketing categories are FDA's, as the SPL files carry them.
"""


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug of the list."""

    rank: int
    name: str
    """As the list has it; parts of a combination stand between "; "."""
    asked: str
    """The name to ask DailyMed for."""


def drugs() -> list[Drug]:
    """The list, the most used first."""
    lines = files("corpora.fetch").joinpath("most_used.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Drug(int(rank), name, asked[0] if asked else name.split("; ")[0]) for rank, name, *asked in rows]


def labels(client: Client, most: int, wanted: int | None = None) -> Iterator[Offer | Failed]:
    """Up to ``most`` labels of each drug; of the first ``wanted`` drugs, or all."""
    given: set[str] = set()
    for drug in islice(drugs(), wanted):
        found: dict[str, Label] = {}
        try:
            for step in _STEPS:
                if len(found) < most:
                    for row in _of(client, drug, step):
                        found.setdefault(row.name, row)
        except Unreachable:
            raise
        except FetchError as error:
            yield Failed(drug.name, str(error))
        if not found:
            yield Failed(drug.name, f"DailyMed lists no label of {drug.name!r} (asked for {drug.asked!r})")
        chosen = {name: row for name, row in islice(found.items(), most) if name not in given}
        given.update(chosen)
        yield from (offer(client, row) for row in chosen.values())


def _of(client: Client, drug: Drug, step: Mapping[str, str]) -> list[Label]:
    """Labels of just this drug or combination, those whose title has it in first place before the others."""
    rows = islice(listed(client, {"drug_name": drug.asked, **step}), _ROWS)
    parts = [part.split()[0].lower() for part in (drug.name.split("; ") if ";" in drug.name else [drug.asked])]
    fitting = [row for row in rows if isinstance(row, Label) and all(part in row.title.lower() for part in parts)]
    return sorted(fitting, key=lambda row: _strangeness(row.title, drug, parts[0]))


def _strangeness(title: str, drug: Drug, first: str) -> int:
    """0 where a title is of the drug alone (or of the combination), higher where it is of others as well."""
    substance = re.split(r"[\[]", title.lower())[0]
    leads = re.search(rf"(?:^|\(){re.escape(first)}", substance) is not None
    is_combined = re.search(r"\band\b", substance) is not None
    return (0 if leads else 1) + (2 if is_combined != (";" in drug.name) else 0)
