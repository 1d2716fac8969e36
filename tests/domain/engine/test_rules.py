"""Each sentence of docs/engine.md that a small table can show."""

import numpy as np
import pytest

from apps.domain.engine import (
    ENGINE_VERSION,
    CircularSignalError,
    EmptyWindowError,
    Evaluator,
    LookAheadError,
    MissingParameterError,
    ParameterValueError,
    UnknownFunctionError,
    UnknownNameError,
    UnknownSymbolError,
    fingerprint,
    look_ahead_proof,
    order_hash,
    run,
)
from apps.domain.engine import proof as proof_module
from apps.domain.values import Panel
from tests.domain.engine.build import always, crossing, gbm, momentum, panel_of, parameter, spec, weekdays

NAN = np.nan


def test_purchase_at_next_open_spends_all_cash_and_pays_its_cost():
    panel = panel_of([[10.0, 12.0, 15.0]], opens=[[10.0, 11.0, 14.0]])

    result = run(spec=always(cost=100.0), panel=panel)

    value = 1_000_000 / 1.01
    np.testing.assert_allclose(result.orders.value, [value], rtol=1e-14)
    np.testing.assert_allclose(result.orders.cost, [value * 0.01], rtol=1e-14)
    np.testing.assert_allclose(result.equity, [1_000_000, value / 11 * 12, value / 11 * 15], rtol=1e-14)
    np.testing.assert_array_equal(result.cash, [1_000_000, 0.0, 0.0])
    assert (result.orders.decided[0], result.orders.day[0]) == (panel.days[0], panel.days[1])


def test_purchase_at_next_close_fills_a_day_after_the_decision():
    panel = panel_of([[10.0, 20.0, 40.0]], opens=[[NAN, NAN, NAN]])

    result = run(spec=always(cost=0.0, fill="next_close"), panel=panel)

    np.testing.assert_array_equal(result.equity, [1_000_000, 1_000_000, 2_000_000])


def test_order_for_a_halted_instrument_waits_for_its_next_bar():
    panel = panel_of([[10.0, NAN, NAN, 20.0, 20.0]])

    result = run(spec=always(cost=0.0, period="weekly", on="first", start="2024-01-01"), panel=panel_of(
        [[10.0, 10.0, 10.0, 10.0, 10.0, 10.0, NAN, NAN, 20.0, 25.0]]))  # fmt: skip

    assert [str(day) for day in result.orders.day] == ["2024-01-11"]
    assert result.equity[-1] == 1_250_000
    assert [d.code for d in result.diagnostics] == ["late_start", "halted_orders"]
    assert len(run(spec=always(), panel=panel).orders) == 1


def test_position_without_bars_keeps_its_last_price():
    closes = [[10.0] * 3 + [20.0] + [NAN] * 12, [5.0] * 16]

    result = run(spec=always(cost=0.0, symbols=["A"]), panel=panel_of(closes))

    assert result.equity[-1] == 2_000_000
    assert [d.code for d in result.diagnostics] == ["stale_marks"]


def test_sale_comes_before_purchase_and_cash_is_never_negative():
    closes = [[10.0, 30.0, 30.0, 30.0, 30.0], [10.0, 10.0, 40.0, 50.0, 60.0]]

    result = run(spec=momentum(1, 0, 1, cost=50.0), panel=panel_of(closes))

    assert result.orders.side.tolist() == [1, -1, 1]
    assert result.orders.symbol.tolist() == [0, 0, 1]
    assert np.all(result.cash >= 0.0)


def test_equal_ranks_are_taken_in_alphabetical_order():
    closes = [[10.0, 11.0, 11.0]] * 3

    result = run(spec=momentum(1, 0, 2), panel=panel_of(closes, symbols=("Z", "A", "M")))

    assert result.symbols == ("A", "M", "Z")
    np.testing.assert_array_equal(result.weights[:, 1], [0.5, 0.5, 0.0])


def test_weights_over_the_universe_leave_the_rest_in_cash():
    closes = [[10.0, 11.0, 11.0], [10.0, 9.0, 9.0]]

    result = run(spec=momentum(1, 0, 1, over="universe", cost=0.0), panel=panel_of(closes))

    assert result.exposure[-1] == 0.5


def test_exit_wins_when_both_rules_are_true():
    strategy = spec({"kind": "per_asset", "enter": "close > 0", "exit": "close > 0"})

    assert len(run(spec=strategy, panel=gbm(n_days=30)).orders) == 0


