"""The averages, lags, returns and crossings that most rules are made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from apps.domain.indicators.operators import FloatArray, IntArray, WindowError, aligned, window


def sma(x: FloatArray, n: int) -> FloatArray:
    """Simple moving average of the last `n` bars of each instrument.

    `x` has shape (n_symbols, n_days) or (n_days,). The first n - 1 bars are NaN, and so is every day without a bar;
    bars are counted per instrument, so a halt does not reset the window. n equal bars give exactly their value.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), np.empty(np.atleast_2d(x).shape)
    _kernels.sma(rows, window("sma", n, 1), out)
    return out.reshape(x.shape)


def ema(x: FloatArray, n: int) -> FloatArray:
    """Exponential moving average, alpha 2 / (n + 1), started at the mean of the first `n` bars.

    The first n - 1 bars are NaN, and so is every day without a bar; bars are counted per instrument.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    _kernels.ema(rows, window("ema", n, 1), out)
    return out.reshape(x.shape)


def rsi(x: FloatArray, n: int) -> FloatArray:
    """Relative strength index of Wilder (New Concepts in Technical Trading Systems, 1978), 0 to 100.

    Mean gain and loss start at the mean of the first `n` changes and are smoothed with alpha 1 / n. The first n bars
    are NaN, and so is every day without a bar; 50 when no bar of the history moved.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    _kernels.rsi(rows, window("rsi", n, 1), out)
    return out.reshape(x.shape)


def lag(x: FloatArray, n: int) -> FloatArray:
    """The value `n` bars earlier, n >= 0: the future cannot be asked for.

    The first n bars are NaN, and so is every day without a bar; bars are counted per instrument.
    """
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), _empty(x)
    n = window("lag", n, 0)
    if np.isnan(rows).any():
        _kernels.lagged(rows, n, out)
    else:
        out[:, n:] = rows[:, : max(rows.shape[1] - n, 0)]
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
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    rows, out = _rows(x), np.empty(np.atleast_2d(x).shape)
    window("lag", skip, 0)
    if np.isnan(rows).any():
        _kernels.grown(_rows(lag(rows, skip)), _rows(lag(rows, lookback)), 0, 0, out)
    else:
        _kernels.grown(rows, rows, skip, lookback, out)
    return out.reshape(x.shape)


def crosses_above(a: FloatArray, b: FloatArray | float) -> FloatArray:
    """1 on the bar on which `a` is above `b` after a bar on which it was not (touching counts as not above), else 0.

    NaN on the first bar on which both are defined, and wherever one of them is not. `b` may be a single number.
    """
    return _crosses(a, b, "crosses_above")


def crosses_below(a: FloatArray, b: FloatArray | float) -> FloatArray:
    """1 on the bar on which `a` is below `b` after a bar on which it was not (touching counts as not below), else 0.

    NaN on the first bar on which both are defined, and wherever one of them is not. `b` may be a single number.
    """
    return _crosses(a, b, "crosses_below")


CROSSINGS: Mapping[str, float] = {"crosses_above": 1.0, "crosses_below": -1.0}
"""The functions that look for a crossing, and the sign that the gap has after it."""


def crosses_by_row(
    function: str, a: FloatArray, at_a: IntArray, b: FloatArray, at_b: IntArray, out: FloatArray | npt.NDArray[np.int8]
) -> None:
    """A crossing for each row of `out` (n_rows, n_days), of row at_a[i] of `a` and row at_b[i] of `b`; a row of `b` that is
    one number stands for every bar. Where `out` has a byte a day, -1 is undefined."""
    from apps.domain.indicators import _kernels  # noqa: PLC0415 -- slow import

    _kernels.crosses(a, at_a, b, at_b, CROSSINGS[function], -1 if out.dtype == np.int8 else np.nan, out)


def _crosses(a: FloatArray, b: FloatArray | float, function: str) -> FloatArray:
    if isinstance(b, np.ndarray):
        rows, shape = aligned(a, b)
    else:
        rows, shape = [*aligned(a)[0], np.full((1, 1), b)], a.shape
    out = np.empty(rows[0].shape)
    each = np.arange(len(out))
    crosses_by_row(function, rows[0], each, rows[1], each if len(rows[1]) == len(out) else np.zeros_like(each), out)
    return out.reshape(shape)


def _rows(x: FloatArray) -> FloatArray:
    if x.ndim == 2 and x.dtype == np.float64 and x.flags.c_contiguous:
        return x
    return np.ascontiguousarray(np.atleast_2d(x), dtype=np.float64)


def _empty(x: FloatArray) -> FloatArray:
    out = np.empty(x.shape if x.ndim == 2 else (1, len(x)))
    out.fill(np.nan)
    return out
