"""How many planted identifiers the scrubber finds in synthetic notes, and how often it is wrong on label sentences.

    python -m eval.bench.scrub_check --index real [--notes 500] [--half report|tune] [--names] [--json] [--show 20]

Notes are made by rule: sentences with gaps, filled by Faker with people, numbers and addresses of made-up persons.
Faker's names are other lists than the detector's, but meet them: the share of planted names whose every word the
detector's lists hold is printed, and the names of half of the notes come from countries of which they hold little.
Sentence forms and seeds of the half "tune" were looked at while the patterns were made, those of "report" only
measured; label sentences are halved by their hash. An identifier counts as found where no letter or digit of it is
left. Sentences of labels that print a contact ("call 1-800-...", "Manufactured by ...") are counted apart.
"""

import argparse
import hashlib
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bench.label_answers import interval
from finetune.people import family, fold, given
from finetune.scrub import Finding, Kind, find

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCALES = ("en_US", "en_US", "en_US", "en_GB", "en_IN", "es_MX", "de_DE", "fr_FR", "it_IT", "pl_PL", "nl_NL", "pt_BR")
"""Where names come from; addresses and telephones are of the United States."""

FORMS: dict[str, dict[str, str]] = {
    "tune": {
        "name": """
Patient: {name}.
Patient name: {turned}.
{name} is a {age}-year-old {person} with a history of {ill}.
{title} {last} reports no side effects from {drug}.
Seen by Dr. {name} in clinic today.
Her daughter {name} gives the {drug} each morning.
Discussed with {name}, RN.
Electronically signed by: {name}, MD
{name} presents with {ill} since starting {drug}.
""",
        "date": """
DOB: {slashed}.
Date of birth {written}.
Born on {written}, right-handed.
D.O.B. {iso}
""",
        "record": """
MRN: {record}.
MRN {record}
Medical record number {record} was reviewed.
Chart #{record}.
""",
        "phone": """
Phone: {phone}.
Can be reached at {phone} after 5 pm.
Pharmacy called from {phone} about {drug}.
""",
        "address": """
Lives at {address}.
Address: {address}
Please mail the {drug} plan to {address}.
""",
        "e-mail": """
Email: {email}.
She asks for results at {email} please.
""",
    },
    "report": {
        "name": """
Name: {name}
RE: {turned}
{name}, {age}, was switched from {drug} to {other} last week.
{title} {name} tolerates {drug} well.
Spoke with the patient's husband, {name}, about {drug}.
Referred by Dr. {last} for {ill}.
Next of kin: {name}
{name} returns for follow-up of {ill}.
Thank you for asking me to see {name}, who takes {drug} {dose} mg daily.
Dictated by {name}, NP
""",
        "date": """
Date of birth: {slashed}
({person}, dob {short})
The patient was born {written}.
Birthdate {dashed}.
""",
        "record": """
Medical Record No. {record}
mrn#{record}
Patient ID: {record}.
Account number {record}, seen in {ill} clinic.
""",
        "phone": """
Tel. {phone}
Her cell is {phone}; she prefers a text.
Call back on {phone} if {ill} returns.
""",
        "address": """
Home address: {address}
Moved last month to {address}.
Resides at {address}, with family.
""",
        "e-mail": """
Contact by e-mail ({email}).
Send the {drug} handout to {email}
""",
    },
}
_ILL = "atrial fibrillation|type 2 diabetes|hypertension|gout|epilepsy|chronic kidney disease|asthma|migraine".split(
    "|"
)
_DRUGS = (
    "metformin|Lisinopril|apixaban|Warfarin|atorvastatin|Digoxin|amiodarone|methotrexate|Allopurinol|clopidogrel|"
    "Carbamazepine|lithium|Omeprazole|fluconazole|colchicine|carvedilol"
).split("|")


