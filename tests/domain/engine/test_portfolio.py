"""Universes, selections, weights, schedules and overlays, each by its sentence in docs/engine.md, on small markets."""

import numpy as np
import pandas as pd
import pytest

from apps.domain.engine import DataMissingError, ParameterValueError, run
from apps.domain.language import RunnableSpecification, Severity, findings
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs, MarketSeries
from tests.domain.market import bars

UNITS = {
    "days": "days",
    "months": "months",
    "share": "fraction",
    "count": "count",
    "choice": "choice",
    "number": "number",
}


def strategy(selection, parameters=None, *, period="monthly", fill="next_close", symbols=None, **sections):
    """A runnable specification; `parameters` are name: (value, unit)."""
    table = {
        "dataset": ("d", "dataset"), "symbols": (symbols or [], "symbols"), "rebalance": (period, "choice"),
        "fill": (fill, "choice"), "cost": (0.0, "bps"), "capital": (1000.0, "currency"), **(parameters or {}),
    }  # fmt: skip
    data = {"dataset": "dataset", **sections.pop("data", {})}
    schedule = {"rebalance": "rebalance", **sections.pop("schedule", {})}
    execution = {"fill": "fill", "cost": "cost", **sections.pop("execution", {})}
    return RunnableSpecification.model_validate(
        {
            "meta": {"name": "Test"}, "data": data, "universe": sections.pop("universe", {"symbols": "symbols"}),
            "selection": selection, "schedule": schedule, "execution": execution, "evaluation": {"capital": "capital"},
            "parameters": {
                name: {"label": name, "value": value, "unit": unit, "status": "stated"}
                for name, (value, unit) in table.items()
            },
            **sections,
        }
    )  # fmt: skip


def flat(n_symbols, n_days=60, start="2020-01-01"):
    days = np.busday_offset(start, np.arange(n_days), roll="forward")
    close = np.full((n_symbols, n_days), 100.0)
    return Panel(days=days, symbols=tuple("ABCDEFGHIJ"[:n_symbols]), close=close)


def signal(panel, values):
    """Inputs with one field `x`, a value per instrument."""
    x = np.broadcast_to(np.asarray(values, dtype=float)[:, None], panel.close.shape)
    return Inputs(panel=panel, fields={"x": x})


X = {"data": {"inputs": {"x": {"kind": "field", "source": "x_source"}}}}
XP = {"x_source": ("x", "source")}
ALL = {"kind": "all"}


def weights_of(spec, data):
    result = run(spec=spec, panel=data)
    return dict(zip(result.symbols, result.weights[:, -1], strict=True))


def test_long_short_sort_sums_each_leg_to_one():
    sort = {"kind": "sorted", "long": [{"by": "x", "size": "n"}], "short": [{"by": "x", "keep": "bottom", "size": "n"}]}

    held = weights_of(strategy(sort, {"n": (2, "count"), **XP}, **X), signal(flat(5), [5, 1, 4, 2, 3]))

    assert held == {"A": 0.5, "B": -0.5, "C": 0.5, "D": -0.5, "E": 0.0}


@pytest.mark.parametrize(("share", "kept"), [(0.1, 1), (0.25, 1), (0.5, 3), (0.3, 2), (1.0, 5)])
def test_fraction_of_instruments_is_rounded_and_at_least_one(share, kept):
    sort = {"kind": "sorted", "long": [{"by": "x", "size": "n"}]}

    held = weights_of(strategy(sort, {"n": (share, "fraction"), **XP}, **X), signal(flat(5), [5, 1, 4, 2, 3]))

    assert sum(weight > 0 for weight in held.values()) == kept


