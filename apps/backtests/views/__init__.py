"""Pages of backtests."""

from apps.backtests.views.evidence import bundle, evidence, rerun
from apps.backtests.views.files import curves, equity, trades
from apps.backtests.views.launch import launch
from apps.backtests.views.pages import approve_and_start, cancel, create, detail, listing, progress
from apps.backtests.views.queue import queue

__all__ = [
    "approve_and_start",
    "bundle",
    "cancel",
    "create",
    "curves",
    "detail",
    "equity",
    "evidence",
    "launch",
    "listing",
    "progress",
    "queue",
    "rerun",
    "trades",
]
