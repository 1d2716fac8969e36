"""Conditions that cannot hold together: each leaves bounds on what it reads, and the bounds on one expression do not meet.

`rsi(close, 14) > 70 and rsi(close, 14) < 30` are each possible; a value between is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from apps.domain.language.grammar import print_formula
from apps.domain.language.intervals import Interval
from apps.domain.language.tree import Binary, Call, Node, Number, Unary

NEGATED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
_CROSSED = {"crosses_above": ">", "crosses_below": "<"}


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a condition says of an expression, when it is true: above (or below) a number, or at it as well."""

    of: Node
    limit: float
    is_lower: bool
    is_strict: bool


def contradiction(conditions: Iterable[Node], *, range_of: Callable[[Node], Interval]) -> tuple[Node, Node] | None:
    """Two of the conditions that are never true together; None when no two are known to be. Parameters are numbers."""
    lowest: dict[Node, tuple[float, bool, Node]] = {}
    highest: dict[Node, tuple[float, bool, Node]] = {}
    for stated in conditions:
        for bound in _bounds(stated, range_of):
            side, tighter = (lowest, 1.0) if bound.is_lower else (highest, -1.0)
            held = side.get(bound.of)
            if held is None or (tighter * bound.limit, bound.is_strict) > (tighter * held[0], held[1]):
                side[bound.of] = bound.limit, bound.is_strict, stated
            if bound.of in lowest and bound.of in highest:
                (low, above, one), (high, below, other) = lowest[bound.of], highest[bound.of]
                if low > high or (low == high and (above or below)):
                    return one, other
    return None


def conjuncts(node: Node, op: str = "and") -> Iterator[Node]:
    """The conditions that `op` joins, from the left."""
    todo = [node]
    while todo:
        step = todo.pop()
        if isinstance(step, Binary) and step.op == op:
            todo += (step.right, step.left)
        else:
            yield step


def _bounds(node: Node, range_of: Callable[[Node], Interval], *, truth: bool = True) -> Iterator[_Bound]:
    """What follows from a condition that is true, or false."""
    match node:
        case Unary("not", operand):
            yield from _bounds(operand, range_of, truth=not truth)
        case Binary(op, left, right) if op in NEGATED:
            yield from _of_comparison(op if truth else NEGATED[op], left, right, range_of)
        case Binary():
            return
        case Call(function, (left, right)) if truth and function in _CROSSED:
            yield from _of_comparison(_CROSSED[function], left, right, range_of)
            yield _Bound(node, 1.0, is_lower=True, is_strict=False)
        case _:
            yield _Bound(node, 1.0 if truth else 0.0, is_lower=truth, is_strict=False)


def _of_comparison(op: str, left: Node, right: Node, range_of: Callable[[Node], Interval]) -> Iterator[_Bound]:
    if op in {"<", "<="}:
        left, right, op = right, left, op.replace("<", ">")
    if op == "==":
        yield from _of_comparison(">=", left, right, range_of)
        yield from _of_comparison(">=", right, left, range_of)
    if op not in {">", ">="}:
        return
    is_strict = op == ">"
    for of, limit, is_lower in ((left, range_of(right).low, True), (right, range_of(left).high, False)):
        if math.isfinite(limit) and not isinstance(of, Number):
            yield _Bound(of, limit, is_lower, is_strict)
    is_mirrored = print_formula(left) > print_formula(right)  # one name for the difference of two expressions
    first, second = (right, left) if is_mirrored else (left, right)
    yield _Bound(Binary("-", first, second), 0.0, not is_mirrored, is_strict)
