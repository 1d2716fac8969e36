"""Formulas as an analyst edits them, what may be typed in them, and what differs between two specifications."""

from __future__ import annotations

import pytest

from apps.domain.language import (
    FUNCTIONS,
    FormulaError,
    FormulaInUse,
    FormulaTypeError,
    Line,
    UnknownPlace,
    ValueRefused,
    add_formula,
    apply_formula,
    apply_value,
    check_formula,
    completions,
    difference_of,
    formula_places,
    lines_between,
    remove_formula,
    vacant_places,
)
from apps.domain.language.vocabulary import vocabulary
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING
from tests.strategies.change import changed


def test_formula_is_replaced_and_nothing_else_changes():
    after = apply_formula(TEN_MONTH_TIMING, pointer="/selection/enter", text="  close > ema(close, window) ")

    assert after.selection.enter == "close > ema(close, window)"
    assert difference_of(TEN_MONTH_TIMING, after).formulas[0].pointer == "/selection/enter"
    assert difference_of(TEN_MONTH_TIMING, after).n_changes == 1


@pytest.mark.parametrize(
    ("text", "error", "column", "suggestion"),
    [
        ("close > smaa(close, window)", FormulaTypeError, 9, "sma"),
        ("close > sma(close, windw)", FormulaTypeError, 20, "window"),
        ("close > sma(close, window", FormulaError, 26, None),
        ("close + 1", FormulaTypeError, 1, None),
        ("   ", FormulaError, 1, None),
    ],
)
def test_formula_that_cannot_stand_says_where_and_what_is_near(text, error, column, suggestion):
    with pytest.raises(error) as caught:
        apply_formula(TEN_MONTH_TIMING, pointer="/selection/enter", text=text)

    assert (caught.value.column, caught.value.suggestion) == (column, suggestion)


def test_signal_defined_by_itself_is_refused():
    draft = changed(TEN_MONTH_TIMING, "/signals", {"trend": "close / sma(close, window)", "gap": "trend - 1"})

    with pytest.raises(FormulaTypeError, match="by itself"):
        apply_formula(draft, pointer="/signals/trend", text="gap + 1")


def test_formula_of_no_place_names_those_there_are():
    with pytest.raises(UnknownPlace, match="/selection/enter"):
        apply_formula(TEN_MONTH_TIMING, pointer="/selection/exit", text="close > open")


@pytest.mark.parametrize("draft", [TEN_MONTH_TIMING, CROSS_MOMENTUM], ids=lambda d: d.meta.name)
def test_every_completion_that_is_offered_is_known_to_the_language(draft):
    kinds = vocabulary(draft).kinds

    for offered in completions(draft):
        known = FUNCTIONS if offered.what == "function" else kinds
        assert offered.name in known
        assert offered.meaning
    assert {o.name for o in completions(draft)} >= set(FUNCTIONS) | {"close", "month"}
    for place in formula_places(draft):
        check_formula(place.text, names=kinds)


def test_differences_of_a_specification_to_itself_are_none():
    same = difference_of(CROSS_MOMENTUM, CROSS_MOMENTUM)

    assert same.n_changes == 0
    assert {line.sign for line in same.prose} == {""}


def test_changed_value_is_told_with_status_and_in_words():
    after = apply_value(TEN_MONTH_TIMING, name="window", value="12 months")

    told = difference_of(TEN_MONTH_TIMING, after)

    [change] = told.parameters
    assert (change.before, change.after, change.status_after) == ("10 months", "12 months", "analyst")
    assert any(line.sign == "-" and "10-month" in line.text for line in told.prose)
    assert any(line.sign == "+" and "12-month" in line.text for line in told.prose)


def test_place_that_names_a_parameter_no_more_is_told():
    after = changed(TEN_MONTH_TIMING, "/evaluation/end", None)

    told = difference_of(TEN_MONTH_TIMING, after)

    assert [(c.pointer, c.before, c.after) for c in told.fields] == [("/evaluation/end", "end", None)]


