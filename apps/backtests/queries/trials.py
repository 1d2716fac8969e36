"""How much was tried before a figure was shown. The one place that counts."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max, Sum

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest, Sweep

_COUNTED = (BacktestStatus.QUEUED, BacktestStatus.RUNNING, BacktestStatus.DONE)


def trials_of(*, strategy_id: UUID) -> int:
    """How many variants of a strategy were run: distinct backtests, and every member of every distinct sweep.

    What gave no result was no trial. A variant that two sweeps share counts twice: the count is never too low.
    """
    runs = Backtest.objects.filter(strategy_id=strategy_id, status__in=_COUNTED)
    members = (
        Sweep.objects.filter(strategy_id=strategy_id, status__in=_COUNTED)
        .order_by()
        .values("fingerprint")
        .annotate(n=Max("n_members"))
        .aggregate(total=Sum("n"))["total"]
    )
    return runs.values("fingerprint").distinct().count() + (members or 0)
