"""Registers the job that runs a backtest."""

from django.apps import AppConfig


class BacktestsConfig(AppConfig):
    name = "apps.backtests"
    label = "backtests"

    def ready(self) -> None:
        from apps.backtests import receivers  # noqa: PLC0415 -- after the models are loaded

        receivers.register_jobs()
