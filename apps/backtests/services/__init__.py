"""Start, run, cancel, remake and tag backtests; views, bundles, checks of bundles, reports."""

from apps.backtests.services.bundle import BundleError, bundle_of, verify
from apps.backtests.services.bundle_jobs import (
    BUNDLE_JOB,
    BundleNotMadeError,
    BundleState,
    ask_bundle,
    bundle_failed,
    bundle_state,
    make_bundle,
    opened_bundle,
)
from apps.backtests.services.differences import as_text
from apps.backtests.services.engine_checks import (
    ENGINE_CHECK_JOB,
    EngineNotInstalledError,
    UnknownEngineError,
    check_as_text,
    check_with,
    engine_check_failed,
    finding_as_text,
    follow_specification,
    run_engine_check,
    second_engines,
)
from apps.backtests.services.exports import NAMES as FILE_NAMES
from apps.backtests.services.exports import Export, export, table_file
from apps.backtests.services.launch import Launch, launch_of
from apps.backtests.services.options import AS_THE_VERSION, NO_BENCHMARK, OptionRefusedError, RunOptions, RunWindow
from apps.backtests.services.organising import (
    BadTagError,
    BadViewError,
    ViewNotFoundError,
    delete_view,
    save_view,
    tag,
    untag,
)
from apps.backtests.services.report import report_html, report_json
from apps.backtests.services.reruns import RERUN_JOB, rerun, rerun_failed, run_again
from apps.backtests.services.runs import (
    RUN_JOB,
    NotApprovedError,
    cancel,
    run_specification,
    start,
)
from apps.backtests.services.sensitivity import (
    SENSITIVITY_JOB,
    SensitivityNotMadeError,
    ask_sensitivity,
    run_sensitivity,
    sensitivity_failed,
)
from apps.backtests.services.warming import warm_up
from apps.backtests.services.work import Judged, judge

__all__ = [
    "AS_THE_VERSION",
    "BUNDLE_JOB",
    "ENGINE_CHECK_JOB",
    "FILE_NAMES",
    "NO_BENCHMARK",
    "RERUN_JOB",
    "RUN_JOB",
    "SENSITIVITY_JOB",
    "BadTagError",
    "BadViewError",
    "BundleError",
    "BundleNotMadeError",
    "BundleState",
    "EngineNotInstalledError",
    "Export",
    "Judged",
    "Launch",
    "NotApprovedError",
    "OptionRefusedError",
    "RunOptions",
    "RunWindow",
    "SensitivityNotMadeError",
    "UnknownEngineError",
    "ViewNotFoundError",
    "as_text",
    "ask_bundle",
    "ask_sensitivity",
    "bundle_failed",
    "bundle_of",
    "bundle_state",
    "cancel",
    "check_as_text",
    "check_with",
    "delete_view",
    "engine_check_failed",
    "export",
    "finding_as_text",
    "follow_specification",
    "judge",
    "launch_of",
    "make_bundle",
    "opened_bundle",
    "report_html",
    "report_json",
    "rerun",
    "rerun_failed",
    "run_again",
    "run_engine_check",
    "run_sensitivity",
    "run_specification",
    "save_view",
    "second_engines",
    "sensitivity_failed",
    "start",
    "table_file",
    "tag",
    "untag",
    "verify",
    "warm_up",
]
