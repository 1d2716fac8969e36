"""Compiled pieces of the accounting: one fill, and the fills of one moment. Private, and imported late.

The book of one instrument per row of `held`; the orders that wait, per row of `order`. docs/engine.md says what each step
means.
"""

from __future__ import annotations

import numpy as np

from apps.domain.values.compiling import Array, compiled

ORDER_COLUMNS = 10  # decided, day, symbol, side, shares, price, value, cost, slippage, reason
SHARES, LAST, ENTRY, BEST, BARS, OPENED, HELD_COLUMNS = 0, 1, 2, 3, 4, 5, 6
REDUCE, ALL, INCREASE, DECIDED, REASON, LIMIT, STOP, TRIGGERED, WAIT_COLUMNS = 0, 1, 2, 3, 4, 5, 6, 7, 8
RATE, PER_SHARE, MINIMUM, HALF_SPREAD, IMPACT, PARTICIPATION, WHOLE = 0, 1, 2, 3, 4, 5, 6
TOLERANCE = 1e-9  # no order when target and position differ by no more than this fraction of equity
BY_DECISION, BY_STOP, BY_TARGET, BY_TRAIL, BY_TIME, BY_DELISTING, BY_DRAWDOWN, BY_SESSION, BY_RUIN = range(9)


@compiled
def with_room(rows: Array, n: int, more: int) -> Array:
    """The first `n` rows with room for `more`. Copied by hand: an assignment of slices takes seconds to compile."""
    if n + more <= rows.shape[0]:
        return rows
    larger = np.empty((2 * rows.shape[0] + more, rows.shape[1]))
    for i in range(n):
        for j in range(rows.shape[1]):
            larger[i, j] = rows[i, j]
    return larger


@compiled
def usable(price: float) -> bool:
    """Whether an order can fill at this price."""
    return bool(price > 0.0 and price < np.inf)


@compiled
def slippage_of(shares: float, price: float, volume: float, costs: Array) -> float:
    """Half the spread and the impact, in money."""
    rate = costs[HALF_SPREAD]
    if costs[IMPACT] > 0.0 and volume > 0.0:
        rate += costs[IMPACT] * np.sqrt(shares / volume)
    return float(shares * price * rate)


@compiled
def commission_of(shares: float, price: float, costs: Array) -> float:
    """The rate and the cost per share, the minimum at least."""
    fee = shares * price * costs[RATE]
    if costs[PER_SHARE] > 0.0:
        fee += shares * costs[PER_SHARE]
    return float(max(fee, costs[MINIMUM]))


@compiled
def capped(shares: float, volume: float, costs: Array) -> float:
    """No more than the share of the bar's volume, and whole shares where only these are traded."""
    if costs[PARTICIPATION] < np.inf:
        shares = min(shares, costs[PARTICIPATION] * volume) if volume > 0.0 else 0.0
    return np.floor(shares + 1e-9) if costs[WHOLE] > 0.0 else shares


@compiled
def written(
    s: int, t: int, side: float, shares: float, price: float, volume: float, reason: float, decided: float, costs: Array,
    row: Array,
) -> float:  # fmt: skip
    """Write one fill into a row of the book, and give the change of cash."""
    value = shares * price
    slip = 0.0
    if costs[HALF_SPREAD] > 0.0 or costs[IMPACT] > 0.0:
        slip = slippage_of(shares, price, volume, costs)
    cost = commission_of(shares, price, costs) + slip
    row[0] = decided
    row[1] = t
    row[2] = s
    row[3] = side
    row[4] = shares
    row[5] = price
    row[6] = value
    row[7] = cost
    row[8] = slip
    row[9] = reason
    return -side * value - cost


