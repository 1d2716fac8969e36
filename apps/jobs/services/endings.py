"""How work ends: done, failed, cancelled, or put back to wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import connection
from django.utils import timezone

from apps.domain.errors import DomainError
from apps.events.services import Hint, hint, hint_all
from apps.jobs.enums import JobStatus
from apps.jobs.models import Job
from apps.jobs.services.queueing import MAX_ATTEMPTS, end
from apps.jobs.services.work import JobCancelled, LeaseLost, TryAgainLater, Work, registered
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

_DONE = """
UPDATE jobs_job SET status = 'done', lease_token = NULL, lease_until = NULL, finished_at = %s, started_at = began.at
FROM unnest(%s::uuid[], %s::timestamptz[]) AS began (id, at) WHERE jobs_job.id = began.id
"""


def settle(work: Work, error: Exception) -> None:
    """End a job by what its handler raised."""
    match error:
        case TryAgainLater():
            _wait(work, error)
        case LeaseLost():
            logger.warning("lease_lost", kind=work.kind)
        case JobCancelled():
            finish(work, JobStatus.CANCELLED, code="cancelled", message="Cancelled.")
        case DomainError():
            finish(work, JobStatus.FAILED, code=error.code, message=error.message)
        case _:
            logger.error("job_failed", kind=work.kind, exc_info=error)
            finish(
                work,
                JobStatus.FAILED,
                code="internal_error",
                message="Something went wrong on our side; nothing was lost. Try again, or quote the reference to support.",
            )


def finish(work: Work, status: JobStatus, *, code: str = "", message: str = "") -> None:
    """End a job that we still hold; `failed` of its kind is called in the same transaction unless it is done."""
    with tenant_scope(work.tenant_id):
        job = Job.objects.select_for_update().filter(id=work.job_id, lease_token=work.token).first()
        if job is None:
            return
        if status != JobStatus.DONE:
            registered[work.kind].failed(work, code, message)
        end(job, status, at=timezone.now(), code=code, message=message)
    hint(tenant_id=work.tenant_id, topic=work.topic, event=f"{work.kind}.{status}", id=work.subject_id)


def end_as_done(works: Iterable[Work], *, at: datetime) -> None:
    """Mark jobs as done, in the caller's transaction, which holds their rows."""
    began = {work.job_id: work.began_at or at for work in works}
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [at, list(began), list(began.values())])


def tell_done(works: Iterable[Work]) -> None:
    """Tell open pages of jobs of one desk that are done."""
    hints = [(work, Hint(work.topic, f"{work.kind}.{JobStatus.DONE}", work.subject_id)) for work in works]
    if hints:
        hint_all(tenant_id=hints[0][0].tenant_id, hints=[one for _, one in hints])


def _wait(work: Work, error: TryAgainLater) -> None:
    """Back into the queue; the reaper sends it again after a while. Given up after MAX_ATTEMPTS."""
    if work.attempt >= MAX_ATTEMPTS:
        finish(work, JobStatus.FAILED, code=error.code, message=error.message)
        return
    logger.warning("job_waits", kind=work.kind, code=error.code)
    with tenant_scope(work.tenant_id):
        job = Job.objects.select_for_update().filter(id=work.job_id, lease_token=work.token).first()
        if job is None:
            return
        if job.cancel_requested_at is not None:
            registered[work.kind].failed(work, "cancelled", "Cancelled.")
            end(job, JobStatus.CANCELLED, at=timezone.now(), code="cancelled", message="Cancelled.")
        else:
            job.status, job.lease_token, job.lease_until = JobStatus.QUEUED, None, None
            job.sent_at, job.note = timezone.now(), error.message[:200]
            job.save()
    hint(tenant_id=work.tenant_id, topic=work.topic, event=f"{work.kind}.waits", id=work.subject_id)
