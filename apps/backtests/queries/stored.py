"""A stored run as the core's measures see one: its files read back into columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.backtests.models import Backtest
from apps.backtests.queries.frames import Frames, frames_of

if TYPE_CHECKING:
    import pyarrow as pa

    from apps.domain.values.panel import DayArray, FloatArray


@dataclass(frozen=True)
class StoredRun:
    """Curves as arrays, orders and round trips as columns by name. `symbols` are those that were traded, in order."""

    run: Backtest
    frames: Frames

    @cached_property
    def days(self) -> DayArray:
        days: DayArray = self.frames.curves.column("day").to_numpy()
        return days if days.dtype == np.dtype("datetime64[m]") else _as_days(days)

    @cached_property
    def equity(self) -> FloatArray:
        return self._curve("equity")

    @cached_property
    def exposure(self) -> FloatArray:
        return self._curve("exposure")

    @cached_property
    def cash(self) -> FloatArray:
        return self._curve("cash")

    @cached_property
    def financing(self) -> FloatArray:
        return self._curve("financing")

    @cached_property
    def dividends(self) -> FloatArray:
        return self._curve("dividends")

    @cached_property
    def benchmark_equity(self) -> FloatArray | None:
        return self._curve("benchmark") if "benchmark" in self.frames.curves.column_names else None

    @property
    def benchmark_name(self) -> str:
        return str(self.run.plan.get("benchmark") or "Benchmark")

    @cached_property
    def capital(self) -> float:
        """The starting capital, as the frozen specification states it."""
        specification = self.run.plan["specification"]
        return float(specification["parameters"][specification["evaluation"]["capital"]]["value"])

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.frames.orders.column("symbol").to_pylist())))

    @cached_property
    def orders(self) -> Columns:
        return Columns(self.frames.orders, self.symbols)

    @cached_property
    def trades(self) -> Columns:
        return Columns(self.frames.trades, self.symbols)

    def dates(self) -> list[date]:
        """The days as dates or, for intraday bars, as the times at which they end."""
        return list(self.days.astype(object))

    def _curve(self, name: str) -> FloatArray:
        return np.asarray(self.frames.curves.column(name).to_numpy(), dtype=np.float64)


class Columns:
    """The columns of a table as arrays, read when asked for; `symbol` as the index of the name in `symbols`."""

    def __init__(self, table: pa.Table, symbols: tuple[str, ...]) -> None:
        self._table = table
        self._place = {symbol: at for at, symbol in enumerate(symbols)}
        self._read: dict[str, Any] = {}

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._table.column_names:
            raise AttributeError(name)
        if name not in self._read:
            self._read[name] = self._column(name)
        return self._read[name]

    def _column(self, name: str) -> Any:
        column = self._table.column(name)
        if name == "symbol":
            return np.array([self._place[symbol] for symbol in column.to_pylist()], dtype=np.int64)
        values = column.to_numpy()
        return _as_days(values) if values.dtype.kind == "M" else values


def stored_run(run: Backtest, /) -> StoredRun:
    """The files of a finished run; raises NotFinishedError for any other."""
    return StoredRun(run, frames_of(run))


def _as_days(values: DayArray) -> DayArray:
    """Calendar days where every value is one; else as they are."""
    days = values.astype("datetime64[D]")
    return days if bool(np.all((days == values) | np.isnat(values))) else values
