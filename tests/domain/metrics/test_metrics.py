"""Measures against ffn, against hand-computed tables and against their own definitions."""

import warnings
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain import metrics
from apps.domain.metrics import METRICS, RollingWindowError, drawdowns, measure, monthly_returns, rolling_sharpe


def weekdays(start, n):
    days = np.arange(np.datetime64(start, "D"), np.datetime64(start, "D") + 2 * n + 10)
    return days[np.is_busday(days)][:n]


def trades(pnl=(), is_open=(), net_return=None, days_held=None, worst=None, best=None):
    return SimpleNamespace(
        pnl=np.array(pnl, dtype=float),
        is_open=np.array(is_open or [False] * len(pnl), dtype=bool),
        net_return=np.array(pnl if net_return is None else net_return, dtype=float),
        days_held=np.array([1] * len(pnl) if days_held is None else days_held, dtype=float),
        worst=np.array([0.0] * len(pnl) if worst is None else worst, dtype=float),
        best=np.array([0.0] * len(pnl) if best is None else best, dtype=float),
    )


def orders(value=(), cost=()):
    return SimpleNamespace(value=np.array(value, dtype=float), cost=np.array(cost, dtype=float))


@dataclass
class Run:
    equity: np.ndarray
    days: np.ndarray = None
    capital: float = 100.0
    exposure: np.ndarray = None
    benchmark_equity: np.ndarray = None
    orders: object = field(default_factory=orders)
    trades: object = field(default_factory=trades)

    def __post_init__(self):
        self.equity = np.asarray(self.equity, dtype=float)
        self.days = weekdays("2024-01-01", len(self.equity)) if self.days is None else self.days
        self.exposure = np.ones(len(self.equity)) if self.exposure is None else self.exposure


def path(seed=11, n=5033, drift=0.0003):
    return 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(drift, 0.012, n)))


def test_measures_of_a_long_path_equal_ffn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ffn
    run = Run(path())
    prices = pd.Series(run.equity, index=pd.DatetimeIndex(run.days))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stats = ffn.core.PerformanceStats(prices, annualization_factor=252)

    measured = measure(run)

    expected = {
        "total_return": stats.total_return,
        "annual_volatility": stats.daily_vol,
        "sharpe_ratio": stats.daily_sharpe,
        "max_drawdown": stats.max_drawdown,
    }
    for key, value in expected.items():
        np.testing.assert_allclose(measured[key], value, rtol=1e-10, err_msg=key)
    # ffn leaves out the first, partial month.
    months = metrics.monthly_returns(run)
    ours = [cell for row in months for cell in row.months if cell is not None]
    np.testing.assert_allclose(ours[1:], stats.monthly_returns.dropna().to_numpy()[-len(ours) + 1 :], rtol=1e-10)


def test_sortino_ratio_of_a_long_path_equals_its_definition_in_pandas():
    returns = pd.Series(path()).pct_change().dropna()

    result = metrics.sortino_ratio(returns.to_numpy())

    downside = ((returns.clip(upper=0) ** 2).sum() / len(returns)) ** 0.5
    np.testing.assert_allclose(result, returns.mean() / downside * 252**0.5, rtol=1e-12)


def test_annual_return_over_one_year_of_trading_days_is_the_total():
    equity = np.linspace(100.0, 121.0, 253)

    assert metrics.annual_return(equity) == pytest.approx(0.21, rel=1e-12)
    assert metrics.annual_return(np.linspace(100.0, 121.0, 505)) == pytest.approx(0.10, rel=1e-12)


def test_hand_computed_table():
    run = Run(
        [100.0, 110.0, 99.0, 104.5, 110.0, 121.0],
        exposure=np.array([0.0, 1.0, 1.0, 0.5, 0.0, 1.0]),
        trades=trades([10.0, -5.0, 20.0, -1.0, 99.0], [False, False, False, False, True]),
        orders=orders([100.0, 100.0], [1.0, 2.0]),
    )

    measured = measure(run)

    assert measured["total_return"] == pytest.approx(0.21)
    assert measured["max_drawdown"] == pytest.approx(-0.10)
    assert measured["max_drawdown_days"] == 3
    assert measured["win_rate"] == 0.5
    assert measured["profit_factor"] == pytest.approx(30 / 6)
    assert measured["n_trades"] == 4
    assert measured["time_in_market"] == pytest.approx(4 / 6)
    assert measured["cost_paid"] == pytest.approx(0.03)
    assert measured["turnover"] == pytest.approx(100.0 / run.equity.mean() * 252 / 5)
    assert measured["calmar_ratio"] == pytest.approx((1.21 ** (252 / 5) - 1) / 0.10)


