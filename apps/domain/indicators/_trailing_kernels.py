"""Compiled loops over the bars of one instrument. Private, and imported late: importing numba takes most of a second.

No value is NaN here; the caller packs the bars. Running sums are set anew whenever what has left them was so large that
its rounding could show in the window that is left, or when they are no longer finite: a spike, a jump of level or an
overflow costs precision only while it is in the window. A window of equal values gives exactly its value and exactly no
spread. Only earlier bars are ever read, in one order: cutting the future away changes no byte.
"""

from __future__ import annotations

import numpy as np

from apps.domain.indicators._kernels import FORGOTTEN, stands_still, summed
from apps.domain.values.compiling import Array, compiled

LEFT = 1e-5
"""Power sums are set anew when the spread of the window is below this share of the largest sum since they last were.

The bound, with u = 1.1e-16 and P the largest sum of d^k since: each of at most n updates rounds by no more than 4uP, so a
moment of order k is off by no more than 4uP, and with the shift from the centre to the mean by 12uP (order 2) or 160uP
(orders 3 and 4). As P <= n * m2 / LEFT (and n * m2^2 / LEFT for the fourth powers), a variance is off by at most
12un / LEFT = 1.3e-10 n of itself, a covariance by that of the product of the deviations, and skewness and kurtosis by
1.8e-9 n; really by far less, since roundings cancel and P is seldom near its limit."""

FADED = 1e3
"""As FORGOTTEN, for the weighted mean, whose sums are not compensated but set anew every n bars: at most 4un * FADED of what
is left, 1e-10 at n = 252."""


@compiled
def total(x: Array, n: int, out: Array) -> None:
    """Sum of the last n values, compensated (Neumaier)."""
    whole = lost = largest = 0.0
    for t in range(len(x)):
        for step in range(2):
            if step == 1 and t < n:
                break
            term = x[t] if step == 0 else -x[t - n]
            added = whole + term
            lost += (whole - added) + term if abs(whole) >= abs(term) else (term - added) + whole
            whole = added
        size = abs(x[t])
        largest = size if size > largest else largest
        if t < n - 1:
            continue
        value = whole + lost
        if not (largest <= FORGOTTEN / n * abs(value) < np.inf or (largest <= FORGOTTEN * size and np.isfinite(value))):
            whole, lost, largest = summed(x[t - n + 1 : t + 1])
            value = whole + lost
        out[t] = value


@compiled
def product(x: Array, n: int, out: Array) -> None:
    """Product of the last n values."""
    for t in range(n - 1, len(x)):
        value = 1.0
        for k in range(t - n + 1, t + 1):
            value *= x[k]
        out[t] = value


@compiled
def weighted(x: Array, n: int, out: Array) -> None:
    """Mean with weights 1 … n, n on the latest."""
    weight = n * (n + 1) / 2.0
    plain = ramp = largest = 0.0
    age = n  # of the sums, in bars
    for t in range(n - 1, len(x)):
        age += 1
        anew = age > n
        if not anew:
            ramp += n * x[t] - plain
            plain += x[t] - x[t - n]
            size = abs(x[t])
            largest = size if size > largest else largest
            shown = largest <= FADED / n * abs(plain) or largest <= FADED * size
            anew = not (shown and np.isfinite(ramp))
        if anew:
            plain = ramp = largest = 0.0
            for k in range(n):
                value = x[t - n + 1 + k]
                plain += value
                ramp += (k + 1) * value
                largest = abs(value) if abs(value) > largest else largest
            age = 1
        out[t] = ramp / weight


@compiled
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


@compiled
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


