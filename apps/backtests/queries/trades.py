"""The table of round trips: filtered, sorted, a page at a time, and whole for export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from apps.backtests.models import Backtest
from apps.backtests.queries.frames import frames_of

if TYPE_CHECKING:
    import pyarrow as pa

PAGE_SIZE = 25
SORTS = (
    "symbol", "side", "entry_day", "exit_day", "reason", "entry_price", "exit_price", "days_held", "net_return", "worst",
    "best", "pnl",
)  # fmt: skip
OUTCOMES = (("", "All"), ("won", "Winners"), ("lost", "Losers"), ("open", "Open"))
SIDES = (("", "Both sides"), ("long", "Long"), ("short", "Short"))


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What a reader asked for. Dates are those of the entry, ends included; `sort` begins with - for descending."""

    symbol: str = ""
    side: str = ""
    reason: str = ""
    outcome: str = ""
    start: date | None = None
    end: date | None = None
    sort: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any], /) -> TradeFilter:
        """The filter of a query string; what it does not know is left out."""

        def one(key: str, allowed: tuple[str, ...] | None = None) -> str:
            value = str(query.get(key) or "")[:60]
            return value if allowed is None or value in allowed else ""

        return cls(
            symbol=one("symbol"),
            side=one("side", tuple(value for value, _ in SIDES)),
            reason=one("reason"),
            outcome=one("outcome", tuple(value for value, _ in OUTCOMES)),
            start=_date(one("start")),
            end=_date(one("end")),
            sort=one("sort", (*SORTS, *(f"-{name}" for name in SORTS))),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered at all."""
        return any((self.symbol, self.side, self.reason, self.outcome, self.start, self.end))


@dataclass(frozen=True, slots=True)
class TradePage:
    """One page of round trips, and what there is to filter by."""

    rows: tuple[dict[str, Any], ...]
    number: int
    n_pages: int
    n_found: int
    n_all: int
    pnl: float
    symbols: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_SIZE + 1 if self.n_found else 0

    @property
    def last(self) -> int:
        return min(self.number * PAGE_SIZE, self.n_found)


def found_trades(run: Backtest, asked: TradeFilter, /) -> pa.Table:
    """The round trips that a filter leaves, in its order; raises NotFinishedError."""
    import pyarrow.compute as pc  # noqa: PLC0415 -- slow import

    table = frames_of(run).trades
    conditions = []
    if asked.symbol:
        conditions.append(pc.field("symbol") == asked.symbol)
    if asked.side:
        conditions.append(pc.field("side") == (1 if asked.side == "long" else -1))
    if asked.reason:
        conditions.append(pc.field("reason") == asked.reason)
    if asked.outcome == "open":
        conditions.append(pc.field("is_open"))
    elif asked.outcome:
        won = pc.field("pnl") > 0
        conditions.append(~pc.field("is_open") & (won if asked.outcome == "won" else ~won))
    entry: Any = pc.field("entry_day").cast("date32")
    if asked.start:
        conditions.append(entry >= asked.start)
    if asked.end:
        conditions.append(entry <= asked.end)
    for condition in conditions:
        table = table.filter(condition)
    if asked.sort:
        order = "descending" if asked.sort.startswith("-") else "ascending"
        table = table.sort_by([(asked.sort.removeprefix("-"), order), ("entry_day", "ascending")])
    return table


def trade_page(run: Backtest, asked: TradeFilter, /, *, number: int) -> TradePage:
    """A page of the round trips that a filter leaves; numbers beyond the ends give the nearest page."""
    import pyarrow.compute as pc  # noqa: PLC0415 -- slow import

    everything = frames_of(run).trades
    table = found_trades(run, asked)
    n_pages = max(1, -(-table.num_rows // PAGE_SIZE))
    number = max(1, min(number, n_pages))
    reasons = pc.unique(everything.column("reason")).to_pylist()
    return TradePage(
        rows=tuple(table.slice((number - 1) * PAGE_SIZE, PAGE_SIZE).to_pylist()),
        number=number,
        n_pages=n_pages,
        n_found=table.num_rows,
        n_all=everything.num_rows,
        pnl=float(pc.sum(table.column("pnl")).as_py() or 0.0),
        symbols=tuple(sorted(pc.unique(everything.column("symbol")).to_pylist())),
        reasons=tuple(sorted(reason for reason in reasons if reason)),
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
