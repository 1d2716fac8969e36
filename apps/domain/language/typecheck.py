"""What kind of value a formula has, or where it goes wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from apps.domain.language.functions import FUNCTIONS, MOST_SEVERAL, Kind
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

_LOGIC = frozenset({"and", "or"})
_ARITHMETIC = frozenset({"+", "-", "*", "/"})
_WORDS = {
    Kind.SERIES: "a series of numbers",
    Kind.CROSS_SECTION: "a series of numbers",
    Kind.MARKET: "a series of the market",
    Kind.CALENDAR: "a number of the calendar",
    Kind.BOOLEAN: "a condition",
    Kind.GROUP: "a grouping",
    Kind.EVENT: "a table of events",
    Kind.BARS: "a number of days",
    Kind.NUMBER: "a number",
    Kind.DURATION: "a duration",
}
_WIDER = (Kind.NUMBER, Kind.CALENDAR, Kind.MARKET, Kind.SERIES)
"""Each may stand where a later one is wanted."""
_NUMERIC = frozenset({*_WIDER, Kind.CROSS_SECTION, Kind.BARS})

REFUSED = {
    "option chains": (
        ("option_chain", "implied_vol", "straddle", "strangle", "delta_hedge", "open_interest_of_option", "greeks"),
        "need quotes of every strike and expiry, which no data set here carries. Use a traded volatility index as a series.",
    ),
    "fitted models": (
        (
            "garch",
            "arima",
            "kalman",
            "pca",
            "markov",
            "svm",
            "neural",
            "forest",
            "boosting",
            "lstm",
            "copula",
            "wavelet",
        ),
        "are trained, so their result depends on more than the rules state. Load the model's output as a series or a figure.",
    ),
}
"""Constructs that are refused by name, the words that name them, and why."""


class FormulaTypeError(FormulaError):
    """A formula can be read but does not fit together."""

    code = "formula_type"


def check_formula(formula: str | Node, *, names: Mapping[str, Kind]) -> Kind:
    """The kind of a formula's value, given the kinds of the names it may use. Raises FormulaError, FormulaTypeError."""
    node = parse(formula) if isinstance(formula, str) else formula
    return _kind(node, names)


def names_of(node: Node) -> frozenset[str]:
    """Every name that a formula uses: fields, parameters, signals."""
    match node:
        case Number():
            return frozenset()
        case Name(id):
            return frozenset({id})
        case Unary(_, operand):
            return names_of(operand)
        case Binary(_, left, right):
            return names_of(left) | names_of(right)
        case Call(_, arguments):
            return frozenset().union(*(names_of(argument) for argument in arguments))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt one probably meant."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)


def _kind(node: Node, names: Mapping[str, Kind]) -> Kind:
    match node:
        case Number():
            return Kind.NUMBER
        case Name(id, column):
            if id in names:
                return names[id]
            raise _unknown("name", id, [*names, *FUNCTIONS], column)
        case Unary(op, operand, column):
            return _unary(op, _kind(operand, names), column)
        case Binary(op, left, right, column):
            return _binary(op, _kind(left, names), _kind(right, names), column)
        case Call():
            return _call(node, names)


def _unary(op: str, kind: Kind, column: int) -> Kind:
    wanted = {Kind.BOOLEAN} if op == "not" else _NUMERIC
    if kind not in wanted:
        raise FormulaTypeError(f"“{op}” cannot be applied to {_WORDS[kind]}.", column=column)
    return kind


def _binary(op: str, left: Kind, right: Kind, column: int) -> Kind:
    if op in _LOGIC:
        if left is right is Kind.BOOLEAN:
            return Kind.BOOLEAN
        raise FormulaTypeError(f"“{op}” joins two conditions, not {_WORDS[left]} and {_WORDS[right]}.", column=column)
    if {left, right} == {Kind.BARS, Kind.DURATION} and op not in _ARITHMETIC:
        return Kind.BOOLEAN
    if not {left, right} <= _NUMERIC:
        raise FormulaTypeError(f"“{op}” works on numbers, not on {_WORDS[left]} and {_WORDS[right]}.", column=column)
    if op in _ARITHMETIC:
        return _widest(left, right)
    if left is right is Kind.NUMBER:
        raise FormulaTypeError("A comparison of two fixed numbers is always the same; compare a series.", column=column)
    return Kind.BOOLEAN


def _call(node: Call, names: Mapping[str, Kind]) -> Kind:
    signature = FUNCTIONS.get(node.function)
    if signature is None:
        raise _unknown("function", node.function, FUNCTIONS, node.column)
    expected = signature.fitted(len(node.arguments))
    if expected is None:
        least = len(signature.arguments)
        takes = f"{least} to {least + MOST_SEVERAL - 1}" if signature.several is not None else f"{least}"
        raise FormulaTypeError(
            f"{node.function} takes {takes} value{'' if takes == '1' else 's'}, not {len(node.arguments)}.",
            column=node.column,
        )
    given = []
    for position, (argument, wanted) in enumerate(zip(node.arguments, expected, strict=True), start=1):
        kind = _kind(argument, names)
        given.append(kind)
        if not _fits(argument, kind, wanted):
            raise FormulaTypeError(
                f"Value {position} of {node.function} must be {_WORDS[wanted]}, not {_WORDS[kind]}.",
                column=argument.column or node.column,
            )
    if signature.result is Kind.SERIES and signature.family != "Events":
        of = [kind for kind in given if kind in _NUMERIC and kind is not Kind.NUMBER]
        per_instrument = any(kind is Kind.BOOLEAN for kind in given) or not of
        return Kind.SERIES if per_instrument else _widest(*of, Kind.MARKET)
    return signature.result


def _widest(*kinds: Kind) -> Kind:
    """The kind of what is made of several: relative to the universe only when every part is, or is a number."""
    kinds = tuple(Kind.SERIES if kind is Kind.BARS else kind for kind in kinds)
    if Kind.CROSS_SECTION in kinds:
        return Kind.CROSS_SECTION if set(kinds) <= {Kind.CROSS_SECTION, Kind.NUMBER} else Kind.SERIES
    return max(kinds, key=_WIDER.index)


def _fits(argument: Node, kind: Kind, wanted: Kind) -> bool:
    if kind is wanted:
        return True
    if wanted is Kind.DURATION:  # a whole-number literal counts trading days
        return isinstance(argument, Number) and argument.value == int(argument.value)
    if wanted is Kind.SERIES:
        return kind in _NUMERIC
    return wanted in _WIDER and kind in _WIDER and _WIDER.index(kind) < _WIDER.index(wanted)


def _unknown(what: str, name: str, known: Iterable[str], column: int) -> FormulaTypeError:
    for construct, (words, reason) in REFUSED.items():
        if any(word in name.lower() for word in words):
            raise FormulaTypeError(f"“{name}” is not part of the language: {construct} {reason}", column=column)
    guess = nearest(name, known)
    hint = f" Did you mean “{guess}”?" if guess else ""
    return FormulaTypeError(f"There is no {what} “{name}”.{hint}", column=column, suggestion=guess)
