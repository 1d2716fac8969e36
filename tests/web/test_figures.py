"""Figures carry data and roles, small enough for a page; small marks are exact."""

import json
from datetime import date, timedelta

import numpy as np
import plotly.graph_objects as go
import pytest

from apps.web.queries import (
    Curve,
    Reading,
    bars_figure,
    equity_figure,
    figure_json,
    heat_class,
    heat_years,
    histogram_figure,
    panels_figure,
    readings_figure,
    response_figure,
    spark,
    thin,
)
from apps.web.queries.figures import MAX_POINTS, TraceNotSupportedError


def days(n):
    return [date(2000, 1, 3) + timedelta(days=i) for i in range(n)]


def wealth(n, seed):
    return np.cumprod(1 + np.random.default_rng(seed).normal(0.0003, 0.01, n))


@pytest.mark.parametrize("n", [1, 2, 1500, 1501, 40_000])
def test_thin_any_length_keeps_ends_and_extremes(n):
    values = np.random.default_rng(n).normal(size=n)

    kept = thin(values)

    assert kept.size <= MAX_POINTS
    assert (kept[0], kept[-1]) == (0, n - 1)
    assert (values[kept].min(), values[kept].max()) == (values.min(), values.max())
    assert (np.diff(kept) > 0).all()


def test_thin_with_gaps_ignores_nan():
    values = np.full(10_000, np.nan)
    values[5000], values[7000] = 3.0, -2.0

    kept = thin(values)

    assert {5000, 7000} <= set(kept.tolist())


def test_equity_long_history_is_thinned_and_rebased():
    figure = equity_figure(dates=days(6000), strategy=wealth(6000, 1) * 7, benchmark=wealth(6000, 2))

    assert len(figure.data[0].x) <= MAX_POINTS
    assert figure.data[0].y[0] == pytest.approx(100)
    assert figure.data[1].y[0] == pytest.approx(100)
    assert [trace.meta["role"] for trace in figure.data] == ["strategy", "benchmark", "strategy", "benchmark"]


def test_equity_drawdown_is_the_fall_from_the_peak():
    figure = equity_figure(dates=days(4), strategy=[1.0, 2.0, 1.0, 3.0])

    assert figure.data[1].y.tolist() == [0.0, 0.0, -0.5, 0.0]


def test_equity_late_benchmark_starts_at_the_strategys_level():
    figure = equity_figure(dates=days(3), strategy=[1.0, 2.0, 4.0], benchmark=[np.nan, 5.0, 10.0])

    assert figure.data[1].y[1:].tolist() == [200.0, 400.0]


def test_histogram_counts_every_value_once():
    values = np.random.default_rng(3).normal(0, 0.05, 300)

    figure = histogram_figure(values=values, benchmark=values)

    assert figure.data[0].y.sum() == figure.data[1].y.sum() == 300


def test_figures_all_kinds_carry_no_colour():
    figures = [
        equity_figure(
            dates=days(9), strategy=wealth(9, 1), benchmark=wealth(9, 2), log=True, events={"Published": days(9)[4]}
        ),
        panels_figure(dates=days(9), panels={"Beta": (".1f", [Curve("Strategy", wealth(9, 1))])}),
        bars_figure(labels=[2001, 2002], series=[Curve("Strategy", [0.1, -0.1])]),
        histogram_figure(values=[0.01, -0.02]),
        response_figure(x=[1, 2], y=[0.1, 0.2], name="Sharpe ratio", x_title="Months", marks={"This run": 1}),
        readings_figure(readings=[Reading("As stated", 0.7, 0.2, 1.1)], claimed=0.74),
    ]

    text = " ".join(figure_json(figure) for figure in figures)

    assert "color" not in text
    assert all(trace.meta["role"] for figure in figures for trace in figure.data)


def test_figure_json_markup_in_a_name_cannot_close_the_script():
    figure = bars_figure(labels=["a"], series=[Curve("</script><b>", [1.0])])

    text = figure_json(figure)

    assert "<" not in text
    assert json.loads(text)["data"][0]["name"] == "</script><b>"


def test_figure_json_trace_outside_the_bundle_is_refused():
    with pytest.raises(TraceNotSupportedError) as caught:
        figure_json(go.Figure([go.Heatmap(z=[[1]])]))

    assert caught.value.details == {"types": "heatmap"}


@pytest.mark.parametrize(
    ("value", "css"),
    [(0.2, "h4"), (0.04, "h2"), (0.0, "h0"), (-0.02, "h-1"), (-1.0, "h-4"), (None, "void"), (float("nan"), "void")],
)
def test_heat_class_saturates_at_the_cap(value, css):
    assert heat_class(value, cap=0.08) == css


def test_heat_years_newest_first_compounds_what_exists():
    found = heat_years(months=[date(2019, 12, 1), date(2020, 1, 1), date(2020, 3, 1)], returns=[0.5, 0.1, 0.1])

    assert [year.year for year in found] == [2020, 2019]
    assert found[0].total == pytest.approx(0.21)
    assert [cell.value for cell in found[0].cells[:3]] == [0.1, None, 0.1]


def test_spark_rising_line_ends_at_the_top():
    found = spark([1.0, 2.0, 3.0])

    assert found is not None
    assert (found.path, found.direction, found.last_y) == ("M0.0 20.0L41.0 11.0L82.0 2.0", "up", 2.0)


@pytest.mark.parametrize("values", [[], [1.0], [float("nan"), 2.0]])
def test_spark_too_short_is_none(values):
    assert spark(values) is None
