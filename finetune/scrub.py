"""A text without what identifies a person: each identifier gives way to its kind, as "[NAME]".

Telephones are found by phonenumbers (the rules of the numbering plans), the ends of addresses by usaddress (a
conditional random field), names by ``people``, the rest by the patterns that leave identifiers out of questions and
more of them. Kinds are those of the HIPAA Safe Harbor list (45 CFR 164.514(b)(2)) that notes hold. Names of medicines
stay, and ages, which doses depend on.

Not covered: what identifies without being an identifier ("the mayor's wife"), places in running text, and addresses
of other countries than the United States but for their street. It is a net, and no proof that nothing is left: a person
reads what leaves the house.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from finetune.people import people
from rag.errors import ModelMissing
from rag.search import identifiers
from rag.search.spelling import MEDICINES


class Kind(StrEnum):
    """What an identifier is."""

    NAME = "name"
    DATE = "date"
    RECORD = "record"
    PHONE = "phone"
    ADDRESS = "address"
    EMAIL = "e-mail"


@dataclass(frozen=True, slots=True)
class Finding:
    """An identifier in a text: ``text[start:end]``."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A text without identifiers."""

    text: str
    counts: Counter[str]
    """Identifiers by kind."""


def scrub(text: str, known: Callable[[str], bool] | None = None) -> Scrubbed:
    """``text`` with each identifier replaced by its kind; ``known`` tells further names of medicines, in small letters.

    Raises:
        ModelMissing: the packages of the extra "scrub" are not installed.
    """
    parts: list[str] = []
    at = 0
    found = find(text, known)
    for one in found:
        parts += [text[at : one.start], f"[{one.kind.upper()}]"]
        at = one.end
    return Scrubbed("".join([*parts, text[at:]]), Counter(one.kind.value for one in found))


def find(text: str, known: Callable[[str], bool] | None = None) -> tuple[Finding, ...]:
    """Identifiers in their order, none within another; of two that meet the first counts, and is made longer."""

    def is_medicine(word: str) -> bool:
        return word in MEDICINES or (known is not None and known(word))

    found = [*_patterns(text), *_phones(text), *_addresses(text)]
    found += [Finding(Kind.NAME, *span) for span in people(text, is_medicine)]
    joined: list[Finding] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if joined and one.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Finding(last.kind, last.start, max(last.end, one.end))
        else:
            joined.append(one)
    return tuple(joined)


_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:19|20)\d{2})"
_DATES = re.compile(
    rf"\b(?:(?:0?[1-9]|[12]\d|3[01])([/-])(?:0?[1-9]|[12]\d|3[01])\1(?:{_YEAR}|\d\d)\b(?![/-]\d)"
    rf"|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|[12]\d|3[01])\.{_YEAR}\b"
    rf"|{_YEAR}([/.-])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])\b"
    rf"|{_DAY}(?: of)?[ -]{_MONTH},?[ -](?:{_YEAR}|'?\d\d)\b"
    rf"|{_MONTH} {_DAY},? (?:of )?{_YEAR}\b)",
    re.IGNORECASE,
)
_BIRTH_YEAR = re.compile(
    rf"\b(?:dob|d\.o\.b\.|date of birth|birth ?(?:date|day|year)|year of birth|yob|born)\b[^.;\n\d]{{0,25}}?"
    rf"({_YEAR}\b|{_MONTH},? {_YEAR}\b|{_DAY}[ -]{_MONTH}|{_MONTH} {_DAY}\b|\d{{1,2}}[/. -]\d{{1,2}}[/. -]\d{{2,4}}|\d{{8}}\b)",
    re.IGNORECASE,
)
_RECORD = re.compile(
    r"\b(?:m\.?r\.?n\.?|mr ?#|med(?:ical)?\.? ?rec(?:ord)?|record|chart|account|acct|encounter|visit|(?:patient|pt|hospital|member"
    r"|subscriber|health plan|beneficiary)(?: (?:id|number|no))|policy|medicare|medicaid|ssn|social security|nhs|license|passport)\b"
    r"(?: (?:no|number|num|id))?\b[.:#()\s]*(?:is |was )?#?\s*((?=[A-Z-]{0,5}\d)[A-Z]{0,5}-?\d[\dA-Z-]{3,})",
    re.IGNORECASE,
)
_BARE_RECORD = re.compile(r"(?<![\w#])#\s?\d{5,}\b|\b\d{3}-\d{2}-\d{4}\b")
_EMAIL = re.compile(r"[\w.+'-]+(?:@| ?[\[(]at[\])] ?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.-])(?:\+?1[ .-]?)?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?\b"
    r"|(?<![\w.])\+(?=(?:[ ()-]?\d){9})\d{1,3}(?:[ .()-]{0,2}\d{1,4}){3,6}\b"
    r"|\b(?i:tel|phone|telephone|mobile|cell|fax|pager|reached at|call(?:ed)? (?:back )?(?:at|on))\b(?: (?:no|number))?[.:#]*\s*(?:is )?"
    r"\+?\(?\d[\d ().-]{5,}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?"
)


