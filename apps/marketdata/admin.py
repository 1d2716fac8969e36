"""Data sets in the admin, read-only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.marketdata.models import DataSet


@admin.register(DataSet)
class DataSetAdmin(admin.ModelAdmin[DataSet]):
    list_display = ["title", "key", "kind", "first_day", "last_day", "is_current", "package"]
    list_filter = ["kind", "is_current"]
    exclude = ["days"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DataSet | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DataSet | None = None) -> bool:
        return False