def test_undefined_value_moves_nothing():
    strategy = spec(
        {"kind": "per_asset", "enter": "not (close > sma(close, n))"}, parameters={"n": parameter(5, "days")}
    )

    result = run(spec=strategy, panel=panel_of([[9.0, 8.0, 7.0, 6.0, 5.0, 4.0]]))

    assert [str(d) for d in result.orders.day] == ["2024-01-08"]


def test_round_trip_is_net_of_costs():
    panel = panel_of([[10.0, 12.0, 12.0, 9.0, 9.0, 9.0]], opens=[[10.0, 10.0, 12.0, 12.0, 11.0, 9.0]])
    strategy = spec({"kind": "per_asset", "enter": "close > 11"}, cost=100.0)

    trades = run(spec=strategy, panel=panel).trades

    assert len(trades) == 1
    assert (str(trades.entry_day[0]), str(trades.exit_day[0]), int(trades.days_held[0])) == (
        "2024-01-03",
        "2024-01-05",
        2,
    )
    assert (trades.entry_price[0], trades.exit_price[0], bool(trades.is_open[0])) == (12.0, 11.0, False)
    np.testing.assert_allclose(trades.net_return[0], 11 / 12 * 0.99 / 1.01 - 1, rtol=1e-12)
    np.testing.assert_allclose(trades.pnl[0], 1_000_000 * (11 / 12 * 0.99 / 1.01 - 1), rtol=1e-12)


def test_open_round_trip_is_marked_at_the_last_close():
    trades = run(spec=always(cost=0.0), panel=panel_of([[10.0, 10.0, 15.0]])).trades

    assert np.isnat(trades.exit_day[0])
    assert (bool(trades.is_open[0]), float(trades.exit_price[0]), float(trades.pnl[0])) == (True, 15.0, 500_000.0)


def test_benchmark_is_bought_at_the_first_close_and_held():
    panel = panel_of([[10.0, 10.0, 10.0]])
    index = Panel(days=weekdays("2023-12-29", 3), symbols=("IDX",), close=np.array([[50.0, 100.0, 110.0]]))

    result = run(spec=always(benchmark="IDX"), panel=panel, benchmark=index)

    np.testing.assert_allclose(result.benchmark_equity, [1_000_000, 1_100_000, 1_100_000], rtol=1e-14)


def test_benchmark_without_prices_is_said_and_not_invented():
    result = run(spec=always(benchmark="IDX"), panel=panel_of([[10.0, 10.0]]))

    assert result.benchmark_equity is None
    assert "benchmark_missing" in [d.code for d in result.diagnostics]


@pytest.mark.parametrize(
    ("enter", "why"),
    [("close > 1000000", "the entry never fired"), ("sma(close, n) > 0", "the rule was never defined")],
)
def test_strategy_that_never_trades_says_why(enter, why):
    strategy = spec({"kind": "per_asset", "enter": enter}, parameters={"n": parameter(5, "years")})

    (diagnostic,) = run(spec=strategy, panel=gbm(n_days=100)).diagnostics

    assert diagnostic.code == "never_invested"
    assert why in diagnostic.message


@pytest.mark.parametrize(
    ("strategy", "error"),
    [
        (spec({"kind": "per_asset", "enter": "close > nothing"}), UnknownNameError),
        (spec({"kind": "per_asset", "enter": "a > 0"}, signals={"a": "b + 1", "b": "a + 1"}), CircularSignalError),
        (always(symbols=["NOPE"]), UnknownSymbolError),
        (always(start="2050-01-01"), EmptyWindowError),
        (always(end="1990-01-01"), EmptyWindowError),
        (always(cost=-1.0), ParameterValueError),
        (always(cost=10_000.0), ParameterValueError),
        (always(capital=0.0), ParameterValueError),
        (always(fill="same_close"), ParameterValueError),
        (always(start="yesterday"), ParameterValueError),
        (momentum(count=0), ParameterValueError),
        (momentum(count=1.5), ParameterValueError),
    ],
)
def test_specification_that_does_not_fit_is_refused_by_name(strategy, error):
    with pytest.raises(error) as refusal:
        run(spec=strategy, panel=gbm(n_days=30))

    assert refusal.value.code == error.code
    assert refusal.value.message.endswith((".", "。"))


def test_window_that_changes_from_day_to_day_is_refused():
    with pytest.raises(UnknownFunctionError):
        Evaluator(panel=gbm(n_days=30), numbers={}, signals={}).series("sma(close, close)")


def test_section_that_names_no_parameter_is_refused():
    strategy = always()
    broken = strategy.model_copy(update={"parameters": {k: v for k, v in strategy.parameters.items() if k != "cost"}})

    with pytest.raises(MissingParameterError):
        run(spec=broken, panel=gbm(n_days=30))


