"""Pages of backtests."""

from apps.backtests.views.compare import compare, compare_figure
from apps.backtests.views.evidence import bundle, evidence, rerun
from apps.backtests.views.files import curves, equity, trades
from apps.backtests.views.leaderboard import bulk, delete_view, listing, save_view
from apps.backtests.views.pages import approve_and_start, cancel, create, detail, progress

__all__ = [
    "approve_and_start",
    "bulk",
    "bundle",
    "cancel",
    "compare",
    "compare_figure",
    "create",
    "curves",
    "delete_view",
    "detail",
    "equity",
    "evidence",
    "listing",
    "progress",
    "rerun",
    "save_view",
    "trades",
]
