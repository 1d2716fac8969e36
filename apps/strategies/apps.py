"""Registers the job that looks for strategies, and the receiver that starts it."""

from django.apps import AppConfig


class StrategiesConfig(AppConfig):
    name = "apps.strategies"
    label = "strategies"

    def ready(self) -> None:
        from apps.strategies import receivers  # noqa: PLC0415 -- after the models are loaded

        receivers.subscribe_all()
