"""What can go wrong with a request, as errors.

    SourceError
      `- FetchError       one thing that could not be fetched; the others go on
           |- NotThere    the server has no such thing
           `- Passing     may pass: it was tried several times
                |- WrongBody      an answer came, and is not what was asked for
                `- Unreachable    nobody answers: the run stops

Messages name the address (never a key), what came, what was expected, and the next step.
"""

from rag.errors import SourceError


class FetchError(SourceError):
    """One thing that could not be fetched."""


class NotThere(FetchError):
    """The server has no such thing."""


class Passing(FetchError):
    """A fault that may pass, and is worth another attempt."""

    def __init__(self, message: str, after: float | None = None) -> None:
        """Remembers the seconds ``after`` which the server wants to be asked again, where it says."""
        super().__init__(message)
        self.after = after


class WrongBody(Passing):
    """An answer came that is not what was asked for: a page of HTML, half a file, another label."""


class Unreachable(Passing):
    """No connection to the server: offline, a wrong address, or a proxy that refuses."""