def test_sequential_sorts_take_what_is_left_and_intersecting_ones_do_not():
    panel = flat(4)
    y = np.broadcast_to(np.array([1.0, 2.0, 3.0, 4.0])[:, None], panel.close.shape)
    x = np.broadcast_to(np.array([4.0, 3.0, 2.0, 1.0])[:, None], panel.close.shape)
    data = Inputs(panel=panel, fields={"x": x, "y": y})
    sections = {"data": {"inputs": {n: {"kind": "field", "source": f"{n}_source"} for n in "xy"}}}
    table = {"x_source": ("x", "source"), "y_source": ("y", "source"), "n": (2, "count"), "m": (1, "count")}
    sorts = [{"by": "x", "size": "n"}, {"by": "y", "size": "m"}]

    one_by_one = weights_of(strategy({"kind": "sorted", "long": sorts}, table, **sections), data)
    both = weights_of(strategy({"kind": "sorted", "long": sorts, "combine": "intersection"}, table, **sections), data)

    assert one_by_one == {"A": 0.0, "B": 1.0, "C": 0.0, "D": 0.0}
    assert set(both.values()) == {0.0}


def test_sort_within_groups_keeps_as_many_of_each():
    panel = flat(6)
    sector = np.broadcast_to(np.array([0.0, 0, 0, 1, 1, np.nan])[:, None], panel.close.shape)
    x = np.broadcast_to(np.arange(6.0)[:, None], panel.close.shape)
    data = Inputs(panel=panel, fields={"x": x}, groups={"gics": sector})
    inputs = {"x": {"kind": "field", "source": "x_source"}, "sector": {"kind": "group", "source": "sector_source"}}
    table = {**XP, "sector_source": ("gics", "source"), "n": (1, "count")}
    sort = {"kind": "sorted", "long": [{"by": "x", "size": "n", "within": "sector"}]}

    held = weights_of(strategy(sort, table, data={"inputs": inputs}), data)

    assert [symbol for symbol, weight in held.items() if weight] == ["C", "E"]


def test_filtered_universe_is_renewed_on_its_days_and_kept_between():
    panel = flat(2, 45)
    liquid = np.ones(panel.close.shape)
    liquid[0, 5:] = 0.0  # A fails from the sixth day on, and is noticed at the end of the month
    data = Inputs(panel=panel, fields={"x": liquid})
    universe = {"kind": "filtered", "symbols": "symbols", "where": ["x > 0"], "refresh": "refresh"}
    spec = strategy(ALL, {**XP, "refresh": ("weekly", "choice")}, period="daily", universe=universe, **X)

    result = run(spec=spec, panel=data)

    assert (result.weights[:, :2] == 0).all()  # before the first week is over nobody is a member
    held = result.weights[0] > 0
    assert held[:8].any()
    assert not held[10:].any()


def test_switch_holds_the_first_true_case_and_nothing_before_it_is_known():
    panel = flat(3, 40)
    gauge = MarketSeries(days=panel.days[10:], values=np.where(np.arange(30) < 15, 1.0, -1.0))
    spec = strategy(
        {"kind": "switch", "cases": [{"when": "gauge > 0", "hold": "risk"}], "otherwise": "safe"},
        {"risk": (["A", "B"], "symbols"), "safe": (["C"], "symbols"), "gauge_source": ("g", "source")},
        period="daily", data={"inputs": {"gauge": {"kind": "series", "source": "gauge_source"}}},
    )  # fmt: skip

    held = run(spec=spec, panel=Inputs(panel=panel, series={"g": gauge})).weights

    assert (held[:, :10] == 0).all()
    np.testing.assert_array_equal(held[:, 12], [0.5, 0.5, 0.0])
    np.testing.assert_array_equal(held[:, -1], [0.0, 0.0, 1.0])


def test_series_with_a_publication_lag_is_known_that_many_days_later():
    panel = flat(1, 30)
    gauge = MarketSeries(days=panel.days, values=np.arange(30.0))
    inputs = {"gauge": {"kind": "series", "source": "gauge_source", "lag": "lag"}}
    spec = strategy(
        {"kind": "per_asset", "enter": "gauge >= 10"}, {"gauge_source": ("g", "source"), "lag": (3, "days")},
        period="daily", data={"inputs": inputs},
    )  # fmt: skip

    held = run(spec=spec, panel=Inputs(panel=panel, series={"g": gauge})).weights[0]

    assert int(np.flatnonzero(held)[0]) == 13


