"""Indicators: series -> series, each with its warm-up stated. Kernels compile at first use, never at import."""

from apps.domain.indicators._indicators import (
    INDICATORS,
    Indicator,
    SeriesShapeError,
    WindowError,
    absolute,
    crosses_above,
    crosses_below,
    ema,
    higher,
    lag,
    lower,
    rsi,
    sma,
    trailing_return,
)

__all__ = [
    "INDICATORS",
    "Indicator",
    "SeriesShapeError",
    "WindowError",
    "absolute",
    "crosses_above",
    "crosses_below",
    "ema",
    "higher",
    "lag",
    "lower",
    "rsi",
    "sma",
    "trailing_return",
]
