"""Files and figures of runs for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.backtests import queries, services
from apps.backtests.queries.sensitivity import sensitivity_of

router = Router(tags=["backtests"])


class SensedOut(Schema):
    axis: str = Field(description="cost, delay or parameter")
    subject: str
    label: str
    x: float | None = Field(description="Place on the axis: bps, bars, or the parameter's value")
    is_own: bool = Field(description="What the run itself used")
    annual_return: float | None
    sharpe_ratio: float | None
    max_drawdown: float | None
    turnover: float | None
    refusal: str = Field(description="Why the variant could not be run; empty where it could")


class SensitivityOut(Schema):
    version: str
    fingerprint: str
    left_out: int = Field(description="Variants that would have been more than one job may take")
    rows: list[SensedOut]


@router.get("/backtests/{uuid:backtest_id}/files/{name}", response={200: Any}, summary="Download a file of a backtest")
def get_file(request: DeskRequest, backtest_id: UUID, name: str) -> HttpResponse:
    """curves, trades and orders as .csv and .parquet; tear-sheet as .html, .pdf and .xlsx. 404 for any other name."""
    made = services.export(queries.backtest(backtest_id=backtest_id), name=name)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)


@router.get(
    "/backtests/{uuid:backtest_id}/sensitivity",
    response={200: SensitivityOut, 404: Any},
    summary="Read how a result changes with costs, delay and parameters",
)
def get_sensitivity(request: DeskRequest, backtest_id: UUID) -> dict[str, Any]:
    """404 until somebody asked for it and the job is done."""
    found = sensitivity_of(queries.backtest(backtest_id=backtest_id))
    if found is None:
        raise services.SensitivityNotMadeError("Nobody has asked for this run's sensitivity yet.")
    return found


class AskedOut(Schema):
    is_made: bool = Field(description="The sensitivity is there: read it")


@router.post(
    "/backtests/{uuid:backtest_id}/sensitivity",
    response={200: AskedOut, 202: AskedOut},
    summary="Ask for how a result changes with costs, delay and parameters",
)
def ask_sensitivity(request: DeskRequest, backtest_id: UUID) -> Status[Any]:
    """202 when its runs are queued, 200 when they were made before. Asked twice while they run, they are queued once."""
    queued = services.ask_sensitivity(backtest_id=backtest_id, actor=request.actor, at=timezone.now())
    return Status(202 if queued else 200, {"is_made": not queued})
