"""Why a condition is never, or always, true: the innermost comparison that decides it, in plain words."""

from __future__ import annotations

import math

from apps.domain.language.contradictions import conjuncts
from apps.domain.language.grammar import print_formula
from apps.domain.language.intervals import WHOLE, Interval
from apps.domain.language.ranges import Ranges
from apps.domain.language.tree import Binary, Call, Node, Number, Unary

_LOGIC = frozenset({"and", "or"})
_LONGEST = 120
_OVER_BARS = frozenset({"all_true", "any_true"})
_OF_THE_WINDOW = frozenset({"highest", "lowest"})
_TWO_SIDED = frozenset({"crosses_above", "crosses_below"})


def is_decided(node: Node, ranges: Ranges, *, truth: bool) -> bool:
    """Whether no data can make a condition anything but `truth`, where it is defined."""
    given = ranges.of(node)
    return not given.can_be_false if truth else not given.can_be_true


def reason(node: Node, ranges: Ranges, *, truth: bool) -> str:
    """A sentence, without its full stop, for a condition that is decided: "x is never true: …"."""
    match node:
        case Unary("not", operand) if is_decided(operand, ranges, truth=not truth):
            return reason(operand, ranges, truth=not truth)
        case Binary(op, left, right) if op in _LOGIC:
            if (op == "and") is not truth and (pair := _together(node, ranges, truth=truth)):
                return pair
            decided = [part for part in (left, right) if is_decided(part, ranges, truth=truth)]
            needed = decided if (op == "or") is not truth else decided[:1]
            return "; ".join(reason(part, ranges, truth=truth) for part in needed)
        case Call(function, (of, _)) if function in _OVER_BARS and is_decided(of, ranges, truth=truth):
            return reason(of, ranges, truth=truth)
    said = f"{short(node)} is {'always' if truth else 'never'} true"
    match node:
        case Binary(_, left, right):
            return f"{said}: {_between(left, right, ranges)}"
        case Call(function, (left, right)) if function in _TWO_SIDED:
            return f"{said}: {_between(left, right, ranges)}"
    return said


def _together(node: Node, ranges: Ranges, *, truth: bool) -> str | None:
    """Where no part decides alone: the two that contradict each other."""
    if any(is_decided(part, ranges, truth=truth) for part in conjuncts(node, "or" if truth else "and")):
        return None
    pair = ranges.contradiction(node)
    return f"{short(pair[0])} and {short(pair[1])} are never {'false' if truth else 'true'} together" if pair else None


def short(node: Node) -> str:
    """A formula as it is written, its end left out when it is long."""
    text = print_formula(node)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _between(left: Node, right: Node, ranges: Ranges) -> str:
    """How the two sides of a comparison lie to each other."""
    if ranges.is_same(left, right):
        return "both sides are the same"
    x, y = ranges.of(left), ranges.of(right)
    if x.high <= y.low or y.high <= x.low:
        return " and ".join(_lies(side, ranges.of(side)) for side in (left, right) if not isinstance(side, Number))
    lower, higher = (left, right) if ranges.is_never_above(left, right) else (right, left)
    counts = any(isinstance(side, Call) and side.function in _OF_THE_WINDOW for side in (left, right))
    hint = ", for its window counts the present bar; donchian_upper and donchian_lower do not" if counts else ""
    return f"{short(lower)} is never above {short(higher)}{hint}"


def _lies(node: Node, given: Interval) -> str:
    text = short(node)
    if given.is_point:
        return f"{text} is {given.low:g}"
    if given == WHOLE:
        return f"{text} can be any number"
    if math.isinf(given.high):
        return f"{text} is never below {given.low:g}"
    if math.isinf(given.low):
        return f"{text} is never above {given.high:g}"
    return f"{text} lies between {given.low:g} and {given.high:g}"
