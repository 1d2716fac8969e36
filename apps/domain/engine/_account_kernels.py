"""Compiled walk over the days: financing, corporate actions, fills, exits, marks, decisions. Private, and imported late.

Arrays are (n_symbols, n_days) of the window, or empty (0, 0) where the data have none. The walk is sequential on purpose:
no sum is ever split over threads, so the bytes do not depend on the machine. docs/engine.md says what each step means.
"""

from __future__ import annotations

import numpy as np

from apps.domain.engine._bar_kernels import (
    DRAWDOWN,
    DRAWDOWN_WAIT,
    STOP_LOSS,
    TAKE_PROFIT,
    TIME_STOP,
    TRAILING,
    exit_level,
    price_order,
)
from apps.domain.engine._fill_kernels import (
    ALL,
    BARS,
    BEST,
    BY_DECISION,
    BY_DELISTING,
    BY_DRAWDOWN,
    BY_RUIN,
    BY_SESSION,
    BY_TIME,
    DECIDED,
    ENTRY,
    HELD_COLUMNS,
    INCREASE,
    LAST,
    LIMIT,
    OPENED,
    ORDER_COLUMNS,
    REASON,
    REDUCE,
    SHARES,
    STOP,
    TOLERANCE,
    TRIGGERED,
    WAIT_COLUMNS,
    book_line,
    fill_moment,
    increase_one,
    settle,
    usable,
    with_room,
)
from apps.domain.engine._state_kernels import moved
from apps.domain.values.compiling import Array, compiled

EQUITY, CASH, EXPOSURE, INTEREST, BORROW, DIVIDENDS, CURVES = 0, 1, 2, 3, 4, 5, 6
NEXT_OPEN, NEXT_CLOSE, SAME_CLOSE = 0, 1, 2
WHOLE_DAY, OVERNIGHT, INTRADAY = 0, 1, 2
BORROW_RATE, FINANCING_RATE, CASH_RATE = 0, 1, 2


@compiled
def _last_close(s: int, t: int, close: Array, bar: Array) -> float:
    """The close of the latest bar up to day t; 0 when there was none."""
    for k in range(t, -1, -1):
        if bar[s, k]:
            return float(close[s, k])
    return 0.0


@compiled
def _order(s: int, t: int, target: float, position: float, flat: bool, tolerance: float, order: Array) -> None:
    """Replace what waits by the difference between target and position, both in money."""
    order[s, REDUCE] = 0.0
    order[s, ALL] = 0.0
    order[s, INCREASE] = 0.0
    order[s, DECIDED] = -1.0
    order[s, REASON] = BY_DECISION
    order[s, LIMIT] = np.nan
    order[s, STOP] = np.nan
    order[s, TRIGGERED] = 0.0
    if target == 0.0:
        if not flat:
            order[s, REDUCE] = 1.0
            order[s, ALL] = 1.0
            order[s, DECIDED] = t
        return
    delta = target - position
    if not abs(delta) > tolerance:
        return
    order[s, DECIDED] = t
    if position * target < 0.0:
        order[s, REDUCE] = 1.0
        order[s, ALL] = 1.0
        order[s, INCREASE] = target
    elif abs(target) < abs(position):
        order[s, REDUCE] = abs(delta)
    else:
        order[s, INCREASE] = delta


@compiled
def _close_all(t: int, reason: float, active: Array, n_active: int, held: Array, order: Array) -> None:
    """Replace what waits by the closing of every position."""
    for a in range(n_active):
        s = active[a]
        _order(s, t, 0.0, 0.0, held[s, SHARES] == 0.0, 0.0, order)
        order[s, REASON] = reason


