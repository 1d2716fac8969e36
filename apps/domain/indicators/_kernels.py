"""Compiled loops under the indicators. Private, and imported late: importing numba takes most of a second.

Every kernel works on one instrument's own bars: NaN (a day without a bar, or a value that is not yet defined) is
skipped and stays NaN in the result, so a halt neither resets a window nor fills it. No fastmath: the same input gives
the same bytes on every run.
"""

from __future__ import annotations

import numpy as np

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
def sma(x: Array, n: int, out: Array) -> None:
    """Mean of the last n bars, by a compensated running sum; n equal bars give exactly their value."""
    ring = np.empty(n)
    for s in range(x.shape[0]):
        seen = slot = equal = 0
        total = lost = largest = 0.0
        last = np.nan
        for t in range(x.shape[1]):
            value = x[s, t]
            if np.isnan(value):
                continue
            for step in range(2):
                if step == 0:
                    term = value
                elif seen >= n:
                    term = -ring[slot]
                else:
                    break
                added = total + term
                if abs(total) >= abs(term):
                    lost += (total - added) + term
                else:
                    lost += (term - added) + total
                total = added
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
def crosses(a: Array, b: Array, sign: float, out: Array) -> None:
    """1 on the bar on which sign * (a - b) turns positive after a bar on which it was not, else 0."""
    for s in range(a.shape[0]):
        seen = False
        before = 0.0
        for t in range(a.shape[1]):
            gap = sign * (a[s, t] - b[s, t])
            if np.isnan(gap):
                continue
            if seen:
                out[s, t] = 1.0 if gap > 0.0 and before <= 0.0 else 0.0
            before = gap
            seen = True
