"""How sure a Sharpe ratio is, given its length, its shape and the number of things that were tried."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

from apps.domain.errors import DomainError
from apps.domain.values.panel import FloatArray

EULER_MASCHERONI = 0.5772156649015329


class SharpeInputError(DomainError):
    """Numbers from which no probability of a Sharpe ratio follows."""

    code = "sharpe_input"


def probabilistic_sharpe(*, sharpe: float, n: int, skewness: float, kurtosis: float, against: float = 0.0) -> float:
    """Probability that the true Sharpe ratio exceeds `against`.

    Both ratios are per observation, not annualised; `n` counts observations, `kurtosis` is 3 for a normal
    distribution. Formula: Bailey and López de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15(2),
    2012, equation 9. Raises SharpeInputError with fewer than two observations or moments that no sample can have.
    """
    spread = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    if n < 2 or not spread > 0.0:
        raise SharpeInputError("A Sharpe ratio needs two or more returns with a spread. Lengthen the window.", n=n)
    return float(ndtr((sharpe - against) * math.sqrt(n - 1) / math.sqrt(spread)))


def expected_max_sharpe(*, n_trials: int, variance: float) -> float:
    """The Sharpe ratio that the best of `n_trials` worthless strategies is expected to show.

    `variance` is that of the Sharpe ratios over the trials, per observation; 0 for a single trial. Formula: Bailey and
    López de Prado, "The deflated Sharpe ratio", Journal of Portfolio Management 40(5), 2014, equation 1.
    """
    if n_trials < 1 or variance < 0.0:
        raise SharpeInputError(
            "The number of trials must be 1 or more and their variance not negative.", n_trials=n_trials
        )
    if n_trials == 1:
        return 0.0
    first, second = ndtri(1.0 - 1.0 / n_trials), ndtri(1.0 - 1.0 / (n_trials * math.e))
    return float(math.sqrt(variance) * ((1.0 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second))


def deflated_sharpe(
    *, sharpe: float, n: int, skewness: float, kurtosis: float, n_trials: int, variance: float | None = None
) -> float:
    """Probability that the true Sharpe ratio exceeds what the best of `n_trials` would show by luck.

    Without a measured `variance` over the trials, that of the estimator under a true ratio of zero, 1 / (n - 1), is
    taken. With one trial it is the probabilistic Sharpe ratio against zero. Source: as expected_max_sharpe, equation 2.
    """
    if n < 2:
        raise SharpeInputError("A Sharpe ratio needs two or more returns with a spread. Lengthen the window.", n=n)
    luck = expected_max_sharpe(n_trials=n_trials, variance=1.0 / (n - 1) if variance is None else variance)
    return probabilistic_sharpe(sharpe=sharpe, n=n, skewness=skewness, kurtosis=kurtosis, against=luck)


def moments(returns: FloatArray) -> tuple[float, float, float] | None:
    """Sharpe ratio per observation (ddof 1), skewness and kurtosis (population, normal 3); None without a spread."""
    if len(returns) < 2 or np.ptp(returns) <= 1e-14:
        return None
    centred = returns - returns.mean()
    second = float(np.mean(centred**2))
    skewness = float(np.mean(centred**3)) / second**1.5
    kurtosis = float(np.mean(centred**4)) / second**2
    return float(returns.mean() / returns.std(ddof=1)), skewness, kurtosis