@dataclass(frozen=True, slots=True)
class Planted:
    """An identifier in a note."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """A synthetic note, where its identifiers stand, and where its medicines."""

    text: str
    planted: tuple[Planted, ...]
    drugs: tuple[tuple[int, int], ...]


def notes(number: int, half: str) -> Iterator[Note]:
    """``number`` notes, each with one sentence of every kind and two of names, in a drawn order."""
    from faker import Faker

    fakers = [Faker(locale) for locale in _LOCALES]
    for at, faker in enumerate(fakers):
        faker.seed_instance(f"{half}/{at}")
    draw = random.Random(f"notes/{half}")
    for at in range(number):
        people = fakers[at % len(fakers)]
        kinds = [*Kind, Kind.NAME]
        draw.shuffle(kinds)
        parts: list[str] = []
        planted: list[Planted] = []
        drugs: list[tuple[int, int]] = []
        length = 0
        for kind in kinds:
            form = draw.choice(FORMS[half][kind.value].strip().splitlines())
            gaps = _filling(people, fakers[0], draw)
            for piece in re.split(r"(\{\w+\})", form):
                said = gaps[piece[1:-1]] if piece.startswith("{") else piece
                span = length, length + len(said)
                if piece in _GAPS[kind]:
                    planted.append(Planted(kind, *span))
                elif piece in ("{drug}", "{other}"):
                    drugs.append(span)
                parts.append(said)
                length += len(said)
            parts.append(draw.choice((" ", "\n")))
            length += 1
        yield Note("".join(parts), tuple(planted), tuple(drugs))


_GAPS: dict[Kind, tuple[str, ...]] = {
    Kind.NAME: ("{name}", "{turned}", "{last}"),
    Kind.DATE: ("{slashed}", "{written}", "{iso}", "{short}", "{dashed}"),
    Kind.RECORD: ("{record}",),
    Kind.PHONE: ("{phone}",),
    Kind.ADDRESS: ("{address}",),
    Kind.EMAIL: ("{email}",),
}
_AREAS = "212 312 415 617 206 303 404 512 713 602 305 215 313 503 612 704 216 314 410 919".split()


def _filling(people: Any, american: Any, draw: random.Random) -> dict[str, str]:
    first, last = people.first_name(), people.last_name()
    born = american.date_of_birth(minimum_age=18, maximum_age=95)
    digits = f"{draw.choice(_AREAS)}555{draw.randrange(10_000):04d}"
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    drug, other = draw.sample(_DRUGS, 2)
    return {
        "name": f"{first} {draw.choice('ABCDEFGHJKLMRST')}. {last}" if draw.random() < 0.15 else f"{first} {last}",
        "turned": f"{last}, {first}",
        "last": last,
        "title": draw.choice(("Mr.", "Mrs.", "Ms.")),
        "age": str(draw.randrange(18, 90)),
        "person": draw.choice(("man", "woman")),
        "ill": draw.choice(_ILL),
        "drug": drug,
        "other": other,
        "dose": str(draw.choice((5, 10, 25, 50, 100))),
        "slashed": f"{born.month}/{born.day}/{born.year}",
        "short": f"{born.month:02d}/{born.day:02d}/{born.year % 100:02d}",
        "dashed": f"{born.month:02d}-{born.day:02d}-{born.year}",
        "iso": born.isoformat(),
        "written": draw.choice((f"{born:%B} {born.day}, {born.year}", f"{born.day} {born:%b} {born.year}")),
        "record": draw.choice(
            (f"{draw.randrange(10**7):07d}", f"{draw.randrange(10**8):08d}", f"E{draw.randrange(10**6):06d}")
        ),
        "phone": draw.choice(
            (f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"+1 {area} {exchange} {line}",
             f"{area}.{exchange}.{line}")
        ),
        "address": american.address().replace("\n", draw.choice((", ", "\n"))),
        "email": people.ascii_safe_email(),
    }  # fmt: skip


def is_found(text: str, planted: Planted, found: Sequence[Finding]) -> bool:
    """True where no letter or digit of it is left."""
    gone = {at for one in found for at in range(one.start, one.end)}
    return all(at in gone or not text[at].isalnum() for at in range(planted.start, planted.end))


_CONTACT = re.compile(
    r"\b1?[ -]?\(?8\d\d\)?[ -]\w{3}[ -]\w{4}\b|fda\.gov|www\.|https?:|@"
    r"|\b(?:manufactured|distributed|marketed|packaged|made) (?:by|for|in)\b"
    r"|\b(?:Inc|Ltd|LLC|Corp|GmbH)\b|\bcall (?:your local )?poison|\b1-800\b|\brevised:",
    re.IGNORECASE,
)


def label_sentences(home: Path, name: str) -> tuple[list[str], "Callable[[str], bool]"]:
    """The distinct sentences of an index's labels, and what tells the names of its medicines."""
    from finetune.labels import Names, labels
    from rag.index.index import Index
    from rag.settings import Settings

    with Index.open(Settings(home=home, index=name)) as index:
        told = {unit.sentence.text for label in labels(index, Names(index)) for unit in label.units}
        names = {word for full in index.all_names for word in full.split() if len(word) > 3} | index.all_names
    return sorted(told), names.__contains__


