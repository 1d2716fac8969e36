"""Formulas with the signals that they name put in."""

from __future__ import annotations

from collections.abc import Mapping

from apps.domain.language.formula_checks import overgrown
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.references import Spec, signals_in_order
from apps.domain.language.tree import Binary, Call, Name, Node, Unary


def readable_signals(spec: Spec) -> dict[str, Node]:
    """The trees of the signals, those within them put in; none when the rules are too large to be spelled out."""
    trees: dict[str, Node] = {}
    if overgrown(spec):
        return trees
    for name in signals_in_order(spec):
        try:
            trees[name] = spelled_out(parse(spec.signals[name]), trees)
        except FormulaError:
            continue
    return trees


def spelled_out(node: Node, meanings: Mapping[str, Node]) -> Node:
    """The same tree with every name that has a meaning replaced by it."""
    match node:
        case Name(id) if id in meanings:
            return meanings[id]
        case Unary(op, operand):
            return Unary(op, spelled_out(operand, meanings))
        case Binary(op, left, right):
            return Binary(op, spelled_out(left, meanings), spelled_out(right, meanings))
        case Call(function, arguments):
            return Call(function, tuple(spelled_out(argument, meanings) for argument in arguments))
        case _:
            return node
