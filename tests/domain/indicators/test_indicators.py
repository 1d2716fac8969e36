"""Indicators against pandas, published tables and their own statements."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from apps.domain.indicators import (
    SeriesShapeError,
    WindowError,
    crosses_above,
    crosses_below,
    ema,
    lag,
    rsi,
    sma,
    trailing_return,
)

NAN = np.nan
PRICES = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(1, 60)), elements=st.floats(0.01, 1e4) | st.just(np.nan)
)


def by_own_bars(x, compute):
    """Apply `compute` to each row with its gaps left out, and put the gaps back."""
    rows = []
    for row in np.atleast_2d(x):
        bars = pd.Series(row).dropna()
        rows.append(compute(bars).reindex(range(len(row))).to_numpy())
    return np.array(rows)


@settings(deadline=None)
@given(x=PRICES, n=st.integers(1, 12))
def test_sma_on_any_series_equals_pandas(x, n):
    np.testing.assert_allclose(sma(x, n), by_own_bars(x, lambda bars: bars.rolling(n).mean()), rtol=1e-9)


@settings(deadline=None)
@given(x=PRICES, n=st.integers(1, 12))
def test_ema_on_any_series_equals_pandas_seeded_with_the_mean(x, n):
    def oracle(bars):
        seeded = bars.iloc[n - 1 :].copy()
        if len(seeded):
            seeded.iloc[0] = bars.iloc[:n].mean()
        return seeded.ewm(span=n, adjust=False).mean()

    np.testing.assert_allclose(ema(x, n), by_own_bars(x, oracle), rtol=1e-9)


@settings(deadline=None)
@given(x=PRICES, n=st.integers(1, 12))
def test_rsi_on_any_series_equals_pandas_seeded_with_the_mean(x, n):
    def smoothed(changes):
        seeded = changes.iloc[n - 1 :].copy()
        if len(seeded):
            seeded.iloc[0] = changes.iloc[:n].mean()
        return seeded.ewm(alpha=1 / n, adjust=False).mean()

    def oracle(bars):
        change = bars.diff().iloc[1:]
        gain, loss = smoothed(change.clip(lower=0)), smoothed((-change).clip(lower=0))
        return (100 * gain / (gain + loss)).where(gain + loss > 0, 50.0)

    np.testing.assert_allclose(rsi(x, n), by_own_bars(x, oracle), rtol=1e-7, atol=1e-7)


@settings(deadline=None)
@given(x=PRICES, lookback=st.integers(1, 12), skip=st.integers(0, 11))
def test_trailing_return_on_any_series_equals_pandas(x, lookback, skip):
    if skip >= lookback:
        with pytest.raises(WindowError):
            trailing_return(x, lookback, skip)
        return

    result = trailing_return(x, lookback, skip)

    expected = by_own_bars(x, lambda bars: bars.shift(skip) / bars.shift(lookback) - 1)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(x=PRICES, n=st.integers(0, 12))
def test_lag_on_any_series_equals_pandas(x, n):
    np.testing.assert_array_equal(lag(x, n), by_own_bars(x, lambda bars: bars.shift(n)))


def test_rsi_of_the_published_worked_example_gives_its_values():
    """The 14-day table that StockCharts' ChartSchool prints for Wilder's method. It was computed from prices of four
    decimals and prints two, so its values differ from those of the printed prices by up to 0.07."""
    prices = [
        44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.00,
        46.03, 46.41, 46.22, 45.64, 46.21, 46.25, 45.71, 46.45, 45.78, 45.35, 44.03, 44.18, 44.22, 44.57, 43.42, 42.66, 43.13,
    ]  # fmt: skip
    published = [
        70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46, 41.87, 45.46,
        37.30, 33.08, 37.77,
    ]  # fmt: skip

    result = rsi(np.array(prices), 14)

    assert np.isnan(result[:14]).all()
    np.testing.assert_allclose(result[14:], published, atol=0.071)


def test_sma_of_equal_prices_is_exactly_the_price():
    x = np.concatenate([np.linspace(1.0, 99.9, 50), np.full(60, 100.1)])

    assert np.all(sma(x, 20)[69:] == 100.1)


def test_sma_after_a_huge_price_forgets_it():
    x = np.concatenate([[1e16], np.tile([1.0, 3.0], 10)])

    assert sma(x, 2)[-1] == 2.0


def test_crossings_of_a_touching_line_fire_once():
    a, b = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 3.0]), np.full(6, 2.0)

    above, below = crosses_above(a, b), crosses_below(a, b)

    np.testing.assert_array_equal(above, [np.nan, 0, 1, 0, 0, 1])
    np.testing.assert_array_equal(below, [np.nan, 0, 0, 0, 1, 0])


def test_crossing_over_a_gap_compares_with_the_last_bar_before_it():
    a = np.array([1.0, np.nan, 3.0])

    np.testing.assert_array_equal(crosses_above(a, np.float64(2.0)), [np.nan, np.nan, 1.0])


def test_crossing_of_series_on_other_days_is_refused():
    with pytest.raises(SeriesShapeError) as error:
        crosses_above(np.ones(3), np.ones(4))

    assert error.value.code == "indicator_shape"


@pytest.mark.parametrize("function", [sma, ema, rsi])
@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_window_that_no_bars_fill_is_refused(function, n):
    with pytest.raises(WindowError):
        function(np.ones(5), n)


def test_lag_into_the_future_is_refused():
    with pytest.raises(WindowError):
        lag(np.ones(5), -1)


def test_import_of_the_light_rooms_does_not_load_numba():
    code = "import sys, apps.domain.indicators, apps.domain.metrics, apps.domain.engine, apps.domain.verdict; print('numba' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
