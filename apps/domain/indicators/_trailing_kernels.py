"""Compiled loops over the bars of one instrument. Private, and imported late: importing numba takes most of a second.

No value is NaN here; the caller packs the bars. Power sums run about a centre that is set anew every n bars, so that no
rounding drifts, and a window of equal values gives exactly its value and exactly no spread. Only earlier bars are ever
read, in one order: cutting the future away changes no byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[np.float64]]
F = TypeVar("F", bound="Callable[..., Any]")


DRIFTED = 1e-6
"""Sums are set anew about the window's own mean when less than this share of them is its spread: a jump has left them."""


def _compiled(function: F) -> F:
    return cast("F", numba.njit(cache=True, nogil=True)(function))


@_compiled
def total(x: Array, n: int, out: Array) -> None:
    """Sum of the last n values, compensated (Neumaier)."""
    whole = 0.0
    lost = 0.0
    for t in range(len(x)):
        for step in range(2):
            if step == 1 and t < n:
                break
            term = x[t] if step == 0 else -x[t - n]
            added = whole + term
            lost += (whole - added) + term if abs(whole) >= abs(term) else (term - added) + whole
            whole = added
        if t >= n - 1:
            out[t] = whole + lost


@_compiled
def product(x: Array, n: int, out: Array) -> None:
    """Product of the last n values."""
    for t in range(n - 1, len(x)):
        value = 1.0
        for k in range(t - n + 1, t + 1):
            value *= x[k]
        out[t] = value


@_compiled
def weighted(x: Array, n: int, out: Array) -> None:
    """Mean with weights 1 … n, n on the latest."""
    weight = n * (n + 1) / 2.0
    plain = 0.0
    ramp = 0.0
    for t in range(n - 1, len(x)):
        if (t - n + 1) % n == 0:
            plain = 0.0
            ramp = 0.0
            for k in range(n):
                plain += x[t - n + 1 + k]
                ramp += (k + 1) * x[t - n + 1 + k]
        else:
            ramp += n * x[t] - plain
            plain += x[t] - x[t - n]
        out[t] = ramp / weight


@_compiled
def smoothed(x: Array, n: int, alpha: float, out: Array) -> None:
    """Exponential mean of weight `alpha`, started at the mean of the first n values."""
    level = 0.0
    for t in range(len(x)):
        if t < n - 1:
            level += x[t]
        elif t == n - 1:
            level = (level + x[t]) / n
            out[t] = level
        else:
            level += alpha * (x[t] - level)
            out[t] = level


@_compiled
def adaptive(x: Array, n: int, out: Array) -> None:
    """Kaufman's adaptive mean: the efficiency ratio of n bars between smoothing constants of 2 and 30 bars."""
    fast, slow = 2.0 / 3.0, 2.0 / 31.0
    if len(x) <= n:
        return
    path = 0.0
    for t in range(1, n):
        path += abs(x[t] - x[t - 1])
    level = x[n - 1]
    for t in range(n, len(x)):
        path = 0.0
        for k in range(t - n + 1, t + 1):
            path += abs(x[k] - x[k - 1])
        ratio = abs(x[t] - x[t - n]) / path if path > 0.0 else 1.0
        constant = (ratio * (fast - slow) + slow) ** 2
        level += constant * (x[t] - level)
        out[t] = level


@_compiled
def moment(x: Array, n: int, order: int, out: Array) -> None:
    """Sample variance (order 2), adjusted skewness (3) or excess kurtosis (4) of the last n values; kind 1 is the standard
    deviation. Undefined skewness and kurtosis where nothing varies."""
    centre = 0.0
    s1 = 0.0
    s2 = 0.0
    s3 = 0.0
    s4 = 0.0
    equal = 0
    for t in range(len(x)):
        equal = equal + 1 if t > 0 and x[t] == x[t - 1] else 1
        if t < n - 1:
            continue
        anew = (t - n + 1) % n == 0
        if not anew:
            d = x[t] - centre
            e = x[t - n] - centre
            s1 += d - e
            s2 += d * d - e * e
            s3 += d * d * d - e * e * e
            s4 += d * d * d * d - e * e * e * e
            anew = not s2 / n - (s1 / n) ** 2 > DRIFTED * abs(s2 / n)
        if anew:
            centre = 0.0
            for k in range(t - n + 1, t + 1):
                centre += x[k] / n
            s1 = s2 = s3 = s4 = 0.0
            for k in range(t - n + 1, t + 1):
                d = x[k] - centre
                s1 += d
                s2 += d * d
                s3 += d * d * d
                s4 += d * d * d * d
        mean = s1 / n
        m2 = 0.0 if equal >= n else max(s2 / n - mean * mean, 0.0)
        if order <= 2:
            variance = m2 * n / (n - 1)
            out[t] = variance if order == 2 else np.sqrt(variance)
        elif m2 > 0.0:
            m3 = s3 / n - 3.0 * mean * s2 / n + 2.0 * mean**3
            if order == 3:
                out[t] = np.sqrt(n * (n - 1.0)) / (n - 2.0) * m3 / m2**1.5
            else:
                m4 = s4 / n - 4.0 * mean * s3 / n + 6.0 * mean * mean * s2 / n - 3.0 * mean**4
                g2 = m4 / (m2 * m2) - 3.0
                out[t] = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * g2 + 6.0)


