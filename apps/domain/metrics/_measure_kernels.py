"""Every measure of a run without a benchmark in one compiled pass. Private, and imported late.

Each figure is that of the plain function of the same name in `_returns`, `_distribution`, `_risk` and `_trips`, where its
convention and its source stand; tests/domain/metrics/test_compiled.py holds the two to each other. NaN is undefined.
"""

from __future__ import annotations

import math

import numpy as np

from apps.domain.values._bit_kernels import WIDTH, extremes, folded
from apps.domain.values._order_kernels import level_of
from apps.domain.values.compiling import Array, compiled

NAMES = (
    "total_return", "annual_return", "annual_volatility", "sharpe_ratio", "sortino_ratio", "max_drawdown",
    "max_drawdown_days", "calmar_ratio", "value_at_risk_95", "mean_monthly_return", "best_month", "worst_month", "win_rate",
    "profit_factor", "n_trades", "turnover", "time_in_market", "cost_paid", "expected_shortfall_95", "skewness",
    "excess_kurtosis", "ulcer_index", "sharpe_standard_error", "average_exposure", "payoff_ratio", "average_days_held",
    "break_even_cost", "value_at_risk_95_normal", "value_at_risk_95_modified", "expected_shortfall_95_normal",
    "expected_shortfall_95_modified", "omega_ratio", "tail_ratio", "pain_index", "sample_skewness",
    "sample_excess_kurtosis", "winning_days", "winning_months", "expectancy", "average_worst_excursion",
    "average_best_excursion",
)  # fmt: skip
"""The columns of `measures`, in order."""

PNL, NET_RETURN, DAYS_HELD, OPEN, WORST, BEST, TRADE_COLUMNS = range(7)
YEAR = 252.0
FLAT = 1e-14
TAIL = 0.05
Z = -1.6448536269514722  # the 5 % quantile of the standard normal distribution
NEAR = 1.2  # deviations from the mean beyond which the tail of 5 % is looked for first


@compiled
def _depths(equity: Array, out: Array) -> tuple[int, float, float]:
    """The drawdown of each day into `out`; gives the longest in days, the sum of the drawdowns and that of their squares."""
    top = equity[0] if len(equity) else np.nan
    top_at = longest = 0
    for t in range(len(equity)):
        mark = equity[t]
        longest = max(longest, t - top_at)
        top_at = t if mark >= top else top_at
        top = max(top, mark)
        out[t] = top
    fallen, squares = np.zeros(WIDTH), np.zeros(WIDTH)
    for start in range(0, len(equity), WIDTH):
        marks, depths = equity[start : start + WIDTH], out[start : start + WIDTH]
        for k in range(len(marks)):
            depth = marks[k] / depths[k] - 1.0
            depths[k] = depth
            fallen[k] += depth
            squares[k] += depth * depth
    return longest, folded(fallen), folded(squares)


@compiled
def _changes(equity: Array, out: Array) -> tuple[float, float, float, float, int]:
    """The simple returns into `out`; gives their sum, that of the gains, of the losses and of the squared losses, and how
    many are gains."""
    before, after = equity[:-1], equity[1:]
    total, gained, lost, squares = np.zeros(WIDTH), np.zeros(WIDTH), np.zeros(WIDTH), np.zeros(WIDTH)
    won = 0
    for start in range(0, len(out), WIDTH):
        old, new, changes = before[start : start + WIDTH], after[start : start + WIDTH], out[start : start + WIDTH]
        for k in range(len(changes)):
            change = new[k] / old[k] - 1.0
            changes[k] = change if old[k] > 0.0 else 0.0
        for k in range(len(changes)):
            won += changes[k] > 0.0
        for k in range(len(changes)):
            gain = changes[k] if changes[k] > 0.0 else 0.0
            total[k] += changes[k]
            gained[k] += gain
        for k in range(len(changes)):
            loss = -changes[k] if changes[k] < 0.0 else 0.0
            lost[k] += loss
            squares[k] += loss * loss
    return folded(total), folded(gained), folded(lost), folded(squares), won


@compiled
def _moments(returns: Array, mean: float) -> tuple[float, float, float]:
    """The sums of the second, third and fourth powers of the deviations from the mean."""
    second, third, fourth = np.zeros(WIDTH), np.zeros(WIDTH), np.zeros(WIDTH)
    for start in range(0, len(returns), WIDTH):
        part = returns[start : start + WIDTH]
        for k in range(len(part)):
            d = part[k] - mean
            square = d * d
            second[k] += square
            third[k] += square * d
            fourth[k] += square * square
    return folded(second), folded(third), folded(fourth)


