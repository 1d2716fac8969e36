"""Sweeps and their pieces."""

from __future__ import annotations

import uuid

from django.db import models

from apps.backtests.enums import BacktestStatus, Objective, SweepKind


class Sweep(models.Model):
    """Many runs of one strategy over the values of some of its parameters, on one snapshot of data.

    `plan` is everything that its pieces need, frozen when it was asked for; `fingerprint` names it. Figures of members are
    Parquet files in storage, named by their hash. Once done, a row is never changed: the database refuses. A sweep of
    readings may be of a draft; it has no version then.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    strategy = models.ForeignKey(
        "strategies.Strategy", on_delete=models.PROTECT, related_name="sweeps", db_constraint=False
    )
    version = models.ForeignKey(
        "strategies.StrategyVersion", on_delete=models.PROTECT, null=True, related_name="sweeps", db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=SweepKind.choices)
    objective = models.CharField(max_length=20, choices=Objective.choices)
    status = models.CharField(max_length=10, choices=BacktestStatus.choices, default=BacktestStatus.QUEUED)
    plan = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    n_members = models.PositiveIntegerField()
    n_pieces = models.PositiveIntegerField()
    n_pieces_done = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    created_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # The same sweep is asked for once: it is waiting, running or done, and then served from the store.
            models.UniqueConstraint(
                fields=["tenant", "strategy", "fingerprint"],
                condition=models.Q(status__in=["queued", "running", "done"]),
                name="sweep_once_per_fingerprint",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="sweep_by_time"),  # the list
            models.Index(
                fields=["tenant", "strategy", "-created_at"], name="sweep_of_strategy"
            ),  # trials, and its page
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.strategy_id} {self.status}"


class SweepPiece(models.Model):
    """Some members of a sweep that follow one another: the work of one job. `file` is the hash of its table, once done.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="pieces", db_constraint=False)
    number = models.PositiveIntegerField()
    first = models.PositiveIntegerField()
    n_members = models.PositiveIntegerField()
    file = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "sweep", "number"], name="sweep_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.number}"
