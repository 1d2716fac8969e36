"""Enqueue, claim, run, cancel and recover jobs.

A handler runs outside any transaction and opens short tenant scopes of its own, so that its progress is seen while it
works. It must bear being run again from the start.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.domain.errors import DomainError
from apps.events.services import hint, send
from apps.jobs.adapters import Interruption
from apps.jobs.enums import JobStatus, Queue
from apps.jobs.models import Job
from apps.jobs.queries import HEARTBEAT_KEY
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=12)
_RENEW_EVERY = 4.0  # seconds
_LOOK_EVERY = 0.4  # seconds: a computation that somebody cancelled is stopped within a second
_HINT_EVERY = 0.25  # seconds
_REPORT_EVERY = 0.2  # seconds, of a computation: a report is a commit, which costs as much as a small run
MAX_ATTEMPTS = 3


class JobCancelled(DomainError):  # noqa: N818 -- an outcome, not a fault
    """Raised inside a handler when somebody asked for the work to stop."""

    code = "cancelled"


class _StoppedError(JobCancelled):
    """Raised in the midst of a computation, where nobody can give it words."""

    def __init__(self) -> None:
        super().__init__("Cancelled.")


class TryAgainLater(DomainError):  # noqa: N818 -- an outcome, not a fault
    """Raised by a handler when what it needs is away for now: the job waits and is done again, MAX_ATTEMPTS times in all."""

    code = "try_again_later"


class LeaseLost(DomainError):  # noqa: N818 -- an outcome, not a fault
    """Raised inside a handler when another worker has taken the job up: this one must stop without a word."""

    code = "lease_lost"


class JobFinishedError(DomainError):
    """A finished job cannot be cancelled."""

    code = "job_finished"
    status = 409


@dataclass(slots=True)
class Work:
    """What a handler gets: the plan, for whom, and the means to report and to be stopped."""

    job_id: UUID
    tenant_id: UUID
    subject_id: UUID
    kind: str
    plan: dict[str, Any]
    requested_by_id: UUID | None
    attempt: int
    token: UUID | None
    topic: str
    _hinted: float = field(default=0.0, repr=False)
    _reported: float = field(default=0.0, repr=False)
    _interruption: Interruption = field(default_factory=Interruption, repr=False)

    def computing(self) -> AbstractContextManager[None]:
        """What is done inside is stopped within a second when somebody cancels, between two reports too.

        For computations alone, without transactions or files of their own; `progress` may be called, and what else
        reaches out of the process stands inside `waiting`.
        """
        return self._interruption.open()

    def waiting(self) -> AbstractContextManager[None]:
        """A part of a computation that is not stopped half-way."""
        return self._interruption.paused()

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A transaction of the job's tenant that commits only while we hold the lease."""
        with tenant_scope(self.tenant_id):
            held = (
                Job.objects.select_for_update()
                .filter(id=self.job_id, lease_token=self.token, status=JobStatus.RUNNING)
                .first()
            )
            if held is None:
                raise LeaseLost("Another worker has taken this job up.")
            if held.cancel_requested_at is not None:
                raise JobCancelled("Cancelled.")
            yield

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Report progress, renew the lease, and stop here if somebody cancelled.

        Inside `computing`, where somebody looks for that anyway, reports that follow at once are left out.
        """
        if self._interruption.is_open and time.monotonic() - self._reported < _REPORT_EVERY:
            return
        self._reported = time.monotonic()
        with self.waiting():
            with self.scope():
                Job.objects.filter(id=self.job_id).update(
                    done_steps=done, total_steps=total, note=note[:200], lease_until=timezone.now() + LEASE
                )
            if time.monotonic() - self._hinted > _HINT_EVERY or done >= total:
                self._hinted = time.monotonic()
                hint(tenant_id=self.tenant_id, topic=self.topic, event=f"{self.kind}.progress", id=self.subject_id)

    def stop_if_cancelled(self) -> None:
        """From another thread: stop the computation when somebody cancelled the job."""
        if not self._interruption.is_open:
            return
        with tenant_scope(self.tenant_id):
            ours = Job.objects.filter(id=self.job_id, lease_token=self.token)
            cancelled = ours.filter(cancel_requested_at__isnull=False).exists()
        if cancelled:
            self._interruption.stop(_StoppedError)


Handler = Callable[[Work], None]
Failure = Callable[[Work, str, str], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its queue, its handler, and what to do with the subject when the work fails for good."""

    name: str
    queue: Queue
    handler: Handler
    failed: Failure


