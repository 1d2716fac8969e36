"""Backtests and verdicts in the admin, read-only."""

from __future__ import annotations

from django.contrib import admin

from apps.backtests.models import Backtest, EngineCheck, Rerun, Sweep, Verdict
from apps.web.services.read_only import ReadOnly


@admin.register(Backtest)
class BacktestAdmin(ReadOnly, admin.ModelAdmin[Backtest]):
    list_display = ["strategy", "status", "verdict_word", "sharpe_ratio", "fingerprint", "created_at"]
    list_filter = ["status", "verdict_word"]
    list_select_related = ["strategy"]


@admin.register(Verdict)
class VerdictAdmin(ReadOnly, admin.ModelAdmin[Verdict]):
    list_display = ["backtest", "word", "gate_version", "n_trials", "graded_at"]
    list_filter = ["word", "gate_version"]


@admin.register(Rerun)
class RerunAdmin(ReadOnly, admin.ModelAdmin[Rerun]):
    list_display = ["backtest", "status", "outcome", "engine_version", "created_at"]
    list_filter = ["status", "outcome"]


@admin.register(EngineCheck)
class EngineCheckAdmin(ReadOnly, admin.ModelAdmin[EngineCheck]):
    list_display = ["backtest", "engine", "engine_version", "status", "outcome", "created_at"]
    list_filter = ["engine", "status", "outcome"]


@admin.register(Sweep)
class SweepAdmin(ReadOnly, admin.ModelAdmin[Sweep]):
    list_display = ["strategy", "kind", "status", "n_members", "objective", "fingerprint", "created_at"]
    list_filter = ["kind", "status"]
    list_select_related = ["strategy"]