def test_value_at_risk_is_the_historical_quantile():
    returns = np.arange(-50, 51) / 1000.0

    assert metrics.value_at_risk_95(returns) == pytest.approx(-0.045)


def test_measures_against_twice_the_benchmark():
    yardstick = np.random.default_rng(5).normal(0.0002, 0.01, 400)
    returns = 2.0 * yardstick + 0.0001

    assert metrics.beta(returns, yardstick) == pytest.approx(2.0)
    assert metrics.alpha(returns, yardstick) == pytest.approx(0.0252)
    assert metrics.correlation(returns, yardstick) == pytest.approx(1.0)
    assert metrics.tracking_error(returns, yardstick) == pytest.approx(np.std(yardstick, ddof=1) * 252**0.5)


def test_benchmark_measures_are_those_of_its_curve():
    benchmark = path(seed=12, n=600)

    measured = measure(Run(path(n=600), benchmark_equity=benchmark))

    alone = measure(Run(benchmark))
    assert measured["benchmark_annual_return"] == pytest.approx(alone["annual_return"], rel=1e-12)
    assert measured["benchmark_max_drawdown"] == alone["max_drawdown"]
    assert measured["benchmark_sharpe"] == pytest.approx(alone["sharpe_ratio"], rel=1e-12)


def test_run_that_stayed_in_cash_has_no_ratios():
    measured = measure(Run(np.full(300, 100.0), exposure=np.zeros(300)))

    undefined = {key for key, value in measured.items() if value is None}
    assert undefined == {
        "sharpe_ratio", "sortino_ratio", "calmar_ratio", "win_rate", "profit_factor", "beta", "alpha", "correlation",
        "tracking_error", "benchmark_annual_return", "benchmark_max_drawdown", "benchmark_sharpe",
        "skewness", "excess_kurtosis", "sharpe_standard_error", "payoff_ratio", "average_days_held", "break_even_cost",
        "information_ratio", "up_capture", "down_capture", "value_at_risk_95_modified", "expected_shortfall_95_modified",
        "omega_ratio", "treynor_ratio", "tail_ratio", "sample_skewness", "sample_excess_kurtosis", "expectancy",
        "average_worst_excursion", "average_best_excursion",
    }  # fmt: skip
    assert measured["max_drawdown"] == 0.0
    assert measured["max_drawdown_days"] == 0


def test_catalogue_names_every_measure_and_no_other():
    measured = measure(Run(path(n=300), benchmark_equity=path(seed=2, n=300)))

    assert list(measured) == list(METRICS)
    assert all(metric.key == key and metric.convention and metric.label for key, metric in METRICS.items())


def test_documentation_lists_every_measure_with_its_convention_and_a_source():
    text = (Path(__file__).parents[3] / "docs" / "measures.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]

    assert [row[:3] for row in rows] == [[f"`{m.key}`", m.label, m.convention] for m in METRICS.values()]
    assert all(len(row) == 4 for row in rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=80), st.floats(1.0, 1e6))
def test_measures_of_any_run_are_finite_and_free_of_scale(returns, scale):
    equity = np.cumprod([1.0, *(1.0 + np.array(returns))])

    first, second = measure(Run(equity)), measure(Run(scale * equity))

    assert all(value is None or np.isfinite(value) for value in first.values())
    assert -1.0 <= first["max_drawdown"] <= 0.0
    for key in ("total_return", "max_drawdown", "mean_monthly_return"):
        assert first[key] == pytest.approx(second[key], rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 400), st.integers(0, 1000))
def test_monthly_table_of_any_run_compounds_to_its_total(n, seed):
    run = Run(path(seed, n), days=weekdays("2021-11-08", n))

    rows = monthly_returns(run)

    assert np.prod([1.0 + row.total for row in rows]) == pytest.approx(run.equity[-1] / run.equity[0], rel=1e-9)
    assert [row.year for row in rows] == sorted({int(str(day)[:4]) for day in run.days})
    assert all(len(row.months) == 12 for row in rows)


