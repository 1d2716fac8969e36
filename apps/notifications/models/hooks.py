"""Web hooks: addresses that the desk's events are posted to, and each posting."""

from __future__ import annotations

import uuid

from django.db import models

from apps.notifications.enums import Sending


class Hook(models.Model):
    """An address of the desk that gets events of the named types.

    The secret that signs is not kept: it is made of the installation's key and `salt`. `n_failures` counts failed attempts in a
    row; too many switch the hook off.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    url = models.URLField(max_length=500)
    event_types = models.JSONField(default=list)
    salt = models.CharField(max_length=64)
    is_active = models.BooleanField(default=True)
    n_failures = models.PositiveIntegerField(default=0)
    disabled_at = models.DateTimeField(null=True)
    created_by_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "-created_at"], name="hook_by_time")]  # the settings page

    def __str__(self) -> str:
        return self.url


class HookDelivery(models.Model):
    """One event on its way to one hook; the row is the log. `event_id` is empty for a test.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False)
    event_id = models.UUIDField(null=True)
    event_type = models.CharField(max_length=60)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=Sending.choices, default=Sending.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "hook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "hook", "event_id"], name="hook_delivery_once_per_event"
            ),  # tests have no event, and any number of them may be sent
        ]
        indexes = [
            models.Index(fields=["tenant", "hook", "-created_at", "-id"], name="hook_delivery_by_time"),  # the log
            models.Index(  # the sweep
                fields=["tenant", "next_attempt_at"],
                name="hook_delivery_due",
                condition=models.Q(status__in=["waiting", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.status}"
