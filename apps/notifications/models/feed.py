"""The activity feed."""

from __future__ import annotations

import uuid

from django.db import models


class Activity(models.Model):
    """One line of the desk's feed: an event, as a sentence. Rebuilt at will from the event store.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    event_id = models.UUIDField()
    type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    sentence = models.CharField(max_length=300)
    path = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "activities"
        constraints = [models.UniqueConstraint(fields=["tenant", "event_id"], name="activity_once_per_event")]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="activity_by_time")]  # the feed

    def __str__(self) -> str:
        return self.sentence
