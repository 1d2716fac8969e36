"""The activity feed, people's notices, and the desk's web hooks."""

from apps.notifications.models.feed import Activity
from apps.notifications.models.hooks import Hook, HookDelivery
from apps.notifications.models.notices import Dispatch, Notice, Preference

__all__ = ["Activity", "Dispatch", "Hook", "HookDelivery", "Notice", "Preference"]
