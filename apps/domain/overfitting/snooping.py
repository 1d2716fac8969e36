"""White's reality check and Hansen's test of superior predictive ability.

White, "A reality check for data snooping", Econometrica 68(5), 2000; Hansen, "A test for superior predictive ability",
Journal of Business and Economic Statistics 23(4), 2005.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.domain.overfitting.bootstrap import stationary_bootstrap
from apps.domain.overfitting.errors import OverfittingInputError
from apps.domain.values.panel import FloatArray


@dataclass(frozen=True, slots=True)
class SuperiorAbility:
    """Probabilities of the best mean under no ability: Hansen's lower, consistent and upper, and White's reality check
    (the upper one without studentising)."""

    lower: float
    consistent: float
    upper: float
    reality_check: float


def superior_predictive_ability(
    excess: FloatArray, *, mean_block: float, n_samples: int = 1000, seed: int = 0
) -> SuperiorAbility:
    """`excess` has shape (n_observations, n_trials): returns of each trial less those of the benchmark.

    The variance of each mean is that of the stationary bootstrap itself, as in Hansen's equation for its kernel.
    """
    n, n_trials = excess.shape
    if n < 10 or n_trials < 1:
        raise OverfittingInputError("Ten or more observations of one or more trials are needed.", n=n)
    mean = excess.mean(axis=0)
    deviation = _deviation(excess, mean_block)
    indices = stationary_bootstrap(n, mean_block=mean_block, n_samples=n_samples, seed=seed)
    means = np.stack([excess[row].mean(axis=0) for row in indices])
    scaled = np.sqrt(n) * mean / deviation
    best = max(float(scaled.max()), 0.0)
    bound = -np.sqrt(2.0 * np.log(np.log(n)))
    centres = {
        "lower": np.maximum(mean, 0.0),
        "consistent": np.where(scaled >= bound, mean, 0.0),
        "upper": mean,
    }
    values = {
        name: float(np.mean(np.maximum((np.sqrt(n) * (means - centre) / deviation).max(axis=1), 0.0) > best))
        for name, centre in centres.items()
    }
    plain = np.sqrt(n) * (means - mean)
    check = float(np.mean(plain.max(axis=1) > float((np.sqrt(n) * mean).max())))
    return SuperiorAbility(**values, reality_check=check)


def _deviation(excess: FloatArray, mean_block: float) -> FloatArray:
    """Square root of the long-run variance, with the kernel of the stationary bootstrap (Politis and Romano 1994)."""
    n = len(excess)
    less = excess - excess.mean(axis=0)
    variance = (less**2).mean(axis=0)
    stop = 1.0 / mean_block
    for lag in range(1, n):
        weight = (n - lag) / n * (1.0 - stop) ** lag + lag / n * (1.0 - stop) ** (n - lag)
        if weight < 1e-12 and lag < n / 2:
            continue
        variance = variance + 2.0 * weight * (less[lag:] * less[:-lag]).sum(axis=0) / n
    floor = 1e-30 + 1e-12 * (less**2).mean(axis=0)
    return np.asarray(np.sqrt(np.maximum(variance, floor)))
