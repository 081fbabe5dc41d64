"""Labels of openFDA (``drug/label``), one file each: the records of a search, over all its pages.

As documented at https://open.fda.gov/apis/ (query syntax, paging, authentication), read in November 2026: ``search``,
``limit`` (at most 1,000), further pages by the ``Link`` header (``search_after``, never beside ``skip``); 404 where
nothing matches. 240 requests a minute; without a key 1,000 a day, and 40 a minute as older pages say, which is kept to.
The key goes as user name, never in an address.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from corpora.fetch.address import shown, within
from corpora.fetch.client import Client, Reply
from corpora.fetch.contents import record
from corpora.fetch.errors import FetchError, NotThere, Unreachable, WrongBody
from corpora.fetch.folder import Folder
from corpora.fetch.run import Failed, Offer, Total
from rag.settings import FetchSettings

LICENCE = "openFDA, CC0 unless otherwise noted"
_PATH = "drug/label.json"
_PAGE = 100
"""Labels of a page; most are 50 to 300 kB of JSON."""
_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Page:
    rows: tuple[Offer | Failed, ...]
    total: int
    """Labels of the whole search; 0 where the page does not say."""
    updated: str
    """Day of the data set."""
    following: str
    """Address of the next page; "" on the last one."""


def client(settings: FetchSettings) -> Client:
    """A client of openFDA, with the key of ``OPENFDA_API_KEY`` where there is one."""
    key = os.environ.get("OPENFDA_API_KEY", "")
    return Client(settings.openfda, 240 if key else 40, settings, key=key)


def search_of(words: str, since: date | None) -> str:
    """A search in openFDA's syntax; words without a field are the name of a drug, brand or generic."""
    plain = words.replace("+", " ").strip()
    if plain and ":" not in plain:
        name = plain.replace('"', "")
        plain = f'openfda.generic_name:"{name}" openfda.brand_name:"{name}"'
    dated = f"effective_time:[{since:%Y%m%d} TO 99991231]" if since else ""
    return f"({plain}) AND {dated}" if plain and dated else plain or dated


def matching(asked: Client, search: str) -> int:
    """How many labels a search has."""
    try:
        return _ask(asked, _address(asked, search, 1)).total
    except NotThere:
        return 0


def labels(asked: Client, search: str, folder: Folder) -> Iterator[Offer | Failed | Total]:
    """The labels of a search.

    Each page is remembered in the folder: as long as openFDA's data are of the same day and the page's files are as
    they came, it is not asked for again. So a second run costs one request, and one that was cut off goes on.
    """
    try:
        newest = _ask(asked, _address(asked, search, 1))
        url, total, seen = _address(asked, search, _PAGE), newest.total, set[str]()
        yield Total(total)
        for number in count(1):
            mark = f"openfda {search}, page {number}"
            page = _remembered(folder, mark, url, newest.updated) or _ask(asked, url)
            fresh = [row for row in page.rows if _key(row) not in seen]
            if not fresh:
                raise FetchError(f"{shown(url)}: the page repeats what came before; run the same command again")
            seen.update(map(_key, fresh))
            yield from fresh
            _remember(folder, mark, url, page)
            url, total = page.following, page.total or total
            if not url:
                break
        if len(seen) < total:
            yield Failed(search, f"{len(seen)} of {total} labels came: the data changed meanwhile; run again")
    except NotThere:
        yield Failed(search, "openFDA has no label that matches; syntax: https://open.fda.gov/apis/query-syntax/")
    except Unreachable:
        raise
    except FetchError as error:
        yield Failed(search, str(error))


def _address(asked: Client, search: str, limit: int) -> str:
    return f"{within(asked.base, _PATH)}?{urlencode({'search': search, 'limit': limit})}"


def _ask(asked: Client, url: str) -> _Page:
    def check(reply: Reply) -> _Page:
        found = record(reply)
        rows, meta = found.get("results"), found.get("meta")
        if not isinstance(rows, list) or not isinstance(meta, dict):
            raise WrongBody("JSON came that is no page of labels (no results or no meta)")
        results = meta.get("results")
        total = results.get("total") if isinstance(results, dict) else 0
        match = _NEXT.search(reply.headers.get("link", ""))
        following = within(asked.base, match[1]) if match else ""
        if following and urlsplit(following).path != urlsplit(url).path:
            raise FetchError(f"the next page is said to be {shown(following)}, which is elsewhere; refused")
        updated = str(meta.get("last_updated", ""))
        offers = tuple(_offer(asked, row) for row in rows)
        return _Page(offers, total if isinstance(total, int) else 0, updated, following)

    return asked.get(url, check, expected="a page of openFDA labels")


def _offer(asked: Client, row: object) -> Offer | Failed:
    found = row if isinstance(row, dict) else {}
    set_id = str(found.get("set_id") or found.get("id") or "")
    if not _ID.fullmatch(set_id):
        return Failed(str(row)[:100], "a record came without a set id")
    version = str(found.get("version") or found.get("effective_time") or "")

    def take(draft: Path) -> str:
        draft.write_bytes(json.dumps({"results": [found]}).encode("ascii"))
        return version

    url = f"{within(asked.base, _PATH)}?search=set_id:%22{set_id}%22"
    return Offer(f"{set_id.lower()}.json", url, LICENCE, take, title=_title(found))


def _title(found: dict[str, Any]) -> str:
    block = found.get("openfda")
    names = block.get("brand_name") or block.get("generic_name") if isinstance(block, dict) else None
    return str(names[0]) if isinstance(names, list) and names else ""


def _key(row: Offer | Failed) -> str:
    return row.name if isinstance(row, Offer) else row.what


def _remembered(folder: Folder, mark: str, url: str, updated: str) -> _Page | None:
    """The page without asking for it, where all its files are there as they came and the data are of the same day."""
    try:
        known = json.loads(folder.mark(mark) or "null")
    except ValueError:
        known = None
    if not known or not updated or (known["url"], known["updated"]) != (url, updated):
        return None
    entries = [folder.entry(name) for name in known["names"]]
    offers = tuple(Offer(e.name, e.url, e.licence, _never, e.version) for e in entries if e)
    return _Page(offers, 0, updated, known["following"]) if len(offers) == len(entries) else None


def _remember(folder: Folder, mark: str, url: str, page: _Page) -> None:
    names = [row.name for row in page.rows if isinstance(row, Offer)]
    if len(names) == len(page.rows) and page.updated:
        known = {"url": url, "updated": page.updated, "following": page.following, "names": names}
        folder.set_mark(mark, json.dumps(known))


def _never(draft: Path) -> str:
    raise AssertionError(f"{draft} is there already")
