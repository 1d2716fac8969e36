"""Rolling least squares of one series on up to five others, with an intercept."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.domain.indicators.operators import FloatArray, Operator, WindowError, aligned, window


def _regressed(function: str, what: str, arguments: tuple[Any, ...], n_windows: int = 1) -> FloatArray:
    from apps.domain.indicators import _regression_kernels  # noqa: PLC0415 -- slow import

    series, windows = arguments[:-n_windows], [int(n) for n in arguments[-n_windows:]]
    rows, shape = aligned(*series)
    n = window(function, windows[0], len(rows) + 1)
    lookback, skip = (windows[1], windows[2]) if n_windows > 1 else (n, 0)
    if not 0 <= skip < lookback <= n:
        raise WindowError(f"{function} needs a skip below its lookback, and both within its window.", function=function)
    out = np.full(rows[0].shape, np.nan)
    kind = getattr(_regression_kernels, what)
    for s in range(len(out)):
        block = np.stack([one[s] for one in rows])
        at = np.flatnonzero(~np.isnan(block).any(axis=0))
        packed = np.full(len(at), np.nan)
        _regression_kernels.regress(np.ascontiguousarray(block[:, at]), n, kind, lookback, skip, packed)
        out[s, at] = np.where(np.isfinite(packed), packed, np.nan)
    return out.reshape(shape)


def beta(*arguments: Any) -> FloatArray:
    """Slope on the first explaining series: beta(y, x1, …, n)."""
    return _regressed("beta", "BETA", arguments)


def alpha(*arguments: Any) -> FloatArray:
    """Intercept per bar."""
    return _regressed("alpha", "ALPHA", arguments)


def residual(*arguments: Any) -> FloatArray:
    """The latest value minus what the regression fits."""
    return _regressed("residual", "RESIDUAL", arguments)


def r_squared(*arguments: Any) -> FloatArray:
    """Share of the variance that the regression explains; undefined where nothing varies."""
    return _regressed("r_squared", "R_SQUARED", arguments)


def idiosyncratic_volatility(*arguments: Any) -> FloatArray:
    """Deviation (n - k - 1) of the residuals, times the square root of 252."""
    return _regressed("idiosyncratic_volatility", "DEVIATION", arguments)


def idiosyncratic_skewness(*arguments: Any) -> FloatArray:
    """Adjusted skewness of the residuals."""
    return _regressed("idiosyncratic_skewness", "SKEWNESS", arguments)


def residual_momentum(*arguments: Any) -> FloatArray:
    """Mean over deviation of the residuals from the lookback to the skip (Blitz, Huij and Martens 2011)."""
    return _regressed("residual_momentum", "MOMENTUM", arguments, 3)


REGRESSION_OPERATORS = tuple(
    Operator(function.__name__, function)
    for function in (
        beta, alpha, residual, r_squared, idiosyncratic_volatility, idiosyncratic_skewness, residual_momentum,
    )
)  # fmt: skip
