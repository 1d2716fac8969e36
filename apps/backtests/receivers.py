"""The jobs of backtests."""

from __future__ import annotations

from apps.backtests.services import (
    RERUN_JOB,
    RUN_JOB,
    SENSITIVITY_JOB,
    rerun_failed,
    run_again,
    run_backtest,
    run_failed,
    run_sensitivity,
    sensitivity_failed,
)
from apps.jobs.enums import Queue
from apps.jobs.services import register_kind


def register_jobs() -> None:
    """Register this app's kinds of job."""
    register_kind(RUN_JOB, queue=Queue.BACKTESTS, handler=run_backtest, failed=run_failed)
    register_kind(RERUN_JOB, queue=Queue.BACKTESTS, handler=run_again, failed=rerun_failed)
    register_kind(SENSITIVITY_JOB, queue=Queue.BACKTESTS, handler=run_sensitivity, failed=sensitivity_failed)
