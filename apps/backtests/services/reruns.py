"""Make a stored run again from its frozen plan, and say whether it is still the same to the byte."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.backtests import queries
from apps.backtests.enums import BacktestStatus, RerunOutcome
from apps.backtests.events import BacktestRemade
from apps.backtests.models import Backtest, Rerun
from apps.backtests.queries.frozen import given_of
from apps.backtests.services.differences import Difference, first_difference
from apps.backtests.services.files import is_same, tables_of
from apps.backtests.services.plans import made
from apps.backtests.services.work import Judged
from apps.events.services import append
from apps.jobs.services import Work, enqueue

RERUN_JOB = "backtests.rerun"
_WRITTEN = Difference(
    "the bytes of the files", "", "as stored", "others", "Orders and curves are the same; files are written otherwise."
)


@transaction.atomic
def rerun(*, backtest_id: UUID, actor: Actor, at: datetime) -> Rerun:
    """Queue a run to be made again; one that is waiting already is returned.

    Raises BacktestNotFoundError, NotAllowedError, NotFinishedError.
    """
    run = queries.backtest(backtest_id=backtest_id)
    actor.require(Permission.RUN_BACKTEST)
    if run.status != BacktestStatus.DONE:
        raise queries.NotFinishedError("This run has no result to compare with.", run_status=run.status)
    waiting = Rerun.objects.filter(
        backtest_id=run.id, status__in=[BacktestStatus.QUEUED, BacktestStatus.RUNNING]
    ).first()
    if waiting:
        return waiting
    asked = Rerun.objects.create(tenant_id=run.tenant_id, backtest=run, requested_by_id=actor.person_id, created_at=at)
    enqueue(
        kind=RERUN_JOB,
        tenant_id=run.tenant_id,
        subject_id=asked.id,
        plan={"backtest_id": str(run.id)},
        requested_by_id=actor.person_id,
        at=at,
    )
    return asked


def run_again(work: Work) -> None:
    """The job: the frozen plan on the frozen data, then the stored bytes beside the new ones."""
    from apps.domain.engine import ENGINE_VERSION  # noqa: PLC0415 -- slow import

    with work.scope():
        Rerun.objects.filter(id=work.subject_id).update(status=BacktestStatus.RUNNING)
        run = queries.backtest(backtest_id=UUID(work.plan["backtest_id"]))
        given = given_of(run.plan)
        stored = queries.frames_of(run)
    judged = made(run.plan, given, progress=lambda done: work.progress(int(done * 100), 100, "running again"))
    tables = tables_of(judged.result)
    difference = None
    if not is_same(tables, run.files):
        difference = (
            first_difference(stored, tables, stored_engine=run.plan["engine_version"], engine=ENGINE_VERSION)
            or _WRITTEN
        )
    difference = difference or _measured(run, judged)
    _write(work, run, difference, ENGINE_VERSION)


def _measured(run: Backtest, judged: Judged) -> Difference | None:
    """The first measure, or the verdict, that differs though every order is the same."""
    for name, value in run.metrics.items():
        if judged.metrics.get(name) != value:
            return Difference(
                name.replace("_", " "),
                "",
                str(value),
                str(judged.metrics.get(name)),
                "Orders and curves are the same; the measures are made by another version of the platform.",
            )
    if judged.word != run.verdict_word:
        why = "Every figure is the same; the rules of the verdict have another version. The stored verdict stands."
        return Difference("the verdict", "", run.verdict_word, judged.word, why)
    return None


def _write(work: Work, run: Backtest, difference: Difference | None, engine: str) -> None:
    at = timezone.now()
    outcome = RerunOutcome.DIFFERENT if difference else RerunOutcome.IDENTICAL
    with work.scope():
        Rerun.objects.filter(id=work.subject_id).update(
            status=BacktestStatus.DONE,
            outcome=outcome,
            difference=difference.as_dict() if difference else None,
            engine_version=engine,
            finished_at=at,
        )
        data = BacktestRemade(title=run.strategy.title, outcome=outcome)
        append(tenant_id=work.tenant_id, subject_id=run.id, data=data, actor_id=work.requested_by_id, at=at)


def rerun_failed(work: Work, code: str, message: str) -> None:
    """Record why it could not be made again: data that are gone, or a cancelled job."""
    Rerun.objects.filter(id=work.subject_id).update(
        status=BacktestStatus.CANCELLED if code == "cancelled" else BacktestStatus.FAILED,
        error_message=message,
        finished_at=timezone.now(),
    )
