"""Ask for a run, do it, cancel it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.backtests.enums import BacktestStatus, VerdictWord
from apps.backtests.events import BacktestFailed, BacktestFinished, BacktestStarted, VerdictChanged
from apps.backtests.models import Backtest, Verdict
from apps.backtests.queries import backtest as one_backtest
from apps.backtests.queries.frozen import given_of
from apps.backtests.queries.live import keep_curve
from apps.backtests.queries.trials import trials_of
from apps.backtests.services.files import keep_files, parquet, tables_of
from apps.backtests.services.options import AS_THE_VERSION, RunOptions
from apps.backtests.services.plans import asked_plan, made, plan_of
from apps.backtests.services.report import Reported
from apps.backtests.services.sparks import thin_curve
from apps.backtests.services.work import judge, plain
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable, runnable
from apps.domain.values.inputs import Inputs
from apps.events.services import append
from apps.jobs.queries import latest_job
from apps.jobs.services import Work, enqueue
from apps.jobs.services import cancel as cancel_job
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies
from apps.strategies.services import draft_from

if TYPE_CHECKING:
    from apps.domain.engine import Result
    from apps.domain.verdict import Verdict as Judgement

RUN_JOB = "backtests.run"
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


def run_backtest(work: Work) -> None:
    """The job: load the frozen data, run, judge, keep the files, then write everything at once."""
    with work.scope():
        run = one_backtest(backtest_id=work.subject_id)
        if run.status == BacktestStatus.DONE:
            return
        Backtest.objects.filter(id=run.id).update(status=BacktestStatus.RUNNING)
        given = given_of(run.plan)
    with work.computing():
        judged = made(
            run.plan,
            given,
            progress=lambda done: work.progress(int(done * 100), 100, "running"),
            seen=lambda result: _show(work, result),
        )
    files = keep_files(judged.result, tenant_id=work.tenant_id)
    _write(work, run, judged, files)


def _show(work: Work, result: Result) -> None:
    """The curve is shown while the run is made again for its claims and judged."""
    with work.waiting():
        keep_curve(work.subject_id, work.tenant_id, days=result.days, equity=result.equity)


def run_specification(content: dict[str, Any], /) -> Reported:
    """Run and judge a specification on the loaded data, and keep nothing. Raises NotASpecificationError, NotRunnable,
    RunTooLargeError and the engine's errors."""
    draft = draft_from(content)
    spec = runnable(draft, **strategies.data_facts(draft))
    plan = plan_of(spec) | {"n_trials": 1}
    info = marketdata.data_set(key=plan["data_set"], snapshot_hash=plan["data_snapshot"])
    return Reported(draft, tuple(strategies.open_findings(draft)), spec, made(plan, given_of(plan)), info)


@dataclass(frozen=True, slots=True)
class _Failure:
    """What stopped a run, as verdicts read it."""

    code: str
    message: str


def run_failed(work: Work, code: str, message: str) -> None:
    """Record that a run was cancelled or failed; one that lacked data is judged: not testable, and what is missing."""
    run = Backtest.objects.select_for_update().select_related("strategy").get(id=work.subject_id)
    if run.status == BacktestStatus.DONE:
        return
    run.status = BacktestStatus.CANCELLED if code == "cancelled" else BacktestStatus.FAILED
    run.error_code, run.error_message, run.finished_at = code, message, timezone.now()
    untestable = None if code == "cancelled" else _untestable(code, message)
    if untestable is not None:
        run.verdict_word = VerdictWord.NOT_TESTABLE
        _keep_verdict(run, untestable, comparisons=[], at=run.finished_at)
    run.save(update_fields=["status", "error_code", "error_message", "finished_at", "verdict_word"])
    data = BacktestFailed(title=run.strategy.title, code=code, asked_by=run.created_by_id)
    append(tenant_id=run.tenant_id, subject_id=run.id, data=data, actor_id=None, at=run.finished_at)


def _untestable(code: str, message: str) -> Judgement | None:
    from apps.domain.verdict import data_missing  # noqa: PLC0415 -- slow import

    return data_missing([_Failure(code, message)])


