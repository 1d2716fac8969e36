"""Frozen values that every room of the core speaks in."""

from apps.domain.values.canonical import NotCanonicalError, canonical_json
from apps.domain.values.panel import Panel

__all__ = ["NotCanonicalError", "Panel", "canonical_json"]
