"""Sweeps: each member is the run that it would be by itself, in a stated order, and can be stopped."""

from importlib import import_module

import numpy as np
import pytest

from apps.domain.engine import SweepError, axis_of, order_hash, plan_sweep, run, sweep, sweep_members
from apps.domain.engine.room import Room
from apps.domain.errors import DomainError
from apps.domain.language import quick, runnable
from apps.domain.language.parameters import Range
from apps.domain.values.inputs import Inputs
from tests.domain.engine.test_solo import assert_same
from tests.domain.market import bars

PANEL = bars(n_symbols=3, n_days=400, seed=12, gaps=0.02)


def crossing(**given):
    rules = {
        "enter": "crosses_above(sma(close, fast), sma(close, slow))",
        "exit": "crosses_below(sma(close, fast), sma(close, slow))",
    }
    return runnable(quick("per_asset", **rules, fast="10 days", slow="40 days", cost="5 bps", **given))


def test_every_member_is_the_run_that_it_would_be_by_itself():
    spec = crossing()

    for member in sweep(spec=spec, panel=PANEL, axes={"fast": [5, 10], "slow": [20, 60]}):
        alone = spec.model_copy(
            update={
                "parameters": {
                    n: p.model_copy(update={"value": member.values[n]}) if n in member.values else p
                    for n, p in spec.parameters.items()
                }
            }
        )
        result = run(spec=alone, panel=PANEL)
        np.testing.assert_array_equal(member.result.equity, result.equity)
        assert order_hash(member.result) == order_hash(result)


ONE = bars(n_symbols=1, n_days=300, seed=5)
SEVERAL = bars(n_symbols=5, n_days=300, seed=6, gaps=0.004)
SWEEPS = {
    "numbers of formulas": (ONE, {}, {"fast": [5, 10, 0, 7], "slow": [20, 60]}),
    "one number": (ONE, {}, {"slow": [20, 30, 40, 20]}),
    "instruments, some with halts": (SEVERAL, {}, {"symbols": [[s] for s in SEVERAL.symbols]}),
    "instruments and numbers": (SEVERAL, {"start": "2010-06-01"}, {"fast": [5, 10], "symbols": [["S003"], ["S001"]], "slow": [20, 50]}),
    "terms": (ONE, {"stop_loss": "3 %"}, {"cost": [0.0, 50.0, 20000.0], "stop_loss": [0.01, 0.2], "capital": [1000, 0]}),
    "terms and numbers": (ONE, {"take_profit": "3 %", "time_stop": "5 days"}, {"take_profit": [0.01, 0.2], "time_stop": [2, 9], "fast": [3, 4]}),
    "what cannot be together": (ONE, {}, {"fill": ["next_open", "next_close"], "rebalance": ["daily", "weekly"]}),
    "an instrument that is not there": (SEVERAL, {}, {"symbols": [["S001"], ["XX"]]}),
    "more instruments than one": (SEVERAL, {}, {"symbols": [["S001"], ["S001", "S002"]]}),
}  # fmt: skip


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", SWEEPS)
def test_members_walked_together_are_the_runs_that_they_would_be_alone(name, threads, monkeypatch):
    monkeypatch.setattr("apps.domain.engine.lanes.CHUNK_BYTES", 3 * 8 * 300)
    panel, given, axes = SWEEPS[name]
    spec = crossing(**given)
    together = list(sweep(spec=spec, panel=panel, axes=axes, threads=threads))
    monkeypatch.setattr(import_module("apps.domain.engine.sweep"), "together", lambda **given: None)
    monkeypatch.setattr(import_module("apps.domain.engine.run"), "is_solo", lambda plan: False)

    alone = list(sweep(spec=spec, panel=panel, axes=axes))

    assert [(m.place, m.values, m.refusal) for m in together] == [(m.place, m.values, m.refusal) for m in alone]
    for one, other in zip(together, alone, strict=True):
        if other.result is not None:
            assert_same(one.result, other.result)
        assert one.measures() == other.measures()


LEVELS = {
    "a level for each member": "crosses_above(rsi(close, 14), level)",
    "a level on the other side": "crosses_below(level, rsi(close, 14))",
    "two numbers": "crosses_above(level, 50) or close > sma(close, 10)",
    "a comparison": "rsi(close, 14) > level",
}


@pytest.mark.parametrize("rule", LEVELS)
def test_levels_that_differ_by_member_are_those_of_runs_by_themselves(rule, monkeypatch):
    given = quick("per_asset", enter=LEVELS[rule], exit="crosses_below(rsi(close, 14), 45)", level=50)
    spec, axes = runnable(given), {"level": [40.0, 55.0, 50.0]}
    together = list(sweep(spec=spec, panel=ONE, axes=axes))
    monkeypatch.setattr(import_module("apps.domain.engine.sweep"), "together", lambda **given: None)

    alone = list(sweep(spec=spec, panel=ONE, axes=axes))

    for one, other in zip(together, alone, strict=True):
        assert_same(one.result, other.result)


