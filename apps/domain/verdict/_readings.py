"""The same rules over other windows and with other costs, so that a claim is held to what it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from apps.domain.language import Unit
from apps.domain.language.parameters import RunnableParameter, Status
from apps.domain.language.schema import Claim, RunnableSpecification
from apps.domain.metrics import measure
from apps.domain.values.panel import DayArray, FloatArray

if TYPE_CHECKING:
    from apps.domain.engine import Result  # pages read verdicts without the compiled engine

Window = tuple[date, date]
Again = Literal["longer", "gross", "ours"]

HOUSE_COST_BPS = 10.0
"""What the desk pays on a fill, of its value, unless it has measured better. A change is a change of the gates."""
_RATE = "cost_of_this_reading"
_PER_FILL = ("per_share", "minimum", "spread", "impact")
_GROSS = re.compile(
    r"\bgross\b(?! (?:exposure|weight|leverage))"
    r"|\b(?:before|without|excluding|ignoring|no)(?: all| any| the)?(?: \w+)? (?:costs?|commissions?)\b"
)
_NET = re.compile(r"\bnet\b|\bafter(?: all| any| the)?(?: \w+)? (?:costs?|commissions?|fees?)\b")


class Reading(Protocol):
    """A run as claims look at it."""

    @property
    def window(self) -> Window: ...
    @property
    def costs(self) -> str: ...
    def days_in(self, window: Window) -> int: ...
    def measured(self, window: Window) -> Mapping[str, float | None]: ...


@dataclass(frozen=True, slots=True)
class Readings:
    """A run, and the same rules to the end of the data, without costs, and with the house's. In place of a reading that
    was not made stands why, as a sentence; where the run itself is one of them, it stands there too."""

    base: Reading
    longer: Reading | str
    gross: Reading | str
    ours: Reading | str


@dataclass(frozen=True, slots=True, eq=False)
class RunReading:
    """A result of the engine, measured over any part of its window. `costs` says in words what fills cost."""

    result: Result
    costs: str
    _seen: dict[Window, Mapping[str, float | None]] = field(default_factory=dict)

    @property
    def window(self) -> Window:
        return self.result.days[0].item(), self.result.days[-1].item()

    def days_in(self, window: Window) -> int:
        """How many days of the run lie in a window, its ends included."""
        return int(np.sum(_within(self.result.days, window)))

    def measured(self, window: Window) -> Mapping[str, float | None]:
        """Every measure over a part of the run, from its first close to its last; round trips count where they closed."""
        if window not in self._seen:
            self._seen[window] = measure(_part(self.result, window))
        return self._seen[window]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The days of a window, as measures see a run."""

    days: DayArray
    capital: float
    equity: FloatArray
    exposure: FloatArray
    benchmark_equity: FloatArray | None
    orders: Any
    trades: Any


def readings_to_make(
    *, spec: RunnableSpecification, window: Window, data_window: Window
) -> dict[Again, RunnableSpecification]:
    """What must be run again to hold the claims of `spec` like for like, given what its own run covers."""
    if not spec.claims:
        return {}
    asked: dict[Again, RunnableSpecification] = {}
    longer = window[1] < data_window[1]
    if longer:
        asked["longer"] = _to_the_end(spec)
    if any(is_gross(claim) for claim in spec.claims) and not _is_free(spec):
        asked["gross"] = with_cost(_to_the_end(spec), 0.0)
    if costs_of(spec) != costs_of(with_cost(spec, HOUSE_COST_BPS)):
        asked["ours"] = with_cost(spec, HOUSE_COST_BPS)
    return asked


def is_gross(claim: Claim) -> bool:
    """Whether the document says that a figure is before costs."""
    basis = claim.basis.lower()
    return bool(_GROSS.search(basis)) and not _NET.search(basis)


def costs_of(spec: RunnableSpecification) -> str:
    """What fills of a specification cost, in words."""
    if _is_free(spec):
        return "no costs"
    rate, more = _value(spec, spec.execution.cost), any(_value(spec, name) for name in _other_costs(spec))
    return f"{rate:g} bps a fill" + (" and more" if more else "") if rate else "costs of fills"


def _part(result: Result, window: Window) -> Result | _Part:
    keep = _within(result.days, window)
    if keep.all():
        return result
    benchmark = result.benchmark_equity
    closed = _within(result.trades.exit_day, window) & ~result.trades.is_open
    return _Part(
        days=result.days[keep],
        capital=float(result.equity[keep][0]) if keep.any() else result.capital,
        equity=result.equity[keep],
        exposure=result.exposure[keep],
        benchmark_equity=None if benchmark is None else benchmark[keep],
        orders=_rows(result.orders, _within(result.orders.day, window)),
        trades=_rows(result.trades, closed),
    )


def _within(days: DayArray, window: Window) -> npt.NDArray[np.bool_]:
    dates = days.astype("datetime64[D]")
    return np.asarray((dates >= np.datetime64(window[0])) & (dates <= np.datetime64(window[1])))


def _rows(table: Any, keep: npt.NDArray[np.bool_]) -> Any:
    return replace(table, **{column.name: getattr(table, column.name)[keep] for column in fields(table)})


def _to_the_end(spec: RunnableSpecification) -> RunnableSpecification:
    return spec.model_copy(update={"evaluation": spec.evaluation.model_copy(update={"end": None})})


def with_cost(spec: RunnableSpecification, rate: float) -> RunnableSpecification:
    """The same rules with one cost, of the value of each fill; what time costs (borrowing, interest) stays."""
    row = RunnableParameter(label="Trading cost", value=rate, unit=Unit.BPS, status=Status.ASSUMED)
    execution = spec.execution.model_copy(update={"cost": _RATE, **dict.fromkeys(_PER_FILL)})
    return spec.model_copy(update={"execution": execution, "parameters": {**spec.parameters, _RATE: row}})


def _is_free(spec: RunnableSpecification) -> bool:
    return not any(_value(spec, name) for name in (spec.execution.cost, *_other_costs(spec)))


def _other_costs(spec: RunnableSpecification) -> list[str]:
    named = (getattr(spec.execution, place) for place in _PER_FILL)
    return [name for name in named if name]


def _value(spec: RunnableSpecification, name: str) -> float:
    value = spec.parameters[name].value
    return float(value) if isinstance(value, int | float) else 0.0
