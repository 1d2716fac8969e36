"""Append events, deliver them to subscribers, and hint to open pages that something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from asgiref.sync import async_to_sync
from celery import Celery, current_app
from channels.layers import get_channel_layer
from django.db import transaction

from apps.domain.values import canonical_json
from apps.events.enums import DeliveryStatus
from apps.events.events import EventData
from apps.events.models import Delivery, Event
from apps.events.queries import Happened, live_group

logger = structlog.get_logger(__name__)

Receiver = Callable[[Happened], None]
MAX_ATTEMPTS = 8
_FIRST_BACK_OFF = timedelta(seconds=2)
_GRACE = timedelta(seconds=5)  # the sweep leaves this long to the task that was sent after the commit


@dataclass(frozen=True, slots=True)
class Subscription:
    """A receiver, and the types it wants ("documents.stored"; "*" is every type)."""

    name: str
    types: frozenset[str]
    receiver: Receiver

    def wants(self, type_: str) -> bool:
        return "*" in self.types or type_ in self.types


_subscriptions: dict[str, Subscription] = {}


def subscribe(name: str, *types: str, receiver: Receiver) -> None:
    """Register a receiver; called once per name, when an app is ready. A receiver must bear being called twice."""
    _subscriptions[name] = Subscription(name, frozenset(types), receiver)


def subscriptions() -> dict[str, Subscription]:
    """Every registered subscription, by name."""
    return dict(_subscriptions)


@transaction.atomic
def append(*, tenant_id: UUID, subject_id: UUID, data: EventData, actor_id: UUID | None, at: datetime) -> Event:
    """Store an event and a delivery for each subscriber, in the caller's transaction; send the deliveries after it.

    Call it inside the tenant's scope, beside the change that it reports.
    """
    correlation_id = str(structlog.contextvars.get_contextvars().get("correlation_id", ""))
    event_id = uuid4()
    body = canonical_json(
        {
            "id": str(event_id),
            "tenant": str(tenant_id),
            "type": data.type,
            "version": data.version,
            "subject": str(subject_id),
            "actor": str(actor_id) if actor_id else None,
            "at": at.isoformat(),
            "correlation_id": correlation_id,
            "data": data.model_dump(mode="json"),
        },
    )
    event = Event.objects.create(
        id=event_id,
        tenant_id=tenant_id,
        type=data.type,
        subject_id=subject_id,
        actor_id=actor_id,
        correlation_id=correlation_id,
        at=at,
        body=body,
    )
    wanted = [s.name for s in _subscriptions.values() if s.wants(data.type)]
    Delivery.objects.bulk_create(
        Delivery(tenant_id=tenant_id, event=event, subscriber=name, next_attempt_at=at + _GRACE) for name in wanted
    )
    if wanted:
        transaction.on_commit(lambda: send("events.deliver", tenant_id=str(tenant_id), event_id=str(event_id)))
    return event


def send(task: str, *, queue: str | None = None, app: Celery | None = None, **arguments: Any) -> bool:
    """Send a task to the broker; when the broker is away, say so in the log and leave the work to the sweep."""
    try:
        (app or current_app).send_task(task, kwargs=arguments, queue=queue, retry=False, ignore_result=True)
    except Exception:  # every broker library has its own errors; the work itself is safe in the database
        logger.warning("broker_unreachable", task=task)
        return False
    return True


def deliver(*, event_id: UUID, at: datetime) -> None:
    """Hand an event to each subscriber that has not had it. A receiver's work and its receipt commit together."""
    pending = Delivery.objects.filter(event_id=event_id, status=DeliveryStatus.PENDING)
    for delivery in pending.select_related("event").select_for_update(skip_locked=True, of=("self",)):
        _deliver_one(delivery, at=at)


def _deliver_one(delivery: Delivery, *, at: datetime) -> None:
    delivery.attempts += 1
    try:
        with transaction.atomic():
            subscription = _subscriptions[delivery.subscriber]
            subscription.receiver(Happened.of(delivery.event))
    except Exception as error:  # whatever a receiver raises, the others must still have their turn
        logger.exception(
            "delivery_failed",
            subscriber=delivery.subscriber,
            event_id=str(delivery.event_id),
            attempt=delivery.attempts,
        )
        delivery.last_error = f"{type(error).__name__}: {error}"[:500]
        delivery.next_attempt_at = at + _FIRST_BACK_OFF * 2 ** (delivery.attempts - 1)
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.status = DeliveryStatus.PARKED
    else:
        delivery.status, delivery.done_at, delivery.last_error = DeliveryStatus.DONE, at, ""
    delivery.save()


@transaction.atomic
def retry_parked(*, delivery_id: UUID, at: datetime) -> None:
    """Give a parked delivery another round of attempts."""
    Delivery.objects.filter(id=delivery_id, status=DeliveryStatus.PARKED).update(
        status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=at, last_error=""
    )


def hint(*, tenant_id: UUID, topic: str, event: str, id: UUID | None = None) -> None:  # noqa: A002 -- the message's own word
    """Tell open pages that a topic changed; they fetch it themselves. Nothing is lost when nobody hears it."""
    layer = get_channel_layer()
    if layer is None:
        return
    correlation_id = str(structlog.contextvars.get_contextvars().get("correlation_id", ""))
    message = {
        "type": "live.hint",
        "topic": topic,
        "event": event,
        "id": str(id) if id else None,
        "correlation_id": correlation_id,
    }
    try:
        async_to_sync(layer.group_send)(live_group(tenant_id, topic), message)
    except Exception:  # a page that misses a hint catches up when it reconnects
        logger.warning("hint_not_sent", topic=topic)
