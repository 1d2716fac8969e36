"""Subscribes the live hints."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "apps.events"
    label = "events"

    def ready(self) -> None:
        from apps.events import receivers  # noqa: PLC0415 -- after the models are loaded

        receivers.subscribe_all()
