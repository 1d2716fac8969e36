"""Windows after spikes, jumps and overflows hold what a fresh computation of each window alone holds.

The oracle computes every window by itself in two passes of extended precision (64 bits of mantissa). The tolerance is 1e-7
of the window's own spread (of its own size for sums and means): one part in ten million changes no rank and no crossing
that a data vendor's own rounding would not change, and the kernels' proven bounds (`LEFT`, `FORGOTTEN`, `FADED`) lie
below it for the windows tried here. Where a number divides a distance from the mean by a spread, the rounding of the values
themselves, some 1e-16 of their level, is allowed besides: no method can take it back.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.domain.indicators import OPERATORS

LONG = np.longdouble
TOLERANCE = 1e-7
ROUNDING = 1e-14
N_BARS = 150


def compute(name, *arguments):
    with np.errstate(all="ignore"):
        return OPERATORS[name].function(*arguments)


def windows(x, n):
    return np.lib.stride_tricks.sliding_window_view(np.asarray(x, dtype=LONG), n)


def central(x, n):
    """The windows less their means, and the second, third and fourth central moments."""
    w = windows(x, n)
    d = w - w.mean(axis=1, keepdims=True)
    d = d - d.mean(axis=1, keepdims=True)
    flat = np.ptp(w, axis=1) == 0
    return d, *(np.where(flat, 0, (d**k).mean(axis=1)) for k in (2, 3, 4))


def level(x, n):
    return np.abs(windows(x, n)).max(axis=1)


def holds(got, expected, allowed):
    """Within what is allowed wherever the oracle is defined, and undefined elsewhere."""
    defined = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(got), defined)
    wrong = np.abs(got - expected)[defined] > np.broadcast_to(allowed, expected.shape)[defined]
    assert not wrong.any(), f"off by up to {np.max((np.abs(got - expected) / allowed)[defined]):.3g} of what is allowed"


@st.composite
def series(draw):
    """A noisy level of any scale with opposed spikes, jumps of level and stretches that stand still or nearly so."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    noise = draw(st.sampled_from([1.0, 1e-3, 1e-6, 1e-9]))
    x = draw(st.sampled_from([0.0, 1.0, -100.0])) + noise * rng.normal(size=N_BARS)
    for at, exponent in draw(st.lists(st.tuples(st.integers(0, N_BARS - 1), st.floats(-3, 9)), max_size=2)):
        x[at:] += 10.0**exponent * (x[at:] - x[at:].mean()) if draw(st.booleans()) else 10.0**exponent
    for at, length, stir in draw(
        st.lists(st.tuples(st.integers(0, N_BARS - 1), st.integers(2, 90), st.sampled_from([0.0, 1e-10])), max_size=2)
    ):
        x[at : at + length] = x[at] * (1.0 + stir * rng.normal(size=len(x[at : at + length])))
    for at, gap, exponent in draw(
        st.lists(st.tuples(st.integers(0, N_BARS - 1), st.integers(1, 30), st.floats(3, 12)), max_size=3)
    ):
        x[at] += 10.0**exponent
        x[min(at + gap, N_BARS - 1)] -= 10.0**exponent
    return x * draw(st.sampled_from([1e-40, 1e-9, 1.0, 1.0, 1e9, 1e40]))


def spiked(size, seed=1, n_bars=N_BARS):
    """Values near 1 with two opposed spikes that leave a window of 20 between two recomputations."""
    x = 1.0 + np.random.default_rng(seed).normal(size=n_bars)
    x[42], x[45] = size, -size
    return x


N = st.integers(4, 40)
SPIKES = [example(x=spiked(size), n=20) for size in (1e3, 1e6, 1e8, 1e12)]


def with_spikes(test):
    for shown in SPIKES:
        test = shown(test)
    return settings(deadline=None, max_examples=150)(test)


@with_spikes
@given(x=series(), n=N)
def test_spread_of_any_window_is_its_own(x, n):
    _, m2, _, _ = central(x, n)
    expected = m2 * n / (n - 1)

    holds(compute("variance", x, n)[n - 1 :], expected, TOLERANCE * expected)
    holds(compute("std", x, n)[n - 1 :], np.sqrt(expected), TOLERANCE * np.sqrt(expected))


@with_spikes
@given(x=series(), n=N)
def test_shape_of_any_window_is_its_own(x, n):
    _, m2, m3, m4 = central(x, n)
    with np.errstate(all="ignore"):
        skew = np.sqrt(n * (n - 1.0)) / (n - 2) * m3 / m2**1.5
        kurtosis = (n - 1.0) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6)

    holds(compute("skew", x, n)[n - 1 :], skew, TOLERANCE)
    holds(compute("kurtosis", x, n)[n - 1 :], kurtosis, TOLERANCE * n)  # it is as large as n when one value is all


