"""What kind of value a formula has, or where it goes wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from apps.domain.language.functions import FUNCTIONS, Kind
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

_LOGIC = frozenset({"and", "or"})
_ARITHMETIC = frozenset({"+", "-", "*", "/"})
_WORDS = {
    Kind.SERIES: "a series of numbers",
    Kind.BOOLEAN: "a condition",
    Kind.NUMBER: "a number",
    Kind.DURATION: "a duration",
}


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
    wanted = {Kind.BOOLEAN} if op == "not" else {Kind.SERIES, Kind.NUMBER}
    if kind not in wanted:
        raise FormulaTypeError(f"“{op}” cannot be applied to {_WORDS[kind]}.", column=column)
    return kind


def _binary(op: str, left: Kind, right: Kind, column: int) -> Kind:
    if op in _LOGIC:
        if left is right is Kind.BOOLEAN:
            return Kind.BOOLEAN
        raise FormulaTypeError(f"“{op}” joins two conditions, not {_WORDS[left]} and {_WORDS[right]}.", column=column)
    if not {left, right} <= {Kind.SERIES, Kind.NUMBER}:
        raise FormulaTypeError(f"“{op}” works on numbers, not on {_WORDS[left]} and {_WORDS[right]}.", column=column)
    if op in _ARITHMETIC:
        return Kind.NUMBER if left is right is Kind.NUMBER else Kind.SERIES
    if left is right is Kind.NUMBER:
        raise FormulaTypeError("A comparison of two fixed numbers is always the same; compare a series.", column=column)
    return Kind.BOOLEAN


def _call(node: Call, names: Mapping[str, Kind]) -> Kind:
    signature = FUNCTIONS.get(node.function)
    if signature is None:
        raise _unknown("function", node.function, FUNCTIONS, node.column)
    if len(node.arguments) != len(signature.arguments):
        raise FormulaTypeError(
            f"{node.function} takes {len(signature.arguments)} values, not {len(node.arguments)}.", column=node.column
        )
    for position, (argument, wanted) in enumerate(zip(node.arguments, signature.arguments, strict=True), start=1):
        kind = _kind(argument, names)
        if not _fits(argument, kind, wanted):
            raise FormulaTypeError(
                f"Value {position} of {node.function} must be {_WORDS[wanted]}, not {_WORDS[kind]}.",
                column=argument.column or node.column,
            )
    return signature.result


def _fits(argument: Node, kind: Kind, wanted: Kind) -> bool:
    if kind is wanted:
        return True
    if wanted is Kind.DURATION:  # a whole-number literal counts trading days
        return isinstance(argument, Number) and argument.value == int(argument.value)
    return wanted is Kind.SERIES and kind is Kind.NUMBER  # a number is a series that never changes


def _unknown(what: str, name: str, known: Iterable[str], column: int) -> FormulaTypeError:
    guess = nearest(name, known)
    hint = f" Did you mean “{guess}”?" if guess else ""
    return FormulaTypeError(f"There is no {what} “{name}”.{hint}", column=column, suggestion=guess)
