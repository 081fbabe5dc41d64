"""Bulk releases of DailyMed: zips of zips with tens of thousands of labels, gone on with where they were cut.

They stand under https://dailymed-data.nlm.nih.gov/public-release-files/. In 2026 prescription labels came in 6 parts of
up to 3.2 GB, over-the-counter ones in 11, the updates of a day, a week or a month in one.
"""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from corpora.fetch.address import within
from corpora.fetch.client import Client
from corpora.fetch.contents import whole_zip
from corpora.fetch.dailymed import LICENCE
from corpora.fetch.errors import FetchError, NotThere, Unreachable, WrongBody
from corpora.fetch.run import Failed, Offer
from rag.errors import UsageError

_RELEASE = re.compile(r"dm_spl_[a-z0-9_]{1,80}")
_PARTED = ("human_rx", "human_otc")
"""Releases that come in parts, dm_spl_release_NAME_part1.zip and so on."""


def releases(client: Client, name: str) -> Iterator[Offer | Failed]:
    """Parts of a bulk release: "human_rx" or "human_otc" for all their parts, else the name of one file.

    Raises:
        UsageError: a name that no release has.
    """
    if name in _PARTED:
        for number in count(1):
            part = f"dm_spl_release_{name}_part{number}.zip"
            try:
                yield _release(client, part)
            except Unreachable:
                raise
            except NotThere as error:
                if number == 1:
                    yield Failed(part, str(error))
                return
            except FetchError as error:
                yield Failed(part, str(error))
                return  # whether there are further parts cannot be told
    plain = name.removesuffix(".zip")
    if not _RELEASE.fullmatch(plain):
        raise UsageError(
            f"no release is named {name!r}; give human_rx, human_otc, or a file such as dm_spl_daily_update_11202026"
        )
    try:
        yield _release(client, f"{plain}.zip")
    except Unreachable:
        raise
    except FetchError as error:
        yield Failed(f"{plain}.zip", str(error))


def _release(client: Client, name: str) -> Offer:
    headers = client.head(name, expected="a bulk release")
    tag = headers.get("etag", "")
    version = (tag if not tag.startswith("W/") else "") or headers.get("last-modified", "")
    size = headers.get("content-length", "")

    def take(draft: Path) -> str | None:
        for _ in range(2):
            client.download(name, draft, version=version, expected="a bulk release")
            try:
                whole_zip(draft)
                return version or None
            except WrongBody as error:
                draft.unlink()  # nothing of it can be trusted: anew, once
                problem = error
        raise FetchError(f"{within(client.base, name)}: {problem}, twice; expected a whole zip; try later")

    title = f"{int(size) / 1e6:,.0f} MB" if size.isdecimal() else ""
    return Offer(name, within(client.base, name), LICENCE, take, version or None, title, resumable=True)
