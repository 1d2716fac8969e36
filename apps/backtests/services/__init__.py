"""Start, run, cancel backtests; render reports."""

from apps.backtests.services.exports import NAMES as FILE_NAMES
from apps.backtests.services.exports import Export, export, table_file
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
from apps.backtests.services.sensitivity import (
    SENSITIVITY_JOB,
    SensitivityNotMadeError,
    ask_sensitivity,
    run_sensitivity,
    sensitivity_failed,
)
from apps.backtests.services.work import Judged, judge

__all__ = [
    "FILE_NAMES",
    "RUN_JOB",
    "SENSITIVITY_JOB",
    "Export",
    "Judged",
    "NotApprovedError",
    "SensitivityNotMadeError",
    "ask_sensitivity",
    "cancel",
    "export",
    "judge",
    "report_html",
    "report_json",
    "run_backtest",
    "run_failed",
    "run_sensitivity",
    "sensitivity_failed",
    "start",
    "table_file",
    "warm_up",
]
