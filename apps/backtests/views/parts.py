"""The parts of a tear sheet that are fetched when they come into view, the table of trades, and what each number is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.backtests import queries, services
from apps.backtests.enums import SweepKind
from apps.backtests.models import Backtest
from apps.backtests.queries.cached import kept
from apps.backtests.queries.definitions import definition
from apps.backtests.queries.parts import PARTS
from apps.backtests.queries.parts import part as named_part
from apps.backtests.queries.sensitivity import sensitivity_view
from apps.backtests.queries.sweeps import sweeps
from apps.backtests.queries.trades import OUTCOMES, SIDES, TradeFilter, trade_page
from apps.backtests.views.alone import answer
from apps.jobs.queries import latest_job

_RUNNING = {"queued", "running"}
_SWEEPS = 5


@require_GET
def part(request: DeskRequest, backtest_id: UUID, name: str) -> HttpResponse:
    """A part of the tear sheet; alone on a page where it was not asked for by htmx."""
    run = queries.backtest(backtest_id=backtest_id)
    html = part_html(run, name)
    return answer(request, run, named_part(name).title, html)


def part_html(run: Backtest, name: str) -> str:
    """A part as HTML, from the cache where it was made before."""
    found = named_part(name)
    made = kept(
        run,
        f"part:{name}",
        found.beside(),
        lambda: render_to_string(found.template, {"run": run, **found.make(queries.stored_run(run))}),
    )
    return mark_safe(made)  # noqa: S308 -- rendered by our own template, which escapes


def all_parts(run: Backtest) -> dict[str, str]:
    """Every part at once, for a page that is printed."""
    return {name: part_html(run, name) for name in PARTS}


@require_GET
def trades(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """The table of trades: filtered, sorted and paged by the query string."""
    run = queries.backtest(backtest_id=backtest_id)
    html = trades_html(request, run)
    response = answer(request, run, "Trades", html, slot="trade-table")
    shown_on = urlsplit(request.headers.get("HX-Current-URL", "")).path
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    if shown_on == (sheet := reverse("backtests:detail", args=[run.id])):
        response["HX-Replace-Url"] = f"{sheet}{query}#trades" if query else sheet
    elif shown_on == (page := reverse("backtests:trades", args=[run.id])):
        response["HX-Replace-Url"] = f"{page}{query}"
    return response


def trades_html(request: DeskRequest, run: Backtest) -> str:
    """The table of trades as HTML."""
    asked = TradeFilter.of(request.GET)
    number = request.GET.get("page", "")
    page = trade_page(run, asked, number=int(number) if number.isdecimal() and len(number) < 7 else 1)
    context = {"run": run, "page": page, "asked": asked, "sides": SIDES, "outcomes": OUTCOMES, "sort": asked.sort}
    return render_to_string("backtests/_trades.html", context, request=request)


@require_GET
def number(request: DeskRequest, backtest_id: UUID, key: str) -> HttpResponse:
    """What a number is, how it is made, and of what."""
    run = queries.backtest(backtest_id=backtest_id)
    found = definition(run, key=key)
    html = render_to_string("backtests/_definition.html", {"run": run, "number": found})
    response = answer(request, run, found.label, html)
    response["Cache-Control"] = "private, max-age=3600"
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_GET
def sensitivity(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """How the result changes with costs, delay and parameters: what was made, or how far it is."""
    run = queries.backtest(backtest_id=backtest_id)
    return answer(request, run, "Sensitivity", sensitivity_html(request, run))


def sensitivity_html(request: DeskRequest, run: Backtest) -> str:
    """The sensitivity as HTML."""
    return render_to_string("backtests/parts/sensitivity.html", _sensitivity_context(request, run), request=request)


@require_POST
def make_sensitivity(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """Ask for the runs behind the sensitivity."""
    services.ask_sensitivity(backtest_id=backtest_id, actor=request.actor, at=timezone.now())
    if request.headers.get("HX-Request"):
        return HttpResponse(sensitivity_html(request, queries.backtest(backtest_id=backtest_id)))
    return redirect(f"{reverse('backtests:detail', args=[backtest_id])}#sensitivity")


def _sensitivity_context(request: DeskRequest, run: Backtest) -> dict[str, Any]:
    found = sensitivity_view(run)
    job = None if found else latest_job(subject_id=run.id, kind=services.SENSITIVITY_JOB)
    swept = list(sweeps(strategy_id=run.strategy_id)[:_SWEEPS])
    return {
        "sweeps": swept,
        "sweep_names": names_of(person_ids=[sweep.created_by_id for sweep in swept]),
        "sweep_kinds": SweepKind.choices,
        "run": run,
        "found": found,
        "job": job,
        "is_running": job is not None and job.status in _RUNNING,
        "failed": job.error_message if job is not None and job.status == "failed" else "",
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
    }
