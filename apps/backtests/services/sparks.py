"""A run's curve thinned to what a sparkline shows: kept with the row, so that lists read no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.domain.values.panel import FloatArray

POINTS = 60


def thin_curve(equity: FloatArray, /) -> list[float]:
    """At most sixty values of equity over its first one, evenly spaced, first and last kept; empty without a first one."""
    import numpy as np  # noqa: PLC0415 -- slow import

    if not len(equity) or not equity[0] > 0.0:
        return []
    kept = np.linspace(0, len(equity) - 1, min(POINTS, len(equity))).round().astype(int)
    return [round(float(value), 4) for value in equity[kept] / equity[0]]
