"""The tear sheet's page: what is the same for everybody from the cache, what depends on the reader around it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from apps.accounts.enums import DeskRequest, Permission
from apps.backtests.models import Backtest
from apps.backtests.queries import backtest
from apps.backtests.queries.cached import SHEET_VERSION, kept
from apps.backtests.queries.data_notes import newer_snapshot
from apps.backtests.queries.rows import Revision
from apps.backtests.queries.tearsheet import tear_sheet
from apps.backtests.views.parts import all_parts, sensitivity_html, trades_html
from apps.marketdata.queries import current_snapshot
from apps.notifications.queries import unread_count
from apps.web.services.kept_pages import kept_page

_FILES = (
    ("tear-sheet.pdf", "Tear sheet, PDF"),
    ("tear-sheet.html", "Tear sheet, HTML"),
    ("tear-sheet.xlsx", "Workbook, XLSX"),
    ("trades.csv", "Trades, CSV"),
    ("trades.parquet", "Trades, Parquet"),
    ("curves.csv", "Curves, CSV"),
    ("curves.parquet", "Curves, Parquet"),
    ("orders.csv", "Orders, CSV"),
    ("orders.parquet", "Orders, Parquet"),
)


def kept_tear_sheet(request: DeskRequest, backtest_id: UUID, revision: Revision) -> HttpResponse:
    """The page of a finished run as this reader saw it last, where nothing that it shows has changed since."""

    def make() -> HttpResponse:
        return tear_sheet_page(request, backtest(backtest_id=backtest_id))

    if set(request.GET) - {"scale"}:
        return make()
    shown = (
        SHEET_VERSION,
        revision,
        current_snapshot(key=revision.data_set),
        unread_count(person_id=request.actor.person_id),
    )
    return kept_page(request, revision=shown, make=make)


def tear_sheet_page(request: DeskRequest, run: Backtest) -> HttpResponse:
    """The page of a finished run. With `print` in the query string every part is there at once."""
    scale = "log" if request.GET.get("scale") == "log" else ""
    printed = "print" in request.GET
    choices = {"scale": scale, "print": str(printed)}
    made = json.loads(kept(run, "sheet", choices, lambda: _rendered(run, scale=scale, printed=printed)))
    context: dict[str, Any] = {
        "run": run,
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "files": _FILES,
        "newer": newer_snapshot(run),
        "first_reason": made["reason"],
        "sheet_html": mark_safe(made["sheet"]),  # noqa: S308 -- rendered by our own template, which escapes
        "end_html": mark_safe(made["end"]),  # noqa: S308 -- as above
        "crumbs": [("Backtests", reverse("backtests:list")), (run.strategy.title, "")],
    }
    if printed:
        context |= {"trades_html": trades_html(request, run), "sensitivity_html": sensitivity_html(request, run)}
    return render(request, "backtests/detail.html", context)


def _rendered(run: Backtest, *, scale: str, printed: bool) -> str:
    sheet = tear_sheet(run)
    context = {
        "run": run,
        "sheet": sheet,
        "scale": scale,
        "more_scale": "&scale=log" if scale else "",
        "parts": all_parts(run) if printed else {},
    }
    reason = sheet.reasons[0]["sentence"] if sheet.reasons else ""
    html = {name: render_to_string(f"backtests/{name}.html", context) for name in ("_sheet", "_sheet_end")}
    return json.dumps({"reason": reason, "sheet": html["_sheet"], "end": html["_sheet_end"]})
