"""The review workbench for programs: formulas, checks, comparisons, comments, merging."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.accounts.queries import asks_for_four_eyes, names_of
from apps.domain.language import completions, vacant_places
from apps.events.queries import history
from apps.strategies import queries, services
from apps.strategies.api.strategies import FindingOut, StrategyDetail, StrategyOut, detail_of

router = Router(tags=["strategies"])


class FormulaOut(Schema):
    pointer: str = Field(description="JSON pointer of the formula in the specification")
    place: str
    text: str
    gives: str = Field(description="condition, market condition, number or any")
    words: str
    may_go: bool = Field(description="Whether the rules can do without it")


class VacantOut(Schema):
    pointer: str = Field(description="JSON pointer; a hyphen at its end is the end of a list")
    place: str
    gives: str = Field(description="condition, market condition, number or any")


class CompletionOut(Schema):
    name: str
    written: str
    meaning: str
    what: str = Field(description="function, field, calendar, input, signal or parameter")


class HappenedOut(Schema):
    id: UUID
    type: str = Field(description="strategies.approved and so on; the web hooks name the same")
    at: datetime
    actor_id: UUID | None = Field(description="Who did it; null for the platform.")
    actor: str = Field(description="Their name; empty for the platform")
    sentence: str
    data: dict[str, Any] = Field(description="What the record holds of it.")


class HistoryOut(Schema):
    items: list[HappenedOut] = Field(description="Oldest first.")


class FormulaList(Schema):
    items: list[FormulaOut]
    vacant: list[VacantOut] = Field(description="Where a formula may be added; a signal, at /signals/name, always")
    names: list[CompletionOut] = Field(description="Every name that these formulas may use")


class FormulaChange(Schema):
    pointer: str = Field(max_length=200, description="JSON pointer of the formula")
    text: str = Field(max_length=2000)
    note: str = Field(default="", max_length=500)
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


class Change(Schema):
    pointer: str = Field(default="", max_length=200, description="Of a formula; or leave it out and name a parameter")
    text: str = Field(default="", max_length=2000)
    name: str = Field(default="", max_length=40)
    value: str = Field(default="", max_length=400)


class LineOut(Schema):
    sign: str = Field(description="+ came, - went, empty stayed")
    text: str


class CheckedOut(Schema):
    ok: bool
    error: str
    code: str
    column: int | None = Field(description="1-based, where a formula goes wrong")
    suggestion: str | None = Field(description="The nearest name")
    words: str
    lines: list[LineOut] = Field(description="Sentences of the rules that would come and go")
    new_findings: list[FindingOut]
    settled_findings: list[FindingOut]


@router.get("/strategies/{uuid:strategy_id}/formulas", response=FormulaList, summary="List the formulas of a draft")
def list_formulas(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """Each with its place and in words; and the names that may be used."""
    draft = queries.draft_of(queries.strategy(strategy_id=strategy_id))
    return {"items": queries.formula_rows(draft, ()), "vacant": vacant_places(draft), "names": completions(draft)}


@router.post("/strategies/{uuid:strategy_id}/formulas", response=StrategyDetail, summary="Replace a formula of a draft")
def edit_formula(request: DeskRequest, strategy_id: UUID, body: FormulaChange) -> dict[str, Any]:
    """422 says the column where it goes wrong and the nearest name; the change is on the record."""
    strategy = services.edit_formula(
        strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump()
    )
    return detail_of(strategy)


@router.post(
    "/strategies/{uuid:strategy_id}/formulas/add", response={201: StrategyDetail}, summary="Add a formula to a draft"
)
def add_formula(request: DeskRequest, strategy_id: UUID, body: FormulaChange) -> Status[Any]:
    """At a vacant place, or at /signals/name for a signal. 404 names the places, 422 says where the text goes wrong."""
    strategy = services.add_formula(
        strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump()
    )
    return Status(201, detail_of(strategy))


class FormulaRemoval(Schema):
    pointer: str = Field(max_length=200, description="JSON pointer of the formula")
    note: str = Field(default="", max_length=500)
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


@router.post(
    "/strategies/{uuid:strategy_id}/formulas/remove", response=StrategyDetail, summary="Remove a formula of a draft"
)
def remove_formula(request: DeskRequest, strategy_id: UUID, body: FormulaRemoval) -> dict[str, Any]:
    """409 for what the rules need, and for a signal that others use."""
    strategy = services.remove_formula(
        strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump()
    )
    return detail_of(strategy)


@router.post("/strategies/{uuid:strategy_id}/check", response=CheckedOut, summary="Check a change without making it")
def check_change(request: DeskRequest, strategy_id: UUID, body: Change) -> Any:
    """What a formula or a value would mean: an error with its column, or the words and findings that come and go."""
    strategy = queries.strategy(strategy_id=strategy_id)
    if body.pointer:
        return queries.check_formula_change(strategy, pointer=body.pointer, text=body.text)
    return queries.check_value_change(strategy, name=body.name, value=body.value)


class ParameterChangeOut(Schema):
    name: str
    label: str
    before: str | None = Field(description="None where it was not there")
    after: str | None
    status_before: str
    status_after: str
    unit_before: str
    unit_after: str


class PlaceChangeOut(Schema):
    pointer: str
    before: str | None
    after: str | None


class DifferenceOut(Schema):
    start: str = Field(description="A version's number")
    end: str = Field(description="A version's number, or draft")
    parameters: list[ParameterChangeOut]
    formulas: list[PlaceChangeOut]
    fields: list[PlaceChangeOut]
    prose: list[LineOut]


@router.get("/strategies/{uuid:strategy_id}/diff", response=DifferenceOut, summary="Compare versions, or the draft")
def compare_versions(
    request: DeskRequest, strategy_id: UUID, start: str = Query("", alias="from"), end: str = Query("", alias="to")
) -> dict[str, Any]:
    """By default the draft with the newest version: values, formulas, other rules, and the sentences of both."""
    found = queries.compared(queries.strategy(strategy_id=strategy_id), start=start, end=end)
    told = found.differences
    return {
        "start": found.start,
        "end": found.end,
        "parameters": told.parameters,
        "formulas": told.formulas,
        "fields": told.fields,
        "prose": told.prose,
    }


class CommentOut(Schema):
    id: UUID
    place: str = Field(description="JSON pointer of a parameter or a formula; empty for the strategy as a whole")
    label: str
    author: str
    text: str
    at: datetime


class CommentList(Schema):
    items: list[CommentOut]


class NewComment(Schema):
    place: str = Field(default="", max_length=200)
    text: str = Field(min_length=1, max_length=2000)


@router.get("/strategies/{uuid:strategy_id}/comments", response=CommentList, summary="List what people said")
def list_comments(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """Oldest first, of the strategy and of its fields."""
    return {"items": queries.comments(queries.strategy(strategy_id=strategy_id))}


@router.post("/strategies/{uuid:strategy_id}/comments", response={201: CommentOut}, summary="Comment")
def add_comment(request: DeskRequest, strategy_id: UUID, body: NewComment) -> Status[Any]:
    """Of the strategy as a whole, or of one parameter or formula of the draft."""
    added = services.comment(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump())
    return Status(201, queries.comment_row(added))


@router.delete(
    "/strategies/{uuid:strategy_id}/comments/{uuid:comment_id}", response={204: None}, summary="Delete a comment"
)
def delete_comment(request: DeskRequest, strategy_id: UUID, comment_id: UUID) -> Status[None]:
    """One of your own; that it was there stays on the record, what it said does not."""
    services.delete_comment(strategy_id=strategy_id, comment_id=comment_id, actor=request.actor, at=timezone.now())
    return Status(204, None)


class DuplicateOut(Schema):
    id: UUID
    title: str
    reason: str


class DuplicateList(Schema):
    items: list[DuplicateOut]


class Merge(Schema):
    other_id: UUID = Field(description="The draft that is set aside")
    take: list[str] = Field(default_factory=list, description="Parameters whose value comes from the other")
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


@router.get("/strategies/{uuid:strategy_id}/duplicates", response=DuplicateList, summary="List drafts that look alike")
def list_duplicates(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """The same rules and values, or the same document and family."""
    found = queries.duplicates_of(queries.strategy(strategy_id=strategy_id))
    return {"items": [{"id": d.strategy.id, "title": d.strategy.title, "reason": d.reason} for d in found]}


@router.post("/strategies/{uuid:strategy_id}/merge", response=StrategyDetail, summary="Merge another draft into this")
def merge_strategies(request: DeskRequest, strategy_id: UUID, body: Merge) -> dict[str, Any]:
    """The other's readings become alternatives, its claims come along; it is set aside, with a link."""
    strategy = services.merge(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump())
    return detail_of(strategy)


