"""Quotes are found where they stand, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.evidence import EmptyQuoteError, PageWords, QuoteFinder, Word, locate, page_text


def page(number, *lines):
    words = []
    for y, line in enumerate(lines):
        words += [Word(text, 10.0 * x, 12.0 * y, 10.0 * x + 9, 12.0 * y + 10, y) for x, text in enumerate(line.split())]
    return PageWords(number, tuple(words))


PAGES = [
    page(
        1,
        "We hold the index when its price is above the ten-",
        "month moving average at the end of the month.",
        "Costs are 10 basis points.",
    ),
    page(2, "The portfolio is re-balanced monthly and earns 1.31% per", "month from 1965"),
    page(3, "to 1989 with a Sharpe ratio of 0.55. The \ufb01rst test uses 100 stocks.", "Costs are 10 basis points."),
]


def test_exact_quote_has_one_box_per_line():
    location = locate("above the ten- month moving average", pages=PAGES)

    assert (location.match, location.score, location.page) == ("exact", 1.0, 1)
    assert location.boxes == ((1, 80.0, 0.0, 109.0, 10.0), (1, 0.0, 12.0, 29.0, 22.0))


@pytest.mark.parametrize(
    "quote",
    [
        "above the ten-month moving average",
        "ABOVE THE TEN\u2011MONTH  moving average",
        "The portfolio is rebalanced monthly",
        "The first test uses 100 stocks.",
    ],
)
def test_typesetting_differences_are_normalised(quote):
    assert locate(quote, pages=PAGES).match == "normalised"


def test_quote_across_a_page_break_is_found_on_both_pages():
    location = locate("1.31% per month from 1965 to 1989", pages=PAGES)

    assert location.match == "exact"
    assert [box[0] for box in location.boxes] == [2, 2, 3]


def test_quote_that_stands_twice_is_taken_from_the_hinted_page():
    quote = "Costs are 10 basis points."

    assert (locate(quote, pages=PAGES).page, locate(quote, pages=PAGES, hint_page=3).page) == (1, 3)


def test_nearly_the_same_words_are_fuzzy():
    location = locate("The portfolio is rebalanced each month and earns 1.31% per month", pages=PAGES)

    assert location.match == "fuzzy"
    assert 0.85 <= location.score < 1


@pytest.mark.parametrize(
    "quote",
    [
        "earns 1.32% per month from 1965 to 1989 with a Sharpe ratio of 0.55",
        "Costs are 12 basis points.",
        "uses 10 stocks",
        "a Sharpe ratio of 0.5",
        "entirely different words",
    ],
)
def test_changed_number_or_foreign_words_are_not_located(quote):
    location = locate(quote, pages=PAGES)

    assert (location.match, location.boxes, location.page) == ("not located", (), None)


@pytest.mark.parametrize("quote", ["", "  \n"])
def test_empty_quote_is_refused(quote):
    with pytest.raises(EmptyQuoteError):
        locate(quote, pages=PAGES)


def test_document_without_words_locates_nothing():
    assert locate("anything", pages=[PageWords(1, ())]).match == "not located"


TEXT = st.lists(st.text("abcdefgh0123456789.,()", min_size=1, max_size=7), min_size=1, max_size=40)


@given(TEXT, st.data())
def test_any_span_of_words_is_located_exactly(words, data):
    lines = [" ".join(words[i : i + 6]) for i in range(0, len(words), 6)]
    pages = [page(n + 1, line) for n, line in enumerate(lines)]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    quote = " ".join(words[first : last + 1])

    location = QuoteFinder(pages).locate(quote, hint_page=first // 6 + 1)

    assert location.match == "exact"
    assert len(location.boxes) >= 1


def test_page_text_keeps_lines():
    assert page_text(PAGES[1]) == "The portfolio is re-balanced monthly and earns 1.31% per\nmonth from 1965"
