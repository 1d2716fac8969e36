"""Quotes are found where they stand, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.domain.evidence import NOT_LOCATED, EmptyQuoteError, PageWords, QuoteFinder, Word, locate, page_text


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


def test_location_counts_the_words_it_covers():
    location = locate("Costs are 10 basis points.", pages=PAGES)

    words = [word.text for page in PAGES for word in page.words]
    assert words[location.start : location.end] == ["Costs", "are", "10", "basis", "points."]


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("10% return", "a -10% return"),
        ("10% return", "a \u221210% return"),
        ("5 of it", "about .5 of it"),
        ("we use a ten-month moving average of prices", "we use a two-month moving averge of prices"),
        ("twenty-five stocks are held in the fund", "twenty-six stocks are held in teh fund"),
        ("between 10 and 20 percent of the whole fund", "betwen 20 and 10 percent of the whole fund"),
        ("a loss of -5 percent in most of the years", "a loss of 5 percent in most of the yeears"),
    ],
)
def test_number_with_another_sign_order_or_word_is_not_located(quote, text):
    assert locate(quote, pages=[page(1, text)]) == NOT_LOCATED


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("momentum works", "momen\u00ad tum works"),
        ("a 10-month average", "a 10- month average"),
        ("a 10- month average", "a 10-month average"),
        ("from 1999-2012", "from 1999\u2013 2012"),
        ("it is not located", "it is \u00ad not located"),
        ('the firm\'s "edge"', "the firm\u2019s \u00abedge\u00bb"),
    ],
)
def test_words_broken_by_a_line_end_are_made_whole(quote, text):
    assert locate(quote, pages=[page(1, text)]).match == "normalised"


def test_nearly_the_same_words_are_taken_where_the_number_is_right():
    text = "the portfolio holds the best 12 stocks each month", "the portfollio hlds the best 10 stocks each month"

    location = locate("the portfolio holds the best 10 stocks each month", pages=[page(1, *text)])

    assert (location.match, [box[2] for box in location.boxes]) == ("fuzzy", [12.0])


def test_nearly_the_same_words_end_where_the_quote_ends():
    text = "before the prtflio hlds the best 10 stcks each month afterwards"

    location = locate("the portfolio holds the best 10 stocks each month", pages=[page(1, text)])

    assert (location.match, location.start, location.end) == ("fuzzy", 1, 10)


def test_nearly_the_same_words_are_found_across_a_page_break():
    location = locate("earns 1.31% per month from 1965 to 1989 with a Sharpe ratios of 0.55", pages=PAGES)

    assert (location.match, [box[0] for box in location.boxes]) == ("fuzzy", [2, 2, 3])


def test_nearly_the_same_words_that_stand_twice_are_taken_from_the_hinted_page():
    pages = [page(n, "the portfollio holds the best 10 stocks each month") for n in (1, 2, 3)]
    quote = "the portfolio holds the best 10 stocks each month"

    assert (locate(quote, pages=pages).page, locate(quote, pages=pages, hint_page=2).page) == (1, 2)


@given(TEXT, st.data())
def test_span_with_one_digit_changed_is_never_located_there(words, data):
    document = [page(n + 1, " ".join(words[i : i + 6])) for n, i in enumerate(range(0, len(words), 6))]
    quote = " ".join(words)
    digits = [i for i, character in enumerate(quote) if character.isdigit()]
    assume(digits)
    place = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != quote[place]]))

    location = locate(quote[:place] + other + quote[place + 1 :], pages=document)

    assert location == NOT_LOCATED


PLAIN = st.lists(st.text("abcdefgh0123456789", min_size=1, max_size=7), min_size=1, max_size=12)


@given(PLAIN, PLAIN, PLAIN)
def test_span_is_covered_word_for_word(before, middle, after):
    words = [*before, *middle, *after]
    quote = " ".join(middle)

    location = locate(quote, pages=[page(1, " ".join(words))])

    assert " ".join(words[location.start : location.end]) == quote


@given(st.text(min_size=1, max_size=30), st.lists(st.text(max_size=8), max_size=12))
def test_any_quote_and_any_words_give_an_answer_within_the_document(quote, words):
    assume(quote.strip())
    document = [PageWords(1, tuple(Word(text, 0, 0, 1, 1, 0) for text in words))]

    location = locate(quote, pages=document)

    assert location == NOT_LOCATED or 0 <= location.start < location.end <= len(words)


def test_forty_quotes_in_thirty_pages_are_looked_up():
    rng = np.random.default_rng(1)
    vocabulary = ["".join(rng.choice(list("etaoinshrdlu"), size=rng.integers(2, 10))) for _ in range(3000)]
    texts = [[vocabulary[i] for i in rng.zipf(1.3, 500) % 3000] for _ in range(30)]
    finder = QuoteFinder([page(n + 1, " ".join(words)) for n, words in enumerate(texts)])
    quotes = [
        " ".join((*texts[n % 30][n : n + 20], *(["nowhere"] * (n % 2)), *texts[n % 30][n + 20 : n + 25]))
        for n in range(40)
    ]

    matches = [finder.locate(quote).match for quote in quotes]

    assert set(matches) == {"exact", "fuzzy"}


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("stationary series are used", "only non-stationary series are used"),
        ("stationary series are used", "only non- stationary series are used"),
        ("a year earns 10", "a year earns 10% before costs"),
        ("held for 5.10 years", "held for 5. 10 years later"),
        ("the fund is rebalanced every single month", "the fund is not rebalanced every single month"),
        ("the fund buys the winners of the last quarter", "the fund buys the losers of the last quarter"),
        ("the return is 102 in the first of the years", "the return is 10\u00b2 in the first of the years"),
    ],
)
def test_sentence_of_another_meaning_is_not_located(quote, text):
    assert locate(quote, pages=[page(1, text)]) == NOT_LOCATED


def test_quote_over_a_page_break_skips_running_head_and_note():
    first = PageWords(
        1,
        (
            *_line("A running head", 20, 8),
            *_line("We hold the index when", 60, 10),
            *_line("1 See the appendix for more.", 700, 6),
        ),
    )
    second = PageWords(2, (*_line("A running head", 20, 8), *_line("its price is above the average.", 60, 10)))

    location = locate("We hold the index when its price is above the average", pages=[first, second])

    assert (location.match, location.spans) == ("exact", ((3, 8), (17, 23)))
    assert [box[:1] + box[2:3] for box in location.boxes] == [(1, 60.0), (2, 60.0)]


def _line(text, y, size):
    return [Word(word, 10.0 * x, float(y), 10.0 * x + 9, float(y + size), y) for x, word in enumerate(text.split())]
