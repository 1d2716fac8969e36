"""Figures of round trips: fills on the price of one instrument, and how far trips went against and for their entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.backtests.queries.figure_tables import FigureNotFoundError, Table
from apps.backtests.queries.stored import StoredRun
from apps.marketdata import queries as marketdata
from apps.web.queries import Cloud, Fills, cloud_figure, formats, price_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

_LISTED = 400
Asked = Mapping[str, str]


def most_traded(run: StoredRun) -> list[tuple[str, int]]:
    """The instruments that were traded and how many fills each had, most fills first."""
    if not run.symbols:
        return []
    counts = np.bincount(run.orders.symbol, minlength=len(run.symbols)).tolist()
    return sorted(zip(run.symbols, counts, strict=True), key=lambda item: (-item[1], item[0]))


def price(run: StoredRun, asked: Asked) -> go.Figure:
    """The price of one instrument (`symbol`, by default the one with most fills) over the run or `from` to `to`, with its
    fills. Raises FigureNotFoundError for one that was not traded."""
    symbol, fills = _fills(run, asked)
    first, last = _span(run, asked)
    panel = marketdata.panel(
        key=run.run.plan["data_set"], symbols=[symbol], snapshot_hash=run.run.plan["data_snapshot"]
    )
    days = panel.days.astype("datetime64[D]")
    inside = (days >= first) & (days <= last) & np.isfinite(panel.close[0])
    bars = [values[0][inside] for values in (panel.open, panel.high, panel.low) if values is not None]
    return price_figure(
        dates=list(panel.days[inside].astype(object)),
        close=panel.close[0][inside],
        bars=(bars[0], bars[1], bars[2]) if len(bars) == 3 else None,
        bought=_side(run, fills, 1, first, last),
        sold=_side(run, fills, -1, first, last),
        name=symbol,
    )


def price_table(run: StoredRun, asked: Asked) -> Table:
    """The fills of that instrument."""
    symbol, fills = _fills(run, asked)
    orders = run.orders
    rows = tuple(
        (
            formats.day(_date(orders.day[i])),
            "Bought" if orders.side[i] > 0 else "Sold",
            formats.num(orders.shares[i]),
            formats.num(orders.price[i]),
            formats.num(orders.cost[i]),
            str(orders.reason[i]).capitalize(),
        )
        for i in fills[:_LISTED]
    )
    note = f"{len(rows)} of {len(fills)} fills of {symbol}, in the order in which they happened."
    return Table(("Day", "Side", "Shares", "Price", "Cost", "Because"), rows, note)


def excursions(run: StoredRun, asked: Asked) -> go.Figure:
    """Every closed round trip: how far it went against the entry, and how far for it; winners and losers apart."""
    trades = run.trades
    closed = ~trades.is_open & np.isfinite(trades.worst) & np.isfinite(trades.best)
    clouds = []
    for name, role, mask in (
        ("Winners", "gain-dots", closed & (trades.pnl > 0)),
        ("Losers", "loss-dots", closed & (trades.pnl <= 0)),
    ):
        at = np.flatnonzero(mask)
        words = [
            f"{run.symbols[trades.symbol[i]]}, {formats.day(_date(trades.entry_day[i]))}: {formats.signed_pct(trades.net_return[i])}"
            for i in at
        ]
        clouds.append(Cloud(name, role, trades.worst[at], trades.best[at], words))
    return cloud_figure(clouds=clouds, x_title="Furthest against the entry", y_title="Furthest for the entry")


def excursions_table(run: StoredRun, asked: Asked) -> Table:
    """How far winners and losers went, on average and at the edges."""
    trades = run.trades
    closed = ~trades.is_open & np.isfinite(trades.worst) & np.isfinite(trades.best)
    rows = []
    for name, mask in (
        ("Winners", closed & (trades.pnl > 0)),
        ("Losers", closed & (trades.pnl <= 0)),
        ("All", closed),
    ):
        if mask.any():
            worst, best, kept = trades.worst[mask], trades.best[mask], trades.net_return[mask]
            shown = (worst.mean(), np.median(worst), worst.min(), best.mean(), np.median(best), best.max(), kept.mean())
            rows.append((name, formats.count(int(mask.sum())), *(formats.signed_pct(v) for v in shown)))
    columns = (
        "Round trips",
        "Number",
        "MAE, mean",
        "median",
        "furthest",
        "MFE, mean",
        "median",
        "furthest",
        "Kept, mean",
    )
    return Table(columns, tuple(rows), "MAE and MFE: furthest against and for the entry price while the trip was open.")


def _fills(run: StoredRun, asked: Asked) -> tuple[str, Any]:
    traded = most_traded(run)
    if not traded:
        raise FigureNotFoundError("Nothing was traded in this run.", figure="price")
    symbol = asked.get("symbol") or traded[0][0]
    if symbol not in run.symbols:
        raise FigureNotFoundError(f"{symbol} was not traded in this run.", symbol=symbol)
    return symbol, np.flatnonzero(run.orders.symbol == run.symbols.index(symbol))


def _span(run: StoredRun, asked: Asked) -> tuple[np.datetime64, np.datetime64]:
    ends = []
    for key, default in (("from", run.days[0]), ("to", run.days[-1])):
        try:
            ends.append(np.datetime64(date.fromisoformat(asked.get(key, "")[:10]), "D"))
        except ValueError:
            ends.append(default.astype("datetime64[D]"))
    return ends[0], ends[1]


def _side(run: StoredRun, fills: Any, side: int, first: np.datetime64, last: np.datetime64) -> Fills:
    orders = run.orders
    days = orders.day[fills].astype("datetime64[D]")
    at = fills[(orders.side[fills] == side) & (days >= first) & (days <= last)]
    verb = "Bought" if side > 0 else "Sold"
    words = [
        f"{verb} {formats.num(orders.shares[i], 1)} at {formats.num(orders.price[i])}, {formats.day(_date(orders.day[i]))}"
        for i in at
    ]
    return Fills(dates=list(orders.day[at].astype(object)), prices=orders.price[at], words=words)


def _date(value: np.datetime64) -> Any:
    return value.astype("datetime64[D]").item()
