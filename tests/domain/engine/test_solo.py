"""The quick walk of one instrument by itself gives the bytes of the general accounts, whatever the rules and the terms."""

from dataclasses import fields
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.engine import order_hash, run
from apps.domain.language import quick, runnable
from apps.domain.values import Panel
from tests.domain.market import bars

MODULE = import_module("apps.domain.engine.run")  # the package exports a function of this name
RULES = (
    {"enter": "crosses_above(close, sma(close, n))", "exit": "crosses_below(close, sma(close, n))"},
    {"enter": "close > sma(close, n)"},
    {"enter": "rsi(close, 5) < 40", "exit": "rsi(close, 5) > 60"},
    {"enter": "close > 0"},
    {"enter": "close < lag(close, 1)", "exit": "weekday == 5"},
)
EXITS = st.fixed_dictionaries(
    {},
    optional={
        "stop_loss": st.sampled_from(["0.5 %", "3 %", "100 %"]),
        "take_profit": st.sampled_from(["0.5 %", "4 %"]),
        "trailing_stop": st.sampled_from(["1 %", "5 %"]),
        "time_stop": st.sampled_from(["1 day", "3 days", "15 days"]),
    },
)
COSTS = st.fixed_dictionaries(
    {"cost": st.sampled_from(["0 bps", "5 bps", "300 bps"])},
    optional={
        "per_share": st.sampled_from([0.0, 0.01, 2.0]),
        "minimum": st.sampled_from([1.0, 40.0, 5000.0]),
        "spread": st.sampled_from(["0 bps", "20 bps"]),
        "borrow": st.just("50 bps"),
        "financing": st.just("300 bps"),
    },
)


def both(spec, panel, monkeypatch_context):
    quickly = run(spec=spec, panel=panel)
    with monkeypatch_context() as patched:
        patched.setattr(MODULE, "is_solo", lambda plan: False)
        in_general = run(spec=spec, panel=panel)
    return quickly, in_general


def assert_same(one, other):
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name in {"orders", "trades"}:
            for column in fields(a):
                np.testing.assert_array_equal(getattr(a, column.name), getattr(b, column.name), err_msg=column.name)
        elif isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert a == b, field.name
    assert order_hash(one) == order_hash(other)


@given(
    rules=st.sampled_from(RULES),
    exits=EXITS,
    costs=COSTS,
    fill=st.sampled_from(["next_open", "next_close"]),
    rebalance=st.sampled_from(["daily", "weekly", "monthly"]),
    seed=st.integers(0, 40),
    prices=st.sampled_from(["all", "no ranges", "close"]),
    window=st.sampled_from([{}, {"start": "2010-04-01"}]),
    capital=st.sampled_from([1_000_000, 1_000, 30]),
)
@settings(max_examples=150, deadline=None)
def test_quick_walk_is_the_general_walk(*, seed, prices, fill, rules, exits, costs, window, **given):
    panel = bars(n_symbols=1, n_days=160, seed=seed)
    if prices != "all":
        panel = Panel(
            days=panel.days,
            symbols=panel.symbols,
            close=panel.close,
            open=panel.open if prices == "no ranges" else None,
        )
    if prices == "close":
        fill = "next_close"
    spec = runnable(quick("per_asset", **rules, n="10 days", fill=fill, **exits, **costs, **window, **given))

    assert_same(*both(spec, panel, pytest.MonkeyPatch.context))


def test_quick_walk_is_taken_where_it_can_be_and_only_there(monkeypatch):
    taken = []
    walk = MODULE.walk
    monkeypatch.setattr(MODULE, "walk", lambda **given: taken.append(1) or walk(**given))
    spec = runnable(quick("per_asset", **RULES[1], n="10 days"))
    whole = spec.model_copy(update={"execution": spec.execution.model_copy(update={"whole_shares": True})})

    run(spec=spec, panel=bars(n_symbols=1, n_days=100, seed=1))
    assert len(taken) == 1
    run(spec=spec, panel=bars(n_symbols=2, n_days=100, seed=1))
    run(spec=spec, panel=bars(n_symbols=1, n_days=100, seed=1, gaps=0.1))
    run(spec=whole, panel=bars(n_symbols=1, n_days=100, seed=1))
    assert len(taken) == 1


def test_commission_above_all_cash_buys_nothing_and_costs_nothing():
    spec = runnable(quick("per_asset", enter="close > 0", cost="0 bps", minimum=50.0, capital=30))

    for n_symbols in (1, 2):
        result = run(spec=spec, panel=bars(n_symbols=n_symbols, n_days=40, seed=3))
        assert len(result.orders) == 0
        assert (result.equity == 30.0).all()
