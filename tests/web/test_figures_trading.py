"""Figures of distributions, prices and clouds: counts that add up, candles where they fit, no more dots than a screen shows."""

from datetime import date, timedelta

import numpy as np
import pytest

from apps.web.queries import Cloud, Fills, bins, cloud_figure, distribution_figure, figure_json, price_figure, thin
from apps.web.queries.figures_trading import MOST_CANDLES, MOST_DOTS

NOTHING = Fills(dates=[], prices=[], words=[])


def days(n):
    return [date(2010, 1, 1) + timedelta(days=i) for i in range(n)]


@pytest.mark.parametrize("n", [1, 30, 5000])
def test_bins_hold_every_value_once_and_have_an_edge_at_nought(n):
    values = np.random.default_rng(n).standard_t(2, n) * 0.01

    edges, counts = bins(values, width=0.0025)

    assert counts.sum() == n
    assert np.isclose(edges, 0.0).any() or edges[0] > 0 or edges[-1] < 0
    inside = values[(values >= edges[1]) & (values < edges[-2])]
    assert counts[1:-1].sum() == pytest.approx(len(inside), abs=1)


def test_bins_of_nothing_are_one_empty_bin_or_two():
    edges, counts = bins([], width=0.01)

    assert counts.sum() == 0
    assert len(edges) == len(counts) + 1


def test_distribution_labels_its_marks_on_lines_of_their_own():
    figure = distribution_figure(
        values=[0.01, -0.02, 0.005], width=0.0025, noun="days", expected=None, marks={"a": -0.02, "b": -0.019}
    )

    assert len({note.y for note in figure.layout.annotations}) == 2
    assert figure_json(figure)


@pytest.mark.parametrize(("n", "kind"), [(MOST_CANDLES, "candlestick"), (MOST_CANDLES + 1, "scatter")])
def test_prices_are_candles_where_they_fit(n, kind):
    close = np.linspace(10, 20, n)

    figure = price_figure(
        dates=days(n), close=close, bars=(close, close, close), bought=NOTHING, sold=NOTHING, name="X"
    )

    assert figure.data[0].type == kind
    assert [trace.meta["role"] for trace in figure.data[1:]] == ["buy", "sell"]


def test_prices_without_bars_are_a_line():
    figure = price_figure(dates=days(3), close=[1.0, 2.0, 3.0], bars=None, bought=NOTHING, sold=NOTHING, name="X")

    assert figure.data[0].type == "scatter"


def test_cloud_shows_no_more_than_a_screen_can():
    n = 3 * MOST_DOTS
    cloud = Cloud("All", "dots", np.arange(n), np.arange(n), [str(i) for i in range(n)])

    shown = cloud_figure(clouds=[cloud], x_title="x", y_title="y").data[0]

    assert len(shown.x) == len(shown.text) == MOST_DOTS
    assert (shown.text[0], shown.text[-1]) == ("0", str(n - 1))


def test_thin_keeps_a_gap_a_gap():
    values = np.ones(5000)
    values[2000:3000] = np.nan

    kept = values[thin(values, limit=200)]

    assert np.isnan(kept).any()
    assert len(kept) <= 200
