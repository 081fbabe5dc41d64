"""NCBI's E-utilities: ids of a search, and records by id.

As documented at https://www.ncbi.nlm.nih.gov/books/NBK25499/ and NBK25497, read in November 2026: tool and e-mail in
each request, 3 requests a second, 10 with a key; ESearch lists the first 9,999 records of PubMed and no more, which is
why a larger search is cut by entry date. Everything goes by POST, so that key and address stand in no log. Ids are
listed and posted rather than kept on NCBI's history server: that forgets them within hours, and a run that was cut off
could not go on.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import TracebackType
from typing import Self

from corpora.fetch.client import Client, Reply
from corpora.fetch.contents import WHOLE, Element, record, tree
from corpora.fetch.errors import FetchError, Passing, WrongBody
from rag.settings import FetchSettings

MOST = 9_999
"""Ids that one search may list."""
_FIRST_DAY = date(1700, 1, 1)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds."""

    ids: tuple[str, ...]
    count: int
    """As NCBI counts; more than there are ids where the set changed while it was listed."""


class Eutils:
    """The E-utilities, asked with tool, e-mail and key. Use it as a context."""

    def __init__(self, settings: FetchSettings, most: int = MOST) -> None:
        """Takes the key from ``NCBI_API_KEY`` and the e-mail from ``NCBI_EMAIL`` or the settings.

        Args:
            settings: Where and how patiently.
            most: Ids that one search may list.
        """
        key, email = os.environ.get("NCBI_API_KEY", ""), os.environ.get("NCBI_EMAIL", "") or settings.email
        named = {"tool": settings.tool, "email": email, "api_key": key}
        self._named = {name: value for name, value in named.items() if value}
        self._most = most
        self.per_minute = 600 if key else 180
        self._client = Client(settings.eutils, self.per_minute, settings, secrets=(key, email))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connections."""
        self._client.__exit__(kind, error, trace)

    def ids(self, db: str, term: str) -> Found:
        """All ids of a search, each once, and how many it counts.

        Raises:
            FetchError: no answer, or more than can be listed of a single day.
        """
        found = self._search(db, term)
        if found.count <= self._most:
            ids = found.ids
        else:
            field = "Date - Entry" if db == "pubmed" else "pmcrdat"
            days = (date.today() - _FIRST_DAY).days + 2
            ids = tuple(self._cut(db, term, field, _FIRST_DAY, days))
        return Found(tuple(dict.fromkeys(ids)), found.count)

    def records(self, db: str, ids: Sequence[str], expected: str) -> Element:
        """The root of the XML of some records; those that do not exist are left out by NCBI without a word."""

        def check(reply: Reply) -> Element:
            _not_limited(reply)
            return tree(reply.data)

        form = {**self._named, "db": db, "id": ",".join(ids), "retmode": "xml"}
        return self._client.post("efetch.fcgi", form, check, expected=expected)

    def _cut(self, db: str, term: str, field: str, start: date, days: int) -> Iterator[str]:
        end = start + timedelta(days=days - 1)
        found = self._search(db, f'({term}) AND ("{start:%Y/%m/%d}"[{field}] : "{end:%Y/%m/%d}"[{field}])')
        if found.count <= self._most:
            yield from found.ids
        elif days == 1:
            raise FetchError(
                f"{found.count:,} records of {start} match; expected at most {self._most:,}; narrow the query"
            )
        else:
            half = days // 2
            yield from self._cut(db, term, field, start, half)
            yield from self._cut(db, term, field, start + timedelta(days=half), days - half)

    def _search(self, db: str, term: str) -> Found:
        form = {**self._named, "db": db, "term": term, "retmode": "json", "retmax": str(self._most)}
        return self._client.post("esearch.fcgi", form, self._found, expected="a list of ids")

    def _found(self, reply: Reply) -> Found:
        _not_limited(reply)
        result = record(reply).get("esearchresult")
        if not isinstance(result, dict):
            raise WrongBody("JSON came that is no search result")
        if "ERROR" in result:
            raise FetchError(f'NCBI says "{str(result["ERROR"])[:160]}"')
        ids, number = result.get("idlist"), str(result.get("count", ""))
        if not isinstance(ids, list) or not WHOLE.fullmatch(number) or not all(WHOLE.fullmatch(str(id)) for id in ids):
            raise WrongBody("JSON came that is no search result")
        if len(ids) < min(int(number), self._most):
            raise WrongBody(f"{len(ids)} ids came, and {number} are counted")
        return Found(tuple(str(id) for id in ids), int(number))


def _not_limited(reply: Reply) -> None:
    """NCBI says "too fast" with status 200 at times."""
    if b"API rate limit exceeded" in reply.data[:300]:
        raise Passing("NCBI says that requests come too fast")
