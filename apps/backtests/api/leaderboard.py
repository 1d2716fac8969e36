"""The list of runs for programs: filters, any sort, tags and views."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from ninja import Query, Schema, Status
from pydantic import Field, field_validator

from apps.accounts.enums import DeskRequest
from apps.backtests import queries, services
from apps.backtests.api.runs import router  # one address, one router: POST /backtests stands there
from apps.backtests.api.schemas import BacktestOut

__all__ = ["router"]


class BacktestRow(BacktestOut):
    strategy_title: str
    tags: list[str] = Field(alias="tag_list")


class BacktestList(Schema):
    items: list[BacktestRow]
    next_cursor: str | None


class Filters(Schema):
    strategy_id: UUID | None = None
    document_id: UUID | None = None
    person_id: UUID | None = Field(None, description="Who asked for the run")
    verdict: str | None = None
    status: str | None = None
    family: str | None = Field(None, description="trend, momentum, mean_reversion or other")
    tag: str | None = None
    q: str | None = Field(
        None, description="Words of the strategy's title, or eight characters or more of the beginning of a fingerprint"
    )
    since: date | None = Field(None, description="Asked for on this day (UTC) or later")
    until: date | None = Field(None, description="Asked for on this day (UTC) or earlier")
    sort: str = Field(
        queries.NEWEST,
        description="created_at or the key of any measure, with - before it for descending; runs without the measure come last",
    )

    @field_validator("sort")
    @classmethod
    def _known(cls, value: str) -> str:
        if not queries.is_sort(value):
            raise ValueError("Sort by created_at or by the key of a measure, with - before it for descending.")
        return value

    def state(self) -> queries.ListState:
        """The same state as the page's."""
        said = self.model_dump(exclude_none=True)
        renamed = {name.removesuffix("_id"): value for name, value in said.items()}
        return queries.state_of({name: str(value) for name, value in renamed.items()})


class BulkIn(Schema):
    deed: Literal["tag", "untag"]
    ids: list[UUID] = Field(max_length=200)
    tag: str


class BulkOut(Schema):
    n: int = Field(description="How many runs changed")


class NewView(Schema):
    name: str
    query: str = Field("", description="The list's state as a query string; what is not known is left out")
    is_shared: bool = False


class ViewOut(Schema):
    id: UUID
    name: str
    query: str
    is_shared: bool
    owner_id: UUID


@router.get(
    "/backtests", response=BacktestList, by_alias=False, summary="List backtests, newest first or by any measure"
)
def list_backtests(
    request: DeskRequest, filters: Query[Filters], cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """A page of backtests; go on with `next_cursor` and the same sort."""
    page = queries.leaderboard(filters.state(), cursor=cursor, limit=limit)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post("/backtests/bulk", response=BulkOut, summary="Tag many backtests, or take a tag off")
def bulk(request: DeskRequest, body: BulkIn) -> dict[str, int]:
    """Tags belong to the desk and are kept in small letters."""
    act = services.tag if body.deed == "tag" else services.untag
    return {"n": act(backtest_ids=body.ids, tag=body.tag, actor=request.actor, at=timezone.now())}


@router.get("/backtests/tags", response=list[str], summary="List the tags in use")
def list_tags(request: DeskRequest) -> list[str]:
    """In alphabetical order."""
    return queries.tags_in_use()


@router.get("/backtests/views", response=list[ViewOut], summary="List saved views")
def list_views(request: DeskRequest) -> list[Any]:
    """One's own, and those that others share."""
    return list(queries.saved_views(person_id=request.actor.person_id))


@router.post("/backtests/views", response={201: ViewOut}, summary="Save a view of the list")
def create_view(request: DeskRequest, body: NewView) -> Status[Any]:
    """The same name again overwrites one's own view."""
    state = queries.state_of(QueryDict(body.query.lstrip("?")).dict())
    view = services.save_view(
        name=body.name, state=state, is_shared=body.is_shared, actor=request.actor, at=timezone.now()
    )
    return Status(201, view)


@router.delete("/backtests/views/{uuid:view_id}", response={204: None}, summary="Delete a view")
def remove_view(request: DeskRequest, view_id: UUID) -> Status[None]:
    """One's own; an administrator also shared ones."""
    services.delete_view(view_id=view_id, actor=request.actor, at=timezone.now())
    return Status(204, None)
