"""What language models were asked, what it cost, and what a desk may spend."""

from __future__ import annotations

import uuid

from django.db import models

from apps.llm.enums import BatchState, CallState


class Budget(models.Model):
    """What a desk may spend on language models; an empty amount means the one of the settings.

    Its row is the lock under which amounts are reserved, so that two workers cannot overspend together.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    monthly_usd = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    document_usd = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="budget_once_per_desk"),
            models.CheckConstraint(
                condition=models.Q(monthly_usd__isnull=True) | models.Q(monthly_usd__gte=0),
                name="budget_month_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(document_usd__isnull=True) | models.Q(document_usd__gte=0),
                name="budget_document_positive",
            ),
        ]

    def __str__(self) -> str:
        return "Budget for language models"


class ModelBatch(models.Model):
    """Requests that were handed in together, answered within a day at half the price.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    subject_id = models.UUIDField()
    provider_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.OPEN)
    n_requests = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "model batches"
        indexes = [models.Index(fields=["tenant", "subject_id", "-created_at"], name="batch_of_subject")]

    def __str__(self) -> str:
        return f"{self.n_requests} requests, {self.state}"


class ModelCall(models.Model):
    """One request to a language model: a line of the ledger, and its recorded answer.

    It is written before the request is sent, with the most that it may cost (`reserved_usd`), and settled afterwards with
    what it did cost. One that stays reserved lost its worker; it counts with its estimate, because it may have been billed.
    `key` is the hash of the whole request: asked again for the same subject, the recorded answer is given and nothing is paid.

    Personal data: the answer holds whatever the document contains; people are ids
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    document_id = models.UUIDField(null=True)
    model = models.CharField(max_length=60)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.RESERVED)
    outcome = models.CharField(max_length=40, blank=True)
    batch = models.ForeignKey(
        ModelBatch, on_delete=models.PROTECT, null=True, related_name="calls", db_constraint=False
    )
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cache_read_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    reserved_usd = models.DecimalField(max_digits=12, decimal_places=6)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    answer = models.TextField(blank=True)
    person_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=CallState.RESERVED, settled_at__isnull=True)
                | (~models.Q(state=CallState.RESERVED) & models.Q(settled_at__isnull=False)),
                name="call_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="call_by_time"),  # the month's spend
            models.Index(fields=["tenant", "subject_id", "key"], name="call_recorded"),  # the recorded answer
            models.Index(fields=["tenant", "document_id", "at"], name="call_of_document"),  # the document's budget
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.model} {self.state}"
