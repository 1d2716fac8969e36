"""Forget kept answers."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope
from apps.web.services.idempotency import forget_answers


@shared_task(name="web.forget_answers")
def forget(**kwargs: object) -> None:
    """Drop answers that were kept for a day."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            forget_answers(at=timezone.now())
