"""Means over closed round trips: what one earned, and how far prices went for and against it."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.domain.values.panel import FloatArray


def expectancy(trades: Any) -> float | None:
    """Mean net return of closed round trips, each as a fraction of its entries; None without one."""
    return _mean(trades.net_return[~trades.is_open])


def average_worst_excursion(trades: Any) -> float | None:
    """Mean of the largest adverse excursions from the entry price of closed round trips (MAE, Sweeney 1996), at most 0."""
    return _mean(trades.worst[~trades.is_open])


def average_best_excursion(trades: Any) -> float | None:
    """Mean of the largest favourable excursions from the entry price of closed round trips (MFE, Sweeney 1996)."""
    return _mean(trades.best[~trades.is_open])


def _mean(values: FloatArray) -> float | None:
    """Mean of the known values; None without one."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
