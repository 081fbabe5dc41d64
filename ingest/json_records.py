"""The records of openFDA JSON, one at a time, so that a bulk part never stands in memory whole."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

import ijson
from ijson.common import ObjectBuilder

from rag.errors import SourceError
from rag.settings import SourceSettings

_ENDLESS_NUMBER = re.compile(rb"\d{400}")
"""The parser's C library crashes the process on such a number."""


class _Guarded(io.RawIOBase):
    """The bytes of a JSON file as the parser asks for them; what would bring it down is a ``SourceError``."""

    def __init__(self, stream: io.BufferedReader, bound: int) -> None:
        self._stream, self._bound = stream, bound
        start = stream.peek(4)[:4]
        stream.read(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
        wide = _utf_16_of(start)
        self._decoder = codecs.getincrementaldecoder(wide)() if wide else None
        self._tail = b""
        self.since = 0
        """Bytes read since the last record was whole."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._next(len(buffer))
        seen = self._tail + data
        if _ENDLESS_NUMBER.search(seen):
            raise SourceError("JSON with a number of hundreds of digits, which labels never hold; refused")
        self._tail = seen[-400:]
        self.since += len(data)
        if self.since > self._bound:
            raise SourceError(f"JSON with a record of more than {self._bound:,} bytes; refused")
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        if self._decoder is None:
            return self._stream.read(size)
        while True:
            raw = self._stream.read(size // 2)  # two bytes of UTF-16 are at most three of UTF-8
            data = self._decoder.decode(raw, final=not raw).encode()
            if data or not raw:
                return data


def records(stream: io.BufferedReader, settings: SourceSettings) -> Iterator[Any]:
    """The records under "results", each as it becomes whole; anything JSON can hold.

    Raises:
        SourceError: not JSON, nested too deep, a record too long, or JSON without a "results" list.
    """
    guarded = _Guarded(stream, settings.max_record_bytes)
    found = False
    try:
        for record in _each(ijson.basic_parse(io.BufferedReader(guarded)), settings.max_depth):
            found = True
            guarded.since = 0
            yield record
    except (ijson.JSONError, UnicodeError) as error:
        said = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error).encode()
        words = " ".join(said.decode(errors="backslashreplace").split())
        raise SourceError(f"not valid JSON: {words[:200]}; fetch the file again") from error
    if not found:
        raise SourceError(
            'JSON without records under "results"; expected the layout of the openFDA drug/label endpoint'
        )


def _each(events: Iterator[tuple[str, Any]], max_depth: int) -> Iterator[Any]:
    """Builds the items of the list under the key "results" of the outermost object.

    ``ijson.items`` does the same with the way to each value as a text, which a file of brackets makes quadratic.
    """
    depth, key, listed = 0, None, False
    builder: ObjectBuilder | None = None
    for event, value in events:
        depth -= event in ("end_map", "end_array")
        if depth == 1:
            listed = listed and event != "end_array"
            key = value if event == "map_key" else key
        elif listed:
            builder = builder or ObjectBuilder()
            builder.event(event, value)
        if event in ("start_map", "start_array"):
            listed = listed or (depth == 1 and key == "results" and event == "start_array")
            depth += 1
            if depth > max_depth:
                raise SourceError(f"JSON nested deeper than {max_depth} values; refused")
        if builder is not None and depth == 2:
            yield builder.value
            builder = None


def _utf_16_of(start: bytes) -> str | None:
    """The kind of UTF-16 that a file begins with, by its mark or by the zeros beside its first letters."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = "".join("0" if byte == 0 else "x" for byte in start)
    return {"x0x0": "utf-16-le", "0x0x": "utf-16-be"}.get(zeros)
