"""What rules may read beside the bars: other fields, groups, external series, reported figures, events.

Nothing is ever known before it was: every table carries the day on whose close each of its rows was public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.domain.errors import DomainError
from apps.domain.values.futures import Contract, RollRule, continuous
from apps.domain.values.panel import FIELDS, DayArray, FloatArray, Panel

IntArray = npt.NDArray[np.int64]


class InputShapeError(DomainError):
    """A table beside the bars does not fit together, or does not fit the panel."""

    code = "input_shape"


def _days(name: str, values: Any) -> DayArray:
    days = np.ascontiguousarray(values).astype("datetime64[D]")
    if days.ndim != 1 or np.any(np.isnat(days)):
        raise InputShapeError(f"The column {name} must hold dates, one a row, none missing.")
    return _frozen(days)


def _frozen(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if values.flags.writeable:
        values = values.copy()
        values.flags.writeable = False
    return values


def _owned(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An array that nobody else holds, made read-only: it need not be copied again."""
    values.flags.writeable = False
    return values


def _same_length(**columns: npt.NDArray[Any]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise InputShapeError(f"Columns of one table must be equally long, not {listed}.")


def _lagged(days: DayArray, lag: int) -> DayArray:
    """For each trading day the day `lag` trading days before it; the first days have none (NaT)."""
    if lag < 0:
        raise InputShapeError("A lag is never below zero: the future cannot be asked for.")
    dates = days.astype("datetime64[D]")
    if lag == 0:
        return dates
    return np.concatenate([np.full(min(lag, len(dates)), np.datetime64("NaT"), dtype="datetime64[D]"), dates[:-lag]])


@dataclass(frozen=True, slots=True, eq=False)
class MarketSeries:
    """One number a day for the whole market: `days` strictly increasing, `known` the day each value was public (its own
    day unless given)."""

    days: DayArray
    values: FloatArray
    known: DayArray | None = None

    def __post_init__(self) -> None:
        days = _days("days", self.days)
        known = days if self.known is None else _days("known", self.known)
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        _same_length(days=days, values=values, known=known)
        if np.any(np.diff(days).astype(np.int64) <= 0):
            raise InputShapeError("The days of a series must be strictly increasing; sort it and drop repeated days.")
        if np.any(known < days):
            raise InputShapeError("A value of a series cannot be known before its own day.")
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "values", _frozen(values))
        object.__setattr__(self, "known", known)

    @property
    def _publicly(self) -> DayArray:
        return self.days if self.known is None else self.known

    def on(self, days: DayArray, lag: int = 0) -> FloatArray:
        """The value of the latest day that was known `lag` trading days before each of `days`, shape (1, n_days)."""
        asked = _lagged(days, lag)
        result = np.full((1, len(asked)), np.nan)
        publicly = self._publicly
        order = np.argsort(publicly, kind="stable")
        known = publicly[order]
        latest = np.maximum.accumulate(order) if len(order) else order  # the newest day among those known so far
        at = np.searchsorted(known, asked, side="right") - 1
        seen = (at >= 0) & ~np.isnat(asked)
        result[0, seen] = self.values[latest[at[seen]]]
        return result

    def blanked(self, cut: np.datetime64) -> MarketSeries:
        """Only what was known by the close of `cut`."""
        kept = self._publicly <= cut
        return MarketSeries(self.days[kept], self.values[kept], self._publicly[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Reported figures: one row per instrument (`symbol`, a row of the panel), period (`days`) and report (`known`).

    A later report of the same period replaces the earlier one from the day it is known; a late report of an older period
    never replaces a newer period.
    """

    symbol: IntArray
    days: DayArray
    values: FloatArray
    known: DayArray

    def __post_init__(self) -> None:
        symbol = np.ascontiguousarray(self.symbol, dtype=np.int64)
        days, known = _days("days", self.days), _days("known", self.known)
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        _same_length(symbol=symbol, days=days, values=values, known=known)
        if np.any(known < days):
            raise InputShapeError("A figure cannot be known before the end of its period.")
        for name, column in (("symbol", symbol), ("days", days), ("values", values), ("known", known)):
            object.__setattr__(self, name, _frozen(column))

    def on(self, days: DayArray, n_symbols: int, lag: int = 0, max_age: int | None = None) -> FloatArray:
        """The figure of the newest period known `lag` trading days before each day, shape (n_symbols, n_days).

        A figure that became known more than `max_age` trading days ago is undefined.
        """
        asked = _lagged(days, lag)
        result = np.full((n_symbols, len(asked)), np.nan)
        for row in range(n_symbols):
            self._fill(result[row], asked, np.flatnonzero(self.symbol == row), max_age)
        return result

    def _fill(self, out: FloatArray, asked: DayArray, rows: IntArray, max_age: int | None) -> None:
        rows = rows[np.lexsort((rows, self.known[rows]))]
        starts = np.searchsorted(asked, self.known[rows], side="left")
        newest: np.datetime64 | None = None
        n_missing = int(np.isnat(asked).sum())
        for place, start in zip(rows, starts, strict=True):
            if newest is not None and self.days[place] < newest:
                continue
            newest = self.days[place]
            first = max(int(start), n_missing)
            end = len(out) if max_age is None else min(len(out), first + max_age + 1)
            out[first:] = np.nan
            out[first:end] = self.values[place]

    def rows(self, wanted: IntArray) -> Facts:
        """The table of some instruments, renumbered in their order."""
        kept, symbol = _renumbered(self.symbol, wanted)
        return Facts(symbol, self.days[kept], self.values[kept], self.known[kept])

    def blanked(self, cut: np.datetime64) -> Facts:
        """Only what was known by the close of `cut`."""
        kept = self.known <= cut
        return Facts(self.symbol[kept], self.days[kept], self.values[kept], self.known[kept])


def _renumbered(symbol: IntArray, wanted: IntArray) -> tuple[npt.NDArray[np.bool_], IntArray]:
    """Which rows are of the instruments `wanted`, and the places of these; -1, the whole market, stays."""
    place_of = {int(row): place for place, row in enumerate(wanted)} | {-1: -1}
    kept = np.array([int(row) in place_of for row in symbol], dtype=np.bool_)
    return kept, np.array([place_of[int(row)] for row in symbol[kept]], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Dated events of instruments (`symbol` -1 is the whole market): the day of each, the day it was announced, a number.

    An event on a day without trading counts from the next trading day.
    """

    symbol: IntArray
    day: DayArray
    announced: DayArray | None = None
    value: FloatArray | None = None

    def __post_init__(self) -> None:
        symbol = np.ascontiguousarray(self.symbol, dtype=np.int64)
        day = _days("day", self.day)
        announced = day if self.announced is None else _days("announced", self.announced)
        value = np.full(len(day), np.nan) if self.value is None else np.ascontiguousarray(self.value, dtype=np.float64)
        _same_length(symbol=symbol, day=day, announced=announced, value=value)
        order = np.lexsort((announced, day))
        for name, column in (("symbol", symbol), ("day", day), ("announced", announced), ("value", value)):
            object.__setattr__(self, name, _frozen(column[order]))

    @property
    def _announced(self) -> DayArray:
        return self.day if self.announced is None else self.announced

    @property
    def _value(self) -> FloatArray:
        return np.full(len(self.day), np.nan) if self.value is None else self.value

    def days_since(self, days: DayArray, n_symbols: int, sessions: DayArray) -> FloatArray:
        """Trading days since the latest event that had happened and was known, 0 on its day."""
        latest = self._latest(days, n_symbols)
        at = np.arange(len(days), dtype=np.float64)
        return np.where(np.isfinite(latest), at - latest, np.nan)

    def event_value(self, days: DayArray, n_symbols: int, sessions: DayArray) -> FloatArray:
        """The number of the latest event that had happened and was known."""
        return self._latest(days, n_symbols, values=True)

    def days_until(self, days: DayArray, n_symbols: int, sessions: DayArray) -> FloatArray:
        """Trading days to the next event that had been announced by each day; counted on `sessions`, known ahead."""
        result = np.full((n_symbols, len(days)), np.inf)
        dates = days.astype("datetime64[D]")
        today = np.searchsorted(sessions, dates)
        for place in range(len(self.day)):
            at = int(np.searchsorted(sessions, self.day[place]))
            if at >= len(sessions):
                continue
            away = (at - today).astype(np.float64)
            able = (away >= 0) & (dates >= self._announced[place])
            rows = (
                slice(None) if self.symbol[place] < 0 else slice(int(self.symbol[place]), int(self.symbol[place]) + 1)
            )
            result[rows] = np.where(able, np.minimum(result[rows], away), result[rows])
        return np.where(np.isfinite(result), result, np.nan)

    def _latest(self, days: DayArray, n_symbols: int, *, values: bool = False) -> FloatArray:
        dates = days.astype("datetime64[D]")
        known = np.maximum(self.day, self._announced)
        result = np.full((n_symbols, len(days)), np.nan)
        for place in np.lexsort((self.day, known)):
            at = int(np.searchsorted(dates, known[place]))
            rows = (
                slice(None) if self.symbol[place] < 0 else slice(int(self.symbol[place]), int(self.symbol[place]) + 1)
            )
            if at < len(dates):
                result[rows, at:] = self._value[place] if values else float(at)
        return result

    def rows(self, wanted: IntArray) -> Events:
        """The events of some instruments and of the whole market, renumbered in their order."""
        kept, symbol = _renumbered(self.symbol, wanted)
        return Events(symbol, self.day[kept], self._announced[kept], self._value[kept])

    def blanked(self, cut: np.datetime64) -> Events:
        """Only what was announced by the close of `cut`."""
        kept = self._announced <= cut
        return Events(self.symbol[kept], self.day[kept], self._announced[kept], self._value[kept])


def _none() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Bars and everything beside them. `fields` and `groups` have the shape of the panel; a group is a number, NaN for none.

    Fields named dividend, split and delisting_return are cash per share on the ex-day, the ratio of a split on its first
    day, and the return from the last close on the day an instrument is delisted; NaN or nothing where there is none.
    `contracts` are those of each future whose root is a symbol of the panel: rules about futures need them.
    `sessions` are the trading days known ahead: the panel's own unless given.
    """

    panel: Panel
    fields: Mapping[str, FloatArray] = field(default_factory=_none)
    groups: Mapping[str, FloatArray] = field(default_factory=_none)
    series: Mapping[str, MarketSeries] = field(default_factory=_none)
    facts: Mapping[str, Facts] = field(default_factory=_none)
    events: Mapping[str, Events] = field(default_factory=_none)
    contracts: Mapping[str, tuple[Contract, ...]] = field(default_factory=_none)
    sessions: DayArray | None = None

    def __post_init__(self) -> None:
        shape = self.panel.close.shape
        for kind in ("fields", "groups"):
            given = {}
            for name, values in getattr(self, kind).items():
                array = np.ascontiguousarray(values, dtype=np.float64)
                if array.shape != shape:
                    raise InputShapeError(
                        f"“{name}” must have shape {shape}, like the bars, not {array.shape}.", name=name
                    )
                given[name] = _frozen(array)
            object.__setattr__(self, kind, MappingProxyType(given))
        own = self.panel.sessions
        if self.sessions is None:
            object.__setattr__(self, "sessions", own)
            return
        sessions = _days("sessions", self.sessions)
        if np.any(np.diff(sessions).astype(np.int64) <= 0) or not np.all(np.isin(own, sessions)):
            raise InputShapeError("The sessions must be strictly increasing and hold every day of the bars.")
        object.__setattr__(self, "sessions", sessions)

    def rows(self, wanted: IntArray, last: int) -> Inputs:
        """Some instruments, up to and with bar `last`; the sessions stay, for they are known ahead."""
        panel = self.panel
        if last == len(panel.days) - 1 and np.array_equal(wanted, np.arange(len(panel.symbols))):
            return self
        cut: dict[str, Any] = {name: _owned(panel.field(name)[wanted, : last + 1]) for name in panel.fields}
        return replace(
            self,
            panel=replace(
                panel, days=panel.days[: last + 1], symbols=tuple(panel.symbols[row] for row in wanted), **cut
            ),
            fields={name: values[wanted, : last + 1] for name, values in self.fields.items()},
            groups={name: values[wanted, : last + 1] for name, values in self.groups.items()},
            facts={name: table.rows(wanted) for name, table in self.facts.items()},
            events={name: table.rows(wanted) for name, table in self.events.items()},
        )

    def blanked(self, cut: np.datetime64) -> Inputs:
        """Everything that was not known by the close of `cut` removed; the calendar stays."""
        panel = self.panel
        known = panel.days <= cut
        kept: dict[str, Any] = {
            name: np.where(known, panel.field(name), np.nan) for name in FIELDS if name in panel.fields
        }
        return replace(
            self,
            panel=replace(panel, **kept),
            fields={name: np.where(known, values, np.nan) for name, values in self.fields.items()},
            groups={name: np.where(known, values, np.nan) for name, values in self.groups.items()},
            series={name: values.blanked(cut) for name, values in self.series.items()},
            facts={name: table.blanked(cut) for name, table in self.facts.items()},
            events={name: table.blanked(cut) for name, table in self.events.items()},
            contracts={root: tuple(c.blanked(known) for c in chain) for root, chain in self.contracts.items()},
        )

    def continuous(self, *, rule: RollRule, days_before: int) -> Inputs:
        """The same inputs with every future of the panel made continuous of its contracts, and its curve as fields."""
        missing = [symbol for symbol in self.panel.symbols if symbol not in self.contracts]
        if missing:
            raise InputShapeError(f"Data missing: the contracts of {', '.join(missing[:5])}.", symbols=missing)
        made = [
            continuous(self.contracts[symbol], self.panel.days, rule=rule, days_before=days_before)
            for symbol in self.panel.symbols
        ]
        names = [name for name in ("open", "high", "low", "close") if all(name in one.prices for one in made)]
        prices: dict[str, Any] = {name: np.stack([one.prices[name] for one in made]) for name in names}
        volumes = [one.volume for one in made if one.volume is not None]
        if len(volumes) == len(made):
            prices["volume"] = np.stack(volumes)
        bars: dict[str, Any] = {name: prices.get(name) for name in FIELDS}
        curve = {
            name: np.stack([getattr(one, name) for one in made]) for name in ("near", "next", "near_days", "next_days")
        }
        return replace(self, panel=replace(self.panel, **bars), fields={**self.fields, **curve}, contracts=_none())
