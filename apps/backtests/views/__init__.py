"""Pages of backtests."""

from apps.backtests.views.evidence import bundle, evidence, rerun
from apps.backtests.views.figures import figure, table
from apps.backtests.views.files import file
from apps.backtests.views.pages import approve_and_start, cancel, create, detail, listing, progress
from apps.backtests.views.parts import make_sensitivity, number, part, sensitivity, trades

__all__ = [
    "approve_and_start",
    "bundle",
    "cancel",
    "create",
    "detail",
    "evidence",
    "figure",
    "file",
    "listing",
    "make_sensitivity",
    "number",
    "part",
    "progress",
    "rerun",
    "sensitivity",
    "table",
    "trades",
]
