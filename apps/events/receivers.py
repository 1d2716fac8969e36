"""Live pages as a subscriber: every event becomes a hint to the pages that show its subject."""

from __future__ import annotations

from collections.abc import Sequence

from apps.events.queries import Happened
from apps.events.services import Hint, hint_all, subscribe


def subscribe_all() -> None:
    """Register this app's receivers."""
    subscribe("live", "*", receiver=hint_pages, of_many=hint_pages_of_many)


def hint_pages(event: Happened) -> None:
    """Hint on the topic of the app ("documents") and on that of the one thing ("documents:<id>")."""
    hint_pages_of_many([event])


def hint_pages_of_many(events: Sequence[Happened]) -> None:
    """The same for several events of a desk: each topic once."""
    hints = [
        Hint(topic, event.type, event.subject_id)
        for event in events
        for app in [event.type.split(".")[0]]
        for topic in (app, f"{app}:{event.subject_id}", "desk")
    ]
    hint_all(tenant_id=events[0].tenant_id, hints=hints)