@with_spikes
@given(x=series(), n=N)
def test_mean_and_sum_of_any_window_are_its_own(x, n):
    w, size = windows(x, n), level(x, n)
    ramp = np.arange(1, n + 1, dtype=LONG)

    holds(compute("sum", x, n)[n - 1 :], w.sum(axis=1), ROUNDING * n * size)
    holds(compute("sma", x, n)[n - 1 :], w.mean(axis=1), ROUNDING * size)
    holds(compute("wma", x, n)[n - 1 :], w @ ramp / ramp.sum(), TOLERANCE * size)


@with_spikes
@given(x=series(), n=N)
def test_score_of_any_window_is_its_own(x, n):
    d, m2, _, _ = central(x, n)
    spread = np.sqrt(m2 * n / (n - 1))
    with np.errstate(all="ignore"):
        expected = np.where(spread > 0, d[:, -1] / spread, np.nan)
        allowed = TOLERANCE + ROUNDING * level(x, n) / spread

    holds(compute("zscore", x, n)[n - 1 :], expected, allowed)


@settings(deadline=None, max_examples=150)
@given(x=series(), y=series(), n=N)
@example(x=spiked(1e8, 1), y=spiked(1e3, 2), n=20)
@example(x=spiked(1e8, 1), y=spiked(0.5, 2), n=20)
def test_comovement_of_any_window_is_its_own(x, y, n):
    (dx, xx, *_), (dy, yy, *_) = central(x, n), central(y, n)
    both = (dx * dy).mean(axis=1)
    spread = np.sqrt(xx) * np.sqrt(yy)
    with np.errstate(all="ignore"):
        correlation = np.where(spread > 0, both / spread, np.nan)

    holds(compute("covariance", x, y, n)[n - 1 :], np.where(spread > 0, both, 0) * n / (n - 1), 2 * TOLERANCE * spread)
    holds(compute("correlation", x, y, n)[n - 1 :], correlation, TOLERANCE)


@settings(deadline=None, max_examples=150)
@given(x=series(), y=series(), n=N)
@example(x=spiked(1e8, 1), y=spiked(1e3, 2), n=20)
@example(x=spiked(0.5, 1), y=spiked(1e8, 2), n=20)
def test_regression_of_any_window_is_its_own(x, y, n):
    (dx, xx, *_), (dy, yy, *_) = central(x, n), central(y, n)
    with np.errstate(all="ignore"):
        slope = np.where(xx > 0, (dx * dy).mean(axis=1) / xx, np.nan)
        slope = np.where(yy > 0, slope, 0 * slope)
        unit = np.sqrt(yy) / np.sqrt(xx)  # of a slope: what it is when one explains the other
    mean_x, mean_y = windows(x, n).mean(axis=1), windows(y, n).mean(axis=1)
    error = dy - slope[:, None] * dx
    rounding = ROUNDING * (level(y, n) + unit * level(x, n))

    holds(compute("beta", y, x, n)[n - 1 :], slope, TOLERANCE * unit)
    holds(
        compute("alpha", y, x, n)[n - 1 :],
        mean_y - slope * mean_x,
        TOLERANCE * (np.sqrt(yy) + unit * np.abs(mean_x)) + rounding,
    )
    holds(compute("residual", y, x, n)[n - 1 :], error[:, -1], TOLERANCE * np.sqrt(n * yy) + rounding)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), size=st.floats(3, 12), n=st.integers(10, 40))
def test_regression_on_two_series_forgets_spikes_of_either(seed, size, n):
    rng = np.random.default_rng(seed)
    x, z, y = rng.normal(size=(3, N_BARS))
    x[40], x[44] = 10.0**size, -(10.0**size)
    y[42], y[43] = -(10.0**size), 10.0**size
    calm = slice(45 + n, N_BARS)

    for name in ("beta", "alpha", "residual", "r_squared", "idiosyncratic_volatility", "idiosyncratic_skewness"):
        after = compute(name, y, x, z, n)[calm]
        alone = [compute(name, *(one[t - n + 1 : t + 1] for one in (y, x, z)), n)[-1] for t in range(N_BARS)[calm]]
        np.testing.assert_allclose(after, alone, rtol=1e-7, atol=1e-7)


@with_spikes
@given(x=series(), n=N)
def test_channel_index_of_any_window_is_its_own(x, n):
    high, low = x + abs(x) * 0.01, x - abs(x) * 0.02
    w = windows((high + low + x) / 3.0, n)  # as rounded as the kernel's
    away = w[:, -1] - w.mean(axis=1)
    deviation = np.abs(w - w.mean(axis=1, keepdims=True)).mean(axis=1)
    size = np.abs(w).max(axis=1)
    told = (np.ptp(w, axis=1) == 0) | (deviation > 1e-12 * size)  # between the two, rounding may pass for no movement
    with np.errstate(all="ignore"):
        expected = np.where(deviation > 0, away / (LONG(0.015) * deviation), 0)
        allowed = (TOLERANCE + ROUNDING * np.where(deviation > 0, size / deviation, 0)) * n / 0.015

    holds(compute("cci", high, low, x, n)[n - 1 :][told], expected[told], allowed[told])