def warm_up() -> None:
    """Compile and load what a run needs, once in a worker's life."""
    import numpy as np  # noqa: PLC0415 -- slow import

    from apps.domain.language import RunnableSpecification as Spec  # noqa: PLC0415 -- slow import
    from apps.domain.values import Panel  # noqa: PLC0415 -- slow import

    close = 100 + np.cumsum(np.sin(np.arange(400.0)))[None, :]
    days = np.arange(400).astype("datetime64[D]")
    one = Panel(days=days, symbols=("A",), close=close, open=close)
    two = Panel(days=days, symbols=("A", "B"), close=close.repeat(2, axis=0), open=close.repeat(2, axis=0))
    rule = {"kind": "per_asset", "enter": "close > sma(close, 20)"}
    ranks = {"kind": "top_n", "by": "trailing_return(close, 40, 5)", "count": "n"}
    for selection, panel in ((rule, one), (rule, two), (ranks, two)):
        spec = Spec.model_validate(_warm_up_content(selection))
        judged = judge(spec=spec, panel=Inputs(panel=panel), benchmark=one, n_trials=1)
        for table in tables_of(judged.result).values():
            parquet(table)
    get_channel_layer()


def _warm_up_content(selection: dict[str, Any]) -> dict[str, Any]:
    def row(value: object, unit: str) -> dict[str, Any]:
        return {"label": unit, "value": value, "unit": unit, "status": "assumed"}

    return {
        "meta": {"name": "Warm-up"},
        "data": {"dataset": "d"},
        "universe": {"symbols": "s"},
        "selection": selection,
        "schedule": {"rebalance": "r"},
        "execution": {"fill": "f", "cost": "c"},
        "evaluation": {"capital": "m"},
        "parameters": {
            "d": row("x", "dataset"),
            "s": row([], "symbols"),
            "r": row("monthly", "choice"),
            "f": row("next_open", "choice"),
            "c": row(5.0, "bps"),
            "m": row(1000.0, "currency"),
            "n": row(1, "count"),
        },
    }


def _write(work: Work, run: Backtest, judged: Any, files: dict[str, str]) -> None:
    from apps.domain.engine import order_hash  # noqa: PLC0415 -- slow import

    at, result, verdict = timezone.now(), judged.result, judged.verdict
    digest = order_hash(result)
    with work.scope():
        _keep_verdict(run, verdict, comparisons=[plain(c) for c in judged.comparisons], at=at)
        Backtest.objects.filter(id=run.id).update(
            status=BacktestStatus.DONE,
            metrics=judged.metrics,
            annual_return=judged.metrics.get("annual_return"),
            sharpe_ratio=judged.metrics.get("sharpe_ratio"),
            max_drawdown=judged.metrics.get("max_drawdown"),
            thin_curve=thin_curve(result.equity),
            verdict_word=judged.word,
            files=files,
            order_hash=digest,
            finished_at=at,
            start_date=result.days[0].item(),
            end_date=result.days[-1].item(),
            diagnostics=[plain(d) for d in result.diagnostics],
        )
        data = BacktestFinished(
            title=run.strategy.title,
            fingerprint=run.fingerprint,
            order_hash=digest,
            verdict=verdict.word,
            asked_by=run.created_by_id,
        )
        append(tenant_id=work.tenant_id, subject_id=run.id, data=data, actor_id=None, at=at)
        _tell_of_change(run, word=judged.word, at=at)


def _tell_of_change(run: Backtest, *, word: str, at: datetime) -> None:
    """Say so when the run of this strategy that was judged before this one was judged differently."""
    judged = Backtest.objects.filter(strategy_id=run.strategy_id, status=BacktestStatus.DONE).exclude(id=run.id)
    before = judged.exclude(verdict_word="").order_by("-finished_at", "-id").first()
    if before is None or before.verdict_word == word:
        return
    data = VerdictChanged(
        title=run.strategy.title,
        before=VerdictWord(before.verdict_word).label,
        after=VerdictWord(word).label,
        earlier_id=before.id,
        asked_by=run.created_by_id,
        earlier_asked_by=before.created_by_id,
    )
    append(tenant_id=run.tenant_id, subject_id=run.id, data=data, actor_id=None, at=at)


def _keep_verdict(run: Backtest, verdict: Judgement, *, comparisons: list[dict[str, Any]], at: datetime) -> None:
    Verdict.objects.create(
        tenant_id=run.tenant_id,
        backtest=run,
        word=VerdictWord(verdict.word.lower().replace(" ", "_")),
        reasons=[plain(r) for r in verdict.reasons],
        comparisons=comparisons,
        gate_version=verdict.gate_version,
        n_trials=verdict.n_trials,
        deflated_sharpe=verdict.deflated_sharpe,
        graded_at=at,
    )
