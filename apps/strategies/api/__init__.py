"""Strategies for programs."""

from apps.strategies.api import workbench
from apps.strategies.api.strategies import router

router.add_router("", workbench.router)

__all__ = ["router"]
