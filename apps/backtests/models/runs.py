"""Backtests and their verdicts: evidence, written once."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from apps.backtests.enums import BacktestStatus, VerdictWord


class Backtest(models.Model):
    """One run of one version on one snapshot of data.

    `plan` is everything that the run needs, frozen when it was asked for; `fingerprint` names it. Once done, a row is
    never changed: the database refuses. Curves, orders and trades are Parquet files in storage, named by their hash. Each
    measure of `metrics` is also a generated column `measure_<key>` with an index (migration 0010), which the list sorts by;
    they are no fields, so that no query carries them.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    strategy = models.ForeignKey(
        "strategies.Strategy", on_delete=models.PROTECT, related_name="backtests", db_constraint=False
    )
    version = models.ForeignKey(
        "strategies.StrategyVersion", on_delete=models.PROTECT, related_name="backtests", db_constraint=False
    )
    status = models.CharField(max_length=10, choices=BacktestStatus.choices, default=BacktestStatus.QUEUED)
    plan = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    start_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    metrics = models.JSONField(default=dict)
    annual_return = models.FloatField(null=True)
    sharpe_ratio = models.FloatField(null=True)
    max_drawdown = models.FloatField(null=True)
    verdict_word = models.CharField(max_length=30, choices=VerdictWord.choices, blank=True)
    thin_curve = ArrayField(
        models.FloatField(), default=list
    )  # equity over its first value, for the list: reads no file
    files = models.JSONField(default=dict)
    order_hash = models.CharField(max_length=64, blank=True)
    diagnostics = models.JSONField(default=list)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    created_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # The same run is asked for once: it is waiting, running or done, and then served from the store.
            models.UniqueConstraint(
                fields=["tenant", "strategy", "fingerprint"],
                condition=models.Q(status__in=["queued", "running", "done"]),
                name="backtest_once_per_fingerprint",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="backtest_by_time"),  # the list
            models.Index(fields=["tenant", "strategy", "-created_at"], name="backtest_of_strategy"),
            # the list's filters
            models.Index(fields=["tenant", "verdict_word", "-created_at", "-id"], name="backtest_by_verdict"),
            models.Index(fields=["tenant", "status", "-created_at", "-id"], name="backtest_by_status"),
            models.Index(fields=["tenant", "created_by_id", "-created_at", "-id"], name="backtest_by_person"),
            models.Index(fields=["tenant", "fingerprint"], name="backtest_by_fingerprint"),
        ]

    def __str__(self) -> str:
        return f"{self.strategy_id} {self.status}"


class Verdict(models.Model):
    """The judgement of a run against its document's claims, with the version of the rules that judged. Never changed.

    A run that lacked data has one too: not testable. Reasons are gates (apps.domain.verdict.Reason); those that gate
    versions before 2 stored have a code, a tone and a sentence only, and their comparisons have no figures.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    backtest = models.ForeignKey(Backtest, on_delete=models.PROTECT, related_name="verdicts", db_constraint=False)
    word = models.CharField(max_length=30, choices=VerdictWord.choices)
    reasons = models.JSONField()
    comparisons = models.JSONField(encoder=DjangoJSONEncoder)  # figures carry the days of their windows
    gate_version = models.CharField(max_length=20)
    n_trials = models.PositiveIntegerField()
    deflated_sharpe = models.FloatField(null=True)
    graded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "backtest"], name="verdict_once_per_backtest")]

    def __str__(self) -> str:
        return self.word

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A verdict is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A verdict is never deleted.")
