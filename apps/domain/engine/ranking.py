"""Which of several instruments have the highest or lowest values."""

from __future__ import annotations

import numpy as np

from apps.domain.engine.result import BoolArray
from apps.domain.engine.values import Values
from apps.domain.values.panel import FloatArray


def best(
    by: FloatArray, eligible: BoolArray, values: Values, size: str, *, top: bool, groups: FloatArray | None = None
) -> BoolArray:
    """The `size` best of the eligible in each column of `by` (n_symbols, n_columns), a number of them or a fraction.

    A fraction f of m instruments is floor(f m + 0.5), at least one. Ties go in the order of the rows, which is
    alphabetical. Undefined values are not eligible. With `groups`, that many of each group; no group, not eligible.
    """
    able = eligible & np.isfinite(by)
    if groups is None:
        return _best(by, able, _kept(able, values, size), top=top)
    chosen = np.zeros(able.shape, dtype=np.bool_)
    for label in np.unique(groups[np.isfinite(groups)]):
        of_group = able & (groups == label)
        chosen |= _best(by, of_group, _kept(of_group, values, size), top=top)
    return chosen


def _kept(able: BoolArray, values: Values, size: str) -> FloatArray:
    if not values.is_fraction(size):
        return np.full(able.shape[1], float(values.count(size)))
    counted = able.sum(axis=0)
    kept = np.floor(values.number(size, 0.0, 1.0) * counted + 0.5)
    return np.where(counted > 0, np.maximum(kept, 1.0), 0.0)


def _best(by: FloatArray, able: BoolArray, kept: FloatArray, *, top: bool) -> BoolArray:
    from apps.domain.values import _order_kernels as kernels  # noqa: PLC0415 -- slow import

    key = np.ascontiguousarray(np.where(able, -by if top else by, np.inf).T)
    chosen = np.empty(key.shape, dtype=np.bool_)
    kernels.smallest(key, np.ceil(kept).astype(np.int64), chosen)
    return chosen.T
