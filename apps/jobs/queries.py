"""Read jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from apps.jobs.enums import JobStatus, Queue
from apps.jobs.models import Job as Job  # noqa: PLC0414 -- readers annotate with it

HEARTBEAT_KEY = "worker-heartbeat"
_OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)
_RESEND_AFTER = timedelta(seconds=20)


def job(*, job_id: UUID) -> Job:
    """One job; raises Job.DoesNotExist."""
    return Job.objects.get(id=job_id)


def latest_job(*, subject_id: UUID, kind: str | None = None) -> Job | None:
    """The newest job of a subject."""
    jobs = Job.objects.filter(subject_id=subject_id)
    return (jobs.filter(kind=kind) if kind else jobs).order_by("-queued_at").first()


def latest_jobs(*, subject_ids: Iterable[UUID], kind: str) -> dict[UUID, Job]:
    """The newest job of each subject, in one query."""
    found = (
        Job.objects.filter(subject_id__in=list(subject_ids), kind=kind)
        .order_by("subject_id", "-queued_at")
        .distinct("subject_id")
    )
    return {job.subject_id: job for job in found}


def jobs_to_recover(*, at: datetime) -> list[Job]:
    """Jobs whose worker went silent, and queued jobs whose message never reached a worker."""
    lost = Q(status=JobStatus.RUNNING, lease_until__lt=at)
    unsent = Q(status=JobStatus.QUEUED, sent_at__isnull=True) | Q(
        status=JobStatus.QUEUED, sent_at__lt=at - _RESEND_AFTER
    )
    return list(Job.objects.filter(lost | unsent)[:200])


def open_jobs() -> int:
    """How many jobs of the current tenant are waiting or running."""
    return Job.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING]).count()


def worker_seen_at() -> datetime | None:
    """When a worker last did the heartbeat task that beat sends; None when never, or the cache is away."""
    seen: datetime | None = cache.get(HEARTBEAT_KEY)
    return seen


def open_job_ids(*, but: Iterable[Queue] = ()) -> list[UUID]:
    """Jobs of the current tenant that are waiting or running, those of some queues left out."""
    jobs = Job.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING]).exclude(queue__in=list(but))
    return list(jobs.values_list("id", flat=True))


def n_ahead(job: Job, /) -> int:
    """How many jobs of the desk wait in the same queue and were asked for before this one."""
    waiting = Job.objects.filter(status=JobStatus.QUEUED, queue=job.queue)
    return waiting.filter(Q(queued_at__lt=job.queued_at) | Q(queued_at=job.queued_at, id__lt=job.id)).count()


def queue_counts(*, queue: Queue) -> dict[str, int]:
    """How many jobs of the desk run and wait in a queue, by status."""
    rows = Job.objects.filter(queue=queue, status__in=_OPEN).order_by().values_list("status").annotate(n=Count("id"))
    return dict(rows)


def queue_of(*, queue: Queue) -> QuerySet[Job]:
    """The desk's jobs that run or wait in a queue, in the order in which they were asked for; without plans."""
    return Job.objects.filter(queue=queue, status__in=_OPEN).defer("plan").order_by("queued_at", "id")


def is_waiting(*, kind: str) -> bool:
    """Whether a job of the kind is queued on this desk."""
    return Job.objects.filter(kind=kind, status=JobStatus.QUEUED).exists()
