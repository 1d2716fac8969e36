"""Paired comparisons, held to arch's bootstrap, to the delta method worked out another way, and to simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap
from scipy import stats

from apps.domain.metrics import annual_return, annual_volatility, sharpe_ratio, simple_returns
from apps.domain.overfitting import paired_intervals, sharpe_difference_test
from apps.domain.overfitting.errors import OverfittingInputError


def pair(n=1500, *, edge=0.0, rho=0.7, seed=3):
    rng = np.random.default_rng(seed)
    common, a, b = rng.standard_normal((3, n))
    mix = math.sqrt(1 - rho)
    return np.stack(
        [
            0.0004 + edge + 0.01 * (math.sqrt(rho) * common + mix * a),
            0.0004 + 0.011 * (math.sqrt(rho) * common + mix * b),
        ]
    )


def curve(returns):
    return np.concatenate([[100.0], 100.0 * np.cumprod(1.0 + returns)])


def test_differences_are_those_of_the_plain_measures():
    both = pair()
    found = paired_intervals(both, first=0, second=1, mean_block=21, level=0.95, n_samples=100)
    a, b = curve(both[0]), curve(both[1])

    assert found["annual_return"].difference == pytest.approx(annual_return(a) - annual_return(b), rel=1e-9)
    for name, measure in (("annual_volatility", annual_volatility), ("sharpe_ratio", sharpe_ratio)):
        want = measure(simple_returns(a)) - measure(simple_returns(b))
        assert found[name].difference == pytest.approx(want, rel=1e-9)


def test_interval_agrees_with_the_stationary_bootstrap_of_arch():
    both = pair(edge=0.0005)
    found = paired_intervals(both, first=0, second=1, mean_block=21, level=0.95, n_samples=4000)["sharpe_ratio"]

    def difference(a, b):
        return np.array([sharpe_ratio(a) - sharpe_ratio(b)])

    theirs = StationaryBootstrap(21, both[0], both[1], seed=np.random.default_rng(11))
    low, high = theirs.conf_int(difference, reps=4000, method="percentile", size=0.95).ravel()
    width = high - low

    assert found.low == pytest.approx(low, abs=0.06 * width)
    assert found.high == pytest.approx(high, abs=0.06 * width)


@pytest.mark.parametrize(("edge", "excludes"), [(0.0, False), (0.0015, True)])
def test_interval_excludes_zero_only_where_there_is_an_edge(edge, excludes):
    found = paired_intervals(pair(edge=edge), first=0, second=1, mean_block=10, level=0.95)["sharpe_ratio"]

    assert found.excludes_zero is excludes
    assert found.low < found.difference < found.high


def test_interval_of_two_runs_without_difference_holds_zero_about_as_often_as_it_says():
    inside = [
        not paired_intervals(pair(500, seed=seed), first=0, second=1, mean_block=5, level=0.9, n_samples=300)[
            "annual_return"
        ].excludes_zero
        for seed in range(150)
    ]

    assert 0.80 <= np.mean(inside) <= 0.97


def test_pairing_makes_the_interval_narrow_where_runs_move_together():
    alike, apart = (
        paired_intervals(pair(rho=rho), first=0, second=1, mean_block=21, level=0.95)["sharpe_ratio"]
        for rho in (0.95, 0.0)
    )

    assert alike.high - alike.low < 0.5 * (apart.high - apart.low)


def test_same_seed_gives_the_same_interval_and_order_only_the_sign():
    both = pair()
    one, again = (paired_intervals(both, first=0, second=1, mean_block=21, level=0.95, seed=7) for _ in range(2))
    other = paired_intervals(both, first=1, second=0, mean_block=21, level=0.95, seed=7)

    assert one == again
    for name, interval in one.items():
        assert other[name].low == pytest.approx(-interval.high)
        assert other[name].difference == pytest.approx(-interval.difference)


def test_flat_run_has_no_sharpe_and_a_ruined_one_has_lost_all():
    both = pair(200)
    both[1] = 0.0
    flat = paired_intervals(both, first=0, second=1, mean_block=5, level=0.95)
    both[1, 100] = -1.0
    ruined = paired_intervals(both, first=0, second=1, mean_block=5, level=0.95)

    assert flat["sharpe_ratio"].difference is None
    assert flat["annual_volatility"].low > 0.0
    assert ruined["annual_return"].difference == pytest.approx(annual_return(curve(both[0])) + 1.0, abs=1e-6)


def test_too_few_returns_are_refused():
    with pytest.raises(OverfittingInputError, match="60"):
        paired_intervals(pair(59), first=0, second=1, mean_block=5, level=0.95)


def delta_method(a, b):
    """z by the delta method: a numeric gradient of the difference in (means, second moments), and the covariance that
    Isserlis' theorem gives those moments under normality. Another way to Memmel's variance, without his algebra."""
    n = len(a)
    mean, cov = np.array([a.mean(), b.mean()]), np.cov(a, b, ddof=1)
    moments = np.array([*mean, cov[0, 0] + mean[0] ** 2, cov[1, 1] + mean[1] ** 2])

    def difference(v):
        return v[0] / math.sqrt(v[2] - v[0] ** 2) - v[1] / math.sqrt(v[3] - v[1] ** 2)

    gradient = np.array(
        [
            (difference(moments + step) - difference(moments - step)) / (2 * step.max())
            for step in np.diag(np.abs(moments) * 1e-4)
        ]
    )
    joint = np.empty((4, 4))
    joint[:2, :2] = cov
    for i in range(2):
        for j in range(2):
            joint[i, 2 + j] = joint[2 + j, i] = 2 * mean[j] * cov[i, j]
            joint[2 + i, 2 + j] = 2 * cov[i, j] ** 2 + 4 * mean[i] * mean[j] * cov[i, j]
    return difference(moments) / math.sqrt(gradient @ joint @ gradient / n)


@pytest.mark.parametrize(("edge", "rho"), [(0.0, 0.7), (0.001, 0.2), (-0.002, 0.95)])
def test_sharpe_test_agrees_with_the_delta_method_of_normal_moments(edge, rho):
    a, b = pair(edge=edge, rho=rho)
    found = sharpe_difference_test(a, b)

    assert found.z == pytest.approx(delta_method(a, b), rel=1e-5)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.z)), rel=1e-12)


def test_sharpe_test_refuses_a_true_hypothesis_as_often_as_it_says():
    rng = np.random.default_rng(5)
    z = []
    for _ in range(3000):
        common, a, b = rng.standard_normal((3, 250))
        z.append(sharpe_difference_test(0.1 + common + 0.6 * a, 0.1 + common + 0.6 * b).z)

    assert np.std(z) == pytest.approx(1.0, abs=0.04)
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.05, abs=0.015)


def test_sharpe_test_of_a_run_and_its_multiple_says_nothing():
    a, _ = pair()

    assert sharpe_difference_test(a, 2.0 * a).z is None
    assert sharpe_difference_test(a, np.zeros_like(a)).p_value is None
