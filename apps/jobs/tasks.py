"""The one task that runs every job, and the reaper that recovers lost ones."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from apps.jobs import services
from apps.jobs.queries import jobs_to_recover
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


@shared_task(name="jobs.run")
def run(*, tenant_id: str, job_id: str = "", job_ids: list[str] | None = None, **kwargs: object) -> None:
    """Do one job, or small ones of a desk together."""
    if job_ids:
        services.run_several(tenant_id=UUID(tenant_id), job_ids=[UUID(one) for one in job_ids])
    else:
        services.run(tenant_id=UUID(tenant_id), job_id=UUID(job_id))


@shared_task(name="jobs.recover")
def recover(**kwargs: object) -> None:
    """Take up jobs whose worker died, and send those whose message was lost."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            now = timezone.now()
            for job in jobs_to_recover(at=now):
                services.recover(job, at=now)


@shared_task(name="jobs.heartbeat")
def heartbeat(**kwargs: object) -> None:
    """Show that beat sends, the broker carries and a worker works."""
    services.note_heartbeat(at=timezone.now())
