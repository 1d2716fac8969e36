"""Compiled rolling least squares. Private, and imported late: importing numba takes most of a second.

Cross-products run about centres. They are set anew every n bars, and whenever what has left them was so large that its
rounding could show in the window that is left: a spike or a jump costs precision only while it is in the window.
"""

from __future__ import annotations

import numpy as np

from apps.domain.values.compiling import Array, compiled

BETA, ALPHA, RESIDUAL, R_SQUARED, DEVIATION, SKEWNESS, MOMENTUM = range(7)
_SINGULAR = 1e-12
_LEFT = 1e-3  # as LEFT of the trailing kernels, which has the bound; nearer, since the solution amplifies it


@compiled
def _solved(gram: Array, target: Array, slopes: Array) -> bool:
    """Least squares by Cholesky; False when the explaining series are collinear or constant."""
    k = len(target)
    low = np.zeros((k, k))
    for i in range(k):
        for j in range(i + 1):
            rest = gram[i, j]
            for m in range(j):
                rest -= low[i, m] * low[j, m]
            if i == j:
                if not rest > _SINGULAR * gram[i, i]:
                    return False
                low[i, i] = np.sqrt(rest)
            else:
                low[i, j] = rest / low[j, j]
    for i in range(k):
        rest = target[i]
        for m in range(i):
            rest -= low[i, m] * slopes[m]
        slopes[i] = rest / low[i, i]
    for i in range(k - 1, -1, -1):
        rest = slopes[i]
        for m in range(i + 1, k):
            rest -= low[m, i] * slopes[m]
        slopes[i] = rest / low[i, i]
    return True


@compiled
def regress(z: Array, n: int, what: int, lookback: int, skip: int, out: Array) -> None:
    """`z` holds the explained series and then the explaining ones, (1 + k, n_bars); `what` says which number is wanted."""
    k = z.shape[0] - 1
    centre = np.zeros(k + 1)
    sums = np.zeros(k + 1)
    cross = np.zeros((k + 1, k + 1))
    gram = np.zeros((k, k))
    target = np.zeros(k)
    slopes = np.zeros(k)
    errors = np.zeros(n)
    most = np.zeros(k + 1)  # the largest squares since they were set anew
    equal = np.zeros(k + 1, dtype=np.int64)
    for t in range(z.shape[1]):
        for i in range(k + 1):
            equal[i] = equal[i] + 1 if t > 0 and z[i, t] == z[i, t - 1] else 1
        if t < n - 1:
            continue
        anew = (t - n + 1) % n == 0
        if not anew:
            for i in range(k + 1):
                new, old = z[i, t] - centre[i], z[i, t - n] - centre[i]
                sums[i] += new - old
                for j in range(i + 1):
                    cross[i, j] += new * (z[j, t] - centre[j]) - old * (z[j, t - n] - centre[j])
                    anew = anew or not np.isfinite(cross[i, j])
                most[i] = max(most[i], cross[i, i])
                anew = anew or not cross[i, i] - sums[i] * sums[i] / n >= _LEFT * most[i]
        if anew:
            for i in range(k + 1):
                centre[i] = 0.0
                for b in range(t - n + 1, t + 1):
                    centre[i] += z[i, b] / n
                if equal[i] >= n:
                    centre[i] = z[i, t]
            for i in range(k + 1):
                sums[i] = 0.0
                for b in range(t - n + 1, t + 1):
                    sums[i] += z[i, b] - centre[i]
                for j in range(i + 1):
                    cross[i, j] = 0.0
                    for b in range(t - n + 1, t + 1):
                        cross[i, j] += (z[i, b] - centre[i]) * (z[j, b] - centre[j])
                most[i] = cross[i, i]
        for i in range(k):
            target[i] = cross[i + 1, 0] - sums[i + 1] * sums[0] / n
            for j in range(i + 1):
                gram[i, j] = cross[i + 1, j + 1] - sums[i + 1] * sums[j + 1] / n
                gram[j, i] = gram[i, j]
        flat = False
        for i in range(k):
            flat = flat or not gram[i, i] > _SINGULAR * cross[i + 1, i + 1]
        if flat or not _solved(gram, target, slopes):
            continue
        if what == BETA:
            out[t] = slopes[0]
            continue
        mean = centre[0] + sums[0] / n
        intercept = mean
        for i in range(k):
            intercept -= slopes[i] * (centre[i + 1] + sums[i + 1] / n)
        if what == ALPHA:
            out[t] = intercept
            continue
        if what == RESIDUAL:
            fit = intercept
            for i in range(k):
                fit += slopes[i] * z[i + 1, t]
            out[t] = z[0, t] - fit
            continue
        whole = 0.0
        square = 0.0
        cube = 0.0
        for b in range(n):
            at = t - n + 1 + b
            fit = intercept
            for i in range(k):
                fit += slopes[i] * z[i + 1, at]
            e = z[0, at] - fit
            errors[b] = e
            whole += (z[0, at] - mean) ** 2
            square += e * e
            cube += e * e * e
        if what == R_SQUARED:
            if 0.0 < whole < np.inf and square < np.inf:
                out[t] = max(0.0, 1.0 - square / whole)
        elif what == DEVIATION:
            if n - k - 1 > 0:
                out[t] = np.sqrt(square / (n - k - 1) * 252.0)
        elif what == SKEWNESS:
            if square > _SINGULAR * whole and square > 0.0:
                out[t] = np.sqrt(n * (n - 1.0)) / (n - 2.0) * (cube / n) / (square / n) ** 1.5
        else:
            first, last = n - lookback, n - skip
            m = last - first
            middle = 0.0
            for b in range(first, last):
                middle += errors[b] / m
            spread = 0.0
            for b in range(first, last):
                spread += (errors[b] - middle) ** 2
            if m > 1 and spread > 0.0 and square > _SINGULAR * whole:  # the rounding of a perfect fit is no momentum
                out[t] = middle / np.sqrt(spread / (m - 1))
