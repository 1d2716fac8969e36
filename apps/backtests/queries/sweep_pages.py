"""Members of a sweep as pages and programs see them: one, a sorted page of them, a heat map, a line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from apps.backtests.models import Sweep
from apps.backtests.queries.sweep_plans import Axis, SweepPlan, SweepRefusedError
from apps.backtests.queries.sweeps import MemberNotFoundError, members_of, plan_of
from apps.domain.metrics import METRICS
from apps.domain.values.panel import FloatArray
from apps.web.queries import heat_class

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CELLS = 30
"""Rows, and columns, of a heat map: finer grids are shown in blocks, each by its best."""
_MAIN = ("sharpe_ratio", "annual_return", "max_drawdown", "annual_volatility", "turnover", "n_trades")
_DEFLATED = "deflated_sharpe"
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure of members that a page may show: the column of the table, its words and its unit."""

    key: str
    label: str
    unit: str
    is_higher_better: bool = True


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member: its place in the plan, its values, and its figures by column, or why it was refused."""

    number: int
    values: dict[str, Any]
    refusal: str
    figures: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a heat map: its best member."""

    value: float | None
    style: str
    number: int | None
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A heat map: labels of columns, and rows of a label and cells. `block` says how many values share a row or column."""

    x: Axis
    y: Axis
    shown: Shown
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    low: float | None
    high: float | None
    n_over: int


def figures_of(sweep: Sweep, table: pa.Table | None, /) -> tuple[Shown, ...]:
    """What can be shown of the members of a sweep, the figure that the best is chosen by first."""
    objective = METRICS[sweep.objective]
    names = set(table.column_names) if table is not None else set()
    found = []
    for prefix, words in (("i:", "first part"), ("o:", "rest of the window")):
        if prefix + sweep.objective in names:
            found.append(Shown(prefix + sweep.objective, f"{objective.label}, {words}", objective.unit))
    found += [
        Shown(f"m:{key}", METRICS[key].label, METRICS[key].unit, METRICS[key].better != "lower")
        for key in dict.fromkeys([sweep.objective, *_MAIN])
        if f"m:{key}" in names
    ]
    if _DEFLATED in names:
        found.append(Shown(_DEFLATED, "Deflated Sharpe ratio", "fraction"))
    return tuple(found)


def shown_of(figures: Sequence[Shown], key: str, /) -> Shown | None:
    """The figure of that key; the first where there is none of it."""
    return next((one for one in figures if one.key == key), figures[0] if figures else None)


def member(sweep: Sweep, /, *, number: int) -> MemberRow:
    """One member by its place in the plan; raises MemberNotFoundError."""
    table = members_of(sweep)
    at = np.flatnonzero(table.column("place").to_numpy() == number) if table is not None else np.zeros(0)
    if table is None or not len(at):
        raise MemberNotFoundError("This sweep has no such run, or it has not been made yet.")
    return _rows(plan_of(sweep), table, [int(at[0])])[0]


def order_of(sweep: Sweep, table: pa.Table, /, *, sort: str = "", where: Mapping[str, str] | None = None) -> list[int]:
    """Rows of the table in the order asked for: a figure's key, "-" before it for the largest first, by default the best
    first; `where` keeps members whose values read so. Undefined figures come last. Raises SweepRefusedError."""
    plan, figures = plan_of(sweep), figures_of(sweep, table)
    kept = _matching(plan, table, where or {})
    key = sort.removeprefix("-")
    axes = {f"v:{axis.name}": axis for axis in plan.axes}
    if sort and key not in axes and key not in {one.key for one in figures} and key != "place":
        raise SweepRefusedError(f"Members cannot be sorted by “{key[:60]}”.", sort=key)
    if not figures and not sort:
        return [int(at) for at in kept]
    if not sort:
        best = figures[0]
        key, sort = best.key, ("-" if best.is_higher_better else "") + best.key
    if key in axes and not axes[key].is_ordered:
        words = table.column(key).to_pylist()
        return sorted((int(at) for at in kept), key=lambda at: words[at], reverse=sort.startswith("-"))
    values = numbers(table, key)[kept]
    values = np.where(np.isfinite(values), -values if sort.startswith("-") else values, np.inf)
    return [int(at) for at in kept[np.argsort(values, kind="stable")]]


def rows_at(sweep: Sweep, table: pa.Table, at: Sequence[int], /) -> list[MemberRow]:
    """Some members by their rows in the table."""
    return _rows(plan_of(sweep), table, at)


def numbers(table: pa.Table, name: str, /) -> FloatArray:
    """A column of numbers; NaN where there is none."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)


