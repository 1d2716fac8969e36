"""Post events to hooks: at least once, signed, with growing waits; a hook that fails for long is switched off."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.accounts.enums import Actor, Permission
from apps.accounts.queries import administrator_ids
from apps.domain.errors import DomainError
from apps.domain.values import canonical_json
from apps.events.queries import Happened
from apps.events.services import append, hint, send
from apps.notifications.adapters.outbound import AddressRefusedError, Answer, post
from apps.notifications.enums import Sending
from apps.notifications.events import HookDisabled
from apps.notifications.models import Hook, HookDelivery
from apps.notifications.queries.hooks import delivery as one_delivery
from apps.notifications.queries.hooks import hook as one_hook
from apps.notifications.services.hooks import host_of
from apps.notifications.services.signing import secret_of, signature
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

TEST_TYPE = "test"
WAITS = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 3 * 3600))
"""How long a delivery waits after each failed attempt; after the last it is given up."""
MAX_FAILURES = 20
"""Failed attempts in a row, of all its deliveries, after which a hook is switched off."""


class HookOffError(DomainError):
    """Nothing is sent to a hook that is switched off."""

    code = "hook_off"
    status = 409


@dataclass(frozen=True, slots=True)
class _Parcel:
    url: str
    body: str
    headers: dict[str, str]


def queue_for_hooks(event: Happened) -> None:
    """Make a delivery for each active hook that wants the event; a second time changes nothing."""
    queue_all_for_hooks([event])


@transaction.atomic
def queue_all_for_hooks(events: Sequence[Happened]) -> None:
    """The same for several events of a desk."""
    for hook in Hook.objects.filter(is_active=True, event_types__has_any_keys=sorted({event.type for event in events})):
        wanted = [event for event in events if event.type in hook.event_types]
        queued = set(
            HookDelivery.objects.filter(hook=hook, event_id__in=[e.id for e in wanted]).values_list(
                "event_id", flat=True
            )
        )
        for event in wanted:
            if event.id not in queued:
                _queue(hook, event_id=event.id, event_type=event.type, content=_content(event), at=event.at)


@transaction.atomic
def send_test(*, hook_id: UUID, actor: Actor, at: datetime) -> HookDelivery:
    """Post a test to a hook. Raises HookNotFoundError, NotAllowedError, HookOffError."""
    hook = one_hook(hook_id=hook_id)
    actor.require(Permission.MANAGE_DESK)
    _require_active(hook)
    content = {"type": TEST_TYPE, "at": at.isoformat(), "subject_id": str(hook.id), "data": {}, "links": {}}
    return _queue(hook, event_id=None, event_type=TEST_TYPE, content=content, at=at)


@transaction.atomic
def send_again(*, delivery_id: UUID, actor: Actor, at: datetime) -> HookDelivery:
    """Post a delivery once more, under the same id. Raises HookNotFoundError, NotAllowedError, HookOffError."""
    row = one_delivery(delivery_id=delivery_id)
    actor.require(Permission.MANAGE_DESK)
    _require_active(row.hook)
    row.status, row.attempts, row.next_attempt_at, row.last_error = Sending.WAITING, 0, at, ""
    row.save(update_fields=["status", "attempts", "next_attempt_at", "last_error"])
    _send_after_commit(row)
    return row


def deliver_hook(*, tenant_id: UUID, delivery_id: UUID, at: datetime) -> None:
    """Claim a delivery, post it outside any transaction, note the outcome. What somebody else claimed is left alone."""
    with tenant_scope(tenant_id):
        parcel = _claim(delivery_id, at=at)
    if parcel is None:
        return
    answer: Answer | None = None
    try:
        answer = post(parcel.url, body=parcel.body.encode(), headers=parcel.headers)
        reason = "" if answer.is_success else _refusal(answer)
    except AddressRefusedError as error:
        reason = error.message
    except TimeoutError:
        reason = "No answer in time."
    except (OSError, http.client.HTTPException) as error:
        reason = f"{type(error).__name__}: {error}"
    except Exception as error:  # the worker's own time limit among them: an attempt must have an outcome
        logger.exception("hook_delivery_failed", delivery_id=str(delivery_id))
        reason = type(error).__name__
    with tenant_scope(tenant_id):
        _note(delivery_id, answer, reason, at=at)


def _refusal(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"The other side answered {answer.status}. Redirects are not followed: name the final address."
    return f"The other side answered {answer.status}."


def _queue(
    hook: Hook, *, event_id: UUID | None, event_type: str, content: dict[str, Any], at: datetime
) -> HookDelivery:
    delivery_id = uuid4()
    row = HookDelivery.objects.create(
        id=delivery_id,
        tenant_id=hook.tenant_id,
        hook=hook,
        event_id=event_id,
        event_type=event_type,
        body=canonical_json({"id": str(delivery_id), **content}),
        next_attempt_at=at,
        created_at=at,
    )
    _send_after_commit(row)
    return row


def _content(event: Happened) -> dict[str, Any]:
    """The event for strangers: ids, links, and the fields that its kind declares to be shared."""
    data = event.data.model_dump(mode="json", include=set(event.data.shared))
    path = event.data.path(event.subject_id)
    return {
        "type": event.type,
        "at": event.at.isoformat(),
        "subject_id": str(event.subject_id),
        "data": data,
        "links": {"page": settings.SITE_URL + path} if path else {},
    }


def _send_after_commit(row: HookDelivery) -> None:
    tenant_id, delivery_id = str(row.tenant_id), str(row.id)
    transaction.on_commit(lambda: send("notifications.deliver_hook", tenant_id=tenant_id, delivery_id=delivery_id))


def _require_active(hook: Hook) -> None:
    if not hook.is_active:
        raise HookOffError("This web hook is switched off. Switch it on first.")


def _claim(delivery_id: UUID, *, at: datetime) -> _Parcel | None:
    waiting = HookDelivery.objects.filter(id=delivery_id, status=Sending.WAITING)
    if not waiting.update(status=Sending.SENDING, claimed_at=at, attempts=F("attempts") + 1):
        return None
    row = HookDelivery.objects.select_related("hook").get(id=delivery_id)
    if not row.hook.is_active:
        row.status, row.last_error = Sending.FAILED, "The web hook is switched off."
        row.save(update_fields=["status", "last_error"])
        return None
    timestamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "FO-Platform",
        "FO-Delivery": str(row.id),
        "FO-Event": row.event_type,
        "FO-Timestamp": str(timestamp),
        "FO-Signature": signature(secret=secret_of(row.hook), timestamp=timestamp, body=row.body),
    }
    return _Parcel(row.hook.url, row.body, headers)


def _note(delivery_id: UUID, answer: Answer | None, reason: str, *, at: datetime) -> None:
    row = HookDelivery.objects.select_for_update().filter(id=delivery_id).first()
    if row is None:  # the hook was removed while it was being called
        return
    row.http_status = answer.status if answer else None
    row.milliseconds = answer.milliseconds if answer else None
    row.last_error = reason[:300]
    hook = Hook.objects.select_for_update().get(id=row.hook_id)
    if not reason:
        row.status, row.sent_at, hook.n_failures = Sending.SENT, at, 0
    elif row.attempts > len(WAITS):
        row.status, hook.n_failures = Sending.FAILED, hook.n_failures + 1
    else:
        row.status, hook.n_failures = Sending.WAITING, hook.n_failures + 1
        row.next_attempt_at = at + WAITS[row.attempts - 1]
    row.save()
    hook.save(update_fields=["n_failures"])
    if hook.is_active and hook.n_failures >= MAX_FAILURES:
        _switch_off(hook, at=at)
    topic = f"notifications:{hook.id}"
    transaction.on_commit(lambda: hint(tenant_id=hook.tenant_id, topic=topic, event="notifications.posted", id=hook.id))


def _switch_off(hook: Hook, *, at: datetime) -> None:
    hook.is_active, hook.disabled_at = False, at
    hook.save(update_fields=["is_active", "disabled_at"])
    data = HookDisabled(host=host_of(hook), n_failures=hook.n_failures, administrators=administrator_ids())
    append(tenant_id=hook.tenant_id, subject_id=hook.id, data=data, actor_id=None, at=at)
