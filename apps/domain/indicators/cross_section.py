"""Functions of all members of the universe on one day."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.domain.indicators.operators import BoolArray, FloatArray, Operator, WindowError


def _of_members(x: FloatArray, members: BoolArray) -> FloatArray:
    return np.where(members, np.asarray(x, dtype=np.float64), np.nan)


def _counted(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How many count on each day, and their mean, each of shape (1, n_days)."""
    n = np.sum(~np.isnan(x), axis=0, keepdims=True).astype(np.float64)
    known = np.where(n > 0.0, n, np.nan)
    return n, np.nansum(x, axis=0, keepdims=True) / known


def _flat(x: FloatArray) -> BoolArray:
    """Whether all that count on a day are equal, shape (1, n_days): the rounding of their mean must not pass for spread."""
    lowest = np.min(np.where(np.isnan(x), np.inf, x), axis=0, keepdims=True)
    highest = np.max(np.where(np.isnan(x), -np.inf, x), axis=0, keepdims=True)
    return np.asarray(lowest == highest)


def _deviation(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The members less their mean, and their sample deviation; exactly zero, hence NaN, where all are equal."""
    n, mean = _counted(x)
    less, flat = x - mean, _flat(x)
    square = np.nansum(less * less, axis=0, keepdims=True) / np.where(n > 1.0, n - 1.0, np.nan)
    return less, np.where(flat | ~(square > 0.0), np.nan, np.sqrt(square))


def _ranked(x: FloatArray, groups: FloatArray, *, share: bool) -> FloatArray:
    from apps.domain.indicators import _cross_section_kernels  # noqa: PLC0415 -- slow import

    days = np.ascontiguousarray(x.T)
    out = np.full(days.shape, np.nan)
    labels = np.ascontiguousarray(np.broadcast_to(groups, x.shape).T)
    _cross_section_kernels.ranked(days, labels, share, out)
    return np.ascontiguousarray(out.T)


def rank(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """1 for the lowest of the day; equals share their mean rank."""
    return _ranked(_of_members(x, members), np.zeros((1, 1)), share=False)


def percentile(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """The rank over the number of ranked members."""
    return _ranked(_of_members(x, members), np.zeros((1, 1)), share=True)


def standardise(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """x less the mean of the members, over their sample deviation."""
    less, deviation = _deviation(_of_members(x, members))
    return less / deviation


def demean(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """x less the mean of the members."""
    inner = _of_members(x, members)
    return inner - _counted(inner)[1]


def scale(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """x over the sum of the sizes of the members; undefined where that is zero."""
    inner = _of_members(x, members)
    gross = np.nansum(np.abs(inner), axis=0, keepdims=True)
    return inner / np.where(gross > 0.0, gross, np.nan)


def winsorise(x: FloatArray, q: float, *, members: BoolArray) -> FloatArray:
    """x held between the quantiles q and 1 - q of the members, linear between order statistics."""
    if not 0.0 <= q < 0.5:
        raise WindowError(
            f"Each side is winsorised by a fraction from 0 to below 0.5, not {q:g}.", function="winsorise"
        )
    inner = _of_members(x, members)
    ordered = np.sort(inner, axis=0)  # NaN last
    n = np.sum(~np.isnan(inner), axis=0)
    bounds = []
    for at in (q * (n - 1), (1.0 - q) * (n - 1)):
        low = np.clip(np.floor(at).astype(np.int64), 0, len(inner) - 1)
        high = np.minimum(low + 1, np.maximum(n - 1, 0))
        columns = np.arange(inner.shape[1])
        bounds.append(ordered[low, columns] + (at - low) * (ordered[high, columns] - ordered[low, columns]))
    return np.asarray(np.clip(inner, bounds[0], bounds[1]))


def regress_out(x: FloatArray, y: FloatArray, *, members: BoolArray) -> FloatArray:
    """The residual of the day's least-squares line of x on y; undefined where y does not vary."""
    both = members & ~np.isnan(x) & ~np.isnan(y)
    inner_x, inner_y = np.where(both, x, np.nan), np.where(both, y, np.nan)
    less_x, less_y = inner_x - _counted(inner_x)[1], inner_y - _counted(inner_y)[1]
    square = np.nansum(less_y * less_y, axis=0, keepdims=True)
    varies = (square > 0.0) & ~_flat(inner_y)
    slope = np.nansum(less_x * less_y, axis=0, keepdims=True) / np.where(varies, square, np.nan)
    return np.asarray(less_x - slope * less_y)


def _by_group(x: FloatArray, groups: FloatArray, members: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The members, and for each the mean and the sample deviation of its group."""
    labels = np.broadcast_to(np.asarray(groups, dtype=np.float64), x.shape)
    inner = np.where(members & ~np.isnan(labels), x, np.nan)
    mean, deviation = np.full(inner.shape, np.nan), np.full(inner.shape, np.nan)
    for label in np.unique(labels[~np.isnan(labels)]):
        of_group = np.where(labels == label, inner, np.nan)
        _, middle = _counted(of_group)
        _, spread = _deviation(of_group)
        here = ~np.isnan(of_group)
        mean[here] = np.broadcast_to(middle, inner.shape)[here]
        deviation[here] = np.broadcast_to(spread, inner.shape)[here]
    return inner, mean, deviation


def neutralise(x: FloatArray, groups: FloatArray, *, members: BoolArray) -> FloatArray:
    """x less the mean of the members of the same group."""
    inner, mean, _ = _by_group(x, groups, members)
    return inner - mean


def group_mean(x: FloatArray, groups: FloatArray, *, members: BoolArray) -> FloatArray:
    """The mean of the members of the same group."""
    return _by_group(x, groups, members)[1]


def group_standardise(x: FloatArray, groups: FloatArray, *, members: BoolArray) -> FloatArray:
    """x less the mean of the group, over its sample deviation."""
    inner, mean, deviation = _by_group(x, groups, members)
    return (inner - mean) / deviation


def group_rank(x: FloatArray, groups: FloatArray, *, members: BoolArray) -> FloatArray:
    """1 for the lowest of the group; equals share their mean rank."""
    return _ranked(_of_members(x, members), groups, share=False)


def group_percentile(x: FloatArray, groups: FloatArray, *, members: BoolArray) -> FloatArray:
    """The group rank over the number ranked in the group."""
    return _ranked(_of_members(x, members), groups, share=True)


def cross_mean(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """The mean of the members, shape (1, n_days)."""
    return _counted(_of_members(x, members))[1]


def cross_median(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """The median of the members, shape (1, n_days)."""
    inner = _of_members(x, members)
    ordered, n = np.sort(inner, axis=0), np.sum(~np.isnan(inner), axis=0)
    columns = np.arange(inner.shape[1])
    low, high = np.maximum((n - 1) // 2, 0), np.minimum(n // 2, len(inner) - 1)
    return np.asarray((ordered[low, columns] + ordered[high, columns]) / 2.0)[None, :]


def cross_std(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """The sample deviation of the members, shape (1, n_days); zero where they are equal."""
    inner = _of_members(x, members)
    n, mean = _counted(inner)
    square = np.nansum((inner - mean) ** 2, axis=0, keepdims=True)
    return np.asarray(np.sqrt(np.where(_flat(inner), 0.0, square) / np.where(n > 1.0, n - 1.0, np.nan)))


def cross_sum(x: FloatArray, *, members: BoolArray) -> FloatArray:
    """The sum of the members, shape (1, n_days); undefined where nobody counts."""
    inner = _of_members(x, members)
    n, _ = _counted(inner)
    return np.where(n > 0.0, np.nansum(inner, axis=0, keepdims=True), np.nan)


def share_of(condition: FloatArray, *, members: BoolArray) -> FloatArray:
    """The share of the members for which the condition is true, of those for which it is defined, shape (1, n_days)."""
    return cross_mean(condition, members=members)


def _operators(*functions: Any) -> tuple[Operator, ...]:
    return tuple(Operator(function.__name__, function, members=True) for function in functions)


CROSS_SECTION_OPERATORS = _operators(
    rank, percentile, standardise, demean, scale, winsorise, regress_out, neutralise, group_rank, group_percentile,
    group_standardise, group_mean, cross_mean, cross_median, cross_std, cross_sum, share_of,
)  # fmt: skip
