"""Compiled walk of instruments that each trade by themselves: one rule, one account, all of it in or out. Private.

It is the general walk of `_account_kernels` with what cannot happen here left out: shorts, sharing, partial fills, halts,
corporate actions. Where one of these would matter after all, the lane is given back (`done` false) and the general walk
takes it. Both are held to the same bytes by tests/domain/engine/test_solo.py.
"""

from __future__ import annotations

import numpy as np

from apps.domain.engine._bar_kernels import STOP_LOSS, TAKE_PROFIT, TIME_STOP, TRAILING, exit_level
from apps.domain.engine._fill_kernels import (
    BY_DECISION,
    BY_TIME,
    ORDER_COLUMNS,
    TOLERANCE,
    commission_of,
    slippage_of,
    with_room,
    written,
)
from apps.domain.engine._state_kernels import moved
from apps.domain.engine._trip_kernels import TRIP_COLUMNS, round_trips
from apps.domain.values.compiling import Array, compiled

EQUITY, CASH, EXPOSURE, CURVES = 0, 1, 2, 3
BLOCK = 32
UNDEFINED = -1


@compiled
def _bought(cash: float, price: float, costs: Array, plain: bool) -> tuple[float, bool]:
    """The shares that all of the cash buys, and whether it is spent: the same arithmetic as `_fill_kernels.shrunk`."""
    if plain:
        need = cash * (1.0 + costs[0])
        if need > cash:
            return cash * (cash / need) / price, True
        return cash / price, False
    low, high = 0.0, 1.0
    for step in range(61):
        middle = 1.0 if step == 0 else (low + high) / 2.0
        shares = cash * middle / price
        need = shares * price + commission_of(shares, price, costs) + slippage_of(shares, price, np.nan, costs)
        if need <= cash:
            if step == 0:
                return shares, False
            low = middle
        else:
            high = middle
    return cash * low / price, False


@compiled
def _sold(
    t: int, shares: float, price: float, cash: float, decided: int, reason: float, costs: Array, book: Array,
    n: int,
) -> tuple[int, float]:  # fmt: skip
    """The sale of all shares; gives the length of the book and the cash."""
    return n + 1, cash + written(0, t, -1.0, shares, price, np.nan, reason, decided, costs, book[n])


@compiled
def _filled(
    t: int, price: float, cash: float, decided: int, costs: Array, plain: bool, book: Array, n: int
) -> tuple[int, float, float]:  # fmt: skip
    """The purchase with all cash; gives the length of the book, the cash and the shares."""
    shares, spent = _bought(cash, price, costs, plain)
    if shares > 0.0:
        cash += written(0, t, 1.0, shares, price, np.nan, BY_DECISION, decided, costs, book[n])
        n += 1
    return n, 0.0 if spent else max(cash, 0.0), shares


@compiled
def _after(state: int, enter: int, leave: int, has_leave: bool) -> int:
    """The state after one close of a rule without a short side: 1 in, 0 out."""
    return moved(state, enter, leave, has_leave, np.nan, np.nan, False)


@compiled
def _found(x: Array, value: int, t: int) -> int:
    """The first place from `t` on that holds `value`; the length if there is none. Most blocks hold none."""
    while t < len(x):
        block = x[t : t + BLOCK]
        n = 0
        for k in range(len(block)):
            n += block[k] == value
        if n > 0:
            break
        t += len(block)
    while t < len(x) and x[t] != value:
        t += 1
    return t


@compiled
def _ahead(
    enter: Array, leave: Array, has_leave: bool, decides: Array, states: Array, t: int, state: int, held: bool
) -> tuple[int, int]:  # fmt: skip
    """Move the state up to the first decision from `t` on that changes what is held: its place (the length if there is
    none)."""
    n = len(enter)
    while t < n:
        if (state == 1) == held:  # nothing to do before the rule moves: out it can only enter, in it can only leave
            start = t
            t = _found(enter, 1, t) if state == 0 else _found(leave, 1, t) if has_leave else _found(enter, 0, t)
            states[start:t] = state
            if t == n:
                break
        state = _after(state, enter[t], leave[t], has_leave)
        states[t] = state
        if decides[t] and (state == 1) != held:
            return t, state
        t += 1
    return n, state


