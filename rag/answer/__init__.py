"""Claims with quotes: sentences chosen, pairs looked at, the whole put together."""
