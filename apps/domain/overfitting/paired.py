"""Two or more runs over the same days: what differs between them, and how much of that is chance.

The interval is that of the stationary bootstrap with the same blocks drawn for every run, so that what moved all of them
cancels. The test of Sharpe ratios is Jobson and Korkie, "Performance hypothesis testing with the Sharpe and Treynor
measures", Journal of Finance 36(4), 1981, with the variance of Memmel, "Performance hypothesis testing with the Sharpe
ratio", Finance Letters 1(1), 2003.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.domain.metrics import DAYS_PER_YEAR
from apps.domain.overfitting.bootstrap import stationary_bootstrap
from apps.domain.overfitting.errors import OverfittingInputError
from apps.domain.values.panel import FloatArray

MEASURES = ("annual_return", "annual_volatility", "sharpe_ratio")
"""What differences have an interval; conventions are those of METRICS."""
LEAST_RETURNS = 60
_AT_ONCE = 100
_ALL_LOST = -1.0 + 1e-12


@dataclass(frozen=True, slots=True)
class PairedInterval:
    """A difference with its bootstrap interval; `low` and `high` are None when too few samples define it."""

    difference: float | None
    low: float | None
    high: float | None

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)


@dataclass(frozen=True, slots=True)
class SharpeTest:
    """z of the difference of two Sharpe ratios, and the two-sided probability of as much under equal ones.

    Both are None when a run does not vary, or the two are the same up to scale.
    """

    z: float | None
    p_value: float | None


def paired_intervals(
    returns: FloatArray,
    /,
    *,
    first: int,
    second: int,
    mean_block: float,
    level: float,
    n_samples: int = 1000,
    seed: int = 1,
) -> dict[str, PairedInterval]:
    """Row `first` minus row `second` in each of MEASURES. `returns` has shape (n_runs, n_days): daily simple returns.

    Percentile intervals. Raises OverfittingInputError.
    """
    drawn = bootstrap_measures(returns, mean_block=mean_block, n_samples=n_samples, seed=seed)
    return intervals_of(returns, drawn, first=first, second=second, level=level)


def intervals_of(
    returns: FloatArray, drawn: FloatArray, /, *, first: int, second: int, level: float
) -> dict[str, PairedInterval]:
    """The same from samples that were drawn once for many pairs."""
    observed = _measures(np.ones((1, returns.shape[1])), returns)[0]
    tail = (1.0 - level) / 2.0
    found = {}
    for place, name in enumerate(MEASURES):
        found[name] = _interval(
            float(observed[first, place] - observed[second, place]),
            drawn[:, first, place] - drawn[:, second, place],
            tail,
        )
    return found


def bootstrap_measures(
    returns: FloatArray, /, *, mean_block: float, n_samples: int = 1000, seed: int = 1
) -> FloatArray:
    """MEASURES of every run in every sample, of shape (n_samples, n_runs, 3); a sample takes the same days of each run.

    Sample k comes from `seed` + k // 100. Raises OverfittingInputError for fewer than sixty returns.
    """
    n = returns.shape[1]
    if n < LEAST_RETURNS:
        raise OverfittingInputError(
            f"A paired comparison needs {LEAST_RETURNS} common returns or more; there are {n}.", n=n
        )
    return np.concatenate(
        [_measures(weights, returns) for weights in _weights(n, mean_block=mean_block, n_samples=n_samples, seed=seed)]
    )


def sharpe_difference_test(one: FloatArray, other: FloatArray, /) -> SharpeTest:
    """Whether the Sharpe ratio of `one` is above (z > 0) that of `other`: daily simple returns of the same days.

    Assumes independent normal returns; the bootstrap interval does not.
    """
    n = len(one)
    if n < 2 or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return SharpeTest(None, None)
    a, b = (float(np.mean(r) / np.std(r, ddof=1)) for r in (one, other))
    rho = float(np.corrcoef(one, other)[0, 1])
    variance = (2.0 * (1.0 - rho) + 0.5 * (a * a + b * b - 2.0 * a * b * rho * rho)) / n
    if variance <= 1e-18:
        return SharpeTest(None, None)
    z = (a - b) / math.sqrt(variance)
    return SharpeTest(z, math.erfc(abs(z) / math.sqrt(2.0)))


def _weights(n: int, *, mean_block: float, n_samples: int, seed: int) -> Iterator[FloatArray]:
    """How often each day was drawn, a hundred samples at a time: the measures depend on a sample by no more than that."""
    for start in range(0, n_samples, _AT_ONCE):
        rows = min(_AT_ONCE, n_samples - start)
        indices = stationary_bootstrap(n, mean_block=mean_block, n_samples=rows, seed=seed + start // _AT_ONCE)
        flat = (indices + n * np.arange(rows)[:, None]).ravel()
        yield np.bincount(flat, minlength=rows * n).reshape(rows, n).astype(np.float64)


def _measures(weights: FloatArray, returns: FloatArray) -> FloatArray:
    n = returns.shape[1]
    total, mean = weights @ np.log1p(np.maximum(returns, _ALL_LOST)).T, weights @ returns.T / n
    centre = returns.mean(axis=1)
    about = weights @ ((returns - centre[:, None]) ** 2).T / n - (mean - centre) ** 2  # stable: squares about the mean
    deviation = np.sqrt(np.maximum(about, 0.0) * n / (n - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        sharpe = np.where(deviation > 1e-12, mean / deviation, np.nan) * math.sqrt(DAYS_PER_YEAR)
    growth = np.expm1(total * (DAYS_PER_YEAR / n))
    return np.stack([growth, deviation * math.sqrt(DAYS_PER_YEAR), sharpe], axis=-1)


def _interval(difference: float, drawn: FloatArray, tail: float) -> PairedInterval:
    defined = drawn[np.isfinite(drawn)]
    if not math.isfinite(difference):
        return PairedInterval(None, None, None)
    if len(defined) < 0.9 * len(drawn):
        return PairedInterval(difference, None, None)
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return PairedInterval(difference, float(low), float(high))
