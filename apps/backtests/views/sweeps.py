"""Pages of sweeps: the list, asking for one, one while it runs and after, one of its members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.backtests.enums import BacktestStatus, SweepKind
from apps.backtests.forms import AXIS, SweepForm, initial_of, request_of
from apps.backtests.models import Sweep
from apps.backtests.queries import sweep_pages as pages
from apps.backtests.queries import sweeps as queries
from apps.backtests.queries.sweep_requests import asked_axes, estimate
from apps.backtests.queries.sweep_words import axis_labels, headline, in_words
from apps.backtests.services import sweep_choice
from apps.backtests.services import sweeps as services
from apps.domain.errors import DomainError
from apps.domain.metrics import METRICS
from apps.events.queries import history
from apps.jobs.services import JobFinishedError
from apps.strategies import queries as strategies
from apps.web.services.paging import page_of

_UNFINISHED = {BacktestStatus.QUEUED, BacktestStatus.RUNNING}
_PAGE = 20


@require_GET
def sweeps(request: DeskRequest) -> HttpResponse:
    """The desk's sweeps, by kind and strategy."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in SweepKind.values else ""
    strategy_id = _strategy_id(request)
    page = page_of(queries.sweeps(kind=kind, strategy_id=strategy_id), cursor=request.GET.get("cursor"))
    context = {
        "sweeps": page.items,
        "names": names_of(person_ids=[sweep.created_by_id for sweep in page.items]),
        "metrics": METRICS,
        "cursor": page.next_cursor,
        "kind": kind,
        "of": strategies.strategy(strategy_id=strategy_id) if strategy_id else None,
        "filters": [("", "All"), *SweepKind.choices],
        "crumbs": [("Backtests", reverse("backtests:list")), ("Sweeps", "")],
    }
    template = "backtests/_sweep_rows.html" if request.headers.get("HX-Request") else "backtests/sweep_list.html"
    return render(request, template, context)


def _strategy_id(request: DeskRequest) -> UUID | None:
    """The strategy that the list is narrowed to; what is no id narrows nothing."""
    try:
        return UUID(request.GET.get("strategy", ""))
    except ValueError:
        return None


