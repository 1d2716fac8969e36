"""The bell of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.notifications.queries import unread_count
from apps.tenancy.queries import current_tenant_id


def bell(request: HttpRequest) -> dict[str, Any]:
    """The person's unread count, asked for only by pages that show it; 0 where no desk's rows can be read."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {}

    def count() -> int:
        return unread_count(person_id=actor.person_id) if current_tenant_id() else 0

    return {"unread": SimpleLazyObject(count), "bell_at": timezone.now().isoformat()}
