"""The named indicators of technical analysis."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.domain.indicators._indicators import ema, lag, rsi, sma
from apps.domain.indicators.operators import FloatArray, Operator, finite, per_instrument, window
from apps.domain.indicators.trailing import highest, lowest, n_day_high_ratio, std


def _kernels() -> Any:
    from apps.domain.indicators import _technical_kernels  # noqa: PLC0415 -- slow import

    return _technical_kernels


def macd(x: FloatArray, fast: int, slow: int) -> FloatArray:
    """ema(x, fast) minus ema(x, slow), each started on its own first bars (TA-Lib starts both on the slow one's)."""
    return ema(x, fast) - ema(x, slow)


def macd_signal(x: FloatArray, fast: int, slow: int, n: int) -> FloatArray:
    """The exponential average of the MACD."""
    return ema(macd(x, fast, slow), n)


def _deviation(x: FloatArray, n: int) -> FloatArray:
    """Population standard deviation, as Bollinger's bands take it."""
    if window("bollinger", n) == 1:
        return np.where(np.isnan(x), np.nan, 0.0)
    return np.asarray(std(x, n) * np.sqrt((n - 1) / n))


def bollinger_upper(x: FloatArray, n: int, k: float) -> FloatArray:
    """sma plus k population deviations."""
    return sma(x, n) + k * _deviation(x, n)


def bollinger_lower(x: FloatArray, n: int, k: float) -> FloatArray:
    """sma minus k population deviations."""
    return sma(x, n) - k * _deviation(x, n)


def percent_b(x: FloatArray, n: int, k: float) -> FloatArray:
    """Where x stands between the bands: 0 the lower, 1 the upper; undefined where they meet."""
    half = k * _deviation(x, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return finite((x - sma(x, n) + half) / np.where(half > 0.0, 2.0 * half, np.nan))


def true_range(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """The greatest of high - low, |high - last close| and |low - last close|."""
    return per_instrument(_kernels().true_range, (high, low, close))


def atr(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Wilder's average true range (1978)."""
    return per_instrument(_kernels().atr, (high, low, close), window("atr", n))


def adx(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Wilder's average directional index (1978)."""
    return per_instrument(_kernels().directional, (high, low, close), window("adx", n), 0)


def plus_di(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Wilder's positive directional indicator (1978)."""
    return per_instrument(_kernels().directional, (high, low, close), window("plus_di", n), 1)


def minus_di(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Wilder's negative directional indicator (1978)."""
    return per_instrument(_kernels().directional, (high, low, close), window("minus_di", n), -1)


def cci(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Lambert's commodity channel index (1980)."""
    return per_instrument(_kernels().cci, (high, low, close), window("cci", n))


def mfi(high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray, n: int) -> FloatArray:
    """The money flow index of typical prices."""
    return per_instrument(_kernels().mfi, (high, low, close, volume), window("mfi", n))


def _place(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Where the close stands between the n-bar low (0) and high (1); one half where they are equal."""
    both = np.isnan(high) | np.isnan(low) | np.isnan(close)
    top, bottom = highest(np.where(both, np.nan, high), n), lowest(np.where(both, np.nan, low), n)
    span = top - bottom
    with np.errstate(divide="ignore", invalid="ignore"):
        place = (close - bottom) / np.where(span > 0.0, span, np.nan)
    return np.where(span == 0.0, 0.5, place)


def stochastic_k(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """The fast stochastic %K of Lane."""
    return 100.0 * _place(high, low, close, window("stochastic_k", n))


def stochastic_d(high: FloatArray, low: FloatArray, close: FloatArray, n: int, smooth: int) -> FloatArray:
    """The moving average of %K."""
    return sma(stochastic_k(high, low, close, n), smooth)


def williams_r(high: FloatArray, low: FloatArray, close: FloatArray, n: int) -> FloatArray:
    """Williams' %R."""
    return 100.0 * _place(high, low, close, window("williams_r", n)) - 100.0


def donchian_upper(x: FloatArray, n: int) -> FloatArray:
    """The highest of the n bars before this one."""
    return lag(highest(x, window("donchian_upper", n)), 1)


def donchian_lower(x: FloatArray, n: int) -> FloatArray:
    """The lowest of the n bars before this one."""
    return lag(lowest(x, window("donchian_lower", n)), 1)


def aroon_up(x: FloatArray, n: int) -> FloatArray:
    """Where the high of the last n + 1 bars stands, 0 to 100 (Chande 1995)."""
    return per_instrument(_kernels().last_extreme, (x,), window("aroon_up", n), 1.0)


def aroon_down(x: FloatArray, n: int) -> FloatArray:
    """Where the low of the last n + 1 bars stands, 0 to 100 (Chande 1995)."""
    return per_instrument(_kernels().last_extreme, (x,), window("aroon_down", n), -1.0)


def obv(close: FloatArray, volume: FloatArray) -> FloatArray:
    """Granville's on-balance volume, zero at the first bar (TA-Lib starts at its volume)."""
    return per_instrument(_kernels().balance, (close, volume))


def parabolic_sar(high: FloatArray, low: FloatArray, step: float, limit: float) -> FloatArray:
    """Wilder's parabolic stop and reverse (1978)."""
    return per_instrument(_kernels().parabolic, (high, low), float(step), float(limit))


TECHNICAL_OPERATORS = tuple(
    Operator(function.__name__, function)
    for function in (
        rsi, macd, macd_signal, bollinger_upper, bollinger_lower, percent_b, true_range, atr, adx, plus_di, minus_di, cci,
        mfi, stochastic_k, stochastic_d, williams_r, donchian_upper, donchian_lower, n_day_high_ratio, aroon_up,
        aroon_down, obv, parabolic_sar,
    )
)  # fmt: skip
