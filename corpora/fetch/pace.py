"""Requests no faster than a server asks for."""

import time
from collections.abc import Callable


class Pace:
    """Spaces requests evenly, so that no window of any length holds more than its share."""

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """At most ``per_minute`` requests in any minute; clock and sleep are in seconds."""
        self._gap = 60 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._next = float("-inf")

    def wait(self) -> None:
        """Returns when the next request may go out, and counts it."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
            now = self._next
        self._next = now + self._gap

    def hold(self, seconds: float) -> None:
        """No request goes out for so long: the server said that it has too much to do."""
        self._next = max(self._next, self._clock() + seconds)