@require_GET
def new_sweep(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """The form, filled with the ranges of the parameters; with values in the address, those."""
    return _form(request, strategy_id, _kind(request.GET), request.GET if "objective" in request.GET else None)


@require_GET
def estimate_sweep(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """How many runs the form asks for and how long they take, or why they cannot be."""
    strategy = strategies.strategy(strategy_id=strategy_id)
    return render(request, "backtests/_sweep_estimate.html", {"estimate": _estimate(strategy, request.GET)})


@require_POST
def create_sweep(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Start a sweep; a form that cannot be shows itself again with what is wrong."""
    strategies.strategy(strategy_id=strategy_id)
    known = _kind(request.POST)
    form = SweepForm(request.POST, of=known)
    if not form.is_valid():
        return _form(request, strategy_id, known, request.POST, status=422)
    try:
        sweep = services.start_sweep(
            strategy_id=strategy_id,
            request=request_of(form, request.POST.dict()),
            actor=request.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return _form(request, strategy_id, known, request.POST, refusal=error.message, status=422)
    if sweep.status == BacktestStatus.DONE:
        messages.info(request, "The same sweep was made before; these are its stored results.")
    return redirect("backtests:sweep", sweep.id)


def _kind(data: Any) -> SweepKind:
    kind = data.get("kind", "")
    return SweepKind(kind) if kind in SweepKind.values else SweepKind.GRID


def _form(
    request: DeskRequest, strategy_id: UUID, kind: SweepKind, data: Any, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    strategy = strategies.strategy(strategy_id=strategy_id)
    form = SweepForm(data, initial=initial_of(kind), of=kind)
    asked = asked_axes(strategy, kind)
    typed = {name: data.get(AXIS + name, "") for name, *_ in asked.rows} if data is not None else asked.proposed
    first = initial_of(kind) | {AXIS + name: text for name, text in typed.items()} | {"kind": kind}
    context = {
        "strategy": strategy,
        "form": form,
        "kind": kind,
        "kinds": SweepKind.choices,
        "asked": asked,
        "typed": typed,
        "refusal": refusal,
        "estimate": _estimate(strategy, data if data is not None else first),
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "crumbs": [
            ("Strategies", reverse("strategies:list")),
            (strategy.title, reverse("strategies:detail", args=[strategy_id])),
            ("Sweep", ""),
        ],
    }
    return render(request, "backtests/sweep_form.html", context, status=status)


def _estimate(strategy: Any, data: Any) -> dict[str, Any]:
    form = SweepForm(data, of=_kind(data))
    if not form.is_valid():
        return {"refusal": "; ".join(f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items())}
    return estimate(strategy, request_of(form, {key: str(data[key]) for key in data}))


@require_GET
def sweep(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """A sweep: how far it is, and everything that its members show so far."""
    found = queries.sweep_of(sweep_id=sweep_id)
    return render(request, "backtests/sweep_detail.html", _context(request, found))


@require_GET
def sweep_live(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """Progress and the map as far as it is filled; when the sweep is finished, the page loads again."""
    found = queries.sweep_of(sweep_id=sweep_id)
    if found.status not in _UNFINISHED:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "backtests/_sweep_live.html", _context(request, found))


@require_POST
def cancel_sweep(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """Ask a sweep to stop."""
    try:
        services.cancel_sweep(sweep_id=sweep_id, actor=request.actor, at=timezone.now())
    except JobFinishedError as error:
        messages.info(request, error.message)
    return redirect("backtests:sweep", sweep_id)


@require_POST
def again(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """Start a sweep that ended early once more; its finished pieces stay."""
    try:
        other = services.again(sweep_id=sweep_id, actor=request.actor, at=timezone.now())
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, error.message)
        return redirect("backtests:sweep", sweep_id)
    return redirect("backtests:sweep", other.id)


@require_GET
def sweep_member(request: DeskRequest, sweep_id: UUID, number: int) -> HttpResponse:
    """One run of a sweep: its values, its figures, and the way to a backtest of it."""
    return _member(request, sweep_id, number)


@require_POST
def choose_member(request: DeskRequest, sweep_id: UUID, number: int) -> HttpResponse:
    """Set the draft to the values of a member, with the reason; the review page is next."""
    try:
        strategy = sweep_choice.choose_member(
            sweep_id=sweep_id,
            number=number,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return _member(request, sweep_id, number, refusal=error.message, status=422)
    messages.success(request, "The draft has these values now. Approve it and run it: its backtest is judged in full.")
    return redirect("strategies:review", strategy.id)


def _member(request: DeskRequest, sweep_id: UUID, number: int, *, refusal: str = "", status: int = 200) -> HttpResponse:
    found = queries.sweep_of(sweep_id=sweep_id)
    member = pages.member(found, number=number)
    plan = queries.plan_of(found)
    context = {
        "sweep": found,
        "member": member,
        "values": [(axis.label, axis.shown(member.values[axis.name])) for axis in plan.axes],
        "measures": [
            (METRICS[key[2:]], value) for key, value in member.figures.items() if key[:2] == "m:" and key[2:] in METRICS
        ],
        "parts": [
            (METRICS[key[2:]], value, member.figures.get(f"o:{key[2:]}"))
            for key, value in member.figures.items() if key[:2] == "i:"
        ],
        "refusal": refusal,
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
        "crumbs": [
            ("Backtests", reverse("backtests:list")),
            (f"Sweep of {found.strategy.title}", reverse("backtests:sweep", args=[sweep_id])),
            (f"Run {number}", ""),
        ],
    }  # fmt: skip
    return render(request, "backtests/sweep_member.html", context, status=status)


def _context(request: DeskRequest, found: Sweep) -> dict[str, Any]:
    plan, table = queries.plan_of(found), queries.members_of(found)
    figures = pages.figures_of(found, table)
    shown = pages.shown_of(figures, request.GET.get("show", ""))
    context: dict[str, Any] = {
        "sweep": found,
        "plan": plan,
        "unfinished": found.status in _UNFINISHED,
        "progress": queries.progress_of(found, at=timezone.now()) if found.status in _UNFINISHED else None,
        "figures": figures,
        "shown": shown,
        "axes": axis_labels(plan),
        "headline": headline(found, plan),
        "objective": METRICS[found.objective],
        "objective_words": in_words(METRICS[found.objective]),
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "names": names_of(person_ids=[found.created_by_id]),
        "crumbs": [("Backtests", reverse("backtests:list")), ("Sweeps", reverse("backtests:sweeps")), (found.strategy.title, "")],
    }  # fmt: skip
    if table is None or shown is None:
        return context
    context |= pages.map_context(found, table, shown, request.GET)
    if not context["unfinished"]:
        context |= _table(request, found, table)
        chosen = [event for event in history(subject_id=found.id) if event.type == "backtests.member_chosen"]
        context |= {
            "choices": chosen,
            "names": names_of(person_ids=[found.created_by_id, *(e.actor_id for e in chosen)]),
        }
    return context


def _table(request: DeskRequest, found: Sweep, table: Any) -> dict[str, Any]:
    sort = request.GET.get("sort", "")
    try:
        order = pages.order_of(found, table, sort=sort)
    except DomainError:
        sort, order = "", pages.order_of(found, table)
    page = Paginator(order, _PAGE).get_page(request.GET.get("page"))
    rows = pages.rows_at(found, table, list(page.object_list))
    return {"page": page, "rows": rows, "sort": sort}
