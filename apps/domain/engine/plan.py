"""Reading a specification for a run: the window becomes indices, symbols rows, inputs arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from apps.domain.engine.evaluate import Named
from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.engine.values import MissingParameterError, ParameterValueError, Values
from apps.domain.errors import DomainError
from apps.domain.language import FILL_CHOICES, RunnableSpecification
from apps.domain.language.rule_checks import look_ahead
from apps.domain.language.sections import ROLL_CHOICES, FixedWeights, Switch
from apps.domain.language.vocabulary import CURVE_FIELDS
from apps.domain.values.futures import RollRule
from apps.domain.values.inputs import Events, Inputs
from apps.domain.values.panel import DayArray, FloatArray, Panel

__all__ = [
    "DataMissingError",
    "EmptyWindowError",
    "MissingParameterError",
    "ParameterValueError",
    "Plan",
    "UnknownSymbolError",
    "plan_of",
]


class UnknownSymbolError(DomainError):
    """The universe names an instrument that the data do not carry."""

    code = "unknown_symbol"


class EmptyWindowError(DomainError):
    """The evaluation window holds too few days of the data."""

    code = "empty_window"


class DataMissingError(DomainError):
    """The rules read something that was not given; `sources` lists it."""

    code = "data_missing"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a run needs to know, resolved.

    `panel` holds the universe and whatever else may be held, sorted by symbol, up to the end of the window; `in_universe`
    (n_symbols) says which of its rows the selection may choose from. `first` and `last` are panel indices, ends included.
    """

    spec: RunnableSpecification
    values: Values
    panel: Panel
    inputs: Inputs
    named: Named
    in_universe: BoolArray
    first: int
    last: int
    numbers: Mapping[str, float]
    fill: str
    capital: float
    benchmark: str | None


def plan_of(*, spec: RunnableSpecification, inputs: Inputs) -> Plan:
    """Resolve `spec` against `inputs`; raises a named DomainError where they do not fit."""
    values = Values(spec, inputs.panel.bars_per_day)
    if spec.data.futures:
        inputs = _chained(values, inputs)
    panel = inputs.panel
    first, last = _window(values, panel)
    universe, others = _symbols(values, panel)
    rows = _rows(panel, sorted({*universe, *others}))
    fill = values.choice(spec.execution.fill, FILL_CHOICES)
    if panel.open is None and (fill == "next_open" or spec.execution.session != "whole_day"):
        raise ParameterValueError(
            "The strategy fills at the open, but these data carry no opening prices. Choose next_close.",
            parameter=spec.execution.fill,
        )
    if fill == "same_close" and (reads := next(look_ahead(spec), None)):
        raise ParameterValueError(reads.message, parameter=spec.execution.fill)
    capital = values.number(spec.evaluation.capital)
    if not capital > 0.0:
        raise ParameterValueError("The starting capital must be above zero.", parameter=spec.evaluation.capital)
    part = inputs.rows(rows, last)
    named = _named(values, inputs, part, last)
    wanted = set(universe)
    return Plan(
        spec=spec,
        values=values,
        panel=part.panel,
        inputs=part,
        named=named,
        in_universe=np.array([symbol in wanted for symbol in part.panel.symbols], dtype=np.bool_),
        first=first,
        last=last,
        numbers=values.numbers(),
        fill=fill,
        capital=capital,
        benchmark=values.text(spec.evaluation.benchmark) if spec.evaluation.benchmark else None,
    )


def _chained(values: Values, inputs: Inputs) -> Inputs:
    """Futures made continuous by the strategy's roll rule."""
    futures = values.spec.data.futures
    if futures is None:
        return inputs
    rule = cast("RollRule", values.choice(futures.roll, ROLL_CHOICES))
    before = 0 if futures.days is None else int(values.number(futures.days, 0) / values.bars_per_day)
    return inputs.continuous(rule=rule, days_before=before)


