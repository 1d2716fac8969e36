"""Ask for work and for its end; put lost work back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import transaction

from apps.domain.errors import DomainError
from apps.events.services import send, send_after_commit
from apps.jobs.enums import JobStatus
from apps.jobs.models import Job
from apps.jobs.queries import HEARTBEAT_KEY
from apps.jobs.services.work import registered, work_of

MAX_ATTEMPTS = 3
AT_ONCE = 16
"""Small jobs that a worker takes together."""


class JobFinishedError(DomainError):
    """A finished job cannot be cancelled."""

    code = "job_finished"
    status = 409


@transaction.atomic
def enqueue(
    *,
    kind: str,
    tenant_id: UUID,
    subject_id: UUID,
    plan: dict[str, Any],
    requested_by_id: UUID | None,
    at: datetime,
    is_small: bool = False,
) -> Job:
    """Queue a job, or return the open one of the same kind and subject. It is sent after the commit.

    `is_small` says that it takes a few hundredths of a second at most: a worker does several such together.
    """
    open_job = Job.objects.filter(
        kind=kind, subject_id=subject_id, status__in=[JobStatus.QUEUED, JobStatus.RUNNING]
    ).first()
    if open_job:
        return open_job
    job = Job.objects.create(
        tenant_id=tenant_id,
        kind=kind,
        queue=registered[kind].queue,
        subject_id=subject_id,
        plan=plan,
        requested_by_id=requested_by_id,
        correlation_id=str(structlog.contextvars.get_contextvars().get("correlation_id", "")),
        queued_at=at,
        sent_at=at,
        is_small=is_small,
    )
    if is_small:
        send_after_commit(
            "jobs.run",
            queue=job.queue,
            tenant_id=tenant_id,
            ids_as="job_ids",
            ids=[str(job.id)],
            at_once=AT_ONCE,
        )
    else:
        transaction.on_commit(lambda: _send(job))
    return job


def _send(job: Job) -> bool:
    return send("jobs.run", queue=job.queue, tenant_id=str(job.tenant_id), job_id=str(job.id))


@transaction.atomic
def cancel(*, job_id: UUID, at: datetime) -> Job:
    """Ask a job to stop: a queued one ends now, a running one at its next report. Raises JobFinishedError."""
    job = Job.objects.select_for_update().get(id=job_id)
    if job.is_finished:
        raise JobFinishedError("This has already finished; there is nothing to cancel.", status=job.status)
    _ask_to_stop(job, at=at)
    return job


@transaction.atomic
def cancel_all(*, subject_ids: Iterable[UUID], at: datetime) -> int:
    """Ask every open job of some subjects to stop; returns how many there were.

    All of them are locked before the first is told: a handler that holds its own job and waits for a row which another
    job's `failed` has changed would otherwise wait for us, and we for it.
    """
    wanted = Job.objects.filter(subject_id__in=list(subject_ids), status__in=[JobStatus.QUEUED, JobStatus.RUNNING])
    jobs = list(wanted.select_for_update().order_by("id"))
    for job in jobs:
        _ask_to_stop(job, at=at)
    return len(jobs)


def _ask_to_stop(job: Job, *, at: datetime) -> None:
    job.cancel_requested_at = job.cancel_requested_at or at
    job.save(update_fields=["cancel_requested_at"])
    if job.status == JobStatus.QUEUED:
        end(job, JobStatus.CANCELLED, at=at, code="cancelled", message="Cancelled before it began.")
        registered[job.kind].failed(work_of(job), "cancelled", "Cancelled before it began.")


def recover(job: Job, *, at: datetime) -> None:
    """Put a lost job back in its queue, or give it up after MAX_ATTEMPTS. Call inside the tenant's scope."""
    job = Job.objects.select_for_update().get(id=job.id)
    if job.status == JobStatus.RUNNING and job.lease_until is not None and job.lease_until < at:
        if job.attempt >= MAX_ATTEMPTS:
            message = (
                f"The work was interrupted {job.attempt} times and was given up. "
                "The input may need more memory or time than is allowed."
            )
            registered[job.kind].failed(work_of(job), "gave_up", message)
            end(job, JobStatus.FAILED, at=at, code="gave_up", message=message)
            return
        job.status, job.lease_token, job.lease_until = JobStatus.QUEUED, None, None
    if job.status == JobStatus.QUEUED:
        job.sent_at = at
        job.save()
        transaction.on_commit(lambda: _send(job))


def note_heartbeat(*, at: datetime) -> None:
    """Remember when a worker last answered; `queries.worker_seen_at` reads it."""
    cache.set(HEARTBEAT_KEY, at, timeout=3600)


def end(job: Job, status: JobStatus, *, at: datetime, code: str = "", message: str = "") -> None:
    """Mark a job as ended; the caller holds its row."""
    job.status, job.finished_at, job.error_code, job.error_message = status, at, code, message
    job.lease_token, job.lease_until = None, None
    job.save()
