"""What all members of a sweep say together: the best, how wide it stands, and how much of it is the search. No database."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.backtests.enums import SweepKind
from apps.backtests.queries.sweep_folds import splits_of
from apps.backtests.queries.sweep_plans import SweepPlan
from apps.backtests.services.sweep_work import PARTS, curve_of, measured_on, without_benchmark
from apps.domain import metrics
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import FloatArray

if TYPE_CHECKING:
    import pyarrow as pa

CURVES = 5
"""Of how many of the best members the curves are kept."""
_BLOCKS = (16, 12, 10, 8, 6, 4)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The whole of a sweep: a table of all members, curves, and the figures of the page."""

    members: pa.Table
    curves: pa.Table | None
    summary: dict[str, Any]


def gather(
    *,
    spec: RunnableSpecification,
    inputs: Inputs,
    plan: SweepPlan,
    pieces: list[pa.Table],
    n_trials: int,
    progress: Callable[[], None] | None = None,
) -> Gathered:
    """Join the pieces, deflate every member by `n_trials`, choose, and run the chosen few again for their curves.

    `progress` is called between steps and may raise to stop.
    """
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    tell = progress or (lambda: None)
    whole = pa.concat_tables(pieces, promote_options="default").sort_by("place")
    months = whole.column("months") if "months" in whole.column_names else None
    members = _without_empty(whole.drop_columns(["months"]) if months is not None else whole)
    done = [value == "" for value in members.column("refusal").to_pylist()]
    summary: dict[str, Any] = {"n_refused": len(done) - sum(done), "n_trials": n_trials}
    if not any(done):
        return Gathered(members, None, summary | {"refusal": members.column("refusal")[0].as_py()})
    days = _days(spec, inputs, plan, members)
    summary["window"] = [str(days[0]), str(days[-1])]
    members = members.append_column("deflated_sharpe", pa.array(_deflated(members, len(days), n_trials)))
    tell()
    summary |= {"overfitting": _overfitting(months)} if months is not None else {}
    tell()
    if plan.kind is SweepKind.READINGS:
        return Gathered(members, None, summary | {"spread": spread(plan, members)})
    if plan.kind in {SweepKind.WALK_FORWARD, SweepKind.CROSS_VALIDATION}:
        folded, curves = _folds(spec, inputs, plan, members, n_trials, tell)
        return Gathered(members, curves, summary | folded)
    chooser = column(members, f"i:{plan.objective}") if f"i:{plan.objective}" in members.column_names else None
    chooser = column(members, f"m:{plan.objective}") if chooser is None else chooser
    order = np.argsort(-np.where(np.isfinite(chooser), chooser, -np.inf), kind="stable")
    best = [int(at) for at in order[:CURVES] if np.isfinite(chooser[at])]
    if best:
        summary |= {"best": _row(plan, members, best[0]), "plateau": plateau(plan, members, chooser)}
        summary["in_sample_rank"] = _rank_kept(members, plan, best[0])
    return Gathered(members, _curves(spec, inputs, plan, members, best), summary)


def column(table: pa.Table, name: str, /) -> FloatArray:
    """A column of numbers; NaN where there is none."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)


def spread(plan: SweepPlan, members: pa.Table, /) -> dict[str, Any]:
    """How far readings are apart in each measure, and which parameter moves it most.

    A parameter's move is the largest distance between the means of the readings that share one of its values.
    """
    wanted = ("annual_return", "sharpe_ratio", "max_drawdown", "annual_volatility", "turnover")
    made = {}
    for name in wanted:
        values = column(members, f"m:{name}")
        known = values[np.isfinite(values)]
        if not len(known):
            continue
        moves = {axis.name: _move(members, axis.name, values) for axis in plan.axes}
        made[name] = {
            "low": float(known.min()),
            "middle": float(np.median(known)),
            "high": float(known.max()),
            "moves": moves,
        }
    return made


def plateau(plan: SweepPlan, members: pa.Table, values: FloatArray, /) -> float | None:
    """The plateau score over the axes of numbers, those of words held at the best's; None where nothing stands."""
    from apps.domain.overfitting import plateau_score  # noqa: PLC0415 -- slow import

    if plan.places is not None or not np.isfinite(values).any():
        return None
    grid = np.full(plan.n_combinations, np.nan)
    grid[members.column("place").to_numpy()] = values
    cube = grid.reshape([len(axis.values) for axis in plan.axes])
    best = np.unravel_index(int(np.nanargmax(cube)), cube.shape)
    part = cube[tuple(slice(None) if a.is_ordered else int(at) for a, at in zip(plan.axes, best, strict=True))]
    score = plateau_score(np.atleast_1d(part))
    return score if math.isfinite(score) else None


