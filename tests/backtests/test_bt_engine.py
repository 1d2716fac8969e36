"""bt keeps the same books as our engine to the cent, and refuses by name what it cannot say. The real bt, no mock."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from apps.backtests.adapters import ENGINES, RefusedError
from apps.domain.engine import instructions, run
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs
from tests.domain.engine.build import crossing, gbm, momentum
from tests.domain.engine.test_portfolio import strategy

BT = ENGINES["bt"]
LONG_SHORT = {
    "kind": "sorted",
    "long": [{"by": "trailing_return(close, 60, 0)", "size": "n"}],
    "short": [{"by": "trailing_return(close, 60, 0)", "keep": "bottom", "size": "n"}],
}
TOP = {"kind": "top_n", "by": "trailing_return(close, 60, 0)", "count": "n"}
N = {"n": (3, "count"), "capital": (1_000_000.0, "currency"), "cost": (7.0, "bps")}
ENTER = {"kind": "per_asset", "enter": "close > sma(close, 50)"}


def told_of(spec, panel):
    result = run(spec=spec, panel=panel)
    return result, instructions(spec=spec, panel=panel, result=result)


def books(told):
    return BT.equity(told, progress=lambda _done: None)


CASES = {
    "one name at the open": (crossing(), 1, 0.0),
    "many names at the open": (crossing(over="universe"), 10, 0.0),
    "a monthly rotation": (momentum(period="monthly"), 20, 0.0),
    "with halts": (momentum(period="monthly"), 20, 0.05),
    "at the next close": (momentum(period="weekly", fill="next_close"), 20, 0.02),
    "long and short": (strategy(LONG_SHORT, N, fill="next_open"), 12, 0.02),
    "long and short at the close": (strategy(LONG_SHORT, N), 12, 0.0),
    "at the same close": (strategy({"kind": "all"}, N, fill="same_close"), 5, 0.0),
    "whole shares": (strategy(TOP, N, fill="next_open", execution={"whole_shares": True}), 12, 0.02),
    "spread, per share and a minimum": (
        strategy(
            TOP,
            N | {"each": (0.01, "currency"), "least": (5.0, "currency"), "spread": (12.0, "bps")},
            fill="next_open",
            execution={"per_share": "each", "minimum": "least", "spread": "spread"},
        ),
        12,
        0.0,
    ),
    "with leverage": (
        strategy(TOP, N | {"gross": (1.5, "number")}, fill="next_open", weights={"kind": "equal", "gross_long": "gross"}),
        12,
        0.0,
    ),
    "what stays is left to drift": (strategy(TOP, N, fill="next_open", schedule={"drift": True}), 12, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bt_and_our_engine_agree_to_the_cent_every_day(name):
    spec, n_symbols, missing = CASES[name]
    result, told = told_of(spec, gbm(n_symbols=n_symbols, n_days=1500, missing=missing))

    theirs = books(told)

    assert len(result.orders) > 10
    assert theirs.shape == result.equity.shape
    assert np.abs(theirs - result.equity).max() < 0.01


def test_bt_reads_prices_and_targets_and_never_our_accounts():
    """Another target on one day, and its books part from ours from the next fill on."""
    spec = momentum(period="monthly")
    result, told = told_of(spec, gbm(n_symbols=8, n_days=900))
    targets = told.targets.copy()
    targets[:, 20] = 0.0

    theirs = books(dataclasses.replace(told, targets=targets))

    apart = np.abs(theirs - result.equity) >= 0.01
    assert not apart[: told.decisions[20] + 1].any()
    assert apart[told.decisions[20] + 1]


def test_intraday_bars_agree():
    days = np.datetime64("2024-01-02T10:00", "m") + np.arange(600).astype("timedelta64[m]") * 30
    close = 100.0 + np.cumsum(np.random.default_rng(3).normal(size=(2, 600)), axis=1) * 0.2
    panel = Panel(days=days, symbols=("A", "B"), close=close, open=close + 0.05)

    top = TOP | {"by": "trailing_return(close, 5, 0)"}
    result, told = told_of(strategy(top, N | {"n": (1, "count")}, period="daily", fill="next_open"), panel)

    assert len(result.orders) > 10
    assert np.abs(books(told) - result.equity).max() < 0.01


REFUSED = {
    "stops": (
        strategy(ENTER, N | {"s": (0.1, "fraction")}, overlay={"stop_loss": "s"}),
        "stops, targets or time exits",
    ),
    "drawdown": (strategy(TOP, N | {"s": (0.1, "fraction")}, overlay={"drawdown_stop": "s"}), "a stop on drawdown"),
    "limit": (strategy(TOP, N, execution={"order": "limit", "limit": "close"}), "limit orders"),
    "borrow": (strategy(LONG_SHORT, N | {"b": (50.0, "bps")}, execution={"borrow": "b"}), "shorts with a borrow cost"),
    "interest": (
        strategy(TOP, N | {"i": (300.0, "bps")}, execution={"interest": "i"}),
        "interest and financing of cash",
    ),
    "impact": (
        strategy(TOP, N | {"i": (30.0, "bps")}, execution={"impact": "i"}),
        "market impact, which needs the volume of the bar",
    ),
    "participation": (
        strategy(TOP, N | {"p": (0.1, "fraction")}, execution={"participation": "p"}),
        "partial fills by participation in volume",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_bt_cannot_say_is_refused_by_name(name):
    spec, words = REFUSED[name]
    panel = gbm(n_symbols=8, n_days=400)
    _, told = told_of(spec, dataclasses.replace(panel, volume=np.full(panel.close.shape, 1e6)))

    assert BT.refusals(told) == (words,)
    with pytest.raises(RefusedError, match=words):
        books(told)


@pytest.mark.parametrize(("field", "value", "words"), [("dividend", 0.5, "cash dividends"), ("split", 2.0, "splits")])
def test_corporate_actions_of_what_is_held_are_refused(field, value, words):
    panel = gbm(n_symbols=1, n_days=300)
    values = np.full(panel.close.shape, 1.0 if field == "split" else 0.0)
    values[0, 200] = value

    _, told = told_of(crossing(3, 8), Inputs(panel=panel, fields={field: values}))

    assert BT.refusals(told) == (words,)


def test_borrow_cost_without_a_short_is_no_reason_to_refuse():
    _, told = told_of(strategy(TOP, N | {"b": (50.0, "bps")}, execution={"borrow": "b"}), gbm(n_symbols=8, n_days=400))

    assert BT.refusals(told) == ()


def test_run_that_never_traded_is_its_capital():
    result, told = told_of(strategy({"kind": "per_asset", "enter": "close < 0"}, N), gbm(n_symbols=2, n_days=50))

    assert told.symbols == ()
    np.testing.assert_array_equal(books(told), result.equity)


def test_progress_may_cancel():
    _, told = told_of(momentum(period="monthly"), gbm(n_symbols=8, n_days=900))

    class StoppedError(Exception):
        pass

    def stop(done):
        if done > 0.3:
            raise StoppedError

    with pytest.raises(StoppedError):
        BT.equity(told, progress=stop)
