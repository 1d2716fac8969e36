"""Do jobs: one by its handler, or several small ones together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from apps.jobs.enums import JobStatus
from apps.jobs.services.endings import end_as_done, finish, settle, tell_done
from apps.jobs.services.leases import claim, claim_small, held, renew_in_background
from apps.jobs.services.queueing import AT_ONCE
from apps.jobs.services.work import JobCancelled, Together, Work, registered, work_of

logger = structlog.get_logger(__name__)

_KEEP_EVERY = 1.5  # seconds: what was made is written at least that often


def run(*, tenant_id: UUID, job_id: UUID) -> None:
    """Claim a job and do it. A job that another worker holds, or that is finished, is left alone."""
    job = claim(tenant_id, job_id)
    if job is not None:
        _do([work_of(job)])


def run_several(*, tenant_id: UUID, job_ids: Sequence[UUID]) -> None:
    """Do small jobs of a desk: those asked for, or as many that have waited longer."""
    jobs = claim_small(tenant_id, job_ids, n=AT_ONCE)
    if jobs:
        _do([work_of(job) for job in jobs])


def _do(works: Sequence[Work]) -> None:
    handler = registered[works[0].kind].handler
    stop_renewing = renew_in_background(works)
    try:
        if isinstance(handler, Together):
            _do_together(works, handler)
            return
        for work in works:
            with _bound(work):
                try:
                    handler(work)
                except Exception as error:  # whatever it was, the job must end
                    settle(work, error)
                else:
                    finish(work, JobStatus.DONE)
    finally:
        stop_renewing.set()


def _do_together(works: Sequence[Work], handler: Together) -> None:
    try:
        with held(works) as ours:
            alive = [work for work in works if work.job_id in ours.alive]
            loaded = handler.load(alive)
    except Exception as error:  # one of them may be to blame: each has its own turn
        _apart(works, handler, error)
        return
    _settle_cancelled(works, ours.cancelled)
    made: list[tuple[Work, Any]] = []
    kept = time.monotonic()
    for at, work in enumerate(alive):
        if at:
            work.began_at = timezone.now()
        try:
            with _bound(work):
                if work.is_cancelled:
                    raise JobCancelled("Cancelled.")
                made.append((work, handler.make(work, loaded)))
        except Exception as error:  # whatever it was, the job must end, and the others go on
            with _bound(work):
                settle(work, error)
        if made and time.monotonic() - kept > _KEEP_EVERY:
            _keep(made, handler)
            made, kept = [], time.monotonic()
    if made:
        _keep(made, handler)


def _apart(works: Sequence[Work], handler: Together, error: Exception) -> None:
    for work in works:
        with _bound(work):
            if len(works) == 1:
                settle(work, error)
            else:
                _do_together([work], handler)


def _keep(made: Sequence[tuple[Work, Any]], handler: Together) -> None:
    """Write what works gave and end their jobs, in one transaction; one that cannot be written stops no other."""
    works = [work for work, _ in made]
    try:
        with held(works) as ours:
            alive = [(work, what) for work, what in made if work.job_id in ours.alive]
            if alive:
                handler.keep(alive)
                end_as_done([work for work, _ in alive], at=timezone.now())
    except Exception as error:
        if len(made) == 1:
            with _bound(works[0]):
                settle(works[0], error)
            return
        logger.warning("kept_one_by_one", n=len(made), error=type(error).__name__)
        for one in made:
            _keep([one], handler)
        return
    tell_done([work for work, _ in alive])
    _settle_cancelled(works, ours.cancelled)


def _settle_cancelled(works: Sequence[Work], cancelled: frozenset[UUID]) -> None:
    for work in works:
        if work.job_id in cancelled:
            settle(work, JobCancelled("Cancelled."))


def _bound(work: Work) -> Any:
    return structlog.contextvars.bound_contextvars(correlation_id=work.correlation_id, job_id=str(work.job_id))
