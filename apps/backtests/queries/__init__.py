"""Read backtests, verdicts and result files."""

from apps.backtests.queries.evidence import reruns
from apps.backtests.queries.frames import Frames, NotFinishedError, frames_of
from apps.backtests.queries.gates import gates
from apps.backtests.queries.rows import (
    BacktestNotFoundError,
    backtest,
    backtests,
    latest_backtests,
    recent_backtests,
    verdict_counts,
    verdict_of,
)
from apps.backtests.queries.stored import StoredRun, stored_run
from apps.backtests.queries.trials import Trials, trials_beside

__all__ = [
    "BacktestNotFoundError",
    "Frames",
    "NotFinishedError",
    "StoredRun",
    "Trials",
    "backtest",
    "backtests",
    "frames_of",
    "gates",
    "latest_backtests",
    "recent_backtests",
    "reruns",
    "stored_run",
    "trials_beside",
    "verdict_counts",
    "verdict_of",
]
