"""An entry that can fire, an exit that is there and can fire: said before any data are read."""

import json
from pathlib import Path

import pytest

from apps.domain.language import DraftSpecification, Severity, findings, quick
from tests.domain.engine import build
from tests.domain.engine.build import parameter
from tests.domain.examples import RSI_REVERSION, TEN_MONTH_TIMING

LIBRARY = Path(__file__).parents[3] / "apps" / "strategies" / "library"
CODES = {"never_fires", "always_true", "exit_never_fires", "no_exit", "entry_implies_exit"}


def found(spec):
    return [(f.code, f.severity.value, f.pointer) for f in findings(spec) if f.code in CODES]


def drafted(selection=None, **sections):
    """A draft with other sections in the place of its own."""
    content = build.spec(
        selection or {"kind": "per_asset", "enter": "close > open", "exit": "close < open"},
        parameters={
            "level": parameter(120), "half": parameter(0.5, "fraction"), "some": parameter(["A"], "symbols"),
            "window": parameter(14, "days"), "few": parameter(5, "count"),
        },
    ).model_dump(mode="json")  # fmt: skip
    return DraftSpecification.model_validate(content | sections)


def per_asset(**rules):
    return drafted({"kind": "per_asset", **rules})


def test_entry_that_is_never_true_says_which_comparison_and_why():
    [finding] = [f for f in findings(per_asset(enter="close > open and rsi(close, 14) > 120")) if f.code in CODES]

    assert (finding.code, finding.severity, finding.pointer) == ("never_fires", Severity.ERROR, "/selection/enter")
    assert finding.message == (
        "rsi(close, 14) > 120 is never true: rsi(close, 14) lies between 0 and 100. So the entry rule never fires: "
        "nothing is ever entered by it. Change the numbers, or the rule."
    )


@pytest.mark.parametrize(
    ("enter", "why"),
    [
        ("rsi(close, window) > level", "rsi(close, window) lies between 0 and 100 and level is 120."),
        ("close > close", "both sides are the same."),
        ("close > high", "close is never above high."),
        (
            "close > highest(high, 20)",
            "close is never above highest(high, 20), for its window counts the present bar; donchian_upper and donchian_lower do not.",
        ),
        ("close < 0 or volume < 0", "close is never below 0; volume < 0 is never true: volume is never below 0."),
        ("not volume >= 0", "volume >= 0 is always true: volume is never below 0."),
        ("all_true(month > 12, 3)", "month > 12 is never true: month lies between 1 and 12."),
        ("crosses_above(rsi(close, 14), level)", "rsi(close, 14) lies between 0 and 100 and level is 120."),
        ("in_months(13, 14)", "in_months(13, 14) is never true."),
        (
            "volume > 5 and close > open and open > close",
            "close > open and open > close are never true together.",
        ),
    ],
)
def test_reason_names_the_ranges_of_both_sides(enter, why):
    [finding] = [f for f in findings(per_asset(enter=enter)) if f.code == "never_fires"]

    assert f"{why} So" in finding.message


@pytest.mark.parametrize(
    ("sections", "pointer"),
    [
        ({"selection": {"kind": "per_asset", "enter_short": "month == 0"}}, "/selection/enter_short"),
        (
            {"selection": {"kind": "sorted", "long": [{"where": "close > 0"}], "short": [{"where": "close < 0"}]}},
            "/selection/short/0/where",
        ),
        (
            {"selection": {"kind": "switch", "cases": [{"when": "weekday > 7", "hold": "some"}], "otherwise": "some"}},
            "/selection/cases/0/when",
        ),
        (
            {"universe": {"kind": "filtered", "symbols": "symbols", "where": ["close > 0", "volume < 0"]}},
            "/universe/where/1",
        ),
        ({"schedule": {"rebalance": "rebalance", "when": "month > 12"}}, "/schedule/when"),
        ({"overlay": {"regime": {"when": "month > 12"}}}, "/overlay/regime/when"),
    ],
)
def test_condition_that_leaves_nothing_to_do_is_an_error(sections, pointer):
    assert found(drafted(**sections)) == [("never_fires", "error", pointer)]


