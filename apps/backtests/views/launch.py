"""Before a run: the data check, and what it may have other than its version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.enums import DeskRequest, Permission
from apps.backtests import services
from apps.backtests.enums import BacktestStatus
from apps.backtests.forms import NONE, SAME, LaunchForm
from apps.domain.errors import DomainError

_UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
def launch(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Show the check and the choices; a post checks other choices, or starts the run."""
    form = LaunchForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _shown(request, strategy_id, form, status=_UNPROCESSABLE if request.method == "POST" else 200)
    if request.method == "GET" or request.POST.get("action") != "start":
        return _shown(request, strategy_id, form)
    try:
        run = services.start(
            strategy_id=strategy_id,
            version_id=form.cleaned_data["version"],
            options=form.options(),
            actor=request.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, error.message)
        return _shown(request, strategy_id, form, status=_UNPROCESSABLE)
    if run.status == BacktestStatus.DONE:
        messages.info(request, "The same run was made before; this is its stored result.")
    return redirect("backtests:detail", run.id)


def _shown(request: DeskRequest, strategy_id: UUID, form: LaunchForm, *, status: int = 200) -> HttpResponse:
    valid = form.is_valid()
    try:
        found = services.launch_of(
            strategy_id=strategy_id,
            version_id=form.cleaned_data.get("version"),
            options=form.options() if valid else services.AS_THE_VERSION,
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, error.message)
        return redirect("strategies:review", strategy_id)
    context = {
        "launch": found,
        "form": form,
        "valid": valid,
        "chosen": _chosen(form),
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "SAME": SAME,
        "NONE": NONE,
        "crumbs": [
            ("Strategies", reverse("strategies:list")),
            (found.strategy.title, reverse("strategies:detail", args=[strategy_id])),
            ("Launch", ""),
        ],
    }
    if request.headers.get("HX-Request"):
        return render(request, "backtests/_launch_check.html", context)  # 200: htmx shows mistakes like answers
    return render(request, "backtests/launch.html", context, status=status)


def _chosen(form: LaunchForm) -> dict[str, Any]:
    given = {name: form.data.get(name, "") for name in form.fields}
    return given | {
        "window": given["window"] or "version",
        "costs": given["costs"] or "version",
        "benchmark": given["benchmark"] or SAME,
    }
