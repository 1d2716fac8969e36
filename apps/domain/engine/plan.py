"""Reading a specification for a run: parameters become numbers, the window becomes indices, symbols become rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from apps.domain.engine.result import IntArray
from apps.domain.errors import DomainError
from apps.domain.language import FILL_CHOICES, RunnableParameter, RunnableSpecification, Unit, trading_days
from apps.domain.values.panel import FIELDS, Panel

DURATIONS = frozenset({Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS})
BPS = 1e-4


class MissingParameterError(DomainError):
    """A section names a parameter that the table does not hold."""

    code = "missing_parameter"


class ParameterValueError(DomainError):
    """A parameter holds a value that the engine cannot use."""

    code = "parameter_value"


class UnknownSymbolError(DomainError):
    """The universe names an instrument that the data do not carry."""

    code = "unknown_symbol"


class EmptyWindowError(DomainError):
    """The evaluation window holds too few days of the data."""

    code = "empty_window"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the kernels need to know, resolved. `first` and `last` are panel indices, ends included."""

    panel: Panel
    first: int
    last: int
    numbers: Mapping[str, float]
    frequency: str
    on: Literal["last", "first"]
    at_open: bool
    rate: float
    capital: float
    count: int | None
    benchmark: str | None


def plan_of(*, spec: RunnableSpecification, panel: Panel) -> Plan:
    """Resolve `spec` against `panel`; the panel of the plan holds the universe, sorted, up to the end of the window."""
    first, last = _window(spec, panel)
    rows = _rows(spec, panel)
    fill = _choice(spec, spec.execution.fill, FILL_CHOICES)
    if fill == "next_open" and panel.open is None:
        raise ParameterValueError(
            "The strategy fills at the next open, but these data carry no opening prices. Choose next_close.",
            parameter=spec.execution.fill,
        )
    rate = _number(spec, spec.execution.cost) * BPS
    capital = _number(spec, spec.evaluation.capital)
    if not 0.0 <= rate < 1.0:
        raise ParameterValueError(
            "Costs must be at least 0 and below 10000 basis points.", parameter=spec.execution.cost
        )
    if not capital > 0.0:
        raise ParameterValueError("The starting capital must be above zero.", parameter=spec.evaluation.capital)
    return Plan(
        panel=_part(panel, rows, last),
        first=first,
        last=last,
        numbers=_numbers(spec),
        frequency=str(_parameter(spec, spec.schedule.rebalance).value),
        on=spec.schedule.on,
        at_open=fill == "next_open",
        rate=rate,
        capital=capital,
        count=_count(spec),
        benchmark=_benchmark(spec),
    )


def _parameter(spec: RunnableSpecification, name: str) -> RunnableParameter:
    parameter = spec.parameters.get(name)
    if parameter is None:
        raise MissingParameterError(
            f"The strategy uses “{name}”, but its parameters do not hold it. Add it.", parameter=name
        )
    return parameter


def _number(spec: RunnableSpecification, name: str) -> float:
    value = _parameter(spec, name).value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParameterValueError(f"The parameter “{name}” must be a number, not “{value}”.", parameter=name)
    return float(value)


def _numbers(spec: RunnableSpecification) -> dict[str, float]:
    """Every parameter that a formula may name: durations in trading days, the rest as they stand."""
    return {
        name: float(trading_days(parameter.value, parameter.unit))
        if parameter.unit in DURATIONS
        else float(parameter.value)
        for name, parameter in spec.parameters.items()
        if isinstance(parameter.value, int | float) and not isinstance(parameter.value, bool)
    }


def _choice(spec: RunnableSpecification, name: str, choices: tuple[str, ...]) -> str:
    value = _parameter(spec, name).value
    if value not in choices:
        raise ParameterValueError(
            f"The parameter “{name}” is “{value}”; the engine knows {', '.join(choices)}.", parameter=name
        )
    return str(value)


def _count(spec: RunnableSpecification) -> int | None:
    if spec.selection.kind != "top_n":
        return None
    value = _number(spec, spec.selection.count)
    if value < 1 or value != math.floor(value):
        raise ParameterValueError(
            f"The number of instruments to hold must be a whole number from 1, not {value:g}.",
            parameter=spec.selection.count,
        )
    return int(value)


def _benchmark(spec: RunnableSpecification) -> str | None:
    if spec.evaluation.benchmark is None:
        return None
    return str(_parameter(spec, spec.evaluation.benchmark).value) or None


def _day(spec: RunnableSpecification, name: str | None) -> np.datetime64 | None:
    if name is None:
        return None
    value = _parameter(spec, name).value
    try:
        return np.datetime64(date.fromisoformat(str(value)), "D")
    except ValueError:
        raise ParameterValueError(
            f"The parameter “{name}” must be a date such as 2004-12-31, not “{value}”.", parameter=name
        ) from None


def _window(spec: RunnableSpecification, panel: Panel) -> tuple[int, int]:
    start, end = _day(spec, spec.evaluation.start), _day(spec, spec.evaluation.end)
    first = 0 if start is None else int(np.searchsorted(panel.days, start, side="left"))
    last = len(panel.days) - 1 if end is None else int(np.searchsorted(panel.days, end, side="right")) - 1
    if last - first < 1:
        covered = f"{panel.days[0]} to {panel.days[-1]}" if len(panel.days) else "no day"
        raise EmptyWindowError(
            f"The window from {start or 'the first day'} to {end or 'the last day'} holds fewer than two trading days "
            f"of the data, which cover {covered}. Move the window into the data.",
        )
    return first, last


def _rows(spec: RunnableSpecification, panel: Panel) -> IntArray:
    value = _parameter(spec, spec.universe.symbols).value
    if isinstance(value, bool | int | float):
        raise ParameterValueError(
            f"The parameter “{spec.universe.symbols}” must be a list of symbols.", parameter=spec.universe.symbols
        )
    wanted = [symbol for symbol in ([value] if isinstance(value, str) else value) if symbol]
    row_of = {symbol: row for row, symbol in enumerate(panel.symbols)}
    unknown = sorted(set(wanted) - set(row_of))
    if unknown:
        raise UnknownSymbolError(
            f"The data do not carry {', '.join(unknown)}. Choose among {', '.join(sorted(row_of)[:12])}"
            f"{' and more' if len(row_of) > 12 else ''}.",
            symbols=unknown,
        )
    symbols = sorted(set(wanted) or row_of)
    if not symbols:
        raise UnknownSymbolError("The data set holds no instrument. Load one first.", symbols=[])
    return np.array([row_of[symbol] for symbol in symbols], dtype=np.int64)


def _part(panel: Panel, rows: IntArray, last: int) -> Panel:
    if last == len(panel.days) - 1 and np.array_equal(rows, np.arange(len(panel.symbols))):
        return panel
    cut = {name: panel.field(name)[rows, : last + 1] for name in FIELDS if name in panel.fields}
    return Panel(
        days=panel.days[: last + 1],
        symbols=tuple(panel.symbols[row] for row in rows),
        adjustment=panel.adjustment,
        **cut,
    )
