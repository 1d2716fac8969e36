"""Functions of the last values of each instrument. `language.functions` states what each means; here is how."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.domain.indicators._indicators import ema, lag, sma, trailing_return
from apps.domain.indicators.operators import FloatArray, WindowError, finite, operators, per_instrument, window

DAYS_PER_YEAR = 252


def _kernels() -> Any:
    from apps.domain.indicators import _trailing_kernels  # noqa: PLC0415 -- slow import

    return _trailing_kernels


def delta(x: FloatArray, n: int) -> FloatArray:
    """x minus its value n bars earlier."""
    return x - lag(x, window("delta", n, 0))


def pct_change(x: FloatArray, n: int) -> FloatArray:
    """x over its value n bars earlier, minus 1; undefined where that is not above zero."""
    old = lag(x, window("pct_change", n, 0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return finite(np.asarray(x / np.where(old > 0.0, old, np.nan) - 1.0))


def total(x: FloatArray, n: int) -> FloatArray:
    """The sum of the last n values."""
    return per_instrument(_kernels().total, (x,), window("sum", n))


def product(x: FloatArray, n: int) -> FloatArray:
    """The product of the last n values."""
    return per_instrument(_kernels().product, (x,), window("product", n))


def wma(x: FloatArray, n: int) -> FloatArray:
    """The mean of the last n values, weights n on the latest down to 1."""
    return per_instrument(_kernels().weighted, (x,), window("wma", n))


def wilder(x: FloatArray, n: int) -> FloatArray:
    """Wilder's smoothing: weight 1 / n, started at the mean of the first n values."""
    return per_instrument(_kernels().smoothed, (x,), window("wilder", n), 1.0 / n)


def kama(x: FloatArray, n: int) -> FloatArray:
    """Kaufman's adaptive moving average (Smarter Trading, 1995), started at the value before its first."""
    return per_instrument(_kernels().adaptive, (x,), window("kama", n))


def std(x: FloatArray, n: int) -> FloatArray:
    """Sample standard deviation of the last n values."""
    return per_instrument(_kernels().spread, (x,), window("std", n, 2), False)


def variance(x: FloatArray, n: int) -> FloatArray:
    """Sample variance of the last n values."""
    return per_instrument(_kernels().spread, (x,), window("variance", n, 2), True)


def skew(x: FloatArray, n: int) -> FloatArray:
    """Adjusted Fisher-Pearson skewness of the last n values; undefined where nothing varies."""
    return per_instrument(_kernels().moment, (x,), window("skew", n, 3), 3)


def kurtosis(x: FloatArray, n: int) -> FloatArray:
    """Sample excess kurtosis of the last n values; undefined where nothing varies."""
    return per_instrument(_kernels().moment, (x,), window("kurtosis", n, 4), 4)


def highest(x: FloatArray, n: int) -> FloatArray:
    """The highest of the last n values."""
    return per_instrument(_kernels().extreme, (x,), window("highest", n), 1.0, False)


def lowest(x: FloatArray, n: int) -> FloatArray:
    """The lowest of the last n values."""
    return per_instrument(_kernels().extreme, (x,), window("lowest", n), -1.0, False)


def argmax(x: FloatArray, n: int) -> FloatArray:
    """The place of the highest of the last n values: 1 is the oldest; the oldest of equals."""
    return per_instrument(_kernels().extreme, (x,), window("argmax", n), 1.0, True)


def argmin(x: FloatArray, n: int) -> FloatArray:
    """The place of the lowest of the last n values: 1 is the oldest; the oldest of equals."""
    return per_instrument(_kernels().extreme, (x,), window("argmin", n), -1.0, True)


def median(x: FloatArray, n: int) -> FloatArray:
    """The median of the last n values."""
    return per_instrument(_kernels().quantile, (x,), window("median", n), 0.5)


def quantile(x: FloatArray, n: int, q: float) -> FloatArray:
    """The quantile q of the last n values, linear between order statistics."""
    if not 0.0 <= q <= 1.0:
        raise WindowError(f"A quantile lies from 0 to 1, not at {q:g}.", function="quantile")
    return per_instrument(_kernels().quantile, (x,), window("quantile", n), q)


def ts_rank(x: FloatArray, n: int) -> FloatArray:
    """The rank of the latest value among the last n, as a fraction of n."""
    return per_instrument(_kernels().own_rank, (x,), window("ts_rank", n))


