"""Every event becomes a line of the feed."""

from __future__ import annotations

from apps.events.queries import Happened
from apps.events.services import subscribe
from apps.notifications.services import record_activity


def subscribe_all() -> None:
    """Register this app's receivers."""
    subscribe("activity", "*", receiver=add_to_feed)


def add_to_feed(event: Happened) -> None:
    """Record the event in the feed."""
    record_activity(event)
