"""Backtests for programs."""

from apps.backtests.api.compare import router as compare
from apps.backtests.api.evidence import router as evidence
from apps.backtests.api.leaderboard import router

router.add_router("", compare)
router.add_router("", evidence)

__all__ = ["router"]
