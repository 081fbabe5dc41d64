"""Tests; never part of a wheel."""
