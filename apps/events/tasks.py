"""Deliver events after their commit, and sweep what a crash left."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from apps.events.queries import due_event_ids
from apps.events.services import deliver as deliver_event
from apps.events.services import send
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


@shared_task(name="events.deliver")
def deliver(*, tenant_id: str, event_id: str, **kwargs: object) -> None:
    """Deliver one event to its subscribers."""
    with tenant_scope(UUID(tenant_id)):
        deliver_event(event_id=UUID(event_id), at=timezone.now())


@shared_task(name="events.sweep")
def sweep(**kwargs: object) -> None:
    """Send again every delivery that is due: lost messages, failed attempts, a broker that was away."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            due = due_event_ids(at=timezone.now())
        for event_id in due:
            send("events.deliver", tenant_id=str(tenant_id), event_id=str(event_id))
