"""Pairs trading: which pairs are chosen at each formation, and on which side each stands after.

Distance: Gatev, Goetzmann and Rouwenhorst (2006). Cointegration: the residual of Engle and Granger (1987) with the
Dickey-Fuller regression with one lagged difference and no constant; the most negative t statistic first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from apps.domain.engine.calendar import decision_mask
from apps.domain.engine.result import IntArray
from apps.domain.engine.selection import Choice, Day, choose
from apps.domain.errors import DomainError
from apps.domain.language import REBALANCE_CHOICES
from apps.domain.language.sections import FORMATION_CHOICES, SPREAD_CHOICES, Pairs
from apps.domain.values.panel import FloatArray

MOST_PAIRS = 50_000


class TooManyPairsError(DomainError):
    """The universe holds more pairs than a formation can compare."""

    code = "too_many_pairs"


@dataclass(frozen=True, slots=True)
class _Rules:
    formation: str
    spread: str
    window: int
    count: int
    enter: float
    exit: float
    stop: float
    max_hold: int


@dataclass(slots=True)
class _Pair:
    """One chosen pair: rows, how its spread is read, and where it stands. `side` 1 is long the first, short the second."""

    first: int
    second: int
    base: tuple[float, float]
    hedge: tuple[float, float]
    mean: float
    deviation: float
    side: int = 0
    held: int = 0
    barred: bool = False  # after a stop, until the spread has been back


@choose.register
def pair_sides(selection: Pairs, day: Day) -> Choice:
    """Net shares per instrument on each decision day: every open pair is one share of `count` on each side."""
    values = day.plan.values
    rules = _Rules(
        formation=values.choice(selection.formation, FORMATION_CHOICES),
        spread=values.choice(selection.spread, SPREAD_CHOICES),
        window=values.count(selection.window, 10),
        count=values.count(selection.count),
        enter=values.number(selection.enter, 0.0),
        exit=values.number(selection.exit),
        stop=np.inf if selection.stop is None else values.number(selection.stop, 0.0),
        max_hold=2**31 if selection.max_hold is None else values.count(selection.max_hold),
    )
    frequency = values.choice(selection.refresh, REBALANCE_CHOICES)
    if frequency == "once":  # as soon as the formation window is full
        renewals = {max(day.plan.first, rules.window - 1)}
    else:
        renewals = set(np.flatnonzero(decision_mask(days=day.plan.panel.days, frequency=frequency, on="last")).tolist())
    formed = max((t for t in renewals if t < day.plan.first), default=None)
    pairs: list[_Pair] = [] if formed is None else _formed(rules, day, formed, [])
    decisions = {int(t): k for k, t in enumerate(day.at)}
    shares = np.zeros((len(day.plan.panel.symbols), len(day.at)))
    n_defined = n_fired = 0
    for t in range(day.plan.first, day.plan.last + 1):
        n_defined += len(pairs)
        for pair in pairs:
            n_fired += _moved(pair, rules, day.plan.panel.close[:, t])
        if t in renewals:
            pairs = _formed(rules, day, t, pairs)
        if t in decisions:
            for pair in pairs:
                shares[pair.first, decisions[t]] += pair.side / rules.count
                shares[pair.second, decisions[t]] -= pair.side / rules.count
    return Choice(np.sign(shares).astype(np.int8), n_defined, n_fired, shares)


def _formed(rules: _Rules, day: Day, t: int, before: list[_Pair]) -> list[_Pair]:
    """The pairs chosen at the close of day t; one that was chosen before keeps its state, others are closed."""
    start = t - rules.window + 1
    if start < 0:
        return []
    close = day.plan.panel.close[:, start : t + 1]
    with np.errstate(invalid="ignore"):
        able = np.flatnonzero(day.members[:, t] & np.all(np.isfinite(close) & (close > 0.0), axis=1))
    n_pairs = len(able) * (len(able) - 1) // 2
    if n_pairs > MOST_PAIRS:
        raise TooManyPairsError(
            f"{len(able)} instruments make {n_pairs:,} pairs; at most {MOST_PAIRS:,} are compared. Narrow the universe.",
            pairs=n_pairs,
        )
    chosen = list(combinations(able.tolist(), 2))
    if not chosen:
        return []
    scores = _scores(rules.formation, close, np.array(chosen))
    order = np.argsort(scores, kind="stable")[: rules.count]
    kept = {(pair.first, pair.second): pair for pair in before}
    formed = []
    for place in order[np.isfinite(scores[order])]:
        first, second = chosen[place]
        pair = _pair(rules, close, first, second)
        if pair is not None:
            old = kept.get((first, second))
            if old is not None:
                pair.side, pair.held, pair.barred = old.side, old.held, old.barred
            formed.append(pair)
    return formed


def _scores(formation: str, close: FloatArray, pairs: IntArray) -> FloatArray:
    """One number per pair, lower is closer."""
    first, second = pairs[:, 0], pairs[:, 1]
    if formation == "distance":
        level = close / close[:, :1]
        return np.asarray(((level[first] - level[second]) ** 2).sum(axis=1))
    if formation == "correlation":
        returns = close[:, 1:] / close[:, :-1] - 1.0
        centred = returns - returns.mean(axis=1, keepdims=True)
        norms = np.sqrt((centred**2).sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(-(centred[first] * centred[second]).sum(axis=1) / (norms[first] * norms[second]))
    return np.array([_dickey_fuller(_residual(close[i], close[j])) for i, j in pairs])


def _residual(first: FloatArray, second: FloatArray) -> FloatArray:
    """Log price of the first on that of the second, least squares with an intercept."""
    intercept, slope = _line(first, second)
    return np.asarray(np.log(first) - intercept - slope * np.log(second))


def _line(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    y, x = np.log(first), np.log(second)
    spread = x - x.mean()
    total = float(spread @ spread)
    slope = float(spread @ (y - y.mean())) / total if total > 0.0 else 0.0
    return float(y.mean() - slope * x.mean()), slope


def _dickey_fuller(residual: FloatArray) -> float:
    """t statistic of the level in: change on level and lagged change, without a constant. NaN when nothing varies."""
    change = np.diff(residual)
    design = np.column_stack([residual[1:-1], change[:-1]])
    target = change[1:]
    gram = design.T @ design
    if not np.linalg.det(gram) > 0.0:
        return float("nan")
    inverse = np.linalg.inv(gram)
    slopes = inverse @ (design.T @ target)
    error = target - design @ slopes
    variance = float(error @ error) / (len(target) - 2) * inverse[0, 0]
    return float(slopes[0] / np.sqrt(variance)) if variance > 0.0 else float("nan")


def _pair(rules: _Rules, close: FloatArray, first: int, second: int) -> _Pair | None:
    base = (float(close[first, 0]), float(close[second, 0]))
    hedge = _line(close[first], close[second]) if rules.spread == "regression" else (0.0, 1.0)
    pair = _Pair(first, second, base, hedge, 0.0, 1.0)
    spread = _spread(rules.spread, pair, close[first], close[second])
    pair.mean, pair.deviation = float(spread.mean()), float(spread.std(ddof=1))
    return pair if pair.deviation > 0.0 else None


def _spread(kind: str, pair: _Pair, first: FloatArray, second: FloatArray) -> FloatArray:
    """Of the normalised prices the difference, or of the log prices the ratio, or the residual of their regression."""
    if kind == "difference":
        return np.asarray(first / pair.base[0] - second / pair.base[1])
    if kind == "ratio":
        return np.asarray(np.log(first / second))
    return np.asarray(np.log(first) - pair.hedge[0] - pair.hedge[1] * np.log(second))


def _moved(pair: _Pair, rules: _Rules, close: FloatArray) -> int:
    """Move one pair over one close; 1 when it was opened. A day without both prices moves nothing."""
    first, second = close[pair.first], close[pair.second]
    if not (first > 0.0 and second > 0.0):
        return 0
    spread = _spread(rules.spread, pair, np.array([first]), np.array([second]))[0]
    z = (float(spread) - pair.mean) / pair.deviation
    if pair.side:
        pair.held += 1
        against = -pair.side * z  # how far the spread still is from its mean, on the side on which it was opened
        back = against <= rules.exit
        if back or against >= rules.stop or pair.held >= rules.max_hold:
            pair.side, pair.barred = 0, not back
        return 0
    if pair.barred:
        pair.barred = abs(z) > max(rules.exit, 0.0)
        return 0
    if rules.enter <= abs(z) < rules.stop:
        pair.side, pair.held = (-1 if z > 0.0 else 1), 0
        return 1
    return 0