def heat_map(
    sweep: Sweep, table: pa.Table, /, *, x: str, y: str, shown: Shown, held: Mapping[str, int] | None = None
) -> HeatMap:
    """Two axes against each other; every cell is the best over the others, those in `held` at one of their values."""
    plan = plan_of(sweep)
    by_name = {axis.name: place for place, axis in enumerate(plan.axes)}
    at = np.unravel_index(table.column("place").to_numpy(), [len(axis.values) for axis in plan.axes])
    axis_x, axis_y = plan.axes[by_name[x]], plan.axes[by_name[y]]
    values = numbers(table, shown.key)
    kept = np.isfinite(values)
    for name, index in (held or {}).items():
        kept &= at[by_name[name]] == index
    blocks = [math.ceil(len(axis.values) / MOST_CELLS) for axis in (axis_x, axis_y)]
    column, row = at[by_name[x]] // blocks[0], at[by_name[y]] // blocks[1]
    shape = (math.ceil(len(axis_y.values) / blocks[1]), math.ceil(len(axis_x.values) / blocks[0]))
    order = np.flatnonzero(kept)
    order = order[np.argsort(values[order] if shown.is_higher_better else -values[order], kind="stable")]
    best, place = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    best[row[order], column[order]] = values[order]  # the last written is the best
    place[row[order], column[order]] = table.column("place").to_numpy()[order]
    low, high = (float(np.nanmin(best)), float(np.nanmax(best))) if len(order) else (None, None)
    top = int(table.column("place").to_numpy()[order[-1]]) if len(order) else -1
    made = tuple(
        (
            _label(axis_y, at_row, blocks[1]),
            tuple(_cell(best[at_row, c], int(place[at_row, c]), low, high, top, shown) for c in range(shape[1])),
        )
        for at_row in range(shape[0])
    )
    over = [len(axis.values) for axis in plan.axes if axis.name not in {x, y, *(held or {})}]
    columns = tuple(_label(axis_x, c, blocks[0]) for c in range(shape[1]))
    return HeatMap(axis_x, axis_y, shown, columns, made, low, high, math.prod([*over, *blocks]))


def best_along(sweep: Sweep, table: pa.Table, /, *, x: str, shown: Shown) -> tuple[Axis, list[float | None], list[int]]:
    """One axis: the best over all others at each of its values, and the number of that member (-1 where there is none)."""
    plan = plan_of(sweep)
    index = next(place for place, axis in enumerate(plan.axes) if axis.name == x)
    at = np.unravel_index(table.column("place").to_numpy(), [len(axis.values) for axis in plan.axes])[index]
    values = numbers(table, shown.key)
    order = np.flatnonzero(np.isfinite(values))
    order = order[np.argsort(values[order] if shown.is_higher_better else -values[order], kind="stable")]
    best = np.full(len(plan.axes[index].values), np.nan)
    place = np.full(len(best), -1, dtype=np.int64)
    best[at[order]], place[at[order]] = values[order], table.column("place").to_numpy()[order]
    return plan.axes[index], [float(v) if math.isfinite(v) else None for v in best], [int(p) for p in place]


def _matching(plan: SweepPlan, table: pa.Table, where: Mapping[str, str]) -> IntArray:
    from apps.domain.language import Unit, parse_value  # noqa: PLC0415 -- only where a filter is given

    kept = np.ones(table.num_rows, dtype=np.bool_)
    axes = {axis.name: axis for axis in plan.axes}
    for name, text in where.items():
        if name not in axes:
            raise SweepRefusedError(
                f"“{name[:60]}” is no axis of this sweep. Choose among {', '.join(axes)}.", axis=name
            )
        wanted = parse_value(text, Unit(axes[name].unit))
        kept &= np.array([value == wanted for value in table.column(f"v:{name}").to_pylist()], dtype=np.bool_)
    return np.flatnonzero(kept)


def _rows(plan: SweepPlan, table: pa.Table, at: Iterable[int]) -> list[MemberRow]:
    made = []
    for row in table.take(list(at)).to_pylist():
        figures = {key: value for key, value in row.items() if key[:2] in {"m:", "i:", "o:"} or key == _DEFLATED}
        made.append(MemberRow(row["place"], plan.values_at(row["place"]), row["refusal"], figures))
    return made


def _label(axis: Axis, at: int, block: int) -> str:
    first = axis.shown(axis.values[at * block])
    last = axis.shown(axis.values[min((at + 1) * block, len(axis.values)) - 1])
    number = first.split(" ")[0] if axis.is_ordered else first
    return number if first == last else f"{number}–{last.split(' ')[0]}"


def _cell(value: float, place: int, low: float | None, high: float | None, top: int, shown: Shown) -> Cell:
    if not math.isfinite(value) or low is None or high is None:
        return Cell(None, "void", None)
    middle, half = (low + high) / 2, max((high - low) / 2, 1e-12)
    offset = (value - middle) if shown.is_higher_better else (middle - value)
    return Cell(value, heat_class(offset if high > low else 0.0, cap=half), place, place == top)


def map_context(sweep: Sweep, table: pa.Table, shown: Shown, asked: Mapping[str, str], /) -> dict[str, Any]:
    """What the map of a page needs: two axes against each other, or one line; what was asked for where it makes sense."""
    plan = plan_of(sweep)
    wide = [axis for axis in plan.axes if len(axis.values) > 1]
    if not wide:
        return {}
    if len(wide) == 1:
        axis, values, places = best_along(sweep, table, x=wide[0].name, shown=shown)
        rows = [(axis.shown(v), value, place) for v, value, place in zip(axis.values, values, places, strict=True)]
        return {"line": rows, "line_axis": axis}
    names = [axis.name for axis in wide]
    x = asked.get("x", "") if asked.get("x") in names else names[0]
    rest = [name for name in names if name != x]
    y = asked.get("y", "") if asked.get("y") in rest else rest[0]
    held: dict[str, int] = {}
    others = []
    for axis in wide:
        if axis.name in {x, y}:
            continue
        text = asked.get(f"hold-{axis.name}", "")
        if text.isdecimal() and int(text) < len(axis.values):
            held[axis.name] = int(text)
        options = [(str(at), axis.shown(value)) for at, value in enumerate(axis.values)]
        others.append((axis.name, axis.label, options, text if axis.name in held else ""))
    made = heat_map(sweep, table, x=x, y=y, shown=shown, held=held)
    return {"heat": made, "wide": [(axis.name, axis.label) for axis in wide], "x": x, "y": y, "others": others}
