"""The typed door to the compiled accounting: targets and rules of trading in, curves, orders and round trips out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from apps.domain.engine.result import BoolArray, IntArray, OrderTable, Trades
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import DayArray, FloatArray, Panel

REASONS = (
    "decision",
    "stop loss",
    "target",
    "trailing stop",
    "time stop",
    "delisting",
    "drawdown stop",
    "session",
    "ruin",
)
_FILLS = ("next_open", "next_close", "same_close")
_SESSIONS = ("whole_day", "overnight", "intraday")
_NOTHING = np.zeros((0, 0))


@dataclass(frozen=True, slots=True)
class Costs:
    """What fills cost, and what time does. Fractions of the traded value one way, money per share and per order; `impact`
    times the square root of the share of the bar's volume; rates per year of 365 calendar days."""

    rate: float = 0.0
    per_share: float = 0.0
    minimum: float = 0.0
    half_spread: float = 0.0
    impact: float = 0.0
    max_participation: float | None = None
    borrow: float = 0.0
    financing: float = 0.0
    cash_interest: float = 0.0


@dataclass(frozen=True, slots=True)
class Exits:
    """When a position is closed whatever the rules say: fractions of the entry price, of the best price, bars held."""

    stop_loss: float | None = None
    take_profit: float | None = None
    trailing_stop: float | None = None
    time_stop: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """The kind of the orders that open or add, and their prices at each decision, (n_symbols, n_decisions)."""

    kind: Literal["market", "limit", "stop", "stop_limit"] = "market"
    limit: FloatArray | None = None
    stop: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`max_long` bounds the value of longs at purchases, as a multiple of equity."""

    capital: float
    whole_shares: bool = False
    max_long: float = 1.0
    session: Literal["whole_day", "overnight", "intraday"] = "whole_day"
    drawdown_stop: float | None = None
    drawdown_wait: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Rules whose states the accounts keep, because a stop may end them: (n_symbols, n_days of the window), 1, 0 or NaN."""

    enter: FloatArray
    leave: FloatArray | None
    enter_short: FloatArray | None
    leave_short: FloatArray | None
    member: BoolArray
    over: str
    universe_size: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """What a walk over the days leaves. `financing` is interest less borrow cost per day, `dividends` cash per day."""

    equity: FloatArray
    cash: FloatArray
    exposure: FloatArray
    financing: FloatArray
    dividends: FloatArray
    orders: OrderTable
    trades: Trades
    waiting: int


def account(
    *,
    panel: Panel,
    inputs: Inputs,
    first: int,
    decisions: IntArray,
    targets: FloatArray,
    signals: Signals | None,
    bar: BoolArray,
    fill: str,
    costs: Costs,
    exits: Exits,
    orders: Orders,
    rules: Account,
) -> Accounts:
    """Walk the days from panel index `first`; `decisions` are indices into that window, `targets` their signed weights, NaN
    for a position that is left alone; `bar` says where the panel has one. When `signals` are given, `targets` are sizes, and
    the walk turns them into the targets that it decided."""
    from apps.domain.engine import _account_kernels as kernels  # noqa: PLC0415 -- slow import
    from apps.domain.engine import _trip_kernels as trips  # noqa: PLC0415 -- slow import

    close = np.ascontiguousarray(panel.close[:, first:])
    bar = np.ascontiguousarray(bar[:, first:])
    high, low = _part(panel.high, first), _part(panel.low, first)
    if not (high.size and low.size):
        high = low = _NOTHING
    splits = _part(inputs.fields.get("split"), first)
    days = panel.days[first:]
    decision_at = np.full(len(days), -1, dtype=np.int64)
    decision_at[decisions] = np.arange(len(decisions))
    curves = np.zeros((kernels.CURVES, len(days)))
    given = _rules(signals, bar, len(decisions))
    book, waits = kernels.account(
        _part(panel.open, first), high, low, close, _part(panel.volume, first), bar, _gaps(days), decision_at,
        np.ascontiguousarray(targets), *given, _or_nothing(orders.limit), _or_nothing(orders.stop),
        _FILLS.index(fill), _SESSIONS.index(rules.session), cost_columns(costs, whole_shares=rules.whole_shares),
        np.array([costs.borrow, costs.financing, costs.cash_interest]), np.zeros(0), exit_columns(exits, rules),
        _part(inputs.fields.get("dividend"), first), splits, _part(inputs.fields.get("delisting_return"), first),
        rules.capital, rules.max_long, curves, panel.is_complete("close"),
    )  # fmt: skip
    folded = trips.round_trips(
        book, _last_close(close, bar), high if high.size else close, low if low.size else close, splits
    )
    return Accounts(
        equity=curves[kernels.EQUITY],
        cash=curves[kernels.CASH],
        exposure=curves[kernels.EXPOSURE],
        financing=curves[kernels.INTEREST] + curves[kernels.BORROW],
        dividends=curves[kernels.DIVIDENDS],
        orders=order_table(book, days),
        trades=trade_table(folded, days),
        waiting=int(np.sum((waits >= 0) & ((waits < len(days) - 1) | ~bar[:, -1]))),
    )


