"""Answers of one server: paced, tried again where a fault may pass, followed nowhere else, bounded, checked."""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from corpora.fetch.address import followed, shown, within
from corpora.fetch.errors import FetchError, NotThere, Passing, Unreachable, WrongBody
from corpora.fetch.pace import Pace
from rag.settings import FetchSettings

T = TypeVar("T")

_PASSING = (408, 425, 429, 500, 502, 503, 504)
_ADVICE = {
    400: " (see the query)",
    401: " (check the key, where one is set)",
    403: " (check the key, where one is set; else the server refuses this machine)",
}
_REDIRECTS = 5
_LEAST_SPEED = 500
"""Bytes a second on the average; a server that drips slower than this is as good as dead."""
_UNREACHABLE = 2
"""Tries to reach a server that never answered yet: a machine without a network is told so at once."""
_WRONG_BODIES = 3
"""Tries where an answer comes and is not what was asked for: a page "under maintenance" may pass, a typo does not."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What could steer a terminal, were it in the words of a server."""
_AGENT = "rxcite (fetches drug labels and open articles for citation; https only)"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that came whole."""

    url: str
    data: bytes
    headers: Mapping[str, str]


class Client:
    """Asks one server. Use it as a context: connections are closed whatever happens."""

    def __init__(
        self,
        base: str,
        per_minute: float,
        settings: FetchSettings,
        *,
        key: str = "",
        secrets: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Asks below ``base`` at most ``per_minute`` times a minute.

        Args:
            base: Address of the server, up to the paths that are asked for.
            per_minute: What the server asks for; ``settings.per_minute`` goes before it.
            settings: How patiently.
            key: Sent as user name (basic authentication), so that it stands in no address and no log.
            secrets: Words that must never be shown, should a server send them back.
            clock: Seconds.
            sleep: Waits so many seconds.
        """
        self.base = base
        self._settings = settings
        self._secrets = tuple(word for word in (key, *secrets) if word)
        self._clock = clock
        self._has_answered = False
        self._pace = Pace(settings.per_minute or per_minute, clock, sleep)
        self._http = httpx.Client(
            verify=_certificates(),
            timeout=settings.timeout,
            follow_redirects=False,
            headers={"User-Agent": _AGENT},
            auth=(key, "") if key else None,
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(Passing), stop=self._stop, wait=self._wait, sleep=sleep, reraise=True
        )
        self._backoff = wait_exponential_jitter(
            multiplier=settings.first_wait, max=settings.longest_wait, jitter=settings.first_wait / 2
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connections."""
        self._http.close()

    def get(
        self, path: str, check: Callable[[Reply], T], *, expected: str, params: Mapping[str, str] | None = None
    ) -> T:
        """What ``check`` makes of the answer.

        Args:
            path: Below the base address; or a whole address on the same server.
            check: Reads the answer; raises WrongBody where it is not what was asked for.
            expected: What the answer should be, for messages.
            params: Of the query.

        Raises:
            NotThere: the server has no such thing.
            Unreachable: no connection, after all attempts.
            FetchError: anything else that went wrong; of a Passing one, after all attempts.
        """
        return self._tried("GET", path, expected, lambda answer: check(self._whole(answer)), params=params)

    def post(self, path: str, form: Mapping[str, str], check: Callable[[Reply], T], *, expected: str) -> T:
        """As ``get``, with the parameters in the body, where nobody logs them."""
        return self._tried("POST", path, expected, lambda answer: check(self._whole(answer)), form=form)

    def head(self, path: str, *, expected: str) -> Mapping[str, str]:
        """The headers of what is at ``path``; errors as in ``get``."""
        return self._tried("HEAD", path, expected, lambda answer: answer.headers)

    def download(self, path: str, draft: Path, *, version: str, expected: str) -> None:
        """Brings a large file into ``draft``, going on where an earlier attempt or run was cut off.

        Args:
            path: As in ``get``.
            draft: Where the file grows.
            version: ETag or date of what is in the draft; the server sends all anew where it has another by now.
            expected: What the file should be, for messages.
        """

        def headers() -> dict[str, str]:
            have = _size(draft)
            ranged = {"Range": f"bytes={have}-", "If-Range": version} if have and version else {}
            return {"Accept-Encoding": "identity", **ranged}

        while True:
            had = _size(draft)
            try:
                return self._tried("GET", path, expected, lambda answer: self._grow(answer, draft), headers=headers)
            except Unreachable:
                raise
            except Passing:
                if _size(draft) <= had:  # as long as some of it comes, a bad line is no reason to give up
                    raise

    def _tried(
        self,
        method: str,
        path: str,
        expected: str,
        read: Callable[[httpx.Response], T],
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Callable[[], dict[str, str]] = dict,
    ) -> T:
        url = within(self.base, path)
        if params:
            url = str(httpx.URL(url, params=params))
        tries = 0

        def attempt() -> T:
            nonlocal tries
            tries += 1
            with self._answer(method, url, form, headers()) as answer:
                return read(answer)

        try:
            return self._retrying(attempt)
        except Passing as error:
            times = f", {tries} times" if tries > 1 else ""
            advice = "check the network, the proxy and the address" if isinstance(error, Unreachable) else "try later"
            raise type(error)(
                f"{shown(url)}: {self._clean(str(error))}{times}; expected {expected}; {advice}", error.after
            ) from error
        except FetchError as error:
            raise type(error)(f"{shown(url)}: {self._clean(str(error))}; expected {expected}") from error

    @contextmanager
    def _answer(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: dict[str, str]
    ) -> Iterator[httpx.Response]:
        try:
            for _ in range(_REDIRECTS):
                self._pace.wait()
                with self._http.stream(method, url, data=dict(form) if form else None, headers=headers) as answer:
                    self._has_answered = True
                    if not answer.has_redirect_location:
                        self._refuse(answer)
                        yield answer
                        return
                    url = followed(url, answer.headers["location"])
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise Unreachable(f"no connection ({error or type(error).__name__})") from error
        except httpx.TimeoutException as error:
            raise Passing(f"silent for {self._settings.timeout:g} s") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Passing(f"the answer was cut off ({error or type(error).__name__})") from error
        except httpx.InvalidURL as error:
            raise FetchError(f"sent on to something that is no address ({error}); refused") from error
        raise FetchError(f"sent on more than {_REDIRECTS} times; refused")

    def _refuse(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status in ((200, 206, 416) if "range" in answer.request.headers else (200,)):
            return
        said = "" if answer.request.method == "HEAD" else _snippet(next(answer.iter_bytes(2000), b""))
        what = f"HTTP {status}" + (f' "{said}"' if said else "")
        if status in (404, 410):
            raise NotThere(what)
        if status in _PASSING:
            after = _seconds(answer.headers.get("retry-after", ""))
            if after:
                self._pace.hold(min(after, self._settings.longest_wait))
            raise Passing(what, after)
        raise FetchError(what + _ADVICE.get(status, ""))

    def _whole(self, answer: httpx.Response) -> Reply:
        bound = self._settings.max_document_bytes
        data = bytearray()
        for chunk in self._chunks(answer, answer.iter_bytes(), bound, "max_document_bytes"):
            data += chunk
        if not data.strip():
            raise WrongBody("an empty answer")
        return Reply(str(answer.url), bytes(data), answer.headers)

    def _grow(self, answer: httpx.Response, draft: Path) -> None:
        have = _size(draft)
        goes_on = answer.status_code == 206
        sent = answer.headers.get("content-range", "")
        if answer.status_code == 416 or (goes_on and not re.match(rf"bytes {have}-", sent)):
            draft.unlink(missing_ok=True)
            raise Passing(f"has no such part as was asked for (bytes from {have:,} on; Content-Range {sent!r})")
        plain = answer.headers.get("content-encoding", "identity") == "identity"
        stream = answer.iter_raw() if plain else answer.iter_bytes()
        bound = self._settings.max_release_bytes - (have if goes_on else 0)
        with draft.open("ab" if goes_on else "wb") as file:
            for chunk in self._chunks(answer, stream, bound, "max_release_bytes"):
                file.write(chunk)

    def _chunks(self, answer: httpx.Response, stream: Iterator[bytes], bound: int, name: str) -> Iterator[bytes]:
        declared = answer.headers.get("content-length", "")
        self._bounded(int(declared) if declared.isdecimal() else 0, bound, name)
        begun, got = self._clock(), 0
        for chunk in stream:
            got += len(chunk)
            self._bounded(got, bound, name)
            yield chunk
            passed = self._clock() - begun
            if passed > self._settings.timeout and got < _LEAST_SPEED * passed:
                raise Passing(f"{got:,} bytes in {passed:.0f} s is as good as nothing")

    @staticmethod
    def _bounded(size: int, bound: int, name: str) -> None:
        if size > bound:
            raise FetchError(
                f"{size:,} bytes or more are over the bound of {bound:,}; refused "
                f"(raise {name} under [fetch] in rxcite.toml if it is to be trusted)"
            )

    def _stop(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        most = self._settings.attempts
        if isinstance(error, WrongBody):
            most = min(_WRONG_BODIES, most)
        elif isinstance(error, Unreachable) and not self._has_answered:
            most = min(_UNREACHABLE, most)
        asked = error.after if isinstance(error, Passing) and error.after else 0.0
        return state.attempt_number >= most or asked > self._settings.longest_wait

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, Passing) and error.after else 0.0
        return max(asked, self._backoff(state))

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "(key)")
        return _CONTROL.sub(" ", text)


def _size(draft: Path) -> int:
    return draft.stat().st_size if draft.exists() else 0


@cache
def _certificates() -> ssl.SSLContext:
    """What servers are known by; reading it takes a tenth of a second, and one serves all clients."""
    return httpx.create_ssl_context()


def _snippet(data: bytes) -> str:
    """The first words of an error page, without its tags."""
    return " ".join(re.sub(r"<[^>]*>|[^\x20-\x7e]", " ", data.decode("utf-8", "replace")).split())[:160]


def _seconds(value: str) -> float | None:
    """Seconds of a Retry-After, which is a number or a date; None where it is neither."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
