"""What a formula can be: no data of any kind ever leave the range."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from apps.domain.engine.evaluate import Evaluator, Named
from apps.domain.errors import DomainError
from apps.domain.language import FUNCTIONS, FormulaError, Kind, check_formula, parse
from apps.domain.language.function_ranges import CALENDAR_RANGES, FUNCTION_RANGES
from apps.domain.language.functions import CALENDAR_NAMES
from apps.domain.language.intervals import NEVER, NOT_BELOW_ZERO, WHOLE, Interval, between, over, plus, point, times
from apps.domain.language.ranges import range_of
from apps.domain.values import Panel
from apps.domain.values.panel import FIELDS
from tests.domain.engine import test_fuzz as fuzz
from tests.domain.language.test_functions import KINDS
from tests.domain.market import bars, evaluator, named

PRICES = dict.fromkeys(FIELDS, NOT_BELOW_ZERO)
NAMES = PRICES | dict(CALENDAR_RANGES)


def reshaped(panel, change):
    """The same bars with `change` made of every field: it may not turn low and high around."""
    return Panel(days=panel.days, symbols=panel.symbols, **{name: change(name, panel.field(name)) for name in FIELDS})


def spiky(name, values):
    rng = np.random.default_rng(11)
    return values * np.where(rng.random(values.shape) < 0.03, 1000.0, 1.0)


def flat(name, values):
    return np.full(values.shape, 0.0 if name == "volume" else 100.0)


def halted(name, values):
    """Long gaps, stretches that never move, a price that falls to nothing."""
    changed = values.copy()
    changed[0, 100:300] = np.nan
    changed[1, 200:400] = 50.0
    changed[2, 300:] = 0.0
    changed[3, 1::2] = np.nan
    return changed


MARKETS = {
    "plain": bars(),
    "gappy": bars(gaps=0.2, seed=2),
    "constant": reshaped(bars(seed=3), flat),
    "spiky": reshaped(bars(seed=4), spiky),
    "halted": reshaped(bars(seed=5), halted),
    "weekends": Panel(
        days=np.arange("2015-01-01", "2016-12-01", dtype="datetime64[D]"), symbols=("A",),
        **{name: bars(n_symbols=1).field(name)[:, :700] for name in FIELDS},
    ),
}  # fmt: skip


def strays(values, given, scale):
    """How far values lie outside their range, beyond what rounding explains."""
    held = values[np.isfinite(values)]
    allowed = 1e-9 * max(1.0, scale, *(abs(end) for end in (given.low, given.high) if np.isfinite(end)))
    return held[(held < given.low - allowed) | (held > given.high + allowed)]


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("kind", sorted(MARKETS))
def test_values_of_a_function_never_leave_its_range(name, kind):
    formula = FUNCTIONS[name].example

    values = evaluator(MARKETS[kind]).series(formula)

    assert strays(values, range_of(parse(formula), names=NAMES), 0.0).size == 0


@pytest.mark.parametrize("kind", sorted(MARKETS))
@pytest.mark.parametrize(
    "argument",
    [
        "close - open",
        "0 - volume",
        "rsi(close, 5)",
        "sign(close - open)",
        "pct_change(close, 1)",
        "0 * close",
        "weekday",
    ],
)
def test_functions_of_odd_arguments_stay_in_their_range(kind, argument):
    market = evaluator(MARKETS[kind])
    for name, signature in FUNCTIONS.items():
        given = {Kind.SERIES: f"({argument})", Kind.BOOLEAN: f"({argument} > 0)", Kind.DURATION: "7", Kind.NUMBER: "0.25",
                 Kind.GROUP: "sector", Kind.EVENT: "earnings"}  # fmt: skip
        numbers = {"clip": ["0.1", "0.4"], "in_months": ["3", "5"]}.get(name)
        arguments = [given[kind] for kind in signature.arguments]
        if numbers:
            arguments[-2:] = numbers
        if name in {"trailing_return", "residual_momentum"}:
            arguments[-1] = "2"
        formula = f"{name}({', '.join(arguments)})"
        node = parse(formula)
        values, scale = market.series(formula), np.nanmax(np.abs(market.series(argument)), initial=0.0)

        out = strays(values, range_of(node, names=NAMES), scale)

        assert out.size == 0, (formula, range_of(node, names=NAMES), out[:3])


def of_fuzz(kind):
    """A market of the fuzz test whose bars are what bars are: none below zero, the close within the bar."""
    market = fuzz.MARKETS[kind]
    panel = market.panel
    close = np.abs(panel.close)
    fields = {"open": close, "high": close * 1.02, "low": close * 0.98, "volume": panel.volume}
    panel = Panel(days=panel.days, symbols=panel.symbols, close=close, **fields)
    shape = close.shape
    arrays = {
        "f": market.fields["x"], "g": market.groups["x"], "m": np.broadcast_to(market.series["x"].values, (1, shape[1])),
        "q": market.facts["x"].on(panel.days, shape[0]), "i": np.ascontiguousarray(close[:1]),
    }  # fmt: skip
    return Evaluator(
        panel=panel, numbers=NUMBERS, signals={},
        named=Named(arrays={name: np.ascontiguousarray(values) for name, values in arrays.items()}, events={"e": market.events["x"]}),
    )  # fmt: skip


NUMBERS = {
    name: float(value * 21 if unit == "months" else value)
    for name, (value, unit) in fuzz.PARAMETERS.items()
    if unit in {"bps", "fraction", "count", "number", "days", "months"} and name != "month"
}
FUZZ_NAMES = NAMES | {name: point(value) for name, value in NUMBERS.items()}
FUZZ_KINDS = KINDS | {
    **dict.fromkeys(NUMBERS, Kind.NUMBER),
    "five": Kind.DURATION,
    "long": Kind.DURATION,
    "g": Kind.GROUP,
    "e": Kind.EVENT,
    "m": Kind.MARKET,
    "i": Kind.MARKET,
    "f": Kind.SERIES,
    "q": Kind.SERIES,
}


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(fuzz.NUMBER | fuzz.CONDITION, st.sampled_from(sorted(fuzz.MARKETS)))
def test_values_of_any_formula_never_leave_its_range(formula, kind):
    try:
        node = parse(formula)
        check_formula(node, names=FUZZ_KINDS)
        with np.errstate(all="ignore"):
            values = of_fuzz(kind).series(formula)
    except (FormulaError, DomainError):
        assume(False)

    given = range_of(node, names=FUZZ_NAMES)

    scale = np.nanmax(np.abs(np.where(np.isfinite(values), values, 0.0)), initial=0.0)
    assert strays(values, given, 0.0 if scale <= 1.0 else scale).size == 0, given


COMPARED = st.builds(
    lambda a, op, b: f"{a} {op} {b}",
    st.sampled_from(["close", "open", "rsi(close, five)", "weekday", "sma(close, 5)", "sma(close, five)"]),
    st.sampled_from([">", ">=", "<", "<=", "==", "!="]),
    st.sampled_from(["close", "open", "3", "30", "50", "100", "weekday"]),
)
CROSSED = st.sampled_from(
    [
        "crosses_above(close, open)",
        "crosses_below(open, close)",
        "crosses_below(rsi(close, 5), 50)",
        "option_expiry_week",
    ]
)
PART = COMPARED | CROSSED | COMPARED.map(lambda text: f"not {text}") | CROSSED.map(lambda text: f"not {text}")


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(PART, min_size=2, max_size=4),
    st.sampled_from(["and", "or"]),
    st.sampled_from(["plain", "gappy", "constant"]),
)
def test_conditions_that_are_said_to_contradict_each_other_do(parts, op, kind):
    formula = f" {op} ".join(parts)
    values = evaluator(MARKETS[kind], five=5.0).series(formula)

    given = range_of(parse(formula), names=NAMES | {"five": point(5.0)})

    held = values[np.isfinite(values)]
    assert given.can_be_true or not (held == 1.0).any()
    assert given.can_be_false or not (held == 0.0).any()


def test_every_function_and_every_name_of_the_calendar_has_a_range():
    assert set(FUNCTION_RANGES) == set(FUNCTIONS)
    assert set(CALENDAR_RANGES) == set(CALENDAR_NAMES)


@pytest.mark.parametrize("name", sorted(CALENDAR_NAMES))
@pytest.mark.parametrize("kind", ["plain", "weekends"])
def test_calendar_stays_in_its_range(name, kind):
    values = evaluator(MARKETS[kind]).series(name)

    assert strays(values, CALENDAR_RANGES[name], 0.0).size == 0


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        ("rsi(close, 14)", 0, 100),
        ("sma(rsi(close, 14), 5) - 50", -50, 50),
        ("lag(close, 5)", 0, np.inf),
        ("pct_change(close, 5)", -1, np.inf),
        ("close - open", -np.inf, np.inf),
        ("close - high", -np.inf, 0),
        ("close / highest(high, 20)", 0, 1),
        ("close - close", 0, 0),
        ("(close - open) * (close - open)", 0, np.inf),
        ("clip(close, 5, 10)", 5, 10),
        ("min(weekday, 3)", 1, 3),
        ("if_else(close < 0, 7, 8)", 8, 8),
        ("count_true(close > open, 20)", 0, 20),
        ("sum(rsi(close, 14), 3)", 0, 300),
        ("1 / weekday", 1 / 7, 1),
        ("1 / (weekday - 3)", -np.inf, np.inf),
        ("-abs(weekday - 10)", -9, -3),
        ("log(exp(weekday))", 1, 7),
        ("unheard_of", -np.inf, np.inf),
    ],
)
def test_range_of_a_number(formula, low, high):
    given = range_of(parse(formula), names=NAMES)

    assert (given.low, given.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("formula", "can_be_true", "can_be_false"),
    [
        ("close > close", False, True),
        ("close >= close", True, False),
        ("close == close", True, False),
        ("close != close", False, True),
        ("close > high", False, True),
        ("low <= close", True, False),
        ("low < close", True, True),
        ("close > highest(close, 20)", False, True),
        ("close > donchian_upper(close, 20)", True, True),
        ("lowest(low, 9) > max(open, close)", False, True),
        ("sma(close, three) > sma(close, also_three)", False, True),
        ("rsi(close, 14) > 100", False, True),
        ("rsi(close, 14) >= 100", True, True),
        ("rsi(close, 14) < 101", True, False),
        ("rsi(close, 14) != 101", True, False),
        ("rsi(close, 14) == 101", False, True),
        ("close < 0", False, True),
        ("close <= 0", True, True),
        ("not close >= 0", False, True),
        ("close > 5 and month > 12", False, True),
        ("close > 5 or month <= 12", True, False),
        ("crosses_above(rsi(close, 14), 100)", False, True),
        ("crosses_below(rsi(close, 14), 100)", True, True),
        ("crosses_below(rsi(close, 14), 101)", False, True),
        ("crosses_above(close, high)", False, True),
        ("all_true(rsi(close, 14) > 100, 5)", False, True),
        ("stochastic_k(high, low, close, 14) > 100", False, True),
        ("stochastic_k(open, low, close, 14) > 100", True, True),
        ("in_months(1, 12)", True, False),
        ("in_months(13, 14)", False, True),
        ("before_holiday(0)", False, True),
        ("rsi(close, 14) > 70 and rsi(close, 14) < 30", False, True),
        ("rsi(close, 14) > 30 and rsi(close, 14) < 70", True, True),
        ("close > open and (volume > 0 and open >= close)", False, True),
        ("close >= open and open >= close", True, True),
        ("close > three and close < also_three", False, True),
        ("option_expiry_week and not option_expiry_week", False, True),
        ("crosses_above(close, open) and close < open", False, True),
        ("crosses_above(close, open) and crosses_below(close, open)", False, True),
        ("close == 5 and close > 5", False, True),
        ("close != 5 and close > 5", True, True),
        ("close > open or close <= open", True, False),
        ("close > open or close < open", True, True),
        ("not (close > open and close < open)", True, False),
    ],
)
def test_truth_of_a_condition(formula, can_be_true, can_be_false):
    given = range_of(parse(formula), names=NAMES | {"three": point(3.0), "also_three": point(3.0)})

    assert (given.can_be_true, given.can_be_false) == (can_be_true, can_be_false)


ENDS = st.floats(-100, 100) | st.sampled_from([0.0, -np.inf, np.inf])


@given(ENDS, ENDS, ENDS, ENDS, st.floats(0, 1), st.floats(0, 1))
def test_arithmetic_of_intervals_holds_that_of_their_numbers(a, b, c, d, here, there):
    x, y = between(min(a, b), max(a, b)), between(min(c, d), max(c, d))
    one, other = (
        max(i.low, -200.0) + p * (min(i.high, 200.0) - max(i.low, -200.0)) for i, p in ((x, here), (y, there))
    )

    for made, value in (
        (plus(x, y), one + other),
        (times(x, y), one * other),
        (over(x, y), one / other if other else None),
    ):
        slack = 1e-9 * max(1.0, abs(value or 0.0))
        assert value is None or made.low - slack <= value <= made.high + slack


def test_division_by_what_is_always_zero_is_any_number():
    assert over(Interval(1.0, 2.0), NEVER) == WHOLE
    assert named(MARKETS["plain"]).events
