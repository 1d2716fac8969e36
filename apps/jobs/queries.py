"""Read jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q

from apps.jobs.enums import JobStatus
from apps.jobs.models import Job

HEARTBEAT_KEY = "worker-heartbeat"
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


def open_job_ids() -> list[UUID]:
    """Jobs of the current tenant that are waiting or running."""
    return list(Job.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING]).values_list("id", flat=True))
