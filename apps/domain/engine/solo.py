"""Strategies that trade each instrument by itself, all in or all out: their accounts in one compiled walk per lane.

A lane is one instrument with one capital, one rule and one set of terms. A run of such a strategy on one instrument is one
lane; a sweep is many, independent of one another, so their bytes do not depend on what stands beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from apps.domain.engine.accounting import Accounts, Costs, Exits, cost_columns, exit_columns, order_table, trade_table
from apps.domain.engine.plan import Plan
from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.engine.room import Room
from apps.domain.engine.selection import Choice, SideArray
from apps.domain.language.sections import EqualWeights, PerAsset
from apps.domain.metrics import measure_lanes
from apps.domain.values.panel import DayArray, FloatArray, Panel

_NOTHING = np.zeros((0, 0))
_ACTIONS = ("split", "dividend", "delisting_return")


def is_solo(plan: Plan) -> bool:
    """Whether the rules hold one thing or nothing, at the market, on the whole day: what a lane can say."""
    spec = plan.spec
    selection, weights, schedule, overlay, execution = (
        spec.selection, spec.weights, spec.schedule, spec.overlay, spec.execution
    )  # fmt: skip
    return (
        isinstance(selection, PerAsset)
        and bool(selection.enter)
        and not (selection.enter_short or selection.exit_short)
        and isinstance(weights, EqualWeights)
        and not any((weights.beta, weights.cap, weights.gross_long, weights.gross_short))
        and spec.universe.kind == "fixed"
        and not any((schedule.when, schedule.hold, schedule.drift))
        and not any((overlay.regime, overlay.volatility, overlay.drawdown_stop))
        and (execution.order, execution.session) == ("market", "whole_day")
        and not any((execution.whole_shares, execution.max_leverage, execution.participation, execution.impact))
        and execution.interest is None
        and plan.fill in {"next_open", "next_close"}
        and spec.data.futures is None
        and not plan.inputs.fields.keys() & set(_ACTIONS)
    )


def is_complete(panel: Panel, row: int, first: int) -> bool:
    """Whether an instrument has every price of every bar of the window: no halt, nothing to wait for."""
    for name in ("close", "open", "high", "low"):
        values = getattr(panel, name)
        if values is not None and not panel.is_complete(name):
            part = values[row, first:]
            if not (part.min() > 0.0 and part.max() < math.inf):
                return False
    return True


@dataclass(frozen=True, slots=True)
class Terms:
    """What trading costs a lane, when it is closed whatever its rule says, and what it starts with."""

    costs: Costs
    exits: Exits
    capital: float


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """When lanes enter and leave: rows of a byte per day of the panel (1, 0, or UNDEFINED), and the row of each lane. Without
    `leave` a position is left when `enter` is no longer true."""

    enter: SideArray
    enter_at: IntArray
    leave: SideArray | None
    leave_at: IntArray


def truths(values: FloatArray, /) -> SideArray:
    """A condition (n_rows, n_days) of 1, 0 or NaN as a byte a day."""
    from apps.domain.engine import _solo_kernels as kernels  # noqa: PLC0415 -- slow import

    out = np.empty(values.shape, dtype=np.int8)
    kernels.truths(values, out)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What the walk of some lanes leaves: curves (n_lanes, n_curves, n_days), whether each was
    in at each close (`states`), order book and round trips one after the
    other with the `ends` of each lane's part, `counts` of days on which the entry was defined and true, and which lanes
    were `done`: the others need the general accounts."""

    days: DayArray
    curves: FloatArray
    states: SideArray
    book: FloatArray
    trips: FloatArray
    ends: IntArray
    counts: IntArray
    done: BoolArray
    capital: FloatArray

    def book_of(self, lane: int) -> FloatArray:
        """The order book of one lane."""
        return self.book[self.ends[lane - 1, 0] if lane else 0 : self.ends[lane, 0]]

    def trips_of(self, lane: int) -> FloatArray:
        """The round trips of one lane."""
        return self.trips[self.ends[lane - 1, 1] if lane else 0 : self.ends[lane, 1]]

    def equity(self, lane: int) -> FloatArray:
        """The equity curve of one lane."""
        curve: FloatArray = self.curves[lane, 0]
        return curve

    def choice(self, lane: int) -> Choice:
        """How often the entry of one lane was defined, and true; its sides are the states."""
        return Choice(np.zeros((1, 0), dtype=np.int8), int(self.counts[lane, 0]), int(self.counts[lane, 1]))

    def accounts(self, lane: int) -> Accounts:
        """The accounts of one lane, as the general walk gives them."""
        equity, cash, exposure = self.curves[lane]
        nothing = np.broadcast_to(np.float64(0.0), len(self.days))  # takes no memory
        return Accounts(
            equity=equity,
            cash=cash,
            exposure=exposure,
            financing=nothing,
            dividends=nothing,
            orders=order_table(self.book_of(lane), self.days),
            trades=trade_table(self.trips_of(lane), self.days),
            waiting=0,
        )

    def measures(self, month_ends: IntArray) -> FloatArray:
        """The measures of every lane without a benchmark, one row each (metrics.named names them); `month_ends` are those
        of the days."""
        from apps.domain.engine._trip_kernels import trade_rows  # noqa: PLC0415 -- slow import

        return measure_lanes(
            month_ends=month_ends,
            curves=self.curves,
            trades=trade_rows(self.trips, len(self.days)),
            values=np.ascontiguousarray(self.book[:, 6]),
            costs=np.ascontiguousarray(self.book[:, 7]),
            ends=self.ends,
            capital=self.capital,
        )

    def weights(self, lane: int, decides: BoolArray) -> FloatArray:
        """The targets at the decisions, shape (1, n_decisions)."""
        states = self.states[lane : lane + 1]
        return (states if decides.all() else states[:, decides]).astype(np.float64)


