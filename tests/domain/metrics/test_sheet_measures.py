"""What the tear sheet adds to the measures, held to pandas, to arch, and to identities."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import StationaryBootstrap

from apps.domain.metrics import (
    RollingWindowError,
    beta,
    cost_bridge,
    monthly_returns,
    regimes,
    rolling_beta,
    rolling_volatility,
    simple_returns,
)
from apps.domain.overfitting import headline_intervals


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(7)
    market = rng.standard_t(5, 1500) * 0.008 + 0.0004
    own = 0.6 * market + rng.normal(0.0002, 0.005, 1500)
    days = pd.bdate_range("1998-06-01", periods=1501).to_numpy().astype("datetime64[D]")
    equity, benchmark = (100 * np.cumprod(np.append(1.0, 1 + r)) for r in (own, market))
    return SimpleNamespace(days=days, equity=equity, benchmark=benchmark)


def test_rolling_volatility_agrees_with_pandas(run):
    expected = pd.Series(run.equity).pct_change().rolling(126).std() * np.sqrt(252)

    np.testing.assert_allclose(rolling_volatility(run.equity, 126), expected, rtol=1e-9)


def test_rolling_beta_agrees_with_pandas(run):
    own, market = (pd.Series(values).pct_change() for values in (run.equity, run.benchmark))
    expected = own.rolling(126).cov(market) / market.rolling(126).var()

    np.testing.assert_allclose(rolling_beta(run.equity, run.benchmark, 126), expected, rtol=1e-8)
    assert rolling_beta(run.equity, run.benchmark, 1500)[-1] == pytest.approx(
        beta(simple_returns(run.equity), simple_returns(run.benchmark))
    )


@pytest.mark.parametrize("function", [rolling_volatility, lambda e, n: rolling_beta(e, e, n)])
def test_rolling_window_too_short_or_too_long(run, function):
    with pytest.raises(RollingWindowError):
        function(run.equity, 1)
    assert np.isnan(function(run.equity[:10], 20)).all()


def test_rolling_beta_of_a_flat_benchmark_is_undefined(run):
    assert np.isnan(rolling_beta(run.equity, np.full(len(run.equity), 5.0), 20)).all()


def test_regimes_agree_with_a_grouping_by_pandas(run):
    own, market = (pd.Series(v, index=pd.DatetimeIndex(run.days)) for v in (run.equity, run.benchmark))
    months = market.groupby(market.index.to_period("M")).last()
    rising = months.pct_change().fillna(months.iloc[0] / market.iloc[0] - 1) > 0
    returns = own.pct_change().dropna()
    chosen = returns[rising.loc[returns.index.to_period("M")].to_numpy()]

    found = {row.name: row for row in regimes(days=run.days, equity=run.equity, benchmark=run.benchmark)}

    row = found["Benchmark's rising months"]
    assert row.n_days == len(chosen)
    assert row.annual_return == pytest.approx((1 + chosen).prod() ** (252 / len(chosen)) - 1)
    assert row.sharpe_ratio == pytest.approx(chosen.mean() / chosen.std() * np.sqrt(252))
    nineties = returns[returns.index.year < 2000]
    assert found["1990s"].annual_volatility == pytest.approx(nineties.std() * np.sqrt(252))


def test_regimes_of_a_group_share_the_days_between_them(run):
    rows = regimes(
        days=run.days,
        equity=run.equity,
        benchmark=run.benchmark,
        windows={"Before": (None, run.days[700].item()), "After": (run.days[701].item(), None)},
    )
    days = pd.DataFrame([(r.group, r.n_days) for r in rows]).groupby(0)[1].sum()

    assert days["Market"] == days["Decade"] == days["Windows"] == 1500
    assert days["Volatility"] == 1500 - 63
    assert {r.group for r in rows} == {"Market", "Volatility", "Decade", "Windows"}


def test_regime_is_known_before_its_day(run):
    """A shock on the last day must not move that day into the rough ones."""
    shocked = run.benchmark.copy()
    shocked[-1] *= 0.5
    calm = {r.name: r.n_days for r in regimes(days=run.days, equity=run.equity, benchmark=run.benchmark)}
    after = {r.name: r.n_days for r in regimes(days=run.days, equity=run.equity, benchmark=shocked)}

    assert after["High volatility of the benchmark"] == calm["High volatility of the benchmark"]


def test_regimes_without_a_benchmark_cut_by_the_strategy_itself(run):
    rows = regimes(days=run.days, equity=run.equity, benchmark=None)

    assert {r.group for r in rows} == {"Volatility", "Decade"}
    assert all(r.benchmark_annual_return is None for r in rows)
    assert regimes(days=run.days[:1], equity=run.equity[:1], benchmark=None) == ()


def test_cost_bridge_adds_up():
    orders = SimpleNamespace(cost=np.array([3.0, 2.0]), slippage=np.array([1.0, 0.5]), value=np.array([1000.0, 1500.0]))
    run = SimpleNamespace(
        capital=1000.0,
        equity=np.array([997.0, 1050.0, 1100.0]),
        financing=np.array([0.0, -4.0, 1.0]),
        dividends=np.array([0.0, 10.0, 0.0]),
        orders=orders,
    )

    bridge = cost_bridge(run)

    assert bridge.net == pytest.approx(0.1)
    assert bridge.prices + bridge.dividends + bridge.financing + bridge.slippage + bridge.fees == pytest.approx(0.1)
    assert (bridge.slippage, bridge.fees, bridge.financing) == pytest.approx((-0.0015, -0.0035, -0.003))
    assert bridge.gross == pytest.approx(0.105)
    assert bridge.per_value == pytest.approx(5 / 2500)


def test_headline_intervals_agree_with_arch(run):
    returns = simple_returns(run.equity)
    found = {row.measure: row for row in headline_intervals(equity=run.equity, benchmark=run.benchmark, seed=3).rows}
    oracle = StationaryBootstrap(21, returns, seed=11)

    low, high = oracle.conf_int(
        lambda r: r.mean() / r.std(ddof=1) * np.sqrt(252), reps=1000, method="percentile", size=0.95
    ).ravel()

    sharpe = found["sharpe_ratio"]
    assert (sharpe.low, sharpe.high) == pytest.approx((low, high), abs=0.12)
    assert sharpe.low < sharpe.value < sharpe.high
    assert set(found) == {"annual_return", "annual_volatility", "sharpe_ratio", "max_drawdown", "excess_return"}
    assert found["max_drawdown"].high <= 0.0


def test_headline_intervals_are_named_by_their_seed(run):
    def ask(seed):
        return headline_intervals(equity=run.equity, benchmark=None, seed=seed, n_samples=150)

    assert ask(1) == ask(1)
    assert ask(1) != ask(2)
    assert ask(1).above_benchmark is None
    assert headline_intervals(equity=run.equity[:20], benchmark=None, seed=1) is None
    assert headline_intervals(equity=np.full(100, 3.0), benchmark=None, seed=1) is None


def test_months_of_the_oracle_are_ours(run):
    rows = monthly_returns(SimpleNamespace(days=run.days, equity=run.equity))

    yearly = pd.Series(run.equity, index=pd.DatetimeIndex(run.days)).resample("YE").last().pct_change()
    assert rows[1].total == pytest.approx(yearly.iloc[1])
