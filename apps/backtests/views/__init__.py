"""Pages of backtests."""

from apps.backtests.views.compare import compare, compare_figure
from apps.backtests.views.evidence import bundle, check_with, evidence, prepare_bundle, rerun
from apps.backtests.views.figures import figure, table
from apps.backtests.views.files import file
from apps.backtests.views.launch import launch
from apps.backtests.views.leaderboard import bulk, delete_view, listing, save_view
from apps.backtests.views.pages import approve_and_start, cancel, create, detail, progress
from apps.backtests.views.parts import make_sensitivity, number, part, sensitivity, trades
from apps.backtests.views.queue import queue

__all__ = [
    "approve_and_start",
    "bulk",
    "bundle",
    "cancel",
    "check_with",
    "compare",
    "compare_figure",
    "create",
    "delete_view",
    "detail",
    "evidence",
    "figure",
    "file",
    "launch",
    "listing",
    "make_sensitivity",
    "number",
    "part",
    "prepare_bundle",
    "progress",
    "queue",
    "rerun",
    "save_view",
    "sensitivity",
    "table",
    "trades",
]
