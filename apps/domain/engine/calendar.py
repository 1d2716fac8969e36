"""On which days a strategy decides."""

from __future__ import annotations

from typing import Literal

import numpy as np

from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.errors import DomainError
from apps.domain.language import REBALANCE_CHOICES
from apps.domain.values.panel import DayArray

MONDAY_SHIFT = 3  # day 0 of the calendar, 1 January 1970, was a Thursday


class UnknownScheduleError(DomainError):
    """A rebalancing frequency that the engine does not know."""

    code = "unknown_schedule"


def decision_mask(*, days: DayArray, frequency: str, on: Literal["last", "first"]) -> BoolArray:
    """True on each day of `days` that closes (or opens) a day, week, month, quarter or year.

    A period's end is known by the next day of the calendar and its start by the previous one, so the last day of
    `days` closes no period and the first opens none; with "daily" every day is True.
    """
    if frequency not in REBALANCE_CHOICES:
        raise UnknownScheduleError(
            f"The engine cannot rebalance “{frequency}”; choose one of {', '.join(REBALANCE_CHOICES)}.", value=frequency
        )
    if frequency == "daily":
        return np.ones(len(days), dtype=np.bool_)
    period = _periods(days, frequency)
    changes = period[1:] != period[:-1]
    edge = np.zeros(1, dtype=np.bool_)
    return np.concatenate([changes, edge] if on == "last" else [edge, changes])


def _periods(days: DayArray, frequency: str) -> IntArray:
    if frequency == "weekly":
        return (days.astype(np.int64) + MONDAY_SHIFT) // 7
    months = days.astype("datetime64[M]").astype(np.int64)
    return np.asarray(months // {"monthly": 1, "quarterly": 3, "yearly": 12}[frequency], dtype=np.int64)