def test_memory_is_used_again_once_nobody_holds_it():
    room = Room(most=2)
    held = room.empty((3, 4, 5))
    row = held[1, 2][1:]
    place = held.ctypes.data
    del held

    other = room.empty((3, 4, 5))

    assert other.ctypes.data != place, "a view of a view still stands on the first"
    del row
    assert room.empty((2, 10)).ctypes.data == place


def test_more_memory_than_before_is_new_memory():
    room = Room(most=2)
    room.empty((2, 2))
    large = room.empty((50, 50))

    large[:] = 1.0

    assert large.sum() == 2500.0


def test_sweep_of_one_instrument_goes_the_quick_way():
    lanes = import_module("apps.domain.engine.lanes")
    spec, inputs = crossing(), Inputs(panel=ONE)
    axes = {"fast": [5, 10], "slow": [20, 60]}

    assert lanes.together(spec=spec, inputs=inputs, members=plan_sweep(spec, axes), axes=axes)
    axes = {"symbols": [[s] for s in PANEL.symbols]}
    assert lanes.together(
        spec=spec, inputs=Inputs(panel=bars(n_symbols=3, n_days=300)), members=plan_sweep(spec, axes), axes=axes
    )


def test_plan_has_every_combination_the_last_axis_fastest():
    plan = plan_sweep(crossing(), {"fast": [5, 10], "slow": [20, 60, 90]})

    assert [tuple(values.values()) for values in plan] == [(5, 20), (5, 60), (5, 90), (10, 20), (10, 60), (10, 90)]


def test_members_come_as_they_are_done_and_no_more_are_made_than_asked_for():
    members = sweep(spec=crossing(), panel=PANEL, axes={"slow": range(20, 10_000)})

    first = next(members)
    members.close()

    assert first.place == 0


def test_combination_that_contradicts_itself_is_refused_and_the_rest_goes_on():
    spec = runnable(
        quick(
            "top_n",
            by="trailing_return(close, lookback, skip)",
            count=1,
            lookback="3 months",
            skip="1 month",
            rebalance="monthly",
        )
    )

    members = list(sweep(spec=spec, panel=PANEL, axes={"skip": [1, 3, 2]}))

    assert [m.result is None for m in members] == [False, True, False]
    assert "fewer than the days looked back" in members[1].refusal


def test_sweep_of_the_universe_or_the_window_mixes_up_nothing():
    spec = crossing(start="2010-06-01")
    axes = {"symbols": [["S000"], ["S001"]], "start": ["2010-03-01", "2010-06-01"]}

    members = list(sweep(spec=spec, panel=PANEL, axes=axes))

    assert [m.result.symbols for m in members] == [("S000",), ("S000",), ("S001",), ("S001",)]
    assert len({m.result.days[0] for m in members}) == 2
    assert len({order_hash(m.result) for m in members}) == 4


def test_axis_comes_from_the_range_of_a_parameter():
    spec = crossing()
    ranged = spec.parameters["slow"].model_copy(update={"range": Range(low=20, high=60, step=20)})
    spec = spec.model_copy(update={"parameters": {**spec.parameters, "slow": ranged}})

    assert axis_of(spec, "slow") == [20.0, 40.0, 60.0]
    with pytest.raises(SweepError, match="no range"):
        axis_of(spec, "fast")


@pytest.mark.parametrize(
    ("axes", "why"),
    [({"nothing": [1]}, "no parameter"), ({"fast": []}, "no value"), ({"fast": range(200_000)}, "200,000")],
)
def test_sweep_that_cannot_be_made_is_refused_before_it_starts(axes, why):
    with pytest.raises(SweepError, match=why):
        plan_sweep(crossing(), axes)


@pytest.mark.parametrize("name", SWEEPS)
def test_some_members_by_themselves_are_those_of_the_whole_sweep(name):
    panel, given, axes = SWEEPS[name]
    spec = crossing(**given)
    whole = list(sweep(spec=spec, panel=panel, axes=axes))
    some = list(range(len(whole)))[::-2]

    listed = list(sweep_members(spec=spec, panel=panel, members=[whole[place].values for place in some]))

    assert [member.place for member in listed] == list(range(len(some)))
    for one, other in zip(listed, (whole[place] for place in some), strict=True):
        assert (one.values, one.refusal, one.measures()) == (other.values, other.refusal, other.measures())
        if other.result is not None:
            assert_same(one.result, other.result)


def test_members_that_name_no_parameter_are_refused():
    with pytest.raises(SweepError, match="no parameter “fats”"):
        list(sweep_members(spec=crossing(), panel=ONE, members=[{"fats": 1}, {"fats": 2}]))


def test_sweep_can_be_stopped_in_the_middle_of_a_member():
    class EnoughError(DomainError):
        code = "enough"

    def stop(done):
        if done > 0.1:
            raise EnoughError("Enough.")

    with pytest.raises(EnoughError):
        list(sweep_members(spec=crossing(), panel=PANEL, members=[{"fast": 5}, {"fast": 6}], progress=stop))
