"""What goes out: letters and web hooks, each on the queue of its own, and the sweep behind them."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from apps.notifications import services
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


@shared_task(name="notifications.dispatch", soft_time_limit=45, time_limit=60)
def dispatch(*, tenant_id: str, dispatch_id: str, **kwargs: object) -> None:
    """Hand one notice to one channel."""
    services.dispatch(tenant_id=UUID(tenant_id), dispatch_id=UUID(dispatch_id), at=timezone.now())


@shared_task(name="notifications.deliver_hook", soft_time_limit=30, time_limit=45)
def deliver_hook(*, tenant_id: str, delivery_id: str, **kwargs: object) -> None:
    """Post one event to one hook."""
    services.deliver_hook(tenant_id=UUID(tenant_id), delivery_id=UUID(delivery_id), at=timezone.now())


@shared_task(name="notifications.sweep")
def sweep(**kwargs: object) -> None:
    """Send what is due and what a crash left."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            services.send_due(tenant_id=tenant_id, at=timezone.now())


@shared_task(name="notifications.forget")
def forget(**kwargs: object) -> None:
    """Drop old notices and delivery logs."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            services.forget_old(at=timezone.now())