@compiled
def book_line(
    s: int, t: int, side: float, shares: float, price: float, volume: float, reason: float, decided: float, at_close: bool,
    held: Array, costs: Array, book: Array, n: int,
) -> float:  # fmt: skip
    """Write one fill, move the position, and give the change of cash."""
    change = written(s, t, side, shares, price, volume, reason, decided, costs, book[n])
    before = held[s, SHARES]
    after = before + side * shares
    if before == 0.0:
        held[s, ENTRY] = price
        held[s, BEST] = price
        held[s, BARS] = 0.0
        held[s, OPENED] = t if at_close else t - 1
    elif before * side > 0.0:
        held[s, ENTRY] = (held[s, ENTRY] * abs(before) + shares * price) / abs(after)
    held[s, SHARES] = after
    return change


@compiled
def reduce_one(
    s: int, t: int, price: float, volume: float, at_close: bool, held: Array, order: Array, costs: Array, book: Array,
    n: int,
) -> tuple[float, int]:  # fmt: skip
    """Fill what closes or reduces; gives the change of cash and the length of the book."""
    own = held[s, SHARES]
    if order[s, REDUCE] <= 0.0 or own == 0.0:
        order[s, REDUCE] = 0.0
        return 0.0, n
    everything = order[s, ALL] > 0.0
    wanted = abs(own) if everything else min(abs(own), order[s, REDUCE] / price)
    shares = capped(wanted, volume, costs)
    if everything and costs[WHOLE] > 0.0 and costs[PARTICIPATION] == np.inf:
        shares = wanted  # what a split left over goes as well
    cash = 0.0
    if shares > 0.0:
        side = -1.0 if own > 0.0 else 1.0
        cash = book_line(
            s, t, side, shares, price, volume, order[s, REASON], order[s, DECIDED], at_close, held, costs, book, n
        )
        n += 1
        if everything and shares == abs(own):
            held[s, SHARES] = 0.0
    if costs[PARTICIPATION] < np.inf and shares < wanted:
        order[s, REDUCE] = max(0.0, order[s, REDUCE] - shares * price)
        if everything:
            order[s, REDUCE] = 1.0
    else:
        order[s, REDUCE] = 0.0
    return cash, n


@compiled
def increase_one(
    s: int, t: int, price: float, volume: float, factor: float, at_close: bool, held: Array, order: Array, costs: Array,
    book: Array, n: int,
) -> tuple[float, int]:  # fmt: skip
    """Fill what opens or adds, shrunk by `factor`; gives the change of cash and the length of the book."""
    wanted = order[s, INCREASE]
    side = 1.0 if wanted > 0.0 else -1.0
    whole = abs(wanted) * factor / price
    shares = capped(whole, volume, costs)
    cash = 0.0
    if shares > 0.0:
        cash = book_line(
            s, t, side, shares, price, volume, order[s, REASON], order[s, DECIDED], at_close, held, costs, book, n
        )
        n += 1
    if costs[PARTICIPATION] < np.inf and factor >= 1.0 and shares < np.floor(whole):
        order[s, INCREASE] = side * (abs(wanted) - shares * price)
    else:
        order[s, INCREASE] = 0.0
    return cash, n


@compiled
def settle(s: int, order: Array) -> None:
    """An order of which nothing waits is done."""
    if order[s, REDUCE] == 0.0 and order[s, INCREASE] == 0.0:
        order[s, DECIDED] = -1.0


@compiled
def need_of(factor: float, active: Array, n_active: int, t: int, prices: Array, volumes: Array, ready: Array,
            order: Array, costs: Array) -> float:  # fmt: skip
    """The money that the purchases of this moment take, shrunk by `factor`, with their costs."""
    need = 0.0
    for a in range(n_active):
        s = active[a]
        if ready[s] and order[s, INCREASE] > 0.0:
            volume = volumes[s, t] if volumes.shape[0] > 0 else np.nan
            shares = capped(order[s, INCREASE] * factor / prices[s, t], volume, costs)
            if shares > 0.0:
                need += shares * prices[s, t] + commission_of(shares, prices[s, t], costs)
                need += slippage_of(shares, prices[s, t], volume, costs)
    return need


