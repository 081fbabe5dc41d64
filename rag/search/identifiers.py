"""A question without what identifies a patient: names, numbers of records, telephones, addresses, dates of birth.

An answer says words of the question again (a drug that is not here, a pair), and a model may be sent it: neither needs
to know who the patient is. Kinds of identifiers: those of the HIPAA Safe Harbor list (45 CFR 164.514(b)(2)) that can
stand in a question.

Not covered: a name without any sign that it is one ("does smith tolerate it?"), and ages, which doses depend on.
"""

import re
from collections.abc import Callable

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = (
    rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:19|20)?\d{{2}}|(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}"
    rf"|\d{{1,2}} {_MONTH},? (?:19|20)\d{{2}}|{_MONTH} \d{{1,2}},? (?:19|20)\d{{2}})"
)
NUMBERS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+"
    r"|\b(?:mrn|ssn|nhs|(?:medical )?record|chart|account|policy|insurance|medicare|medicaid|member|patient id|id|case"
    r"|social security)(?: (?:no|number|num|id))?\b[.:#]*\s*(?:is\s+)?#?(?=[a-z-]*\d)[a-z\d-]{4,}"
    r"|\b\d{3}-\d{2}-\d{4}\b"
    r"|(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\)\s?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b|\+\d{1,3}(?:[ .-]?\d{2,4}){3,}\b|\b\d{9,}\b"
    rf"|\b(?:dob|d\.o\.b\.|date of birth|birth ?date|born)(?: (?:on|in))?[:\s]*(?:{_DATE}|(?:19|20)\d{{2}}\b)"
    rf"|\b{_DATE}\b"
    r"|\b(?:tel|phone|telephone|mobile|cell|fax)\b[.:]*\s*(?:no|number|is)?[.:]*\s*\+?[\d][\d ().-]{5,}\d"
    r"|\b\d{1,5} (?:[a-z]+ ){1,3}(?:street|avenue|road|lane|drive|boulevard|court)\b|\b(?:room|bed|ward) \d+\w?\b",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|mx|miss|master|prof|sir|madam)\b\.?\s+"
    r"|\b(?:(?:my|our|the|a|his|her) )?(?:name(?: is)?|named|called|patient|pt|client|i am|i'm)\b[:,]?\s+"
    r"(?=(?-i:[A-Z]))",
    re.IGNORECASE,
)
_LED = re.compile(r"[A-Z]")
_NAME_WORD = re.compile(r"(?:[A-Za-z]\.|[^\W\d_]+(?:['’-][^\W\d_]+)*)")
_FULL_NAME = re.compile(
    r"\b(?P<name>[A-Z][\w'’-]+(?: [A-Z]\.?)? [A-Z][\w'’-]+)"
    r"(?=,|'s|\s*\(| (?:is|has|was|takes|took|on|aged|age|needs|weighs)\b| \d{1,3}\b|\s*$)"
)
_MOST_NAMES = 3
"""Words of a name: given name, middle name, family name."""


def left_out(question: str, is_known: Callable[[str], bool]) -> str:
    """``question`` without identifiers; the same object where it holds none.

    ``is_known`` tells the words that the corpus or the language of questions knows (drugs, what is asked): a word that
    stands where a name could is kept where it is one of them.
    """
    kept = NUMBERS.sub(" ", question)
    kept = _without_titled(kept, is_known)
    kept = _FULL_NAME.sub(
        lambda found: found.group() if any(map(is_known, found.group("name").split())) else "The patient", kept
    )
    if kept == question:
        return question
    return re.sub(r"\s+([,.;?!])", r"\1", " ".join(re.sub(r"(?:[,;:]\s*)+(?=[,;:])", "", kept).split())).strip(" ,;:")


def _without_titled(question: str, is_known: Callable[[str], bool]) -> str:
    """The question without the names that a title ("Mr") or a word ("named") announces."""
    parts: list[str] = []
    at = 0
    for title in _TITLE.finditer(question):
        if title.start() < at:
            continue
        end, names = title.end(), 0
        is_written = bool(_LED.match(question, title.end()))
        while names < _MOST_NAMES and (word := _NAME_WORD.match(question, end)):
            if is_known(word.group()) or (is_written and not _LED.match(word.group())):
                break
            names += 1
            space = re.compile(r"\s+").match(question, word.end())
            end = space.end() if space else word.end()
            if not space:
                break
        if names:
            parts += [question[at : title.start()], "the patient "]
            at = end
    return "".join([*parts, question[at:]])
