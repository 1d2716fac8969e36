"""Strategies in the admin, read-only."""

from __future__ import annotations

from django.contrib import admin

from apps.strategies.models import Strategy, StrategyVersion
from apps.web.services.read_only import ReadOnly


@admin.register(Strategy)
class StrategyAdmin(ReadOnly, admin.ModelAdmin[Strategy]):
    list_display = ["title", "family", "status", "n_questions", "revision", "updated_at"]
    list_filter = ["status", "family"]
    search_fields = ["title"]


@admin.register(StrategyVersion)
class StrategyVersionAdmin(ReadOnly, admin.ModelAdmin[StrategyVersion]):
    list_display = ["strategy", "number", "execution_hash", "approved_at"]
    list_select_related = ["strategy"]
