"""Compiled rules of what fills within a bar: exits of a position, and orders that carry a price. Private, imported late."""

from __future__ import annotations

import numpy as np

from apps.domain.engine._fill_kernels import BY_STOP, BY_TARGET, BY_TRAIL
from apps.domain.values.compiling import Array, compiled

STOP_LOSS, TAKE_PROFIT, TRAILING, TIME_STOP, DRAWDOWN, DRAWDOWN_WAIT = 0, 1, 2, 3, 4, 5


@compiled
def exit_level(
    side: float, entry: float, best: float, price_open: float, high: float, low: float, exits: Array
) -> tuple[float, float]:
    """The price and the reason of an exit within the bar; reason -1 for none. Pessimistic: the stop before the target."""
    stop = np.nan
    reason = -1.0
    if exits[STOP_LOSS] < np.inf:
        stop = entry * (1.0 - side * exits[STOP_LOSS])
        reason = BY_STOP
    if exits[TRAILING] < np.inf:
        trail = best * (1.0 - side * exits[TRAILING])
        if np.isnan(stop) or side * trail > side * stop:
            stop = trail
            reason = BY_TRAIL
    if reason >= 0.0:
        if side * price_open <= side * stop:
            return price_open, reason
        if (side > 0.0 and low <= stop) or (side < 0.0 and high >= stop):
            return stop, reason
    if exits[TAKE_PROFIT] < np.inf:
        target = entry * (1.0 + side * exits[TAKE_PROFIT])
        if side * price_open >= side * target:
            return price_open, BY_TARGET
        if (side > 0.0 and high >= target) or (side < 0.0 and low <= target):
            return target, BY_TARGET
    return 0.0, -1.0


@compiled
def price_order(
    side: float, price_open: float, high: float, low: float, limit: float, stop: float, triggered: bool
) -> tuple[float, bool]:
    """The price at which a limit, stop or stop-limit order fills within a bar (0 when it does not), and whether it is
    triggered."""
    adverse = high if side > 0.0 else low  # the way a stop looks
    kind = low if side > 0.0 else high  # the way a limit looks
    if not np.isnan(stop) and not triggered:
        if side * price_open >= side * stop:
            if np.isnan(limit):
                return price_open, True
            if side * price_open <= side * limit:
                return price_open, True
            return 0.0, True
        if side * adverse >= side * stop:
            if np.isnan(limit) or side * stop <= side * limit:
                return stop, True
            return 0.0, True
        return 0.0, False
    if np.isnan(limit):
        return price_open, True
    if side * price_open <= side * limit:
        return price_open, triggered
    if side * kind <= side * limit:
        return limit, triggered
    return 0.0, triggered
