"""Backtests for programs."""

from apps.backtests.api.evidence import router as evidence
from apps.backtests.api.launch import router as launch
from apps.backtests.api.runs import router

router.add_router("", evidence)
router.add_router("", launch)

__all__ = ["router"]
