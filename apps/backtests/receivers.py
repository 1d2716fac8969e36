"""The jobs of backtests and sweeps."""

from __future__ import annotations

from apps.backtests.services import (
    BUNDLE_JOB,
    ENGINE_CHECK_JOB,
    RERUN_JOB,
    RUN_JOB,
    SENSITIVITY_JOB,
    bundle_failed,
    engine_check_failed,
    make_bundle,
    rerun_failed,
    run_again,
    run_engine_check,
    run_sensitivity,
    sensitivity_failed,
)
from apps.backtests.services.running import keep_runs, load_runs, make_run, run_failed
from apps.backtests.services.sweeps import GATHER_JOB, PIECE_JOB, gather_failed, gather_pieces, piece_failed, run_piece
from apps.jobs.enums import Queue
from apps.jobs.services import Together, register_kind


def register_jobs() -> None:
    """Register this app's kinds of job."""
    runs = Together(load=load_runs, make=make_run, keep=keep_runs)
    register_kind(RUN_JOB, queue=Queue.BACKTESTS, handler=runs, failed=run_failed)
    register_kind(RERUN_JOB, queue=Queue.BACKTESTS, handler=run_again, failed=rerun_failed)
    register_kind(ENGINE_CHECK_JOB, queue=Queue.BACKTESTS, handler=run_engine_check, failed=engine_check_failed)
    register_kind(SENSITIVITY_JOB, queue=Queue.BACKTESTS, handler=run_sensitivity, failed=sensitivity_failed)
    register_kind(BUNDLE_JOB, queue=Queue.BACKTESTS, handler=make_bundle, failed=bundle_failed)
    register_kind(PIECE_JOB, queue=Queue.SWEEPS, handler=run_piece, failed=piece_failed)
    register_kind(GATHER_JOB, queue=Queue.SWEEPS, handler=gather_pieces, failed=gather_failed)
