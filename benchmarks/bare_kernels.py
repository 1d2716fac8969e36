"""Hand-written loops for the workloads: the least work that gives the same money. What the engine is measured against."""

# ruff: noqa: PLR0917, C901, PLR0912 -- bare on purpose
from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True)
def crossing(open_, close, fast, slow, rate, capital):
    """One name: in when the fast average crosses above the slow one, out when below; fills at the next open."""
    n = len(close)
    equity = np.empty(n)
    cash, shares, order = capital, 0.0, 0
    a = b = 0.0
    before = np.nan
    trades = 0
    for t in range(n):
        if order == 1 and shares == 0.0:
            shares = cash / (open_[t] * (1.0 + rate))
            cash = 0.0
        elif order == -1 and shares > 0.0:
            cash = shares * open_[t] * (1.0 - rate)
            shares = 0.0
            trades += 1
        order = 0
        a += close[t]
        b += close[t]
        if t >= fast:
            a -= close[t - fast]
        if t >= slow:
            b -= close[t - slow]
        equity[t] = cash + shares * close[t]
        if t >= slow - 1:
            gap = a / fast - b / slow
            if before <= 0.0 and gap > 0.0:
                order = 1
            elif before >= 0.0 and gap < 0.0:
                order = -1
            before = gap
    return equity, trades


@numba.njit(cache=True)
def rotation(open_, close, decides, lookback, skip, count, gross, rate, capital):
    """Monthly top `count` by past return with shared cash, `gross` of it invested; fills at the next open."""
    n_symbols, n_days = close.shape
    equity = np.empty(n_days)
    shares = np.zeros(n_symbols)
    target = np.zeros(n_symbols)
    value = np.empty(n_symbols)
    held = np.empty(0, dtype=np.int64)
    cash, waits, orders = capital, False, 0
    for t in range(n_days):
        if waits:
            need = 0.0
            for s in range(n_symbols):
                delta = target[s] - (shares[s] * close[s, t - 1] if shares[s] > 0.0 else 0.0)
                if target[s] == 0.0 and shares[s] > 0.0:
                    cash += shares[s] * open_[s, t] * (1.0 - rate)
                    shares[s] = 0.0
                    orders += 1
                elif delta < 0.0:
                    sold = min(shares[s], -delta / open_[s, t])
                    cash += sold * open_[s, t] * (1.0 - rate)
                    shares[s] -= sold
                    orders += 1
                elif delta > 0.0:
                    need += delta * (1.0 + rate)
                target[s] = delta
            factor = min(1.0, cash / need) if need > 0.0 else 1.0
            for s in range(n_symbols):
                if target[s] > 0.0:
                    bought = target[s] * factor / open_[s, t]
                    cash -= bought * open_[s, t] * (1.0 + rate)
                    shares[s] += bought
                    orders += 1
            held = np.flatnonzero(shares)
            waits = False
        total = cash
        for s in held:
            total += shares[s] * close[s, t]
        equity[t] = total
        if decides[t] and t >= lookback:
            for s in range(n_symbols):
                value[s] = close[s, t - skip] / close[s, t - lookback]
            order = np.argsort(-value)
            target[:] = 0.0
            for k in range(count):
                target[order[k]] = gross * total / count
            waits = True
    return equity, orders


@numba.njit(cache=True)
def reversal(open_, high, low, close, n, below, above, stop, goal, rate, capital):
    """Minute bars: Wilder's RSI crosses below one level to enter and above another to leave; a stop and a target."""
    size = len(close)
    equity = np.empty(size)
    cash, shares, entry, order = capital, 0.0, 0.0, 0
    gain = loss = 0.0
    before = np.nan
    trades = 0
    for t in range(size):
        if order == 1 and shares == 0.0:
            shares = cash / (open_[t] * (1.0 + rate))
            entry, cash = open_[t], 0.0
        elif order == -1 and shares > 0.0:
            cash = shares * open_[t] * (1.0 - rate)
            shares = 0.0
            trades += 1
        order = 0
        if shares > 0.0:
            price = 0.0
            if open_[t] <= entry * (1.0 - stop):
                price = open_[t]
            elif low[t] <= entry * (1.0 - stop):
                price = entry * (1.0 - stop)
            elif open_[t] >= entry * (1.0 + goal):
                price = open_[t]
            elif high[t] >= entry * (1.0 + goal):
                price = entry * (1.0 + goal)
            if price > 0.0:
                cash = shares * price * (1.0 - rate)
                shares = 0.0
                trades += 1
        equity[t] = cash + shares * close[t]
        if t > 0:
            change = close[t] - close[t - 1]
            up, down = max(change, 0.0), max(-change, 0.0)
            if t <= n:
                gain += up / n
                loss += down / n
            else:
                gain = (gain * (n - 1) + up) / n
                loss = (loss * (n - 1) + down) / n
            if t >= n:
                index = 100.0 * gain / (gain + loss) if gain + loss > 0.0 else 50.0
                if before >= below and index < below:
                    order = 1
                elif before <= above and index > above:
                    order = -1
                before = index
    return equity, trades


@numba.njit(cache=True)
def crossings(open_, close, rows, fasts, slows, rate, capital):
    """Many names, or many pairs of windows, each with its own capital: the equity of every one."""
    equity = np.empty((len(rows), close.shape[1]))
    trades = 0
    for lane in range(len(rows)):
        s = rows[lane]
        equity[lane], closed = crossing(open_[s], close[s], fasts[lane], slows[lane], rate, capital)
        trades += closed
    return equity, trades


@numba.njit(cache=True)
def mean(x, n):
    """Rolling means by a running sum that is never looked after."""
    out = np.full(x.shape, np.nan)
    for s in range(x.shape[0]):
        total = 0.0
        for t in range(x.shape[1]):
            total += x[s, t]
            if t >= n:
                total -= x[s, t - n]
            if t >= n - 1:
                out[s, t] = total / n
    return out


@numba.njit(cache=True)
def deviation(x, n):
    """Rolling sample deviations by running sums that are never looked after."""
    out = np.full(x.shape, np.nan)
    for s in range(x.shape[0]):
        a = b = 0.0
        for t in range(x.shape[1]):
            a += x[s, t]
            b += x[s, t] ** 2
            if t >= n:
                a -= x[s, t - n]
                b -= x[s, t - n] ** 2
            if t >= n - 1:
                out[s, t] = np.sqrt(max((b - a * a / n) / (n - 1), 0.0))
    return out