def _part(values: FloatArray | None, first: int) -> FloatArray:
    return _NOTHING if values is None else np.ascontiguousarray(values[:, first:])


def _or_nothing(values: FloatArray | None) -> FloatArray:
    return _NOTHING if values is None else np.ascontiguousarray(values)


def _rules(
    signals: Signals | None, bar: BoolArray, n_decisions: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray, bool, FloatArray]:
    if signals is None:
        flags = np.zeros(3, dtype=np.int64)
        return _NOTHING, _NOTHING, _NOTHING, _NOTHING, flags, False, np.ones(n_decisions)
    absent = np.full(bar.shape, np.nan)

    def of(rule: FloatArray | None) -> FloatArray:
        """Who is no member has no rule, and leaves."""
        return absent if rule is None else np.ascontiguousarray(rule)

    flags = np.array([1, signals.leave is not None, signals.leave_short is not None], dtype=np.int64)
    return (
        of(signals.enter), of(signals.leave), of(signals.enter_short), of(signals.leave_short), flags,
        signals.over == "universe", np.maximum(signals.universe_size, 1.0),
    )  # fmt: skip


def _gaps(days: DayArray) -> FloatArray:
    """Calendar days since the bar before; zero at the first."""
    gaps = np.zeros(len(days))
    gaps[1:] = np.diff(days.astype("datetime64[m]")).astype(np.float64) / (24 * 60)
    return gaps


def cost_columns(costs: Costs, *, whole_shares: bool = False) -> FloatArray:
    """The costs as the kernels read them."""
    most = math.inf if costs.max_participation is None else costs.max_participation
    return np.array(
        [costs.rate, costs.per_share, costs.minimum, costs.half_spread, costs.impact, most, float(whole_shares)]
    )


def exit_columns(exits: Exits, rules: Account | None = None) -> FloatArray:
    """The exits as the kernels read them, infinite where there is none; those of the account, if any, at the end."""
    limits = [exits.stop_loss, exits.take_profit, exits.trailing_stop, exits.time_stop]
    wait = 0.0
    if rules is not None:
        limits.append(rules.drawdown_stop)
        wait = float(rules.drawdown_wait)
    return np.array([*(math.inf if limit is None else float(limit) for limit in limits), wait])


def _last_close(close: FloatArray, bar: BoolArray) -> FloatArray:
    if bar[:, -1].all():
        return np.ascontiguousarray(close[:, -1])
    last = close.shape[1] - 1 - np.argmax(bar[:, ::-1], axis=1)
    return np.where(bar.any(axis=1), close[np.arange(len(close)), last], np.nan)


def order_table(book: FloatArray, days: DayArray) -> OrderTable:
    """The order book of the kernels as columns."""
    columns = np.ascontiguousarray(book.T)
    decided, day, symbol, side, reason = (columns[at].astype(np.int64) for at in (0, 1, 2, 3, 9))
    return OrderTable(
        decided=days[np.maximum(decided, 0)],
        day=days[day],
        symbol=symbol,
        side=side,
        shares=columns[4],
        price=columns[5],
        value=columns[6],
        cost=columns[7],
        slippage=columns[8],
        reason=reason,
    )


def trade_table(trips: FloatArray, days: DayArray) -> Trades:
    """The round trips of the kernels as columns."""
    columns = np.ascontiguousarray(trips.T)
    symbol, entry, leave = (column.astype(np.int64) for column in columns[:3])
    is_open = leave < 0
    final = np.where(is_open, len(days) - 1, leave)
    return Trades(
        symbol=symbol,
        side=columns[8].astype(np.int64),
        entry_day=days[entry],
        exit_day=np.where(is_open, np.datetime64("NaT"), days[final]).astype(days.dtype),
        entry_price=columns[3],
        exit_price=columns[4],
        shares=columns[5],
        net_return=columns[6] / columns[7],
        pnl=columns[6],
        worst=columns[9],
        best=columns[10],
        days_held=final - entry,
        is_open=is_open,
        reason=columns[11].astype(np.int64),
    )
