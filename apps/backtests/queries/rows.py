"""Read rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, QuerySet

from apps.backtests.models import Backtest, Verdict
from apps.domain.errors import DomainError


class BacktestNotFoundError(DomainError):
    """There is no such backtest on this desk."""

    code = "backtest_not_found"
    status = 404


def backtests(*, strategy_id: UUID | None = None, verdict: str | None = None) -> QuerySet[Backtest]:
    """The desk's backtests with their strategies' titles, newest first; without plans, which are large."""
    found = Backtest.objects.annotate(strategy_title=F("strategy__title")).defer("plan").order_by("-created_at", "-id")
    if strategy_id:
        found = found.filter(strategy_id=strategy_id)
    return found.filter(verdict_word=verdict) if verdict else found


def backtest(*, backtest_id: UUID) -> Backtest:
    """One backtest with its strategy and version; raises BacktestNotFoundError."""
    rows = Backtest.objects.select_related("strategy__document", "version")
    found = rows.defer("strategy__draft", "version__specification").filter(id=backtest_id).first()  # the plan has them
    if found is None:
        raise BacktestNotFoundError("There is no such backtest on your desk.")
    return found


@dataclass(frozen=True, slots=True)
class Revision:
    """What a run's page shows and what may still change once the run is done. Its result never does."""

    status: str
    verdict_word: str
    strategy: str
    version: int
    document: tuple[UUID | None, str | None, date | None]
    data_set: str
    data_snapshot: str
    finished_at: datetime | None


def revision_of(*, backtest_id: UUID) -> Revision:
    """The revision of one backtest, without reading its plan; raises BacktestNotFoundError."""
    names = (
        "status", "verdict_word", "strategy__title", "version__number", "strategy__document_id",
        "strategy__document__title", "strategy__document__published_date", "plan__data_set", "plan__data_snapshot",
        "finished_at",
    )  # fmt: skip
    row = Backtest.objects.filter(id=backtest_id).values_list(*names).order_by().first()
    if row is None:
        raise BacktestNotFoundError("There is no such backtest on your desk.")
    status, word, strategy, version, *rest = row
    document_id, document, published, data_set, snapshot, finished_at = rest
    return Revision(
        status, word, strategy, version, (document_id, document, published), data_set, snapshot, finished_at
    )


def recent_backtests(*, limit: int) -> list[Backtest]:
    """The latest ones."""
    return list(backtests()[:limit])


def latest_backtests(*, strategy_ids: Iterable[UUID]) -> dict[UUID, Backtest]:
    """The newest backtest of each strategy, in one query."""
    found = (
        Backtest.objects.filter(strategy_id__in=list(strategy_ids))
        .order_by("strategy_id", "-created_at")
        .distinct("strategy_id")
    )
    return {run.strategy_id: run for run in found.defer("plan")}


def verdict_counts() -> dict[str, int]:
    """How many backtests have each verdict."""
    rows = Backtest.objects.exclude(verdict_word="").order_by().values_list("verdict_word").annotate(n=Count("id"))
    return dict(rows)


def verdict_of(backtest: Backtest, /) -> Verdict | None:
    """The verdict of a finished backtest."""
    return Verdict.objects.filter(backtest_id=backtest.id).first()
