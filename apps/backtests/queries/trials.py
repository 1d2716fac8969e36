"""How much was tried before a figure was shown. The one place that counts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, Q, Sum

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest, Sweep

_COUNTED = (BacktestStatus.QUEUED, BacktestStatus.RUNNING, BacktestStatus.DONE)


@dataclass(frozen=True, slots=True)
class Trials:
    """How many variants were run: of a strategy, of its family, from its document, and by who asked for the run."""

    strategy: int
    family: int
    document: int | None
    person: int | None


def trials_of(*, strategy_id: UUID) -> int:
    """How many variants of a strategy were run: distinct backtests, and every member of every distinct sweep.

    What gave no result was no trial. A variant that two sweeps share counts twice: the count is never too low.
    """
    return _counted(Q(strategy_id=strategy_id))


def trials_beside(run: Backtest, /) -> Trials:
    """The trials of the strategy of a run, and of what it belongs to."""
    strategy = run.strategy
    return Trials(
        strategy=trials_of(strategy_id=strategy.id),
        family=_counted(Q(strategy__family=strategy.family)),
        document=_counted(Q(strategy__document_id=strategy.document_id)) if strategy.document_id else None,
        person=_counted(Q(created_by_id=run.created_by_id)) if run.created_by_id else None,
    )


def _counted(of: Q) -> int:
    """Variants on the desk among runs and sweeps, which call what they belong to by the same names."""
    runs = Backtest.objects.filter(of, status__in=_COUNTED)
    members = (
        Sweep.objects.filter(of, status__in=_COUNTED)
        .order_by()
        .values("fingerprint")
        .annotate(n=Max("n_members"))
        .aggregate(total=Sum("n"))["total"]
    )
    return runs.order_by().values("fingerprint").distinct().count() + (members or 0)
