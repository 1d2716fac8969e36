"""Compiled loops under the technical indicators. Private, and imported late: importing numba takes most of a second.

The bars of one instrument, none undefined. Seeding follows TA-Lib, which follows the authors.
"""

from __future__ import annotations

import numpy as np

from apps.domain.values.compiling import Array, compiled


@compiled
def _range(high: Array, low: Array, close: Array, t: int) -> float:
    return float(max(high[t] - low[t], abs(high[t] - close[t - 1]), abs(low[t] - close[t - 1])))


@compiled
def true_range(high: Array, low: Array, close: Array, out: Array) -> None:
    """The true range, from the second bar."""
    for t in range(1, len(high)):
        out[t] = _range(high, low, close, t)


@compiled
def atr(high: Array, low: Array, close: Array, n: int, out: Array) -> None:
    """Wilder's mean of the true range, started at the mean of the first n."""
    level = 0.0
    for t in range(1, len(high)):
        value = _range(high, low, close, t)
        if t <= n:
            level += value / n
        else:
            level = (level * (n - 1) + value) / n
        if t >= n:
            out[t] = level


@compiled
def directional(high: Array, low: Array, close: Array, n: int, which: int, out: Array) -> None:
    """Wilder's directional indicators: 1 the positive, -1 the negative, 0 their average index."""
    plus = minus = span = index = 0.0
    for t in range(1, len(high)):
        up, down = high[t] - high[t - 1], low[t - 1] - low[t]
        more = up if up > down and up > 0.0 else 0.0
        less = down if down > up and down > 0.0 else 0.0
        if t < n:
            plus += more
            minus += less
            span += _range(high, low, close, t)
            continue
        plus += more - plus / n
        minus += less - minus / n
        span += _range(high, low, close, t) - span / n
        di_plus = 100.0 * plus / span if span > 0.0 else 0.0
        di_minus = 100.0 * minus / span if span > 0.0 else 0.0
        if which == 1:
            out[t] = di_plus
        elif which == -1:
            out[t] = di_minus
        else:
            both = di_plus + di_minus
            dx = 100.0 * abs(di_plus - di_minus) / both if both > 0.0 else 0.0
            if t < 2 * n:
                index += dx / n
            else:
                index = (index * (n - 1) + dx) / n
            if t >= 2 * n - 1:
                out[t] = index


@compiled
def cci(high: Array, low: Array, close: Array, n: int, out: Array) -> None:
    """Distance of the typical price from its mean, over 0.015 times its mean absolute deviation; 0 when nothing moved.

    Two roundings must not pass for movement: that of a long mean, which grows with n, so equal bars are counted; and that of
    the typical price, by which bars of one typical price differ in the last digit, so some 50 of those are no deviation."""
    equal = 0
    before = np.nan
    for t in range(len(high)):
        typical = (high[t] + low[t] + close[t]) / 3.0
        equal = equal + 1 if typical == before else 1
        before = typical
        if t < n - 1:
            continue
        if equal >= n:
            out[t] = 0.0
            continue
        mean = 0.0
        for k in range(t - n + 1, t + 1):
            mean += (high[k] + low[k] + close[k]) / 3.0 / n
        deviation = 0.0
        size = 0.0
        for k in range(t - n + 1, t + 1):
            value = (high[k] + low[k] + close[k]) / 3.0
            deviation += abs(value - mean) / n
            size = max(size, abs(value))
        out[t] = (typical - mean) / (0.015 * deviation) if deviation > 1e-14 * size else 0.0


@compiled
def mfi(high: Array, low: Array, close: Array, volume: Array, n: int, out: Array) -> None:
    """Money flow of up bars over all money flow; 50 when nothing moved."""
    flow = np.zeros(len(high))
    for t in range(1, len(high)):
        now, last = (high[t] + low[t] + close[t]) / 3.0, (high[t - 1] + low[t - 1] + close[t - 1]) / 3.0
        flow[t] = now * volume[t] * (1.0 if now > last else -1.0 if now < last else 0.0)
        if t >= n:
            up = down = 0.0
            for k in range(t - n + 1, t + 1):
                if flow[k] > 0.0:
                    up += flow[k]
                else:
                    down -= flow[k]
            out[t] = 100.0 * up / (up + down) if up + down > 0.0 else 50.0


@compiled
def last_extreme(x: Array, n: int, sign: float, out: Array) -> None:
    """100 times the place of the high (sign 1) or low among the last n + 1 bars, 0 the oldest; the latest of equals."""
    for t in range(n, len(x)):
        best = t - n
        for k in range(t - n + 1, t + 1):
            if sign * x[k] >= sign * x[best]:
                best = k
        out[t] = 100.0 * (best - (t - n)) / n


@compiled
def balance(close: Array, volume: Array, out: Array) -> None:
    """Running sum of volume signed by the change of the close, zero at the first bar."""
    level = 0.0
    for t in range(len(close)):
        if t > 0:
            level += volume[t] if close[t] > close[t - 1] else -volume[t] if close[t] < close[t - 1] else 0.0
        out[t] = level


@compiled
def parabolic(high: Array, low: Array, step: float, limit: float, out: Array) -> None:
    """Wilder's stop and reverse: the first direction follows the greater of the first two moves."""
    if len(high) < 2:
        return
    rise, fall = high[1] - high[0], low[0] - low[1]
    long = not (fall > rise and fall > 0.0)
    best = high[1] if long else low[1]
    stop = low[0] if long else high[0]
    speed = min(step, limit)
    for t in range(1, len(high)):
        before = max(t - 1, 1)  # TA-Lib lets the first step see its own bar only
        if long:
            if low[t] <= stop:
                long = False
                stop = max(best, high[before], high[t])
                out[t] = stop
                best = low[t]
                speed = min(step, limit)
                stop += speed * (best - stop)
                stop = max(stop, high[before], high[t])
            else:
                out[t] = stop
                if high[t] > best:
                    best = high[t]
                    speed = min(speed + step, limit)
                stop += speed * (best - stop)
                stop = min(stop, low[before], low[t])
        elif high[t] >= stop:
            long = True
            stop = min(best, low[before], low[t])
            out[t] = stop
            best = high[t]
            speed = min(step, limit)
            stop += speed * (best - stop)
            stop = min(stop, low[before], low[t])
        else:
            out[t] = stop
            if low[t] < best:
                best = low[t]
                speed = min(speed + step, limit)
            stop += speed * (best - stop)
            stop = max(stop, high[before], high[t])
