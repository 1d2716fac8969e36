"""Append events, deliver them to subscribers, and hint to open pages that something changed.

What many do at once is done at once: the events of one transaction are stored together, announced in one message and handed
to each subscriber together, and pages hear of a topic once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from asgiref.sync import async_to_sync
from celery import Celery, current_app
from channels.layers import get_channel_layer
from django.db import connection, transaction
from django.db.models import F

from apps.domain.values import canonical_json
from apps.events.enums import DeliveryStatus
from apps.events.events import EventData
from apps.events.models import Delivery, Event
from apps.events.queries import Happened, live_group

logger = structlog.get_logger(__name__)

Receiver = Callable[[Happened], None]
ReceiverOfMany = Callable[[Sequence[Happened]], None]
MAX_ATTEMPTS = 8
_FIRST_BACK_OFF = timedelta(seconds=2)
_GRACE = timedelta(seconds=5)  # the sweep leaves this long to the task that was sent after the commit
_AT_ONCE = 100  # events that one message announces


@dataclass(frozen=True, slots=True)
class Subscription:
    """A receiver, and the types it wants ("documents.stored"; "*" is every type). `of_many` does for several events what
    `receiver` does for each, with less work."""

    name: str
    types: frozenset[str]
    receiver: Receiver
    of_many: ReceiverOfMany | None = None

    def wants(self, type_: str) -> bool:
        return "*" in self.types or type_ in self.types


_subscriptions: dict[str, Subscription] = {}


def subscribe(name: str, *types: str, receiver: Receiver, of_many: ReceiverOfMany | None = None) -> None:
    """Register a receiver; called once per name, when an app is ready. A receiver must bear being called twice."""
    _subscriptions[name] = Subscription(name, frozenset(types), receiver, of_many)


def subscriptions() -> dict[str, Subscription]:
    """Every registered subscription, by name."""
    return dict(_subscriptions)


@dataclass(frozen=True, slots=True)
class News:
    """An event before it is stored: what happened, to what, by whom, and in the course of what (by default of the one
    that is going on)."""

    subject_id: UUID
    data: EventData
    actor_id: UUID | None = None
    correlation_id: str | None = None


def append(*, tenant_id: UUID, subject_id: UUID, data: EventData, actor_id: UUID | None, at: datetime) -> Event:
    """Store an event and a delivery for each subscriber, in the caller's transaction; send the deliveries after it.

    Call it inside the tenant's scope, beside the change that it reports.
    """
    return append_all(tenant_id=tenant_id, news=[News(subject_id, data, actor_id)], at=at)[0]


@transaction.atomic(savepoint=False)
def append_all(*, tenant_id: UUID, news: Sequence[News], at: datetime) -> list[Event]:
    """Store several events, each as `append` does, in two statements."""
    correlation_id = str(structlog.contextvars.get_contextvars().get("correlation_id", ""))
    events = [
        _event(tenant_id, one, correlation_id if one.correlation_id is None else one.correlation_id, at) for one in news
    ]
    Event.objects.bulk_create(events)
    deliveries = [
        Delivery(tenant_id=tenant_id, event=event, subscriber=s.name, next_attempt_at=at + _GRACE)
        for event in events
        for s in _subscriptions.values()
        if s.wants(event.type)
    ]
    Delivery.objects.bulk_create(deliveries)
    wanted = dict.fromkeys(str(delivery.event_id) for delivery in deliveries)
    send_after_commit("events.deliver", tenant_id=tenant_id, ids_as="event_ids", ids=wanted, at_once=_AT_ONCE)
    return events


def _event(tenant_id: UUID, news: News, correlation_id: str, at: datetime) -> Event:
    event_id, data = uuid4(), news.data
    body = canonical_json(
        {
            "id": str(event_id),
            "tenant": str(tenant_id),
            "type": data.type,
            "version": data.version,
            "subject": str(news.subject_id),
            "actor": str(news.actor_id) if news.actor_id else None,
            "at": at.isoformat(),
            "correlation_id": correlation_id,
            "data": data.model_dump(mode="json"),
        },
    )
    return Event(
        id=event_id,
        tenant_id=tenant_id,
        type=data.type,
        subject_id=news.subject_id,
        actor_id=news.actor_id,
        correlation_id=correlation_id,
        at=at,
        body=body,
    )


@dataclass(slots=True)
class _Announcement:
    """What one transaction has to tell the workers: ids, told in few messages after its commit."""

    address: tuple[str, str | None, str, str, int]
    ids: dict[str, None] = field(default_factory=dict)

    def __call__(self) -> None:
        task, queue, tenant_id, ids_as, at_once = self.address
        ids = list(self.ids)
        for first in range(0, len(ids), at_once):
            some: dict[str, Any] = {ids_as: ids[first : first + at_once]}
            send(task, queue=queue, tenant_id=tenant_id, **some)


def send_after_commit(
    task: str, *, tenant_id: UUID, ids_as: str, ids: Iterable[str], at_once: int, queue: str | None = None
) -> None:
    """Send a task the ids of rows of this transaction once it has committed, `at_once` in a message.

    What one transaction says to the same task is said together. The task must pass over ids that it does not find: rows of
    a part that was rolled back are announced too.
    """
    address = (task, queue, str(tenant_id), ids_as, at_once)
    hooks: list[Any] = connection.run_on_commit
    waiting = (hook[1] for hook in hooks if isinstance(hook[1], _Announcement))
    announcement = next((told for told in waiting if told.address == address), None)
    if announcement is None:
        announcement = _Announcement(address)
        # As transaction.on_commit does, but of the whole transaction, so that a part that is rolled back takes only itself.
        hooks.append((set(), announcement, False))
    announcement.ids.update(dict.fromkeys(ids))


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
    deliver_all(event_ids=[event_id], at=at)


def deliver_all(*, event_ids: Sequence[UUID], at: datetime) -> None:
    """Hand several events to each subscriber that has not had them, together where the subscriber takes them so."""
    pending = Delivery.objects.filter(event_id__in=event_ids, status=DeliveryStatus.PENDING)
    locked = pending.select_related("event").select_for_update(skip_locked=True, of=("self",))
    by_subscriber: dict[str, list[Delivery]] = {}
    for delivery in sorted(locked, key=lambda delivery: delivery.event.at):
        by_subscriber.setdefault(delivery.subscriber, []).append(delivery)
    read: dict[UUID, Happened] = {}
    for name, deliveries in by_subscriber.items():
        if not (len(deliveries) > 1 and _deliver_together(name, deliveries, read, at=at)):
            for delivery in deliveries:
                _deliver_one(delivery, at=at)


def _deliver_together(name: str, deliveries: list[Delivery], read: dict[UUID, Happened], *, at: datetime) -> bool:
    """False when the subscriber does not take several, or one of them failed: then each has its own turn."""
    subscription = _subscriptions.get(name)
    if subscription is None or subscription.of_many is None:
        return False
    try:
        with transaction.atomic():
            for delivery in deliveries:
                if delivery.event_id not in read:
                    read[delivery.event_id] = Happened.of(delivery.event)
            subscription.of_many([read[delivery.event_id] for delivery in deliveries])
    except Exception:  # whatever it was, it is told for the event that it belongs to
        logger.warning("deliveries_one_by_one", subscriber=name, n=len(deliveries))
        return False
    Delivery.objects.filter(id__in=[delivery.id for delivery in deliveries]).update(
        status=DeliveryStatus.DONE, done_at=at, last_error="", attempts=F("attempts") + 1
    )
    return True


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
    hint_all(tenant_id=tenant_id, hints=[Hint(topic, event, id)])


@dataclass(frozen=True, slots=True)
class Hint:
    """A topic that changed, by what kind of event and on which thing."""

    topic: str
    event: str
    id: UUID | None = None


def hint_all(*, tenant_id: UUID, hints: Iterable[Hint]) -> None:
    """Tell open pages of several changes; of changes to one topic they hear the last, for they fetch it whole."""
    layer = get_channel_layer()
    by_topic = {one.topic: one for one in hints}
    if layer is None or not by_topic:
        return
    correlation_id = str(structlog.contextvars.get_contextvars().get("correlation_id", ""))
    messages = {
        live_group(tenant_id, one.topic): {
            "type": "live.hint",
            "topic": one.topic,
            "event": one.event,
            "id": str(one.id) if one.id else None,
            "correlation_id": correlation_id,
        }
        for one in by_topic.values()
    }

    async def tell() -> None:
        heard = await layer.heard(messages) if len(messages) > 1 else list(messages)
        await asyncio.gather(*(layer.group_send(group, messages[group]) for group in heard))

    try:
        async_to_sync(tell)()
    except Exception:  # a page that misses a hint catches up when it reconnects
        logger.warning("hint_not_sent", topics=len(messages))
