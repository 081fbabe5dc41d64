"""Does a text name a drug, a class? Whole words, capitals and dashes aside."""

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.text import searchable


@lru_cache(maxsize=512)
def pattern_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Matches any of ``names`` (words joined by spaces) in a text made ``searchable``; nothing for no names."""
    if not names:
        return re.compile(r"(?!)")
    spelled = "|".join(r"[\W_]+".join(map(re.escape, name.split())) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{spelled})(?![^\W_])")


def names_any(text: str, names: Sequence[str]) -> bool:
    """True where ``text`` holds one of ``names``."""
    return bool(pattern_of(tuple(names)).search(searchable(text)))
