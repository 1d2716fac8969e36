"""Deliver events after their commit, and sweep what a crash left."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from apps.events.queries import due_event_ids
from apps.events.services import deliver_all, send
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope

_AT_ONCE = 50


@shared_task(name="events.deliver")
def deliver(*, tenant_id: str, event_ids: list[str] | None = None, event_id: str = "", **kwargs: object) -> None:
    """Deliver events to their subscribers. `event_id` is in messages that were sent before an update."""
    with tenant_scope(UUID(tenant_id)):
        deliver_all(event_ids=[UUID(one) for one in event_ids or [event_id]], at=timezone.now())


@shared_task(name="events.sweep")
def sweep(**kwargs: object) -> None:
    """Send again every delivery that is due: lost messages, failed attempts, a broker that was away."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            due = due_event_ids(at=timezone.now())
        for first in range(0, len(due), _AT_ONCE):
            event_ids = [str(event_id) for event_id in due[first : first + _AT_ONCE]]
            send("events.deliver", tenant_id=str(tenant_id), event_ids=event_ids)
