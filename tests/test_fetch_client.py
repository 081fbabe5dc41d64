"""Requests against a server that misbehaves: paced, tried again, bounded, never sent elsewhere."""

import gzip
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from corpora.fetch.client import Client, Reply
from corpora.fetch.contents import tree
from corpora.fetch.errors import FetchError, NotThere, Passing, Unreachable, WrongBody
from corpora.fetch.pace import Pace
from rag.errors import UsageError
from rag.settings import FetchSettings
from tests.toys_fetch import Answer, Asked, FakeTime, Reaction, Server, serving, settings

XML = b"<label>whole</label>"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def client(server: Server, fake: FakeTime | None = None, **changes: Any) -> Client:
    key = changes.pop("key", "")
    secrets = changes.pop("secrets", ())
    chosen = settings(server.url, **changes)
    if fake is None:
        return Client(server.url, 60, chosen, key=key, secrets=secrets)
    return Client(server.url, 60, chosen, key=key, secrets=secrets, clock=fake.clock, sleep=fake.sleep)


def xml(reply: Reply) -> bytes:
    tree(reply.data)
    return reply.data


def get(asked: Client, path: str = "/a") -> bytes:
    with asked:
        return asked.get(path, xml, expected="a label")


# Pace


def test_no_second_holds_more_requests_than_its_share() -> None:
    fake = FakeTime()
    pace = Pace(180, fake.clock, fake.sleep)
    times = []
    for number in range(50):
        pace.wait()
        times.append(fake.now)
        fake.now += (0.0, 0.01, 0.5, 2.0)[number % 4]  # work between requests, or none
    # 180 a minute are 3 a second: within any second from one request on there are 3 at most.
    assert max(sum(start <= t < start + 0.999 for t in times) for start in times) == 3
    assert min(later - earlier for earlier, later in zip(times, times[1:], strict=False)) == pytest.approx(1 / 3)


def test_the_first_request_goes_at_once_and_a_pause_earns_no_burst() -> None:
    fake = FakeTime()
    pace = Pace(60, fake.clock, fake.sleep)
    pace.wait()
    assert fake.slept == []
    fake.now += 100
    pace.wait()
    pace.wait()
    assert fake.slept == [1.0]


def test_a_server_that_asks_for_rest_holds_all_requests() -> None:
    fake = FakeTime()
    pace = Pace(60, fake.clock, fake.sleep)
    pace.hold(30)
    pace.wait()
    assert fake.slept == [30.0]


def test_every_try_of_a_request_is_paced(server: Server) -> None:
    fake = FakeTime()
    server.answers["/a"] = [Answer(b"", 500), Answer(b"", 500), Answer(XML)]
    assert get(client(server, fake, per_minute=6)) == XML
    assert sum(fake.slept) == pytest.approx(20)  # two gaps of ten seconds, waits of retrying within them


# Tries


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_fault_that_may_pass_is_tried_again(server: Server, status: int) -> None:
    server.answers["/a"] = [Answer(b"busy", status), Answer(b"busy", status), Answer(XML)]
    assert get(client(server)) == XML
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        Answer(slam=True),
        Answer(XML, cut=5),
        Answer(XML, length=400),
        Answer(XML, length=8),
        Answer(b""),
        Answer(b"  \n"),
        Answer(b"<!DOCTYPE html><html><body>Down for maintenance</body></html>"),
        Answer(XML[:-3]),
        Answer(gzip.compress(XML)[:-10], headers={"Content-Encoding": "gzip"}),
        Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"}),
    ],
    ids="cut-before cut-within too-long too-short empty blank html half-a-file half-a-gzip no-gzip".split(),
)
def test_an_answer_that_is_not_whole_is_never_taken(server: Server, wrong: Answer) -> None:
    server.answers["/a"] = [wrong, Answer(XML)]
    assert get(client(server)) == XML
    assert len(server.asked) == 2
    server.answers["/a"] = wrong
    with pytest.raises(Passing, match="3 times; expected a label; try later"):
        get(client(server))


def test_silence_is_given_up_and_tried_again(server: Server) -> None:
    server.answers["/a"] = [Answer(XML, hang=3.0), Answer(XML)]
    assert get(client(server, timeout=0.2)) == XML


def test_a_dripping_server_is_as_good_as_dead(server: Server) -> None:
    # Each byte comes in time, all of them would take 20 seconds.
    server.answers["/a"] = [Answer(b"<a>" + b"x" * 194 + b"</a>", drip=0.1), Answer(XML)]
    begun = time.monotonic()
    assert get(client(server, timeout=0.5)) == XML
    assert time.monotonic() - begun < 5


