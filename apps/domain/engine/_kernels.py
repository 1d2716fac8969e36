"""Compiled loops of the accounting. Private, and imported late: importing numba takes most of a second.

Arrays are (n_symbols, n_days) of the window. The loops are sequential on purpose: no sum is ever split over threads,
so the bytes do not depend on the machine. docs/engine.md says what each step means.
"""

# ruff: noqa: FBT001, PLR0917 -- compiled loops take their arrays and flags by position
from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[Any]]
F = TypeVar("F", bound="Callable[..., Any]")

ORDER_COLUMNS = 8  # decided, day, symbol, side, shares, price, value, cost
TRADE_COLUMNS = 8  # symbol, entry day, exit day, entry price, exit price, shares, P&L, invested


def _compiled(function: F) -> F:
    return cast("F", numba.njit(cache=True)(function))


@_compiled
def hold(enter: Array, leave: Array, has_leave: bool, bar: Array, out: Array) -> None:
    """Whether each instrument is in, at the close of each day. `enter` and `leave` are 1, 0 or NaN."""
    for s in range(enter.shape[0]):
        inside = False
        for t in range(enter.shape[1]):
            if bar[s, t]:
                out_now = leave[s, t] == 1.0 if has_leave else enter[s, t] == 0.0
                if inside and out_now:
                    inside = False
                elif not inside and enter[s, t] == 1.0 and not out_now:
                    inside = True
            out[s, t] = inside


@_compiled
def _can_fill(s: int, t: int, price: Array, bar: Array, decided: Array) -> bool:
    """Whether the order of instrument `s`, if one waits, meets a bar with a finite, positive price."""
    return bool(decided[s] >= 0 and bar[s, t] and price[s, t] > 0.0 and price[s, t] < np.inf)


@_compiled
def _write(row: Array, decided: int, t: int, s: int, side: float, shares: float, price: float, rate: float) -> None:
    """One line of the order book."""
    row[0] = decided
    row[1] = t
    row[2] = s
    row[3] = side
    row[4] = shares
    row[5] = price
    row[6] = shares * price
    row[7] = shares * price * rate


@_compiled
def _sales(
    t: int, price: Array, bar: Array, rate: float, cash: float, shares: Array, wanted: Array, all_of_it: Array,
    decided: Array, book: Array, n_orders: int,
) -> tuple[float, int, float]:  # fmt: skip
    """Fill the sales of day t; returns cash, the length of the book, and what the purchases of the day need."""
    need = 0.0
    for s in range(len(shares)):
        if not _can_fill(s, t, price, bar, decided):
            continue
        if wanted[s] > 0.0:
            need += wanted[s] * (1.0 + rate)
            continue
        sold = shares[s] if all_of_it[s] else min(shares[s], -wanted[s] / price[s, t])
        _write(book[n_orders], decided[s], t, s, -1.0, sold, price[s, t], rate)
        cash += book[n_orders, 6] - book[n_orders, 7]
        shares[s] -= sold
        decided[s] = -1
        n_orders += 1
    return cash, n_orders, need


@_compiled
def _purchases(
    t: int, price: Array, bar: Array, rate: float, cash: float, shares: Array, wanted: Array, decided: Array,
    book: Array, n_orders: int, need: float,
) -> tuple[float, int]:  # fmt: skip
    """Fill the purchases of day t, shrunk by one factor when cash is short; returns cash and the length of the book."""
    short = need > cash
    factor = cash / need if short else 1.0
    for s in range(len(shares)):
        if not _can_fill(s, t, price, bar, decided):
            continue
        bought = wanted[s] * factor / price[s, t]
        if bought > 0.0:
            _write(book[n_orders], decided[s], t, s, 1.0, bought, price[s, t], rate)
            cash -= book[n_orders, 6] + book[n_orders, 7]
            shares[s] += bought
            n_orders += 1
        decided[s] = -1
    return 0.0 if short else max(cash, 0.0), n_orders


@_compiled
def _decide(
    t: int, weights: Array, k: int, total: float, tolerance: float, shares: Array, last: Array, wanted: Array,
    all_of_it: Array, decided: Array,
) -> None:  # fmt: skip
    """Replace every waiting order by the difference between targets and positions at the close of day t."""
    for s in range(len(shares)):
        weight = weights[s, k]
        delta = weight * total - shares[s] * last[s]
        all_of_it[s] = weight == 0.0
        wanted[s] = -1.0 if all_of_it[s] else delta
        changes = shares[s] > 0.0 if all_of_it[s] else abs(delta) > tolerance * total
        decided[s] = t if changes else -1


