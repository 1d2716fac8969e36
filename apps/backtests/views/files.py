"""Files of a finished run."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.backtests import queries, services
from apps.backtests.queries.trades import TradeFilter, found_trades


@require_GET
def file(request: DeskRequest, backtest_id: UUID, name: str) -> HttpResponse:
    """A table or the tear sheet; of trades, what the query string leaves."""
    run = queries.backtest(backtest_id=backtest_id)
    asked = TradeFilter.of(request.GET)
    stem, _, kind = name.rpartition(".")
    if stem == "trades" and kind in {"csv", "parquet"} and (asked.is_narrow or asked.sort):
        made = services.Export(name, "", services.table_file(found_trades(run, asked), kind=kind))
    else:
        made = services.export(run, name=name)
    media_type = made.media_type or ("text/csv; charset=utf-8" if kind == "csv" else "application/vnd.apache.parquet")
    # a page that opens from disk has its own styles, which this site's policy would refuse: it is always saved
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return HttpResponse(made.content, content_type=media_type, headers=headers)
