"""Ask for a run, do it, cancel it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.enums import Actor, Permission
from apps.backtests.enums import BacktestStatus
from apps.backtests.events import BacktestStarted
from apps.backtests.models import Backtest
from apps.backtests.queries import backtest as one_backtest
from apps.backtests.queries.frozen import given_of
from apps.backtests.queries.trials import trials_of
from apps.backtests.services.options import AS_THE_VERSION, RunOptions
from apps.backtests.services.plans import asked_plan, made, plan_of
from apps.backtests.services.report import Reported
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable, runnable
from apps.events.services import append
from apps.jobs.queries import latest_job
from apps.jobs.services import cancel as cancel_job
from apps.jobs.services import enqueue
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies
from apps.strategies.services import draft_from

RUN_JOB = "backtests.run"
SMALL_CELLS = 20e6
"""Of arithmetic: below it a run's time is mostly loading, saving and judging, and a worker takes several at a time."""
_OPEN = (BacktestStatus.QUEUED, BacktestStatus.RUNNING, BacktestStatus.DONE)


class NotApprovedError(DomainError):
    """Only an approved version can be run."""

    code = "not_approved"
    status = 409


@transaction.atomic
def start(
    *,
    strategy_id: UUID,
    actor: Actor,
    at: datetime,
    version_id: UUID | None = None,
    options: RunOptions = AS_THE_VERSION,
) -> Backtest:
    """Queue a run of a version (by default the newest), as it says or with options. The same run asked for again is
    served from the store.

    Raises StrategyNotFoundError, NotAllowedError, NotApprovedError, OptionRefusedError, RunTooLargeError, NotRunnable
    (data that do not fit, open questions).
    """
    strategy = strategies.strategy(strategy_id=strategy_id)
    actor.require(Permission.RUN_BACKTEST)
    version = version_to_run(strategy, version_id)
    asked = asked_plan(strategy, version, options)
    existing = same_run(strategy_id=strategy_id, fingerprint=asked.fingerprint)
    if existing:
        return existing
    plan = asked.plan | {"n_trials": trials_of(strategy_id=strategy_id) + 1}
    run = Backtest(
        tenant_id=actor.tenant_id,
        strategy=strategy,
        version=version,
        plan=plan,
        fingerprint=asked.fingerprint,
        created_by_id=actor.person_id,
        created_at=at,
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:  # asked for twice at the same moment: both see the one run
        return Backtest.objects.get(strategy_id=strategy_id, fingerprint=asked.fingerprint, status__in=_OPEN)
    data = BacktestStarted(title=strategy.title, fingerprint=asked.fingerprint)
    append(tenant_id=actor.tenant_id, subject_id=run.id, data=data, actor_id=actor.person_id, at=at)
    enqueue(
        kind=RUN_JOB,
        tenant_id=actor.tenant_id,
        subject_id=run.id,
        plan={"fingerprint": asked.fingerprint},
        requested_by_id=actor.person_id,
        at=at,
        is_small=plan["cells"] <= SMALL_CELLS,
    )
    return run


def version_to_run(strategy: strategies.Strategy, version_id: UUID | None, /) -> strategies.StrategyVersion:
    """A version of the strategy, by default the newest. Raises NotApprovedError, NotRunnable (open questions)."""
    version = (
        strategies.version(version_id=version_id) if version_id else strategies.current_version(strategy_id=strategy.id)
    )
    if version is not None and version.strategy_id == strategy.id:
        return version
    open_questions = strategies.blocking(strategies.open_findings(strategies.draft_of(strategy)))
    if open_questions:
        raise NotRunnable(open_questions)
    raise NotApprovedError("This strategy has not been approved. Review it and approve it; then run it.")


def same_run(*, strategy_id: UUID, fingerprint: str) -> Backtest | None:
    """The run of that fingerprint that waits, runs or is done; None when there is none."""
    return Backtest.objects.filter(strategy_id=strategy_id, fingerprint=fingerprint, status__in=_OPEN).first()


@transaction.atomic
def cancel(*, backtest_id: UUID, actor: Actor, at: datetime) -> Backtest:
    """Ask a run to stop. Raises BacktestNotFoundError, NotAllowedError, JobFinishedError."""
    run = one_backtest(backtest_id=backtest_id)
    actor.require(Permission.RUN_BACKTEST)
    job = latest_job(subject_id=run.id, kind=RUN_JOB)
    if job is not None:
        cancel_job(job_id=job.id, at=at)
    run.refresh_from_db()
    return run


def run_specification(content: dict[str, Any], /) -> Reported:
    """Run and judge a specification on the loaded data, and keep nothing. Raises NotASpecificationError, NotRunnable,
    RunTooLargeError and the engine's errors."""
    draft = draft_from(content)
    spec = runnable(draft, **strategies.data_facts(draft))
    plan = plan_of(spec) | {"n_trials": 1}
    info = marketdata.data_set(key=plan["data_set"], snapshot_hash=plan["data_snapshot"])
    return Reported(draft, tuple(strategies.open_findings(draft)), spec, made(plan, given_of(plan)), info)
