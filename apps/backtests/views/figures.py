"""The figures of a finished run, as JSON for the chart library and as tables for everybody else."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.backtests import queries
from apps.backtests.queries.cached import kept
from apps.backtests.queries.figures import FIGURES_VERSION, asked_of, drawing, figure_json_of, figure_table
from apps.backtests.views.alone import answer

FOREVER = "private, max-age=31536000, immutable"
_EACH_TIME = "private, max-age=60"


@require_GET
def figure(request: DeskRequest, backtest_id: UUID, name: str) -> HttpResponse:
    """A figure with roles for colours. Addresses with the version of drawing never change what they answer."""
    run = queries.backtest(backtest_id=backtest_id)
    asked = asked_of(request.GET)
    is_span = "from" in asked or "to" in asked  # there is no end of spans: they are drawn, not kept
    drawn = (
        figure_json_of(run, name=name, asked=asked)
        if is_span
        else kept(run, f"figure:{name}", asked, lambda: figure_json_of(run, name=name, asked=asked))
    )
    is_marked = name == "equity"  # its marks follow the document, whose publication can be corrected
    fixed = request.GET.get("v") == FIGURES_VERSION and not is_marked
    return HttpResponse(
        drawn, content_type="application/json", headers={"Cache-Control": FOREVER if fixed else _EACH_TIME}
    )


@require_GET
def table(request: DeskRequest, backtest_id: UUID, name: str) -> HttpResponse:
    """What a figure shows, as a table; alone on a page where it was not asked for by htmx."""
    run = queries.backtest(backtest_id=backtest_id)
    title = drawing(name).title
    found = figure_table(run, name=name, asked=asked_of(request.GET))
    return answer(
        request, run, title, render_to_string("backtests/_figure_table.html", {"table": found, "title": title})
    )