@_compiled
def account(
    price: Array, close: Array, bar: Array, decision_at: Array, weights: Array, capital: float, rate: float,
    tolerance: float, curves: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Walk the days: fills, marks, decisions.

    Writes equity, cash and exposure into the rows of `curves`; returns the order book and, per instrument, the day on
    which an order that still waits was decided, else -1.
    """
    n_symbols, n_days = close.shape
    shares = np.zeros(n_symbols)
    last = np.zeros(n_symbols)
    wanted = np.zeros(n_symbols)
    all_of_it = np.zeros(n_symbols, dtype=np.bool_)
    decided = np.full(n_symbols, -1, dtype=np.int64)
    book = np.empty((1024, ORDER_COLUMNS))
    n_orders = 0
    cash = capital
    waits = False
    for t in range(n_days):
        if waits:
            if n_orders + n_symbols > book.shape[0]:
                grown = np.empty((2 * book.shape[0] + n_symbols, ORDER_COLUMNS))
                grown[:n_orders] = book[:n_orders]
                book = grown
            cash, n_orders, need = _sales(
                t, price, bar, rate, cash, shares, wanted, all_of_it, decided, book, n_orders
            )  # fmt: skip
            if need > 0.0:
                cash, n_orders = _purchases(
                    t, price, bar, rate, cash, shares, wanted, decided, book, n_orders, need
                )  # fmt: skip
        held = 0.0
        for s in range(n_symbols):
            if bar[s, t]:
                last[s] = close[s, t]
            held += shares[s] * last[s]
        total = cash + held
        curves[0, t] = total
        curves[1, t] = cash
        curves[2, t] = held / total if total > 0.0 else 0.0
        if decision_at[t] >= 0:
            _decide(t, weights, decision_at[t], total, tolerance, shares, last, wanted, all_of_it, decided)
        if waits or decision_at[t] >= 0:
            waits = bool(np.any(decided >= 0))
    return book[:n_orders].copy(), decided


@_compiled
def round_trips(book: Array, last_close: Array, n_symbols: int) -> Array:
    """Fold an order book into trips from flat to flat; exit day -1 for a trip still open, marked at the last close."""
    trips = np.empty((book.shape[0] + n_symbols, TRADE_COLUMNS))
    n_trips = 0
    held = np.zeros(n_symbols)
    entry = np.zeros(n_symbols)
    bought = np.zeros(n_symbols)
    paid = np.zeros(n_symbols)
    sold = np.zeros(n_symbols)
    received = np.zeros(n_symbols)
    costs = np.zeros(n_symbols)
    entry_costs = np.zeros(n_symbols)
    for i in range(book.shape[0] + n_symbols):
        closing = i >= book.shape[0]
        if closing:
            s = i - book.shape[0]
            if held[s] <= 0.0:
                continue
            sold[s] += held[s]
            received[s] += held[s] * last_close[s]
        else:
            s = int(book[i, 2])
            if held[s] <= 0.0:
                entry[s] = book[i, 1]
                bought[s] = paid[s] = sold[s] = received[s] = costs[s] = entry_costs[s] = 0.0
            costs[s] += book[i, 7]
            if book[i, 3] > 0.0:
                held[s] += book[i, 4]
                bought[s] += book[i, 4]
                paid[s] += book[i, 6]
                entry_costs[s] += book[i, 7]
            else:
                held[s] -= book[i, 4]
                sold[s] += book[i, 4]
                received[s] += book[i, 6]
            if held[s] > 0.0:
                continue
        trips[n_trips, 0] = s
        trips[n_trips, 1] = entry[s]
        trips[n_trips, 2] = -1.0 if closing else book[i, 1]
        trips[n_trips, 3] = paid[s] / bought[s]
        trips[n_trips, 4] = received[s] / sold[s]
        trips[n_trips, 5] = bought[s]
        trips[n_trips, 6] = received[s] - paid[s] - costs[s]
        trips[n_trips, 7] = paid[s] + entry_costs[s]
        n_trips += 1
    return trips[:n_trips].copy()