def test_next_open_on_closes_alone_is_refused():
    panel = Panel(days=weekdays("2024-01-01", 3), symbols=("A",), close=np.ones((1, 3)))

    with pytest.raises(ParameterValueError):
        run(spec=always(), panel=panel)


def test_equal_expressions_under_other_names_are_computed_once():
    cache = {}
    evaluator = Evaluator(
        panel=gbm(n_days=60), numbers={"n": 20.0, "m": 20.0}, signals={"s": "sma(close, n)"}, cache=cache
    )

    first, second = evaluator.series("s"), evaluator.series("sma(close, m)")

    assert np.shares_memory(first, second)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("close > 1 and lag(close, n) > 0", [0.0, 1.0, 1.0]),
        ("close > 0 or lag(close, n) > 0", [1.0, 1.0, 1.0]),
        ("close > 0 and lag(close, n) > 0", [NAN, 1.0, 1.0]),
        ("not (lag(close, n) > 1)", [NAN, 1.0, 0.0]),
        ("close / (close - 1)", [NAN, 2.0, 1.5]),
        ("-close + 2 * 3", [5.0, 4.0, 3.0]),
    ],
)
def test_formula_gives_its_table(formula, expected):
    evaluator = Evaluator(panel=panel_of([[1.0, 2.0, 3.0]]), numbers={"n": 1.0}, signals={})

    np.testing.assert_array_equal(evaluator.series(formula)[0], expected)


def test_same_input_gives_the_same_bytes():
    panel = gbm(n_symbols=8, n_days=800, missing=0.02)
    strategy = momentum(60, 5, 3, period="monthly")

    first, second = run(spec=strategy, panel=panel), run(spec=strategy, panel=panel)

    assert first.equity.tobytes() == second.equity.tobytes()
    assert order_hash(first) == order_hash(second)


def test_order_hash_changes_with_the_cost():
    panel = gbm(n_days=400)

    hashes = {order_hash(run(spec=crossing(5, 20, cost=cost), panel=panel)) for cost in (0.0, 5.0)}

    assert len(hashes) == 2


def test_progress_rises_to_one():
    seen = []

    run(spec=crossing(), panel=gbm(n_days=100), progress=seen.append)

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_progress_that_raises_cancels_the_run():
    def cancel(_fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(spec=crossing(), panel=gbm(n_days=100), progress=cancel)


def test_look_ahead_proof_counts_what_it_compared():
    proof = look_ahead_proof(crossing(5, 20), gbm(n_days=400), n_cuts=4)

    assert len(proof.cuts) == 4
    assert proof.n_decisions > 400
    assert proof.n_fills > 10


def test_look_ahead_proof_of_an_engine_that_peeks_fails(monkeypatch):
    def peeking(*, spec, panel):
        panel = panel.panel
        return run(spec=spec, panel=Panel(
            days=panel.days, symbols=panel.symbols, close=np.roll(panel.close, -1, axis=1), open=panel.open))  # fmt: skip

    monkeypatch.setattr(proof_module, "run", peeking)

    with pytest.raises(LookAheadError):
        look_ahead_proof(crossing(5, 20), gbm(n_days=400))


def test_fingerprint_depends_on_each_part():
    parts = {"execution_hash": "a", "snapshot_hash": "b", "engine_version": "c"}

    prints = {fingerprint(**parts), *(fingerprint(**{**parts, key: "z"}) for key in parts)}

    assert len(prints) == 4
    assert fingerprint(**parts) == fingerprint(**parts)


def test_order_for_an_instrument_that_never_trades_again_is_said_to_wait():
    closes = [[10.0] * 5 + [NAN] * 5, [10.0] * 4 + [12.0] * 6]

    result = run(spec=momentum(1, 0, 1, side="bottom"), panel=panel_of(closes))

    assert result.waiting == 1
    assert "waiting_orders" in [d.code for d in result.diagnostics]


def test_orders_of_a_pinned_run_are_unchanged():
    """A changed hash means that results change: then ENGINE_VERSION must change with it."""
    rough = gbm(n_symbols=6, n_days=900, seed=20, missing=0.01)
    panel = Panel(days=rough.days, symbols=rough.symbols, close=np.round(rough.close, 2), open=np.round(rough.open, 2))

    result = run(spec=momentum(120, 10, 2, period="monthly"), panel=panel)

    assert ENGINE_VERSION == "2.1.2"
    assert order_hash(result) == "fa82f4910a207ffb9d4246b44e9d7507896d5d4cf3138f8951909376db4f96b0"
