"""Answers kept for programs that ask twice."""

from __future__ import annotations

import uuid

from django.db import models


class KeptAnswer(models.Model):
    """What the API answered to a request with an idempotency key; kept for a day, for the person who asked.

    Written in the transaction of the work itself: work that is rolled back leaves no answer. `status` is empty only inside it.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "person_id", "key"], name="kept_answer_once_per_key")]
        indexes = [models.Index(fields=["tenant", "created_at"], name="kept_answer_by_age")]  # forgetting

    def __str__(self) -> str:
        return self.key
