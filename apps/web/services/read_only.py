"""Tables that the admin shows and nobody edits there."""

from __future__ import annotations

from django.http import HttpRequest


class ReadOnly:
    """Beside ModelAdmin: rows are looked at; services alone change them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False
