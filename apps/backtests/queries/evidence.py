"""What stands behind a run: how often it was made again, and how many trials came before it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest, Rerun

_TRIED = (BacktestStatus.QUEUED, BacktestStatus.RUNNING, BacktestStatus.DONE)  # what gave no result was no trial


@dataclass(frozen=True, slots=True)
class Trials:
    """How many different runs there are: of the strategy, of its family, of its document, and by who asked for the run."""

    strategy: int
    family: int
    document: int | None
    person: int | None


def reruns(*, backtest_id: UUID) -> QuerySet[Rerun]:
    """The times a run was made again, newest first."""
    return Rerun.objects.filter(backtest_id=backtest_id)


def trials_of(run: Backtest, /) -> Trials:
    """Trials on the desk, each fingerprint counted once."""
    strategy = run.strategy
    return Trials(
        strategy=_count(Q(strategy_id=strategy.id)),
        family=_count(Q(strategy__family=strategy.family)),
        document=_count(Q(strategy__document_id=strategy.document_id)) if strategy.document_id else None,
        person=_count(Q(created_by_id=run.created_by_id)) if run.created_by_id else None,
    )


def _count(of: Q) -> int:
    return Backtest.objects.filter(of, status__in=_TRIED).order_by().values("fingerprint").distinct().count()