@compiled
def shrunk(active: Array, n_active: int, t: int, prices: Array, volumes: Array, ready: Array, order: Array, costs: Array,
           budget: float) -> tuple[float, bool]:  # fmt: skip
    """The one factor by which purchases shrink so that the budget suffices, and whether they did."""
    plain = costs[PER_SHARE] == 0.0 and costs[MINIMUM] == 0.0 and costs[HALF_SPREAD] == 0.0 and costs[IMPACT] == 0.0
    plain = plain and costs[PARTICIPATION] == np.inf and costs[WHOLE] == 0.0
    if plain:
        need = 0.0
        for a in range(n_active):
            s = active[a]
            if ready[s] and order[s, INCREASE] > 0.0:
                need += order[s, INCREASE] * (1.0 + costs[RATE])
        return (budget / need, True) if need > budget and need > 0.0 else (1.0, False)
    if need_of(1.0, active, n_active, t, prices, volumes, ready, order, costs) <= budget:
        return 1.0, False
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if need_of(middle, active, n_active, t, prices, volumes, ready, order, costs) <= budget:
            low = middle
        else:
            high = middle
    return low, False


@compiled
def fill_moment(
    t: int, prices: Array, volumes: Array, bar: Array, at_close: bool, only_plain: bool, cash: float, max_long: float,
    active: Array, n_active: int, ready: Array, held: Array, order: Array, costs: Array, book: Array, n: int,
) -> tuple[float, int]:  # fmt: skip
    """Fill every waiting order of one moment: what reduces first, then short sales, then purchases within the budget.

    With `only_plain`, orders that open or add at a price of their own wait for the bar.
    """
    any_buy = False
    any_short = False
    for a in range(n_active):
        s = active[a]
        ready[s] = order[s, DECIDED] >= 0.0 and bar[s, t] and usable(prices[s, t])
        if not ready[s]:
            continue
        volume = volumes[s, t] if volumes.shape[0] > 0 else np.nan
        if order[s, REDUCE] > 0.0:
            change, n = reduce_one(s, t, prices[s, t], volume, at_close, held, order, costs, book, n)
            cash += change
        if only_plain and not (np.isnan(order[s, LIMIT]) and np.isnan(order[s, STOP])):
            ready[s] = False
            settle(s, order)
            continue
        if order[s, REDUCE] > 0.0:  # the position is not closed yet: nothing opens on its other side
            ready[s] = False
            continue
        any_buy = any_buy or order[s, INCREASE] > 0.0
        any_short = any_short or order[s, INCREASE] < 0.0
        if order[s, INCREASE] == 0.0:
            settle(s, order)
    if any_short:
        for a in range(n_active):
            s = active[a]
            if ready[s] and order[s, INCREASE] < 0.0:
                volume = volumes[s, t] if volumes.shape[0] > 0 else np.nan
                change, n = increase_one(s, t, prices[s, t], volume, 1.0, at_close, held, order, costs, book, n)
                cash += change
                settle(s, order)
    if any_buy:
        short = 0.0
        long = 0.0
        for a in range(n_active):
            s = active[a]
            if held[s, SHARES] != 0.0:
                price = prices[s, t] if bar[s, t] and usable(prices[s, t]) else held[s, LAST]
                if held[s, SHARES] < 0.0:
                    short -= held[s, SHARES] * price
                elif max_long > 1.0:
                    long += held[s, SHARES] * price
        budget = cash - short
        if max_long > 1.0:
            budget += (max_long - 1.0) * max(0.0, cash - short + long)
        factor, spent = shrunk(active, n_active, t, prices, volumes, ready, order, costs, max(budget, 0.0))
        for a in range(n_active):
            s = active[a]
            if ready[s] and order[s, INCREASE] > 0.0:
                volume = volumes[s, t] if volumes.shape[0] > 0 else np.nan
                change, n = increase_one(s, t, prices[s, t], volume, factor, at_close, held, order, costs, book, n)
                cash += change
                settle(s, order)
        if max_long <= 1.0 and short == 0.0:
            cash = 0.0 if spent else max(cash, 0.0)
    return cash, n
