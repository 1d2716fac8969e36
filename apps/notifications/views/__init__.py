"""Pages of notices, of a person's preferences, and of the desk's web hooks."""

from apps.notifications.views.hooks import (
    change_hook,
    delete_hook,
    hook,
    hooks,
    renew_secret,
    send_again,
    send_test,
    switch_hook,
)
from apps.notifications.views.notices import bell, menu, notices, open_notice, read_all, read_notice
from apps.notifications.views.preferences import preferences

__all__ = [
    "bell",
    "change_hook",
    "delete_hook",
    "hook",
    "hooks",
    "menu",
    "notices",
    "open_notice",
    "preferences",
    "read_all",
    "read_notice",
    "renew_secret",
    "send_again",
    "send_test",
    "switch_hook",
]
