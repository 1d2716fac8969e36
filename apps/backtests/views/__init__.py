"""Pages of backtests."""

from apps.backtests.views.files import curves, equity, trades
from apps.backtests.views.pages import approve_and_start, cancel, create, detail, listing, progress

__all__ = ["approve_and_start", "cancel", "create", "curves", "detail", "equity", "listing", "progress", "trades"]
