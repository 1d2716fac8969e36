"""What stands behind a run: how often it was made again."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.backtests.models import Rerun


def reruns(*, backtest_id: UUID) -> QuerySet[Rerun]:
    """The times a run was made again, newest first."""
    return Rerun.objects.filter(backtest_id=backtest_id)