def test_missing_source_is_named():
    with pytest.raises(DataMissingError, match="Data missing: x"):
        run(spec=strategy(ALL, XP, **X), panel=flat(2))


def test_proportional_weights_follow_the_formula_and_its_sign_over_all_members():
    spec = strategy(ALL, XP, weights={"kind": "proportional", "by": "x"}, **X)

    held = weights_of(spec, signal(flat(3), [3.0, 1.0, -4.0]))

    assert held == pytest.approx({"A": 3 / 8, "B": 1 / 8, "C": -4 / 8})


def test_rank_weights_over_all_members_sum_to_zero():
    spec = strategy(ALL, XP, weights={"kind": "rank", "by": "x"}, **X)

    held = weights_of(spec, signal(flat(3), [30.0, 10.0, 20.0]))

    assert held == pytest.approx({"A": 0.5, "B": -0.5, "C": 0.0})


def test_beta_scaled_legs_have_a_beta_of_one_each():
    sort = {"kind": "sorted", "long": [{"by": "x", "keep": "bottom", "size": "n"}], "short": [{"by": "x", "size": "n"}]}
    spec = strategy(sort, {"n": (1, "count"), **XP}, weights={"kind": "equal", "beta": "x"}, **X)

    held = weights_of(spec, signal(flat(2), [0.5, 2.0]))

    assert held == pytest.approx({"A": 2.0, "B": -0.5})


def test_cap_gives_the_rest_to_the_others_of_the_leg():
    spec = strategy(
        ALL, {**XP, "most": (0.4, "fraction")}, weights={"kind": "proportional", "by": "x", "cap": "most"}, **X
    )

    held = weights_of(spec, signal(flat(3), [8.0, 1.0, 1.0]))

    assert held == pytest.approx({"A": 0.4, "B": 0.3, "C": 0.3})


def test_inverse_volatility_and_volatility_target_read_the_same_volatility():
    panel = bars(n_symbols=3, n_days=200, seed=9)
    days = {"window": (60, "days"), "target": (0.1, "fraction")}
    inverse = run(spec=strategy(ALL, days, weights={"kind": "inverse_volatility", "window": "window"}), panel=panel)
    target = run(
        spec=strategy(ALL, days, weights={"kind": "volatility_target", "target": "target", "window": "window"}),
        panel=panel,
    )

    at = int(np.searchsorted(panel.days, inverse.decision_days[-1]))
    returns = pd.DataFrame(panel.close.T).pct_change().iloc[at - 59 : at + 1]
    volatility = (returns.std() * 252**0.5).to_numpy()

    np.testing.assert_allclose(inverse.weights[:, -1], (1 / volatility) / (1 / volatility).sum(), rtol=1e-9)
    np.testing.assert_allclose(target.weights[:, -1], 0.1 / volatility / 3, rtol=1e-9)


def test_fixed_weights_stand_as_stated():
    spec = strategy(
        ALL,
        {"a": (0.6, "fraction"), "b": (-0.2, "fraction")},
        weights={"kind": "fixed", "weights": {"A": "a", "B": "b"}},
    )

    assert weights_of(spec, flat(3)) == pytest.approx({"A": 0.6, "B": -0.2})


def test_holding_period_is_the_mean_of_the_last_selections():
    panel = flat(3, 130)
    x = np.zeros(panel.close.shape)
    months = (panel.days.astype("datetime64[M]").astype(int)) % 3
    for row in range(3):
        x[row] = months == row  # another winner each month
    top = {"kind": "top_n", "by": "x", "count": "n"}
    spec = strategy(top, {"n": (1, "count"), "hold": (3, "months"), **XP}, schedule={"hold": "hold"}, **X)

    held = run(spec=spec, panel=Inputs(panel=panel, fields={"x": x})).weights

    assert held[:, 0].sum() == pytest.approx(1 / 3)
    np.testing.assert_allclose(held[:, 3], [1 / 3] * 3)


