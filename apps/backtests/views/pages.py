"""Pages of backtests: the list, a run while it is made, its tear sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.backtests import queries, services
from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest
from apps.backtests.queries.live import live_of
from apps.backtests.queries.rows import revision_of
from apps.backtests.views.sheet import kept_tear_sheet, tear_sheet_page
from apps.domain.errors import DomainError
from apps.jobs.queries import latest_job
from apps.jobs.services import JobFinishedError
from apps.strategies import services as strategies

_UNFINISHED = {BacktestStatus.QUEUED, BacktestStatus.RUNNING}


@require_POST
def create(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Start a backtest of the approved version."""
    return _start(request, strategy_id)


@require_POST
def approve_and_start(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Approve the draft, then start a backtest of it: two deeds of the same person, each on the record."""
    try:
        strategies.approve(strategy_id=strategy_id, actor=request.actor, at=timezone.now())
    except DomainError as error:
        return _refused(request, strategy_id, error)
    return _start(request, strategy_id)


def _start(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    try:
        run = services.start(strategy_id=strategy_id, actor=request.actor, at=timezone.now())
    except DomainError as error:
        return _refused(request, strategy_id, error)
    if run.status == BacktestStatus.DONE:
        messages.info(request, "The same run was made before; this is its stored result.")
    return redirect("backtests:detail", run.id)


def _refused(request: DeskRequest, strategy_id: UUID, error: DomainError) -> HttpResponse:
    if error.status in {403, 404}:
        raise error
    messages.error(request, error.message)
    return redirect("strategies:review", strategy_id)


@require_GET
def detail(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """The tear sheet, or the progress of a run that is not finished."""
    revision = revision_of(backtest_id=backtest_id)
    if revision.status == BacktestStatus.DONE:
        return kept_tear_sheet(request, backtest_id, revision)
    run = queries.backtest(backtest_id=backtest_id)
    if run.status == BacktestStatus.DONE:  # it ended just now
        return tear_sheet_page(request, run)
    return render(request, "backtests/running.html", _base(request, run) | {"verdict": queries.verdict_of(run)})


@require_GET
def progress(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """How far a run is; when it is finished, the page loads again and shows the result."""
    run = queries.backtest(backtest_id=backtest_id)
    if run.status not in _UNFINISHED:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "backtests/_progress.html", _base(request, run))


def _base(request: DeskRequest, run: Backtest) -> dict[str, Any]:
    job = latest_job(subject_id=run.id, kind=services.RUN_JOB)
    unfinished = run.status in _UNFINISHED
    return {
        "run": run,
        "job": job,
        "unfinished": unfinished,
        "live": live_of(run, job, at=timezone.now()) if unfinished else None,
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "names": names_of(person_ids=[run.created_by_id]),
        "crumbs": [("Backtests", reverse("backtests:list")), (run.strategy.title, "")],
    }


@require_POST
def cancel(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """Ask a run to stop."""
    try:
        services.cancel(backtest_id=backtest_id, actor=request.actor, at=timezone.now())
    except JobFinishedError as error:
        messages.info(request, error.message)
    if request.GET.get("next") == "queue":
        return redirect("backtests:queue")
    return redirect("backtests:detail", backtest_id)
