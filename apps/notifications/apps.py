"""Subscribes the feed, people's notices and web hooks to every event."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.notifications import receivers  # noqa: PLC0415 -- after the models are loaded

        receivers.subscribe_all()
