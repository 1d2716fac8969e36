"""The event store and the outbox."""

from __future__ import annotations

import uuid

from django.db import models

from apps.events.enums import DeliveryStatus


class Event(models.Model):
    """Something that happened, said once. Written by `append`, never changed: the database refuses.

    `body` is the whole event as canonical JSON (RFC 8785); `leaf` is sha256(0x00 || body), computed by a trigger; `xid`
    orders commits for whoever seals them, because ids and clocks do not.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    body = models.TextField()
    leaf = models.BinaryField(editable=False, null=True)
    xid = models.BigIntegerField(editable=False, null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="event_by_time"),  # the record, newest first
            models.Index(fields=["tenant", "subject_id"], name="event_by_subject"),  # the history of one thing
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"


class Delivery(models.Model):
    """One event on its way to one subscriber: the outbox.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries", db_constraint=False)
    subscriber = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event", "subscriber"], name="delivery_once_per_subscriber"),
            models.CheckConstraint(
                condition=models.Q(status=DeliveryStatus.DONE, done_at__isnull=False)
                | (~models.Q(status=DeliveryStatus.DONE) & models.Q(done_at__isnull=True)),
                name="delivery_done_has_time",
            ),
        ]
        indexes = [
            # The sweep: what is due.
            models.Index(
                fields=["tenant", "next_attempt_at"],
                name="delivery_due",
                condition=models.Q(status=DeliveryStatus.PENDING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.event_id}"
