"""A local HTTP server that misbehaves as it is told to, and the tiny documents it serves. TOY DATA, our words."""

import io
import json
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rag.settings import FetchSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends back, and how it misbehaves while it does."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length that it claims, if not the true one."""
    cut: int | None = None
    """The connection is cut after so many bytes of the body."""
    drip: float = 0.0
    """Seconds between single bytes."""
    hang: float = 0.0
    """Seconds of silence before anything is sent."""
    slam: bool = False
    """The connection is cut before anything is sent."""
    ranges: bool = False
    """It understands ranges, for its ETag."""


Reaction = Answer | Callable[[Asked], Answer]


class Server:
    """Answers each path with what stands in ``answers``: a list is used up one by one, its last entry for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, Reaction | list[Reaction]] = {}
        self.asked: list[Asked] = []
        self.url = ""

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        found = self.answers.get(asked.path, Answer(b"<html>no such page</html>", 404))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found(asked) if callable(found) else found


@contextmanager
def serving() -> Iterator[Server]:
    """A server on a port of its own."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(size).decode())) if size else {}
            query = dict(parse_qsl(parts.query))
            _send(self, server.answer(Asked(self.command, parts.path, query, form, dict(self.headers.items()))))

        do_POST = do_GET
        do_HEAD = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    listening.block_on_close = False
    server.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    wait = threading.Event()
    if answer.hang:
        wait.wait(answer.hang)
    if answer.slam:
        return _hang_up(handler)
    body, status, headers = answer.body, answer.status, dict(answer.headers)
    asked = handler.headers.get("Range", "")
    if answer.ranges and asked and handler.headers.get("If-Range") == headers.get("ETag"):
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= len(body):
            status, body = 416, b""
        else:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            status, body = 206, body[start:]
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if answer.length is None else answer.length))
    handler.end_headers()
    if handler.command == "HEAD":
        return None
    try:
        if answer.drip:
            for byte in body:
                handler.wfile.write(bytes([byte]))
                wait.wait(answer.drip)
        else:
            handler.wfile.write(body if answer.cut is None else body[: answer.cut])
            handler.wfile.flush()
    except OSError:  # the client lost patience, which is what is tested
        handler.close_connection = True
        return None
    if answer.cut is not None or answer.length is not None:
        return _hang_up(handler)
    return None


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    try:
        handler.connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def settings(url: str, **changes: Any) -> FetchSettings:
    """Everything from the local server, without waiting."""
    quick = {"first_wait": 0.0, "longest_wait": 5.0, "timeout": 5.0, "per_minute": 1_000_000, "attempts": 3}
    addresses = {name: f"{url}/{name}" for name in ("dailymed", "releases", "openfda", "eutils", "pmc")}
    return FetchSettings(**{**addresses, **quick, **changes})


# Documents


def set_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def spl(id: str, version: int, words: str = "Take one tablet with water.") -> bytes:
    """A label of a made-up drug."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><document xmlns="urn:hl7-org:v3"><id root="{id[:-4]}{version:04d}"/>'
        f'<code code="34391-3"/><title>Toyazole tablets</title><effectiveTime value="2026010{version % 9 + 1}"/>'
        f'<setId root="{id}"/><versionNumber value="{version}"/><author><assignedEntity><representedOrganization>'
        f"<name>Toy Works</name></representedOrganization></assignedEntity></author><component><structuredBody>"
        f'<component><section><id root="s1"/><code code="34068-7"/><title>2 DOSAGE AND ADMINISTRATION</title>'
        f"<text><paragraph>{words}</paragraph></text></section></component></structuredBody></component></document>"
    ).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def json_answer(data: Any, **changes: Any) -> Answer:
    return Answer(json.dumps(data).encode(), headers=changes.pop("headers", {}), **changes)


@dataclass
class DailyMed:
    """A toy DailyMed behind a server: labels by number with their versions, all of one drug."""

    server: Server
    versions: dict[int, list[int]]
    """Number of the label -> its versions, newest first."""
    page_size: int = 100
    titles: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        answers = self.server.answers
        answers["/dailymed/services/v2/spls.json"] = self.list
        answers["/dailymed/getFile.cfm"] = self.file
        for number in self.versions:
            path = f"/dailymed/services/v2/spls/{set_id(number)}"
            answers[f"{path}.xml"] = partial(self.label, number)
            answers[f"{path}/history.xml"] = partial(self.history, number)

    def list(self, asked: Asked) -> Answer:
        page = int(asked.query["page"])
        numbers = [n for n in self.versions if asked.query.get("setid", set_id(n)) == set_id(n)]
        if asked.query.get("drug_name", "toyazole") != "toyazole":
            numbers = []
        rows = [
            {
                "setid": set_id(n),
                "spl_version": self.versions[n][0],
                "published_date": "Jan 02, 2026",
                "title": self.titles.get(n, "TOYAZOLE TABLET [TOY WORKS]"),
            }
            for n in numbers[(page - 1) * self.page_size : page * self.page_size]
        ]
        pages = -(-len(numbers) // self.page_size)
        following = f"{self.server.url}?page={page + 1}" if page < pages else "null"
        # Numbers come as words at times, and what is not there as the word "null", as the real service does.
        meta = {"total_elements": str(len(numbers)), "total_pages": pages, "current_page": str(page)}
        return json_answer({"metadata": {**meta, "next_page_url": following}, "data": rows})

    def label(self, number: int, asked: Asked) -> Answer:
        if number not in self.versions:
            return Answer(b"gone", 404)
        return Answer(spl(set_id(number), self.versions[number][0]))

    def history(self, number: int, asked: Asked) -> Answer:
        entries = "".join(
            f"<history_entry><spl_version>{v}</spl_version></history_entry>" for v in self.versions[number]
        )
        return Answer(
            f"<spl><metadata><next_page_url>null</next_page_url></metadata><setid>{set_id(number)}</setid>"
            f"<history>{entries}</history></spl>".encode()
        )

    def file(self, asked: Asked) -> Answer:
        version = int(asked.query["version"])
        for number, versions in self.versions.items():
            if asked.query["setid"] == set_id(number) and version in versions:
                return Answer(zipped({"label.xml": spl(set_id(number), version), "box.jpg": b"picture"}))
        # So does the real one: a page and status 200.
        return Answer(b"<!DOCTYPE html><html><body>Sorry</body></html>")
