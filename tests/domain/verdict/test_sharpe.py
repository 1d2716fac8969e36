"""Probabilities of a Sharpe ratio, held to the examples that the papers print."""

import math

import numpy as np
import pytest
from scipy import stats

from apps.domain.verdict import SharpeInputError, deflated_sharpe, expected_max_sharpe, moments, probabilistic_sharpe


@pytest.mark.parametrize(("skewness", "kurtosis", "published"), [(0.0, 3.0, 0.982), (-2.448, 10.164, 0.913)])
def test_probabilistic_sharpe_gives_the_paper_of_2012(skewness, kurtosis, published):
    """A fund with two years of monthly returns and a ratio of 0.458 a month (1.59 a year)."""
    result = probabilistic_sharpe(sharpe=0.458, n=24, skewness=skewness, kurtosis=kurtosis)

    assert result == pytest.approx(published, abs=0.0006)


def test_expected_maximum_gives_the_paper_of_2014():
    """100 trials whose annual ratios have variance one half, 250 days a year: 0.1132 a day."""
    result = expected_max_sharpe(n_trials=100, variance=1 / (2 * 250))

    assert result == pytest.approx(0.1132, abs=0.00005)


@pytest.mark.parametrize(
    ("n_trials", "skewness", "kurtosis", "published"),
    [(100, -3.0, 10.0, 0.9004), (46, -3.0, 10.0, 0.9505), (88, 0.0, 3.0, 0.9505)],
)
def test_deflated_sharpe_gives_the_paper_of_2014(n_trials, skewness, kurtosis, published):
    """A ratio of 2.5 a year over five years of 250 days."""
    result = deflated_sharpe(
        sharpe=2.5 / math.sqrt(250), n=1250, skewness=skewness, kurtosis=kurtosis, n_trials=n_trials, variance=1 / 500
    )

    assert result == pytest.approx(published, abs=0.0006)


def test_deflated_sharpe_of_one_trial_is_the_probabilistic_one():
    shape = {"sharpe": 0.05, "n": 500, "skewness": -0.5, "kurtosis": 5.0}

    assert deflated_sharpe(**shape, n_trials=1) == probabilistic_sharpe(**shape)


def test_deflated_sharpe_falls_with_every_trial():
    shape = {"sharpe": 0.05, "n": 500, "skewness": -0.5, "kurtosis": 5.0}

    chances = [deflated_sharpe(**shape, n_trials=n) for n in (1, 2, 3, 10, 100, 10_000)]

    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == 6


def test_expected_maximum_of_normal_draws_equals_simulation():
    rng = np.random.default_rng(1)

    simulated = rng.normal(0.0, 0.3, (4000, 200)).max(axis=1).mean()

    assert expected_max_sharpe(n_trials=200, variance=0.09) == pytest.approx(simulated, rel=0.02)


def test_moments_equal_scipy():
    returns = np.random.default_rng(2).standard_t(5, 400) * 0.01

    sharpe, skewness, kurtosis = moments(returns)

    assert sharpe == pytest.approx(returns.mean() / returns.std(ddof=1))
    assert skewness == pytest.approx(stats.skew(returns))
    assert kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False))


def test_moments_of_returns_without_spread_are_none():
    assert moments(np.zeros(50)) is None
    assert moments(np.array([0.1])) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: probabilistic_sharpe(sharpe=0.1, n=1, skewness=0.0, kurtosis=3.0),
        lambda: probabilistic_sharpe(sharpe=1.0, n=10, skewness=5.0, kurtosis=3.0),
        lambda: expected_max_sharpe(n_trials=0, variance=1.0),
        lambda: expected_max_sharpe(n_trials=2, variance=-1.0),
        lambda: deflated_sharpe(sharpe=0.1, n=1, skewness=0.0, kurtosis=3.0, n_trials=1),
    ],
)
def test_impossible_input_is_refused(call):
    with pytest.raises(SharpeInputError):
        call()
