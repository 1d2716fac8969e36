"""The feed, people's notices and preferences, and the desk's web hooks: one verb each."""

from apps.notifications.services.deliveries import (
    deliver_hook,
    queue_all_for_hooks,
    queue_for_hooks,
    send_again,
    send_test,
)
from apps.notifications.services.dispatches import dispatch
from apps.notifications.services.feed import record_activities, record_activity
from apps.notifications.services.hooks import (
    HookInvalidError,
    create_hook,
    delete_hook,
    renew_secret,
    switch_hook,
    update_hook,
)
from apps.notifications.services.notices import mark_all_read, mark_read, tell, tell_all
from apps.notifications.services.preferences import set_preferences
from apps.notifications.services.upkeep import forget_old, send_due

__all__ = [
    "HookInvalidError",
    "create_hook",
    "delete_hook",
    "deliver_hook",
    "dispatch",
    "forget_old",
    "mark_all_read",
    "mark_read",
    "queue_all_for_hooks",
    "queue_for_hooks",
    "record_activities",
    "record_activity",
    "renew_secret",
    "send_again",
    "send_due",
    "send_test",
    "set_preferences",
    "switch_hook",
    "tell",
    "tell_all",
    "update_hook",
]
