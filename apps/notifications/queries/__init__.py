"""Read the feed, people's notices and preferences, and the desk's web hooks."""

from apps.notifications.queries.feed import activity
from apps.notifications.queries.hooks import deliverable_types, deliveries_of, delivery, hook, hooks
from apps.notifications.queries.notices import (
    PreferenceRow,
    latest_notices,
    news_since,
    notice,
    notices_of,
    preferences_of,
    unread_count,
    wanted_channels,
)

__all__ = [
    "PreferenceRow",
    "activity",
    "deliverable_types",
    "deliveries_of",
    "delivery",
    "hook",
    "hooks",
    "latest_notices",
    "news_since",
    "notice",
    "notices_of",
    "preferences_of",
    "unread_count",
    "wanted_channels",
]
