"""Closed intervals of numbers, and their arithmetic: what a value can be when only its ends are known.

A value of the language is finite or undefined, so an infinite end says only that there is no bound: zero times an
unbounded value is zero. Truth is 1 and falsehood 0, as the engine has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """Every number from `low` to `high`, ends included; made by `between` or `point`, so that low <= high."""

    low: float
    high: float

    @property
    def is_point(self) -> bool:
        """Whether there is one value only."""
        return self.low == self.high

    @property
    def width(self) -> float:
        """How far the ends lie apart; infinite where there is no bound."""
        return self.high - self.low

    @property
    def can_be_true(self) -> bool:
        """Of a condition: whether some data make it true."""
        return self.high >= 1.0

    @property
    def can_be_false(self) -> bool:
        """Of a condition: whether some data make it false."""
        return self.low <= 0.0


def between(low: float, high: float) -> Interval:
    """The interval from `low` to `high`; an end that is no number, or overflowed to the wrong side, is no bound."""
    if math.isnan(low) or low == math.inf:
        low = -math.inf
    if math.isnan(high) or high == -math.inf:
        high = math.inf
    return Interval(low, high) if low <= high else WHOLE


def point(value: float) -> Interval:
    """One value."""
    return between(value, value)


WHOLE = Interval(-math.inf, math.inf)
NOT_BELOW_ZERO = Interval(0.0, math.inf)
MAYBE = Interval(0.0, 1.0)
"""A condition that some data make true and others false."""
NEVER = Interval(0.0, 0.0)
ALWAYS = Interval(1.0, 1.0)


def condition(*, can_be_true: bool, can_be_false: bool) -> Interval:
    """The truth of a condition. One that can be neither is undefined on all data, and counts as never true."""
    return Interval(0.0 if can_be_false or not can_be_true else 1.0, 1.0 if can_be_true else 0.0)


def hull(parts: Iterable[Interval]) -> Interval:
    """The least interval that holds all of `parts`, of which there is at least one."""
    held = tuple(parts)
    return Interval(min(part.low for part in held), max(part.high for part in held))


def lower(x: Interval, y: Interval) -> Interval:
    """The lower of x and y; of two conditions, whether both are true."""
    return Interval(min(x.low, y.low), min(x.high, y.high))


def higher(x: Interval, y: Interval) -> Interval:
    """The higher of x and y; of two conditions, whether one is true."""
    return Interval(max(x.low, y.low), max(x.high, y.high))


def negative(x: Interval) -> Interval:
    """Minus x."""
    return Interval(-x.high, -x.low)


def plus(x: Interval, y: Interval) -> Interval:
    """x plus y."""
    return between(x.low + y.low, x.high + y.high)


def minus(x: Interval, y: Interval) -> Interval:
    """x minus y."""
    return plus(x, negative(y))


def times(x: Interval, y: Interval) -> Interval:
    """x times y."""
    ends = [0.0 if 0.0 in (a, b) else a * b for a in (x.low, x.high) for b in (y.low, y.high)]
    return between(min(ends), max(ends))


def over(x: Interval, y: Interval) -> Interval:
    """x divided by y; any number where y can be zero on the way from its low to its high end."""
    if y.low < 0.0 < y.high or y == NEVER:
        return WHOLE
    if y.low < 0.0:
        return over(negative(x), negative(y))
    ends = [_quotient(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    return between(min(ends), max(ends))


def monotone(function: Callable[[float], float], x: Interval) -> Interval:
    """The values of a function that never falls; where it overflows or is undefined at an end, there is no bound."""
    return between(_value(function, x.low, -math.inf), _value(function, x.high, math.inf))


def _value(function: Callable[[float], float], x: float, otherwise: float) -> float:
    try:
        return function(x)
    except (ValueError, OverflowError, ZeroDivisionError):
        return otherwise


def _quotient(a: float, b: float) -> float:
    """a over b for b >= 0, in the limit at zero and at infinity."""
    if a == 0.0 or math.isinf(b):
        return 0.0
    return math.copysign(math.inf, a) if b == 0.0 else a / b
