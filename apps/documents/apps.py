"""Registers the jobs of documents and the model for search by meaning."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "apps.documents"
    label = "documents"

    def ready(self) -> None:
        from apps.documents import receivers  # noqa: PLC0415 -- after the models are loaded

        receivers.register_jobs()
        receivers.register_model()