def test_monthly_table_puts_returns_under_their_months():
    days = np.array(["2023-12-29", "2024-01-31", "2024-02-29"], dtype="datetime64[D]")

    (first, second) = monthly_returns(Run([100.0, 110.0, 121.0], days=days))

    assert (first.year, first.months[11], first.months[0]) == (2023, 0.0, None)
    assert second.months[:3] == (pytest.approx(0.1), pytest.approx(0.1), None)


def test_drawdown_table_lists_the_deepest_first():
    run = Run([100.0, 95.0, 100.0, 120.0, 90.0, 96.0, 120.0, 114.0])

    table = drawdowns(run, n=2)

    assert [(d.depth, d.days_to_low, d.days, d.recovery) for d in table] == [
        (-0.25, 1, 3, date(2024, 1, 9)),
        (pytest.approx(-0.05), 1, 2, date(2024, 1, 3)),
    ]
    assert drawdowns(run)[2].recovery is None
    assert table[0].depth == measure(run)["max_drawdown"]


def test_rolling_sharpe_equals_the_ratio_of_each_window():
    run = Run(path(n=200))

    rolled = rolling_sharpe(run, n=60)

    assert np.isnan(rolled[:60]).all()
    assert rolled[60] == pytest.approx(metrics.sharpe_ratio(metrics.simple_returns(run.equity[:61])))
    assert rolled[-1] == pytest.approx(metrics.sharpe_ratio(metrics.simple_returns(run.equity[-61:])))


def test_rolling_sharpe_over_one_day_is_refused():
    with pytest.raises(RollingWindowError):
        rolling_sharpe(Run(path(n=20)), n=1)


def test_shape_of_returns_equals_scipy():
    from scipy import stats

    returns = metrics.simple_returns(path(n=800))

    assert metrics.skewness(returns) == pytest.approx(stats.skew(returns), rel=1e-12)
    assert metrics.excess_kurtosis(returns) == pytest.approx(stats.kurtosis(returns), rel=1e-12)


def test_expected_shortfall_is_the_mean_of_the_worst():
    returns = np.arange(-50, 50) / 1000

    assert metrics.expected_shortfall_95(returns) == pytest.approx(np.mean([-0.05, -0.049, -0.048, -0.047, -0.046]))


def test_standard_error_of_a_normal_sharpe_ratio_is_lo_s():
    """Lo (2002): the square root of (1 + S²/2) / n a day; and it is what repeated samples show."""
    rng = np.random.default_rng(1)
    samples = rng.normal(0.0005, 0.01, (4000, 500))

    ratios = [metrics.sharpe_ratio(row) for row in samples]

    assert metrics.sharpe_standard_error(samples[0]) == pytest.approx(np.std(ratios), rel=0.05)
    assert metrics.sharpe_standard_error(samples[0]) == pytest.approx(np.sqrt(252 / 500), rel=0.02)


def test_measures_against_a_benchmark_by_hand():
    months = np.array([0.02, -0.01, 0.03, -0.02])
    benchmark = np.array([0.01, -0.02, 0.02, -0.01])
    up = (1.02 * 1.03) ** 6 - 1, (1.01 * 1.02) ** 6 - 1

    assert metrics.up_capture(months, benchmark) == pytest.approx(up[0] / up[1])
    assert metrics.down_capture(months, benchmark) == pytest.approx(((0.99 * 0.98) ** 6 - 1) / ((0.98 * 0.99) ** 6 - 1))
    assert metrics.information_ratio(months, benchmark) == pytest.approx(
        np.mean(months - benchmark) / np.std(months - benchmark, ddof=1) * np.sqrt(252)
    )
    assert metrics.information_ratio(months, months) is None
    assert metrics.up_capture(months, -np.ones(4) * 0.01) is None


def test_ulcer_index_by_hand():
    assert metrics.ulcer_index(np.array([100.0, 90.0, 100.0])) == pytest.approx(np.sqrt(0.01 / 3))


def test_measures_of_trades_by_hand():
    closed = trades([1, -1, 5], [False, False, True], net_return=[0.04, -0.02, 0.5], days_held=[3, 5, 90])

    assert metrics.payoff_ratio(closed) == pytest.approx(2.0)
    assert metrics.average_days_held(closed) == 4.0
    assert metrics.payoff_ratio(trades([1.0])) is None