@pytest.mark.parametrize("n", [3, 20, 252, 1000])
@pytest.mark.parametrize("price", [7.1, 100.1, 1e-7, 33.333])
def test_bars_that_stand_still_have_no_channel_index_slope_or_fit(price, n):
    x = np.concatenate([np.linspace(1.0, 2.0, 50), np.full(2 * n, price)])

    assert (compute("cci", x * 1.1, x * 0.9, x, n)[49 + n :] == 0.0).all()
    assert (compute("slope", x, n)[49 + n :] == 0.0).all()
    assert np.isnan(compute("trend_r2", x, n)[49 + n :]).all()
    assert np.isnan(compute("r_squared", x, np.sin(np.arange(len(x))), max(n, 4))[49 + max(n, 4) :]).all()


def test_bars_of_one_typical_price_have_no_channel_index():
    """The last digits of (h + l + c) / 3 differ although the prices only change places."""
    turned = np.array([[0.1, 0.2, 0.7], [0.7, 0.1, 0.2], [0.2, 0.7, 0.1]]).T
    high, low, close = np.tile(turned, 20)

    assert (compute("cci", high, low, close, 7)[6:] == 0.0).all()


ONE = ("sum", "sma", "wma", "std", "variance", "skew", "kurtosis", "zscore", "slope", "trend_r2")
TWO = ("correlation", "covariance", "beta", "alpha", "residual", "r_squared", "idiosyncratic_volatility")


@pytest.mark.parametrize("name", [*ONE, *TWO])
@pytest.mark.parametrize("size", [1e155, 1e200, 1.7e308, np.inf])
def test_value_whose_square_overflows_is_forgotten_when_it_leaves(name, size):
    n = 20
    calm, wild = spiked(1.5), spiked(size)
    other = spiked(2.0, 5)
    arguments = [(calm, other), (wild, other)] if name in TWO else [(calm,), (wild,)]

    expected, got = (compute(name, *given, n) for given in arguments)

    outside = np.r_[n - 1 : 42, 45 + n : N_BARS]
    np.testing.assert_allclose(got[outside], expected[outside], rtol=1e-7, atol=1e-7)
    assert not np.isinf(got).any()
    if name in {
        "std",
        "variance",
        "skew",
        "kurtosis",
        "zscore",
        "correlation",
        "r_squared",
        "idiosyncratic_volatility",
    }:
        assert np.isnan(got[42 : 45 + n - 1]).all()


@pytest.mark.parametrize("name", ["sum", "sma", "wma"])
def test_ladder_of_spikes_is_forgotten(name):
    """Each spike hides the next smaller one from the compensation."""
    x = np.ones(100)
    x[20:26] = [1e300, 1e220, 1e140, 1e60, 1e20, 3e17]
    x[50:] = np.arange(50)

    result = compute(name, x, 5)

    np.testing.assert_array_equal(result[60:], compute(name, x[50:], 5)[10:])


@pytest.mark.parametrize("name", [*ONE, *TWO, "cci"])
def test_without_its_future_a_spiked_series_gives_the_same_bytes(name):
    x, y = np.concatenate([spiked(1e8), spiked(1e200, 3), np.full(60, 7.1)]), np.concatenate([spiked(1e3, 2)] * 3)[:360]
    given = (x, y) if name in TWO else (x * 1.1, x * 0.9, x) if name == "cci" else (x,)

    whole = compute(name, *given, 20)

    for day in (43, 60, 66, 150, 195, 230, 300, 359):
        cut = compute(name, *(one[:day] for one in given), 20)
        assert cut.tobytes() == whole[:day].tobytes()


@pytest.mark.parametrize("name", ["skew", "kurtosis", "correlation", "beta", "idiosyncratic_skewness", "cci"])
@pytest.mark.parametrize("size", [1e-85, 1e-120, 1e-200, 5e-324])
def test_values_whose_powers_vanish_divide_by_nothing(name, size):
    x, y = size * spiked(3.0), size * spiked(2.0, 2)
    given = (
        (x, y) if name in {"correlation", "beta", "idiosyncratic_skewness"} else (x,) if name != "cci" else (x, y, x)
    )

    result = compute(name, *given, 20)

    assert not np.isinf(result).any()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e3, 1e3), st.sampled_from([1.0, 1e9, -1e9])), min_size=1, max_size=60),
    st.integers(1, 12),
)
def test_quick_average_of_a_row_without_gaps_is_the_careful_one(values, n):
    """A gap at the end sends the row the careful way; nothing before it may differ by a byte."""
    row = np.array([values])
    gappy = np.array([[*values, np.nan]])

    np.testing.assert_array_equal(OPERATORS["sma"].function(row, n), OPERATORS["sma"].function(gappy, n)[:, :-1])
