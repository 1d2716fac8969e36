"""Curves as paths of an SVG of 900 by 260, for pages that open from disk without a script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.backtests.services.content import Plot, written

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 900, 260, 52, 22, 16


@dataclass(frozen=True, slots=True)
class Drawn:
    """Paths, labelled heights and labelled days, in the units of the box."""

    paths: tuple[tuple[str, str, bool], ...]
    heights: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, str], ...]
    marks: tuple[tuple[str, str], ...]


def svg_of(plot: Plot, /) -> Drawn:
    """A plot in the units of the box."""
    days = [day.toordinal() for line in plot.lines for day in line.days]
    values = [value for line in plot.lines for value in line.values]
    first, last, low, high = min(days), max(days), min(values), max(values)
    across, up = max(1, last - first), (high - low) or 1.0

    def x(day: int) -> str:
        return f"{_LEFT + (day - first) / across * (_WIDTH - _LEFT - 8):.1f}"

    def y(value: float) -> str:
        return f"{_HEIGHT - _BOTTOM - (value - low) / up * (_HEIGHT - _BOTTOM - _TOP):.1f}"

    paths = tuple(
        (
            line.name,
            "M" + "L".join(f"{x(d.toordinal())},{y(v)}" for d, v in zip(line.days, line.values, strict=True)),
            line.is_benchmark,
        )
        for line in plot.lines
    )
    kind = "fraction" if plot.kind == "fraction" else "number"
    heights = tuple((y(low + up * n / 4), written(low + up * n / 4, kind)) for n in range(5))
    years = range(date.fromordinal(first).year + 1, date.fromordinal(last).year + 1)
    step = max(1, -(-len(years) // 10))
    return Drawn(
        paths=paths,
        heights=heights,
        years=tuple((x(date(year, 1, 1).toordinal()), str(year)) for year in years[::step]),
        marks=tuple((x(day.toordinal()), name) for name, day in plot.marks),
    )