def _without_empty(table: pa.Table) -> pa.Table:
    """Measures that no member has are no columns."""
    return table.drop_columns(
        [n for n in table.column_names if n.startswith("m:") and table.column(n).null_count == table.num_rows]
    )


def _days(spec: RunnableSpecification, inputs: Inputs, plan: SweepPlan, members: pa.Table) -> Any:
    """The days of the window, of the first member that ran."""
    place = next(p for p, r in zip(members["place"].to_pylist(), members["refusal"].to_pylist(), strict=True) if not r)
    return _result(spec, inputs, plan, place).days


def _result(spec: RunnableSpecification, inputs: Inputs, plan: SweepPlan, place: int) -> Any:
    from apps.domain.engine import run, with_values  # noqa: PLC0415 -- slow import

    return run(spec=with_values(without_benchmark(spec), plan.values_at(place)), panel=inputs)


def _deflated(members: pa.Table, n_days: int, n_trials: int) -> list[float | None]:
    """The deflated Sharpe ratio of every member, as its verdict would count it after all these trials."""
    from apps.domain.verdict import deflated_sharpe  # noqa: PLC0415 -- slow import

    made: list[float | None] = []
    named = ("m:sharpe_ratio", "m:skewness", "m:excess_kurtosis")
    for sharpe, skewness, excess in zip(*(column(members, name) for name in named), strict=True):
        try:
            made.append(
                deflated_sharpe(
                    sharpe=float(sharpe) / math.sqrt(metrics.DAYS_PER_YEAR),
                    n=n_days - 1,
                    skewness=float(skewness),
                    kurtosis=float(excess) + 3.0,
                    n_trials=n_trials,
                )
            )
        except DomainError:
            made.append(None)
    return made


