"""How much of each chosen instrument: from sides to signed target weights."""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from apps.domain.engine.result import BoolArray
from apps.domain.engine.selection import Choice, Day
from apps.domain.language.sections import (
    AllMembers,
    EqualWeights,
    FixedWeights,
    InverseVolatilityWeights,
    PerAsset,
    ProportionalWeights,
    RankWeights,
    Switch,
    VolatilityTargetWeights,
    Weights,
)
from apps.domain.values.panel import FloatArray

_ROUNDS = 50


def weights_of(day: Day, choice: Choice) -> FloatArray:
    """Signed target weights, shape (n_symbols, n_decisions): fractions of equity, zero for what is not held.

    Each leg of a portfolio sort sums to its gross weight, one unless stated. Instruments that are chosen one by one
    (per-asset rules, switches) share one gross weight over both sides.
    """
    scheme = day.plan.spec.weights
    sides = choice.sides.astype(np.float64)
    weights = _by_scheme(scheme, day, sides) if choice.shares is None else choice.shares
    if scheme.beta:
        weights = _beta_of_one(weights, day.series(scheme.beta))
    long = 1.0 if scheme.gross_long is None else day.plan.values.number(scheme.gross_long, 0.0)
    short = 1.0 if scheme.gross_short is None else day.plan.values.number(scheme.gross_short, 0.0)
    weights = _long(weights) * long - _short(weights) * short
    if scheme.cap:
        weights = _capped(weights, day.plan.values.number(scheme.cap, 0.0))
    return np.ascontiguousarray(weights)


def _by_scheme(scheme: Weights, day: Day, sides: FloatArray) -> FloatArray:
    sizes = np.where(np.isfinite(raw := size_of(scheme, day, sides)), raw, 0.0)
    if isinstance(scheme, VolatilityTargetWeights | FixedWeights):
        return sizes
    if isinstance(scheme, EqualWeights) and scheme.over == "universe":
        return sizes / np.maximum(universe_size(day), 1)
    if isinstance(day.plan.spec.selection, AllMembers | PerAsset | Switch):
        return sizes / _nonzero(np.abs(sizes).sum(axis=0))
    long, short = _long(sizes), _short(sizes)
    return long / _nonzero(long.sum(axis=0)) - short / _nonzero(short.sum(axis=0))


def universe_size(day: Day) -> int | FloatArray:
    """How many instruments the universe has: all that are listed, or those that pass its filters on the day."""
    if day.plan.spec.universe.kind == "fixed":
        return int(day.plan.in_universe.sum())
    return np.asarray(day.members[:, day.at].sum(axis=0), dtype=np.float64)


@singledispatch
def size_of(scheme: object, day: Day, sides: FloatArray) -> FloatArray:
    """Signed sizes before legs are normalised; NaN where they are undefined."""
    raise NotImplementedError(type(scheme))


@size_of.register
def _(scheme: EqualWeights, day: Day, sides: FloatArray) -> FloatArray:
    return sides


@size_of.register
def _(scheme: ProportionalWeights, day: Day, sides: FloatArray) -> FloatArray:
    by = day.series(scheme.by)
    if isinstance(day.plan.spec.selection, AllMembers):
        return sides * by
    return sides * np.where(by > 0.0, by, np.nan)


@size_of.register
def _(scheme: RankWeights, day: Day, sides: FloatArray) -> FloatArray:
    by = day.series(scheme.by)
    if isinstance(day.plan.spec.selection, AllMembers):
        ranks = _ranks(by, sides > 0.0)
        counted = np.maximum(np.sum(np.isfinite(ranks), axis=0), 1)
        return np.asarray(ranks - np.nansum(ranks, axis=0) / counted)
    long, short = _ranks(by, sides > 0.0), _ranks(-by, sides < 0.0)
    return np.asarray(np.where(sides > 0.0, long, np.where(sides < 0.0, -short, 0.0)))


@size_of.register
def _(scheme: InverseVolatilityWeights, day: Day, sides: FloatArray) -> FloatArray:
    return np.asarray(sides / _volatility(day, scheme.window))


@size_of.register
def _(scheme: VolatilityTargetWeights, day: Day, sides: FloatArray) -> FloatArray:
    n = universe_size(day) if scheme.over == "universe" else np.abs(sides).sum(axis=0)
    return sides * day.plan.values.number(scheme.target, 0.0) / _volatility(day, scheme.window) / np.maximum(n, 1)


@size_of.register
def _(scheme: FixedWeights, day: Day, sides: FloatArray) -> FloatArray:
    stated = {symbol: day.plan.values.number(name) for symbol, name in scheme.weights.items()}
    shares = np.array([stated.get(symbol, 0.0) for symbol in day.plan.panel.symbols])
    return np.asarray(sides * shares[:, None])


def _volatility(day: Day, window: str) -> FloatArray:
    from apps.domain.indicators import OPERATORS  # noqa: PLC0415 -- slow import

    bars = day.plan.values.count(window, 2)
    volatility = OPERATORS["volatility"].function(day.plan.panel.close, bars)[:, day.at]
    return np.asarray(np.where(volatility > 0.0, volatility, np.nan))


def _ranks(by: FloatArray, of: BoolArray) -> FloatArray:
    from apps.domain.indicators import OPERATORS  # noqa: PLC0415 -- slow import

    return np.asarray(OPERATORS["rank"].function(np.where(of, by, np.nan), members=of))


def _long(weights: FloatArray) -> FloatArray:
    return np.maximum(weights, 0.0)


def _short(weights: FloatArray) -> FloatArray:
    return np.maximum(-weights, 0.0)


def _nonzero(total: FloatArray) -> FloatArray:
    return np.where(total > 0.0, total, 1.0)


def _beta_of_one(weights: FloatArray, beta: FloatArray) -> FloatArray:
    """Each leg over its own beta; a leg whose beta is unknown, or not above zero, is not held (Frazzini, Pedersen 2014)."""
    scaled = np.zeros_like(weights)
    for leg in (_long(weights), -_short(weights)):
        exposure = np.where(leg != 0.0, np.abs(leg) * beta, 0.0).sum(axis=0)
        factor = np.where(exposure > 0.0, 1.0 / np.where(exposure > 0.0, exposure, 1.0), 0.0)
        scaled += leg * factor
    return scaled


def _capped(weights: FloatArray, cap: float) -> FloatArray:
    """No weight beyond `cap`; what is cut off goes to the others of its leg in proportion, and to cash when all are full."""
    capped = np.zeros_like(weights)
    for sign, leg in ((1.0, _long(weights)), (-1.0, _short(weights))):
        gross, full = leg.sum(axis=0), leg
        for _ in range(_ROUNDS):
            over = full > cap
            if not over.any():
                break
            full = np.minimum(full, cap)
            room = np.where((full > 0.0) & (full < cap), full, 0.0)
            lack = gross - full.sum(axis=0)
            full += room * np.where(room.sum(axis=0) > 0.0, lack / _nonzero(room.sum(axis=0)), 0.0)
        capped += sign * np.minimum(full, cap)
    return capped
