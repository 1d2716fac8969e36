"""The engine once more, slowly: dicts and loops, written from docs/engine.md and from nothing else."""

import math
from datetime import date, timedelta


def reference(  # noqa: C901, PLR0912 -- one page of rules, one page of loops: read side by side
    *, rule, bars, symbols, days, first, last, period, on, fill, bps, capital, over
):
    """`rule(symbol, day index)` gives (enter, exit) or a rank value; `bars[symbol][day index]` is (open, close) or None."""
    kind, arguments = rule
    symbols = sorted(symbols)
    rate = bps / 10000
    cash, shares, mark = capital, dict.fromkeys(symbols, 0.0), dict.fromkeys(symbols, 0.0)
    inside = dict.fromkeys(symbols, False)
    waiting = {}
    equity, fills, targets = [], [], {}
    for t in range(first, last + 1):
        prices = {}
        for symbol in waiting:
            bar = bars[symbol][t]
            if bar is not None and math.isfinite(bar[0 if fill == "next_open" else 1]):
                prices[symbol] = bar[0 if fill == "next_open" else 1]
        for symbol in sorted(prices):
            kind_of_order, value = waiting[symbol]
            if kind_of_order == "buy":
                continue
            sold = shares[symbol] if kind_of_order == "all" else min(shares[symbol], value / prices[symbol])
            cash += sold * prices[symbol] * (1 - rate)
            shares[symbol] -= sold
            fills.append((t, symbol, -1, sold, prices[symbol]))
        purchases = {s: waiting[s][1] for s in sorted(prices) if waiting[s][0] == "buy"}
        need = sum(value * (1 + rate) for value in purchases.values())
        factor = min(1.0, cash / need) if need else 1.0
        for symbol, value in purchases.items():
            if value * factor <= 0:
                continue
            bought = value * factor / prices[symbol]
            cash -= value * factor * (1 + rate)
            shares[symbol] += bought
            fills.append((t, symbol, 1, bought, prices[symbol]))
        if need > 0 and factor < 1:
            cash = 0.0
        for symbol in prices:
            del waiting[symbol]
        for symbol in symbols:
            if bars[symbol][t] is not None:
                mark[symbol] = bars[symbol][t][1]
        total = cash + sum(shares[s] * mark[s] for s in symbols)
        equity.append(total)
        if kind == "per_asset":
            for symbol in symbols:
                if bars[symbol][t] is None:
                    continue
                enter, leave = arguments(symbol, t)
                if inside[symbol]:
                    inside[symbol] = leave is not True
                else:
                    inside[symbol] = enter is True and leave is not True
        if not decides(days, t, period, on):
            continue
        if kind == "per_asset":
            chosen = [s for s in symbols if inside[s]]
        else:
            value_of, count, side = arguments
            ranked = [(value_of(s, t), s) for s in symbols if bars[s][t] is not None and value_of(s, t) is not None]
            ranked.sort(key=lambda pair: ((-1 if side == "top" else 1) * pair[0], pair[1]))
            chosen = [s for _, s in ranked[:count]]
        weight = 1 / (len(symbols) if over == "universe" else max(len(chosen), 1))
        targets[t] = {s: weight if s in chosen else 0.0 for s in symbols}
        waiting = {}
        for symbol in symbols:
            target = targets[t][symbol] * total
            delta = target - shares[symbol] * mark[symbol]
            if target == 0.0 and shares[symbol] > 0:
                waiting[symbol] = ("all", 0.0)
            elif target > 0.0 and abs(delta) > 1e-9 * total:
                waiting[symbol] = ("buy", delta) if delta > 0 else ("sell", -delta)
    return equity, fills, targets


def decides(days, t, period, on):
    if period == "daily":
        return True
    other = t + 1 if on == "last" else t - 1
    return 0 <= other < len(days) and label(days[other], period) != label(days[t], period)


def label(day: date, period):
    if period == "weekly":
        return day - timedelta(days=day.weekday())
    return {"monthly": (day.year, day.month), "quarterly": (day.year, (day.month - 1) // 3), "yearly": day.year}[period]


def own_bars(bars, symbol, t):
    """The closes of one instrument up to day t, halts left out."""
    return [bar[1] for bar in bars[symbol][: t + 1] if bar is not None]


def mean(values, n, back=0):
    values = values[: len(values) - back]
    return math.fsum(values[-n:]) / n if len(values) >= n else None
