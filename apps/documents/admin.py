"""Documents in the admin, read-only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.documents.models import Document


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin[Document]):
    list_display = ["title", "status", "n_pages", "n_bytes", "created_at", "retention", "kept_until", "held_at"]
    list_filter = ["status", "media_type", "retention", ("held_at", admin.EmptyFieldListFilter)]
    search_fields = ["title", "sha256"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return False
