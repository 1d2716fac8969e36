"""A run while it waits and is made: its place in the queue, its pace, and its curve once there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import QuerySet

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest, EngineCheck, Rerun
from apps.jobs.enums import JobStatus, Queue
from apps.jobs.queries import Job, n_ahead, queue_counts, queue_of
from apps.web.queries import Spark, spark

_MEASURABLE = 0.15  # of the work: before that a pace says nothing
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Curve:
    """The equity of a run that is not judged yet, for a small chart: a path and its ends."""

    path: Spark
    first_day: str
    last_day: str
    total_return: float


@dataclass(frozen=True, slots=True)
class Live:
    """`ahead` is how many of the desk's jobs come first while it waits, `eta` the seconds that are left (None before the
    pace can be measured), `curve` the equity of the run itself while its further readings and the verdict are made."""

    ahead: int | None
    running: int
    fraction: float
    elapsed: float | None
    eta: float | None
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One job of the queue; `run` is None for work that is not a run of its own."""

    job: Job
    run: Backtest | None
    title: str


def live_of(run: Backtest, job: Job | None, /, *, at: datetime) -> Live:
    """How an unfinished run stands."""
    if job is None or job.status != JobStatus.RUNNING or job.started_at is None:
        waits = job is not None and job.status == JobStatus.QUEUED
        running = queue_counts(queue=Queue.BACKTESTS).get(JobStatus.RUNNING, 0) if waits else 0
        return Live(n_ahead(job) if job and waits else None, running, 0.0, None, None, None)
    elapsed = max(0.0, (at - job.started_at).total_seconds())
    done = job.fraction
    eta = elapsed * (1 - done) / done if done >= _MEASURABLE else None
    return Live(None, 0, done, elapsed, eta, _curve(run))


def keep_curve(run_id: UUID, tenant_id: UUID, /, *, days: Any, equity: Any) -> None:
    """Keep the curve of a run that is still being judged, thinned, for an hour. Nothing is lost when it is gone."""
    step = max(1, len(days) // _POINTS)
    kept = {
        "values": [float(v) for v in equity[::step]] + [float(equity[-1])],
        "first": str(days[0])[:10],
        "last": str(days[-1])[:10],
        "total": float(equity[-1] / equity[0] - 1.0) if equity[0] else 0.0,
    }
    cache.set(_key(tenant_id, run_id), kept, timeout=3600)


def queue_rows(jobs: list[Job], /) -> list[QueueRow]:
    """Jobs of the queue with the runs that they make, in three queries."""
    ids = [job.subject_id for job in jobs]
    runs = {
        run.id: run for run in Backtest.objects.filter(id__in=ids).select_related("strategy", "version").defer("plan")
    }
    again = {
        rerun.id: rerun.backtest
        for rerun in Rerun.objects.filter(id__in=ids).select_related("backtest__strategy", "backtest__version")
    }
    checked = {
        check.id: check.backtest
        for check in EngineCheck.objects.filter(id__in=ids).select_related("backtest__strategy", "backtest__version")
    }
    rows = []
    for job in jobs:
        run = runs.get(job.subject_id) or again.get(job.subject_id) or checked.get(job.subject_id)
        again_word = " (run again)" if job.subject_id in again else ""
        again_word = " (another engine)" if job.subject_id in checked else again_word
        rows.append(QueueRow(job, run, f"{run.strategy.title}{again_word}" if run else job.kind))
    return rows


def queue() -> QuerySet[Job]:
    """The jobs of the queue of backtests that run or wait."""
    return queue_of(queue=Queue.BACKTESTS)


def counts() -> dict[str, int]:
    """How many jobs of the queue of backtests run and how many wait, by status."""
    return queue_counts(queue=Queue.BACKTESTS)


def _curve(run: Backtest) -> Curve | None:
    kept = cache.get(_key(run.tenant_id, run.id)) if run.status == BacktestStatus.RUNNING else None
    path = spark(kept["values"], width=640, height=120) if kept else None
    return Curve(path, kept["first"], kept["last"], kept["total"]) if kept and path else None


def _key(tenant_id: UUID, run_id: UUID) -> str:
    return f"run-curve:{tenant_id}:{run_id}"
