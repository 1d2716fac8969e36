"""The tables under the figures of a tear sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.metrics._measure import Measurable
from apps.domain.metrics._returns import DAYS_PER_YEAR, FLAT, drawdown_curve, monthly_series, simple_returns
from apps.domain.values.panel import FloatArray


class RollingWindowError(DomainError):
    """A rolling window too short to have a spread."""

    code = "rolling_window"


@dataclass(frozen=True, slots=True)
class YearRow:
    """One year: twelve calendar-month returns from January, None where the run has no day, and their compound."""

    year: int
    months: tuple[float | None, ...]
    total: float


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall from a high: `depth` < 0, `recovery` None when not yet recovered, lengths in trading days."""

    high: date
    low: date
    recovery: date | None
    depth: float
    days_to_low: int
    days: int


def monthly_returns(result: Measurable) -> tuple[YearRow, ...]:
    """Calendar-month returns by year, first year first; partial first and last months count as months."""
    months, returns = monthly_series(result.days, result.equity)
    numbers = months.astype(np.int64)
    rows = []
    for year in np.unique(numbers // 12):
        inside = numbers // 12 == year
        cells: list[float | None] = [None] * 12
        for month, value in zip(numbers[inside] % 12, returns[inside], strict=True):
            cells[int(month)] = float(value)
        rows.append(YearRow(int(year) + 1970, tuple(cells), float(np.prod(1.0 + returns[inside]) - 1.0)))
    return tuple(rows)


def drawdowns(result: Measurable, n: int = 5) -> tuple[Drawdown, ...]:
    """The `n` deepest drawdowns, deepest first, the earlier one first among equals."""
    curve = drawdown_curve(result.equity)
    under = np.concatenate([[False], curve < 0.0, [False]])
    starts = np.flatnonzero(under[1:] & ~under[:-1])
    ends = np.flatnonzero(~under[1:] & under[:-1])
    found = [_drawdown(result, curve, int(start) - 1, int(end)) for start, end in zip(starts, ends, strict=True)]
    return tuple(sorted(found, key=lambda drawdown: (drawdown.depth, drawdown.high))[:n])


def rolling_sharpe(result: Measurable, n: int = 126) -> FloatArray:
    """Sharpe ratio of the last `n` daily returns at each day of the run (ddof 1, √252, risk-free rate 0).

    The first n days are NaN, and so is every window whose returns do not vary.
    """
    if n < 2:
        raise RollingWindowError(f"A rolling Sharpe ratio needs a window of 2 or more days, not {n}.", window=n)
    rolled = np.full(len(result.equity), np.nan)
    returns = simple_returns(result.equity)
    if len(returns) < n:
        return rolled
    windows = np.lib.stride_tricks.sliding_window_view(returns, n)
    varies = np.ptp(windows, axis=1) > FLAT
    spread = np.where(varies, windows.std(axis=1, ddof=1), np.nan)
    rolled[n:] = windows.mean(axis=1) / spread * np.sqrt(DAYS_PER_YEAR)
    return rolled


def _drawdown(result: Measurable, curve: FloatArray, high: int, end: int) -> Drawdown:
    low = high + int(np.argmin(curve[high:end]))
    recovered = end < len(curve)
    days = result.days.astype(object)
    return Drawdown(
        high=days[high],
        low=days[low],
        recovery=days[end] if recovered else None,
        depth=float(curve[low]),
        days_to_low=low - high,
        days=(end if recovered else len(curve) - 1) - high,
    )
