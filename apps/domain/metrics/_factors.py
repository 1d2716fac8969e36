"""Returns explained by factors: ordinary least squares with standard errors that survive autocorrelation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.metrics._returns import DAYS_PER_YEAR, FLAT
from apps.domain.values.panel import FloatArray


class FactorSeriesError(DomainError):
    """Factors that cannot be set against the returns: none given, of another length, or a lag that does not exist."""

    code = "factor_series"


@dataclass(frozen=True, slots=True)
class FactorRegression:
    """Returns on a constant and factors, daily or of another frequency.

    `alpha` is the constant times 252, or times the periods of a year that were given, not compounded; `alpha_t` and
    `t_statistics` are by Newey and West with `lags` lags, None where the standard error is 0; `residual_volatility` has
    n - n_factors - 1 degrees of freedom and is times √252 likewise; `adjusted_r_squared` is for as many; both are None for
    returns that do not vary. `n` counts the periods used.
    """

    alpha: float
    alpha_t: float | None
    betas: Mapping[str, float]
    t_statistics: Mapping[str, float | None]
    r_squared: float | None
    adjusted_r_squared: float | None
    residual_volatility: float
    lags: int
    n: int


def factor_regression(
    returns: FloatArray,
    factors: Mapping[str, FloatArray],
    *,
    lags: int | None = None,
    periods_per_year: int = DAYS_PER_YEAR,
) -> FactorRegression | None:
    """Regress daily returns on daily factor returns; give excess returns where the factors are excess returns.

    Returns of another frequency say how many make a year: 12 for months.

    Ordinary least squares; t statistics from the covariance of Newey and West (Econometrica 55, 1987): Bartlett kernel, no
    correction for small samples. Without `lags` there are floor(4 (n/100)^(2/9)), the rule of Newey and West (1994). Days on
    which the return or a factor is NaN are left out. None with no more days than coefficients, or when the factors leave
    the coefficients undetermined (one constant, or a sum of the others).
    """
    known, design = _observations(returns, factors, lags)
    n, n_coefficients = design.shape
    scale = np.sqrt(np.mean(design * design, axis=0)) if n else np.ones(n_coefficients)
    scale = np.where(scale > 0.0, scale, 1.0)  # else a factor in basis points looks constant
    scaled = design / scale
    if n <= n_coefficients or np.linalg.matrix_rank(scaled, tol=_RANK * np.sqrt(n)) < n_coefficients:
        return None
    used = _default_lags(n) if lags is None else lags
    inverse = np.linalg.inv(scaled.T @ scaled)
    fitted = inverse @ scaled.T @ known
    residuals = known - scaled @ fitted
    error = np.sqrt(np.maximum(np.diag(inverse @ _long_run(scaled * residuals[:, None], used) @ inverse), 0.0))
    t = [float(c / e) if e > FLAT else None for c, e in zip(fitted, error, strict=True)]
    coefficients = fitted / scale
    explained, adjusted = _fit(known, residuals, n_coefficients)
    return FactorRegression(
        alpha=float(coefficients[0] * periods_per_year),
        alpha_t=t[0],
        betas=MappingProxyType(dict(zip(factors, map(float, coefficients[1:]), strict=True))),
        t_statistics=MappingProxyType(dict(zip(factors, t[1:], strict=True))),
        r_squared=explained,
        adjusted_r_squared=adjusted,
        residual_volatility=float(np.sqrt(residuals @ residuals / (n - n_coefficients) * periods_per_year)),
        lags=used,
        n=n,
    )


def _observations(
    returns: FloatArray, factors: Mapping[str, FloatArray], lags: int | None
) -> tuple[FloatArray, FloatArray]:
    """The known returns, and a constant and the factors as columns."""
    if not factors:
        raise FactorSeriesError("A regression needs one factor or more.")
    if lags is not None and lags < 0:
        raise FactorSeriesError(f"A regression needs 0 or more lags, not {lags}.", lags=lags)
    for name, series in factors.items():
        if len(series) != len(returns):
            raise FactorSeriesError(
                f"Factor {name} has {len(series)} days and the returns have {len(returns)}.", factor=name
            )
    design = np.column_stack([np.ones(len(returns)), *factors.values()])
    known = np.isfinite(returns) & np.isfinite(design).all(axis=1)
    return returns[known], design[known]


def _default_lags(n: int) -> int:
    return int(4.0 * (n / 100.0) ** (2.0 / 9.0))


def _long_run(scores: FloatArray, lags: int) -> FloatArray:
    """Sum of the autocovariances of the scores, weighted down linearly to zero at lags + 1."""
    total: FloatArray = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        total = total + (1.0 - lag / (lags + 1.0)) * (cross + cross.T)
    return total


def _fit(known: FloatArray, residuals: FloatArray, n_coefficients: int) -> tuple[float | None, float | None]:
    """R squared and adjusted R squared; None for returns that do not vary."""
    if np.ptp(known) <= FLAT:
        return None, None
    n, centred = len(known), known - known.mean()
    explained = 1.0 - float(residuals @ residuals) / float(centred @ centred)
    return explained, 1.0 - (1.0 - explained) * (n - 1) / (n - n_coefficients)


_RANK = 1e-10
"""A direction of the scaled factors that varies less than this is rounding noise."""
