"""The index: SQLite as the truth, FAISS and a word index derived from it."""
