"""Formulas: parse and print are inverse, errors point at the place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.language import (
    FUNCTIONS,
    FormulaError,
    FormulaTypeError,
    Kind,
    check_formula,
    names_of,
    parse,
    print_formula,
)
from apps.domain.language.tree import Binary, Call, Name, Number, Unary

names = st.sampled_from(["close", "open", "window", "a1", "trend_x"]).map(Name)
numbers = st.one_of(st.integers(0, 10**6).map(float), st.integers(0, 10**6).map(lambda n: n / 1000)).map(Number)
operators = st.sampled_from(["+", "-", "*", "/", ">", ">=", "<", "<=", "==", "!=", "and", "or"])
trees = st.recursive(
    names | numbers,
    lambda inner: (
        st.builds(Binary, operators, inner, inner)
        | st.builds(Unary, st.sampled_from(["-", "not"]), inner)
        | st.builds(Call, st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=12,
)


@given(trees)
def test_printed_tree_parses_back_to_itself(tree):
    text = print_formula(tree)
    if len(text) > 500:
        return

    assert parse(text) == tree
    assert print_formula(parse(text)) == text


@given(st.text(max_size=60))
def test_any_text_parses_or_raises_with_a_column(text):
    try:
        parse(text)
    except FormulaError as error:
        assert 1 <= error.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("close>sma( close,window )", "close > sma(close, window)"),
        ("((a+b))*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("not (a > b) and c < 1.50", "not a > b and c < 1.5"),
        ("a > 1 and (b > 2 or c > 3)", "a > 1 and (b > 2 or c > 3)"),
        ("-(-a) > 0", "--a > 0"),
    ],
)
def test_formula_has_one_spelling(text, canonical):
    assert print_formula(parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("close >", 8, "A value is missing before the end."),
        ("close > $x", 9, "“$” has no place in a formula."),
        ("sma(close, 10", 14, "The parenthesis opened at column 4 is not closed."),
        ("close open", 7, "An operator is missing before “open”."),
        ("a > b > c", 7, "Comparisons do not chain. Write a > b and b > c."),
        ("", 1, "A value is missing before the end."),
        ("a and and b", 7, "A value is missing before “and”."),
        ("a > not b", 5, "A value is missing before “not”."),
        ("sma(close open)", 11, "An operator is missing before “open”."),
        ("(a > b > c)", 8, "Comparisons do not chain. Write a > b and b > c."),
        ("((a) > b", 9, "The parenthesis opened at column 1 is not closed."),
        ("a > b)", 6, "This parenthesis closes nothing."),
        ("a, b", 2, "A comma stands only between the values of a function."),
        ("a > 1 AND b > 2", 7, "An operator is missing before “AND”. Did you mean “and”?"),
        ("a > " + "9" * 16, 5, "The number is too large; the largest is 1,000,000,000,000,000."),
    ],
)
def test_formula_that_does_not_parse_points_at_the_place(text, column, message):
    with pytest.raises(FormulaError) as caught:
        parse(text)

    assert (caught.value.column, caught.value.message) == (column, message)


def test_formula_error_suggests_the_keyword():
    with pytest.raises(FormulaError) as caught:
        parse("a > 1 Or b > 2")

    assert caught.value.suggestion == "or"


@given(st.floats(0, 1e15))
def test_printed_number_reads_back_without_an_exponent(value):
    text = print_formula(Number(value))

    assert parse(text) == Number(value)
    assert "e" not in text


PIECES = st.sampled_from(
    ["(", ")", ",", "a", "b1", "1", "0.5", "+", "-", "*", "/", ">", "<=", "==", "and", "or", "not", "sma"]
)


@given(st.lists(PIECES, max_size=120))
def test_any_pieces_are_refused_or_have_one_spelling(pieces):
    try:
        tree = parse(" ".join(pieces))
    except FormulaError as error:
        assert error.message
        return

    assert parse(print_formula(tree)) == tree


@pytest.mark.parametrize(("terms", "fits"), [(100, True), (101, False)])
def test_height_of_a_formula_is_bounded(terms, fits):
    text = "+".join(["a"] * terms)
    refused = False

    try:
        parse(text)
    except FormulaError:
        refused = True

    assert refused is not fits


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500,
        "a(" * 250,
        "(" * 5000,
        "(" * 400 + "a" + ")" * 400,
        "not " * 120 + "a",
        "-" * 450 + "a",
        "abs(" * 100 + "a" + ")" * 100,
        "a" * 501,
    ],
)
def test_monstrous_formula_is_refused_without_harm(text):
    with pytest.raises(FormulaError):
        parse(text)


KNOWN = {"close": Kind.SERIES, "window": Kind.DURATION, "level": Kind.NUMBER, "up": Kind.BOOLEAN}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("close > sma(close, window)", Kind.BOOLEAN),
        ("close / lag(close, 1) - 1", Kind.SERIES),
        ("up and not up or rsi(close, 14) < level", Kind.BOOLEAN),
        ("crosses_above(rsi(close, window), 30)", Kind.BOOLEAN),
        ("level * 2", Kind.NUMBER),
    ],
)
def test_formula_has_a_kind(text, kind):
    assert check_formula(text, names=KNOWN) is kind


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("close > smaa(close, window)", 9, "There is no function “smaa”. Did you mean “sma”?"),
        ("clsoe > 1", 1, "There is no name “clsoe”. Did you mean “close”?"),
        ("sma(close)", 1, "sma takes 2 values, not 1."),
        ("sma(close, level)", 12, "Value 2 of sma must be a duration, not a number."),
        ("sma(close, 2.5)", 12, "Value 2 of sma must be a duration, not a number."),
        ("close and up", 7, "“and” joins two conditions, not a series of numbers and a condition."),
        ("not close", 1, "“not” cannot be applied to a series of numbers."),
        ("1 > 2", 3, "A comparison of two fixed numbers is always the same; compare a series."),
        ("close + window", 7, "“+” works on numbers, not on a series of numbers and a duration."),
    ],
)
def test_formula_that_does_not_fit_together_says_where(text, column, message):
    with pytest.raises(FormulaTypeError) as caught:
        check_formula(text, names=KNOWN)

    assert (caught.value.column, caught.value.message) == (column, message)


def test_names_of_a_formula_are_all_its_names():
    assert names_of(parse("a > sma(b, n) or not -c < 1")) == {"a", "b", "n", "c"}
