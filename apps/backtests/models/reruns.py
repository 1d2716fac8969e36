"""Runs made again: by our engine, to see whether they are still the same; by another, to see whether it agrees."""

from __future__ import annotations

import uuid

from django.db import models

from apps.backtests.enums import BacktestStatus, CheckOutcome, RerunOutcome


class Rerun(models.Model):
    """A stored run made again from its frozen plan, and what came of it: the same bytes, or the first thing that differs.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    backtest = models.ForeignKey(
        "backtests.Backtest", on_delete=models.PROTECT, related_name="reruns", db_constraint=False
    )
    status = models.CharField(max_length=10, choices=BacktestStatus.choices, default=BacktestStatus.QUEUED)
    outcome = models.CharField(max_length=10, choices=RerunOutcome.choices, blank=True)
    difference = models.JSONField(null=True)
    engine_version = models.CharField(max_length=20, blank=True)
    error_message = models.TextField(blank=True)
    requested_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "backtest", "-created_at"], name="rerun_of_backtest")]

    def __str__(self) -> str:
        return self.outcome or self.status


class EngineCheck(models.Model):
    """A stored run's targets followed by another engine, and whether its accounts agree with ours to the cent.

    `finding` is what `services.engine_checks.Agreement` says, or the reasons for which the other engine refused.
    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    backtest = models.ForeignKey(
        "backtests.Backtest", on_delete=models.PROTECT, related_name="engine_checks", db_constraint=False
    )
    engine = models.CharField(max_length=20)
    engine_version = models.CharField(max_length=40)
    own_version = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=BacktestStatus.choices, default=BacktestStatus.QUEUED)
    outcome = models.CharField(max_length=10, choices=CheckOutcome.choices, blank=True)
    finding = models.JSONField(null=True)
    error_message = models.TextField(blank=True)
    requested_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "backtest", "-created_at"], name="check_of_backtest")]

    def __str__(self) -> str:
        return f"{self.engine} {self.engine_version}: {self.outcome or self.status}"
