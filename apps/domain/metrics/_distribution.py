"""Measures of the shape of returns, of their certainty, against a benchmark, and of trades."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from apps.domain.metrics._returns import DAYS_PER_YEAR, FLAT, annual_return, drawdown_curve, tracking_error
from apps.domain.values.panel import FloatArray

MONTHS_PER_YEAR = 12


def skewness(returns: FloatArray) -> float | None:
    """Population skewness of daily simple returns (third central moment over the 3/2 power of the second)."""
    return _standardised_moment(returns, 3)


def excess_kurtosis(returns: FloatArray) -> float | None:
    """Population kurtosis of daily simple returns, less 3: zero for a normal distribution."""
    fourth = _standardised_moment(returns, 4)
    return None if fourth is None else fourth - 3.0


def _standardised_moment(returns: FloatArray, order: int) -> float | None:
    if len(returns) < 2 or np.ptp(returns) <= FLAT:
        return None
    centred = returns - returns.mean()
    square = centred * centred  # a power of an array is many times slower
    high = square * centred if order == 3 else square * square
    return float(np.mean(high) / np.mean(square) ** (order / 2))


def expected_shortfall_95(returns: FloatArray) -> float | None:
    """Mean of the daily returns at or below their historical 5 % quantile; negative is a loss."""
    if not len(returns):
        return None
    return float(returns[returns <= np.quantile(returns, 0.05)].mean())


def sharpe_standard_error(returns: FloatArray) -> float | None:
    """Standard error of the annual Sharpe ratio from skewness and kurtosis of daily returns.

    Mertens, "Comments on variance of the IID estimator in Lo (2002)", 2002; with normal returns that of Lo (2002).
    """
    third, excess = skewness(returns), excess_kurtosis(returns)
    if third is None or excess is None:
        return None
    daily = float(np.mean(returns) / np.std(returns, ddof=1))
    variance = (1.0 + daily**2 / 2.0 - third * daily + excess / 4.0 * daily**2) / len(returns)
    return math.sqrt(max(variance, 0.0) * DAYS_PER_YEAR)


def ulcer_index(equity: FloatArray) -> float | None:
    """Root of the mean square of the daily drawdowns (Martin and McCann 1989), a fraction."""
    return float(np.sqrt(np.mean(drawdown_curve(equity) ** 2))) if len(equity) else None


def information_ratio(returns: FloatArray, benchmark: FloatArray) -> float | None:
    """Mean of the daily return differences times 252, over the tracking error; None when they do not vary."""
    error = tracking_error(returns, benchmark)
    if not error or error <= FLAT:
        return None
    return float(np.mean(returns - benchmark) * DAYS_PER_YEAR / error)


def up_capture(months: FloatArray, benchmark: FloatArray) -> float | None:
    """Compound annual return over the months in which the benchmark rose, over the benchmark's in the same months."""
    return _capture(months, benchmark, benchmark > 0.0)


def down_capture(months: FloatArray, benchmark: FloatArray) -> float | None:
    """Compound annual return over the months in which the benchmark fell, over the benchmark's in the same months."""
    return _capture(months, benchmark, benchmark < 0.0)


def _capture(months: FloatArray, benchmark: FloatArray, chosen: Any) -> float | None:
    n = int(np.sum(chosen))
    if not n:
        return None
    own, other = (float(np.prod(1.0 + one[chosen])) for one in (months, benchmark))
    if own <= 0.0 or other <= 0.0:
        return None
    yearly = MONTHS_PER_YEAR / n
    return float((own**yearly - 1.0) / (other**yearly - 1.0))


def average_exposure(exposure: FloatArray) -> float | None:
    """Mean over the days of the gross value of the positions over equity."""
    return float(np.mean(exposure)) if len(exposure) else None


def payoff_ratio(trades: Any) -> float | None:
    """Mean net return of winning round trips over the size of that of losing ones; None without both."""
    closed = trades.net_return[~trades.is_open]
    won, lost = closed[closed > 0.0], closed[closed < 0.0]
    return float(won.mean() / -lost.mean()) if len(won) and len(lost) else None


def average_days_held(trades: Any) -> float | None:
    """Mean trading days from the first fill to the last of closed round trips."""
    closed = trades.days_held[~trades.is_open]
    return float(closed.mean()) if len(closed) else None


def break_even_cost(equity: FloatArray, value: FloatArray, cost: FloatArray) -> float | None:
    """The one-way cost, as a fraction of the traded value, at which the annual return would be zero, to first order.

    What was paid per unit of value, plus the annual return over the value traded per year and unit of mean equity. None
    where nothing was traded.
    """
    growth, traded = annual_return(equity), float(value.sum())
    if growth is None or not traded > 0.0:
        return None
    years = (len(equity) - 1) / DAYS_PER_YEAR
    mean = float(equity.mean())
    return float(cost.sum()) / traded + growth / (traded / mean / years) if mean > 0.0 else None
