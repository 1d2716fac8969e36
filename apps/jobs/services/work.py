"""What a handler gets: a job as work, the kinds that there are, and what may end the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.domain.errors import DomainError
from apps.events.services import hint
from apps.jobs.adapters import Interruption
from apps.jobs.enums import JobStatus, Queue
from apps.jobs.models import Job
from apps.tenancy.services import tenant_scope

LEASE = timedelta(seconds=12)
_HINT_EVERY = 0.25  # seconds
_REPORT_EVERY = 0.2  # seconds, of a computation: a report is a commit, which costs as much as a small run


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
    correlation_id: str = ""
    began_at: datetime | None = None
    is_cancelled: bool = False
    _hinted: float = field(default=0.0, repr=False)
    _reported: float = field(default=0.0, repr=False)
    _interruption: Interruption = field(default_factory=Interruption, repr=False)

    def computing(self) -> AbstractContextManager[None]:
        """What is done inside is stopped within a second when somebody cancels, between two reports too.

        For computations alone, without transactions or files of their own; `progress` may be called, and what else
        reaches out of the process stands inside `waiting`.
        """
        self._reported = self._reported or time.monotonic()  # what is over sooner reports nothing
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

    @property
    def is_computing(self) -> bool:
        """Whether something runs that may be stopped."""
        return self._interruption.is_open

    def stop(self) -> None:
        """From another thread: somebody cancelled the job. Its computation stops; one that has not begun never does."""
        self.is_cancelled = True
        self._interruption.stop(_StoppedError)


Handler = Callable[[Work], None]
Failure = Callable[[Work, str, str], None]


@dataclass(frozen=True, slots=True)
class Together:
    """A handler in three steps, by which a worker does several jobs of a desk with two transactions in all.

    `load(works)` reads what they need, in a transaction that holds their leases; `make(work, loaded)` does one of them,
    outside any transaction, and gives what is to be kept; `keep([(work, made), ...])` writes what those gave whose lease is
    still held, in the transaction that ends their jobs. Each must bear being done again from the start.
    """

    load: Callable[[Sequence[Work]], Any]
    make: Callable[[Work, Any], Any]
    keep: Callable[[Sequence[tuple[Work, Any]]], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its queue, its handler, and what to do with the subject when the work fails for good."""

    name: str
    queue: Queue
    handler: Handler | Together
    failed: Failure


registered: dict[str, Kind] = {}


def register_kind(name: str, *, queue: Queue, handler: Handler | Together, failed: Failure) -> None:
    """Register a kind of job; called once, when an app is ready.

    `failed(work, code, message)` runs inside the tenant's scope, in the transaction that marks the job failed or
    cancelled (code "cancelled").
    """
    registered[name] = Kind(name, queue, handler, failed)


def kinds() -> dict[str, Kind]:
    """Every registered kind, by name."""
    return dict(registered)


def work_of(job: Job) -> Work:
    """A job as its handler sees it."""
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
        correlation_id=job.correlation_id,
    )
