"""Adapters tuned on cited answers (planned; nothing here is needed to ask a question)."""
