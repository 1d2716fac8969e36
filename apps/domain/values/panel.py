"""Daily bars of several instruments on one calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.domain.errors import DomainError

FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.datetime64]
BoolArray = npt.NDArray[np.bool_]

_UNITS = (np.dtype("datetime64[D]"), np.dtype("datetime64[m]"))
FIELDS = ("open", "high", "low", "close", "volume")


class PanelShapeError(DomainError):
    """The arrays of a panel do not fit its calendar and symbols."""

    code = "panel_shape"


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of `symbols` on `days`; each field has shape (n_symbols, n_days), symbol-major, contiguous, read-only.

    `days` is datetime64[D], strictly increasing; for intraday bars datetime64[m], the minute at which each bar ends, and
    then a bar stands wherever a day is spoken of. A day on which an instrument has no bar is NaN in every field. A field
    that the source does not carry at all (a close-only history) is None, never an array of NaN. `close` is required and
    is the series on which returns are measured: `adjustment` says for what it was adjusted ("none", "splits",
    "splits and dividends").
    """

    days: DayArray
    symbols: tuple[str, ...]
    close: FloatArray
    open: FloatArray | None = None
    high: FloatArray | None = None
    low: FloatArray | None = None
    volume: FloatArray | None = None
    adjustment: str = "none"
    _known: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.days.dtype not in _UNITS or np.any(np.diff(self.days).astype(np.int64) <= 0):
            raise PanelShapeError(
                "The days of a panel must be datetime64[D], or datetime64[m] for intraday bars, and strictly increasing."
            )
        shape = (len(self.symbols), len(self.days))
        for name in FIELDS:
            values = getattr(self, name)
            if values is None:
                continue
            if values.shape != shape or values.dtype != np.float64:
                raise PanelShapeError(
                    f"Field {name} must be float64 of shape {shape}, not {values.dtype} {values.shape}."
                )
            frozen = np.ascontiguousarray(values)
            if frozen.flags.writeable:
                frozen = frozen.copy() if frozen is values else frozen
                frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)

    @property
    def sessions(self) -> DayArray:
        """The trading days, datetime64[D]: the days themselves, or those that the intraday bars stand on."""
        return self.days if self.days.dtype == _UNITS[0] else self._intraday()[0]

    @property
    def bars_per_day(self) -> int:
        """How many bars a trading day has: 1, or the median of the intraday sessions."""
        if self.days.dtype == _UNITS[0] or not len(self.days):
            return 1
        return self._intraday()[1]

    def _intraday(self) -> tuple[DayArray, int]:
        """The sessions of intraday bars, and the median of their numbers of bars; counted once."""
        if "sessions" not in self._known:
            dates = self.days.astype(_UNITS[0])
            starts = np.flatnonzero(np.concatenate([[True], dates[1:] != dates[:-1]]))
            counts = np.diff(np.append(starts, len(dates)))
            self._known["sessions"] = dates[starts], max(1, int(np.median(counts)))
        sessions: tuple[DayArray, int] = self._known["sessions"]
        return sessions

    @property
    def bar(self) -> BoolArray:
        """Where an instrument has a bar: a finite close above zero, shape (n_symbols, n_days), read-only; looked at once."""
        if "bar" not in self._known:
            with np.errstate(invalid="ignore"):
                bar = self.close > 0.0
                bar &= self.close < np.inf
            bar.flags.writeable = False
            self._known["bar"] = bar
        known: BoolArray = self._known["bar"]
        return known

    def is_complete(self, name: str) -> bool:
        """Whether a field is carried and finite and above zero on every bar of every instrument; looked at once."""
        if name not in self._known:
            values = getattr(self, name, None) if name in FIELDS else None
            self._known[name] = values is not None and bool(
                values.size and values.min() > 0.0 and values.max() < np.inf
            )
        complete: bool = self._known[name]
        return complete

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that this panel carries."""
        return tuple(name for name in FIELDS if getattr(self, name) is not None)

    def field(self, name: str) -> FloatArray:
        """The array of one field; raises PanelShapeError when the panel does not carry it."""
        values = getattr(self, name, None) if name in FIELDS else None
        if values is None:
            raise PanelShapeError(f"The data carry no field “{name}”; they have {', '.join(self.fields)}.", field=name)
        return values  # type: ignore[no-any-return]
