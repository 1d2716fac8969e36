"""Installs the guard that makes a tenant table touched without a tenant an error."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "apps.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created  # noqa: PLC0415 -- after the apps are loaded

        from apps.tenancy.services import install_guard  # noqa: PLC0415 -- after the apps are loaded

        connection_created.connect(install_guard, dispatch_uid="tenancy.guard")
