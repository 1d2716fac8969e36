"""Sweeps that several tests make."""

from __future__ import annotations

from django.utils import timezone

from apps.backtests.enums import SweepKind
from apps.backtests.queries.sweep_plans import Request
from apps.backtests.services.sweeps import start_sweep
from apps.strategies import services as strategies
from tests.domain.examples import TEN_MONTH_TIMING
from tests.strategies.change import changed

RANGED = changed(TEN_MONTH_TIMING, "/parameters/window/range", {"low": 2, "high": 12, "step": 2})
AMBIGUOUS = changed(
    changed(RANGED, "/parameters/window/alternatives", [{"value": 12, "reason": "Table 2 says twelve"}, {"value": 8}]),
    "/parameters/cost",
    {"label": "Trading cost", "unit": "bps", "status": "missing", "value": None, "question": "Which cost?",
     "alternatives": [{"value": 5.0}, {"value": 20.0}]},
)  # fmt: skip


def draft(actor, spec=RANGED):
    return strategies.create(specification=spec.model_dump(mode="json"), actor=actor, at=timezone.now())


def approved(actor, spec=RANGED):
    strategy = draft(actor, spec)
    strategies.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())
    return strategy


def swept(strategy, actor, kind=SweepKind.GRID, axes=None, **options):
    axes = {"window": "2:12:2", "cost": "0, 5, 10"} if axes is None else axes
    request = Request(kind=SweepKind(kind), axes=axes, **options)
    return start_sweep(strategy_id=strategy.id, request=request, actor=actor, at=timezone.now())
