"""Enqueue, claim, run, cancel and recover jobs.

A handler runs outside any transaction and opens short tenant scopes of its own, so that its progress is seen while it
works. It must bear being run again from the start.
"""

from apps.jobs.services.doing import run, run_several
from apps.jobs.services.queueing import (
    MAX_ATTEMPTS,
    JobFinishedError,
    cancel,
    cancel_all,
    enqueue,
    note_heartbeat,
    recover,
)
from apps.jobs.services.work import (
    LEASE,
    JobCancelled,
    Kind,
    LeaseLost,
    Together,
    TryAgainLater,
    Work,
    kinds,
    register_kind,
)

__all__ = [
    "LEASE",
    "MAX_ATTEMPTS",
    "JobCancelled",
    "JobFinishedError",
    "Kind",
    "LeaseLost",
    "Together",
    "TryAgainLater",
    "Work",
    "cancel",
    "cancel_all",
    "enqueue",
    "kinds",
    "note_heartbeat",
    "recover",
    "register_kind",
    "run",
    "run_several",
]
