"""What every function of the formula grammar is computed by, and the rules they share.

Series are float64 of shape (n_rows, n_days), NaN where undefined; one row stands for a series that is the same for every
instrument. Bars are counted per instrument: a day on which an input is undefined is skipped, and undefined in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.domain.errors import DomainError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


class WindowError(DomainError):
    """A window that no bars can fill."""

    code = "indicator_window"


class SeriesShapeError(DomainError):
    """Two series that do not stand on the same instruments and days."""

    code = "indicator_shape"


@dataclass(frozen=True, slots=True)
class Operator:
    """One function that formulas may call, its arguments in the order of the formula: series and conditions as arrays,
    durations as whole bars, numbers as floats. With `members` it also takes who counts in a cross-section."""

    name: str
    function: Callable[..., FloatArray]
    members: bool = False


def operators(functions: Mapping[str, Callable[..., Any]]) -> tuple[Operator, ...]:
    """An operator for each function by its name in formulas."""
    return tuple(Operator(name, function) for name, function in functions.items())


def window(function: str, n: float, least: int = 1) -> int:
    """A whole number of bars, `least` or more; raises WindowError."""
    if n != int(n) or n < least:
        raise WindowError(f"{function} needs a whole number of bars, {least} or more, not {n:g}.", function=function)
    return int(n)


def aligned(*series: Any) -> tuple[list[FloatArray], tuple[int, ...]]:
    """The series as contiguous rows of one shape, and the shape in which the caller spoke."""
    arrays = [np.asarray(one, dtype=np.float64) for one in series]
    first = arrays[0]
    if first.ndim == 2 and all(one.shape == first.shape and one.flags.c_contiguous for one in arrays):
        return arrays, first.shape
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        listed = " and ".join(str(array.shape) for array in arrays)
        raise SeriesShapeError(f"Series must stand on the same instruments and days, not shapes {listed}.") from None
    if not shape:
        raise SeriesShapeError("A series is needed, not single numbers.")
    return [np.ascontiguousarray(np.atleast_2d(np.broadcast_to(array, shape))) for array in arrays], shape


def per_instrument(kernel: Callable[..., None], series: tuple[Any, ...], *settings: Any) -> FloatArray:
    """Apply a compiled loop `kernel(*values, *settings, out)` to the bars of each instrument on which all are defined."""
    rows, shape = aligned(*series)
    out = np.full(rows[0].shape, np.nan)
    defined = ~np.isnan(rows[0])
    for other in rows[1:]:
        defined &= ~np.isnan(other)
    for s in range(len(out)):
        if defined[s].all():
            kernel(*(one[s] for one in rows), *settings, out[s])
            continue
        at = np.flatnonzero(defined[s])
        packed = np.full(len(at), np.nan)
        kernel(*(one[s][at] for one in rows), *settings, packed)
        out[s, at] = packed
    return finite(out).reshape(shape)


def finite(values: FloatArray) -> FloatArray:
    """NaN for what is not finite."""
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values
