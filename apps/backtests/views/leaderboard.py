"""The list of runs: filters, sort, columns, tags and saved views; the address holds all of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import members, names_of
from apps.backtests import queries, services
from apps.backtests.enums import BacktestStatus, VerdictWord
from apps.domain.errors import DomainError
from apps.domain.metrics import METRICS
from apps.strategies import queries as strategies

_FAMILIES = (
    ("trend", "Trend"),
    ("momentum", "Momentum"),
    ("mean_reversion", "Mean reversion"),
    ("other", "Other"),
)


@require_GET
def listing(request: DeskRequest) -> HttpResponse:
    """The desk's runs; a request of htmx gets the rows alone."""
    if len(request.GET.getlist("columns")) > 1:  # the form's check boxes, in one spelling
        kept = request.GET.copy()
        kept["columns"] = ",".join(request.GET.getlist("columns"))
        return redirect(f"{reverse('backtests:list')}?{urlencode(kept)}")
    state = queries.state_of(request.GET)
    page = queries.leaderboard(state, cursor=request.GET.get("cursor"))
    context: dict[str, Any] = {
        "backtests": [_row(run, state.columns) for run in page.items],
        "names": names_of(person_ids=[run.created_by_id for run in page.items]),
        "cursor": page.next_cursor,
        "state": state,
        "columns": [METRICS[key] for key in state.columns],
        "may_tag": request.actor.may(Permission.RUN_BACKTEST),
    }
    if request.headers.get("HX-Request"):
        return render(request, "backtests/_rows.html", context)
    return render(request, "backtests/list.html", context | _around(request, state))


def _row(run: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    cells = [(METRICS[key], run.metrics.get(key)) for key in columns]
    gain = run.thin_curve[-1] / run.thin_curve[0] - 1.0 if run.thin_curve and run.thin_curve[0] else None
    return {"run": run, "cells": cells, "gain": gain}


def _around(request: DeskRequest, state: queries.ListState) -> dict[str, Any]:
    """What stands around the rows: the filters with their choices, and the saved views."""
    views = list(queries.saved_views(person_id=request.actor.person_id))
    return {
        "verdicts": [("", "All"), *VerdictWord.choices[:-1]],
        "statuses": BacktestStatus.choices,
        "families": _FAMILIES,
        "tags": queries.tags_in_use(),
        "people": [(str(one.person_id), one.person.name) for one in members()],
        "narrowed": _narrowed(state),
        "metrics": list(METRICS.values()),
        "most_columns": queries.MOST_COLUMNS,
        "views": views,
        "current_view": next((view for view in views if view.query == state.query), None),
        "may_manage": request.actor.may(Permission.MANAGE_DESK),
        "crumbs": [("Backtests", "")],
    }


def _narrowed(state: queries.ListState) -> list[tuple[str, str]]:
    """What a link of another page narrowed the list to: (the parameter, in words)."""
    found = []
    if state.strategy:
        titles = strategies.titles(strategy_ids=[state.strategy])
        found.append(("strategy", f"Strategy: {titles.get(state.strategy, 'unknown')}"))
    if state.document:
        found.append(("document", "Of one document"))
    return found


@require_POST
def bulk(request: DeskRequest) -> HttpResponse:
    """Tag the chosen runs, or put them beside each other; then go back to the list as it was."""
    ids = queries.ids_of(request.POST.getlist("id"))
    deed, tag = request.POST.get("deed", ""), request.POST.get("tag", "")
    if deed == "compare":
        return redirect(f"{reverse('backtests:compare')}?ids={','.join(map(str, ids))}")
    act = {"tag": services.tag, "untag": services.untag}.get(deed)
    if act is not None and ids:
        try:
            n = act(backtest_ids=ids, tag=tag, actor=request.actor, at=timezone.now())
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            messages.error(request, error.message)
        else:
            messages.success(
                request, f"{n} backtest{'' if n == 1 else 's'} {'tagged' if deed == 'tag' else 'untagged'}."
            )
    return redirect(_back(request))


@require_POST
def save_view(request: DeskRequest) -> HttpResponse:
    """Keep the list as it is under a name."""
    state = queries.state_of(QueryDict(request.POST.get("query", "").lstrip("?")).dict())
    try:
        view = services.save_view(
            name=request.POST.get("name", ""),
            state=state,
            is_shared=bool(request.POST.get("is_shared")),
            actor=request.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, f"Saved as “{view.name}”.")
    return redirect(f"{reverse('backtests:list')}{'?' if state.query else ''}{state.query}")


@require_POST
def delete_view(request: DeskRequest, view_id: UUID) -> HttpResponse:
    """Delete a view; the runs stay."""
    services.delete_view(view_id=view_id, actor=request.actor, at=timezone.now())
    messages.success(request, "View deleted.")
    return redirect("backtests:list")


def _back(request: DeskRequest) -> str:
    target = request.POST.get("next", "")
    return target if _is_here(target) else reverse("backtests:list")


def _is_here(target: str) -> bool:
    return target.startswith(reverse("backtests:list")) and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
