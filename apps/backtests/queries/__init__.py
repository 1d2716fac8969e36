"""Read backtests, verdicts and result files."""

from apps.backtests.queries.frames import Frames, frames_of
from apps.backtests.queries.rows import (
    BacktestNotFoundError,
    backtest,
    backtests,
    latest_backtests,
    recent_backtests,
    verdict_counts,
    verdict_of,
)

__all__ = [
    "BacktestNotFoundError",
    "Frames",
    "backtest",
    "backtests",
    "frames_of",
    "latest_backtests",
    "recent_backtests",
    "verdict_counts",
    "verdict_of",
]