def walk(
    *,
    panel: Panel,
    first: int,
    rows: IntArray,
    rules: Rules,
    decides: BoolArray,
    fill: str,
    terms: list[Terms],
    room: Room | None = None,
) -> Walked:
    """Walk the lanes from panel index `first`; `rows` has one entry per lane, and so has `terms` unless they are the same. The
    curves stand in `room`."""
    from apps.domain.engine import _solo_kernels as kernels  # noqa: PLC0415 -- slow import

    days = panel.days[first:]
    n_lanes = len(rows)
    high, low = _part(panel.high, first), _part(panel.low, first)
    if not (high.size and low.size):
        high = low = _NOTHING
    empty = np.empty if room is None else room.empty
    curves = empty((n_lanes, kernels.CURVES, len(days)))
    capital = np.full(n_lanes, [one.capital for one in terms])
    states = np.empty((n_lanes, len(days)), dtype=np.int8)
    counts = np.zeros((n_lanes, 2), dtype=np.int64)
    ends = np.zeros((n_lanes, 2), dtype=np.int64)
    done = np.zeros(n_lanes, dtype=np.bool_)
    book, trips = kernels.lanes(
        first, _part(panel.open, first), high, low, _part(panel.close, first), rows, rules.enter,
        rules.enter if rules.leave is None else rules.leave, rules.enter_at, rules.leave_at, rules.leave is not None,
        decides, fill == "next_close", _table([cost_columns(one.costs) for one in terms], n_lanes),
        _table([exit_columns(one.exits) for one in terms], n_lanes), capital, curves, states, counts, ends, done,
    )  # fmt: skip
    return Walked(
        days=days,
        curves=curves,
        states=states,
        book=book,
        trips=trips,
        ends=ends,
        counts=counts,
        done=done,
        capital=capital,
    )


def _part(values: FloatArray | None, first: int) -> FloatArray:
    return _NOTHING if values is None else np.ascontiguousarray(values[:, first:])


def _table(rows: list[FloatArray], n_lanes: int) -> FloatArray:
    return np.array(rows) if len(rows) == n_lanes else np.repeat(np.array(rows), n_lanes, axis=0)