@compiled
def _untouched(
    open_: Array, high: Array, low: Array, close: Array, entry: float, exits: Array, t: int
) -> int:  # fmt: skip
    """The first bar from `t` on that reaches the stop or the target of a position; the length if there is none."""
    stop = entry * (1.0 - exits[STOP_LOSS]) if exits[STOP_LOSS] < np.inf else -np.inf
    target = entry * (1.0 + exits[TAKE_PROFIT]) if exits[TAKE_PROFIT] < np.inf else np.inf
    while t < len(close):
        last = close[t : t + BLOCK]
        first = open_[t : t + BLOCK] if len(open_) > 0 else last
        top = high[t : t + BLOCK] if len(high) > 0 else last
        bottom = low[t : t + BLOCK] if len(low) > 0 else last
        n = 0
        for k in range(len(last)):
            n += (bottom[k] <= stop) | (first[k] <= stop) | (last[k] <= stop)
            n += (top[k] >= target) | (first[k] >= target) | (last[k] >= target)
        if n > 0:
            for k in range(len(last)):
                if min(bottom[k], first[k], last[k]) <= stop or max(top[k], first[k], last[k]) >= target:
                    return t + k
        t += len(last)
    return t


@compiled
def _adds(cash: float, shares: float, close: Array, decides: Array) -> bool:
    """Whether a decision would add to a position with what is left in cash."""
    for t in range(len(close)):
        long = shares * close[t]
        if decides[t] and abs(cash + long - long) > TOLERANCE * (cash + long):
            return True
    return False


@compiled
def _marked(cash: float, shares: float, close: Array, equity: Array, free: Array, exposure: Array) -> None:
    """The curves over bars on which nothing is traded."""
    free[:] = cash
    if shares == 0.0:
        equity[:] = cash + 0.0
        exposure[:] = 0.0
        return
    for t in range(len(close)):
        equity[t] = cash + shares * close[t]
    if cash == 0.0:
        exposure[:] = 1.0
        return
    for t in range(len(close)):
        exposure[t] = shares * close[t] / equity[t]


@compiled
def truths(values: Array, out: Array) -> None:
    """Rows of 1, 0 or NaN as a byte a day: 1, 0 or UNDEFINED."""
    for s in range(len(values)):
        row, said = values[s], out[s]
        for t in range(len(row)):
            said[t] = 1 if row[t] == 1.0 else 0 if row[t] == 0.0 else UNDEFINED


@compiled
def _count(enter: Array, counts: Array) -> None:
    """The days on which the entry was defined, and true."""
    n_defined = n_fired = 0
    for t in range(len(enter)):
        n_defined += enter[t] != UNDEFINED
        n_fired += enter[t] == 1
    counts[0] = n_defined
    counts[1] = n_fired


