"""Start, run, cancel and remake backtests; bundles, checks of bundles, reports."""

from apps.backtests.services.bundle import BundleError, bundle_of, verify
from apps.backtests.services.differences import as_text
from apps.backtests.services.launch import Launch, launch_of
from apps.backtests.services.options import AS_THE_VERSION, NO_BENCHMARK, OptionRefusedError, RunOptions, RunWindow
from apps.backtests.services.report import report_html, report_json
from apps.backtests.services.reruns import RERUN_JOB, rerun, rerun_failed, run_again
from apps.backtests.services.runs import (
    RUN_JOB,
    NotApprovedError,
    cancel,
    run_backtest,
    run_failed,
    run_specification,
    start,
    warm_up,
)
from apps.backtests.services.work import Judged, judge

__all__ = [
    "AS_THE_VERSION",
    "NO_BENCHMARK",
    "RERUN_JOB",
    "RUN_JOB",
    "BundleError",
    "Judged",
    "Launch",
    "NotApprovedError",
    "OptionRefusedError",
    "RunOptions",
    "RunWindow",
    "as_text",
    "bundle_of",
    "cancel",
    "judge",
    "launch_of",
    "report_html",
    "report_json",
    "rerun",
    "rerun_failed",
    "run_again",
    "run_backtest",
    "run_failed",
    "run_specification",
    "start",
    "verify",
    "warm_up",
]