_kinds: dict[str, Kind] = {}


def register_kind(name: str, *, queue: Queue, handler: Handler, failed: Failure) -> None:
    """Register a kind of job; called once, when an app is ready.

    `failed(work, code, message)` runs inside the tenant's scope, in the transaction that marks the job failed or
    cancelled (code "cancelled").
    """
    _kinds[name] = Kind(name, queue, handler, failed)


def kinds() -> dict[str, Kind]:
    """Every registered kind, by name."""
    return dict(_kinds)


@transaction.atomic
def enqueue(
    *, kind: str, tenant_id: UUID, subject_id: UUID, plan: dict[str, Any], requested_by_id: UUID | None, at: datetime
) -> Job:
    """Queue a job, or return the open one of the same kind and subject. It is sent after the commit."""
    open_job = Job.objects.filter(
        kind=kind, subject_id=subject_id, status__in=[JobStatus.QUEUED, JobStatus.RUNNING]
    ).first()
    if open_job:
        return open_job
    job = Job.objects.create(
        tenant_id=tenant_id,
        kind=kind,
        queue=_kinds[kind].queue,
        subject_id=subject_id,
        plan=plan,
        requested_by_id=requested_by_id,
        correlation_id=str(structlog.contextvars.get_contextvars().get("correlation_id", "")),
        queued_at=at,
        sent_at=at,
    )
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
        _end(job, JobStatus.CANCELLED, at=at, code="cancelled", message="Cancelled before it began.")
        _kinds[job.kind].failed(_work(job), "cancelled", "Cancelled before it began.")


def run(*, tenant_id: UUID, job_id: UUID) -> None:
    """Claim a job and do it. A job that another worker holds, or that is finished, is left alone."""
    job = _claim(tenant_id, job_id)
    if job is None:
        return
    with structlog.contextvars.bound_contextvars(correlation_id=job.correlation_id, job_id=str(job.id)):
        _do(_work(job))


def _do(work: Work) -> None:
    stop_renewing = _renew_in_background(work)
    try:
        _kinds[work.kind].handler(work)
    except TryAgainLater as error:
        _wait(work, error)
    except LeaseLost:
        logger.warning("lease_lost", kind=work.kind)
    except JobCancelled:
        _finish(work, JobStatus.CANCELLED, code="cancelled", message="Cancelled.")
    except DomainError as error:
        _finish(work, JobStatus.FAILED, code=error.code, message=error.message)
    except Exception:
        logger.exception("job_failed", kind=work.kind)
        _finish(
            work,
            JobStatus.FAILED,
            code="internal_error",
            message="Something went wrong on our side; nothing was lost. Try again, or quote the reference to support.",
        )
    else:
        _finish(work, JobStatus.DONE)
    finally:
        stop_renewing.set()


def recover(job: Job, *, at: datetime) -> None:
    """Put a lost job back in its queue, or give it up after MAX_ATTEMPTS. Call inside the tenant's scope."""
    job = Job.objects.select_for_update().get(id=job.id)
    if job.status == JobStatus.RUNNING and job.lease_until is not None and job.lease_until < at:
        if job.attempt >= MAX_ATTEMPTS:
            message = (
                f"The work was interrupted {job.attempt} times and was given up. "
                "The input may need more memory or time than is allowed."
            )
            _kinds[job.kind].failed(_work(job), "gave_up", message)
            _end(job, JobStatus.FAILED, at=at, code="gave_up", message=message)
            return
        job.status, job.lease_token, job.lease_until = JobStatus.QUEUED, None, None
    if job.status == JobStatus.QUEUED:
        job.sent_at = at
        job.save()
        transaction.on_commit(lambda: _send(job))


