"""What stands above the selection: overlapping tranches, drift, a regime gate, a volatility target of the portfolio."""

from __future__ import annotations

import numpy as np

from apps.domain.engine.result import BoolArray
from apps.domain.engine.selection import Day
from apps.domain.language import REBALANCE_CHOICES
from apps.domain.language.sections import PERIOD_DAYS, PortfolioVolatility, Regime
from apps.domain.values.panel import FloatArray

DAYS_PER_YEAR = 252


def tranches(weights: FloatArray, day: Day) -> FloatArray:
    """The mean of the selections of the last `hold`: each decision starts one tranche (Jegadeesh and Titman 1993).

    Before the first `hold` is over, the tranches that do not exist yet are cash.
    """
    schedule = day.plan.spec.schedule
    if schedule.hold is None or not weights.shape[1]:
        return weights
    period = PERIOD_DAYS[day.plan.values.choice(schedule.rebalance, REBALANCE_CHOICES)]
    n = max(1, round(day.plan.values.number(schedule.hold, 1) / (period * day.plan.values.bars_per_day)))
    padded = np.concatenate([np.zeros((len(weights), n - 1)), weights], axis=1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, n, axis=1).sum(axis=2) / n)


def regime(weights: FloatArray, day: Day, gate: Regime) -> FloatArray:
    """Where the condition is not true, the weights times the exposure, and `instead` with the rest of the capital."""
    condition = np.broadcast_to(day.evaluator.value(gate.when), day.members.shape)[0, day.at]
    exposure = day.plan.values.number(gate.exposure, 0.0) if gate.exposure else 0.0
    scale = np.where(condition == 1.0, 1.0, exposure)
    instead = day.plan.values.symbols(gate.instead)
    others = np.array([symbol in instead for symbol in day.plan.panel.symbols], dtype=np.float64)
    share = others / max(others.sum(), 1.0)
    return np.asarray(weights * scale + share[:, None] * np.maximum(1.0 - scale, 0.0))


def portfolio_volatility(weights: FloatArray, day: Day, rule: PortfolioVolatility) -> FloatArray:
    """Scale each decision by the target over the past volatility of the unscaled portfolio.

    Its past daily return is the sum over instruments of the weight decided before, times the simple return of the close.
    Until the window is full the portfolio stands as it is; gross exposure never exceeds the largest leverage.
    """
    values = day.plan.values
    n = values.count(rule.window, 2)
    past = _volatility_before(_returns(weights, day), n)[day.at]
    target = values.number(rule.target, 0.0)
    scale = np.where(past > 0.0, target / np.where(past > 0.0, past, 1.0), 1.0)
    if rule.max_leverage:
        gross = np.abs(weights).sum(axis=0)
        most = values.number(rule.max_leverage, 0.0)
        scale = np.minimum(scale, np.where(gross > 0.0, most / np.where(gross > 0.0, gross, 1.0), np.inf))
    return np.asarray(weights * scale)


def _returns(weights: FloatArray, day: Day) -> FloatArray:
    """Daily returns of a portfolio that holds `weights` from each decision to the next, on the days of the panel."""
    close = day.plan.panel.close
    with np.errstate(invalid="ignore", divide="ignore"):
        returns = close[:, 1:] / close[:, :-1] - 1.0
    returns = np.where(np.isfinite(returns), returns, 0.0)
    latest = np.searchsorted(day.at, np.arange(close.shape[1] - 1), side="right") - 1
    held = np.where(latest >= 0, weights[:, np.maximum(latest, 0)], 0.0) if len(day.at) else np.zeros_like(returns)
    result = np.full(close.shape[1], np.nan)
    result[1:] = np.where(latest >= 0, (held * returns).sum(axis=0), np.nan)
    return result


def _volatility_before(returns: FloatArray, n: int) -> FloatArray:
    """Annualised sample deviation of the last n returns at each day; NaN until there are n."""
    volatility = np.full(len(returns), np.nan)
    if len(returns) >= n:
        windows = np.lib.stride_tricks.sliding_window_view(returns, n)
        volatility[n - 1 :] = windows.std(axis=1, ddof=1) * np.sqrt(DAYS_PER_YEAR)
    return volatility


def drifting(weights: FloatArray, sides: FloatArray) -> FloatArray:
    """NaN, which leaves a position alone, where an instrument stays on the side on which it was."""
    stays = np.zeros(weights.shape, dtype=np.bool_)
    stays[:, 1:] = (sides[:, 1:] == sides[:, :-1]) & (sides[:, 1:] != 0)
    return np.where(stays, np.nan, weights)


def decision_days(day_mask: BoolArray, condition: FloatArray | None) -> BoolArray:
    """Whether a decision is taken on each day: those of the schedule on which the condition, if any, is true."""
    return day_mask if condition is None else day_mask & (condition == 1.0)