def _patterns(text: str) -> Iterator[Finding]:
    for pattern, kind in ((_EMAIL, Kind.EMAIL), (_DATES, Kind.DATE), (_BARE_RECORD, Kind.RECORD), (_PHONE, Kind.PHONE)):
        yield from (Finding(kind, *one.span()) for one in pattern.finditer(text))
    yield from (Finding(Kind.DATE, *one.span(1)) for one in _BIRTH_YEAR.finditer(text))
    yield from (Finding(Kind.RECORD, *one.span(1)) for one in _RECORD.finditer(text))
    # what is left out of questions, but links, which label text prints, and dates, which are read more closely here
    for one in identifiers.NUMBERS.finditer(text):
        said = one.group().lower()
        if not said.startswith("http") and not re.match(r"[\d/. -]{5,10}$|room|ward|bed", said):
            kind = Kind.ADDRESS if re.match(r"\d{1,5} [a-z]", said) else Kind.RECORD
            digit = re.search(r"\d", said)
            start = one.start() + (digit.start() if digit and kind is Kind.RECORD else 0)
            yield Finding(kind, start, one.end())


def _phones(text: str) -> Iterator[Finding]:
    """Numbers that the numbering plan of the United States, or of the country they name, allows."""
    if not re.search(r"\d.*\d.*\d.*\d.*\d.*\d.*\d", text):
        return
    try:
        import phonenumbers
    except ImportError as error:
        raise ModelMissing("scrubbing needs the package phonenumbers; pip install 'rxcite[scrub]'") from error
    for one in phonenumbers.PhoneNumberMatcher(text, "US", leniency=phonenumbers.Leniency.STRICT_GROUPING):
        yield Finding(Kind.PHONE, one.start, one.end)


_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|AS|GU|VI|MP|FM|MH|PW|AP|AE|AA"
)
_STREET = re.compile(
    r"(?<![\w.,/#-])(?<!No\. )\d{1,6}[A-Z]?(?:[-/]\d{1,4})?[ ]+(?:(?:N|S|E|W|NE|NW|SE|SW)\.?[ ]+|(?:North|South|East|West)[ ]+)?"
    r"(?:(?:[A-Z][\w'’.-]*|\d{1,3}(?:st|nd|rd|th))[ ]+){0,3}?(?:[A-Z][\w'’.-]*|\d{1,3}(?:st|nd|rd|th))[ ]+([A-Z][a-z]+)\b\.?"
)
_BOX = re.compile(
    r"\b(?:P\.? ?O\.? Box|PSC|Unit|CMR) \d+(?:,? Box \d+)?|\b(?:USNS|USNV|USCGC|USS) [A-Z]\w+(?= *[\n,])", re.IGNORECASE
)
_TOWN = re.compile(rf"\b(?:[A-Z][\w'’.-]+,? ){{1,3}}(?:{_STATES})\.?,? \d{{5}}(?:-\d{{4}})?\b")
_ENDS = frozenset(
    "OccupancyType OccupancyIdentifier SubaddressType SubaddressIdentifier PlaceName StateName ZipCode"
    " StreetNamePostDirectional".split()
)
_LONGEST_END = 70
"""Characters behind a street in which its town may stand."""


def _addresses(text: str) -> Iterator[Finding]:
    """Streets with a number, post boxes, and towns with a state and code; what follows a street goes with it."""
    yield from (Finding(Kind.ADDRESS, *one.span()) for one in _TOWN.finditer(text))
    starts = [one.span() for one in _BOX.finditer(text)]
    streets = [one for one in _STREET.finditer(text)]
    if streets:
        try:
            import usaddress
        except ImportError as error:
            raise ModelMissing("scrubbing needs the package usaddress; pip install 'rxcite[scrub]'") from error
        starts += [one.span() for one in streets if one.group(1).lower() in usaddress.STREET_NAMES]
    for start, end in starts:
        yield Finding(Kind.ADDRESS, start, _address_end(text, start, end))


def _address_end(text: str, start: int, end: int) -> int:
    import usaddress

    within = text[start : end + _LONGEST_END]
    at = start
    for token, label in usaddress.parse(within):
        place = text.index(token, at)
        at = place + len(token)
        if at <= end:
            continue
        if label not in _ENDS or (label == "PlaceName" and not token[:1].isupper()) or text[end:place].strip(" ,.\n"):
            break
        if re.search(r"\.\s", text[end:place]) or "\n\n" in text[end:place]:
            break
        end = place + len(token.rstrip(",;)" if label == "OccupancyType" else ".,;)"))
        if label == "ZipCode":
            break
    return end
