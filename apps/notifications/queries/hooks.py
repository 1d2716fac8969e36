"""Read the desk's web hooks and what was posted to them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.domain.errors import DomainError
from apps.events.events import kinds
from apps.notifications.models import Hook, HookDelivery

_KEPT_INSIDE = ("accounts.", "notifications.")


class HookNotFoundError(DomainError):
    """There is no such web hook on this desk."""

    code = "hook_not_found"
    status = 404


def deliverable_types() -> list[str]:
    """Event types that a hook may ask for: everything that happens to documents, strategies and backtests."""
    return sorted(type_ for type_ in kinds() if not type_.startswith(_KEPT_INSIDE))


def hooks() -> QuerySet[Hook]:
    """The desk's hooks, newest first."""
    return Hook.objects.order_by("-created_at", "-id")


def hook(*, hook_id: UUID) -> Hook:
    """One hook; raises HookNotFoundError."""
    found = Hook.objects.filter(id=hook_id).first()
    if found is None:
        raise HookNotFoundError("There is no such web hook on your desk.")
    return found


def deliveries_of(*, hook_id: UUID) -> QuerySet[HookDelivery]:
    """What was posted to a hook, newest first."""
    return HookDelivery.objects.filter(hook_id=hook_id).order_by("-created_at", "-id")


def delivery(*, delivery_id: UUID) -> HookDelivery:
    """One delivery; raises HookNotFoundError."""
    found = HookDelivery.objects.filter(id=delivery_id).select_related("hook").first()
    if found is None:
        raise HookNotFoundError("There is no such delivery on your desk.")
    return found
