"""Read the store and the outbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.events.enums import DeliveryStatus
from apps.events.events import EventData, kind
from apps.events.models import Delivery, Event


@dataclass(frozen=True, slots=True)
class Happened:
    """A stored event, read back: its envelope and its typed data."""

    id: UUID
    tenant_id: UUID
    type: str
    subject_id: UUID
    actor_id: UUID | None
    at: datetime
    correlation_id: str
    data: EventData

    @classmethod
    def of(cls, event: Event) -> Happened:
        data = kind(event.type).model_validate(json.loads(event.body)["data"])
        return cls(
            event.id,
            event.tenant_id,
            event.type,
            event.subject_id,
            event.actor_id,
            event.at,
            event.correlation_id,
            data,
        )


def live_group(tenant_id: UUID, topic: str) -> str:
    """The channel-layer group of a topic ("documents", "documents:<id>") for one tenant."""
    return f"t.{tenant_id.hex}.{topic.replace(':', '.')}"


def history(*, subject_id: UUID) -> list[Happened]:
    """Everything that happened to one thing, oldest first."""
    return [Happened.of(event) for event in Event.objects.filter(subject_id=subject_id).order_by("at", "xid")]


def due_event_ids(*, at: datetime, limit: int = 200) -> list[UUID]:
    """Events of the current tenant with a delivery that is due."""
    due = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_attempt_at__lte=at)
    return list(dict.fromkeys(due.order_by("next_attempt_at").values_list("event_id", flat=True)[:limit]))


def parked_deliveries() -> int:
    """How many deliveries of the current tenant were given up and wait for a person."""
    return Delivery.objects.filter(status=DeliveryStatus.PARKED).count()
