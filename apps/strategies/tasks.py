"""What beat sends for strategies."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from apps.strategies import services


@shared_task(name="strategies.poll_batches")
def poll_batches(**kwargs: object) -> None:
    """Take up the batches whose answers are in."""
    services.poll_batches(at=timezone.now())
