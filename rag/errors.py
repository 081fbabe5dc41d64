"""What a user can meet, as errors.

    RxciteError
      |- SourceError      a file that cannot be read as what it should be
      |   `- ForeignLanguage  a source in a language that is not read
      |- IndexUnusable    an index that is missing, locked or damaged
      |   `- IndexMismatch    built with another encoder, schema or setting
      |- ModelMissing     a model or optional part that is not installed
      `- UsageError       an argument that cannot be right

Every message says what happened, to which value, what was expected, and the next step.
"""


class RxciteError(Exception):
    """The base of all errors that one line on stderr explains."""


class SourceError(RxciteError):
    """A source file that cannot be used; the message says why and names what was expected."""


class ForeignLanguage(SourceError):
    """A source in a language that is not read: nothing is wrong with it, and it is no failure."""


class IndexUnusable(RxciteError):
    """An index that is missing, locked by another writer, or damaged."""


class IndexMismatch(IndexUnusable):
    """An index built with another encoder, schema or setting than the one asked for."""


class ModelMissing(RxciteError):
    """A model or an optional part that is not installed."""


class UsageError(RxciteError):
    """An argument that cannot be right."""