def test_drift_leaves_alone_what_stays_selected():
    spec = strategy(
        {"kind": "top_n", "by": "x", "count": "n"}, {"n": (1, "count"), **XP}, schedule={"drift": True}, **X
    )

    held = run(spec=spec, panel=signal(flat(2, 90), [1.0, 2.0])).weights

    assert held[1, 0] == 1.0
    assert np.isnan(held[1, 1:]).all()


def test_regime_gate_holds_the_other_asset_with_what_is_not_exposed():
    panel = flat(2, 40)
    gauge = MarketSeries(days=panel.days, values=np.where(np.arange(40) < 20, 1.0, -1.0))
    spec = strategy(
        {"kind": "all"},
        {"symbols": (["A"], "symbols"), "half": (0.25, "fraction"), "safe": (["B"], "symbols"), "s": ("g", "source")},
        period="daily", data={"inputs": {"gauge": {"kind": "series", "source": "s"}}},
        overlay={"regime": {"when": "gauge > 0", "exposure": "half", "instead": "safe"}},
    )  # fmt: skip

    held = run(spec=spec, panel=Inputs(panel=panel, series={"g": gauge})).weights

    np.testing.assert_array_equal(held[:, 5], [1.0, 0.0])
    np.testing.assert_array_equal(held[:, -1], [0.25, 0.75])


def test_portfolio_volatility_is_scaled_to_the_target_within_the_leverage():
    panel = bars(n_symbols=1, n_days=300, seed=2)
    table = {"target": (0.1, "fraction"), "window": (60, "days"), "most": (2.0, "number")}
    overlay = {"volatility": {"target": "target", "window": "window", "max_leverage": "most"}}
    spec = strategy(ALL, table, period="daily", overlay=overlay)

    held = run(spec=spec, panel=panel).weights[0]

    returns = pd.Series(panel.close[0]).pct_change()
    expected = np.minimum(0.1 / (returns.rolling(60).std() * 252**0.5), 2.0)
    np.testing.assert_allclose(held[61:], expected[61:], rtol=1e-9)
    assert (held[:59] == 1.0).all()


@pytest.mark.parametrize(
    ("schedule", "parameters", "expected"),
    [
        ({}, {}, ["2020-01-31", "2020-02-28", "2020-03-31"]),
        ({"on": "first"}, {}, ["2020-02-03", "2020-03-02", "2020-04-01"]),
        ({"day": "day"}, {"day": (3, "count")}, ["2020-01-29", "2020-02-26", "2020-03-27"]),
        ({"on": "first", "day": "day"}, {"day": (2, "count")}, ["2020-02-04", "2020-03-03", "2020-04-02"]),
    ],
)
def test_decision_days_stand_where_the_schedule_says(schedule, parameters, expected):
    result = run(spec=strategy(ALL, parameters, schedule=schedule), panel=flat(1, 70))

    assert [str(day) for day in result.decision_days] == expected


@pytest.mark.parametrize(
    ("period", "anchor", "on", "expected"),
    [
        ("yearly", 6, "last", ["2020-06-30", "2021-06-30"]),
        ("yearly", 5, "first", ["2020-05-01", "2021-05-03"]),
        ("semiannual", 12, "last", ["2020-06-30", "2020-12-31", "2021-06-30"]),
        ("quarterly", 2, "last", ["2020-02-28", "2020-05-29", "2020-08-31", "2020-11-30", "2021-02-26", "2021-05-31"]),
    ],
)
def test_anchor_month_moves_the_year(period, anchor, on, expected):
    spec = strategy(ALL, {"anchor": (anchor, "count")}, period=period, schedule={"anchor": "anchor", "on": on})

    result = run(spec=spec, panel=flat(1, 420))

    assert [str(day) for day in result.decision_days] == expected


