"""What is said under an answer: demonstration corpus, age of the documents quoted, that nobody reviewed it."""

import datetime
from collections.abc import Sequence

from rag.index.index import Index
from rag.records import Claim, Hit, Mark

DEMONSTRATION = "Demonstration corpus in our own words: not for clinical use."
NOT_REVIEWED = "Not reviewed by a pharmacist."
_OLD_DAYS = 365
_SAID = {
    Mark.RETRACTED: "Quoted although it was retracted; what it says is not to be relied on",
    Mark.CONCERN: "Quoted, and its journal has expressed concern about it",
    Mark.CORRECTED: "Quoted as first published; a correction has appeared since, see the journal",
}


def notices(claims: Sequence[Claim], hits: Sequence[Hit], index: Index) -> tuple[str, ...]:
    """The notices of an answer with these claims, from these hits."""
    said: list[str] = []
    documents = {quote.document.id: quote.document for claim in claims for quote in claim.quotes}
    shown = [document.demonstration for document in documents.values()]
    shown += [hit.passage.document_id.startswith("demo-") for hit in hits]
    if any(shown) or (not shown and index.has_demonstration):
        said.append(DEMONSTRATION)
    for mark in Mark:
        titles = [d.title.rstrip(".") for d in documents.values() if mark in d.marks]
        if titles:
            said.append(f"{_SAID[mark]}: {'; '.join(titles)}.")
    today = datetime.date.today().isoformat()
    ended = [d for d in documents.values() if d.ended and d.ended <= today]
    if ended:
        last = "; ".join(f"{d.title} ({d.manufacturer or 'manufacturer not given'}), {d.ended}" for d in ended)
        said.append(f"No longer marketed, as the label's own data says: {last}.")
    old = [
        d
        for d in documents.values()
        if d.effective and (datetime.date.today() - datetime.date.fromisoformat(d.effective)).days > _OLD_DAYS
    ]
    if old:
        oldest = min(d.effective for d in old if d.effective)
        said.append(
            f"{len(old)} of the documents quoted {'is' if len(old) == 1 else 'are'} older than a year; the"
            f" oldest is of {oldest}."
        )
    undated = [d for d in documents.values() if not d.effective]
    if undated:
        said.append(f"{len(undated)} of the documents quoted give{'s' if len(undated) == 1 else ''} no date.")
    said.append(NOT_REVIEWED)
    return tuple(said)