@compiled
def _plain_spread(x: Array, n: int, squared: bool, out: Array) -> bool:
    """`spread` of a row in which nothing needs care: no n bars are equal, and no sum is mostly cancelled. Gives whether that is
    so; the numbers are those of `spread`.

    From one setting anew to the next only the two sums go from bar to bar; the rest is done for many bars at a time.
    """
    share, unbiased = 1.0 / n, 1.0 / (n - 1)
    room = np.empty((4, n))
    by_one, by_two, ones, twos = room[0], room[1], room[2], room[3]
    for first in range(n - 1, len(x), n):
        window = x[first - n + 1 : first + 1]
        total = 0.0
        for k in range(n):
            total += window[k]
        centre = total * share
        s1 = s2 = 0.0
        for k in range(n):
            d = window[k] - centre
            s1 += d
            s2 += d * d
        last = min(first + n, len(x))
        entering, leaving, made = x[first + 1 : last], x[first - n + 1 : last - n], out[first:last]
        for k in range(len(entering)):
            d = entering[k] - centre
            e = leaving[k] - centre
            by_one[k] = d - e
            by_two[k] = d * d - e * e
        ones[0] = s1
        most = twos[0] = s2
        for k in range(len(entering)):
            s1 += by_one[k]
            s2 += by_two[k]
            ones[k + 1] = s1
            twos[k + 1] = s2
            most = max(most, s2)
        kept = 1
        for k in range(len(made)):
            made[k] = twos[k] - ones[k] * ones[k] * share
            kept += (k > 0) & (made[k] >= LEFT * most)
        if kept < len(made):
            return False
        for k in range(len(made)):
            variance = max(made[k], 0.0) * unbiased
            made[k] = variance if squared else np.sqrt(variance)
    return True


@compiled
def spread(x: Array, n: int, squared: bool, out: Array) -> None:
    """Sample standard deviation, or variance, of the last n values."""
    if not stands_still(x, n) and _plain_spread(x, n, squared, out):
        return
    centre = s1 = s2 = 0.0
    most2 = 0.0  # the largest s2 since the sums were set anew
    equal = 0
    until = 0  # bars until the sums are set anew whatever happens
    share, unbiased = 1.0 / n, 1.0 / (n - 1)
    for t in range(len(x)):
        equal = equal + 1 if t > 0 and x[t] == x[t - 1] else 1
        if t < n - 1:
            continue
        left = 0.0
        if until > 0:
            d = x[t] - centre
            e = x[t - n] - centre
            s1 += d - e
            s2 += d * d - e * e
            most2 = max(most2, s2)
            left = s2 - s1 * s1 * share
        if until == 0 or not left >= LEFT * most2:
            total = 0.0
            for k in range(t - n + 1, t + 1):
                total += x[k]
            centre = x[t] if equal >= n else total * share
            s1 = s2 = 0.0
            for k in range(t - n + 1, t + 1):
                d = x[k] - centre
                s1 += d
                s2 += d * d
            most2 = s2
            left = s2 - s1 * s1 * share
            if until == 0:
                until = n
        until -= 1
        variance = 0.0 if equal >= n else max(left, 0.0) * unbiased
        out[t] = variance if squared else np.sqrt(variance)


@compiled
def moment(x: Array, n: int, order: int, out: Array) -> None:
    """Adjusted skewness (order 3) or excess kurtosis (4) of the last n values; undefined where nothing varies."""
    centre = s1 = s2 = s3 = s4 = 0.0
    most2 = most4 = 0.0  # the largest s2 and s4 since the sums were set anew
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
            most2 = max(most2, s2)
            spread = s2 / n - (s1 / n) ** 2
            s3 += d * d * d - e * e * e
            s4 += d * d * d * d - e * e * e * e
            most4 = max(most4, s4)
            anew = not (spread * n >= LEFT * most2 and spread * spread * n >= LEFT * most4)
        if anew:
            centre = 0.0
            for k in range(t - n + 1, t + 1):
                centre += x[k] / n
            if equal >= n:
                centre = x[t]
            s1 = s2 = s3 = s4 = 0.0
            for k in range(t - n + 1, t + 1):
                d = x[k] - centre
                s1 += d
                s2 += d * d
                s3 += d * d * d
                s4 += d * d * d * d
            most2, most4 = s2, s4
        mean = s1 / n
        m2 = 0.0 if equal >= n else max(s2 / n - mean * mean, 0.0)
        if m2 > 0.0:
            m3 = s3 / n - 3.0 * mean * s2 / n + 2.0 * mean**3
            if order == 3:
                out[t] = np.sqrt(n * (n - 1.0)) / (n - 2.0) * m3 / m2**1.5
            else:
                m4 = s4 / n - 4.0 * mean * s3 / n + 6.0 * mean * mean * s2 / n - 3.0 * mean**4
                g2 = m4 / (m2 * m2) - 3.0
                out[t] = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * g2 + 6.0)


