"""Run some members of a sweep and put what they gave into a table. No database: jobs and the command line share it.

A member runs once, over the whole window. A part of its curve is what it would have shown had the data ended there, for no
rule reads ahead; so one walk serves the choice on the first part of the window and every fold of a walk-forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.backtests.enums import SweepKind
from apps.backtests.queries.sweep_folds import splits_of
from apps.backtests.queries.sweep_plans import SweepPlan
from apps.domain import metrics
from apps.domain.language import RunnableSpecification
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import FloatArray

if TYPE_CHECKING:
    import pyarrow as pa

PARTS = ("sharpe_ratio", "annual_return", "max_drawdown", "annual_volatility")
"""What is measured on a part of the window, beside the objective: measures of a curve alone."""
MONTHLY_MEMBERS = 400
"""Of how many members, spread evenly over the plan, monthly returns are kept for the probability of overfitting."""


def walk_members(
    *,
    spec: RunnableSpecification,
    inputs: Inputs,
    plan: SweepPlan,
    first: int,
    count: int,
    progress: Callable[[int], None] | None = None,
) -> pa.Table:
    """The table of `count` members from the `first` of the plan: `place`, `refusal`, `v:` the values, `m:` the measures,
    `i:` and `o:` those of the first part and the rest, `t:` and `x:` the objective on the fit and on the test of each fold,
    `months`.

    `progress` gets the number of members done and may raise to stop. A refused member has a refusal and no figures.
    """
    from apps.domain.engine import sweep_members  # noqa: PLC0415 -- slow import

    tell = progress or (lambda _done: None)
    spec = without_benchmark(spec)
    places = plan.members(first, count)
    members = [plan.values_at(place) for place in places]
    stride = max(1, -(-plan.n_members // MONTHLY_MEMBERS))
    rows: list[dict[str, Any]] = []
    reading: _Reading | None = None
    running = sweep_members(spec=spec, panel=inputs, members=members, progress=lambda _part: tell(len(rows)))
    for at, (member, place) in enumerate(zip(running, places, strict=True), start=first):
        row: dict[str, Any] = {"place": place, "refusal": member.refusal}
        row |= {f"v:{name}": value for name, value in member.values.items()}
        equity = member.equity
        if equity is not None:
            row |= {f"m:{name}": value for name, value in member.measures().items()}
            if plan.kind is not SweepKind.READINGS:
                if reading is None and member.result is not None:
                    reading = _Reading(plan, member.result.days)
                if reading is not None:
                    row |= reading.parts(equity)
                    row["months"] = reading.months(equity) if at % stride == 0 else None
        rows.append(row)
        tell(len(rows))
    return _table(plan, rows)


def without_benchmark(spec: RunnableSpecification, /) -> RunnableSpecification:
    """The same rules with nothing held beside them: members are compared with one another."""
    return spec.model_copy(update={"evaluation": spec.evaluation.model_copy(update={"benchmark": None})})


def measured_on(names: Iterable[str], equity: FloatArray, /) -> dict[str, float | None]:
    """Measures of a part of a curve; None where one is undefined."""
    returns = metrics.simple_returns(equity)
    found = {name: _ON_RETURNS[name](returns) if name in _ON_RETURNS else _ON_EQUITY[name](equity) for name in names}
    return {name: value if value is not None and np.isfinite(value) else None for name, value in found.items()}


_ON_RETURNS = {
    "sharpe_ratio": metrics.sharpe_ratio,
    "sortino_ratio": metrics.sortino_ratio,
    "annual_volatility": metrics.annual_volatility,
}
_ON_EQUITY = {
    "calmar_ratio": metrics.calmar_ratio,
    "annual_return": metrics.annual_return,
    "max_drawdown": metrics.max_drawdown,
}


def curve_of(equity: FloatArray, days: Any, /) -> FloatArray:
    """Growth of 1 over some days' returns, joined: `days` are indices of returns. One more entry than days."""
    at = np.asarray(days)
    if len(at) and at[-1] - at[0] == len(at) - 1:
        return np.asarray(equity[at[0] : at[-1] + 2] / equity[at[0]], dtype=np.float64)
    return np.concatenate([[1.0], np.cumprod(1.0 + metrics.simple_returns(equity)[at])])


def first_part(share: float, n_days: int, /) -> int:
    """The index of the last day on which the best is chosen; the last day of the window when all of it is."""
    return n_days - 1 if share >= 1.0 else max(1, min(n_days - 2, round(share * (n_days - 1))))


class _Reading:
    """What is read from each curve of a sweep: all members have the same days."""

    def __init__(self, plan: SweepPlan, days: Any) -> None:
        self._objective = str(plan.objective)
        self._named = list(dict.fromkeys([*PARTS, self._objective]))
        self._ends = np.concatenate([[0], metrics.month_ends(days)])
        share = plan.options.get("share")
        self._cut = None if share is None or share >= 1.0 else first_part(share, len(days))
        self._splits = [] if share is not None else splits_of(plan, len(days))

    def parts(self, equity: FloatArray) -> dict[str, float | None]:
        """The figures of the parts of the window."""
        made: dict[str, float | None] = {}
        if self._cut is not None:
            for prefix, part in (("i", equity[: self._cut + 1]), ("o", equity[self._cut :])):
                made |= {f"{prefix}:{name}": value for name, value in measured_on(self._named, part).items()}
        for at, split in enumerate(self._splits):
            for prefix, days in (("t", split.train), ("x", split.test)):
                made[f"{prefix}:{at}"] = measured_on([self._objective], curve_of(equity, days))[self._objective]
        return made

    def months(self, equity: FloatArray) -> FloatArray:
        """Returns from month-end to month-end, the first from the first day."""
        ends = equity[self._ends]
        return np.asarray(ends[1:] / np.where(ends[:-1] > 0.0, ends[:-1], np.nan) - 1.0, dtype=np.float32)


def _table(plan: SweepPlan, rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    names: dict[str, None] = dict.fromkeys(["place", "refusal"])
    for row in rows:
        names |= dict.fromkeys(row)
    numbers = {axis.name for axis in plan.axes if axis.is_ordered}
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        columns[name] = pa.array(values, type=_type(name, numbers))
    return pa.table(columns)


def _type(name: str, numbers: set[str]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    if name == "place":
        return pa.int64()
    if name == "months":
        return pa.list_(pa.float32())
    is_text = name == "refusal" or (name.startswith("v:") and name[2:] not in numbers)
    return pa.string() if is_text else pa.float64()
