"""The evidence of a run: its names, the times it was made again, its bundle."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.backtests import queries, services
from apps.backtests.enums import BacktestStatus

_WAITING = {BacktestStatus.QUEUED, BacktestStatus.RUNNING}


@require_GET
def evidence(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """A fragment of the run's page, and a page of its own where there is no script."""
    return _shown(request, backtest_id)


def _shown(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    run = queries.backtest(backtest_id=backtest_id)
    made = list(queries.reruns(backtest_id=run.id)[:10])
    checks = list(queries.engine_checks(backtest_id=run.id)[:10])
    context = {
        "checks": checks,
        "check_words": {check.id: services.check_as_text(check) for check in checks},
        "engines": services.second_engines(),
        "checking": {check.engine for check in checks if check.status in _WAITING},
        "run": run,
        "reruns": made,
        "sentences": {again.id: services.as_text(again.difference) for again in made if again.difference},
        "is_waiting": any(again.status in _WAITING for again in made),
        "bundle": services.bundle_state(run) if run.status == BacktestStatus.DONE else None,
        "trials": queries.trials_beside(run),
        "names": names_of(
            person_ids=[*(again.requested_by_id for again in made), *(c.requested_by_id for c in checks)]
        ),
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "crumbs": [
            ("Backtests", reverse("backtests:list")),
            (run.strategy.title, reverse("backtests:detail", args=[run.id])),
            ("Evidence", ""),
        ],
    }
    template = "backtests/_evidence.html" if request.headers.get("HX-Request") else "backtests/evidence.html"
    return render(request, template, context)


@require_POST
def rerun(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """Make the run again."""
    services.rerun(backtest_id=backtest_id, actor=request.actor, at=timezone.now())
    if request.headers.get("HX-Request"):
        return _shown(request, backtest_id)
    messages.info(request, "The run is being made again.")
    return redirect("backtests:evidence", backtest_id)


@require_POST
def check_with(request: DeskRequest, backtest_id: UUID, engine: str) -> HttpResponse:
    """Have another engine follow the run."""
    services.check_with(backtest_id=backtest_id, engine=engine, actor=request.actor, at=timezone.now())
    if request.headers.get("HX-Request"):
        return _shown(request, backtest_id)
    messages.info(request, "The run is being checked with another engine.")
    return redirect("backtests:evidence", backtest_id)


@require_POST
def prepare_bundle(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """Have the bundle made."""
    services.ask_bundle(backtest_id=backtest_id, actor=request.actor, at=timezone.now())
    if request.headers.get("HX-Request"):
        return _shown(request, backtest_id)
    messages.info(request, "The bundle is being made; it can be downloaded here in a moment.")
    return redirect("backtests:evidence", backtest_id)


@require_GET
def bundle(request: DeskRequest, backtest_id: UUID) -> HttpResponseBase:
    """Everything that reproduces the run elsewhere, as one file; a large one must have been asked for."""
    try:
        content = services.opened_bundle(backtest_id=backtest_id)
    except services.BundleNotMadeError as error:
        messages.info(request, error.message)
        return redirect("backtests:evidence", backtest_id)
    run = queries.backtest(backtest_id=backtest_id)
    name = f"backtest-{run.fingerprint[:12]}.zip"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")