@_compiled
def comoment(x: Array, y: Array, n: int, correlated: bool, out: Array) -> None:
    """Sample covariance, or Pearson's correlation, over the last n bars."""
    cx = cy = sx = sy = sxx = syy = sxy = 0.0
    equal_x = equal_y = 0
    for t in range(len(x)):
        equal_x = equal_x + 1 if t > 0 and x[t] == x[t - 1] else 1
        equal_y = equal_y + 1 if t > 0 and y[t] == y[t - 1] else 1
        if t < n - 1:
            continue
        anew = (t - n + 1) % n == 0
        if not anew:
            dx, dy, ex, ey = x[t] - cx, y[t] - cy, x[t - n] - cx, y[t - n] - cy
            sx += dx - ex
            sy += dy - ey
            sxx += dx * dx - ex * ex
            syy += dy * dy - ey * ey
            sxy += dx * dy - ex * ey
            anew = not sxx - sx * sx / n > DRIFTED * abs(sxx) or not syy - sy * sy / n > DRIFTED * abs(syy)
        if anew:
            cx = cy = 0.0
            for k in range(t - n + 1, t + 1):
                cx += x[k] / n
                cy += y[k] / n
            sx = sy = sxx = syy = sxy = 0.0
            for k in range(t - n + 1, t + 1):
                sx += x[k] - cx
                sy += y[k] - cy
                sxx += (x[k] - cx) ** 2
                syy += (y[k] - cy) ** 2
                sxy += (x[k] - cx) * (y[k] - cy)
        varies = equal_x < n and equal_y < n
        both = sxy - sx * sy / n
        if not correlated:
            out[t] = both / (n - 1) if varies else 0.0
            continue
        vx, vy = sxx - sx * sx / n, syy - sy * sy / n
        if varies and vx > 0.0 and vy > 0.0:
            # twelve decimals, so that correlations that are equal but for rounding also rank as equals
            out[t] = max(-1.0, min(1.0, np.round(both / np.sqrt(vx * vy), 12)))


@_compiled
def extreme(x: Array, n: int, sign: float, place: bool, out: Array) -> None:
    """The highest (sign 1) or lowest (-1) of the last n values, or its place from the oldest, 1; the oldest of equals."""
    queue = np.empty(len(x), dtype=np.int64)
    head = tail = 0
    for t in range(len(x)):
        while tail > head and sign * x[queue[tail - 1]] < sign * x[t]:
            tail -= 1
        queue[tail] = t
        tail += 1
        if queue[head] <= t - n:
            head += 1
        if t >= n - 1:
            out[t] = queue[head] - (t - n) if place else x[queue[head]]


@_compiled
def quantile(x: Array, n: int, q: float, out: Array) -> None:
    """The quantile q of the last n values, linear between order statistics; a sorted window kept by insertion."""
    ordered = np.empty(n)
    held = 0
    for t in range(len(x)):
        if held == n:
            old = x[t - n]
            place = np.searchsorted(ordered[:held], old)
            for k in range(place, held - 1):
                ordered[k] = ordered[k + 1]
            held -= 1
        place = np.searchsorted(ordered[:held], x[t])
        for k in range(held, place, -1):
            ordered[k] = ordered[k - 1]
        ordered[place] = x[t]
        held += 1
        if held == n:
            at = q * (n - 1)
            low = int(np.floor(at))
            high = min(low + 1, n - 1)
            out[t] = ordered[low] + (at - low) * (ordered[high] - ordered[low])


@_compiled
def own_rank(x: Array, n: int, out: Array) -> None:
    """The mean rank of the latest value among the last n, over n."""
    for t in range(n - 1, len(x)):
        below = 0
        equal = 0
        for k in range(t - n + 1, t + 1):
            below += x[k] < x[t]
            equal += x[k] == x[t]
        out[t] = (below + (equal + 1) / 2.0) / n


@_compiled
def line(x: Array, n: int, fit: bool, out: Array) -> None:
    """Slope per bar of the least-squares line through the last n values, or its R squared."""
    middle = (n - 1) / 2.0
    times = n * (n * n - 1.0) / 12.0
    for t in range(n - 1, len(x)):
        mean = 0.0
        for k in range(n):
            mean += x[t - n + 1 + k] / n
        both = 0.0
        square = 0.0
        for k in range(n):
            d = x[t - n + 1 + k] - mean
            both += (k - middle) * d
            square += d * d
        if not fit:
            out[t] = both / times
        elif square > 0.0:
            out[t] = min(1.0, both * both / (times * square))


@_compiled
def deepest(x: Array, n: int, out: Array) -> None:
    """The deepest fall from a running high within the last n values."""
    for t in range(n - 1, len(x)):
        high = x[t - n + 1]
        worst = 0.0
        for k in range(t - n + 1, t + 1):
            high = max(high, x[k])
            if high > 0.0:
                worst = min(worst, x[k] / high - 1.0)
        out[t] = worst


@_compiled
def path(x: Array, n: int, out: Array) -> None:
    """The size of the change over n bars over the sum of the sizes of its steps; 1 where nothing moved."""
    for t in range(n, len(x)):
        steps = 0.0
        for k in range(t - n + 1, t + 1):
            steps += abs(x[k] - x[k - 1])
        out[t] = abs(x[t] - x[t - n]) / steps if steps > 0.0 else 1.0


@_compiled
def periodic(x: Array, n: int, span: int, out: Array) -> None:
    """The mean of the values n, 2n, 3n … bars earlier, up to `span` bars."""
    k = span // n
    for t in range(span, len(x)):
        mean = 0.0
        for j in range(1, k + 1):
            mean += x[t - j * n] / k
        out[t] = mean


@_compiled
def since(x: Array, out: Array) -> None:
    """Bars since the value was last 1."""
    last = -1
    for t in range(len(x)):
        if x[t] == 1.0:
            last = t
        if last >= 0:
            out[t] = t - last


@_compiled
def held(x: Array, when: Array, out: Array) -> None:
    """The value of x on the latest bar on which `when` was 1."""
    value = np.nan
    for t in range(len(x)):
        if when[t] == 1.0:
            value = x[t]
        out[t] = value
