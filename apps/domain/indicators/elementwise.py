"""Functions of the values of one bar, and conditions over bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from apps.domain.indicators._indicators import crosses_above, crosses_below, lag
from apps.domain.indicators.operators import FloatArray, WindowError, finite, operators, per_instrument, window
from apps.domain.indicators.trailing import highest, lowest, total


def _quiet(function: Callable[..., Any], *values: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        return finite(np.asarray(function(*values), dtype=np.float64))


def log(x: FloatArray) -> FloatArray:
    """The natural logarithm; undefined at zero and below."""
    return _quiet(np.log, np.where(x > 0.0, x, np.nan))


def exp(x: FloatArray) -> FloatArray:
    """The exponential; undefined where it overflows."""
    return _quiet(np.exp, x)


def sqrt(x: FloatArray) -> FloatArray:
    """The square root; undefined below zero."""
    return _quiet(np.sqrt, np.where(x >= 0.0, x, np.nan))


def power(x: FloatArray, y: FloatArray) -> FloatArray:
    """x to the power of y; undefined where that is not a finite real number."""
    return _quiet(np.power, x, y)


def signed_power(x: FloatArray, y: FloatArray) -> FloatArray:
    """sign(x) times |x| to the power of y."""
    return _quiet(lambda a, b: np.sign(a) * np.power(np.abs(a), b), x, y)


def clip(x: FloatArray, low: float, high: float) -> FloatArray:
    """x held between two numbers."""
    if low > high:
        raise WindowError(f"clip holds a value between a lower and a higher number, not {low:g} and {high:g}.")
    return np.clip(x, low, high)


def if_else(condition: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """x where the condition is true, y where it is false, undefined where it is."""
    return np.where(np.isnan(condition), np.nan, np.where(condition == 1.0, x, y))


def coalesce(x: FloatArray, y: FloatArray) -> FloatArray:
    """x where it is defined, else y."""
    return np.where(np.isnan(x), y, x)


def is_defined(x: FloatArray) -> FloatArray:
    """1 where x is defined, else 0."""
    return np.asarray(~np.isnan(x), dtype=np.float64)


def _steps(x: FloatArray, sign: float) -> FloatArray:
    change = sign * (x - lag(x, 1))
    return np.where(np.isnan(change), np.nan, change > 0.0)


def rising(x: FloatArray, n: int) -> FloatArray:
    """1 where each of the last n changes was above zero."""
    return lowest(_steps(x, 1.0), window("rising", n))


def falling(x: FloatArray, n: int) -> FloatArray:
    """1 where each of the last n changes was below zero."""
    return lowest(_steps(x, -1.0), window("falling", n))


def count_true(condition: FloatArray, n: int) -> FloatArray:
    """Bars among the last n on which the condition was true."""
    return total(condition, window("count_true", n))


def all_true(condition: FloatArray, n: int) -> FloatArray:
    """1 where the condition was true on each of the last n bars."""
    return lowest(condition, window("all_true", n))


def any_true(condition: FloatArray, n: int) -> FloatArray:
    """1 where the condition was true on one of the last n bars."""
    return highest(condition, window("any_true", n))


def bars_since(condition: FloatArray) -> FloatArray:
    """Bars since the condition was last true, 0 on that bar; undefined before."""
    from apps.domain.indicators import _trailing_kernels  # noqa: PLC0415 -- slow import

    return per_instrument(_trailing_kernels.since, (condition,))


def value_when(x: FloatArray, condition: FloatArray) -> FloatArray:
    """x on the latest bar on which the condition was true; undefined before."""
    from apps.domain.indicators import _trailing_kernels  # noqa: PLC0415 -- slow import

    return per_instrument(_trailing_kernels.held, (x, condition))


ELEMENTWISE_OPERATORS = operators(
    {
        "abs": np.abs, "sign": np.sign, "log": log, "exp": exp, "sqrt": sqrt, "power": power,
        "signed_power": signed_power, "min": np.minimum, "max": np.maximum, "clip": clip, "if_else": if_else,
        "coalesce": coalesce,
    }
)  # fmt: skip
LOGIC_OPERATORS = operators(
    {
        "crosses_above": crosses_above, "crosses_below": crosses_below, "rising": rising, "falling": falling,
        "count_true": count_true, "all_true": all_true, "any_true": any_true, "bars_since": bars_since,
        "value_when": value_when, "is_defined": is_defined,
    }
)  # fmt: skip
