"""Question sets, arms, metrics, intervals and reports."""
