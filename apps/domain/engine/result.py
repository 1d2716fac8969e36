"""What a run leaves behind: curves, orders and round trips as columns, and sentences about what went unusually."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
import numpy.typing as npt

from apps.domain.values.panel import DayArray, FloatArray

ENGINE_VERSION = "2.1.2"
"""Changes whenever the same input may give another result."""

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Tone = Literal["info", "warn"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something a reader of the result should know: `code` for machines, `message` for people."""

    code: str
    tone: Tone
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class OrderTable:
    """Fills in the order in which they happened; every array has one entry per fill.

    `decided` is the day at whose close the order was decided, before `day` (on it, for rules that read the calendar alone
    and fill at the same close); `symbol` indexes Result.symbols; `side` is 1 for a purchase and -1 for a sale; `price` is
    the market's; `value` and `cost` are positive amounts of money, `slippage` the part of the cost that spread and impact
    make; `reason` indexes accounting.REASONS.
    """

    decided: DayArray
    day: DayArray
    symbol: IntArray
    side: IntArray
    shares: FloatArray
    price: FloatArray
    value: FloatArray
    cost: FloatArray
    slippage: FloatArray
    reason: IntArray

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """Round trips from flat to flat, in the order in which they closed, open ones last.

    `side` is 1 for a long trip and -1 for a short one. Prices are averages weighted by shares; `pnl` is net of costs and
    `net_return` is pnl over the value of the entries with their costs; `worst` and `best` are the largest adverse and
    favourable excursions from the entry price, as fractions; `days_held` counts panel days from the first fill to the
    last; `reason` of the exit indexes accounting.REASONS, -1 for an open trip, which has exit day NaT and is marked at the
    last close.
    """

    symbol: IntArray
    side: IntArray
    entry_day: DayArray
    exit_day: DayArray
    entry_price: FloatArray
    exit_price: FloatArray
    shares: FloatArray
    net_return: FloatArray
    pnl: FloatArray
    worst: FloatArray
    best: FloatArray
    days_held: IntArray
    is_open: BoolArray
    reason: IntArray

    def __len__(self) -> int:
        return len(self.symbol)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One run. Curves have one entry per day of the window; `exposure` is the gross value of the
    positions over equity; `financing` is interest less borrow cost per day, `dividends` cash per day.

    `weights` has shape (n_symbols, n_decisions): the targets decided at the close of each of `decision_days`.
    `waiting` counts orders that no bar filled before the end of the window, but for those of its
    last day that could not have been filled yet.
    """

    symbols: tuple[str, ...]
    days: DayArray
    capital: float
    equity: FloatArray
    cash: FloatArray
    exposure: FloatArray
    financing: FloatArray
    dividends: FloatArray
    benchmark_equity: FloatArray | None
    decision_days: DayArray
    weights: FloatArray
    orders: OrderTable
    trades: Trades
    waiting: int
    diagnostics: tuple[Diagnostic, ...]
    engine_version: str = ENGINE_VERSION


def order_hash(result: Result) -> str:
    """SHA-256 over the symbols and the order list: one changed fill, price or cost changes it."""
    digest = hashlib.sha256("\n".join(result.symbols).encode())
    for column in fields(result.orders):
        values = getattr(result.orders, column.name)
        digest.update(f"\x00{column.name}:{len(values)}:".encode())
        digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def fingerprint(*, execution_hash: str, snapshot_hash: str, engine_version: str) -> str:
    """SHA-256 that names a run before it is made: equal fingerprints mean equal bytes."""
    parts = {"execution": execution_hash, "snapshot": snapshot_hash, "engine": engine_version}
    return hashlib.sha256("\n".join(f"{key}={value}" for key, value in sorted(parts.items())).encode()).hexdigest()
