"""Two results of one plan beside each other: the same, or the first day and the first thing that differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from apps.backtests.queries import Frames

_ORDER_COLUMNS = ("day", "decided", "symbol", "side", "shares", "price", "value", "cost", "slippage", "reason")
_CURVE_COLUMNS = ("equity", "cash", "exposure", "financing", "dividends", "benchmark")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that differs. `day` is empty when it is no matter of one day; values are as they are stored."""

    what: str
    day: str
    stored: str
    again: str
    why: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def first_difference(
    stored: Frames, again: dict[str, pa.Table], *, stored_engine: str, engine: str
) -> Difference | None:
    """The first day on which orders or curves differ, orders first on a day; None when they are the same.

    Trips are folded from orders, so they differ only where orders do.
    """
    found = [
        difference
        for difference in (
            _rows(stored.orders, again["orders"], _ORDER_COLUMNS, "order"),
            _rows(stored.curves, again["curves"], _CURVE_COLUMNS, "curve"),
        )
        if difference is not None
    ]
    if not found:
        return None
    day, what, before, after = min(found, key=lambda row: row[0])
    return Difference(what, day, before, after, _why(stored_engine, engine))


def _rows(one: pa.Table, other: pa.Table, columns: tuple[str, ...], kind: str) -> tuple[str, str, str, str] | None:
    """(day, what, stored, again) of the first row that differs."""
    import numpy as np  # noqa: PLC0415 -- slow import

    n = min(one.num_rows, other.num_rows)
    first: tuple[int, str] | None = None
    for name in columns:
        if (name in one.column_names) != (name in other.column_names):
            return "", f"the {name} {kind}", _held(one, name), _held(other, name)
        if name not in one.column_names:
            continue
        a, b = (table.column(name).slice(0, n).to_numpy() for table in (one, other))
        same = (a == b) | ((a != a) & (b != b))  # noqa: PLR0124 -- NaN is not itself
        place = int(np.argmin(same)) if n and not same.all() else n
        if place < n and (first is None or place < first[0]):
            first = place, name
    if first is None:
        if one.num_rows == other.num_rows:
            return None
        longer = one if one.num_rows > n else other
        return (
            str(longer.column("day")[n].as_py()),
            f"the number of {kind}s" if kind == "order" else "the length of the window",
            str(one.num_rows),
            str(other.num_rows),
        )
    place, name = first
    days = [str(table.column("day")[place].as_py()) for table in (one, other)]
    before, after = (str(table.column(name)[place].as_py()) for table in (one, other))
    said = f"{name} of order {place + 1}" if kind == "order" else name
    return min(days), said, before, after


def _held(table: pa.Table, name: str) -> str:
    return "there" if name in table.column_names else "missing"


def _why(stored_engine: str, engine: str) -> str:
    if stored_engine != engine:
        return f"The stored run was made by engine {stored_engine}; this is engine {engine}, which may give another result."
    return (
        "Specification, data and engine are the same, so this must not happen: the stored files or this machine's "
        "arithmetic differ. Report it."
    )


def as_text(difference: dict[str, Any]) -> str:
    """A stored difference in one sentence."""
    day = f" on {difference['day']}" if difference["day"] else ""
    return f"First difference{day}: {difference['what']} was {difference['stored']}, now {difference['again']}."
