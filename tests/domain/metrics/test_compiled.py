"""The compiled measures are those of the plain functions, whose conventions and sources they carry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain import metrics
from apps.domain.metrics import METRICS, measure
from apps.domain.metrics._measure_kernels import NAMES
from tests.domain.metrics.test_metrics import Run, orders, path, trades, weekdays


def plainly(run):
    days, equity = run.days, run.equity
    returns = metrics.simple_returns(equity)
    return {
        "total_return": metrics.total_return(equity),
        "annual_return": metrics.annual_return(equity),
        "annual_volatility": metrics.annual_volatility(returns),
        "sharpe_ratio": metrics.sharpe_ratio(returns),
        "sortino_ratio": metrics.sortino_ratio(returns),
        "max_drawdown": metrics.max_drawdown(equity),
        "max_drawdown_days": metrics.max_drawdown_days(equity),
        "calmar_ratio": metrics.calmar_ratio(equity),
        "value_at_risk_95": metrics.value_at_risk_95(returns),
        "mean_monthly_return": metrics.mean_monthly_return(days, equity),
        "best_month": metrics.best_month(days, equity),
        "worst_month": metrics.worst_month(days, equity),
        "win_rate": metrics.win_rate(run.trades),
        "profit_factor": metrics.profit_factor(run.trades),
        "n_trades": int(np.sum(~run.trades.is_open)),
        "turnover": metrics.turnover(run.orders, equity),
        "time_in_market": metrics.time_in_market(run.exposure),
        "cost_paid": metrics.cost_paid(run.orders, run.capital),
        "expected_shortfall_95": metrics.expected_shortfall_95(returns),
        "skewness": metrics.skewness(returns),
        "excess_kurtosis": metrics.excess_kurtosis(returns),
        "ulcer_index": metrics.ulcer_index(equity),
        "sharpe_standard_error": metrics.sharpe_standard_error(returns),
        "average_exposure": metrics.average_exposure(run.exposure),
        "payoff_ratio": metrics.payoff_ratio(run.trades),
        "average_days_held": metrics.average_days_held(run.trades),
        "break_even_cost": metrics.break_even_cost(equity, run.orders.value, run.orders.cost),
        "value_at_risk_95_normal": metrics.value_at_risk_95_normal(returns),
        "value_at_risk_95_modified": metrics.value_at_risk_95_modified(returns),
        "expected_shortfall_95_normal": metrics.expected_shortfall_95_normal(returns),
        "expected_shortfall_95_modified": metrics.expected_shortfall_95_modified(returns),
        "omega_ratio": metrics.omega_ratio(returns),
        "tail_ratio": metrics.tail_ratio(returns),
        "pain_index": metrics.pain_index(equity),
        "sample_skewness": metrics.sample_skewness(returns),
        "sample_excess_kurtosis": metrics.sample_excess_kurtosis(returns),
        "winning_days": metrics.winning_days(returns),
        "winning_months": metrics.winning_months(days, equity),
        "expectancy": metrics.expectancy(run.trades),
        "average_worst_excursion": metrics.average_worst_excursion(run.trades),
        "average_best_excursion": metrics.average_best_excursion(run.trades),
    }


def assert_measured(run):
    measured, expected = measure(run), plainly(run)

    assert set(expected) == set(NAMES)
    for name, value in expected.items():
        if value is None or not np.isfinite(value):
            assert measured[name] is None, name
        else:
            assert measured[name] == pytest.approx(value, rel=1e-9, abs=1e-13), name


RETURNS = st.one_of(
    st.lists(st.floats(-0.3, 0.3), max_size=300),
    st.lists(st.sampled_from([0.0, 0.01, -0.01]), max_size=200),
    st.lists(st.just(0.002), max_size=60),
    st.lists(st.one_of(st.just(0.0), st.floats(-0.9, 4.0)), min_size=30, max_size=120),
)
TRADE = st.tuples(
    st.integers(-5000, 5000).map(lambda cents: cents / 100),
    st.booleans(),
    st.integers(0, 90),
    st.one_of(st.just(np.nan), st.floats(-0.5, 0.0)),
)


@settings(max_examples=300, deadline=None)
@given(
    RETURNS,
    st.lists(TRADE, max_size=12),
    st.lists(st.tuples(st.floats(0.1, 1e6), st.floats(0, 100)), max_size=9),
    st.data(),
)
def test_compiled_measures_are_the_plain_ones(returns, closed, fills, data):
    equity = 100.0 * np.cumprod([1.0, *(1.0 + np.array(returns))])
    exposure = np.array(
        data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5]), min_size=len(equity), max_size=len(equity)))
    )
    pnl, is_open, held, worst = (list(column) for column in zip(*closed, strict=True)) if closed else ([], [], [], [])
    run = Run(
        equity,
        days=weekdays("2019-11-25", len(equity)),
        exposure=exposure,
        trades=trades(pnl, is_open, net_return=np.array(pnl) / 100, days_held=held, worst=worst, best=-np.array(worst)),
        orders=orders(*(zip(*fills, strict=True) if fills else ((), ()))),
    )

    assert_measured(run)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 20, 21, 22, 252, 5033])
def test_compiled_measures_of_paths_of_any_length(n):
    assert_measured(Run(path(n=n)))
    assert_measured(Run(np.full(n, 100.0)))
    assert_measured(Run(path(n=n)[::-1].copy()))


def test_ruined_and_intraday_runs():
    assert_measured(Run(np.array([100.0, 50.0, -10.0, -10.0])))
    minutes = np.datetime64("2024-01-31T15:00", "m") + 60 * np.arange(60)
    assert_measured(Run(path(n=60), days=minutes))


def test_every_measure_is_compiled_or_needs_a_benchmark():
    alone = measure(Run(path(n=300), trades=trades([1, -1]), orders=orders([1.0], [0.1])))

    assert {name for name, value in alone.items() if value is None} == METRICS.keys() - set(NAMES)
