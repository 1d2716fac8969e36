"""Which instruments a strategy wants at the close of each decision day, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.domain.engine.evaluate import Evaluator
from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.language.schema import RunnableSpecification
from apps.domain.language.sections import PerAsset, TopN
from apps.domain.values.panel import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """`weights` has shape (n_symbols, n_decisions); `fired` says whether any entry, or any rank, was ever defined."""

    weights: FloatArray
    n_defined: int
    n_fired: int


def select(
    *,
    spec: RunnableSpecification,
    evaluator: Evaluator,
    bar: BoolArray,
    first: int,
    decisions: IntArray,
    count: int | None,
) -> Selection:
    """Target weights at `decisions` (indices into the window, which starts at panel index `first`).

    `bar` has shape (n_symbols, n_days of the window) and says where each instrument has a bar.
    """
    if isinstance(spec.selection, TopN):
        chosen, n_defined, n_fired = _ranked(spec.selection, evaluator, bar, first, decisions, count or 0)
    else:
        chosen, n_defined, n_fired = _held(spec.selection, evaluator, bar, first, decisions)
    over = np.maximum(chosen.sum(axis=0), 1) if spec.weights.over == "selected" else np.int64(len(chosen))
    return Selection(weights=np.ascontiguousarray(chosen / over), n_defined=n_defined, n_fired=n_fired)


def _held(
    rule: PerAsset, evaluator: Evaluator, bar: BoolArray, first: int, decisions: IntArray
) -> tuple[BoolArray, int, int]:
    from apps.domain.engine import _kernels  # noqa: PLC0415 -- slow import

    enter = np.ascontiguousarray(evaluator.series(rule.enter)[:, first:])
    leave = enter if rule.exit is None else np.ascontiguousarray(evaluator.series(rule.exit)[:, first:])
    inside = np.empty(bar.shape, dtype=np.bool_)
    _kernels.hold(enter, leave, rule.exit is not None, bar, inside)
    return inside[:, decisions], int(np.sum(~np.isnan(enter) & bar)), int(np.sum((enter == 1.0) & bar))


def _ranked(
    rule: TopN, evaluator: Evaluator, bar: BoolArray, first: int, decisions: IntArray, count: int
) -> tuple[BoolArray, int, int]:
    values = evaluator.series(rule.by)[:, first:][:, decisions]
    eligible = np.isfinite(values) & bar[:, decisions]
    key = np.where(eligible, -values if rule.side == "top" else values, np.inf)
    order = np.argsort(key, axis=0, kind="stable")[:count]
    chosen = np.zeros(values.shape, dtype=np.bool_)
    np.put_along_axis(chosen, order, values=True, axis=0)
    chosen &= eligible
    return chosen, int(eligible.sum()), int(chosen.sum())