class ApprovalRequest(Schema):
    note: str = Field(default="", max_length=300)
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


class AskedOut(Schema):
    by: str = Field(description="A name; empty for the platform")
    at: datetime
    revision: int = Field(description="The revision that was asked about; the draft may have changed since")
    note: str


class ApprovalOut(Schema):
    status: str = Field(description="draft, approved, rejected or merged")
    revision: int
    version: int | None = Field(description="The number of the newest version")
    rejection: str = Field(description="Why it was rejected; empty where it was not")
    four_eyes: bool = Field(description="Whether the desk asks that who changed a draft does not approve it")
    may_approve: list[str] = Field(description="Who may approve this draft now")
    you_may: bool = Field(description="Whether you are one of them")
    asked: AskedOut | None = Field(description="A request that nobody has answered yet")


def _approval(request: DeskRequest, strategy: Any) -> dict[str, Any]:
    able = queries.who_may_approve(strategy)
    asked = queries.approval_asked(strategy)
    current = queries.current_version(strategy_id=strategy.id)
    told = None
    if asked is not None:
        names = names_of(person_ids=[asked.person_id])
        by = names.get(asked.person_id, "") if asked.person_id else ""
        told = {"by": by, "at": asked.at, "revision": asked.revision, "note": asked.note}
    return {
        "status": strategy.status,
        "revision": strategy.revision,
        "version": current.number if current else None,
        "rejection": strategy.rejection,
        "four_eyes": asks_for_four_eyes(tenant_id=strategy.tenant_id),
        "may_approve": list(able.values()),
        "you_may": request.actor.person_id in able,
        "asked": told,
    }