@compiled
def _held(equity: Array, exposure: Array) -> tuple[float, float, int]:
    """The sums of equity and of exposure, and the days with a position."""
    value, gross = np.zeros(WIDTH), np.zeros(WIDTH)
    busy = 0
    for start in range(0, len(equity), WIDTH):
        marks, shares = equity[start : start + WIDTH], exposure[start : start + WIDTH]
        for k in range(len(marks)):
            value[k] += marks[k]
            gross[k] += shares[k]
        for k in range(len(shares)):
            busy += shares[k] > 0.0
    return folded(value), folded(gross), busy


@compiled
def _tails(returns: Array, mean: float, deviation: float) -> tuple[float, float, float]:
    """The 5 % quantile, linear between observations, the mean of what is not above it, and the 95 % quantile.

    Each tail is looked for among the values beyond NEAR deviations, where there are enough of them. The returns are used up.
    """
    quantile, shortfall = _low_quantile(returns, mean - NEAR * deviation)
    for k in range(len(returns)):
        returns[k] = -returns[k]
    return quantile, shortfall, -_low_quantile(returns, -mean - NEAR * deviation)[0]


@compiled
def _low_quantile(returns: Array, near: float) -> tuple[float, float]:
    """The 5 % quantile of the returns and the mean of what is not above it, from those below `near` if these are enough."""
    n = len(returns)
    at = TAIL * (n - 1)
    low = math.floor(at)
    high = min(low + 1, n - 1)
    held = 0
    for k in range(n):
        held += returns[k] < near
    part = returns
    if held > high:
        tail = np.empty(held + 1)
        held = 0
        for k in range(n):  # a store without a branch: which days are in a tail cannot be foreseen
            tail[held] = returns[k]
            held += returns[k] < near
        part = tail[:held]
    level, exact = level_of(part, high + 1)
    upper = lower = -np.inf
    n_below = 0
    for k in range(len(part)):  # the two largest of the high + 1 smallest
        below = part[k] < level or (exact and part[k] == level)
        value = part[k] if below else -np.inf
        lower = max(lower, min(upper, value))
        upper = max(upper, value)
        n_below += below
    if not exact:
        lower = upper if n_below == high else level
        upper = level
    if high == low:
        lower = upper
    quantile = lower + (at - low) * (upper - lower)
    total = 0.0
    count = 0
    for k in range(len(part)):
        inside = part[k] <= quantile
        total += part[k] if inside else 0.0
        count += inside
    return quantile, total / count if count else np.nan


@compiled
def _expansions(skew: float, excess: float) -> tuple[float, float]:
    """Cornish and Fisher's 5 % quantile of a standardised variable, and Edgeworth's mean below it."""
    g = Z + (Z**2 - 1.0) * skew / 6.0 - (2.0 * Z**3 - 5.0 * Z) * skew**2 / 36.0 + (Z**3 - 3.0 * Z) * excess / 24.0
    first = g**3
    second = g**4 - 2.0 * g**2 - 1.0
    third = g**6 - 9.0 * g**4 + 9.0 * g**2 + 3.0
    density = math.exp(-g * g / 2.0) / math.sqrt(2.0 * math.pi)
    tail = -density / TAIL * (1.0 + first * skew / 6.0 + second * excess / 24.0 + third * skew**2 / 72.0)
    return g, min(tail, g)


