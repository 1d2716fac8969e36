"""Small graphics that need no chart library: sparklines as one SVG path, monthly returns as a coloured table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

_SPARK_POINTS = 60
_SHORTEST = 2
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Spark:
    """An SVG path in a box of `width` by `height`, where it ends, and whether it went "up", "down" or stayed ""."""

    path: str
    width: int
    height: int
    last_x: float
    last_y: float
    direction: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One month: the return as a fraction, or None when the run has no such month, and its colour class."""

    value: float | None
    style: str


@dataclass(frozen=True, slots=True)
class HeatYear:
    """Twelve months and the compounded return of those that exist."""

    year: int
    cells: tuple[HeatCell, ...]
    total: float


def spark(values: ArrayLike, /, *, width: int = 84, height: int = 22) -> Spark | None:
    """A sparkline of at most 60 points, NaN left out; None when fewer than two points remain."""
    line = np.asarray(values, dtype=np.float64)
    line = line[np.isfinite(line)]
    if line.size < _SHORTEST:
        return None
    if line.size > _SPARK_POINTS:
        line = line[np.linspace(0, line.size - 1, _SPARK_POINTS).round().astype(int)]
    low, high = float(line.min()), float(line.max())
    pad, span = 2.0, (high - low) or 1.0
    x = np.linspace(0, width - pad, line.size)
    y = pad + (high - line) / span * (height - 2 * pad) if high > low else np.full(line.size, height / 2)
    path = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in zip(x, y, strict=True))
    change = line[-1] - line[0]
    direction = "up" if change > 0 else "down" if change < 0 else ""
    return Spark(
        path=path,
        width=width,
        height=height,
        last_x=round(float(x[-1]), 1),
        last_y=round(float(y[-1]), 1),
        direction=direction,
    )


def heat_class(value: float | None, /, *, cap: float) -> str:
    """The class of the diverging scale, "h-4" to "h4", saturated at `cap`; "void" for None and NaN."""
    if value is None or not math.isfinite(value):
        return "void"
    step = round(max(-1.0, min(1.0, value / cap)) * _STEPS)
    return f"h{step}"


def heat_years(*, months: Sequence[date], returns: ArrayLike, cap: float = 0.08) -> list[HeatYear]:
    """Monthly returns (fractions, one per entry of `months`) as years, newest first; NaN counts as no month."""
    found: dict[int, dict[int, float]] = {}
    for when, value in zip(months, np.asarray(returns, dtype=np.float64).tolist(), strict=True):
        if math.isfinite(value):
            found.setdefault(when.year, {})[when.month] = value
    return [_heat_year(year, found[year], cap) for year in sorted(found, reverse=True)]


def _heat_year(year: int, found: dict[int, float], cap: float) -> HeatYear:
    cells = tuple(HeatCell(found.get(month), heat_class(found.get(month), cap=cap)) for month in range(1, 13))
    return HeatYear(year=year, cells=cells, total=math.prod(1 + value for value in found.values()) - 1)
