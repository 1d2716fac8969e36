"""How long a record must be before it says something."""

from __future__ import annotations

import math

from scipy.special import ndtri

from apps.domain.overfitting.errors import OverfittingInputError

EULER_MASCHERONI = 0.5772156649015329


def minimum_track_record(
    *, sharpe: float, against: float, skewness: float = 0.0, kurtosis: float = 3.0, confidence: float = 0.95
) -> float:
    """Observations needed before `sharpe` exceeds `against` with `confidence`.

    Both ratios are per observation; `kurtosis` is 3 for a normal distribution. Infinite when the ratio is not above.
    Formula: Bailey and López de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15(2), 2012, equation 11.
    """
    if not 0.0 < confidence < 1.0:
        raise OverfittingInputError("A confidence lies between 0 and 1.", confidence=confidence)
    if sharpe <= against:
        return math.inf
    spread = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    return float(1.0 + spread * (ndtri(confidence) / (sharpe - against)) ** 2)


def minimum_backtest_length(*, n_trials: int, sharpe: float = 1.0) -> float:
    """Years of data below which the best of `n_trials` worthless strategies is expected to reach an annual `sharpe`.

    Formula: Bailey, Borwein, López de Prado and Zhu, "Pseudo-mathematics and financial charlatanism", Notices of the AMS
    61(5), 2014, theorem 2, with the expected maximum of equation 4.
    """
    if n_trials < 2 or not sharpe > 0.0:
        raise OverfittingInputError("Two or more trials and a Sharpe ratio above zero are needed.", n_trials=n_trials)
    first, second = ndtri(1.0 - 1.0 / n_trials), ndtri(1.0 - 1.0 / (n_trials * math.e))
    expected = (1.0 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second
    return float((expected / sharpe) ** 2)
