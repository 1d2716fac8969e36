"""Measures over a window that moves along a run, beside the rolling Sharpe ratio."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from apps.domain.metrics._returns import DAYS_PER_YEAR, FLAT, simple_returns
from apps.domain.metrics._tables import RollingWindowError
from apps.domain.values.panel import FloatArray

_CELLS = 500_000
"""Windows are walked so many values at a time: a year of minute bars fits too."""


def rolling_volatility(equity: FloatArray, n: int = 126) -> FloatArray:
    """Standard deviation (ddof 1) of the last `n` daily returns at each day, times the square root of 252.

    The first n days are NaN. Raises RollingWindowError for a window of fewer than 2 days.
    """
    returns, rolled = _start(equity, n)
    for at in _blocks(len(returns), n):
        rolled[n:][at] = _windows(returns, n)[at].std(axis=1, ddof=1) * np.sqrt(DAYS_PER_YEAR)
    return rolled


def rolling_beta(equity: FloatArray, benchmark: FloatArray, n: int = 126) -> FloatArray:
    """Covariance with the benchmark over its variance, of the last `n` daily returns at each day (ddof 1).

    The first n days are NaN, and so is every window in which the benchmark does not vary. Raises RollingWindowError.
    """
    returns, rolled = _start(equity, n)
    market = simple_returns(benchmark)
    for at in _blocks(len(returns), n):
        own, other = _windows(returns, n)[at], _windows(market, n)[at]
        centred = other - other.mean(axis=1, keepdims=True)
        square = np.einsum("ij,ij->i", centred, centred)
        together = np.einsum("ij,ij->i", centred, own)
        varies = np.ptp(other, axis=1) > FLAT
        rolled[n:][at] = np.where(varies, together / np.where(varies, square, 1.0), np.nan)
    return rolled


def _start(equity: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    if n < 2:
        raise RollingWindowError(f"A rolling measure needs a window of 2 or more days, not {n}.", window=n)
    return simple_returns(equity), np.full(len(equity), np.nan)


def _blocks(n_returns: int, n: int) -> Iterator[slice]:
    """The windows in blocks; none where there are fewer returns than a window has."""
    size = max(1, _CELLS // n)
    for first in range(0, n_returns - n + 1, size):
        yield slice(first, min(first + size, n_returns - n + 1))


def _windows(values: FloatArray, n: int) -> FloatArray:
    return np.lib.stride_tricks.sliding_window_view(values, n)
