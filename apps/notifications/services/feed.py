"""Project events into the feed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.events.queries import Happened
from apps.notifications.models import Activity

_LONGEST = 300


def record_activity(event: Happened) -> None:
    """Add an event to the feed; a second time changes nothing."""
    record_activities([event])


@transaction.atomic
def record_activities(events: Sequence[Happened]) -> None:
    """Add events to the feed; a second time changes nothing."""
    rows = [
        Activity(
            tenant_id=event.tenant_id,
            event_id=event.id,
            type=event.type,
            subject_id=event.subject_id,
            actor_id=event.actor_id,
            sentence=event.data.sentence()[:_LONGEST],
            path=event.data.path(event.subject_id) or "",
            at=event.at,
        )
        for event in events
    ]
    Activity.objects.bulk_create(rows, ignore_conflicts=True)
