"""The ledger and the budget in the admin, read-only: the budget is set on the page of usage, which records it."""

from __future__ import annotations

from django.contrib import admin

from apps.llm.models import Budget, ModelBatch, ModelCall
from apps.web.services.read_only import ReadOnly


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnly, admin.ModelAdmin[ModelCall]):
    list_display = ["at", "purpose", "model", "state", "outcome", "input_tokens", "output_tokens", "cost_usd"]
    list_filter = ["state", "purpose", "model"]
    exclude = ["answer"]


@admin.register(ModelBatch)
class ModelBatchAdmin(ReadOnly, admin.ModelAdmin[ModelBatch]):
    list_display = ["created_at", "state", "n_requests", "ended_at"]


@admin.register(Budget)
class BudgetAdmin(ReadOnly, admin.ModelAdmin[Budget]):
    list_display = ["monthly_usd", "document_usd"]
