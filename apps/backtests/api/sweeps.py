"""Sweeps for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.backtests.enums import BacktestStatus, Objective, SweepKind
from apps.backtests.queries import sweep_pages as pages
from apps.backtests.queries import sweeps as queries
from apps.backtests.queries.sweep_plans import Request, SweepRefusedError
from apps.backtests.services import sweep_choice
from apps.backtests.services import sweeps as services
from apps.web.services.paging import page_of

router = Router(tags=["sweeps"])
_MOST = 1000


class NewSweep(Schema):
    strategy_id: UUID
    version_id: UUID | None = Field(default=None, description="By default the newest approved version.")
    kind: SweepKind = SweepKind.GRID
    axes: dict[str, str | list[float | str]] = Field(
        default_factory=dict,
        description="Values by parameter: a list, or text as low:high:step or with commas. Empty for readings.",
    )
    objective: Objective = Objective.SHARPE_RATIO
    number: int = Field(default=1000, ge=1, description="Combinations to draw (random)")
    seed: int = Field(default=1, ge=0, description="The same seed draws the same combinations")
    share: float = Field(
        default=0.7, ge=0.1, le=1.0, description="First part of the window, on which the best is chosen"
    )
    train_days: int = Field(default=756, ge=20, description="Trading days to fit on (walk-forward)")
    test_days: int = Field(default=252, ge=20, description="Trading days to test on (walk-forward)")
    is_anchored: bool = Field(default=False, description="Fit on everything so far (walk-forward)")
    folds: int = Field(default=6, ge=2, le=20, description="Blocks (cross-validation)")
    tested: int = Field(default=1, ge=1, le=10, description="Blocks tested at once (cross-validation)")
    embargo_days: int = Field(default=21, ge=0, description="Trading days left out after each tested block")


class SweepOut(Schema):
    id: UUID
    strategy_id: UUID
    version_id: UUID | None = Field(description="null for readings of a draft")
    kind: str
    objective: str
    status: str = Field(description="queued, running, done, failed or cancelled")
    fingerprint: str = Field(description="Names the sweep: axes, specification, data snapshots, engine")
    n_members: int
    n_pieces: int
    n_pieces_done: int
    summary: dict[str, Any] = Field(
        description="Empty until done. best, plateau, overfitting, n_trials; folds, out_of_sample, stitched; spread"
    )
    error_code: str
    error_message: str
    created_at: datetime
    finished_at: datetime | None


class SweepList(Schema):
    items: list[SweepOut]
    next_cursor: str | None


class AxisOut(Schema):
    name: str
    label: str
    unit: str
    values: list[Any]


class SweepDetail(SweepOut):
    axes: list[AxisOut]
    options: dict[str, Any]
    left_out: list[str]
    n_done: int
    seconds_left: float | None


class MemberOut(Schema):
    number: int = Field(description="Place in the plan: the last axis fastest")
    values: dict[str, Any]
    refusal: str = Field(description="Why it could not be run; empty where it was")
    figures: dict[str, float | None] = Field(
        description="m: measures of the whole window, i: of the first part, o: of the rest; deflated_sharpe"
    )


class MemberQuery(Schema):
    sort: str = Field(default="", description="A figure, or v:axis; - before it for the largest first")
    where: list[str] = Field(default=[], description="axis=value; several must all hold")
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=_MOST)


class MemberList(Schema):
    items: list[MemberOut]
    n_members: int = Field(description="How many match, of those that have been run so far")
    next_offset: int | None


class Choice(Schema):
    reason: str = Field(default="", max_length=300, description="Why these values: kept with your name")


class Chosen(Schema):
    strategy_id: UUID
    status: str
    revision: int


@router.get("/sweeps", response=SweepList, summary="List sweeps, newest first")
def list_sweeps(
    request: DeskRequest, strategy_id: UUID | None = None, kind: str | None = None, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:  # fmt: skip
    """A page of sweeps; go on with `next_cursor`."""
    page = page_of(queries.sweeps(strategy_id=strategy_id, kind=kind), cursor=cursor, limit=limit)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post("/sweeps", response={202: SweepOut, 200: SweepOut}, summary="Start a sweep")
def create_sweep(request: DeskRequest, body: NewSweep) -> Status[Any]:
    """202 when queued; 200 when the same sweep was made before and is served from the store. 422 with the number and a
    suggestion when it is too large."""
    given = body.model_dump(exclude={"strategy_id", "version_id"})
    sweep = services.start_sweep(
        strategy_id=body.strategy_id,
        version_id=body.version_id,
        request=Request(**given),
        actor=request.actor,
        at=timezone.now(),
    )
    return Status(200 if sweep.status == BacktestStatus.DONE else 202, sweep)


@router.get("/sweeps/{uuid:sweep_id}", response=SweepDetail, summary="Read a sweep")
def get_sweep(request: DeskRequest, sweep_id: UUID) -> dict[str, Any]:
    """Its axes, how far it is, and what its members come to together."""
    sweep = queries.sweep_of(sweep_id=sweep_id)
    plan, progress = queries.plan_of(sweep), queries.progress_of(sweep, at=timezone.now())
    listed = {name: getattr(sweep, name) for name in SweepOut.model_fields}
    axes = [{"name": a.name, "label": a.label, "unit": a.unit, "values": list(a.values)} for a in plan.axes]
    return listed | {
        "axes": axes, "options": plan.options, "left_out": sweep.plan["left_out"],
        "n_done": progress.n_done, "seconds_left": progress.seconds_left,
    }  # fmt: skip


@router.get("/sweeps/{uuid:sweep_id}/members", response=MemberList, summary="Read the members of a sweep")
def list_members(request: DeskRequest, sweep_id: UUID, asked: Query[MemberQuery]) -> dict[str, Any]:
    """A page of those that have been run so far, by default the best first."""
    sweep = queries.sweep_of(sweep_id=sweep_id)
    table = queries.members_of(sweep)
    if table is None:
        return {"items": [], "n_members": 0, "next_offset": None}
    order = pages.order_of(sweep, table, sort=asked.sort, where=dict(_pair(text) for text in asked.where))
    following = asked.offset + asked.limit
    return {
        "items": pages.rows_at(sweep, table, order[asked.offset : following]),
        "n_members": len(order),
        "next_offset": following if following < len(order) else None,
    }


@router.get("/sweeps/{uuid:sweep_id}/members/{int:number}", response=MemberOut, summary="Read one member")
def get_member(request: DeskRequest, sweep_id: UUID, number: int) -> pages.MemberRow:
    """Its values and figures."""
    return pages.member(queries.sweep_of(sweep_id=sweep_id), number=number)


@router.post(
    "/sweeps/{uuid:sweep_id}/members/{int:number}/choose", response=Chosen, summary="Set the draft to a member's values"
)
def choose_member(request: DeskRequest, sweep_id: UUID, number: int, body: Choice) -> dict[str, Any]:
    """The choice is kept with name and reason; approve the draft, then run it."""
    strategy = sweep_choice.choose_member(
        sweep_id=sweep_id, number=number, reason=body.reason, actor=request.actor, at=timezone.now()
    )
    return {"strategy_id": strategy.id, "status": strategy.status, "revision": strategy.revision}


@router.post("/sweeps/{uuid:sweep_id}/cancel", response={202: SweepOut}, summary="Stop a sweep")
def cancel_sweep(request: DeskRequest, sweep_id: UUID) -> Status[Any]:
    """409 when it has ended already."""
    return Status(202, services.cancel_sweep(sweep_id=sweep_id, actor=request.actor, at=timezone.now()))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SweepRefusedError(f"“{text[:60]}” is not axis=value, for example fast=10.")
    return name, value