def test_waits_grow_where_the_server_does_not_say_how_long(server: Server) -> None:
    fake = FakeTime()
    server.answers["/a"] = Answer(b"", 503)
    with pytest.raises(Passing, match="HTTP 503, 5 times"):
        get(client(server, fake, attempts=5, first_wait=1.0, longest_wait=6.0))
    # 1, 2, 4, then held at 6; half a second of chance at most
    waits = [seconds for seconds in fake.slept if seconds > 0.5]
    assert [int(seconds) for seconds in waits] == [1, 2, 4, 6]


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_kept_to(server: Server, as_date: bool) -> None:
    fake = FakeTime()
    value = format_datetime(datetime.now(UTC) + timedelta(seconds=31), usegmt=True) if as_date else "30"
    server.answers["/a"] = [Answer(b"", 429, {"Retry-After": value}), Answer(XML)]
    assert get(client(server, fake, longest_wait=60)) == XML
    assert 28 <= sum(fake.slept) <= 33


def test_after_a_retry_after_the_next_request_waits_as_well(server: Server) -> None:
    fake = FakeTime()
    server.answers |= {"/a": Answer(b"", 429, {"Retry-After": "30"}), "/b": Answer(XML)}
    with client(server, fake, attempts=1, longest_wait=60) as asked:
        with pytest.raises(Passing):
            asked.get("/a", xml, expected="a label")
        assert sum(fake.slept) == 0
        assert asked.get("/b", xml, expected="a label") == XML
    assert sum(fake.slept) == pytest.approx(30)


@pytest.mark.parametrize("value", ["soon", "-3", "", "Wed, 99 Foo"])
def test_a_retry_after_that_says_nothing_is_passed_over(server: Server, value: str) -> None:
    server.answers["/a"] = [Answer(b"", 429, {"Retry-After": value}), Answer(XML)]
    assert get(client(server)) == XML


def test_a_server_that_wants_an_hour_is_left_alone(server: Server) -> None:
    fake = FakeTime()
    server.answers["/a"] = Answer(b"come back later", 429, {"Retry-After": "3600"})
    with pytest.raises(Passing, match='HTTP 429 "come back later"'):
        get(client(server, fake))
    assert len(server.asked) == 1 and sum(fake.slept) == 0


@pytest.mark.parametrize("status", [400, 401, 403, 415])
def test_a_refusal_is_final_and_said_in_the_servers_words(server: Server, status: int) -> None:
    server.answers["/a"] = Answer(b"<html><b>Not</b> like this</html>", status)
    with pytest.raises(FetchError, match=f'HTTP {status} "Not like this".*; expected a label') as raised:
        get(client(server))
    assert len(server.asked) == 1
    assert ("check the key" in str(raised.value)) == (status in (401, 403))


@pytest.mark.parametrize("status", [204, 206, 300, 304])
def test_a_status_that_was_not_asked_for_is_no_answer(server: Server, status: int) -> None:
    server.answers["/a"] = Answer(b"" if status in (204, 304) else XML, status)
    with pytest.raises(FetchError, match=f"HTTP {status}"):
        get(client(server))


def test_what_is_not_there_is_said_to_be_not_there(server: Server) -> None:
    with pytest.raises(NotThere, match="/a: HTTP 404"):
        get(client(server))


def test_nobody_answering_is_one_clear_line_and_soon() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"  # bound, and not listening
        with (
            Client(url, 60, settings(url, attempts=6)) as asked,
            pytest.raises(
                Unreachable, match=r"no connection .*, 2 times; .* check the network, the proxy and the address"
            ),
        ):
            asked.get("/a", xml, expected="a label")


# Where it may go


def test_a_redirect_on_the_same_server_is_followed(server: Server) -> None:
    server.answers["/a"] = Answer(b"", 302, {"Location": "/b?x=1"})
    server.answers["/b"] = Answer(XML)
    assert get(client(server)) == XML
    assert server.asked[-1].query == {"x": "1"}


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:1/a",
        "https://127.0.0.1/a",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "//example.org/a",
        "http://127.0.0.1:1/a",
        "javascript:alert(1)",
        "http://[::1/a",
    ],
)
def test_a_redirect_to_anywhere_else_is_refused(server: Server, location: str) -> None:
    server.answers["/a"] = Answer(b"", 301, {"Location": location})
    with pytest.raises(FetchError, match="expected the same server|is no address|Invalid URL in location"):
        get(client(server))
    assert set(server.paths()) == {"/a"}


def test_redirects_in_a_circle_end(server: Server) -> None:
    server.answers["/a"] = Answer(b"", 302, {"Location": "/a"})
    with pytest.raises(FetchError, match="sent on more than 5 times"):
        get(client(server))


def test_addresses_without_encryption_are_for_this_machine_only() -> None:
    FetchSettings(dailymed="http://127.0.0.1:8000/x", openfda="http://localhost/y", pmc="http://[::1]:9/z")
    for url in ("http://dailymed.nlm.nih.gov", "http://127.0.0.1.example.org", "ftp://127.0.0.1/", "file:///etc", ""):
        with pytest.raises(UsageError, match="dailymed must be an https:// address"):
            FetchSettings(dailymed=url)


def test_a_whole_address_on_another_server_is_refused(server: Server) -> None:
    with pytest.raises(FetchError, match="another server"):
        get(client(server), "http://example.org/a")
    assert not server.asked


