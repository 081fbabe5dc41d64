"""Addresses that may be asked, and how they are shown."""

from urllib.parse import urljoin, urlsplit, urlunsplit

from corpora.fetch.errors import FetchError


def within(base: str, path: str) -> str:
    """The address of ``path`` below ``base``; of a whole address only if it is on the same server, as said.

    Raises:
        FetchError: another server, another scheme, or no address at all.
    """
    if "://" not in path:
        return f"{base.rstrip('/')}/{path.lstrip('/')}"
    try:
        here, there = urlsplit(base), urlsplit(path)
    except ValueError as error:
        raise FetchError(f"{shown(base)} points to {path[:100]!r}, which is no address; refused") from error
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise FetchError(f"{shown(base)} points to {shown(path)}, which is another server; refused")
    return path


def followed(url: str, location: str) -> str:
    """Where a redirect leads.

    Raises:
        FetchError: to another server or scheme, such as from https to http or to a file.
    """
    try:
        target = urljoin(url, location)
        here, there = urlsplit(url), urlsplit(target)
    except ValueError as error:
        raise FetchError(f"{shown(url)}: sent on to {location[:100]!r}, which is no address; refused") from error
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise FetchError(
            f"{shown(url)}: sent on to {shown(target)}; expected the same server over {here.scheme}; "
            "refused (set the new address under [fetch] in rxcite.toml if it is the right one)"
        )
    return target


def shown(url: str) -> str:
    """The address as it may stand in messages and manifests: without user, password and anything after #."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return repr(url[:100])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