def test_condition_of_the_calendar_keeps_only_its_days():
    spec = strategy(ALL, period="daily", schedule={"when": "weekday == 5"})

    result = run(spec=spec, panel=flat(1, 30))

    assert {pd.Timestamp(day).day_name() for day in result.decision_days} == {"Friday"}


def test_rule_that_reads_prices_may_not_fill_at_the_same_close():
    spec = strategy({"kind": "per_asset", "enter": "close > 0"}, period="daily", fill="same_close")

    with pytest.raises(ParameterValueError, match="same close"):
        run(spec=spec, panel=flat(1))
    assert "look_ahead" in {f.code for f in findings(spec) if f.severity is Severity.ERROR}


def test_rule_that_reads_the_calendar_alone_fills_at_the_same_close():
    spec = strategy({"kind": "per_asset", "enter": "weekday == 1"}, period="daily", fill="same_close")

    orders = run(spec=spec, panel=flat(1, 20)).orders

    assert (orders.decided == orders.day).all()
    assert {pd.Timestamp(day).day_name() for day in orders.day[orders.side > 0]} == {"Monday"}


def pairs_spec(**changes):
    table = {
        "formation": ("distance", "choice"), "window": (60, "days"), "count": (1, "count"), "refresh": ("once", "choice"),
        "spread": ("difference", "choice"), "enter": (2.0, "number"), "exit": (0.0, "number"), **changes,
    }  # fmt: skip
    names = ("formation", "window", "count", "refresh", "spread", "enter", "exit", "stop", "max_hold")
    return strategy({"kind": "pairs", **{n: n for n in names if n in table}}, table, period="daily")


def spread_market(path):
    """A moves with B but for `path` after the formation window; C goes its own way."""
    rng = np.random.default_rng(1)
    common = 100 * np.exp(rng.normal(0, 0.01, 60 + len(path)).cumsum())
    wiggle = np.concatenate([rng.normal(0, 0.002, 60), path])
    other = 100 * np.exp(rng.normal(0, 0.03, 60 + len(path)).cumsum())
    close = np.stack([common * (1 + wiggle), common, other])
    days = np.busday_offset("2020-01-01", np.arange(close.shape[1]), roll="forward")
    return Panel(days=days, symbols=("A", "B", "C"), close=close)


def test_pair_is_opened_when_it_parts_and_closed_when_it_is_back():
    panel = spread_market(np.array([0.0] * 40 + [0.05] * 5 + [-0.01] * 5 + [0.0] * 5))

    spec = pairs_spec(refresh=("monthly", "choice"))
    held = run(spec=spec, panel=panel).weights

    opened = held[:, 60 + 40]
    assert opened[0] == -1.0
    assert opened[1] == 1.0
    assert opened[2] == 0.0
    assert (held[:, 60 + 45] == 0).all() or held[
        0, 60 + 45
    ] > 0  # back through the mean: closed, or opened the other way


def test_pair_is_closed_at_the_latest_after_its_longest_holding():
    panel = spread_market(np.array([0.0] * 40 + [0.05] * 15))

    held = run(spec=pairs_spec(max_hold=(4, "days")), panel=panel).weights

    in_market = np.flatnonzero((held != 0).any(axis=0))
    assert 1 <= len(in_market) <= 4
    assert in_market[0] == 100


@pytest.mark.parametrize("formation", ["distance", "correlation", "cointegration"])
@pytest.mark.parametrize("spread", ["difference", "ratio", "regression"])
def test_closest_pair_is_found_by_every_measure(formation, spread):
    panel = spread_market(np.array([0.0] * 40 + [0.05] * 10))

    spec = pairs_spec(formation=(formation, "choice"), spread=(spread, "choice"), refresh=("monthly", "choice"))
    held = run(spec=spec, panel=panel).weights

    assert held[0].min() == -1.0
    assert (held[2] == 0).all()
