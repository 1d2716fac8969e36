"""Whether the best of a sweep stands on a plateau or on a needle."""

from __future__ import annotations

from itertools import product

import numpy as np

from apps.domain.overfitting.errors import OverfittingInputError
from apps.domain.values.panel import FloatArray


def plateau_score(values: FloatArray, *, share: float = 0.8) -> float:
    """The share of the neighbours of the best point that keep at least `share` of its value, from 0 to 1.

    `values` has one axis per parameter, in the order of its grid, higher is better; neighbours are one step away in any
    of the parameters, or in several. Undefined neighbours do not keep. NaN where the best is not above zero: there is
    no plateau to stand on. One when the grid is a single point.
    """
    if not values.size or np.all(np.isnan(values)):
        raise OverfittingInputError("A sweep without a defined value has no best point.")
    best = np.unravel_index(int(np.nanargmax(values)), values.shape)
    top = float(values[best])
    if not top > 0.0:
        return float("nan")
    kept = n = 0
    for step in product((-1, 0, 1), repeat=values.ndim):
        place = tuple(int(at) + move for at, move in zip(best, step, strict=True))
        if not any(step) or any(not 0 <= at < size for at, size in zip(place, values.shape, strict=True)):
            continue
        n += 1
        kept += bool(values[place] >= share * top)
    return kept / n if n else 1.0
