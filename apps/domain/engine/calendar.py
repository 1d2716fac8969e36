"""What the calendar alone decides: the days on which a strategy decides, and the names and functions of formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.errors import DomainError
from apps.domain.language import REBALANCE_CHOICES
from apps.domain.values.panel import DayArray, FloatArray

MONDAY_SHIFT = 3  # day 0 of the calendar, 1 January 1970, was a Thursday
_MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}
_THIRD_FRIDAY = (15, 21)
_FRIDAY = 4


class UnknownScheduleError(DomainError):
    """A rebalancing frequency that the engine does not know."""

    code = "unknown_schedule"


def decision_mask(
    *,
    days: DayArray,
    frequency: str,
    on: Literal["last", "first"],
    day: int = 1,
    anchor: int | None = None,
    first: int = 0,
) -> BoolArray:
    """True on each bar of `days` that closes (or opens) a day, week, month, quarter, half-year or year.

    A period's end is known by the next day of the calendar and its start by the previous one, so the last day of
    `days` closes no period and the first opens none; with "daily" every bar is True, with "once" the bar `first`. `day`
    counts trading days from that edge, 1 being the edge itself; a period that has fewer has no decision. `anchor` is the
    month in which a year ends (with `on` first, begins), the calendar year's unless given; quarters and half-years follow.
    """
    if frequency not in REBALANCE_CHOICES:
        raise UnknownScheduleError(
            f"The engine cannot rebalance “{frequency}”; choose one of {', '.join(REBALANCE_CHOICES)}.", value=frequency
        )
    mask = np.zeros(len(days), dtype=np.bool_)
    if frequency == "daily":
        return ~mask
    if frequency == "once":
        mask[first : first + 1] = True
        return mask
    month = (12 if on == "last" else 1) if anchor is None else anchor
    period = _periods(days, frequency, month if on == "last" else (month + 10) % 12 + 1)
    bounds = np.flatnonzero(period[1:] != period[:-1]) + 1
    if on == "last":
        starts = np.concatenate([[0], bounds[:-1]]) if len(bounds) else bounds
        chosen = bounds - day
        mask[chosen[chosen >= starts]] = True
    else:
        ends = np.concatenate([bounds[1:], [len(days)]]) if len(bounds) else bounds
        chosen = bounds + day - 1
        mask[chosen[chosen < ends]] = True
    return mask


def _periods(days: DayArray, frequency: str, last_month: int) -> IntArray:
    if frequency == "weekly":
        return _weeks(days)
    months = days.astype("datetime64[M]").astype(np.int64)  # January 1970 is 0
    return np.asarray((months - last_month) // _MONTHS[frequency], dtype=np.int64)


def _weeks(days: DayArray) -> IntArray:
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + MONDAY_SHIFT) // 7, dtype=np.int64)


def calendar_values(name: str, days: DayArray, sessions: DayArray) -> FloatArray:
    """The value of a name of the calendar on each bar, shape (1, n_days); `sessions` are the trading days known ahead.

    What is left of a month or week is undefined where the sessions do not reach beyond it.
    """
    return np.ascontiguousarray(_NAMES[name](days, sessions), dtype=np.float64)[None, :]


def calendar_function(
    name: str, arguments: Sequence[FloatArray | float], days: DayArray, sessions: DayArray
) -> FloatArray:
    """The value of a function of the calendar on each bar, shape (1, n_days)."""
    return np.ascontiguousarray(_FUNCTIONS[name](days, sessions, *arguments), dtype=np.float64)[None, :]


def _dates(days: DayArray) -> DayArray:
    return days.astype("datetime64[D]")


def _month(days: DayArray) -> IntArray:
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12 + 1, dtype=np.int64)


def _day_of_month(days: DayArray) -> IntArray:
    return np.asarray((_dates(days) - days.astype("datetime64[M]")).astype(np.int64) + 1, dtype=np.int64)


def _weekday(days: DayArray) -> IntArray:
    return np.asarray((_dates(days).astype(np.int64) + MONDAY_SHIFT) % 7 + 1, dtype=np.int64)


def _counted(period: IntArray) -> tuple[IntArray, FloatArray]:
    """For each session its place in its period from 1, and how many follow in it; undefined in the last period."""
    starts = np.concatenate([[True], period[1:] != period[:-1]]) if len(period) else np.zeros(0, dtype=np.bool_)
    first = np.maximum.accumulate(np.where(starts, np.arange(len(period)), 0))
    group = np.cumsum(starts) - 1
    sizes = np.bincount(group) if len(group) else np.zeros(0, dtype=np.int64)
    place = np.arange(len(period)) - first + 1
    left = (sizes[group] - place).astype(np.float64)
    left[group == group.max(initial=-1)] = np.nan
    return place, left


def _of_month(days: DayArray, sessions: DayArray) -> tuple[FloatArray, FloatArray]:
    at = np.searchsorted(sessions, _dates(days))
    place, left = _counted(sessions.astype("datetime64[M]").astype(np.int64))
    return place[at].astype(np.float64), left[at]


def _of_week(days: DayArray, sessions: DayArray) -> tuple[FloatArray, FloatArray]:
    at = np.searchsorted(sessions, _dates(days))
    place, left = _counted(_weeks(sessions))
    return place[at].astype(np.float64), left[at]


def _of_year(days: DayArray, sessions: DayArray) -> FloatArray:
    at = np.searchsorted(sessions, _dates(days))
    return _counted(sessions.astype("datetime64[Y]").astype(np.int64))[0][at].astype(np.float64)


def _expiry_week(days: DayArray, sessions: DayArray) -> BoolArray:
    """In the week, Monday to Friday, of the third Friday of its month."""
    friday = _dates(days) + (_FRIDAY - (_weekday(days) - 1))
    in_range = (_day_of_month(friday) >= _THIRD_FRIDAY[0]) & (_day_of_month(friday) <= _THIRD_FRIDAY[1])
    return np.asarray(in_range & (_weekday(days) <= _FRIDAY + 1))


def _minute(days: DayArray, sessions: DayArray) -> FloatArray:
    if days.dtype == np.dtype("datetime64[D]"):
        return np.full(len(days), np.nan)
    return (days - _dates(days).astype(days.dtype)).astype(np.float64)


def _bar_of_day(days: DayArray, sessions: DayArray) -> FloatArray:
    return _counted(_dates(days).astype(np.int64))[0].astype(np.float64)


def _bars_left(days: DayArray, sessions: DayArray) -> FloatArray:
    return (
        np.zeros(len(days)) if days.dtype == np.dtype("datetime64[D]") else _counted(_dates(days).astype(np.int64))[1]
    )


_NAMES: Mapping[str, Callable[[DayArray, DayArray], FloatArray | IntArray | BoolArray]] = {
    "year": lambda days, _: days.astype("datetime64[Y]").astype(np.int64) + 1970,
    "month": lambda days, _: _month(days),
    "day_of_month": lambda days, _: _day_of_month(days),
    "weekday": lambda days, _: _weekday(days),
    "day_of_year": lambda days, _: (_dates(days) - days.astype("datetime64[Y]")).astype(np.int64) + 1,
    "trading_day_of_month": lambda days, sessions: _of_month(days, sessions)[0],
    "trading_days_left_in_month": lambda days, sessions: _of_month(days, sessions)[1],
    "trading_day_of_week": lambda days, sessions: _of_week(days, sessions)[0],
    "trading_days_left_in_week": lambda days, sessions: _of_week(days, sessions)[1],
    "trading_day_of_year": _of_year,
    "option_expiry_week": _expiry_week,
    "minute_of_day": _minute,
    "bar_of_day": _bar_of_day,
    "bars_left_in_day": _bars_left,
}


def _in_months(days: DayArray, _: DayArray, first: float, last: float) -> BoolArray:
    month = _month(days)
    if first <= last:
        return np.asarray((month >= first) & (month <= last))
    return np.asarray((month >= first) | (month <= last))


def _closed_after(sessions: DayArray) -> BoolArray:
    """Whether a weekday without trading follows each session, before the next; the last session's is unknown: False."""
    between = np.busday_count(sessions[:-1], sessions[1:]) if len(sessions) > 1 else np.zeros(0, dtype=np.int64)
    return np.concatenate([between > 1, np.zeros(min(1, len(sessions)), dtype=np.bool_)])


def _before_holiday(days: DayArray, sessions: DayArray, n: float) -> BoolArray:
    near, closed = np.zeros(len(sessions), dtype=np.bool_), _closed_after(sessions)
    for back in range(int(n)):
        near[: len(near) - back] |= closed[back:]
    return near[np.searchsorted(sessions, _dates(days))]


def _after_holiday(days: DayArray, sessions: DayArray, n: float) -> BoolArray:
    near, closed = np.zeros(len(sessions), dtype=np.bool_), _closed_after(sessions)
    for on in range(1, int(n) + 1):
        near[on:] |= closed[: len(near) - on]
    return near[np.searchsorted(sessions, _dates(days))]


_FUNCTIONS: Mapping[str, Callable[..., BoolArray]] = {
    "in_months": _in_months,
    "before_holiday": _before_holiday,
    "after_holiday": _after_holiday,
}
CALENDAR_FUNCTIONS = frozenset(_FUNCTIONS)
