"""Measures of loss and of gain for it, beside the historical ones: by a distribution, by quantiles, by drawdowns."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from apps.domain.metrics._distribution import excess_kurtosis, skewness
from apps.domain.metrics._returns import DAYS_PER_YEAR, FLAT, beta, drawdown_curve, monthly_series
from apps.domain.values.panel import DayArray, FloatArray

TAIL = 0.05
"""The part of days that value at risk and expected shortfall look at."""

_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(TAIL)


def value_at_risk_95_normal(returns: FloatArray) -> float | None:
    """The 5 % quantile of a normal distribution with the mean and the population deviation of the daily returns.

    One day; negative is a loss (RiskMetrics Technical Document 1996, with the mean). None with fewer than two days.
    """
    return float(np.mean(returns) + _Z * np.std(returns)) if len(returns) > 1 else None


def expected_shortfall_95_normal(returns: FloatArray) -> float | None:
    """The mean of the worst 5 % of a normal distribution with the mean and the population deviation of the daily returns.

    One day; negative is a loss (McNeil, Frey and Embrechts 2005). None with fewer than two days.
    """
    return float(np.mean(returns) - _NORMAL.pdf(_Z) / TAIL * np.std(returns)) if len(returns) > 1 else None


def value_at_risk_95_modified(returns: FloatArray) -> float | None:
    """The 5 % quantile of daily returns by Cornish and Fisher's expansion; negative is a loss.

    Favre and Galeano, "Mean-modified value-at-risk optimization with hedge funds", Journal of Alternative Investments 5(2),
    2002, with population moments. The expansion holds near the normal distribution: beyond a skewness of 2.5 or an excess
    kurtosis of 8, and often sooner, it is no longer a quantile function (Maillard 2012). None when the returns do not vary.
    """
    third, fourth = skewness(returns), excess_kurtosis(returns)
    if third is None or fourth is None:
        return None
    return float(np.mean(returns) + _cornish_fisher(third, fourth) * np.std(returns))


def expected_shortfall_95_modified(returns: FloatArray) -> float | None:
    """The mean of daily returns below the modified value at risk, by Edgeworth's expansion; negative is a loss.

    Boudt, Peterson and Croux, "Estimation and decomposition of downside risk for portfolios with non-normal returns",
    Journal of Risk 11(2), 2008, with population moments. Where the expansion gives less of a loss than the value at risk it
    is that. None when the returns do not vary.
    """
    third, fourth = skewness(returns), excess_kurtosis(returns)
    if third is None or fourth is None:
        return None
    quantile = _cornish_fisher(third, fourth)
    return float(np.mean(returns) + min(_edgeworth_tail(quantile, third, fourth), quantile) * np.std(returns))


def _cornish_fisher(third: float, fourth: float) -> float:
    """The 5 % quantile of a standardised variable with this skewness and excess kurtosis."""
    skewed = (_Z**2 - 1.0) * third / 6.0 - (2.0 * _Z**3 - 5.0 * _Z) * third**2 / 36.0
    return _Z + skewed + (_Z**3 - 3.0 * _Z) * fourth / 24.0


def _edgeworth_tail(g: float, third: float, fourth: float) -> float:
    """The mean of a standardised variable below `g` over the 5 % tail, to second order in Edgeworth's expansion.

    With He the probabilists' Hermite polynomials, the density is φ(1 + s He3/6 + k He4/24 + s² He6/72), and the integral of
    x He_n(x) φ(x) below g is -(g He_{n-1}(g) + He_{n-2}(g)) φ(g), as that of He_n φ is -He_{n-1} φ.
    """
    first = g**3  # g He2 + He1
    second = g**4 - 2.0 * g**2 - 1.0  # g He3 + He2
    third_square = g**6 - 9.0 * g**4 + 9.0 * g**2 + 3.0  # g He5 + He4
    return (
        -_NORMAL.pdf(g) / TAIL * (1.0 + first * third / 6.0 + second * fourth / 24.0 + third_square * third**2 / 72.0)
    )


def omega_ratio(returns: FloatArray) -> float | None:
    """The sum of the daily gains over the sum of the daily losses: Omega at threshold 0 (Keating and Shadwick 2002).

    At 0 it is the ratio of Bernardo and Ledoit (2000). None when no day lost.
    """
    lost = -float(returns[returns < 0.0].sum())
    return float(returns[returns > 0.0].sum()) / lost if lost > 0.0 else None


def treynor_ratio(returns: FloatArray, benchmark: FloatArray) -> float | None:
    """Mean daily return times 252, not compounded, over beta; risk-free rate 0 (Treynor 1965). None without beta."""
    slope = beta(returns, benchmark)
    return None if slope is None or abs(slope) <= FLAT else float(np.mean(returns) * DAYS_PER_YEAR / slope)


def tail_ratio(returns: FloatArray) -> float | None:
    """The size of the 95 % quantile of daily returns over that of the 5 % quantile; None when the latter is 0."""
    if not len(returns):
        return None
    low, high = np.abs(np.quantile(returns, (TAIL, 1.0 - TAIL)))
    return float(high / low) if low > FLAT else None


def pain_index(equity: FloatArray) -> float | None:
    """Mean size of the daily drawdowns, a fraction (Becker 2006; Bacon 2008)."""
    return float(-np.mean(drawdown_curve(equity))) if len(equity) else None


def sample_skewness(returns: FloatArray) -> float | None:
    """Adjusted Fisher-Pearson skewness of daily returns: unbiased if they were normal (G1 of Joanes and Gill 1998)."""
    n, third = len(returns), skewness(returns)
    return None if third is None or n < 3 else float(third * np.sqrt(n * (n - 1)) / (n - 2))


def sample_excess_kurtosis(returns: FloatArray) -> float | None:
    """Excess kurtosis of daily returns, unbiased if they were normal (G2 of Joanes and Gill 1998)."""
    n, fourth = len(returns), excess_kurtosis(returns)
    return None if fourth is None or n < 4 else (n - 1) * ((n + 1) * fourth + 6.0) / ((n - 2) * (n - 3))


def winning_days(returns: FloatArray) -> float | None:
    """Fraction of the days with a return above 0; a day without a return is not won."""
    return float(np.mean(returns > 0.0)) if len(returns) else None


def winning_months(days: DayArray, equity: FloatArray) -> float | None:
    """Fraction of calendar months with a return above 0; partial first and last months count."""
    return float(np.mean(monthly_series(days, equity)[1] > 0.0)) if len(equity) > 1 else None
