"""Live pages as a subscriber: every event becomes a hint to the pages that show its subject."""

from __future__ import annotations

from apps.events.queries import Happened
from apps.events.services import hint, subscribe


def subscribe_all() -> None:
    """Register this app's receivers."""
    subscribe("live", "*", receiver=hint_pages)


def hint_pages(event: Happened) -> None:
    """Hint on the topic of the app ("documents") and on that of the one thing ("documents:<id>")."""
    app = event.type.split(".")[0]
    for topic in (app, f"{app}:{event.subject_id}", "desk"):
        hint(tenant_id=event.tenant_id, topic=topic, event=event.type, id=event.subject_id)
