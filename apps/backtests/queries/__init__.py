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
from apps.backtests.queries.evidence import engine_checks, reruns
from apps.backtests.queries.frames import Frames, NotFinishedError, frames_of
from apps.backtests.queries.gates import gates
from apps.backtests.queries.leaderboard import (
    MOST_COLUMNS,
    NEWEST,
    ListState,
    is_sort,
    leaderboard,
    saved_views,
    state_of,
    tags_in_use,
    tags_of,
)
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
    "FEWEST",
    "MEAN_BLOCK",
    "MOST",
    "MOST_COLUMNS",
    "NEWEST",
    "N_SAMPLES",
    "SEED",
    "BacktestNotFoundError",
    "Comparison",
    "Frames",
    "ListState",
    "NotComparableError",
    "NotFinishedError",
    "StoredRun",
    "Trials",
    "backtest",
    "backtests",
    "chosen_runs",
    "comparison",
    "engine_checks",
    "frames_of",
    "gates",
    "growth",
    "ids_of",
    "is_sort",
    "latest_backtests",
    "leaderboard",
    "recent_backtests",
    "reruns",
    "saved_views",
    "state_of",
    "stored_run",
    "tags_in_use",
    "tags_of",
    "trials_beside",
    "verdict_counts",
    "verdict_of",
]