def main() -> int:
    """Prints both measures."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--home", type=Path, default=None)
    ask.add_argument("--index", default=None, help="labels for false alarms; none: notes only")
    ask.add_argument("--notes", type=int, default=500)
    ask.add_argument("--half", choices=("report", "tune"), default="report")
    ask.add_argument("--names", action="store_true", help="the scrubber knows the medicine names of the index")
    ask.add_argument("--sentences", type=int, default=20_000)
    ask.add_argument("--show", type=int, default=0, help="print so many misses and alarms of the half tune")
    ask.add_argument("--json", action="store_true")
    given_ = ask.parse_args()
    show = given_.show if given_.half == "tune" else 0
    sentences: list[str] = []
    known: Callable[[str], bool] | None = None
    if given_.index:
        from rag.settings import Settings

        sentences, names = label_sentences(given_.home or Settings().home, given_.index)
        known = names if given_.names else None
    result = {**_on_notes(given_.notes, given_.half, known, show), **_on_labels(sentences, given_, known, show)}
    if given_.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
        return 0
    for key, value in result.items():
        sys.stdout.write(f"{key:<34}{value}\n")
    return 0


def _on_notes(number: int, half: str, known: "Callable[[str], bool] | None", show: int) -> dict[str, str]:
    found: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    drugs = survived = listed = names = 0
    for note in notes(number, half):
        findings = find(note.text, known)
        for one in note.planted:
            all_[one.kind.value] += 1
            if is_found(note.text, one, findings):
                found[one.kind.value] += 1
            elif show > 0:
                show -= 1
                sys.stderr.write(f"MISS {one.kind}: {note.text[max(0, one.start - 40) : one.end + 20]!r}\n")
            if one.kind is Kind.NAME:
                names += 1
                said = re.findall(r"[^\W\d_]{2,}", fold(note.text[one.start : one.end]))
                listed += all(word in given() or word in family() for word in said)
        for start, end in note.drugs:
            drugs += 1
            survived += all(one.end <= start or one.start >= end for one in findings)
    told = {f"{kind} found": _told(found[kind], all_[kind]) for kind in sorted(all_)}
    return {
        "all identifiers found": _told(found.total(), all_.total()),
        **told,
        "names whose words are all listed": _told(listed, names),
        "medicines that stayed": _told(survived, drugs),
    }


def _on_labels(sentences: list[str], asked: Any, known: "Callable[[str], bool] | None", show: int) -> dict[str, str]:
    if not sentences:
        return {}
    even = asked.half == "tune"
    own = [one for one in sentences if (hashlib.sha256(one.encode()).digest()[0] % 2 == 0) is even]
    own = random.Random(1).sample(own, min(asked.sentences, len(own)))
    contact = [one for one in own if _CONTACT.search(one)]
    plain = [one for one in own if not _CONTACT.search(one)]
    kinds: Counter[str] = Counter()
    alarmed = 0
    for one in plain:
        findings = find(one, known)
        alarmed += bool(findings)
        kinds.update(finding.kind.value for finding in findings)
        if findings and show > 0:
            show -= 1
            said = [(finding.kind.value, one[finding.start : finding.end]) for finding in findings]
            sys.stderr.write(f"ALARM {said}: {one[:160]!r}\n")
    printed = sum(bool(find(one, known)) for one in contact)
    return {
        "label sentences with an alarm": _told(alarmed, len(plain)),
        "alarms by kind": ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()) or "none",
        "printed contact lines with one": _told(printed, len(contact)),
    }


def _told(right: int, all_: int) -> str:
    low, high = interval(right, all_)
    return f"{right} of {all_}: {right / max(all_, 1):.2%} [{low:.2%}, {high:.2%}]"


if __name__ == "__main__":
    raise SystemExit(main())
