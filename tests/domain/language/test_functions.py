"""Every function of the language: declared, implemented, typed, warmed up as stated, blind to the future."""

import numpy as np
import pytest

from apps.domain.engine.calendar import CALENDAR_FUNCTIONS
from apps.domain.indicators import OPERATORS
from apps.domain.language import FUNCTIONS, Kind, check_formula, names_of, parse, print_formula
from apps.domain.language.functions import CALENDAR_NAMES, LEAST_WINDOW
from apps.domain.language.grammar import parts_of
from apps.domain.language.tree import Call, Number
from apps.domain.values import Panel
from apps.domain.values.panel import FIELDS
from tests.domain.market import bars, evaluator, named

KINDS = {
    **dict.fromkeys(FIELDS, Kind.SERIES),
    **{name: Kind.BOOLEAN if name == "option_expiry_week" else Kind.CALENDAR for name in CALENDAR_NAMES},
    "sector": Kind.GROUP,
    "earnings": Kind.EVENT,
}
EVENTS = {name for name, signature in FUNCTIONS.items() if signature.family == "Events"}
WHOLE = bars(gaps=0.0)
HOLED = bars(gaps=0.05, seed=2)


def warm_up_of(node):
    inner = max((warm_up_of(part) for part in parts_of(node)), default=0)
    if not isinstance(node, Call):
        return inner
    signature = FUNCTIONS[node.function]
    kinds = signature.fitted(len(node.arguments))
    durations = [
        int(part.value)
        for part, kind in zip(node.arguments, kinds, strict=True)
        if kind is Kind.DURATION and isinstance(part, Number)
    ]
    return inner + signature.warm_up(durations)


def test_every_function_is_implemented_once_and_nothing_else_is():
    assert set(OPERATORS) | CALENDAR_FUNCTIONS | EVENTS == set(FUNCTIONS)
    assert not set(OPERATORS) & (CALENDAR_FUNCTIONS | EVENTS)
    assert set(LEAST_WINDOW) <= set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_example_is_typed_as_its_signature_says_and_prints_as_written(name):
    signature = FUNCTIONS[name]

    kind = check_formula(signature.example, names=KINDS)

    assert f"{name}(" in signature.example
    assert print_formula(parse(signature.example)) == signature.example
    if parse(signature.example).__class__ is Call:
        assert kind in {signature.result, Kind.MARKET if signature.result is Kind.SERIES else signature.result}


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - EVENTS))
def test_first_value_of_a_function_comes_when_its_warm_up_is_over(name):
    values = evaluator(WHOLE).series(FUNCTIONS[name].example)

    first = int(np.flatnonzero(np.isfinite(values).any(axis=0))[0])

    expected = warm_up_of(parse(FUNCTIONS[name].example))
    if name in {"bars_since", "value_when"}:  # wait for their condition as well
        assert first >= expected
    elif name in {"coalesce", "is_defined"}:  # are there to answer for what is not defined yet
        assert first == 0
    else:
        assert first == expected


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("panel", [WHOLE, HOLED], ids=["whole", "holed"])
@pytest.mark.parametrize("cut", [333, 611])
def test_cutting_the_future_away_changes_nothing_before(name, panel, cut):
    """The calendar is known ahead, so it stays; prices after the cut go."""
    known = np.arange(len(panel.days)) <= cut
    blanked = Panel(
        days=panel.days,
        symbols=panel.symbols,
        **{field: np.where(known, panel.field(field), np.nan) for field in FIELDS},
    )

    full = evaluator(panel).series(FUNCTIONS[name].example)
    again = evaluator(blanked).series(FUNCTIONS[name].example)

    np.testing.assert_array_equal(full[:, : cut + 1], again[:, : cut + 1])


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - EVENTS - CALENDAR_FUNCTIONS))
def test_values_are_finite_or_undefined_even_where_prices_are_odd(name):
    odd = bars(n_symbols=5, seed=5)
    close = odd.close.copy()
    close[0] = 100.0  # never moves
    close[1, 50:60] = 0.0
    close[2, 70:75] = -5.0
    close[3] = np.nan  # never trades
    close[4, 1:] = 1e300
    panel = Panel(
        days=odd.days, symbols=odd.symbols, close=close, open=close, high=close, low=close, volume=np.zeros_like(close)
    )

    with np.errstate(all="ignore"):
        values = evaluator(panel).series(FUNCTIONS[name].example)

    assert not np.isinf(values).any()


def test_calendar_names_are_all_answered():
    values = evaluator(WHOLE)

    for name in sorted(CALENDAR_NAMES):
        assert values.series(name).shape == WHOLE.close.shape


def test_events_are_read_by_name_only():
    assert names_of(parse("days_since(earnings)")) == {"earnings"}
    assert named(WHOLE).events["earnings"].days_since(WHOLE.days, 6, WHOLE.sessions).shape == WHOLE.close.shape


COLUMNS = np.array([0, 20, 21, 22, 100, 333, 698, 699])


@pytest.mark.parametrize("panel", [WHOLE, HOLED], ids=["whole", "holed"])
@pytest.mark.parametrize(
    "formula",
    [
        *(FUNCTIONS[name].example for name in sorted(FUNCTIONS)),
        "trailing_return(close, 21, 0) - -lag(open, 5) / 2 > pct_change(close, 1) and close > 0",
        "percentile(trailing_return(close, 100, 21)) * 2",
    ],
)
def test_values_of_some_days_are_those_of_all_days(formula, panel):
    of_all = evaluator(panel).series(formula)[:, COLUMNS]

    np.testing.assert_array_equal(evaluator(panel).at(formula, COLUMNS), of_all)
