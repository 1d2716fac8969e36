"""Compiled folding of an order book into round trips. Private, and imported late."""

from __future__ import annotations

import numpy as np

from apps.domain.values.compiling import Array, compiled

TRIP_COLUMNS = 12
"""symbol, entry day, exit day, entry price, exit price, shares, P&L, invested, side, worst, best, reason of the exit"""


@compiled
def round_trips(book: Array, last_close: Array, high: Array, low: Array, splits: Array) -> Array:
    """Trips from flat to flat, in the order in which they closed; exit day -1 for one still open, marked at the last close.

    A fill through zero never comes: it is two lines. `worst` and `best` are the excursions of the price from the entry
    price, as fractions in favour of the position, over the bars of the trip; NaN where a split fell into it.
    """
    n_symbols = len(last_close)
    trips = np.empty((book.shape[0] // 2 + n_symbols, TRIP_COLUMNS))  # a closed one has two lines at least
    n_trips = 0
    held = np.zeros(n_symbols)
    side = np.zeros(n_symbols)
    entry = np.zeros(n_symbols)
    opened = np.zeros(n_symbols)
    paid = np.zeros(n_symbols)
    closed = np.zeros(n_symbols)
    received = np.zeros(n_symbols)
    costs = np.zeros(n_symbols)
    entry_costs = np.zeros(n_symbols)
    day_of = np.zeros(n_symbols, dtype=np.int64)
    for i in range(book.shape[0] + n_symbols):
        ending = i >= book.shape[0]
        s = i - book.shape[0] if ending else int(book[i, 2])
        if splits.shape[0] > 0 and held[s] != 0.0:
            until = splits.shape[1] if ending else int(book[i, 1]) + 1
            for k in range(day_of[s] + 1, until):
                if splits[s, k] > 0.0 and splits[s, k] != 1.0:
                    held[s] *= splits[s, k]
                    opened[s] *= splits[s, k]
                    closed[s] *= splits[s, k]
            day_of[s] = until - 1
        if ending:
            if held[s] <= 0.0:
                continue
            closed[s] += held[s]
            received[s] += held[s] * last_close[s]
        else:
            if held[s] <= 1e-12 * opened[s]:
                entry[s] = book[i, 1]
                day_of[s] = int(book[i, 1])
                side[s] = book[i, 3]
                held[s] = opened[s] = paid[s] = closed[s] = received[s] = costs[s] = entry_costs[s] = 0.0
            costs[s] += book[i, 7]
            if book[i, 3] == side[s]:
                held[s] += book[i, 4]
                opened[s] += book[i, 4]
                paid[s] += book[i, 6]
                entry_costs[s] += book[i, 7]
            else:
                held[s] -= book[i, 4]
                closed[s] += book[i, 4]
                received[s] += book[i, 6]
            if held[s] > 1e-12 * opened[s]:
                continue
            held[s] = 0.0
        row = trips[n_trips]
        row[0] = s
        row[1] = entry[s]
        row[2] = -1.0 if ending else book[i, 1]
        row[3] = paid[s] / opened[s]
        row[4] = received[s] / closed[s]
        row[5] = opened[s]
        row[6] = side[s] * (received[s] - paid[s]) - costs[s]
        row[7] = paid[s] + entry_costs[s]
        row[8] = side[s]
        row[9], row[10] = _excursions(s, entry[s], row[2], row[3], row[4], side[s], high, low, splits)
        row[11] = -1.0 if ending else book[i, 9]
        n_trips += 1
    return trips[:n_trips]


@compiled
def _excursions(
    s: int, first: float, last: float, price: float, out_price: float, side: float, high: Array, low: Array, splits: Array,
) -> tuple[float, float]:  # fmt: skip
    """The worst and the best return on the entry price that the bars between a trip's fills showed, its end included.

    The bar of the exit counts by its fill only: what came after in that bar was not held.
    """
    end = high.shape[1] if last < 0.0 else int(last)
    top = bottom = out_price
    start = int(first)
    if splits.shape[0] == 0:
        tops, bottoms = high[s, start:end], low[s, start:end]
        for k in range(len(tops)):
            known = tops[k] > 0.0 and bottoms[k] > 0.0
            top = max(top, tops[k] if known else -np.inf)
            bottom = min(bottom, bottoms[k] if known else np.inf)
        start = end
    for t in range(start, end):
        if splits.shape[0] > 0 and t > first and splits[s, t] > 0.0 and splits[s, t] != 1.0:
            return np.nan, np.nan
        if high[s, t] > 0.0 and low[s, t] > 0.0:
            top = max(top, high[s, t])
            bottom = min(bottom, low[s, t])
    up, down = side * (top / price - 1.0), side * (bottom / price - 1.0)
    return min(0.0, up, down), max(0.0, up, down)


@compiled
def trade_rows(trips: Array, n_days: int) -> Array:
    """What is measured of round trips, a column each: P&L, net return, days held (to the last day when open), whether open,
    worst and best excursion."""
    rows = np.empty((6, len(trips)))
    for k in range(len(trips)):
        trip = trips[k]
        is_open = trip[2] < 0.0
        rows[0, k] = trip[6]
        rows[1, k] = trip[6] / trip[7]
        rows[2, k] = (n_days - 1.0 if is_open else trip[2]) - trip[1]
        rows[3, k] = is_open
        rows[4, k] = trip[9]
        rows[5, k] = trip[10]
    return rows
