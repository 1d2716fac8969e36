"""Specifications: checks, hash, explanation, edits."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from apps.domain.language import (
    DraftSpecification,
    NotRunnable,
    RunnableSpecification,
    Severity,
    Status,
    Unit,
    UnknownParameter,
    ValueRefused,
    apply_value,
    execution_hash,
    explain,
    explain_formula,
    findings,
    format_value,
    parse_value,
    print_formula,
    published_schemas,
    runnable,
    trading_days,
    warm_up,
)
from apps.domain.language.tree import Number
from tests.domain.examples import CROSS_MOMENTUM, EXAMPLES, RSI_REVERSION, TEN_MONTH_TIMING
from tests.domain.language.test_grammar import trees


def changed(spec, path, value):
    """A copy with one leaf of its JSON set."""
    content = spec.model_dump(mode="json")
    *parents, last = path.strip("/").split("/")
    node = content
    for key in parents:
        node = node[int(key) if isinstance(node, list) else key]
    node[last] = value
    return type(spec).model_validate(content)


def codes(spec, **data):
    return [finding.code for finding in findings(spec, **data)]


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda s: s.meta.name)
def test_example_has_no_findings_and_survives_its_json(spec):
    assert findings(spec) == []
    assert DraftSpecification.model_validate_json(spec.model_dump_json()) == spec


def test_unknown_key_is_an_error():
    content = TEN_MONTH_TIMING.model_dump(mode="json") | {"leverage": 3}

    with pytest.raises(ValidationError, match="leverage"):
        DraftSpecification.model_validate(content)


@pytest.mark.parametrize(
    ("path", "value", "code", "pointer"),
    [
        ("/selection/enter", "close > smaa(close, window)", "formula_type", "/selection/enter"),
        ("/selection/enter", "close >", "formula", "/selection/enter"),
        ("/selection/enter", "close + 1", "not_a_condition", "/selection/enter"),
        ("/signals/trend", "trend + 1", "signal_cycle", "/signals/trend"),
        ("/data/dataset", "datsaet", "unknown_parameter", "/data/dataset"),
        ("/execution/cost", "window", "wrong_unit", "/parameters/window"),
        ("/parameters/cost/value", -1, "bad_value", "/parameters/cost"),
        ("/parameters/cost/value", None, "missing_value", "/parameters/cost"),
        ("/parameters/rebalance/value", "hourly", "bad_value", "/parameters/rebalance"),
        ("/parameters/window/value", 2.5, "bad_value", "/parameters/window"),
        ("/parameters/window/value", 0, "bad_duration", "/signals/trend"),
        ("/parameters/start/value", "2013-13-01", "bad_value", "/parameters/start"),
        ("/parameters/start/value", "20130101", "bad_value", "/parameters/start"),
        ("/parameters/start/value", "2014-01-01", "window", "/parameters/start"),
        ("/parameters/start/value", "2012-12-31", "window", "/parameters/start"),
        ("/parameters/window/value", float("inf"), "bad_value", "/parameters/window"),
        ("/parameters/window/value", float("nan"), "bad_value", "/parameters/window"),
        ("/parameters/window/value", 10_000, "bad_duration", "/signals/trend"),
        ("/signals/trend", "sma(close, 0)", "bad_duration", "/signals/trend"),
        ("/signals/window", "close + 1", "name_taken", "/signals/window"),
        ("/signals/close", "open + 1", "name_taken", "/signals/close"),
        ("/signals/not", "open + 1", "name_taken", "/signals/not"),
        ("/parameters/capital/value", 0, "bad_value", "/parameters/capital"),
        ("/parameters/symbols/value", "SPX", "bad_value", "/parameters/symbols"),
    ],
)
def test_fault_in_a_specification_is_found_at_its_place(path, value, code, pointer):
    found = [f for f in findings(changed(TEN_MONTH_TIMING, path, value)) if f.severity is not Severity.WARNING]

    assert (code, pointer) in [(f.code, f.pointer) for f in found]
    assert all(f.message for f in found)


def test_signals_that_define_each_other_are_a_cycle():
    content = TEN_MONTH_TIMING.model_dump(mode="json")
    content["signals"] = {"a": "b + 1", "b": "a + 1"}
    content["selection"]["enter"] = "close > a"

    assert codes(DraftSpecification.model_validate(content)).count("signal_cycle") == 2


def test_lag_of_no_days_is_today_and_allowed():
    assert codes(changed(TEN_MONTH_TIMING, "/selection/enter", "lag(close, 0) > trend")) == []


def test_signal_that_is_wrong_is_reported_once_and_not_where_it_is_used():
    broken = changed(changed(TEN_MONTH_TIMING, "/signals/trend", "smaa(close, window)"), "/signals/other", "trend + 1")

    assert [(f.code, f.pointer) for f in findings(broken) if f.severity is Severity.ERROR] == [
        ("formula_type", "/signals/trend")
    ]


@pytest.mark.parametrize("grow", ["{0} + {0}", "{0} + 1"], ids=["in width", "in depth"])
def test_signals_that_grow_without_end_are_refused_and_still_explained(grow):
    content = TEN_MONTH_TIMING.model_dump(mode="json")
    content["signals"] = {f"s{n}": grow.format(f"s{n - 1}") for n in range(400, 0, -1)} | {"s0": "sma(close, window)"}
    content["selection"]["enter"] = "close > s400"
    draft = DraftSpecification.model_validate(content)

    [finding] = findings(draft)

    assert (finding.code, warm_up(draft)) == ("overgrown", 209)
    assert explain(draft)[1].endswith("hold an instrument from when the close is above “s400”.")


@pytest.mark.parametrize("value", [1e308, -1e308])
def test_a_duration_beyond_all_data_is_judged_like_any_other(value):
    assert abs(trading_days(value, Unit.YEARS)) > 1e12


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda s: s.meta.name)
@given(data=st.data(), value=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.text(max_size=4), max_size=3)))  # fmt: skip
def test_any_value_in_any_place_is_judged_and_explained(spec, data, value):
    name = data.draw(st.sampled_from(sorted(spec.parameters)))
    unit = data.draw(st.sampled_from(Unit))
    parameter = spec.parameters[name].model_copy(update={"value": value, "unit": unit})
    draft = spec.model_copy(update={"parameters": spec.parameters | {name: parameter}})

    found = findings(draft, symbols=["A"], n_days=100, first_day=date(2000, 1, 1), last_day=date(2001, 1, 1))

    assert all(finding.message and finding.pointer.startswith("/") for finding in found)
    assert all(explain(draft))


def test_parameter_of_the_wrong_unit_is_told_where_it_is_wanted():
    [finding, _] = findings(changed(TEN_MONTH_TIMING, "/execution/cost", "window"))

    assert finding.message == (
        "Moving-average window is measured in months, but the trading cost needs bps. "
        "Change its unit, or name another parameter."
    )


def test_missing_value_without_a_question_is_asked_for_by_its_label():
    [finding] = findings(changed(RSI_REVERSION, "/parameters/window/value", None))

    assert finding.message == "The document does not state: RSI window. Which value applies?"


def test_skip_as_long_as_the_lookback_is_refused():
    assert "bad_duration" in codes(changed(CROSS_MOMENTUM, "/parameters/skip/value", 12))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"symbols": ["SPY", "QQQ"]}, "unknown_symbol"),
        ({"fields": ["close"]}, "no_opens"),
        ({"first_day": date(2014, 1, 1), "last_day": date(2020, 1, 1)}, "outside_data"),
        ({"first_day": date(2005, 1, 1), "last_day": date(2020, 1, 1)}, "shorter_window"),
        ({"n_days": 209}, "warm_up"),
        ({"first_day": date(2012, 7, 1), "last_day": date(2012, 12, 31), "n_days": 5000}, "warm_up"),
        ({"fields": ["open"]}, "field_missing"),
    ],
)
def test_data_that_do_not_fit_are_found(data, code):
    assert code in codes(TEN_MONTH_TIMING, **data)
    assert codes(TEN_MONTH_TIMING, fields=["open", "close"], symbols=["SPX"], n_days=5000) == []


def test_unknown_symbol_names_the_nearest():
    [finding] = findings(RSI_REVERSION, symbols=["AAPL", "IBMX"])

    assert finding.message == "The data set has no IBM. Did you mean IBMX?"


def test_more_holdings_than_instruments_are_refused():
    assert codes(CROSS_MOMENTUM, symbols=["A", "B", "C"]) == ["too_many"]
    assert codes(changed(CROSS_MOMENTUM, "/parameters/symbols/value", ["A", "B", "A", "B", "A"])) == ["too_many"]


@pytest.mark.parametrize(
    ("spec", "days"), [(TEN_MONTH_TIMING, 209), (CROSS_MOMENTUM, 252), (RSI_REVERSION, 15)], ids=lambda x: str(x)[:12]
)
def test_warm_up_is_that_of_the_longest_chain(spec, days):
    assert warm_up(spec) == days


@pytest.mark.parametrize(
    ("formula", "days"),
    [
        ("close > 0", 0),
        ("close > ema(close, 20)", 19),
        ("sma(lag(close, 5), 10) > 0", 14),
        ("crosses_above(sma(close, 10), sma(close, 50))", 50),
        ("trailing_return(trend, 63, 21) > abs(trend)", 272),
        ("min(lag(close, 3), max(close, lag(close, 7))) > 0", 7),
    ],
)
def test_warm_up_of_a_formula_adds_up_along_its_longest_branch(formula, days):
    spec = changed(changed(TEN_MONTH_TIMING, "/selection/enter", formula), "/signals/trend", "sma(close, window)")
    alone = changed(spec, "/signals/trend", "close") if "trend" not in formula else spec

    assert warm_up(alone) == days


def test_draft_with_a_hole_is_not_runnable_and_says_what_is_open():
    draft = changed(
        changed(TEN_MONTH_TIMING, "/parameters/cost/value", None),
        "/parameters/cost/question",
        "What does a trade cost?",
    )

    with pytest.raises(NotRunnable) as caught:
        runnable(draft)

    assert [f.message for f in caught.value.findings] == ["What does a trade cost?"]


def test_runnable_keeps_only_used_parameters():
    draft = changed(
        TEN_MONTH_TIMING, "/parameters/spare", {"label": "Spare", "unit": "number", "status": "assumed", "value": 1}
    )

    assert codes(draft) == ["unused_parameter"]
    assert "spare" not in runnable(draft).parameters


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda s: s.meta.name)
@given(text=st.text(min_size=1, max_size=50), score=st.floats(0, 1))
def test_provenance_and_names_do_not_move_the_hash(spec, text, score):
    before = runnable(spec)
    name = min(before.parameters)
    citation = {"page": 1, "quote": text, "match": "fuzzy", "score": score}

    after = before
    for path, value in [
        ("/meta/summary", text),
        ("/meta/name", text),
        (f"/parameters/{name}/label", text),
        (f"/parameters/{name}/note", text),
        (f"/parameters/{name}/status", "assumed"),
        (f"/parameters/{name}/citation", citation),
    ]:
        after = changed(after, path, value)

    assert execution_hash(after) == execution_hash(before)


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda s: s.meta.name)
def test_every_value_moves_the_hash(spec):
    before = runnable(spec)
    other = {"choice": "yearly", "dataset": "x", "symbols": ["ZZZ"], "date": "1999-01-04"}
    hashes = {execution_hash(before)}

    for name, parameter in before.parameters.items():
        value = (
            "next_open"
            if parameter.value == "next_close"
            else "next_close"
            if parameter.value == "next_open"
            else other.get(parameter.unit, 7.5)
        )
        hashes.add(execution_hash(changed(before, f"/parameters/{name}/value", value)))

    assert len(hashes) == len(before.parameters) + 1


@given(st.floats(0, 1e15), st.floats(0, 1e15))
def test_every_number_in_a_rule_moves_the_hash(one, other):
    first, second = (
        changed(runnable(RSI_REVERSION), "/selection/exit", f"rsi(close, window) > {print_formula(Number(level))}")
        for level in (one, other)
    )

    assert (execution_hash(first) == execution_hash(second)) is (one == other)


@given(trees, trees)
def test_every_rule_has_its_own_hash(one, other):
    spec = runnable(TEN_MONTH_TIMING)
    texts = print_formula(one), print_formula(other)
    assume(all(len(text) <= 500 for text in texts))

    first, second = (changed(spec, "/selection/enter", text) for text in texts)

    assert (execution_hash(first) == execution_hash(second)) is (one == other)


def test_unit_of_a_value_moves_the_hash():
    before = runnable(TEN_MONTH_TIMING)

    assert execution_hash(changed(before, "/parameters/window/unit", "weeks")) != execution_hash(before)


def test_spacing_of_a_formula_does_not_move_the_hash_and_its_rule_does():
    before = runnable(TEN_MONTH_TIMING)

    assert execution_hash(changed(before, "/selection/enter", "((close)>trend)")) == execution_hash(before)
    assert execution_hash(changed(before, "/selection/enter", "close >= trend")) != execution_hash(before)


def test_explanation_reads_as_the_rules():
    assert explain(TEN_MONTH_TIMING)[1] == (
        "Each month, at the close of its last trading day, hold an instrument from when the close is above the 10-month simple moving average of the close."
    )
    assert explain(CROSS_MOMENTUM) == [
        "Trade every instrument of the data set us-large-caps.",
        "Each month, at the close of its last trading day, rank the instruments by the return over the last 12 months, skipping the most recent month; hold the 5 with the highest value.",
        "What is held has equal weights.",
        "Orders fill at the next close after the decision and cost 5 bps one way.",
        "Tested from 1991-01-02 to 2010-12-31 with a capital of 1,000,000.",
    ]
    assert explain(RSI_REVERSION)[1:3] == [
        "Every day, at the close, hold an instrument from when the 14-day relative strength index of the close crosses below 30.",
        "Sell it when the 14-day relative strength index of the close crosses above 70.",
    ]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (
            "close > 1 and (open > 2 or high > 3)",
            "the close is above 1 and (the open is above 2 or the high is above 3)",
        ),
        (
            "(close > 1 and open > 2) or high > 3",
            "(the close is above 1 and the open is above 2) or the high is above 3",
        ),
        ("(close - open) * 2 > 0", "(the close minus the open) times 2 is above 0"),
        ("close - (open - low) > 0", "the close minus (the open minus the low) is above 0"),
        ("close + open + low > 0", "the close plus the open plus the low is above 0"),
        ("not (close > 1)", "it is not so that (the close is above 1)"),
        ("sma(high + low, 5) > 0", "the 5-day simple moving average of (the high plus the low) is above 0"),
        (
            "close > lag(trend, 3)",
            "the close is above the 10-month simple moving average of the close as it was 3 days before",
        ),
        ("trailing_return(high, 63, 0) > 0", "the return of the high over the last 63 days is above 0"),
        ("close >", "“close >”"),
        ("nothing > 0", "“nothing” is above 0"),
    ],
)
def test_formula_in_words_leaves_no_doubt_what_belongs_together(formula, words):
    assert explain_formula(formula, TEN_MONTH_TIMING) == words


def test_single_period_is_said_without_its_number():
    yearly = changed(changed(CROSS_MOMENTUM, "/parameters/lookback/value", 1), "/parameters/lookback/unit", "years")

    words = explain_formula("trailing_return(close, lookback, skip)", yearly)

    assert words == "the return over the last year, skipping the most recent month"


def test_explanation_of_a_hole_says_not_stated():
    draft = changed(changed(TEN_MONTH_TIMING, "/parameters/cost/value", None), "/parameters/rebalance/value", None)

    text = " ".join(explain(draft))

    assert "cost (not stated) one way" in text
    assert "At each rebalancing (not stated)" in text


def test_answer_sets_the_value_and_keeps_the_earlier_reading():
    after = apply_value(TEN_MONTH_TIMING, name="window", value="12 months", note="as in the appendix")

    parameter = after.parameters["window"]
    assert (parameter.value, parameter.status, parameter.note) == (12, Status.ANALYST, "as in the appendix")
    assert [(a.value, a.reason) for a in parameter.alternatives] == [(10, "Stated before: 10 months")]
    assert TEN_MONTH_TIMING.parameters["window"].value == 10


def test_answer_keeps_the_note_of_the_earlier_reading():
    noted = changed(TEN_MONTH_TIMING, "/parameters/window/note", "Two hundred days.")

    [kept] = apply_value(noted, name="window", value="12").parameters["window"].alternatives

    assert kept.reason == "Stated before: 10 months. Two hundred days."


def test_answer_to_an_unknown_parameter_names_the_nearest():
    with pytest.raises(UnknownParameter, match="Did you mean “window”"):
        apply_value(TEN_MONTH_TIMING, name="windw", value="3")


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10", Unit.MONTHS, 10), ("10 months", Unit.MONTHS, 10), ("1,000,000", Unit.CURRENCY, 1_000_000.0), ("10%", Unit.FRACTION, 0.1),
        ("0.1", Unit.FRACTION, 0.1), ("10 bps", Unit.BPS, 10.0), ("0.25%", Unit.BPS, 25.0), ("-3.5", Unit.NUMBER, -3.5), ("−3.5", Unit.NUMBER, -3.5),
        ("2010-12-31", Unit.DATE, "2010-12-31"), ("aapl, msft", Unit.SYMBOLS, ["AAPL", "MSFT"]), ("all", Unit.SYMBOLS, []),
        ("Next open", Unit.CHOICE, "next_open"), ("spx", Unit.SYMBOL, "SPX"),
    ],
)  # fmt: skip
def test_typed_value_is_understood(text, unit, value):
    assert parse_value(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", Unit.MONTHS),
        ("ten", Unit.MONTHS),
        ("2.5", Unit.COUNT),
        ("10%", Unit.MONTHS),
        ("31.12.2010", Unit.DATE),
        ("1e5", Unit.NUMBER),
        (".", Unit.NUMBER),
        ("1,00", Unit.NUMBER),
        ("+", Unit.NUMBER),
        ("-", Unit.BPS),
        ("9" * 400, Unit.COUNT),
        ("1e999", Unit.NUMBER),
        (",", Unit.SYMBOLS),
        ("20101231", Unit.DATE),
    ],
)
def test_typed_nonsense_is_refused(text, unit):
    with pytest.raises(ValueRefused):
        parse_value(text, unit)


def test_choice_is_read_with_any_separator_between_its_words():
    assert parse_value(" Next -open_", Unit.CHOICE, ["next_open"]) == "next_open"


@pytest.mark.parametrize("text", ["_", "-", " _-"])
def test_choice_of_separators_alone_is_refused(text):
    with pytest.raises(ValueRefused, match="Type a value"):
        parse_value(text, Unit.CHOICE)


def test_choice_outside_the_list_is_refused_with_the_list():
    with pytest.raises(ValueRefused, match="Choose one of: daily, next open"):
        parse_value("hourly", Unit.CHOICE, ["daily", "next_open"])


@given(st.text(max_size=20), st.sampled_from(Unit))
def test_any_text_is_a_value_or_is_refused(text, unit):
    try:
        value = parse_value(text, unit)
    except ValueRefused:
        return

    assert parse_value(format_value(value, unit), unit) == value


@given(st.floats(-1e15, 1e15), st.sampled_from([Unit.NUMBER, Unit.CURRENCY, Unit.BPS, Unit.FRACTION]))
def test_formatted_fraction_of_any_size_reads_back(value, unit):
    text = format_value(value, unit)

    assert parse_value(text, unit) == value
    assert "e" not in text


@given(
    st.integers(0, 5000),
    st.sampled_from([Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS, Unit.BPS, Unit.CURRENCY, Unit.COUNT, Unit.NUMBER]),
)
def test_formatted_value_reads_back(value, unit):
    assert parse_value(format_value(value, unit), unit) == value


@pytest.mark.parametrize(
    ("value", "unit", "days"), [(10, Unit.MONTHS, 210), (1, Unit.YEARS, 252), (2, Unit.WEEKS, 10), (7, Unit.DAYS, 7)]
)
def test_duration_counts_trading_days(value, unit, days):
    assert trading_days(value, unit) == days


def test_published_schemas_are_those_of_the_models():
    schemas = published_schemas()

    assert schemas["draft"] == DraftSpecification.model_json_schema()
    assert schemas["runnable"] == RunnableSpecification.model_json_schema()
