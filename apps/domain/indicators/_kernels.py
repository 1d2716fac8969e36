"""Compiled loops under the indicators. Private, and imported late: importing numba takes most of a second.

Every kernel works on one instrument's own bars: NaN (a day without a bar, or a value that is not yet defined) is
skipped and stays NaN in the result, so a halt neither resets a window nor fills it. No fastmath: the same input gives
the same bytes on every run.
"""

from __future__ import annotations

import numpy as np

from apps.domain.values._bit_kernels import WIDTH, sizes
from apps.domain.values.compiling import Array, compiled

FORGOTTEN = 1e6
"""A sum is set anew when the largest value since is this many times what the latest value and the mean show of the window:
it has left, or is cancelled. m bars leave at most (2mu)^2 of it, 1e-18 of what is left after 5 000 bars (u = 1.1e-16)."""


@compiled
def summed(x: Array) -> tuple[float, float, float]:
    """The sum of the values, what it lost to rounding (Neumaier), and the largest size among them."""
    total = lost = largest = 0.0
    for term in x:
        added = total + term
        lost += (total - added) + term if abs(total) >= abs(term) else (term - added) + total
        total = added
        largest = abs(term) if abs(term) > largest else largest
    return total, lost, largest


@compiled
def exactly(a: float, b: float) -> tuple[float, float]:
    """The sum of two numbers, and what rounding took from it (two-sum, Knuth 1969)."""
    added = a + b
    of_b = added - a
    return added, (a - (added - of_b)) + (b - of_b)


@compiled
def stands_still(x: Array, n: int) -> bool:
    """Whether n bars that follow one another are equal."""
    before, after = x[:-1], x[1:]
    same = 0
    for k in range(len(after)):
        same += after[k] == before[k]
    if same < n - 1:
        return False
    longest = run = 1
    for k in range(len(after)):
        run = run + 1 if after[k] == before[k] else 1
        longest = max(longest, run)
    return longest >= n


@compiled
def _plain_sma(x: Array, n: int, out: Array, room: Array) -> bool:
    """The means of a row without gaps, where nothing needs care: no value is so large that it would have to be forgotten,
    and no n bars are equal. Gives whether that is so; the numbers are those of `sma`.

    In blocks of the length of the five rows of `room`: only the two sums go from bar to bar, what rounding took from each
    addition is found beside them for many bars at a time.
    """
    out[: min(n - 1, len(x))] = np.nan
    _, largest = sizes(x)
    if np.isnan(largest) or stands_still(x, n):
        return False
    total = lost = 0.0
    for t in range(min(n, len(x))):
        total, more = exactly(total, x[t])
        lost += more
    if len(x) < n:
        return True
    means, entering, leaving = out[n - 1 :], x[n:], x[: len(x) - n]
    means[0] = (total + lost) / n
    change, rest, sums, late, ended = room[0], room[1], room[2], room[3], room[4]
    block = room.shape[1]
    n_late = 0
    mean = means[1:1]
    for start in range(0, len(entering), block):
        new, old = entering[start : start + block], leaving[start : start + block]
        width = len(new)
        for k in range(width):
            change[k], rest[k] = exactly(new[k], -old[k])
        for k in range(min(width, n_late)):  # the one sum of this block beside the other of the last
            sums[k] = total
            total += change[k]
            lost += late[k]
            late[k] = lost
        for k in range(n_late, width):
            sums[k] = total
            total += change[k]
        for k in range(width, n_late):
            lost += late[k]
            late[k] = lost
        for k in range(n_late):
            mean[k] = (ended[k] + late[k]) / n
        for k in range(width):
            ended[k], more = exactly(sums[k], change[k])
            late[k] = rest[k] + more
        n_late = width
        mean = means[start + 1 : start + 1 + block]
    for k in range(n_late):
        lost += late[k]
        mean[k] = (ended[k] + lost) / n
    least, _ = sizes(means)
    return largest <= FORGOTTEN * least < np.inf


@compiled
def sma(x: Array, n: int, out: Array) -> None:
    """Mean of the last n bars, by a compensated running sum; n equal bars give exactly their value."""
    ring = np.empty(n)
    room = np.empty((5, WIDTH))
    for s in range(x.shape[0]):
        if _plain_sma(x[s], n, out[s], room):
            continue
        out[s] = np.nan
        seen = slot = equal = 0
        total = lost = largest = 0.0
        last = np.nan
        for t in range(x.shape[1]):
            value = x[s, t]
            if np.isnan(value):
                continue
            change, rest = value, 0.0
            if seen >= n:
                change, rest = exactly(value, -ring[slot])
            total, more = exactly(total, change)
            lost += rest + more
            ring[slot] = value
            slot = slot + 1 if slot < n - 1 else 0
            equal = equal + 1 if value == last else 1
            last = value
            size = abs(value)
            largest = size if size > largest else largest
            seen += 1
            if seen < n:
                continue
            mean = (total + lost) / n
            if not (largest <= FORGOTTEN * abs(mean) < np.inf or (largest <= FORGOTTEN * size and np.isfinite(mean))):
                total, lost, largest = summed(ring)
                mean = (total + lost) / n if np.isfinite(total + lost) else np.nan
            out[s, t] = value if equal >= n else mean


