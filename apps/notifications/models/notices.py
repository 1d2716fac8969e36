"""What one person was told, what they want to be told, and what goes to them outside the page."""

from __future__ import annotations

import uuid

from django.db import models

from apps.notifications.enums import TONES, ChannelKey, Sending, Topic


class Notice(models.Model):
    """One event, told to one person. `in_page` is false when they want it by another channel alone.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    event_id = models.UUIDField()
    topic = models.CharField(max_length=40, choices=Topic.choices)
    sentence = models.CharField(max_length=300)
    path = models.CharField(max_length=200, blank=True)
    in_page = models.BooleanField(default=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "person", "event_id"], name="notice_once_per_event")]
        indexes = [
            models.Index(fields=["tenant", "person", "-at", "-id"], name="notice_by_time"),  # the page, the drop-down
            models.Index(  # the count beside the bell
                fields=["tenant", "person"],
                name="notice_unread",
                condition=models.Q(read_at__isnull=True, in_page=True),
            ),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def tone(self) -> str:
        return TONES[Topic(self.topic)]


class Preference(models.Model):
    """A person's own answer for one topic and channel, where it differs from the first setting.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=40, choices=Topic.choices)
    channel = models.CharField(max_length=20, choices=ChannelKey.choices)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "person", "topic", "channel"], name="preference_one_answer")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.channel} {self.is_wanted}"


class Dispatch(models.Model):
    """One notice on its way through one channel outside the page. Claimed before it is sent, so that nothing is sent twice.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="dispatches", db_constraint=False)
    channel = models.CharField(max_length=20, choices=ChannelKey.choices)
    status = models.CharField(max_length=10, choices=Sending.choices, default=Sending.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "dispatches"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "notice", "channel"], name="dispatch_once_per_channel")
        ]
        indexes = [
            models.Index(  # the sweep
                fields=["tenant", "next_attempt_at"],
                name="dispatch_due",
                condition=models.Q(status__in=["waiting", "sending"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"
