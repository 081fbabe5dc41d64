"""rxcite in LlamaIndex: our search as its retriever, any of its embeddings as our encoder. The only file that knows it.

    from rag.llamaindex import RxciteRetriever
    engine = RetrieverQueryEngine.from_args(RxciteRetriever(index, settings), llm=...)

Importing this module takes seconds; nothing on the path of a question does.
"""

from collections.abc import Sequence

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.index.encoder import Vectors
from rag.index.index import Index
from rag.search.search import search
from rag.settings import Settings


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