def zscore(x: FloatArray, n: int) -> FloatArray:
    """x minus its mean over n, over its sample deviation; undefined where nothing varies."""
    spread = std(x, window("zscore", n, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return finite((x - sma(x, n)) / np.where(spread > 0.0, spread, np.nan))


def correlation(x: FloatArray, y: FloatArray, n: int) -> FloatArray:
    """Pearson's correlation over the last n bars on which both are defined; undefined where one does not vary."""
    return per_instrument(_kernels().comoment, (x, y), window("correlation", n, 2), True)


def covariance(x: FloatArray, y: FloatArray, n: int) -> FloatArray:
    """Sample covariance over the last n bars on which both are defined."""
    return per_instrument(_kernels().comoment, (x, y), window("covariance", n, 2), False)


def volatility(x: FloatArray, n: int) -> FloatArray:
    """Sample deviation of the last n simple returns, times the square root of 252."""
    return np.asarray(std(pct_change(x, 1), window("volatility", n, 2)) * np.sqrt(DAYS_PER_YEAR))


def downside_deviation(x: FloatArray, n: int) -> FloatArray:
    """Root of the mean square of the negative returns of the last n (others count as zero), times the square root of 252."""
    fallen = np.minimum(pct_change(x, 1), 0.0) ** 2
    return np.asarray(np.sqrt(np.maximum(sma(fallen, window("downside_deviation", n)), 0.0) * DAYS_PER_YEAR))


def drawdown(x: FloatArray, n: int) -> FloatArray:
    """x over the highest of its last n values, minus 1; undefined where that is not above zero."""
    return n_day_high_ratio(x, window("drawdown", n)) - 1.0


def n_day_high_ratio(x: FloatArray, n: int) -> FloatArray:
    """x over the highest of its last n values (George and Hwang 2004); undefined where that is not above zero."""
    high = highest(x, window("n_day_high_ratio", n))
    with np.errstate(divide="ignore", invalid="ignore"):
        return finite(x / np.where(high > 0.0, high, np.nan))


def max_drawdown(x: FloatArray, n: int) -> FloatArray:
    """The deepest fall from a running high within the last n values, a negative fraction."""
    return per_instrument(_kernels().deepest, (x,), window("max_drawdown", n))


def slope(x: FloatArray, n: int) -> FloatArray:
    """Slope per bar of the least-squares line through the last n values."""
    return per_instrument(_kernels().line, (x,), window("slope", n, 2), False)


def trend_r2(x: FloatArray, n: int) -> FloatArray:
    """R squared of the least-squares line through the last n values; undefined where nothing varies."""
    return per_instrument(_kernels().line, (x,), window("trend_r2", n, 3), True)


def efficiency_ratio(x: FloatArray, n: int) -> FloatArray:
    """The size of the change over n bars over the sum of the sizes of its steps (Kaufman 1995); 1 where nothing moved."""
    return per_instrument(_kernels().path, (x,), window("efficiency_ratio", n))


def periodic_mean(x: FloatArray, n: int, span: int) -> FloatArray:
    """The mean of the values n, 2n, 3n … bars earlier, no further back than `span`."""
    if window("periodic_mean", span) < window("periodic_mean", n):
        raise WindowError("periodic_mean looks back at least one of its periods.", function="periodic_mean")
    return per_instrument(_kernels().periodic, (x,), n, span // n * n)


TRAILING_OPERATORS = operators(
    {
        "lag": lag, "delta": delta, "pct_change": pct_change, "trailing_return": trailing_return, "sum": total,
        "product": product, "sma": sma, "ema": ema, "wma": wma, "wilder": wilder, "kama": kama, "std": std,
        "variance": variance, "skew": skew, "kurtosis": kurtosis, "highest": highest, "lowest": lowest, "median": median,
        "quantile": quantile, "argmax": argmax, "argmin": argmin, "ts_rank": ts_rank, "zscore": zscore,
        "correlation": correlation, "covariance": covariance, "volatility": volatility,
        "downside_deviation": downside_deviation, "drawdown": drawdown, "max_drawdown": max_drawdown, "slope": slope,
        "trend_r2": trend_r2, "efficiency_ratio": efficiency_ratio, "periodic_mean": periodic_mean,
    }
)  # fmt: skip
