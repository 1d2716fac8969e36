"""Overfitting statistics, held to worked examples, to arch and to naive loops."""

import math
from itertools import combinations

import numpy as np
import pytest
from arch.bootstrap import SPA

from apps.domain.overfitting import (
    bootstrap_interval,
    combinatorial_purged,
    minimum_backtest_length,
    minimum_track_record,
    plateau_score,
    probability_of_overfitting,
    purged_k_fold,
    stationary_bootstrap,
    superior_predictive_ability,
    walk_forward,
)
from apps.domain.overfitting.errors import OverfittingInputError
from apps.domain.overfitting.snooping import _deviation


@pytest.mark.parametrize(
    ("periods", "skewness", "kurtosis", "years"),
    [(252, 0, 3, 2.73), (52, 0, 3, 2.83), (12, 0, 3, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_minimum_track_record_gives_the_paper_of_2012(periods, skewness, kurtosis, years):
    """A ratio of 2 a year against 1."""
    scale = math.sqrt(periods)

    result = minimum_track_record(sharpe=2 / scale, against=1 / scale, skewness=skewness, kurtosis=kurtosis)

    assert result / periods == pytest.approx(years, abs=0.006)


def test_record_that_is_not_better_is_never_long_enough():
    assert minimum_track_record(sharpe=0.1, against=0.1) == math.inf


def test_minimum_backtest_length_gives_the_paper_of_2014():
    """Five years bear about 45 independent trials before a ratio of one is expected by luck."""
    assert minimum_backtest_length(n_trials=45) == pytest.approx(5.0, abs=0.01)
    assert math.sqrt(minimum_backtest_length(n_trials=10)) == pytest.approx(1.57, abs=0.006)


def naive(returns, n_blocks):
    size = len(returns) // n_blocks
    blocks = [returns[k * size : (k + 1) * size] for k in range(n_blocks)]
    below = []
    for chosen in combinations(range(n_blocks), n_blocks // 2):
        inside = np.concatenate([blocks[k] for k in chosen])
        outside = np.concatenate([blocks[k] for k in range(n_blocks) if k not in chosen])
        best = np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1))
        ratios = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        rank = (np.sum(ratios < ratios[best]) + 1) / (returns.shape[1] + 1)
        below.append(math.log(rank / (1 - rank)))
    return np.array(below)


def test_probability_of_overfitting_equals_a_naive_loop():
    returns = np.random.default_rng(1).normal(0.0004, 0.01, (205, 7))

    found = probability_of_overfitting(returns, n_blocks=6)

    np.testing.assert_allclose(found.logits, naive(returns, 6), atol=1e-12)
    assert found.probability == np.mean(naive(returns, 6) <= 0)
    assert found.n_blocks == 6


def test_real_skill_is_not_overfitted_and_noise_is():
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.01, (800, 30))
    skill = noise.copy()
    skill[:, 3] += 0.002

    assert probability_of_overfitting(skill, n_blocks=8).probability < 0.02
    assert 0.2 < probability_of_overfitting(noise, n_blocks=8).probability < 0.9


@pytest.mark.parametrize("value", [0.001, 0.0003, 0.0007, 1 / 3000])
def test_trial_that_stands_still_is_never_the_best(value):
    """The rounding of its mean must not pass for a tiny deviation, and so for a vast Sharpe ratio."""
    returns = np.random.default_rng(3).normal(0.005, 0.01, (350, 3))
    still = np.column_stack([returns, np.full(350, value)])

    with_it, without = (probability_of_overfitting(of, n_blocks=10) for of in (still, returns))

    assert (with_it.logits >= without.logits).all()


def test_spike_in_one_block_leaves_the_other_halves_exact():
    returns = np.random.default_rng(4).normal(0.0, 0.01, (205, 40))
    returns[5] += 1e9 * np.random.default_rng(5).normal(size=40)

    found = probability_of_overfitting(returns, n_blocks=6)

    np.testing.assert_allclose(found.logits, naive(returns, 6), atol=1e-12)


@pytest.mark.parametrize("n_blocks", [0, 1, 3, 400])
def test_blocks_that_cannot_be_split_are_refused(n_blocks):
    with pytest.raises(OverfittingInputError):
        probability_of_overfitting(np.ones((500, 3)), n_blocks=n_blocks)


def test_long_run_variance_is_that_of_arch():
    rng = np.random.default_rng(3)
    excess = np.cumsum(rng.normal(0, 1, (300, 4)), axis=0) * 0.1 + rng.normal(0, 1, (300, 4))
    spa = SPA(np.zeros(300), -excess, block_size=10, reps=10, seed=1)
    spa.compute()

    np.testing.assert_allclose(_deviation(excess, 10) ** 2, spa._loss_diff_var, rtol=1e-6)


@pytest.mark.parametrize("skill", [0.0, 0.03, 0.12])
def test_superior_ability_agrees_with_arch(skill):
    """Both draw at random: within three standard errors of a probability from 4,000 samples.

    arch takes the maximum of the means themselves, so its upper answer is White's reality check; on excess returns over
    their deviations it answers Hansen's studentised test.
    """
    rng = np.random.default_rng(4)
    excess = rng.normal(0, 1, (500, 20)) * np.linspace(0.5, 2, 20)
    excess[:, 0] += skill

    ours = superior_predictive_ability(excess, mean_block=10, n_samples=4000, seed=5)
    plain = SPA(np.zeros(500), -excess, block_size=10, reps=4000, seed=6)
    plain.compute()
    studentised = SPA(np.zeros(500), -excess / _deviation(excess, 10), block_size=10, reps=4000, seed=7)
    studentised.compute()

    near = 3 * math.sqrt(2 * 0.25 / 4000)
    assert ours.reality_check == pytest.approx(plain.pvalues["upper"], abs=near)
    for name in ("lower", "consistent", "upper"):
        assert getattr(ours, name) == pytest.approx(studentised.pvalues[name], abs=near)
    assert ours.lower <= ours.consistent <= ours.upper


def test_stationary_bootstrap_keeps_blocks_of_the_mean_length():
    indices = stationary_bootstrap(1000, mean_block=20, n_samples=50, seed=1)

    breaks = np.mean(np.diff(indices, axis=1) % 1000 != 1)
    assert breaks == pytest.approx(1 / 20, rel=0.1)
    assert np.bincount(indices.ravel(), minlength=1000).std() < 25


def test_interval_of_the_mean_is_about_two_standard_errors_wide():
    returns = np.random.default_rng(7).normal(0.001, 0.01, 2000)

    low, high = bootstrap_interval(returns, lambda r: float(r.mean()), mean_block=1, n_samples=2000, seed=3)

    assert low < returns.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 0.01 / math.sqrt(2000), rel=0.08)
    assert (low, high) == bootstrap_interval(returns, lambda r: float(r.mean()), mean_block=1, n_samples=2000, seed=3)