def test_break_even_cost_is_the_cost_at_which_a_run_earns_nothing():
    """One round trip a day of the whole equity, each gaining 10 bps before costs: 5 bps a side break even."""
    n, gain, paid = 253, 0.001, 0.0002
    equity = 100 * (1 + gain - 2 * paid) ** np.arange(n)
    traded = np.full(2 * (n - 1), equity.mean())

    found = metrics.break_even_cost(equity, traded, traded * paid)

    assert found == pytest.approx(gain / 2, rel=0.1)


def test_ruined_account_has_measures_and_no_warning():
    measured = measure(Run(np.array([100.0, 50.0, -10.0, -10.0])))

    assert measured["annual_return"] == -1.0
    assert measured["total_return"] == pytest.approx(-1.1)
    assert all(value is None or np.isfinite(value) for value in measured.values())


def test_sample_moments_equal_scipy_and_need_days_enough():
    from scipy import stats

    returns = metrics.simple_returns(path(n=50))

    assert metrics.sample_skewness(returns) == pytest.approx(stats.skew(returns, bias=False), rel=1e-12)
    assert metrics.sample_excess_kurtosis(returns) == pytest.approx(stats.kurtosis(returns, bias=False), rel=1e-12)
    assert metrics.sample_skewness(returns[:2]) is None
    assert metrics.sample_excess_kurtosis(returns[:3]) is None


def test_modified_measures_of_nearly_normal_returns_are_the_normal_ones():
    returns = np.random.default_rng(4).normal(0.0004, 0.01, 400_000)

    for name in ("value_at_risk_95", "expected_shortfall_95"):
        normal = getattr(metrics, f"{name}_normal")(returns)
        assert getattr(metrics, f"{name}_modified")(returns) == pytest.approx(normal, rel=5e-3)
        assert getattr(metrics, name)(returns) == pytest.approx(normal, rel=5e-3)


def test_modified_shortfall_is_never_less_of_a_loss_than_the_modified_value_at_risk():
    """Here the expansion alone gives 1.88 deviations, inside the 2.02 of the value at risk."""
    returns = np.array([0.01] * 8 + [-0.04] * 2)

    assert metrics.expected_shortfall_95_modified(returns) == metrics.value_at_risk_95_modified(returns)
    assert metrics.value_at_risk_95_modified(returns) == pytest.approx(-2.0239331918 * 0.02)


def test_ratios_of_gains_and_losses_by_hand():
    returns = np.array([0.02, -0.01, 0.03, -0.02, 0.0])

    assert metrics.omega_ratio(returns) == pytest.approx(5 / 3)
    assert metrics.winning_days(returns) == 0.4
    assert metrics.tail_ratio(np.arange(-20, 81) / 100) == pytest.approx(0.75 / 0.15)
    assert metrics.tail_ratio(np.zeros(5)) is None
    assert metrics.treynor_ratio(2 * returns, returns) == pytest.approx(returns.mean() * 252)
    assert metrics.treynor_ratio(np.zeros(5), returns) is None
    assert metrics.pain_index(np.array([100.0, 90.0, 100.0, 95.0])) == pytest.approx(0.15 / 4)


def test_winning_months_count_partial_ones():
    days = np.array(["2023-12-28", "2023-12-29", "2024-01-31", "2024-02-29"], dtype="datetime64[D]")

    assert metrics.winning_months(days, np.array([100.0, 101.0, 101.0, 103.0])) == pytest.approx(2 / 3)
    assert metrics.winning_months(days[:1], np.array([100.0])) is None


def test_means_over_closed_round_trips_leave_out_open_and_unknown_ones():
    closed = trades(
        [1, -1, 5],
        [False, False, True],
        net_return=[0.04, -0.02, 0.5],
        worst=[-0.03, np.nan, -0.5],
        best=[0.05, np.nan, 0.6],
    )

    assert metrics.expectancy(closed) == pytest.approx(0.01)
    assert metrics.average_worst_excursion(closed) == -0.03
    assert metrics.average_best_excursion(closed) == 0.05
    assert metrics.expectancy(trades()) is None
    assert metrics.average_worst_excursion(trades([1.0], worst=[np.nan])) is None
