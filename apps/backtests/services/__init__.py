"""Start, run, cancel backtests; render reports."""

from apps.backtests.services.report import report_html, report_json
from apps.backtests.services.runs import (
    RUN_JOB,
    NotApprovedError,
    cancel,
    run_backtest,
    run_failed,
    start,
    warm_up,
)
from apps.backtests.services.work import Judged, judge

__all__ = [
    "RUN_JOB",
    "Judged",
    "NotApprovedError",
    "cancel",
    "judge",
    "report_html",
    "report_json",
    "run_backtest",
    "run_failed",
    "start",
    "warm_up",
]
