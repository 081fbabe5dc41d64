"""Readers of label and article files, their sections and passages, and the plan that brings them into an index."""