@pytest.mark.parametrize("anchored", [True, False])
def test_walk_forward_tests_each_stretch_once_after_what_it_is_fitted_on(anchored):
    splits = list(walk_forward(100, train=40, test=15, anchored=anchored, gap=3))

    assert [list(s.test[[0, -1]]) for s in splits] == [[43, 57], [58, 72], [73, 87]]
    assert all(s.train[-1] + 4 == s.test[0] for s in splits)
    assert [len(s.train) for s in splits] == ([40, 55, 70] if anchored else [40, 40, 40])


def test_purged_folds_are_fitted_on_nothing_that_looks_into_them():
    ends = np.minimum(np.arange(60) + 4, 59)

    splits = list(purged_k_fold(60, folds=5, label_end=ends, embargo=2))

    assert np.array_equal(np.sort(np.concatenate([s.test for s in splits])), np.arange(60))
    for split in splits:
        first, last = split.test[0], split.test[-1]
        for i in split.train:
            assert ends[i] < first or i > ends[first : last + 1].max() + 2


def test_combinatorial_splits_are_all_choices():
    splits = list(combinatorial_purged(100, folds=10, tested=2))

    assert len(splits) == 45
    assert all(len(s.test) == 20 and not set(s.test) & set(s.train) for s in splits)
    assert all(count == 9 for count in np.bincount(np.concatenate([s.test for s in splits])))


def test_plateau_counts_the_neighbours_that_keep_their_value():
    needle = np.zeros((5, 5))
    needle[2, 2] = 1.0
    hill = np.full((5, 5), 0.9)
    hill[2, 2] = 1.0
    half = np.where(np.arange(5)[:, None] >= 2, 0.9, 0.1) * np.ones((5, 5))
    half[2, 2] = 1.0

    assert plateau_score(needle) == 0.0
    assert plateau_score(hill) == 1.0
    assert plateau_score(half) == pytest.approx(5 / 8)
    assert math.isnan(plateau_score(-hill))
    assert plateau_score(np.array([0.5])) == 1.0


def test_empty_sweep_has_no_plateau():
    with pytest.raises(OverfittingInputError):
        plateau_score(np.full((2, 2), np.nan))
