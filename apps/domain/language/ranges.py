"""What a formula can be, over any data: abstract interpretation with intervals.

Sound, rounding aside: a value outside the range, or a condition against its truth, cannot be computed from bars whose prices
and volumes are not below zero and whose open and close lie within their low and high. It need not be the least range: two
terms that move together are told apart only where one is the other, or never above it, by their form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise

from apps.domain.language.contradictions import conjuncts, contradiction
from apps.domain.language.function_ranges import FUNCTION_RANGES
from apps.domain.language.grammar import parts_of
from apps.domain.language.intervals import (
    ALWAYS,
    MAYBE,
    NEVER,
    WHOLE,
    Interval,
    between,
    condition,
    higher,
    lower,
    minus,
    negative,
    over,
    plus,
    point,
    times,
)
from apps.domain.language.range_rules import Given
from apps.domain.language.spelled_out import spelled_out
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

_ARITHMETIC: Mapping[str, Callable[[Interval, Interval], Interval]] = {
    "+": plus, "-": minus, "*": times, "/": over,
}  # fmt: skip
_JOINED: Mapping[str, Callable[[Interval, Interval], Interval]] = {"and": lower, "or": higher}
_CROSSINGS = {"crosses_above": ">", "crosses_below": "<"}
_BAR = (("low", "open", "high"), ("low", "close", "high"))
_MIRRORED = {"<": ">", "<=": ">="}
_LEVELS = 4  # of max within highest within min …: a hostile formula must not cost more than its length


def range_of(node: Node, *, names: Mapping[str, Interval]) -> Interval:
    """The closed interval of all that a formula can give; of a condition, of 1 (true) and 0 (false).

    `names` say what fields, parameters and inputs can be; a name that is left out can be anything. Signals must be spelled
    out. The formula must be one that `check_formula` takes.
    """
    return Ranges(names).of(node)


class Ranges:
    """The ranges of formulas over names of known ranges; each distinct expression is worked out once."""

    def __init__(self, names: Mapping[str, Interval]) -> None:
        self._names = names
        self._numbers = {name: Number(given.low) for name, given in names.items() if given.is_point}
        self._known: dict[Node, Interval] = {}

    def of(self, node: Node) -> Interval:
        """The range of one expression."""
        if node not in self._known:
            self._known[node] = self._worked_out(node)
        return self._known[node]

    def is_same(self, a: Node, b: Node) -> bool:
        """Whether two expressions are one by their form, their numbers filled in."""
        if a == b:
            return True
        return self.of(a) == self.of(b) and self._settled(a) == self._settled(b)

    def is_never_above(self, a: Node, b: Node, *, levels: int = _LEVELS) -> bool:
        """Whether a <= b wherever both are defined: because their ranges lie so, or by their form, `levels` deep."""
        if self.is_same(a, b) or self.of(a).high <= self.of(b).low:
            return True
        if isinstance(a, Name) and isinstance(b, Name):
            return _is_ordered(a.id, b.id)
        return levels > 0 and (self._is_below_by_form(a, b, levels - 1) or self._is_above_by_form(a, b, levels - 1))

    def _is_below_by_form(self, a: Node, b: Node, levels: int) -> bool:
        match a:
            case Call("min", parts):
                return any(self.is_never_above(part, b, levels=levels) for part in parts)
            case Call("max", parts):
                return all(self.is_never_above(part, b, levels=levels) for part in parts)
            case Call("lowest", (of, _)):  # the window holds the present bar
                return self.is_never_above(of, b, levels=levels)
        return False

    def _is_above_by_form(self, a: Node, b: Node, levels: int) -> bool:
        match b:
            case Call("max", parts):
                return any(self.is_never_above(a, part, levels=levels) for part in parts)
            case Call("min", parts):
                return all(self.is_never_above(a, part, levels=levels) for part in parts)
            case Call("highest", (of, _)):
                return self.is_never_above(a, of, levels=levels)
        return False

    def is_always_above(self, a: Node, b: Node) -> bool:
        """Whether a > b wherever both are defined."""
        return self.of(a).low > self.of(b).high

    def _worked_out(self, node: Node) -> Interval:
        match node:
            case Number(value):
                return point(value)
            case Name(id):
                return self._names.get(id, WHOLE)
            case Unary("-", operand):
                return negative(self.of(operand))
            case Unary(_, operand):
                return minus(point(1.0), self.of(operand))
            case Binary(op) if op in _JOINED:
                return self._joined(op, tuple(conjuncts(node, op)), node)
            case Binary(op, left, right) if op in _ARITHMETIC:
                return self._combined(op, left, right)
            case Binary(op, left, right):
                return self._compared(op, left, right)
            case Call(function, arguments):
                return self._called(function, arguments)

    def contradiction(self, node: Node) -> tuple[Node, Node] | None:
        """Of a condition whose parts "and" or "or" joins: two parts that are never true together, or never false together."""
        op = node.op if isinstance(node, Binary) else ""
        parts = {self._settled(part): part for part in conjuncts(node, op)}
        found = contradiction([part if op == "and" else Unary("not", part) for part in parts], range_of=self.of)
        if found is None:
            return None
        one, other = (part if op == "and" else parts_of(part)[0] for part in found)
        return parts[one], parts[other]

    def _joined(self, op: str, parts: Sequence[Node], node: Node) -> Interval:
        given = reduce(_JOINED[op], (self.of(part) for part in parts))
        if given == MAYBE and self.contradiction(node):
            return NEVER if op == "and" else ALWAYS
        return given

    def _settled(self, node: Node) -> Node:
        """The same tree with parameters as numbers."""
        return spelled_out(node, self._numbers)

    def _combined(self, op: str, left: Node, right: Node) -> Interval:
        x, y = self.of(left), self.of(right)
        given = _ARITHMETIC[op](x, y)
        if op == "*" and self.is_same(left, right):
            return between(max(0.0, given.low), given.high)
        if op == "-":
            high = min(given.high, 0.0) if self.is_never_above(left, right) else given.high
            low = max(given.low, 0.0) if self.is_never_above(right, left) else given.low
            return between(low, high)
        if op == "/" and x.low >= 0.0 and y.low >= 0.0:
            high = min(given.high, 1.0) if self.is_never_above(left, right) else given.high
            low = max(given.low, 1.0) if self.is_never_above(right, left) else given.low
            return between(low, high)
        return given

    def _compared(self, op: str, left: Node, right: Node) -> Interval:
        if op in {"<", "<="}:
            return self._compared(_MIRRORED[op], right, left)
        if op == ">":
            return condition(
                can_be_true=not self.is_never_above(left, right), can_be_false=not self.is_always_above(left, right)
            )
        if op == ">=":
            return condition(
                can_be_true=not self.is_always_above(right, left), can_be_false=not self.is_never_above(right, left)
            )
        apart = self.is_always_above(left, right) or self.is_always_above(right, left)
        one = self.is_same(left, right) or (self.of(left) == self.of(right) and self.of(left).is_point)
        if op == "==":
            return condition(can_be_true=not apart, can_be_false=not one)
        return condition(can_be_true=not one, can_be_false=not apart)

    def _called(self, function: str, arguments: tuple[Node, ...]) -> Interval:
        if function in _CROSSINGS:
            above = self._compared(_CROSSINGS[function], *arguments)
            return condition(can_be_true=above.can_be_true and above.can_be_false, can_be_false=True)
        given = Given(
            [self.of(argument) for argument in arguments],
            lambda first, second: self.is_never_above(arguments[first], arguments[second]),
        )
        return FUNCTION_RANGES[function].of(given)


def _is_ordered(lower: str, higher: str) -> bool:
    """Whether one price of a bar is never above another."""
    return any((lower, higher) in {*pairwise(chain), (chain[0], chain[-1])} for chain in _BAR)
