"""Strategies: readers that propose them, drafts, review, immutable versions."""