@pytest.mark.parametrize("instead", [{"exposure": "half"}, {"instead": "some"}])
def test_regime_that_never_is_is_a_warning_where_something_is_held_out_of_it(instead):
    spec = drafted(overlay={"regime": {"when": "month > 12", **instead}})

    assert found(spec) == [("never_fires", "warning", "/overlay/regime/when")]


@pytest.mark.parametrize(
    ("selection", "pointer"),
    [
        ({"kind": "per_asset", "enter": "rsi(close, 14) < 150"}, "/selection/enter"),
        ({"kind": "per_asset", "enter": "close > open", "exit": "close >= 0"}, "/selection/exit"),
        ({"kind": "sorted", "long": [{"where": "close >= 0"}]}, "/selection/long/0/where"),
        (
            {"kind": "switch", "cases": [{"when": "month <= 12", "hold": "some"}], "otherwise": "some"},
            "/selection/cases/0/when",
        ),
    ],
)
def test_condition_that_is_always_true_is_a_warning(selection, pointer):
    assert found(drafted(selection)) == [("always_true", "warning", pointer)]


def test_last_case_that_is_always_true_says_else():
    cases = [{"when": "weekday == 1", "hold": "some"}, {"when": "weekday >= 1", "hold": "some"}]

    assert found(drafted({"kind": "switch", "cases": cases})) == []


def test_exit_that_is_never_true_is_an_error_unless_something_else_ends_the_position():
    rules = {"kind": "per_asset", "enter": "close > open", "exit": "close < 0"}
    filtered = {"kind": "filtered", "symbols": "symbols", "where": ["close > 5"]}

    assert found(drafted(rules)) == [("exit_never_fires", "error", "/selection/exit")]
    assert found(drafted(rules, overlay={"trailing_stop": "half"})) == [
        ("exit_never_fires", "warning", "/selection/exit")
    ]
    assert found(drafted(rules, overlay={"time_stop": "window"})) == [
        ("exit_never_fires", "warning", "/selection/exit")
    ]
    assert found(drafted(rules, universe=filtered)) == [("exit_never_fires", "warning", "/selection/exit")]


@pytest.mark.parametrize(
    "enter",
    [
        "crosses_above(close, sma(close, 50))",
        "crosses_above(close, sma(close, 50)) and volume > 0",
        "close > low and (volume > 0 and crosses_below(close, open))",
        "day_of_month == 15",
        "5 == weekday",
        "trading_day_of_month <= 1",
        "trading_days_left_in_month < 1",
        "before_holiday(1)",
    ],
)
def test_entry_of_single_days_without_an_exit_is_a_warning(enter):
    assert found(per_asset(enter=enter)) == [("no_exit", "warning", "/selection/enter")]
    assert found(per_asset(enter=enter, exit="volume > 1000000")) == []
    assert found(drafted({"kind": "per_asset", "enter": enter}, overlay={"time_stop": "window"})) == []


@pytest.mark.parametrize(
    "enter",
    [
        "close > sma(close, 50)",
        "crosses_above(close, open) or close > sma(close, 50)",
        "day_of_month >= 15",
        "month == 1",
        "trading_day_of_month <= 3",
        "bars_since(close > open) == 0",
        "before_holiday(2)",
        "any_true(crosses_above(close, open), 5)",
    ],
)
def test_entry_that_may_last_needs_no_exit(enter):
    assert found(per_asset(enter=enter)) == []


def test_window_around_an_event_that_is_one_day_wide_is_a_single_day():
    event = {"earnings": {"kind": "event", "source": "source"}}
    content = per_asset(enter="days_since(earnings) < 1").model_dump(mode="json")
    content["data"]["inputs"] = event
    content["parameters"]["source"] = parameter("earnings", "source")

    assert found(DraftSpecification.model_validate(content)) == [("no_exit", "warning", "/selection/enter")]


