"""Backtests and verdicts in the admin, read-only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from apps.backtests.models import Backtest, Rerun, Sweep, Verdict


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Backtest)
class BacktestAdmin(_ReadOnly, admin.ModelAdmin[Backtest]):
    list_display = ["strategy", "status", "verdict_word", "sharpe_ratio", "fingerprint", "created_at"]
    list_filter = ["status", "verdict_word"]
    list_select_related = ["strategy"]


@admin.register(Verdict)
class VerdictAdmin(_ReadOnly, admin.ModelAdmin[Verdict]):
    list_display = ["backtest", "word", "gate_version", "n_trials", "graded_at"]
    list_filter = ["word", "gate_version"]


@admin.register(Rerun)
class RerunAdmin(_ReadOnly, admin.ModelAdmin[Rerun]):
    list_display = ["backtest", "status", "outcome", "engine_version", "created_at"]
    list_filter = ["status", "outcome"]


@admin.register(Sweep)
class SweepAdmin(_ReadOnly, admin.ModelAdmin[Sweep]):
    list_display = ["strategy", "kind", "status", "n_members", "objective", "fingerprint", "created_at"]
    list_filter = ["kind", "status"]
    list_select_related = ["strategy"]
