"""Every event becomes a line of the feed, a notice for whom it concerns, and a delivery to hooks that want it."""

from __future__ import annotations

from apps.events.queries import Happened
from apps.events.services import subscribe
from apps.notifications.services import (
    queue_all_for_hooks,
    queue_for_hooks,
    record_activities,
    record_activity,
    tell,
    tell_all,
)


def subscribe_all() -> None:
    """Register this app's receivers."""
    subscribe("activity", "*", receiver=add_to_feed, of_many=record_activities)
    subscribe("notices", "*", receiver=tell_people, of_many=tell_all)
    subscribe("hooks", "*", receiver=call_hooks, of_many=queue_all_for_hooks)


def add_to_feed(event: Happened) -> None:
    """Record the event in the feed."""
    record_activity(event)


def tell_people(event: Happened) -> None:
    """Tell those whom the event concerns."""
    tell(event)


def call_hooks(event: Happened) -> None:
    """Queue the event for the hooks that want it."""
    queue_for_hooks(event)
