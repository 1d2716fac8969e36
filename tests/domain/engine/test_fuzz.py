"""Any specification that the schema takes is judged by a finding, refused by a named error, or run. Nothing else."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.domain.engine import run
from apps.domain.errors import DomainError
from apps.domain.language import (
    FUNCTIONS,
    DraftSpecification,
    Kind,
    NotRunnable,
    executable_part,
    explain,
    findings,
    runnable,
)
from apps.domain.values import Panel
from apps.domain.values.inputs import Events, Facts, Inputs, MarketSeries

N_SYMBOLS, N_DAYS = 3, 90
PARAMETERS = {
    "dataset": ("d", "dataset"), "symbols": ([], "symbols"), "some": (["A", "B"], "symbols"), "none": ([], "symbols"),
    "capital": (1000.0, "currency"), "cost": (5.0, "bps"), "bps": (50.0, "bps"), "share": (0.5, "fraction"),
    "small": (0.05, "fraction"), "two": (2, "count"), "month": (3, "count"), "five": (5, "days"), "long": (2, "months"),
    "one": (1.0, "number"), "three": (3.0, "number"), "fill": ("next_close", "choice"), "period": ("weekly", "choice"),
    "distance": ("distance", "choice"), "ratio": ("ratio", "choice"), "source": ("x", "source"), "symbol": ("A", "symbol"),
    "start": ("2020-02-03", "date"),
}  # fmt: skip
BY_UNIT = {
    "formulas": [name for name, (_, unit) in PARAMETERS.items() if unit in {"bps", "fraction", "count", "number"}],
    "durations": ["five", "long"],
}


def market(kind):
    rng = np.random.default_rng(5)
    days = np.busday_offset("2020-01-01", np.arange(N_DAYS), roll="forward")
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (N_SYMBOLS, N_DAYS)), axis=1))
    if kind == "constant":
        close[:] = 100.0
    elif kind == "odd":
        close[0, 20:40] = np.nan
        close[1, 30] = 0.0
        close[2, 50] = -3.0
        close[1, 60:] *= 1e8
    elif kind == "empty":
        close[:] = np.nan
    fields = {"open": close * 1.001, "high": close * 1.02, "low": close * 0.98, "volume": np.abs(close) * 10}
    panel = Panel(days=days, symbols=("A", "B", "C"), close=close, **fields)
    x = np.broadcast_to(np.array([[1.0], [2.0], [np.nan]]), close.shape)
    rows = np.arange(N_SYMBOLS)
    return Inputs(
        panel=panel, fields={"x": x}, groups={"x": x}, series={"x": MarketSeries(days, rng.normal(size=N_DAYS))},
        facts={"x": Facts(rows, days[:3], rows + 1.0, days[3:6])}, events={"x": Events(rows, days[[10, 20, 30]])},
    )  # fmt: skip


MARKETS = {kind: market(kind) for kind in ("plain", "constant", "odd", "empty")}
INPUTS = {
    "f": {"kind": "field", "source": "source"}, "q": {"kind": "fact", "source": "source", "lag": "five"},
    "m": {"kind": "series", "source": "source"}, "i": {"kind": "instrument", "symbol": "symbol"},
    "g": {"kind": "group", "source": "source"}, "e": {"kind": "event", "source": "source"},
}  # fmt: skip


def number(depth):
    leaves = st.sampled_from(
        ["close", "open", "volume", "f", "q", "m", "i", "month", "weekday", "1", "0", "2.5", *BY_UNIT["formulas"]]
    )
    if depth == 0:
        return leaves
    return leaves | operation(depth) | called(depth, {Kind.SERIES, Kind.CROSS_SECTION, Kind.MARKET, Kind.BARS})


def operation(depth):
    return st.builds(
        lambda a, op, b: f"({a} {op} {b})", number(depth - 1), st.sampled_from("+-*/"), number(depth - 1)
    ) | number(depth - 1).map(lambda a: f"-{a}")


def condition(depth):
    compared = st.builds(
        lambda a, op, b: f"({a} {op} {b})",
        number(depth),
        st.sampled_from([">", "<", ">=", "<=", "==", "!="]),
        number(depth),
    )
    if depth == 0:
        return compared | st.just("option_expiry_week")
    joined = st.builds(
        lambda a, op, b: f"({a} {op} {b})", condition(depth - 1), st.sampled_from(["and", "or"]), condition(depth - 1)
    )
    return compared | joined | condition(depth - 1).map(lambda a: f"not {a}") | called(depth, {Kind.BOOLEAN})


def argument(kind, depth):
    match kind:
        case Kind.BOOLEAN:
            return condition(depth)
        case Kind.GROUP:
            return st.just("g")
        case Kind.EVENT:
            return st.just("e")
        case Kind.NUMBER:
            return st.sampled_from(["0", "0.1", "1", "2", "-1", "three"])
        case Kind.DURATION:
            return st.sampled_from(["five", "long", "0", "1", "2", "7", "60", "400"])
    return number(depth)


def called(depth, results):
    def of(signature):
        return st.tuples(*(argument(kind, depth - 1) for kind in signature.arguments)).map(
            lambda given: f"{signature.name}({', '.join(given)})"
        )

    return st.sampled_from([s for s in FUNCTIONS.values() if s.result in results]).flatmap(of)


NUMBER, CONDITION = number(2), condition(2)
OF_THE_MARKET = CONDITION | st.sampled_from(
    ["m > 0", "i > sma(i, five)", "weekday == 5", "share_of(close > open) > 0.5", "in_months(2, 3)", "m > 0 and i > m"]
)
SORT = st.fixed_dictionaries(
    {}, optional={"by": NUMBER, "size": st.sampled_from(["two", "share"]), "keep": st.sampled_from(["top", "bottom"]),
                  "within": st.sampled_from(["g", "f"]), "where": CONDITION},
)  # fmt: skip
SELECTION = st.one_of(
    st.just({"kind": "all"}),
    st.fixed_dictionaries({"kind": st.just("top_n"), "by": NUMBER, "count": st.just("two")}),
    st.fixed_dictionaries(
        {"kind": st.just("per_asset")},
        optional=dict.fromkeys(("enter", "exit", "enter_short", "exit_short"), CONDITION),
    ),
    st.fixed_dictionaries(
        {"kind": st.just("sorted")},
        optional={"long": st.lists(SORT, max_size=2), "short": st.lists(SORT, max_size=2), "combine": st.just("intersection")},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("switch"), "cases": st.lists(
            st.fixed_dictionaries({"when": OF_THE_MARKET, "hold": st.sampled_from(["some", "none"])}), min_size=1, max_size=2)},
        optional={"otherwise": st.just("some")},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("pairs"), "formation": st.just("distance"), "window": st.sampled_from(["five", "long"]),
         "count": st.just("two"), "refresh": st.just("period"), "spread": st.just("ratio"), "enter": st.sampled_from(["one", "three"]),
         "exit": st.sampled_from(["one", "small"])},
        optional={"stop": st.just("three"), "max_hold": st.just("five")},
    ),
)  # fmt: skip
WEIGHTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("equal"), "over": st.sampled_from(["selected", "universe"])},
                          optional={"cap": st.just("small"), "beta": NUMBER, "gross_long": st.sampled_from(["one", "share"])}),
    st.fixed_dictionaries({"kind": st.sampled_from(["proportional", "rank"]), "by": NUMBER}),
    st.just({"kind": "inverse_volatility", "window": "five"}),
    st.just({"kind": "volatility_target", "window": "five", "target": "small"}),
    st.just({"kind": "fixed", "weights": {"A": "share", "B": "small"}}),
)  # fmt: skip
UNIVERSE = st.just({"symbols": "symbols"}) | st.fixed_dictionaries(
    {"kind": st.just("filtered"), "symbols": st.just("symbols")},
    optional={"where": st.lists(CONDITION, max_size=2), "by": NUMBER, "size": st.sampled_from(["two", "share"]), "refresh": st.just("period")},
)  # fmt: skip
SCHEDULE = st.fixed_dictionaries(
    {"rebalance": st.just("period")},
    optional={"on": st.just("first"), "day": st.just("two"), "anchor": st.just("month_of"), "hold": st.sampled_from(["five", "long"]),
              "drift": st.booleans(), "when": OF_THE_MARKET},
)  # fmt: skip
OVERLAY = st.fixed_dictionaries(
    {},
    optional={
        "regime": st.fixed_dictionaries(
            {"when": OF_THE_MARKET}, optional={"exposure": st.just("small"), "instead": st.just("some")}
        ),
        "volatility": st.just({"target": "small", "window": "five", "max_leverage": "three"}),
        **dict.fromkeys(("stop_loss", "take_profit", "trailing_stop", "drawdown_stop"), st.just("small")),
        **dict.fromkeys(("time_stop", "drawdown_wait"), st.just("five")),
    },
)
EXECUTION = st.fixed_dictionaries(
    {"fill": st.just("fill"), "cost": st.just("cost")},
    optional={
        "order": st.sampled_from(["limit", "stop", "stop_limit"]), "limit": NUMBER, "stop": NUMBER,
        "session": st.sampled_from(["overnight", "intraday"]), "per_share": st.just("one"), "minimum": st.just("capital"),
        **dict.fromkeys(("spread", "impact", "borrow", "financing", "interest"), st.just("bps")),
        "participation": st.just("small"), "whole_shares": st.booleans(), "max_leverage": st.just("three"),
    },
)  # fmt: skip


def row(name, value, unit):
    return {"label": name, "value": value, "unit": unit, "status": "stated"}


@st.composite
def drafts(draw):
    table = {name: row(name, value, unit) for name, (value, unit) in PARAMETERS.items() if name != "month"}
    table["month_of"] = row("month", draw(st.integers(0, 13)), "count")
    table["fill"] = row(
        "fill", draw(st.sampled_from(["next_open", "next_close", "next_open", "next_close", "same_close"])), "choice"
    )
    table["period"] = row(
        "period", draw(st.sampled_from(["daily", "weekly", "monthly", "quarterly", "yearly", "once"])), "choice"
    )
    return DraftSpecification.model_validate(
        {
            "meta": {"name": "Fuzz"}, "data": {"dataset": "dataset", "inputs": INPUTS}, "universe": draw(UNIVERSE),
            "selection": draw(SELECTION), "weights": draw(WEIGHTS), "schedule": draw(SCHEDULE), "overlay": draw(OVERLAY),
            "execution": draw(EXECUTION), "evaluation": {"capital": "capital", "start": draw(st.sampled_from(["start", None]))},
            "parameters": table,
        }
    )  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(drafts(), st.sampled_from(sorted(MARKETS)))
def test_any_specification_is_judged_refused_by_name_or_run(draft, kind):
    found = findings(draft)
    assert all(f.code and f.message and f.pointer is not None for f in found)
    assert explain(draft)
    try:
        spec = runnable(draft)
    except NotRunnable as refusal:
        assert refusal.findings
        return
    assert executable_part(spec)
    with np.errstate(all="ignore"):
        try:
            result = run(spec=spec, panel=MARKETS[kind])
        except DomainError as refusal:
            assert refusal.message
            return
    assert np.isfinite(result.equity).all()
    assert np.isfinite(result.cash).all()