@compiled
def walk(
    open_: Array, high: Array, low: Array, close: Array, enter: Array, leave: Array, has_leave: bool, decides: Array,
    at_close: bool, costs: Array, exits: Array, capital: float, curves: Array, states: Array, counts: Array, book: Array, n: int,
) -> tuple[Array, int, bool]:  # fmt: skip
    """One lane: `enter`, `leave` are 1, 0 or UNDEFINED per day. Fills `curves` (CURVES, n_days), and in `counts` the days on which
    the entry was defined and true; gives the book, its length, and whether the lane was done."""
    n_days = len(close)
    has_open = len(open_) > 0
    has_ranges = len(high) > 0
    has_time = exits[TIME_STOP] < np.inf
    has_exits = exits[STOP_LOSS] < np.inf or exits[TAKE_PROFIT] < np.inf or exits[TRAILING] < np.inf
    plain = costs[1] == 0.0 and costs[2] == 0.0 and costs[3] == 0.0
    cash = capital
    shares = 0.0
    entry = 0.0
    best = 0.0
    bars = 0
    opened = 0
    state = 0
    pending = 0
    decided = 0
    watched = has_exits or has_time
    fixed = not has_time and exits[TRAILING] == np.inf  # exits stand where they stood at the entry
    equity, free, exposure = curves[EQUITY], curves[CASH], curves[EXPOSURE]
    reason = BY_DECISION
    t = 0
    while t < n_days:
        until = n_days if pending == 0 else t
        if pending == 0 and watched and shares > 0.0:
            until = _untouched(open_, high, low, close, entry, exits, t) if fixed and opened < t else t
        if until > t:
            # nothing can happen within a bar up to there: look at the rule up to the next order, and mark
            start = t
            t, state = _ahead(enter[:until], leave[:until], has_leave, decides, states, t, state, shares > 0.0)
            end = min(t + 1, until)
            if shares > 0.0 and cash != 0.0 and _adds(cash, shares, close[start:end], decides[start:end]):
                return book, n, False
            _marked(cash, shares, close[start:end], equity[start:end], free[start:end], exposure[start:end])
            if t < until and not (state == 1 and cash <= 0.0):
                pending = 1 if state == 1 else -1
                decided = t
                reason = BY_DECISION
            t = end
            continue
        mark = close[t]
        book = with_room(book, n, 4)
        if pending != 0 and not at_close:
            if pending < 0:
                n, cash = _sold(t, shares, open_[t], cash, decided, reason, costs, book, n)
                shares = 0.0
            else:
                n, cash, shares = _filled(t, open_[t], cash, decided, costs, plain, book, n)
                entry = best = open_[t]
                bars = 0
                opened = t - 1
            pending = 0
        if has_exits and shares > 0.0 and opened < t:
            first = open_[t] if has_open else mark
            top = max(first, mark)
            bottom = min(first, mark)
            if has_ranges:
                top = max(top, high[t])
                bottom = min(bottom, low[t])
            price, why = exit_level(1.0, entry, best, first, top, bottom, exits)
            if price > 0.0:
                n, cash = _sold(t, shares, price, cash, t - 1, why, costs, book, n)
                shares = 0.0
                state = pending = 0
                reason = BY_DECISION
            else:
                best = max(best, top)
        if pending != 0 and at_close:
            if pending < 0:
                n, cash = _sold(t, shares, mark, cash, decided, reason, costs, book, n)
                shares = 0.0
            else:
                n, cash, shares = _filled(t, mark, cash, decided, costs, plain, book, n)
                entry = best = mark
                bars = 0
                opened = t
            pending = 0
        if not cash >= 0.0:
            return book, n, False
        long = shares * mark
        total = cash + long
        equity[t] = total
        free[t] = cash
        exposure[t] = 0.0 if shares == 0.0 else 1.0 if cash == 0.0 else long / total
        if has_time and shares > 0.0 and opened < t:
            bars += 1
        # --- the rule moves the state; nothing that is undefined does
        state = _after(state, enter[t], leave[t], has_leave)
        if has_time and shares > 0.0 and bars >= exits[TIME_STOP] and reason != BY_TIME:
            pending = -1
            decided = t
            reason = BY_TIME
            state = 0
        states[t] = state
        if decides[t]:
            if shares > 0.0:
                if state == 0:
                    if pending == 0:
                        pending = -1
                        decided = t
                        reason = BY_DECISION
                elif abs(total - long) > TOLERANCE * total:
                    return book, n, False
            elif state == 1 and total > 0.0:
                pending = 1
                decided = t
                reason = BY_DECISION
        t += 1
    _count(enter, counts)
    return book, n, True


@compiled
def lanes(
    first: int, open_: Array, high: Array, low: Array, close: Array, rows: Array, enter: Array, leave: Array, enter_at: Array,
    leave_at: Array, has_leave: bool, decides: Array, at_close: bool, costs: Array, exits: Array, capital: Array,
    curves: Array, states: Array, counts: Array, ends: Array, done: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Every lane, one after the other, on the instrument and the rules that `rows`, `enter_at` and `leave_at` say; the rules
    stand from the first day of the panel, the window begins at `first`.

    Fills `curves` (n_lanes, CURVES, n_days), `states` (n_lanes, n_days), `counts` (n_lanes, 2), in `ends` (n_lanes, 2) where
    each lane's part of the order book and of the round trips ends, and which lanes were done; gives the book and the trips.
    """
    book = np.empty((128 * len(rows), ORDER_COLUMNS))
    trips = np.empty((64 * len(rows), TRIP_COLUMNS))
    n = n_trips = 0
    nothing = np.empty(0)
    none = np.empty((0, 0))
    last = close.shape[1] - 1
    for lane in range(len(rows)):
        s = rows[lane]
        start = n
        book, n, done[lane] = walk(
            open_[s] if open_.shape[0] > 0 else nothing, high[s] if high.shape[0] > 0 else nothing,
            low[s] if low.shape[0] > 0 else nothing, close[s], enter[enter_at[lane]][first:],
            leave[leave_at[lane]][first:], has_leave,
            decides, at_close, costs[lane], exits[lane], capital[lane], curves[lane], states[lane], counts[lane],
            book, n,
        )  # fmt: skip
        tops = high[s : s + 1] if high.shape[0] > 0 else close[s : s + 1]
        bottoms = low[s : s + 1] if low.shape[0] > 0 else close[s : s + 1]
        folded = round_trips(book[start:n], close[s, last:], tops, bottoms, none)
        trips = with_room(trips, n_trips, len(folded))
        for i in range(len(folded)):
            for j in range(TRIP_COLUMNS):
                trips[n_trips + i, j] = folded[i, j]
        n_trips += len(folded)
        ends[lane, 0] = n
        ends[lane, 1] = n_trips
    return book[:n], trips[:n_trips]
