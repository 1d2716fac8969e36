"""Functions against pandas, NumPy and SciPy, on whole and on holed series."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.indicators import OPERATORS, WindowError

X = np.random.default_rng(7).normal(0, 1, (3, 400)).cumsum(axis=1) + 50
Y = np.random.default_rng(8).normal(0, 1, (3, 400)).cumsum(axis=1) + 80
HOLES = np.random.default_rng(9).random((3, 400)) < 0.1
MEMBERS = np.random.default_rng(10).random((3, 400)) < 0.8


def holed(x):
    return np.where(HOLES, np.nan, x)


def per_row(function, *arrays):
    """Apply a function of pandas series to the bars on which all are defined, row by row."""
    out = np.full(arrays[0].shape, np.nan)
    for row in range(len(out)):
        values = pd.DataFrame({at: one[row] for at, one in enumerate(arrays)})
        known = values.dropna()
        out[row, known.index] = function(*(known[at] for at in known)).to_numpy()
    return out


ROLLING = {
    "sum": lambda x, n: x.rolling(n).sum(),
    "sma": lambda x, n: x.rolling(n).mean(),
    "std": lambda x, n: x.rolling(n).std(),
    "variance": lambda x, n: x.rolling(n).var(),
    "skew": lambda x, n: x.rolling(n).skew(),
    "kurtosis": lambda x, n: x.rolling(n).kurt(),
    "highest": lambda x, n: x.rolling(n).max(),
    "lowest": lambda x, n: x.rolling(n).min(),
    "median": lambda x, n: x.rolling(n).median(),
    "ts_rank": lambda x, n: x.rolling(n).rank(pct=True),
    "argmax": lambda x, n: x.rolling(n).apply(lambda w: w.argmax() + 1.0, raw=True),
    "argmin": lambda x, n: x.rolling(n).apply(lambda w: w.argmin() + 1.0, raw=True),
    "product": lambda x, n: x.rolling(n).apply(np.prod, raw=True),
    "wma": lambda x, n: x.rolling(n).apply(lambda w: np.average(w, weights=np.arange(1, n + 1)), raw=True),
    "delta": lambda x, n: x.diff(n),
    "pct_change": lambda x, n: x.pct_change(n),
    "volatility": lambda x, n: x.pct_change().rolling(n).std() * 252**0.5,
    "drawdown": lambda x, n: x / x.rolling(n).max() - 1,
    "max_drawdown": lambda x, n: x.rolling(n).apply(lambda w: (w / np.maximum.accumulate(w) - 1).min(), raw=True),
    "slope": lambda x, n: x.rolling(n).apply(lambda w: np.polyfit(np.arange(n), w, 1)[0], raw=True),
    "trend_r2": lambda x, n: x.rolling(n).apply(lambda w: np.corrcoef(np.arange(n), w)[0, 1] ** 2, raw=True),
    "zscore": lambda x, n: (x - x.rolling(n).mean()) / x.rolling(n).std(),
    "efficiency_ratio": lambda x, n: x.diff(n).abs() / x.diff().abs().rolling(n).sum(),
    "donchian_upper": lambda x, n: x.rolling(n).max().shift(1),
    "count_true": lambda x, n: (x > 50).astype(float).rolling(n).sum(),
}


@pytest.mark.parametrize("name", sorted(ROLLING))
@pytest.mark.parametrize("n", [5, 23])
@pytest.mark.parametrize("x", [X, holed(X)], ids=["whole", "holed"])
def test_trailing_function_equals_pandas(name, n, x):
    given = np.where(np.isnan(x), np.nan, x > 50) if name == "count_true" else x

    result = OPERATORS[name].function(given, n)

    np.testing.assert_allclose(result, per_row(lambda s: ROLLING[name](s, n), x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("q", [0.0, 0.1, 0.5, 1.0])
def test_quantile_equals_pandas(q):
    result = OPERATORS["quantile"].function(holed(X), 17, q)

    np.testing.assert_allclose(result, per_row(lambda s: s.rolling(17).quantile(q), holed(X)), rtol=1e-12)


@pytest.mark.parametrize("n", [5, 23])
def test_correlation_and_covariance_equal_pandas_on_common_bars(n):
    a, b = holed(X), np.where(np.roll(HOLES, 3, axis=1), np.nan, Y)

    together = OPERATORS["correlation"].function(a, b, n)
    shared = OPERATORS["covariance"].function(a, b, n)

    np.testing.assert_allclose(together, per_row(lambda s, t: s.rolling(n).corr(t), a, b), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(shared, per_row(lambda s, t: s.rolling(n).cov(t), a, b), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_regression_equals_least_squares(k):
    rng = np.random.default_rng(3)
    n = 40
    xs = [holed(rng.normal(size=X.shape)) for _ in range(k)]
    y = 0.3 + sum((i + 1) * x for i, x in enumerate(xs)) + rng.normal(size=X.shape)
    row, day = 1, 321
    known = np.flatnonzero(~np.isnan(y[row]) & ~np.any([np.isnan(x[row]) for x in xs], axis=0))
    window = known[known <= day][-n:]
    day = window[-1]
    design = np.column_stack([np.ones(n), *(x[row, window] for x in xs)])
    slopes, *_ = np.linalg.lstsq(design, y[row, window], rcond=None)
    error = y[row, window] - design @ slopes
    total = ((y[row, window] - y[row, window].mean()) ** 2).sum()

    def asked(name, *more):
        return OPERATORS[name].function(y, *xs, n, *more)[row, day]

    assert asked("alpha") == pytest.approx(slopes[0], rel=1e-8)
    assert asked("beta") == pytest.approx(slopes[1], rel=1e-8)
    assert asked("residual") == pytest.approx(error[-1], rel=1e-7)
    assert asked("r_squared") == pytest.approx(1 - (error**2).sum() / total, rel=1e-8)
    assert asked("idiosyncratic_volatility") == pytest.approx(np.sqrt((error**2).sum() / (n - k - 1) * 252), rel=1e-8)
    assert asked("idiosyncratic_skewness") == pytest.approx(pd.Series(error).skew(), rel=1e-6)
    part = error[n - 30 : n - 5]
    assert asked("residual_momentum", 30, 5) == pytest.approx(part.mean() / part.std(ddof=1), rel=1e-7)


def test_regression_on_collinear_or_constant_series_is_undefined():
    y = X
    same, flat = Y, np.full_like(Y, 3.0)

    assert np.isnan(OPERATORS["beta"].function(y, same, 2 * same, 20)).all()
    assert np.isnan(OPERATORS["beta"].function(y, flat, 20)).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.sampled_from([1e-6, 1.0, 1e9]))
def test_constant_window_after_wild_values_has_no_spread(seed, n, size):
    """Rounding must not pass for variance."""
    wild = np.random.default_rng(seed).normal(0, size, 60)
    x = np.concatenate([wild, np.full(2 * n, 7.1)])[None, :]

    std = OPERATORS["std"].function(x, n)
    mean = OPERATORS["sma"].function(x, n)

    assert (std[0, 60 + n - 1 :] == 0.0).all()
    assert (mean[0, 60 + n - 1 :] == 7.1).all()
    assert np.isnan(OPERATORS["zscore"].function(x, n)[0, 60 + n - 1 :]).all()
    assert np.isnan(OPERATORS["correlation"].function(x, np.cumsum(x, axis=1), n)[0, 60 + n - 1 :]).all()


@pytest.mark.parametrize("noise", [1e-2, 1e-4, 1e-6])
def test_spread_after_a_jump_is_as_exact_as_before(noise):
    """The sums of a window that has left a jump behind must not carry its size."""
    rng = np.random.default_rng(6)
    x = np.where(np.arange(300) < 130, 1.0, 100.0) + noise * rng.normal(size=(2, 300))
    y = noise * rng.normal(size=(2, 300)) + x
    calm = slice(150, 300)

    np.testing.assert_allclose(
        OPERATORS["std"].function(x, 20)[:, calm],
        np.lib.stride_tricks.sliding_window_view(x, 20, axis=1).std(axis=2, ddof=1)[:, 131:],
        rtol=1e-6,
    )
    windows = [np.lib.stride_tricks.sliding_window_view(z - 100, 20, axis=1)[:, 131:] for z in (x, y)]
    expected = [[np.corrcoef(u, v)[0, 1] for u, v in zip(*rows, strict=True)] for rows in zip(*windows, strict=True)]
    np.testing.assert_allclose(OPERATORS["correlation"].function(x, y, 20)[:, calm], expected, atol=1e-6)


def frame(x):
    return pd.DataFrame(np.where(MEMBERS, x, np.nan))


GROUPS = np.broadcast_to(np.array([[0.0], [1.0], [0.0]]), X.shape)
ACROSS = {
    "rank": lambda f: f.rank(axis=0),
    "percentile": lambda f: f.rank(axis=0, pct=True),
    "demean": lambda f: f - f.mean(axis=0),
    "standardise": lambda f: (f - f.mean(axis=0)) / f.std(axis=0),
    "scale": lambda f: f / f.abs().sum(axis=0),
    "cross_mean": lambda f: f.mean(axis=0).to_frame().T,
    "cross_median": lambda f: f.median(axis=0).to_frame().T,
    "cross_std": lambda f: f.std(axis=0).to_frame().T,
    "cross_sum": lambda f: f.sum(axis=0, min_count=1).to_frame().T,
}
IN_GROUPS = {
    "neutralise": lambda f: f - f.groupby(GROUPS[:, 0]).transform("mean"),
    "group_mean": lambda f: f.groupby(GROUPS[:, 0]).transform("mean").where(f.notna()),
    "group_rank": lambda f: f.groupby(GROUPS[:, 0]).rank(),
    "group_percentile": lambda f: f.groupby(GROUPS[:, 0]).rank(pct=True),
}


@pytest.mark.parametrize("name", sorted(ACROSS))
@pytest.mark.parametrize("x", [holed(X), np.round(holed(X) / 5)], ids=["distinct", "tied"])
def test_cross_section_equals_pandas(name, x):
    result = OPERATORS[name].function(x, members=MEMBERS)

    expected = ACROSS[name](frame(x)).to_numpy()
    if name == "standardise":
        expected = np.where(np.isfinite(expected), expected, np.nan)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(IN_GROUPS))
def test_group_function_equals_pandas(name):
    result = OPERATORS[name].function(holed(X), GROUPS, members=MEMBERS)

    np.testing.assert_allclose(result, IN_GROUPS[name](frame(holed(X))).to_numpy(), rtol=1e-9, atol=1e-10)


def test_winsorised_values_stay_within_the_quantiles_of_the_day():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 20))

    result = OPERATORS["winsorise"].function(x, 0.1, members=np.ones(x.shape, bool))

    np.testing.assert_allclose(result, np.clip(x, np.quantile(x, 0.1, axis=0), np.quantile(x, 0.9, axis=0)), rtol=1e-12)


def test_what_is_regressed_out_leaves_no_slope():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(50, 20)), rng.normal(size=(50, 20))

    result = OPERATORS["regress_out"].function(x, y, members=np.ones(x.shape, bool))

    for day in range(20):
        slope, intercept = np.polyfit(y[:, day], x[:, day], 1)
        np.testing.assert_allclose(result[:, day], x[:, day] - slope * y[:, day] - intercept, atol=1e-10)


@pytest.mark.parametrize("name", ["std", "variance", "correlation", "zscore", "slope"])
def test_window_of_one_bar_cannot_vary(name):
    series = [X, Y] if name == "correlation" else [X]

    with pytest.raises(WindowError, match="2 or more"):
        OPERATORS[name].function(*series, 1)


@pytest.mark.parametrize("level", [0.1, 7.1, 100.1, 1e9 / 3])
@pytest.mark.parametrize("n_members", [2, 3, 7, 50])
def test_members_that_are_equal_have_no_spread(level, n_members):
    """Rounding of their mean must not pass for spread."""
    flat = np.full((n_members, 4), level)
    varied = np.random.default_rng(4).normal(size=flat.shape)
    members = np.ones(flat.shape, bool)

    assert (OPERATORS["cross_std"].function(flat, members=members) == 0.0).all()
    assert np.isnan(OPERATORS["standardise"].function(flat, members=members)).all()
    assert np.isnan(OPERATORS["regress_out"].function(varied, flat, members=members)).all()
