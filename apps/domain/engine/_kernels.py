"""Compiled loops of the accounting. Private, and imported late: importing numba takes most of a second.

Arrays are (n_symbols, n_days) of the window. The loops are sequential on purpose: no sum is ever split over threads,
so the bytes do not depend on the machine. docs/engine.md says what each step means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[Any]]
F = TypeVar("F", bound="Callable[..., Any]")

ORDER_COLUMNS = 8  # decided, day, symbol, side, shares, price, value, cost
TRADE_COLUMNS = 8  # symbol, entry day, exit day, entry price, exit price, shares, P&L, invested


def _compiled(function: F) -> F:
    compiled: F = numba.njit(cache=True)(function)
    return compiled


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
def account(
    price: Array,
    close: Array,
    bar: Array,
    decision_at: Array,
    weights: Array,
    capital: float,
    rate: float,
    tolerance: float,
    equity: Array,
    cash_left: Array,
    invested: Array,
) -> tuple[Array, Array]:
    """Walk the days: fills, marks, decisions. Fills the three curves; returns the order book and what still waits."""
    n_symbols, n_days = close.shape
    shares = np.zeros(n_symbols)
    last = np.zeros(n_symbols)
    wanted = np.zeros(n_symbols)
    sell_all = np.zeros(n_symbols, dtype=np.bool_)
    decided = np.full(n_symbols, -1, dtype=np.int64)
    book = np.empty((1024, ORDER_COLUMNS))
    n_orders = 0
    n_waiting = 0
    cash = capital
    for t in range(n_days):
        if n_waiting > 0:
            if n_orders + n_symbols > book.shape[0]:
                grown = np.empty((2 * book.shape[0] + n_symbols, ORDER_COLUMNS))
                grown[:n_orders] = book[:n_orders]
                book = grown
            need = 0.0
            for s in range(n_symbols):
                if decided[s] < 0 or not bar[s, t] or not price[s, t] > 0.0 or price[s, t] == np.inf:
                    continue
                if wanted[s] > 0.0:
                    need += wanted[s] * (1.0 + rate)
                    continue
                sold = shares[s] if sell_all[s] else min(shares[s], -wanted[s] / price[s, t])
                value = sold * price[s, t]
                cost = value * rate
                cash += value - cost
                shares[s] -= sold
                book[n_orders, 0] = decided[s]
                book[n_orders, 1] = t
                book[n_orders, 2] = s
                book[n_orders, 3] = -1.0
                book[n_orders, 4] = sold
                book[n_orders, 5] = price[s, t]
                book[n_orders, 6] = value
                book[n_orders, 7] = cost
                n_orders += 1
                decided[s] = -1
                n_waiting -= 1
            if need > 0.0:
                short = need > cash
                factor = cash / need if short else 1.0
                for s in range(n_symbols):
                    if decided[s] < 0 or not bar[s, t] or not price[s, t] > 0.0 or price[s, t] == np.inf:
                        continue
                    value = wanted[s] * factor
                    decision = decided[s]
                    decided[s] = -1
                    n_waiting -= 1
                    if value <= 0.0:
                        continue
                    cost = value * rate
                    bought = value / price[s, t]
                    cash -= value + cost
                    shares[s] += bought
                    book[n_orders, 0] = decision
                    book[n_orders, 1] = t
                    book[n_orders, 2] = s
                    book[n_orders, 3] = 1.0
                    book[n_orders, 4] = bought
                    book[n_orders, 5] = price[s, t]
                    book[n_orders, 6] = value
                    book[n_orders, 7] = cost
                    n_orders += 1
                if short or cash < 0.0:
                    cash = 0.0
        held = 0.0
        for s in range(n_symbols):
            if bar[s, t]:
                last[s] = close[s, t]
            held += shares[s] * last[s]
        total = cash + held
        equity[t] = total
        cash_left[t] = cash
        invested[t] = held / total if total > 0.0 else 0.0
        k = decision_at[t]
        if k < 0:
            continue
        n_waiting = 0
        for s in range(n_symbols):
            decided[s] = -1
            weight = weights[s, k]
            delta = weight * total - shares[s] * last[s]
            if weight == 0.0:
                if shares[s] <= 0.0:
                    continue
            elif abs(delta) <= tolerance * total:
                continue
            sell_all[s] = weight == 0.0
            wanted[s] = -1.0 if weight == 0.0 else delta
            decided[s] = t
            n_waiting += 1
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