@compiled
def _marked(
    t: int, decision_at: Array, close: Array, active: Array, n_active: int, held: Array, cash: float, curves: Array
) -> int:  # fmt: skip
    """Mark the days from t on which nothing can happen, up to the next decision or the day on which equity is used up, one
    instrument after the other. Gives the first day that is not marked."""
    end = t
    while end < close.shape[1] and decision_at[end] < 0:
        end += 1
    equity, long, short = curves[EQUITY, t:end], np.zeros(end - t), np.zeros(end - t)
    for a in range(n_active):
        s = active[a]
        shares, price = held[s, SHARES], close[s, t:end]
        for u in range(len(price)):
            worth = shares * price[u]
            long[u] += max(worth, 0.0)
            short[u] -= min(worth, 0.0)
    for u in range(end - t):
        equity[u] = cash + long[u] - short[u]
        if equity[u] <= 0.0:
            end = t + u
            break
        curves[CASH, t + u] = cash
        curves[EXPOSURE, t + u] = (long[u] + short[u]) / equity[u]
    for a in range(n_active if end > t else 0):
        held[active[a], LAST] = close[active[a], end - 1]
    return end


@compiled
def account(
    open_: Array, high: Array, low: Array, close: Array, volume: Array, bar: Array, gap_days: Array, decision_at: Array,
    weights: Array, enter: Array, leave: Array, enter_short: Array, leave_short: Array, flags: Array, over_universe: bool,
    universe_size: Array, limits: Array, stops: Array, fill: int, session: int, costs: Array, rates: Array,
    cash_rates: Array, exits: Array, dividends: Array, splits: Array, delisting: Array, capital: float, max_long: float,
    curves: Array, complete: bool,
) -> tuple[Array, Array]:  # fmt: skip
    """Walk the days. Fills the rows of `curves`; gives the order book and, per instrument, the day on which an order that
    still waits was decided, else -1.

    `flags`: whether rules are given (then `weights` are sizes, and become the targets that were decided), and whether there
    are exits, for longs and shorts.
    """
    n_symbols, n_days = close.shape
    by_rules, has_leave, has_leave_short = flags[0] > 0, flags[1] > 0, flags[2] > 0
    held = np.zeros((n_symbols, HELD_COLUMNS))
    order = np.zeros((n_symbols, WAIT_COLUMNS))
    order[:, DECIDED] = -1.0
    order[:, LIMIT] = np.nan
    order[:, STOP] = np.nan
    state = np.zeros(n_symbols, dtype=np.int8)
    ready = np.zeros(n_symbols, dtype=np.bool_)
    active = np.zeros(n_symbols, dtype=np.int64)
    n_active = 0
    book = np.empty((1024, ORDER_COLUMNS))
    n = 0
    cash = capital
    top = capital
    blocked_until = -1
    ruined = False
    waits = False
    has_exits = exits[STOP_LOSS] < np.inf or exits[TAKE_PROFIT] < np.inf or exits[TRAILING] < np.inf
    has_time = exits[TIME_STOP] < np.inf
    has_ranges = high.shape[0] > 0
    has_actions = splits.shape[0] > 0 or dividends.shape[0] > 0 or delisting.shape[0] > 0
    has_open = open_.shape[0] > 0
    priced = limits.shape[0] > 0 or stops.shape[0] > 0
    financed = rates[BORROW_RATE] > 0.0 or rates[FINANCING_RATE] > 0.0 or rates[CASH_RATE] > 0.0 or len(cash_rates) > 0
    calm = complete and session == WHOLE_DAY and exits[DRAWDOWN] == np.inf
    calm = calm and not (by_rules or financed or has_actions or priced or has_exits or has_time)
    t = 0
    while t < n_days:
        if calm and not waits and not ruined and decision_at[t] < 0:
            until = _marked(t, decision_at, close, active, n_active, held, cash, curves)
            if until > t:
                t = until
                continue
        book = with_room(book, n, 6 * n_active + 8)
        # --- what time brings: interest, splits, dividends, delistings
        if financed and t > 0:
            years = gap_days[t] / 365.0
            short = 0.0
            for a in range(n_active):
                if held[active[a], SHARES] < 0.0:
                    short -= held[active[a], SHARES] * held[active[a], LAST]
            free = cash - short
            rate = cash_rates[t] if len(cash_rates) > 0 else rates[CASH_RATE]
            earned = free * (rate if free > 0.0 else rates[FINANCING_RATE]) * years
            borrowed = short * rates[BORROW_RATE] * years
            curves[INTEREST, t] = earned
            curves[BORROW, t] = -borrowed
            cash += earned - borrowed
        for a in range(n_active if has_actions else 0):
            s = active[a]
            if splits.shape[0] > 0 and splits[s, t] > 0.0 and splits[s, t] != 1.0:
                held[s, SHARES] *= splits[s, t]
                held[s, LAST] /= splits[s, t]
                held[s, ENTRY] /= splits[s, t]
                held[s, BEST] /= splits[s, t]
            if held[s, SHARES] == 0.0:
                continue
            if dividends.shape[0] > 0 and (dividends[s, t] > 0.0 or dividends[s, t] < 0.0):
                curves[DIVIDENDS, t] += held[s, SHARES] * dividends[s, t]
                cash += held[s, SHARES] * dividends[s, t]
            if delisting.shape[0] > 0 and not np.isnan(delisting[s, t]) and not bar[s, t]:
                price = max(held[s, LAST] * (1.0 + delisting[s, t]), 0.0)
                side = -1.0 if held[s, SHARES] > 0.0 else 1.0
                free_of_cost = np.zeros(len(costs))
                cash += book_line(
                    s,
                    t,
                    side,
                    abs(held[s, SHARES]),
                    price,
                    np.nan,
                    BY_DELISTING,
                    t - 1.0,
                    True,
                    held,
                    free_of_cost,
                    book,
                    n,
                )
                n += 1
                held[s, SHARES] = 0.0
                state[s] = 0
                _order(s, t, 0.0, 0.0, True, 0.0, order)
        # --- the open
        if has_open and n_active > 0:
            if session == OVERNIGHT:
                for a in range(n_active):
                    s = active[a]
                    if held[s, SHARES] != 0.0 and bar[s, t] and usable(open_[s, t]):
                        side = -1.0 if held[s, SHARES] > 0.0 else 1.0
                        amount = volume[s, t] if volume.shape[0] > 0 else np.nan
                        cash += book_line(
                            s, t, side, abs(held[s, SHARES]), open_[s, t], amount, BY_SESSION, t - 1.0, False, held, costs,
                            book, n,
                        )  # fmt: skip
                        n += 1
                        held[s, SHARES] = 0.0
            if fill == NEXT_OPEN and waits:
                cash, n = fill_moment(
                    t, open_, volume, bar, False, priced, cash, max_long, active, n_active, ready, held, order, costs,
                    book, n,
                )  # fmt: skip
        # --- within the bar: orders with a price, then exits
        if priced or has_exits:
            for a in range(n_active):
                s = active[a]
                if not bar[s, t]:
                    continue
                first = open_[s, t] if has_open and usable(open_[s, t]) else close[s, t]
                top_of = (
                    max(high[s, t], first, close[s, t])
                    if has_ranges and usable(high[s, t])
                    else max(first, close[s, t])
                )
                low_of = (
                    min(low[s, t], first, close[s, t]) if has_ranges and usable(low[s, t]) else min(first, close[s, t])
                )
                if not has_ranges:
                    first = close[s, t] if not has_open else first
                amount = volume[s, t] if volume.shape[0] > 0 else np.nan
                plain = np.isnan(order[s, LIMIT]) and np.isnan(order[s, STOP])
                if order[s, DECIDED] >= 0.0 and order[s, INCREASE] != 0.0 and not plain and order[s, REDUCE] == 0.0:
                    side = 1.0 if order[s, INCREASE] > 0.0 else -1.0
                    price, on = price_order(
                        side, first, top_of, low_of, order[s, LIMIT], order[s, STOP], order[s, TRIGGERED] > 0.0
                    )
                    order[s, TRIGGERED] = 1.0 if on else 0.0
                    if price > 0.0:
                        factor = 1.0
                        if side > 0.0:
                            short = 0.0
                            long = 0.0
                            for b in range(n_active):
                                worth = held[active[b], SHARES] * held[active[b], LAST]
                                short -= min(worth, 0.0)
                                long += max(worth, 0.0)
                            room = cash - short + (max_long - 1.0) * max(0.0, cash - short + long)
                            whole = order[s, INCREASE] * (1.0 + costs[0] + costs[3])
                            factor = min(1.0, max(room, 0.0) / whole)
                        change, n = increase_one(s, t, price, amount, factor, False, held, order, costs, book, n)
                        cash += change
                        held[s, LAST] = price
                        settle(s, order)
                        if held[s, OPENED] == t - 1 and price != first:
                            held[s, OPENED] = t  # the order within the bar is not known: exits watch from the next
                if has_exits and held[s, SHARES] != 0.0 and held[s, OPENED] < t:
                    side = 1.0 if held[s, SHARES] > 0.0 else -1.0
                    price, reason = exit_level(side, held[s, ENTRY], held[s, BEST], first, top_of, low_of, exits)
                    if reason >= 0.0 and usable(price):
                        side = -1.0 if held[s, SHARES] > 0.0 else 1.0
                        cash += book_line(
                            s,
                            t,
                            side,
                            abs(held[s, SHARES]),
                            price,
                            amount,
                            reason,
                            t - 1.0,
                            False,
                            held,
                            costs,
                            book,
                            n,
                        )
                        n += 1
                        held[s, SHARES] = 0.0
                        state[s] = 0
                        _order(s, t, 0.0, 0.0, True, 0.0, order)
                    else:
                        held[s, BEST] = (
                            max(held[s, BEST], top_of) if held[s, SHARES] > 0.0 else min(held[s, BEST], low_of)
                        )
        # --- the close
        if n_active > 0:
            if fill == NEXT_CLOSE and waits:
                cash, n = fill_moment(
                    t,
                    close,
                    volume,
                    bar,
                    True,
                    priced,
                    cash,
                    max_long,
                    active,
                    n_active,
                    ready,
                    held,
                    order,
                    costs,
                    book,
                    n,
                )
            if session == INTRADAY:
                for a in range(n_active):
                    s = active[a]
                    if held[s, SHARES] != 0.0 and bar[s, t]:
                        side = -1.0 if held[s, SHARES] > 0.0 else 1.0
                        amount = volume[s, t] if volume.shape[0] > 0 else np.nan
                        cash += book_line(
                            s, t, side, abs(held[s, SHARES]), close[s, t], amount, BY_SESSION, t - 1.0, True, held, costs,
                            book, n,
                        )  # fmt: skip
                        n += 1
                        held[s, SHARES] = 0.0
        # --- marks
        long = 0.0
        short = 0.0
        for a in range(n_active):
            s = active[a]
            book_of = held[s]
            if bar[s, t]:
                book_of[LAST] = close[s, t]
                if has_time and book_of[SHARES] != 0.0 and book_of[OPENED] < t:
                    book_of[BARS] += 1.0
            worth = book_of[SHARES] * book_of[LAST]
            long += max(worth, 0.0)
            short -= min(worth, 0.0)
        total = cash + long - short
        # --- ruin, and the stop on drawdown
        if total <= 0.0 and not ruined and (long > 0.0 or short > 0.0):
            ruined = True
            nothing = np.zeros(len(costs))
            for a in range(n_active):
                s = active[a]
                if held[s, SHARES] != 0.0:
                    side = -1.0 if held[s, SHARES] > 0.0 else 1.0
                    cash += book_line(
                        s,
                        t,
                        side,
                        abs(held[s, SHARES]),
                        held[s, LAST],
                        np.nan,
                        BY_RUIN,
                        t * 1.0,
                        True,
                        held,
                        nothing,
                        book,
                        n,
                    )
                    n += 1
                    held[s, SHARES] = 0.0
                _order(s, t, 0.0, 0.0, True, 0.0, order)
            long = short = 0.0
            total = cash
        stopped = False
        if exits[DRAWDOWN] < np.inf and not ruined:
            if blocked_until >= 0 and t >= blocked_until:
                blocked_until = -1
                top = total
            top = max(top, total)
            if blocked_until < 0 and total <= (1.0 - exits[DRAWDOWN]) * top:
                blocked_until = t + int(exits[DRAWDOWN_WAIT]) + 1
                _close_all(t, BY_DRAWDOWN, active, n_active, held, order)
                state[:] = 0
                stopped = True
        blocked = ruined or blocked_until >= 0
        # --- rules move the states, on every day with a bar
        if by_rules and not blocked:
            for s in range(n_symbols):
                if bar[s, t]:
                    state[s] = moved(
                        state[s],
                        enter[s, t],
                        leave[s, t],
                        has_leave,
                        enter_short[s, t],
                        leave_short[s, t],
                        has_leave_short,
                    )
        if has_time and not blocked:
            for a in range(n_active):
                s = active[a]
                if held[s, SHARES] != 0.0 and held[s, BARS] >= exits[TIME_STOP] and order[s, REASON] != BY_TIME:
                    _order(s, t, 0.0, 0.0, False, 0.0, order)
                    order[s, REASON] = BY_TIME
                    state[s] = 0
        # --- decisions
        k = decision_at[t]
        decided_now = False
        if k >= 0 and blocked and by_rules:
            weights[:, k] = 0.0
        if k >= 0 and not blocked:
            decided_now = True
            share = 1.0
            if by_rules:
                chosen = 0
                for s in range(n_symbols):
                    chosen += state[s] != 0
                share = 1.0 / (universe_size[k] if over_universe else max(chosen, 1))
            tolerance = TOLERANCE * total
            if session == INTRADAY or session == OVERNIGHT:
                tolerance = 0.0
            n_active = 0
            for s in range(n_symbols):
                weight = weights[s, k]
                if by_rules:
                    weight = weight * share * state[s]
                    weights[s, k] = weight
                waits = order[s, DECIDED] >= 0.0
                if np.isnan(weight):
                    if held[s, SHARES] != 0.0 or waits:
                        active[n_active] = s
                        n_active += 1
                    continue
                if weight == 0.0 and held[s, SHARES] == 0.0:
                    if waits:
                        _order(s, t, 0.0, 0.0, True, 0.0, order)
                    continue
                if held[s, SHARES] == 0.0:
                    held[s, LAST] = _last_close(s, t, close, bar)
                keep_time = order[s, REASON] == BY_TIME and waits and held[s, SHARES] != 0.0
                position = held[s, SHARES] * held[s, LAST]
                if session == OVERNIGHT and fill == NEXT_CLOSE:
                    position = 0.0
                    _order(s, t, weight * total, position, True, tolerance, order)
                elif not (keep_time and weight == 0.0):
                    _order(s, t, weight * total, position, held[s, SHARES] == 0.0, tolerance, order)
                if limits.shape[0] > 0:
                    order[s, LIMIT] = limits[s, k]
                if stops.shape[0] > 0:
                    order[s, STOP] = stops[s, k]
                if priced and np.isnan(order[s, LIMIT]) and np.isnan(order[s, STOP]):
                    order[s, INCREASE] = 0.0  # no price, no order
                    settle(s, order)
                if held[s, SHARES] != 0.0 or order[s, DECIDED] >= 0.0:
                    active[n_active] = s
                    n_active += 1
        if fill == SAME_CLOSE and (decided_now or stopped):
            book = with_room(book, n, 3 * n_active + 8)
            cash, n = fill_moment(
                t,
                close,
                volume,
                bar,
                True,
                priced,
                cash,
                max_long,
                active,
                n_active,
                ready,
                held,
                order,
                costs,
                book,
                n,
            )
            long = 0.0
            short = 0.0
            for a in range(n_active):
                worth = held[active[a], SHARES] * held[active[a], LAST]
                if worth >= 0.0:
                    long += worth
                else:
                    short -= worth
            total = cash + long - short
        if waits or decided_now or stopped or has_time:
            waits = False
            for a in range(n_active):
                if order[active[a], DECIDED] >= 0.0:
                    waits = True
                    break
        curves[EQUITY, t] = total
        curves[CASH, t] = cash
        curves[EXPOSURE, t] = (long + short) / total if total > 0.0 else 0.0
        t += 1
    return book[:n].copy(), order[:, DECIDED].astype(np.int64)
