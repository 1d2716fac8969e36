"""Read the feed."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.notifications.models import Activity


def activity() -> QuerySet[Activity]:
    """The desk's feed, newest first."""
    return Activity.objects.order_by("-at", "-id")
