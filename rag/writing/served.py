"""Writers behind an OpenAI-compatible server (vLLM, llama.cpp, Ollama). The only file of answering that knows httpx.

The server is asked to hold the model to a JSON schema whose only values are the numbers at hand; one that will not is
asked again without, and the reply is read as strictly either way.
"""

import json
import os
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from rag.settings import Budget
from rag.writing.prompts import LONGEST
from rag.writing.writer import Form, Piece, Request, WriterFailed

_KEY = "RXCITE_API_KEY"
_HERE = {"127.0.0.1", "localhost", "::1"}
_LONGEST = 200_000
"""Bytes of a reply; a choice of sentences takes some 20, and no server may fill the memory."""


class ServedWriter:
    """A model of a server that the user points at."""

    sha256: str | None = None
    adapter: str | None = None
    form = Form.CLAIMS

    def __init__(self, base: str, model: str, *, client: httpx.Client | None = None) -> None:
        """``client`` is for tests; nothing is sent before the first question."""
        self.name = f"openai:{base}#{model}"
        host = urlsplit(base).hostname or base
        self.notices: tuple[str, ...] = () if host in _HERE else (f"The question was sent to {host}.",)
        self._url = f"{base}/chat/completions"
        self._model = model
        self._client = client or httpx.Client(follow_redirects=False)
        self._holds_schema = True

    def write(self, request: Request, budget: Budget) -> Iterator[Piece]:
        """What the server sends, as it comes."""
        deadline = time.perf_counter() + budget.seconds
        if request.choices and self._holds_schema:
            try:
                yield from self._said(self._body(request, budget, schema=True), deadline)
                return
            except _Refused as refused:
                if refused.args[0] not in (400, 404, 422, 501):
                    raise WriterFailed(f"the server answered {refused.args[0]}") from refused
                self._holds_schema = False
        try:
            yield from self._said(self._body(request, budget), deadline)
        except _Refused as refused:
            raise WriterFailed(f"the server answered {refused.args[0]}") from refused

    def _body(self, request: Request, budget: Budget, *, schema: bool = False) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "max_tokens": budget.tokens,
            "temperature": 0,
            "seed": 0,
            "stream": True,
        }
        if schema:
            held = {"name": "choice", "schema": _schema(request, budget)}
            body["response_format"] = {"type": "json_schema", "json_schema": held}
        return body

    def _said(self, body: dict[str, Any], deadline: float) -> Iterator[Piece]:
        left = deadline - time.perf_counter()
        if left <= 0:
            yield Piece("", cut=True)
            return
        key = os.environ.get(_KEY)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            with self._client.stream("POST", self._url, json=body, headers=headers, timeout=left) as response:
                if response.status_code != 200:
                    raise _Refused(response.status_code)
                yield from _pieces(response, deadline)
        except httpx.TimeoutException:
            yield Piece("", cut=True)
        except httpx.HTTPError as error:
            raise WriterFailed(f"the server at {urlsplit(self._url).netloc}: {type(error).__name__}") from error


class _Refused(Exception):
    pass


def _schema(request: Request, budget: Budget) -> dict[str, Any]:
    """JSON in which no number can stand that is not at hand."""
    ids = {"type": "array", "items": {"type": "integer", "enum": sorted(request.choices)}, "maxItems": budget.items}
    if request.form is not Form.CLAIMS:
        return _object({"ids": ids})
    claim = _object({"ids": ids | {"minItems": 1}, "text": {"type": "string", "maxLength": LONGEST}})
    return _object({"claims": {"type": "array", "items": claim, "maxItems": budget.items}})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _pieces(response: httpx.Response, deadline: float) -> Iterator[Piece]:
    """The words of a reply: server-sent events, or one JSON object from a server that does not stream."""
    taken = 0
    whole: list[str] = []
    for line in _lines(response):
        taken += len(line)
        if taken > _LONGEST or time.perf_counter() > deadline:
            yield Piece("", cut=True)
            return
        if line.startswith((":", "event:", "id:", "retry:")):
            continue
        if not line.startswith("data:"):
            whole.append(line)
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        yield from _of(data)
    if text := "".join(whole).strip():
        yield from _of(text)


def _lines(response: httpx.Response) -> Iterator[str]:
    """Lines as they end; one that never ends is cut, so that it cannot fill the memory."""
    rest = ""
    for text in response.iter_text():
        *lines, rest = (rest + text).split("\n")
        yield from lines
        if len(rest) > _LONGEST:
            break
    if rest:
        yield rest


def _of(data: str) -> Iterator[Piece]:
    try:
        choices = json.loads(data)["choices"]
        if not choices:  # the last event of some servers, with figures only
            return
        choice = choices[0]
        said = choice.get("delta") or choice.get("message") or {}
        text = said.get("content") or ""
        stopped = choice.get("finish_reason") == "length"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise WriterFailed("the server's reply is no chat completion") from error
    if not isinstance(text, str):
        raise WriterFailed("the server's reply holds no text")
    if text or stopped:
        yield Piece(text, 1 if text else 0, 1 if text else 0, cut=stopped)
