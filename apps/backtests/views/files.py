"""Figures and files of a finished run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.backtests import queries

if TYPE_CHECKING:
    import pyarrow as pa


@require_GET
def equity(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """The figure of equity and drawdown, with roles for colours."""
    from apps.web.queries import equity_figure, figure_json  # noqa: PLC0415 -- slow import

    run = queries.backtest(backtest_id=backtest_id)
    table = queries.frames_of(run).curves
    benchmark = table.column("benchmark").to_numpy() if "benchmark" in table.column_names else None
    figure = equity_figure(
        dates=table.column("day").to_pylist(),
        strategy=table.column("equity").to_numpy(),
        benchmark=benchmark,
        benchmark_name=str(run.plan.get("benchmark") or ""),
    )
    return HttpResponse(
        figure_json(figure),
        content_type="application/json",
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


@require_GET
def trades(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """Every trade as CSV."""
    return _csv(queries.frames_of(queries.backtest(backtest_id=backtest_id)).trades, "trades.csv")


@require_GET
def curves(request: DeskRequest, backtest_id: UUID) -> HttpResponse:
    """Every day's equity as CSV."""
    return _csv(queries.frames_of(queries.backtest(backtest_id=backtest_id)).curves, "curves.csv")


def _csv(table: pa.Table, name: str) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([_safe(value) for value in row])
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _safe(value: object) -> object:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
