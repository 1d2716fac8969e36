"""Send what is due, take up what a crash left, and forget what is old."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.events.services import send
from apps.notifications.enums import Sending
from apps.notifications.models import Dispatch, HookDelivery, Notice

_GRACE = timedelta(seconds=10)  # left to the task that was sent after the commit
_LOST = timedelta(minutes=5)  # longer than any attempt may take
_BATCH = 200
NOTICES_KEPT = timedelta(days=180)
DELIVERIES_KEPT = timedelta(days=30)
_UNKNOWN = "The worker ended while this was being sent. It is not sent again, so that nobody gets it twice."


@transaction.atomic
def send_due(*, tenant_id: UUID, at: datetime) -> None:
    """Send a task for everything of the desk that is due. Call inside the tenant's scope."""
    lost = {"status": Sending.SENDING, "claimed_at__lt": at - _LOST}
    Dispatch.objects.filter(**lost).update(status=Sending.FAILED, last_error=_UNKNOWN)
    HookDelivery.objects.filter(**lost).update(status=Sending.WAITING, next_attempt_at=at - _GRACE)
    due = {"status": Sending.WAITING, "next_attempt_at__lte": at - _GRACE}
    for dispatch_id in Dispatch.objects.filter(**due).values_list("id", flat=True)[:_BATCH]:
        send("notifications.dispatch", tenant_id=str(tenant_id), dispatch_id=str(dispatch_id))
    for delivery_id in HookDelivery.objects.filter(**due).values_list("id", flat=True)[:_BATCH]:
        send("notifications.deliver_hook", tenant_id=str(tenant_id), delivery_id=str(delivery_id))


@transaction.atomic
def forget_old(*, at: datetime) -> None:
    """Drop old notices and old delivery logs of the desk; the record keeps what happened. Call inside the tenant's scope."""
    Notice.objects.filter(at__lt=at - NOTICES_KEPT).delete()
    HookDelivery.objects.filter(created_at__lt=at - DELIVERIES_KEPT).exclude(
        status__in=[Sending.WAITING, Sending.SENDING]
    ).delete()
