"""Extractions, strategies and their versions."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.strategies.enums import BatchStatus, ExtractionStatus, StrategyStatus


class Extraction(models.Model):
    """One reading of one document by one reader.

    `fallback_code` and `fallback_reason` say why the rule reader read in the place of the one that was asked for.
    `cross_check` is what the other reader read differently: {reader, version, note, strategies: {id: [disagreement]}}.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, related_name="extractions", db_constraint=False
    )
    status = models.CharField(max_length=10, choices=ExtractionStatus.choices, default=ExtractionStatus.QUEUED)
    reader = models.CharField(max_length=20)
    reader_version = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=60, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    remarks = models.JSONField(default=list)
    n_strategies = models.PositiveIntegerField(default=0)
    fallback_code = models.CharField(max_length=60, blank=True)
    fallback_reason = models.TextField(blank=True)
    cross_check = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    requested_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "document", "-created_at"], name="extraction_of_document")]

    def __str__(self) -> str:
        return f"{self.reader} {self.status}"

    @property
    def read_by(self) -> str:
        """The reader whose drafts these are."""
        return "rules" if self.fallback_code else self.reader


class BatchReading(models.Model):
    """Documents that Claude reads together, handed in as batches at half the price: a round of questions each.

    Each document has its own reading in `extraction_ids`; this row holds them together until the last is done.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    extraction_ids = ArrayField(models.UUIDField())
    status = models.CharField(max_length=10, choices=BatchStatus.choices, default=BatchStatus.OPEN)
    n_rounds = models.PositiveSmallIntegerField(default=0)
    error_message = models.TextField(blank=True)
    requested_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="batch_reading_by_time")]

    def __str__(self) -> str:
        return self.title


class Strategy(models.Model):
    """Rules with where each comes from. `draft` is a DraftSpecification; `revision` counts its changes.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, null=True, related_name="strategies", db_constraint=False
    )
    extraction = models.ForeignKey(
        Extraction, on_delete=models.PROTECT, null=True, related_name="strategies", db_constraint=False
    )
    title = models.CharField(max_length=120)
    family = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=StrategyStatus.choices, default=StrategyStatus.DRAFT)
    draft = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    n_questions = models.PositiveIntegerField(default=0)
    confirmed = models.JSONField(default=list)
    rejection = models.CharField(max_length=300, blank=True)
    rules_hash = models.CharField(max_length=64, blank=True)
    """Names the rules and values of the draft; empty while a formula cannot be read."""
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged_from", db_constraint=False
    )
    created_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "strategies"
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="strategy_by_time"),  # the list
            models.Index(fields=["tenant", "document"], name="strategy_of_document"),
            models.Index(fields=["tenant", "rules_hash"], name="strategy_of_rules"),  # drafts that look alike
        ]

    def __str__(self) -> str:
        return self.title


class Comment(models.Model):
    """What a person said about a strategy, or about one parameter or formula: `place` is its JSON pointer, else empty.

    Personal data: free text that people type (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    strategy = models.ForeignKey(Strategy, on_delete=models.CASCADE, related_name="comments", db_constraint=False)
    place = models.CharField(max_length=200, blank=True)
    text = models.TextField(max_length=2000)
    author_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["tenant", "strategy", "created_at"], name="comments_of_strategy")]

    def __str__(self) -> str:
        return f"comment on {self.place or 'the strategy'}"


class StrategyVersion(models.Model):
    """A strategy without holes, approved. Never changed: the database refuses too.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="versions", db_constraint=False)
    number = models.PositiveIntegerField()
    specification = models.JSONField()
    execution_hash = models.CharField(max_length=64)
    approved_by_id = models.UUIDField(null=True)
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "strategy", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A version is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A version is never deleted.")
