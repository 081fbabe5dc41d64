"""Text as search sees it: one form for what reads the same. Documents and quotes are never changed by this."""

import re
import unicodedata

_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_DASHES = str.maketrans({c: "-" for c in "‐‑‒–—―−"} | {c: "'" for c in "‘’ʼ"} | {c: '"' for c in "“”"})


def searchable(text: str) -> str:
    """NFKC, dashes and quotation marks made plain, soft hyphens and zero-width characters taken out, lower case."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).translate(_DASHES).lower()


def words(text: str) -> list[str]:
    """The words of ``text`` as the word index cuts them: runs of letters and digits, in lower case."""
    return re.findall(r"[^\W_]+", searchable(text))
