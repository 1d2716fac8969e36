"""Strategies in the admin, read-only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.strategies.models import Strategy, StrategyVersion


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Strategy)
class StrategyAdmin(_ReadOnly, admin.ModelAdmin[Strategy]):
    list_display = ["title", "family", "status", "n_questions", "revision", "updated_at"]
    list_filter = ["status", "family"]
    search_fields = ["title"]


@admin.register(StrategyVersion)
class StrategyVersionAdmin(_ReadOnly, admin.ModelAdmin[StrategyVersion]):
    list_display = ["strategy", "number", "execution_hash", "approved_at"]
    list_select_related = ["strategy"]
