"""How the range of a function follows from the ranges of its arguments, where it is not the same for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.domain.language.intervals import (
    MAYBE,
    NOT_BELOW_ZERO,
    WHOLE,
    Interval,
    between,
    condition,
    hull,
    minus,
    monotone,
    negative,
    over,
    point,
    times,
)


@dataclass(frozen=True, slots=True)
class Given:
    """The ranges of a call's arguments, and whether one argument is never above another, by their places."""

    ranges: Sequence[Interval]
    is_ordered: Callable[[int, int], bool]

    def __getitem__(self, place: int) -> Interval:
        return self.ranges[place]

    def bars(self, place: int) -> Interval:
        """A duration: a bar or more, whatever else is known of it."""
        return between(max(1.0, self[place].low), max(1.0, self[place].high))


def relative_change(x: Interval) -> Interval:
    """New over old, minus 1, where old is above zero."""
    return minus(over(x, x), point(1.0)) if x.low >= 0.0 else WHOLE


def power(given: Given) -> Interval:
    """x to the power of y: not below zero for such an x, or for an even power."""
    x, y = given[0], given[1]
    if y.is_point and y.low >= 0.0 and y.low % 2.0 == 0.0:
        return monotone(lambda a: a**y.low, size(x))
    if x.low < 0.0:
        return WHOLE
    return monotone(lambda a: a**y.low, x) if y.is_point and y.low >= 0.0 else NOT_BELOW_ZERO


def signed_power(given: Given) -> Interval:
    """|x| to the power of y, with the sign of x."""
    x, y = given[0], given[1]
    if y.is_point and y.low >= 0.0:
        return monotone(lambda a: sign(a) * abs(a) ** y.low, x)
    return Interval(0.0 if x.low >= 0.0 else -math.inf, 0.0 if x.high <= 0.0 else math.inf)


def sign(a: float) -> float:
    """1, 0 or -1."""
    return float((a > 0.0) - (a < 0.0))


def size(x: Interval) -> Interval:
    """The absolute value."""
    if x.low >= 0.0:
        return x
    return negative(x) if x.high <= 0.0 else Interval(0.0, max(-x.low, x.high))


def logarithm(given: Given) -> Interval:
    """The natural logarithm, where it is defined."""
    return monotone(math.log, given[0]) if given[0].high > 0.0 else WHOLE


def root(given: Given) -> Interval:
    """The square root, where it is defined."""
    x = given[0]
    return monotone(math.sqrt, Interval(max(0.0, x.low), x.high)) if x.high >= 0.0 else WHOLE


def clip(given: Given) -> Interval:
    """x between two numbers."""
    x, least, most = given.ranges
    return between(min(max(x.low, least.low), most.low), min(max(x.high, least.high), most.high))


def if_else(given: Given) -> Interval:
    """The values of the sides that the condition can choose."""
    when, then, otherwise = given.ranges
    if not when.can_be_true:
        return otherwise
    return hull((then, otherwise)) if when.can_be_false else then


def total(given: Given) -> Interval:
    """n values of x."""
    return times(given[0], given.bars(1))


def product(given: Given) -> Interval:
    """The product of n values of x."""
    x, n = given[0], given.bars(1)
    if x.low >= 0.0 and n.is_point:
        return monotone(lambda a: a**n.low, x)
    if x.low >= -1.0 and x.high <= 1.0:
        return Interval(0.0 if x.low >= 0.0 else -1.0, 1.0)
    return NOT_BELOW_ZERO if x.low >= 0.0 else WHOLE


def deviation(x: Interval) -> Interval:
    """A sample deviation is largest for two values, one at each end."""
    return between(0.0, x.width / math.sqrt(2.0))


def variance(given: Given) -> Interval:
    """The square of a deviation."""
    return times(deviation(given[0]), deviation(given[0]))


def covariance(given: Given) -> Interval:
    """No larger than the product of the two deviations."""
    most = times(deviation(given[0]), deviation(given[1])).high
    return Interval(-most, most)


def downside(given: Given) -> Interval:
    """A price that is never below zero loses no more than everything, on each of 252 days."""
    return Interval(0.0, math.sqrt(252.0)) if given[0].low >= 0.0 else NOT_BELOW_ZERO


def of_the_high(given: Given) -> Interval:
    """x over the highest of a window that holds it."""
    x = given[0]
    return Interval(over(x, x).low if x.low >= 0.0 else -math.inf, 1.0)


def drawdown(given: Given) -> Interval:
    """x over such a high, minus 1."""
    return minus(of_the_high(given), point(1.0))


def place(given: Given) -> Interval:
    """A place in a window, 1 the oldest."""
    return Interval(1.0, given.bars(1).high)


def own_rank(given: Given) -> Interval:
    """A rank in a window, as a share of it."""
    return Interval(1.0 / given.bars(1).high, 1.0)


def true_range(given: Given) -> Interval:
    """No wider than all that high, low and close can be."""
    return between(0.0, hull(given.ranges[:3]).width)


def sar(given: Given) -> Interval:
    """A mean of highs and lows, as long as both accelerations are from 0 to 1."""
    is_mean = all(given[place].low >= 0.0 and given[place].high <= 1.0 for place in (2, 3))
    return hull(given.ranges[:2]) if is_mean else WHOLE


def scale(given: Given) -> Interval:
    """A share of the sum of the sizes."""
    x = given[0]
    return Interval(0.0 if x.low >= 0.0 else -1.0, 0.0 if x.high <= 0.0 else 1.0)


def cross_sum(given: Given) -> Interval:
    """The sum over one member or more."""
    x = given[0]
    return Interval(x.low if x.low >= 0.0 else -math.inf, x.high if x.high <= 0.0 else math.inf)


def months(given: Given) -> Interval:
    """Whether the months from one to another are none, some or all."""
    first, last = given[0], given[1]
    if not (first.is_point and last.is_point):
        return MAYBE
    holds = [
        first.low <= month <= last.low if first.low <= last.low else month >= first.low or month <= last.low
        for month in range(1, 13)
    ]
    return condition(can_be_true=any(holds), can_be_false=not all(holds))
