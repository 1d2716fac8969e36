"""Take jobs by a lease, keep it, and know what of it is still ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.jobs.enums import JobStatus
from apps.jobs.models import Job
from apps.jobs.services.work import LEASE, Work
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

_RENEW_EVERY = 4.0  # seconds
_LOOK_EVERY = 0.4  # seconds: a computation that somebody cancelled is stopped within a second

_SMALL_ONES = """
WITH taken AS MATERIALIZED (
    SELECT id FROM jobs_job
    WHERE status = 'queued' AND is_small AND attempt = 0
      AND kind = (SELECT kind FROM jobs_job WHERE id = ANY(%(asked)s) LIMIT 1)
    ORDER BY queued_at, id
    LIMIT %(n)s
    FOR UPDATE SKIP LOCKED
)
UPDATE jobs_job
SET status = 'running', lease_token = %(token)s, lease_until = %(until)s, started_at = %(now)s, attempt = attempt + 1
FROM taken WHERE jobs_job.id = taken.id
RETURNING jobs_job.id
"""


def claim(tenant_id: UUID, job_id: UUID) -> Job | None:
    """Take one job; None when another worker holds it or it has ended."""
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


def claim_small(tenant_id: UUID, job_ids: Sequence[UUID], *, n: int) -> list[Job]:
    """Take the `n` small jobs of the desk, of the kind of those asked for, that have waited longest.

    One that was begun before is not among them: it may be what ended its worker, and is taken alone.
    """
    now = timezone.now()
    values: dict[str, Any] = {"token": uuid4(), "until": now + LEASE, "now": now, "asked": list(job_ids), "n": n}
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(_SMALL_ONES, values)
        claimed = [row[0] for row in cursor.fetchall()]
        return list(Job.objects.filter(id__in=claimed).order_by("queued_at", "id")) if claimed else []


@dataclass(frozen=True, slots=True)
class Held:
    """What of some works is still ours: those to go on with, and those that somebody cancelled."""

    alive: frozenset[UUID]
    cancelled: frozenset[UUID]


@contextmanager
def held(works: Sequence[Work]) -> Iterator[Held]:
    """A transaction of the works' desk that holds the rows of those whose lease is still ours; they share one lease."""
    first = works[0]
    with tenant_scope(first.tenant_id):
        rows = (
            Job.objects.select_for_update()
            .filter(id__in=[work.job_id for work in works], lease_token=first.token, status=JobStatus.RUNNING)
            .order_by("id")
            .values_list("id", "cancel_requested_at")
        )
        cancelled_at = dict(rows)
        cancelled = frozenset(id_ for id_, at in cancelled_at.items() if at is not None)
        yield Held(frozenset(cancelled_at) - cancelled, cancelled)


def renew_in_background(works: Sequence[Work]) -> threading.Event:
    """Renew the lease while the handler computes without reporting, and look whether somebody cancelled."""
    stop, ours = threading.Event(), [work.job_id for work in works]
    first = works[0]

    def renew() -> None:
        renewed = time.monotonic()
        while not stop.wait(_LOOK_EVERY):
            try:
                _stop_cancelled(works)
                if time.monotonic() - renewed < _RENEW_EVERY:
                    continue
                with tenant_scope(first.tenant_id):
                    Job.objects.filter(id__in=ours, lease_token=first.token).update(lease_until=timezone.now() + LEASE)
                renewed = time.monotonic()
            except Exception:
                logger.warning("lease_not_renewed", job_ids=[str(job_id) for job_id in ours])
                connection.close()  # the next look opens another
        connection.close()

    threading.Thread(target=renew, name="lease", daemon=True).start()
    return stop


def _stop_cancelled(works: Sequence[Work]) -> None:
    """From another thread: stop the computation of work that somebody cancelled, and mark what has not begun."""
    if not any(work.is_computing for work in works):
        return
    first = works[0]
    with tenant_scope(first.tenant_id):
        ours = Job.objects.filter(id__in=[work.job_id for work in works], lease_token=first.token)
        cancelled = set(ours.filter(cancel_requested_at__isnull=False).values_list("id", flat=True))
    for work in works:
        if work.job_id in cancelled:
            work.stop()
