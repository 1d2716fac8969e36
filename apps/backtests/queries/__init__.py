"""Read backtests, verdicts and result files."""

from apps.backtests.queries.comparing import (
    FEWEST,
    MEAN_BLOCK,
    MOST,
    N_SAMPLES,
    SEED,
    Comparison,
    NotComparableError,
    chosen_runs,
    comparison,
    growth,
    ids_of,
)
from apps.backtests.queries.evidence import Trials, reruns, trials_of
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

__all__ = [
    "FEWEST",
    "MEAN_BLOCK",
    "MOST",
    "N_SAMPLES",
    "SEED",
    "BacktestNotFoundError",
    "Comparison",
    "Frames",
    "NotComparableError",
    "NotFinishedError",
    "Trials",
    "backtest",
    "backtests",
    "chosen_runs",
    "comparison",
    "frames_of",
    "gates",
    "growth",
    "ids_of",
    "latest_backtests",
    "recent_backtests",
    "reruns",
    "trials_of",
    "verdict_counts",
    "verdict_of",
]
