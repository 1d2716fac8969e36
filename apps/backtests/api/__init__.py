"""Backtests and sweeps for programs."""

from apps.backtests.api.runs import router
from apps.backtests.api.sweeps import router as sweeps

router.add_router("", sweeps)

__all__ = ["router"]
