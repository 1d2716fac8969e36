"""Measures over a window that moves along a run, beside the rolling Sharpe ratio."""

from __future__ import annotations

import numpy as np

from apps.domain.metrics._returns import DAYS_PER_YEAR, FLAT, simple_returns
from apps.domain.metrics._tables import RollingWindowError
from apps.domain.values.panel import FloatArray


def rolling_volatility(equity: FloatArray, n: int = 126) -> FloatArray:
    """Standard deviation (ddof 1) of the last `n` daily returns at each day, times the square root of 252.

    The first n days are NaN. Raises RollingWindowError for a window of fewer than 2 days.
    """
    returns, rolled = _start(equity, n)
    if len(returns) >= n:
        rolled[n:] = _windows(returns, n).std(axis=1, ddof=1) * np.sqrt(DAYS_PER_YEAR)
    return rolled


def rolling_beta(equity: FloatArray, benchmark: FloatArray, n: int = 126) -> FloatArray:
    """Covariance with the benchmark over its variance, of the last `n` daily returns at each day (ddof 1).

    The first n days are NaN, and so is every window in which the benchmark does not vary. Raises RollingWindowError.
    """
    returns, rolled = _start(equity, n)
    if len(returns) < n:
        return rolled
    own, other = _windows(returns, n), _windows(simple_returns(benchmark), n)
    centred = other - other.mean(axis=1, keepdims=True)
    square = np.einsum("ij,ij->i", centred, centred)
    together = np.einsum("ij,ij->i", centred, own)
    varies = np.ptp(other, axis=1) > FLAT
    rolled[n:] = np.where(varies, together / np.where(varies, square, 1.0), np.nan)
    return rolled


def _start(equity: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    if n < 2:
        raise RollingWindowError(f"A rolling measure needs a window of 2 or more days, not {n}.", window=n)
    return simple_returns(equity), np.full(len(equity), np.nan)


def _windows(values: FloatArray, n: int) -> FloatArray:
    return np.lib.stride_tricks.sliding_window_view(values, n)
