"""Add, change and remove the desk's web hooks. Administrators only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.errors import DomainError
from apps.events.events import EventData
from apps.events.services import append
from apps.notifications.adapters.outbound import check_url
from apps.notifications.events import HookChanged, HookCreated, HookDeleted
from apps.notifications.models import Hook
from apps.notifications.queries.hooks import HookNotFoundError, deliverable_types
from apps.notifications.services.signing import fresh_salt, secret_of

MAX_HOOKS = 20


class HookInvalidError(DomainError):
    """A hook names no event, or one that does not exist, or the desk has too many hooks."""

    code = "hook_invalid"


@transaction.atomic
def create_hook(*, url: str, event_types: Sequence[str], actor: Actor, at: datetime) -> tuple[Hook, str]:
    """Add a hook; its secret is returned once and never again. Raises NotAllowedError, AddressRefusedError, HookInvalidError."""
    actor.require(Permission.MANAGE_DESK)
    if Hook.objects.count() >= MAX_HOOKS:
        raise HookInvalidError(f"The desk has {MAX_HOOKS} web hooks already. Remove one that is not needed.")
    hook = Hook.objects.create(
        tenant_id=actor.tenant_id,
        url=_checked(url),
        event_types=_known(event_types),
        salt=fresh_salt(),
        created_by_id=actor.person_id,
        created_at=at,
    )
    _record(hook, HookCreated(host=host_of(hook)), actor, at)
    return hook, secret_of(hook)


@transaction.atomic
def update_hook(
    *, hook_id: UUID, actor: Actor, at: datetime, url: str | None = None, event_types: Sequence[str] | None = None
) -> Hook:
    """Change where a hook posts to, or what. Raises as `create_hook` does, and HookNotFoundError."""
    hook = _held(hook_id, actor)
    if url is not None:
        hook.url = _checked(url)
    if event_types is not None:
        hook.event_types = _known(event_types)
    hook.save(update_fields=["url", "event_types"])
    _record(hook, HookChanged(host=host_of(hook), change="address or events"), actor, at)
    return hook


@transaction.atomic
def switch_hook(*, hook_id: UUID, is_active: bool, actor: Actor, at: datetime) -> Hook:
    """Switch a hook on, which forgets its failures, or off. Raises NotAllowedError, HookNotFoundError."""
    hook = _held(hook_id, actor)
    hook.is_active, hook.n_failures, hook.disabled_at = is_active, 0, None
    hook.save(update_fields=["is_active", "n_failures", "disabled_at"])
    _record(hook, HookChanged(host=host_of(hook), change="switched on" if is_active else "switched off"), actor, at)
    return hook


@transaction.atomic
def renew_secret(*, hook_id: UUID, actor: Actor, at: datetime) -> tuple[Hook, str]:
    """Give a hook another secret, shown once; the old one signs nothing any more. Raises NotAllowedError, HookNotFoundError."""
    hook = _held(hook_id, actor)
    hook.salt = fresh_salt()
    hook.save(update_fields=["salt"])
    _record(hook, HookChanged(host=host_of(hook), change="a new secret"), actor, at)
    return hook, secret_of(hook)


@transaction.atomic
def delete_hook(*, hook_id: UUID, actor: Actor, at: datetime) -> None:
    """Remove a hook and its log. Raises NotAllowedError, HookNotFoundError."""
    hook = _held(hook_id, actor)
    _record(hook, HookDeleted(host=host_of(hook)), actor, at)
    hook.delete()


def host_of(hook: Hook) -> str:
    """The host of a hook's address: enough for the record, which never forgets."""
    return urlsplit(hook.url).hostname or ""


def _held(hook_id: UUID, actor: Actor) -> Hook:
    hook = Hook.objects.select_for_update().filter(id=hook_id).first()
    if hook is None:
        raise HookNotFoundError("There is no such web hook on your desk.")
    actor.require(Permission.MANAGE_DESK)
    return hook


def _checked(url: str) -> str:
    return check_url(url.strip()).geturl()


def _known(event_types: Sequence[str]) -> list[str]:
    wanted, known = sorted(set(event_types)), set(deliverable_types())
    if not wanted:
        raise HookInvalidError("Name at least one event.")
    if unknown := [type_ for type_ in wanted if type_ not in known]:
        raise HookInvalidError(f"There is no event {unknown[0]} that can be sent.", known=sorted(known))
    return wanted


def _record(hook: Hook, data: EventData, actor: Actor, at: datetime) -> None:
    append(tenant_id=hook.tenant_id, subject_id=hook.id, data=data, actor_id=actor.person_id, at=at)
