"""Notices, preferences and web hooks for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest, Permission
from apps.notifications import queries, services
from apps.notifications.enums import ChannelKey, Sending, Topic
from apps.web.services.paging import page_of

router = Router(tags=["notifications"])


class NoticeOut(Schema):
    id: UUID
    topic: Topic
    sentence: str
    path: str = Field(description="The page that it is about; empty where there is none")
    at: datetime
    read_at: datetime | None


class NoticeList(Schema):
    items: list[NoticeOut]
    next_cursor: str | None


class ReadCount(Schema):
    n_read: int


class PreferenceOut(Schema):
    topic: Topic
    channel: ChannelKey
    is_wanted: bool


class PreferenceList(Schema):
    items: list[PreferenceOut] = Field(max_length=200)


class HookIn(Schema):
    url: str = Field(max_length=500)
    event_types: list[str] = Field(max_length=100, description="See `GET /web-hook-events`")


class HookChange(Schema):
    url: str | None = Field(default=None, max_length=500)
    event_types: list[str] | None = Field(default=None, max_length=100)
    is_active: bool | None = None


class HookOut(Schema):
    id: UUID
    url: str
    event_types: list[str]
    is_active: bool
    n_failures: int = Field(description="Failed attempts in a row")
    disabled_at: datetime | None = Field(description="When it was switched off for failing too often")
    created_at: datetime


class HookWithSecret(HookOut):
    secret: str = Field(description="Shown once. Signs every posting: see docs/notifications.md.")


class HookList(Schema):
    items: list[HookOut]


class EventTypes(Schema):
    items: list[str]


class DeliveryOut(Schema):
    id: UUID
    event_type: str
    event_id: UUID | None = Field(description="null for a test")
    status: Sending
    attempts: int
    http_status: int | None
    milliseconds: int | None
    last_error: str
    created_at: datetime
    sent_at: datetime | None
    body: str = Field(description="What is posted, byte for byte")


class DeliveryList(Schema):
    items: list[DeliveryOut]
    next_cursor: str | None


@router.get("/notifications", response=NoticeList, summary="List your notifications, newest first")
def list_notices(
    request: DeskRequest, unread: Literal["true", "false"] = "false", cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """A page of what the token's person was told; go on with `next_cursor`."""
    found = queries.notices_of(person_id=request.actor.person_id, unread=unread == "true")
    page = page_of(found, cursor=cursor, limit=limit, order=("-at", "-id"))
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post("/notifications/read", response=ReadCount, summary="Mark all your notifications as read")
def read_all(request: DeskRequest) -> dict[str, int]:
    """Answers how many were unread."""
    return {"n_read": services.mark_all_read(actor=request.actor, at=timezone.now())}


@router.post("/notifications/{uuid:notice_id}/read", response=NoticeOut, summary="Mark one notification as read")
def read_notice(request: DeskRequest, notice_id: UUID) -> Any:
    """One that was read already stays as it was."""
    return services.mark_read(notice_id=notice_id, actor=request.actor, at=timezone.now())


@router.get("/notification-preferences", response=PreferenceList, summary="What you want to be told, and how")
def get_preferences(request: DeskRequest) -> dict[str, Any]:
    """Every topic with every channel."""
    rows = queries.preferences_of(person_id=request.actor.person_id)
    items = [
        {"topic": row.topic, "channel": key, "is_wanted": wanted}
        for row in rows
        for key, wanted in row.channels.items()
    ]
    return {"items": items}


@router.put("/notification-preferences", response=PreferenceList, summary="Choose what you want to be told")
def put_preferences(request: DeskRequest, body: PreferenceList) -> dict[str, Any]:
    """Changes the topics and channels that are sent, and leaves the others. Answers with all of them."""
    answers = {(item.topic, item.channel): item.is_wanted for item in body.items}
    services.set_preferences(answers=answers, actor=request.actor)
    return get_preferences(request)


