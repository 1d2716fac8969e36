"""The compiled engine against a slow reference and against `bt`, which nobody here wrote."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.engine import look_ahead_proof, order_hash, run
from apps.domain.values import Panel
from tests.domain.engine.build import crossing, gbm, momentum, parameter, spec
from tests.domain.engine.reference import mean, own_bars, reference


def bars_of(panel):
    return {
        symbol: [
            (panel.open[s, t], panel.close[s, t]) if np.isfinite(panel.close[s, t]) else None
            for t in range(len(panel.days))
        ]
        for s, symbol in enumerate(panel.symbols)
    }


def crossing_rule(bars, fast, slow):
    def gap(symbol, t, back):
        values = own_bars(bars, symbol, t)
        quick, calm = mean(values, fast, back), mean(values, slow, back)
        return None if quick is None or calm is None else quick - calm

    def rule(symbol, t):
        now, before = gap(symbol, t, 0), gap(symbol, t, 1)
        if now is None or before is None:
            return None, None
        return now > 0 >= before, now < 0 <= before

    return "per_asset", rule


def level_rule(bars, n):
    def rule(symbol, t):
        values = own_bars(bars, symbol, t)
        level = mean(values, n)
        if level is None:
            return None, None
        return bool(values[-1] > level), bool(values[-1] <= level)

    return "per_asset", rule


def momentum_rule(bars, lookback, skip, count, side):
    def value(symbol, t):
        values = own_bars(bars, symbol, t)
        return values[-1 - skip] / values[-1 - lookback] - 1 if len(values) > lookback else None

    return "top_n", (value, count, side)


PANELS = st.builds(
    gbm,
    n_symbols=st.integers(1, 5),
    n_days=st.integers(30, 120),
    seed=st.integers(0, 10_000),
    missing=st.sampled_from([0.0, 0.05, 0.4]),
    start=st.sampled_from(["2023-11-20", "2020-02-26"]),
)
SETTINGS = st.fixed_dictionaries(
    {
        "period": st.sampled_from(["daily", "weekly", "monthly", "quarterly", "yearly"]),
        "on": st.sampled_from(["last", "first"]),
        "fill": st.sampled_from(["next_open", "next_close"]),
        "cost": st.sampled_from([0.0, 5.0, 100.0]),
        "over": st.sampled_from(["selected", "universe"]),
    }
)


def assert_equal_to_reference(rule, strategy, panel, options, first=0, last=None):
    bars = bars_of(panel)
    days = panel.days.astype(object)
    last = len(days) - 1 if last is None else last

    result = run(spec=strategy, panel=panel)
    equity, fills, targets = reference(
        rule=rule(bars), bars=bars, symbols=panel.symbols, days=days, first=first, last=last, period=options["period"],
        on=options["on"], fill=options["fill"], bps=options["cost"], capital=1_000_000.0, over=options["over"],
    )  # fmt: skip

    np.testing.assert_allclose(result.equity, equity, rtol=1e-9)
    np.testing.assert_array_equal(result.decision_days, panel.days[sorted(targets)])
    expected = np.array([[targets[t][s] for t in sorted(targets)] for s in result.symbols]).reshape(
        result.weights.shape
    )
    np.testing.assert_allclose(result.weights, expected, rtol=1e-12)
    bought = sum(shares * price for _, _, side, shares, price in fills if side > 0)
    np.testing.assert_allclose(result.orders.value[result.orders.side > 0].sum(), bought, rtol=1e-9)
    # Orders of less than a cent decide nothing; either side may have one that the other rounds away.
    tiny = sum(shares * price < 1e-2 for _, _, _, shares, price in fills) + int((result.orders.value < 1e-2).sum())
    assert abs(len(result.orders) - len(fills)) <= tiny


@settings(max_examples=60, deadline=None)
@given(panel=PANELS, options=SETTINGS, fast=st.integers(1, 5), gap=st.integers(1, 8))
def test_crossing_on_any_panel_equals_the_reference(panel, options, fast, gap):
    assert_equal_to_reference(
        lambda bars: crossing_rule(bars, fast, fast + gap), crossing(fast, fast + gap, **options), panel, options
    )


@settings(max_examples=40, deadline=None)
@given(panel=PANELS, options=SETTINGS, n=st.integers(2, 12))
def test_entry_without_exit_on_any_panel_equals_the_reference(panel, options, n):
    strategy = spec(
        {"kind": "per_asset", "enter": "close > sma(close, n)"}, parameters={"n": parameter(n, "days")}, **options
    )

    assert_equal_to_reference(lambda bars: level_rule(bars, n), strategy, panel, options)


@settings(max_examples=60, deadline=None)
@given(
    panel=PANELS,
    options=SETTINGS,
    lookback=st.integers(2, 15),
    count=st.integers(1, 4),
    side=st.sampled_from(["top", "bottom"]),
)
def test_top_n_on_any_panel_equals_the_reference(panel, options, lookback, count, side):
    strategy = momentum(lookback, 1, count, side, **options)

    assert_equal_to_reference(lambda bars: momentum_rule(bars, lookback, 1, count, side), strategy, panel, options)


@settings(max_examples=20, deadline=None)
@given(panel=PANELS, options=SETTINGS, first=st.integers(5, 10), cut=st.integers(1, 8))
def test_window_inside_the_data_equals_the_reference(panel, options, first, cut):
    last = len(panel.days) - 1 - cut
    strategy = crossing(2, 5, start=str(panel.days[first]), end=str(panel.days[last]), **options)

    assert_equal_to_reference(lambda bars: crossing_rule(bars, 2, 5), strategy, panel, options, first, last)


@settings(max_examples=25, deadline=None)
@given(panel=PANELS, options=SETTINGS, top=st.booleans())
def test_look_ahead_proof_on_any_panel_holds(panel, options, top):
    strategy = momentum(10, 1, 2, **options) if top else crossing(2, 5, **options)

    proof = look_ahead_proof(strategy, panel, n_cuts=3)

    assert len(proof.cuts) == 3


@settings(max_examples=25, deadline=None)
@given(panel=PANELS, options=SETTINGS, keep=st.integers(12, 29))
def test_truncated_panel_gives_the_same_decisions_before_its_last_day(panel, options, keep):
    cut = Panel(days=panel.days[:keep], symbols=panel.symbols, close=panel.close[:, :keep], open=panel.open[:, :keep])

    full, short = run(spec=crossing(2, 4, **options), panel=panel), run(spec=crossing(2, 4, **options), panel=cut)

    n = int(np.searchsorted(full.decision_days, cut.days[-1]))
    np.testing.assert_array_equal(full.decision_days[:n], short.decision_days[:n])
    np.testing.assert_array_equal(full.weights[:, :n], short.weights[:, :n])
    np.testing.assert_array_equal(full.equity[:keep], short.equity)


@settings(max_examples=25, deadline=None)
@given(panel=PANELS, options=SETTINGS)
def test_accounts_on_any_panel_balance(panel, options):
    result = run(spec=momentum(5, 0, 2, **options), panel=panel)

    orders = result.orders
    flow = np.sum(-orders.side * orders.value - orders.cost)
    assert np.all(result.cash >= 0.0)
    assert np.all((result.exposure >= 0.0) & (result.exposure <= 1.0 + 1e-12))
    assert np.all(orders.decided < orders.day)
    np.testing.assert_allclose(result.cash[-1], 1_000_000.0 + flow, atol=1e-4)
    np.testing.assert_allclose(result.trades.pnl.sum(), result.equity[-1] - 1_000_000.0, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(panel=PANELS, options=SETTINGS, seed=st.integers(0, 99))
def test_order_of_instruments_in_the_panel_changes_no_byte(panel, options, seed):
    order = np.random.default_rng(seed).permutation(len(panel.symbols))
    shuffled = Panel(
        days=panel.days,
        symbols=tuple(panel.symbols[i] for i in order),
        close=panel.close[order],
        open=panel.open[order],
    )

    first, second = (run(spec=momentum(5, 0, 2, **options), panel=p) for p in (panel, shuffled))

    assert order_hash(first) == order_hash(second)
    assert first.equity.tobytes() == second.equity.tobytes()


@pytest.mark.filterwarnings("ignore")
def test_one_name_crossing_over_twenty_years_equals_bt():
    """`bt` trades and marks at one price, so it is given opens and a signal of the day before, as backtests at opens are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bt
    panel = gbm()
    close, opening = (pd.Series(x[0], index=pd.DatetimeIndex(panel.days)) for x in (panel.close, panel.open))
    quick, calm = close.rolling(20).mean(), close.rolling(50).mean()
    gap = quick - calm
    # Positions start with a crossing, not with the first defined average.
    crossed = ((gap > 0) & (gap.shift(1) <= 0)) | ((gap < 0) & (gap.shift(1) >= 0))
    state = (gap > 0).astype(float).where(crossed).ffill().fillna(0.0)
    weights = state.shift(1).fillna(0.0).to_frame("S000")
    changed = weights[weights.diff().fillna(weights)["S000"] != 0.0]
    strategy = bt.Strategy("oracle", [bt.algos.WeighTarget(changed), bt.algos.Rebalance()])
    test = bt.Backtest(
        strategy, opening.to_frame("S000"), initial_capital=1_000_000.0, integer_positions=False,
        commissions=lambda quantity, price: abs(quantity) * price * 0.0005, progress_bar=False,
    )  # fmt: skip
    peer = bt.run(test)

    result = run(spec=crossing(), panel=panel)

    flat = result.exposure == 0.0
    theirs = peer.backtests["oracle"].strategy.values.loc[pd.DatetimeIndex(panel.days)].to_numpy()
    assert int(flat.sum()) > 1000
    np.testing.assert_allclose(result.equity[flat], theirs[flat], rtol=1e-9)
    marked_at_open = result.cash + (result.equity - result.cash) / panel.close[0] * panel.open[0]
    np.testing.assert_allclose(marked_at_open, theirs, rtol=1e-9)
