"""Series in, series out: the indicators that formulas may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from apps.domain.errors import DomainError

FloatArray = npt.NDArray[np.float64]


class WindowError(DomainError):
    """A window that no bars can fill."""

    code = "indicator_window"


class SeriesShapeError(DomainError):
    """Two series that do not stand on the same instruments and days."""

    code = "indicator_shape"


def sma(x: FloatArray, n: int) -> FloatArray:
    """Simple moving average of the last `n` bars of each instrument.

    `x` has shape (n_symbols, n_days) or (n_days,). The first n - 1 bars are NaN, and so is every day without a bar;
    bars are counted per instrument, so a halt does not reset the window. n equal bars give exactly their value.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    _kernels.sma(rows, _window("sma", n, 1), out)
    return out.reshape(x.shape)


def ema(x: FloatArray, n: int) -> FloatArray:
    """Exponential moving average, alpha 2 / (n + 1), started at the mean of the first `n` bars.

    The first n - 1 bars are NaN, and so is every day without a bar; bars are counted per instrument.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    _kernels.ema(rows, _window("ema", n, 1), out)
    return out.reshape(x.shape)


def rsi(x: FloatArray, n: int) -> FloatArray:
    """Relative strength index of Wilder (New Concepts in Technical Trading Systems, 1978), 0 to 100.

    Mean gain and loss start at the mean of the first `n` changes and are smoothed with alpha 1 / n. The first n bars
    are NaN, and so is every day without a bar; 50 when no bar of the history moved.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    _kernels.rsi(rows, _window("rsi", n, 1), out)
    return out.reshape(x.shape)


def lag(x: FloatArray, n: int) -> FloatArray:
    """The value `n` bars earlier, n >= 0: the future cannot be asked for.

    The first n bars are NaN, and so is every day without a bar; bars are counted per instrument.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    _kernels.lagged(rows, _window("lag", n, 0), out)
    return out.reshape(x.shape)


def trailing_return(x: FloatArray, lookback: int, skip: int = 0) -> FloatArray:
    """Simple return from `lookback` bars ago to `skip` bars ago: x[t - skip] / x[t - lookback] - 1.

    So the "12-1" return of the momentum papers is lookback 252 and skip 21: `skip` is part of `lookback`
    (Jegadeesh and Titman 1993; Asness, Moskowitz and Pedersen 2013). The first `lookback` bars are NaN, and so is
    every day without a bar and every return on a price that is not positive.
    """
    if skip >= lookback:
        raise WindowError(
            f"trailing_return skips {skip} bars of a look-back of {lookback}: nothing is left. Make the skip shorter.",
            function="trailing_return",
        )
    old = lag(x, lookback)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = lag(x, skip) / np.where(old > 0.0, old, np.nan) - 1.0
    return np.asarray(result, dtype=np.float64)


def crosses_above(a: FloatArray, b: FloatArray) -> FloatArray:
    """1 on the bar on which `a` is above `b` after a bar on which it was not (touching counts as not above), else 0.

    NaN on the first bar on which both are defined, and wherever one of them is not. `b` may be a single number.
    """
    return _crosses(a, b, sign=1.0)


def crosses_below(a: FloatArray, b: FloatArray) -> FloatArray:
    """1 on the bar on which `a` is below `b` after a bar on which it was not (touching counts as not below), else 0.

    NaN on the first bar on which both are defined, and wherever one of them is not. `b` may be a single number.
    """
    return _crosses(a, b, sign=-1.0)


def absolute(x: FloatArray) -> FloatArray:
    """The size of each value; NaN stays NaN. No warm-up."""
    return np.abs(x)


def lower(a: FloatArray, b: FloatArray) -> FloatArray:
    """The lower of two values, NaN where either is. No warm-up."""
    return np.minimum(a, b)


def higher(a: FloatArray, b: FloatArray) -> FloatArray:
    """The higher of two values, NaN where either is. No warm-up."""
    return np.maximum(a, b)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One function that formulas may call: it takes `n_series` series, then `n_windows` numbers of bars.

    `warm_up` gives the bars that pass before its first value, given those numbers.
    """

    name: str
    function: Callable[..., FloatArray]
    n_series: int
    n_windows: int
    warm_up: Callable[..., int]


INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        indicator.name: indicator
        for indicator in (
            Indicator("sma", sma, 1, 1, lambda n: n - 1),
            Indicator("ema", ema, 1, 1, lambda n: n - 1),
            Indicator("rsi", rsi, 1, 1, lambda n: n),
            Indicator("trailing_return", trailing_return, 1, 2, max),
            Indicator("lag", lag, 1, 1, lambda n: n),
            Indicator("crosses_above", crosses_above, 2, 0, lambda: 1),
            Indicator("crosses_below", crosses_below, 2, 0, lambda: 1),
            Indicator("abs", absolute, 1, 0, lambda: 0),
            Indicator("min", lower, 2, 0, lambda: 0),
            Indicator("max", higher, 2, 0, lambda: 0),
        )
    }
)


def _crosses(a: FloatArray, b: FloatArray, *, sign: float) -> FloatArray:
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    shape = first.shape or second.shape
    if not shape or any(series.shape not in ((), shape) for series in (first, second)):
        raise SeriesShapeError(
            f"A crossing needs two series on the same days, not shapes {first.shape} and {second.shape}."
        )
    out = _empty(np.empty(shape))
    rows = [_rows(np.broadcast_to(series, shape)) for series in (first, second)]
    _kernels.crosses(rows[0], rows[1], sign, out)
    return out.reshape(shape)


def _rows(x: FloatArray) -> FloatArray:
    return np.ascontiguousarray(np.atleast_2d(x), dtype=np.float64)


def _empty(x: FloatArray) -> FloatArray:
    return np.full(np.atleast_2d(x).shape, np.nan)


def _window(function: str, n: int, least: int) -> int:
    if n != int(n) or n < least:
        raise WindowError(f"{function} needs a whole number of bars, {least} or more, not {n:g}.", function=function)
    return int(n)
