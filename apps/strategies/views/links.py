"""Addresses of rooms above, where there are any."""

from __future__ import annotations

from uuid import UUID

from django.urls import NoReverseMatch, reverse


def address(name: str, strategy_id: UUID) -> str:
    """The address of a strategy in an app above this one; empty where that app is not installed."""
    try:
        return reverse(name, args=[strategy_id])
    except NoReverseMatch:
        return ""
