"""A question understood, and the passages that bear on it."""
