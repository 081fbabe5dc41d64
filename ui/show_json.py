"""Answers, search results and documents as the JSON of ``contract.md``: its field names, in its order."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rag.records import Answer, Claim, Document, Hit, IndexState, Kind, LabelWarning, Management, Query, Quote, Timings
from ui.show import Citation, Citations, number

if TYPE_CHECKING:
    from rag.index.rows import DocumentRow, Failure, Sizes, VersionRow
    from rag.search.search import SearchResult

Json = dict[str, Any]


def answer(given: Answer) -> Json:
    """What ``ask --json`` prints."""
    citations = number(given)
    return {
        "question": given.query.question,
        "arm": given.arm,
        "verdict": given.verdict.value,
        "claims": [_claim(claim, citations) for claim in given.claims],
        "citations": [_citation(citation) for citation in citations.all],
        "warnings": [_warning(warning, citations) for warning in given.warnings],
        "missing": [
            {
                "reason": missing.reason.value,
                "text": missing.text,
                "drugs": list(missing.drugs),
                "searched": [{"document": s.document, "sections": list(s.sections)} for s in missing.searched],
            }
            for missing in given.missing
        ],
        "management": [_management(management, citations) for management in given.management],
        "hits": _hits(given.hits),
        "query": _query(given.query),
        "index": asdict(given.index),
        "model": asdict(given.model) if given.model else None,
        "notices": list(given.notices),
        "withheld": given.withheld,
        "timings_ms": _timings(given.timings),
    }


def search(result: "SearchResult") -> Json:
    """What ``search --json`` prints."""
    return {
        "question": result.query.question,
        "hits": _hits(result.hits),
        "query": _query(result.query),
        "index": asdict(result.index),
        "timings_ms": _timings(result.timings),
    }


def document(shown: Document, versions: Iterable["VersionRow"]) -> Json:
    """What ``show ID --json`` prints: the text that quotes are checked against, its sections, its versions."""
    return {
        "id": shown.id,
        "version": shown.version,
        "text": shown.text,
        "sections": [
            {
                "code": section.code,
                "number": section.number,
                "heading": section.heading,
                "path": list(section.path),
                "start": section.start,
                "end": section.end,
            }
            for section in shown.sections
        ],
        "versions": [
            {
                "version": row.version,
                "effective": row.effective,
                "current": row.current,
                "since": row.since,
                "retired": row.retired,
            }
            for row in versions
        ],
    }


def status(
    state: IndexState, sizes: "Sizes", documents: Sequence["DocumentRow"], failures: Sequence["Failure"], folder: str
) -> Json:
    """What ``status --json`` prints."""
    return {
        "index": asdict(state),
        "folder": folder,
        "sizes": {
            "documents": sizes.documents,
            "versions": sizes.versions,
            "passages": sizes.passages,
            "distinct_texts": sizes.distinct_texts,
            "class_members": sizes.class_members,
            "bytes": sizes.bytes,
            "generation": sizes.generation,
        },
        "documents": [
            {
                "id": row.id,
                "kind": str(row.kind),
                "title": row.title,
                "version": row.version,
                "effective": row.effective,
                "manufacturer": row.manufacturer,
                "drugs": list(row.drugs),
                "source": row.source,
                "demonstration": row.demonstration,
                "ended": row.ended,
                "passages": row.passages,
            }
            for row in documents
        ],
        "failures": [{"path": str(row.path), "sha256": row.sha256, "reason": row.reason} for row in failures],
    }


def _claim(claim: Claim, citations: Citations) -> Json:
    return {
        "text": claim.text,
        "basis": claim.basis.value,
        "support": claim.support.value,
        "evidence": claim.evidence.value,
        "citations": list(citations.of(claim.quotes)),
    }


def _citation(citation: Citation) -> Json:
    quote: Quote = citation.quote
    source, section = quote.document, quote.section
    return {
        "n": citation.n,
        "document": {
            "id": source.id,
            "kind": source.kind.value,
            "title": source.title,
            "set_id": source.set_id if source.kind is Kind.LABEL else None,
            "version": source.version,
            "effective": source.effective,
            "manufacturer": source.manufacturer,
            "url": source.url,
        },
        "section": {
            "code": section.code,
            "number": section.number,
            "heading": section.heading,
            "path": list(section.path),
        },
        "page": quote.page,
        "passage_id": quote.passage_id,
        "quote": quote.text,
        "start": quote.start,
        "end": quote.end,
        "context": quote.context.text if quote.context else None,
        "same_text_in": quote.same_text_in,
    }


def _warning(warning: LabelWarning, citations: Citations) -> Json:
    [n] = citations.of((warning.quote,))
    return {"kind": warning.kind.value, "drug": warning.drug, "text": warning.text, "citation": n}


def _management(management: Management, citations: Citations) -> Json:
    return {
        "level": management.level.value,
        "text": management.text,
        "citations": list(citations.of(management.quotes)),
    }


def _hits(hits: Iterable[Hit]) -> list[Json]:
    return [
        {
            "rank": hit.rank,
            "score": hit.score,
            "found_by": list(hit.found_by),
            "passage_id": hit.passage.id,
            "document_id": hit.passage.document_id,
            "section_heading": hit.passage.section.heading,
            "text": hit.passage.text,
        }
        for hit in hits
    ]


def _query(query: Query) -> Json:
    return {
        "drugs": [{"name": d.name, "matched": d.matched, "documents": d.documents} for d in query.drugs],
        "intents": [intent.value for intent in query.intents],
    }


def _timings(timings: Timings) -> Json:
    stages = {
        "query": timings.query,
        "search": timings.search,
        "answer": timings.answer,
        "support": timings.support,
        "total": timings.total,
    }
    return {stage: round(spent, 3) for stage, spent in stages.items()}