@compiled
def comoment(x: Array, y: Array, n: int, correlated: bool, out: Array) -> None:
    """Sample covariance, or Pearson's correlation, over the last n bars."""
    cx = cy = sx = sy = sxx = syy = sxy = 0.0
    most_x = most_y = 0.0  # the largest sxx and syy since the sums were set anew
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
            most_x, most_y = max(most_x, sxx), max(most_y, syy)
            kept = sxx - sx * sx / n >= LEFT * most_x and syy - sy * sy / n >= LEFT * most_y
            anew = not (kept and np.isfinite(sxy))
        if anew:
            cx = cy = 0.0
            for k in range(t - n + 1, t + 1):
                cx += x[k] / n
                cy += y[k] / n
            if equal_x >= n:
                cx = x[t]
            if equal_y >= n:
                cy = y[t]
            sx = sy = sxx = syy = sxy = 0.0
            for k in range(t - n + 1, t + 1):
                sx += x[k] - cx
                sy += y[k] - cy
                sxx += (x[k] - cx) ** 2
                syy += (y[k] - cy) ** 2
                sxy += (x[k] - cx) * (y[k] - cy)
            most_x, most_y = sxx, syy
        varies = equal_x < n and equal_y < n
        both = sxy - sx * sy / n
        if not correlated:
            out[t] = both / (n - 1) if varies else 0.0
            continue
        vx, vy = sxx - sx * sx / n, syy - sy * sy / n
        if varies and 0.0 < vx < np.inf and 0.0 < vy < np.inf:
            # twelve decimals, so that correlations that are equal but for rounding also rank as equals
            out[t] = max(-1.0, min(1.0, np.round(both / (np.sqrt(vx) * np.sqrt(vy)), 12)))


@compiled
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


@compiled
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


@compiled
def own_rank(x: Array, n: int, out: Array) -> None:
    """The mean rank of the latest value among the last n, over n."""
    for t in range(n - 1, len(x)):
        below = 0
        equal = 0
        for k in range(t - n + 1, t + 1):
            below += x[k] < x[t]
            equal += x[k] == x[t]
        out[t] = (below + (equal + 1) / 2.0) / n


@compiled
def line(x: Array, n: int, fit: bool, out: Array) -> None:
    """Slope per bar of the least-squares line through the last n values, or its R squared."""
    middle = (n - 1) / 2.0
    times = n * (n * n - 1.0) / 12.0
    equal = 0
    for t in range(len(x)):
        equal = equal + 1 if t > 0 and x[t] == x[t - 1] else 1
        if t < n - 1:
            continue
        if equal >= n:  # the rounding of a long mean must pass neither for a slope nor for a fit
            if not fit:
                out[t] = 0.0
            continue
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
        elif 0.0 < square < np.inf:
            out[t] = min(1.0, both / times * (both / square))


@compiled
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


@compiled
def path(x: Array, n: int, out: Array) -> None:
    """The size of the change over n bars over the sum of the sizes of its steps; 1 where nothing moved."""
    for t in range(n, len(x)):
        steps = 0.0
        for k in range(t - n + 1, t + 1):
            steps += abs(x[k] - x[k - 1])
        out[t] = abs(x[t] - x[t - n]) / steps if steps > 0.0 else 1.0


@compiled
def periodic(x: Array, n: int, span: int, out: Array) -> None:
    """The mean of the values n, 2n, 3n … bars earlier, up to `span` bars."""
    k = span // n
    for t in range(span, len(x)):
        mean = 0.0
        for j in range(1, k + 1):
            mean += x[t - j * n] / k
        out[t] = mean


@compiled
def since(x: Array, out: Array) -> None:
    """Bars since the value was last 1."""
    last = -1
    for t in range(len(x)):
        if x[t] == 1.0:
            last = t
        if last >= 0:
            out[t] = t - last


@compiled
def held(x: Array, when: Array, out: Array) -> None:
    """The value of x on the latest bar on which `when` was 1."""
    value = np.nan
    for t in range(len(x)):
        if when[t] == 1.0:
            value = x[t]
        out[t] = value
