"""No reader can talk its way around the check of its quotes."""

from __future__ import annotations

import pytest

from apps.domain.language import Alternative, Citation, Claim, DraftParameter, Status, Unit
from apps.strategies.adapters.amounts import contains_value, number_of, numbers_in
from apps.strategies.adapters.reader import Reading, verify_quotes
from tests.strategies.adapters.papers import draft_of, pages_of

_TEXT = "We buy the S&P 500 each month when it is above its ten-month moving average. Trades cost 5 bps. It returned 7.1% a year."
_PAGES = pages_of("A first page without rules.", _TEXT)


def _verified(**parameters: DraftParameter):
    draft = draft_of(_TEXT).model_copy(update={"parameters": parameters})
    return verify_quotes(Reading((draft,)), _PAGES).drafts[0].parameters


def _window(value: int, quote: str, *, page: int = 1) -> DraftParameter:
    return DraftParameter(
        label="Window",
        unit=Unit.MONTHS,
        status=Status.STATED,
        value=value,
        citation=Citation(page=page, quote=quote, match="exact", score=1.0),
    )


def test_true_quote_keeps_stated_and_gets_its_real_page_and_boxes():
    window = _verified(window=_window(10, "above its ten-month moving average"))["window"]

    assert (window.status, window.citation.page, window.citation.match) == (Status.STATED, 2, "exact")
    assert window.citation.boxes


def test_invented_quote_is_demoted_and_says_so():
    window = _verified(window=_window(10, "the ten-month rule was endorsed by every bank in the land"))["window"]

    assert (window.status, window.note) == (
        Status.INFERRED,
        "Not counted as stated: the quote was not found in the document.",
    )
    assert (window.citation.match, window.citation.score, window.citation.boxes) == ("not located", 0.0, [])


def test_true_quote_without_the_value_is_demoted():
    window = _verified(window=_window(12, "above its ten-month moving average"))["window"]

    assert (window.status, window.note) == (
        Status.INFERRED,
        "Not counted as stated: the quote does not contain 12 months.",
    )


def test_stated_value_without_a_quote_is_demoted():
    window = DraftParameter(label="Window", unit=Unit.MONTHS, status=Status.STATED, value=10)

    assert _verified(window=window)["window"].status is Status.INFERRED


def test_quotes_of_alternatives_are_checked_too():
    window = _window(10, "above its ten-month moving average")
    other = Alternative(
        value=6,
        reason="x",
        citation=Citation(page=1, quote="a six-month average also works very well", match="exact", score=1.0),
    )

    checked = _verified(window=window.model_copy(update={"alternatives": [other]}))["window"]

    assert checked.alternatives[0].citation.match == "not located"


@pytest.mark.parametrize(
    ("value", "quote", "comparable"),
    [
        (0.071, "It returned 7.1% a year.", True),
        (0.091, "It returned 7.1% a year.", False),
        (0.071, "It returned 7.1% a year in every market of the world.", False),
    ],
)
def test_claim_is_comparable_only_when_its_figure_stands_in_the_document(value, quote, comparable):
    claim = Claim(
        key="a",
        label="Annual return",
        metric="annual_return",
        value=value,
        unit=Unit.FRACTION,
        citation=Citation(page=2, quote=quote),
    )
    draft = draft_of(_TEXT).model_copy(update={"claims": [claim]})

    checked = verify_quotes(Reading((draft,)), _PAGES).drafts[0].claims[0]

    assert (checked.comparable, bool(checked.basis)) == (comparable, not comparable)


@pytest.mark.parametrize(
    ("quote", "value", "unit", "expected"),
    [
        ("the past twelve months", 12, Unit.MONTHS, True),
        ("over the past year", 1, Unit.YEARS, True),
        ("one year of prices", 12, Unit.MONTHS, True),
        ("skipping the most recent month", 1, Unit.MONTHS, True),
        ("a 200-day average", 20, Unit.DAYS, False),
        ("twenty-one days", 21, Unit.DAYS, True),
        ("two hundred days", 200, Unit.DAYS, True),
        ("a cost of 0.1%", 10.0, Unit.BPS, True),
        ("7.1 per cent", 0.071, Unit.FRACTION, True),
        ("7.15 per cent", 0.071, Unit.FRACTION, False),
        ("a fall of \u221217.9%", -0.179, Unit.FRACTION, True),
        ("gross of trading costs", 0.0, Unit.BPS, True),
        ("costs are low", 0.0, Unit.BPS, False),
        ("at the end of each month", "monthly", Unit.CHOICE, True),
        ("at the end of each month", "quarterly", Unit.CHOICE, False),
        ("at the opening price", "next_open", Unit.CHOICE, True),
        ("since January 1999", "1999-01-01", Unit.DATE, True),
        ("the S&P 500", "SPX", Unit.SYMBOL, True),
        ("Apple and IBM", ["AAPL", "IBM"], Unit.SYMBOLS, True),
        ("Apple alone", ["AAPL", "IBM"], Unit.SYMBOLS, False),
        ("$5 million", 5_000_000.0, Unit.CURRENCY, True),
    ],
)  # fmt: skip
def test_quote_contains_value_in_any_spelling(quote, value, unit, expected):
    assert contains_value(quote, value, unit) is expected


def test_numbers_are_read_from_digits_and_words():
    assert [number_of(t) for t in ("1,250.5", "ten", "twenty-one", "two hundred and ten", "a hundred", "many")] == [
        1250.5,
        10,
        21,
        210,
        100,
        None,
    ]
    assert list(numbers_in("ten of 1,000 in 2.5 years")) == [10, 1000, 2.5]
