"""Runs made again, to see whether they are still the same."""

from __future__ import annotations

import uuid

from django.db import models

from apps.backtests.enums import BacktestStatus, RerunOutcome


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