@compiled
def ema(x: Array, n: int, out: Array) -> None:
    """Exponential mean with alpha 2 / (n + 1), started at the mean of the first n bars."""
    alpha = 2.0 / (n + 1.0)
    for s in range(x.shape[0]):
        seen = 0
        level = 0.0
        for t in range(x.shape[1]):
            value = x[s, t]
            if np.isnan(value):
                continue
            seen += 1
            if seen < n:
                level += value
                continue
            if seen == n:
                level = (level + value) / n
            else:
                level += alpha * (value - level)
            out[s, t] = level


@compiled
def rsi(x: Array, n: int, out: Array) -> None:
    """Wilder's relative strength, started at the mean of the first n changes; 50 when nothing moved."""
    for s in range(x.shape[0]):
        seen = 0
        last = 0.0
        gain = 0.0
        loss = 0.0
        for t in range(x.shape[1]):
            value = x[s, t]
            if np.isnan(value):
                continue
            change = value - last
            last = value
            seen += 1
            if seen == 1:
                continue
            up = max(0.0, change)
            down = -change if change < 0.0 else 0.0
            if seen <= n + 1:
                gain += up / n
                loss += down / n
            else:
                gain = (gain * (n - 1) + up) / n
                loss = (loss * (n - 1) + down) / n
            if seen > n:
                moved = gain + loss
                out[s, t] = 50.0 if moved == 0.0 else 100.0 * gain / moved


@compiled
def lagged(x: Array, n: int, out: Array) -> None:
    """The value n bars earlier."""
    ring = np.empty(n + 1)
    for s in range(x.shape[0]):
        seen = 0
        for t in range(x.shape[1]):
            value = x[s, t]
            if np.isnan(value):
                continue
            ring[seen % (n + 1)] = value
            if seen >= n:
                out[s, t] = ring[(seen - n) % (n + 1)]
            seen += 1


@compiled
def grown(new: Array, old: Array, skip: int, lookback: int, out: Array) -> None:
    """The simple return from `old`, `lookback` columns earlier, to `new`, `skip` columns earlier; undefined where the old
    value is not above zero."""
    n = new.shape[1]
    for s in range(len(new)):
        out[s, : min(lookback, n)] = np.nan
        ends, starts, row = new[s, max(lookback - skip, 0) :], old[s], out[s, lookback:]
        for t in range(max(n - lookback, 0)):
            row[t] = ends[t] / starts[t] - 1.0 if starts[t] > 0.0 else np.nan


@compiled
def _crossed(gap: float, before: float) -> float:
    return 1.0 if (gap > 0.0) & (before <= 0.0) else 0.0


@compiled
def _plain_crosses(a: Array, b: Array, sign: float, undefined: float, out: Array) -> bool:
    """Crossings of a row in which both sides are defined on every bar but the first ones; gives whether that is so."""
    first = 0
    single = len(b) == 1
    while first < len(a) and np.isnan(a[first] - b[0 if single else first]):
        out[first] = undefined
        first += 1
    if first == len(a):
        return True
    out[first] = undefined
    x, z = a[first:], out[first:]
    known = True
    if single:
        level = b[0]
        for t in range(1, len(x)):
            gap = sign * (x[t] - level)
            known &= gap == gap  # noqa: PLR0124 -- NaN is not itself
            z[t] = _crossed(gap, sign * (x[t - 1] - level))
        return known
    y = b[first:]
    for t in range(1, len(x)):
        gap = sign * (x[t] - y[t])
        known &= gap == gap  # noqa: PLR0124
        z[t] = _crossed(gap, sign * (x[t - 1] - y[t - 1]))
    return known


@compiled
def crosses(a: Array, at_a: Array, b: Array, at_b: Array, sign: float, undefined: float, out: Array) -> None:
    """1 on the bar on which sign * (a - b) turns positive after a bar on which it was not, else 0; row s of `out` is of row
    at_a[s] of `a` and row at_b[s] of `b`. A row of `b` may be one number."""
    for s in range(len(out)):
        x, y = a[at_a[s]], b[at_b[s]]
        if _plain_crosses(x, y, sign, undefined, out[s]):
            continue
        out[s] = undefined
        seen = False
        before = 0.0
        for t in range(len(x)):
            gap = sign * (x[t] - y[t if len(y) > 1 else 0])
            if np.isnan(gap):
                continue
            if seen:
                out[s, t] = _crossed(gap, before)
            before = gap
            seen = True
