"""What stands behind a run: how often it was made again, by our engine and by others."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.backtests.models import EngineCheck, Rerun


def reruns(*, backtest_id: UUID) -> QuerySet[Rerun]:
    """The times a run was made again, newest first."""
    return Rerun.objects.filter(backtest_id=backtest_id)


def engine_checks(*, backtest_id: UUID) -> QuerySet[EngineCheck]:
    """The times another engine followed a run, newest first."""
    return EngineCheck.objects.filter(backtest_id=backtest_id)