def _overfitting(months: Any) -> dict[str, Any] | None:
    """The probability that choosing the best means nothing, over the members whose months were kept."""
    from apps.domain.overfitting import probability_of_overfitting  # noqa: PLC0415 -- slow import

    kept = [np.asarray(values, dtype=np.float64) for values in months.to_pylist() if values is not None]
    matrix = np.array([values for values in kept if np.isfinite(values).all()]).T
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        return None
    n_blocks = next((n for n in _BLOCKS if len(matrix) // n >= 6), None)
    if n_blocks is None:
        return None
    found = probability_of_overfitting(matrix, n_blocks=n_blocks)
    return {
        "probability": found.probability, "n_blocks": n_blocks, "n_members": matrix.shape[1], "n_months": len(matrix)
    }  # fmt: skip


def _row(plan: SweepPlan, members: pa.Table, at: int) -> dict[str, Any]:
    row = {name: value for name, value in members.slice(at, 1).to_pylist()[0].items() if not name.startswith("v:")}
    return row | {"values": plan.values_at(row["place"])}


def _rank_kept(members: pa.Table, plan: SweepPlan, best: int) -> float | None:
    """The share of members that the chosen one beats on the part that it was not chosen on."""
    after = column(members, f"o:{plan.objective}")
    known = after[np.isfinite(after)]
    if not len(known) or not np.isfinite(after[best]):
        return None
    return float(np.mean(known < after[best]))


def _curves(
    spec: RunnableSpecification, inputs: Inputs, plan: SweepPlan, members: pa.Table, best: list[int]
) -> pa.Table | None:
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    columns: dict[str, Any] = {}
    for at in best:
        place = members["place"][at].as_py()
        result = _result(spec, inputs, plan, place)
        columns = {"day": result.days, **columns, f"e:{place}": result.equity}
    return pa.table(columns) if columns else None


def _folds(
    spec: RunnableSpecification, inputs: Inputs, plan: SweepPlan, members: pa.Table, n_trials: int,
    tell: Callable[[], None],
) -> tuple[dict[str, Any], pa.Table | None]:  # fmt: skip
    """The best of each fold on what it was fitted on, and what it then did; for folds that cover each day once, one curve."""
    import pyarrow as pa  # noqa: PLC0415 -- slow import

    results: dict[int, Any] = {}
    folds: list[dict[str, Any]] = []
    stitched: list[tuple[Any, FloatArray, int]] = []
    n_days = len(_days(spec, inputs, plan, members))
    for number, split in enumerate(splits_of(plan, n_days)):
        fit, test = column(members, f"t:{number}"), column(members, f"x:{number}")
        if not np.isfinite(fit).any():
            continue
        at = int(np.nanargmax(fit))
        place = members["place"][at].as_py()
        if place not in results:
            results[place] = _result(spec, inputs, plan, place)
            tell()
        result = results[place]
        known = test[np.isfinite(test)]
        folds.append(
            {
                "number": number + 1,
                "place": place,
                "values": plan.values_at(place),
                "fit": [str(result.days[split.train[0]]), str(result.days[split.train[-1] + 1])],
                "test": [str(result.days[split.test[0] + 1]), str(result.days[split.test[-1] + 1])],
                "in_sample": _plain(fit[at]),
                "out_of_sample": _plain(test[at]),
                "typical": _plain(np.median(known)) if len(known) else None,
                "rank": float(np.mean(known < test[at])) if len(known) and np.isfinite(test[at]) else None,
            }
        )
        grown = curve_of(result.equity, split.test)
        stitched.append((result.days[split.test + 1], grown[1:] / grown[:-1] - 1.0, number + 1))
    summary: dict[str, Any] = {"folds": folds}
    outside = [fold["out_of_sample"] for fold in folds if fold["out_of_sample"] is not None]
    inside = [fold["in_sample"] for fold in folds if fold["out_of_sample"] is not None]
    if outside:
        summary["out_of_sample"] = {
            "median": float(np.median(outside)), "low": min(outside), "high": max(outside),
            "above_zero": float(np.mean(np.array(outside) > 0.0)),
            "kept": float(np.mean(outside) / np.mean(inside)) if np.mean(inside) > 0 else None,
        }  # fmt: skip
    if not stitched or plan.options.get("tested", 1) != 1:
        return summary, None
    days = np.concatenate([part[0] for part in stitched])
    returns = np.concatenate([part[1] for part in stitched])
    equity = 100.0 * np.cumprod(1.0 + returns)
    curve = np.concatenate([[100.0], equity])
    summary["stitched"] = measured_on(dict.fromkeys([*PARTS, str(plan.objective)]), curve)
    summary["stitched"]["deflated_sharpe"] = _chance(returns, n_trials)
    numbers = np.concatenate([np.full(len(part[0]), part[2]) for part in stitched])
    return summary, pa.table({"day": days, "equity": equity, "fold": numbers})


def _chance(returns: FloatArray, n_trials: int) -> float | None:
    from apps.domain.verdict import deflated_sharpe, moments  # noqa: PLC0415 -- slow import

    found = moments(returns)
    if found is None:
        return None
    sharpe, skewness, kurtosis = found
    return deflated_sharpe(sharpe=sharpe, n=len(returns), skewness=skewness, kurtosis=kurtosis, n_trials=n_trials)


def _move(members: pa.Table, name: str, values: FloatArray) -> float:
    groups: dict[Any, list[float]] = {}
    for key, value in zip(members.column(f"v:{name}").to_pylist(), values, strict=True):
        if np.isfinite(value):
            groups.setdefault(key, []).append(float(value))
    means = [float(np.mean(group)) for group in groups.values()]
    return max(means) - min(means) if means else 0.0


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
