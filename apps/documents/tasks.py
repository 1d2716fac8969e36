"""Remove for good what was deleted and whose days of grace are over, and uploads that nobody finished."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.documents import services
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope


@shared_task(name="documents.purge")
def purge(**kwargs: object) -> None:
    """Visit each desk in its own scope."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            services.purge_deleted(at=timezone.now())


@shared_task(name="documents.forget_uploads")
def forget_uploads(**kwargs: object) -> None:
    """Visit each desk in its own scope."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            services.forget_uploads(at=timezone.now())
