"""Labels of DailyMed (NLM): by drug name, by set id, changed since a day, and their older versions.

Web service v2, as documented at https://dailymed.nlm.nih.gov/dailymed/app-support-web-services.cfm: ``/spls.json`` with
``drug_name``, ``setid``, ``doctype``, ``marketing_category_code``, ``published_date``, ``published_date_comparison``,
``pagesize`` (at most 100) and ``page``; ``/drugnames.json``; ``/spls/{SETID}.xml``; ``/spls/{SETID}/history.xml``.
Older versions come as ``getFile.cfm?setid=..&type=zip&version=..``. Read in November 2026; no key, and no limit that is
written down.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import quote

from corpora.fetch.address import within
from corpora.fetch.client import Client, Reply
from corpora.fetch.contents import WHOLE, label_version, record, tree, zipped_label_version
from corpora.fetch.errors import FetchError, Unreachable, WrongBody
from corpora.fetch.folder import Folder
from corpora.fetch.run import Failed, Offer, Total
from rag.settings import FetchSettings

PER_MINUTE = 100
"""Requests; DailyMed names no limit, and this is what scripts that were left in peace keep to."""
LICENCE = "U.S. drug label, as submitted to FDA"
SET_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
DOCTYPES = {"rx": "34391-3", "otc": "34390-5"}
"""LOINC codes of human prescription and over-the-counter labels."""

_SERVICE = "services/v2"
_PAGE = "100"
_STEM = 4
"""Letters of an unknown name by which DailyMed is asked for names like it."""


@dataclass(frozen=True, slots=True)
class Label:
    """A row of a list of labels."""

    set_id: str
    version: str
    title: str

    @property
    def name(self) -> str:
        """Of its file, without the ending; the case of set ids tells nothing."""
        return self.set_id.lower()


def labels(
    client: Client,
    asked: Iterable[str],
    settings: FetchSettings,
    *,
    since: date | None = None,
    doctype: str = "",
    versions: bool = False,
) -> Iterator[Offer | Failed | Total]:
    """Labels of drug names and set ids, or all that changed since a day.

    Args:
        client: Of DailyMed.
        asked: Names and set ids; none with ``since`` for whatever changed.
        settings: Bounds.
        since: Published on this day or later.
        doctype: LOINC code of the kind of label; set ids are taken whatever their kind.
        versions: Older versions too, each as a zip.
    """
    after = {"published_date": since.isoformat(), "published_date_comparison": "gte"} if since else {}
    kind = {"doctype": doctype} if doctype else {}
    wanted = list(dict.fromkeys(asked))
    given: set[str] = set()
    for name in wanted or [""]:
        is_id = SET_ID.fullmatch(name) is not None
        params = {"setid": name} if is_id else {"drug_name": name, **kind} if name else kind
        try:
            found = False
            for row in listed(client, {**params, **after}):
                found = found or not isinstance(row, Total)
                if not isinstance(row, Label):
                    yield row
                elif row.name not in given:
                    given.add(row.name)
                    yield offer(client, row)
                    if versions:
                        yield from _older(client, row, settings)
            if not found and not since:
                advice = "it was withdrawn, or never was" if is_id else _advice(client, name)
                yield Failed(name, f"DailyMed lists no label of {name!r}: {advice}")
        except Unreachable:
            raise
        except FetchError as error:
            yield Failed(name or f"labels since {since}", str(error))


def listed(client: Client, params: Mapping[str, str]) -> Iterator[Label | Failed | Total]:
    """How many a list has, then its rows over all its pages, each once; last, a Failed where it changed meanwhile.

    Raises:
        FetchError: a page that cannot be had, or that repeats an earlier one.
    """
    path = f"{_SERVICE}/spls.json"
    seen: set[str] = set()
    totals: set[int] = set()
    for page in count(1):
        asked = {**params, "pagesize": _PAGE, "page": str(page)}
        rows, total, is_last = client.get(path, _page, expected="a list of labels", params=asked)
        fresh = {_key(row): row for row in rows if _key(row) not in seen}
        if rows and not fresh:
            raise FetchError(
                f"{within(client.base, path)}: page {page} repeats what came before; run the same command again"
            )
        if page == 1:
            yield Total(total)
        seen.update(fresh)
        totals.add(total)
        yield from fresh.values()
        if is_last or not rows:
            break
    if len(totals) > 1 or len(seen) < total:
        # Rows that move up by a page are never seen, however many are counted in the end.
        yield Failed("the list", f"{len(seen)} of {total} labels were listed: it changed meanwhile; run again")


def offer(client: Client, row: Label) -> Offer:
    """The label of a row, in its current version."""
    path = f"{_SERVICE}/spls/{quote(row.set_id)}.xml"

    def check(reply: Reply) -> tuple[bytes, str]:
        return reply.data, label_version(reply.data, row.set_id, row.version)

    def take(draft: Path) -> str:
        data, version = client.get(path, check, expected="an SPL label")
        draft.write_bytes(data)
        return version

    return Offer(f"{row.name}.xml", within(client.base, path), LICENCE, take, row.version, row.title)


def held(folder: Folder) -> list[str]:
    """Set ids of the labels that came into a folder from DailyMed, the files being there still or not."""
    names = (entry.name.removesuffix(".xml") for entry in folder.entries())
    return [name for name in names if SET_ID.fullmatch(name)]


def _advice(client: Client, name: str) -> str:
    """What to ask for instead of a name that no label bears."""

    def check(reply: Reply) -> list[str]:
        rows = record(reply).get("data")
        return (
            [str(row.get("drug_name", "")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        )

    asked = {"drug_name": name[:_STEM], "pagesize": _PAGE}
    try:
        known = client.get(f"{_SERVICE}/drugnames.json", check, expected="a list of drug names", params=asked)
    except FetchError:  # the advice is a courtesy; that the name is not listed is known without it
        known = []
    near = get_close_matches(name.upper(), {word.upper() for word in known if word.upper() != name.upper()}, 3, 0.75)
    meant = f"did you mean {' or '.join(repr(word.lower()) for word in near)}? " if near else ""
    return f"{meant}See its spelling, or give --kind any"


def _older(client: Client, row: Label, settings: FetchSettings) -> Iterator[Offer | Failed | Total]:
    try:
        numbers = _history(client, row.set_id)
    except Unreachable:
        raise
    except FetchError as error:
        yield Failed(f"versions of {row.set_id}", str(error))
        return
    older = [number for number in numbers if number != row.version]
    yield Total(len(older))
    for number in older:
        yield _version(client, row, number, settings)


def _history(client: Client, set_id: str) -> list[str]:
    """Versions of a label, newest first; numbers may be missing between them."""
    path = f"{_SERVICE}/spls/{quote(set_id)}/history.xml"

    def check(reply: Reply) -> tuple[list[str], str]:
        root = tree(reply.data)
        values = (entry.findtext("spl_version") or "" for entry in root.iter("history_entry"))
        found = [value.strip() for value in values]
        if root.tag != "spl" or not all(WHOLE.fullmatch(value) for value in found):
            raise WrongBody("XML came that is no history of a label")
        return found, root.findtext("metadata/next_page_url") or ""

    numbers: dict[str, None] = {}
    for page in count(1):
        asked = {"pagesize": _PAGE, "page": str(page)}
        found, following = client.get(path, check, expected="the history of a label", params=asked)
        fresh = [number for number in found if number not in numbers]
        numbers.update(dict.fromkeys(fresh))
        if not fresh or following.strip() in ("", "null"):
            return list(numbers)
    raise AssertionError


def _version(client: Client, row: Label, number: str, settings: FetchSettings) -> Offer:
    path = f"getFile.cfm?setid={quote(row.set_id)}&type=zip&version={number}"

    def check(draft: Path, reply: Reply) -> str:
        draft.write_bytes(reply.data)
        return zipped_label_version(draft, row.set_id, number, settings.max_document_bytes)

    def take(draft: Path) -> str:
        return client.get(path, partial(check, draft), expected=f"version {number} of a label, zipped")

    return Offer(f"{row.name}.v{number}.zip", within(client.base, path), LICENCE, take, number, row.title)


def _page(reply: Reply) -> tuple[list[Label | Failed], int, bool]:
    """Rows of one page, how many the whole list has, and whether this is its last page."""
    found = record(reply)
    rows, meta = found.get("data"), found.get("metadata")
    if not isinstance(rows, list) or not isinstance(meta, dict):
        raise WrongBody("JSON came that is no list of labels (no data or no metadata)")
    labels = [_row(row) for row in rows]
    total, pages, page = (_number(meta.get(name)) for name in ("total_elements", "total_pages", "current_page"))
    following = str(meta.get("next_page_url") or "null")
    return labels, total, following == "null" or (pages > 0 and page >= pages)


def _row(row: object) -> Label | Failed:
    found = row if isinstance(row, dict) else {}
    set_id, version = str(found.get("setid", "")).strip(), str(found.get("spl_version", "")).strip()
    if not SET_ID.fullmatch(set_id) or not WHOLE.fullmatch(version):
        return Failed(str(row)[:100], "listed without a set id and a version")
    return Label(set_id, str(int(version)), str(found.get("title", "")))


def _key(row: Label | Failed) -> str:
    return row.name if isinstance(row, Label) else row.what


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and WHOLE.fullmatch(str(value)) else 0