def test_lines_show_what_went_before_what_came():
    lines = lines_between(["a", "b", "c"], ["a", "d", "c"])

    assert lines == (Line("", "a"), Line("-", "b"), Line("+", "d"), Line("", "c"))


def test_rule_is_added_where_there_is_none_and_taken_away_again():
    after, stands = add_formula(TEN_MONTH_TIMING, pointer="/selection/exit", text=" close < sma(close, window) ")
    back = remove_formula(after, pointer=stands)

    assert (stands, after.selection.exit) == ("/selection/exit", "close < sma(close, window)")
    assert difference_of(TEN_MONTH_TIMING, after).n_changes == 1
    assert back == TEN_MONTH_TIMING


def test_signal_is_added_by_its_name_and_can_be_used():
    after, stands = add_formula(TEN_MONTH_TIMING, pointer="/signals/gap", text="close / sma(close, window) - 1")
    used = apply_formula(after, pointer="/selection/enter", text="gap > 0")

    assert stands == "/signals/gap"
    assert used.signals == {**TEN_MONTH_TIMING.signals, "gap": "close / sma(close, window) - 1"}
    with pytest.raises(FormulaInUse, match="used by the entry rule"):
        remove_formula(used, pointer="/signals/gap")
    assert remove_formula(after, pointer="/signals/gap") == TEN_MONTH_TIMING


def test_filters_of_a_universe_are_added_at_the_end_and_close_up():
    content = TEN_MONTH_TIMING.model_dump(mode="json")
    content["universe"] = {"kind": "filtered", "symbols": "symbols", "where": ["close > 1"], "refresh": "rebalance"}
    draft = type(TEN_MONTH_TIMING).model_validate(content)

    after, stands = add_formula(draft, pointer="/universe/where/-", text="close > 5")

    assert (stands, after.universe.where) == ("/universe/where/1", ["close > 1", "close > 5"])
    assert remove_formula(after, pointer="/universe/where/0").universe.where == ["close > 5"]


def test_vacant_places_are_the_empty_ones_that_mean_something():
    vacant = {place.pointer: place.gives for place in vacant_places(TEN_MONTH_TIMING)}

    assert vacant["/selection/exit"] == "condition"
    assert vacant["/schedule/when"] == "market condition"
    assert not {"/selection/enter", "/execution/limit", "/execution/stop"} & vacant.keys()
    ordered = changed(TEN_MONTH_TIMING, "/execution/order", "stop_limit")
    assert {"/execution/limit", "/execution/stop"} <= {place.pointer for place in vacant_places(ordered)}


@pytest.mark.parametrize(
    ("pointer", "text", "error", "said"),
    [
        ("/selection/enter", "close > open", UnknownPlace, "/selection/exit"),
        ("/weights/by", "close", UnknownPlace, "/signals/name"),
        ("/selection/exit", "close + 1", FormulaTypeError, "must be a condition"),
        ("/selection/exit", "close > smaa(close, 2)", FormulaTypeError, "sma"),
        ("/selection/exit", " ", FormulaError, "Type a formula"),
        ("/signals/Gap", "close", ValueRefused, "small letters"),
        ("/signals/", "close", ValueRefused, "small letters"),
        ("/signals/close", "open", ValueRefused, "means something already"),
        ("/signals/sma", "open", ValueRefused, "means something already"),
        ("/signals/window", "open", ValueRefused, "means something already"),
        ("/signals/me", "me + 1", FormulaTypeError, "by itself"),
    ],
)
def test_what_cannot_be_added_says_why(pointer, text, error, said):
    with pytest.raises(error, match=said):
        add_formula(TEN_MONTH_TIMING, pointer=pointer, text=text)


def test_what_the_rules_need_is_not_removed():
    with pytest.raises(FormulaInUse, match="need the ranking rule"):
        remove_formula(CROSS_MOMENTUM, pointer="/selection/by")
    with pytest.raises(UnknownPlace):
        remove_formula(CROSS_MOMENTUM, pointer="/selection/exit")
