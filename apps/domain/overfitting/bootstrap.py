"""The stationary bootstrap of Politis and Romano, "The stationary bootstrap", JASA 89, 1994."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from apps.domain.overfitting.errors import OverfittingInputError
from apps.domain.values.panel import FloatArray


def stationary_bootstrap(
    n: int, *, mean_block: float, n_samples: int, seed: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Indices of shape (n_samples, n): blocks of geometric length with the given mean, wrapped around the end."""
    if n < 1 or n_samples < 1 or mean_block < 1.0:
        raise OverfittingInputError("A bootstrap needs observations, samples and blocks of one or more.", n=n)
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, n, (n_samples, n))
    fresh = rng.random((n_samples, n)) < 1.0 / mean_block
    fresh[:, 0] = True
    place = np.broadcast_to(np.arange(n), fresh.shape)
    begun = np.maximum.accumulate(np.where(fresh, place, 0), axis=1)
    first = np.take_along_axis(starts, begun, axis=1)
    return np.asarray((first + place - begun) % n, dtype=np.int64)


def bootstrap_interval(
    returns: FloatArray,
    measure: Callable[[FloatArray], float],
    *,
    mean_block: float,
    n_samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """The percentile interval of a measure of returns; dependence up to about `mean_block` observations is kept."""
    indices = stationary_bootstrap(len(returns), mean_block=mean_block, n_samples=n_samples, seed=seed)
    values = np.array([measure(returns[row]) for row in indices])
    tail = (1.0 - level) / 2.0
    low, high = np.nanquantile(values, [tail, 1.0 - tail])
    return float(low), float(high)