# Bounds and secrets


@pytest.mark.parametrize("declared", [True, False])
def test_an_answer_over_the_bound_is_refused(server: Server, declared: bool) -> None:
    body = b"<a>" + b"x" * 5000 + b"</a>"
    packed = Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    server.answers["/a"] = Answer(body) if declared else packed
    with pytest.raises(FetchError, match="over the bound of 1,000; refused .raise max_document_bytes"):
        get(client(server, max_document_bytes=1000))
    assert len(server.asked) == 1


def test_a_key_goes_in_a_header_and_is_never_shown(server: Server) -> None:
    def echo(asked: Asked) -> Answer:
        return Answer(f"bad key sesame, mail a@b.c {asked.path}".encode(), 403)

    server.answers["/a"] = echo
    with pytest.raises(FetchError) as raised:
        get(client(server, key="sesame", secrets=("a@b.c",)))
    assert "sesame" not in str(raised.value) and "a@b.c" not in str(raised.value) and "(key)" in str(raised.value)
    assert server.asked[0].headers["Authorization"].startswith("Basic ") and not server.asked[0].query


def test_a_wrong_body_names_what_came_and_what_was_expected(server: Server) -> None:
    server.answers["/a"] = Answer(b"<html>hello</html>")
    with pytest.raises(WrongBody, match=r"127.0.0.1:\d+/a: a page of HTML came, 3 times; expected a label"):
        get(client(server))


# Large files


def test_a_download_goes_on_where_it_was_cut(server: Server, tmp_path: Path) -> None:
    body = bytes(range(256)) * 40
    whole = Answer(body, headers={"ETag": '"v1"'}, ranges=True)
    cut = Answer(body, headers={"ETag": '"v1"'}, ranges=True, cut=6000)
    server.answers["/r.zip"] = [cut, whole]
    draft = tmp_path / "draft"
    with client(server) as asked:
        asked.download("/r.zip", draft, version='"v1"', expected="a release")
    assert draft.read_bytes() == body
    assert server.asked[1].headers["Range"] == "bytes=6000-" and server.asked[1].headers["If-Range"] == '"v1"'


def test_a_bad_line_is_no_reason_to_give_up_while_some_of_it_comes(server: Server, tmp_path: Path) -> None:
    body = bytes(range(256)) * 40
    cuts: list[Reaction] = [Answer(body, headers={"ETag": '"v1"'}, ranges=True, cut=700) for _ in range(14)]
    server.answers["/r.zip"] = [*cuts, Answer(body, headers={"ETag": '"v1"'}, ranges=True)]
    with client(server, attempts=2) as asked:
        asked.download("/r.zip", tmp_path / "draft", version='"v1"', expected="a release")
    assert (tmp_path / "draft").read_bytes() == body and len(server.asked) == 15
    server.answers["/r.zip"] = Answer(body, headers={"ETag": '"v1"'}, cut=700)  # cut, and without ranges: never more
    with client(server, attempts=2) as asked, pytest.raises(Passing, match="cut off"):
        asked.download("/r.zip", tmp_path / "other", version='"v1"', expected="a release")


def test_a_download_starts_anew_where_the_server_has_another_version(server: Server, tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    draft.write_bytes(b"old old old")
    server.answers["/r.zip"] = Answer(b"new", headers={"ETag": '"v2"'}, ranges=True)
    with client(server) as asked:
        asked.download("/r.zip", draft, version='"v1"', expected="a release")
    assert draft.read_bytes() == b"new"


@pytest.mark.parametrize("range_sent", ["bytes 0-9/10", "", "nonsense"])
def test_another_part_than_was_asked_for_is_not_sewn_on(server: Server, tmp_path: Path, range_sent: str) -> None:
    draft = tmp_path / "draft"
    draft.write_bytes(b"01234")
    wrong = Answer(b"0123456789", 206, {"Content-Range": range_sent})
    server.answers["/r.zip"] = [wrong, Answer(b"0123456789")]
    with client(server) as asked:
        asked.download("/r.zip", draft, version='"v1"', expected="a release")
    assert draft.read_bytes() == b"0123456789"


def test_a_draft_that_was_whole_already_is_fetched_anew_rather_than_trusted(server: Server, tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    draft.write_bytes(b"whole")
    server.answers["/r.zip"] = Answer(b"whole", headers={"ETag": '"v1"'}, ranges=True)
    with client(server) as asked:
        asked.download("/r.zip", draft, version='"v1"', expected="a release")
    assert draft.read_bytes() == b"whole" and len(server.asked) == 2


def test_a_download_over_the_bound_is_refused_whatever_was_there(server: Server, tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    draft.write_bytes(b"x" * 800)
    server.answers["/r.zip"] = Answer(b"x" * 1200, headers={"ETag": '"v1"'}, ranges=True)
    with client(server, max_release_bytes=1000) as asked, pytest.raises(FetchError, match="max_release_bytes"):
        asked.download("/r.zip", draft, version='"v1"', expected="a release")