def _window(values: Values, panel: Panel) -> tuple[int, int]:
    evaluation = values.spec.evaluation
    start, end = values.day(evaluation.start), values.day(evaluation.end)
    days = panel.days
    first = 0 if start is None else _place_of(days, start)
    last = (len(days) if end is None else _place_of(days, end + 1)) - 1
    if last - first < 1:
        covered = " to ".join(str(day.astype("datetime64[D]")) for day in days[[0, -1]]) if len(days) else "no day"
        raise EmptyWindowError(
            f"The window from {start or 'the first day'} to {end or 'the last day'} holds fewer than two trading days "
            f"of the data, which cover {covered}. Move the window into the data.",
        )
    return first, last


def _place_of(bars: DayArray, day: np.datetime64) -> int:
    """The first bar on or after a day."""
    return int(np.searchsorted(bars, day.astype(bars.dtype), side="left"))


def _symbols(values: Values, panel: Panel) -> tuple[list[str], list[str]]:
    """The instruments to choose from, and the others that may be held."""
    spec = values.spec
    universe = values.symbols(spec.universe.symbols)
    others: list[str] = []
    if isinstance(spec.selection, Switch):
        for name in (*(case.hold for case in spec.selection.cases), spec.selection.otherwise):
            others += values.symbols(name)
    if spec.overlay.regime:
        others += values.symbols(spec.overlay.regime.instead)
    if isinstance(spec.weights, FixedWeights):
        others += list(spec.weights.weights)
        universe = universe or others
    return universe or list(panel.symbols), others


def _rows(panel: Panel, wanted: list[str]) -> IntArray:
    row_of = {symbol: row for row, symbol in enumerate(panel.symbols)}
    unknown = sorted(set(wanted) - set(row_of))
    if unknown:
        raise UnknownSymbolError(
            f"The data do not carry {', '.join(unknown)}. Choose among {', '.join(sorted(row_of)[:12])}"
            f"{' and more' if len(row_of) > 12 else ''}.",
            symbols=unknown,
        )
    if not wanted:
        raise UnknownSymbolError("The data set holds no instrument. Load one first.", symbols=[])
    return np.array([row_of[symbol] for symbol in wanted], dtype=np.int64)


def _named(values: Values, inputs: Inputs, part: Inputs, last: int) -> Named:
    """The arrays behind the names of the inputs; an instrument is read from all of the data, universe or not."""
    days, n_symbols = part.panel.days, len(part.panel.symbols)
    arrays: dict[str, FloatArray] = {}
    events: dict[str, Events] = {}
    missing: list[str] = []
    for name, given in values.spec.data.inputs.items():
        if given.kind == "instrument":
            row = _rows(inputs.panel, [values.text(given.symbol)])
            arrays[name] = np.ascontiguousarray(inputs.panel.field(given.field)[row, : last + 1])
            continue
        source = values.text(given.source)
        held = cast("Mapping[str, object]", getattr(part, _HELD[given.kind]))
        if source not in held:
            missing.append(source)
        elif given.kind == "series":
            lag = int(values.optional(given.lag, 0) or 0)
            arrays[name] = part.series[source].on(days, lag)
        elif given.kind == "fact":
            lag, age = int(values.optional(given.lag, 0) or 0), values.optional(given.max_age, 1)
            arrays[name] = part.facts[source].on(days, n_symbols, lag, None if age is None else int(age))
        elif given.kind == "event":
            events[name] = part.events[source]
        else:
            arrays[name] = part.fields[source] if given.kind == "field" else part.groups[source]
    if values.spec.data.futures:
        arrays |= {name: part.fields[name] for name in CURVE_FIELDS}
    if missing:
        raise DataMissingError(
            f"Data missing: {', '.join(missing)}. Load it, or choose another source in the parameters.", sources=missing
        )
    return Named(arrays=arrays, events=events, sessions=part.sessions)


_HELD = {"series": "series", "field": "fields", "fact": "facts", "group": "groups", "event": "events"}
