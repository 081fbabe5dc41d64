"""rxcite in LlamaIndex: our search as its retriever, its embeddings and models as ours. The only file that knows it.

    from rag.llamaindex import LlmWriter, RxciteRetriever
    engine = RetrieverQueryEngine.from_args(RxciteRetriever(index, settings), llm=...)
    given = rag.answer.written.answer(question, index, settings, LlmWriter(llm))

Importing this module takes seconds; nothing on the path of a question does.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import LLM
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.index.encoder import Vectors
from rag.index.index import Index
from rag.search.search import search
from rag.settings import Budget, Settings
from rag.writing.writer import Form, Piece, Request


class RxciteRetriever(BaseRetriever):
    """Our search behind LlamaIndex's interface: versions retired are never found, a drug filter fails closed."""

    def __init__(self, index: Index, settings: Settings, *, k: int | None = None, drugs: Sequence[str] = ()) -> None:
        """Searches ``index`` for the best ``k`` passages; ``drugs`` narrow every question."""
        super().__init__()
        self._rxcite = index
        self._settings = settings
        self._k = k
        self._drugs = tuple(drugs)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = search(query_bundle.query_str, self._rxcite, self._settings, drugs=self._drugs, k=self._k)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=hit.passage.id,
                    text=hit.passage.text,
                    metadata={
                        "document_id": hit.passage.document_id,
                        "version": hit.passage.version,
                        "section": " > ".join(hit.passage.section.path),
                        "context": hit.passage.context,
                        "start": hit.passage.start,
                        "end": hit.passage.end,
                    },
                ),
                score=hit.score,
            )
            for hit in found.hits
        ]


class EmbeddingEncoder:
    """Any LlamaIndex embedding as an encoder of ours."""

    def __init__(self, embedding: BaseEmbedding, name: str) -> None:
        """``name`` is what the index remembers its encoder by."""
        self.name = name
        self._embedding = embedding

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32, each row of length 1."""
        vectors = np.asarray(self._embedding.get_text_embedding_batch(list(texts)), dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


class LlmWriter:
    """Any LlamaIndex model as a writer of ours; nothing holds it, so its replies are parsed and rejected."""

    sha256: str | None = None
    adapter: str | None = None
    form = Form.CLAIMS
    notices: tuple[str, ...] = ()

    def __init__(self, llm: LLM, name: str | None = None) -> None:
        """``name`` is what answers call it by; by default what LlamaIndex calls it."""
        self.name = name or f"llamaindex:{llm.metadata.model_name}"
        self._llm = llm

    def write(self, request: Request, budget: Budget) -> Iterator[Piece]:
        """What the model says, as it comes; a piece counts as a token."""
        deadline = time.perf_counter() + budget.seconds
        messages = [ChatMessage(role=message.role, content=message.content) for message in request.messages]
        for count, said in enumerate(self._llm.stream_chat(messages), 1):
            if count > budget.tokens or time.perf_counter() > deadline:
                yield Piece("", cut=True)
                return
            yield Piece(said.delta or "", 1, 1)
