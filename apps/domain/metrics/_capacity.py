"""How much money a run could have moved before its fills were too large a part of the market's volume."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.values.panel import DayArray, FloatArray


class CapacityError(DomainError):
    """A capacity asked for with volumes of another shape, or with a fraction outside its range."""

    code = "capacity"


class Traded(Protocol):
    """What capacity needs of a run; the engine's Result is one."""

    @property
    def symbols(self) -> tuple[str, ...]: ...
    @property
    def days(self) -> DayArray: ...
    @property
    def capital(self) -> float: ...
    @property
    def orders(self) -> Any: ...


def capacity(
    result: Traded, volume: FloatArray, *, participation: float = 0.01, quantile: float = 0.95
) -> float | None:
    """The largest starting capital at which `quantile` of the fills take `participation` of their bar's volume or less.

    `volume` has shape (n_symbols, n_days), aligned with the run's symbols and days, in the shares in which the run traded:
    adjusted for splits if its prices were. The estimate assumes that every order grows in proportion to the capital, that
    prices would have been the same, and that orders of one instrument on one bar fill together, so that their shares add up
    to one part of the volume. A fill on a bar without volume could not have been made at any size; one whose volume is NaN
    is left out. None when no fill has a known volume.
    """
    shape = (len(result.symbols), len(result.days))
    if volume.shape != shape:
        raise CapacityError(f"Volumes must have shape {shape}, not {volume.shape}.", shape=volume.shape)
    if not (0.0 < participation <= 1.0 and 0.0 < quantile <= 1.0):
        raise CapacityError(
            f"Participation and quantile must be above 0 and at most 1, not {participation} and {quantile}."
        )
    shares = _parts_of_volume(result, volume)
    if not len(shares):
        return None
    crowded = float(np.quantile(shares, quantile, method="inverted_cdf"))
    return result.capital * participation / crowded


def _parts_of_volume(result: Traded, volume: FloatArray) -> FloatArray:
    """Of each fill with a known volume: the part of its bar's volume that its instrument's fills there took."""
    orders, n_days = result.orders, len(result.days)
    bars = orders.symbol * n_days + np.searchsorted(result.days, orders.day)
    taken = np.bincount(bars, weights=orders.shares, minlength=volume.size)[bars]
    there = volume.ravel()[bars]
    known = ~np.isnan(there)
    with np.errstate(divide="ignore"):
        return np.asarray(taken[known] / there[known], dtype=np.float64)