@router.get("/web-hook-events", response=EventTypes, summary="List the events that a web hook may ask for")
def list_event_types(request: DeskRequest) -> dict[str, list[str]]:
    """Everything that happens to documents, strategies and backtests."""
    return {"items": queries.deliverable_types()}


@router.get("/web-hooks", response=HookList, summary="List the desk's web hooks")
def list_hooks(request: DeskRequest) -> dict[str, Any]:
    """Administrators only, as everything about web hooks."""
    request.actor.require(Permission.MANAGE_DESK)
    return {"items": list(queries.hooks())}


@router.post("/web-hooks", response={201: HookWithSecret}, summary="Add a web hook")
def create_hook(request: DeskRequest, body: HookIn) -> Status[Any]:
    """The secret is in this answer and never again. 422 for an address that nothing is posted to."""
    hook, secret = services.create_hook(**body.model_dump(), actor=request.actor, at=timezone.now())
    return Status(201, _with_secret(hook, secret))


@router.get("/web-hooks/{uuid:hook_id}", response=HookOut, summary="Read a web hook")
def get_hook(request: DeskRequest, hook_id: UUID) -> Any:
    """Without its secret."""
    hook = queries.hook(hook_id=hook_id)
    request.actor.require(Permission.MANAGE_DESK)
    return hook


@router.patch("/web-hooks/{uuid:hook_id}", response=HookOut, summary="Change a web hook, or switch it on or off")
def update_hook(request: DeskRequest, hook_id: UUID, body: HookChange) -> Any:
    """Changes what is sent. Switching on forgets earlier failures."""
    at = timezone.now()
    hook = queries.hook(hook_id=hook_id)
    if body.url is not None or body.event_types is not None:
        hook = services.update_hook(
            hook_id=hook_id, url=body.url, event_types=body.event_types, actor=request.actor, at=at
        )
    if body.is_active is not None:
        hook = services.switch_hook(hook_id=hook_id, is_active=body.is_active, actor=request.actor, at=at)
    return hook


@router.delete("/web-hooks/{uuid:hook_id}", response={204: None}, summary="Remove a web hook")
def delete_hook(request: DeskRequest, hook_id: UUID) -> Status[None]:
    """With its log."""
    services.delete_hook(hook_id=hook_id, actor=request.actor, at=timezone.now())
    return Status(204, None)


@router.post("/web-hooks/{uuid:hook_id}/secret", response=HookWithSecret, summary="Give a web hook a new secret")
def renew_secret(request: DeskRequest, hook_id: UUID) -> dict[str, Any]:
    """From now on only the new one signs."""
    return _with_secret(*services.renew_secret(hook_id=hook_id, actor=request.actor, at=timezone.now()))


@router.post("/web-hooks/{uuid:hook_id}/test", response={202: DeliveryOut}, summary="Send a test to a web hook")
def send_test(request: DeskRequest, hook_id: UUID) -> Status[Any]:
    """409 when it is switched off."""
    return Status(202, services.send_test(hook_id=hook_id, actor=request.actor, at=timezone.now()))


@router.get("/web-hooks/{uuid:hook_id}/deliveries", response=DeliveryList, summary="Read what was posted to a web hook")
def list_deliveries(request: DeskRequest, hook_id: UUID, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Newest first, kept for 30 days; go on with `next_cursor`."""
    queries.hook(hook_id=hook_id)
    request.actor.require(Permission.MANAGE_DESK)
    page = page_of(queries.deliveries_of(hook_id=hook_id), cursor=cursor, limit=limit)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post(
    "/web-hook-deliveries/{uuid:delivery_id}/again", response={202: DeliveryOut}, summary="Post a delivery again"
)
def send_again(request: DeskRequest, delivery_id: UUID) -> Status[Any]:
    """Under the same id, so that a receiver that has it already can tell."""
    return Status(202, services.send_again(delivery_id=delivery_id, actor=request.actor, at=timezone.now()))


def _with_secret(hook: Any, secret: str) -> dict[str, Any]:
    return {name: getattr(hook, name) for name in HookOut.model_fields} | {"secret": secret}
