"""Backtests and sweeps for programs."""

from apps.backtests.api.compare import router as _compare
from apps.backtests.api.evidence import router as _evidence
from apps.backtests.api.files import router as _files
from apps.backtests.api.launch import router as _launch
from apps.backtests.api.leaderboard import router
from apps.backtests.api.sweeps import router as _sweeps

for _part in (_compare, _files, _evidence, _sweeps, _launch):
    router.add_router("", _part)

__all__ = ["router"]
