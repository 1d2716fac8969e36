"""Backtests for programs."""

from apps.backtests.api.evidence import router as _evidence
from apps.backtests.api.files import router as _files
from apps.backtests.api.runs import router

router.add_router("", _evidence)
router.add_router("", _files)

__all__ = ["router"]
