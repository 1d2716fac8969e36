"""Backtests for programs."""

from apps.backtests.api.runs import router

__all__ = ["router"]