def note_heartbeat(*, at: datetime) -> None:
    """Remember when a worker last answered; `queries.worker_seen_at` reads it."""
    cache.set(HEARTBEAT_KEY, at, timeout=3600)


def _claim(tenant_id: UUID, job_id: UUID) -> Job | None:
    with tenant_scope(tenant_id):
        now = timezone.now()
        claimed = Job.objects.filter(id=job_id, status=JobStatus.QUEUED).update(
            status=JobStatus.RUNNING,
            lease_token=uuid4(),
            lease_until=now + LEASE,
            started_at=now,
            attempt=F("attempt") + 1,
        )
        return Job.objects.get(id=job_id) if claimed else None


def _finish(work: Work, status: JobStatus, *, code: str = "", message: str = "") -> None:
    with tenant_scope(work.tenant_id):
        job = Job.objects.select_for_update().filter(id=work.job_id, lease_token=work.token).first()
        if job is None:
            return
        if status != JobStatus.DONE:
            _kinds[work.kind].failed(work, code, message)
        _end(job, status, at=timezone.now(), code=code, message=message)
    hint(tenant_id=work.tenant_id, topic=work.topic, event=f"{work.kind}.{status}", id=work.subject_id)


def _wait(work: Work, error: TryAgainLater) -> None:
    """Back into the queue; the reaper sends it again after a while. Given up after MAX_ATTEMPTS."""
    if work.attempt >= MAX_ATTEMPTS:
        _finish(work, JobStatus.FAILED, code=error.code, message=error.message)
        return
    logger.warning("job_waits", kind=work.kind, code=error.code)
    with tenant_scope(work.tenant_id):
        job = Job.objects.select_for_update().filter(id=work.job_id, lease_token=work.token).first()
        if job is None:
            return
        if job.cancel_requested_at is not None:
            _kinds[work.kind].failed(work, "cancelled", "Cancelled.")
            _end(job, JobStatus.CANCELLED, at=timezone.now(), code="cancelled", message="Cancelled.")
        else:
            job.status, job.lease_token, job.lease_until = JobStatus.QUEUED, None, None
            job.sent_at, job.note = timezone.now(), error.message[:200]
            job.save()
    hint(tenant_id=work.tenant_id, topic=work.topic, event=f"{work.kind}.waits", id=work.subject_id)


def _end(job: Job, status: JobStatus, *, at: datetime, code: str = "", message: str = "") -> None:
    job.status, job.finished_at, job.error_code, job.error_message = status, at, code, message
    job.lease_token, job.lease_until = None, None
    job.save()


def _work(job: Job) -> Work:
    topic = f"{job.kind.split('.')[0]}:{job.subject_id}"
    return Work(
        job_id=job.id,
        tenant_id=job.tenant_id,
        subject_id=job.subject_id,
        kind=job.kind,
        plan=job.plan,
        requested_by_id=job.requested_by_id,
        attempt=job.attempt,
        token=job.lease_token,
        topic=topic,
    )


def _renew_in_background(work: Work) -> threading.Event:
    """Renew the lease while the handler computes without reporting, and look whether somebody cancelled."""
    stop = threading.Event()

    def renew() -> None:
        renewed = time.monotonic()
        while not stop.wait(_LOOK_EVERY):
            try:
                work.stop_if_cancelled()
                if time.monotonic() - renewed < _RENEW_EVERY:
                    continue
                with tenant_scope(work.tenant_id):
                    Job.objects.filter(id=work.job_id, lease_token=work.token).update(
                        lease_until=timezone.now() + LEASE
                    )
                renewed = time.monotonic()
            except Exception:
                logger.warning("lease_not_renewed", job_id=str(work.job_id))
                connection.close()  # the next look opens another
        connection.close()

    threading.Thread(target=renew, name="lease", daemon=True).start()
    return stop