@compiled
def measures(
    equity: Array, exposure: Array, month_ends: Array, trades: Array, values: Array, costs: Array, capital: float, out: Array
) -> None:  # fmt: skip
    """Fill `out` with NAMES. `month_ends` are the last indices of the calendar months, `trades` has TRADE_COLUMNS rows,
    `values` and `costs` are those of the fills."""
    out[:] = np.nan
    value = cost = 0.0
    for k in range(len(values)):
        value += values[k]
        cost += costs[k]
    n_days = len(equity)
    (total_return, annual, volatility, sharpe, sortino, deepest, longest, calmar, var, month, best, worst, win, factor, n_trades,
     turnover, in_market, paid, shortfall, skewness, kurtosis, ulcer, error, average_exposure, payoff, held_days, break_even,
     var_normal, var_modified, es_normal, es_modified, omega, tails, pain, sample_skew, sample_kurtosis, won_days, won_months,
     expectancy, adverse, favourable) = range(len(NAMES))  # fmt: skip
    room = np.empty(n_days)
    length, fallen, fallen_square = _depths(equity, room)
    low = min(extremes(room)[0], 0.0)
    mean_equity, gross, busy = _held(equity, exposure)
    returns = room[: max(n_days - 1, 0)]
    total, gained, lost, lost_square, won = _changes(equity, returns)
    least, most = extremes(returns)
    n = n_days - 1
    if n_days:
        mean_equity /= n_days
        out[in_market] = busy / n_days
        out[average_exposure] = gross / n_days
        out[deepest] = low
        out[longest] = length if low < 0.0 else 0.0
        out[ulcer] = math.sqrt(fallen_square / n_days)
        out[pain] = -fallen / n_days
    out[paid] = cost / capital
    if n >= 1:
        first, last = equity[0], equity[n_days - 1]
        out[total_return] = last / first - 1.0
        out[annual] = (last / first) ** (YEAR / n) - 1.0 if last > 0.0 else -1.0
        out[turnover] = value / 2.0 / mean_equity / (n / YEAR)
        if value > 0.0 and mean_equity > 0.0:
            out[break_even] = cost / value + out[annual] / (value / mean_equity / (n / YEAR))
        if low < 0.0:
            out[calmar] = out[annual] / -low
        mean = total / n
        out[won_days] = won / n
        if lost > 0.0:
            out[omega] = gained / lost
        m2, m3, m4 = _moments(returns, mean)
        deviation = math.sqrt(m2 / n)
        out[var], out[shortfall], high_tail = _tails(returns, mean, deviation)
        if abs(out[var]) > FLAT:
            out[tails] = abs(high_tail) / abs(out[var])
        if n >= 2:
            spread = math.sqrt(m2 / (n - 1))
            out[volatility] = spread * math.sqrt(YEAR)
            out[var_normal] = mean + Z * deviation
            out[es_normal] = mean - math.exp(-Z * Z / 2.0) / math.sqrt(2.0 * math.pi) / TAIL * deviation
            if least < 0.0:
                out[sortino] = mean / math.sqrt(lost_square / n) * math.sqrt(YEAR)
            if most - least > FLAT:
                out[sharpe] = mean / spread * math.sqrt(YEAR)
                skew = m3 / n / (m2 / n) ** 1.5
                excess = m4 / n / (m2 / n) ** 2 - 3.0
                out[skewness] = skew
                out[kurtosis] = excess
                daily = mean / spread
                variance = (1.0 + daily**2 / 2.0 - skew * daily + excess / 4.0 * daily**2) / n
                out[error] = math.sqrt(max(variance, 0.0) * YEAR)
                quantile, tail = _expansions(skew, excess)
                out[var_modified] = mean + quantile * deviation
                out[es_modified] = mean + tail * deviation
                if n >= 3:
                    out[sample_skew] = skew * math.sqrt(n * (n - 1.0)) / (n - 2.0)
                if n >= 4:
                    out[sample_kurtosis] = (n - 1.0) * ((n + 1.0) * excess + 6.0) / ((n - 2.0) * (n - 3.0))
        # --- months
        base = equity[0]
        in_month = 0.0
        out[best], out[worst] = -np.inf, np.inf
        rising = 0
        for k in range(len(month_ends)):
            change = equity[month_ends[k]] / base - 1.0
            base = equity[month_ends[k]]
            in_month += change
            out[best] = max(out[best], change)
            out[worst] = min(out[worst], change)
            rising += change > 0.0
        out[month] = in_month / len(month_ends)
        out[won_months] = rising / len(month_ends)
    # --- round trips
    closed = 0
    wins = 0
    profit = loss = 0.0
    won_return = lost_return = 0.0
    winners = losers = 0
    held = 0.0
    earned = 0.0
    worst_sum = best_sum = 0.0
    known = 0
    for k in range(trades.shape[1]):
        if trades[OPEN, k] != 0.0:
            continue
        closed += 1
        pnl, net = trades[PNL, k], trades[NET_RETURN, k]
        wins += pnl > 0.0
        profit += max(pnl, 0.0)
        loss -= min(pnl, 0.0)
        if net > 0.0:
            won_return += net
            winners += 1
        elif net < 0.0:
            lost_return -= net
            losers += 1
        earned += net
        held += trades[DAYS_HELD, k]
        if not np.isnan(trades[WORST, k]):
            worst_sum += trades[WORST, k]
            best_sum += trades[BEST, k]
            known += 1
    out[n_trades] = closed
    if closed:
        out[win] = wins / closed
        out[held_days] = held / closed
        out[expectancy] = earned / closed
    if loss > 0.0:
        out[factor] = profit / loss
    if winners and losers:
        out[payoff] = (won_return / winners) / (lost_return / losers)
    if known:
        out[adverse] = worst_sum / known
        out[favourable] = best_sum / known


@compiled
def measures_of_lanes(
    curves: Array, month_ends: Array, trades: Array, values: Array, costs: Array, ends: Array, capital: Array, out: Array
) -> None:  # fmt: skip
    """The measures of runs beside one another: `curves` (n_runs, 3, n_days) with equity, cash and exposure, trades and fills
    one after the other, `ends` (n_runs, 2) where the fills and the trades of each run end."""
    for run in range(len(curves)):
        fill = ends[run - 1, 0] if run else 0
        trade = ends[run - 1, 1] if run else 0
        measures(
            curves[run, 0], curves[run, 2], month_ends, trades[:, trade : ends[run, 1]].copy(), values[fill : ends[run, 0]],
            costs[fill : ends[run, 0]], capital[run], out[run],
        )  # fmt: skip