@pytest.mark.parametrize(
    "enter",
    [
        "rsi(close, 14) > nothing",
        "rsi(close, 14, 3) > 120",
        "rsi(close, 14) >",
        "rsi(close, 14) + 120",
        "rsi(close, 14) > broken",
        "rsi(close, 0) > 30",
    ],
)
def test_rule_that_is_wrong_otherwise_is_left_to_the_other_checks(enter):
    content = per_asset(enter=enter).model_dump(mode="json") | {"signals": {"broken": "broken + 1"}}

    assert found(DraftSpecification.model_validate(content)) == []


@pytest.mark.parametrize("change", [{"value": None}, {"status": "missing"}, {"value": "many"}, {"value": float("nan")}])
def test_rule_that_waits_for_a_value_is_not_judged(change):
    content = per_asset(enter="close < 0 - level and close < 0").model_dump()
    content["parameters"]["level"] |= change

    assert found(DraftSpecification.model_validate(content)) == []


def test_parameter_behind_a_signal_counts():
    content = per_asset(enter="strong").model_dump(mode="json") | {"signals": {"strong": "rsi(close, window) > level"}}

    [finding] = [f for f in findings(DraftSpecification.model_validate(content)) if f.code in CODES]

    assert finding.message.startswith("rsi(close, window) > level is never true: ")


def test_prices_of_futures_may_be_below_zero():
    content = per_asset(enter="close < 0").model_dump(mode="json")
    content["parameters"]["roll"] = parameter("volume", "choice")
    content["data"]["futures"] = {"roll": "roll"}

    assert found(DraftSpecification.model_validate(content)) == []


def test_duration_within_the_day_is_known_only_with_the_data():
    content = per_asset(enter="count_true(close > open, window) > 20", exit="close < open").model_dump(mode="json")
    daily = DraftSpecification.model_validate(content)
    content["data"]["bars"] = "1h"

    assert found(daily) == [("never_fires", "error", "/selection/enter")]
    assert found(DraftSpecification.model_validate(content)) == []


@pytest.mark.parametrize(
    ("enter", "leave"),
    [
        ("rsi(close, 14) < 30", "rsi(close, 14) < 50"),
        ("crosses_above(close, sma(close, 50))", "close > sma(close, 50)"),
        ("close > open and rsi(close, 2) < 10", "rsi(close, 2) < 20 or close < 0"),
        ("rsi(close, 2) < 10 or rsi(close, 2) < 5", "rsi(close, 2) < 20"),
        ("rsi(close, 2) < 10 and close > open", "rsi(close, 2) < 20 and close >= open"),
    ],
)
def test_entry_that_implies_its_exit_is_told(enter, leave):
    assert ("entry_implies_exit", "warning", "/selection/enter") in found(per_asset(enter=enter, exit=leave))


@pytest.mark.parametrize(
    ("enter", "leave"),
    [
        ("rsi(close, 14) < 50", "rsi(close, 14) < 30"),
        ("rsi(close, 14) < 30", "rsi(close, 5) < 50"),
        ("rsi(close, 14) < 30 or close > open", "rsi(close, 14) < 50"),
        ("rsi(close, 14) < 30", "rsi(close, 14) < 50 and close > open"),
        ("crosses_above(close, sma(close, 50))", "crosses_below(close, sma(close, 50))"),
    ],
)
def test_entry_that_can_be_held_is_not(enter, leave):
    assert found(per_asset(enter=enter, exit=leave)) == []


@pytest.mark.parametrize("spec", [TEN_MONTH_TIMING, RSI_REVERSION, quick("per_asset", enter="close > sma(close, 20)")])
def test_ordinary_rules_give_no_finding(spec):
    assert found(spec) == []


@pytest.mark.parametrize("file", sorted(LIBRARY.glob("*.json")), ids=lambda file: file.stem)
def test_no_published_strategy_has_a_rule_that_cannot_fire(file):
    draft = json.loads(file.read_text()).get("draft")

    if draft:
        said = findings(DraftSpecification.model_validate(draft))
        assert [f for f in said if f.code in CODES and f.severity is Severity.ERROR] == []
