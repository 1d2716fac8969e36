"""Which instruments a strategy wants at the close of each decision day, and on which side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import numpy.typing as npt

from apps.domain.engine.evaluate import Evaluator
from apps.domain.engine.plan import Plan
from apps.domain.engine.ranking import best
from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.language.sections import AllMembers, PerAsset, Sort, Sorted, Switch, TopN
from apps.domain.values.panel import FloatArray

SideArray = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """`sides` has shape (n_symbols, n_decisions): 1 long, -1 short, 0 not held.

    `n_defined` counts instruments and days on which the rule was defined, `n_fired` those on which it chose. `shares` is
    given where the selection itself says how much (pairs that share an instrument), and then takes the place of a scheme.
    """

    sides: SideArray
    n_defined: int
    n_fired: int
    shares: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What a selection looks at. `members` has shape (n_symbols, n_days of the panel); `at` are the panel indices of the
    decision days."""

    plan: Plan
    evaluator: Evaluator
    members: BoolArray
    at: IntArray

    def series(self, formula: str) -> FloatArray:
        """A formula at the decision days."""
        return self.evaluator.at(formula, self.at)


@singledispatch
def choose(selection: object, day: Day) -> Choice:
    """What `selection` wants on each decision day."""
    raise NotImplementedError(type(selection))


@choose.register
def _(selection: AllMembers, day: Day) -> Choice:
    chosen = day.members[:, day.at]
    return Choice(chosen.astype(np.int8), int(chosen.sum()), int(chosen.sum()))


@choose.register
def _(selection: TopN, day: Day) -> Choice:
    by = day.series(selection.by)
    able = day.members[:, day.at] & np.isfinite(by)
    chosen = best(by, able, day.plan.values, selection.count, top=selection.side == "top")
    return Choice(chosen.astype(np.int8), int(able.sum()), int(chosen.sum()))


@choose.register
def _(selection: Sorted, day: Day) -> Choice:
    members = day.members[:, day.at]
    legs = [_leg(sorts, selection.combine, day, members) for sorts in (selection.long, selection.short)]
    sides = legs[0][0].astype(np.int8) - legs[1][0].astype(np.int8)
    return Choice(sides.astype(np.int8), legs[0][1] + legs[1][1], int(np.count_nonzero(sides)))


def _leg(sorts: list[Sort] | None, combine: str, day: Day, members: BoolArray) -> tuple[BoolArray, int]:
    if not sorts:
        return np.zeros(members.shape, dtype=np.bool_), 0
    left, n_defined = members, 0
    for sort in sorts:
        base = left if combine == "sequential" else members
        kept, able = _sorted(sort, day, base)
        n_defined += able
        left = kept if combine == "sequential" else left & kept
    return left, n_defined


def _sorted(sort: Sort, day: Day, base: BoolArray) -> tuple[BoolArray, int]:
    able = base
    if sort.where:
        condition = day.series(sort.where)
        able = base & (condition == 1.0)
        if not sort.by:
            return able, int(np.sum(base & np.isfinite(condition)))
    if not sort.by or not sort.size:
        return able, int(able.sum())
    by = day.series(sort.by)
    groups = day.series(sort.within) if sort.within else None
    chosen = best(by, able, day.plan.values, sort.size, top=sort.keep == "top", groups=groups)
    return chosen, int(np.sum(able & np.isfinite(by)))


@choose.register
def _(selection: PerAsset, day: Day) -> Choice:
    from apps.domain.engine import _state_kernels  # noqa: PLC0415 -- slow import

    signals = signals_of(selection, day)
    held = np.zeros(day.members.shape, dtype=np.int8)
    window = slice(day.plan.first, day.plan.last + 1)
    enter, leave, enter_short, leave_short = (
        np.ascontiguousarray(rule[:, window])
        for rule in (signals.enter, signals.leave, signals.enter_short, signals.leave_short)
    )
    bar = np.ascontiguousarray(np.isfinite(day.plan.panel.close[:, window]))
    inside = np.zeros(bar.shape, dtype=np.int8)
    _state_kernels.states(
        enter, leave, signals.has_leave, enter_short, leave_short, signals.has_leave_short, bar, inside
    )
    held[:, window] = inside
    return Choice(held[:, day.at], *counted(signals, bar, window))


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """The rules of a per-asset selection, each (n_symbols, n_days of the panel), 1, 0 or NaN; an absent one is all NaN."""

    enter: FloatArray
    leave: FloatArray
    has_leave: bool
    enter_short: FloatArray
    leave_short: FloatArray
    has_leave_short: bool


def signals_of(selection: PerAsset, day: Day) -> Signals:
    """Evaluate the rules; who has a bar and is no member of the universe does not enter, and leaves."""
    outside = ~day.members & np.isfinite(day.plan.panel.close)

    def of(formula: str | None, out: float) -> FloatArray:
        if formula is None:
            return np.full(outside.shape, np.nan)
        return np.where(outside, out, day.evaluator.series(formula))

    return Signals(
        of(selection.enter, 0.0), of(selection.exit, 1.0), selection.exit is not None,
        of(selection.enter_short, 0.0), of(selection.exit_short, 1.0), selection.exit_short is not None,
    )  # fmt: skip


def counted(signals: Signals, bar: BoolArray, window: slice) -> tuple[int, int]:
    """How often an entry rule was defined, and true, on days with a bar."""
    n_defined = n_fired = 0
    for signal in (signals.enter[:, window], signals.enter_short[:, window]):
        n_defined += int(np.sum(~np.isnan(signal) & bar))
        n_fired += int(np.sum((signal == 1.0) & bar))
    return n_defined, n_fired


@choose.register
def _(selection: Switch, day: Day) -> Choice:
    values, symbols = day.plan.values, day.plan.panel.symbols
    sides = np.zeros((len(symbols), len(day.at)), dtype=np.int8)
    open_ = np.ones(len(day.at), dtype=np.bool_)
    known = np.zeros(len(day.at), dtype=np.bool_)
    for case in selection.cases:
        condition = np.broadcast_to(day.evaluator.value(case.when), day.members.shape)[0, day.at]
        decided = open_ & (condition == 1.0)
        known |= ~np.isnan(condition)
        sides[:, decided] |= _rows_of(values.symbols(case.hold), symbols)[:, None]
        open_ &= ~decided
    if selection.otherwise:
        decided = open_ & known  # nothing is held before any condition is defined
        sides[:, decided] |= _rows_of(values.symbols(selection.otherwise), symbols)[:, None]
    return Choice(sides, int(known.sum()), int(np.any(sides != 0, axis=0).sum()))


def _rows_of(wanted: list[str], symbols: tuple[str, ...]) -> SideArray:
    return np.array([symbol in wanted for symbol in symbols], dtype=np.int8)
