"""Measures of an equity curve alone. Every function takes equity marked at closes and says its convention."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from apps.domain.values.panel import DayArray, FloatArray

DAYS_PER_YEAR = 252
"""Trading days per year, in every annualised figure."""


def simple_returns(equity: FloatArray) -> FloatArray:
    """Daily simple returns, one fewer than days of equity; zero after equity was used up."""
    before = equity[:-1]
    alive = before > 0.0
    return np.asarray(np.where(alive, equity[1:] / np.where(alive, before, 1.0) - 1.0, 0.0), dtype=np.float64)


def total_return(equity: FloatArray) -> float | None:
    """Last equity over first, minus 1; None with fewer than two days."""
    return float(equity[-1] / equity[0] - 1.0) if len(equity) > 1 else None


def annual_return(equity: FloatArray) -> float | None:
    """Compound growth per 252 trading days: (last / first) ** (252 / (n_days - 1)) - 1; all of it lost when nothing is left."""
    if len(equity) < 2:
        return None
    if equity[-1] <= 0.0:
        return -1.0
    return float((equity[-1] / equity[0]) ** (DAYS_PER_YEAR / (len(equity) - 1)) - 1.0)


def annual_volatility(returns: FloatArray) -> float | None:
    """Standard deviation of daily simple returns, ddof 1, times the square root of 252."""
    return float(np.std(returns, ddof=1) * np.sqrt(DAYS_PER_YEAR)) if len(returns) > 1 else None


def sharpe_ratio(returns: FloatArray) -> float | None:
    """Mean over standard deviation (ddof 1) of daily simple returns, times the square root of 252; risk-free rate 0.

    None when the returns do not vary (Sharpe 1994).
    """
    if len(returns) < 2 or _flat(returns):
        return None
    return float(np.mean(returns) / np.std(returns, ddof=1) * np.sqrt(DAYS_PER_YEAR))


def sortino_ratio(returns: FloatArray) -> float | None:
    """Mean daily return over downside deviation, times the square root of 252; target 0.

    The downside deviation is the root of the mean over all days of min(return, 0) squared (Sortino and Price 1994).
    None when no day lost.
    """
    if len(returns) < 2 or not np.any(returns < 0.0):
        return None
    return float(np.mean(returns) / np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)) * np.sqrt(DAYS_PER_YEAR))


def drawdown_curve(equity: FloatArray) -> FloatArray:
    """Equity over its running maximum, minus 1: zero at a high, negative below."""
    return np.asarray(equity / np.maximum.accumulate(equity) - 1.0, dtype=np.float64)


def max_drawdown(equity: FloatArray) -> float | None:
    """The deepest fall from a high on compounded equity, at most 0; None without equity."""
    return float(drawdown_curve(equity).min()) if len(equity) else None


def max_drawdown_days(equity: FloatArray) -> int | None:
    """The longest time from a high to its recovery, in trading days; one not yet recovered counts to the last day."""
    if not len(equity):
        return None
    at_high = np.flatnonzero(drawdown_curve(equity) == 0.0)
    return int(np.diff(np.append(at_high, len(equity) - 1)).max()) if _under_water(equity) else 0


def calmar_ratio(equity: FloatArray) -> float | None:
    """Annual return over the size of the maximum drawdown, both over the whole window; None without a drawdown."""
    growth, deepest = annual_return(equity), max_drawdown(equity)
    return None if growth is None or not deepest else growth / -deepest


def value_at_risk_95(returns: FloatArray) -> float | None:
    """Historical one-day 5 % quantile of daily returns, linear between observations; negative is a loss."""
    return float(np.quantile(returns, 0.05)) if len(returns) else None


def monthly_series(days: DayArray, equity: FloatArray) -> tuple[npt.NDArray[np.datetime64], FloatArray]:
    """Months (datetime64[M]) and their returns from month-end to month-end; the first and last may be partial."""
    months = days.astype("datetime64[M]")
    last = np.append(np.flatnonzero(months[1:] != months[:-1]), len(days) - 1)
    base = np.append(equity[0], equity[last[:-1]])
    return months[last], np.asarray(equity[last] / base - 1.0, dtype=np.float64)


def mean_monthly_return(days: DayArray, equity: FloatArray) -> float | None:
    """Arithmetic mean of calendar-month returns; partial first and last months count as months."""
    return float(monthly_series(days, equity)[1].mean()) if len(equity) > 1 else None


def best_month(days: DayArray, equity: FloatArray) -> float | None:
    """The highest calendar-month return; partial first and last months count."""
    return float(monthly_series(days, equity)[1].max()) if len(equity) > 1 else None


def worst_month(days: DayArray, equity: FloatArray) -> float | None:
    """The lowest calendar-month return; partial first and last months count."""
    return float(monthly_series(days, equity)[1].min()) if len(equity) > 1 else None


def beta(returns: FloatArray, benchmark: FloatArray) -> float | None:
    """Covariance with the benchmark over its variance, daily simple returns, ddof 1; None when it does not vary."""
    if len(returns) < 2 or _flat(benchmark):
        return None
    return float(np.cov(returns, benchmark, ddof=1)[0, 1] / np.var(benchmark, ddof=1))


def alpha(returns: FloatArray, benchmark: FloatArray) -> float | None:
    """Jensen's alpha: (mean return - beta * mean benchmark return) * 252; risk-free rate 0, not compounded."""
    slope = beta(returns, benchmark)
    return None if slope is None else float((np.mean(returns) - slope * np.mean(benchmark)) * DAYS_PER_YEAR)


def correlation(returns: FloatArray, benchmark: FloatArray) -> float | None:
    """Pearson correlation of daily simple returns; None when either does not vary."""
    if len(returns) < 2 or _flat(returns) or _flat(benchmark):
        return None
    return float(np.corrcoef(returns, benchmark)[0, 1])


def tracking_error(returns: FloatArray, benchmark: FloatArray) -> float | None:
    """Standard deviation (ddof 1) of daily return differences, times the square root of 252."""
    return annual_volatility(returns - benchmark)


def _flat(returns: FloatArray) -> bool:
    return bool(np.ptp(returns) <= FLAT)


def _under_water(equity: FloatArray) -> bool:
    return bool(np.any(drawdown_curve(equity) < 0.0))


FLAT = 1e-14
"""Returns that spread less than this are rounding noise around a constant."""
