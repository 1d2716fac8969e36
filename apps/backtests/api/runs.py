"""Runs for programs."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.backtests import queries, services
from apps.backtests.api.launch import OptionsIn
from apps.backtests.api.schemas import BacktestOut
from apps.backtests.enums import BacktestStatus
from apps.domain.metrics import METRICS

router = Router(tags=["backtests"])


class NewBacktest(Schema):
    strategy_id: UUID
    version_id: UUID | None = Field(default=None, description="By default the newest approved version.")
    options: OptionsIn = OptionsIn()


class MeasureOut(Schema):
    key: str
    label: str
    value: float | None
    unit: str
    convention: str


class GateOut(Schema):
    """A gate of the verdict, or a remark, which has neither number nor threshold."""

    code: str
    tone: str = Field(description="pass, warn or fail")
    sentence: str
    label: str = ""
    number: float | None = Field(default=None, description="What was measured, in `unit`; null where nothing could be")
    threshold: float | None = Field(default=None, description="What the number is held to, in `unit`")
    bound: str | None = Field(default=None, description="at least or at most")
    unit: str = Field(default="number", description="fraction, number, count or days")
    definition: str = Field(default="", description="How the number is made; empty in verdicts of gates before 2")


class FigureOut(Schema):
    column: str = Field(
        description="document: over the claim's window with its costs, and what is judged; after: from the day after that "
        "window to the end of the data; our_costs: over the claim's window with what the desk pays"
    )
    value: float | None
    start: date | None = None
    end: date | None = None
    costs: str = ""
    reason: str = Field(description="Why there is no value; empty where there is one")


class ComparisonOut(Schema):
    claim: str
    label: str
    metric: str
    claimed: float
    measured: float | None
    difference: float | None = Field(description="Measured minus claimed, in the metric's unit")
    tolerance: float
    rule: str = Field(default="", description="Where the tolerance comes from")
    outcome: str = Field(description="within tolerance, same direction, off or not comparable")
    obstacle: str = Field(
        default="", description="another_thing, window_apart or no_figure; empty where it is compared"
    )
    reason: str
    window_overlap: float | None
    figures: list[FigureOut] = []


class BacktestDetail(BacktestOut):
    metrics: list[MeasureOut]
    gate_version: str = Field(description="Version of the rules that judged; empty until judged")
    reasons: list[GateOut]
    comparisons: list[ComparisonOut]
    diagnostics: list[dict[str, Any]]
    order_hash: str
    plan: dict[str, Any]


class Rows(Schema):
    items: list[dict[str, Any]]


@router.post("/backtests", response={202: BacktestOut, 200: BacktestOut}, by_alias=False, summary="Start a backtest")
def create_backtest(request: DeskRequest, body: NewBacktest) -> Status[Any]:
    """202 when queued; 200 when the same run was made before and is served from the store."""
    run = services.start(
        strategy_id=body.strategy_id,
        version_id=body.version_id,
        options=body.options.options(),
        actor=request.actor,
        at=timezone.now(),
    )
    return Status(200 if run.status == BacktestStatus.DONE else 202, run)


@router.get("/backtests/{uuid:backtest_id}", response=BacktestDetail, by_alias=False, summary="Read a backtest")
def get_backtest(request: DeskRequest, backtest_id: UUID) -> dict[str, Any]:
    """Its metrics with their conventions, its verdict with the reasons, and everything that names the run."""
    run = queries.backtest(backtest_id=backtest_id)
    verdict = queries.verdict_of(run)
    listed = {name: getattr(run, field.alias or name) for name, field in BacktestOut.model_fields.items()}
    measured = [
        {"key": k, "label": METRICS[k].label, "value": v, "unit": METRICS[k].unit, "convention": METRICS[k].convention}
        for k, v in run.metrics.items()
        if k in METRICS
    ]
    return listed | {
        "verdict_word": run.verdict_word,
        "metrics": measured,
        "gate_version": verdict.gate_version if verdict else "",
        "reasons": verdict.reasons if verdict else [],
        "comparisons": verdict.comparisons if verdict else [],
        "diagnostics": run.diagnostics,
        "order_hash": run.order_hash,
        "plan": run.plan,
    }


@router.get("/backtests/{uuid:backtest_id}/trades", response=Rows, summary="Read the trades")
def get_trades(request: DeskRequest, backtest_id: UUID) -> dict[str, Any]:
    """Round trips, in the order in which they closed, open ones last."""
    return {"items": queries.frames_of(queries.backtest(backtest_id=backtest_id)).trades.to_pylist()}


@router.get("/backtests/{uuid:backtest_id}/equity", response=Rows, summary="Read the curves")
def get_equity(request: DeskRequest, backtest_id: UUID) -> dict[str, Any]:
    """Equity, cash and exposure at each close, and the benchmark where there is one."""
    return {"items": queries.frames_of(queries.backtest(backtest_id=backtest_id)).curves.to_pylist()}


@router.post(
    "/backtests/{uuid:backtest_id}/cancel", response={202: BacktestOut}, by_alias=False, summary="Stop a backtest"
)
def cancel_backtest(request: DeskRequest, backtest_id: UUID) -> Status[Any]:
    """409 when it has finished already."""
    return Status(202, services.cancel(backtest_id=backtest_id, actor=request.actor, at=timezone.now()))
