"""The cards of the evidence panel: whose words a citation gives, and the words in their section."""

from rag.records import Document, Kind, Quote
from ui import show
from ui.excerpt import escape, excerpt


def card(citation: show.Citation, *, is_open: bool = False) -> str:
    """A <details>: closed, who says it and the quote; open, the quote in its section."""
    n, quote = citation.n, citation.quote
    source = quote.document
    kind = "Article" if source.kind is Kind.ARTICLE else "Label"
    origin = " · ".join(escape(part) for part in (kind, *show.origin(source)))
    page = f", page {quote.page}" if quote.page else ""
    return (
        f'<details class="rx-card" id="rx-card-{n}" name="rx-card"{" open" if is_open else ""}>'
        f'<summary><span class="rx-number">{n}</span><span class="rx-source">'
        f'<span class="rx-title">{escape(show.title(source))}</span>'
        f'<span class="rx-origin">{origin}</span>'
        f'<span class="rx-place">{escape(show.place(quote.section))}{page}</span>'
        f'<q class="rx-snippet">{escape(quote.text)}</q></span></summary>'
        f'<div class="rx-text" id="rx-quote-{n}" tabindex="0" role="region" aria-label="Text of source {n}">'
        f'{excerpt(quote)}</div><p class="rx-foot-of-card">{_copies(quote)}{_link(source)}'
        f'<a class="rx-back" href="#rx-mark-{n}">Back to the sentence</a></p></details>'
    )


def _copies(quote: Quote) -> str:
    return f"<span>Same text in {quote.same_text_in} labels</span>" if quote.same_text_in > 1 else ""


def _link(source: Document) -> str:
    # Other schemes ("javascript:", "file:") come from documents that nobody vouches for.
    if not (source.url or "").startswith(("https://", "http://")):
        return ""
    name = "article" if source.kind is Kind.ARTICLE else "label"
    link = escape(source.url or "")
    return f'<a href="{link}" target="_blank" rel="noopener noreferrer">Open the published {name} ↗</a>'