@router.get("/strategies/{uuid:strategy_id}/approval", response=ApprovalOut, summary="Read how far approval is")
def get_approval(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """Who may approve, whether somebody asked, and what came of it."""
    return _approval(request, queries.strategy(strategy_id=strategy_id))


@router.post(
    "/strategies/{uuid:strategy_id}/approval", response={201: ApprovalOut}, summary="Ask for the approval of a draft"
)
def ask_for_approval(request: DeskRequest, strategy_id: UUID, body: ApprovalRequest) -> Status[Any]:
    """Tells those who may approve. 422 lists every open question; 403 when nobody else may. `approve` and `reject` answer."""
    strategy = services.ask_for_approval(
        strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump()
    )
    return Status(201, _approval(request, strategy))


class Confirmation(Schema):
    name: str = Field(max_length=40, description="The parameter")


@router.post("/strategies/{uuid:strategy_id}/confirm", response=StrategyDetail, summary="Confirm a value as it stands")
def confirm_value(request: DeskRequest, strategy_id: UUID, body: Confirmation) -> dict[str, Any]:
    """Confirmed again, the confirmation is taken back. A missing value cannot be confirmed."""
    strategy = services.confirm(strategy_id=strategy_id, name=body.name, actor=request.actor, at=timezone.now())
    return detail_of(strategy)


@router.post("/strategies/{uuid:strategy_id}/reopen", response=StrategyOut, summary="Make it a draft again")
def reopen_strategy(request: DeskRequest, strategy_id: UUID) -> Any:
    """An approved, rejected or merged strategy; its versions stay."""
    return services.reopen(strategy_id=strategy_id, actor=request.actor, at=timezone.now())


@router.get(
    "/strategies/{uuid:strategy_id}/history", response=HistoryOut, summary="Read everything that happened to a strategy"
)
def get_history(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """As the record holds it."""
    happened = history(subject_id=queries.strategy(strategy_id=strategy_id).id)
    names = names_of(person_ids=[event.actor_id for event in happened])
    items = [
        {
            "id": event.id,
            "type": event.type,
            "at": event.at,
            "actor_id": event.actor_id,
            "actor": names.get(event.actor_id, "") if event.actor_id else "",
            "sentence": event.data.sentence(),
            "data": event.data.model_dump(mode="json"),
        }
        for event in happened
    ]
    return {"items": items}
