"""Measures against empyrical-reloaded and quantstats on one seeded path (empyrical_values.json, by make_empyrical_values.py).

Where a library has another convention, the entry turns our figure into it and says how; docs/measures.md has the reasons.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from apps.domain import metrics
from apps.domain.metrics import DAYS_PER_YEAR
from apps.domain.metrics._returns import monthly_series

from .make_empyrical_values import days, series

VALUES = json.loads(Path(__file__).with_name("empyrical_values.json").read_text())
RETURNS, BENCHMARK = series()
N = len(RETURNS)
EQUITY, OTHER = (np.cumprod([1.0, *(1.0 + one)]) for one in (RETURNS, BENCHMARK))
DAYS = np.append(np.datetime64("2014-12-31", "D"), days())  # the close before the first return is a month of its own
MONTHS, OTHER_MONTHS = (monthly_series(DAYS, one)[1][1:] for one in (EQUITY, OTHER))


def with_sample_deviation(normal):
    """The figure with ddof 1 for the deviation: the distance from the mean grows by √(n / (n - 1))."""
    return RETURNS.mean() + (normal - RETURNS.mean()) * np.sqrt(N / (N - 1))


def captured(chosen):
    """Capture of days where ours is of months: compound growth a year over the chosen days, over the benchmark's."""
    own, other = (np.prod(1.0 + one[chosen]) ** (DAYS_PER_YEAR / chosen.sum()) - 1.0 for one in (RETURNS, BENCHMARK))
    return own / other


OURS = {
    "empyrical": {
        "cum_returns_final": metrics.total_return(EQUITY),
        "annual_return": metrics.annual_return(EQUITY),
        "annual_volatility": metrics.annual_volatility(RETURNS),
        "sharpe_ratio": metrics.sharpe_ratio(RETURNS),
        "sortino_ratio": metrics.sortino_ratio(RETURNS),
        "calmar_ratio": metrics.calmar_ratio(EQUITY),
        "max_drawdown": metrics.max_drawdown(EQUITY),
        "value_at_risk": metrics.value_at_risk_95(RETURNS),
        # The mean of the lowest int(0.05 (n - 1)) + 1 days: ours, but for days that tie with the quantile.
        "conditional_value_at_risk": metrics.expected_shortfall_95(RETURNS),
        "omega_ratio": metrics.omega_ratio(RETURNS),
        "tail_ratio": metrics.tail_ratio(RETURNS),
        "downside_risk": RETURNS.mean() * DAYS_PER_YEAR / metrics.sortino_ratio(RETURNS),
        "beta": metrics.beta(RETURNS, BENCHMARK),
        # Compounds the daily alpha over 252 days where we multiply it.
        "alpha": (1.0 + metrics.alpha(RETURNS, BENCHMARK) / DAYS_PER_YEAR) ** DAYS_PER_YEAR - 1.0,
        # The information ratio of a day.
        "excess_sharpe": metrics.information_ratio(RETURNS, BENCHMARK) / np.sqrt(DAYS_PER_YEAR),
        # Takes the periods that it is given; of days the figure is another than of months.
        "up_capture of days": captured(BENCHMARK > 0.0),
        "down_capture of days": captured(BENCHMARK < 0.0),
        "up_capture of months": metrics.up_capture(MONTHS, OTHER_MONTHS),
        "down_capture of months": metrics.down_capture(MONTHS, OTHER_MONTHS),
    },
    "quantstats": {
        "cagr": metrics.annual_return(EQUITY),  # of trading days; that of ffn is of calendar days
        "volatility": metrics.annual_volatility(RETURNS),
        "sharpe": metrics.sharpe_ratio(RETURNS),
        "sortino": metrics.sortino_ratio(RETURNS),
        "max_drawdown": metrics.max_drawdown(EQUITY),
        # Its value at risk and its shortfall are the normal ones, with ddof 1 where ours have the population deviation.
        "value_at_risk": with_sample_deviation(metrics.value_at_risk_95_normal(RETURNS)),
        "conditional_value_at_risk": with_sample_deviation(metrics.expected_shortfall_95_normal(RETURNS)),
        "omega": metrics.omega_ratio(RETURNS),
        "tail_ratio": metrics.tail_ratio(RETURNS),
        "skew": metrics.sample_skewness(RETURNS),
        "kurtosis": metrics.sample_excess_kurtosis(RETURNS),
        # Divides by n - 1, of returns; we take the mean over n + 1 closes.
        "ulcer_index": metrics.ulcer_index(EQUITY) * np.sqrt((N + 1) / (N - 1)),
        "gain_to_pain_ratio": metrics.omega_ratio(RETURNS) - 1.0,
        # Of the days with a return other than 0.
        "win_rate": metrics.winning_days(RETURNS) * N / np.sum(RETURNS != 0.0),
        "best month": MONTHS.max(),
        "worst month": MONTHS.min(),
    },
}  # fmt: skip


@pytest.mark.parametrize("library", VALUES)
def test_every_stored_value_is_compared(library):
    assert list(OURS[library]) == list(VALUES[library])


@pytest.mark.parametrize(("library", "name"), [(library, name) for library in VALUES for name in VALUES[library]])
def test_measure_is_that_of_the_library(library, name):
    assert OURS[library][name] == pytest.approx(VALUES[library][name], rel=1e-9, abs=1e-12)


def test_months_are_those_of_the_run():
    assert metrics.best_month(DAYS, EQUITY) == MONTHS.max()
    assert metrics.winning_months(DAYS, EQUITY) == pytest.approx(np.sum(MONTHS > 0.0) / (len(MONTHS) + 1))
