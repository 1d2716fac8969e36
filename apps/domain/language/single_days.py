"""Whether a condition is true on one day at a time, by its form: the day after, it is not."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, inf, isinf

from apps.domain.language.intervals import Interval
from apps.domain.language.ranges import Ranges
from apps.domain.language.tree import Binary, Call, Name, Node

_CROSSINGS = frozenset({"crosses_above", "crosses_below"})
_COUNTS = frozenset({"days_since", "days_until"})
"""Functions that count days to or from an event: another number on the next day."""
_DATES = frozenset(
    {
        "day_of_month", "weekday", "day_of_year", "trading_day_of_month", "trading_days_left_in_month",
        "trading_day_of_week", "trading_days_left_in_week", "trading_day_of_year",
    }
)  # fmt: skip
"""Names of the calendar that are another number on the next day."""
_HOLIDAYS = frozenset({"before_holiday", "after_holiday"})
_MIRRORED: Mapping[str, str] = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "=="}


def is_true_on_single_days(node: Node, ranges: Ranges) -> bool:
    """Whether a condition that is true today cannot be true tomorrow."""
    match node:
        case Call(function, _) if function in _CROSSINGS:
            return True
        case Call(function, (days,)) if function in _HOLIDAYS:
            return ranges.of(days).high < 2.0
        case Binary("and", left, right):
            return is_true_on_single_days(left, ranges) or is_true_on_single_days(right, ranges)
        case Binary(op, left, right) if op in _MIRRORED:
            return _is_one_count(op, left, right, ranges) or _is_one_count(_MIRRORED[op], right, left, ranges)
    return False


def _is_one_count(op: str, counted: Node, bound: Node, ranges: Ranges) -> bool:
    """Whether a comparison leaves one number to something that counts days."""
    limit = ranges.of(bound)
    if not limit.is_point or not _counts(counted):
        return False
    return op == "==" or _whole_numbers(op, ranges.of(counted), limit.low) == 1


def _counts(node: Node) -> bool:
    match node:
        case Name(id):
            return id in _DATES
        case Call(function, _):
            return function in _COUNTS
    return False


def _whole_numbers(op: str, given: Interval, limit: float) -> float:
    """How many whole numbers of a range pass a comparison; infinity where it has no end on that side."""
    low, high = given.low, given.high
    if op == "<=":
        high = floor(limit)
    elif op == "<":
        high = ceil(limit) - 1
    elif op == ">=":
        low = ceil(limit)
    else:
        low = floor(limit) + 1
    return inf if isinf(low) or isinf(high) else max(0.0, high - low + 1.0)
