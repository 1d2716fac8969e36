"""Evidence for programs: runs made again, and bundles."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.backtests import queries, services

router = Router(tags=["backtests"])


class DifferenceOut(Schema):
    what: str
    day: str = Field(description="The first day that differs; empty when it is no matter of one day")
    stored: str
    again: str
    why: str


class RerunOut(Schema):
    id: UUID
    status: str = Field(description="queued, running, done, failed or cancelled")
    outcome: str = Field(description="identical or different; empty until done")
    difference: DifferenceOut | None
    engine_version: str
    error_message: str
    created_at: datetime
    finished_at: datetime | None


class EngineCheckIn(Schema):
    engine: str = Field(description="The other engine: bt")


class EngineFindingOut(Schema):
    """Equity by two engines, day by day; or `reasons` alone, when the other cannot say what the run does."""

    reasons: list[str] = []
    n_days: int | None = None
    n_orders: int | None = None
    tolerance: float | None = Field(None, description="Two engines agree when no day is this far apart, in currency")
    largest: float | None = Field(None, description="The largest distance of all days, in currency")
    largest_day: str = ""
    day: str = Field("", description="The first day that is too far apart; empty when there is none")
    stored: float | None = Field(None, description="Our equity on that day")
    other: float | None = Field(None, description="The other engine's equity on that day")


class EngineCheckOut(Schema):
    id: UUID
    engine: str
    engine_version: str
    own_version: str
    status: str = Field(description="queued, running, done, failed or cancelled")
    outcome: str = Field(description="agrees, differs or refused; empty until done")
    finding: EngineFindingOut | None
    error_message: str
    created_at: datetime
    finished_at: datetime | None


class TrialsOut(Schema):
    strategy: int
    family: int
    document: int | None
    person: int | None


class EvidenceOut(Schema):
    fingerprint: str
    trials: TrialsOut = Field(description="Different runs on the desk, each fingerprint counted once")
    reruns: list[RerunOut]
    engine_checks: list[EngineCheckOut] = Field(description="The times another engine followed the run")


@router.get("/backtests/{uuid:backtest_id}/evidence", response=EvidenceOut, summary="Read the evidence of a run")
def get_evidence(request: DeskRequest, backtest_id: UUID) -> dict[str, Any]:
    """What names the run, how many trials there were, and the times it was made again."""
    run = queries.backtest(backtest_id=backtest_id)
    return {
        "fingerprint": run.fingerprint,
        "trials": queries.trials_beside(run),
        "reruns": list(queries.reruns(backtest_id=run.id)),
        "engine_checks": list(queries.engine_checks(backtest_id=run.id)),
    }


@router.post("/backtests/{uuid:backtest_id}/reruns", response={202: RerunOut}, summary="Make a finished run again")
def create_rerun(request: DeskRequest, backtest_id: UUID) -> Status[Any]:
    """The answer stands in the evidence once the job is done: identical, or the first thing that differs."""
    return Status(202, services.rerun(backtest_id=backtest_id, actor=request.actor, at=timezone.now()))


@router.get(
    "/backtests/{uuid:backtest_id}/engine-checks",
    response=list[EngineCheckOut],
    summary="List the checks of a run by other engines",
)
def list_engine_checks(request: DeskRequest, backtest_id: UUID) -> list[Any]:
    """Newest first."""
    return list(queries.engine_checks(backtest_id=queries.backtest(backtest_id=backtest_id).id))


@router.post(
    "/backtests/{uuid:backtest_id}/engine-checks",
    response={202: EngineCheckOut},
    summary="Check a finished run with another engine",
)
def create_engine_check(request: DeskRequest, backtest_id: UUID, payload: EngineCheckIn) -> Status[Any]:
    """409 with what to install when the engine is not there. The answer stands in the list once the job is done."""
    made = services.check_with(backtest_id=backtest_id, engine=payload.engine, actor=request.actor, at=timezone.now())
    return Status(202, made)


class BundleOut(Schema):
    is_ready: bool = Field(description="Whether GET gives the file now")
    is_waiting: bool = Field(description="Whether it is being made: ask again in a second")
    problem: str = Field(description="Why the last attempt did not make it; empty otherwise")


@router.post(
    "/backtests/{uuid:backtest_id}/bundle", response={200: BundleOut, 202: BundleOut}, summary="Ask for the bundle"
)
def create_bundle(request: DeskRequest, backtest_id: UUID) -> Status[Any]:
    """Small bundles are ready at once (200). Large ones are made by a job (202); GET answers 202 until it is done."""
    state = services.ask_bundle(backtest_id=backtest_id, actor=request.actor, at=timezone.now())
    return Status(200 if state.is_ready else 202, state)


@router.get("/backtests/{uuid:backtest_id}/bundle", response={202: BundleOut}, summary="Download the bundle of a run")
def get_bundle(request: DeskRequest, backtest_id: UUID) -> HttpResponseBase | Status[Any]:
    """A ZIP with rules, data, results and verdict; `manage.py verify` reproduces it on another machine.

    202 while a large one is being made, 409 `bundle_not_made` when nobody has asked for it.
    """
    state = services.bundle_state(queries.backtest(backtest_id=backtest_id))
    if state.is_waiting:
        return Status(202, state)
    return FileResponse(services.opened_bundle(backtest_id=backtest_id), content_type="application/zip")
